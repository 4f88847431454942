//! The one place that writes to the terminal.
//!
//! Data goes to the standard output, everything else to the standard error. Colour is decided for
//! each stream on its own, and never carries a meaning alone.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::report::ErrorFormat;

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

/// What kind of thing is said on the standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A line as it is, whatever the verbosity.
    Line,
    /// Something that happened.
    Status,
    /// A step, for those who want to know each.
    Detail,
    /// Something that may be wrong.
    Warning,
    /// Something that the user may want to know.
    Note,
    /// What to do about it.
    Hint,
    /// What is under way, on a terminal only; the next message replaces it.
    Progress,
}

/// Speaks on the standard error. Several may do so at once: each message is one write.
pub struct Voice {
    verbosity: Verbosity,
    stream: AutoStream<io::Stderr>,
    progress: bool,
}

impl Voice {
    fn new(verbosity: Verbosity) -> Voice {
        Voice {
            verbosity,
            stream: AutoStream::auto(io::stderr()),
            progress: io::stderr().is_terminal() && verbosity == Verbosity::Normal,
        }
    }

    /// Says something, if it is to be said.
    pub fn say(&mut self, message: Message, text: &str) {
        let heard = match message {
            Message::Line | Message::Warning | Message::Hint => true,
            Message::Status | Message::Note => self.verbosity >= Verbosity::Normal,
            Message::Detail => self.verbosity >= Verbosity::Verbose,
            Message::Progress => self.progress,
        };
        if !heard {
            return;
        }
        let clear = if self.progress { "\r\x1b[K" } else { "" };
        let line = match message {
            Message::Line | Message::Status => format!("{clear}{text}\n"),
            Message::Detail => format!("{clear}{DIM}{text}{DIM:#}\n"),
            Message::Warning => format!("{clear}{WARNING}warning:{WARNING:#} {text}\n"),
            Message::Note => format!("{clear}{HINT}note:{HINT:#} {text}\n"),
            Message::Hint => format!("{clear}{HINT}hint:{HINT:#} {text}\n"),
            Message::Progress => format!("{clear}{DIM}{text}{DIM:#}"),
        };
        // Nothing can be told to somebody who does not listen.
        let _ = self.stream.write_all(line.as_bytes());
        let _ = self.stream.flush();
    }

    fn clear(&mut self) {
        if self.progress {
            let _ = self.stream.write_all(b"\r\x1b[K");
        }
    }
}

/// Writes for the user.
pub struct Printer {
    verbosity: Verbosity,
    error_format: ErrorFormat,
    out: RefCell<AutoStream<io::Stdout>>,
    voice: RefCell<Voice>,
}

impl Printer {
    /// A printer on the process's streams.
    pub fn new(verbosity: Verbosity) -> Printer {
        Printer {
            verbosity,
            error_format: ErrorFormat::Human,
            out: RefCell::new(AutoStream::auto(io::stdout())),
            voice: RefCell::new(Voice::new(verbosity)),
        }
    }

    /// The same with failures in this form.
    #[must_use]
    pub fn with_error_format(mut self, format: ErrorFormat) -> Printer {
        self.error_format = format;
        self
    }

    /// How failures are shown.
    pub fn error_format(&self) -> ErrorFormat {
        self.error_format
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Another voice that speaks as this printer does, for other threads.
    pub fn voice(&self) -> Voice {
        Voice::new(self.verbosity)
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
        self.say(Message::Status, text);
    }

    /// Something that the user may want to know.
    pub fn note(&self, text: impl Display) {
        self.say(Message::Note, text);
    }

    /// Something that went wrong, and its class; `text` may have styles in it.
    pub fn error(&self, class: Option<&str>, text: impl Display) {
        let class = class.map_or_else(String::new, |class| format!("[{class}]"));
        self.say(
            Message::Line,
            format!("{ERROR}error{class}:{ERROR:#} {text}"),
        );
    }

    /// A line as it is, whatever the verbosity.
    pub fn line(&self, text: impl Display) {
        self.say(Message::Line, text);
    }

    /// What to do about it.
    pub fn hint(&self, text: impl Display) {
        self.say(Message::Hint, text);
    }

    /// Shows what is under way, on a terminal only; the next line replaces it.
    pub fn progress(&self, text: &str) {
        self.say(Message::Progress, text);
    }

    /// Takes the line of progress away.
    pub fn clear_progress(&self) {
        self.voice.borrow_mut().clear();
    }

    fn say(&self, message: Message, text: impl Display) {
        self.voice.borrow_mut().say(message, &text.to_string());
    }
}
