//! `activation.json`: what a generation says of itself to a native activation engine.
//!
//! It stands at the top of each generation that this project's modules make, beside `activate`.
//! Generations made by other modules lack it; their `activate` does everything itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The name of the file in a generation.
pub const FILE_NAME: &str = "activation.json";

/// The content of `activation.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: u32,
    /// The version of the conversation between `activate` and the engine: 1.
    #[serde(default)]
    pub driver: u32,
    /// `home.username`
    pub username: String,
    /// `home.homeDirectory`
    pub home_directory: String,
    /// `home.profileDirectory`, which older generations do not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_directory: Option<String>,
    /// The files as configured, before recursive ones are taken apart.
    #[serde(default)]
    pub files: Vec<ManifestFile>,
    /// The activation blocks in the order in which they run.
    #[serde(default)]
    pub blocks: Vec<ManifestBlock>,
    /// Whether the generation removes all that there is of Home Manager.
    #[serde(default)]
    pub uninstall: bool,
    /// Whatever a newer version adds.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

/// One configured file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestFile {
    /// Its place below the home.
    pub target: String,
    /// Whether it replaces whatever is there.
    #[serde(default)]
    pub force: bool,
    /// Whether its leaves are linked one by one.
    #[serde(default)]
    pub recursive: bool,
    /// Whether a hook runs when it changes.
    #[serde(default)]
    pub on_change: bool,
}

/// One activation block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestBlock {
    /// Its name in `home.activation`.
    pub name: String,
    /// Whether the engine does its work instead of its text.
    #[serde(default)]
    pub native: bool,
    /// Whether it has nothing to do where no systemd manages the user's services.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub systemd: bool,
    /// Whether it only looks at the home: one of this project's own that changes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looks: bool,
}

impl ManifestBlock {
    /// Whether it changes nothing in the home that the engine does not know of.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        self.native || self.looks || self.systemd
    }
}

impl Manifest {
    /// Returns the names of the blocks that the engine does, in order.
    pub fn native_blocks(&self) -> impl Iterator<Item = &str> {
        let native = self.blocks.iter().filter(|block| block.native);
        native.map(|block| block.name.as_str())
    }

    /// Whether a block of the user's runs before files in the way are looked for, so that it may
    /// still remove them.
    #[must_use]
    pub fn may_clear_the_way(&self) -> bool {
        let is_check = |block: &ManifestBlock| block.native && block.name == "checkLinkTargets";
        // A check that is not there, or that the user has replaced, is left to `linkGeneration`.
        let is_last = |block: &ManifestBlock| {
            is_check(block) || (block.native && block.name == "linkGeneration")
        };
        let mut before = self.blocks.iter().take_while(|block| !is_last(block));
        before.any(|block| !block.is_harmless())
    }

    /// Whether the managed file at `leaf` replaces whatever is there.
    #[must_use]
    pub fn is_forced(&self, leaf: &Path) -> bool {
        self.files.iter().any(|file| {
            let target = PathBuf::from(file.target.trim_end_matches('/'));
            file.force && (leaf == target || (file.recursive && leaf.starts_with(&target)))
        })
    }
}
