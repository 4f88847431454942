//! Strings.

use std::collections::HashMap;

use super::Builtin;
use crate::context::ContextSet;
use crate::error::{EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::source::Pos;
use crate::value::{Tag, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::global("toString", 1, 1, to_string),
    Builtin::new("substring", 3, 0b001, substring),
    Builtin::new("stringLength", 1, 1, string_length),
    Builtin::new("concatStringsSep", 2, 0b11, concat_strings_sep),
    Builtin::new("replaceStrings", 3, 0b001, replace_strings),
];

/// Strings and paths where paths are copied to the store: the default of Nix.
const COPYING: Coercion = Coercion {
    more: false,
    copy_to_store: true,
};

fn to_string(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let value = e.force(args[0])?;
    if value.is(Tag::String) {
        return Ok(value);
    }
    let what = "while evaluating the first argument passed to builtins.toString";
    let (text, context) = e.coerce_to_string(value, Coercion::TO_STRING, what)?;
    Ok(e.string_with_context(&text, context))
}

fn substring(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what =
        "while evaluating the first argument (the start offset) passed to builtins.substring";
    let start = e.force_int(args[0], what)?;
    let Ok(start) = usize::try_from(start) else {
        return Err(EvalError::eval("negative start position in 'substring'"));
    };
    let what =
        "while evaluating the second argument (the substring length) passed to builtins.substring";
    // A negative length means "to the end".
    let len = usize::try_from(e.force_int(args[1], what)?).unwrap_or(usize::MAX);
    let what = "while evaluating the third argument (the string) passed to builtins.substring";
    let value = e.force(args[2])?;
    if len == 0 && value.is(Tag::String) {
        return Ok(e.string_with_context(b"", e.text_of(value).context));
    }
    let (text, context) = e.coerce_to_string(value, COPYING, what)?;
    let start = start.min(text.len());
    let end = start.saturating_add(len).min(text.len());
    e.cut(&text, [start, end]);
    Ok(e.string_with_context(&text[start..end], context))
}

fn string_length(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.stringLength";
    let (text, _) = e.coerce_to_string(args[0], COPYING, what)?;
    Ok(e.int(text.len() as i64))
}

fn concat_strings_sep(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument (the separator string) passed to builtins.concatStringsSep";
    let separator = e.force_string(args[0], what)?;
    let what = "while evaluating the second argument (the list of strings to concat) passed to builtins.concatStringsSep";
    let list = e.force_list(args[1], what)?;
    let what = "while evaluating one element of the list of strings to concat passed to builtins.concatStringsSep";
    let mut context = separator.context;
    let mut result = e.take_buffer();
    for (index, element) in e.elements(list).enumerate() {
        if index > 0 {
            result.extend_from_slice(separator.bytes);
        }
        let text = e.coerce_at(element, COPYING, &mut context, Pos::NONE, what)?;
        e.check_room(result.len() + text.len())?;
        result.extend_from_slice(&text);
    }
    let string = e.string_with_context(&result, context);
    e.give_back_buffer(result);
    Ok(string)
}

fn replace_strings(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.replaceStrings";
    let from = e.force_list(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.replaceStrings";
    let to = e.force_list(args[1], what)?;
    if from.len() != to.len() {
        return Err(EvalError::eval(
            "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths",
        ));
    }
    let what = "while evaluating one of the strings to replace passed to builtins.replaceStrings";
    let mut patterns: Vec<&[u8]> = Vec::with_capacity(from.len());
    for pattern in e.elements(from) {
        patterns.push(e.force_string(pattern, what)?.bytes);
    }
    let what = "while evaluating the third argument passed to builtins.replaceStrings";
    let text = e.force_string(args[2], what)?;
    e.look_for(&patterns, text.bytes);

    // For each byte the patterns that a match there can begin with; in order, as the first counts.
    let mut by_first: Vec<Vec<u32>> = vec![Vec::new(); 256];
    let has_empty = patterns.iter().any(|pattern| pattern.is_empty());
    for (index, pattern) in patterns.iter().enumerate() {
        match pattern.first() {
            Some(&first) => by_first[first as usize].push(index as u32),
            None => by_first
                .iter_mut()
                .for_each(|candidates| candidates.push(index as u32)),
        }
    }
    let first_empty = patterns.iter().position(|pattern| pattern.is_empty());

    let what = "while evaluating one of the replacement strings passed to builtins.replaceStrings";
    let mut context = text.context;
    let mut known: HashMap<usize, &[u8]> = HashMap::new();
    let mut replacement = |index: usize, context: &mut ContextSet| -> Result<&[u8]> {
        if let Some(known) = known.get(&index) {
            return Ok(known);
        }
        let text = e.force_string(e.element(to, index), what)?;
        *context = e.contexts.union(*context, text.context);
        known.insert(index, text.bytes);
        Ok(text.bytes)
    };
    let bytes = text.bytes;
    let mut result = e.take_buffer();
    let mut changed = false;
    let mut at = 0;
    while at < bytes.len() {
        e.check_room(result.len())?;
        let rest = &bytes[at..];
        let found = by_first[rest[0] as usize]
            .iter()
            .map(|&index| index as usize)
            .find(|&index| rest.starts_with(patterns[index]));
        match found {
            Some(index) if !patterns[index].is_empty() => {
                result.extend_from_slice(replacement(index, &mut context)?);
                at += patterns[index].len();
                changed = true;
            }
            found => {
                if let Some(index) = found {
                    result.extend_from_slice(replacement(index, &mut context)?);
                    changed = true;
                }
                result.push(rest[0]);
                at += 1;
            }
        }
    }
    // The empty pattern also matches at the end, unless a match ended beyond.
    if has_empty
        && at == bytes.len()
        && let Some(index) = first_empty
    {
        result.extend_from_slice(replacement(index, &mut context)?);
        changed = true;
    }
    let value = if changed {
        e.string_with_context(&result, context)
    } else {
        e.force(args[2])?
    };
    e.give_back_buffer(result);
    Ok(value)
}
