//! What a command line selects of a value: an attribute path (`-A`), and the derivations in it.

use std::collections::HashSet;

use nix_eval::{ErrorKind, EvalError, Evaluator, Symbol, Value, View};

/// Arguments that functions on the way are called with.
pub type AutoArguments = [(Symbol, Value)];

/// Takes an attribute path apart: names between dots, in double quotes where they have dots in them.
fn parse_path(text: &str) -> Result<Vec<String>, Box<EvalError>> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(std::mem::take(&mut name)),
            _ => name.push(character),
        }
    }
    if quoted {
        return Err(EvalError::new(
            ErrorKind::Parse,
            format!("missing closing quote in selection path '{text}'"),
        ));
    }
    if !name.is_empty() {
        names.push(name);
    }
    Ok(names)
}

/// Follows an attribute path, calling functions with the given arguments on the way.
///
/// # Errors
/// When there is no such attribute, or the evaluation on the way to it fails.
pub fn select(
    evaluator: &Evaluator,
    value: Value,
    path: &str,
    auto: &AutoArguments,
) -> Result<Value, Box<EvalError>> {
    let mut value = evaluator.auto_call(value, auto)?;
    for name in parse_path(path)? {
        value = match evaluator.force_view(value)? {
            View::List(list) if name.parse::<usize>().is_ok() => {
                let index = name.parse().ok().filter(|index| *index < list.len());
                let index = index.ok_or_else(|| {
                    EvalError::eval(format!(
                        "list index {name} in selection path '{path}' is out of range"
                    ))
                })?;
                evaluator.element(list, index)
            }
            _ if name.parse::<usize>().is_ok() => {
                return Err(wrong_kind(evaluator, value, "list", path));
            }
            View::Attrs(_) if name.is_empty() => {
                return Err(EvalError::eval(format!(
                    "empty attribute name in selection path '{path}'"
                )));
            }
            View::Attrs(attrs) => {
                let found = evaluator.attr_named(attrs, name.as_bytes());
                found.ok_or_else(|| {
                    let names: Vec<&[u8]> = evaluator
                        .attrs_by_name(attrs)
                        .map(|attr| evaluator.symbol_text(attr.name))
                        .collect();
                    EvalError::new(
                        ErrorKind::MissingAttribute,
                        format!("attribute '{name}' in selection path '{path}' not found"),
                    )
                    .suggest(name.as_bytes(), names)
                })?
            }
            _ => return Err(wrong_kind(evaluator, value, "set", path)),
        };
        value = evaluator.auto_call(value, auto)?;
    }
    Ok(value)
}

fn wrong_kind(evaluator: &Evaluator, value: Value, wanted: &str, path: &str) -> Box<EvalError> {
    EvalError::type_error(format!(
        "the expression selected by the selection path '{path}' should be a {wanted} but is {}",
        evaluator.describe(value)
    ))
}

/// The derivations that a value is or holds: itself, or the attributes and elements of a set or
/// list, as far as `recurseForDerivations` leads. Functions in a set are not called.
///
/// # Errors
/// When the value is nothing that can have derivations in it, or an evaluation fails.
pub fn derivations(
    evaluator: &Evaluator,
    value: Value,
    auto: &AutoArguments,
) -> Result<Vec<Value>, Box<EvalError>> {
    let mut found = Found {
        evaluator,
        auto,
        seen: HashSet::new(),
        values: Vec::new(),
    };
    found.collect(value)?;
    Ok(found.values)
}

struct Found<'a> {
    evaluator: &'a Evaluator,
    auto: &'a AutoArguments,
    /// The sets that were looked at: one that has two names is one derivation.
    seen: HashSet<Value>,
    values: Vec<Value>,
}

impl Found<'_> {
    fn collect(&mut self, value: Value) -> Result<(), Box<EvalError>> {
        let evaluator = self.evaluator;
        let value = evaluator.auto_call(value, self.auto)?;
        if self.add(value)? {
            return Ok(());
        }
        match evaluator.force_view(value)? {
            View::Attrs(attrs) => {
                for attr in evaluator.attrs_by_name(attrs) {
                    if !is_plain_name(evaluator.symbol_text(attr.name)) || self.add(attr.value)? {
                        continue;
                    }
                    if let View::Attrs(inner) = evaluator.force_view(attr.value)?
                        && let Some(recurse) = evaluator.attr_named(inner, b"recurseForDerivations")
                        && evaluator.force_bool(
                            recurse,
                            "while evaluating the attribute `recurseForDerivations`",
                        )?
                    {
                        evaluator.nested(|| self.collect(attr.value))?;
                    }
                }
                Ok(())
            }
            View::List(list) => {
                for element in evaluator.elements(list) {
                    if !self.add(element)? {
                        evaluator.nested(|| self.collect(element))?;
                    }
                }
                Ok(())
            }
            _ => Err(EvalError::type_error(
                "expression does not evaluate to a derivation (or a set or list of those)",
            )),
        }
    }

    /// Adds a value if it is a derivation.
    fn add(&mut self, value: Value) -> Result<bool, Box<EvalError>> {
        let value = self.evaluator.force(value)?;
        let View::Attrs(attrs) = self.evaluator.view(value) else {
            return Ok(false);
        };
        if !self.evaluator.is_derivation(attrs)? {
            return Ok(false);
        }
        if self.seen.insert(value) {
            self.values.push(value);
        }
        Ok(true)
    }
}

/// Whether an attribute of this name is looked at.
fn is_plain_name(name: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    name.first().is_some_and(is_letter)
        && name
            .iter()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit() || b"-+".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_dots_are_quoted() {
        let names = |text: &str| parse_path(text).map_err(|error| error.message.clone());
        assert_eq!(names("a.b").unwrap(), ["a", "b"]);
        assert_eq!(names("a.\"b.c\".d").unwrap(), ["a", "b.c", "d"]);
        assert_eq!(names("").unwrap(), Vec::<String>::new());
        assert_eq!(
            names("a.\"b").unwrap_err(),
            "missing closing quote in selection path 'a.\"b'"
        );
    }

    #[test]
    fn plain_names_are_identifiers() {
        assert!(is_plain_name(b"gtk+3"));
        assert!(!is_plain_name(b"0ad"));
        assert!(!is_plain_name(b"a.b"));
    }
}
