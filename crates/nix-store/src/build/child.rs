//! A builder's process.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::orders::Orders;
use super::terminal::Output;
use super::users::BuildUser;
use super::{BuildError, BuildOptions, Builtins, FailureReason, kernel, launch};

/// How often it is looked whether a builder that says nothing should be stopped, or has ended.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long to wait for the end of the output of what a builder left behind, once that is killed.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Takes what a builder writes, and may say why it has to stop.
pub(super) type Hearing<'a> = dyn FnMut(&[u8]) -> Option<FailureReason> + 'a;

/// How a builder ended.
pub(super) enum Ended {
    Well,
    Badly(FailureReason),
    /// It was not started: the kernel does not allow a sandbox, for this reason.
    Refused(String),
    /// It was not started: the launcher did not begin to be one.
    Unlaunchable(String),
}

/// Why the launcher of this program cannot be started on this machine, once that was found out.
static UNLAUNCHABLE: OnceLock<String> = OnceLock::new();
/// Whether the launcher has been started once. It can be started then, whatever befalls another one:
/// no builder may lose its sandbox by that.
static LAUNCHES: AtomicBool = AtomicBool::new(false);

/// Runs a builder to its end, with nothing to read and both outputs given to `output`, which may say
/// why it has to stop. Nothing of it goes on running after that. `started` is told its process, or
/// that of the launcher, before the builder does anything.
///
/// An emulated program often cannot start itself. Then a builder that needs neither a sandbox nor
/// another user is started by a copy of this process, or runs in this process if it is a part of
/// this program.
pub(super) fn run(
    orders: &Orders,
    user: Option<&BuildUser>,
    options: &BuildOptions,
    stopped: &dyn Fn() -> bool,
    started: &dyn Fn(u32),
    output: &mut Hearing<'_>,
) -> Result<Ended, BuildError> {
    let launcher = options.launcher.as_ref();
    if let Some(launcher) = launcher.filter(|_| UNLAUNCHABLE.get().is_none()) {
        let mut command = launcher.command();
        command.env_clear().stdin(Stdio::piped());
        let ended = start(
            command, true, orders, user, options, stopped, started, output,
        )?;
        let Ended::Unlaunchable(reason) = ended else {
            return Ok(ended);
        };
        if LAUNCHES.load(Ordering::Relaxed) {
            return Ok(Ended::Badly(FailureReason::Error(reason)));
        }
        UNLAUNCHABLE.get_or_init(|| reason);
    }
    let reason = UNLAUNCHABLE
        .get()
        .map_or("its own file is not found", String::as_str);
    if orders.sandbox.is_some() {
        return Ok(Ended::Refused(format!(
            "the program cannot start itself: {reason}"
        )));
    }
    if orders.user.is_some() {
        return Ok(Ended::Badly(FailureReason::Error(format!(
            "the program cannot start itself to become a build user: {reason}; set \
             'build-users-group =' to build without build users"
        ))));
    }
    if let Some(builtin) = &orders.builtin {
        let name = builtin.name.to_string_lossy();
        let builtins = Builtins::default();
        // Those have no more power than a builder of this user would have.
        if !builtins.contains(&name) {
            return Ok(Ended::Badly(FailureReason::Error(format!(
                "builders like 'builtin:{name}' need a launcher: {reason}"
            ))));
        }
        return Ok(match builtins.run(&name, &builtin.job(orders)) {
            Ok(()) => Ended::Well,
            Err(message) => {
                output(format!("error: {message}\n").as_bytes());
                Ended::Badly(FailureReason::Exit(1))
            }
        });
    }
    let mut command = Command::new(&orders.program);
    command
        .arg0(&orders.name)
        .args(&orders.arguments)
        .env_clear()
        .envs(orders.variables.iter().map(|(name, value)| (name, value)))
        .current_dir(&orders.directory)
        .stdin(Stdio::null());
    kernel::prepare_in_copy(&mut command, launch::prepare);
    start(
        command, false, orders, user, options, stopped, started, output,
    )
}

