//! Room on disks.

use std::path::Path;

/// Returns how many bytes this user can still write below a directory, if the system says so.
pub fn free_space(directory: &Path) -> Option<u64> {
    let status = rustix::fs::statvfs(directory).ok()?;
    status.f_bavail.checked_mul(status.f_frsize)
}
