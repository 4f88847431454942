//! The conversation with a generation's `activate` script.
//!
//! The script runs every block of `home.activation` in one bash process, in order. When
//! `HOME_MANAGER_DRIVER_FDS=R:W` is set it leaves the core blocks to the engine: it writes
//! `native NAME` to the descriptor W, reads `ok` or `fail` from R, and goes on or exits with 1.
//! Before each block it also writes `block NAME`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::io::FdFlags;
use thiserror::Error;

use crate::processes::Children;

/// How to start a script.
#[derive(Clone, Debug)]
pub struct Script {
    /// The generation, whose `activate` is run.
    pub generation: PathBuf,
    /// The version of the driver protocol of upstream's `activate`: 1 when the caller moves the
    /// profile, 0 when the script does.
    pub driver_version: u32,
    /// Whether the script knows the conversation of this module.
    pub native: bool,
    /// Variables that are set for it, above the inherited environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// The shell that runs the script.
    pub runner: Runner,
}

/// The process that runs the blocks of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A program that reads the script, which is its last argument; or the script itself.
    Program {
        /// The program.
        path: PathBuf,
        /// Its arguments before the script.
        arguments: Vec<OsString>,
    },
    /// The engine, which does all of these blocks itself. No process is started.
    Engine(Vec<String>),
}

