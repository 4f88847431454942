//! A store, what must not change beside it, and the program that works on it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testutils::{HomeSnapshot, snapshot_home};
use wait4::Wait4;

use crate::process::{Result, is_complaint, permit};

/// As long as anything may take, in seconds.
const PATIENCE: &str = "90";
/// What the program may use at most, in bytes: an archive of a bomb has to be more.
const MEMORY: u64 = 300 << 20;

/// What a run came to.
pub(super) struct Ran {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

/// Where everything is.
pub(super) struct World {
    pub root: PathBuf,
    pub program: PathBuf,
    canary: HomeSnapshot,
    /// Objects that are kept all the time, and the hashes of their archives.
    pub kept: BTreeMap<String, String>,
    /// The names that are beside the store.
    beside: Vec<String>,
}

impl World {
    pub fn new(root: &Path, program: &Path) -> Result<World> {
        let root = root.canonicalize().map_err(|error| error.to_string())?;
        for name in [
            "canary/directory",
            "files",
            "tmp",
            "xdg",
            "nix/var",
            "io",
            "out",
        ] {
            fs::create_dir_all(root.join(name)).map_err(|error| error.to_string())?;
        }
        write(&root.join("canary/kept"), b"kept")?;
        write(&root.join("canary/directory/file"), b"a file")?;
        let mut world = World {
            canary: snapshot_home(&root.join("canary"), &[]),
            root,
            program: program.to_owned(),
            kept: BTreeMap::new(),
            beside: Vec::new(),
        };
        write(&world.path("files/kept"), b"an object that is kept")?;
        let kept = world.must(&["nix-store", "--add", &world.text("files/kept")])?;
        let kept = kept.trim().to_owned();
        let hash = world.must(&["nix-store", "--query", "--hash", &kept])?;
        let root_link = world.text("nix/var/kept");
        world.must(&["nix-store", "--realise", &kept, "--add-root", &root_link])?;
        world.kept.insert(kept, hash);
        Ok(world)
    }

    /// From now on nothing may appear beside the store.
    pub fn is_complete(&mut self) -> Result<()> {
        self.beside = names(&self.root)?;
        Ok(())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn canary(&self) -> PathBuf {
        self.path("canary")
    }

    /// Sets what the program sees: a home and a working directory that have to stay as they are.
    pub fn environment(&self, command: &mut Command, settings: &str) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .env_clear()
            .current_dir(self.canary())
            .env("PATH", path)
            .env("HOME", self.canary())
            .env("TMPDIR", self.path("tmp"))
            .env("NIX_STORE_DIR", self.path("nix/store"))
            .env("NIX_STATE_DIR", self.path("nix/var/nix"))
            .env("NIX_LOG_DIR", self.path("nix/var/log"))
            .env("NIX_CONF_DIR", self.path("xdg"));
        for name in ["CACHE", "CONFIG", "DATA", "STATE"] {
            command.env(format!("XDG_{name}_HOME"), self.path("xdg"));
        }
        let config = format!(
            "sandbox = false\nbuild-users-group =\nsubstituters =\ndownload-attempts = 2\n\
             connect-timeout = 5\ntarball-ttl = 0\n{settings}"
        );
        command.env("NIX_CONFIG", config);
    }

    /// The program with these words, to be started by the caller.
    pub fn command(&self, words: &[&str], settings: &str) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.args(words);
        self.environment(&mut command, settings);
        self.redirect(&mut command)?;
        Ok(command)
    }

    pub fn redirect(&self, command: &mut Command) -> Result<()> {
        let create = |name: &str| {
            File::create(self.path("io").join(name)).map_err(|error| error.to_string())
        };
        // Files, since a pipe is held open by whatever a killed program leaves running.
        command
            .stdin(Stdio::null())
            .stdout(create("stdout")?)
            .stderr(create("stderr")?);
        Ok(())
    }

