//! In the launcher: leaving what there is for a sandbox.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive,
    mount_change, unmount,
};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, waitid, waitpid,
};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space};

use super::super::kernel;
use super::super::launch::{NotStarted, change_user, die_with_parent};
use super::super::orders::{JoinOrders, Mount, SandboxOrders, UserOrders};
use super::show::show;

/// What of `/proc` concerns the whole machine.
const OF_THE_KERNEL: &[&str] = &["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi"];

/// The namespaces of a sandbox that are entered to change what is seen there.
pub(in super::super) struct Namespaces {
    user: File,
    mounts: File,
}

/// The namespaces of a process that made a sandbox.
pub(in super::super) fn namespaces_of(process: u32) -> io::Result<Namespaces> {
    let open = |name: &str| File::open(format!("/proc/{process}/ns/{name}"));
    Ok(Namespaces {
        user: open("user")?,
        mounts: open("mnt")?,
    })
}

/// Has something appear in a sandbox.
pub(in super::super) fn join(
    orders: &JoinOrders,
    namespaces: &Namespaces,
) -> Result<(), NotStarted> {
    for (namespace, kind) in [
        (&namespaces.user, LinkNameSpaceType::User),
        (&namespaces.mounts, LinkNameSpaceType::Mount),
    ] {
        move_into_link_name_space(namespace.as_fd(), Some(kind))
            .map_err(|error| refused("cannot enter the sandbox", error))?;
    }
    show(&orders.root, &orders.mount)
}

/// Devices that say nothing about the machine.
const DEVICES: &[&str] = &["full", "null", "random", "tty", "urandom", "zero"];

/// Starts a process in a sandbox, has it become the builder, and waits for it and all that it
/// started; gives the code to exit with. When the standard input ends they are killed.
///
/// With a `user`, the builder is this user outside of the sandbox. Root then makes the sandbox, so
/// that the builder owns nothing there but its directory and its outputs.
pub(in super::super) fn run(
    orders: &SandboxOrders,
    user: Option<&UserOrders>,
    become_builder: impl FnOnce() -> Result<u8, NotStarted>,
) -> Result<u8, NotStarted> {
    leave_namespaces(orders, user)?;
    let Some(child) = kernel::fork()? else {
        // It is now the first process of its namespace: with it, all others there end.
        rustix::process::setsid().map_err(io::Error::from)?;
        die_with_parent();
        enter(orders)?;
        change_user(orders.user, orders.group)?;
        return become_builder();
    };
    watch(child)?;
    Ok(wait(child)?)
}

/// How often it is looked whether a process has ended, where the kernel does not tell.
const PAUSE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 10_000_000,
};

/// Returns when the process has ended; should the standard input end before, it is killed. (A
/// process whose children are in another namespace can have no second thread to do this.)
fn watch(child: Pid) -> io::Result<()> {
    // Linux has it since 5.3, and some containers refuse it.
    let process = rustix::process::pidfd_open(child, PidfdFlags::empty()).ok();
    let input = io::stdin();
    loop {
        let mut watched = vec![PollFd::new(&input, PollFlags::IN)];
        watched.extend(
            process
                .as_ref()
                .map(|process| PollFd::new(process, PollFlags::IN)),
        );
        let patience = process.is_none().then_some(&PAUSE);
        match poll(&mut watched, patience) {
            Err(Errno::INTR) => continue,
            result => result?,
        };
        let is_ready = |index: usize| {
            let watched: Option<&PollFd<'_>> = watched.get(index);
            watched.is_some_and(|watched| !watched.revents().is_empty())
        };
        if is_ready(1) || (process.is_none() && has_ended(child)?) {
            return Ok(());
        }
        let mut rest = [0; 64];
        if is_ready(0) && !matches!(io::stdin().read(&mut rest), Ok(1..)) {
            // It is waited for later, so that its number is still its own.
            return Ok(kill_process(child, Signal::KILL)?);
        }
    }
}

/// Whether a process has ended, which is left to be waited for.
fn has_ended(child: Pid) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(child), options) {
        Ok(status) => Ok(status.is_some()),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn wait(child: Pid) -> io::Result<u8> {
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(None) => {}
            Ok(Some((_, status))) => {
                if let Some(code) = status.exit_status() {
                    return Ok(u8::try_from(code).unwrap_or(1));
                }
                let signal = status.terminating_signal().unwrap_or_default();
                // Whoever waits for this process is to see how the builder ended.
                if let Some(named) = Signal::from_named_raw(signal) {
                    let _ = kill_process(rustix::process::getpid(), named);
                }
                return Ok(u8::try_from(128 + signal).unwrap_or(u8::MAX));
            }
        }
    }
}

