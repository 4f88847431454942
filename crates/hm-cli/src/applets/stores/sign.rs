//! `nix store sign` and `nix store copy-sigs`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use nix_store::PathInfo;
use nix_store::store::Store;

use super::command::{Command, Flag, OBJECTS, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::environment::Environment;
use crate::store_access::read_secret_key;

/// Signs objects with a key.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = &[Flag::value(&["--key-file", "-k"])];
    run_command(words, environment, &[flags, OBJECTS], |command| {
        let key = read_secret_key(Path::new(command.required("--key-file")?))?;
        command.with_store(|store| {
            let mut added = 0;
            for mut info in infos(command, store)? {
                let before: BTreeSet<String> = info.signatures.iter().cloned().collect();
                key.sign_info(store.store_dir(), &mut info);
                added += add(store, &info, &before)?;
            }
            plain(&format!("added {added} signatures"));
            Ok(())
        })
    })
}

/// Adds the signatures that other stores have.
pub fn copy(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = &[Flag::value(&["--substituter", "-s"])];
    run_command(words, environment, &[flags, OBJECTS], |command| {
        let names = command.values("--substituter");
        if names.is_empty() {
            return Err(usage("you must specify at least one substituter using '-s'").into());
        }
        let others = names
            .iter()
            .map(|name| command.open(name))
            .collect::<Result<Vec<_>, _>>()?;
        command.with_store(|store| {
            let mut added = 0;
            for mut info in infos(command, store)? {
                let before: BTreeSet<String> = info.signatures.iter().cloned().collect();
                for other in &others {
                    let theirs = other.path_info(&info.path)?.filter(|theirs| {
                        // Signatures of something else would be of no use.
                        theirs.nar_hash == info.nar_hash && theirs.references == info.references
                    });
                    info.signatures
                        .extend(theirs.into_iter().flat_map(|theirs| theirs.signatures));
                }
                added += add(store, &info, &before)?;
            }
            plain(&format!("imported {added} signatures"));
            Ok(())
        })
    })
}

fn infos(command: &Command<'_>, store: &dyn Store) -> Result<Vec<PathInfo>, Failed> {
    command
        .objects(store, false)?
        .iter()
        .map(|path| Ok(store.require(path)?))
        .collect()
}

/// Adds what is new; gives how many that were.
fn add(store: &dyn Store, info: &PathInfo, before: &BTreeSet<String>) -> Result<usize, Failed> {
    let new: BTreeSet<String> = info
        .signatures
        .iter()
        .filter(|signature| !before.contains(*signature))
        .cloned()
        .collect();
    if !new.is_empty() {
        let new: Vec<String> = new.iter().cloned().collect();
        store.add_signatures(&info.path, &new)?;
    }
    Ok(new.len())
}
