//! Memory that is made ready before it is needed.
//!
//! Memory that the system gives for the first time is cleared first: a tenth of an evaluation, and
//! nothing waits for it but the evaluation. So another thread asks for it, one piece ahead.
#![allow(unsafe_code)]

use std::cell::OnceCell;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

/// A piece of memory.
struct Piece {
    start: usize,
    len: usize,
}

/// Asks for pieces of a region, on a thread that is started with the first one.
#[derive(Default)]
pub(crate) struct Ahead {
    /// Nothing in it if there can be no thread: then memory is cleared when it is needed.
    thread: OnceCell<Option<Thread>>,
}

struct Thread {
    requests: Sender<Piece>,
    handle: JoinHandle<()>,
}

impl Ahead {
    /// Has a piece of memory made ready, at some time from now on.
    ///
    /// # Safety
    ///
    /// It must be part of a mapping that is there until this is dropped.
    pub(crate) unsafe fn prepare(&self, start: *mut u8, len: usize) {
        let thread = self.thread.get_or_init(|| {
            let (requests, pieces) = mpsc::channel::<Piece>();
            let work = move || pieces.into_iter().for_each(|piece| populate(&piece));
            let builder = std::thread::Builder::new().name("memory".to_owned());
            let handle = builder.stack_size(64 << 10).spawn(work).ok()?;
            Some(Thread { requests, handle })
        });
        if let Some(thread) = thread {
            let start = start.expose_provenance();
            // It only fails where the thread has ended, which it does not by itself.
            let _ = thread.requests.send(Piece { start, len });
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Some(Some(Thread { requests, handle })) = self.thread.take() {
            drop(requests);
            // The thread does not panic.
            let _ = handle.join();
        }
    }
}

#[cfg(target_os = "linux")]
fn populate(piece: &Piece) {
    let start = std::ptr::with_exposed_provenance_mut(piece.start);
    // SAFETY: `prepare` was promised that the mapping is there; what is in it does not change.
    // An older system refuses, which costs only time.
    let _ =
        unsafe { rustix::mm::madvise(start, piece.len, rustix::mm::Advice::LinuxPopulateWrite) };
}

#[cfg(not(target_os = "linux"))]
fn populate(_: &Piece) {}
