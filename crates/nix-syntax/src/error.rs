//! What can be wrong with a source text.

use crate::ast::Pos;

/// Why a text is not a Nix expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// The message in the words of Nix, without positions.
    pub message: String,
    /// Where the error is.
    pub pos: Pos,
    /// For an attribute that is defined twice, where the first definition stands. Nix ends its
    /// message with it; see [`ParseError::full_message`].
    pub previous: Option<Pos>,
}

impl ParseError {
    pub(crate) fn new(message: impl Into<String>, pos: Pos) -> ParseError {
        ParseError {
            message: message.into(),
            pos,
            previous: None,
        }
    }

    /// The message as Nix shows it: with the place of the first definition, if there is one, in
    /// the form that `show` gives a position (as in `file.nix:1:2`).
    pub fn full_message(&self, show: impl FnOnce(Pos) -> String) -> String {
        match self.previous {
            Some(previous) => format!("{} at {}", self.message, show(previous)),
            None => self.message.clone(),
        }
    }
}

/// Something that is accepted but better changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The message in the words of Nix, without positions.
    pub message: String,
    /// Where it applies.
    pub pos: Pos,
}

/// What a [`Warning`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// One of [`crate::Lints`]. Nix shows the position below the message, as for an error.
    Lint,
    /// `or` used as a variable, in a place where a future grammar reads it differently. Nix shows
    /// the position before the message: `at file.nix:1:2: …`.
    OrIdentifier,
}
