//! What the commands print: data to the standard output, everything else to the standard error.
//!
//! Colour is decided for each stream on its own, and never carries a meaning alone. The bytes are
//! written by [`crate::terminal`].

use std::fmt::Display;
use std::io;

use anstyle::{AnsiColor, Style};

use crate::report::ErrorFormat;
use crate::terminal;

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

/// Writes messages to the standard error, also from other threads: each message is one write.
#[derive(Clone, Copy)]
pub struct Voice {
    verbosity: Verbosity,
}

impl Voice {
    /// Writes a message, if the verbosity wants it.
    pub fn say(self, message: Message, text: &str) {
        let heard = match message {
            Message::Line | Message::Warning | Message::Hint => true,
            Message::Status | Message::Note => self.verbosity >= Verbosity::Normal,
            Message::Detail => self.verbosity >= Verbosity::Verbose,
            Message::Progress => self.verbosity == Verbosity::Normal,
        };
        if !heard {
            return;
        }
        match message {
            Message::Line | Message::Status => terminal::say(text),
            Message::Detail => terminal::say(&format!("{DIM}{text}{DIM:#}")),
            Message::Warning => terminal::say(&format!("{WARNING}warning:{WARNING:#} {text}")),
            Message::Note => terminal::say(&format!("{HINT}note:{HINT:#} {text}")),
            Message::Hint => terminal::say(&format!("{HINT}hint:{HINT:#} {text}")),
            Message::Progress => terminal::progress(text),
        }
    }
}

/// Writes for the user.
pub struct Printer {
    verbosity: Verbosity,
    error_format: ErrorFormat,
}

impl Printer {
    /// A printer on the process's streams.
    pub fn new(verbosity: Verbosity) -> Printer {
        Printer {
            verbosity,
            error_format: ErrorFormat::Human,
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
        Voice {
            verbosity: self.verbosity,
        }
    }

    /// Writes a line of data to the standard output.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub fn data(&self, line: impl Display) -> io::Result<()> {
        terminal::print(&line.to_string())
    }

    /// Tells of something that happened.
    pub fn status(&self, text: impl Display) {
        self.say(Message::Status, text);
    }

    /// Something that the user may want to know.
    pub fn note(&self, text: impl Display) {
        self.say(Message::Note, text);
    }

    /// Something that is not as it should be, although the command goes on.
    pub fn warning(&self, text: impl Display) {
        self.say(Message::Warning, text);
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
        terminal::clear_progress();
    }

    fn say(&self, message: Message, text: impl Display) {
        self.voice().say(message, &text.to_string());
    }
}
