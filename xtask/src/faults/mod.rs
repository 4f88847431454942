//! `cargo xtask faults`: disks that are full, caches that lie, archives that climb, objects that are
//! changed and repaired, programs that are killed; and after each of them a store that is valid, in which everything can be done.
//!
//! Each round has one fault, chosen at random, in one operation. Then the store is verified, what is
//! kept in it has to be what it was, the same operation has to succeed without the fault, and after a
//! collection nothing may be left. A home and working directory beside the store must not change.

mod archives;
mod served;
mod spoiled;
mod switches;
mod world;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args as ClapArgs;
use nix_transfer::coding::{Compression, Encoder};

use crate::process::{Result, is_complaint, output, permit, program, wait};
use crate::random::Random;
use served::{Damage, serve};
use switches::Switches;
use world::{World, read, write};

/// How often Nix verifies the store, if it is named.
const VERIFY_EVERY: usize = 50;
/// The size of the file in a bomb: more than the program may use.
const BOMB: u64 = 512 << 20;
/// The size of the disk that gets full, in KiB, and the most that is left of it.
const DISK: usize = 24 << 10;
const MOST_LEFT: usize = 3 << 10;

/// Work on a store while everything goes wrong
#[derive(ClapArgs)]
pub struct Arguments {
    /// How many faults in operations on a store
    #[arg(long, default_value_t = 500)]
    rounds: usize,

    /// How many faults in switches of a home
    #[arg(long, default_value_t = 200)]
    switches: usize,

    /// Begin with this seed rather than one of the clock's
    #[arg(long)]
    seed: Option<u64>,

    /// Test this program in place of a release build
    #[arg(long)]
    program: Option<PathBuf>,

    /// What goes before a command to run Nix, which then verifies the store too
    #[arg(long)]
    nix: Option<String>,
}

impl Arguments {
    /// A few faults, the same ones each time.
    pub fn short() -> Arguments {
        Arguments {
            rounds: 25,
            switches: 10,
            seed: Some(1),
            program: None,
            nix: None,
        }
    }
}

/// What is done to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Import,
    Build,
    Substitute,
    Collect,
    Add,
}

const OPERATIONS: [Operation; 5] = [
    Operation::Import,
    Operation::Build,
    Operation::Substitute,
    Operation::Collect,
    Operation::Add,
];

struct Rounds {
    world: World,
    random: Random,
    nix: Option<String>,
    /// Whether a disk can be had that gets full.
    has_disks: bool,
    /// What is substituted, with the hash of its archive.
    upper: (String, String),
    public_key: String,
    round: usize,
    /// Of each kind how many there were, and how many of them kept the operation from its end.
    counts: BTreeMap<String, (usize, usize)>,
}

/// Runs the rounds; the first that leaves something wrong ends it.
pub fn run(arguments: &Arguments) -> Result<()> {
    let program = program(arguments.program.as_deref())?;
    let (random, seed) = Random::seeded(arguments.seed);
    println!("seed {seed}");
    let work = tempfile::Builder::new()
        .prefix("faults-")
        .tempdir()
        .map_err(|error| error.to_string())?;
    let outcome = play(arguments, work.path(), &program, random);
    let _ = permit(work.path());
    let counts = outcome.map_err(|message| format!("seed {seed}, {message}"))?;
    println!("times, of them in the way");
    for (kind, (count, hindered)) in &counts {
        println!("{count:5} {hindered:5}  {kind}");
    }
    println!(
        "{} faults: the store was valid after each, nothing was locked, nothing outside was touched",
        arguments.rounds
    );
    println!(
        "{} faults in switches: the home was the old one or the new one, nothing of the user's was \
         lost",
        arguments.switches
    );
    Ok(())
}

fn play(
    arguments: &Arguments,
    root: &Path,
    program: &Path,
    random: Random,
) -> Result<BTreeMap<String, (usize, usize)>> {
    let mut rounds = Rounds {
        world: World::new(root, program)?,
        random,
        nix: arguments.nix.clone(),
        has_disks: Command::new("unshare")
            .args(["-m", "true"])
            .output()
            .is_ok_and(|ran| ran.status.success()),
        upper: Default::default(),
        public_key: String::new(),
        round: 0,
        counts: BTreeMap::new(),
    };
    if !rounds.has_disks {
        println!("no disk gets full: this system allows no mount namespaces (unshare -m)");
    }
    rounds.prepare()?;
    for round in 1..=arguments.rounds {
        rounds.round = round;
        let mut kind = String::new();
        let hindered = rounds
            .play_one(&mut kind)
            .map_err(|message| format!("round {round}, {kind}: {message}"))?;
        let counted = rounds.counts.entry(kind).or_default();
        *counted = (counted.0 + 1, counted.1 + usize::from(hindered));
        if round.is_multiple_of(VERIFY_EVERY) {
            println!("{round} rounds");
        }
    }
    rounds.verify_with_nix()?;
    rounds.play_switches(&root.join("switches"), arguments.switches)?;
    Ok(rounds.counts)
}

