//! Operators.

use crate::context::ContextSet;
use crate::error::{EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{Children, NodeId};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{List, Tag, Value};

impl Evaluator {
    /// `left // right`: the right side is evaluated first, as in Nix.
    pub(super) fn update_nodes(&self, left: NodeId, right: NodeId, env: Handle) -> Result<Value> {
        let right = self.update_operand(right, env, "in the right operand of '//'")?;
        let left = self.update_operand(left, env, "in the left operand of '//'")?;
        Ok(self.update(left.as_attrs(), right.as_attrs()))
    }

    fn update_operand(&self, id: NodeId, env: Handle, what: &'static str) -> Result<Value> {
        if matches!(self.code.node(id), crate::ir::Node::Update(..)) {
            return self.eval(id, env);
        }
        let value = self.eval_traced(id, env, what)?;
        if value.is(Tag::Attrs) {
            return Ok(value);
        }
        Err(self
            .unexpected("a set", value)
            .trace(self.code.pos(id), what))
    }

    /// `left ++ right`
    pub(super) fn concat_nodes(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let left = self.eval_traced(left, env, "in the left operand of '++'")?;
        let right = self.eval_traced(right, env, "in the right operand of '++'")?;
        self.stats.list_concats.add(1);
        for value in [left, right] {
            if !value.is(Tag::List) {
                let what = "while evaluating one of the elements to concatenate";
                return Err(self
                    .unexpected("a list", value)
                    .trace(self.code.pos(id), what));
            }
        }
        self.concat_lists(&[left.as_list(), right.as_list()])
    }

    /// The concatenation of lists.
    pub(crate) fn concat_lists(&self, lists: &[List]) -> Result<Value> {
        let len: usize = lists.iter().map(|list| list.len()).sum();
        if let Some(&only) = lists.iter().find(|list| list.len() == len) {
            return Ok(Value::list(only));
        }
        self.check_list_len(len)?;
        let elements = self.heap.allocate(len.div_ceil(2));
        self.stats.list_elements.add(len);
        let mut at = 0;
        for &list in lists {
            self.heap.copy_words(elements, at, self.element_cells(list));
            at += list.len();
        }
        Ok(Value::list(List {
            len: len as u32,
            elements,
        }))
    }

    /// Fails for a list that a value cannot hold, or for which there is no room.
    #[inline]
    pub(crate) fn check_list_len(&self, len: usize) -> Result<()> {
        if len > crate::value::MAX_A as usize {
            return Err(EvalError::eval(format!("cannot create list of size {len}")));
        }
        self.check_room(len * 4)
    }

    /// `left + right`
    pub(super) fn add_nodes(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let what = "in an operand of '+'";
        let first = self.eval_traced(left, env, what)?;
        let misplaced =
            |error: Box<EvalError>| Err(error.at(self.right_operand_pos(self.code.pos(id))));
        match first.tag() {
            Tag::Int | Tag::BigInt => {
                let second = self.eval_traced(right, env, what)?;
                match second.tag() {
                    Tag::Int | Tag::BigInt => {
                        let (a, b) = (self.int_of(first), self.int_of(second));
                        match a.checked_add(b) {
                            Some(sum) => Ok(self.int(sum)),
                            None => {
                                let message = format!("integer overflow in adding {a} + {b}");
                                misplaced(EvalError::eval(message))
                            }
                        }
                    }
                    Tag::Float => Ok(self.float(self.int_of(first) as f64 + self.float_of(second))),
                    _ => {
                        let what = self.describe(second);
                        misplaced(EvalError::eval(format!("cannot add {what} to an integer")))
                    }
                }
            }
            Tag::Float => {
                let second = self.eval_traced(right, env, what)?;
                let addend = match second.tag() {
                    Tag::Int | Tag::BigInt => self.int_of(second) as f64,
                    Tag::Float => self.float_of(second),
                    _ => {
                        let what = self.describe(second);
                        let message = format!("cannot add {what} to a float");
                        return misplaced(EvalError::eval(message));
                    }
                };
                Ok(self.float(self.float_of(first) + addend))
            }
            _ => self.add_texts(first, left, right, env, id),
        }
    }

    /// `+` of strings and paths.
    fn add_texts(
        &self,
        first: Value,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let is_path = first.is(Tag::Path);
        let mut context = ContextSet::EMPTY;
        let what = "while evaluating a path segment";
        // What is added to a string is copied to the store if it is a path; the first operand
        // decides, so that a set with `outPath` counts as a string without being copied.
        let mode = Coercion {
            copy_to_store: first.is(Tag::String),
            ..Coercion::PLAIN
        };
        let start = self.coerce_at(first, mode, &mut context, self.code.pos(left), what)?;
        let second = self.eval_traced(right, env, "in an operand of '+'")?;
        let end = self
            .coerce_at(second, mode, &mut context, Pos::NONE, what)
            .map_err(|error| place_step(error, what, self.right_operand_pos(self.code.pos(id))))?;
        if is_path {
            if !context.is_empty() {
                return Err(self.path_context_error(id));
            }
            let path = crate::paths::normalize(&[&start[..], &end[..]].concat());
            return Ok(self.path(&path));
        }
        let len = start.len() + end.len();
        let string = self.heap.new_string_from(len, context.0, &[&start, &end]);
        Ok(Value::pack(Tag::String, 0, string.0))
    }

    #[cold]
    fn path_context_error(&self, id: NodeId) -> Box<EvalError> {
        EvalError::eval("a string that refers to a store path cannot be appended to a path")
            .at(self.code.pos(id))
    }

    /// A string with interpolation.
    pub(super) fn interpolated(&self, parts: Children, env: Handle) -> Result<Value> {
        let mut context = ContextSet::EMPTY;
        let mut text = self.take_buffer();
        for &part in self.code.children(parts) {
            let part = NodeId(part);
            let value = self.eval_traced(part, env, "in an operand of '+'")?;
            if value.is(Tag::String) {
                let own = self.text_of(value);
                context = self.contexts.union(context, own.context);
                text.extend_from_slice(own.bytes);
                continue;
            }
            let mode = Coercion {
                copy_to_store: true,
                ..Coercion::PLAIN
            };
            let what = "while evaluating a path segment";
            let coerced = self.coerce_at(value, mode, &mut context, Pos::NONE, what);
            text.extend_from_slice(&coerced.map_err(|error| {
                place_step(error, what, self.interpolation_pos(self.code.pos(part)))
            })?);
        }
        let string = self.heap.new_string(&text, context.0);
        self.give_back_buffer(text);
        Ok(Value::pack(Tag::String, 0, string.0))
    }

    /// A path with interpolation.
    pub(super) fn interpolated_path(
        &self,
        parts: Children,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let mut context = ContextSet::EMPTY;
        let mut text = Vec::new();
        for &part in self.code.children(parts) {
            let part = NodeId(part);
            let value = self.eval_traced(part, env, "in an operand of '+'")?;
            let what = "while evaluating a path segment";
            let coerced = self.coerce_at(value, Coercion::PLAIN, &mut context, Pos::NONE, what);
            text.extend_from_slice(&coerced.map_err(|error| {
                place_step(error, what, self.interpolation_pos(self.code.pos(part)))
            })?);
        }
        if !context.is_empty() {
            return Err(self.path_context_error(id));
        }
        Ok(self.path(&crate::paths::normalize(&text)))
    }

    /// `-` and `*`: integers at once, everything else by the builtin.
    #[inline(always)]
    pub(super) fn arithmetic(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
        compute: fn(i64, i64) -> Option<i64>,
        name: fn(&Evaluator) -> Symbol,
    ) -> Result<Value> {
        let a = self.operand(left, env, id, name)?;
        let b = self.operand(right, env, id, name)?;
        if a.is(Tag::Int)
            && b.is(Tag::Int)
            && let Some(result) = compute(a.as_small_int(), b.as_small_int())
        {
            return Ok(self.int(result));
        }
        self.call_operator(name(self), &[a, b], id)
    }

    #[inline(always)]
    fn operand(
        &self,
        node: NodeId,
        env: Handle,
        id: NodeId,
        name: fn(&Evaluator) -> Symbol,
    ) -> Result<Value> {
        match self.eval(node, env) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.trace_operator(error, name(self), id)),
        }
    }

    /// `left < right`
    #[inline(always)]
    pub(super) fn less_nodes(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let name = |e: &Evaluator| e.names.less_than;
        let a = self.operand(left, env, id, name)?;
        let b = self.operand(right, env, id, name)?;
        if a.is(Tag::Int) && b.is(Tag::Int) {
            return Ok(Value::bool(a.as_small_int() < b.as_small_int()));
        }
        self.call_operator(name(self), &[a, b], id)
    }

    // ---- Buffers ----

    /// An empty buffer, perhaps one that was used before.
    pub(crate) fn take_buffer(&self) -> Vec<u8> {
        self.buffers.borrow_mut().pop().unwrap_or_default()
    }

    /// Keeps a buffer for the next user.
    pub(crate) fn give_back_buffer(&self, mut buffer: Vec<u8>) {
        const KEPT: usize = 32;
        const LARGEST: usize = 1 << 16;
        let mut buffers = self.buffers.borrow_mut();
        if buffers.len() < KEPT && buffer.capacity() <= LARGEST {
            buffer.clear();
            buffers.push(buffer);
        }
    }
}

/// Gives the step of a trace that says `hint` its position, if it lacks one.
#[cold]
fn place_step(mut error: Box<EvalError>, hint: &str, pos: Pos) -> Box<EvalError> {
    let mut steps = error.traces.iter_mut();
    if let Some(step) = steps.rfind(|step| step.hint == hint && step.pos.is_none()) {
        step.pos = pos;
    }
    error
}
