//! Whatever is edited, and however it is committed, a remembered evaluation is what a fresh one
//! comes to. `HOME_MANAGER_TEST_ROUNDS` sets how many edits there are, `HOME_MANAGER_TEST_SEED` which
//! sequence of them is made.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use crate::support::sandbox;
use testutils::{Random, Sandbox};

/// Edits without being told otherwise: some seconds.
const ROUNDS: u64 = 30;

/// What a module may read.
const READS: [&str; 26] = [
    "\"nothing\"",
    "builtins.readFile ./data.txt",
    "toString (builtins.attrNames (builtins.readDir ./.))",
    "toString (builtins.attrNames (builtins.readDir ./files))",
    "toString (builtins.attrValues (builtins.readDir ./files))",
    "lib.boolToString (builtins.pathExists ./maybe.txt)",
    "lib.boolToString (builtins.pathExists ./files/inner)",
    "builtins.readFileType ./link",
    "builtins.readFile ./link",
    "\"${./files}\"",
    "\"${./data.txt}\"",
    "\"${./link}\"",
    "\"${builtins.path { path = ./files; filter = path: kind: baseNameOf path != \"a\"; }}\"",
    "\"${lib.cleanSource ./files}\"",
    "builtins.hashFile \"sha256\" ./data.txt",
    "import ./sub",
    "import ./sub { }",
    "toString ./data.txt",
    "baseNameOf (toString ./data.txt)",
    "builtins.hashString \"sha256\" (toString ./.)",
    "lib.boolToString (lib.hasPrefix (toString ./.) (toString ./files/a))",
    "lib.removePrefix (toString ./.) (toString ./files/a)",
    "builtins.getEnv \"ANSWER\"",
    "toString (lib.filesystem.listFilesRecursive ./files)",
    "builtins.trace (builtins.readFile ./data.txt) \"traced\"",
    "lib.concatMapStrings baseNameOf (lib.filesystem.listFilesRecursive ./files)",
];

/// What a flake may ask about itself, as the text of a file.
const ASKED: [&str; 16] = [
    "\"nothing\"",
    "\"nothing\"",
    "\"nothing\"",
    "self.rev or self.dirtyRev or \"no revision\"",
    "self.shortRev or \"dirty\"",
    "if self ? rev then \"clean\" else \"dirty\"",
    "toString self.lastModified",
    "self.lastModifiedDate",
    "self.narHash",
    "self.outPath",
    "\"${self}/data.txt\"",
    "builtins.readFile \"${self}/data.txt\"",
    "toString (builtins.attrNames self.sourceInfo)",
    "toString (self.revCount or 0)",
    "if self.sourceInfo.outPath == self.outPath then \"same\" else \"other\"",
    "builtins.readFile (data + \"/data.txt\")",
];

struct Flake {
    sandbox: Sandbox,
    random: Random,
    is_git: bool,
}

impl Flake {
    fn new(seed: u64, is_git: bool) -> Flake {
        let sandbox = sandbox();
        let flake = Flake {
            sandbox,
            random: Random(seed),
            is_git,
        };
        for (name, text) in [
            ("data.txt", "data"),
            ("files/a", "a"),
            ("files/b", "b"),
            ("unrelated.txt", "unrelated"),
            ("sub/default.nix", "{ }: \"sub\""),
        ] {
            flake.write(name, text);
        }
        flake.sandbox.write("other/data.txt", "other");
        symlink("data.txt", flake.path("link")).expect("a link");
        flake.write_flake("\"nothing\"");
        flake.write_module("\"nothing\"");
        if is_git {
            flake.git(&["init", "-q", "-b", "main"]);
            flake.git(&["add", "-A"]);
            flake.build(&[], &[]);
            flake.git(&["add", "-A"]);
            flake.git(&["commit", "-q", "-m", "first"]);
        } else {
            let first = flake.build(&[], &[]);
            assert_eq!(first.0, 0, "{first:?}");
        }
        flake
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.home().join(".config/home-manager").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        self.sandbox
            .write(format!(".config/home-manager/{name}"), text);
    }

