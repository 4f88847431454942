//! Reserved address ranges that grow without moving.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::NonNull;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};

/// The payload of the unwinding that ends an evaluation for which the system has no memory left.
/// [`within_memory`] makes it an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// Runs an evaluation; one that gets no more memory from the system ends with an error.
///
/// Where an evaluation can stop with an ordinary error it does. This is for the rest: the tables of
/// code, and single objects that are larger than what is kept back.
///
/// # Errors
///
/// If the system gives no more memory. What was evaluated is lost.
pub fn within_memory<R>(work: impl FnOnce() -> R) -> Result<R, OutOfMemory> {
    // The evaluator was made inside of `work` and is gone when it unwinds.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).or_else(|payload| match payload
        .downcast::<OutOfMemory>(
    ) {
        Ok(_) => Err(OutOfMemory),
        Err(other) => std::panic::resume_unwind(other),
    })
}

/// Ends the evaluation. `resume_unwind` prints nothing, other than a panic.
#[cold]
#[inline(never)]
pub(super) fn give_up() -> ! {
    std::panic::resume_unwind(Box::new(OutOfMemory))
}

/// How much of the address space one evaluator may reserve.
///
/// Usually the system grants all that is wanted, and memory only counts where it is written. Where
/// the address space of a process is limited (`ulimit -v`) each region gets its share of what there
/// is. Where the system counts all memory that may be written (strict overcommit, `ulimit -d`),
/// regions are reserved without access and made writable piece by piece.
pub(crate) struct Room {
    wanted: usize,
    granted: usize,
    /// Whether regions are writable from the start.
    is_writable: bool,
}

impl Room {
    /// Finds out how much of `wanted` bytes the system grants.
    pub(crate) fn find(wanted: usize) -> Room {
        let is_writable = is_available(wanted, ProtFlags::READ | ProtFlags::WRITE);
        let granted = if is_writable || is_available(wanted, ProtFlags::empty()) {
            wanted
        } else {
            largest_available(wanted) / 8 * EIGHTHS_OF_LIMITED
        };
        Room {
            wanted,
            granted,
            is_writable,
        }
    }

    /// The share of a region that wants `size` bytes, in whole pages.
    fn share(&self, size: usize) -> usize {
        if self.granted == self.wanted {
            return size;
        }
        let share = size as u128 * self.granted as u128 / self.wanted as u128;
        // Bounded by `size`.
        let share = share as usize;
        (share / PAGE * PAGE).max(PAGE)
    }
}

/// The part of a limited address space that an evaluator takes. The rest is for everything else:
/// syntax trees, the store's database, downloads.
const EIGHTHS_OF_LIMITED: usize = 5;
/// No page is larger than this on a machine that this runs on.
const PAGE: usize = 64 << 10;
/// How much is made writable at a time.
const CHUNK: usize = 1 << 20;

/// The largest range that could be mapped, to within a sixteenth.
fn largest_available(wanted: usize) -> usize {
    let (mut granted, mut refused) = (0, wanted);
    while refused - granted > (granted / 16).max(CHUNK) {
        let middle = granted + (refused - granted) / 2;
        if is_available(middle, ProtFlags::empty()) {
            granted = middle;
        } else {
            refused = middle;
        }
    }
    granted
}

/// Whether the process may have so much more memory.
pub(crate) fn has_room_for(size: usize) -> bool {
    is_available(size, ProtFlags::READ | ProtFlags::WRITE)
}

fn is_available(size: usize, access: ProtFlags) -> bool {
    map(size, 0, access).is_some_and(|base| {
        unmap(base, size);
        true
    })
}

fn map(size: usize, hint: usize, access: ProtFlags) -> Option<NonNull<u8>> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    let hint = std::ptr::without_provenance_mut(hint);
    // SAFETY: an anonymous mapping without MAP_FIXED never replaces memory in use.
    let mapped = unsafe { rustix::mm::mmap_anonymous(hint, size, access, flags) };
    NonNull::new(mapped.ok()?.cast::<u8>())
}

