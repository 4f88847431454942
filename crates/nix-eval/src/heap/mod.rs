//! The heap: one arena of 8-byte granules, addressed by 32-bit handles.
//!
//! Nothing is ever freed while an evaluator lives, and nothing moves. Handles are relative to the
//! start of the arena, so its contents do not depend on where it lies.
//!
//! Objects, in 32-bit words:
//!
//! | object | layout |
//! |---|---|
//! | cell | one [`Value`] (2 words) |
//! | environment | parent, then one cell handle per variable (0: not set yet) |
//! | list elements | one cell handle each |
//! | attribute set | number, key array, position array or 0, then one cell handle each |
//! | key array | number, name order (0: not computed), then symbols in ascending order |
//! | position array | one position each, in the order of the key array |
//! | string | length in bytes, context set, then the bytes |
//! | partial application | number, then one cell handle each |
//! | pair | two words |
#![allow(unsafe_code)]

pub(crate) mod region;

use std::cell::Cell;

use crate::value::Value;
pub use region::{OutOfMemory, within_memory};
use region::{Region, Room, give_up};

/// A reference to an object in the heap: its distance from the start in granules of 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Handle(pub(crate) u32);

impl Handle {
    /// No object.
    pub(crate) const NONE: Handle = Handle(0);

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Where the heap is asked to lie.
const PREFERRED_BASE: usize = 0x1000_0000_0000;
/// As much as 32-bit handles of 8-byte granules can address.
pub(crate) const FULL_SIZE: usize = 1 << 35;
/// What is kept back for what is allocated between two checks, which includes sets and lists as
/// large as existing ones: this much, or an eighth of a small heap.
const SLACK: usize = 1 << 30;
/// How much is writable ahead where the system counts what is: the same, but less, as another
/// program could use it.
const AHEAD: usize = 32 << 20;

/// The arena.
pub(crate) struct Heap {
    base: *mut u64,
    next: Cell<usize>,
    /// Where allocation has to make more memory writable, or to stop.
    limit: Cell<usize>,
    /// Where evaluation has to stop.
    soft_limit: Cell<usize>,
    /// How many bytes may be used, for messages.
    allowance: Cell<usize>,
    region: Region,
}

impl Heap {
    /// A heap on which evaluation has to stop when it uses more than `most` bytes.
    pub(crate) fn new(room: &Room, most: Option<usize>) -> Self {
        let region = Region::reserve(room, FULL_SIZE, PREFERRED_BASE);
        region.advise_huge_pages();
        let capacity = region.size() / 8;
        let base = region.base().cast::<u64>().as_ptr();
        let slack = (SLACK / 8).min(capacity / 8);
        let soft_limit = (capacity - slack).min(most.map_or(capacity, |bytes| bytes / 8));
        Heap {
            base,
            // Granule 0 stays unused: handle 0 means "none".
            next: Cell::new(1),
            limit: Cell::new(region.committed() / 8),
            soft_limit: Cell::new(soft_limit),
            allowance: Cell::new(soft_limit * 8),
            region,
        }
    }

    /// How many bytes are in use.
    pub(crate) fn used(&self) -> usize {
        self.next.get() * 8
    }

    /// How many bytes may be used before evaluation has to stop.
    pub(crate) fn allowance(&self) -> usize {
        self.allowance.get()
    }

    /// Whether the heap is so full that evaluation has to stop.
    #[inline(always)]
    pub(crate) fn is_exhausted(&self) -> bool {
        self.next.get() >= self.soft_limit.get()
    }

    /// Allocates zeroed granules.
    ///
    /// Ends the evaluation with [`OutOfMemory`] if the arena is exhausted. Evaluation checks
    /// [`Heap::is_exhausted`] at each call and fails with an ordinary error before that.
    #[inline(always)]
    pub(crate) fn allocate(&self, granules: usize) -> Handle {
        let start = self.next.get();
        let end = start + granules;
        if end > self.limit.get() {
            self.grow(end);
        }
        self.next.set(end);
        Handle(start as u32)
    }

    /// Makes the granules up to `end` writable, and some more.
    #[cold]
    #[inline(never)]
    fn grow(&self, end: usize) {
        let capacity = self.region.size();
        let ahead = AHEAD.min(capacity / 8);
        if self.region.commit((end * 8 + ahead).min(capacity)) && end * 8 <= capacity {
            let committed = self.region.committed();
            let kept_back = if committed == capacity { 0 } else { ahead };
            self.limit.set((committed - kept_back) / 8);
            return;
        }
        // What was kept back is for what is still allocated before the next check.
        self.allowance.set(self.used().min(self.allowance.get()));
        self.exhaust();
        self.limit.set(self.region.committed() / 8);
        if end > self.limit.get() {
            give_up();
        }
    }

    /// Has the next check end the evaluation with an error.
    fn exhaust(&self) {
        self.soft_limit
            .set(self.soft_limit.get().min(self.next.get()));
    }

    #[inline(always)]
    fn words(&self, handle: Handle) -> *mut u32 {
        debug_assert!((handle.0 as usize) < self.next.get());
        // SAFETY: handles are made by `allocate` only, so the result is within the reservation.
        unsafe { self.base.add(handle.0 as usize).cast::<u32>() }
    }

