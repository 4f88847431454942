//! Finds what runs the activation blocks of a generation.
//!
//! Where the engine does all of them itself, no shell is needed. Otherwise the program is started
//! that the script of the generation names. It reads the script: a home may be on a file system
//! from which nothing is executed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use hm_activate::driver::{Runner, Script};
use hm_activate::generation::Generation;
use hm_activate::interpreter::{self, Interpreter};
use hm_plan::Backup;

use crate::commands::Context;
use crate::commands_of_nix;
use crate::environment::Environment;
use crate::report::Failure;

/// Finds what runs the blocks of a generation. Nothing is changed.
///
/// # Errors
/// If the machine does not have the program that the script names.
pub fn of(context: &Context, generation: &Generation) -> Result<Script, Failure> {
    let native = generation.is_native();
    let surroundings = &context.settings.environment;
    let runner = match blocks_of_the_engine(generation, surroundings) {
        Some(blocks) => Runner::Engine(blocks),
        None => shell(generation, surroundings)?,
    };
    Ok(Script {
        generation: generation.path.clone(),
        driver_version: u32::from(generation.path.join("gen-version").exists()),
        native,
        environment: environment(context, native)?,
        runner,
    })
}

/// Returns the blocks of a generation if the engine does all of them.
fn blocks_of_the_engine(generation: &Generation, environment: &Environment) -> Option<Vec<String>> {
    let manifest = generation
        .manifest
        .as_ref()
        .filter(|_| generation.is_native())?;
    let has_systemd = has_systemd(environment);
    let blocks = manifest.blocks.iter();
    blocks
        .filter(|block| has_systemd || !block.systemd)
        .map(|block| block.native.then(|| block.name.clone()))
        .collect()
}

/// Returns whether the services of the user are managed by systemd.
fn has_systemd(environment: &Environment) -> bool {
    let directory = environment.path("XDG_RUNTIME_DIR").unwrap_or_else(|| {
        let user = rustix::process::getuid().as_raw();
        PathBuf::from(format!("/run/user/{user}"))
    });
    directory.join("systemd").is_dir()
}

fn shell(generation: &Generation, environment: &Environment) -> Result<Runner, Failure> {
    let script = generation.path.join("activate");
    let search_path = environment.search_path();
    let found = interpreter::of(&script, &|name| find(&search_path, name))
        .map_err(|error| Failure::io("read", &script, &error))?;
    match found {
        Interpreter::Program { path, arguments } => Ok(Runner::Program { path, arguments }),
        Interpreter::Itself => Ok(Runner::Program {
            path: script,
            arguments: Vec::new(),
        }),
        Interpreter::Missing(name) => Err(missing(generation, &name, has_systemd(environment))),
    }
}

fn find(search_path: &OsStr, name: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(search_path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|path: &PathBuf| Path::is_file(path))
}

fn missing(generation: &Generation, program: &OsStr, has_systemd: bool) -> Failure {
    let program = program.display();
    let blocks: Vec<&str> = generation
        .manifest
        .iter()
        .flat_map(|manifest| &manifest.blocks)
        .filter(|block| !block.native && (has_systemd || !block.systemd))
        .map(|block| block.name.as_str())
        .collect();
    let (subject, verb) = match blocks.as_slice() {
        [] => (generation.path.join("activate").display().to_string(), "is"),
        [block] => (format!("the activation block {block}"), "is"),
        blocks => (
            format!("the activation blocks {}", blocks.join(", ")),
            "are",
        ),
    };
    Failure::new(format!(
        "{subject} {verb} run by {program}, which this machine does not have; nothing was changed"
    ))
    .hint(format!(
        "install it with the package manager of this machine, for example: apk add {program}"
    ))
    .hint("or use the packages of nixpkgs in your flake, which bring a bash of their own")
}

fn environment(context: &Context, native: bool) -> Result<BTreeMap<OsString, OsString>, Failure> {
    let settings = &context.settings;
    let mut environment = BTreeMap::from([
        (
            OsString::from("HOME"),
            settings.home.clone().into_os_string(),
        ),
        (OsString::from("USER"), OsString::from(&settings.user)),
    ]);
    if context.printer.verbosity() == crate::printer::Verbosity::Verbose {
        environment.insert("VERBOSE".into(), "1".into());
    }
    if let Backup::Extension {
        extension,
        overwrite,
    } = &settings.backup
    {
        environment.insert("HOME_MANAGER_BACKUP_EXT".into(), extension.into());
        if *overwrite {
            environment.insert("HOME_MANAGER_BACKUP_OVERWRITE".into(), "1".into());
        }
    }
    let path = if native {
        settings.environment.search_path()
    } else {
        commands_of_nix::search_path(&settings.environment)?
    };
    environment.insert("PATH".into(), path);
    Ok(environment)
}
