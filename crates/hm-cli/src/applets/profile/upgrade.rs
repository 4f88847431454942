//! `nix profile upgrade`

use nix_flake::reference::{self, ParseOptions};

use super::add::source;
use super::manifest::{Element, Manifest, Source};
use super::matching::matching;
use super::{Opened, install, plainly};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::installable::{Found, Request, Resolved};
use crate::report::Failure;

/// Installs packages anew where their flakes have changed.
pub fn upgrade(opened: &Opened<'_>) -> Result<(), Failed> {
    install(opened, |manifest| renew(opened, manifest), plainly)
}

/// Whether anything is to be renewed; that is built.
fn renew(opened: &Opened<'_>, manifest: &mut Manifest) -> Result<bool, Failed> {
    let names = matching(opened, manifest)?;
    if names.is_empty() {
        plain(
            "warning: No packages to upgrade. Use 'nix profile list' to see the current profile.",
        );
        return Ok(false);
    }
    let mut checked = false;
    let mut changed: Vec<(String, Resolved)> = Vec::new();
    for name in names {
        let Some(element) = manifest.elements.get_mut(&name) else {
            continue;
        };
        let Some(old) = upgradable(element)? else {
            continue;
        };
        checked = true;
        let resolved = resolve(opened, &old)?;
        let Some(flake) = &resolved.flake else {
            continue;
        };
        let new = source(flake);
        if flake.locked.input.is_locked(true) && new.locked == old.locked {
            continue;
        }
        opened.tool.say(&format!(
            "upgrading '{}' from flake '{}' to '{}'",
            old.attribute_path, old.locked, new.locked
        ));
        element.source = Some(new);
        changed.push((name, resolved));
    }
    if !checked {
        plain("warning: Found some packages but none of them could be upgraded.");
        return Ok(false);
    }
    opened.session.engine.flush()?;
    for (name, resolved) in &changed {
        let wanted: Vec<_> = resolved.found.iter().map(Found::wanted).collect();
        let built = opened.tool.build(&wanted)?;
        if let Some(element) = manifest.elements.get_mut(name) {
            element.paths = built
                .into_iter()
                .flat_map(|paths| paths.into_values())
                .collect();
        }
    }
    Ok(true)
}

/// Where a package comes from, if that can have something newer.
fn upgradable(element: &Element) -> Result<Option<Source>, Failed> {
    let identifier = element.identifier();
    let Some(source) = &element.source else {
        plain(&format!(
            "warning: Found package '{identifier}', but it was not added from a flake, so it can't \
             be checked for upgrades!"
        ));
        return Ok(None);
    };
    let original = reference::parse(&source.original, ParseOptions::default())
        .map_err(|error| Failure::new(error.to_string()))?;
    if original.input.is_locked(true) {
        plain(&format!(
            "warning: Found package '{identifier}', but it was added from a locked flake reference \
             so it can't be upgraded!"
        ));
        return Ok(None);
    }
    Ok(Some(source.clone()))
}

/// Finds a package as it was found before: by the whole attribute path.
fn resolve(opened: &Opened<'_>, source: &Source) -> Result<Resolved, Failed> {
    let request = Request {
        file: None,
        expression: None,
        ..opened.asked.request.clone()
    };
    let installable = format!(
        "{}#.{}{}",
        source.original,
        source.attribute_path,
        source.outputs_text()
    );
    request.resolve(&opened.session, &installable)
}
