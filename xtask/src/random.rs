//! Random choices that can be made again from their seed.

use std::time::{SystemTime, UNIX_EPOCH};

/// A generator of numbers (xorshift64*).
pub struct Random(u64);

impl Random {
    /// One that begins with this seed, or with one of the clock's; and the seed.
    pub fn seeded(seed: Option<u64>) -> (Random, u64) {
        let seed = seed.unwrap_or_else(|| {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            since.as_millis() as u64
        });
        // It never leaves zero.
        (Random((seed ^ 0x9e37_79b9_7f4a_7c15).max(1)), seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below a limit that is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        ((self.next() >> 16) % limit) as usize
    }

    /// One of these.
    pub fn choose(&mut self, all: &[String]) -> Option<String> {
        if all.is_empty() {
            return None;
        }
        let index = self.below(all.len());
        all.get(index).cloned()
    }
}
