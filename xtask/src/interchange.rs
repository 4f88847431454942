//! `cargo xtask interchange`: this program and other versions of Nix take turns on one store.
//!
//! After each operation all have to agree on what is valid, on references, hashes and derivers, and
//! on the roots; now and then each verifies what is in the store.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use clap::Args as ClapArgs;

use crate::process::{Result, is_complaint, output, permit, program};
use crate::random::Random;

/// How often everything is verified: after so many operations.
const VERIFY_EVERY: usize = 10;

/// Take turns with Nix on one store
#[derive(ClapArgs)]
pub struct Arguments {
    /// Another Nix: a name, `=`, and what its commands are run by (nothing, or `chroot DIR`, say)
    #[arg(long = "nix", value_name = "NAME=COMMAND")]
    others: Vec<String>,

    /// How many operations
    #[arg(long, default_value_t = 200)]
    operations: usize,

    /// Begin with this seed rather than one of the clock's
    #[arg(long)]
    seed: Option<u64>,

    /// Test this program in place of a release build
    #[arg(long)]
    program: Option<PathBuf>,
}

/// One who works on the store.
struct Peer {
    name: String,
    /// What comes before the name of a command.
    prefix: Vec<String>,
}

/// The store and those who work on it.
struct Table {
    root: PathBuf,
    peers: Vec<Peer>,
    random: Random,
    /// What has been made, valid or not.
    paths: BTreeSet<String>,
    count: usize,
}

/// Runs the operations; the first disagreement ends it.
pub fn run(arguments: &Arguments) -> Result<()> {
    let program = program(arguments.program.as_deref())?;
    let mut peers = vec![Peer {
        name: "this".to_owned(),
        prefix: vec![program.display().to_string()],
    }];
    for other in &arguments.others {
        let (name, command) = other.split_once('=').ok_or("--nix is NAME=COMMAND")?;
        peers.push(Peer {
            name: name.to_owned(),
            prefix: command.split_whitespace().map(str::to_owned).collect(),
        });
    }
    if peers.len() < 2 {
        return Err("there is nobody to take turns with: give --nix NAME=COMMAND".to_owned());
    }
    let (random, seed) = Random::seeded(arguments.seed);
    let work = tempfile::Builder::new()
        .prefix("interchange-")
        .tempdir()
        .map_err(|error| error.to_string())?;
    let mut table = Table {
        root: work.path().to_owned(),
        peers,
        random,
        paths: BTreeSet::new(),
        count: 0,
    };
    println!("seed {seed}");
    for directory in ["home", "files", "links", "profiles"] {
        fs::create_dir(table.root.join(directory)).map_err(|error| error.to_string())?;
    }
    let outcome = table.play(arguments.operations);
    let _ = permit(work.path());
    outcome.map_err(|message| format!("seed {seed}, operation {}: {message}", table.count))?;
    println!(
        "{} operations: all agree on validity, references, hashes, derivers and roots",
        arguments.operations
    );
    Ok(())
}

impl Table {
    fn play(&mut self, operations: usize) -> Result<()> {
        for count in 1..=operations {
            self.count = count;
            let turn = self.random.below(self.peers.len());
            let did = self.operate(turn)?;
            println!("{count:4}  {:8}  {did}", self.peers[turn].name);
            self.agree()?;
            if count % VERIFY_EVERY == 0 || count == operations {
                self.verify()?;
            }
        }
        Ok(())
    }

    /// Runs a command of a peer, which fetches nothing.
    fn command(&self, peer: usize, words: &[&str]) -> Result<Output> {
        self.command_with(peer, words, &[("substitute", "false")])
    }

