//! Files: finding the one that is meant, parsing and evaluating it once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use nix_syntax::ast::Ast;

use crate::access;
use crate::compile::{CompileMemory, TooDeep};
use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::hasher::FastHasher;
use crate::heap::Handle;
use crate::host::FileType;
use crate::ir::NodeId;
use crate::link::LinkError;
use crate::paths;
use crate::source::{Origin, Pos};
use crate::symbol::Symbol;
use crate::unit::{Unit, UnitBuilder};
use crate::value::{Attrs, Tag, Value, lazy};

/// Where the files that come with the evaluator seem to lie.
pub(crate) const INTERNAL: &[u8] = b"/\xc2\xabnix-internal\xc2\xbb";
/// The files that come with the evaluator.
const INTERNAL_FILES: [(&str, &str, &[u8]); 1] = [(
    "fetchurl.nix",
    "<nix/fetchurl.nix>",
    include_bytes!("nix/fetchurl.nix"),
)];
/// What parsing and compiling a larger file needed is not kept: few others would need as much.
const LARGE: usize = 128 << 10;

type PathMap<T> = RefCell<HashMap<Rc<[u8]>, T, FastHasher>>;

/// What is known about files.
#[derive(Default)]
pub(crate) struct Files {
    /// From a path to the file that is meant: links followed, `default.nix` added.
    resolved: PathMap<Rc<[u8]>>,
    /// The cell with the value of each file.
    values: PathMap<Handle>,
    /// Files whose evaluation has not ended.
    pending: RefCell<Vec<Rc<[u8]>>>,
    /// Store paths of paths that were copied.
    copied: PathMap<Rc<[u8]>>,
    /// What parsing and compiling one file leaves to the next.
    pub(crate) memory: RefCell<Memory>,
}

/// Memory for what is done with each file.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) parse: nix_syntax::ParseMemory,
    compile: CompileMemory,
}

impl Files {
    pub(crate) fn copied(&self, path: &[u8]) -> Option<Rc<[u8]>> {
        self.copied.borrow().get(path).cloned()
    }

    pub(crate) fn set_copied(&self, path: &[u8], stored: &Rc<[u8]>) {
        self.copied
            .borrow_mut()
            .insert(Rc::from(path), Rc::clone(stored));
    }
}

/// The name and text of a file that comes with the evaluator.
pub(crate) fn internal(path: &[u8]) -> Option<(&'static str, &'static [u8])> {
    let name = path.strip_prefix(INTERNAL)?.strip_prefix(b"/")?;
    let found = INTERNAL_FILES
        .iter()
        .find(|(file, ..)| file.as_bytes() == name)?;
    Some((found.1, found.2))
}

/// The path of a file that comes with the evaluator, by the name after `nix/`.
pub(crate) fn internal_path(name: &[u8]) -> Option<Vec<u8>> {
    let path = [INTERNAL, b"/", name].concat();
    internal(&path).is_some().then_some(path)
}

/// Evaluates a file, once.
pub(crate) fn eval_file(e: &Evaluator, path: &Path) -> Result<Value> {
    eval_path(e, &paths::normalize(paths::to_bytes(path)))
}

/// Evaluates a file given by its normal path, once.
pub(crate) fn eval_path(e: &Evaluator, path: &[u8]) -> Result<Value> {
    let known = e.files.resolved.borrow().get(path).cloned();
    let resolved = match known {
        Some(resolved) => resolved,
        None => {
            let resolved: Rc<[u8]> = Rc::from(resolve_expression(e, path)?);
            e.files
                .resolved
                .borrow_mut()
                .insert(Rc::from(path), Rc::clone(&resolved));
            resolved
        }
    };
    let known = e.files.values.borrow().get(&resolved).copied();
    let cell = known.unwrap_or_else(|| {
        let mut pending = e.files.pending.borrow_mut();
        let thunk = Value::pack(Tag::Lazy, lazy::FILE, pending.len() as u32);
        pending.push(Rc::clone(&resolved));
        let cell = e.heap.new_cell(thunk);
        e.files.values.borrow_mut().insert(resolved, cell);
        cell
    });
    e.force_cell(cell)
}

/// Evaluates the file that a cell stands for.
pub(crate) fn eval_pending(e: &Evaluator, number: u32) -> Result<Value> {
    let path = Rc::clone(&e.files.pending.borrow()[number as usize]);
    let node = load(e, &path, None)?;
    e.eval(node, Handle::NONE).map_err(|error| {
        let path = String::from_utf8_lossy(&path);
        error.trace(Pos::NONE, format!("while evaluating the file '{path}':"))
    })
}