fn unmap(base: NonNull<u8>, size: usize) {
    // SAFETY: callers pass a range that `map` made and that nothing borrows from any more.
    // A failure would only leak address space.
    let _ = unsafe { rustix::mm::munmap(base.as_ptr().cast(), size) };
}

/// A reserved, lazily committed range of zeroed memory. The system gives it pages as they are
/// first written.
pub(crate) struct Region {
    base: NonNull<u8>,
    size: usize,
    /// How many bytes are writable.
    committed: Cell<usize>,
}

impl Region {
    /// Reserves the share of a region that wants `size` bytes.
    ///
    /// `hint` is the address that is asked for: the same in every process, so that an image of the
    /// memory could be mapped there again. Nothing depends on getting it.
    ///
    /// Ends the evaluation with [`OutOfMemory`] if the system refuses after all.
    pub(crate) fn reserve(room: &Room, size: usize, hint: usize) -> Self {
        let size = room.share(size);
        let access = match room.is_writable {
            true => ProtFlags::READ | ProtFlags::WRITE,
            false => ProtFlags::empty(),
        };
        let Some(base) = map(size, hint, access) else {
            give_up()
        };
        Region {
            base,
            size,
            committed: Cell::new(if room.is_writable { size } else { 0 }),
        }
    }

    /// Makes at least the first `size` bytes writable. Returns `false` if the region is smaller, or
    /// the system has no more memory.
    #[cold]
    #[inline(never)]
    pub(crate) fn commit(&self, size: usize) -> bool {
        let committed = self.committed.get();
        if size <= committed {
            return true;
        }
        if size > self.size {
            return false;
        }
        let end = size.next_multiple_of(CHUNK).min(self.size);
        let access = MprotectFlags::READ | MprotectFlags::WRITE;
        // SAFETY: within our own mapping, which becomes accessible and changes in no other way.
        let made = unsafe {
            let start = self.base.as_ptr().add(committed);
            rustix::mm::mprotect(start.cast(), end - committed, access)
        };
        if made.is_ok() {
            self.committed.set(end);
        }
        made.is_ok()
    }

    /// How many bytes are writable.
    pub(crate) fn committed(&self) -> usize {
        self.committed.get()
    }

    /// Asks the system for large pages: fewer page faults and fewer misses of the address cache.
    pub(crate) fn advise_huge_pages(&self) {
        #[cfg(target_os = "linux")]
        {
            let advice = rustix::mm::Advice::LinuxHugepage;
            // SAFETY: advice about our own mapping; it does not change its contents.
            // Not being granted it costs only time.
            let _ = unsafe { rustix::mm::madvise(self.base.as_ptr().cast(), self.size, advice) };
        }
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        unmap(self.base, self.size);
    }
}

/// An append-only table with stable addresses: entries are never changed once pushed, so slices of
/// it may be held while it grows.
pub(crate) struct Table<T: Copy> {
    region: Region,
    len: Cell<usize>,
    /// How many entries fit into the writable part.
    capacity: Cell<usize>,
    entries: PhantomData<T>,
}

impl<T: Copy> Table<T> {
    /// Reserves a table for at most `capacity` entries.
    pub(crate) fn reserve(room: &Room, capacity: usize) -> Self {
        let region = Region::reserve(room, capacity * size_of::<T>(), 0);
        let capacity = region.committed() / size_of::<T>();
        Table {
            region,
            len: Cell::new(0),
            capacity: Cell::new(capacity),
            entries: PhantomData,
        }
    }

    /// Makes room for `count` entries, or ends the evaluation with [`OutOfMemory`].
    #[cold]
    #[inline(never)]
    fn grow(&self, count: usize) {
        if !self.region.commit(count * size_of::<T>()) {
            give_up();
        }
        self.capacity.set(self.region.committed() / size_of::<T>());
    }

