//! Values as the loop shows them.

use std::collections::HashSet;

use nix_eval::{EvalError, Evaluator, Value, View};

type Shown = Result<String, Box<EvalError>>;

/// What a set or list is nested deeper than this is left out.
const MOST_DEPTH: usize = 1000;

/// A value with the values that are in it, but no deeper.
pub fn shallow(evaluator: &Evaluator, value: Value) -> Shown {
    Printer {
        evaluator,
        depth: 1,
        seen: HashSet::new(),
    }
    .print(value, 0)
}

/// A value with all that is in it; what is in itself is shown once.
pub fn deep(evaluator: &Evaluator, value: Value) -> Shown {
    Printer {
        evaluator,
        depth: MOST_DEPTH,
        seen: HashSet::new(),
    }
    .print(value, 0)
}

struct Printer<'a> {
    evaluator: &'a Evaluator,
    /// So many levels are shown.
    depth: usize,
    /// Sets and lists that were shown.
    seen: HashSet<Value>,
}

impl Printer<'_> {
    fn print(&mut self, value: Value, level: usize) -> Shown {
        let evaluator = self.evaluator;
        let value = evaluator.force(value)?;
        match evaluator.view(value) {
            View::Attrs(attrs) => {
                let count = evaluator.attrs_by_name(attrs).len();
                if count > 0 && !self.seen.insert(value) {
                    return Ok("«repeated»".to_owned());
                }
                if evaluator.is_derivation(attrs)? {
                    return derivation(evaluator, value);
                }
                if count > 0 && level >= self.depth {
                    return Ok("{ ... }".to_owned());
                }
                let entries: Vec<(String, Value)> = evaluator
                    .attrs_by_name(attrs)
                    .map(|attr| (name(evaluator.symbol_text(attr.name)), attr.value))
                    .collect();
                let wide = is_wide(evaluator, entries.iter().map(|(_, value)| *value));
                let mut items = Vec::new();
                for (name, value) in entries {
                    items.push(format!("{name} = {};", self.inner(value, level + 1)));
                }
                Ok(block(["{", "}"], &items, wide, level))
            }
            View::List(list) => {
                let elements: Vec<Value> = evaluator.elements(list).collect();
                if !elements.is_empty() && !self.seen.insert(value) {
                    return Ok("«repeated»".to_owned());
                }
                if !elements.is_empty() && level >= self.depth {
                    return Ok("[ ... ]".to_owned());
                }
                let wide = is_wide(evaluator, elements.iter().copied());
                let mut items = Vec::new();
                for element in elements {
                    items.push(self.inner(element, level + 1));
                }
                Ok(block(["[", "]"], &items, wide, level))
            }
            _ => evaluator.print_evaluated(value),
        }
    }

    /// What is in a set or list. That it cannot be evaluated is no failure of the whole.
    fn inner(&mut self, value: Value, level: usize) -> String {
        self.print(value, level)
            .unwrap_or_else(|error| format!("«error: {}»", error.message))
    }
}

/// Whether items stand on lines of their own: several, or one that has others in it.
fn is_wide(evaluator: &Evaluator, items: impl ExactSizeIterator<Item = Value>) -> bool {
    let mut items = items;
    match (items.len(), items.next()) {
        (1, Some(only)) => evaluator
            .force_view(only)
            .is_ok_and(|view| matches!(view, View::Attrs(_) | View::List(_))),
        (count, _) => count > 1,
    }
}

fn block([open, close]: [&str; 2], items: &[String], wide: bool, level: usize) -> String {
    if !wide {
        let items: String = items.iter().map(|item| format!("{item} ")).collect();
        return format!("{open} {items}{close}");
    }
    let indent = "  ".repeat(level);
    let lines: String = items
        .iter()
        .map(|item| format!("{indent}  {item}\n"))
        .collect();
    format!("{open}\n{lines}{indent}{close}")
}

fn derivation(evaluator: &Evaluator, value: Value) -> Shown {
    let what = "while showing a derivation";
    let attrs = evaluator.force_attrs(value, what)?;
    let path = match evaluator.attr_named(attrs, b"drvPath") {
        Some(path) => evaluator
            .force_string(path, what)?
            .to_string_lossy()
            .into_owned(),
        None => "???".to_owned(),
    };
    Ok(format!("«derivation {path}»"))
}

/// A name as it is written in a set.
pub fn name(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_plain = name.first().copied().is_some_and(is_start)
        && name
            .iter()
            .all(|&byte| is_start(byte) || byte.is_ascii_digit() || b"'-".contains(&byte));
    if is_plain {
        text.into_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
