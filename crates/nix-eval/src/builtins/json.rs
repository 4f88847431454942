//! JSON.

use super::Builtin;
use crate::attrs::AttrsBuilder;
use crate::context::ContextSet;
use crate::error::{EvalError, Result};
use crate::eval::Peeling;
use crate::evaluator::Evaluator;
use crate::json::{Event, JsonError, Writer, parse};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Value, View};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("toJSON", 1, 1, to_json),
    Builtin::new("fromJSON", 1, 1, from_json),
];

impl Evaluator {
    /// A value as JSON, with everything in it evaluated, and what it refers to. Paths are copied to
    /// the store and become their paths there, or stay as they are.
    ///
    /// # Errors
    ///
    /// If the value contains a function or a string that is not UTF-8, or the evaluation of a part
    /// fails.
    pub fn to_json(&self, value: Value, copy_to_store: bool) -> Result<(Vec<u8>, ContextSet)> {
        let mut context = ContextSet::EMPTY;
        let text = value_to_json(self, value, copy_to_store, &mut context)?;
        Ok((text, context))
    }

    /// The value that a JSON text stands for.
    ///
    /// # Errors
    ///
    /// If the text is not JSON or contains what cannot be a value.
    pub fn value_of_json(&self, text: &[u8]) -> Result<Value> {
        let mut reader = Reader {
            evaluator: self,
            open: Vec::new(),
            result: Value::NULL,
        };
        match parse(text, |event| reader.add(event)) {
            Ok(()) => Ok(reader.result),
            Err(ReadError::Json(error @ JsonError::Syntax(_))) => {
                let what = "while decoding a JSON string";
                Err(EvalError::eval(error.to_string()).trace(Pos::NONE, what))
            }
            Err(ReadError::Json(error)) => Err(EvalError::eval(error.to_string())),
            Err(ReadError::Value(error)) => Err(error),
        }
    }
}

fn to_json(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let (text, context) = e.to_json(args[0], true)?;
    Ok(e.string_with_context(&text, context))
}

fn from_json(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.fromJSON";
    let text = e.force_plain_string(args[0], what)?;
    e.look_into(text);
    e.value_of_json(text)
}

/// A value as JSON; what it refers to is added to the context.
pub(crate) fn value_to_json(
    e: &Evaluator,
    value: Value,
    copy_to_store: bool,
    context: &mut ContextSet,
) -> Result<Vec<u8>> {
    let mut printer = Printer {
        evaluator: e,
        writer: Writer::default(),
        context,
    };
    printer.value(value, Pos::NONE, copy_to_store)?;
    printer.writer.finish().map_err(EvalError::eval)
}

/// A text as a JSON string.
pub(crate) fn text_to_json(text: &[u8]) -> Result<Vec<u8>> {
    let mut writer = Writer::default();
    writer.string(text);
    writer.finish().map_err(EvalError::eval)
}

/// Writes values.
struct Printer<'e, 'c> {
    evaluator: &'e Evaluator,
    writer: Writer,
    context: &'c mut ContextSet,
}

impl Printer<'_, '_> {
    fn value(&mut self, value: Value, pos: Pos, copy_to_store: bool) -> Result<()> {
        let e = self.evaluator;
        e.check_room(self.writer.len())?;
        let depth = e.enter_call(|| pos)?;
        let result = e
            .force_at(value, pos)
            .and_then(|value| self.evaluated(value, pos, copy_to_store));
        e.call_depth.set(depth);
        result
    }