/// Evaluates a file with the attributes of a set in scope. Never remembered.
pub(crate) fn eval_scoped(e: &Evaluator, path: &[u8], variables: Attrs) -> Result<Value> {
    let resolved: Rc<[u8]> = Rc::from(resolve_expression(e, path)?);
    let node = load(e, &resolved, Some(variables))?;
    let cells = e.attr_cells(variables);
    let env = e.new_environment(Handle::NONE, cells.len());
    for (index, &cell) in cells.iter().enumerate() {
        e.set_slot(env, index, Handle(cell));
    }
    e.eval(node, env)
}

/// Evaluates a text.
pub(crate) fn eval_text(e: &Evaluator, text: &[u8], origin: Origin, base: &Path) -> Result<Value> {
    let base = paths::normalize(paths::to_bytes(base));
    let node = parse(e, text, origin, &base, None)?;
    let value = e.eval(node, Handle::NONE)?;
    e.check_limits()?;
    Ok(value)
}

/// Evaluates a text with the attributes of a set in scope.
pub(crate) fn eval_text_scoped(
    e: &Evaluator,
    text: &[u8],
    base: &Path,
    variables: Attrs,
) -> Result<Value> {
    let base = paths::normalize(paths::to_bytes(base));
    let node = parse(e, text, Origin::String, &base, Some(variables))?;
    eval_with_variables(e, node, variables)
}

/// Evaluates definitions to a set, with variables; `None` if the text is something else.
pub(crate) fn eval_bindings_scoped(
    e: &Evaluator,
    text: &[u8],
    base: &Path,
    variables: Attrs,
) -> Result<Option<Value>> {
    let Some(ast) = crate::syntax::parse_bindings(e, text) else {
        return Ok(None);
    };
    let base = paths::normalize(paths::to_bytes(base));
    let start = e
        .sources
        .add(Origin::String, text)
        .ok_or_else(too_many_sources)?;
    let node = add_code(e, ast, text, Some(variables), start, &base, |_| ())?;
    eval_with_variables(e, node, variables).map(Some)
}

fn eval_with_variables(e: &Evaluator, node: NodeId, variables: Attrs) -> Result<Value> {
    let cells = e.attr_cells(variables);
    let env = e.new_environment(Handle::NONE, cells.len());
    for (index, &cell) in cells.iter().enumerate() {
        e.set_slot(env, index, Handle(cell));
    }
    let value = e.eval(node, env)?;
    e.check_limits()?;
    Ok(value)
}

/// Parses and lowers a text.
pub(crate) fn check_text(e: &Evaluator, text: &[u8], origin: Origin, base: &Path) -> Result<()> {
    let base = paths::normalize(paths::to_bytes(base));
    parse(e, text, origin, &base, None).map(|_| ())
}

/// Evaluates a file that has to be a set that is written out. Not remembered as other files are.
pub(crate) fn eval_literal(e: &Evaluator, path: &Path) -> Result<Value> {
    let path = paths::normalize(paths::to_bytes(path));
    let resolved: Rc<[u8]> = Rc::from(resolve_expression(e, &path)?);
    let node = load(e, &resolved, None)?;
    if !e.is_literal_set(node) {
        let path = String::from_utf8_lossy(&resolved);
        return Err(EvalError::eval(format!(
            "file '{path}' must be an attribute set"
        )));
    }
    e.eval(node, Handle::NONE)
}

/// The file that a path means as a program.
pub(crate) fn resolve_program(e: &Evaluator, path: &Path) -> Result<std::path::PathBuf> {
    let path = resolve_expression(e, &paths::normalize(paths::to_bytes(path)))?;
    Ok(paths::to_path(&path).to_path_buf())
}

