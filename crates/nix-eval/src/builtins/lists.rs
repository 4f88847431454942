//! Lists.

use std::collections::BTreeMap;

use super::Builtin;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{List, Tag, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("elemAt", 2, 0, elem_at),
    Builtin::new("head", 1, 1, head),
    Builtin::new("tail", 1, 1, tail),
    Builtin::global("map", 2, 0b10, map),
    Builtin::new("filter", 2, 0b10, filter),
    Builtin::new("elem", 2, 0b10, elem),
    Builtin::new("concatLists", 1, 1, concat_lists),
    Builtin::new("length", 1, 1, length),
    Builtin::new("foldl'", 3, 0b101, foldl),
    Builtin::new("any", 2, 0b11, any),
    Builtin::new("all", 2, 0b11, all),
    Builtin::new("genList", 2, 0b10, gen_list),
    Builtin::new("sort", 2, 0b10, sort),
    Builtin::new("partition", 2, 0b11, partition),
    Builtin::new("groupBy", 2, 0b11, group_by),
    Builtin::new("concatMap", 2, 0b11, concat_map),
    Builtin::new("genericClosure", 1, 1, super::closure::generic_closure),
];

fn elem_at(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to 'builtins.elemAt'";
    let index = e.force_int(args[1], what)?;
    let what = "while evaluating the first argument passed to 'builtins.elemAt'";
    let list = e.force_list(args[0], what)?;
    match usize::try_from(index) {
        Ok(at) if at < list.len() => Ok(e.element(list, at)),
        _ => Err(EvalError::eval(format!(
            "'builtins.elemAt' called with index {index} on a list of size {}",
            list.len()
        ))),
    }
}

fn head(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to 'builtins.head'";
    let list = e.force_list(args[0], what)?;
    if list.is_empty() {
        return Err(EvalError::eval("'builtins.head' called on an empty list"));
    }
    Ok(e.element(list, 0))
}

fn tail(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to 'builtins.tail'";
    let list = e.force_list(args[0], what)?;
    match e.element_cells(list) {
        [] => Err(EvalError::eval("'builtins.tail' called on an empty list")),
        [_, rest @ ..] => Ok(e.list_of_cells(rest)),
    }
}

fn map(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to builtins.map";
    let list = e.force_list(args[1], what)?;
    if list.is_empty() {
        return Ok(Value::list(list));
    }
    let what = "while evaluating the first argument passed to builtins.map";
    e.force_function(args[0], what)?;
    e.check_room(list.len() * CALL_SIZE)?;
    let function = e.cell(args[0]);
    let mapped = e.heap.allocate(list.len().div_ceil(2));
    e.stats.list_elements.add(list.len());
    for (index, &cell) in e.element_cells(list).iter().enumerate() {
        let call = e.apply_cell(function, crate::heap::Handle(cell));
        e.heap.set_word(mapped, index, call.0);
    }
    Ok(Value::list(List {
        len: list.len,
        elements: mapped,
    }))
}

fn filter(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to builtins.filter";
    let list = e.force_list(args[1], what)?;
    if list.is_empty() {
        return Ok(Value::list(list));
    }
    let what = "while evaluating the first argument passed to builtins.filter";
    let function = e.force_function(args[0], what)?;
    let what =
        "while evaluating the return value of the filtering function passed to builtins.filter";
    let mut kept = Vec::with_capacity(list.len());
    for element in e.elements(list) {
        let keep = e.call_values(function, &[element], Pos::NONE)?;
        if e.force_bool(keep, what)? {
            kept.push(element.handle().0);
        }
    }
    if kept.len() == list.len() {
        return Ok(Value::list(list));
    }
    Ok(e.list_of_cells(&kept))
}

