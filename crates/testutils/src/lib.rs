//! What the tests share: a home of its own with nothing of the machine's in its environment, and
//! the program under test run in it.

pub mod chapter;
pub mod evaluations;
mod random;
mod snapshot;
pub mod web;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use random::Random;
pub use snapshot::{HomeSnapshot, snapshot_home};

/// A home, a working directory and a temporary directory below one root.
#[derive(Debug)]
pub struct Sandbox {
    root: tempfile::TempDir,
    program: PathBuf,
}

/// What a run of the program came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; 128 and more for a signal.
    pub code: i32,
    /// What it wrote to the standard output.
    pub stdout: String,
    /// What it wrote to the standard error.
    pub stderr: String,
}

/// Says that a test, or a part of one, is skipped. Tests that pass print nothing otherwise: what the
/// macros print is captured.
pub fn skip(test: &str, reason: &str) {
    let text = format!("skipped: {test}: {reason}\n");
    // Nothing can be told to a reader who is gone.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

impl Sandbox {
    /// A fresh home for the user `alice` on the host that runs the tests, for this program.
    ///
    /// # Panics
    /// When there is no room for temporary files: no test can go on.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Sandbox {
        let root = tempfile::Builder::new()
            .prefix("hm-")
            .tempdir()
            .expect("a temporary directory");
        // Root's builders are other users, who have to come to the store.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).expect("changed");
        for name in ["home", "tmp"] {
            fs::create_dir(root.path().join(name)).expect("a fresh directory");
        }
        Sandbox {
            root,
            program: program.into(),
        }
    }

    /// The root of everything.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The home directory.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The program under test.
    #[must_use]
    pub fn program_path(&self) -> &Path {
        &self.program
    }

    /// Writes a file below the home, with its directories.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().expect("a file below the home")).expect("directories");
        fs::write(path, text).expect("a file");
    }

    /// Reads a file below the home, links followed.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.home().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A command in this home: nothing of the caller's environment but `PATH`.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home())
            .env("USER", "alice")
            .env("SHELL", "/bin/bash")
            .env("TMPDIR", self.root.path().join("tmp"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // A store of the test's own, whether or not the machine has one.
            .env("NIX_STORE_DIR", self.root.path().join("store"))
            .env("NIX_STATE_DIR", self.root.path().join("var"))
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    /// The program under test with arguments.
    #[must_use]
    pub fn program<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(&self.program);
        command.args(arguments);
        command
    }

    /// Runs the program.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.finish(self.program(arguments))
    }

    /// Runs the program, which must succeed.
    ///
    /// # Panics
    /// When it fails.
    pub fn succeed<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(
            ran.code, 0,
            "the program failed:\n{}{}",
            ran.stdout, ran.stderr
        );
        ran
    }

    /// Runs a command of this home to its end, and takes this root's paths and the hashes of store
    /// paths out of what it printed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn finish(&self, mut command: Command) -> Ran {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("a program that starts");
        let code = status.code().unwrap_or_else(|| {
            128 + std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0)
        });
        Ran {
            code,
            stdout: self.normalise(&stdout),
            stderr: self.normalise(&stderr),
        }
    }

    /// Text without what differs from run to run.
    #[must_use]
    pub fn normalise(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text);
        let text = text.replace(&self.root.path().display().to_string(), "/ROOT");
        mask_nar_hashes(&mask_store_hashes(&text))
    }

    /// Everything below a directory of the home: directories end in `/`, links begin with `-> `,
    /// files are their mode and content. Paths are normalised.
    ///
    /// # Panics
    /// When something cannot be read.
    #[must_use]
    pub fn tree(&self, directory: impl AsRef<Path>) -> BTreeMap<String, String> {
        let top = self.home().join(directory);
        let mut found = BTreeMap::new();
        self.collect(&top, &top, &mut found);
        found
    }

    fn collect(&self, top: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(top)
                .expect("below the top")
                .display()
                .to_string();
            let metadata = path.symlink_metadata().expect("metadata");
            if metadata.is_symlink() {
                let target = fs::read_link(&path).expect("a link");
                let target = self.normalise(target.display().to_string().as_bytes());
                found.insert(name, format!("-> {target}"));
            } else if metadata.is_dir() {
                found.insert(format!("{name}/"), String::new());
                self.collect(top, &path, found);
            } else {
                let content = self.normalise(&fs::read(&path).expect("a file"));
                found.insert(
                    name,
                    format!("{:o} {content}", metadata.permissions().mode() & 0o777),
                );
            }
        }
    }
}

/// Replaces the value of each `narHash=` in a URL, which changes with the modules.
fn mask_nar_hashes(text: &str) -> String {
    let mut parts = text.split("narHash=");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str("narHash=HASH");
        masked.push_str(
            part.find(['&', '\'', '"', '\n'])
                .map_or("", |end| &part[end..]),
        );
    }
    masked
}

/// Replaces the hash part of each store path by `HASH`.
#[must_use]
pub fn mask_store_hashes(text: &str) -> String {
    const LENGTH: usize = 32;
    let is_hash = |part: &str| {
        part.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'))
            && !part
                .bytes()
                .any(|byte| matches!(byte, b'e' | b'o' | b'u' | b't'))
    };
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(slash) = rest.find('/') {
        let (before, after) = rest.split_at(slash + 1);
        masked.push_str(before);
        let hashed =
            after.get(..LENGTH).is_some_and(is_hash) && after.as_bytes().get(LENGTH) == Some(&b'-');
        if hashed {
            masked.push_str("HASH");
            rest = &after[LENGTH..];
        } else {
            rest = after;
        }
    }
    masked.push_str(rest);
    masked
}
