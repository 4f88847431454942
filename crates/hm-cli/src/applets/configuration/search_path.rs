//! The search path of `<name>` as `NIX_PATH` has it.

use std::path::PathBuf;

use super::Configuration;
use crate::applets::engine::layout;
use crate::applets::generations;
use crate::environment::Environment;

/// Takes the value of `NIX_PATH` apart. Entries are separated by colons; that of a URL separates
/// nothing.
pub fn split_search_path(text: &str) -> Vec<String> {
    let mut entries = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let location = rest
            .find('=')
            .filter(|equals| rest.find(':').is_none_or(|colon| *equals < colon));
        let location = location.map_or(0, |equals| equals + 1);
        let skipped = if is_fetched(&rest[location..]) {
            rest[location..]
                .find(':')
                .map_or(0, |colon| location + colon + 1)
        } else {
            0
        };
        let end = rest[skipped..]
            .find(':')
            .map_or(rest.len(), |colon| skipped + colon);
        if end > 0 {
            entries.push(rest[..end].to_owned());
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    entries
}

/// Whether a location is something to be fetched, and no path.
fn is_fetched(location: &str) -> bool {
    const SCHEMES: &[&str] = &["http", "https", "file", "channel", "git", "s3", "ssh"];
    if location.starts_with("channel:") || location.starts_with("flake:") {
        return true;
    }
    location
        .split_once("://")
        .is_some_and(|(scheme, _)| SCHEMES.contains(&scheme))
}

/// Where `<name>` is looked for if nothing says otherwise: in the channels of the user and of root.
pub fn default_search_path(
    configuration: &Configuration,
    environment: &Environment,
) -> Vec<String> {
    let mut profiles = Vec::new();
    if let Ok(layout) = layout(environment) {
        profiles.push(layout.profiles_dir());
    }
    // A store of one's own goes with the channels of the machine.
    if environment.variable("NIX_STATE_DIR").is_none() {
        profiles.push(PathBuf::from("/nix/var/nix/profiles"));
    }
    let root = profiles
        .iter()
        .map(|profiles| profiles.join("per-user/root/channels"))
        .find(|channels| channels.exists());
    let mut entries = Vec::new();
    let mut add = |prefix: &str, path: PathBuf| {
        if path.exists() {
            entries.push(format!("{prefix}{}", path.display()));
        }
    };
    let own = generations::default_expression(configuration, environment);
    add("", own.join("channels"));
    if let Some(root) = root {
        add("nixpkgs=", root.join("nixpkgs"));
        add("", root);
    }
    entries
}
