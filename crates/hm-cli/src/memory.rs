//! How much memory an evaluation may use.

use crate::report::Failure;

/// The failure of an evaluation for which the system has no memory left.
pub fn failure() -> Failure {
    Failure::new("the evaluation needs more memory than the system gives this process")
        .hint("see the limits of the shell with: ulimit -a (-v: address space, -d: data)")
}

/// Returns the limit that the user sets, in megabytes; else three quarters of the machine's memory,
/// so that a program without end gets an error before the system has to kill something. `None` if
/// that is not known.
pub fn evaluation_limit(megabytes: Option<u64>) -> Option<usize> {
    let bytes = match megabytes {
        Some(megabytes) => megabytes.saturating_mul(1 << 20),
        None => physical()? / 4 * 3,
    };
    Some(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// Returns the bytes of memory that the machine has.
#[cfg(target_os = "linux")]
fn physical() -> Option<u64> {
    // The call may be refused, which the library does not expect. So it is only made without `/proc`.
    let Ok(text) = std::fs::read_to_string("/proc/meminfo") else {
        let info = rustix::system::sysinfo();
        return Some(info.totalram as u64 * u64::from(info.mem_unit));
    };
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(not(target_os = "linux"))]
fn physical() -> Option<u64> {
    None
}
