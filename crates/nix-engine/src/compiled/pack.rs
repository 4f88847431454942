//! The file that keeps compiled files.
//!
//! It is only ever appended to, or replaced as a whole, so that what others have mapped stays as it
//! is. In 32-bit words: [`MAGIC`], [`FORMAT`]; then units; after each round of additions an index
//! of all units so far, and a trailer. The last trailer is at the end of the file.
//!
//! | part | words |
//! |---|---|
//! | index | number of units, number of files, units, files |
//! | unit in the index | key (4), start, length, checksum (2) |
//! | file in the index | identity (4), number of its unit |
//! | trailer | start of the index, its length, its checksum (2), [`MAGIC`] |
#![allow(unsafe_code)]

use std::collections::HashMap;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use nix_eval::unit::{FORMAT, Unit, UnitMemory};
use rustix::fs::FlockOperation;

const MAGIC: u32 = u32::from_le_bytes(*b"HMu1");
const HEADER_WORDS: usize = 2;
const UNIT_WORDS: usize = 8;
const FILE_WORDS: usize = 5;
const TRAILER_WORDS: usize = 5;
/// A file that is larger is begun anew, in bytes.
const LARGEST: u64 = 192 << 20;

/// 128 bits of a hash.
pub(super) type Key = [u32; 4];

struct Mapped(Mmap);

impl UnitMemory for Mapped {
    fn words(&self) -> &[u32] {
        let whole = self.0.len() / 4 * 4;
        bytemuck::try_cast_slice(&self.0[..whole]).unwrap_or_default()
    }
}

#[derive(Clone, Copy)]
struct Place {
    start: u32,
    len: u32,
    checksum: [u32; 2],
}

/// What a pack has, as its index says.
#[derive(Default)]
struct Index {
    units: Vec<(Key, Place)>,
    files: Vec<(Key, u32)>,
}

/// A pack that is open for reading.
pub(super) struct Pack {
    path: PathBuf,
    memory: Option<Arc<Mapped>>,
    by_key: HashMap<Key, Place>,
    by_file: HashMap<Key, Place>,
}

/// A unit that is to be added.
pub(super) struct Addition {
    pub(super) key: Key,
    /// The identity of its file, if that says enough.
    pub(super) file: Option<Key>,
    /// The words of the unit; none if the pack has them.
    pub(super) words: Option<Box<[u32]>>,
}

impl Pack {
    /// Opens a pack. One that is missing or damaged is empty.
    pub(super) fn open(path: &Path) -> Pack {
        let mut pack = Pack {
            path: path.to_owned(),
            memory: None,
            by_key: HashMap::new(),
            by_file: HashMap::new(),
        };
        let opened = private_files::of_file(path);
        let Ok(file) = opened.and_then(|(directory, name)| directory.open_file(name)) else {
            return pack;
        };
        // SAFETY: a pack is never cut or overwritten, only appended to and replaced by renaming, and
        // nobody but the user can write to it. Who changes it in place breaks their own cache.
        let Ok(map) = (unsafe { Mmap::map(&file) }) else {
            return pack;
        };
        let memory = Arc::new(Mapped(map));
        if let Some(index) = read_index(memory.words()) {
            pack.by_file = index
                .files
                .iter()
                .filter_map(|&(file, unit)| Some((file, index.units.get(unit as usize)?.1)))
                .collect();
            pack.by_key = index.units.into_iter().collect();
            pack.memory = Some(memory);
        }
        pack
    }

    /// The unit of a text.
    pub(super) fn by_key(&self, key: &Key) -> Option<Unit> {
        self.unit(*self.by_key.get(key)?)
    }

    /// The unit of a file.
    pub(super) fn by_file(&self, file: &Key) -> Option<Unit> {
        self.unit(*self.by_file.get(file)?)
    }

    fn unit(&self, place: Place) -> Option<Unit> {
        let memory = self.memory.as_ref()?;
        let (start, len) = (place.start as usize, place.len as usize);
        let words = memory.words().get(start..start.checked_add(len)?)?;
        if checksum(words) != place.checksum {
            return None;
        }
        let memory: Arc<dyn UnitMemory> = memory.clone();
        Unit::in_memory(memory, start, len)
    }

