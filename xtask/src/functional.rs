//! `cargo xtask functional DIR`: Nix's own functional scripts on this project's program.
//!
//! DIR holds a checkout of Nix as `nix`. Its scripts are written for the commands that the program
//! has as applets; they need bash, coreutils, jq 1.7 or newer and git.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Args as ClapArgs;

use crate::process::{Result, program, remove};

/// The scripts that pass, one a line. Those that want to be run by an ordinary user are marked.
const LIST: &str = include_str!("../functional.txt");
/// The mark of scripts that fail for root, with Nix too.
const NOT_AS_ROOT: &str = "# not as root";
/// The version of Nix whose scripts are run: that of which the commands have the manners.
const TAG: &str = "2.34.8";
/// What the program is called by the scripts.
const NAMES: &[&str] = &[
    "nix",
    "nix-build",
    "nix-channel",
    "nix-collect-garbage",
    "nix-copy-closure",
    "nix-daemon",
    "nix-env",
    "nix-hash",
    "nix-instantiate",
    "nix-prefetch-url",
    "nix-shell",
    "nix-store",
];

/// Run Nix's functional scripts
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkout of Nix is
    directory: PathBuf,

    /// Run these scripts in place of the list
    scripts: Vec<String>,

    /// Run those of the list too that need more of this machine, of which the list says what
    #[arg(long)]
    all: bool,

    /// Run them with the Nix in this directory of programs too
    #[arg(long, value_name = "DIRECTORY")]
    nix: Option<PathBuf>,

    /// Test this program in place of a release build
    #[arg(long)]
    program: Option<PathBuf>,

    /// Run them as this user, by number: some cannot pass as root, whose profiles are elsewhere
    #[arg(long, value_name = "UID")]
    user: Option<u32>,

    /// After so many seconds a script is stopped
    #[arg(long, default_value_t = 120)]
    limit: u64,

    /// Keep the logs in this directory
    #[arg(long, value_name = "DIRECTORY")]
    logs: Option<PathBuf>,
}

/// How a script ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Skipped,
    TimedOut,
    Failed,
}

impl Outcome {
    fn text(self) -> &'static str {
        match self {
            Outcome::Passed => "pass",
            Outcome::Skipped => "skip",
            Outcome::TimedOut => "time",
            Outcome::Failed => "FAIL",
        }
    }
}

/// Runs each script and prints a table.
pub fn run(arguments: &Arguments) -> Result<()> {
    let failed = |error: std::io::Error| error.to_string();
    let work = tempfile::Builder::new()
        .prefix("functional-")
        .tempdir()
        .map_err(failed)?;
    let scripts = unpack(&arguments.directory, work.path())?;
    let program = program(arguments.program.as_deref())?;
    let own = work.path().join("bin");
    fs::create_dir(&own).map_err(failed)?;
    for name in NAMES {
        symlink(&program, own.join(name)).map_err(failed)?;
    }
    let ours = Suite::prepare(&scripts, &own, &work.path().join("ours"), arguments.user)?;
    let theirs = match &arguments.nix {
        Some(directory) => {
            let directory = directory.canonicalize().map_err(failed)?;
            Some(Suite::prepare(
                &scripts,
                &directory,
                &work.path().join("nix"),
                arguments.user,
            )?)
        }
        None => None,
    };
    if let Some(user) = arguments.user {
        give(work.path(), user)?;
    }
    let names: Vec<&str> = if arguments.scripts.is_empty() {
        listed(arguments.all, arguments.user).collect()
    } else {
        arguments.scripts.iter().map(String::as_str).collect()
    };
    println!("ours  nix   seconds  script");
    let (mut passed, mut theirs_passed) = (0, 0);
    let mut missed = Vec::new();
    for name in &names {
        let start = Instant::now();
        let own = ours.run(name, arguments.limit)?;
        let seconds = start.elapsed().as_secs_f64();
        let other = match &theirs {
            Some(suite) => Some(suite.run(name, arguments.limit)?),
            None => None,
        };
        passed += usize::from(own == Outcome::Passed);
        theirs_passed += usize::from(other == Some(Outcome::Passed));
        println!(
            "{}  {}  {seconds:7.1}  {name}",
            own.text(),
            other.map_or("    ", Outcome::text)
        );
        if own != Outcome::Passed && listed(true, arguments.user).any(|listed| listed == *name) {
            missed.push(*name);
        }
    }
    if let Some(logs) = &arguments.logs {
        copy_logs(&work.path().join("ours"), logs).map_err(failed)?;
    }
    println!("{passed} of {} pass", names.len());
    if theirs.is_some() {
        println!("{theirs_passed} of {} pass with Nix", names.len());
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("listed, but does not pass: {}", missed.join(" ")))
    }
}

/// The scripts of the list. Those with a remark behind them are left out: what fails for root, where
/// the `user` (else whoever this is) is root; the others, unless `all` are wanted.
fn listed(all: bool, user: Option<u32>) -> impl Iterator<Item = &'static str> {
    let user = user.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    let is_root = user == 0;
    LIST.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(move |line| match line.strip_suffix(NOT_AS_ROOT) {
            Some(_) if is_root => None,
            Some(name) => Some(name.trim_end()),
            None => match line.split_once(' ') {
                None => Some(line),
                Some((name, _)) => all.then_some(name),
            },
        })
}

