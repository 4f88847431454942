//! Comparison.

use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::NodeId;
use crate::value::{Attrs, Tag, Value};

impl Evaluator {
    pub(super) fn equal_nodes(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
    ) -> Result<bool> {
        let a = self.eval_traced(left, env, "in the left operand of '=='")?;
        let b = self.eval_traced(right, env, "in the right operand of '=='")?;
        self.equal_operands(a, b, id)
    }

    pub(super) fn not_equal_nodes(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
    ) -> Result<bool> {
        let a = self.eval_traced(left, env, "in the left operand of '!='")?;
        let b = self.eval_traced(right, env, "in the right operand of '!='")?;
        self.equal_operands(a, b, id).map(|equal| !equal)
    }

    #[inline]
    fn equal_operands(&self, a: Value, b: Value, id: NodeId) -> Result<bool> {
        let depth = self.enter_call(|| self.code.pos(id))?;
        let result = self.equal_evaluated(a, b);
        self.call_depth.set(depth);
        result
    }

    /// Whether two values are equal. Functions never are, but a value in one and the same cell is
    /// equal to itself, as in Nix.
    ///
    /// # Errors
    ///
    /// If the evaluation of a part that has to be compared fails.
    pub fn equal(&self, a: Value, b: Value) -> Result<bool> {
        let depth = self.enter_call(|| crate::source::Pos::NONE)?;
        let result = self.equal_inner(a, b);
        self.call_depth.set(depth);
        result
    }

    fn equal_inner(&self, a: Value, b: Value) -> Result<bool> {
        let (x, y) = (self.force(a)?, self.force(b)?);
        if a.is(Tag::Ref) && a == b {
            return Ok(true);
        }
        self.equal_evaluated(x, y)
    }

    fn equal_evaluated(&self, a: Value, b: Value) -> Result<bool> {
        match (a.tag(), b.tag()) {
            (Tag::Int, Tag::Int) => Ok(a == b),
            (Tag::Int | Tag::BigInt, Tag::Int | Tag::BigInt) => {
                Ok(self.int_of(a) == self.int_of(b))
            }
            (Tag::Int | Tag::BigInt, Tag::Float) => Ok(self.int_of(a) as f64 == self.float_of(b)),
            (Tag::Float, Tag::Int | Tag::BigInt) => Ok(self.float_of(a) == self.int_of(b) as f64),
            (Tag::Float, Tag::Float) => Ok(self.float_of(a) == self.float_of(b)),
            (Tag::Null, Tag::Null) => Ok(true),
            (Tag::Bool, Tag::Bool) => Ok(a == b),
            (Tag::String, Tag::String) | (Tag::Path, Tag::Path) => {
                if a == b {
                    return Ok(true);
                }
                let (x, y) = (a.handle(), b.handle());
                let (x, y) = (self.heap.string_bytes(x), self.heap.string_bytes(y));
                if x != y {
                    self.look_at_equality(x, y);
                }
                Ok(x == y)
            }
            (Tag::List, Tag::List) => self.equal_lists(a, b),
            (Tag::Attrs, Tag::Attrs) => self.equal_sets(a.as_attrs(), b.as_attrs()),
            _ => Ok(false),
        }
    }

    fn equal_lists(&self, a: Value, b: Value) -> Result<bool> {
        let (a, b) = (a.as_list(), b.as_list());
        if a.len() != b.len() {
            return Ok(false);
        }
        for (x, y) in self.elements(a).zip(self.elements(b)) {
            if !self.equal(x, y)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_sets(&self, a: Attrs, b: Attrs) -> Result<bool> {
        // Derivations are compared by what they make.
        if self.is_derivation(a)? && self.is_derivation(b)? {
            let out_path = self.names.out_path;
            if let (Some(x), Some(y)) = (self.attr(a, out_path), self.attr(b, out_path)) {
                return self.equal(x, y);
            }
        }
        self.note_names(a);
        self.note_names(b);
        if self.attrs_len(a) != self.attrs_len(b) {
            return Ok(false);
        }
        for (x, y) in self.attrs_by_symbol(a).zip(self.attrs_by_symbol(b)) {
            if x.name != y.name || !self.equal(x.value, y.value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a set says of itself that it is a derivation.
    ///
    /// # Errors
    ///
    /// If the evaluation of its attribute `type` fails.
    pub fn is_derivation(&self, set: Attrs) -> Result<bool> {
        let Some(kind) = self.attr(set, self.names.type_) else {
            return Ok(false);
        };
        let kind = self.force(kind)?;
        Ok(kind.is(Tag::String) && self.text_of(kind).bytes == b"derivation")
    }
}
