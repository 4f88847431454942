//! A home of its own, with a store beside it, in which the program switches between made-up
//! configurations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::process::{Result, is_complaint, output};
use crate::random::Random;

/// What is the program's own in a home.
const OWN: &[&str] = &[".cache", ".config/home-manager", ".local", ".nix-profile"];

/// A home and a store below one directory.
pub struct Home {
    pub root: PathBuf,
    program: PathBuf,
}

/// What stands in a home: links with their texts, files with their contents, directories.
pub type Tree = BTreeMap<String, String>;

impl Home {
    /// Makes a home with a first configuration.
    pub fn new(root: &Path, program: &Path) -> Result<Home> {
        let home = Home {
            root: root.to_owned(),
            program: program.to_owned(),
        };
        for name in ["home", "tmp"] {
            fs::create_dir_all(home.root.join(name)).map_err(|error| error.to_string())?;
        }
        home.must(&["init"])?;
        Ok(home)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join("home").join(name)
    }

    /// Replaces the configuration by one with this module.
    pub fn configure(&self, module: &str) -> Result<()> {
        let home = self.root.join("home").display().to_string();
        let text = format!(
            "{{ lib, pkgs, ... }}: {{ home.username = \"tester\"; home.homeDirectory = \
             \"{home}\"; home.stateVersion = \"26.05\";\n{module}\n}}\n"
        );
        let file = self.path(".config/home-manager/home.nix");
        fs::write(file, text).map_err(|error| error.to_string())
    }

    /// Sets what a command sees: this home and this store.
    pub fn environment(&self, command: &mut Command) {
        command
            .env_clear()
            .current_dir(self.root.join("home"))
            .stdin(Stdio::null())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.join("home"))
            .env("USER", "tester")
            .env("TMPDIR", self.root.join("tmp"))
            .env("NIX_STORE_DIR", self.root.join("nix/store"))
            .env("NIX_STATE_DIR", self.root.join("nix/var"))
            .env("NIX_CONFIG", "sandbox = false\nbuild-users-group =");
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words);
        self.environment(&mut command);
        command
    }

    /// The program below another one that watches it.
    pub fn command_below(&self, watcher: &[String], words: &[&str]) -> Command {
        let (first, rest) = watcher
            .split_first()
            .map_or(("env", &[][..]), |(first, rest)| (first.as_str(), rest));
        let mut command = Command::new(first);
        command.args(rest).arg(&self.program).args(words);
        self.environment(&mut command);
        command
    }

    pub fn run(&self, words: &[&str]) -> Result<Output> {
        output(&mut self.command(words))
    }

    pub fn must(&self, words: &[&str]) -> Result<String> {
        let ran = self.run(words)?;
        if ran.status.success() {
            return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
        }
        Err(format!("{words:?} failed: {}", said(&ran)))
    }

    /// Returns what stands in the home, but for what is the program's own.
    pub fn tree(&self) -> Result<Tree> {
        let mut tree = Tree::new();
        collect(&self.root.join("home"), Path::new(""), &mut tree)
            .map_err(|error| error.to_string())?;
        Ok(tree)
    }

    /// Verifies that every object of the store is what it is registered as.
    pub fn verify_store(&self) -> Result<()> {
        let ran = self.run(&["nix-store", "--verify", "--check-contents"])?;
        let text = said(&ran);
        if ran.status.success() && !is_complaint(&text) {
            return Ok(());
        }
        Err(format!("the store is not valid: {text}"))
    }
}

/// What a command wrote.
pub fn said(ran: &Output) -> String {
    let text = [ran.stdout.as_slice(), &ran.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn collect(top: &Path, directory: &Path, tree: &mut Tree) -> std::io::Result<()> {
    for entry in fs::read_dir(top.join(directory))? {
        let name = directory.join(entry?.file_name());
        let path = top.join(&name);
        let text = name.display().to_string();
        if OWN.contains(&text.as_str()) {
            continue;
        }
        let kind = path.symlink_metadata()?.file_type();
        if kind.is_symlink() {
            tree.insert(text, format!("-> {}", fs::read_link(&path)?.display()));
        } else if kind.is_dir() {
            tree.insert(format!("{text}/"), String::new());
            collect(top, &name, tree)?;
        } else {
            let content = fs::read(&path)?;
            tree.insert(text, String::from_utf8_lossy(&content).into_owned());
        }
    }
    Ok(())
}

/// Returns the links of a tree that lead to managed files.
pub fn managed(tree: &Tree) -> Tree {
    let is_managed = |text: &String| text.contains("-home-manager-files/");
    let links = tree.iter().filter(|(_, text)| is_managed(text));
    links
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect()
}

/// Returns a configuration with some files, and blocks that make, move and remove what is not
/// managed. `number` makes it differ from others.
pub fn module(random: &mut Random, number: usize) -> String {
    const PATHS: [&str; 9] = [
        "a",
        "b",
        "d/one",
        "d/two",
        "d/deep/x",
        "e/one",
        "e/deep/x",
        ".hidden/x",
        "f",
    ];
    let mut text = String::new();
    for path in PATHS {
        if random.below(100) < 55 {
            let content = number % (1 + random.below(3));
            text.push_str(&format!("home.file.\"{path}\".text = \"{content}\";\n"));
        }
    }
    // What was a file becomes a directory, or the other way round.
    let shape = ["turn", "turn/x", "turn/y/z"][random.below(3)];
    text.push_str(&format!("home.file.\"{shape}\".text = \"{number}\";\n"));
    for place in [
        "entryBefore [ \"checkLinkTargets\" ]",
        "entryBetween [ \"linkGeneration\" ] [ \"writeBoundary\" ]",
        "entryAfter [ \"linkGeneration\" ]",
    ] {
        let step = [
            "mkdir -p d/deep e .hidden",
            "mkdir -p own/a; echo $RANDOM > own/a/file",
            "mv own moved 2> /dev/null || true",
            "rm -rf moved",
            "[[ -L a ]] || rm -f a",
            "rmdir d/deep d e 2> /dev/null || true",
        ][random.below(6)];
        if random.below(100) < 50 {
            let name = format!("block{}", text.len());
            text.push_str(&format!(
                "home.activation.{name} = lib.hm.dag.{place} ''\n  {step}\n'';\n"
            ));
        }
    }
    text
}
