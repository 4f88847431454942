//! Derivations: `derivationStrict` and `derivation`.

mod attributes;

pub(crate) use attributes::require;

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hasher;
use std::rc::Rc;

use nix_wire::derivation::{Derivation, DerivationError, DerivationOutput, HashModulo};
use nix_wire::store_path::{StoreDir, StorePath};

use crate::context::{ContextElement, ContextSet};
use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::hasher::FastHasher;
use crate::heap::Handle;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Value};

/// What is known about derivations.
#[derive(Default)]
pub(crate) struct Derivations {
    /// What stands for each derivation in those that use it.
    modulo: RefCell<HashMap<StorePath, HashModulo, FastHasher>>,
    /// The derivations made so far by a hash of their masked text: many are made again and again,
    /// and hashing them twice is not needed.
    made: RefCell<HashMap<u128, Rc<Made>, FastHasher>>,
    store_dir: RefCell<Option<StoreDir>>,
}

/// A derivation that was made.
pub(crate) struct Made {
    path: Rc<[u8]>,
    outputs: Vec<(String, Vec<u8>)>,
}

impl Evaluator {
    /// The directory of the store.
    pub(crate) fn store_dir(&self) -> Result<StoreDir> {
        if let Some(known) = &*self.derivations.store_dir.borrow() {
            return Ok(known.clone());
        }
        let store = StoreDir::new(self.host.store_dir())
            .map_err(|error| EvalError::new(ErrorKind::Host, error.to_string()))?;
        *self.derivations.store_dir.borrow_mut() = Some(store.clone());
        Ok(store)
    }
}

/// Fails in the way of the evaluator where the wire formats fail.
pub(crate) fn wire_error(error: &dyn std::fmt::Display) -> Box<EvalError> {
    EvalError::eval(error.to_string())
}

/// Errors on the way through the hashes of inputs.
enum InputError {
    Wire(DerivationError),
    Eval(Box<EvalError>),
}

impl From<DerivationError> for InputError {
    fn from(error: DerivationError) -> Self {
        InputError::Wire(error)
    }
}

impl From<InputError> for Box<EvalError> {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Wire(error) => wire_error(&error),
            InputError::Eval(error) => error,
        }
    }
}

/// `builtins.derivationStrict`
pub(crate) fn derivation_strict(e: &Evaluator, argument: Value) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.derivationStrict";
    let attrs = e.force_attrs(argument, what)?;
    let Some(name) = e.attr(attrs, e.names.name) else {
        let what = "in the attrset passed as argument to builtins.derivationStrict";
        return Err(EvalError::type_error("attribute 'name' missing").trace(Pos::NONE, what));
    };
    let name_pos = e.attr_pos(attrs, e.names.name);
    let what = "while evaluating the `name` attribute passed to builtins.derivationStrict";
    let name = e.force_plain_string(name, what).map_err(|error| {
        error.trace(name_pos, "while evaluating the derivation attribute 'name'")
    })?;
    let name = String::from_utf8_lossy(name);
    make(e, &name, attrs).map_err(|error| {
        let place = e
            .locate(name_pos)
            .map_or_else(|| "«none»:0".to_owned(), |l| l.to_string());
        error.trace_always(
            Pos::NONE,
            format!(
                "while evaluating derivation '{name}'\n  whose name attribute is located at {place}"
            ),
        )
    })
}

fn make(e: &Evaluator, name: &str, attrs: Attrs) -> Result<Value> {
    if let Err(error) = nix_wire::store_path::check_name(name) {
        return Err(EvalError::eval(format!(
            "invalid derivation name: {error}. Please pass a different 'name'."
        )));
    }
    let store = e.store_dir()?;
    let parts = attributes::collect(e, name, attrs)?;
    let (mut derivation, context) = attributes::assemble(e, &store, name, parts)?;
    add_inputs(e, &store, &mut derivation, context)?;
    e.stats.derivations.add(1);

    let key = fingerprint(&derivation);
    let known = e.derivations.made.borrow().get(&key).cloned();
    if let Some(made) = known {
        e.stats.derivation_hits.add(1);
        return Ok(result(e, &made));
    }
    let made = Rc::new(write(e, &store, derivation)?);
    e.derivations
        .made
        .borrow_mut()
        .insert(key, Rc::clone(&made));
    Ok(result(e, &made))
}

