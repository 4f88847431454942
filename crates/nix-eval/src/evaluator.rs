//! The evaluator: its state, and what can be done with values from outside.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::builtins::Builtin;
use crate::context::{ContextElement, ContextSet, Contexts};
use crate::derivation::Derivations;
use crate::error::{ErrorKind, EvalError, Result};
use crate::files::Files;
use crate::heap::{Handle, Heap};
use crate::host::Host;
use crate::ir::Code;
use crate::mounts::Mounts;
use crate::names::Names;
use crate::render::Report;
use crate::scope::Globals;
use crate::settings::Settings;
use crate::source::{Location, Origin, Pos, Sources};
use crate::stats::Stats;
use crate::symbol::{Symbol, Symbols};
use crate::value::{Attr, Attrs, Kind, List, Tag, Text, Value, View};

/// A Nix evaluator with everything that it has evaluated.
///
/// All methods take `&self`: values are handles, and evaluating changes only what they mean, from
/// "not evaluated" to a result. Everything outside of the language goes through the
/// [`Host`].
///
/// Evaluation is recursive: run it on a thread with a large stack
/// ([`with_large_stack`](crate::with_large_stack)), and create the evaluator on that thread. On a
/// small stack, deeply nested programs end with an error earlier.
pub struct Evaluator {
    pub(crate) heap: Heap,
    pub(crate) symbols: Symbols,
    pub(crate) contexts: Contexts,
    pub(crate) sources: Sources,
    pub(crate) code: Code,
    pub(crate) names: Names,
    pub(crate) builtins: Vec<Builtin>,
    pub(crate) globals: Globals,
    pub(crate) files: Files,
    pub(crate) derivations: Derivations,
    pub(crate) natives: RefCell<Vec<Rc<NativeThunk>>>,
    pub(crate) failures: Failures,
    pub(crate) memos: crate::builtins::Memos,
    pub(crate) host: Box<dyn Host>,
    pub(crate) settings: Settings,
    pub(crate) stats: Stats,
    pub(crate) call_depth: Cell<usize>,
    pub(crate) buffers: RefCell<Vec<Vec<u8>>>,
    pub(crate) stack_limit: usize,
    pub(crate) empty_attrs: Handle,
    pub(crate) mounts: Rc<Mounts>,
    interrupt: Arc<AtomicBool>,
}

/// Errors that `tryEval` caught, kept for the cells that failed with them.
#[derive(Default)]
pub(crate) struct Failures {
    /// How many calls of `tryEval` surround what is being evaluated.
    pub(crate) tries: Cell<usize>,
    pub(crate) errors: RefCell<Vec<Rc<EvalError>>>,
}

/// A computation in Rust that a cell stands for until it is needed.
pub(crate) type NativeThunk = dyn Fn(&Evaluator) -> Result<Value>;

impl Evaluator {
    /// A new evaluator.
    #[must_use]
    pub fn new(host: Box<dyn Host>, settings: Settings) -> Evaluator {
        let heap = Heap::new(settings.max_heap_size);
        let symbols = Symbols::new();
        let names = Names::new(&symbols);
        let empty_keys = heap.new_words(&[0, 0]);
        let empty_attrs = heap.new_words(&[0, empty_keys.0, 0]);
        let mut evaluator = Evaluator {
            heap,
            symbols,
            contexts: Contexts::new(),
            sources: Sources::new(),
            code: Code::new(),
            names,
            builtins: Vec::new(),
            globals: Globals::default(),
            files: Files::default(),
            derivations: Derivations::default(),
            natives: RefCell::new(Vec::new()),
            failures: Failures::default(),
            memos: crate::builtins::Memos::default(),
            host,
            settings,
            stats: Stats::default(),
            call_depth: Cell::new(0),
            buffers: RefCell::new(Vec::new()),
            stack_limit: crate::stack::limit(),
            empty_attrs,
            mounts: Rc::default(),
            interrupt: Arc::new(AtomicBool::new(false)),
        };
        crate::scope::install_globals(&mut evaluator);
        evaluator
    }

