//! The native stack: evaluation is recursive, and must not overflow it.

use std::cell::Cell;

thread_local! {
    /// The lowest address that this thread may use, if `with_large_stack` started it.
    static LIMIT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// What is kept back for the code between two checks, and for reporting the error.
const RESERVE: usize = 1 << 20;
/// What may be used of a stack of unknown size: test threads have 2 MiB.
const SMALL_STACK: usize = 1 << 20;
/// The sizes that are tried, largest first. Pages are committed only as they are used.
const SIZES: [usize; 3] = [1 << 30, 256 << 20, 64 << 20];

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

/// Runs `f` on a thread with a stack that is large enough for any evaluation within the limit on
/// nested calls, and waits for it. Create the [`Evaluator`](crate::Evaluator) inside.
///
/// # Panics
///
/// If `f` panics.
pub fn with_large_stack<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    let mut f = Some(f);
    for size in SIZES {
        // Whether the system grants a stack is known only by starting a thread with it.
        let result = std::thread::scope(|scope| {
            let task = &mut f;
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
        match result {
            Some(Ok(Some(result))) => return result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            Some(Ok(None)) | None => {}
        }
    }
    // Where no thread can be started, evaluation gives up at fewer nested calls.
    match f {
        Some(f) => f(),
        None => unreachable!("a thread that ran it has returned"),
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
