//! Lexer, parser and syntax tree of the Nix language.
//!
//! [`parse`] turns the bytes of a file into an [`ast::Ast`]; [`print`] turns a tree back into the
//! fully bracketed text that `nix-instantiate --parse` shows. Nothing here reads files, and
//! nothing here knows what a variable refers to: that is the evaluator's part.
//!
//! The grammar and the wording of the messages are those of Nix 2.34. Sources are bytes: only
//! strings and comments may hold anything but ASCII, and need not be UTF-8.

pub mod ast;
mod error;
mod lexer;
mod parser;
mod position;
pub mod print;
mod symbols;

pub use error::{ParseError, Warning, WarningKind};
pub use parser::ParseMemory;
pub use position::{LineIndex, line_column};

use ast::Ast;

/// How many brackets, strings and attribute paths may stand inside of each other.
///
/// The limit keeps the parser, which recurses into them, within about half of the 8 MB stack
/// that a program's main thread has (so a thread that parses needs a stack of that size). Chains that need no bracket (`a + b + c`, `x: y: z`,
/// `if … else if …`, `let … in let … in`) are not limited: the tree can be much deeper than this.
pub const NESTING_LIMIT: u32 = 5_000;

/// What the parser accepts, and what it warns about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Accept `<|` and `|>` (the experimental feature `pipe-operators`).
    pub pipe_operators: bool,
    /// What to do about literals that are better written in another way.
    pub lints: Lints,
}

/// The lints of the parser; all are ignored by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lints {
    /// `https://example.org` without quotes (`lint-url-literals`).
    pub url_literals: LintLevel,
    /// `foo/bar` in place of `./foo/bar` (`lint-short-path-literals`).
    pub short_path_literals: LintLevel,
    /// `/foo` and `~/foo` (`lint-absolute-path-literals`).
    pub absolute_path_literals: LintLevel,
}

/// What to do when a lint applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LintLevel {
    /// Nothing.
    #[default]
    Ignore,
    /// Add a [`Warning`] to [`Parsed::warnings`].
    Warn,
    /// Fail with a [`ParseError`].
    Fatal,
}

/// What [`parse`] gives.
#[derive(Debug)]
pub struct Parsed {
    /// The tree; [`Ast::root`] is set.
    pub ast: Ast,
    /// In the order in which they were found.
    pub warnings: Vec<Warning>,
}

/// Parses a Nix expression.
///
/// # Errors
///
/// The first error that Nix would report: a syntax error, an attribute or formal argument that is
/// defined twice, a number out of range, a lint that is fatal. Also fails for a file of more than
/// 1 GiB, and for one that nests deeper than [`NESTING_LIMIT`].
pub fn parse(source: &[u8], options: &ParseOptions) -> Result<Parsed, ParseError> {
    parse_in(source, options, &mut ParseMemory::default())
}

/// Parses a Nix expression in the memory that an earlier parse left.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_in(
    source: &[u8],
    options: &ParseOptions,
    memory: &mut ParseMemory,
) -> Result<Parsed, ParseError> {
    parser::parse(source, options, memory)
}

/// Parses the definitions of a set without the braces around them, of which there must be at least
/// one: what a user types to define variables. The root of the tree is the set.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_bindings(source: &[u8], options: &ParseOptions) -> Result<Parsed, ParseError> {
    parser::parse_bindings(source, options, &mut ParseMemory::default())
}