    /// Runs a command of a peer with settings.
    fn command_with(
        &self,
        peer: usize,
        words: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<Output> {
        let peer = &self.peers[peer];
        let mut all: Vec<&str> = peer.prefix.iter().map(String::as_str).collect();
        all.extend(words);
        // Not in the environment, of which a prefix may not let everything through.
        all.extend(["--option", "build-users-group", ""]);
        all.extend(["--option", "sandbox", "false"]);
        for (name, value) in settings {
            all.extend(["--option", name, value]);
        }
        output(
            Command::new(all[0])
                .args(&all[1..])
                .current_dir(&self.root)
                .env("HOME", self.root.join("home"))
                .env("NIX_STORE_DIR", self.root.join("store"))
                .env("NIX_STATE_DIR", self.root.join("var/nix"))
                .env("NIX_LOG_DIR", self.root.join("var/log")),
        )
    }

    /// Runs a command that has to succeed, and gives the lines that it printed.
    fn must(&self, peer: usize, words: &[&str]) -> Result<Vec<String>> {
        let ran = self.command(peer, words)?;
        if !ran.status.success() {
            return Err(format!(
                "{}: {}: {}",
                self.peers[peer].name,
                words.join(" "),
                String::from_utf8_lossy(&ran.stderr)
            ));
        }
        Ok(String::from_utf8_lossy(&ran.stdout)
            .lines()
            .map(str::to_owned)
            .collect())
    }

    fn operate(&mut self, turn: usize) -> Result<String> {
        match self.random.below(14) {
            0 | 1 => self.add(turn),
            2..=4 => self.build(turn),
            5 => self.delete(turn),
            6 => self.collect(turn),
            7 => self.set_profile(turn),
            8 => self.change_profile(turn),
            9 => self.hand_over(turn),
            10 => self.make_root(turn),
            11 => self.copy(turn),
            12 => self.substitute(turn),
            _ => self.optimise(turn),
        }
    }

    fn add(&mut self, turn: usize) -> Result<String> {
        let file = self.root.join("files").join(format!("file-{}", self.count));
        let failed = |error: std::io::Error| error.to_string();
        let tree = self.random.below(2) == 0;
        // Few different contents, so that equal files meet.
        let contents = format!("contents {}\n", self.random.below(20));
        if tree {
            fs::create_dir(&file).map_err(failed)?;
            fs::write(file.join("a"), &contents).map_err(failed)?;
            fs::create_dir(file.join("b")).map_err(failed)?;
            std::os::unix::fs::symlink("../a", file.join("b/link")).map_err(failed)?;
        } else {
            fs::write(&file, &contents).map_err(failed)?;
        }
        let file = file.display().to_string();
        let algorithm = ["sha1", "sha256", "sha512"][self.random.below(3)];
        let words: &[&str] = match (self.random.below(3), tree) {
            (0, false) => &["nix-store", "--add-fixed", algorithm, &file],
            (1, _) => &["nix-store", "--add-fixed", "--recursive", algorithm, &file],
            _ => &["nix-store", "--add", &file],
        };
        let printed = self.must(turn, words)?;
        self.paths.extend(printed.iter().cloned());
        Ok(format!("{} {}", words[1], printed.join(" ")))
    }

    /// Builds a derivation, perhaps of several outputs, perhaps of what is there already.
    fn build(&mut self, turn: usize) -> Result<String> {
        let number = self.random.below(40);
        let input = match self.random.choose(&self.valid(0)?) {
            Some(path) if !path.ends_with(".drv") && self.random.below(2) == 0 => {
                format!("input = builtins.storePath \"{path}\";")
            }
            _ => String::new(),
        };
        let outputs = ["\"out\"", "\"out\" \"dev\""][self.random.below(2)];
        let expression = format!(
            "let lower = derivation {{ name = \"lower-{}\"; system = builtins.currentSystem; \
             builder = \"/bin/sh\"; args = [ \"-c\" \"echo lower > $out\" ]; }}; in \
             derivation {{ name = \"upper-{number}\"; system = builtins.currentSystem; \
             builder = \"/bin/sh\"; outputs = [ {outputs} ]; inherit lower; {input} \
             args = [ \"-c\" \"echo $lower $input > $out; if [ -n \\\"$dev\\\" ]; then echo $out > \
             $dev; fi\" ]; }}",
            number % 7
        );
        let link = self.root.join("links").join(format!("result-{number}"));
        let link = link.display().to_string();
        let kept = self.random.below(2) == 0;
        let mut words = vec!["nix-build", "-E", &expression];
        if kept {
            words.extend(["-o", &link]);
        } else {
            words.push("--no-out-link");
        }
        let printed = self.must(turn, &words)?;
        self.paths.extend(printed.iter().cloned());
        let kept = if kept { "kept" } else { "loose" };
        Ok(format!("build, {kept}: {}", printed.join(" ")))
    }

    /// May be refused, when something needs it.
    fn delete(&mut self, turn: usize) -> Result<String> {
        let Some(path) = self.random.choose(&self.valid(turn)?) else {
            return Ok("delete: nothing is there".to_owned());
        };
        let ran = self.command(turn, &["nix-store", "--delete", &path])?;
        let done = if ran.status.success() {
            "deleted"
        } else {
            "kept"
        };
        Ok(format!("{done} {path}"))
    }

    fn collect(&mut self, turn: usize) -> Result<String> {
        let limit = ["0", "4096", "1000000"][self.random.below(3)];
        let printed = if self.random.below(2) == 0 {
            self.must(turn, &["nix-store", "--gc"])?
        } else {
            self.must(turn, &["nix-store", "--gc", "--max-freed", limit])?
        };
        Ok(format!("gc: {}", printed.join(" ")))
    }

    fn profile(&mut self) -> String {
        let number = self.random.below(2);
        let profile = self.root.join("profiles").join(format!("profile-{number}"));
        profile.display().to_string()
    }

    fn set_profile(&mut self, turn: usize) -> Result<String> {
        let valid: Vec<String> = self.valid(turn)?;
        let objects: Vec<String> = valid
            .into_iter()
            .filter(|path| !path.ends_with(".drv"))
            .collect();
        let Some(path) = self.random.choose(&objects) else {
            return Ok("profile: nothing is there".to_owned());
        };
        let profile = self.profile();
        self.must(turn, &["nix-env", "-p", &profile, "--set", &path])?;
        Ok(format!("profile set to {path}"))
    }

    /// May be refused, when there is no earlier generation.
    fn change_profile(&mut self, turn: usize) -> Result<String> {
        let profile = self.profile();
        let change: &[&str] = match self.random.below(2) {
            0 => &["--rollback"],
            _ => &["--delete-generations", "old"],
        };
        let mut words = vec!["nix-env", "-p", &profile];
        words.extend(change);
        let ran = self.command(turn, &words)?;
        let done = if ran.status.success() { "" } else { " refused" };
        Ok(format!("profile {}{done}", change.join(" ")))
    }

    /// One exports, all is deleted that may be, another imports.
    fn hand_over(&mut self, turn: usize) -> Result<String> {
        let Some(path) = self.random.choose(&self.valid(turn)?) else {
            return Ok("export: nothing is there".to_owned());
        };
        let closure = self.must(turn, &["nix-store", "--query", "--requisites", &path])?;
        let mut words = vec!["nix-store", "--export"];
        words.extend(closure.iter().map(String::as_str));
        let exported = self.command(turn, &words)?;
        if !exported.status.success() {
            return Err(String::from_utf8_lossy(&exported.stderr).into_owned());
        }
        let file = self.root.join("export");
        fs::write(&file, &exported.stdout).map_err(|error| error.to_string())?;
        self.must(turn, &["nix-store", "--gc"])?;
        let other = self.random.below(self.peers.len());
        let peer = &self.peers[other];
        let mut all: Vec<&str> = peer.prefix.iter().map(String::as_str).collect();
        all.extend(["nix-store", "--import"]);
        let imported = output(
            Command::new(all[0])
                .args(&all[1..])
                .current_dir(&self.root)
                .env("HOME", self.root.join("home"))
                .env("NIX_STORE_DIR", self.root.join("store"))
                .env("NIX_STATE_DIR", self.root.join("var/nix"))
                .stdin(fs::File::open(&file).map_err(|error| error.to_string())?),
        )?;
        if !imported.status.success() {
            return Err(format!(
                "{} does not import: {}",
                peer.name,
                String::from_utf8_lossy(&imported.stderr)
            ));
        }
        let name = peer.name.clone();
        Ok(format!(
            "exported {} objects, imported by {name}",
            closure.len()
        ))
    }

    /// Copies something to the cache, or from it.
    fn copy(&mut self, turn: usize) -> Result<String> {
        let to_cache = self.random.below(2) == 0;
        let there = match to_cache {
            true => self.valid(turn)?,
            false => self.cached()?,
        };
        let Some(path) = self.random.choose(&there) else {
            return Ok("copy: nothing is there".to_owned());
        };
        let cache = self.cache();
        let direction = if to_cache { "--to" } else { "--from" };
        let words = [
            "nix",
            "--extra-experimental-features",
            "nix-command",
            "copy",
            "--no-check-sigs",
            direction,
            &cache,
            &path,
        ];
        self.must(turn, &words)?;
        Ok(format!("copied {direction} the cache: {path}"))
    }

    /// Fetches something from the cache, after what nothing needs has been deleted.
    fn substitute(&mut self, turn: usize) -> Result<String> {
        let Some(path) = self.random.choose(&self.cached()?) else {
            return Ok("substitute: nothing is in the cache".to_owned());
        };
        if self.random.below(2) == 0 {
            self.must(turn, &["nix-store", "--gc"])?;
        }
        let cache = self.cache();
        let settings = [
            ("substitute", "true"),
            ("substituters", cache.as_str()),
            ("require-sigs", "false"),
            ("max-jobs", "0"),
        ];
        let ran = self.command_with(turn, &["nix-store", "--realise", &path], &settings)?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr);
            return Err(format!(
                "{} does not substitute {path}: {said}",
                self.peers[turn].name
            ));
        }
        Ok(format!("substituted {path}"))
    }

    fn cache(&self) -> String {
        format!("file://{}", self.root.join("cache").display())
    }

    /// What the cache has.
    fn cached(&self) -> Result<Vec<String>> {
        let Ok(entries) = fs::read_dir(self.root.join("cache")) else {
            return Ok(Vec::new());
        };
        let mut paths = BTreeSet::new();
        for entry in entries {
            let file = entry.map_err(|error| error.to_string())?.path();
            if file.extension().is_some_and(|ending| ending == "narinfo") {
                let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
                let line = text
                    .lines()
                    .find_map(|line| line.strip_prefix("StorePath: "));
                // To realise a derivation would build it.
                paths.extend(
                    line.filter(|path| !path.ends_with(".drv"))
                        .map(str::to_owned),
                );
            }
        }
        Ok(paths.into_iter().collect())
    }

    fn make_root(&mut self, turn: usize) -> Result<String> {
        let Some(path) = self.random.choose(&self.valid(turn)?) else {
            return Ok("root: nothing is there".to_owned());
        };
        let number = self.random.below(5);
        let link = self.root.join("links").join(format!("root-{number}"));
        let link = link.display().to_string();
        if self.random.below(3) == 0 {
            // Nobody is told; the next collection finds out.
            let gone = fs::remove_file(&link).is_ok();
            return Ok(format!("root {number} taken away: {gone}"));
        }
        if path.ends_with(".drv") {
            return Ok("root: not of a derivation".to_owned());
        }
        let words = [
            "nix-store",
            "--realise",
            &path,
            "--add-root",
            &link,
            "--indirect",
        ];
        self.must(turn, &words)?;
        Ok(format!("root {number} to {path}"))
    }

    fn optimise(&mut self, turn: usize) -> Result<String> {
        self.must(turn, &["nix-store", "--optimise"])?;
        Ok("optimise".to_owned())
    }

    fn valid(&self, peer: usize) -> Result<Vec<String>> {
        let dump = self.must(peer, &["nix-store", "--dump-db"])?;
        let store = self.root.join("store").display().to_string();
        // Paths also stand as derivers and references; those are valid too, or are looked up.
        let valid: BTreeSet<String> = blocks(&dump)
            .into_iter()
            .filter_map(|block| block.first().cloned())
            .filter(|path| path.starts_with(&store))
            .collect();
        Ok(valid.into_iter().collect())
    }

    /// That all say the same.
    fn agree(&self) -> Result<()> {
        let mut first: Option<(BTreeSet<Vec<String>>, BTreeSet<String>)> = None;
        for peer in 0..self.peers.len() {
            let dump = self.must(peer, &["nix-store", "--dump-db"])?;
            let objects: BTreeSet<Vec<String>> = blocks(&dump).into_iter().collect();
            let roots = self.roots(peer)?;
            match &first {
                None => first = Some((objects, roots)),
                Some((other_objects, other_roots)) => {
                    if objects != *other_objects {
                        return Err(differ(&self.peers[0], &self.peers[peer], |set| {
                            let (own, others) = (other_objects, &objects);
                            let (from, to) = if set { (own, others) } else { (others, own) };
                            from.difference(to).map(|block| block.join(" | ")).collect()
                        }));
                    }
                    if roots != *other_roots {
                        return Err(differ(&self.peers[0], &self.peers[peer], |set| {
                            let (own, others) = (other_roots, &roots);
                            let (from, to) = if set { (own, others) } else { (others, own) };
                            from.difference(to).cloned().collect()
                        }));
                    }
                }
            }
        }
        Ok(())
    }

    /// The permanent roots: what processes use is another each time.
    fn roots(&self, peer: usize) -> Result<BTreeSet<String>> {
        let lines = self.must(peer, &["nix-store", "--gc", "--print-roots"])?;
        Ok(lines
            .into_iter()
            .map(|line| line.replace('"', ""))
            .filter(|line| !line.starts_with("/proc") && !line.starts_with('{'))
            .collect())
    }

    fn verify(&self) -> Result<()> {
        for peer in 0..self.peers.len() {
            let ran = self.command(peer, &["nix-store", "--verify", "--check-contents"])?;
            let said = String::from_utf8_lossy(&ran.stderr);
            if let Some(complaint) = said.lines().find(|line| is_complaint(line)) {
                return Err(format!("{} finds: {complaint}", self.peers[peer].name));
            }
            if !ran.status.success() {
                return Err(format!("{} does not verify: {said}", self.peers[peer].name));
            }
        }
        Ok(())
    }
}

fn differ(one: &Peer, other: &Peer, of: impl Fn(bool) -> Vec<String>) -> String {
    format!(
        "{} and {} disagree\nonly {}: {:#?}\nonly {}: {:#?}",
        one.name,
        other.name,
        one.name,
        of(true),
        other.name,
        of(false)
    )
}

/// The lines of a dump, object by object: path, hash, size, deriver, count, references.
fn blocks(lines: &[String]) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    let mut rest = lines;
    while rest.len() >= 5 {
        let count: usize = rest[4].parse().unwrap_or(0);
        let end = (5 + count).min(rest.len());
        blocks.push(rest[..end].to_vec());
        rest = &rest[end..];
    }
    blocks
}
