//! Versions.

use std::cmp::Ordering;

use super::Builtin;
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::value::Value;
use crate::version;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("parseDrvName", 1, 1, parse_drv_name),
    Builtin::new("compareVersions", 2, 0b11, compare_versions),
    Builtin::new("splitVersion", 1, 1, split_version),
];

fn parse_drv_name(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.parseDrvName";
    let full = e.force_plain_string(args[0], what)?;
    e.look_into(full);
    let (name, version) = version::split_name(full);
    Ok(e.attrs(&[
        (e.names.name, e.string(name)),
        (e.symbol(b"version"), e.string(version)),
    ]))
}

fn compare_versions(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.compareVersions";
    let a = e.force_plain_string(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.compareVersions";
    let b = e.force_plain_string(args[1], what)?;
    e.look_into(a);
    e.look_into(b);
    Ok(e.int(match version::compare(a, b) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

fn split_version(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.splitVersion";
    let version = e.force_plain_string(args[0], what)?;
    e.look_into(version);
    let components: Vec<Value> = version::components(version)
        .map(|component| e.string(component))
        .collect();
    Ok(e.list(&components))
}
