//! `nix nar ls`, `nix nar cat`, `nix nar dump-path` and `nix nar pack`

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use nix_wire::nar::{Filesystem, Listing};

use super::command::{Command, run as run_command};
use super::list::{SHAPE, contents_of, show};
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;

/// Shows what is in an archive.
pub fn list(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[SHAPE], |command| {
        let (archive, path) = archive_and_path(command)?;
        let listing = read(&archive)?;
        let entry = listing.find(path).ok_or_else(|| {
            let path = path.trim_matches('/');
            Failure::new(format!("path '/{path}' does not exist"))
        })?;
        show(command, entry, path.trim_matches('/'))
    })
}

/// Writes a file of an archive.
pub fn cat(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[], |command| {
        let (archive, path) = archive_and_path(command)?;
        let listing = read(&archive)?;
        let contents = listing
            .find(path)
            .and_then(|entry| contents_of(&archive, entry))
            .ok_or_else(|| {
                let path = path.trim_matches('/');
                Failure::new(format!("NAR does not contain regular file '/{path}'"))
            })?;
        let mut output = terminal::stdout().lock();
        output.write_all(contents)?;
        Ok(output.flush()?)
    })
}

/// Writes the archive of a file or tree.
pub fn dump_path(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[], |command| {
        let path = command
            .tool
            .environment
            .directory
            .join(command.one_argument("path")?);
        let mut output = io::BufWriter::new(terminal::stdout().lock());
        nix_wire::nar::write(&mut Filesystem::new(path), &mut output)
            .map_err(|error| Failure::new(error.to_string()))?;
        Ok(output.flush()?)
    })
}

fn archive_and_path<'a>(command: &'a Command<'_>) -> Result<(Vec<u8>, &'a str), Failed> {
    let [file, path] = command.arguments.as_slice() else {
        return Err(usage("an archive and a path in it are expected").into());
    };
    let file = command.tool.environment.directory.join(Path::new(file));
    let archive = std::fs::read(&file).map_err(|error| Failure::io("read", &file, &error))?;
    Ok((archive, path))
}

fn read(archive: &[u8]) -> Result<Listing, Failed> {
    let mut archive = archive;
    Listing::read(&mut archive).map_err(|error| Failure::new(error.to_string()).into())
}
