//! Verifying, repairing and optimising a store, for the commands that do.

use nix_store::build::{BuildMode, Wanted};
use nix_store::{Fault, StoreError};
use nix_wire::hash::HashingWriter;
use nix_wire::{HashAlgorithm, StorePath};

use super::engine::plain;
use super::evaluate::Failed;
use super::tool::{Tool, size};
use crate::report::Failure;

/// Looks whether the store is as it is registered. What is gone and nothing refers to is forgotten.
/// `false` when something is wrong that could not be put right.
pub fn verify(tool: &Tool<'_>, contents: bool, repair_too: bool) -> Result<bool, Failed> {
    let Some(store) = tool.store().as_local() else {
        // A daemon looks itself.
        return Ok(!tool.store().verify_store(contents, repair_too)?);
    };
    tool.say("reading the Nix store...");
    tool.say("checking path existence...");
    let mut sound = true;
    let mut missing = Vec::new();
    for fault in store.verify(false)? {
        if let Fault::Missing(path) = fault {
            missing.push(path);
        }
    }
    // Those that only others of them refer to can go once those are gone.
    loop {
        let before = missing.len();
        let mut left = Vec::new();
        for path in missing {
            match store.delete(&path) {
                Ok(()) => plain(&format!(
                    "path '{}' disappeared, removing from database...",
                    tool.print(&path)
                )),
                Err(StoreError::InUse { .. }) => left.push(path),
                Err(error) => return Err(error.into()),
            }
        }
        missing = left;
        if missing.is_empty() || missing.len() == before {
            break;
        }
    }
    for path in missing {
        plain(&format!(
            "error: path '{}' disappeared, but it still has valid referrers!",
            tool.print(&path)
        ));
        sound &= repair_too && try_repair(tool, &path);
    }
    if contents {
        tool.say("checking link hashes...");
        tool.say("checking store hashes...");
        for path in store.all_valid_paths()? {
            // What is not there was told of above.
            if !store.layout().real_path(&path).exists()
                && std::fs::symlink_metadata(store.layout().real_path(&path)).is_err()
            {
                continue;
            }
            if !is_unchanged(tool, &path)? {
                sound &= repair_too && try_repair(tool, &path);
            }
        }
    }
    Ok(sound)
}

/// Whether a valid object has the archive that was registered; says so when it has not.
pub fn is_unchanged(tool: &Tool<'_>, path: &StorePath) -> Result<bool, Failed> {
    let info = tool.store().require(path)?;
    let mut sink = HashingWriter::sink(HashAlgorithm::Sha256);
    tool.store().export_archive(path, &mut sink)?;
    let (found, _, _) = sink.finish();
    if found == info.nar_hash {
        return Ok(true);
    }
    plain(&format!(
        "error: path '{}' was modified! expected hash 'sha256:{}', got 'sha256:{}'",
        tool.print(path),
        info.nar_hash.nix32(),
        found.nix32()
    ));
    Ok(false)
}

fn try_repair(tool: &Tool<'_>, path: &StorePath) -> bool {
    match repair(tool, path) {
        Ok(()) => true,
        Err(failed) => {
            plain(&format!(
                "warning: {}",
                failed.text.trim_start_matches("error: ")
            ));
            false
        }
    }
}

/// Puts a good copy of an object in its place: from a cache, or made again by its derivation.
pub fn repair(tool: &Tool<'_>, path: &StorePath) -> Result<(), Failed> {
    let cannot = || Failure::new(format!("cannot repair path '{}'", tool.print(path)));
    if let Some(store) = tool.store().as_local() {
        let build = &tool.engine.settings().build;
        if nix_store::build::repair(store, path, build, &tool.cancellation())? {
            return Ok(());
        }
    }
    let deriver = tool.store().require(path)?.deriver.ok_or_else(cannot)?;
    if !tool.store().is_valid(&deriver)? {
        return Err(cannot().into());
    }
    let outputs = tool.store().derivation_outputs(&deriver)?;
    let output = outputs
        .into_iter()
        .find(|(_, output)| output.as_ref() == Some(path))
        .map(|(name, _)| name)
        .ok_or_else(cannot)?;
    tool.engine
        .build_wanted_as(&[Wanted::output_of(deriver, &output)], BuildMode::Repair)?;
    Ok(())
}

/// Makes equal files one.
pub fn optimise(tool: &Tool<'_>) -> Result<(), Failed> {
    let done = tool.store().optimise_store(&tool.cancellation())?;
    tool.say(&format!(
        "{} freed by hard-linking {} files",
        size(i64::try_from(done.bytes).unwrap_or(i64::MAX)),
        done.files
    ));
    Ok(())
}
