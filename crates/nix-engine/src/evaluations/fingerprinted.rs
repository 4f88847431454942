//! What pure evaluations of locked flakes came to, known by the fingerprint of the flake.
//!
//! This is for what depends on the source as a whole. What a flake's outputs depend on is in its
//! fingerprint; what else an evaluation depends on (the program, its settings, the store's
//! directory) is added to that.

use std::path::PathBuf;

use nix_wire::hash::Hasher;
use nix_wire::{HashAlgorithm, StorePath};
use serde_json::{Value as Json, json};

use super::told::Told;
use super::{delete_old, program, write};
use crate::{Engine, Flake};

/// The place of a result.
pub struct Remembered(PathBuf);

impl Engine {
    /// Where the derivation that `attribute` of a flake is would be remembered. `None` if it may be
    /// another one the next time, or nothing is to be remembered.
    #[must_use]
    pub fn remembered(&self, flake: &Flake, attribute: &str) -> Option<Remembered> {
        let settings = &self.shared.settings;
        if !settings.pure || !settings.keep_evaluations {
            return None;
        }
        // What was told while the flake was locked is told again by that.
        self.shared.forget_told();
        let fingerprint = flake.locked().fingerprint().ok()??;
        // Of a tree with changes Nix's fingerprint does not tell a changed file from one that was
        // taken out of the index, and is therefore no part of the source.
        let source = &flake.locked().flake.location.tree.store_path;
        let program = program()?;
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let features = format!("{:?}", settings.features);
        let parts = [
            &fingerprint.base16(),
            source.base_name(),
            attribute,
            &settings.system,
            self.store().store_dir().as_str(),
            &features,
            &program,
        ];
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let name = format!("{}.json", hasher.finish().nix32());
        Some(Remembered(settings.cache.join("evaluations").join(name)))
    }

    /// A derivation that was remembered and is still in the store, with the name of its output.
    /// What its evaluation told is told again.
    #[must_use]
    pub fn recall(&self, place: &Remembered) -> Option<(StorePath, String)> {
        let json = super::read(&place.0)?;
        let path = self.store().store_dir().parse(json["derivation"].as_str()?);
        let path = path.ok()?;
        let output = json["output"].as_str()?.to_owned();
        let told = Told::list_from_json(&json["messages"])?;
        // Nothing may delete it from now on.
        self.store().add_temporary_root(&path).ok()?;
        if !self.store().is_valid(&path).ok()? {
            return None;
        }
        self.shared.tell_kept(told);
        Some((path, output))
    }

    /// Remembers a derivation that was just evaluated. Best effort: without it the next evaluation
    /// takes longer, and nothing else.
    pub fn remember(&self, place: &Remembered, derivation: &(StorePath, String)) {
        let messages: Vec<Json> = self
            .shared
            .told
            .borrow()
            .iter()
            .map(Told::to_json)
            .collect();
        let json = json!({
            "derivation": self.store().store_dir().print(&derivation.0),
            "output": derivation.1,
            "messages": messages,
        });
        if let Some(directory) = place.0.parent() {
            delete_old(directory);
        }
        write(&place.0, &json);
    }
}
