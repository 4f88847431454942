//! Evaluation errors.

use std::borrow::Cow;

use crate::heap::Handle;
use crate::source::Pos;

/// What went wrong, as a stable class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `builtins.throw`, a failed `<x>` lookup: `tryEval` catches it.
    Throw,
    /// A failed `assert`: `tryEval` catches it.
    Assertion,
    /// `builtins.abort`
    Abort,
    /// A value of the wrong type.
    Type,
    /// A name that nothing defines.
    UndefinedVariable,
    /// A selected attribute does not exist.
    MissingAttribute,
    /// A function was called without a required argument.
    MissingArgument,
    /// A value depends on itself.
    InfiniteRecursion,
    /// Calls or data are nested too deeply.
    StackOverflow,
    /// The source is not a Nix expression.
    Parse,
    /// Pure or restricted evaluation forbids it.
    Restricted,
    /// Building during evaluation is disabled or failed.
    ImportFromDerivation,
    /// A store path is not valid.
    InvalidPath,
    /// A file cannot be read.
    Io,
    /// The store, a fetcher or another part outside of the evaluator failed.
    Host,
    /// The heap is exhausted.
    OutOfMemory,
    /// The user interrupted the evaluation.
    Interrupted,
    /// A word is none of those that are known; a program that is given it on its command line says
    /// where its help is.
    Usage,
    /// Anything else.
    Eval,
}

impl ErrorKind {
    /// A short name that does not change between versions.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::Throw => "throw",
            ErrorKind::Assertion => "assertion",
            ErrorKind::Abort => "abort",
            ErrorKind::Type => "type",
            ErrorKind::UndefinedVariable => "undefined-variable",
            ErrorKind::MissingAttribute => "missing-attribute",
            ErrorKind::MissingArgument => "missing-argument",
            ErrorKind::InfiniteRecursion => "infinite-recursion",
            ErrorKind::StackOverflow => "stack-overflow",
            ErrorKind::Parse => "parse",
            ErrorKind::Restricted => "restricted",
            ErrorKind::ImportFromDerivation => "import-from-derivation",
            ErrorKind::InvalidPath => "invalid-path",
            ErrorKind::Io => "io",
            ErrorKind::Host => "host",
            ErrorKind::OutOfMemory => "out-of-memory",
            ErrorKind::Interrupted => "interrupted",
            ErrorKind::Usage => "usage",
            ErrorKind::Eval => "eval",
        }
    }

    /// Returns whether nothing more can be evaluated after it.
    pub(crate) fn ends_evaluation(self) -> bool {
        matches!(
            self,
            ErrorKind::StackOverflow | ErrorKind::OutOfMemory | ErrorKind::Interrupted
        )
    }

    /// Whether `builtins.tryEval` catches it.
    #[must_use]
    pub fn is_catchable(self) -> bool {
        matches!(self, ErrorKind::Throw | ErrorKind::Assertion)
    }
}

/// One step of the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Where it happened; resolve it with [`Evaluator::locate`](crate::Evaluator::locate).
    pub pos: Pos,
    /// What was being done.
    pub hint: Cow<'static, str>,
    /// Whether to show it even when traces are shortened.
    pub always: bool,
}

/// Why an evaluation failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// The class of the error.
    pub kind: ErrorKind,
    /// The message, in the words of Nix.
    pub message: String,
    /// Where it happened.
    pub pos: Pos,
    /// How the evaluation got there, innermost step first.
    pub traces: Vec<Trace>,
    /// Names close to one that was not found, best first.
    pub suggestions: Vec<String>,
    /// The exit status that a program should end with.
    pub status: u8,
    /// The cell that depends on itself.
    pub(crate) recursive_cell: Handle,
}

/// The result of evaluation. Errors are boxed: they are rare, and a small result is returned in
/// registers.
pub type Result<T> = std::result::Result<T, Box<EvalError>>;

