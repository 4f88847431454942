//! `nix profile remove`

use super::Opened;
use super::manifest::Manifest;
use super::matching::matching;
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::generations::make_current;
use crate::report::Failure;

/// Takes packages away.
pub fn remove(opened: &Opened<'_>) -> Result<(), Failed> {
    let mut manifest = Manifest::read(&opened.session, opened.profile.path())?;
    let names = matching(opened, &manifest)?;
    if names.is_empty() {
        plain("warning: No packages to remove. Use 'nix profile list' to see the current profile.");
        return Ok(());
    }
    for name in &names {
        if let Some(element) = manifest.elements.remove(name) {
            opened
                .tool
                .say(&format!("removing '{}'", element.identifier()));
        }
    }
    opened.tool.say(&format!(
        "removed {} packages, kept {} packages",
        names.len(),
        manifest.elements.len()
    ));
    let path = manifest
        .build(&opened.tool)?
        .map_err(|error| Failure::new(error.to_string()))?;
    make_current(&opened.tool, &opened.profile, &path)
}
