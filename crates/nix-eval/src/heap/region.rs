//! Reserved address ranges that grow without moving.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::NonNull;

use rustix::mm::{MapFlags, ProtFlags};

/// A reserved, lazily committed range of zeroed memory. The system gives it pages as they are
/// first written.
pub(crate) struct Region {
    base: NonNull<u8>,
    size: usize,
}

/// The smallest reservation that is still worth having.
const SMALLEST: usize = 16 << 20;

impl Region {
    /// Reserves `size` bytes, or as large a part of it as the system grants.
    ///
    /// `hint` is the address that is asked for: the same in every process, so that an image of the
    /// memory could be mapped there again. Nothing depends on getting it.
    ///
    /// # Panics
    ///
    /// If not even a small range can be reserved; nothing can be evaluated then.
    pub(crate) fn reserve(size: usize, hint: usize) -> Self {
        let mut size = size;
        loop {
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            let hint = std::ptr::without_provenance_mut(hint);
            // SAFETY: an anonymous mapping without MAP_FIXED never replaces memory in use.
            let mapped = unsafe {
                rustix::mm::mmap_anonymous(hint, size, ProtFlags::READ | ProtFlags::WRITE, flags)
            };
            match mapped.map(|base| NonNull::new(base.cast::<u8>())) {
                Ok(Some(base)) => return Region { base, size },
                _ if size > SMALLEST => size /= 2,
                _ => panic!("cannot reserve address space for the evaluator's heap"),
            }
        }
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
        // SAFETY: the range was mapped by `reserve` and nothing borrows from it any more.
        // A failure would only leak address space.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.size) };
    }
}

/// An append-only table with stable addresses: entries are never changed once pushed, so slices of
/// it may be held while it grows.
pub(crate) struct Table<T: Copy> {
    region: Region,
    len: Cell<usize>,
    capacity: usize,
    entries: PhantomData<T>,
}

impl<T: Copy> Table<T> {
    /// Reserves a table for at most `capacity` entries.
    pub(crate) fn reserve(capacity: usize) -> Self {
        let region = Region::reserve(capacity * size_of::<T>(), 0);
        let capacity = region.size() / size_of::<T>();
        Table {
            region,
            len: Cell::new(0),
            capacity,
            entries: PhantomData,
        }
    }

    /// Asks for large pages: worth it for tables of some megabytes that are read at random.
    pub(crate) fn with_huge_pages(self) -> Self {
        self.region.advise_huge_pages();
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// Appends an entry and gives its index.
    ///
    /// # Panics
    ///
    /// If the reservation is exhausted, as a `Vec` does when memory is.
    #[inline]
    pub(crate) fn push(&self, entry: T) -> u32 {
        let index = self.len.get();
        assert!(index < self.capacity, "the evaluator's tables are full");
        // SAFETY: within the reservation, and beyond every entry that a slice may cover.
        unsafe { self.region.base().cast::<T>().add(index).write(entry) };
        self.len.set(index + 1);
        index as u32
    }

    /// Appends all entries and gives the index of the first.
    pub(crate) fn extend(&self, entries: &[T]) -> u32 {
        let start = self.len.get();
        let end = start + entries.len();
        assert!(end <= self.capacity, "the evaluator's tables are full");
        // SAFETY: within the reservation, beyond every entry that a slice may cover, and so apart
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
    pub(crate) fn reserve(capacity: usize) -> Self {
        CellTable {
            table: Table::reserve(capacity),
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