impl EvalError {
    /// A new error without position.
    #[cold]
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Box<EvalError> {
        Box::new(EvalError {
            kind,
            message: message.into(),
            pos: Pos::NONE,
            traces: Vec::new(),
            suggestions: Vec::new(),
            status: 1,
            recursive_cell: Handle::NONE,
        })
    }

    /// A type error.
    #[cold]
    #[must_use]
    pub fn type_error(message: impl Into<String>) -> Box<EvalError> {
        EvalError::new(ErrorKind::Type, message)
    }

    /// An error of no particular class.
    #[cold]
    #[must_use]
    pub fn eval(message: impl Into<String>) -> Box<EvalError> {
        EvalError::new(ErrorKind::Eval, message)
    }

    /// Sets the position.
    #[cold]
    #[must_use]
    pub fn at(mut self: Box<Self>, pos: Pos) -> Box<Self> {
        self.pos = pos;
        self
    }

    /// Sets the suggestions: those of `candidates` within a Levenshtein distance of 2 of `name`,
    /// at most five.
    #[cold]
    #[must_use]
    pub fn suggest<'a>(
        mut self: Box<Self>,
        name: &[u8],
        candidates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Box<Self> {
        self.suggestions = suggestions(name, candidates, MAX_DISTANCE);
        self
    }

    /// Sets the suggestions for a variable. Of short names, of which there are many close to each
    /// other, only one letter may differ.
    #[cold]
    #[must_use]
    pub fn suggest_variable<'a>(
        mut self: Box<Self>,
        name: &[u8],
        candidates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Box<Self> {
        let distance = if name.len() <= 4 { 1 } else { MAX_DISTANCE };
        self.suggestions = match name.len() {
            0 | 1 => Vec::new(),
            _ => suggestions(name, candidates, distance),
        };
        self
    }

    /// Adds the step that surrounds those so far.
    #[cold]
    #[must_use]
    pub fn trace(mut self: Box<Self>, pos: Pos, hint: impl Into<Cow<'static, str>>) -> Box<Self> {
        self.traces.push(Trace {
            pos,
            hint: hint.into(),
            always: false,
        });
        self
    }

    /// Adds a step that is shown even when traces are shortened.
    #[cold]
    #[must_use]
    pub fn trace_always(
        mut self: Box<Self>,
        pos: Pos,
        hint: impl Into<Cow<'static, str>>,
    ) -> Box<Self> {
        self.traces.push(Trace {
            pos,
            hint: hint.into(),
            always: true,
        });
        self
    }
}

/// How many letters of a suggestion may differ.
const MAX_DISTANCE: usize = 2;

/// What names are close to one that was not found.
fn suggestions<'a>(
    name: &[u8],
    candidates: impl IntoIterator<Item = &'a [u8]>,
    max_distance: usize,
) -> Vec<String> {
    const MAX_COUNT: usize = 5;
    let mut close: Vec<(usize, &[u8])> = candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= max_distance)
        .map(|candidate| (levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= max_distance)
        .collect();
    close.sort_unstable();
    close.truncate(MAX_COUNT);
    close
        .into_iter()
        .map(|(_, name)| String::from_utf8_lossy(name).into_owned())
        .collect()
}

fn levenshtein(a: &[u8], b: &[u8]) -> usize {
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut current = vec![0; b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        current[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitution = previous[j] + usize::from(x != y);
            current[j + 1] = substitution.min(previous[j + 1] + 1).min(current[j] + 1);
        }
        std::mem::swap(&mut previous, &mut current);
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(levenshtein(b"kitten", b"sitting"), 3);
        assert_eq!(levenshtein(b"", b"abc"), 3);
        assert_eq!(levenshtein(b"same", b"same"), 0);
    }

    #[test]
    fn suggestions_are_close_and_few() {
        let names: [&[u8]; 8] = [b"x1", b"x2", b"x3", b"x4", b"x5", b"x6", b"y", b"far-away"];
        assert_eq!(suggestions(b"x", names, 2), ["x1", "x2", "x3", "x4", "x5"]);
    }
}
