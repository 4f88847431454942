//! A few threads that share a list of things to do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `work` for each item, `threads` at the same time, in the order of the items. The first
/// failure ends it: no further item is begun.
///
/// # Errors
/// The first failure.
pub fn for_each<T: Sync, E: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let failure = Mutex::new(None);
    let run = || {
        while !stopped.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if let Err(error) = work(item) {
                stopped.store(true, Ordering::Relaxed);
                failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        // This thread is one of them.
        for _ in 1..threads.clamp(1, items.len().max(1)) {
            // A limit of processes only makes it slower.
            let started = std::thread::Builder::new().spawn_scoped(scope, run);
            if started.is_err() {
                break;
            }
        }
        run();
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_is_done_once() {
        let items: Vec<usize> = (0..200).collect();
        let done = Mutex::new(Vec::new());
        let result: Result<(), ()> = for_each(&items, 7, |item| {
            done.lock().expect("the lock").push(*item);
            Ok(())
        });
        assert_eq!(result, Ok(()));
        let done = done.into_inner().expect("the lock");
        assert_eq!(done.len(), items.len());
        assert_eq!(
            done.into_iter().collect::<BTreeSet<_>>(),
            items.into_iter().collect()
        );
    }

    #[test]
    fn a_failure_ends_it() {
        let items: Vec<usize> = (0..10_000).collect();
        let count = AtomicUsize::new(0);
        let result = for_each(&items, 4, |item| {
            count.fetch_add(1, Ordering::Relaxed);
            if *item == 3 { Err(*item) } else { Ok(()) }
        });
        assert_eq!(result, Err(3));
        assert!(count.load(Ordering::Relaxed) < items.len());
        assert_eq!(for_each(&[] as &[u8], 4, |_| Err(())), Ok(()));
    }
}
