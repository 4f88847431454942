//! Where packages come from: a file, the user's default expression, attributes, store paths.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nix_eval::{ErrorKind, EvalError, Value, View};

use super::element::Element;
use super::names::{Selector, compare_versions};
use super::{Failed, Request, Session};
use crate::applets::generations;
use crate::applets::tool::Tool;
use crate::report::Failure;

type Evaluated<T> = Result<T, Box<EvalError>>;

/// The expression that packages are looked for in.
pub fn expression(tool: &Tool<'_>, session: &Session, request: &Request) -> Result<Value, Failed> {
    let value = match &request.file {
        Some(file) => session.file(file),
        None => default_expression(
            session,
            &generations::default_expression(&tool.configuration, tool.environment),
        ),
    };
    value.map_err(|error| session.failed(&error))
}

/// A file, a directory with a `default.nix`, or one of such: a set of all that is in it.
fn default_expression(session: &Session, path: &Path) -> Evaluated<Value> {
    let evaluator = &session.evaluator;
    if path.is_file() || path.join("default.nix").exists() {
        return session.file(&path.to_string_lossy());
    }
    let mut found = Vec::new();
    collect_expressions(path, &mut BTreeSet::new(), &mut found);
    let mut attrs = vec![(evaluator.symbol(b"_combineChannels"), evaluator.list(&[]))];
    for (name, path) in found {
        let value = evaluator.lazy(move |evaluator| {
            let path = evaluator.resolve_expression(&path)?;
            evaluator.eval_file(&path)
        });
        attrs.push((evaluator.symbol(name.as_bytes()), value));
    }
    Ok(evaluator.attrs(&attrs))
}

fn collect_expressions(
    directory: &Path,
    names: &mut BTreeSet<String>,
    found: &mut Vec<(String, PathBuf)>,
) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        // That of a user environment.
        if name == "manifest.nix" {
            continue;
        }
        let Ok(metadata) = std::fs::metadata(&path) else {
            continue;
        };
        if metadata.is_file() || path.join("default.nix").exists() {
            let attribute = name.strip_suffix(".nix").unwrap_or(&name).to_owned();
            if names.insert(attribute.clone()) {
                found.push((attribute, path));
            }
        } else if metadata.is_dir() {
            collect_expressions(&path, names, found);
        }
    }
}

/// All packages in an expression, with the names that lead to them.
pub fn available(session: &Session, value: Value, prefix: &str) -> Result<Vec<Element>, Failed> {
    let mut found = Vec::new();
    let collected = collect(session, value, prefix, true, &mut found);
    collected.map_err(|error| session.failed(&error))?;
    Ok(found)
}

fn collect(
    session: &Session,
    value: Value,
    path: &str,
    top: bool,
    found: &mut Vec<Element>,
) -> Evaluated<()> {
    let evaluator = &session.evaluator;
    let value = session.called(value)?;
    let below = |name: &str| match path.is_empty() {
        true => name.to_owned(),
        false => format!("{path}.{name}"),
    };
    match evaluator.force_view(value)? {
        View::Attrs(attrs) if evaluator.is_derivation(attrs)? => {
            match Element::of(session, value, path) {
                Ok(element) => found.push(element),
                // A package that asserts that it is none here.
                Err(error) if error.kind == ErrorKind::Assertion => {}
                Err(error) => return Err(error),
            }
        }
        View::Attrs(attrs) => {
            let channels = evaluator.attr_named(attrs, b"_combineChannels").is_some();
            let recurse = top
                || match evaluator.attr_named(attrs, b"recurseForDerivations") {
                    Some(value) => evaluator.force_bool(
                        value,
                        "while evaluating the attribute `recurseForDerivations`",
                    )?,
                    None => false,
                };
            if !recurse {
                return Ok(());
            }
            for attr in evaluator.attrs_by_name(attrs) {
                let name = String::from_utf8_lossy(evaluator.symbol_text(attr.name)).into_owned();
                if name == "_combineChannels" {
                    continue;
                }
                let path = below(&name);
                evaluator.nested(|| collect(session, attr.value, &path, channels, found))?;
            }
        }
        View::List(list) => {
            for (index, element) in evaluator.elements(list).enumerate() {
                let path = below(&index.to_string());
                evaluator.nested(|| collect(session, element, &path, false, found))?;
            }
        }
        _ if top => {
            return Err(EvalError::type_error(
                "expression does not evaluate to a derivation (or a set or list of those)",
            ));
        }
        _ => {}
    }
    Ok(())
}

