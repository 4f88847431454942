//! Switches between generations with blocks that change the home, while system calls fail and
//! signals come: the home is the old one or the new one, nothing of the user's is lost, and what the
//! program says is true.

use std::process::{Command, Stdio};

use crate::homes::{Home, Tree, managed, module, said};
use crate::process::{Result, output};
use crate::random::Random;

/// System calls that change files.
const CALLS: &str = "openat,write,rename,renameat2,symlink,unlink,mkdir,rmdir,fdatasync,fsync,\
                     syncfs,ftruncate,fallocate,chmod,fchmodat,utimensat";
const ERRORS: [&str; 6] = ["ENOSPC", "EACCES", "EIO", "EROFS", "EDQUOT", "EPERM"];
const SIGNALS: [&str; 4] = ["KILL", "INT", "TERM", "HUP"];

/// A home that is switched to and fro.
pub(super) struct Switches {
    home: Home,
    number: usize,
}

/// What a user's file has in it, so that it is known again under another name.
fn users_file(number: usize) -> String {
    format!("the user's own {number}")
}

impl Switches {
    pub fn new(root: &std::path::Path, program: &std::path::Path) -> Result<Switches> {
        Ok(Switches {
            home: Home::new(root, program)?,
            number: 0,
        })
    }

    /// Whether system calls can be made to fail here.
    pub fn are_possible() -> bool {
        let probe = ["-o", "/dev/null", "-e", "inject=getpid:error=EPERM", "true"];
        Command::new("strace")
            .args(probe)
            .output()
            .is_ok_and(|ran| ran.status.success())
    }

    /// Plays a round, and says what it is. Returns whether the fault kept the switch from its end.
    pub fn play(&mut self, random: &mut Random, kind: &mut String) -> Result<bool> {
        self.number += 1;
        let home = &self.home;
        let text = module(random, self.number);
        home.configure(&text)?;
        let own = home.path(["a", "d/two", "mine", "e/deep/own"][random.below(4)]);
        if own.symlink_metadata().is_err()
            && own
                .parent()
                .is_some_and(|parent| std::fs::create_dir_all(parent).is_ok())
        {
            // A link of ours may be above it.
            let _ = std::fs::write(&own, users_file(self.number));
        }
        home.must(&["build", "--no-out-link"])?;
        let before = home.tree()?;
        let new = self.without_fault(&text)?;
        let fault = fault(random);
        *kind = format!("switch, {}", fault.kind);
        let watcher = ["strace", "-f", "-qq", "-o", "/dev/null", "-e"].map(str::to_owned);
        let watcher: Vec<String> = watcher
            .into_iter()
            .chain([fault.injection.clone()])
            .collect();
        let ran = output(
            self.home
                .command_below(&watcher, &["switch", "-b", &self.backup()])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped()),
        )?;
        let told = format!("{}, {text}\n{}", fault.injection, said(&ran));
        self.check(&before, &new, ran.status.success(), &told)?;
        Ok(!ran.status.success())
    }

    /// The extension of this round's backups: older ones are not replaced.
    fn backup(&self) -> String {
        format!("backup{}", self.number)
    }

    /// Switches in a copy of the home, to know what it comes to.
    fn without_fault(&self, text: &str) -> Result<Tree> {
        let saved = self.home.root.join("saved");
        let place = self.home.root.join("home");
        copy(&place, &saved)?;
        let ran = self.home.run(&["switch", "-b", &self.backup()])?;
        let tree = self.home.tree()?;
        copy(&saved, &place)?;
        if ran.status.success() {
            return Ok(tree);
        }
        Err(format!("without a fault: {text}\n{}", said(&ran)))
    }

    fn check(&self, before: &Tree, new: &Tree, succeeded: bool, told: &str) -> Result<()> {
        let home = &self.home;
        let (old_links, new_links) = (managed(before), managed(new));
        let at_end = managed(&home.tree()?);
        if succeeded && at_end != new_links {
            return Err(format!("it succeeded, but the home is {at_end:#?}: {told}"));
        }
        let says_undone = told.contains("was undone\n") || told.contains("was undone;");
        if says_undone && !told.contains("undoing failed") && at_end != old_links {
            return Err(format!("it was not undone: {at_end:#?}: {told}"));
        }
        let status = home.run(&["status"])?;
        let now = home.tree()?;
        let links = managed(&now);
        if links != old_links && links != new_links {
            return Err(format!(
                "the home is mixed: {links:#?}\nold: {old_links:#?}\nnew: {new_links:#?}\n{told}{}",
                said(&status)
            ));
        }
        for number in 1..=self.number {
            let own = users_file(number);
            let has = |tree: &Tree| tree.values().any(|text| *text == own);
            // A block removes some by intention.
            if has(before) && has(new) && !has(&now) {
                return Err(format!("{own} is lost: {told}{}", said(&status)));
            }
        }
        if let Some(left) = now.keys().find(|name| name.contains(".home-manager-")) {
            return Err(format!("{left} was left: {told}{}", said(&status)));
        }
        let again = home.run(&["switch", "-b", &format!("again{}", self.number)])?;
        let links = managed(&home.tree()?);
        if !again.status.success() || links != new_links {
            return Err(format!("then: {}{links:#?}: {told}", said(&again)));
        }
        Ok(())
    }
}

struct Fault {
    kind: String,
    injection: String,
}

fn fault(random: &mut Random) -> Fault {
    match random.below(3) {
        0 => {
            let when = 1 + random.below(400);
            let signal = SIGNALS[random.below(SIGNALS.len())];
            Fault {
                kind: format!("SIG{signal}"),
                injection: format!("inject={CALLS}:signal={signal}:when={when}"),
            }
        }
        kind => {
            // Fewer, as opening files is not among them.
            let when = 1 + random.below(60);
            let error = ERRORS[random.below(ERRORS.len())];
            // From then on, or once.
            let (from, word) = if kind == 1 {
                ("+", "from one call on")
            } else {
                ("", "once")
            };
            let calls: Vec<&str> = CALLS.split(',').filter(|call| *call != "openat").collect();
            Fault {
                kind: format!("{error} {word}"),
                injection: format!("inject={}:error={error}:when={when}{from}", calls.join(",")),
            }
        }
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(to);
    crate::process::must(Command::new("cp").arg("-a").args([from, to]))
}
