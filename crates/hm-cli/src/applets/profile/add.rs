//! `nix profile add`

use std::path::{Path, PathBuf};

use nix_store::build::Wanted;
use nix_store::user_environment::EnvironmentError;
use nix_wire::StorePath;

use super::manifest::{Element, Manifest, Source};
use super::{Opened, install};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::installable::{Found, FromFlake, Resolved};
use crate::applets::nix_env::element::PRIORITY;
use crate::applets::package;
use crate::report::Failure;

/// Installs packages beside those that are there.
pub fn add(opened: &Opened<'_>) -> Result<(), Failed> {
    let session = &opened.session;
    let request = &opened.asked.request;
    let default = [".".to_owned()];
    let texts = match request.rest.as_slice() {
        [] => &default[..],
        texts => texts,
    };
    let mut resolved = Vec::new();
    for text in texts {
        resolved.push(request.resolve(session, text)?);
    }
    session.engine.flush()?;
    let elements = built(opened, &resolved)?;
    let change = |manifest: &mut Manifest| {
        for element in &elements {
            let name = element.name();
            let same = manifest.elements.get(&name).is_some_and(|present| {
                present.priority == element.priority
                    && matches!((&present.source, &element.source), (Some(one), Some(other))
                        if one.original == other.original
                            && one.attribute_path == other.attribute_path)
            });
            if same {
                plain(&format!("warning: '{name}' is already added"));
            } else {
                manifest.add(element.clone());
            }
        }
        Ok(true)
    };
    install(opened, change, |manifest, error| {
        explained(opened, manifest, error)
    })
}

/// The packages as they are in a profile, after they were built.
fn built(opened: &Opened<'_>, resolved: &[Resolved]) -> Result<Vec<Element>, Failed> {
    let wanted: Vec<Wanted> = resolved
        .iter()
        .flat_map(|one| one.found.iter().map(Found::wanted))
        .collect();
    let mut paths = opened.tool.build(&wanted)?.into_iter();
    resolved
        .iter()
        .map(|one| {
            let own = paths.by_ref().take(one.found.len());
            let priority = match (opened.asked.priority, &one.flake) {
                (Some(priority), _) => Some(priority),
                (None, Some(flake)) => package::priority(&opened.session, flake.value)?,
                (None, None) => None,
            };
            Ok(Element {
                paths: own.flat_map(|outputs| outputs.into_values()).collect(),
                source: one.flake.as_ref().map(source),
                active: true,
                priority: priority.unwrap_or(PRIORITY),
            })
        })
        .collect()
}

/// What a profile keeps of where a package comes from.
pub fn source(flake: &FromFlake) -> Source {
    Source {
        original: flake.original.to_string(),
        locked: flake.locked.to_string(),
        attribute_path: flake.attribute_path.clone(),
        outputs: flake.outputs.clone(),
    }
}

/// What to do when a new package has a file that another has.
fn explained(opened: &Opened<'_>, manifest: &Manifest, error: &EnvironmentError) -> Failure {
    let EnvironmentError::Conflict {
        earlier,
        later,
        priority,
    } = error
    else {
        return Failure::new(error.to_string());
    };
    let store = opened.tool.store().store_dir();
    let has = |path: &StorePath, file: &Path| file.starts_with(store.print(path));
    let owned = |element: &Element| -> Option<PathBuf> {
        element.paths.iter().find_map(|path| {
            let file = [earlier, later].into_iter().find(|file| has(path, file));
            file.cloned()
        })
    };
    let owner = |(name, element): (&String, &Element)| {
        Some((owned(element)?, name.clone(), element.installables(store)))
    };
    let existing = manifest.elements.iter().find_map(owner);
    let new = manifest.elements.iter().rev().find_map(owner);
    let (Some((existing_file, existing_name, _)), Some((new_file, _, new_installables))) =
        (existing, new)
    else {
        return Failure::new(error.to_string());
    };
    let new = new_installables.join(" ");
    Failure::new(format!(
        "An existing package already provides the following file:\n\n\
         \u{20} \"{}\"\n\n\
         This is the conflicting file from the new package:\n\n\
         \u{20} \"{}\"\n\n\
         To remove the existing package:\n\n\
         \u{20} nix profile remove {existing_name}\n\n\
         The new package can also be added next to the existing one by assigning a different \
         priority.\n\
         The conflicting packages have a priority of {priority}.\n\
         To prioritise the new package:\n\n\
         \u{20} nix profile add {new} --priority {}\n\n\
         To prioritise the existing package:\n\n\
         \u{20} nix profile add {new} --priority {}",
        existing_file.display(),
        new_file.display(),
        priority.saturating_sub(1),
        priority.saturating_add(1),
    ))
}