/// A hash wide enough that equal hashes mean equal derivations (they are not chosen to collide:
/// whoever writes the program can only deceive himself). Output paths are not known yet.
fn fingerprint(derivation: &Derivation) -> u128 {
    let mut hasher = WideHasher::default();
    hasher.add(derivation.name.as_bytes());
    for (name, output) in &derivation.outputs {
        hasher.add(name.as_bytes());
        hasher.add(format!("{output:?}").as_bytes());
    }
    hasher.separate(derivation.input_derivations.len());
    for (path, inputs) in &derivation.input_derivations {
        hasher.add(path.base_name().as_bytes());
        hasher.separate(inputs.outputs.len());
        for output in &inputs.outputs {
            hasher.add(output.as_bytes());
        }
    }
    hasher.separate(derivation.input_sources.len());
    for path in &derivation.input_sources {
        hasher.add(path.base_name().as_bytes());
    }
    hasher.add(&derivation.system);
    hasher.add(&derivation.builder);
    hasher.separate(derivation.arguments.len());
    for argument in &derivation.arguments {
        hasher.add(argument);
    }
    for (name, value) in &derivation.environment {
        hasher.add(name);
        hasher.add(value);
    }
    hasher.finish()
}

/// Two independent hashes side by side.
#[derive(Default)]
struct WideHasher([crate::hasher::Mix; 2]);

impl WideHasher {
    fn add(&mut self, bytes: &[u8]) {
        for (seed, part) in self.0.iter_mut().enumerate() {
            part.write_u64(crate::hasher::hash_seeded(bytes, seed as u64));
        }
    }

    fn separate(&mut self, count: usize) {
        for part in &mut self.0 {
            part.write_usize(count);
        }
    }

    fn finish(&self) -> u128 {
        u128::from(self.0[0].finish()) << 64 | u128::from(self.0[1].finish())
    }
}

/// Computes the paths of a derivation and writes it.
fn write(e: &Evaluator, store: &StoreDir, mut derivation: Derivation) -> Result<Made> {
    derivation.fill_in_output_paths(store, |path| input_modulo(e, store, path))?;
    let text = derivation
        .unparse(store)
        .map_err(|error| wire_error(&error))?;
    let mut references: Vec<StorePath> = derivation.input_sources.iter().cloned().collect();
    references.extend(derivation.input_derivations.keys().cloned());
    references.sort();
    references.dedup();
    let file = format!("{}.drv", derivation.name);
    let path = store
        .text_path(&file, &nix_wire::hash::Hash::sha256(&text), &references)
        .map_err(|error| wire_error(&error))?;
    let printed = store.print(&path);
    e.host.add_derivation(&printed, &derivation, &text)?;
    let modulo = derivation.hash_modulo(store, |path| input_modulo(e, store, path))?;
    e.derivations
        .modulo
        .borrow_mut()
        .insert(path.clone(), modulo);
    let mut outputs = Vec::with_capacity(derivation.outputs.len());
    for (name, output) in &derivation.outputs {
        outputs.push((
            name.clone(),
            output_text(store, &derivation, &path, name, output)?,
        ));
    }
    Ok(Made {
        path: Rc::from(printed.into_bytes()),
        outputs,
    })
}

/// What programs see of an output: its path, or a placeholder for it.
fn output_text(
    store: &StoreDir,
    derivation: &Derivation,
    path: &StorePath,
    name: &str,
    output: &DerivationOutput,
) -> Result<Vec<u8>> {
    let known = output
        .path(store, &derivation.name, name)
        .map_err(|error| wire_error(&error))?;
    if let Some(known) = known {
        return Ok(store.print(&known).into_bytes());
    }
    let placeholder = nix_wire::store_path::upstream_placeholder(path, name)
        .map_err(|error| wire_error(&error))?;
    Ok(placeholder.into_bytes())
}

