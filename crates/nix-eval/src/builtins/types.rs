//! Type tests.

use super::Builtin;
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::value::{Kind, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("typeOf", 1, 1, type_of),
    Builtin::global("isNull", 1, 1, |e, args| is(e, args, Kind::Null)),
    Builtin::new("isFunction", 1, 1, |e, args| is(e, args, Kind::Function)),
    Builtin::new("isInt", 1, 1, |e, args| is(e, args, Kind::Int)),
    Builtin::new("isFloat", 1, 1, |e, args| is(e, args, Kind::Float)),
    Builtin::new("isString", 1, 1, |e, args| is(e, args, Kind::String)),
    Builtin::new("isBool", 1, 1, |e, args| is(e, args, Kind::Bool)),
    Builtin::new("isPath", 1, 1, |e, args| is(e, args, Kind::Path)),
    Builtin::new("isAttrs", 1, 1, |e, args| is(e, args, Kind::Attrs)),
    Builtin::new("isList", 1, 1, |e, args| is(e, args, Kind::List)),
];

#[inline(always)]
fn is(e: &Evaluator, args: &[Value], kind: Kind) -> Result<Value> {
    Ok(Value::bool(e.force(args[0])?.kind() == Some(kind)))
}

/// The name of a type in the language.
fn type_of(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let name = match e.force_kind(args[0])? {
        Kind::Null => "null",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::String => "string",
        Kind::Path => "path",
        Kind::Attrs => "set",
        Kind::List => "list",
        Kind::Function => "lambda",
    };
    Ok(e.string(name.as_bytes()))
}
