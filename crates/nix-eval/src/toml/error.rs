//! What is wrong with a TOML document, and how messages show where.

use std::fmt::Write as _;
use std::ops::Range;

/// What is wrong with a TOML document. The message has several lines and shows the places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TomlError(String);

/// A problem, before its places are resolved.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) title: String,
    /// Places in the text, with what is to be said about them.
    pub(super) places: Vec<(Range<usize>, &'static str)>,
    /// Lines below.
    pub(super) hint: &'static str,
}

pub(super) type Result<T> = std::result::Result<T, Box<Problem>>;

impl Problem {
    /// A problem with one byte.
    pub(super) fn at(title: impl Into<String>, at: usize, message: &'static str) -> Box<Problem> {
        Problem::new(title, at..at + 1, message)
    }

    /// A problem with a part of the text.
    pub(super) fn new(
        title: impl Into<String>,
        place: Range<usize>,
        message: &'static str,
    ) -> Box<Problem> {
        Box::new(Problem {
            title: title.into(),
            places: vec![(place, message)],
            hint: "",
        })
    }

    pub(super) fn and(
        mut self: Box<Self>,
        place: Range<usize>,
        message: &'static str,
    ) -> Box<Self> {
        self.places.push((place, message));
        self
    }

    pub(super) fn hint(mut self: Box<Self>, hint: &'static str) -> Box<Self> {
        self.hint = hint;
        self
    }

    /// The message about the text, which ends with a line break.
    pub(super) fn describe(&self, text: &[u8]) -> TomlError {
        let places: Vec<Place> = self
            .places
            .iter()
            .map(|(range, message)| Place::new(text, range, message))
            .collect();
        let width = places
            .iter()
            .map(|place| place.last_line_number().to_string().len())
            .max()
            .unwrap_or_default();
        let margin = " ".repeat(width + 1);
        let mut message = format!("[error] {}\n --> fromTOML\n{margin} |\n", self.title);
        for (index, place) in places.iter().enumerate() {
            if index > 0 {
                let _ = write!(message, "{margin} | ...\n{margin} |\n");
            }
            place.show(&mut message, width);
        }
        message.push_str(self.hint);
        TomlError(message)
    }
}

/// A place in a text.
struct Place<'t> {
    /// The number of its first line, from 1 on.
    line_number: usize,
    line: &'t [u8],
    /// Bytes before the place in its line.
    column: usize,
    /// How many bytes of the line it covers.
    length: usize,
    /// Whether it is the end of the text.
    is_end: bool,
    message: &'static str,
}

impl<'t> Place<'t> {
    fn new(text: &'t [u8], range: &Range<usize>, message: &'static str) -> Place<'t> {
        let is_end = range.start >= text.len();
        // The end is shown as the end of the last line.
        let start = if is_end {
            text.len().saturating_sub(1)
        } else {
            range.start
        };
        let line_start = text[..start]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let line_end = text[start..]
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(text.len(), |length| start + length);
        let line = &text[line_start..line_end];
        let column = start - line_start;
        let length = (range.end - range.start)
            .min(line.len().saturating_sub(column))
            .max(1);
        let line_number = text[..line_start]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
            + 1;
        Place {
            line_number,
            line,
            column,
            length,
            is_end,
            message,
        }
    }

    fn last_line_number(&self) -> usize {
        self.line_number + usize::from(self.is_end)
    }

    fn show(&self, out: &mut String, width: usize) {
        let line = show_line(self.line);
        let mut show = |number: usize, column: usize, length: usize, message: &str| {
            let (spaces, marks) = (" ".repeat(column), "^".repeat(length));
            let _ = writeln!(out, " {number:>width$} | {line}");
            let _ = writeln!(out, " {:width$} | {spaces}{marks}-- {message}", "");
        };
        if self.is_end {
            show(self.line_number, self.column, 0, "");
            show(self.line_number + 1, 0, self.line.len() + 1, self.message);
        } else {
            show(self.line_number, self.column, self.length, self.message);
        }
    }
}

/// A line with everything but printable ASCII spelled out.
fn show_line(line: &[u8]) -> String {
    let mut shown = String::new();
    for &byte in line {
        match byte {
            b' '..=b'~' => shown.push(char::from(byte)),
            b'\t' => shown.push_str("0x09(TAB)"),
            b'\r' => shown.push_str("0x0d(CARRIAGE RETURN)"),
            _ => {
                let _ = write!(shown, "0x{byte:02x}");
            }
        }
    }
    shown
}
