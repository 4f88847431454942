//! Files, the search path and the store.

use std::path::Path;
use std::rc::Rc;

use super::Builtin;
use super::attrs::missing;
use crate::access::Resolved;
use crate::context::{ContextElement, ContextSet};
use crate::error::{ErrorKind, EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::files;
use crate::host::{AddMethod, AddPath, FileType};
use crate::paths;
use crate::source::Pos;
use crate::value::{Tag, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::global("import", 1, 1, import),
    Builtin::global("scopedImport", 2, 0b10, scoped_import),
    Builtin::new("findFile", 2, 0b11, find_file),
    Builtin::new("readFile", 1, 1, read_file),
    Builtin::new("readFileType", 1, 1, read_file_type),
    Builtin::new("readDir", 1, 1, read_dir),
    Builtin::new("pathExists", 1, 1, path_exists),
    Builtin::new("path", 1, 1, path),
    Builtin::new("filterSource", 2, 0b10, filter_source),
    Builtin::new("toFile", 2, 0b11, to_file),
    Builtin::new("storePath", 1, 1, store_path),
    Builtin::new("toPath", 1, 1, to_path),
    Builtin::global("baseNameOf", 1, 1, base_name_of),
    Builtin::global("dirOf", 1, 1, dir_of),
    Builtin::new("getEnv", 1, 1, get_env),
];

impl Evaluator {
    /// A value as a path whose context is built, so that it can be read.
    pub(crate) fn realise_path(&self, value: Value) -> Result<Vec<u8>> {
        let value = self.force(value)?;
        if value.is(Tag::Path) {
            return Ok(self.heap.string_bytes(value.handle()).to_vec());
        }
        let mut context = ContextSet::EMPTY;
        let what = "while realising the context of a path";
        let path = self.coerce_to_path(value, &mut context, Pos::NONE, what)?;
        if context.is_empty() {
            return Ok(path);
        }
        self.realise_context(context, path.clone())
            .map_err(|error| {
                let path = String::from_utf8_lossy(&path);
                error.trace(
                    Pos::NONE,
                    format!("while realising the context of path '{path}'"),
                )
            })
    }

    /// Builds what a text refers to, and puts paths that are known only now in the place of what
    /// stood for them.
    fn realise_context(&self, context: ContextSet, text: Vec<u8>) -> Result<Vec<u8>> {
        let mut to_build = Vec::new();
        for element in self.contexts.elements(context) {
            let path = String::from_utf8_lossy(element.path()).into_owned();
            if !self.host.is_valid_path(&path)? {
                let message = format!("path '{path}' is not valid");
                return Err(EvalError::new(ErrorKind::InvalidPath, message));
            }
            if let ContextElement::Built { .. } = element {
                to_build.push(element);
            }
        }
        let Some(first) = to_build.first() else {
            return Ok(text);
        };
        if !self.settings.allow_import_from_derivation {
            let message = format!(
                "cannot build '{}' during evaluation because the option 'allow-import-from-derivation' is disabled",
                first.display()
            );
            return Err(EvalError::new(ErrorKind::ImportFromDerivation, message));
        }
        let mut text = text;
        for (placeholder, path) in self.host.realise(&to_build)? {
            text = replace(&text, placeholder.as_bytes(), path.as_bytes());
            self.access.allow(path.as_bytes());
        }
        Ok(text)
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&first) = rest.first() {
        if !from.is_empty() && rest.starts_with(from) {
            result.extend_from_slice(to);
            rest = &rest[from.len()..];
        } else {
            result.push(first);
            rest = &rest[1..];
        }
    }
    result
}

/// Whether a path is that of a derivation in the store.
fn derivation_in_store(e: &Evaluator, path: &[u8]) -> Result<bool> {
    if !path.ends_with(b".drv") {
        return Ok(false);
    }
    let Ok(path) = std::str::from_utf8(path) else {
        return Ok(false);
    };
    Ok(e.store_dir()?.parse(path).is_ok() && e.host.is_valid_path(path)?)
}

fn import(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let path = e.realise_path(args[0])?;
    if derivation_in_store(e, &path)? {
        return crate::derivation::imported_derivation(e, &path);
    }
    files::eval_path(e, &path)
}

fn scoped_import(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let path = e.realise_path(args[1])?;
    if derivation_in_store(e, &path)? {
        return crate::derivation::imported_derivation(e, &path);
    }
    let what = "while evaluating the first argument passed to builtins.scopedImport";
    let scope = e.force_attrs(args[0], what)?;
    files::eval_scoped(e, &path, scope)
}

fn find_file(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.findFile";
    let list = e.force_list(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.findFile";
    let mut entries = Vec::with_capacity(list.len());
    for element in e.elements(list) {
        let what = "while evaluating an element of the list passed to builtins.findFile";
        let attrs = e.force_attrs(element, what)?;
        let what = "while evaluating the `prefix` attribute of an element of the list passed to builtins.findFile";
        let prefix: &[u8] = match e.attr(attrs, e.names.prefix) {
            Some(prefix) => e.force_plain_string(prefix, what)?,
            None => b"",
        };
        let place = "in an element of the __nixPath";
        let path = e
            .attr(attrs, e.names.path)
            .ok_or_else(|| missing(b"path", place))?;
        let what = "while evaluating the `path` attribute of an element of the list passed to builtins.findFile";
        let (path, context) = e.coerce_to_string(path, Coercion::PLAIN, what)?;
        let path = e.realise_context(context, path.into_owned())?;
        entries.push((prefix, path));
    }
    let name = e.force_plain_string(args[1], what)?;
    for (prefix, path) in &entries {
        let Some(rest) = after_prefix(prefix, name) else {
            continue;
        };
        let Some(start) = search_path_entry(e, path)? else {
            continue;
        };
        let candidate = paths::absolute(rest, &start);
        if let Some(found) = find_existing(e, &candidate)? {
            return Ok(e.path(found.bytes()));
        }
    }
    if let Some(path) = name.strip_prefix(b"nix/").and_then(files::internal_path) {
        return Ok(e.path(&path));
    }
    let name = String::from_utf8_lossy(name);
    let message = if e.settings.pure_eval {
        format!("cannot look up '<{name}>' in pure evaluation mode (use '--impure' to override)")
    } else {
        format!("file '{name}' was not found in the Nix search path (add it using $NIX_PATH or -I)")
    };
    Err(EvalError::new(ErrorKind::Throw, message))
}

/// What remains of a name after the prefix of an entry of the search path, if it fits.
fn after_prefix<'n>(prefix: &[u8], name: &'n [u8]) -> Option<&'n [u8]> {
    if prefix.is_empty() {
        return Some(name);
    }
    let rest = name.strip_prefix(prefix)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix(b"/")
    }
}

