//! The variables that every program has.

use crate::attrs::AttrsBuilder;
use crate::builtins::{Builtin, Gate, TABLES};
use crate::error::{ErrorKind, EvalError};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Tag, Value};

/// The global variables.
#[derive(Default)]
pub(crate) struct Globals {
    /// The cell of each, by symbol: theirs are among the first.
    variables: Vec<Handle>,
    /// The cell of `builtins`.
    pub(crate) builtins: Option<Handle>,
}

impl Globals {
    /// The cell of a global variable.
    pub(crate) fn get(&self, name: Symbol) -> Option<Handle> {
        let cell = *self.variables.get(name.0 as usize)?;
        (!cell.is_none()).then_some(cell)
    }

    fn insert(&mut self, name: Symbol, cell: Handle) {
        let index = name.0 as usize;
        if self.variables.len() <= index {
            self.variables.resize(index + 1, Handle::NONE);
        }
        self.variables[index] = cell;
    }

    /// The names of all of them.
    pub(crate) fn names(&self) -> impl Iterator<Item = Symbol> {
        let cells = self.variables.iter().enumerate();
        cells
            .filter(|(_, cell)| !cell.is_none())
            .map(|(index, _)| Symbol(index as u32))
    }
}

impl Evaluator {
    /// The error of a variable that nothing defines. What is in scope is not known any more, so that
    /// the file is parsed again; everything that it makes a variable is a candidate.
    #[cold]
    pub(crate) fn undefined_variable(&self, name: Symbol, pos: Pos) -> Box<EvalError> {
        let message = format!("undefined variable '{}'", self.symbol_lossy(name));
        let text = self
            .sources
            .text_at(pos, &|path| self.read_source(path))
            .map(|(text, _)| text);
        let own = text.map(|text| variables(&text)).unwrap_or_default();
        let mut names: Vec<&[u8]> = self
            .globals
            .names()
            .map(|name| self.symbol_text(name))
            // Those of operators and of old programs.
            .filter(|name| !name.starts_with(b"__"))
            .chain(own.iter().map(Vec::as_slice))
            .collect();
        names.sort_unstable();
        names.dedup();
        EvalError::new(ErrorKind::UndefinedVariable, message)
            .at(pos)
            .suggest_variable(self.symbol_text(name), names)
    }

    /// The cell of a builtin that always exists.
    pub(crate) fn global(&self, name: Symbol) -> Handle {
        self.globals.get(name).unwrap_or(Handle::NONE)
    }
}

/// The names of all variables that a program defines.
fn variables(text: &[u8]) -> Vec<Vec<u8>> {
    let options = nix_syntax::ParseOptions {
        pipe_operators: true,
        ..nix_syntax::ParseOptions::default()
    };
    let Ok(parsed) = nix_syntax::parse(text, &options) else {
        return Vec::new();
    };
    let ast = parsed.ast;
    let arguments = ast.lambdas.iter().filter_map(|lambda| lambda.argument);
    let formals = ast.formals.iter().map(|formal| formal.name);
    let sets = ast.sets.iter().filter(|set| set.recursive);
    let bindings = sets.flat_map(|set| &ast.bindings[set.bindings.range()]);
    arguments
        .chain(formals)
        .chain(bindings.map(|binding| binding.name))
        .map(|name| ast.symbol(name).to_vec())
        .collect()
}

/// The language version that programs can ask for.
const LANGUAGE_VERSION: i64 = 6;
/// The version of Nix whose language this is.
pub const NIX_VERSION: &str = "2.34.8";

/// Fills in the global variables of a new evaluator.
pub(crate) fn install_globals(e: &mut Evaluator) {
    let mut in_builtins = AttrsBuilder::with_capacity(160);
    let mut define = |e: &mut Evaluator, name: &str, global: bool, value: Value| {
        let cell = e.cell(value);
        in_builtins.add(e.symbols.intern(name.as_bytes()), cell, Pos::NONE);
        let global = if global {
            name.to_owned()
        } else {
            format!("__{name}")
        };
        let symbol = e.symbols.intern(global.as_bytes());
        e.globals.insert(symbol, cell);
    };

    define(e, "true", true, Value::TRUE);
    define(e, "false", true, Value::FALSE);
    define(e, "null", true, Value::NULL);
    let constants = [
        ("nixVersion", e.string(NIX_VERSION.as_bytes())),
        ("storeDir", e.string(e.host.store_dir().as_bytes())),
        ("langVersion", e.int(LANGUAGE_VERSION)),
        ("nixPath", nix_path(e)),
    ];
    for (name, value) in constants {
        define(e, name, false, value);
    }
    if !e.settings.pure_eval {
        let time = e.lazy(|e| Ok(e.int(e.host.current_time())));
        define(e, "currentTime", false, time);
        let system = e.string(e.settings.system.as_bytes());
        define(e, "currentSystem", false, system);
    }
    let available: Vec<Builtin> = TABLES
        .iter()
        .flat_map(|table| table.iter())
        .filter(|builtin| match builtin.gate {
            Gate::None => true,
            Gate::Feature(feature) => e.settings.has(feature),
        })
        .copied()
        .collect();
    for (number, builtin) in available.iter().enumerate() {
        let value = Value::pack(Tag::Builtin, number as u32, 0);
        define(e, builtin.name, builtin.global, value);
    }
    e.builtins = available;

    // `builtins` contains itself.
    let cell = e.heap.new_cell(Value::NULL);
    let symbol = e.symbols.intern(b"builtins");
    in_builtins.add(symbol, cell, Pos::NONE);
    let set = in_builtins.finish_first_wins(e);
    e.heap.set_cell(cell, set);
    e.globals.insert(symbol, cell);
    e.globals.builtins = Some(cell);
}

/// The value of `builtins.nixPath`.
fn nix_path(e: &Evaluator) -> Value {
    if e.settings.pure_eval {
        return Value::EMPTY_LIST;
    }
    let entries: Vec<Value> = e
        .settings
        .nix_path
        .iter()
        .map(|(prefix, path)| {
            let prefix = e.string(prefix.as_bytes());
            let path = e.string(path.as_bytes());
            e.attrs(&[(e.names.path, path), (e.names.prefix, prefix)])
        })
        .collect();
    e.list(&entries)
}