/// What stands for an input derivation; it is read from the store if this evaluation did not make
/// it.
fn input_modulo(
    e: &Evaluator,
    store: &StoreDir,
    path: &StorePath,
) -> std::result::Result<HashModulo, InputError> {
    if let Some(known) = e.derivations.modulo.borrow().get(path) {
        return Ok(known.clone());
    }
    e.check_stack().map_err(InputError::Eval)?;
    let derivation = e
        .host
        .read_derivation(&store.print(path))
        .map_err(|error| InputError::Eval(error.into()))?;
    let modulo = derivation.hash_modulo(store, |input| input_modulo(e, store, input))?;
    e.derivations
        .modulo
        .borrow_mut()
        .insert(path.clone(), modulo.clone());
    Ok(modulo)
}

/// Turns the context of all attributes into inputs.
fn add_inputs(
    e: &Evaluator,
    store: &StoreDir,
    derivation: &mut Derivation,
    context: ContextSet,
) -> Result<()> {
    let parse = |path: &[u8]| {
        let path = String::from_utf8_lossy(path);
        store.parse(&path).map_err(|error| wire_error(&error))
    };
    for element in e.contexts.elements(context) {
        match element {
            ContextElement::Opaque(path) => {
                derivation.input_sources.insert(parse(&path)?);
            }
            ContextElement::Built { drv, output } => {
                let output = String::from_utf8_lossy(&output).into_owned();
                let inputs = derivation
                    .input_derivations
                    .entry(parse(&drv)?)
                    .or_default();
                inputs.outputs.insert(output);
            }
            ContextElement::DrvDeep(path) => add_closure(e, store, derivation, &path)?,
        }
    }
    Ok(())
}

/// Adds a derivation with everything that is needed to build it, and all outputs of all of it.
fn add_closure(
    e: &Evaluator,
    store: &StoreDir,
    derivation: &mut Derivation,
    path: &[u8],
) -> Result<()> {
    for path in e.host.closure(&String::from_utf8_lossy(path))? {
        let path = store.parse(&path).map_err(|error| wire_error(&error))?;
        if path.is_derivation() {
            let input = e.host.read_derivation(&store.print(&path))?;
            let inputs = derivation
                .input_derivations
                .entry(path.clone())
                .or_default();
            inputs.outputs.extend(input.outputs.into_keys());
        }
        derivation.input_sources.insert(path);
    }
    Ok(())
}

/// The result of `derivationStrict`: the path of the derivation and those of its outputs.
fn result(e: &Evaluator, made: &Made) -> Value {
    let drv_context = e
        .contexts
        .single(ContextElement::DrvDeep(Rc::clone(&made.path)));
    let mut attrs = Vec::with_capacity(made.outputs.len() + 1);
    attrs.push((
        e.names.drv_path,
        e.string_with_context(&made.path, drv_context),
    ));
    for (name, text) in &made.outputs {
        let context = e.contexts.single(ContextElement::Built {
            drv: Rc::clone(&made.path),
            output: Rc::from(name.as_bytes()),
        });
        attrs.push((
            e.symbols.intern(name.as_bytes()),
            e.string_with_context(text, context),
        ));
    }
    e.attrs(&attrs)
}