/// Returns the path that an entry of the search path leads to, fetching it if it has to be. `None` if
/// there is nothing.
fn search_path_entry(e: &Evaluator, path: &[u8]) -> Result<Option<Vec<u8>>> {
    let text = String::from_utf8_lossy(path);
    let Some(found) = e.host.search_path_entry(&text)? else {
        return Ok(None);
    };
    let found = paths::normalize(found.as_bytes());
    if e.visible_type(&e.resolve(&found)?)?.is_none() {
        e.check_access(&found)?;
        return Ok(None);
    }
    Ok(Some(found))
}

fn find_existing(e: &Evaluator, path: &[u8]) -> Result<Option<Resolved>> {
    let resolved = e.resolve(path)?;
    if e.visible_type(&resolved)?.is_none() {
        e.check_access(resolved.bytes())?;
        return Ok(None);
    }
    Ok(Some(resolved))
}

/// Reads the file that a path leads to.
pub(super) fn read_bytes(e: &Evaluator, path: &[u8]) -> Result<Vec<u8>> {
    e.read_resolved(&e.resolve(path)?)
}

fn read_file(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let path = e.realise_path(args[0])?;
    let resolved = e.resolve(&path)?;
    let text = e.read_resolved(&resolved)?;
    if text.contains(&0) {
        let path = String::from_utf8_lossy(&path);
        return Err(EvalError::eval(format!(
            "the contents of the file '{path}' cannot be represented as a Nix string"
        )));
    }
    let context = references_in(e, resolved.bytes(), &text)?;
    Ok(e.string_with_context(&text, context))
}

/// What the text of a file in the store refers to: those references of the store path that occur.
fn references_in(e: &Evaluator, path: &[u8], text: &[u8]) -> Result<ContextSet> {
    let store = e.store_dir()?;
    let Ok(path) = std::str::from_utf8(path) else {
        return Ok(ContextSet::EMPTY);
    };
    let Ok((store_path, _)) = store.parse_within(path) else {
        return Ok(ContextSet::EMPTY);
    };
    let references = e.host.references(&store.print(&store_path))?;
    let found = references.into_iter().filter(|reference| {
        let Ok(reference) = store.parse(reference) else {
            return false;
        };
        let hash = reference.hash_part().as_bytes();
        text.windows(hash.len()).any(|window| window == hash)
    });
    Ok(e.contexts
        .set(found.map(|reference| ContextElement::Opaque(Rc::from(reference.into_bytes())))))
}

fn read_file_type(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let path = e.realise_path(args[0])?;
    e.check_access(&path)?;
    let resolved = e.resolve_ancestors(&path)?;
    if resolved.bytes() != path {
        let directory = String::from_utf8_lossy(paths::parent(&path)).into_owned();
        let message = format!("path '{directory}' is a symlink, or leads through one");
        return Err(EvalError::new(ErrorKind::Io, message));
    }
    let kind = e.existing_type(&resolved)?;
    Ok(e.string(kind.name().as_bytes()))
}

