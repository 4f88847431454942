//! Values as strings and paths.

use std::borrow::Cow;
use std::rc::Rc;

use crate::context::{ContextElement, ContextSet};
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::host::{AddMethod, AddPath};
use crate::source::Pos;
use crate::value::{Attrs, Tag, Value};

/// How a value becomes a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coercion {
    /// Whether null, Booleans, numbers and lists are accepted.
    pub more: bool,
    /// Whether a path is copied to the store and becomes its path there.
    pub copy_to_store: bool,
}

/// How to find out what a set stands for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Peeling {
    /// Whether `__toString` has to give a string or a path in the end.
    pub(crate) wants_text: bool,
    /// Whether `__toString` was called on the way.
    from_to_string: bool,
    /// Where what was looked at last comes from.
    pos: Pos,
}

impl Peeling {
    /// `__toString` has to give a string or a path in the end.
    pub(crate) const TEXT: Peeling = Peeling {
        wants_text: true,
        from_to_string: false,
        pos: Pos::NONE,
    };
}

impl Coercion {
    /// Only strings, paths and sets that stand for one; paths as they are.
    pub const PLAIN: Coercion = Coercion {
        more: false,
        copy_to_store: false,
    };
    /// Only strings, paths and sets that stand for one; what paths name is copied to the store.
    pub const INTERPOLATION: Coercion = Coercion {
        more: false,
        copy_to_store: true,
    };
    /// As for attributes of derivations.
    pub const DERIVATION: Coercion = Coercion {
        more: true,
        copy_to_store: true,
    };
    /// As `builtins.toString` does.
    pub const TO_STRING: Coercion = Coercion {
        more: true,
        copy_to_store: false,
    };
}

impl Evaluator {
    /// A value as a string, with what it refers to.
    ///
    /// # Errors
    ///
    /// If it cannot be one or its evaluation fails.
    pub fn coerce_to_string(
        &self,
        value: Value,
        mode: Coercion,
        what: &'static str,
    ) -> Result<(Cow<'_, [u8]>, ContextSet)> {
        let mut context = ContextSet::EMPTY;
        let text = self.coerce_at(value, mode, &mut context, Pos::NONE, what)?;
        Ok((text, context))
    }

