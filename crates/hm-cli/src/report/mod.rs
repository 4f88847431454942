//! A failure as its user sees it: the message, where it is, what to do.

mod json;
pub mod remedy;
mod text;

use std::path::PathBuf;

use crate::printer::Printer;

/// How failures are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ErrorFormat {
    /// For people
    #[default]
    Human,
    /// As one line of JSON
    Json,
}

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
    /// The class of the failure, as a word that does not change between versions, if it has one.
    /// `docs/errors.md` lists them.
    pub class: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// Where; the first is the user's own.
    pub places: Vec<Place>,
    /// What else belongs to it, each a paragraph.
    pub notes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
    /// How many steps of the evaluation are not shown.
    pub folded: usize,
    /// The whole trace, when it was asked for.
    pub trace: Option<String>,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            class: None,
            message: message.into(),
            places: Vec::new(),
            notes: Vec::new(),
            hints: Vec::new(),
            folded: 0,
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

    /// The failure with what to do about the error of the system in it, unless it says so itself.
    fn with_remedy(&self) -> Failure {
        let failure = self.clone();
        match remedy::of(&self.message).filter(|_| self.hints.is_empty()) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// Shows the failure.
    pub fn print(&self, printer: &Printer) {
        let failure = self.with_remedy();
        match printer.error_format() {
            ErrorFormat::Json => printer.line(json::line(&failure)),
            ErrorFormat::Human => {
                printer.error(failure.class, text::body(&failure));
                for note in &failure.notes {
                    printer.note(note);
                }
                for hint in &failure.hints {
                    printer.hint(hint);
                }
            }
        }
    }
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