    /// Runs the program; whatever it is told it has to end by itself, in time and memory.
    pub fn run(&self, words: &[&str], settings: &str, stdin: Option<&Path>) -> Result<Ran> {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", PATIENCE]).arg(&self.program);
        command.args(words);
        self.environment(&mut command, settings);
        self.redirect(&mut command)?;
        self.finish(command, &words.join(" "), stdin)
    }

    /// Runs a command to its end and looks how it ended.
    pub fn finish(&self, mut command: Command, what: &str, stdin: Option<&Path>) -> Result<Ran> {
        if let Some(stdin) = stdin {
            command.stdin(File::open(stdin).map_err(|error| error.to_string())?);
        }
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let ended = child.wait4().map_err(|error| error.to_string())?;
        let said = |name: &str| {
            fs::read(self.path("io").join(name))
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(|error| error.to_string())
        };
        let ran = Ran {
            success: ended.status.success(),
            stdout: said("stdout")?,
            stderr: said("stderr")?,
        };
        let code = ended.status.code();
        if code == Some(101) || ran.stderr.contains("panicked at") {
            return Err(format!("{what} panicked: {}", ran.stderr));
        }
        if code.is_none_or(|code| code >= 124) {
            return Err(format!(
                "{what} did not end by itself (code {code:?}, signal {:?}): {}",
                ended.status.signal(),
                ran.stderr
            ));
        }
        if ended.rusage.maxrss > MEMORY {
            return Err(format!("{what} took {} bytes", ended.rusage.maxrss));
        }
        Ok(ran)
    }

    /// Runs the program, which has to succeed.
    pub fn must(&self, words: &[&str]) -> Result<String> {
        self.must_with(words, "", None)
    }

    pub fn must_with(
        &self,
        words: &[&str],
        settings: &str,
        stdin: Option<&Path>,
    ) -> Result<String> {
        let ran = self.run(words, settings, stdin)?;
        if ran.success {
            return Ok(ran.stdout);
        }
        Err(format!("{} failed: {}", words.join(" "), ran.stderr))
    }

    /// That the store is as it is registered, and nothing outside of it was touched.
    pub fn check(&self) -> Result<()> {
        let said = self.run(&["nix-store", "--verify", "--check-contents"], "", None)?;
        if !said.success || is_complaint(&said.stderr) {
            return Err(format!("the store is not valid: {}", said.stderr));
        }
        for (path, hash) in &self.kept {
            let found = self.must(&["nix-store", "--query", "--hash", path])?;
            if found != *hash {
                return Err(format!("{path} was {hash} and is {found}"));
            }
        }
        let canary = snapshot_home(&self.canary(), &[]);
        if canary != self.canary {
            return Err(format!("outside of the store there is {canary:?}"));
        }
        let beside = names(&self.root)?;
        if beside != self.beside {
            return Err(format!("beside the store there is {beside:?}"));
        }
        Ok(())
    }

    /// Collects garbage, after which nothing may be left but what is kept. `was_killed` says whether
    /// anybody was who cannot have tidied up elsewhere.
    pub fn tidy(&self, was_killed: bool) -> Result<()> {
        self.must(&["nix-store", "--gc"])?;
        let kept: Vec<String> = self
            .kept
            .keys()
            .filter_map(|path| Some(path.rsplit_once('/')?.1.to_owned()))
            .collect();
        let left: Vec<String> = names(&self.path("nix/store"))?
            .into_iter()
            .filter(|name| name != ".links" && !kept.contains(name))
            .collect();
        if !left.is_empty() {
            return Err(format!("{left:?} is left in the store"));
        }
        let left = names(&self.path("tmp"))?;
        if !left.is_empty() && !was_killed {
            return Err(format!(
                "{left:?} is left in the directory for temporary files"
            ));
        }
        for name in ["tmp", "xdg", "out"] {
            empty(&self.path(name))?;
        }
        Ok(())
    }
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The names in a directory, sorted.
pub(super) fn names(directory: &Path) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn empty(directory: &Path) -> Result<()> {
    permit(directory)?;
    for name in names(directory)? {
        let path = directory.join(name);
        let removed = if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