    fn evaluated(&mut self, value: Value, pos: Pos, copy_to_store: bool) -> Result<()> {
        let e = self.evaluator;
        match e.view(value) {
            View::Null => self.writer.raw(b"null"),
            View::Bool(true) => self.writer.raw(b"true"),
            View::Bool(false) => self.writer.raw(b"false"),
            View::Int(int) => self.writer.raw(int.to_string().as_bytes()),
            View::Float(float) => self.writer.float(float),
            View::String(text) => {
                *self.context = e.contexts.union(*self.context, text.context);
                self.writer.string(text.bytes);
            }
            View::Path(path) if copy_to_store => {
                let stored = e.copy_path(path, self.context)?;
                self.writer.string(&stored);
            }
            View::Path(path) => self.writer.string(path),
            View::List(list) => {
                self.writer.raw(b"[");
                for (index, element) in e.elements(list).enumerate() {
                    if index > 0 {
                        self.writer.raw(b",");
                    }
                    self.value(element, pos, copy_to_store).map_err(|error| {
                        let what = format!("while evaluating list element at index {index}");
                        error.trace(pos, what)
                    })?;
                }
                self.writer.raw(b"]");
            }
            View::Attrs(set) => {
                return e.peel(set, Peeling::TEXT, &mut |inner, from_to_string| {
                    match e.view(inner) {
                        View::Attrs(set) => self.members(set, copy_to_store),
                        // As in Nix, a path that `__toString` gives is not copied.
                        _ => self.value(inner, pos, copy_to_store && !from_to_string),
                    }
                });
            }
            View::Lambda | View::Builtin | View::Thunk => {
                let message = format!("cannot convert {} to JSON", e.describe(value));
                let origin = e.origin_of(value);
                let pos = if origin.is_none() { pos } else { origin };
                return Err(EvalError::type_error(message).at(pos));
            }
        }
        Ok(())
    }

    fn members(&mut self, set: Attrs, copy_to_store: bool) -> Result<()> {
        let e = self.evaluator;
        self.writer.raw(b"{");
        for (index, attr) in e.attrs_by_name(set).enumerate() {
            if index > 0 {
                self.writer.raw(b",");
            }
            self.writer.string(e.symbol_text(attr.name));
            self.writer.raw(b":");
            let pos = e.attr_pos(set, attr.name);
            self.value(attr.value, pos, copy_to_store)
                .map_err(|error| {
                    let name = e.symbol_shown(attr.name);
                    error.trace(pos, format!("while evaluating attribute '{name}'"))
                })?;
        }
        self.writer.raw(b"}");
        Ok(())
    }
}

/// Why a JSON text is not a value.
enum ReadError {
    Json(JsonError),
    Value(Box<EvalError>),
}

impl From<JsonError> for ReadError {
    fn from(error: JsonError) -> ReadError {
        ReadError::Json(error)
    }
}

/// A list or an object that is being read.
enum Open {
    List(Vec<Value>),
    /// The members so far, and the name of the next one.
    Object(AttrsBuilder, Option<Symbol>),
}

/// Makes values of the parts of a JSON text.
struct Reader<'e> {
    evaluator: &'e Evaluator,
    open: Vec<Open>,
    result: Value,
}

impl Reader<'_> {
    fn add(&mut self, event: Event<'_>) -> std::result::Result<(), ReadError> {
        let e = self.evaluator;
        let value = match event {
            Event::Null => Value::NULL,
            Event::Bool(value) => Value::bool(value),
            Event::Integer(integer) => e.int(integer),
            Event::Float(float) => e.float(float),
            Event::String(text) => {
                check_no_nul(text).map_err(ReadError::Value)?;
                e.string(text)
            }
            Event::BeginList => {
                self.open.push(Open::List(Vec::new()));
                return Ok(());
            }
            Event::BeginObject => {
                self.open
                    .push(Open::Object(AttrsBuilder::with_capacity(0), None));
                return Ok(());
            }
            Event::Key(name) => {
                check_no_nul(name).map_err(ReadError::Value)?;
                if let Some(Open::Object(_, next)) = self.open.last_mut() {
                    *next = Some(e.symbol(name));
                }
                return Ok(());
            }
            Event::EndList | Event::EndObject => match self.open.pop() {
                Some(Open::List(elements)) => e.list(&elements),
                Some(Open::Object(members, _)) => members.finish_last_wins(e),
                // The parser ends only what it began.
                None => return Ok(()),
            },
        };
        match self.open.last_mut() {
            None => self.result = value,
            Some(Open::List(elements)) => elements.push(value),
            Some(Open::Object(members, next)) => {
                if let Some(name) = next.take() {
                    members.add(name, e.cell(value), Pos::NONE);
                }
            }
        }
        Ok(())
    }
}

/// Refuses what cannot be a string.
pub(super) fn check_no_nul(text: &[u8]) -> Result<()> {
    if !text.contains(&0) {
        return Ok(());
    }
    let text = String::from_utf8_lossy(text).replace('\0', "␀");
    Err(EvalError::eval(format!(
        "input string '{text}' cannot be represented as Nix string because it contains null bytes"
    )))
}