    /// The same, with trees that are not where programs see them: the host reads them elsewhere. To
    /// be called before anything is evaluated.
    #[must_use]
    pub fn with_mounts(mut self, mounts: Rc<Mounts>) -> Evaluator {
        self.interrupt = Arc::clone(&mounts.stop);
        self.mounts = mounts;
        self
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The way out.
    #[must_use]
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// What has been done so far.
    #[must_use]
    pub fn stats(&self) -> crate::stats::Summary {
        crate::stats::Summary::of(self)
    }

    /// A flag that ends the evaluation with [`ErrorKind::Interrupted`] once it is set; it may be
    /// set from another thread.
    #[must_use]
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupt)
    }

    /// Checks what can stop an evaluation at any time: the user, or a full heap.
    #[inline(always)]
    pub(crate) fn check_limits(&self) -> Result<()> {
        if self.heap.is_exhausted() || self.interrupt.load(Ordering::Relaxed) {
            return Err(self.limit_error());
        }
        Ok(())
    }

    #[cold]
    fn limit_error(&self) -> Box<EvalError> {
        if self.heap.is_exhausted() {
            self.memory_error()
        } else {
            EvalError::new(ErrorKind::Interrupted, "interrupted by the user")
        }
    }

    /// Fails if so many bytes more would be too many. Whatever makes something whose size does not
    /// follow from the size of one existing value asks first.
    #[inline]
    pub(crate) fn check_room(&self, bytes: usize) -> Result<()> {
        if bytes > self.heap.allowance().saturating_sub(self.heap.used()) {
            return Err(self.memory_error());
        }
        Ok(())
    }

    #[cold]
    fn memory_error(&self) -> Box<EvalError> {
        let message = format!(
            "the evaluation needs more memory than the {} MiB that it may use",
            self.heap.allowance() >> 20
        );
        EvalError::new(ErrorKind::OutOfMemory, message)
    }

    // ---- Programs ----

    /// Evaluates a file (or the `default.nix` of a directory), once: later calls give the same
    /// value.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or parsed, or its evaluation fails.
    pub fn eval_file(&self, path: &Path) -> Result<Value> {
        crate::files::eval_file(self, path)
    }

    /// Evaluates an expression. Relative paths in it start at `base`.
    ///
    /// # Errors
    ///
    /// If the text is not an expression or its evaluation fails.
    pub fn eval_string(&self, source: &[u8], base: &Path) -> Result<Value> {
        crate::files::eval_text(self, source, Origin::String, base)
    }

    /// As [`Evaluator::eval_string`], with variables besides those that are always there.
    ///
    /// # Errors
    ///
    /// If the text is not an expression or its evaluation fails.
    pub fn eval_in_scope(&self, source: &[u8], base: &Path, variables: Attrs) -> Result<Value> {
        crate::files::eval_text_scoped(self, source, base, variables)
    }

    /// As [`Evaluator::eval_string`], with another name for the source in messages.
    ///
    /// # Errors
    ///
    /// If the text is not an expression or its evaluation fails.
    pub fn eval_source(&self, source: &[u8], origin: Origin, base: &Path) -> Result<Value> {
        crate::files::eval_text(self, source, origin, base)
    }

    /// Parses an expression and looks its variables up, without evaluating anything.
    ///
    /// # Errors
    ///
    /// If the text is not an expression or uses a variable that nothing defines.
    pub fn check_source(&self, source: &[u8], origin: Origin, base: &Path) -> Result<()> {
        crate::files::check_text(self, source, origin, base)
    }

    /// The file that a path means as a program: links are followed, and a directory means its
    /// `default.nix`.
    ///
    /// # Errors
    ///
    /// If there is no such file.
    pub fn resolve_expression(&self, path: &Path) -> Result<std::path::PathBuf> {
        crate::files::resolve_program(self, path)
    }

    // ---- Values ----

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

    // ---- Making values ----

    /// An integer.
    #[must_use]
    #[inline(always)]
    pub fn int(&self, int: i64) -> Value {
        Value::small_int(int).unwrap_or_else(|| self.big_int(int))
    }

    #[cold]
    fn big_int(&self, int: i64) -> Value {
        let cell = self.heap.new_cell(Value::from_bits(int.cast_unsigned()));
        Value::pack(Tag::BigInt, 0, cell.0)
    }

    /// A float.
    #[must_use]
    pub fn float(&self, float: f64) -> Value {
        let cell = self.heap.new_cell(Value::from_bits(float.to_bits()));
        Value::pack(Tag::Float, 0, cell.0)
    }

    /// A string without context. The caller sees to it that there is no NUL in it.
    #[must_use]
    pub fn string(&self, bytes: &[u8]) -> Value {
        Value::pack(Tag::String, 0, self.heap.new_string(bytes, 0).0)
    }

    /// A string with a context.
    #[must_use]
    pub fn string_with_context(&self, bytes: &[u8], context: ContextSet) -> Value {
        Value::pack(Tag::String, 0, self.heap.new_string(bytes, context.0).0)
    }

    /// A path. It has to be absolute and without `.`, `..` or doubled slashes.
    #[must_use]
    pub fn path(&self, bytes: &[u8]) -> Value {
        Value::pack(Tag::Path, 0, self.heap.new_string(bytes, 0).0)
    }

    /// A list.
    #[must_use]
    pub fn list(&self, elements: &[Value]) -> Value {
        let cells: Vec<u32> = elements.iter().map(|&value| self.cell(value).0).collect();
        self.list_of_cells(&cells)
    }

    pub(crate) fn list_of_cells(&self, cells: &[u32]) -> Value {
        if cells.is_empty() {
            return Value::EMPTY_LIST;
        }
        let elements = self.heap.new_words(cells);
        self.stats.list_elements.add(cells.len());
        Value::list(List {
            len: cells.len() as u32,
            elements,
        })
    }

    /// A set. If a name occurs twice, its last value counts.
    #[must_use]
    pub fn attrs(&self, attrs: &[(Symbol, Value)]) -> Value {
        let mut builder = crate::attrs::AttrsBuilder::with_capacity(attrs.len());
        for &(name, value) in attrs {
            builder.add(name, self.cell(value), Pos::NONE);
        }
        builder.finish_last_wins(self)
    }

    /// A value that is computed when it is first needed.
    #[must_use]
    pub fn lazy(&self, compute: impl Fn(&Evaluator) -> Result<Value> + 'static) -> Value {
        let mut natives = self.natives.borrow_mut();
        let index = natives.len() as u32;
        natives.push(Rc::new(compute));
        let thunk = Value::pack(Tag::Lazy, crate::value::lazy::NATIVE, index);
        Value::reference(self.heap.new_cell(thunk))
    }

    /// The call of a function with one argument, made when it is first needed.
    #[must_use]
    pub fn lazy_call(&self, function: Value, argument: Value) -> Value {
        Value::reference(self.apply_cell(self.cell(function), self.cell(argument)))
    }

    // ---- Names ----

    /// The symbol of a name.
    #[must_use]
    pub fn symbol(&self, name: &[u8]) -> Symbol {
        self.symbols.intern(name)
    }

    /// The name of a symbol.
    #[must_use]
    pub fn symbol_text(&self, symbol: Symbol) -> &[u8] {
        self.symbols.text(symbol)
    }

    /// A name as messages show it: in quotes if it is no identifier.
    #[cold]
    pub(crate) fn symbol_shown(&self, symbol: Symbol) -> String {
        crate::print::identifier(self.symbols.text(symbol))
    }

    /// A name as text.
    pub(crate) fn symbol_lossy(&self, symbol: Symbol) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.symbols.text(symbol))
    }

    /// The name of a symbol as a string value; always the same cell.
    pub(crate) fn symbol_string(&self, symbol: Symbol) -> Handle {
        if let Some(cell) = self.symbols.string(symbol) {
            return cell;
        }
        let cell = self.heap.new_cell(self.string(self.symbols.text(symbol)));
        self.symbols.set_string(symbol, cell);
        cell
    }

    // ---- Lists ----

    /// An element of a list.
    ///
    /// # Panics
    ///
    /// If the index is not smaller than the length.
    #[must_use]
    #[inline(always)]
    pub fn element(&self, list: List, index: usize) -> Value {
        assert!(index < list.len(), "index out of range");
        Value::reference(self.heap.handle(list.elements, index))
    }

    /// The elements of a list.
    pub fn elements(&self, list: List) -> impl ExactSizeIterator<Item = Value> + Clone + '_ {
        self.element_cells(list)
            .iter()
            .map(|&cell| Value::reference(Handle(cell)))
    }

    #[inline(always)]
    pub(crate) fn element_cells(&self, list: List) -> &[u32] {
        if list.len == 0 {
            &[]
        } else {
            self.heap.word_slice(list.elements, 0, list.len())
        }
    }

    // ---- Sets ----

    /// How many attributes a set has.
    #[must_use]
    #[inline(always)]
    pub fn attrs_len(&self, attrs: Attrs) -> usize {
        self.heap.word(attrs.0, crate::attrs::COUNT) as usize
    }

    /// The value of an attribute.
    #[must_use]
    #[inline(always)]
    pub fn attr(&self, attrs: Attrs, name: Symbol) -> Option<Value> {
        let index = self.attr_index(attrs, name)?;
        Some(Value::reference(self.attr_cell(attrs, index)))
    }

    /// The value of an attribute, by the text of its name.
    #[must_use]
    pub fn attr_named(&self, attrs: Attrs, name: &[u8]) -> Option<Value> {
        self.note_lookup_of(attrs, name);
        self.attr(attrs, self.symbols.find(name)?)
    }

    /// The position of an attribute, if it is known.
    #[must_use]
    pub fn attr_pos(&self, attrs: Attrs, name: Symbol) -> Pos {
        self.attr_index(attrs, name)
            .map_or(Pos::NONE, |index| self.attr_pos_at(attrs, index))
    }

    /// The attributes of a set in the order of their symbols: the order in which sets are compared.
    pub fn attrs_by_symbol(
        &self,
        attrs: Attrs,
    ) -> impl ExactSizeIterator<Item = Attr> + Clone + '_ {
        self.note_names(attrs);
        let cells = self.attr_cells(attrs);
        self.attr_keys(attrs)
            .iter()
            .zip(cells)
            .map(|(&key, &cell)| Attr {
                name: Symbol(key),
                value: Value::reference(Handle(cell)),
            })
    }

    /// The attributes of a set in the order of their names (as bytes): the order that programs see.
    pub fn attrs_by_name(&self, attrs: Attrs) -> impl ExactSizeIterator<Item = Attr> + Clone + '_ {
        let (keys, cells) = (self.attr_keys(attrs), self.attr_cells(attrs));
        self.name_order(attrs).iter().map(move |&index| Attr {
            name: Symbol(keys[index as usize]),
            value: Value::reference(Handle(cells[index as usize])),
        })
    }

    // ---- Contexts ----

    /// The elements of a context, in Nix's order.
    #[must_use]
    pub fn context_elements(&self, context: ContextSet) -> Vec<ContextElement> {
        self.contexts.elements(context)
    }

    /// A context with the given elements.
    #[must_use]
    pub fn context(&self, elements: impl IntoIterator<Item = ContextElement>) -> ContextSet {
        self.contexts.set(elements)
    }

    /// A context with all elements of both.
    #[must_use]
    pub fn context_union(&self, a: ContextSet, b: ContextSet) -> ContextSet {
        self.contexts.union(a, b)
    }

    // ---- Positions and errors ----

    /// Source, line and column of a position.
    #[must_use]
    pub fn locate(&self, pos: Pos) -> Option<Location> {
        self.sources.locate(pos, &|path| self.read_source(path))
    }

    /// The text of a source file, for messages about it.
    pub(crate) fn read_source(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.host.read_file(crate::paths::to_path(path)).ok()
    }

    /// An error with all positions resolved, which no longer needs the evaluator.
    #[must_use]
    pub fn report(&self, error: &EvalError) -> Report {
        Report::new(self, error)
    }
}