    /// Reads a cell.
    #[inline(always)]
    pub(crate) fn cell(&self, handle: Handle) -> Value {
        debug_assert!((handle.0 as usize) < self.next.get());
        // SAFETY: as in `words`; a granule is an initialised `u64` (zeroed by the system).
        Value::from_bits(unsafe { self.base.add(handle.0 as usize).read() })
    }

    /// Overwrites a cell.
    #[inline(always)]
    pub(crate) fn set_cell(&self, handle: Handle, value: Value) {
        debug_assert!((handle.0 as usize) < self.next.get());
        // SAFETY: as in `words`. Cells are only read by copy, so no reference is invalidated.
        unsafe { self.base.add(handle.0 as usize).write(value.bits()) }
    }

    /// A new cell.
    #[inline(always)]
    pub(crate) fn new_cell(&self, value: Value) -> Handle {
        let handle = self.allocate(1);
        self.set_cell(handle, value);
        handle
    }

    /// Reads one word of an object.
    #[inline(always)]
    pub(crate) fn word(&self, handle: Handle, index: usize) -> u32 {
        // SAFETY: callers index within the object that the handle names.
        unsafe { self.words(handle).add(index).read() }
    }

    /// Writes one word of an object: while it is built, or a slot of an environment, or the name
    /// order of a key array. None of these words is ever part of a slice.
    #[inline(always)]
    pub(crate) fn set_word(&self, handle: Handle, index: usize, word: u32) {
        // SAFETY: as in `word`.
        unsafe { self.words(handle).add(index).write(word) }
    }

    /// A run of words that are not written any more.
    #[inline(always)]
    pub(crate) fn word_slice(&self, handle: Handle, start: usize, len: usize) -> &[u32] {
        // SAFETY: lists, sets and key arrays are complete before their handle is shared, and are
        // not changed afterwards; the arena neither moves nor shrinks while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.words(handle).add(start), len) }
    }

    /// A run of words as handles.
    #[inline(always)]
    pub(crate) fn handle(&self, handle: Handle, index: usize) -> Handle {
        Handle(self.word(handle, index))
    }

    /// A new object of the given words.
    pub(crate) fn new_words(&self, words: &[u32]) -> Handle {
        let handle = self.allocate(words.len().div_ceil(2));
        // SAFETY: the object was just allocated with room for all words.
        unsafe {
            std::ptr::copy_nonoverlapping(words.as_ptr(), self.words(handle), words.len());
        }
        handle
    }

    /// A new object of words that are made one by one.
    pub(crate) fn new_words_of(&self, words: impl ExactSizeIterator<Item = u32>) -> Handle {
        let len = words.len();
        let handle = self.allocate(len.div_ceil(2));
        for (index, word) in words.take(len).enumerate() {
            self.set_word(handle, index, word);
        }
        handle
    }

    /// Copies words into an object that is being built.
    #[inline(always)]
    pub(crate) fn copy_words(&self, to: Handle, at: usize, words: &[u32]) {
        // SAFETY: callers copy into objects that they just allocated, within their size; the
        // source lies in older objects or outside of the heap, so the two do not overlap.
        unsafe {
            std::ptr::copy_nonoverlapping(words.as_ptr(), self.words(to).add(at), words.len());
        }
    }

    /// A new string: length, context set, bytes.
    pub(crate) fn new_string(&self, bytes: &[u8], context: u32) -> Handle {
        self.new_string_from(bytes.len(), context, &[bytes])
    }

    /// A new string that is the concatenation of `parts`, whose lengths add up to `len`. One that
    /// is too long exhausts the heap and is empty.
    pub(crate) fn new_string_from(&self, len: usize, context: u32, parts: &[&[u8]]) -> Handle {
        let needed = self.next.get() + 1 + len.div_ceil(8);
        if u32::try_from(len).is_err() || needed > self.soft_limit.get() {
            self.exhaust();
            return self.new_words(&[0, 0]);
        }
        let handle = self.allocate(1 + len.div_ceil(8));
        self.set_word(handle, 0, len as u32);
        self.set_word(handle, 1, context);
        // SAFETY: the object has room for `len` bytes after its header.
        unsafe {
            let mut to = self.words(handle).add(2).cast::<u8>();
            let mut left = len;
            for part in parts {
                assert!(part.len() <= left, "parts are longer than announced");
                std::ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
                to = to.add(part.len());
                left -= part.len();
            }
        }
        handle
    }

    /// The bytes of a string.
    #[inline(always)]
    pub(crate) fn string_bytes(&self, handle: Handle) -> &[u8] {
        let len = self.word(handle, 0) as usize;
        // SAFETY: strings are complete before their handle is shared, and never change.
        unsafe { std::slice::from_raw_parts(self.words(handle).add(2).cast::<u8>(), len) }
    }

    /// The context set of a string.
    #[inline(always)]
    pub(crate) fn string_context(&self, handle: Handle) -> u32 {
        self.word(handle, 1)
    }
}
