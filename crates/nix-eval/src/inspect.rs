//! Looking into programs: what a value is made of, without evaluating more than that needs.

use std::path::Path;

use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::ir::{Node, NodeId};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Tag, Value};

/// The arguments that a function takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formals {
    /// The name of the whole argument.
    pub argument: Option<Symbol>,
    /// The arguments in the set that it takes, in the order of the source; `None` for a function
    /// that takes anything.
    pub names: Option<Vec<Formal>>,
    /// Whether the set may have other attributes.
    pub ellipsis: bool,
    /// Where the function stands.
    pub pos: Pos,
}

/// One argument in the set that a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formal {
    /// Its name.
    pub name: Symbol,
    /// Whether it may be left out.
    pub has_default: bool,
    /// Where it stands.
    pub pos: Pos,
}

impl Evaluator {
    /// Evaluates a file that has to be a set, written out and not computed, as `flake.nix` is.
    ///
    /// # Errors
    ///
    /// If the file is something else, cannot be read or parsed, or its evaluation fails.
    pub fn eval_literal_file(&self, path: &Path) -> Result<Value> {
        crate::files::eval_literal(self, path)
    }

    /// Whether the expression of a file is a set that is written out.
    pub(crate) fn is_literal_set(&self, node: NodeId) -> bool {
        match self.code.node(node) {
            Node::Set(_) | Node::RecursiveSet(_) => true,
            // The empty set is a constant.
            Node::Constant(cell) => self.heap.cell(cell).is(Tag::Attrs),
            _ => false,
        }
    }

    /// Whether a value can be evaluated without computing anything: it is evaluated already, or a
    /// set, list or function that is written out. (A set with computed names is not.)
    #[must_use]
    pub fn is_trivial(&self, value: Value) -> bool {
        let value = self.peek(value);
        if !value.is(Tag::Thunk) {
            return value.is_evaluated();
        }
        match self.code.node(NodeId(value.a())) {
            Node::Set(set) | Node::RecursiveSet(set) => self.code.sets.get(set).dynamic_len == 0,
            Node::List(_) | Node::Lambda(_) => true,
            _ => false,
        }
    }

    /// Evaluates a value if that computes nothing; else fails, saying that it is a thunk.
    ///
    /// # Errors
    ///
    /// If the value would have to be computed.
    pub fn force_trivial(&self, value: Value) -> Result<Value> {
        if self.is_trivial(value) {
            return self.force(value);
        }
        let what = self.describe(value);
        Err(EvalError::type_error(format!(
            "expected a value that is written out but got {what}"
        ))
        .at(self.value_pos(value)))
    }

    /// Where a value comes from: the expression of a thunk, or the function; else no position.
    #[must_use]
    pub fn value_pos(&self, value: Value) -> Pos {
        let found = self.peek(value);
        match found.tag() {
            Tag::Thunk => self.code.pos(NodeId(found.a())),
            _ => self.origin_of(found),
        }
    }

    /// What a function takes; `None` for builtins and what is not a function.
    #[must_use]
    pub fn formals(&self, function: Value) -> Option<Formals> {
        let function = self.peek(function);
        if !function.is(Tag::Lambda) {
            return None;
        }
        let lambda = self.lambda(function);
        let names = lambda.has_formals.then(|| {
            let mut formals: Vec<_> = self.code.formals_of(lambda).iter().collect();
            formals.sort_by_key(|formal| formal.written);
            formals
                .into_iter()
                .map(|formal| Formal {
                    name: formal.name,
                    has_default: formal.default.is_some(),
                    pos: formal.pos,
                })
                .collect()
        });
        Some(Formals {
            argument: lambda.argument,
            names,
            ellipsis: lambda.ellipsis,
            pos: lambda.pos,
        })
    }
}
