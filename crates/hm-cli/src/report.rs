//! A failure as its user sees it: the message, where it is, what to do.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::printer::{BOLD, DIM, ERROR, Printer};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user knows it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// The text of the line, if it is known.
    pub text: Option<String>,
    /// What is to be said of it.
    pub label: String,
}

/// A command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// Where; the first is the user's own.
    pub places: Vec<Place>,
    /// What else belongs to it, each a paragraph.
    pub notes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
    /// The whole trace, when it was asked for.
    pub trace: Option<String>,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            places: Vec::new(),
            notes: Vec::new(),
            hints: Vec::new(),
            trace: None,
            code: 1,
        }
    }

    /// An error of the system about a path.
    pub fn io(what: &str, path: impl Into<PathBuf>, error: &std::io::Error) -> Failure {
        Failure::new(format!("cannot {what} {}: {error}", path.into().display()))
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Failure {
        self.notes.push(note.into());
        self
    }

    /// Sets the exit code.
    #[must_use]
    pub fn code(mut self, code: u8) -> Failure {
        self.code = code;
        self
    }

    /// Shows the failure.
    pub fn print(&self, printer: &Printer) {
        let mut text = self.message.clone();
        for place in &self.places {
            text.push('\n');
            text.push_str(&render_place(place));
        }
        if let Some(trace) = &self.trace {
            let _ = write!(text, "\n\n{}", trace.trim_end());
        }
        printer.error(text);
        for note in &self.notes {
            printer.note(note);
        }
        for hint in &self.hints {
            printer.hint(hint);
        }
    }
}

fn render_place(place: &Place) -> String {
    let Place {
        file,
        line,
        column,
        text,
        label,
    } = place;
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mut rendered = format!("{margin}{DIM}-->{DIM:#} {BOLD}{file}:{line}:{column}{BOLD:#}");
    let Some(source) = text else {
        if !label.is_empty() {
            let _ = write!(rendered, " {label}");
        }
        return rendered;
    };
    // Tabs are kept, so that the mark stands under its text whatever their width.
    let before: String = source
        .bytes()
        .take(column.saturating_sub(1) as usize)
        .map(|byte| if byte == b'\t' { '\t' } else { ' ' })
        .collect();
    let _ = write!(
        rendered,
        "\n{margin} {DIM}|{DIM:#}\n{DIM}{number} |{DIM:#} {source}\n{margin} {DIM}|{DIM:#} \
         {before}{ERROR}^{ERROR:#} {label}"
    );
    rendered.truncate(rendered.trim_end().len());
    rendered
}

impl From<std::io::Error> for Failure {
    /// Only for the streams of the process: everything else names a path.
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // The reader has seen enough.
            return Failure::new("").code(0);
        }
        Failure::new(format!("cannot write: {error}"))
    }
}
