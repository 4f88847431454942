//! Sets.

use super::Builtin;
use crate::attrs::AttrsBuilder;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Tag, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("attrNames", 1, 1, attr_names),
    Builtin::new("attrValues", 1, 1, attr_values),
    Builtin::new("getAttr", 2, 0b11, get_attr),
    Builtin::new("hasAttr", 2, 0b11, has_attr),
    Builtin::new("unsafeGetAttrPos", 2, 0b11, unsafe_get_attr_pos),
    Builtin::global("removeAttrs", 2, 0b11, remove_attrs),
    Builtin::new("listToAttrs", 1, 1, list_to_attrs),
    Builtin::new("intersectAttrs", 2, 0b11, intersect_attrs),
    Builtin::new("catAttrs", 2, 0b11, cat_attrs),
    Builtin::new("functionArgs", 1, 1, function_args),
    Builtin::new("mapAttrs", 2, 0b10, map_attrs),
    Builtin::new("zipAttrsWith", 2, 0b11, zip_attrs_with),
];

fn attr_names(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.attrNames";
    let attrs = e.force_attrs(args[0], what)?;
    let keys = e.attr_keys(attrs);
    let names: Vec<u32> = e
        .name_order(attrs)
        .iter()
        .map(|&index| e.symbol_string(Symbol(keys[index as usize])).0)
        .collect();
    Ok(e.list_of_cells(&names))
}

fn attr_values(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.attrValues";
    let attrs = e.force_attrs(args[0], what)?;
    let cells = e.attr_cells(attrs);
    let values: Vec<u32> = e
        .name_order(attrs)
        .iter()
        .map(|&index| cells[index as usize])
        .collect();
    Ok(e.list_of_cells(&values))
}