impl Rounds {
    fn play_switches(&mut self, root: &Path, count: usize) -> Result<()> {
        if !Switches::are_possible() {
            println!("no faults in switches: no strace that injects them");
            return Ok(());
        }
        std::fs::create_dir(root).map_err(|error| error.to_string())?;
        let mut switches = Switches::new(root, &self.world.program)?;
        for round in 1..=count {
            let mut kind = String::new();
            let hindered = switches
                .play(&mut self.random, &mut kind)
                .map_err(|message| format!("switch {round}, {kind}: {message}"))?;
            let counted = self.counts.entry(kind).or_default();
            *counted = (counted.0 + 1, counted.1 + usize::from(hindered));
            if round.is_multiple_of(VERIFY_EVERY) {
                println!("{round} switches");
            }
        }
        Ok(())
    }

    /// Makes a cache, an export and a bomb.
    fn prepare(&mut self) -> Result<()> {
        let world = &mut self.world;
        for number in 0..40_usize {
            let noise: Vec<u8> = (0..number * 1500)
                .map(|_| self.random.below(256) as u8)
                .collect();
            std::fs::create_dir_all(world.path("files/tree")).map_err(|error| error.to_string())?;
            write(&world.path(&format!("files/tree/{number}")), &noise)?;
        }
        let expression = world.text("files/upper.nix");
        write(
            Path::new(&expression),
            expression_of("prepared", &world.text("files/tree")).as_bytes(),
        )?;
        let secret = world.must(&["nix", "key", "generate-secret", "--key-name", "faults"])?;
        write(&world.path("files/secret"), secret.trim().as_bytes())?;
        let public = world.must_with(
            &["nix", "key", "convert-secret-to-public"],
            "",
            Some(&world.path("files/secret")),
        )?;
        self.public_key = public.trim().to_owned();
        let upper = world.must(&["nix-build", "--no-out-link", &expression])?;
        let upper = upper.trim().to_owned();
        for compression in ["xz", "none"] {
            let to = format!(
                "file://{}?compression={compression}&secret-key={}",
                world.text(&format!("files/cache-{compression}")),
                world.text("files/secret")
            );
            world.must(&["nix", "copy", "--to", &to, &upper])?;
        }
        let hash = world.must(&["nix-store", "--query", "--hash", &upper])?;
        let closure = world.must(&["nix-store", "--query", "--requisites", &upper])?;
        let mut words = vec!["nix-store", "--export"];
        words.extend(closure.split_whitespace());
        world.must(&words)?;
        let exported = read(&world.path("io/stdout"))?;
        write(&world.path("files/export"), &exported)?;
        self.upper = (upper, hash);
        bomb(&world.path("files/bomb.tar.gz")).map_err(|error| error.to_string())?;
        world.is_complete()?;
        world.tidy(false)
    }

    /// Plays a round, and says what it is. Gives whether the fault was in the way of the operation.
    fn play_one(&mut self, kind: &mut String) -> Result<bool> {
        let mut was_killed = false;
        let hindered = match self.random.below(100) {
            0..20 if self.has_disks => {
                let operation = self.operation();
                *kind = format!("full disk, {operation:?}");
                return self.full_disk(operation);
            }
            20..50 => {
                let damage = self.damage();
                *kind = match &damage {
                    Damage::Lie(line, _) => format!("cache, lie of {line}"),
                    Damage::Hostile { .. } => "cache, hostile archive".to_owned(),
                    other => format!("cache, {other:?}"),
                };
                self.damaged(damage)?
            }
            50..70 => self.hostile_nar(kind)?,
            70..72 => {
                *kind = "bomb".to_owned();
                let url = format!("file://{}", self.world.text("files/bomb.tar.gz"));
                self.fetch(&url)?;
                self.world.check()?;
                false
            }
            72..82 => self.hostile_archive(kind)?,
            82..88 => {
                // Some of them are killed.
                was_killed = true;
                self.spoiled(kind)?
            }
            _ => {
                let operation = self.operation();
                *kind = format!("killed, {operation:?}");
                was_killed = true;
                self.killed(operation)?
            }
        };
        if self.round.is_multiple_of(VERIFY_EVERY) {
            self.verify_with_nix()?;
        }
        self.world.tidy(was_killed)?;
        Ok(hindered)
    }