/// The packages that arguments of an installation mean.
pub fn wanted(
    tool: &Tool<'_>,
    session: &Session,
    request: &Request,
    arguments: &[String],
) -> Result<Vec<Element>, Failed> {
    if request.attributes {
        let root = expression(tool, session, request)?;
        let mut found = Vec::new();
        for path in arguments {
            let value = session
                .select(root, path)
                .map_err(|error| session.failed(&error))?;
            found.extend(available(session, value, path)?);
        }
        return Ok(found);
    }
    if request.expressions {
        let root = expression(tool, session, request)?;
        let mut found = Vec::new();
        for text in arguments {
            let value = session
                .expression(text)
                .and_then(|function| session.evaluator.call(function, &[root]));
            let value = value.map_err(|error| session.failed(&error))?;
            found.extend(available(session, value, "")?);
        }
        return Ok(found);
    }
    if arguments.iter().any(|argument| argument.contains('/')) {
        return arguments.iter().map(|text| object(tool, text)).collect();
    }
    let root = expression(tool, session, request)?;
    let all = available(session, root, "")?;
    newest(session, &all, arguments)
}

/// A store object, or the output of a derivation.
fn object(tool: &Tool<'_>, text: &str) -> Result<Element, Failed> {
    let mut path = tool.object(text)?;
    if path.is_derivation() {
        let outputs = tool.store().derivation_outputs(&path)?;
        let built = tool.build(&[nix_store::build::Wanted::all_of(path.clone())])?;
        let first = outputs.keys().next();
        let name = match outputs.contains_key("out") {
            true => Some("out"),
            false => first.map(String::as_str),
        };
        path = built
            .into_iter()
            .flatten()
            .find(|(output, _)| Some(output.as_str()) == name)
            .map(|(_, path)| path)
            .ok_or_else(|| Failure::new(format!("'{text}' has no output")))?;
    }
    Ok(Element::of_object(path))
}

/// Of the packages that selectors match, the best of each name: of this system, of the highest
/// priority, of the newest version.
fn newest(
    session: &Session,
    all: &[Element],
    arguments: &[String],
) -> Result<Vec<Element>, Failed> {
    let mut chosen: Vec<usize> = Vec::new();
    for text in arguments {
        let mut selector = Selector::new(text);
        let mut best: Vec<usize> = Vec::new();
        for (index, element) in all.iter().enumerate() {
            let matches = selector
                .matches(session, &element.name)
                .map_err(|error| session.failed(&error))?;
            if !matches {
                continue;
            }
            let rival = best
                .iter()
                .position(|other| all[*other].name.name == element.name.name);
            match rival {
                None => best.push(index),
                Some(rival) if is_better(session, element, &all[best[rival]])? => {
                    best[rival] = index;
                }
                Some(_) => {}
            }
        }
        if selector.hits == 0 {
            return Err(Failure::new(format!(
                "selector '{}' matches no derivations",
                selector.text
            ))
            .into());
        }
        for index in best {
            if !chosen.contains(&index) {
                chosen.push(index);
            }
        }
    }
    Ok(chosen.into_iter().map(|index| all[index].clone()).collect())
}

fn is_better(session: &Session, one: &Element, other: &Element) -> Result<bool, Failed> {
    let system = &session.engine.settings().system;
    let here = |element: &Element| element.system == *system;
    if here(one) != here(other) {
        return Ok(here(one));
    }
    let (priority, other_priority) = (one.priority(session), other.priority(session));
    if priority != other_priority {
        return Ok(priority < other_priority);
    }
    let order = compare_versions(session, &one.name.version, &other.name.version)
        .map_err(|error| session.failed(&error))?;
    Ok(order.is_gt())
}
