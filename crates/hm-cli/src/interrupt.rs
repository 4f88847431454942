//! The signals that ask the program to stop: SIGINT, SIGTERM and SIGHUP.
//!
//! There is one flag. Everything that takes long looks at it: evaluations, transfers, builds, waits
//! for locks. What cannot look, because it waits in a system call (opening a pipe, looking a host
//! up), is ended by the thread that receives the signals: it gives the others a moment to clean up,
//! then ends the process. That is safe at any time, as being killed is. Only a switch that changes
//! files must come to its own end ([`hold`]).

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use nix_store::build::Cancellation;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::terminal;

/// How long the program may take to end by itself.
const GRACE: Duration = Duration::from_millis(70);
/// How often the thread looks whether it may end the process.
const TICK: Duration = Duration::from_millis(10);

/// The flag.
static CANCELLATION: OnceLock<Cancellation> = OnceLock::new();
/// The first signal that came; 0 before.
static SIGNAL: AtomicI32 = AtomicI32::new(0);
/// The number of parts of the program that must not be cut short.
static HELD: AtomicUsize = AtomicUsize::new(0);
/// Whether the user knows that the program was interrupted.
static REPORTED: AtomicBool = AtomicBool::new(false);
/// Whether failures are printed as JSON.
static AS_JSON: AtomicBool = AtomicBool::new(false);
/// What SIGINT does: see [`Prompt`].
static PROMPT: AtomicU8 = AtomicU8::new(Prompt::None as u8);

/// Where an interactive program is. Its user interrupts what it does, not the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Prompt {
    /// The program is not interactive.
    None,
    /// It waits for a line: SIGINT does nothing.
    Waiting,
    /// It works on a line: SIGINT ends that, a second one the program.
    Working,
}

/// Starts to receive the signals. From now on they set the flag instead of killing the process.
///
/// # Errors
/// When the system refuses.
pub fn listen() -> std::io::Result<()> {
    let mut wanted = vec![SIGINT, SIGTERM];
    // `nohup` means that the program shall outlive its terminal.
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let (sender, is_ready) = mpsc::sync_channel(1);
    let signals = wanted.clone();
    let started =
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || match Signals::new(signals) {
                Ok(mut signals) => {
                    // The other end waits for it.
                    let _ = sender.send(Ok(()));
                    signals.forever().for_each(receive);
                }
                Err(error) => drop(sender.send(Err(error))),
            });
    match started {
        Ok(_) => is_ready.recv().map_err(std::io::Error::other)?,
        // Where no thread can be started, a wait in a system call goes on to its end.
        Err(_) => wanted.into_iter().try_for_each(|signal| {
            signal_hook::flag::register(signal, cancellation().flag()).map(drop)
        }),
    }
}

/// Whether the process was started with a signal ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| (mask >> (signal - 1)) & 1 == 1)
}

fn receive(signal: i32) {
    let prompt = PROMPT.load(Ordering::Relaxed);
    if signal == SIGINT && prompt == Prompt::Waiting as u8 {
        return;
    }
    let cancellation = cancellation();
    let is_second = cancellation.is_cancelled();
    cancellation.cancel();
    if signal == SIGINT && prompt == Prompt::Working as u8 && !is_second {
        return;
    }
    let is_first = SIGNAL
        .compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed)
        .is_ok();
    if is_second {
        if HELD.load(Ordering::Relaxed) == 0 {
            end(signal);
        }
    } else if is_first {
        // Another thread waits, so that this one sees the next signal.
        let started = thread::Builder::new().spawn(move || wait_and_end(signal));
        if started.is_err() && HELD.load(Ordering::Relaxed) == 0 {
            end(signal);
        }
    }
}

/// Ends the process when nothing holds it any more and it has had its time.
fn wait_and_end(signal: i32) {
    let mut waited = Duration::ZERO;
    while waited < GRACE {
        thread::sleep(TICK);
        waited = match HELD.load(Ordering::Relaxed) {
            0 => waited + TICK,
            _ => Duration::ZERO,
        };
    }
    end(signal)
}

/// Ends the process at once. Says so, unless that was said.
fn end(signal: i32) -> ! {
    if claim_report() {
        let code = code_of(signal);
        terminal::last_words(&match AS_JSON.load(Ordering::Relaxed) {
            true => {
                format!("{{\"level\":\"error\",\"message\":\"interrupted\",\"status\":{code}}}")
            }
            false => "error: interrupted".to_owned(),
        });
    }
    end_children();
    signal_hook::low_level::exit(i32::from(code_of(signal)))
}

/// Ends the programs that this one waits for: `git`, `ssh`, builders. A terminal sends its signals to
/// them too, but `kill` does not.
fn end_children() {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    for task in tasks.flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let process = child.parse().ok().and_then(Pid::from_raw);
            // It may have ended meanwhile.
            let _ = process.map(|process| kill_process(process, Signal::TERM));
        }
    }
}

fn code_of(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Returns the flag, for all that can be stopped.
pub fn cancellation() -> Cancellation {
    CANCELLATION.get_or_init(Cancellation::new).clone()
}

/// Whether the user asked the program to stop.
pub fn requested() -> bool {
    CANCELLATION.get().is_some_and(Cancellation::is_cancelled)
}

/// Keeps the process from being ended before it ends by itself.
pub struct Hold(());

/// Begins a part of the program that must not be cut short and looks at the flag itself: until
/// the value is dropped.
pub fn hold() -> Hold {
    HELD.fetch_add(1, Ordering::Relaxed);
    Hold(())
}

impl Drop for Hold {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Sets where an interactive program is. Whatever was interrupted before is over then.
pub fn set_prompt(prompt: Prompt) {
    PROMPT.store(prompt as u8, Ordering::Relaxed);
    if SIGNAL.load(Ordering::Relaxed) == 0 {
        cancellation().flag().store(false, Ordering::Relaxed);
    }
}

/// Prints failures as JSON from now on.
pub fn report_as_json() {
    AS_JSON.store(true, Ordering::Relaxed);
}

/// Returns `true` once: that caller tells the user that the program was interrupted.
pub fn claim_report() -> bool {
    !REPORTED.swap(true, Ordering::Relaxed)
}

/// Returns the exit code of a command that would exit with `code`: 128 and the number of the signal
/// if it failed because of one.
pub fn exit_code(code: u8) -> u8 {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => code,
        _ if code == 0 => 0,
        signal => code_of(signal),
    }
}