    /// A value as a string; what it refers to is added to the context. `pos` and `what` are the
    /// last step of the trace of an error.
    pub(crate) fn coerce_at(
        &self,
        value: Value,
        mode: Coercion,
        context: &mut ContextSet,
        pos: Pos,
        what: &'static str,
    ) -> Result<Cow<'_, [u8]>> {
        let value = self.force(value)?;
        match value.tag() {
            Tag::String => {
                let text = self.text_of(value);
                *context = self.contexts.union(*context, text.context);
                Ok(Cow::Borrowed(text.bytes))
            }
            Tag::Path if !mode.copy_to_store => {
                Ok(Cow::Borrowed(self.heap.string_bytes(value.handle())))
            }
            Tag::Path => {
                let path = self.copy_path(self.heap.string_bytes(value.handle()), context)?;
                Ok(Cow::Owned(path.to_vec()))
            }
            Tag::Attrs => {
                let depth = self.enter_call(|| pos)?;
                let result = self.coerce_attrs(value, mode, context, pos, what);
                self.call_depth.set(depth);
                result
            }
            Tag::Null if mode.more => Ok(Cow::Borrowed(b"")),
            Tag::Bool if mode.more => Ok(Cow::Borrowed(if value.as_bool() { b"1" } else { b"" })),
            Tag::Int | Tag::BigInt if mode.more => {
                Ok(Cow::Owned(self.int_of(value).to_string().into_bytes()))
            }
            Tag::Float if mode.more => Ok(Cow::Owned(
                format!("{:.6}", self.float_of(value)).into_bytes(),
            )),
            Tag::List if mode.more => {
                let depth = self.enter_call(|| pos)?;
                let result = self.coerce_list(value, mode, context, pos, what);
                self.call_depth.set(depth);
                result.map(Cow::Owned)
            }
            _ => Err(self.cannot_coerce(value).trace(pos, what)),
        }
    }

    #[cold]
    fn cannot_coerce(&self, value: Value) -> Box<EvalError> {
        EvalError::type_error(format!(
            "cannot coerce {} to a string: {}",
            self.describe(value),
            self.print_for_error(value)
        ))
    }

    /// The elements of a list, separated by spaces; but none follows an empty list.
    fn coerce_list(
        &self,
        value: Value,
        mode: Coercion,
        context: &mut ContextSet,
        pos: Pos,
        what: &'static str,
    ) -> Result<Vec<u8>> {
        let list = value.as_list();
        let mut result = Vec::new();
        for (index, element) in self.elements(list).enumerate() {
            let element_what = "while evaluating one element of the list";
            let text = self
                .coerce_at(element, mode, context, pos, element_what)
                .map_err(|error| error.trace(pos, what))?;
            self.check_room(result.len() + text.len())?;
            result.extend_from_slice(&text);
            let element = self.peek(element);
            let is_empty_list = element.is(Tag::List) && element.as_list().is_empty();
            if index + 1 < list.len() && !is_empty_list {
                result.push(b' ');
            }
        }
        Ok(result)
    }

    fn coerce_attrs(
        &self,
        value: Value,
        mode: Coercion,
        context: &mut ContextSet,
        pos: Pos,
        what: &'static str,
    ) -> Result<Cow<'_, [u8]>> {
        let mut coerce = |inner: Value, _| match inner.tag() {
            Tag::Attrs => Err(self.cannot_coerce(inner).trace(pos, what)),
            _ => self.coerce_at(inner, mode, context, pos, what),
        };
        self.peel(value.as_attrs(), Peeling::default(), &mut coerce)
    }

    /// Gives what a set stands for (by `__toString` or `outPath`) to `f`, and whether it came from
    /// `__toString`; what stands for nothing else is given itself. Errors say on the way what was
    /// used.
    pub(crate) fn peel<R>(
        &self,
        set: Attrs,
        mut peeling: Peeling,
        f: &mut dyn FnMut(Value, bool) -> Result<R>,
    ) -> Result<R> {
        let must_be_text = |peeling: Peeling| peeling.wants_text && peeling.from_to_string;
        let peel_inner = |value: Value,
                          pos: Pos,
                          peeling: Peeling,
                          f: &mut dyn FnMut(Value, bool) -> Result<R>| {
            match value.tag() {
                Tag::Attrs => {
                    self.nested(|| self.peel(value.as_attrs(), Peeling { pos, ..peeling }, f))
                }
                Tag::String | Tag::Path => f(value, peeling.from_to_string),
                _ if must_be_text(peeling) => Err(self.not_a_text(value, "should").at(pos)),
                _ => f(value, peeling.from_to_string),
            }
        };
        if let Some(index) = self.attr_index(set, self.names.to_string) {
            let pos = self.attr_pos_at(set, index);
            let text = self
                .call_to_string(set, index, pos)
                .map_err(|error| error.trace(pos, "while calling the `__toString` attribute"))?;
            peeling.from_to_string = true;
            return peel_inner(text, pos, peeling, f).map_err(|error| {
                error.trace(pos, "while using the result of the `__toString` attribute")
            });
        }
        if let Some(index) = self.attr_index(set, self.names.out_path) {
            let pos = self.attr_pos_at(set, index);
            let inner = Value::reference(self.attr_cell(set, index));
            return self
                .force_at(inner, pos)
                .and_then(|value| peel_inner(value, pos, peeling, f))
                .map_err(|error| {
                    let evaluated = self.peek(inner).is_evaluated();
                    let verb = if evaluated { "using" } else { "evaluating" };
                    error.trace(pos, format!("while {verb} the `outPath` attribute"))
                });
        }
        if must_be_text(peeling) {
            return Err(self.not_a_text(Value::attrs(set), "must").at(peeling.pos));
        }
        f(Value::attrs(set), peeling.from_to_string)
    }

    #[cold]
    fn not_a_text(&self, value: Value, verb: &str) -> Box<EvalError> {
        EvalError::type_error(format!(
            "`__toString` {verb} return a string, but got {}: {}",
            self.describe(value),
            self.print_for_error(value)
        ))
    }

    fn call_to_string(&self, set: Attrs, index: usize, pos: Pos) -> Result<Value> {
        let function = self.force_cell(self.attr_cell(set, index))?;
        let this = Value::reference(self.heap.new_cell(Value::attrs(set)));
        self.call_values(function, &[this], pos)
    }

    /// A value as an absolute path.
    pub(crate) fn coerce_to_path(
        &self,
        value: Value,
        context: &mut ContextSet,
        pos: Pos,
        what: &'static str,
    ) -> Result<Vec<u8>> {
        let value = self.force_at(value, pos)?;
        let mut coerce = |inner: Value, _| -> Result<Vec<u8>> {
            if inner.is(Tag::Attrs) {
                return Err(self.cannot_coerce(inner).trace(pos, what));
            }
            let text = self.coerce_at(inner, Coercion::PLAIN, context, pos, what)?;
            if text.starts_with(b"/") {
                return Ok(crate::paths::normalize(&text));
            }
            let text = String::from_utf8_lossy(&text);
            let message = format!("string '{text}' doesn't represent an absolute path");
            Err(EvalError::eval(message).trace(pos, what))
        };
        match value.tag() {
            Tag::Attrs => self.peel(value.as_attrs(), Peeling::default(), &mut coerce),
            _ => coerce(value, false),
        }
    }

    /// Copies a path to the store and adds the result to the context.
    pub(crate) fn copy_path(&self, path: &[u8], context: &mut ContextSet) -> Result<Rc<[u8]>> {
        let stored = self.copied_path(path)?;
        let element = ContextElement::Opaque(Rc::clone(&stored));
        *context = self.contexts.union(*context, self.contexts.single(element));
        Ok(stored)
    }

    fn copied_path(&self, path: &[u8]) -> Result<Rc<[u8]>> {
        if let Some(known) = self.files.copied(path) {
            return Ok(known);
        }
        if path.ends_with(b".drv") {
            return Err(EvalError::eval(
                "file names are not allowed to end in '.drv'",
            ));
        }
        let resolved = self.resolve_ancestors(path)?;
        self.existing_type(&resolved)?;
        let name = String::from_utf8_lossy(crate::paths::base_name(path));
        let request = AddPath {
            path: crate::paths::to_path(path),
            name: &name,
            method: AddMethod::Recursive,
            expected: None,
            derived: false,
        };
        let stored: Rc<[u8]> = Rc::from(self.add_resolved(&resolved, request, None)?.into_bytes());
        self.files.set_copied(path, &stored);
        Ok(stored)
    }
}
