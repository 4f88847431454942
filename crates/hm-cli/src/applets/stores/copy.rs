//! `nix copy`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_store::store::{CopyOptions, Import, Store, copy_paths};
use nix_wire::{StoreDir, StorePath};

use super::command::{Command, Flag, OBJECTS, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::environment::Environment;

const FLAGS: &[Flag] = &[
    Flag::value(&["--from"]),
    Flag::value(&["--to"]),
    Flag::switch(&["--no-check-sigs"]),
    Flag::switch(&["--substitute-on-destination", "-s"]),
    Flag::value(&["--out-link", "-o"]),
    Flag::value(&["--profile"]),
];

/// Copies objects, and what they refer to, from one store to another.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS, OBJECTS], attempt)
}

fn attempt(command: &Command<'_>) -> Result<(), Failed> {
    let ends = command.required_ends()?;
    let (source, target) = (ends.source(), ends.target());
    target.connect()?;
    if command.value("--from").is_none() && !command.has("--all") {
        command.fetch_missing(&command.named(source)?)?;
    }
    let objects = command.objects(source, true)?;
    let check_signatures = !command.has("--no-check-sigs");
    let options = CopyOptions {
        import: Import {
            check_signatures,
            repair: false,
        },
        substitute: command.has("--substitute-on-destination"),
    };
    let valid = target.valid_among(&objects, options.substitute)?;
    let missing = objects.difference(&valid).cloned().collect();
    if command.tool.options.verbosity >= 0 {
        let place = match (command.value("--from"), command.value("--to")) {
            (None, Some(_)) => format!("to '{}'", target.uri()),
            _ => format!("from '{}'", source.uri()),
        };
        say_what(source.store_dir(), &missing, &place);
    }
    copy_paths(source, target, &missing, options)?;
    link(command, source)
}

/// Says which objects are copied; `place` is to or from where.
pub fn say_what(store_dir: &StoreDir, objects: &BTreeSet<StorePath>, place: &str) {
    plain(&format!("copying {} paths...", objects.len()));
    for object in objects {
        plain(&format!(
            "copying path '{}' {place}...",
            store_dir.print(object)
        ));
    }
}

/// `--out-link` and `--profile`: the copies that the usual store has get roots.
fn link(command: &Command<'_>, source: &dyn Store) -> Result<(), Failed> {
    let store = command.tool.store();
    if let Some(link) = command.value("--out-link") {
        for (index, object) in command.named(source)?.iter().enumerate() {
            let mut name = link.to_owned();
            if index > 0 {
                name.push_str(&format!("-{index}"));
            }
            store.add_permanent_root(object, &command.tool.link(&name))?;
        }
    }
    if let Some(profile) = command.value("--profile") {
        let objects = command.named(source)?;
        let object = match objects.first() {
            Some(object) if objects.len() == 1 => object,
            _ => {
                return Err(usage(
                    "'--profile' requires that the arguments produce a single store path",
                )
                .into());
            }
        };
        let profile = nix_store::profile::Profile::new(command.tool.link(profile));
        let _lock = profile.lock(&mut |_| true)?;
        let number = profile.create_generation(store, object)?;
        profile.switch_to(number)?;
    }
    Ok(())
}
