//! The file that keeps compiled files.
//!
//! It is only ever appended to, or replaced as a whole. What is used of it is copied to memory of this
//! process first and checked there, so whoever changes the file changes nothing that was checked. In 32-bit
//! words: [`MAGIC`], [`FORMAT`]; then units; after each round of additions an index of all units so far, and
//! a trailer. The last trailer is at the end of the file.
//!
//! | part | words |
//! |---|---|
//! | index | number of units, number of files, units, files |
//! | unit in the index | key (4), start, length, hash (4) |
//! | file in the index | identity (4), number of its unit |
//! | trailer | start of the index, its length, its hash (4), [`MAGIC`] |

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use nix_eval::unit::{FORMAT, Unit};
use nix_wire::{Hash, HashAlgorithm};
use rustix::fs::FlockOperation;

const MAGIC: u32 = u32::from_le_bytes(*b"HMu2");
const HEADER_WORDS: usize = 2;
const UNIT_WORDS: usize = 10;
const FILE_WORDS: usize = 5;
const TRAILER_WORDS: usize = 7;
/// A file that is larger is begun anew, in bytes.
const LARGEST: u64 = 192 << 20;
/// How much room is left on a disk, in bytes.
const ROOM_LEFT: u64 = 16 << 20;

/// 128 bits of a hash.
pub(super) type Key = [u32; 4];

#[derive(Clone, Copy)]
struct Place {
    start: u32,
    len: u32,
    hash: Key,
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
    file: Option<File>,
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
            file: None,
            by_key: HashMap::new(),
            by_file: HashMap::new(),
        };
        let opened = private_files::of_file(path);
        let Ok(file) = opened.and_then(|(directory, name)| directory.open_file(name)) else {
            return pack;
        };
        if let Some(index) = read_index(&file) {
            pack.by_file = index
                .files
                .iter()
                .filter_map(|&(file, unit)| Some((file, index.units.get(unit as usize)?.1)))
                .collect();
            pack.by_key = index.units.into_iter().collect();
            pack.file = Some(file);
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
        let file = self.file.as_ref()?;
        let words = read_words(file, u64::from(place.start), place.len as usize)?;
        (hash(&words) == place.hash).then(|| Unit::of_words(words.into_boxed_slice()))?
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
        let known = (len <= LARGEST).then(|| read_index(&file)).flatten();
        if let Some(index) = known {
            let end = file.seek(SeekFrom::End(0))? / 4;
            let words = appended(index, end as usize, additions);
            require_room(&file, &words)?;
            // A part of it would be taken for damage, and fill the disk.
            return file
                .write_all(bytemuck::cast_slice(&words))
                .inspect_err(|_| drop(file.set_len(len)));
        }
        // Empty, damaged, of another version, or too large.
        let mut words = vec![MAGIC, FORMAT];
        words.extend(appended(Index::default(), HEADER_WORDS, additions));
        require_room(&file, &words)?;
        directory.write(name, bytemuck::cast_slice::<u32, u8>(&words))
    }
}

/// Fails unless the disk has room for the words and for what else a user may want to write: a cache
/// must never be what fills it.
fn require_room(file: &std::fs::File, words: &[u32]) -> io::Result<()> {
    let status = rustix::fs::fstatvfs(file)?;
    let free = status.f_bavail.saturating_mul(status.f_frsize);
    let wanted = size_of_val(words) as u64 + ROOM_LEFT;
    if free < wanted {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
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
                hash: hash(unit),
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
        words.extend(place.hash);
    }
    for (file, number) in &index.files {
        words.extend(file);
        words.push(*number);
    }
    let hash = hash(&words[start..]);
    let len = words.len() - start;
    words.extend([(end + start) as u32, len as u32]);
    words.extend(hash);
    words.push(MAGIC);
    words
}

/// Copies words of a file to memory of this process; `None` if it does not have them.
fn read_words(file: &File, start: u64, len: usize) -> Option<Vec<u32>> {
    let end = start.checked_add(len as u64)?.checked_mul(4)?;
    if end > file.metadata().ok()?.len() {
        return None;
    }
    let mut words = vec![0; len];
    let bytes = bytemuck::cast_slice_mut::<u32, u8>(&mut words);
    file.read_exact_at(bytes, start * 4).ok()?;
    Some(words)
}

/// Reads the index of a pack; `None` if it is not whole.
fn read_index(file: &File) -> Option<Index> {
    if read_words(file, 0, HEADER_WORDS)? != [MAGIC, FORMAT] {
        return None;
    }
    let end = file.metadata().ok()?.len() / 4;
    let trailer = read_words(file, end.checked_sub(TRAILER_WORDS as u64)?, TRAILER_WORDS)?;
    let [start, len, a, b, c, d, MAGIC] = *trailer else {
        return None;
    };
    let words = read_words(file, u64::from(start), len as usize)?;
    if hash(&words) != [a, b, c, d] {
        return None;
    }
    let index = words.as_slice();
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
            .map(|&[a, b, c, d, start, len, e, f, g, h]| {
                let place = Place {
                    start,
                    len,
                    hash: [e, f, g, h],
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

/// Returns 128 bits of a cryptographic hash: an accident does not give words the hash of others, nor does
/// anybody who can change them without changing the index.
fn hash(words: &[u32]) -> Key {
    super::key_of(&Hash::of(
        HashAlgorithm::Blake3,
        bytemuck::cast_slice::<u32, u8>(words),
    ))
}
