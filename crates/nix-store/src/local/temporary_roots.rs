//! What this process uses and no garbage collection may delete, in the file `temproots/PID`.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix_wire::StorePath;
use rustix::fs::FlockOperation;

use crate::error::{During, StoreError};
use crate::layout::Layout;
use crate::locks;

type Result<T> = std::result::Result<T, StoreError>;

/// The roots of this process; gone when this is dropped.
#[derive(Debug)]
pub(super) struct TemporaryRoots {
    layout: Layout,
    /// Locked exclusively: a collector takes a file that it can lock for that of a dead process.
    file: Option<(PathBuf, File)>,
    gc_lock: Option<File>,
    known: std::collections::HashSet<StorePath>,
}

impl TemporaryRoots {
    pub(super) fn new(layout: &Layout) -> TemporaryRoots {
        TemporaryRoots {
            layout: layout.clone(),
            file: None,
            gc_lock: None,
            known: Default::default(),
        }
    }

    /// Adds roots. When a collection is under way it is told, and answers when it will keep them.
    pub(super) fn add<'a>(&mut self, paths: impl IntoIterator<Item = &'a StorePath>) -> Result<()> {
        let new: Vec<&StorePath> = paths
            .into_iter()
            .filter(|path| !self.known.contains(*path))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let (roots_path, mut roots) = match self.file.take() {
            Some(file) => file,
            None => self.create_file()?,
        };
        let result = self.write(&new, &mut roots, &roots_path);
        self.file = Some((roots_path, roots));
        result?;
        self.known.extend(new.into_iter().cloned());
        Ok(())
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
        if let Some((path, _file)) = self.file.take() {
            // A file that stays is deleted by the next collection.
            let _ = fs::remove_file(path);
        }
    }

    fn write(&mut self, new: &[&StorePath], roots: &mut File, roots_path: &Path) -> Result<()> {
        let lock_path = self.layout.state_dir.join("gc.lock");
        let gc_lock = match &mut self.gc_lock {
            Some(lock) => lock,
            None => self.gc_lock.insert(locks::open_lock_file(&lock_path)?),
        };
        // Before anybody is asked: a collection that begins after the answer of another one finds
        // them here.
        let mut text = Vec::new();
        for path in new {
            text.extend_from_slice(self.layout.print(path).as_bytes());
            text.push(0);
        }
        roots.write_all(&text).during("write", roots_path)?;
        loop {
            if locks::try_lock(gc_lock, &lock_path, FlockOperation::NonBlockingLockShared)? {
                return locks::lock(gc_lock, &lock_path, FlockOperation::Unlock);
            }
            match tell_collector(&self.layout, new) {
                Ok(()) => return Ok(()),
                // It ended, or has not got so far: try the lock again.
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// The file is named after the process; a second store of the process adds a number, which
    /// readers of the name pass over.
    fn create_file(&self) -> Result<(PathBuf, File)> {
        let directory = self.layout.state_dir.join("temproots");
        let process = std::process::id();
        let mut number = 0;
        loop {
            let name = match number {
                0 => process.to_string(),
                _ => format!("{process}-{number}"),
            };
            let path = directory.join(name);
            let file = locks::open_lock_file(&path)?;
            if !locks::try_lock(&file, &path, FlockOperation::NonBlockingLockExclusive)? {
                number += 1;
                continue;
            }
            // Only who has the lock of the file that is there may delete it.
            if locks::is_at(&file, &path)? {
                // What is in it is of a dead process with the same number.
                file.set_len(0).during("empty", &path)?;
                return Ok((path, file));
            }
        }
    }
}

impl Drop for TemporaryRoots {
    fn drop(&mut self) {
        self.forget();
    }
}

fn tell_collector(layout: &Layout, paths: &[&StorePath]) -> io::Result<()> {
    let mut socket = UnixStream::connect(layout.state_dir.join("gc-socket/socket"))?;
    for path in paths {
        socket.write_all(format!("{}\n", layout.print(path)).as_bytes())?;
        let mut answer = [0];
        socket.read_exact(&mut answer)?;
    }
    Ok(())
}
