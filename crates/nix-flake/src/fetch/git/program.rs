//! What is left to the program `git`: commits, with the user's hooks and signatures, and talking to
//! other machines, with the user's keys, proxies and helpers.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::git_error;
use crate::fetch::FetchError;

/// A call of `git`.
pub(super) struct Git<'a> {
    command: Command,
    directory: &'a Path,
    input: Option<&'a [u8]>,
}

impl<'a> Git<'a> {
    /// One that works in a directory.
    pub(super) fn in_directory(directory: &'a Path) -> Git<'a> {
        let mut command = Command::new("git");
        command.arg("-C").arg(directory);
        // An address comes from a flake or a `.gitmodules`; this protocol runs what it names.
        command.args(["-c", "protocol.ext.allow=never"]);
        // Git would rather work on the repository that these name.
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
        ] {
            command.env_remove(name);
        }
        Git {
            command,
            directory,
            input: None,
        }
    }

    /// With an argument.
    pub(super) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// With arguments.
    pub(super) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// With something to read.
    pub(super) fn input(mut self, input: &'a [u8]) -> Self {
        self.input = Some(input);
        self
    }

    /// Runs it and gives what it prints.
    ///
    /// # Errors
    /// When it cannot be started or fails: what it said then.
    pub(super) fn run(mut self) -> Result<Vec<u8>, FetchError> {
        let failed = |error: std::io::Error| FetchError::Io {
            action: "running",
            path: PathBuf::from("git"),
            error,
        };
        self.command
            .stdin(match self.input {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => FetchError::NoProgram("git"),
            _ => failed(error),
        })?;
        if let (Some(input), Some(mut stdin)) = (self.input, child.stdin.take()) {
            // A program that does not read to the end says itself what is wrong.
            let _ = stdin.write_all(input);
        }
        let output = child.wait_with_output().map_err(failed)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(git_error(self.directory, &said.trim_end()));
        }
        Ok(output.stdout)
    }
}

/// Commits one file of a working tree, whatever else has changed.
///
/// # Errors
/// When `git` cannot be run, or does not want to.
pub fn commit_file(working_tree: &Path, file: &Path, message: &str) -> Result<(), FetchError> {
    Git::in_directory(working_tree)
        .args(["commit", "--quiet", "-F", "-", "--"])
        .arg(file)
        .input(message.as_bytes())
        .run()
        .map(|_| ())
}

/// Records in the index of a repository that files will be added, even if Git is told to ignore
/// them.
///
/// # Errors
/// When `git` cannot be run, or does not want to.
pub fn intend_to_add_all(working_tree: &Path, files: &[PathBuf]) -> Result<(), FetchError> {
    Git::in_directory(working_tree)
        .args(["add", "--intent-to-add", "--force", "--"])
        .args(files)
        .run()
        .map(|_| ())
}

/// Copies a repository with its history.
pub(in crate::fetch) fn clone_repository(
    url: &str,
    branch: Option<&str>,
    destination: &Path,
) -> Result<(), FetchError> {
    let branch = branch.map(|branch| ["--branch", branch.trim_start_matches("refs/heads/")]);
    Git::in_directory(Path::new("/"))
        .args(["clone", "--quiet"])
        .args(branch.iter().flatten())
        .args(["--", url])
        .arg(destination)
        .run()
        .map(|_| ())
}