fn refused(action: &str, error: impl Into<io::Error>) -> NotStarted {
    let error = error.into();
    NotStarted::because(format!("{action}: {error}"), &error)
}

fn leave_namespaces(orders: &SandboxOrders, user: Option<&UserOrders>) -> Result<(), NotStarted> {
    let (host_user, host_group) = match user {
        Some(user) => (user.user, user.group),
        None => (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        ),
    };
    let maps = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{} {host_user} 1", orders.user)),
        ("gid_map", format!("{} {host_group} 1", orders.group)),
    ];
    // Only who stays outside may map another user than the own one.
    let helper = match user {
        Some(_) => Some(Helper::start(&maps)?),
        None => None,
    };
    let mut namespaces = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    if !orders.network {
        namespaces |= UnshareFlags::NEWNET;
    }
    kernel::unshare(namespaces).map_err(|error| no_namespaces(&error))?;
    match helper {
        Some(helper) => helper.finish(),
        None => write_maps("self", &maps)
            .map_err(|error| refused("cannot map the user into a namespace", error)),
    }
}

/// That there are none at the moment is not that this machine allows none.
fn no_namespaces(error: &io::Error) -> NotStarted {
    let text = format!("cannot make namespaces: {error}");
    let limit = fs::read_to_string("/proc/sys/user/max_user_namespaces");
    if limit.is_ok_and(|limit| limit.trim() == "0") {
        return NotStarted::Refused(text);
    }
    NotStarted::because(text, error)
}

fn write_maps(process: &str, maps: &[(&str, String)]) -> io::Result<()> {
    let directory = Path::new("/proc").join(process);
    maps.iter()
        .try_for_each(|(file, text)| fs::write(directory.join(file), text))
}

/// A process that stays outside of the namespaces and maps a user into them.
struct Helper {
    process: Pid,
    start: io::PipeWriter,
}

impl Helper {
    fn start(maps: &[(&str, String)]) -> Result<Helper, NotStarted> {
        let launcher = std::process::id().to_string();
        let (mut told, start) = io::pipe()?;
        if let Some(process) = kernel::fork()? {
            return Ok(Helper { process, start });
        }
        drop(start);
        die_with_parent();
        let result = told
            .read_exact(&mut [0])
            .and_then(|()| write_maps(&launcher, maps));
        let code = result.err().map_or(0, |error| {
            error.raw_os_error().unwrap_or(Errno::PERM.raw_os_error())
        });
        std::process::exit(code);
    }

    /// Has the maps written, once the namespaces are there.
    fn finish(mut self) -> Result<(), NotStarted> {
        use std::io::Write;
        self.start.write_all(&[0])?;
        match wait(self.process)? {
            0 => Ok(()),
            code => Err(refused(
                "cannot map the user into a namespace",
                io::Error::from_raw_os_error(code.into()),
            )),
        }
    }
}

/// Errors say what was done.
pub(super) fn during<T, E: Into<io::Error>>(
    action: &str,
    path: &Path,
    result: Result<T, E>,
) -> Result<T, NotStarted> {
    result.map_err(|error| {
        let error = error.into();
        let text = format!("cannot {action} '{}': {error}", path.display());
        NotStarted::because(text, &error)
    })
}

fn enter(orders: &SandboxOrders) -> Result<(), NotStarted> {
    if !orders.network {
        kernel::loopback_up().map_err(|error| refused("cannot start a network", error))?;
    }
    rustix::system::sethostname(b"localhost")
        .and_then(|()| rustix::system::setdomainname(b"(none)"))
        .map_err(|error| refused("cannot name the machine", error))?;

    let slash = Path::new("/");
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    during("take over", slash, mount_change(slash, private))?;
    let root = &orders.root;
    during("mount", root, mount_bind(root, root))?;
    if let Some(growing) = &orders.growing {
        during("mount", growing, mount_bind(growing, growing))?;
        let shared = MountPropagationFlags::SHARED;
        during("share", growing, mount_change(growing, shared))?;
    }
    if orders.devices {
        make_devices(root)?;
    }
    for mount in &orders.mounts {
        bind(root, mount)?;
    }
    mount_kernel(orders)?;
    let mode = Permissions::from_mode(0o555);
    let etc = root.join("etc");
    during("change", &etc, fs::set_permissions(&etc, mode))?;
    if orders.growing.is_some() {
        // The launcher goes on seeing what is outside, so that it can be had from there.
        kernel::unshare(UnshareFlags::NEWNS)
            .map_err(|error| refused("cannot make namespaces", error))?;
    }
    change_root(root)
}

