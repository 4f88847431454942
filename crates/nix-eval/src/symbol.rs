//! Interned names.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::hasher::FastHasher;
use crate::heap::Handle;
use crate::heap::region::{CellTable, Table};

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
    /// Hash of the text to the symbols that have it.
    index: RefCell<HashMap<u64, Bucket, FastHasher>>,
}

enum Bucket {
    One(Symbol),
    Many(Vec<Symbol>),
}

impl Symbols {
    pub(crate) fn new() -> Self {
        Symbols {
            bytes: Table::reserve(1 << 31),
            entries: Table::reserve(1 << 28),
            strings: CellTable::reserve(1 << 28),
            index: RefCell::new(HashMap::default()),
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
    pub(crate) fn text(&self, symbol: Symbol) -> &[u8] {
        let entry = self.entries.get(symbol.0);
        self.bytes.slice(entry.start, entry.len)
    }

    /// The symbol of a name that was seen before.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Symbol> {
        match self.index.borrow().get(&crate::hasher::hash_bytes(name))? {
            Bucket::One(symbol) => (self.text(*symbol) == name).then_some(*symbol),
            Bucket::Many(all) => all.iter().copied().find(|&symbol| self.text(symbol) == name),
        }
    }

    /// The symbol of a name.
    pub(crate) fn intern(&self, name: &[u8]) -> Symbol {
        if let Some(symbol) = self.find(name) {
            return symbol;
        }
        let start = self.bytes.extend(name);
        let symbol = Symbol(self.entries.push(Entry { start, len: name.len() as u32 }));
        self.strings.push(Handle::NONE);
        self.index
            .borrow_mut()
            .entry(crate::hasher::hash_bytes(name))
            .and_modify(|bucket| match bucket {
                Bucket::One(other) => *bucket = Bucket::Many(vec![*other, symbol]),
                Bucket::Many(all) => all.push(symbol),
            })
            .or_insert(Bucket::One(symbol));
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
