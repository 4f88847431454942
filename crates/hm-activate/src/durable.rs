//! Writes that survive a crash of the machine, as far as the file system can promise that.

use std::fs::File;
use std::io;

use rustix::io::Errno;

/// Waits until the contents of a file are on the disk. Where the file system or the container has
/// no such call, nothing is promised.
///
/// # Errors
/// If the disk could not be written.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    supported(file.sync_data())
}

/// Passes over an error that only says that there is no such call.
pub(crate) fn supported(result: io::Result<()>) -> io::Result<()> {
    const UNSUPPORTED: [Errno; 4] = [Errno::NOSYS, Errno::INVAL, Errno::NOTSUP, Errno::PERM];
    match result {
        Err(error)
            if Errno::from_io_error(&error).is_some_and(|error| UNSUPPORTED.contains(&error)) =>
        {
            Ok(())
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_is_an_error_and_a_missing_call_is_not() {
        assert!(supported(Err(Errno::INVAL.into())).is_ok());
        assert!(supported(Err(Errno::NOSYS.into())).is_ok());
        assert!(supported(Err(Errno::IO.into())).is_err());
        assert!(supported(Err(Errno::NOSPC.into())).is_err());
    }
}
