//! Processes of activation blocks: ended with all that they started, when the user interrupts and
//! when a switch that died has left them running.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

/// How long processes may take to end by themselves.
const GRACE: Duration = Duration::from_millis(40);
/// How long the system may take to end them.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);

/// A process, told apart from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    number: u32,
    /// When it was started, in the system's ticks since `boot`.
    started: u64,
    boot: String,
}

impl ProcessIdentity {
    /// Returns the identity of a running process, where the system tells it.
    #[must_use]
    pub fn of(number: u32) -> Option<ProcessIdentity> {
        Some(ProcessIdentity {
            number,
            started: Status::read(number)?.started,
            boot: boot()?,
        })
    }

    fn is_running(&self) -> bool {
        ProcessIdentity::of(self.number).as_ref() == Some(self)
    }

    /// Ends the process and all that it started, if it still runs.
    pub fn end(&self) {
        if self.is_running() {
            end(&mut || {
                let mut numbers = descendants(self.number);
                if self.is_running() {
                    numbers.insert(self.number);
                }
                numbers
            });
        }
    }
}

/// The children of this process, at the time when a script is started.
#[derive(Debug)]
pub struct Children {
    before: BTreeSet<u32>,
}

impl Children {
    /// Notes which children there are. From now on, descendants whose parents have ended become
    /// children of this process, so that they can be found.
    #[must_use]
    pub fn note() -> Children {
        #[cfg(target_os = "linux")]
        // Where that is not possible, only those are found whose parents run.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        Children {
            before: direct_children(),
        }
    }

    /// Ends all processes that descend from this one and were started since; the script alone where
    /// the system does not list processes.
    pub fn end_new(&self, script: u32) {
        if Status::read(std::process::id()).is_none() {
            send(script, Signal::TERM);
            std::thread::sleep(GRACE);
            send(script, Signal::KILL);
            return;
        }
        end(&mut || {
            let new = direct_children();
            let mut numbers: BTreeSet<u32> = new.difference(&self.before).copied().collect();
            for child in numbers.clone() {
                numbers.extend(descendants(child));
            }
            numbers
        });
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(None);
    }
}

/// Ends processes: first asks them, then kills them, until none is left. One that was found once is
/// followed even if its parent has ended, and with it what it starts.
fn end(find: &mut dyn FnMut() -> BTreeSet<u32>) {
    let start = Instant::now();
    let mut asked = BTreeSet::new();
    let mut known: BTreeMap<u32, u64> = BTreeMap::new();
    loop {
        let started = |number: u32| Some(Status::read(number)?.started);
        known.retain(|number, time| started(*number) == Some(*time));
        let mut numbers = find();
        for number in known.keys() {
            numbers.extend(descendants(*number));
        }
        let new = numbers.into_iter();
        known.extend(new.filter_map(|number| Some((number, started(number)?))));
        if known.is_empty() || start.elapsed() > PATIENCE {
            return;
        }
        for number in known.keys() {
            if start.elapsed() > GRACE {
                send(*number, Signal::KILL);
            } else if asked.insert(*number) {
                send(*number, Signal::TERM);
            }
        }
        std::thread::sleep(PAUSE);
    }
}

fn send(number: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(number).ok().and_then(Pid::from_raw) {
        // It may have ended by itself, or be another user's.
        let _ = kill_process(pid, signal);
    }
}

fn direct_children() -> BTreeSet<u32> {
    children(std::process::id())
}

fn descendants(root: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut pending = vec![root];
    while let Some(parent) = pending.pop() {
        let new = children(parent).into_iter();
        pending.extend(new.filter(|number| found.insert(*number)));
    }
    found
}

/// Returns the running children of a process. Linux lists them by thread, unless it was built
/// without; then all processes are looked at.
fn children(parent: u32) -> BTreeSet<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{parent}/task")) else {
        return BTreeSet::new();
    };
    let mut numbers = BTreeSet::new();
    for thread in threads.flatten() {
        match std::fs::read_to_string(thread.path().join("children")) {
            Ok(text) => numbers.extend(
                text.split_whitespace()
                    .filter_map(|word| word.parse::<u32>().ok()),
            ),
            // The thread has ended.
            Err(_) if !thread.path().exists() => {}
            Err(_) => return children_among_all(parent),
        }
    }
    numbers.retain(|number: &u32| Status::read(*number).is_some());
    numbers
}

fn children_among_all(parent: u32) -> BTreeSet<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return BTreeSet::new();
    };
    let numbers = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child =
        |number: &u32| Status::read(*number).is_some_and(|status| status.parent == parent);
    numbers.filter(is_child).collect()
}

/// What the system says of a process.
struct Status {
    parent: u32,
    started: u64,
}

impl Status {
    /// Reads it; `None` when the process has ended, even if nobody has asked for its exit status.
    fn read(number: u32) -> Option<Status> {
        let text = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // The name stands in parentheses and may have any characters.
        let mut fields = text.get(text.rfind(')')? + 1..)?.split_whitespace();
        if matches!(fields.next()?, "Z" | "X") {
            return None;
        }
        Some(Status {
            parent: fields.next()?.parse().ok()?,
            started: fields.nth(17)?.parse().ok()?,
        })
    }
}

fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}