fn elem(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to builtins.elem";
    let list = e.force_list(args[1], what)?;
    for element in e.elements(list) {
        if e.equal(args[0], element)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn concat_lists(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.concatLists";
    let list = e.force_list(args[0], what)?;
    let what = "while evaluating a value of the list passed to builtins.concatLists";
    let mut lists = Vec::with_capacity(list.len());
    for element in e.elements(list) {
        lists.push(e.force_list(element, what)?);
    }
    e.stats.list_concats.add(1);
    e.concat_lists(&lists)
}

fn length(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.length";
    let list = e.force_list(args[0], what)?;
    Ok(e.int(list.len() as i64))
}

fn foldl(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.foldlStrict";
    let function = e.force_function(args[0], what)?;
    let what = "while evaluating the third argument passed to builtins.foldlStrict";
    let list = e.force_list(args[2], what)?;
    let mut result = args[1];
    for element in e.elements(list) {
        result = e.call_values(function, &[result, element], Pos::NONE)?;
    }
    Ok(result)
}

fn any(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.any";
    let function = e.force_function(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.any";
    let list = e.force_list(args[1], what)?;
    let what = "while evaluating the return value of the function passed to builtins.any";
    for element in e.elements(list) {
        let found = e.call_values(function, &[element], Pos::NONE)?;
        if e.force_bool(found, what)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn all(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.all";
    let function = e.force_function(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.all";
    let list = e.force_list(args[1], what)?;
    let what = "while evaluating the return value of the function passed to builtins.all";
    for element in e.elements(list) {
        let holds = e.call_values(function, &[element], Pos::NONE)?;
        if !e.force_bool(holds, what)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

/// About how many bytes an element takes that is a call which was not evaluated yet: its argument,
/// the call and its place in the list.
const CALL_SIZE: usize = 40;

/// The longest list that `genList` makes: the length has 28 bits in a value.
const LONGEST: i64 = crate::value::MAX_A as i64;

fn gen_list(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to builtins.genList";
    let len = e.force_int(args[1], what)?;
    if !(0..=LONGEST).contains(&len) {
        return Err(EvalError::eval(format!("cannot create list of size {len}")));
    }
    let what = "while evaluating the first argument passed to builtins.genList";
    e.force_function(args[0], what)?;
    e.check_room(len as usize * CALL_SIZE)?;
    let function = e.cell(args[0]);
    let cells: Vec<u32> = (0..len)
        .map(|index| {
            let argument = e.heap.new_cell(e.int(index));
            e.apply_cell(function, argument).0
        })
        .collect();
    Ok(e.list_of_cells(&cells))
}

fn sort(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to builtins.sort";
    let list = e.force_list(args[1], what)?;
    if list.is_empty() {
        return Ok(Value::list(list));
    }
    let what = "while evaluating the first argument passed to builtins.sort";
    let function = e.force_function(args[0], what)?;
    let mut elements: Vec<Value> = e.elements(list).collect();
    for &element in &elements {
        e.force(element)?;
    }
    let less_than = e
        .globals
        .get(e.names.less_than)
        .map(|cell| e.heap.cell(cell));
    if less_than == Some(function) {
        super::sorting::merge_sort(&mut elements, |&a, &b| {
            super::arithmetic::less(e, e.peek(a), e.peek(b)).map_err(|error| {
                let what = "while evaluating the ordering function passed to builtins.sort";
                error.trace(Pos::NONE, what)
            })
        })?;
    } else {
        let what =
            "while evaluating the return value of the sorting function passed to builtins.sort";
        super::sorting::merge_sort(&mut elements, |&a, &b| {
            let before = e.call_values(function, &[a, b], Pos::NONE)?;
            e.force_bool(before, what)
        })?;
    }
    Ok(e.list(&elements))
}

fn partition(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.partition";
    let function = e.force_function(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.partition";
    let list = e.force_list(args[1], what)?;
    let what =
        "while evaluating the return value of the partition function passed to builtins.partition";
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for element in e.elements(list) {
        e.force(element)?;
        let holds = e.call_values(function, &[element], Pos::NONE)?;
        let side = if e.force_bool(holds, what)? {
            &mut right
        } else {
            &mut wrong
        };
        side.push(element.handle().0);
    }
    let (right, wrong) = (e.list_of_cells(&right), e.list_of_cells(&wrong));
    Ok(e.attrs(&[(e.names.right, right), (e.names.wrong, wrong)]))
}

fn group_by(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.groupBy";
    let function = e.force_function(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.groupBy";
    let list = e.force_list(args[1], what)?;
    let what =
        "while evaluating the return value of the grouping function passed to builtins.groupBy";
    let mut groups: BTreeMap<Symbol, Vec<u32>> = BTreeMap::new();
    for element in e.elements(list) {
        let name = e.call_values(function, &[element], Pos::NONE)?;
        let name = e.force_plain_string(name, what)?;
        e.look_into(name);
        let name = e.symbols.intern(name);
        groups.entry(name).or_default().push(element.handle().0);
    }
    let groups: Vec<(Symbol, Value)> = groups
        .into_iter()
        .map(|(name, cells)| (name, e.list_of_cells(&cells)))
        .collect();
    Ok(e.attrs(&groups))
}

fn concat_map(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.concatMap";
    let function = e.force_function(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.concatMap";
    let list = e.force_list(args[1], what)?;
    let what = "while evaluating the return value of the function passed to builtins.concatMap";
    let mut lists = Vec::with_capacity(list.len());
    for element in e.elements(list) {
        let part = e.call_values(function, &[element], Pos::NONE)?;
        if !part.is(Tag::List) {
            let pos = if function.is(Tag::Lambda) {
                e.lambda(function).pos
            } else {
                Pos::NONE
            };
            return Err(e.unexpected("a list", part).trace(pos, what));
        }
        lists.push(part.as_list());
    }
    e.concat_lists(&lists)
}