#[expect(clippy::too_many_arguments, reason = "what `run` is given, and how")]
fn start(
    mut command: Command,
    launched: bool,
    orders: &Orders,
    user: Option<&BuildUser>,
    options: &BuildOptions,
    stopped: &dyn Fn() -> bool,
    started: &dyn Fn(u32),
    output: &mut Hearing<'_>,
) -> Result<Ended, BuildError> {
    let spawned = Output::of(&mut command, user).and_then(|out| Ok((command.spawn()?, out)));
    // The command has the other end of the output, which has to be closed here.
    drop(command);
    let (mut child, reader) = match spawned {
        Ok(spawned) => spawned,
        Err(error) if launched => {
            let text = format!("cannot start the launcher: {error}");
            return Ok(match launch::NotStarted::because(text, &error) {
                launch::NotStarted::Refused(reason) => Ended::Unlaunchable(reason),
                // Another build may have taken all processes or all memory; that passes.
                launch::NotStarted::Failed(reason) => Ended::Badly(FailureReason::Error(reason)),
            });
        }
        // What a launcher would say.
        Err(error) => {
            let text = launch::cannot_execute(&orders.program, &error);
            output(text.as_bytes());
            return Ok(Ended::Badly(FailureReason::Exit(1)));
        }
    };
    started(child.id());
    if let Some(input) = &mut child.stdin {
        // One that has died by now has said why.
        let _ = launch::send_orders(orders, input);
    }
    if orders.sandbox.is_none() {
        child.stdin = None;
    }
    Watch {
        child,
        reader,
        options,
        stopped,
        output,
        launcher_says: launched.then(Vec::new),
        not_started: None,
    }
    .until_end()
}

/// The reason of a builder that was not started.
pub(super) fn not_set_up(reason: &str) -> String {
    format!("while setting up the build environment: {reason}")
}

/// The name by which a builder is called.
pub(super) fn name_of(program: &[u8]) -> &OsStr {
    let name = program.rsplit(|byte| *byte == b'/').next();
    OsStr::from_bytes(name.unwrap_or(program))
}

struct Watch<'a> {
    child: Child,
    reader: Output,
    options: &'a BuildOptions,
    stopped: &'a dyn Fn() -> bool,
    output: &'a mut Hearing<'a>,
    /// What the launcher said up to now; nothing once the builder speaks.
    launcher_says: Option<Vec<u8>>,
    /// Why the launcher did not start the builder.
    not_started: Option<Ended>,
}

/// Why a builder is not waited for any longer.
enum Stop {
    Ended,
    Overdue(FailureReason),
    Interrupted,
}

