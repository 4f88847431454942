//! Evaluation of everything in a value.

use std::collections::HashSet;

use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::hasher::FastHasher;
use crate::source::Pos;
use crate::value::{Tag, Value};

/// Evaluates a value and everything in it; values that contain themselves are no problem.
pub(crate) fn force_deep(e: &Evaluator, value: Value) -> Result<Value> {
    let mut seen = HashSet::default();
    let value = force_part(e, value, &mut seen)?;
    e.check_limits()?;
    Ok(value)
}

fn force_part(e: &Evaluator, value: Value, seen: &mut HashSet<u64, FastHasher>) -> Result<Value> {
    let pos = e.origin_of(value);
    let depth = e.enter_call(|| pos)?;
    let result = force_counted(e, value, pos, seen);
    e.call_depth.set(depth);
    result
}

fn force_counted(
    e: &Evaluator,
    value: Value,
    pos: Pos,
    seen: &mut HashSet<u64, FastHasher>,
) -> Result<Value> {
    let forced = e.force_at(value, pos)?;
    // Different cells may hold the same set or list.
    if matches!(forced.tag(), Tag::Attrs | Tag::List) && seen.insert(forced.bits()) {
        force_parts(e, forced, seen)?;
    }
    Ok(forced)
}

fn force_parts(e: &Evaluator, value: Value, seen: &mut HashSet<u64, FastHasher>) -> Result<()> {
    if value.is(Tag::Attrs) {
        let set = value.as_attrs();
        for (index, attr) in e.attrs_by_symbol(set).enumerate() {
            force_part(e, attr.value, seen).map_err(|error| {
                let name = e.symbol_shown(attr.name);
                let what = format!("while evaluating the attribute '{name}'");
                error.trace(e.attr_pos_at(set, index), what)
            })?;
        }
    } else {
        for (index, element) in e.elements(value.as_list()).enumerate() {
            force_part(e, element, seen).map_err(|error| {
                error.trace(
                    Pos::NONE,
                    format!("while evaluating list element at index {index}"),
                )
            })?;
        }
    }
    Ok(())
}
