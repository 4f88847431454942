//! Evaluating values and taking them apart.

use crate::context::{ContextElement, ContextSet};
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::source::Pos;
use crate::value::{Attrs, Kind, List, Tag, Text, Value, View};

impl Evaluator {
    /// Evaluates a value to weak head normal form.
    ///
    /// # Errors
    ///
    /// If its evaluation fails; it can be tried again.
    #[inline(always)]
    pub fn force(&self, value: Value) -> Result<Value> {
        if value.is_evaluated() {
            return Ok(value);
        }
        self.force_cell(value.handle())
    }

    /// Evaluates a value that is needed at a position.
    #[inline]
    pub(crate) fn force_at(&self, value: Value, pos: Pos) -> Result<Value> {
        if value.is_evaluated() {
            return Ok(value);
        }
        self.force_cell_at(value.handle(), crate::eval::Site::Pos(pos))
    }

    /// Evaluates a value and everything in it.
    ///
    /// # Errors
    ///
    /// If the evaluation of any part fails.
    pub fn force_deep(&self, value: Value) -> Result<Value> {
        crate::eval::deep::force_deep(self, value)
    }

    /// Evaluates a value and gives its type.
    ///
    /// # Errors
    ///
    /// If its evaluation fails.
    #[inline]
    pub fn force_kind(&self, value: Value) -> Result<Kind> {
        Ok(self.kind_of(self.force(value)?))
    }

    /// The type of a value that is evaluated.
    #[inline(always)]
    pub(crate) fn kind_of(&self, value: Value) -> Kind {
        // `force` returns only evaluated values.
        value.kind().unwrap_or(Kind::Null)
    }

