//! Finding the references of a store object: wherever the hash part of a store path that it can
//! know occurs in its archive, it refers to that path.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};

use crate::hash::encoding::is_nix32_digit;
use crate::store_path::{HASH_PART_LENGTH, StorePath};

type HashPart = [u8; HASH_PART_LENGTH];

/// Scans what is written to it.
#[derive(Debug, Default)]
pub struct ReferenceScanner {
    candidates: HashMap<HashPart, Vec<StorePath>>,
    found: BTreeSet<StorePath>,
    /// The end of what was written before, in which a hash part may begin.
    tail: Vec<u8>,
}

impl ReferenceScanner {
    /// Looks for these paths.
    pub fn new<'a>(candidates: impl IntoIterator<Item = &'a StorePath>) -> ReferenceScanner {
        let mut scanner = ReferenceScanner::default();
        for path in candidates {
            let part = hash_part(path.hash_part().as_bytes());
            if let Some(part) = part {
                scanner
                    .candidates
                    .entry(part)
                    .or_default()
                    .push(path.clone());
            }
        }
        scanner
    }

    /// The paths that were found.
    #[must_use]
    pub fn finish(self) -> BTreeSet<StorePath> {
        self.found
    }

    /// Scans more of the stream.
    pub fn scan(&mut self, data: &[u8]) {
        if self.candidates.is_empty() {
            return;
        }
        const OVERLAP: usize = HASH_PART_LENGTH - 1;
        let mut seam = std::mem::take(&mut self.tail);
        let beginning = data.len().min(OVERLAP);
        seam.extend_from_slice(&data[..beginning]);
        self.search(&seam);
        self.search(data);
        if data.len() >= OVERLAP {
            seam.clear();
            seam.extend_from_slice(&data[data.len() - OVERLAP..]);
        } else if seam.len() > OVERLAP {
            seam.drain(..seam.len() - OVERLAP);
        }
        self.tail = seam;
    }

    fn search(&mut self, data: &[u8]) {
        let mut start = 0;
        while let Some(window) = data.get(start..start + HASH_PART_LENGTH) {
            // From the end, so that a byte that is no digit moves the window past it at once.
            if let Some(position) = window.iter().rposition(|byte| !is_nix32_digit(*byte)) {
                start += position + 1;
                continue;
            }
            if let Some(paths) = hash_part(window).and_then(|part| self.candidates.remove(&part)) {
                self.found.extend(paths);
            }
            start += 1;
        }
    }
}

impl Write for ReferenceScanner {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.scan(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hash_part(bytes: &[u8]) -> Option<HashPart> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGITS: &[u8] = crate::hash::encoding::NIX32_DIGITS;

    fn path(seed: u8) -> StorePath {
        StorePath::new(&[seed; 20], "x").expect("a name")
    }

    #[test]
    fn a_part_within_a_run_of_digits_is_found() {
        let wanted = path(7);
        let mut scanner = ReferenceScanner::new([&wanted, &path(8)]);
        scanner.scan(format!("abc/0123{}0123", wanted.hash_part()).as_bytes());
        assert_eq!(scanner.finish(), BTreeSet::from([wanted]));
    }

    #[test]
    fn paths_with_one_hash_part_are_both_found() {
        let (one, other) = (path(3), StorePath::new(&[3; 20], "y").expect("a name"));
        let mut scanner = ReferenceScanner::new([&one, &other]);
        scanner.scan(one.base_name().as_bytes());
        assert_eq!(scanner.finish(), BTreeSet::from([one, other]));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_stream_is_cut(
            before in prop::collection::vec(prop::sample::select(DIGITS), 0..80),
            after in prop::collection::vec(any::<u8>(), 0..80),
            cuts in prop::collection::vec(1_usize..40, 1..20),
        ) {
            let wanted = path(42);
            let stream = [&before, wanted.hash_part().as_bytes(), &after].concat();
            let mut scanner = ReferenceScanner::new([&wanted, &path(1)]);
            let mut rest = stream.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, more) = rest.split_at((*cut).min(rest.len()));
                scanner.scan(piece);
                rest = more;
            }
            prop_assert_eq!(scanner.finish(), BTreeSet::from([wanted]));
        }

        #[test]
        fn nothing_is_found_where_one_character_is_missing(cut in 0_usize..32) {
            let wanted = path(42);
            let mut part = wanted.hash_part().to_owned();
            part.remove(cut);
            let mut scanner = ReferenceScanner::new([&wanted]);
            scanner.scan(format!("/{part}-x").as_bytes());
            prop_assert!(scanner.finish().is_empty());
        }
    }
}
