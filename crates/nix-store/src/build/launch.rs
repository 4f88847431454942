//! What a builder's process does before it becomes the builder.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use super::Builtins;
use super::orders::{BuiltinOrders, Orders, UserOrders};

/// A program that starts builders: one that calls [`launch`] when it is started with the arguments.
///
/// Without one this process is copied for each builder, which takes the longer the more memory it
/// has; and only a launcher can start builders in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// Its path. `/proc/self/exe` is this program.
    pub program: PathBuf,
    /// What tells it to launch.
    pub arguments: Vec<OsString>,
}

impl Launcher {
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }
}

// What the launcher writes before the builder writes anything: one line.
/// The builder follows.
pub(super) const READY: u8 = 2;
/// It cannot be started; why not follows.
pub(super) const FAILED: u8 = 1;
/// The kernel does not allow a sandbox; why not follows.
pub(super) const REFUSED: u8 = 3;

/// Why a builder was not started.
pub(super) enum NotStarted {
    Failed(String),
    /// The kernel does not allow a sandbox.
    Refused(String),
}

impl From<io::Error> for NotStarted {
    fn from(error: io::Error) -> NotStarted {
        NotStarted::Failed(error.to_string())
    }
}

/// Becomes a builder, or starts one in a sandbox and waits for it, as the standard input says.
///
/// Returns only when there is no builder (any more), or when it was one of `builtins`, with the code
/// to exit with.
#[must_use]
pub fn launch(builtins: &Builtins) -> u8 {
    let (kind, message) = match try_launch(builtins) {
        Ok(code) => return code,
        Err(NotStarted::Failed(message)) => (FAILED, message),
        Err(NotStarted::Refused(message)) => (REFUSED, message),
    };
    tell(kind, &message);
    127
}

fn tell(kind: u8, message: &str) {
    let mut line = vec![kind];
    line.extend(message.replace('\n', " ").bytes());
    line.push(b'\n');
    // Whoever wanted the builder may be gone.
    let _ = io::stderr().write_all(&line);
}

/// Says in an error what was being done.
fn doing<T, E: Into<io::Error>>(action: &str, result: Result<T, E>) -> Result<T, NotStarted> {
    result.map_err(|error| NotStarted::Failed(format!("cannot {action}: {}", error.into())))
}

fn try_launch(builtins: &Builtins) -> Result<u8, NotStarted> {
    doing("give the builder a session of its own", prepare())?;
    let orders = read_orders(&mut io::stdin())?;
    // Had it died before, nothing would be sent any more.
    if !is_parent(orders.parent) {
        return Err(NotStarted::Failed(
            "the process that wanted a builder is gone".to_owned(),
        ));
    }
    #[cfg(target_os = "linux")]
    let namespaces = match &orders.join {
        // Those of a process that changed its user are root's to open.
        Some(join) => Some(super::sandbox::enter::namespaces_of(join.process)?),
        None => None,
    };
    if let Some(user) = &orders.user {
        doing("become the build user", become_user(user))?;
    }
    #[cfg(target_os = "linux")]
    if let (Some(join), Some(namespaces)) = (&orders.join, namespaces) {
        super::sandbox::enter::join(join, &namespaces)?;
        return Ok(0);
    }
    #[cfg(target_os = "linux")]
    if let Some(sandbox) = &orders.sandbox {
        return super::sandbox::enter::run(sandbox, || become_builder(&orders, builtins));
    }
    become_builder(&orders, builtins)
}

/// What is sent to a launcher.
pub(super) fn send_orders(orders: &Orders, launcher: &mut dyn Write) -> io::Result<()> {
    let bytes = orders.encode();
    launcher.write_all(&(bytes.len() as u64).to_le_bytes())?;
    launcher.write_all(&bytes)
}

/// Reads no further, as the end of the input has a meaning of its own.
fn read_orders(input: &mut dyn Read) -> io::Result<Orders> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let mut bytes = Vec::new();
    input
        .take(u64::from_le_bytes(length))
        .read_to_end(&mut bytes)?;
    Orders::decode(&bytes)
}

/// In a session of its own a builder has no terminal from which it could ask for a password and
/// wait forever, and all that it starts can be killed with it. The file mode mask is always the
/// same, and on Linux it is killed should the process that started it be.
///
/// Three system calls, which neither allocate nor take locks.
pub(super) fn prepare() -> io::Result<()> {
    rustix::process::setsid()?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    die_with_parent();
    Ok(())
}

