//! The program that reads a script, as the script's first line names it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What runs a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interpreter {
    /// A program, and its arguments before the script.
    Program {
        /// The program.
        path: PathBuf,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
    /// The file names no program: it is one.
    Itself,
    /// A program that is not on this machine.
    Missing(OsString),
}

/// Finds what runs a script. `find` looks up programs that are named without their place, as
/// `/usr/bin/env` does, which need not be on the machine for this.
///
/// # Errors
/// If the script cannot be read.
pub fn of(script: &Path, find: &dyn Fn(&OsStr) -> Option<PathBuf>) -> io::Result<Interpreter> {
    // Longer lines than the kernel reads are no such lines.
    let mut line = Vec::new();
    BufReader::new(File::open(script)?.take(4096)).read_until(b'\n', &mut line)?;
    let Some(line) = line.strip_prefix(b"#!") else {
        return Ok(Interpreter::Itself);
    };
    let line = line.trim_ascii();
    let end = line.iter().position(u8::is_ascii_whitespace);
    let (program, argument) = line.split_at(end.unwrap_or(line.len()));
    let path = Path::new(OsStr::from_bytes(program));
    let argument = argument.trim_ascii();
    if path.file_name() == Some(OsStr::new("env")) && !argument.is_empty() {
        let words = argument.split(u8::is_ascii_whitespace);
        let mut words = words.filter(|word| !word.is_empty() && *word != b"-S" && *word != b"--");
        let name = OsStr::from_bytes(words.next().unwrap_or_default());
        return Ok(match find(name) {
            Some(path) => Interpreter::Program {
                path,
                arguments: words
                    .map(|word| OsStr::from_bytes(word).to_owned())
                    .collect(),
            },
            None => Interpreter::Missing(name.to_owned()),
        });
    }
    if !path.exists() {
        return Ok(Interpreter::Missing(path.as_os_str().to_owned()));
    }
    let argument = Some(OsStr::from_bytes(argument).to_owned());
    Ok(Interpreter::Program {
        path: path.to_owned(),
        arguments: argument
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_the_program() {
        let directory = tempfile::tempdir().expect("a directory");
        let script = directory.path().join("script");
        let find = |name: &OsStr| (name == "bash").then(|| PathBuf::from("/found/bash"));
        let of = |text: &str| {
            std::fs::write(&script, text).expect("a script");
            of(&script, &find).expect("a script")
        };
        let program = |path: &str, arguments: &[&str]| Interpreter::Program {
            path: path.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
        };
        assert_eq!(of("#!/usr/bin/env bash\nx"), program("/found/bash", &[]));
        assert_eq!(
            of("#!/x/env -S bash -e -u\n"),
            program("/found/bash", &["-e", "-u"])
        );
        assert_eq!(
            of("#!/usr/bin/env fish\n"),
            Interpreter::Missing("fish".into())
        );
        assert_eq!(of("#! /bin/sh\n"), program("/bin/sh", &[]));
        assert_eq!(of("#!/bin/sh -e -u\n"), program("/bin/sh", &["-e -u"]));
        assert_eq!(
            of("#!/no/where/sh"),
            Interpreter::Missing("/no/where/sh".into())
        );
        assert_eq!(of("echo"), Interpreter::Itself);
        assert_eq!(of(""), Interpreter::Itself);
    }
}