    /// The value as it is now, without evaluating anything.
    #[must_use]
    pub fn view(&self, value: Value) -> View<'_> {
        let value = self.peek(value);
        match value.tag() {
            Tag::Null => View::Null,
            Tag::Bool => View::Bool(value.as_bool()),
            Tag::Int | Tag::BigInt => View::Int(self.int_of(value)),
            Tag::Float => View::Float(self.float_of(value)),
            Tag::String => View::String(self.text_of(value)),
            Tag::Path => View::Path(self.heap.string_bytes(value.handle())),
            Tag::Attrs => View::Attrs(value.as_attrs()),
            Tag::List => View::List(value.as_list()),
            Tag::Lambda => View::Lambda,
            Tag::Builtin => View::Builtin,
            Tag::Unset | Tag::Thunk | Tag::Apply | Tag::Lazy | Tag::Ref => View::Thunk,
        }
    }

    /// Evaluates a value and gives its parts.
    ///
    /// # Errors
    ///
    /// If its evaluation fails.
    pub fn force_view(&self, value: Value) -> Result<View<'_>> {
        let value = self.force(value)?;
        Ok(self.view(value))
    }

    /// What a reference refers to, without evaluating it.
    #[inline(always)]
    pub(crate) fn peek(&self, value: Value) -> Value {
        if value.is(Tag::Ref) {
            self.heap.cell(value.handle())
        } else {
            value
        }
    }

    /// A cell that holds a value.
    #[inline(always)]
    pub(crate) fn cell(&self, value: Value) -> Handle {
        if value.is(Tag::Ref) {
            value.handle()
        } else {
            self.heap.new_cell(value)
        }
    }

    #[inline(always)]
    pub(crate) fn int_of(&self, value: Value) -> i64 {
        if value.is(Tag::Int) {
            value.as_small_int()
        } else {
            self.heap.cell(value.handle()).bits().cast_signed()
        }
    }

    #[inline(always)]
    pub(crate) fn float_of(&self, value: Value) -> f64 {
        f64::from_bits(self.heap.cell(value.handle()).bits())
    }

    #[inline(always)]
    pub(crate) fn text_of(&self, value: Value) -> Text<'_> {
        let string = value.handle();
        Text {
            bytes: self.heap.string_bytes(string),
            context: ContextSet(self.heap.string_context(string)),
        }
    }

    /// Evaluates a value that has to be an integer. `what` says what for, as a step of the trace of
    /// the error.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    #[inline]
    pub fn force_int(&self, value: Value, what: &'static str) -> Result<i64> {
        self.force_int_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_int_at(&self, value: Value, pos: Pos, what: &'static str) -> Result<i64> {
        let value = self.force_at(value, pos).map_err(|e| e.trace(pos, what))?;
        match value.tag() {
            Tag::Int | Tag::BigInt => Ok(self.int_of(value)),
            _ => Err(self
                .unexpected("an integer", value)
                .at(pos)
                .trace(pos, what)),
        }
    }

    /// Evaluates a value that has to be a float or an integer. `what` says what for, as a step of the trace of
    /// the error.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    #[inline]
    pub fn force_float(&self, value: Value, what: &'static str) -> Result<f64> {
        self.force_float_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_float_at(&self, value: Value, pos: Pos, what: &'static str) -> Result<f64> {
        let value = self.force_at(value, pos).map_err(|e| e.trace(pos, what))?;
        match value.tag() {
            Tag::Int | Tag::BigInt => Ok(self.int_of(value) as f64),
            Tag::Float => Ok(self.float_of(value)),
            _ => Err(self.unexpected("a float", value).at(pos).trace(pos, what)),
        }
    }

    /// Evaluates a value that has to be a Boolean. `what` says what for, as a step of the trace of
    /// the error.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    #[inline]
    pub fn force_bool(&self, value: Value, what: &'static str) -> Result<bool> {
        self.force_bool_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_bool_at(&self, value: Value, pos: Pos, what: &'static str) -> Result<bool> {
        let value = self.force_at(value, pos).map_err(|e| e.trace(pos, what))?;
        match value.tag() {
            Tag::Bool => Ok(value.as_bool()),
            _ => Err(self.unexpected("a Boolean", value).at(pos).trace(pos, what)),
        }
    }

    /// Evaluates a value that has to be a string. `what` says what for, as a step of the trace of
    /// the error.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    #[inline]
    pub fn force_string(&self, value: Value, what: &'static str) -> Result<Text<'_>> {
        self.force_string_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_string_at(
        &self,
        value: Value,
        pos: Pos,
        what: &'static str,
    ) -> Result<Text<'_>> {
        let value = self.force_at(value, pos).map_err(|e| e.trace(pos, what))?;
        match value.tag() {
            Tag::String => Ok(self.text_of(value)),
            _ => Err(self.unexpected("a string", value).at(pos).trace(pos, what)),
        }
    }

    /// Evaluates a value that has to be a string without context.
    ///
    /// # Errors
    ///
    /// If it is something else, has a context, or its evaluation fails.
    #[inline]
    pub fn force_plain_string(&self, value: Value, what: &'static str) -> Result<&[u8]> {
        self.force_plain_string_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_plain_string_at(
        &self,
        value: Value,
        pos: Pos,
        what: &'static str,
    ) -> Result<&[u8]> {
        let text = self.force_string_at(value, pos, what)?;
        if text.context.is_empty() {
            return Ok(text.bytes);
        }
        Err(self.context_not_allowed(text).trace(pos, what))
    }

    #[cold]
    pub(crate) fn context_not_allowed(&self, text: Text<'_>) -> Box<EvalError> {
        let elements = self.contexts.elements(text.context);
        let example = elements
            .first()
            .map(ContextElement::display)
            .unwrap_or_default();
        EvalError::eval(format!(
            "the string '{}' is not allowed to refer to a store path (such as '{example}')",
            text.to_string_lossy(),
        ))
    }

    /// Evaluates a value that has to be a list.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    #[inline]
    pub fn force_list(&self, value: Value, what: &'static str) -> Result<List> {
        self.force_list_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_list_at(&self, value: Value, pos: Pos, what: &'static str) -> Result<List> {
        let value = self.force_at(value, pos)?;
        match value.tag() {
            Tag::List => Ok(value.as_list()),
            _ => Err(self.unexpected("a list", value).trace(pos, what)),
        }
    }

    /// Evaluates a value that has to be a set.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    #[inline]
    pub fn force_attrs(&self, value: Value, what: &'static str) -> Result<Attrs> {
        self.force_attrs_at(value, Pos::NONE, what)
    }

    /// The same, for a value that is needed at a position.
    pub(crate) fn force_attrs_at(
        &self,
        value: Value,
        pos: Pos,
        what: &'static str,
    ) -> Result<Attrs> {
        let value = self.force_at(value, pos)?;
        match value.tag() {
            Tag::Attrs => Ok(value.as_attrs()),
            _ => Err(self.unexpected("a set", value).trace(pos, what)),
        }
    }

    /// Evaluates a value that has to be a function or a set with `__functor`.
    ///
    /// # Errors
    ///
    /// If it is something else or its evaluation fails.
    pub fn force_function(&self, value: Value, what: &'static str) -> Result<Value> {
        let value = self.force(value).map_err(|e| e.trace(Pos::NONE, what))?;
        let is_function = match value.tag() {
            Tag::Lambda | Tag::Builtin => true,
            Tag::Attrs => self.attr(value.as_attrs(), self.names.functor).is_some(),
            _ => false,
        };
        if is_function {
            return Ok(value);
        }
        Err(self.unexpected("a function", value).trace(Pos::NONE, what))
    }

    /// The error about a value of the wrong type.
    #[cold]
    pub(crate) fn unexpected(&self, wanted: &str, found: Value) -> Box<EvalError> {
        EvalError::type_error(format!(
            "expected {wanted} but found {}: {}",
            self.describe(found),
            self.print_for_error(found)
        ))
    }

    /// Calls a function.
    ///
    /// # Errors
    ///
    /// If it is not a function or the call fails.
    pub fn call(&self, function: Value, arguments: &[Value]) -> Result<Value> {
        let function = self.force(function)?;
        self.call_values(function, arguments, Pos::NONE)
    }
}
