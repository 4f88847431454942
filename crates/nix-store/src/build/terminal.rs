//! What a builder writes to: a terminal, so that programs show their output line by line, or a pipe
//! where there are no terminals.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::users::BuildUser;
use crate::error::StoreError;

/// The end from which it is read.
pub(super) enum Output {
    Terminal(File),
    Pipe(PipeReader),
}

impl Output {
    /// Gives a command a terminal or a pipe for its output and its errors.
    pub(super) fn of(command: &mut Command, user: Option<&BuildUser>) -> io::Result<Output> {
        if let Ok((master, slave)) = open_terminal(user) {
            command
                .stdout(Stdio::from(slave.try_clone()?))
                .stderr(Stdio::from(slave));
            return Ok(Output::Terminal(File::from(master)));
        }
        let (reader, writer) = io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        Ok(Output::Pipe(reader))
    }

    /// Reads what is there; nothing once nobody can write any more.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Output::Pipe(pipe) => pipe.read(buffer),
            Output::Terminal(terminal) => match terminal.read(buffer) {
                // Linux' word for that the other end was closed.
                Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => Ok(0),
                result => result,
            },
        }
    }
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Output::Terminal(terminal) => terminal.as_fd(),
            Output::Pipe(pipe) => pipe.as_fd(),
        }
    }
}

fn open_terminal(user: Option<&BuildUser>) -> Result<(OwnedFd, OwnedFd), TerminalError> {
    use rustix::fs::{Mode, OFlags};
    let master =
        rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    if let (Some(user), Ok(path)) = (user, name.to_str()) {
        user.give(Path::new(path))?;
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(&*name, flags, Mode::empty())?;
    // Lines end as they were written.
    let mut settings = tcgetattr(&slave)?;
    settings.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &settings)?;
    Ok((master, slave))
}

/// That there is no terminal to be had; why does not matter.
struct TerminalError;

impl From<Errno> for TerminalError {
    fn from(_: Errno) -> TerminalError {
        TerminalError
    }
}

impl From<StoreError> for TerminalError {
    fn from(_: StoreError) -> TerminalError {
        TerminalError
    }
}
