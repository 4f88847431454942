//! POSIX extended regular expressions with the behaviour of C++'s `std::regex::extended` as
//! libstdc++ implements it, which is what `builtins.match` and `builtins.split` are defined by.
//!
//! Where it differs from POSIX and from common engines:
//!
//! - Patterns and texts are bytes; only ASCII has character classes. Ranges compare *signed* bytes.
//! - A backslash makes a special character literal, anything else after it is an error; within
//!   brackets it is an ordinary character. There are no back-references.
//! - Alternatives are all tried and the longest match is kept, the first of several that are equally
//!   long. Repetitions, however, take the first way that leads to a match. A full match thus finds
//!   `a`, `bcd` for `(a|ab)(c|bcd)(d*)` on `abcd`, and a search finds `ab` for `a|ab`.
//! - A group keeps what it matched in an earlier round of a repetition.
//! - A repetition enters its body at one place in the text at most twice without progress.
//!
//! The libstdc++ engine backtracks: it needs exponential time for some patterns and overflows the
//! stack on long texts. This one walks the same automaton in the same order, but on an explicit
//! stack, and remembers what it has explored: it needs time in proportion to the size of the
//! automaton times that of the text.

mod bracket;
mod compile;
mod execute;
mod loops;
mod program;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::rc::Rc;

pub(crate) use execute::Scratch;
use program::Program;

/// Why a pattern cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegexError {
    /// It is not a regular expression.
    Invalid,
    /// Its automaton would be too large.
    TooLarge,
}

impl RegexError {
    /// The message of Nix about this pattern.
    pub(crate) fn message(self, pattern: &[u8]) -> String {
        let problem = match self {
            RegexError::Invalid => "invalid regular expression",
            RegexError::TooLarge => "memory limit exceeded by regular expression",
        };
        format!("{problem} '{}'", String::from_utf8_lossy(pattern))
    }
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Regex {
    program: Program,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Where a pattern matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// The whole match.
    pub(crate) span: Span,
    /// What the groups matched, those that took part.
    pub(crate) groups: Vec<Option<Span>>,
}

impl Regex {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// If it is not valid or too large.
    pub(crate) fn new(pattern: &[u8]) -> Result<Regex, RegexError> {
        Ok(Regex {
            program: compile::compile(pattern)?,
        })
    }

    /// Matches a whole text.
    pub(crate) fn match_full(&self, scratch: &mut Scratch, text: &[u8]) -> Option<Match> {
        execute::match_full(&self.program, scratch, text)
    }

    /// All matches in a text, none of which overlap.
    pub(crate) fn matches<'r>(
        &'r self,
        scratch: &'r mut Scratch,
        text: &'r [u8],
    ) -> execute::Matches<'r> {
        execute::Matches::new(&self.program, scratch, text)
    }
}

/// The patterns that were used so far.
#[derive(Default)]
pub(crate) struct RegexCache {
    compiled: HashMap<Box<[u8]>, Rc<Regex>>,
}

impl RegexCache {
    /// Compiles a pattern, once.
    ///
    /// # Errors
    ///
    /// If it is not valid or too large.
    pub(crate) fn get(&mut self, pattern: &[u8]) -> Result<Rc<Regex>, RegexError> {
        if let Some(regex) = self.compiled.get(pattern) {
            return Ok(Rc::clone(regex));
        }
        let regex = Rc::new(Regex::new(pattern)?);
        self.compiled.insert(Box::from(pattern), Rc::clone(&regex));
        Ok(regex)
    }
}
