//! The table of names while a file is parsed: text to [`Symbol`].

use crate::ast::{Ast, Symbol};

/// An open-addressing hash table whose keys live in [`Ast::symbol_bytes`].
#[derive(Default)]
pub(crate) struct Interner {
    /// (hash, symbol + 1); 0 marks a free slot. The length is a power of two.
    slots: Vec<(u32, u32)>,
    /// What the slots were before they grew: memory for the next time.
    before: Vec<(u32, u32)>,
}

impl Interner {
    /// Forgets all names. The table is small again, so that a large file makes no others slow.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
    }

    /// The symbol for a name, new if need be.
    pub(crate) fn intern(&mut self, ast: &mut Ast, name: &[u8]) -> Symbol {
        // At most three quarters full, so that a free slot ends every search.
        if self.slots.len() * 3 <= ast.symbol_ends.len() * 4 {
            self.grow();
        }
        let hash = hash(name);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (found_hash, found) = self.slots[slot];
            if found == 0 {
                break;
            }
            if found_hash == hash && ast.symbol(Symbol(found - 1)) == name {
                return Symbol(found - 1);
            }
            slot = (slot + 1) & mask;
        }
        // Symbols are fewer than bytes of the source, whose number fits.
        let symbol = Symbol(ast.symbol_ends.len() as u32);
        ast.symbol_bytes.extend_from_slice(name);
        ast.symbol_ends.push(ast.symbol_bytes.len() as u32);
        self.slots[slot] = (hash, symbol.0 + 1);
        symbol
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        std::mem::swap(&mut self.slots, &mut self.before);
        self.slots.clear();
        self.slots.resize(size, (0, 0));
        for &entry in self.before.iter().filter(|entry| entry.1 != 0) {
            let mut slot = entry.0 as usize & (size - 1);
            while self.slots[slot].1 != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = entry;
        }
    }
}

/// Multiply-and-rotate over words, as rustc's FxHash does, with the high bits (the well mixed
/// ones) folded down. Names come from files that the user evaluates anyway: flooding the table is
/// no attack that matters.
fn hash(bytes: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x517c_c1b7_2722_0a95;
    let mut state = bytes.len() as u64;
    let mut mix = |word: u64| state = (state.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        mix(u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        mix(rest
            .iter()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
    (state ^ (state >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_symbols_while_the_table_grows() {
        let mut ast = Ast::default();
        let mut interner = Interner::default();
        let names: Vec<String> = (0..5000).map(|n| format!("name-{n}")).collect();
        for (index, name) in names.iter().enumerate() {
            assert_eq!(
                interner.intern(&mut ast, name.as_bytes()),
                Symbol(index as u32)
            );
        }
        for (index, name) in names.iter().enumerate() {
            assert_eq!(
                interner.intern(&mut ast, name.as_bytes()),
                Symbol(index as u32)
            );
            assert_eq!(ast.symbol(Symbol(index as u32)), name.as_bytes());
        }
    }

    #[test]
    fn the_empty_name_is_a_name() {
        let mut ast = Ast::default();
        let mut interner = Interner::default();
        let empty = interner.intern(&mut ast, b"");
        assert_ne!(interner.intern(&mut ast, b"a"), empty);
        assert_eq!(interner.intern(&mut ast, b""), empty);
    }
}
