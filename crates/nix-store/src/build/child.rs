//! A builder's process.

use std::ffi::OsStr;
use std::io::{self, PipeReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::environment::Environment;
use super::{BuildError, BuildOptions, FailureReason, launch};

/// How often it is looked whether a builder that says nothing should be stopped, or has ended.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long to wait for the end of the output of what a builder left behind, once that is killed.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How a builder that could be started ended.
pub(super) enum Ended {
    Well,
    Badly(FailureReason),
}

/// Runs a builder to its end, with nothing to read and both outputs given to `output`. Nothing of
/// it goes on running after that.
pub(super) fn run(
    builder: &[u8],
    arguments: &[Vec<u8>],
    environment: &Environment,
    directory: &Path,
    options: &BuildOptions,
    stopped: &dyn Fn() -> bool,
    output: &mut dyn FnMut(&[u8]),
) -> Result<Ended, BuildError> {
    let name = builder
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or(builder);
    let (builder, name) = (OsStr::from_bytes(builder), OsStr::from_bytes(name));
    let not_started = |error: io::Error| {
        let message = format!("executing '{}': {error}", builder.display());
        Ok(Ended::Badly(FailureReason::Error(message)))
    };
    // A launcher could only say so in the log.
    if let Err(error) = rustix::fs::access(builder, rustix::fs::Access::EXEC_OK) {
        return not_started(error.into());
    }
    let mut command = match &options.launcher {
        Some(launcher) => {
            let mut command = launcher.command(directory, builder);
            command.arg(name);
            command
        }
        None => {
            let mut command = Command::new(builder);
            command.arg0(name).current_dir(directory);
            prepare_in_copy(&mut command);
            command
        }
    };
    command
        .args(arguments.iter().map(|argument| OsStr::from_bytes(argument)))
        .env_clear()
        .envs(
            environment
                .variables
                .iter()
                .map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value))),
        )
        .stdin(Stdio::null());
    let started = pipe(&mut command).and_then(|reader| Ok((command.spawn()?, reader)));
    // The command has the other end of the pipe, which has to be closed here.
    drop(command);
    let (child, reader) = match started {
        Ok(started) => started,
        Err(error) => return not_started(error),
    };
    Watch {
        child,
        reader,
        options,
        stopped,
        output,
    }
    .until_end()
}

fn pipe(command: &mut Command) -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    Ok(reader)
}

/// Has the copy of this process that becomes the builder do what a launcher does.
#[allow(unsafe_code)]
fn prepare_in_copy(command: &mut Command) {
    // SAFETY: what runs between fork and exec are system calls that neither allocate nor take
    // locks.
    unsafe {
        command.pre_exec(launch::prepare);
    }
}

struct Watch<'a> {
    child: Child,
    reader: PipeReader,
    options: &'a BuildOptions,
    stopped: &'a dyn Fn() -> bool,
    output: &'a mut dyn FnMut(&[u8]),
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
        // It most often ends right after it closed its output.
        let mut pause = Duration::from_micros(50);
        loop {
            let mut silent = true;
            if open {
                match self.read(buffer, PATIENCE)? {
                    Some(0) => open = false,
                    Some(read) => {
                        heard = Instant::now();
                        silent = false;
                        (self.output)(&buffer[..read]);
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
                Some(read) => (self.output)(&buffer[..read]),
                None => {}
            }
        }
        Ok(())
    }

    /// Kills the builder, unless it ended, and all that is in its session.
    fn kill(&mut self) -> io::Result<ExitStatus> {
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
