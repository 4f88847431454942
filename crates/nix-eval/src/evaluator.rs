//! The evaluator: its state, and what can be done with values from outside.

mod values;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::access::Access;
use crate::builtins::Builtin;
use crate::context::{ContextElement, ContextSet, Contexts};
use crate::derivation::Derivations;
use crate::error::{ErrorKind, EvalError, Result};
use crate::files::Files;
use crate::heap::region::Room;
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
use crate::value::{Attr, Attrs, List, Tag, Value};

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
    pub(crate) access: Access,
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
        let room = Room::find(crate::heap::FULL_SIZE + Code::SIZE + Symbols::SIZE);
        let heap = Heap::new(&room, settings.max_heap_size);
        let symbols = Symbols::new(&room);
        let names = Names::new(&symbols);
        let empty_keys = heap.new_words(&[0, 0]);
        let empty_attrs = heap.new_words(&[0, empty_keys.0, 0]);
        let mut evaluator = Evaluator {
            heap,
            symbols,
            contexts: Contexts::new(),
            sources: Sources::new(),
            code: Code::new(&room),
            names,
            builtins: Vec::new(),
            globals: Globals::default(),
            files: Files::default(),
            access: Access::default(),
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
        };
        crate::scope::install_globals(&mut evaluator);
        evaluator
    }

    /// The same, with trees that are not where programs see them: the host reads them elsewhere. To
    /// be called before anything is evaluated.
    #[must_use]
    pub fn with_mounts(mut self, mounts: Rc<Mounts>) -> Evaluator {
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

    /// The flag [`Settings::interrupt`].
    #[must_use]
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.settings.interrupt)
    }

    /// Checks what can stop an evaluation at any time: the user, a full heap, or a use of a mounted
    /// tree that needs a copy of it.
    #[inline(always)]
    pub(crate) fn check_limits(&self) -> Result<()> {
        if self.heap.is_exhausted()
            || self.settings.interrupt.load(Ordering::Relaxed)
            || self.mounts.ends_evaluation()
        {
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

    /// Evaluates definitions (`a = 1; inherit (b) c;`) to a set, with variables besides those that are
    /// always there. The last may lack its semicolon. `None` if the text is something else.
    ///
    /// # Errors
    ///
    /// If the evaluation fails.
    pub fn eval_bindings_in_scope(
        &self,
        source: &[u8],
        base: &Path,
        variables: Attrs,
    ) -> Result<Option<Value>> {
        crate::files::eval_bindings_scoped(self, source, base, variables)
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

    /// An error with all positions resolved, which no longer needs the evaluator.
    #[must_use]
    pub fn report(&self, error: &EvalError) -> Report {
        Report::new(self, error)
    }
}
