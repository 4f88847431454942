//! The builder `tree`, which makes its output by steps: directories, links and files.
//!
//! The embedded package set describes most of what it builds by such steps. A derivation of this
//! kind has two forms with the same result. Its builder is a shell that reads the steps as
//! commands, so that any program that builds derivations builds it. The variable
//! `homeManagerBuilder` names this module, by which the steps are done without starting a program
//! for each: nothing on the machine is needed, and no more system calls than there are files.
//!
//! The steps are in the variable `steps`, or in the file that `stepsPath` names. Paths of the
//! output are relative to it; an empty one is the output itself.

mod files;
mod merge;
mod programs;
mod steps;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use super::BuiltinJob;
use files::Overlap;
use merge::Merge;
use steps::{Step, Words};

type Result<T> = std::result::Result<T, String>;
type Variables = BTreeMap<Vec<u8>, Vec<u8>>;

/// Makes the output by the steps in the variables.
pub(super) fn build(job: &BuiltinJob) -> Result<()> {
    make(&job.variables, job.out()?, &mut |warning| job.log(warning))
}

fn make(variables: &Variables, out: &Path, warn: &mut dyn FnMut(&str)) -> Result<()> {
    let text = contents(variables, b"steps")?;
    let mut tree = Tree {
        out,
        variables,
        warn,
        overlap: Overlap::default(),
        merge: Merge::default(),
    };
    for step in steps::parse(&text)? {
        tree.perform(&step)?;
    }
    Ok(())
}

struct Tree<'a> {
    out: &'a Path,
    variables: &'a Variables,
    warn: &'a mut dyn FnMut(&str),
    /// The answer to a file whose place is taken.
    overlap: Overlap,
    /// The trees that were merged up to now.
    merge: Merge,
}

impl Tree<'_> {
    fn perform(&mut self, step: &Step) -> Result<()> {
        let mut words = step.words();
        match words.text()? {
            "directory" => {
                let path = self.place(&mut words)?;
                fs::create_dir_all(&path).map_err(at(&path))?;
            }
            "symlink" => {
                let target = words.path()?;
                let path = self.place(&mut words)?;
                symlink(target, &path).map_err(at(&path))?;
            }
            "write" => self.write(&mut words)?,
            "syntax" => programs::check_syntax(words.next()?, &self.place(&mut words)?, self.warn)?,
            "programs" => programs::link(words.next()?, words.rest(), self.out)?,
            "refuse" => return Err(files::outside(words.path()?)),
            "overlap" => self.overlap = words.text()?.parse()?,
            "place" => files::place(self.out, &mut words, self.overlap, self.warn)?,
            "entries" => merge::link_entries(words.path()?, self.out)?,
            "join" => self.merge.join(&mut words, self.out)?,
            "profile" => self.merge.begin_profile(&mut words, self.out)?,
            "install" => self.merge.install(&mut words)?,
            other => return Err(format!("the step '{other}' is unknown")),
        }
        words.end()
    }

    /// Reads a path of the output.
    fn place(&self, words: &mut Words<'_>) -> Result<PathBuf> {
        let path = words.path()?;
        Ok(if path.as_os_str().is_empty() {
            self.out.to_owned()
        } else {
            self.out.join(path)
        })
    }

    fn write(&self, words: &mut Words<'_>) -> Result<()> {
        let contents = contents(self.variables, words.next()?)?;
        let path = self.place(words)?;
        let is_executable = !words.rest().is_empty();
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(if is_executable { 0o755 } else { 0o644 })
            .open(&path)
            .and_then(|mut file| file.write_all(&contents))
            .map_err(at(&path))
    }
}

/// Returns the value of a variable, which may be in a file (`passAsFile`).
fn contents(variables: &Variables, name: &[u8]) -> Result<Vec<u8>> {
    if let Some(value) = variables.get(name) {
        return Ok(value.clone());
    }
    let file = variables
        .get(&[name, b"Path"].concat())
        .ok_or_else(|| format!("attribute '{}' missing", String::from_utf8_lossy(name)))?;
    let path = Path::new(OsStr::from_bytes(file));
    fs::read(path).map_err(at(path))
}

/// Adds the path to an error of the system.
fn at(path: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("'{}': {error}", path.display())
}

/// Returns whether anything is at a path, be it a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_symlink())
}

/// Returns the entries of a directory, in the order of their names.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let failed = at(directory);
    let read = || -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(directory)?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    read().map_err(failed)
}

#[cfg(test)]
mod tests;
