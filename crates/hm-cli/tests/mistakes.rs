//! The mistakes that users make most: for each a configuration (a directory of `tests/mistakes`),
//! what this program prints (`ours.txt`), and beside it what Nix 2.34.8 prints with the same modules
//! (`nix.txt`). `docs/mistakes.md` shows them side by side.
//!
//! `UPDATE_MISTAKES=1` writes `ours.txt` and the page anew; with `NIX_TEST_COMMAND=COMMAND` as well,
//! `COMMAND nix build ...` is asked for `nix.txt`.
#![expect(clippy::print_stdout, reason = "a test says what it skips")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use testutils::Sandbox;

/// Where a configuration is, below the home.
const CONFIGURATION: &str = ".config/home-manager";

/// What makes the flake `home-manager`, from the top of the project.
const MODULES: [&str; 6] = [
    "flake.nix",
    "flake.lock",
    "lib",
    "modules",
    "pkgs",
    "templates",
];

struct Mistake {
    name: String,
    directory: PathBuf,
    /// What the mistake is, in a line.
    about: String,
    /// The files that Git tracks, if the configuration is in a repository.
    tracked: Option<Vec<String>>,
    /// The files of the configuration and their texts.
    files: Vec<(String, String)>,
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project")
}

/// The names in a directory, in their order.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn mistakes() -> Vec<Mistake> {
    let top = tests().join("mistakes");
    names(&top)
        .into_iter()
        .map(|name| {
            let directory = top.join(&name);
            let text = read(&directory.join("about"));
            let mut lines = text.lines();
            let about = lines.next().unwrap_or_default().to_owned();
            let tracked = lines
                .next()
                .and_then(|line| line.strip_prefix("tracked: "))
                .map(|files| files.split(' ').map(str::to_owned).collect());
            let files = names(&directory)
                .into_iter()
                .filter(|file| file.ends_with(".nix"))
                .map(|file| {
                    let text = read(&directory.join(&file));
                    (file, text)
                })
                .collect();
            Mistake {
                name,
                directory,
                about,
                tracked,
                files,
            }
        })
        .collect()
}

impl Mistake {
    /// A home with this configuration.
    fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_home-manager"));
        sandbox.succeed(["init"]);
        sandbox.write(Path::new(CONFIGURATION).join("flake.lock"), lock());
        for (file, text) in &self.files {
            sandbox.write(Path::new(CONFIGURATION).join(file), text);
        }
        if let Some(tracked) = &self.tracked {
            git(&sandbox, &["init", "--quiet"]);
            for file in tracked {
                git(&sandbox, &["add", file]);
            }
        }
        sandbox
    }

    /// What this program says.
    fn ours(&self) -> String {
        // Nobody is asked where a flake is.
        let registry = ["--option", "flake-registry", ""];
        let arguments = ["build", "--no-out-link"].into_iter().chain(registry);
        let ran = self.sandbox().run(arguments);
        assert_ne!(ran.code, 0, "{}: {}{}", self.name, ran.stdout, ran.stderr);
        without_counts(&ran.stderr)
    }

    /// What Nix says.
    fn nix(&self, command: &str) -> String {
        let sandbox = self.sandbox();
        let tree = sandbox.root().join("home-manager");
        std::fs::create_dir(&tree).expect("a directory");
        let mut copy = Command::new("cp");
        copy.arg("-r").args(MODULES).arg(&tree);
        let copied = copy.current_dir(project()).status().expect("cp");
        assert!(copied.success(), "the modules cannot be copied");
        let mut words = command.split(' ');
        let mut nix = sandbox.command(words.next().unwrap_or_default());
        nix.args(words)
            .args(["nix", "--extra-experimental-features", "nix-command flakes"])
            .args(["build", "--no-link", "--no-write-lock-file"])
            .args(["--override-input", "home-manager"])
            .arg(format!("path:{}", tree.display()))
            .arg(".#homeConfigurations.alice.activationPackage")
            .env("NIX_CONFIG", "sandbox = false\nwarn-dirty = false\n")
            .current_dir(sandbox.home().join(CONFIGURATION));
        let ran = sandbox.finish(nix);
        assert_ne!(ran.code, 0, "{}: {}{}", self.name, ran.stdout, ran.stderr);
        // How the input was overridden, and what was fetched and built on the way, is not the answer.
        let start = ran.stderr.find("error:").unwrap_or(0);
        let said = ran.stderr[start..].lines();
        said.filter(|line| !line.starts_with("building '"))
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }
}