/// `derivation`: the attributes it was given, and for each output a set that stands for it.
pub(crate) fn derivation(e: &Evaluator, argument: Value) -> Result<Value> {
    let argument_cell = e.cell(argument);
    let what = "while evaluating the value passed for the lambda argument";
    let attrs = e.force_attrs(Value::reference(argument_cell), what)?;
    let outputs = output_names(e, attrs)?;

    let strict = e.apply_cell(e.global(e.names.derivation_strict), argument_cell);
    let get = |name: Symbol| Value::reference(e.attr_of_cell(strict, name));

    // Each output is this set with its own path and name.
    let cells: Vec<Handle> = outputs
        .iter()
        .map(|_| e.heap.new_cell(Value::NULL))
        .collect();
    let all: Vec<Value> = cells.iter().map(|&cell| Value::reference(cell)).collect();
    let mut own: Vec<(Symbol, Value)> = Vec::with_capacity(outputs.len() + 6);
    own.extend(outputs.iter().copied().zip(all.iter().copied()));
    own.extend([
        (e.names.all, e.list(&all)),
        (e.names.drv_attrs, Value::reference(argument_cell)),
        (e.names.drv_path, get(e.names.drv_path)),
        (e.names.type_, e.string(b"derivation")),
    ]);
    let own = e.attrs(&own).as_attrs();
    let common = e.update(attrs, own).as_attrs();
    for (&name, &cell) in outputs.iter().zip(&cells) {
        let path = (e.names.out_path, get(name));
        let output_name = (e.names.output_name, Value::reference(e.symbol_string(name)));
        let set = e.update(common, e.attrs(&[path, output_name]).as_attrs());
        e.heap.set_cell(cell, set);
    }
    Ok(all[0])
}

/// What `import` of a derivation in the store gives: a set for each output.
pub(crate) fn imported_derivation(e: &Evaluator, path: &[u8]) -> Result<Value> {
    let text = String::from_utf8_lossy(path);
    let store = e.store_dir()?;
    let store_path = store.parse(&text).map_err(|error| wire_error(&error))?;
    let derivation = e.host.read_derivation(&text)?;
    let path: Rc<[u8]> = Rc::from(path);
    let drv_context = e.contexts.single(ContextElement::DrvDeep(Rc::clone(&path)));
    let drv_path = e.string_with_context(&path, drv_context);
    let name = derivation
        .environment
        .get(&b"name"[..])
        .map_or(&b""[..], |name| name);

    let outputs: Vec<&String> = derivation.outputs.keys().collect();
    let cells: Vec<Handle> = outputs
        .iter()
        .map(|_| e.heap.new_cell(Value::NULL))
        .collect();
    let all: Vec<Value> = cells.iter().map(|&cell| Value::reference(cell)).collect();
    let mut common: Vec<(Symbol, Value)> = outputs
        .iter()
        .zip(&all)
        .map(|(name, &value)| (e.symbols.intern(name.as_bytes()), value))
        .collect();
    common.extend([
        (e.names.all, e.list(&all)),
        (e.names.drv_path, drv_path),
        (e.names.name, e.string(name)),
        (e.names.type_, e.string(b"derivation")),
    ]);
    for ((name, output), &cell) in derivation.outputs.iter().zip(&cells) {
        let text = output_text(&store, &derivation, &store_path, name, output)?;
        let context = e.contexts.single(ContextElement::Built {
            drv: Rc::clone(&path),
            output: Rc::from(name.as_bytes()),
        });
        let mut attrs = common.clone();
        attrs.push((e.names.out_path, e.string_with_context(&text, context)));
        attrs.push((e.names.output_name, e.string(name.as_bytes())));
        e.heap.set_cell(cell, e.attrs(&attrs));
    }
    match all.first() {
        Some(&first) => Ok(first),
        None => Err(EvalError::eval(format!(
            "derivation '{text}' has no outputs"
        ))),
    }
}

fn output_names(e: &Evaluator, attrs: Attrs) -> Result<Vec<Symbol>> {
    let Some(outputs) = e.attr(attrs, e.names.outputs) else {
        return Ok(vec![e.symbols.intern(b"out")]);
    };
    let outputs = e.force_list(outputs, "while evaluating the `outputs` of a derivation")?;
    if outputs.is_empty() {
        return Err(EvalError::eval(
            "derivation cannot have an empty set of outputs",
        ));
    }
    let what = "while evaluating the name of an output of a derivation";
    let mut names = Vec::with_capacity(outputs.len());
    for output in e.elements(outputs) {
        names.push(e.symbols.intern(e.force_plain_string(output, what)?));
    }
    Ok(names)
}
