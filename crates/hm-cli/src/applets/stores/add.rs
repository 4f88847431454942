//! `nix store add`, `nix store add-file` and `nix store add-path`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;

use nix_wire::nar::Filesystem;
use nix_wire::{ContentAddressMethod, HashAlgorithm};

use super::command::{Command, Flag, run as run_command};
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::applets::tool::print_lines;
use crate::environment::Environment;
use crate::report::Failure;

const FLAGS: &[Flag] = &[
    Flag::value(&["--name", "-n"]),
    Flag::value(&["--mode"]),
    Flag::value(&["--hash-algo"]),
    Flag::switch(&["--dry-run"]),
];

/// Adds a file or tree; how it is known by its contents is an option.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS], |command| {
        let mode = match command.value("--mode") {
            None => ContentAddressMethod::NixArchive,
            Some(mode) => ContentAddressMethod::from_name(mode)
                .ok_or_else(|| usage(format!("unknown content-address method '{mode}'")))?,
        };
        attempt(command, mode)
    })
}

/// Adds a file by what is in it.
pub fn add_file(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS], |command| {
        attempt(command, ContentAddressMethod::Flat)
    })
}

/// Adds a file or tree by its archive.
pub fn add_path(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS], |command| {
        attempt(command, ContentAddressMethod::NixArchive)
    })
}

fn attempt(command: &Command<'_>, mode: ContentAddressMethod) -> Result<(), Failed> {
    let path = resolved(command, command.one_argument("path")?)?;
    let algorithm = match command.value("--hash-algo") {
        None => HashAlgorithm::Sha256,
        Some(name) => name
            .parse()
            .map_err(|_| usage(format!("unknown hash algorithm '{name}'")))?,
    };
    let name = match command.value("--name") {
        Some(name) => name.to_owned(),
        None => path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .ok_or_else(|| usage("the path has no name; give one with --name"))?,
    };
    command.with_store(|store| {
        let object = if command.has("--dry-run") {
            let layout = command.tool.local()?.layout().clone();
            let local = nix_store::LocalStore::new(layout);
            local
                .path_of_tree(&name, &mut Filesystem::new(&path), mode, algorithm)?
                .0
        } else if mode == ContentAddressMethod::Text {
            let mut file = File::open(&path).map_err(|error| Failure::io("read", &path, &error))?;
            store
                .add_dump(&name, &mut file, mode, algorithm, &BTreeSet::new(), false)?
                .path
        } else {
            store
                .add_tree(&name, &mut Filesystem::new(&path), mode, algorithm)?
                .path
        };
        print_lines([store.store_dir().print(&object)])
    })
}

/// The path with the links on the way to it followed, but not itself.
fn resolved(command: &Command<'_>, text: &str) -> Result<PathBuf, Failed> {
    let path = command.tool.environment.directory.join(text);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(path);
    };
    let parent = parent
        .canonicalize()
        .map_err(|error| Failure::io("find", parent, &error))?;
    Ok(parent.join(name))
}