    /// Asks for large pages: worth it for tables of some megabytes that are read at random.
    pub(crate) fn with_huge_pages(self) -> Self {
        self.region.advise_huge_pages();
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// Appends an entry and returns its index.
    #[inline]
    pub(crate) fn push(&self, entry: T) -> u32 {
        let index = self.len.get();
        if index >= self.capacity.get() {
            self.grow(index + 1);
        }
        // SAFETY: within the writable part, and beyond every entry that a slice may cover.
        unsafe { self.region.base().cast::<T>().add(index).write(entry) };
        self.len.set(index + 1);
        index as u32
    }

    /// Appends all entries and returns the index of the first.
    pub(crate) fn extend(&self, entries: &[T]) -> u32 {
        let start = self.len.get();
        let end = start + entries.len();
        if end > self.capacity.get() {
            self.grow(end);
        }
        // SAFETY: within the writable part, beyond every entry that a slice may cover, and so apart
        // from `entries`.
        unsafe {
            let to = self.region.base().cast::<T>().add(start);
            std::ptr::copy_nonoverlapping(entries.as_ptr(), to.as_ptr(), entries.len());
        }
        self.len.set(end);
        start as u32
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: u32) -> T {
        debug_assert!((index as usize) < self.len.get());
        // SAFETY: indices come from `push` and `extend` of this table; entries are initialised.
        unsafe { self.region.base().cast::<T>().add(index as usize).read() }
    }

    #[inline(always)]
    pub(crate) fn slice(&self, start: u32, len: u32) -> &[T] {
        debug_assert!((start + len) as usize <= self.len.get());
        // SAFETY: a run that `extend` made; initialised, never written again.
        unsafe {
            let first = self.region.base().cast::<T>().add(start as usize);
            std::slice::from_raw_parts(first.as_ptr(), len as usize)
        }
    }
}

/// A table whose entries may be replaced; they are only ever copied in and out.
pub(crate) struct CellTable<T: Copy> {
    table: Table<T>,
}

impl<T: Copy> CellTable<T> {
    pub(crate) fn reserve(room: &Room, capacity: usize) -> Self {
        CellTable {
            table: Table::reserve(room, capacity),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn push(&self, entry: T) -> u32 {
        self.table.push(entry)
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: u32) -> T {
        self.table.get(index)
    }

    #[inline(always)]
    pub(crate) fn set(&self, index: u32, entry: T) {
        debug_assert!((index as usize) < self.table.len());
        let base = self.table.region.base().cast::<T>();
        // SAFETY: within the initialised part; no slice of the inner table is ever handed out.
        unsafe { base.add(index as usize).write(entry) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_without_access_becomes_writable_as_it_grows() {
        let room = Room {
            wanted: 1 << 30,
            granted: 1 << 30,
            is_writable: false,
        };
        let table: Table<u64> = Table::reserve(&room, 1 << 20);
        for number in 0..1 << 18 {
            table.push(number);
        }
        assert_eq!(table.get((1 << 18) - 1), (1 << 18) - 1);
        assert_eq!(table.region.committed(), 2 << 20);
    }

    #[test]
    fn a_full_region_is_an_error() {
        let room = Room {
            wanted: 1 << 30,
            granted: 1 << 20,
            is_writable: false,
        };
        let filled = within_memory(|| {
            let table: Table<u64> = Table::reserve(&room, 1 << 27);
            loop {
                table.push(1);
            }
        });
        assert_eq!(filled, Err::<(), _>(OutOfMemory));
    }

    #[test]
    fn shares_are_in_proportion() {
        let room = Room {
            wanted: 8 << 30,
            granted: 1 << 30,
            is_writable: false,
        };
        assert_eq!(room.share(4 << 30), 512 << 20);
        assert_eq!(room.share(1), PAGE);
    }
}
