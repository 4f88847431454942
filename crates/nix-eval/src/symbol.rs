//! Interned names.

use std::cell::RefCell;

use crate::heap::Handle;
use crate::heap::region::{CellTable, Room, Table};

/// A name: equal names of one evaluator have equal symbols.
///
/// Symbols are numbered in the order in which names are first seen, which is the order in which
/// sets are compared; so interning happens in an order that depends on the program alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub(crate) u32);

#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    len: u32,
}

/// All names of an evaluator.
pub(crate) struct Symbols {
    bytes: Table<u8>,
    entries: Table<Entry>,
    /// For each symbol the cell of the string of its name, once it was needed.
    strings: CellTable<Handle>,
    index: RefCell<Index>,
}

/// From names to symbols: open addressing, at most half full. A slot holds a part of the hash and
/// the number of the symbol plus one.
struct Index {
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl Index {
    fn new() -> Self {
        Index {
            slots: vec![(0, 0); 1 << 14],
            used: 0,
        }
    }

    /// The slot of a name: the one that it has, or the free one that it would get.
    fn find(&self, hash: u64, is_name: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (tag, number) = self.slots[slot];
            if number == 0 || (tag == (hash >> 32) as u32 && is_name(number - 1)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self, hash_of: impl Fn(u32) -> u64) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![(0, 0); old.len() * 2];
        for (tag, number) in old {
            if number != 0 {
                let slot = self.find(hash_of(number - 1), |_| false);
                self.slots[slot] = (tag, number);
            }
        }
    }
}

/// The most names, and the most bytes of all together.
const MAX_NAMES: usize = 1 << 28;
const MAX_BYTES: usize = 1 << 31;

impl Symbols {
    /// The address space that all tables want.
    pub(crate) const SIZE: usize =
        MAX_BYTES + MAX_NAMES * (size_of::<Entry>() + size_of::<Handle>());

    pub(crate) fn new(room: &Room) -> Self {
        Symbols {
            bytes: Table::reserve(room, MAX_BYTES),
            entries: Table::reserve(room, MAX_NAMES),
            strings: CellTable::reserve(room, MAX_NAMES),
            index: RefCell::new(Index::new()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many bytes all names have together.
    pub(crate) fn total_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The text of a name.
    #[inline]
    pub(crate) fn text(&self, symbol: Symbol) -> &[u8] {
        let entry = self.entries.get(symbol.0);
        self.bytes.slice(entry.start, entry.len)
    }

    /// The symbol of a name that was seen before.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Symbol> {
        let index = self.index.borrow();
        let hash = crate::hasher::hash_bytes(name);
        let slot = index.find(hash, |number| self.text(Symbol(number)) == name);
        index.slots[slot].1.checked_sub(1).map(Symbol)
    }

    /// The symbol of a name.
    pub(crate) fn intern(&self, name: &[u8]) -> Symbol {
        self.intern_hashed(name, crate::hasher::hash_bytes(name))
    }

    /// The symbol of a name whose hash is known.
    pub(crate) fn intern_hashed(&self, name: &[u8], hash: u64) -> Symbol {
        let mut index = self.index.borrow_mut();
        let slot = index.find(hash, |number| self.text(Symbol(number)) == name);
        if let Some(number) = index.slots[slot].1.checked_sub(1) {
            return Symbol(number);
        }
        let start = self.bytes.extend(name);
        let symbol = Symbol(self.entries.push(Entry {
            start,
            len: name.len() as u32,
        }));
        self.strings.push(Handle::NONE);
        index.slots[slot] = ((hash >> 32) as u32, symbol.0 + 1);
        index.used += 1;
        if index.used * 2 > index.slots.len() {
            index.grow(|number| crate::hasher::hash_bytes(self.text(Symbol(number))));
        }
        symbol
    }

    /// The cell that holds the name as a string, if it was made.
    pub(crate) fn string(&self, symbol: Symbol) -> Option<Handle> {
        let cell = self.strings.get(symbol.0);
        (!cell.is_none()).then_some(cell)
    }

    pub(crate) fn set_string(&self, symbol: Symbol, cell: Handle) {
        self.strings.set(symbol.0, cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_keep_their_symbols() {
        let symbols = Symbols::new(&Room::find(Symbols::SIZE));
        let name = |number: u32| format!("name-{number}").into_bytes();
        let interned: Vec<Symbol> = (0..20_000).map(|n| symbols.intern(&name(n))).collect();
        for (number, &symbol) in interned.iter().enumerate() {
            let name = name(number as u32);
            assert_eq!(symbols.find(&name), Some(symbol));
            assert_eq!(symbols.intern(&name), symbol);
            assert_eq!(symbols.text(symbol), name);
        }
        assert_eq!(symbols.find(b"another"), None);
    }
}