fn make_devices(root: &Path) -> Result<(), NotStarted> {
    let directory = root.join("dev");
    for name in ["shm", "pts"] {
        let path = directory.join(name);
        during("create", &path, fs::create_dir_all(&path))?;
    }
    let kvm = Path::new("/dev/kvm");
    let kvm = (rustix::fs::access(kvm, rustix::fs::Access::WRITE_OK).is_ok()).then_some("kvm");
    for name in DEVICES.iter().copied().chain(kvm) {
        let source = Path::new("/dev").join(name);
        bind(
            root,
            &Mount {
                // Some machines have links there.
                source: source.canonicalize().unwrap_or_else(|_| source.clone()),
                target: source,
                // Some have none.
                optional: true,
                writable: true,
            },
        )?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        let path = directory.join(name);
        during("create", &path, symlink(target, &path))?;
    }
    Ok(())
}

/// Where an absolute path of the sandbox is while it is made.
fn within(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn bind(root: &Path, mount: &Mount) -> Result<(), NotStarted> {
    let source = &mount.source;
    let target = within(root, &mount.target);
    let metadata = match fs::symlink_metadata(source) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && mount.optional => return Ok(()),
        result => during("examine", source, result)?,
    };
    if metadata.is_dir() {
        during("create", &target, fs::create_dir_all(&target))?;
    } else if let Some(parent) = target.parent() {
        during("create", parent, fs::create_dir_all(parent))?;
        if metadata.is_symlink() {
            // A link cannot be mounted, but it can be made again.
            let link = during("read", source, fs::read_link(source))?;
            return during("create", &target, symlink(link, &target));
        }
        during("create", &target, fs::write(&target, ""))?;
    }
    during("mount", source, mount_bind_recursive(source, &target))?;
    if !mount.writable {
        during("protect", source, kernel::make_read_only(&target))?;
    }
    Ok(())
}

/// The file systems that the kernel makes up.
fn mount_kernel(orders: &SandboxOrders) -> Result<(), NotStarted> {
    let root = &orders.root;
    let proc = root.join("proc");
    during("create", &proc, fs::create_dir_all(&proc))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    during("mount", &proc, mount("none", &proc, "proc", flags, None))?;
    if orders.protect_kernel {
        for name in OF_THE_KERNEL {
            let path = proc.join(name);
            if path.exists() {
                during("mount", &path, mount_bind_recursive(&path, &path))?;
                during("protect", &path, kernel::make_read_only(&path))?;
            }
        }
    }
    if !orders.devices {
        return Ok(());
    }
    let memory = root.join("dev/shm");
    let size = std::ffi::CString::new(format!("size={}", orders.shared_memory))
        .map_err(|error| NotStarted::Failed(error.to_string()))?;
    during(
        "mount",
        &memory,
        mount("none", &memory, "tmpfs", MountFlags::empty(), &*size),
    )?;
    let terminals = root.join("dev/pts");
    let options = c"newinstance,mode=0620";
    during(
        "mount",
        &terminals,
        mount("none", &terminals, "devpts", MountFlags::empty(), options),
    )?;
    let link = root.join("dev/ptmx");
    during("create", &link, symlink("/dev/pts/ptmx", &link))?;
    let multiplexer = terminals.join("ptmx");
    let mode = Permissions::from_mode(0o666);
    during(
        "change",
        &multiplexer,
        fs::set_permissions(&multiplexer, mode),
    )
}

fn change_root(root: &Path) -> Result<(), NotStarted> {
    let before = Path::new("real-root");
    during("change to", root, std::env::set_current_dir(root))?;
    let created = fs::DirBuilder::new().mode(0o500).create(before);
    during("create", before, created)?;
    let here = Path::new(".");
    during("enter", root, rustix::process::pivot_root(here, before))?;
    during("enter", root, rustix::process::chroot(here))?;
    during("leave", before, unmount(before, UnmountFlags::DETACH))?;
    during("delete", before, fs::remove_dir(before))
}