/// The script could not be run.
#[derive(Debug, Error)]
pub enum DriverError {
    /// It could not be started, or the conversation broke off.
    #[error("cannot run {path}: {source}", path = path.display())]
    Io {
        /// The script.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// How a script ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// The blocks that it began, if it said so. In the last one it ended.
    pub blocks: Vec<String>,
}

/// Who runs a script.
pub trait Engine {
    /// Called with the number of the script's process, before anything else.
    fn started(&mut self, process: u32);
    /// Called when a block begins.
    fn began(&mut self, block: &str);
    /// Does a core block. Returns whether it was done.
    fn native(&mut self, block: &str) -> bool;
    /// Returns whether the user has asked to stop. The script is then ended with all that it started.
    fn interrupted(&self) -> bool;
}

/// How long what a script wrote is waited for after its end, when a program that it left running
/// keeps the channel open.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// The interval at which interrupts are looked for.
const PATIENCE: Duration = Duration::from_millis(20);

enum Event {
    Line(String),
    /// Nobody can write any more.
    Closed,
    Exited(io::Result<ExitStatus>),
}

/// Runs a script.
///
/// # Errors
/// When the script cannot be started or the conversation breaks off.
pub fn run(script: &Script, engine: &mut dyn Engine) -> Result<Finished, DriverError> {
    let path = script.generation.join("activate");
    let failed = |source| DriverError::Io {
        path: path.clone(),
        source,
    };
    let mut command = match &script.runner {
        Runner::Engine(blocks) => return Ok(run_blocks(blocks, engine)),
        Runner::Program { path: program, .. } if *program == path => Command::new(program),
        Runner::Program {
            path: program,
            arguments,
        } => {
            let mut command = Command::new(program);
            command.args(arguments).arg(&path);
            command
        }
    };
    command
        .arg("--driver-version")
        .arg(script.driver_version.to_string())
        .envs(&script.environment)
        .stdin(Stdio::null());
    let channel = if script.native {
        Some(Channel::open().map_err(failed)?)
    } else {
        None
    };
    if let Some(channel) = &channel {
        command.env("HOME_MANAGER_DRIVER_FDS", channel.child_descriptors());
    }
    let children = Children::note();
    let mut child = command.spawn().map_err(failed)?;
    let process = child.id();
    engine.started(process);
    let (sender, events) = mpsc::channel();
    let mut replies = None;
    if let Some(channel) = channel {
        let (requests, reply) = channel.into_parent_ends();
        replies = Some(reply);
        let sender = sender.clone();
        // Not joined: a program that the script left running may hold the descriptor open.
        thread::spawn(move || {
            for line in BufReader::new(requests).lines().map_while(Result::ok) {
                if sender.send(Event::Line(line)).is_err() {
                    return;
                }
            }
            // Nobody may be listening any more.
            let _ = sender.send(Event::Closed);
        });
    }
    thread::spawn(move || {
        let exited = child.wait();
        // The receiver waits for exactly this event, so it is there.
        let _ = sender.send(Event::Exited(exited));
    });
    let end = || children.end_new(process);
    converse(&events, replies, engine, &end).map_err(failed)
}

/// Does core blocks in their order, as a script would ask for them.
fn run_blocks(blocks: &[String], engine: &mut dyn Engine) -> Finished {
    let mut begun = Vec::new();
    let mut has_failed = false;
    for block in blocks {
        engine.began(block);
        begun.push(block.clone());
        if !engine.native(block) {
            has_failed = true;
            break;
        }
    }
    Finished {
        // As a process ends: the exit code is the higher byte.
        status: ExitStatus::from_raw(i32::from(has_failed) << 8),
        blocks: begun,
    }
}

fn converse(
    events: &mpsc::Receiver<Event>,
    mut replies: Option<File>,
    engine: &mut dyn Engine,
    end: &dyn Fn(),
) -> io::Result<Finished> {
    let mut blocks = Vec::new();
    let mut closed = replies.is_none();
    let mut is_ended = false;
    loop {
        let event = match events.recv_timeout(PATIENCE) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => {
                if !is_ended && engine.interrupted() {
                    end();
                    is_ended = true;
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the activation script vanished"));
            }
        };
        match event {
            Event::Closed => closed = true,
            Event::Exited(status) => {
                // Its last words may still be on their way.
                while !closed && let Ok(event) = events.recv_timeout(LAST_WORDS) {
                    match event {
                        Event::Line(line) => note_block(&line, &mut blocks, engine),
                        Event::Closed | Event::Exited(_) => closed = true,
                    }
                }
                let status = status?;
                return Ok(Finished { status, blocks });
            }
            Event::Line(line) => {
                note_block(&line, &mut blocks, engine);
                if let Some(name) = line.strip_prefix("native ") {
                    let reply: &[u8] = if engine.native(name) {
                        b"ok\n"
                    } else {
                        b"fail\n"
                    };
                    if let Some(replies) = &mut replies {
                        // A script that is gone needs no reply; its exit is the next event.
                        let _ = replies.write_all(reply);
                    }
                }
            }
        }
    }
}

fn note_block(line: &str, blocks: &mut Vec<String>, engine: &mut dyn Engine) {
    if let Some(name) = line.strip_prefix("block ") {
        engine.began(name);
        blocks.push(name.to_owned());
    }
}

/// Two pipes, one for each direction.
struct Channel {
    /// The child's end for replies.
    child_read: OwnedFd,
    /// The child's end for requests.
    child_write: OwnedFd,
    requests: OwnedFd,
    replies: OwnedFd,
}

impl Channel {
    fn open() -> io::Result<Channel> {
        let (requests, child_write) = rustix::pipe::pipe()?;
        let (child_read, replies) = rustix::pipe::pipe()?;
        // Only the child's ends are inherited.
        for end in [&requests, &replies] {
            rustix::io::fcntl_setfd(end.as_fd(), FdFlags::CLOEXEC)?;
        }
        Ok(Channel {
            child_read,
            child_write,
            requests,
            replies,
        })
    }

    fn child_descriptors(&self) -> String {
        format!(
            "{}:{}",
            self.child_read.as_raw_fd(),
            self.child_write.as_raw_fd()
        )
    }

    /// Closes the child's ends.
    fn into_parent_ends(self) -> (File, File) {
        (File::from(self.requests), File::from(self.replies))
    }
}

/// Whether a generation's script can be run at all.
#[must_use]
pub fn is_generation(path: &Path) -> bool {
    path.join("activate").is_file()
}
