//! The socket through which a collection is told of new roots while it goes on: a path and a line
//! end, answered by `1` once the path is safe.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Result;
use crate::error::During;
use crate::layout::Layout;
use crate::local::{LocalStore, lock};
use crate::modes;

/// How soon the server notices that the collection has ended.
const PATIENCE: Duration = Duration::from_millis(20);
/// A path is not longer.
const LONGEST_LINE: usize = 8192;

/// What the collection and its server both know.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// By hash part, so that files that are named after an object are kept with it.
    roots: HashSet<String>,
    deleting: Option<String>,
    stopped: bool,
}

/// An object is being deleted as long as this is there.
pub(super) struct Deleting<'a>(&'a Shared);

impl Shared {
    pub(super) fn add_root(&self, hash_part: &str) {
        lock(&self.state).roots.insert(hash_part.to_owned());
    }

    /// Adds a root, and waits should it be deleted at this moment.
    fn add_root_and_wait(&self, hash_part: &str) {
        let mut state = lock(&self.state);
        state.roots.insert(hash_part.to_owned());
        while state.deleting.as_deref() == Some(hash_part) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// `None` when it is a root by now.
    pub(super) fn begin_deleting(&self, hash_part: &str) -> Option<Deleting<'_>> {
        let mut state = lock(&self.state);
        if state.roots.contains(hash_part) {
            return None;
        }
        state.deleting = Some(hash_part.to_owned());
        Some(Deleting(self))
    }

    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
    }

    fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }
}

impl Drop for Deleting<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).deleting = None;
        self.0.changed.notify_all();
    }
}

pub(super) fn listen(layout: &Layout) -> Result<UnixListener> {
    let directory = layout.state_dir.join("gc-socket");
    modes::create_dir_all(&directory).during("create directory", &directory)?;
    let path = directory.join("socket");
    // Of an earlier collection: whoever has the lock is the only one.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).during("delete", &path);
        }
        _ => {}
    }
    UnixListener::bind(&path).during("create socket", &path)
}

/// Answers until the collection ends.
pub(super) fn serve(store: &LocalStore, listener: &UnixListener, shared: &Shared) {
    thread::scope(|scope| {
        while !shared.is_stopped() {
            if !is_ready(listener) {
                continue;
            }
            if let Ok((client, _)) = listener.accept() {
                scope.spawn(move || answer(store, client, shared));
            }
        }
    });
}

fn is_ready(listener: &UnixListener) -> bool {
    let patience = Timespec {
        tv_sec: 0,
        tv_nsec: PATIENCE.subsec_nanos().into(),
    };
    let mut watched = [PollFd::new(listener, PollFlags::IN)];
    matches!(poll(&mut watched, Some(&patience)), Ok(ready) if ready > 0)
}

/// Until the client goes away, says something else than a path, or the collection ends.
fn answer(store: &LocalStore, mut client: UnixStream, shared: &Shared) {
    if client.set_read_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    while !shared.is_stopped() {
        let read = match client.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock
                        | io::ErrorKind::TimedOut
                        | io::ErrorKind::Interrupted
                ) =>
            {
                continue;
            }
            Err(_) => return,
        };
        for byte in &buffer[..read] {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            let text = String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned();
            if let Ok(path) = store.store_dir().parse(&text) {
                shared.add_root_and_wait(path.hash_part());
            }
            if client.write_all(b"1").is_err() {
                return;
            }
        }
        if line.len() > LONGEST_LINE {
            return;
        }
    }
}