    fn operation(&mut self) -> Operation {
        OPERATIONS[self.random.below(OPERATIONS.len())]
    }

    fn damage(&mut self) -> Damage {
        let canary = self.world.canary();
        match self.random.below(7) {
            0 => Damage::Cut,
            1 => Damage::Truncated,
            2 => Damage::Flipped,
            3 => Damage::Signature,
            4 => Damage::hostile(&mut self.random, &canary),
            _ => Damage::lie(&mut self.random, &canary),
        }
    }

    fn cache(&mut self) -> PathBuf {
        let compression = ["xz", "none"][self.random.below(2)];
        self.world.path(&format!("files/cache-{compression}"))
    }

    /// The settings with which a cache is used.
    fn settings(&self, url: &str, signed: bool) -> String {
        format!(
            "substituters = {url}\ntrusted-public-keys = {}\nrequire-sigs = {signed}\n",
            self.public_key
        )
    }

    /// Substitutes from a cache that is damaged, then from one that is not.
    fn damaged(&mut self, damage: Damage) -> Result<bool> {
        let cache = self.cache();
        // Signatures would reveal all else before it is looked at.
        let signed = matches!(damage, Damage::Signature) || self.random.below(2) == 0;
        let must_fail = matches!(damage, Damage::Signature | Damage::Hostile { .. });
        let seed = self.random.below(1 << 30) as u64;
        let described = format!("{damage:?}").chars().take(200).collect::<String>();
        let server = serve(cache.clone(), Some(damage), seed)?;
        let (path, hash) = self.upper.clone();
        let words = ["nix-store", "--realise", &path];
        let settings = self.settings(&server.url(), signed);
        let ran = self.world.run(&words, &settings, None)?;
        drop(server);
        self.world
            .check()
            .map_err(|message| format!("{described}: {message}"))?;
        if ran.success && must_fail {
            return Err(format!("{described} was accepted"));
        }
        if ran.success {
            let found = self
                .world
                .must(&["nix-store", "--query", "--hash", &path])?;
            if found != hash {
                return Err(format!("{described}: other contents were accepted"));
            }
        }
        let server = serve(cache, None, seed)?;
        let settings = self.settings(&server.url(), true);
        self.world
            .must_with(&words, &settings, None)
            .map_err(|message| format!("{described}, then: {message}"))?;
        self.world.check()?;
        Ok(!ran.success)
    }

    /// Unpacks and imports an archive of Nix that is hostile, then one that is not.
    fn hostile_nar(&mut self, kind: &mut String) -> Result<bool> {
        let archive = archives::hostile_nar(&mut self.random, &self.world.canary());
        let imports = self.random.below(2) == 0;
        let way = if imports { "--import" } else { "--restore" };
        *kind = format!("archive ({way}), {}", archive.what);
        let path = format!("{}/{}-made", self.world.text("nix/store"), "1".repeat(32));
        let framed = |nar: &[u8]| {
            if imports {
                archives::exported(nar, &path)
            } else {
                nar.to_vec()
            }
        };
        let input = self.world.path("io/archive");
        for (bytes, refused) in [
            (archive.bytes, archive.refused),
            (archives::honest_nar(), false),
        ] {
            write(&input, &framed(&bytes))?;
            let target = self.world.text(&format!("out/{}", usize::from(refused)));
            let _ = std::fs::remove_file(&target);
            let _ = std::fs::remove_dir_all(&target);
            let words = if imports {
                vec!["nix-store", way]
            } else {
                vec!["nix-store", way, &target]
            };
            let ran = self
                .world
                .run(&words, "require-sigs = false\n", Some(&input))?;
            if ran.success == refused {
                return Err(format!(
                    "refused: {refused}, success: {}: {}",
                    ran.success, ran.stderr
                ));
            }
            self.world.check()?;
            if imports {
                // The same path comes again with other contents.
                self.world.must(&["nix-store", "--gc"])?;
            }
        }
        Ok(archive.refused)
    }

