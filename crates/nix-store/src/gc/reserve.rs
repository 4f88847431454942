//! Space that is kept free for collecting garbage, which writes to the database before it deletes
//! anything. It is Nix's own file and is as large.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;

use crate::layout::Layout;

/// How large it is, in bytes.
const SIZE: u64 = 8 << 20;

fn file(layout: &Layout) -> PathBuf {
    layout.database_dir().join("reserved")
}

/// Makes the file unless it is there. A disk without room for it is no reason not to go on.
pub(crate) fn make(layout: &Layout) {
    let path = file(layout);
    if path.metadata().is_ok_and(|found| found.len() == SIZE) {
        return;
    }
    if reserve(&path).is_err() {
        let _ = fs::remove_file(&path);
    }
}

fn reserve(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let file: File = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    Ok(rustix::fs::fallocate(
        &file,
        FallocateFlags::empty(),
        0,
        SIZE,
    )?)
}

/// Gives the space back. It is made again when the store is opened next.
pub(crate) fn release(layout: &Layout) {
    let _ = fs::remove_file(file(layout));
}
