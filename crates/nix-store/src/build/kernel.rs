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

#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CString;
    use std::io;
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

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
        // A lock that another thread holds would stay locked in the copy.
        if std::fs::read_dir("/proc/self/task")?.count() != 1 {
            return Err(io::Error::other("the launcher has several threads"));
        }
        // SAFETY: there is no other thread, so that the copy finds everything in order.
        let process = checked(unsafe { libc::fork() }.into())?;
        Ok(i32::try_from(process).ok().and_then(Pid::from_raw))
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

    /// Has the addresses of this process and its children not be random, and the machine say that
    /// it has 32 bits.
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
        let current = change(0xffff_ffff)?;
        let current = libc::c_ulong::try_from(current).map_err(io::Error::other)?;
        change(current | libc::ADDR_NO_RANDOMIZE as libc::c_ulong)?;
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
        let path = CString::new(path.as_os_str().as_bytes())?;
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
                path.as_ptr(),
                libc::AT_RECURSIVE,
                &raw const attributes,
                size_of::<Attributes>(),
            )
        };
        checked(result).map(drop)
    }

    /// Keeps this process from the abstract sockets of others, which a network namespace would hide;
    /// whether the kernel can.
    pub(in super::super) fn leave_abstract_sockets() -> io::Result<bool> {
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
                return Ok(false);
            }
            let ruleset = checked(libc::syscall(
                libc::SYS_landlock_create_ruleset,
                &raw const rules,
                size_of::<Rules>(),
                0,
            ))?;
            let result = checked(libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0));
            libc::close(ruleset as libc::c_int);
            result.map(|_| true)
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