impl Watch<'_> {
    fn until_end(mut self) -> Result<Ended, BuildError> {
        let mut buffer = vec![0; 64 * 1024];
        let stop = self.watch(&mut buffer);
        let status = self.kill();
        let stop = stop?;
        self.drain(&mut buffer)?;
        let status = status.map_err(waiting_failed)?;
        if let Some(ended) = self.not_started {
            return Ok(ended);
        }
        if self.launcher_says.is_some() && matches!(stop, Stop::Ended) {
            let reason = format!("the launcher of the builder ended: {status}");
            return Ok(match status.signal() {
                // It was killed, which says nothing about the next one.
                Some(_) => Ended::Badly(FailureReason::Error(reason)),
                None => Ended::Unlaunchable(reason),
            });
        }
        match stop {
            Stop::Ended if status.success() => Ok(Ended::Well),
            Stop::Ended => Ok(Ended::Badly(match (status.code(), status.signal()) {
                (Some(code), _) => FailureReason::Exit(code),
                (None, signal) => FailureReason::Signal(signal.unwrap_or_default()),
            })),
            Stop::Overdue(reason) => Ok(Ended::Badly(reason)),
            Stop::Interrupted => Err(BuildError::Interrupted),
        }
    }

    fn watch(&mut self, buffer: &mut [u8]) -> Result<Stop, BuildError> {
        let begun = Instant::now();
        let mut heard = begun;
        let mut open = true;
        let mut closed = begun;
        // It most often ends right after it closed its output.
        let mut pause = Duration::from_micros(50);
        loop {
            let mut silent = true;
            if open {
                match self.read(buffer, PATIENCE)? {
                    Some(0) => {
                        open = false;
                        closed = Instant::now();
                    }
                    Some(read) => {
                        heard = Instant::now();
                        silent = false;
                        if let Some(reason) = self.hear(&buffer[..read]) {
                            return Ok(Stop::Overdue(reason));
                        }
                    }
                    None => {}
                }
            } else {
                std::thread::sleep(pause);
                pause = (pause * 2).min(PATIENCE);
            }
            // What it left behind may have its output still.
            if silent && self.has_ended()? {
                return Ok(Stop::Ended);
            }
            // Nobody would hear of it any more: it is presumed to have ended.
            if !open && closed.elapsed() > LAST_WORDS {
                return Ok(Stop::Ended);
            }
            if let Some(reason) = self.overdue(begun, heard) {
                return Ok(Stop::Overdue(reason));
            }
            if (self.stopped)() {
                return Ok(Stop::Interrupted);
            }
        }
    }

    /// Leaves it to be waited for, so that its number stays its own.
    fn has_ended(&self) -> Result<bool, BuildError> {
        let Some(process) = self.process() else {
            return Ok(true);
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(process), options) {
            Ok(status) => Ok(status.is_some()),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(waiting_failed(error.into())),
        }
    }

    fn process(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    fn overdue(&self, begun: Instant, heard: Instant) -> Option<FailureReason> {
        if let Some(limit) = self
            .options
            .timeout
            .filter(|limit| begun.elapsed() > *limit)
        {
            return Some(FailureReason::TimedOut(limit));
        }
        let limit = self
            .options
            .silent_timeout
            .filter(|limit| heard.elapsed() > *limit)?;
        Some(FailureReason::Silent(limit))
    }

    /// `None` when nothing came in time, and nothing read at the end.
    fn read(&mut self, buffer: &mut [u8], patience: Duration) -> Result<Option<usize>, BuildError> {
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: patience.subsec_nanos().into(),
        };
        let mut watched = [PollFd::new(&self.reader, PollFlags::IN)];
        match poll(&mut watched, Some(&patience)) {
            Ok(0) | Err(Errno::INTR) => Ok(None),
            Ok(_) => self.reader.read(buffer).map(Some).map_err(reading_failed),
            Err(error) => Err(reading_failed(error.into())),
        }
    }

    /// What was written before all were killed.
    fn drain(&mut self, buffer: &mut [u8]) -> Result<(), BuildError> {
        let begun = Instant::now();
        while begun.elapsed() < LAST_WORDS {
            match self.read(buffer, PATIENCE)? {
                Some(0) => break,
                Some(read) => {
                    self.hear(&buffer[..read]);
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Takes what was written: first a line by the launcher, the rest by the builder.
    fn hear(&mut self, data: &[u8]) -> Option<FailureReason> {
        let Some(mut said) = self.launcher_says.take() else {
            return (self.output)(data);
        };
        said.extend_from_slice(data);
        let Some(end) = said.iter().position(|byte| *byte == b'\n') else {
            self.launcher_says = Some(said);
            return None;
        };
        let message = String::from_utf8_lossy(said.get(1..end).unwrap_or_default()).into_owned();
        match said.first() {
            Some(&launch::READY) => {
                LAUNCHES.store(true, Ordering::Relaxed);
                return (self.output)(&said[end + 1..]);
            }
            Some(&launch::REFUSED) => self.not_started = Some(Ended::Refused(message)),
            Some(&launch::FAILED) => {
                self.not_started = Some(Ended::Badly(FailureReason::Error(not_set_up(&message))));
            }
            // The program is no launcher, or could not begin to be one.
            _ => {
                let text = String::from_utf8_lossy(&said).trim().to_owned();
                self.not_started = Some(Ended::Unlaunchable(text));
            }
        }
        None
    }

    /// Kills the builder, unless it ended, and all that is in its session.
    fn kill(&mut self) -> io::Result<ExitStatus> {
        // The launcher of a sandbox ends when all in it have.
        if self.child.stdin.take().is_some() {
            return self.child.wait();
        }
        if let Some(process) = self.process() {
            // There may be nobody left, or not yet a session.
            let _ = kill_process_group(process, Signal::KILL);
        }
        let _ = self.child.kill();
        self.child.wait()
    }
}

fn waiting_failed(error: io::Error) -> BuildError {
    failed("wait for", error)
}

fn reading_failed(error: io::Error) -> BuildError {
    failed("read the output of", error)
}

fn failed(action: &'static str, error: io::Error) -> BuildError {
    crate::error::StoreError::Io {
        action,
        path: "a builder".into(),
        error,
    }
    .into()
}
