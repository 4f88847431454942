//! Changing what is installed: `--install`, `--upgrade`, `--uninstall`, `--set`, `--set-flag`.

use std::cmp::Ordering;

use nix_store::build::Wanted;

use super::element::Element;
use super::environment::{installed, make};
use super::names::{Selector, compare_versions};
use super::{Failed, Opened, Upgrade, source};
use crate::applets::generations::{make_current, replace_current};
use crate::applets::options::usage;
use crate::report::Failure;

/// Adds packages, in place of those with the same name.
pub fn install(opened: &Opened<'_>) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let mut new = source::wanted(tool, session, &opened.request, &opened.request.arguments)?;
    if let Some(priority) = opened.request.priority {
        for element in &mut new {
            element
                .meta
                .insert("priority".to_owned(), format!("\"{priority}\""));
        }
    }
    let mut elements = new.clone();
    if !opened.request.remove_all {
        for element in installed(session, &opened.profile)? {
            let replaced = !opened.request.preserve_installed
                && !is_kept(opened, &element)
                && new.iter().any(|new| new.name.name == element.name.name);
            if replaced {
                tool.say(&format!("replacing old '{}'", element.full_name));
            } else {
                elements.push(element);
            }
        }
    }
    for element in &new {
        tool.say(&format!("installing '{}'", element.full_name));
    }
    finish(opened, &elements)
}

fn is_kept(opened: &Opened<'_>, element: &Element) -> bool {
    element.meta_text(&opened.session, "keep").as_deref() == Some("true")
}

/// Replaces packages by newer versions.
pub fn upgrade(opened: &Opened<'_>) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let everything = ["*".to_owned()];
    let arguments = match opened.request.arguments.as_slice() {
        [] => &everything[..],
        arguments => arguments,
    };
    let available = source::wanted(tool, session, &opened.request, arguments)?;
    let mut elements = Vec::new();
    for element in installed(session, &opened.profile)? {
        let mut best: Option<&Element> = None;
        if !is_kept(opened, &element) {
            for candidate in available
                .iter()
                .filter(|candidate| candidate.name.name == element.name.name)
            {
                let than_installed = compare(opened, candidate, &element)?;
                let suits = match opened.request.upgrade {
                    Upgrade::Newer => than_installed == Ordering::Greater,
                    Upgrade::NewerOrEqual => than_installed != Ordering::Less,
                    Upgrade::Equal => than_installed == Ordering::Equal,
                    Upgrade::Always => true,
                };
                let better = match best {
                    None => true,
                    Some(best) => compare(opened, candidate, best)? == Ordering::Greater,
                };
                if suits && better {
                    best = Some(candidate);
                }
            }
        }
        match best {
            Some(best) if best.out_path(session)? != element.out_path(session)? => {
                tool.say(&format!(
                    "upgrading '{}' to '{}'",
                    element.full_name, best.full_name
                ));
                elements.push(best.clone());
            }
            _ => elements.push(element),
        }
    }
    finish(opened, &elements)
}

/// By priority, then by version.
fn compare(opened: &Opened<'_>, one: &Element, other: &Element) -> Result<Ordering, Failed> {
    let session = &opened.session;
    let priority = other.priority(session).cmp(&one.priority(session));
    if priority != Ordering::Equal {
        return Ok(priority);
    }
    compare_versions(session, &one.name.version, &other.name.version)
        .map_err(|error| session.failed(&error))
}

/// Takes packages away.
pub fn uninstall(opened: &Opened<'_>) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let mut elements = installed(session, &opened.profile)?;
    for text in &opened.request.arguments {
        let mut left = Vec::new();
        if text.contains('/') {
            let path = tool.object(text)?;
            for element in elements {
                if element.out_path(session)?.as_ref() == Some(&path) {
                    tool.say(&format!("uninstalling '{}'", element.full_name));
                } else {
                    left.push(element);
                }
            }
        } else {
            let mut selector = Selector::new(text);
            for element in elements {
                let matches = selector
                    .matches(session, &element.name)
                    .map_err(|error| session.failed(&error))?;
                if matches {
                    tool.say(&format!("uninstalling '{}'", element.full_name));
                } else {
                    left.push(element);
                }
            }
            if selector.hits == 0 {
                crate::applets::engine::plain(&format!(
                    "warning: selector '{text}' matched no installed derivations"
                ));
            }
        }
        elements = left;
    }
    finish(opened, &elements)
}

/// Changes something of the `meta` of what is installed.
pub fn set_flag(opened: &Opened<'_>) -> Result<(), Failed> {
    let session = &opened.session;
    let [name, value, selectors @ ..] = opened.request.arguments.as_slice() else {
        return Err(usage("not enough arguments to '--set-flag'").into());
    };
    let mut elements = installed(session, &opened.profile)?;
    for text in selectors {
        let mut selector = Selector::new(text);
        for element in &mut elements {
            let matches = selector
                .matches(session, &element.name)
                .map_err(|error| session.failed(&error))?;
            if matches {
                opened
                    .tool
                    .say(&format!("setting flag on '{}'", element.full_name));
                let code = format!("{value:?}");
                element.meta.insert(name.clone(), code);
            }
        }
        if selector.hits == 0 {
            return Err(Failure::new(format!("selector '{text}' matches no derivations")).into());
        }
    }
    finish(opened, &elements)
}

/// Makes the profile one package.
pub fn set(opened: &Opened<'_>) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let found = source::wanted(tool, session, &opened.request, &opened.request.arguments)?;
    let [element] = found.as_slice() else {
        return Err(Failure::new("--set requires exactly one derivation").into());
    };
    let path = match element.derivation(session)? {
        Some(derivation) => {
            let output = element.output_name(session);
            let wanted = Wanted::output_of(derivation, &output);
            if opened.request.dry_run {
                return tool.say_missing(&[wanted]);
            }
            let built = session.engine.build_wanted(&[wanted])?;
            built.into_iter().flatten().map(|(_, path)| path).next()
        }
        None => {
            let path = element.out_path(session)?;
            let wanted: Vec<Wanted> = path.iter().cloned().map(Wanted::Object).collect();
            session.engine.build_wanted(&wanted)?;
            path
        }
    };
    let path = path.ok_or_else(|| Failure::new("the derivation has no output"))?;
    make_current(&tool.engine, &opened.profile, &path)
}

fn finish(opened: &Opened<'_>, elements: &[Element]) -> Result<(), Failed> {
    if opened.request.dry_run {
        opened.tool.say("(dry run; not doing anything)");
        return Ok(());
    }
    let environment = make(&opened.session, elements)?;
    let began_with = opened.began_with.get();
    let engine = &opened.session.engine;
    let done = replace_current(engine, &opened.profile, began_with, &environment)?;
    opened.is_outdated.set(!done);
    Ok(())
}
