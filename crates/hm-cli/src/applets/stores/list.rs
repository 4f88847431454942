//! `nix store ls`, `nix store cat` and `nix store dump-path`

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use nix_store::store::Store;
use nix_wire::StorePath;
use nix_wire::nar::{Entry, Filesystem, Listing};
use serde_json::Value;

use super::command::{Command, Flag, run as run_command};
use crate::applets::evaluate::Failed;
use crate::applets::tool::print_lines;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;

/// How listings are shown.
pub const SHAPE: &[Flag] = &[
    Flag::switch(&["--recursive", "-R"]),
    Flag::switch(&["--long", "-l"]),
    Flag::switch(&["--directory", "-d"]),
    Flag::switch(&["--json"]),
];

/// Shows what is in an object.
pub fn list(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[SHAPE], |command| {
        let path = command.one_argument("path")?;
        command.with_store(|store| {
            let place = Place::of(store, command, path)?;
            let recursive = command.has("--recursive");
            let listing = place.listing(recursive)?;
            let entry = listing
                .find(&place.below)
                .ok_or_else(|| missing(&place.text))?;
            show(command, entry, &place.below)
        })
    })
}

/// Writes a file of an object.
pub fn cat(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[], |command| {
        let path = command.one_argument("path")?;
        command.with_store(|store| Place::of(store, command, path)?.write_file())
    })
}

/// Writes the archive of an object.
pub fn dump_path(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[super::command::OBJECTS], |command| {
        command.with_store(|store| {
            let mut output = io::BufWriter::new(terminal::stdout().lock());
            for object in command.named(store)? {
                store.export_archive(&object, &mut output)?;
            }
            Ok(output.flush()?)
        })
    })
}

fn missing(text: &str) -> Failed {
    Failure::new(format!("path '{text}' does not exist")).into()
}

/// Something within an object.
struct Place<'a> {
    store: &'a dyn Store,
    object: StorePath,
    /// Below the object, without a slash at either end.
    below: String,
    /// As it was typed.
    text: String,
}

impl<'a> Place<'a> {
    fn of(store: &'a dyn Store, command: &Command<'_>, text: &str) -> Result<Place<'a>, Failed> {
        let full = command.tool.environment.directory.join(text);
        let full = full.to_string_lossy();
        let (object, below) = store.store_dir().parse_within(&full)?;
        if !store.is_valid(&object)? {
            let path = store.store_dir().print(&object);
            return Err(Failure::new(format!("path '{path}' is not valid")).into());
        }
        Ok(Place {
            below: below.trim_matches('/').to_owned(),
            text: full.into_owned(),
            store,
            object,
        })
    }

    /// Where it lies on this machine, if it does, links on the way not followed.
    fn file(&self) -> Result<Option<PathBuf>, Failed> {
        let Some(mut file) = self.store.real_path(&self.object) else {
            return Ok(None);
        };
        for name in Path::new(&self.below) {
            if file.is_symlink() || !file.is_dir() {
                return Err(missing(&self.text));
            }
            file.push(name);
        }
        match file.symlink_metadata() {
            Ok(_) => Ok(Some(file)),
            Err(_) => Err(missing(&self.text)),
        }
    }

    /// The listing of the whole object, in which at least this place is.
    fn listing(&self, recursive: bool) -> Result<Listing, Failed> {
        let Some(file) = self.file()? else {
            let mut archive = Vec::new();
            self.store.export_archive(&self.object, &mut archive)?;
            return Ok(Listing::read(&mut archive.as_slice())
                .map_err(|error| Failure::new(error.to_string()))?);
        };
        let mut tree = Filesystem::new(file);
        let mut listing = Listing::of_tree(&mut tree, Path::new(""), recursive)
            .map_err(|error| Failure::new(error.to_string()))?;
        for name in self.below.rsplit('/').filter(|name| !name.is_empty()) {
            let entry = std::mem::replace(&mut listing.root, Entry::Directory(Default::default()));
            if let Entry::Directory(entries) = &mut listing.root {
                entries.insert(name.as_bytes().to_vec(), entry);
            }
        }
        Ok(listing)
    }

    fn write_file(&self) -> Result<(), Failed> {
        let not_regular = || {
            Failed::from(Failure::new(format!(
                "path '/{}' is not a regular file",
                self.below
            )))
        };
        let mut output = terminal::stdout().lock();
        if let Some(path) = self.file()? {
            if path.is_symlink() || !path.is_file() {
                return Err(not_regular());
            }
            let mut file = File::open(&path).map_err(|error| Failure::io("read", &path, &error))?;
            io::copy(&mut file, &mut output)?;
            return Ok(output.flush()?);
        }
        let mut archive = Vec::new();
        self.store.export_archive(&self.object, &mut archive)?;
        let listing = Listing::read(&mut archive.as_slice())
            .map_err(|error| Failure::new(error.to_string()))?;
        match listing.find(&self.below) {
            None => Err(missing(&self.text)),
            Some(entry) => {
                let contents = contents_of(&archive, entry).ok_or_else(not_regular)?;
                output.write_all(contents)?;
                Ok(output.flush()?)
            }
        }
    }
}

