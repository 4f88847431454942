//! Writes that survive a crash of the machine, as far as the file system can promise that.

use std::fs::File;
use std::io;

use rustix::io::Errno;

/// Waits until the contents of a file are on the disk. Some file systems, and some containers,
/// have no such call: nothing can be promised there, and nothing is lost that was promised.
///
/// # Errors
/// When the disk could not be written.
pub fn sync(file: &File) -> io::Result<()> {
    let result = file.sync_data();
    if is_supported(&result) {
        result
    } else {
        Ok(())
    }
}

/// Returns whether the result is that of a file system that knows the call.
pub(crate) fn is_supported(result: &io::Result<()>) -> bool {
    const UNSUPPORTED: [Errno; 5] = [
        Errno::NOSYS,
        Errno::INVAL,
        Errno::NOTSUP,
        Errno::PERM,
        Errno::ROFS,
    ];
    let error = result.as_ref().err().and_then(Errno::from_io_error);
    !error.is_some_and(|error| UNSUPPORTED.contains(&error))
}