fn get_attr(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.getAttr";
    let name = e.force_plain_string(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.getAttr";
    let attrs = e.force_attrs(args[1], what)?;
    e.attr_named(attrs, name)
        .ok_or_else(|| missing(name, "in the attribute set under consideration"))
}

/// The error of an attribute that a builtin needs.
#[cold]
pub(super) fn missing(name: &[u8], what: &'static str) -> Box<EvalError> {
    let name = String::from_utf8_lossy(name);
    EvalError::type_error(format!("attribute '{name}' missing")).trace(Pos::NONE, what)
}

fn has_attr(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.hasAttr";
    let name = e.force_plain_string(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.hasAttr";
    let attrs = e.force_attrs(args[1], what)?;
    Ok(Value::bool(e.attr_named(attrs, name).is_some()))
}

fn unsafe_get_attr_pos(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.unsafeGetAttrPos";
    let name = e.force_plain_string(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.unsafeGetAttrPos";
    let attrs = e.force_attrs(args[1], what)?;
    let pos = e
        .symbols
        .find(name)
        .map_or(Pos::NONE, |name| e.attr_pos(attrs, name));
    Ok(e.position_attrs(pos))
}

fn remove_attrs(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.removeAttrs";
    let attrs = e.force_attrs(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.removeAttrs";
    let list = e.force_list(args[1], what)?;
    let what = "while evaluating the values of the second argument passed to builtins.removeAttrs";
    let mut removed = Vec::with_capacity(list.len());
    for name in e.elements(list) {
        if let Some(symbol) = e.symbols.find(e.force_plain_string(name, what)?) {
            removed.push(symbol.0);
        }
    }
    removed.sort_unstable();
    e.note_names(attrs);
    let keys = e.attr_keys(attrs);
    if removed
        .iter()
        .all(|&name| crate::attrs::find_key(keys, name).is_none())
    {
        return Ok(Value::attrs(attrs));
    }
    let kept: Vec<usize> = (0..keys.len())
        .filter(|&index| removed.binary_search(&keys[index]).is_err())
        .collect();
    Ok(e.attrs_at(attrs, &kept))
}

fn list_to_attrs(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.listToAttrs";
    let list = e.force_list(args[0], what)?;
    let pair = "in a {name=...; value=...;} pair";
    let mut entries: Vec<(Symbol, u32, Attrs)> = Vec::with_capacity(list.len());
    for (index, element) in e.elements(list).enumerate() {
        let what = "while evaluating an element of the list passed to builtins.listToAttrs";
        let attrs = e.force_attrs(element, what)?;
        let name = e
            .attr_index(attrs, e.names.name)
            .ok_or_else(|| missing(b"name", pair))?;
        let what = "while evaluating the `name` attribute of an element of the list passed to builtins.listToAttrs";
        let value = Value::reference(e.attr_cell(attrs, name));
        let text = e.force_string_at(value, e.attr_pos_at(attrs, name), what)?;
        e.look_into(text.bytes);
        entries.push((e.symbols.intern(text.bytes), index as u32, attrs));
    }
    entries.sort_unstable_by_key(|&(name, index, _)| (name, index));
    entries.dedup_by_key(|entry| entry.0);
    let mut sorted = Vec::with_capacity(entries.len());
    for (name, _, attrs) in entries {
        let index = e
            .attr_index(attrs, e.names.value)
            .ok_or_else(|| missing(b"value", pair))?;
        let cell = e.attr_cell(attrs, index);
        sorted.push((name, cell, e.attr_pos_at(attrs, index)));
    }
    Ok(e.attrs_of_sorted(&sorted))
}

fn intersect_attrs(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.intersectAttrs";
    let left = e.force_attrs(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.intersectAttrs";
    let right = e.force_attrs(args[1], what)?;
    e.note_names(left);
    e.note_names(right);
    let (left_keys, right_keys) = (e.attr_keys(left), e.attr_keys(right));
    let mut chosen = Vec::with_capacity(left_keys.len().min(right_keys.len()));
    let mut from = 0;
    if left_keys.len() < right_keys.len() {
        for &name in left_keys {
            chosen.extend(crate::attrs::find_key_from(right_keys, &mut from, name));
        }
    } else {
        for (index, &name) in right_keys.iter().enumerate() {
            if crate::attrs::find_key_from(left_keys, &mut from, name).is_some() {
                chosen.push(index);
            }
        }
    }
    Ok(e.attrs_at(right, &chosen))
}

fn cat_attrs(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.catAttrs";
    let name = e.symbols.intern(e.force_plain_string(args[0], what)?);
    let what = "while evaluating the second argument passed to builtins.catAttrs";
    let list = e.force_list(args[1], what)?;
    let what =
        "while evaluating an element in the list passed as second argument to builtins.catAttrs";
    let mut cells = Vec::with_capacity(list.len());
    for element in e.elements(list) {
        let attrs = e.force_attrs(element, what)?;
        if let Some(index) = e.attr_index(attrs, name) {
            cells.push(e.attr_cell(attrs, index).0);
        }
    }
    Ok(e.list_of_cells(&cells))
}

fn function_args(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let function = e.force(args[0])?;
    if function.is(Tag::Builtin) {
        return Ok(e.no_attrs());
    }
    if !function.is(Tag::Lambda) {
        return Err(EvalError::type_error("'functionArgs' requires a function"));
    }
    let lambda = e.lambda(function);
    let formals = e.code.formals_of(lambda);
    if formals.is_empty() {
        return Ok(e.no_attrs());
    }
    let (yes, no) = (e.heap.new_cell(Value::TRUE), e.heap.new_cell(Value::FALSE));
    let formals = formals.iter().map(|formal| {
        let cell = if formal.default.is_some() { yes } else { no };
        (formal.name, cell, formal.pos)
    });
    Ok(e.attrs_of_sorted(&formals.collect::<Vec<_>>()))
}

fn map_attrs(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the second argument passed to builtins.mapAttrs";
    let attrs = e.force_attrs(args[1], what)?;
    let function = e.cell(args[0]);
    Ok(e.attrs_like(attrs, |attr| {
        let name = e.symbol_string(attr.name);
        e.apply_many_cell(function, &[name.0, attr.value.handle().0])
    }))
}

fn zip_attrs_with(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.zipAttrsWith";
    e.force_function(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.zipAttrsWith";
    let list = e.force_list(args[1], what)?;
    let what =
        "while evaluating a value of the list passed as second argument to builtins.zipAttrsWith";
    // Name, place among the sets, cell: sorting brings together what has one name, in order.
    let mut all: Vec<(Symbol, u32, u32)> = Vec::new();
    for (place, element) in e.elements(list).enumerate() {
        let attrs = e.force_attrs(element, what)?;
        all.extend(
            e.attrs_by_symbol(attrs)
                .map(|attr| (attr.name, place as u32, attr.value.handle().0)),
        );
    }
    all.sort_unstable();
    let function = e.cell(args[0]);
    let mut builder = AttrsBuilder::with_capacity(all.len());
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let name = group[0].0;
        let cells: Vec<u32> = group.iter().map(|entry| entry.2).collect();
        let values: Handle = e.heap.new_cell(e.list_of_cells(&cells));
        let arguments = [e.symbol_string(name).0, values.0];
        builder.add(name, e.apply_many_cell(function, &arguments), Pos::NONE);
    }
    Ok(builder.finish_first_wins(e))
}
