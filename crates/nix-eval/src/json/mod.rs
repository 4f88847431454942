//! JSON as Nix reads and writes it, that is, as the library nlohmann-json does.

mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use parser::{Event, parse};
pub(crate) use writer::Writer;

/// Why a text is not JSON that Nix accepts. The messages are those of Nix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    /// The text is not JSON, or a number is too large for a float.
    #[error("[json.exception.{0}")]
    Syntax(String),
    /// An integer that fits an unsigned but not a signed 64-bit number.
    #[error("unsigned json number {0} outside of Nix integer range")]
    IntegerRange(u64),
}
