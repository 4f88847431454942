//! `nix profile remove`

use super::manifest::Manifest;
use super::matching::matching;
use super::{Opened, install, plainly};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;

/// Takes packages away.
pub fn remove(opened: &Opened<'_>) -> Result<(), Failed> {
    let change = |manifest: &mut Manifest| {
        let names = matching(opened, manifest)?;
        if names.is_empty() {
            plain(
                "warning: No packages to remove. Use 'nix profile list' to see the current \
                 profile.",
            );
            return Ok(false);
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
        Ok(true)
    };
    install(opened, change, plainly)
}