fn read_dir(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let path = e.realise_path(args[0])?;
    let entries = e.directory_entries(&e.resolve(&path)?)?;
    // Most entries of a directory are of one type.
    let mut last: Option<(FileType, Value)> = None;
    let attrs: Vec<_> = entries
        .iter()
        .map(|(name, kind)| {
            let text = match last {
                Some((same, text)) if same == *kind => text,
                _ => {
                    let symbol = e.symbols.intern(kind.name().as_bytes());
                    Value::reference(e.symbol_string(symbol))
                }
            };
            last = Some((*kind, text));
            (e.symbols.intern(name), text)
        })
        .collect();
    Ok(e.attrs(&attrs))
}

fn path_exists(e: &Evaluator, args: &[Value]) -> Result<Value> {
    match exists(e, args[0]) {
        Ok(exists) => Ok(Value::bool(exists)),
        Err(error) if error.kind == ErrorKind::Restricted => Ok(Value::FALSE),
        Err(error) => Err(error),
    }
}

fn exists(e: &Evaluator, argument: Value) -> Result<bool> {
    let value = e.force(argument)?;
    let must_be_directory = value.is(Tag::String) && {
        let text = e.text_of(value).bytes;
        text.ends_with(b"/") || text.ends_with(b"/.")
    };
    let path = e.realise_path(value)?;
    if must_be_directory {
        let kind = e.visible_type(&e.resolve(&path)?)?;
        return Ok(kind == Some(FileType::Directory));
    }
    Ok(e.visible_type(&e.resolve_ancestors(&path)?)?.is_some())
}

// ---- Adding to the store ----

/// What `builtins.path` was told.
struct Addition {
    path: Vec<u8>,
    name: Vec<u8>,
    method: AddMethod,
    expected: Option<[u8; 32]>,
    filter: Option<Value>,
    context: ContextSet,
}

fn path(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to 'builtins.path'";
    let attrs = e.force_attrs(args[0], what)?;
    let mut path = None;
    let mut addition = Addition {
        path: Vec::new(),
        name: Vec::new(),
        method: AddMethod::Recursive,
        expected: None,
        filter: None,
        context: ContextSet::EMPTY,
    };
    for (index, attr) in e.attrs_by_symbol(attrs).enumerate() {
        let pos = e.attr_pos_at(attrs, index);
        let names = &e.names;
        if attr.name == names.path {
            let what = "while evaluating the 'path' attribute passed to 'builtins.path'";
            path = Some(e.coerce_to_path(attr.value, &mut addition.context, pos, what)?);
        } else if attr.name == names.name {
            let what = "while evaluating the `name` attribute passed to builtins.path";
            addition.name = e.force_plain_string_at(attr.value, pos, what)?.to_vec();
        } else if attr.name == names.filter {
            let what = "while evaluating the `filter` parameter passed to builtins.path";
            addition.filter = Some(e.force_function(attr.value, what)?);
        } else if attr.name == names.recursive {
            let what = "while evaluating the `recursive` attribute passed to builtins.path";
            if !e.force_bool_at(attr.value, pos, what)? {
                addition.method = AddMethod::Flat;
            }
        } else if attr.name == names.sha256 {
            let what = "while evaluating the `sha256` attribute passed to builtins.path";
            let text = e.force_plain_string_at(attr.value, pos, what)?;
            addition.expected = Some(sha256(text)?);
        } else {
            let name = e.symbol_shown(attr.name);
            return Err(EvalError::eval(format!(
                "unsupported argument '{name}' to 'builtins.path'"
            ))
            .at(pos));
        }
    }
    let Some(path) = path else {
        return Err(EvalError::eval(
            "missing required 'path' attribute in the first argument to 'builtins.path'",
        ));
    };
    if addition.name.is_empty() {
        addition.name = paths::base_name(&path).to_vec();
    }
    addition.path = path;
    add_path(e, addition)
}

fn sha256(text: &[u8]) -> Result<[u8; 32]> {
    use nix_wire::hash::{Hash, HashAlgorithm};
    let text = String::from_utf8_lossy(text);
    let hash = Hash::parse_allow_empty(&text, Some(HashAlgorithm::Sha256))
        .map_err(|error| crate::derivation::wire_error(&error))?;
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.digest());
    Ok(digest)
}

fn filter_source(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let mut context = ContextSet::EMPTY;
    let what = "while evaluating the second argument (the path to filter) passed to 'builtins.filterSource'";
    let path = e.coerce_to_path(args[1], &mut context, Pos::NONE, what)?;
    let what = "while evaluating the first argument passed to builtins.filterSource";
    let filter = e.force_function(args[0], what)?;
    let name = paths::base_name(&path).to_vec();
    add_path(
        e,
        Addition {
            path,
            name,
            method: AddMethod::Recursive,
            expected: None,
            filter: Some(filter),
            context,
        },
    )
}