    fn git(&self, arguments: &[&str]) {
        if !self.is_git {
            return;
        }
        let mut command: Command = self.sandbox.command("git");
        command.arg("-C").arg(self.path("")).args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
        ]);
        command.args(arguments);
        // Some have nothing to do, and fail.
        self.sandbox.finish(command);
    }

    fn write_flake(&self, asked: &str) {
        let home = self.sandbox.home().display().to_string();
        self.write(
            "flake.nix",
            &format!(
                "{{\n  inputs.home-manager.url = \"home-manager\";\n  inputs.data = {{ url = \
                 \"path:{home}/other\"; flake = false; }};\n  outputs = {{ self, home-manager, \
                 data }}: {{\n    homeConfigurations.alice = \
                 home-manager.lib.homeManagerConfiguration {{\n      pkgs = \
                 home-manager.legacyPackages.${{\"x86_64-linux\"}};\n      modules = [ ./home.nix {{ \
                 home.file.asked.text = {asked}; home.username = \"alice\"; home.homeDirectory = \
                 \"{home}\"; home.stateVersion = \"26.05\"; }} ];\n    }};\n  }};\n}}\n"
            ),
        );
    }

    fn write_module(&self, read: &str) {
        self.write(
            "home.nix",
            &format!("{{ lib, ... }}: {{ home.file.\"read\".text = {read}; }}\n"),
        );
    }

    /// What building says, and where the link to the result points to.
    fn build(
        &self,
        options: &[&str],
        variables: &[(&str, &str)],
    ) -> (i32, Option<PathBuf>, String) {
        let link = self.sandbox.home().join("result");
        let _ = fs::remove_file(&link);
        let mut arguments = vec!["build"];
        arguments.extend(options);
        let mut command = self.sandbox.program(arguments);
        command.envs(variables.iter().copied());
        let ran = self.sandbox.finish(command);
        (ran.code, fs::read_link(link).ok(), ran.stderr)
    }

    fn edit(&mut self) -> String {
        let number = self.random.below(4).to_string();
        let choice = self.random.below(27);
        let remove = |path: PathBuf| {
            let _ = fs::remove_dir_all(&path);
            let _ = fs::remove_file(&path);
        };
        match choice {
            0..=2 => {
                let read = *self.random.pick(&READS);
                self.write_module(read);
                return format!("module: {read}");
            }
            3 | 4 => {
                let asked = *self.random.pick(&ASKED);
                self.write_flake(asked);
                return format!("flake: {asked}");
            }
            5 | 6 => self.write("data.txt", &number),
            7 | 8 => self.write("unrelated.txt", &number),
            9 => self.write("files/a", &number),
            10 => self.write(&format!("files/new{number}"), "new"),
            11 => remove(self.path(&format!("files/new{number}"))),
            12 => self.write("maybe.txt", "there"),
            13 => remove(self.path("maybe.txt")),
            14 => {
                let mode = if self.random.below(2) == 0 {
                    0o755
                } else {
                    0o644
                };
                let name = *self.random.pick(&["files/a", "data.txt", "files/b"]);
                let _ = fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode));
            }
            15 => {
                let target =
                    *self
                        .random
                        .pick(&["data.txt", "files/b", "unrelated.txt", "nowhere"]);
                remove(self.path("link"));
                symlink(target, self.path("link")).expect("a link");
            }
            16 => {
                let text =
                    *self
                        .random
                        .pick(&["{ }: \"sub\"", "\"a string\"", "import ./more.nix"]);
                self.write("sub/default.nix", text);
            }
            17 => self.write("sub/more.nix", self.random.0.to_string().as_str()),
            18 => self.sandbox.write("other/data.txt", &number),
            19 => {
                self.build(&["--update-input", "data"], &[]);
            }
            20 => {
                if self.path("files/inner").is_dir() {
                    remove(self.path("files/inner"));
                } else {
                    self.write("files/inner/file", &number);
                }
            }
            21 => {
                let there = self.path("files/b");
                if there.is_dir() {
                    remove(there);
                    self.write("files/b", "b");
                } else {
                    remove(there);
                    self.write("files/b/inside", "b");
                }
            }
            22 => self.git(&["commit", "-q", "-a", "--allow-empty", "-m", "some"]),
            23 => {
                self.git(&["add", "-A"]);
                self.git(&["commit", "-q", "-m", "all"]);
            }
            24 => {
                let name = *self.random.pick(&["data.txt", "files/a", "maybe.txt"]);
                self.git(&["rm", "-q", "-r", "--cached", name]);
            }
            25 => {
                let name = *self.random.pick(&["main", "side"]);
                self.git(&["checkout", "-q", "-f", "-B", name, "HEAD~1"]);
            }
            _ => self.git(&["reset", "-q", "--hard"]),
        }
        format!("edit {choice}")
    }
}

fn follow(seed: u64, is_git: bool, rounds: u64) {
    let mut flake = Flake::new(seed, is_git);
    let mut links = BTreeSet::new();
    let mut history = Vec::new();
    for round in 0..rounds {
        history.push(flake.edit());
        if flake.random.below(3) == 0 {
            flake.git(&["add", "-A"]);
            history.push("add".to_owned());
        }
        let impure = flake.random.below(5) == 0;
        let answer = *flake.random.pick(&["1", "2"]);
        let variables = [("ANSWER", answer)];
        let with = |options: &[&'static str]| {
            let mut all = options.to_vec();
            all.extend(impure.then_some("--impure"));
            all
        };
        // A lock file that may have to be committed is not known to need no changes: the source is
        // copied to the store, and what it comes to is not remembered.
        let off = ["--option", "eval-cache", "false"];
        let copied = with(&[&off[..], &["--commit-lock-file"]].concat());
        let copied = flake.build(&copied, &variables);
        let fresh = flake.build(&with(&off), &variables);
        let recent = &history[history.len().saturating_sub(12)..];
        assert_eq!(fresh, copied, "round {round}, impure {impure}: {recent:#?}");
        // The first may be remembered from a round before, the second always is unless it failed.
        for _ in 0..2 {
            let found = flake.build(&with(&[]), &variables);
            assert_eq!(found, fresh, "round {round}, impure {impure}: {recent:#?}");
        }
        links.extend(fresh.1);
    }
    assert!(links.len() as u64 > rounds / 8, "{links:?}");
}

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn rounds() -> u64 {
    number_of("HOME_MANAGER_TEST_ROUNDS").unwrap_or(ROUNDS)
}

fn seed() -> u64 {
    number_of("HOME_MANAGER_TEST_SEED").unwrap_or(1)
}

#[test]
fn in_a_git_tree() {
    follow(seed(), true, rounds());
}

#[test]
fn in_a_directory() {
    follow(seed() + 1, false, rounds());
}
