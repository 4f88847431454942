//! The native stack: evaluation is recursive, and must not overflow it.

use std::cell::Cell;

use crate::heap::region::has_room_for;

thread_local! {
    /// The lowest address that this thread may use, if `with_large_stack` started it.
    static LIMIT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// What is kept back for the code between two checks, and for reporting the error.
const RESERVE: usize = 1 << 20;
/// What may be used of a stack of unknown size: test threads have 2 MiB.
const SMALL_STACK: usize = 1 << 20;
/// The sizes that are tried, largest first. Pages are committed only as they are used.
const SIZES: [usize; 4] = [1 << 30, 256 << 20, 64 << 20, 16 << 20];

/// About where the stack of this thread is.
#[inline(always)]
pub(crate) fn position() -> usize {
    let marker = 0u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}

/// The address below which evaluation on this thread gives up.
pub(crate) fn limit() -> usize {
    LIMIT
        .get()
        .unwrap_or_else(|| position().saturating_sub(SMALL_STACK))
}

/// The part of the memory that a stack may take where that is limited: one of so many.
const SHARE: usize = 8;

/// Runs `f` on a thread with a stack that is large enough for any evaluation within the limit on
/// nested calls, and waits for it. Create the [`Evaluator`](crate::Evaluator) inside. Where the
/// system starts no thread, `f` runs on this one, and deep programs fail earlier.
///
/// # Panics
///
/// If `f` panics.
pub fn with_large_stack<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    let mut f = f;
    for size in SIZES {
        if !has_room_for(size.saturating_mul(SHARE)) {
            continue;
        }
        match on_stack(size, f) {
            Ok(result) => return result,
            Err(not_started) => f = not_started,
        }
    }
    f()
}

/// Runs `f` on a thread with a stack of this size. Whether the system grants one is known only by
/// starting the thread; returns `f` if it does not.
fn on_stack<R: Send, F: FnOnce() -> R + Send>(size: usize, f: F) -> Result<R, F> {
    let mut waiting = Some(f);
    let joined = std::thread::scope(|scope| {
        let task = &mut waiting;
        std::thread::Builder::new()
            .name("evaluation".into())
            .stack_size(size)
            .spawn_scoped(scope, move || {
                LIMIT.set(Some(position().saturating_sub(size - RESERVE)));
                task.take().map(|f| f())
            })
            .ok()
            .map(std::thread::ScopedJoinHandle::join)
    });
    match (joined, waiting) {
        (Some(Ok(Some(result))), _) => Ok(result),
        (Some(Err(panic)), _) => std::panic::resume_unwind(panic),
        (_, Some(f)) => Err(f),
        (_, None) => unreachable!("a thread that was not started took its task"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_far_away_on_a_large_stack() {
        let room = with_large_stack(|| position() - limit());
        assert!(room > 32 << 20, "{room}");
    }
}