fn add_path(e: &Evaluator, addition: Addition) -> Result<Value> {
    let shown = String::from_utf8_lossy(&addition.path).into_owned();
    add_path_inner(e, addition)
        .map_err(|error| error.trace(Pos::NONE, format!("while adding path '{shown}'")))
}

fn add_path_inner(e: &Evaluator, addition: Addition) -> Result<Value> {
    let derived = !addition.context.is_empty();
    let path = e.realise_context(addition.context, addition.path)?;
    let resolved = e.resolve(&path)?;
    let name = String::from_utf8_lossy(&addition.name);
    let request = AddPath {
        path: paths::to_path(&path),
        name: &name,
        method: addition.method,
        expected: addition.expected,
        derived,
    };
    let stored = match addition.filter {
        None => e.add_resolved(&resolved, request, None)?,
        Some(filter) => {
            let what = "while evaluating the return value of the path filter function";
            let mut accept = |file: &Path, kind: FileType| {
                let file = e.string(paths::to_bytes(file));
                let arguments = [file, e.string(kind.name().as_bytes())];
                let keep = e.call_values(filter, &arguments, Pos::NONE)?;
                e.force_bool(keep, what)
            };
            e.add_resolved(&resolved, request, Some(&mut accept))?
        }
    };
    Ok(e.store_path_string(&stored))
}

fn to_file(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.toFile";
    let name = String::from_utf8_lossy(e.force_plain_string(args[0], what)?);
    let what = "while evaluating the second argument passed to builtins.toFile";
    let text = e.force_string(args[1], what)?;
    let mut references = Vec::new();
    for element in e.contexts.elements(text.context) {
        match element {
            ContextElement::Opaque(path) => {
                references.push(String::from_utf8_lossy(&path).into_owned());
            }
            other => {
                return Err(EvalError::eval(format!(
                    "files created by builtins.toFile may not reference derivations, but {name} references {}",
                    String::from_utf8_lossy(&other.encode())
                )));
            }
        }
    }
    let path = e.host.add_text(&name, text.bytes, &references)?;
    e.access.allow(path.as_bytes());
    Ok(e.store_path_string(&path))
}

fn store_path(e: &Evaluator, args: &[Value]) -> Result<Value> {
    if e.settings.pure_eval {
        let message = "'builtins.storePath' is not allowed in pure evaluation mode";
        return Err(EvalError::new(ErrorKind::Restricted, message));
    }
    let mut context = ContextSet::EMPTY;
    let what = "while evaluating the first argument passed to 'builtins.storePath'";
    let mut path = e.coerce_to_path(args[0], &mut context, Pos::NONE, what)?;
    let store = e.store_dir()?;
    if store.parse(&String::from_utf8_lossy(&path)).is_err() {
        path = e.resolve(&path)?.bytes().to_vec();
    }
    let text = String::from_utf8_lossy(&path).into_owned();
    let Ok((found, _)) = store.parse_within(&text) else {
        return Err(EvalError::eval(format!(
            "path '{text}' is not in the Nix store"
        )));
    };
    let found = store.print(&found);
    e.host.ensure_path(&found)?;
    let element = ContextElement::Opaque(Rc::from(found.into_bytes()));
    let context = e.contexts.union(context, e.contexts.single(element));
    Ok(e.string_with_context(&path, context))
}

// ---- Paths as text ----

fn to_path(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let mut context = ContextSet::EMPTY;
    let what = "while evaluating the first argument passed to builtins.toPath";
    let path = e.coerce_to_path(args[0], &mut context, Pos::NONE, what)?;
    Ok(e.string_with_context(&path, context))
}

fn base_name_of(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.baseNameOf";
    let (path, context) = e.coerce_to_string(args[0], Coercion::PLAIN, what)?;
    Ok(e.string_with_context(paths::base_name(&path), context))
}

fn dir_of(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let value = e.force(args[0])?;
    if value.is(Tag::Path) {
        return Ok(e.path(paths::parent(e.heap.string_bytes(value.handle()))));
    }
    let what = "while evaluating the first argument passed to 'builtins.dirOf'";
    let (path, context) = e.coerce_to_string(value, Coercion::PLAIN, what)?;
    let directory = match path.iter().rposition(|&byte| byte == b'/') {
        None => &b"."[..],
        Some(0) => b"/",
        Some(end) => &path[..end],
    };
    Ok(e.string_with_context(directory, context))
}

fn get_env(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.getEnv";
    let name = e.force_plain_string(args[0], what)?;
    if e.is_restricted() {
        return Ok(e.string(b""));
    }
    Ok(e.string(&e.host.environment_variable(name).unwrap_or_default()))
}
