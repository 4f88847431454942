//! `nix store verify`

use std::ffi::OsString;
use std::sync::Arc;

use nix_store::signature::{fingerprint_of, follows_from_address};
use nix_store::store::Store;
use nix_store::{PathInfo, StoreError};
use nix_wire::HashAlgorithm;
use nix_wire::hash::HashingWriter;

use super::command::{Command, Flag, OBJECTS, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;

const FLAGS: &[Flag] = &[
    Flag::switch(&["--no-contents"]),
    Flag::switch(&["--no-trust"]),
    Flag::value(&["--substituter", "-s"]),
    Flag::value(&["--sigs-needed", "-n"]),
];

/// What was found wrong.
#[derive(Default)]
struct Faults {
    corrupted: usize,
    untrusted: usize,
    failed: usize,
}

/// Looks whether objects are what was registered, and whether somebody vouches for them.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS, OBJECTS], |command| {
        let others = command
            .values("--substituter")
            .iter()
            .map(|name| command.open(name))
            .collect::<Result<Vec<_>, _>>()?;
        let needed = match command.value("--sigs-needed") {
            None => 0,
            Some(text) => text.parse::<usize>().map_err(|_| {
                crate::applets::options::usage(format!("'{text}' is not an integer"))
            })?,
        };
        command.with_store(|store| {
            let mut faults = Faults::default();
            for path in command.objects(store, false)? {
                plain(&format!("checking '{}'...", store.store_dir().print(&path)));
                let info = match store.require(&path) {
                    Ok(info) => info,
                    Err(error) => {
                        plain(&format!("error: {error}"));
                        faults.failed += 1;
                        continue;
                    }
                };
                if !command.has("--no-contents") {
                    check_contents(store, &info, &mut faults);
                }
                if !command.has("--no-trust") {
                    check_trust(command, store, &info, &others, needed, &mut faults)?;
                }
            }
            conclude(&faults)
        })
    })
}

fn conclude(faults: &Faults) -> Result<(), Failed> {
    let status = u8::from(faults.corrupted > 0)
        | if faults.untrusted > 0 { 2 } else { 0 }
        | if faults.failed > 0 { 4 } else { 0 };
    if status == 0 {
        Ok(())
    } else {
        // What is wrong was told.
        Err(Failed {
            text: String::new(),
            status,
        })
    }
}

fn check_contents(store: &dyn Store, info: &PathInfo, faults: &mut Faults) {
    let mut sink = HashingWriter::sink(HashAlgorithm::Sha256);
    let path = store.store_dir().print(&info.path);
    match store.export_archive(&info.path, &mut sink) {
        Ok(()) => {
            let (found, _, _) = sink.finish();
            if found != info.nar_hash {
                faults.corrupted += 1;
                let (expected, found) = (info.nar_hash.sri(), found.sri());
                plain(&format!(
                    "error: path '{path}' was modified! expected hash '{expected}', got '{found}'"
                ));
            }
        }
        Err(error) => {
            faults.failed += 1;
            plain(&format!("error: {error}"));
        }
    }
}

fn check_trust(
    command: &Command<'_>,
    store: &dyn Store,
    info: &PathInfo,
    others: &[Arc<dyn Store>],
    needed: usize,
    faults: &mut Faults,
) -> Result<(), Failed> {
    // What was built here, and what is known by its contents, needs nobody.
    let is_good = (info.ultimate && needed == 0) || follows_from_address(store.store_dir(), info);
    if is_good {
        return Ok(());
    }
    let keys = command.with_access(|access| Ok(access.trust()?.keys))?;
    let needed = needed.max(1);
    let text = fingerprint_of(store.store_dir(), info);
    let mut signatures: Vec<String> = info.signatures.clone();
    for other in others {
        match other.path_info(&info.path) {
            Ok(Some(theirs)) => signatures.extend(theirs.signatures),
            Ok(None) | Err(StoreError::InvalidPath(_)) => {}
            Err(error) => plain(&format!("error: {error}")),
        }
    }
    signatures.sort();
    signatures.dedup();
    let valid = signatures
        .iter()
        .filter(|signature| keys.verify(&text, signature))
        .count();
    if valid < needed {
        faults.untrusted += 1;
        plain(&format!(
            "error: path '{}' is untrusted",
            store.store_dir().print(&info.path)
        ));
    }
    Ok(())
}