    /// Fetches a hostile tar or zip archive.
    fn hostile_archive(&mut self, kind: &mut String) -> Result<bool> {
        let canary = self.world.canary();
        let (archive, end) = archives::hostile_archive(&mut self.random, &canary);
        *kind = format!("fetched, {}", archive.what);
        let name = self.world.path(&format!("io/archive.{end}"));
        write(&name, &archive.bytes)?;
        let expression = fetch_expression(&format!("file://{}", name.display()));
        // Whether it is refused or unpacked without harm, nothing outside may be read or written.
        let ran = self.world.run(
            &["nix-instantiate", "--eval", "--expr", &expression],
            "",
            None,
        )?;
        self.world.check()?;
        if let Some(path) = ran
            .success
            .then(|| ran.stdout.trim().trim_matches('"').to_owned())
        {
            let found = output(Command::new("grep").args(["-r", "-l", "^kept$"]).arg(&path))?;
            if !found.stdout.is_empty() {
                return Err("what is outside was read".to_owned());
            }
        }
        let honest = self.world.path("io/honest.tar");
        write(&honest, &archives::honest_tar())?;
        self.fetch(&format!("file://{}", honest.display()))?;
        Ok(!ran.success)
    }

    fn fetch(&self, url: &str) -> Result<()> {
        let expression = fetch_expression(url);
        self.world
            .must(&["nix-instantiate", "--eval", "--expr", &expression])
            .map(drop)
    }

    /// What an operation is, with its settings and input. A server has to live as long as it.
    fn words(
        &self,
        operation: Operation,
        url: &str,
    ) -> Result<(Vec<String>, String, Option<PathBuf>)> {
        let world = &self.world;
        let (words, settings, input): (Vec<&str>, String, Option<PathBuf>) = match operation {
            Operation::Import => (
                vec!["nix-store", "--import"],
                String::new(),
                Some(world.path("files/export")),
            ),
            Operation::Build => {
                let expression = expression_of(&self.round.to_string(), &world.text("files/tree"));
                write(&world.path("io/build.nix"), expression.as_bytes())?;
                (vec!["nix-build", "--no-out-link"], String::new(), None)
            }
            Operation::Substitute => (
                vec!["nix-store", "--realise", &self.upper.0],
                self.settings(url, true),
                None,
            ),
            Operation::Collect => (vec!["nix-store", "--gc"], String::new(), None),
            Operation::Add => (vec!["nix-store", "--add"], String::new(), None),
        };
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        match operation {
            Operation::Build => words.push(world.text("io/build.nix")),
            Operation::Add => words.push(world.text("files/tree")),
            _ => {}
        }
        Ok((words, settings, input))
    }

    /// Begins an operation and kills it, then lets it end.
    fn killed(&mut self, operation: Operation) -> Result<bool> {
        let cache = self.cache();
        let server = serve(cache, None, 0)?;
        let (words, settings, input) = self.words(operation, &server.url())?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if operation == Operation::Collect {
            let (import, _, export) = self.words(Operation::Import, "")?;
            let import: Vec<&str> = import.iter().map(String::as_str).collect();
            self.world
                .must_with(&import, "require-sigs = false\n", export.as_deref())?;
        }
        let settings = format!("{settings}require-sigs = false\n");
        let mut command = self.world.command(&words, &settings)?;
        if let Some(input) = &input {
            command.stdin(File::open(input).map_err(|error| error.to_string())?);
        }
        let limit = Duration::from_micros(self.random.below(400_000) as u64);
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let hindered = !wait(&mut child, limit)?;
        if hindered {
            // The one signal that a program cannot prepare for.
            child.kill().map_err(|error| error.to_string())?;
            child.wait().map_err(|error| error.to_string())?;
        }
        let when = |message: String| format!("after {limit:?}: {message}");
        self.world.check().map_err(when)?;
        self.world
            .must_with(&words, &settings, input.as_deref())
            .map_err(when)?;
        self.world.check().map_err(when)?;
        Ok(hindered)
    }

