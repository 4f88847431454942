//! The one place that writes to the terminal.
//!
//! Data goes to the standard output, everything else to the standard error. Colour is decided for
//! each stream on its own, and never carries a meaning alone.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

/// The style of `error:`.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of `warning:`.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of `hint:` and `note:`.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// The style of what is added or well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// The style of what is removed.
pub const GONE: Style = AnsiColor::Red.on_default();
/// The style of what is less important.
pub const DIM: Style = Style::new().dimmed();
/// The style of headings.
pub const BOLD: Style = Style::new().bold();

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only errors and data.
    Quiet,
    /// What a user wants to know.
    Normal,
    /// Each step as well.
    Verbose,
}

/// Writes for the user.
pub struct Printer {
    verbosity: Verbosity,
    out: RefCell<AutoStream<io::Stdout>>,
    err: RefCell<AutoStream<io::Stderr>>,
    progress: bool,
}

impl Printer {
    /// A printer on the process's streams.
    pub fn new(verbosity: Verbosity) -> Printer {
        Printer {
            verbosity,
            out: RefCell::new(AutoStream::auto(io::stdout())),
            err: RefCell::new(AutoStream::auto(io::stderr())),
            progress: io::stderr().is_terminal() && verbosity == Verbosity::Normal,
        }
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Writes a line of data to the standard output.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub fn data(&self, line: impl Display) -> io::Result<()> {
        writeln!(self.out.borrow_mut(), "{line}")
    }

    /// Tells of something that happened.
    pub fn status(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.to_error(&format!("{text}"));
        }
    }

    /// Tells of a step, when asked to be verbose.
    pub fn detail(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.to_error(&format!("{DIM}{text}{DIM:#}"));
        }
    }

    /// Something that may be wrong.
    pub fn warning(&self, text: impl Display) {
        self.to_error(&format!("{WARNING}warning:{WARNING:#} {text}"));
    }

    /// Something that the user may want to know.
    pub fn note(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.to_error(&format!("{HINT}note:{HINT:#} {text}"));
        }
    }

    /// Something that went wrong; `text` may have styles in it.
    pub fn error(&self, text: impl Display) {
        self.to_error(&format!("{ERROR}error:{ERROR:#} {text}"));
    }

    /// What to do about it.
    pub fn hint(&self, text: impl Display) {
        self.to_error(&format!("{HINT}hint:{HINT:#} {text}"));
    }

    /// Shows what is under way, on a terminal only; the next line replaces it.
    pub fn progress(&self, text: &str) {
        if self.progress {
            let mut err = self.err.borrow_mut();
            // A stream that is closed has no reader to tell.
            let _ = write!(err, "\r\x1b[K{DIM}{text}{DIM:#}");
            let _ = err.flush();
        }
    }

    /// Takes the line of progress away.
    pub fn clear_progress(&self) {
        if self.progress {
            let _ = write!(self.err.borrow_mut(), "\r\x1b[K");
        }
    }

    fn to_error(&self, text: &str) {
        self.clear_progress();
        // Nothing can be told to somebody who does not listen.
        let _ = writeln!(self.err.borrow_mut(), "{text}");
    }
}