/// Reads, parses and lowers a file.
pub(crate) fn load(e: &Evaluator, path: &Rc<[u8]>, variables: Option<Attrs>) -> Result<NodeId> {
    if let Some((name, text)) = internal(path) {
        return parse(
            e,
            text,
            Origin::Internal(name),
            paths::parent(path),
            variables,
        );
    }
    e.stats.files.add(1);
    let place = e.resolve(path)?;
    let kept = if variables.is_none() {
        e.host.compiled_files()
    } else {
        None
    };
    let file = paths::to_path(path);
    if let Some(kept) = kept
        && let Some(unit) = e.compiled_file(kept, &place)?
        && let Some(node) = link_kept(e, &unit, path)?
    {
        return Ok(node);
    }
    let origin = Origin::File(Rc::clone(path));
    let directory = paths::parent(path);
    if variables.is_some() {
        let text = e.read_resolved(&place)?;
        e.stats.file_bytes.add(text.len());
        return parse(e, &text, origin, directory, variables);
    }
    let text = e.read_resolved(&place)?;
    if let Some(kept) = kept
        && let Some(unit) = kept.find_text(file, &text)
        && let Some(node) = link_kept(e, &unit, path)?
    {
        return Ok(node);
    }
    e.stats.file_bytes.add(text.len());
    let start = e.sources.add(origin, &text).ok_or_else(too_many_sources)?;
    let parsed = crate::syntax::parse(e, &text, start)?;
    let keep = |unit: &UnitBuilder| {
        // What was warned of has to be warned of again the next time.
        if let Some(kept) = kept
            && parsed.warnings == 0
        {
            kept.keep(file, &text, &unit.to_unit());
        }
    };
    add_code(e, parsed.ast, &text, None, start, directory, keep)
}

/// Links a unit that was kept. `None` if it is damaged.
fn link_kept(e: &Evaluator, unit: &Unit, path: &Rc<[u8]>) -> Result<Option<NodeId>> {
    let Some(view) = unit.view().filter(crate::unit::is_sound) else {
        return Ok(None);
    };
    let len = view.text_len as usize;
    e.stats.file_bytes.add(len);
    let start = e
        .sources
        .add_file(Rc::clone(path), len)
        .ok_or_else(too_many_sources)?;
    match crate::link::link(e, view, start, paths::parent(path)) {
        Ok(node) => Ok(Some(node)),
        Err(LinkError::Damaged) => Ok(None),
        Err(LinkError::Program(error)) => Err(error),
    }
}

/// Parses, compiles and links a text.
fn parse(
    e: &Evaluator,
    text: &[u8],
    origin: Origin,
    base: &[u8],
    variables: Option<Attrs>,
) -> Result<NodeId> {
    let start = e.sources.add(origin, text).ok_or_else(too_many_sources)?;
    let parsed = crate::syntax::parse(e, text, start)?;
    add_code(e, parsed.ast, text, variables, start, base, |_| ())
}

/// Compiles and links a tree; `then` gets what was compiled.
fn add_code(
    e: &Evaluator,
    ast: Ast,
    text: &[u8],
    variables: Option<Attrs>,
    start: Pos,
    directory: &[u8],
    then: impl FnOnce(&UnitBuilder),
) -> Result<NodeId> {
    let names: Option<Vec<&[u8]>> = variables.map(|variables| {
        e.note_names(variables);
        let keys = e.attr_keys(variables).iter();
        keys.map(|&key| e.symbol_text(Symbol(key))).collect()
    });
    let names = names.as_deref();
    let mut memory = e.files.memory.borrow_mut();
    let Memory { parse, compile } = &mut *memory;
    let unit = crate::compile::compile(&ast, text.len() as u32, names, e.stack_limit, compile);
    parse.give_back(ast);
    let unit = unit.map_err(|TooDeep| e.stack_error())?;
    let node = crate::link::link(e, unit.view(), start, directory)?;
    then(unit);
    if text.len() > LARGE {
        *memory = Memory::default();
    }
    Ok(node)
}

fn too_many_sources() -> Box<EvalError> {
    EvalError::new(ErrorKind::OutOfMemory, "there are too many source files")
}

// ---- Which file is meant ----

/// Returns the file that a path means: a link to a file is followed, so that relative paths in it start
/// where it is, and a directory means its `default.nix`.
fn resolve_expression(e: &Evaluator, path: &[u8]) -> Result<Vec<u8>> {
    /// The number of links that are followed.
    const MAX_LINKS: usize = 1024;
    let mut path = path.to_vec();
    let mut links = 0;
    while path != b"/" {
        links += 1;
        if links >= MAX_LINKS {
            return Err(access::too_many_links(&path));
        }
        let own = e.resolve_ancestors(&path)?;
        if e.existing_type(&own)? != FileType::Symlink {
            break;
        }
        path = paths::absolute(&e.link_target(&own)?, paths::parent(&path));
    }
    match e.existing_type(&e.resolve(&path)?)? {
        FileType::Directory => Ok(access::join(&path, b"default.nix")),
        _ => Ok(path),
    }
}
