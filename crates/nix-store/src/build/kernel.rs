//! What the launcher asks of the kernel that no library offers in safe form. All unsafe code of the
//! store is here.
#![allow(unsafe_code)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the copy of this process that becomes a command's run `prepare` before, which may make
/// system calls but must neither allocate nor take locks.
pub(super) fn prepare_in_copy(command: &mut Command, prepare: fn() -> io::Result<()>) {
    // SAFETY: the only function that is given consists of system calls.
    unsafe {
        command.pre_exec(prepare);
    }
}

/// Sets the size of core dumps to nothing, which may be raised again. (A library takes it for
/// granted that the system tells limits.)
pub(super) fn dump_no_core() -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the system writes and reads a structure of this size.
    let result = unsafe {
        match libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit) {
            0 => {
                limit.rlim_cur = 0;
                libc::setrlimit(libc::RLIMIT_CORE, &raw const limit)
            }
            failed => failed,
        }
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CString, OsString};
    use std::io;
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use rustix::fs::StatVfsMountFlags;
    use rustix::mount::{MountFlags, mount_remount};
    use rustix::process::Pid;
    use rustix::thread::UnshareFlags;

    use super::super::sandbox::seccomp::Instruction;

    fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
        if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(result)
        }
    }

    /// Makes a copy of this process, which has to have only one thread; `None` in the copy.
    pub(in super::super) fn fork() -> io::Result<Option<Pid>> {
        // A lock that another thread holds would stay locked in the copy. Where there is no
        // `/proc` it cannot be checked that there is none; the launcher starts none.
        if std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() != 1) {
            return Err(io::Error::other("the launcher has several threads"));
        }
        // SAFETY: there is no other thread, so that the copy finds everything in order.
        let process = checked(unsafe { libc::fork() }.into())?;
        Ok(i32::try_from(process).ok().and_then(Pid::from_raw))
    }

    /// Kills all processes of this process' user but itself. Returns whether there was one.
    pub(in super::super) fn kill_own_processes() -> io::Result<bool> {
        // SAFETY: sends a signal; this process is not among those that get it.
        match checked(unsafe { libc::kill(-1, libc::SIGKILL) }.into()) {
            Ok(_) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Leaves the namespaces that the flags name for new ones.
    pub(crate) fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
        // SAFETY: the table of open files, which threads would lose, is not among namespaces.
        let namespaces = namespaces - UnshareFlags::FILES;
        Ok(unsafe { rustix::thread::unshare_unsafe(namespaces) }?)
    }

    /// Sets the program that decides on the system calls of this process from now on.
    pub(in super::super) fn filter_system_calls(program: &[Instruction]) -> io::Result<()> {
        let mut filters: Vec<libc::sock_filter> = program
            .iter()
            .map(|instruction| libc::sock_filter {
                code: instruction.code,
                jt: instruction.if_true,
                jf: instruction.if_false,
                k: instruction.operand,
            })
            .collect();
        let program = libc::sock_fprog {
            len: u16::try_from(filters.len()).map_err(io::Error::other)?,
            filter: filters.as_mut_ptr(),
        };
        // SAFETY: the kernel reads the program, which outlives the call, and checks it.
        let result = unsafe {
            libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            )
        };
        checked(result.into()).map(drop)
    }

    /// Has the addresses of this process and its children not be random, as far as the kernel
    /// lets it, and the machine say that it has 32 bits.
    ///
    /// Containers often refuse the first, on which no result of a builder should depend. Without
    /// the second, a builder would find another machine than its derivation asks for.
    pub(in super::super) fn set_personality(thirty_two_bits: bool) -> io::Result<()> {
        let change = |persona: libc::c_ulong| {
            // SAFETY: changes a number that the kernel keeps of this process.
            checked(unsafe { libc::personality(persona) }.into())
        };
        if thirty_two_bits {
            const LINUX_32: libc::c_ulong = 8;
            change(LINUX_32)?;
        }
        // All bits ask what it is.
        if let Ok(current) = change(0xffff_ffff)
            && let Ok(current) = libc::c_ulong::try_from(current)
        {
            let _ = change(current | libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
        }
        Ok(())
    }

    /// Switches on the loopback interface of the network namespace.
    pub(in super::super) fn loopback_up() -> io::Result<()> {
        #[repr(C)]
        struct Request {
            name: [u8; libc::IFNAMSIZ],
            flags: libc::c_short,
            // The kernel's structure is a union of which this is the shortest member.
            rest: [u8; 22],
        }
        let mut request = Request {
            name: [0; libc::IFNAMSIZ],
            flags: libc::c_short::try_from(libc::IFF_UP | libc::IFF_LOOPBACK | libc::IFF_RUNNING)
                .map_err(io::Error::other)?,
            rest: [0; 22],
        };
        request.name[..2].copy_from_slice(b"lo");
        let socket = UdpSocket::bind(("0.0.0.0", 0))?;
        // SAFETY: the kernel reads a request of this size.
        let result = unsafe {
            libc::ioctl(
                socket.as_raw_fd(),
                libc::SIOCSIFFLAGS as libc::Ioctl,
                &raw const request,
            )
        };
        checked(result.into()).map(drop)
    }

    /// Makes a mount and all below it read-only.
    pub(in super::super) fn make_read_only(path: &Path) -> io::Result<()> {
        #[repr(C)]
        struct Attributes {
            set: u64,
            clear: u64,
            propagation: u64,
            user_namespace: u64,
        }
        const READ_ONLY: u64 = 1;
        let name = CString::new(path.as_os_str().as_bytes())?;
        let attributes = Attributes {
            set: READ_ONLY,
            clear: 0,
            propagation: 0,
            user_namespace: 0,
        };
        // SAFETY: the kernel reads a path and a structure of the size that it is told.
        let result = unsafe {
            libc::syscall(
                libc::SYS_mount_setattr,
                libc::AT_FDCWD,
                name.as_ptr(),
                libc::AT_RECURSIVE,
                &raw const attributes,
                size_of::<Attributes>(),
            )
        };
        match checked(result) {
            // Linux has it since 5.12.
            Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => remount_read_only(path),
            result => result.map(drop),
        }
    }

    /// Makes a mount and all below it read-only, one after the other.
    fn remount_read_only(path: &Path) -> io::Result<()> {
        let listed = std::fs::read("/proc/self/mountinfo")?;
        let path = path.canonicalize()?;
        for line in listed.split(|byte| *byte == b'\n') {
            let Some(field) = line.split(|byte| *byte == b' ').nth(4) else {
                continue;
            };
            let mount = PathBuf::from(OsString::from_vec(unescaped(field)));
            if !mount.starts_with(&path) {
                continue;
            }
            // What the machine forbids in a mount cannot be allowed in a copy of it.
            let kept = rustix::fs::statvfs(&mount)?.f_flag;
            let mut flags = MountFlags::BIND | MountFlags::RDONLY;
            for (is, flag) in [
                (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
                (StatVfsMountFlags::NODEV, MountFlags::NODEV),
                (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
                (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
                (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
                (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
            ] {
                if kept.contains(is) {
                    flags |= flag;
                }
            }
            mount_remount(&mount, flags, c"")?;
        }
        Ok(())
    }

    /// A path as `mountinfo` has it: spaces and the like are three octal digits.
    fn unescaped(field: &[u8]) -> Vec<u8> {
        let mut bytes = field.iter().copied();
        let mut path = Vec::new();
        while let Some(byte) = bytes.next() {
            if byte == b'\\' {
                let digits = bytes.by_ref().take(3);
                let value = digits.fold(0_u8, |value, digit| {
                    value.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0'))
                });
                path.push(value);
            } else {
                path.push(byte);
            }
        }
        path
    }

    /// Answers glibc, where this program has it linked in, that the kernel does not know `clone3`.
    ///
    /// glibc then starts threads and programs by `clone`, as it does on older kernels. Some
    /// containers refuse `clone3` as forbidden rather than as unknown, which glibc takes for a
    /// failure: not one thread could be started there.
    #[cfg(target_env = "gnu")]
    #[unsafe(no_mangle)]
    extern "C" fn __clone3(
        _arguments: *mut libc::c_void,
        _size: libc::size_t,
        _function: *const libc::c_void,
        _argument: *mut libc::c_void,
    ) -> libc::c_int {
        // SAFETY: the address of this thread's error number is valid.
        unsafe {
            *libc::__errno_location() = libc::ENOSYS;
        }
        -1
    }

    /// Keeps this process from the abstract sockets of others, which a network namespace would hide;
    /// whether the kernel can.
    pub(in super::super) fn leave_abstract_sockets() -> bool {
        #[repr(C)]
        struct Rules {
            files: u64,
            network: u64,
            scoped: u64,
        }
        const VERSION: libc::c_int = 1;
        const WITH_SCOPES: libc::c_long = 6;
        const ABSTRACT_SOCKETS: u64 = 1;
        let rules = Rules {
            files: 0,
            network: 0,
            scoped: ABSTRACT_SOCKETS,
        };
        // SAFETY: asks for a version, then has the kernel read a structure of the size that it is
        // told; the descriptor that it gives is used and closed here.
        unsafe {
            let version = libc::syscall(
                libc::SYS_landlock_create_ruleset,
                std::ptr::null::<Rules>(),
                0_usize,
                VERSION,
            );
            if version < WITH_SCOPES {
                return false;
            }
            let Ok(ruleset) = checked(libc::syscall(
                libc::SYS_landlock_create_ruleset,
                &raw const rules,
                size_of::<Rules>(),
                0,
            )) else {
                return false;
            };
            let result = checked(libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0));
            libc::close(ruleset as libc::c_int);
            result.is_ok()
        }
    }

    /// Has everything that is open, but for the standard streams, be closed when another program
    /// is executed.
    pub(in super::super) fn close_on_exec() -> io::Result<()> {
        // SAFETY: closes nothing yet, and no descriptor that this program still uses is executed.
        let result = unsafe {
            libc::syscall(
                libc::SYS_close_range,
                3_u32,
                u32::MAX,
                libc::CLOSE_RANGE_CLOEXEC,
            )
        };
        checked(result).map(drop)
    }
}