/// The scripts of the tag, or of the checkout as it is where the tag is not known.
fn unpack(directory: &Path, work: &Path) -> Result<PathBuf> {
    let checkout = directory.join("nix");
    let mut archive = Command::new("git")
        .arg("-C")
        .arg(&checkout)
        .args(["archive", TAG, "tests/functional"])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("git: {error}"))?;
    let input = archive.stdout.take().ok_or("git has no output")?;
    let unpacked = Command::new("tar")
        .arg("x")
        .arg("-C")
        .arg(work)
        .stdin(input)
        .status()
        .map_err(|error| format!("tar: {error}"))?;
    let archived = archive.wait().map_err(|error| format!("git: {error}"))?;
    if !unpacked.success() || !archived.success() {
        return Err(format!(
            "{} has no tag {TAG}; fetch it with: git fetch origin tag {TAG}",
            checkout.display()
        ));
    }
    Ok(work.join("tests/functional"))
}

/// The scripts, set up for one directory of programs.
struct Suite {
    scripts: PathBuf,
    build: PathBuf,
    out: PathBuf,
    user: Option<u32>,
}

impl Suite {
    fn prepare(scripts: &Path, programs: &Path, out: &Path, user: Option<u32>) -> Result<Suite> {
        let failed = |error: std::io::Error| error.to_string();
        let build = out.join("build");
        fs::create_dir_all(build.join("common")).map_err(failed)?;
        let bash = program_path("bash")?;
        let coreutils = program_path("ls")?;
        let coreutils = coreutils.parent().unwrap_or(Path::new("/bin"));
        let busybox = program_path("busybox").unwrap_or_default();
        let substitute = |text: String| {
            text.replace("@bash@", &bash.to_string_lossy())
                .replace("@bindir@", &programs.to_string_lossy())
                .replace("@coreutils@", &coreutils.to_string_lossy())
                .replace("@dot@", "")
                .replace("@sandbox_shell@", &busybox.to_string_lossy())
                .replace("@PACKAGE_VERSION@", TAG)
                .replace("@system@", "x86_64-linux")
        };
        for (from, to) in [
            ("common/subst-vars.sh.in", "common/subst-vars.sh"),
            ("config.nix.in", "config.nix"),
        ] {
            let text = fs::read_to_string(scripts.join(from))
                .map_err(|error| format!("{from}: {error}"))?;
            fs::write(build.join(to), substitute(text)).map_err(failed)?;
        }
        Ok(Suite {
            scripts: scripts.to_owned(),
            build,
            out: out.to_owned(),
            user,
        })
    }

    /// Runs a script; its log is beside the others'.
    fn run(&self, name: &str, limit: u64) -> Result<Outcome> {
        let path = Path::new(name);
        let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
        let suite = directory.map_or("main".to_owned(), |path| path.display().to_string());
        let test = path.with_extension("");
        let test = test.file_name().unwrap_or_default().to_string_lossy();
        let log = self
            .out
            .join(format!("{}.{test}.log", suite.replace('/', "-")));
        let log = fs::File::create(&log).map_err(|error| error.to_string())?;
        if let Some(user) = self.user {
            // Some scripts open it again, as what their errors go to.
            std::os::unix::fs::fchown(&log, Some(user), Some(user))
                .map_err(|error| error.to_string())?;
        }
        let both = log.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new("timeout");
        command.args(["-k", "5", &limit.to_string()]);
        if let Some(user) = self.user {
            command
                .arg("setpriv")
                .args([format!("--reuid={user}"), format!("--regid={user}")])
                .arg("--clear-groups");
        }
        let status = command
            .arg("bash")
            .args(["-x", "-e", "-u", "-o", "pipefail"])
            .arg(path.file_name().unwrap_or_default())
            .current_dir(self.scripts.join(directory.unwrap_or(Path::new(""))))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("shell", program_path("bash")?)
            .env("TMPDIR", &self.out)
            .env("_NIX_TEST_SOURCE_DIR", &self.scripts)
            .env("_NIX_TEST_BUILD_DIR", &self.build)
            .env("TEST_SUITE_NAME", &suite)
            .env("TEST_NAME", &*test)
            .env("NIX_REMOTE", "")
            .env("NIX_STORE", "")
            .env("PS4", "+(${BASH_SOURCE[0]-$0}:$LINENO) ")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(both)
            .status()
            .map_err(|error| format!("timeout: {error}"))?;
        // What the script left behind.
        let _ = remove(&self.out.join("nix-test"));
        Ok(match status.code() {
            Some(0) => Outcome::Passed,
            Some(77) => Outcome::Skipped,
            Some(124 | 137) => Outcome::TimedOut,
            _ => Outcome::Failed,
        })
    }
}

/// Makes a tree another user's.
fn give(tree: &Path, user: u32) -> Result<()> {
    let status = Command::new("chown")
        .args(["-R", &format!("{user}:{user}")])
        .arg(tree)
        .status()
        .map_err(|error| format!("chown: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("cannot give {} to {user}", tree.display())),
    }
}

fn program_path(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("{name} is not installed"))
}

fn copy_logs(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