    /// Does an operation on a store of its own, on a disk that is full up to some KiB, and again when
    /// there is room.
    fn full_disk(&mut self, operation: Operation) -> Result<bool> {
        let left = self.random.below(MOST_LEFT);
        let server = serve(self.cache(), None, 0)?;
        let (words, settings, input) = self.words(operation, &server.url())?;
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let input = input.map_or("/dev/null".to_owned(), |path| path.display().to_string());
        let work = format!("\"$program\" {} < '{input}'", quoted.join(" "));
        let script = format!(
            "set -u\n\
             mount -t tmpfs -o size={DISK}k none \"$disk\" || exit 99\n\
             kept=$(\"$program\" nix-store --add \"$files/kept\") || exit 98\n\
             [ {operation:?} != Collect ] || \"$program\" nix-store --import < \"$files/export\" || exit 97\n\
             cat /dev/zero > \"$disk/filler\" 2> /dev/null\n\
             size=$(stat -c %s \"$disk/filler\")\n\
             truncate -s $((size - {left} * 1024)) \"$disk/filler\"\n\
             {work}\n\
             echo \"ended with $?\"\n\
             rm \"$disk/filler\"\n\
             \"$program\" nix-store --verify --check-contents 2> \"$io/verified\" || exit 96\n\
             \"$program\" nix-store --check-validity \"$kept\" || [ {operation:?} = Collect ] || exit 95\n\
             {work} || exit 94\n\
             \"$program\" nix-store --verify --check-contents 2>> \"$io/verified\" || exit 93\n\
             \"$program\" nix-store --gc || exit 92\n\
             find \"$disk/store\" -mindepth 1 -maxdepth 1 ! -name .links > \"$io/left\"\n"
        );
        let mut shell = Command::new("timeout");
        shell.args(["--signal=KILL", "90", "unshare", "-m", "sh", "-c", &script]);
        self.world
            .environment(&mut shell, &format!("{settings}require-sigs = false\n"));
        shell
            .env("program", &self.world.program)
            .env("disk", self.world.path("nix"))
            .env("files", self.world.path("files"))
            .env("io", self.world.path("io"));
        self.world.redirect(&mut shell)?;
        let ran = self.world.finish(shell, "a full disk", None)?;
        let told = || format!("{left} KiB left: {}{}", ran.stdout, ran.stderr);
        if !ran.success {
            return Err(told());
        }
        // Who has no room left makes some.
        if operation == Operation::Collect && !ran.stdout.contains("ended with 0") {
            return Err(told());
        }
        if ran.stdout.contains("ended with 101") || ran.stdout.contains("ended with 13") {
            return Err(told());
        }
        let verified =
            String::from_utf8_lossy(&read(&self.world.path("io/verified"))?).into_owned();
        if is_complaint(&verified) {
            return Err(format!("{verified}\n{}", told()));
        }
        let remains = read(&self.world.path("io/left"))?;
        if !remains.is_empty() {
            return Err(format!(
                "{}is left\n{}",
                String::from_utf8_lossy(&remains),
                told()
            ));
        }
        self.world.check()?;
        self.world.tidy(false)?;
        Ok(!ran.stdout.contains("ended with 0"))
    }

    /// Has Nix verify the store, if there is one.
    fn verify_with_nix(&self) -> Result<()> {
        let Some(nix) = &self.nix else {
            return Ok(());
        };
        let script = format!(
            "NIX_STORE_DIR='{}' NIX_STATE_DIR='{}' nix-store --verify --check-contents",
            self.world.text("nix/store"),
            self.world.text("nix/var/nix")
        );
        let mut words = nix.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("sh"));
        command.args(words).args(["sh", "-c", &script]);
        let ran = output(&mut command)?;
        let said = String::from_utf8_lossy(&ran.stderr);
        if ran.status.success() && !is_complaint(&said) {
            return Ok(());
        }
        Err(format!("round {}: Nix says: {said}", self.round))
    }
}

fn fetch_expression(url: &str) -> String {
    format!("(builtins.fetchTarball {{ url = \"{url}\"; }})")
}

/// A derivation with others as inputs, of which one is large.
fn expression_of(salt: &str, tree: &str) -> String {
    format!(
        "let make = name: script: inputs: derivation {{ inherit name inputs; salt = \"{salt}\"; \
         system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" script ]; \
         PATH = \"/usr/bin:/bin\"; }}; \
         lower = n: make \"lower-${{toString n}}\" \"echo $salt ${{toString n}} > $out\" [ ]; \
         in make \"upper\" \"mkdir $out; echo $inputs > $out/inputs; cp -r ${{{tree}}} $out/tree\" \
         (map lower [ 1 2 3 ])"
    )
}

/// A small archive of a large file.
fn bomb(path: &Path) -> io::Result<()> {
    let mut file = Encoder::new(Compression::Gzip, None, false, File::create(path)?)?;
    file.write_all(&archives::bomb_header(BOMB))?;
    io::copy(&mut io::repeat(0).take(BOMB + 1024), &mut file)?;
    file.finish()?;
    Ok(())
}