    /// Adds units.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn add(&self, additions: &[Addition]) -> io::Result<()> {
        let (directory, name) = private_files::of_new_file(&self.path)?;
        let mut file = match directory.open_to_append(name) {
            Ok(file) => file,
            // Nothing that others could write is believed.
            Err(_) => {
                directory.remove(name)?;
                directory.open_to_append(name)?
            }
        };
        // Somebody else who adds is most likely adding the same.
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(());
        }
        let len = file.metadata()?.len();
        // SAFETY: as above.
        let map = Mapped(unsafe { Mmap::map(&file) }?);
        let known = (len <= LARGEST).then(|| read_index(map.words())).flatten();
        if let Some(index) = known {
            let end = file.seek(SeekFrom::End(0))? / 4;
            let words = appended(index, end as usize, additions);
            return file.write_all(bytemuck::cast_slice(&words));
        }
        // Empty, damaged, of another version, or too large.
        let mut words = vec![MAGIC, FORMAT];
        words.extend(appended(Index::default(), HEADER_WORDS, additions));
        directory.write(name, bytemuck::cast_slice::<u32, u8>(&words))
    }
}

/// What is to be written at word `end` of a pack with this index.
fn appended(mut index: Index, end: usize, additions: &[Addition]) -> Vec<u32> {
    let mut words: Vec<u32> = Vec::new();
    let mut numbers: HashMap<Key, u32> = (0..)
        .zip(&index.units)
        .map(|(number, &(key, _))| (key, number))
        .collect();
    for addition in additions {
        if let Some(unit) = &addition.words
            && !numbers.contains_key(&addition.key)
        {
            let place = Place {
                start: (end + words.len()) as u32,
                len: unit.len() as u32,
                checksum: checksum(unit),
            };
            numbers.insert(addition.key, index.units.len() as u32);
            index.units.push((addition.key, place));
            words.extend_from_slice(unit);
        }
    }
    let known: std::collections::HashSet<Key> = index.files.iter().map(|&(file, _)| file).collect();
    for addition in additions {
        if let Some(file) = addition.file
            && !known.contains(&file)
            && let Some(&number) = numbers.get(&addition.key)
        {
            index.files.push((file, number));
        }
    }
    let start = words.len();
    words.extend([index.units.len() as u32, index.files.len() as u32]);
    for (key, place) in &index.units {
        words.extend(key);
        words.extend([place.start, place.len]);
        words.extend(place.checksum);
    }
    for (file, number) in &index.files {
        words.extend(file);
        words.push(*number);
    }
    let sum = checksum(&words[start..]);
    let len = words.len() - start;
    words.extend([(end + start) as u32, len as u32, sum[0], sum[1], MAGIC]);
    words
}

/// The index of a pack; `None` if there is none that can be trusted.
fn read_index(words: &[u32]) -> Option<Index> {
    if words.get(..HEADER_WORDS)? != [MAGIC, FORMAT] {
        return None;
    }
    let (_, trailer) = words.split_last_chunk::<TRAILER_WORDS>()?;
    let [start, len, low, high, MAGIC] = *trailer else {
        return None;
    };
    let end = (start as usize).checked_add(len as usize)?;
    let index = words.get(start as usize..end)?;
    if checksum(index) != [low, high] {
        return None;
    }
    let [units, files, rest @ ..] = index else {
        return None;
    };
    let (units, files) = rest
        .split_at_checked(*units as usize * UNIT_WORDS)
        .filter(|(_, rest)| rest.len() == *files as usize * FILE_WORDS)?;
    Some(Index {
        units: units
            .as_chunks::<UNIT_WORDS>()
            .0
            .iter()
            .map(|&[a, b, c, d, start, len, low, high]| {
                let place = Place {
                    start,
                    len,
                    checksum: [low, high],
                };
                ([a, b, c, d], place)
            })
            .collect(),
        files: files
            .as_chunks::<FILE_WORDS>()
            .0
            .iter()
            .map(|&[a, b, c, d, number]| ([a, b, c, d], number))
            .collect(),
    })
}

/// A checksum against accidents, such as a machine that lost power: fast, not strong.
fn checksum(words: &[u32]) -> [u32; 2] {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(MULTIPLIER);
        (product as u64) ^ ((product >> 64) as u64)
    };
    let word = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    // Four sums at a time, since each step waits for the one before.
    let mut sums = [1u64, 2, 3, 4];
    let (chunks, rest) = words.as_chunks::<8>();
    for chunk in chunks {
        for (sum, pair) in sums.iter_mut().zip(chunk.as_chunks::<2>().0) {
            *sum = fold(*sum, word(pair[0], pair[1]));
        }
    }
    let mut total = words.len() as u64;
    for sum in sums {
        total = fold(total, sum);
    }
    for &rest in rest {
        total = fold(total, u64::from(rest));
    }
    [total as u32, (total >> 32) as u32]
}