/// The lock file of a new configuration, without which each run would also tell that it makes one.
fn lock() -> &'static str {
    static LOCK: OnceLock<String> = OnceLock::new();
    LOCK.get_or_init(|| {
        let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_home-manager"));
        sandbox.succeed(["init"]);
        sandbox.succeed(["build", "--no-out-link"]);
        sandbox.read(Path::new(CONFIGURATION).join("flake.lock"))
    })
}

/// How many steps of the evaluation there are depends on the modules, not on the mistake, and the
/// name of the machine not on the project.
fn without_counts(text: &str) -> String {
    let host = Command::new("uname").arg("-n").output().expect("uname");
    let host = String::from_utf8_lossy(&host.stdout).trim().to_owned();
    text.replace(&format!("'alice@{host}'"), "'alice@HOST'")
        .lines()
        .map(|line| match line.find(" of the evaluation not shown") {
            Some(end) if line.starts_with('(') => format!("(N steps{}\n", &line[end..]),
            _ => format!("{}\n", without_log_name(line)),
        })
        .collect()
}

/// The name of a log has the hash of a derivation, which depends on where the store is.
fn without_log_name(line: &str) -> String {
    let Some((before, name)) = line.split_once("/log/drvs/") else {
        return line.to_owned();
    };
    let end = name.find('-').unwrap_or_default();
    format!("{before}/log/drvs/HASH{}", &name[end..])
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let mut git = sandbox.command("git");
    git.args(arguments)
        .current_dir(sandbox.home().join(CONFIGURATION));
    let ran = sandbox.finish(git);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

fn has_git() -> bool {
    Command::new("git").arg("--version").output().is_ok()
}

fn updating() -> bool {
    std::env::var_os("UPDATE_MISTAKES").is_some()
}

#[test]
fn each_mistake_is_explained() {
    let peer = std::env::var("NIX_TEST_COMMAND").ok();
    let only = std::env::var("MISTAKE").ok();
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        if only.as_ref().is_some_and(|only| *only != mistake.name) {
            continue;
        }
        if mistake.tracked.is_some() && !has_git() {
            testutils::skip(&mistake.name, "there is no git");
            continue;
        }
        let file = mistake.directory.join("ours.txt");
        let said = mistake.ours();
        if updating() {
            std::fs::write(&file, &said).expect("a snapshot");
        } else if said != read(&file) {
            wrong.push(format!(
                "== {}: should be\n{}== but is\n{said}",
                mistake.name,
                read(&file)
            ));
        }
        if let (true, Some(peer)) = (updating(), &peer) {
            let said = mistake.nix(peer);
            std::fs::write(mistake.directory.join("nix.txt"), said).expect("a record");
        }
    }
    assert!(
        wrong.is_empty(),
        "{}(UPDATE_MISTAKES=1 writes them anew)",
        wrong.concat()
    );
    check_page();
}

/// `docs/mistakes.md` is made from the snapshots.
fn check_page() {
    let mut page = String::from(
        "# Common mistakes\n\nWhat this program prints about the mistakes that users make most, and \
         what Nix 2.34.8 prints\nabout the same configuration with the same modules (without \
         `--show-trace`, in both). `HASH` stands\nfor hashes, `/ROOT/home` for the home. Made by the \
         test `mistakes` of `hm-cli` from its directories\n`tests/mistakes/*`, which have the whole \
         configurations.\n",
    );
    for mistake in mistakes() {
        if updating() && read(&mistake.directory.join("nix.txt")).is_empty() {
            println!("{} has no record of Nix yet", mistake.name);
        }
        let _ = write!(page, "\n## {}\n", mistake.about);
        for (file, text) in &mistake.files {
            let _ = write!(page, "\n`{file}`\n\n```nix\n{text}```\n");
        }
        for (who, file) in [("home-manager", "ours.txt"), ("Nix", "nix.txt")] {
            let said = read(&mistake.directory.join(file));
            let _ = write!(page, "\n{who}:\n\n```text\n{}\n```\n", said.trim_end());
        }
    }
    let file = project().join("docs/mistakes.md");
    if updating() {
        std::fs::create_dir_all(project().join("docs")).expect("a directory");
        std::fs::write(&file, &page).expect("the page");
    }
    assert!(
        read(&file) == page,
        "docs/mistakes.md is not up to date (UPDATE_MISTAKES=1 writes it anew)"
    );
}
