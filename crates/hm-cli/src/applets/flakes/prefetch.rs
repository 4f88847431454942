//! `nix flake archive`, `clone`, `prefetch` and `prefetch-inputs`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_flake::LockedFlake;
use nix_flake::lock::{Edge, NodeId};
use nix_flake::registry::RegistryScope;
use nix_flake::{FlakeError, FlakeReference};
use nix_store::store::{CopyOptions, Import, copy_closure};

use nix_wire::StorePath;
use serde_json::{Map, Value, json};

use super::arguments::{Flag, usage};
use super::session::{FlakeSession, finish};
use crate::applets::engine::{self, plain};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;

/// Fetches a tree to the store.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(
        words,
        environment,
        &[Flag::short("out-link", 'o', 1)],
        |session| {
            let reference = session.arguments.one()?.unwrap_or(".");
            let found = session.find(reference)?;
            let flakes = session.engine.flakes();
            let failed = |error: FlakeError| session.flake_failed(error);
            let resolved = flakes
                .registries
                .resolve(&found.reference, RegistryScope::All)
                .map_err(|error| failed(error.into()))?;
            let tree = flakes
                .fetcher
                .fetch(&resolved.input, false)
                .map_err(|error| failed(error.into()))?;
            let locked = FlakeReference {
                input: tree.input.clone(),
                directory: resolved.directory.clone(),
            };
            let path = session.engine.store().store_dir().print(&tree.store_path);
            let hash = tree.nar_hash.sri();
            if session.arguments.has("json") {
                session.print_json(&json!({
                    "hash": hash,
                    "locked": locked.to_attributes().to_json(),
                    "original": resolved.to_attributes().to_json(),
                    "storePath": path,
                }))?;
            } else {
                plain(&format!(
                    "Downloaded '{locked}' to '{path}' (hash '{hash}')."
                ));
            }
            if let Some(link) = session.arguments.value("out-link") {
                let link = session.environment.directory.join(link);
                session
                    .engine
                    .store()
                    .add_permanent_root(&tree.store_path, &link)
                    .map_err(|error| session.failed(error.into()))?;
            }
            Ok(())
        },
    )
}

/// Fetches a flake and its inputs to the store.
pub fn archive(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = [
        Flag::new("to", 1),
        Flag::new("dry-run", 0),
        Flag::new("no-check-sigs", 0),
    ];
    finish(words, environment, &flags, |session| {
        let reference = session.arguments.one()?.unwrap_or(".");
        let flake = session.flake(reference)?;
        let locked = flake.locked();
        let dry_run = session.arguments.has("dry-run");
        let inputs = inputs_of(session, locked, NodeId::ROOT, dry_run)?;
        if let Some(store) = session.arguments.value("to")
            && !dry_run
        {
            copy_to(session, store, &inputs, &session.store_path(locked))?;
        }
        if session.arguments.has("json") {
            session.print_json(&json!({ "inputs": inputs, "path": session.store_path(locked) }))?;
        }
        Ok(())
    })
}

/// Copies a flake and its inputs to another store.
fn copy_to(session: &FlakeSession, store: &str, inputs: &Value, own: &str) -> Result<(), Failed> {
    let failed = |error: nix_store::StoreError| session.failed(error.into());
    let access = engine::access(&session.environment, &session.configuration)?;
    let target = access.open(store)?;
    target.connect().map_err(failed)?;
    let mut paths = BTreeSet::new();
    collect_paths(inputs, &mut paths);
    paths.insert(own.to_owned());
    let paths: BTreeSet<StorePath> = paths
        .iter()
        .filter_map(|path| session.engine.store().store_dir().parse(path).ok())
        .collect();
    let options = CopyOptions {
        import: Import {
            check_signatures: !session.arguments.has("no-check-sigs"),
            repair: false,
        },
        substitute: false,
    };
    copy_closure(session.engine.store(), &*target, &paths, options)
        .map(|_| ())
        .map_err(failed)
}

fn collect_paths(inputs: &Value, paths: &mut BTreeSet<String>) {
    for input in inputs.as_object().into_iter().flat_map(Map::values) {
        paths.extend(input["path"].as_str().map(str::to_owned));
        collect_paths(&input["inputs"], paths);
    }
}

/// Fetches the inputs of a flake to the store.
pub fn inputs(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let reference = session.arguments.one()?.unwrap_or(".");
        let flake = session.flake(reference)?;
        inputs_of(session, flake.locked(), NodeId::ROOT, false).map(|_| ())
    })
}

/// The inputs of a node as a tree of paths; each is fetched.
fn inputs_of(
    session: &FlakeSession,
    locked: &LockedFlake,
    node: NodeId,
    dry_run: bool,
) -> Result<Value, Failed> {
    let store_dir = session.engine.store().store_dir();
    let mut tree = Map::new();
    for (name, edge) in &locked.lock_file.node(node).inputs {
        let Edge::Node(child) = edge else { continue };
        let Some(lock) = &locked.lock_file.node(*child).lock else {
            continue;
        };
        let input = &lock.locked.input;
        let mut entry = Map::new();
        entry.insert(
            "inputs".to_owned(),
            inputs_of(session, locked, *child, dry_run)?,
        );
        if input.relative_path().is_none() {
            let known = match dry_run {
                true => input
                    .store_path(store_dir)
                    .map_err(|error| session.flake_failed(error.into()))?,
                false => None,
            };
            let path = match known {
                Some(path) => path,
                None => {
                    let fetcher = &session.engine.flakes().fetcher;
                    let tree = fetcher
                        .fetch(input, true)
                        .map_err(|error| session.flake_failed(error.into()))?;
                    tree.store_path.clone()
                }
            };
            entry.insert("path".to_owned(), store_dir.print(&path).into());
        }
        tree.insert(name.clone(), Value::Object(entry));
    }
    Ok(Value::Object(tree))
}

/// Copies the repository of a flake to a directory.
pub fn clone(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(
        words,
        environment,
        &[Flag::short("dest", 'f', 1)],
        |session| {
            let reference = session.arguments.one()?.unwrap_or(".");
            let Some(destination) = session.arguments.value("dest") else {
                return Err(usage("missing flag '--dest'").into());
            };
            let destination = session.environment.directory.join(destination);
            let found = session.find(reference)?;
            let flakes = session.engine.flakes();
            let failed = |error: FlakeError| session.flake_failed(error);
            let resolved = flakes
                .registries
                .resolve(&found.reference, RegistryScope::All)
                .map_err(|error| failed(error.into()))?;
            flakes
                .fetcher
                .clone_repository(&resolved.input, &destination)
                .map_err(|error| failed(error.into()))
        },
    )
}
