//! `nix-copy-closure`: objects with all that they refer to, to or from another machine.

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_store::store::{CopyOptions, Import, Store, copy_paths};
use nix_wire::StorePath;

use super::evaluate::{Failed, conclude};
use super::options::{Options, Word, Words, usage};
use super::stores::say_what;
use super::tool::{Tool, print_version};
use crate::environment::Environment;

/// Copies what the arguments name.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let mut arguments = Vec::new();
    let (mut to_there, mut compress) = (true, false);
    let (mut include_outputs, mut substitute, mut dry_run) = (false, false, false);
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Argument(argument) => {
                arguments.push(argument);
                continue;
            }
            Word::Flag(flag) => flag,
        };
        match flag.as_str() {
            "--version" => return print_version("nix-copy-closure"),
            "--to" => to_there = true,
            "--from" => to_there = false,
            "--gzip" | "--bzip2" | "--xz" => compress = true,
            "--include-outputs" => include_outputs = true,
            "--show-progress" => {}
            "--dry-run" => dry_run = true,
            "--use-substitutes" | "-s" => substitute = true,
            _ if options.take(&flag, &mut words)? => {}
            _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
        }
    }
    if arguments.is_empty() {
        return Err(usage("no host name specified").into());
    }
    let host = arguments.remove(0);
    let mut uri = if host.contains("://") {
        host
    } else {
        format!("ssh://{host}")
    };
    if compress {
        uri.push_str(if uri.contains('?') { "&" } else { "?" });
        uri.push_str("compress=true");
    }
    let tool = Tool::open(options, environment)?;
    let there = tool.with_access(|access| Ok(access.open(&uri)?))?;
    let (from, to) = if to_there {
        (tool.store(), &*there)
    } else {
        (&*there, tool.store())
    };
    let paths = arguments
        .iter()
        .map(|argument| tool.object(argument))
        .collect::<Result<BTreeSet<StorePath>, Failed>>()?;
    let mut closure = from.closure(&paths)?;
    if include_outputs {
        closure.extend(outputs(from, &closure)?);
    }
    let valid = to.valid_among(&closure, substitute)?;
    let missing: BTreeSet<StorePath> = closure.difference(&valid).cloned().collect();
    if tool.options.verbosity >= 0 && !missing.is_empty() {
        let place = if to_there {
            format!("to '{}'", to.uri())
        } else {
            format!("from '{}'", from.uri())
        };
        say_what(from.store_dir(), &missing, &place);
    }
    if !dry_run {
        let options = CopyOptions {
            import: Import {
                check_signatures: false,
                repair: false,
            },
            substitute: false,
        };
        copy_paths(from, to, &missing, options)?;
    }
    Ok(())
}

/// What derivations among the objects have made, and what that refers to.
fn outputs(store: &dyn Store, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>, Failed> {
    let mut outputs = BTreeSet::new();
    for derivation in paths.iter().filter(|path| path.is_derivation()) {
        outputs.extend(
            store
                .derivation_outputs(derivation)?
                .into_values()
                .flatten(),
        );
    }
    let valid = store.valid_among(&outputs, false)?;
    Ok(store.closure(&valid)?)
}
