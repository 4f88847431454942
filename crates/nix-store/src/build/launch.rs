//! What a builder's process does before it becomes the builder.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::Builtins;
use super::orders::{BuiltinOrders, Instead, Orders, UserOrders};

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
    /// Something is wrong that another try might not meet.
    Failed(String),
    /// This machine does not allow it.
    Refused(String),
}

impl NotStarted {
    /// Tells a machine that refuses something from one that has too little of it at the moment, as
    /// another process may have taken it.
    pub(super) fn because(text: String, error: &io::Error) -> NotStarted {
        const PASSING: &[Errno] = &[
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::NFILE,
            Errno::MFILE,
            Errno::NOMEM,
            Errno::AGAIN,
            Errno::INTR,
            Errno::IO,
        ];
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(errno) if PASSING.contains(&errno) => NotStarted::Failed(text),
            _ => NotStarted::Refused(text),
        }
    }
}

impl From<io::Error> for NotStarted {
    fn from(error: io::Error) -> NotStarted {
        NotStarted::because(error.to_string(), &error)
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
    result.map_err(|error| {
        let error = error.into();
        NotStarted::because(format!("cannot {action}: {error}"), &error)
    })
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
    #[cfg(target_os = "linux")]
    if let (Some(join), Some(namespaces)) = (&orders.join, namespaces) {
        super::sandbox::enter::join(join, &namespaces)?;
        return Ok(0);
    }
    #[cfg(target_os = "linux")]
    leave_groups(&orders)?;
    #[cfg(target_os = "linux")]
    if let Some(sandbox) = &orders.sandbox {
        let user = orders.user.as_ref();
        return super::sandbox::enter::run(sandbox, user, || become_builder(&orders, builtins));
    }
    if let Some(user) = &orders.user {
        doing("become the build user", become_user(user))?;
    }
    if orders.instead == Instead::EndProcesses {
        #[cfg(target_os = "linux")]
        end_processes()?;
        tell(READY, "");
        return Ok(0);
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

/// Gives up the groups that this process has besides its own.
#[cfg(target_os = "linux")]
fn leave_groups(orders: &Orders) -> Result<(), NotStarted> {
    use rustix::process::{getegid, getgroups};
    if orders.user.is_some() && orders.sandbox.is_none() {
        // It gets those of the user.
        return Ok(());
    }
    let none: &[rustix::fs::Gid] = &[];
    match rustix::thread::set_thread_groups(none) {
        Err(error) if orders.drop_groups => {
            let groups = getgroups().map_err(io::Error::from)?;
            if groups.iter().all(|group| *group == getegid()) {
                return Ok(());
            }
            Err(NotStarted::Failed(format!(
                "setgroups failed: {error}. Set the require-drop-supplementary-groups option to \
                 false to skip this step."
            )))
        }
        // Only root may; others keep the groups that they have.
        _ => Ok(()),
    }
}

/// How long to wait for processes that were killed to be gone.
const LAST_BREATH: Duration = Duration::from_secs(10);

/// Ends all processes of this process' user but itself, and waits until they are gone.
#[cfg(target_os = "linux")]
fn end_processes() -> Result<(), NotStarted> {
    let begun = Instant::now();
    while super::kernel::kill_own_processes()? && has_company()? {
        if begun.elapsed() > LAST_BREATH {
            return Err(NotStarted::Failed(
                "processes of the build user do not end".to_owned(),
            ));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Returns whether another process of this user is alive. One that has ended and was not waited
/// for by its parent does not count: it has nothing open.
#[cfg(target_os = "linux")]
fn has_company() -> io::Result<bool> {
    let own = std::process::id().to_string();
    let user = rustix::process::getuid().as_raw().to_string();
    let Ok(entries) = std::fs::read_dir("/proc") else {
        // Where nothing tells, those that were waited for count only.
        return Ok(true);
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let is_other = name
            .to_str()
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()) && name != own);
        // It may have ended meanwhile.
        let Some(status) = is_other
            .then(|| std::fs::read_to_string(entry.path().join("status")).ok())
            .flatten()
        else {
            continue;
        };
        let field = |name: &str| {
            let mut lines = status.lines();
            let value = lines.find_map(|line| line.strip_prefix(name))?;
            value.split_whitespace().next()
        };
        let is_dead = matches!(field("State:"), Some("Z" | "X"));
        if field("Uid:") == Some(user.as_str()) && !is_dead {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(target_os = "linux")]
fn become_user(user: &UserOrders) -> io::Result<()> {
    use rustix::fs::Gid;
    let groups: Vec<Gid> = user.groups.iter().copied().map(Gid::from_raw).collect();
    rustix::thread::set_thread_groups(&groups)?;
    change_user(user.user, user.group)
}

#[cfg(target_os = "linux")]
pub(super) fn change_user(user: u32, group: u32) -> io::Result<()> {
    use rustix::thread::{set_thread_gid, set_thread_uid};
    use rustix::{fs::Gid, fs::Uid};
    set_thread_gid(Gid::from_raw(group))?;
    set_thread_uid(Uid::from_raw(user))?;
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
        let directory = orders.directory.display();
        NotStarted::because(format!("cannot change to '{directory}': {error}"), &error)
    })?;
    // No core is dumped unless the builder wants it, or the machine refuses to change limits.
    let _ = super::kernel::dump_no_core();
    #[cfg(target_os = "linux")]
    restrict(orders)?;
    tell(READY, "");
    if orders.instead == Instead::Trial {
        return Ok(0);
    }
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
fn drop_rights() -> io::Result<()> {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    Ok(set_capabilities(None, none)?)
}

#[cfg(target_os = "linux")]
fn restrict(orders: &Orders) -> Result<(), NotStarted> {
    use super::kernel;
    if orders.sandbox.is_some() {
        // Rights in the sandbox's namespaces, which a builder that is executed would lose anyway.
        drop_rights()?;
    }
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
