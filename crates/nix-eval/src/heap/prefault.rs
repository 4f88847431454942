//! A thread that asks the system for the pages of the heap before they are needed: a good part of
//! an evaluation's time is else spent waiting for zeroed memory.

use super::region::Region;

#[cfg(target_os = "linux")]
pub(super) use linux::Prefault;

/// Elsewhere the system has no such request.
#[cfg(not(target_os = "linux"))]
pub(super) struct Prefault;

#[cfg(not(target_os = "linux"))]
impl Prefault {
    pub(super) fn new(_region: &Region) -> Self {
        Prefault
    }

    pub(super) fn reached(&self, _bytes: usize) {}
}

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread::JoinHandle;

    use rustix::mm::Advice;

    use super::Region;

    /// So much is prepared beyond what is used.
    const AHEAD: usize = 16 << 20;
    /// So much is asked for at a time: a large page.
    const CHUNK: usize = 2 << 20;

    /// How far the heap is used, and whether it is given up.
    struct Shared {
        base: usize,
        size: usize,
        used: AtomicUsize,
        stop: AtomicBool,
    }

    pub(in super::super) struct Prefault {
        shared: Arc<Shared>,
        thread: RefCell<Option<JoinHandle<()>>>,
    }

    impl Prefault {
        pub(in super::super) fn new(region: &Region) -> Self {
            let shared = Shared {
                base: region.base().as_ptr().addr(),
                size: region.size(),
                used: AtomicUsize::new(0),
                stop: AtomicBool::new(false),
            };
            Prefault {
                shared: Arc::new(shared),
                thread: RefCell::new(None),
            }
        }

        /// Tells the thread how many bytes are used; starts it the first time, so that small
        /// evaluations do without.
        pub(in super::super) fn reached(&self, bytes: usize) {
            self.shared.used.store(bytes, Ordering::Relaxed);
            let mut thread = self.thread.borrow_mut();
            if let Some(thread) = &*thread {
                thread.thread().unpark();
                return;
            }
            let shared = Arc::clone(&self.shared);
            // Without the thread everything only takes a little longer.
            *thread = std::thread::Builder::new()
                .name("heap pages".into())
                .spawn(move || shared.run())
                .ok();
        }
    }

    impl Drop for Prefault {
        fn drop(&mut self) {
            self.shared.stop.store(true, Ordering::Relaxed);
            if let Some(thread) = self.thread.get_mut().take() {
                thread.thread().unpark();
                // It cannot panic, and there is nothing to be done if it did.
                let _ = thread.join();
            }
        }
    }

    impl Shared {
        fn run(&self) {
            let mut prepared = 0;
            while !self.stop.load(Ordering::Relaxed) {
                let used = self.used.load(Ordering::Relaxed);
                let next = prepared.max(used / CHUNK * CHUNK);
                if next + CHUNK > self.size {
                    return;
                }
                if next >= used + AHEAD {
                    std::thread::park();
                    continue;
                }
                let start = std::ptr::without_provenance_mut(self.base + next);
                // SAFETY: the range lies in the heap's own mapping, which outlives this thread;
                // the request allocates pages and leaves their contents alone.
                let done = unsafe { rustix::mm::madvise(start, CHUNK, Advice::LinuxPopulateWrite) };
                if done.is_err() {
                    // An old system, or no memory left: pages come as they are used.
                    return;
                }
                prepared = next + CHUNK;
            }
        }
    }
}
