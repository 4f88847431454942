//! TOML 1.0 as `builtins.fromTOML` reads it, that is, as the library toml11 does.
//!
//! The messages are those of toml11 for the first problem; toml11 goes on and reports more of
//! them. Known leniency that is kept: a table header may follow a value on the same line.

mod document;
mod error;
mod parser;
mod scalar;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use error::TomlError;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Toml {
    String(Vec<u8>),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// A date, a time, or both, in a normal form: `T` between them, and no, 3, 6 or 9 digits after
    /// the seconds.
    Timestamp(String),
    Array(Vec<Toml>),
    Table(BTreeMap<Vec<u8>, Toml>),
}

/// Parses a document, which is a table.
///
/// # Errors
///
/// If it is not valid.
pub(crate) fn parse(text: &[u8]) -> Result<Toml, TomlError> {
    parser::parse_document(text)
}
