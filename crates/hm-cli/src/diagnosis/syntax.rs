//! Syntax errors: what was probably meant.

use std::path::Path;

use super::places::place;
use crate::report::{Failure, Place};

/// Explains a syntax error: the parser says what it found, which is often on the line after the
/// mistake.
pub fn explain(mut failure: Failure) -> Failure {
    let Some(at) = failure.places.first().cloned() else {
        return failure;
    };
    let text = std::fs::read_to_string(&at.file).unwrap_or_default();
    let message = failure.message.clone();
    let unexpected = |token: &str| message.contains(&format!("unexpected {token}"));
    if unexpected("end of file") {
        if let Some(open) = unclosed(&text) {
            failure.places = vec![place_at(&at.file, &text, open, "this is never closed")];
        }
        return failure.hint("each bracket, brace and quote needs its counterpart");
    }
    if unexpected("','") {
        return failure.hint(
            "elements of a list are separated by blanks: [ a b ]; definitions end with semicolons",
        );
    }
    if unexpected("':'") {
        return failure.hint("a value is given with an equals sign: name = value;");
    }
    if message.contains("expecting ';'") {
        if let Some(end) = end_before(&text, &at) {
            failure.places = vec![place_at(
                &at.file,
                &text,
                end,
                "a semicolon is missing here",
            )];
        }
        return failure.hint("each definition ends with a semicolon: name = value;");
    }
    failure
}

/// Both definitions of an attribute that is defined twice.
pub fn explain_twice(mut failure: Failure) -> Failure {
    let Some((message, previous)) = failure.message.rsplit_once(" already defined at ") else {
        return failure;
    };
    let mut parts = previous.rsplitn(3, ':');
    let (column, line, file) = (parts.next(), parts.next(), parts.next());
    let numbers = (
        line.and_then(|line| line.parse::<u32>().ok()),
        column.and_then(|column| column.parse::<u32>().ok()),
    );
    let (Some(file), (Some(line), Some(column))) = (file, numbers) else {
        return failure;
    };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let content = text.lines().nth(line as usize - 1).unwrap_or_default();
    let first = place(Path::new(file), line, column, content, "first defined here");
    let message = format!("{message} is defined twice");
    for place in &mut failure.places {
        "defined again here".clone_into(&mut place.label);
    }
    failure.places.insert(0, first);
    failure.message = message;
    failure.hint("remove one of them; lists and sets of options can be merged from several files")
}

/// Where the definition before a place ends: what precedes it on its line is only a name, so the
/// mistake is further up.
fn end_before(text: &str, at: &Place) -> Option<usize> {
    let start = text
        .split_inclusive('\n')
        .take(at.line as usize - 1)
        .map(str::len)
        .sum::<usize>();
    let before = text.get(start..start + at.column as usize - 1)?;
    let is_name = before
        .trim()
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_'.\"${}".contains(&byte));
    if !is_name {
        return None;
    }
    let mut end = start;
    // Comments and empty lines are not what lacks the semicolon.
    for line in text.get(..start)?.split_inclusive('\n').rev() {
        let content = line.trim();
        let line_start = end - line.len();
        if content.is_empty() || content.starts_with('#') {
            end = line_start;
            continue;
        }
        return Some(line_start + line.trim_end().len());
    }
    None
}

/// A bracket that was opened, and how far its line is indented.
struct Open {
    at: usize,
    bracket: u8,
    indentation: usize,
}

/// The bracket that is never closed: one that is followed by the closing bracket of a line with
/// less indentation, else the last that is open at the end.
fn unclosed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut suspect = None;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest[0] {
            b'#' => at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                at += text[at..].find("*/").map_or(rest.len(), |end| end + 2);
            }
            b'"' => match string_end(rest, 1, b"\"") {
                Some(length) => at += length,
                None => return Some(at),
            },
            b'\'' if rest.starts_with(b"''") => match string_end(rest, 2, b"''") {
                Some(length) => at += length,
                None => return Some(at),
            },
            bracket @ (b'{' | b'[' | b'(') => {
                open.push(Open {
                    at,
                    bracket,
                    indentation: indentation(text, at),
                });
                at += 1;
            }
            bracket @ (b'}' | b']' | b')') => {
                if let Some(last) = open.pop() {
                    let closes = matches!(
                        (last.bracket, bracket),
                        (b'{', b'}') | (b'[', b']') | (b'(', b')')
                    );
                    if !closes || indentation(text, at) < last.indentation {
                        suspect.get_or_insert(last.at);
                    }
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    suspect.or(open.last().map(|last| last.at))
}

/// How long a string is, with its quotes, if it ends.
fn string_end(text: &[u8], start: usize, quote: &[u8]) -> Option<usize> {
    let mut at = start;
    while at < text.len() {
        let rest = &text[at..];
        if quote.len() == 1 && rest[0] == b'\\' {
            at += 2;
        } else if quote.len() == 2 && (rest.starts_with(b"'''") || rest.starts_with(b"''$")) {
            at += 3;
        } else if quote.len() == 2 && rest.starts_with(b"''\\") {
            at += 4;
        } else if rest.starts_with(quote) {
            return Some(at + quote.len());
        } else {
            at += 1;
        }
    }
    None
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn indentation(text: &str, at: usize) -> usize {
    let line = &text[line_start(text, at)..];
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

fn place_at(file: &str, text: &str, at: usize, label: &str) -> Place {
    let start = line_start(text, at);
    let line = text[..start].matches('\n').count() + 1;
    let content = text[start..].lines().next().unwrap_or_default();
    place(
        Path::new(file),
        line as u32,
        (at - start) as u32 + 1,
        content,
        label,
    )
}

#[cfg(test)]
mod tests {
    use super::unclosed;

    #[test]
    fn what_is_never_closed_is_found_by_indentation() {
        assert_eq!(unclosed("{\n  a = {\n    b = 1;\n}\n"), Some(8));
        assert_eq!(unclosed("{ a = [ 1;\n}"), Some(6));
        assert_eq!(unclosed("{ a = \"x; }"), Some(6));
        assert_eq!(unclosed("{ a = ''x ''${ '''; }"), Some(6));
        assert_eq!(unclosed("# {\n/* [ */ { a = \"}\";"), Some(12));
        assert_eq!(unclosed("{ }"), None);
    }
}
