//! Numbers and comparison.

use std::cmp::Ordering;

use super::Builtin;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::source::Pos;
use crate::value::{Kind, Tag, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("add", 2, 0b11, add),
    Builtin::new("sub", 2, 0b11, sub),
    Builtin::new("mul", 2, 0b11, mul),
    Builtin::new("div", 2, 0b11, div),
    Builtin::new("bitAnd", 2, 0b11, bit_and),
    Builtin::new("bitOr", 2, 0b11, bit_or),
    Builtin::new("bitXor", 2, 0b11, bit_xor),
    Builtin::new("lessThan", 2, 0b11, less_than),
    Builtin::new("ceil", 1, 1, |e, args| {
        round(
            e,
            args[0],
            f64::ceil,
            "while evaluating the first argument passed to builtins.ceil",
        )
    }),
    Builtin::new("floor", 1, 1, |e, args| {
        round(
            e,
            args[0],
            f64::floor,
            "while evaluating the first argument passed to builtins.floor",
        )
    }),
];

/// What an operation does, and how its errors call it.
struct Operation {
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
    first: &'static str,
    second: &'static str,
    overflow: &'static str,
    sign: char,
}

fn calculate(e: &Evaluator, args: &[Value], operation: &Operation) -> Result<Value> {
    let (x, y) = (e.force(args[0])?, e.force(args[1])?);
    if x.is(Tag::Float) || y.is(Tag::Float) {
        let a = e.force_float(x, operation.first)?;
        let b = e.force_float(y, operation.second)?;
        return Ok(e.float((operation.floats)(a, b)));
    }
    let a = e.force_int(x, operation.first)?;
    let b = e.force_int(y, operation.second)?;
    match (operation.ints)(a, b) {
        Some(result) => Ok(e.int(result)),
        None => Err(EvalError::eval(format!(
            "integer overflow in {} {a} {} {b}",
            operation.overflow, operation.sign
        ))),
    }
}

fn add(e: &Evaluator, args: &[Value]) -> Result<Value> {
    calculate(
        e,
        args,
        &Operation {
            ints: i64::checked_add,
            floats: |a, b| a + b,
            first: "while evaluating the first argument of the addition",
            second: "while evaluating the second argument of the addition",
            overflow: "adding",
            sign: '+',
        },
    )
}

fn sub(e: &Evaluator, args: &[Value]) -> Result<Value> {
    calculate(
        e,
        args,
        &Operation {
            ints: i64::checked_sub,
            floats: |a, b| a - b,
            first: "while evaluating the first argument of the subtraction",
            second: "while evaluating the second argument of the subtraction",
            overflow: "subtracting",
            sign: '-',
        },
    )
}

fn mul(e: &Evaluator, args: &[Value]) -> Result<Value> {
    calculate(
        e,
        args,
        &Operation {
            ints: i64::checked_mul,
            floats: |a, b| a * b,
            first: "while evaluating the first argument of the multiplication",
            second: "while evaluating the second argument of the multiplication",
            overflow: "multiplying",
            sign: '*',
        },
    )
}

fn div(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let second = "while evaluating the second operand of the division";
    let (x, y) = (e.force(args[0])?, e.force(args[1])?);
    if e.force_float(y, second)? == 0.0 {
        return Err(EvalError::eval("division by zero"));
    }
    calculate(
        e,
        &[x, y],
        &Operation {
            ints: i64::checked_div,
            floats: |a, b| a / b,
            first: "while evaluating the first operand of the division",
            second,
            overflow: "dividing",
            sign: '/',
        },
    )
}

fn bits(
    e: &Evaluator,
    args: &[Value],
    first: &'static str,
    second: &'static str,
    operation: fn(i64, i64) -> i64,
) -> Result<Value> {
    let a = e.force_int(args[0], first)?;
    let b = e.force_int(args[1], second)?;
    Ok(e.int(operation(a, b)))
}

fn bit_and(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let first = "while evaluating the first argument passed to builtins.bitAnd";
    let second = "while evaluating the second argument passed to builtins.bitAnd";
    bits(e, args, first, second, |a, b| a & b)
}

fn bit_or(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let first = "while evaluating the first argument passed to builtins.bitOr";
    let second = "while evaluating the second argument passed to builtins.bitOr";
    bits(e, args, first, second, |a, b| a | b)
}

fn bit_xor(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let first = "while evaluating the first argument passed to builtins.bitXor";
    let second = "while evaluating the second argument passed to builtins.bitXor";
    bits(e, args, first, second, |a, b| a ^ b)
}