/// Has the kernel kill this process when its parent ends. Where it refuses, a builder only goes on
/// for a while after this program was killed.
pub(super) fn die_with_parent() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

fn is_parent(process: u32) -> bool {
    let parent = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get());
    parent.and_then(|parent| u32::try_from(parent).ok()) == Some(process)
}

#[cfg(target_os = "linux")]
fn become_user(user: &UserOrders) -> io::Result<()> {
    use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};
    use rustix::{fs::Gid, fs::Uid};
    let groups: Vec<Gid> = user.groups.iter().copied().map(Gid::from_raw).collect();
    set_thread_groups(&groups)?;
    set_thread_gid(Gid::from_raw(user.group))?;
    set_thread_uid(Uid::from_raw(user.user))?;
    // Whoever changes their user loses what is theirs below `/proc/self`, where users are mapped into
    // a namespace. A program that is executed, as the builder will be, has it again.
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    // It is forgotten when the user changes.
    die_with_parent();
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn become_user(_: &UserOrders) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// The last steps, wherever the builder runs.
fn become_builder(orders: &Orders, builtins: &Builtins) -> Result<u8, NotStarted> {
    doing("give the builder an empty input", read_nothing())?;
    std::env::set_current_dir(&orders.directory).map_err(|error| {
        NotStarted::Failed(format!(
            "cannot change to '{}': {error}",
            orders.directory.display()
        ))
    })?;
    // No core is dumped unless the builder wants it, or the machine refuses to change limits.
    let _ = super::kernel::dump_no_core();
    #[cfg(target_os = "linux")]
    restrict(orders)?;
    tell(READY, "");
    if let Some(builtin) = &orders.builtin {
        return Ok(run_builtin(builtin, orders, builtins));
    }
    let error = Command::new(&orders.program)
        .arg0(&orders.name)
        .args(&orders.arguments)
        .env_clear()
        .envs(orders.variables.iter().map(|(name, value)| (name, value)))
        .exec();
    let text = cannot_execute(&orders.program, &error);
    let _ = io::stderr().write_all(text.as_bytes());
    Ok(1)
}

fn run_builtin(builtin: &BuiltinOrders, orders: &Orders, builtins: &Builtins) -> u8 {
    let name = builtin.name.to_string_lossy();
    match builtins.run(&name, &builtin.job(orders)) {
        Ok(()) => 0,
        Err(message) => {
            log(&format!("error: {message}"));
            1
        }
    }
}

/// Writes a line to the log of the build.
pub(super) fn log(message: &str) {
    // The process that wanted the build may be gone.
    let _ = io::stderr().write_all(format!("{message}\n").as_bytes());
}

/// Makes the standard input one at whose end the reader is at once.
fn read_nothing() -> io::Result<()> {
    // A machine may have no devices. The other end of the pipe is closed here.
    let input = match std::fs::File::open("/dev/null") {
        Ok(file) => OwnedFd::from(file),
        Err(_) => OwnedFd::from(io::pipe()?.0),
    };
    Ok(rustix::stdio::dup2_stdin(input)?)
}

/// What is said in the log of a builder that cannot be started, in the words of Nix.
pub(super) fn cannot_execute(program: &OsStr, error: &io::Error) -> String {
    let reason = error.to_string();
    let reason = reason.split(" (os error ").next().unwrap_or_default();
    format!("error: executing '{}': {reason}\n", program.display())
}

#[cfg(target_os = "linux")]
fn restrict(orders: &Orders) -> Result<(), NotStarted> {
    use super::kernel;
    // Older kernels do not know it; what this program opens is closed anyway.
    let _ = kernel::close_on_exec();
    if orders.filter_system_calls {
        match filter_system_calls() {
            Ok(()) => {}
            // Files that run as their owner are a danger only where the owner is another user than
            // the one who wants the build. What is in the store has lost that bit.
            Err(_) if orders.user.is_none() => {}
            Err(error) => {
                return Err(NotStarted::Failed(format!(
                    "cannot keep the builder from making files that run as another user: {error}; \
                     allow seccomp, or set 'filter-syscalls = false' to build without that"
                )));
            }
        }
        kernel::leave_abstract_sockets();
    }
    doing(
        "give the builder a machine of 32 bits",
        kernel::set_personality(orders.thirty_two_bits),
    )
}

#[cfg(target_os = "linux")]
fn filter_system_calls() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    let program = super::sandbox::seccomp::program();
    if program.is_empty() {
        return Ok(());
    }
    super::kernel::filter_system_calls(&program)
}
