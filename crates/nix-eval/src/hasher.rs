//! A fast hash for internal tables, whose keys no attacker chooses to hurt anybody but himself.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds [`Mix`].
pub(crate) type FastHasher = BuildHasherDefault<Mix>;

/// Multiplies and folds each word that is written.
#[derive(Default)]
pub(crate) struct Mix(u64);

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline(always)]
fn fold(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word).wrapping_mul(u128::from(MULTIPLIER));
    (product as u64) ^ ((product >> 64) as u64)
}

impl Hasher for Mix {
    #[inline]
    fn finish(&self) -> u64 {
        fold(self.0, MULTIPLIER)
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = fold(self.0, hash_bytes(bytes));
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.0 = fold(self.0, u64::from(word) | 1 << 40);
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = fold(self.0.rotate_left(5), word);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.write_u32(u32::from(word));
    }
}

/// The hash of a text.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    hash_seeded(bytes, 0)
}

/// The hash of a text, different for each seed.
#[inline]
pub(crate) fn hash_seeded(bytes: &[u8], seed: u64) -> u64 {
    let mut state = (bytes.len() as u64).wrapping_mul(MULTIPLIER) ^ fold(MULTIPLIER, seed);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = fold(state, u64::from_le_bytes(word));
    }
    let rest = chunks.remainder();
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    fold(state, u64::from_le_bytes(word))
}