/// The contents of a file in its archive; `None` when it is no file.
pub fn contents_of<'a>(archive: &'a [u8], entry: &Entry) -> Option<&'a [u8]> {
    let Entry::Regular {
        size,
        offset: Some(offset),
        ..
    } = entry
    else {
        return None;
    };
    let start = usize::try_from(*offset).ok()?;
    let end = start.checked_add(usize::try_from(*size).ok()?)?;
    archive.get(start..end)
}

/// Shows a node as the options of a command say.
pub fn show(command: &Command<'_>, entry: &Entry, path: &str) -> Result<(), Failed> {
    let recursive = command.has("--recursive");
    if command.has("--json") {
        if command.has("--directory") {
            return Err(
                crate::applets::options::usage("'--directory' is useless with '--json'").into(),
            );
        }
        let value: Value = entry.to_json(recursive);
        return print_lines([value.to_string()]);
    }
    let mut lines = Vec::new();
    let shape = Shape {
        recursive,
        long: command.has("--long"),
        show_directory: command.has("--directory"),
    };
    let name = match entry {
        Entry::Directory(_) => ".".to_owned(),
        _ => format!("./{}", path.rsplit('/').next().unwrap_or_default()),
    };
    shape.walk(entry, &name, true, &mut lines);
    print_lines(lines)
}

struct Shape {
    recursive: bool,
    long: bool,
    show_directory: bool,
}

impl Shape {
    fn walk(&self, entry: &Entry, name: &str, is_root: bool, lines: &mut Vec<String>) {
        let Entry::Directory(entries) = entry else {
            lines.push(self.line(entry, name));
            return;
        };
        if !is_root || self.show_directory {
            lines.push(self.line(entry, name));
        }
        let descend = if is_root {
            !self.show_directory || self.recursive
        } else {
            self.recursive
        };
        if descend {
            for (child, entry) in entries {
                let child = format!("{name}/{}", String::from_utf8_lossy(child));
                self.walk(entry, &child, false, lines);
            }
        }
    }

    fn line(&self, entry: &Entry, name: &str) -> String {
        if !self.long {
            return name.to_owned();
        }
        let (kind, size) = match entry {
            Entry::Regular {
                executable: true,
                size,
                ..
            } => ("-r-xr-xr-x", *size),
            Entry::Regular { size, .. } => ("-r--r--r--", *size),
            Entry::Symlink { .. } => ("lrwxrwxrwx", 0),
            Entry::Directory(_) => ("dr-xr-xr-x", 0),
        };
        let mut line = format!("{kind} {size:>20} {name}");
        if let Entry::Symlink { target } = entry {
            line.push_str(&format!(" -> {}", String::from_utf8_lossy(target)));
        }
        line
    }
}
