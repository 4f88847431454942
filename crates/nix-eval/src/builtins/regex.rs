//! Regular expressions.

use super::Builtin;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::regex::{Regex, Span};
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("match", 2, 0b01, match_),
    Builtin::new("split", 2, 0b01, split),
];

fn compiled(e: &Evaluator, pattern: &[u8]) -> Result<std::rc::Rc<Regex>> {
    e.memos
        .regexes
        .borrow_mut()
        .get(pattern)
        .map_err(|error| EvalError::eval(error.message(pattern)))
}

/// What the groups matched: strings, or null for those that took no part.
fn groups(e: &Evaluator, text: &[u8], groups: &[Option<Span>]) -> Value {
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| match group {
            Some(span) => e.string(&text[span.start..span.end]),
            None => Value::NULL,
        })
        .collect();
    e.list(&groups)
}

fn match_(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.match";
    let pattern = e.force_plain_string(args[0], what)?;
    let regex = compiled(e, pattern)?;
    let what = "while evaluating the second argument passed to builtins.match";
    let text = e.force_string(args[1], what)?.bytes;
    e.look_for_expression(pattern, text);
    let found = regex.match_full(&mut e.memos.regex_scratch.borrow_mut(), text);
    Ok(found.map_or(Value::NULL, |found| groups(e, text, &found.groups)))
}

fn split(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.split";
    let pattern = e.force_plain_string(args[0], what)?;
    let regex = compiled(e, pattern)?;
    let what = "while evaluating the second argument passed to builtins.split";
    let text = e.force_string(args[1], what)?.bytes;
    e.look_for_expression(pattern, text);
    let mut parts = Vec::new();
    let mut rest_start = 0;
    let mut scratch = e.memos.regex_scratch.borrow_mut();
    for found in regex.matches(&mut scratch, text) {
        parts.push(e.string(&text[rest_start..found.span.start]));
        parts.push(groups(e, text, &found.groups));
        rest_start = found.span.end;
    }
    if parts.is_empty() {
        // The string itself, and so with its context.
        return Ok(e.list(&[args[1]]));
    }
    parts.push(e.string(&text[rest_start..]));
    Ok(e.list(&parts))
}
