//! `cargo xtask power-cut`: file systems as a power cut leaves them. During a switch and after it,
//! the image of the file system that has the home and the store is copied and mounted again: the
//! home is the old one or the new one, and the store is valid.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;

use crate::homes::{Home, Tree, managed, module, said};
use crate::process::{Result, must, output, program, wait};
use crate::random::Random;

/// Set for the process that has a mount namespace of its own.
const INSIDE: &str = "HM_POWER_CUT";
/// How often an image is copied at most, until nothing was written meanwhile.
const ATTEMPTS: usize = 8;

/// Cut the power at random points of switches
#[derive(ClapArgs)]
pub struct Arguments {
    /// How many images
    #[arg(long, default_value_t = 200)]
    rounds: usize,

    /// Begin with this seed rather than one of the clock's
    #[arg(long)]
    seed: Option<u64>,

    /// Test this program instead of a release build
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Runs the rounds; the first that leaves something wrong ends it. Needs to be root.
pub fn run(arguments: &Arguments) -> Result<()> {
    let program = program(arguments.program.as_deref())?;
    if std::env::var_os(INSIDE).is_none() {
        return enter(arguments.program.is_none().then_some(program.as_path()));
    }
    let (mut random, seed) = Random::seeded(arguments.seed);
    println!("seed {seed}");
    let work = tempfile::Builder::new()
        .prefix("power-cut-")
        .tempdir()
        .map_err(|error| error.to_string())?;
    let mut rounds = Rounds::new(work.path(), &program)?;
    let mut counts = [0, 0];
    for round in 1..=arguments.rounds {
        let is_new = rounds
            .play(&mut random, round)
            .map_err(|message| format!("seed {seed}, round {round}: {message}"))?;
        counts[usize::from(is_new)] += 1;
        if round.is_multiple_of(20) {
            println!("{round} rounds");
        }
    }
    println!(
        "{} images: the home was the old one in {}, the new one in {}; the store was always valid",
        arguments.rounds, counts[0], counts[1]
    );
    Ok(())
}

/// Starts this program again where its mounts are its own, and end with it.
fn enter(program: Option<&Path>) -> Result<()> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--propagation", "private"])
        .arg(this)
        .args(words)
        .env(INSIDE, "1");
    if let Some(program) = program {
        command.arg("--program").arg(program);
    }
    Err(format!("{command:?}: {}", command.exec()))
}

struct Rounds {
    home: Home,
    image: PathBuf,
    copy: PathBuf,
    place: PathBuf,
    /// How long a switch takes, as the last one did.
    duration: Duration,
}

impl Rounds {
    fn new(work: &Path, program: &Path) -> Result<Rounds> {
        let image = work.join("image");
        let place = work.join("disk");
        fs::create_dir(&place).map_err(|error| error.to_string())?;
        must(Command::new("truncate").args(["-s", "800M"]).arg(&image))?;
        must(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        mount(&image, &place)?;
        let home = Home::new(&place, program)?;
        home.configure("home.file.\"a\".text = \"first\";")?;
        let start = Instant::now();
        home.must(&["switch"])?;
        let duration = start.elapsed();
        must(&mut Command::new("sync"))?;
        Ok(Rounds {
            home,
            copy: work.join("cut"),
            image,
            place,
            duration,
        })
    }

    /// Plays a round on a copy of the disk. Returns whether the home was the new one afterwards.
    fn play(&mut self, random: &mut Random, round: usize) -> Result<bool> {
        let text = module(random, round);
        self.home.configure(&text)?;
        let old = managed(&self.home.tree()?);
        let mut child = self
            .home
            .command(&["switch", "-b", "backup"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| error.to_string())?;
        let limit = self.duration.mul_f64(random.below(1400) as f64 / 1000.0);
        let start = Instant::now();
        let ended = wait(&mut child, limit)?;
        if ended {
            self.duration = start.elapsed();
        }
        self.cut(&child, ended)?;
        let ran = child
            .wait_with_output()
            .map_err(|error| error.to_string())?;
        if !ran.status.success() {
            return Err(format!("{text}\n{}", said(&ran)));
        }
        let new = managed(&self.home.tree()?);
        must(Command::new("umount").arg(&self.place))?;
        mount(&self.copy, &self.place)?;
        let checked = self.check(&old, &new, ended);
        must(Command::new("umount").arg(&self.place))?;
        mount(&self.image, &self.place)?;
        checked.map_err(|message| {
            format!(
                "{message}\nthe switch had ended: {ended}\n{text}\n{}",
                said(&ran)
            )
        })
    }

    /// Copies the image while nothing writes to it.
    fn cut(&self, child: &Child, ended: bool) -> Result<()> {
        let signal = |name: &str| {
            let group = format!("-{}", child.id());
            // It may have ended meanwhile.
            output(Command::new("kill").args([name, "--", &group])).map(drop)
        };
        if !ended {
            signal("-STOP")?;
        }
        let mut is_whole = false;
        for _ in 0..ATTEMPTS {
            must(
                Command::new("cp")
                    .arg("--sparse=always")
                    .args([&self.image, &self.copy]),
            )?;
            let same = Command::new("cmp")
                .arg("-s")
                .args([&self.image, &self.copy])
                .status();
            is_whole = same.map_err(|error| error.to_string())?.success();
            if is_whole {
                break;
            }
        }
        if !ended {
            signal("-CONT")?;
        }
        if is_whole {
            return Ok(());
        }
        Err("the image is written to all the time".to_owned())
    }

    fn check(&self, old: &Tree, new: &Tree, ended: bool) -> Result<bool> {
        let status = self.home.run(&["status"])?;
        let links = managed(&self.home.tree()?);
        let is_new = links == *new;
        if !is_new && (ended || links != *old) {
            return Err(format!(
                "the home is {links:#?}\nold: {old:#?}\nnew: {new:#?}\n{}",
                said(&status)
            ));
        }
        for link in links.keys() {
            let path = self.home.path(link);
            if fs::metadata(&path).map_or(0, |metadata| metadata.len()) == 0 {
                return Err(format!("{} is empty", path.display()));
            }
        }
        self.home.verify_store()?;
        self.home.must(&["switch", "-b", "again"])?;
        self.home.must(&["status"])?;
        Ok(is_new)
    }
}

/// Mounts an image. Its own journal is not written but when somebody waits for it.
fn mount(image: &Path, place: &Path) -> Result<()> {
    must(
        Command::new("mount")
            .args(["-o", "loop,commit=300"])
            .args([image, place]),
    )
}
