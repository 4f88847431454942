//! Mutated inputs, the same ones in each run.

/// A generator of numbers that look random (xorshift64*). Not for secrets.
pub struct Random(u64);

impl Random {
    /// A generator. The same seed gives the same numbers.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        // Zero would stay zero.
        Random(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, or 0.
    pub fn below(&mut self, limit: usize) -> usize {
        match limit {
            0 => 0,
            limit => (self.next() % limit as u64) as usize,
        }
    }
}

/// How long a mutated input may get: more makes each run slower and finds nothing.
const LONGEST: usize = 4096;

/// A mutated copy of one of the seeds. `words` are texts that mean something in the format.
#[must_use]
pub fn mutate(random: &mut Random, seeds: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut input = pick(random, seeds);
    for _ in 0..=random.below(5) {
        let start = random.below(input.len() + 1);
        let length = random.below((input.len() - start + 1).min(32));
        let end = start + length;
        match random.below(8) {
            0 => drop(input.drain(start..end)),
            1 => {
                let copy = input[start..end].to_vec();
                let at = random.below(input.len() + 1);
                input.splice(at..at, copy);
            }
            2 => {
                let copy = input[start..end].repeat(1 + random.below(30));
                input.splice(start..start, copy);
            }
            3 if start < input.len() => input[start] ^= 1 << random.below(8),
            4 if start < input.len() => input[start] = random.below(256) as u8,
            5 => {
                let other = pick(random, seeds);
                let from = random.below(other.len() + 1);
                let to = from + random.below(other.len() - from + 1);
                input.splice(start..end, other[from..to].iter().copied());
            }
            _ => {
                let word = pick(random, words);
                input.splice(start..end, word);
            }
        }
    }
    input.truncate(LONGEST);
    input
}

fn pick(random: &mut Random, texts: &[Vec<u8>]) -> Vec<u8> {
    texts
        .get(random.below(texts.len()))
        .cloned()
        .unwrap_or_default()
}

/// The words of a dictionary of libFuzzer: one in quotes on each line, comments after `#`.
#[must_use]
pub fn dictionary(text: &str) -> Vec<Vec<u8>> {
    text.lines()
        .filter_map(|line| {
            let word = line.trim().strip_prefix('"')?.strip_suffix('"')?;
            Some(
                word.replace("\\\"", "\"")
                    .replace("\\x0a", "\n")
                    .replace("\\\\", "\\")
                    .into_bytes(),
            )
        })
        .collect()
}
