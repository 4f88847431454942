//! What a builder's process does before it becomes the builder.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// A program that prepares a builder's process: one that hands what follows its `arguments` to
/// [`launch`].
///
/// Without one this process is copied for each builder, which takes the longer the more memory it
/// has; with one it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// Its path. `/proc/self/exe` is this program.
    pub program: PathBuf,
    /// What tells it to launch.
    pub arguments: Vec<OsString>,
}

impl Launcher {
    /// A command whose process will become `program` under this name, in this directory.
    pub(super) fn command(
        &self,
        directory: &std::path::Path,
        program: &std::ffi::OsStr,
    ) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(std::process::id().to_string())
            .arg(directory)
            .arg(program);
        command
    }
}

/// Becomes a builder. The arguments are the process that launches it, its directory, its program,
/// the name by which that is called, and its arguments.
///
/// Returns only when that fails, and then says why.
#[must_use]
pub fn launch(arguments: impl IntoIterator<Item = OsString>) -> io::Error {
    match try_launch(&mut arguments.into_iter()) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

fn try_launch(
    arguments: &mut dyn Iterator<Item = OsString>,
) -> io::Result<std::convert::Infallible> {
    let mut next = || {
        arguments
            .next()
            .ok_or_else(|| io::Error::other("too few arguments to launch a builder"))
    };
    let parent = next()?;
    let (directory, program, name) = (next()?, next()?, next()?);
    prepare()?;
    // Had it died before, nothing would be sent any more.
    if !is_parent(&parent) {
        return Err(io::Error::other(
            "the process that wanted a builder is gone",
        ));
    }
    std::env::set_current_dir(directory)?;
    Err(Command::new(program).arg0(name).args(arguments).exec())
}

/// In a session of its own a builder has no terminal from which it could ask for a password and
/// wait forever, and all that it starts can be killed with it. The file mode mask is always the
/// same, and on Linux it is killed should the process that started it be.
///
/// Three system calls, which neither allocate nor take locks.
pub(super) fn prepare() -> io::Result<()> {
    rustix::process::setsid()?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

fn is_parent(process: &std::ffi::OsStr) -> bool {
    let parent = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().to_string());
    parent.is_some_and(|parent| *parent == *process)
}