/// The nearest integer in a direction, if there is one of 64 bits.
fn round(
    e: &Evaluator,
    value: Value,
    direction: fn(f64) -> f64,
    what: &'static str,
) -> Result<Value> {
    let float = e.force_float(value, what)?;
    let value = e.force(value)?;
    let rounded = direction(float);
    // The smallest integer is a power of two, and so is the first that is too large.
    let smallest = i64::MIN as f64;
    let in_range = rounded >= smallest && rounded < -smallest;
    let known = "Due to a bug (see https://github.com/NixOS/nix/issues/12899)";
    let future = "Future Nix versions might implement the correct behavior.";
    if matches!(value.tag(), Tag::Int | Tag::BigInt) {
        let int = e.int_of(value);
        if !in_range {
            return Err(EvalError::eval(format!(
                "{known} the NixInt argument {int} caused undefined behavior in previous Nix versions.\n\t{future}"
            )));
        }
        let result = rounded as i64;
        if result != int {
            return Err(EvalError::eval(format!(
                "{known} a loss of precision occurred in previous Nix versions because the NixInt argument {int} was rounded to {result}.\n\t{future}"
            )));
        }
        return Ok(value);
    }
    if !in_range {
        let shown = crate::print::float(float);
        return Err(EvalError::eval(format!(
            "NixFloat argument {shown} is not in the range of NixInt"
        )));
    }
    Ok(e.int(rounded as i64))
}

fn less_than(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let (a, b) = (e.force(args[0])?, e.force(args[1])?);
    less(e, a, b).map(Value::bool)
}

/// Whether one evaluated value comes before another, so that a program can tell.
pub(super) fn less(e: &Evaluator, a: Value, b: Value) -> Result<bool> {
    if let (Tag::String, Tag::String) | (Tag::Path, Tag::Path) = (a.tag(), b.tag()) {
        e.look_at_order(e.text_of(a).bytes, e.text_of(b).bytes);
    }
    comes_before(e, a, b)
}

/// Whether one evaluated value comes before another.
fn comes_before(e: &Evaluator, a: Value, b: Value) -> Result<bool> {
    match (a.tag(), b.tag()) {
        (Tag::Int | Tag::BigInt, Tag::Int | Tag::BigInt) => Ok(e.int_of(a) < e.int_of(b)),
        (Tag::Int | Tag::BigInt, Tag::Float) => Ok((e.int_of(a) as f64) < e.float_of(b)),
        (Tag::Float, Tag::Int | Tag::BigInt) => Ok(e.float_of(a) < e.int_of(b) as f64),
        (Tag::Float, Tag::Float) => Ok(e.float_of(a) < e.float_of(b)),
        (Tag::String, Tag::String) | (Tag::Path, Tag::Path) => {
            Ok(e.text_of(a).bytes < e.text_of(b).bytes)
        }
        (Tag::List, Tag::List) => e.nested(|| less_lists(e, a, b)),
        _ => Err(incomparable(e, a, b)),
    }
}

fn less_lists(e: &Evaluator, a: Value, b: Value) -> Result<bool> {
    let (a, b) = (a.as_list(), b.as_list());
    for (x, y) in e.elements(a).zip(e.elements(b)) {
        if !e.equal(x, y)? {
            let (x, y) = (e.force(x)?, e.force(y)?);
            return less(e, x, y)
                .map_err(|error| error.trace(Pos::NONE, "while comparing two list elements"));
        }
    }
    Ok(a.len() < b.len())
}

/// How two evaluated values are ordered, for a use that does not show in any result. Values that are
/// neither smaller nor larger are equal.
pub(super) fn compare(e: &Evaluator, a: Value, b: Value) -> Result<Ordering> {
    if comes_before(e, a, b)? {
        return Ok(Ordering::Less);
    }
    Ok(if comes_before(e, b, a)? {
        Ordering::Greater
    } else {
        Ordering::Equal
    })
}

#[cold]
fn incomparable(e: &Evaluator, a: Value, b: Value) -> Box<EvalError> {
    let types = format!(
        "cannot compare {} with {}; values",
        e.describe(a),
        e.describe(b)
    );
    let values = format!("are {} and {}", e.print_for_error(a), e.print_for_error(b));
    let same: Option<Kind> = if a.kind() == b.kind() { a.kind() } else { None };
    EvalError::eval(match same {
        Some(_) => format!("{types} of that type are incomparable (values {values})"),
        None => format!("{types} {values}"),
    })
}
