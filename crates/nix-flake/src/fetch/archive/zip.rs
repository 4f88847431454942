//! `zip` archives (PKWARE's APPNOTE.TXT): read by the directory at their end.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

use super::{ArchiveError, ArchiveTree, Entry};

/// The record at the end: its signature, its size without the comment, and the longest comment.
const END: u32 = 0x0605_4b50;
const END_SIZE: u64 = 22;
const LONGEST_COMMENT: u64 = 0xffff;
/// What says where the 64-bit record at the end is, just before the other.
const LOCATOR_64: u32 = 0x0706_4b50;
const LOCATOR_64_SIZE: u64 = 20;
/// An entry of the directory, and the header before its contents.
const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
const DIRECTORY_ENTRY_SIZE: usize = 46;
const LOCAL_HEADER: u32 = 0x0403_4b50;
const LOCAL_HEADER_SIZE: usize = 30;
/// The systems whose attributes have a Unix mode.
const UNIX: u8 = 3;
const MACOS: u8 = 19;
/// The kinds of files in a Unix mode.
const KIND: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;
const DIRECTORY: u32 = 0o040_000;
/// The field with 64-bit sizes, and that with a Unix time.
const FIELD_64: u16 = 1;
const FIELD_TIME: u16 = 0x5455;
/// A number that is in the 64-bit field.
const ELSEWHERE: u64 = 0xffff_ffff;

struct Item {
    name: Vec<u8>,
    method: u16,
    is_encrypted: bool,
    checksum: u32,
    compressed: u64,
    size: u64,
    offset: u64,
    mode: u32,
    time: u64,
}

pub(super) fn read(
    archive: &mut (impl Read + Seek),
    tree: &mut ArchiveTree,
) -> Result<(), ArchiveError> {
    for item in directory(archive).map_err(ArchiveError::Read)? {
        let path = ArchiveTree::clean(&item.name)?;
        tree.note_time(item.time);
        let shown = || String::from_utf8_lossy(&item.name).into_owned();
        if item.name.ends_with(b"/") || item.mode & KIND == DIRECTORY {
            tree.insert(path, Entry::Directory)?;
            continue;
        }
        let unsupported = |reason: &str| ArchiveError::Unsupported {
            name: shown(),
            reason: reason.to_owned(),
        };
        if item.is_encrypted {
            return Err(unsupported("it is encrypted"));
        }
        let start = start_of(archive, item.offset).map_err(ArchiveError::Read)?;
        archive
            .seek(SeekFrom::Start(start))
            .map_err(ArchiveError::Read)?;
        let raw = archive.by_ref().take(item.compressed);
        let reader: Box<dyn Read + '_> = match item.method {
            0 => Box::new(raw),
            8 => Box::new(DeflateDecoder::new(raw)),
            _ => return Err(unsupported("its compression is not known")),
        };
        // One byte more, so that contents that are too long are seen to be.
        let mut checked = Checked {
            reader: reader.take(item.size + 1),
            checksum: flate2::Crc::new(),
        };
        if item.mode & KIND == SYMLINK {
            let mut target = Vec::new();
            checked
                .read_to_end(&mut target)
                .map_err(ArchiveError::Read)?;
            checked.check(&item)?;
            tree.insert(path, Entry::Link(target))?;
        } else {
            let file = tree.spool(&mut checked, item.mode & 0o100 != 0)?;
            checked.check(&item)?;
            tree.insert(path, file)?;
        }
    }
    Ok(())
}

/// Reads contents and checks them.
struct Checked<R> {
    reader: R,
    checksum: flate2::Crc,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.checksum.update(&buffer[..read]);
        Ok(read)
    }
}

impl<R> Checked<R> {
    fn check(&self, item: &Item) -> Result<(), ArchiveError> {
        let size = u64::from(self.checksum.amount());
        // The checksum counts its bytes in 32 bits.
        if self.checksum.sum() == item.checksum && size == item.size & ELSEWHERE {
            return Ok(());
        }
        let name = String::from_utf8_lossy(&item.name);
        Err(ArchiveError::Read(bad(&format!(
            "the contents of '{name}' are damaged"
        ))))
    }
}

fn bad(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}

/// Little-endian numbers, one after the other.
struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    fn bytes(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| bad("the zip archive is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> io::Result<u64> {
        let bytes = self.bytes(count)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u16(&mut self) -> io::Result<u16> {
        Ok(self.number(2)? as u16)
    }

    fn u32(&mut self) -> io::Result<u32> {
        Ok(self.number(4)? as u32)
    }
}

/// The entries that the directory at the end has.
fn directory(archive: &mut (impl Read + Seek)) -> io::Result<Vec<Item>> {
    let length = archive.seek(SeekFrom::End(0))?;
    let tail_size = length.min(END_SIZE + LONGEST_COMMENT + LOCATOR_64_SIZE);
    archive.seek(SeekFrom::Start(length - tail_size))?;
    let mut tail = Vec::new();
    archive.by_ref().take(tail_size).read_to_end(&mut tail)?;
    let end = (0..tail.len().saturating_sub(END_SIZE as usize - 1))
        .rev()
        .find(|start| tail[*start..].starts_with(&END.to_le_bytes()))
        .ok_or_else(|| bad("the zip archive has no end"))?;
    let mut record = Numbers(&tail[end + 8..]);
    let mut count = record.number(4)? >> 16;
    let mut size = record.number(4)?;
    let mut offset = record.number(4)?;
    let before = end.checked_sub(LOCATOR_64_SIZE as usize);
    if let Some(locator) = before.and_then(|start| tail.get(start..end))
        && locator.starts_with(&LOCATOR_64.to_le_bytes())
    {
        let place = Numbers(&locator[8..]).number(8)?;
        archive.seek(SeekFrom::Start(place))?;
        let mut bytes = [0; 56];
        archive.read_exact(&mut bytes)?;
        let mut record = Numbers(&bytes[32..]);
        count = record.number(8)?;
        size = record.number(8)?;
        offset = record.number(8)?;
    }
    if size > length || offset > length {
        return Err(bad("the directory of the zip archive is not in it"));
    }
    archive.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    archive.by_ref().take(size).read_to_end(&mut bytes)?;
    let mut numbers = Numbers(&bytes);
    // The count is the archive's word; no more entries are there than their bytes allow.
    let fits = bytes.len() / DIRECTORY_ENTRY_SIZE;
    (0..count.min(fits as u64))
        .map(|_| item(&mut numbers))
        .collect()
}

fn item(numbers: &mut Numbers<'_>) -> io::Result<Item> {
    if numbers.u32()? != DIRECTORY_ENTRY {
        return Err(bad("the directory of the zip archive is damaged"));
    }
    let made_by = numbers.bytes(2)?;
    numbers.bytes(2)?;
    let flags = numbers.u16()?;
    let method = numbers.u16()?;
    let (clock, date) = (numbers.u16()?, numbers.u16()?);
    let checksum = numbers.u32()?;
    let mut compressed = numbers.number(4)?;
    let mut size = numbers.number(4)?;
    let name_length = usize::from(numbers.u16()?);
    let extra_length = usize::from(numbers.u16()?);
    let comment_length = usize::from(numbers.u16()?);
    numbers.bytes(4)?;
    let attributes = numbers.u32()?;
    let mut offset = numbers.number(4)?;
    let name = numbers.bytes(name_length)?.to_vec();
    let mut extra = Numbers(numbers.bytes(extra_length)?);
    numbers.bytes(comment_length)?;
    let mut time = dos_time(date, clock);
    while extra.0.len() >= 4 {
        let (kind, length) = (extra.u16()?, usize::from(extra.u16()?));
        let mut field = Numbers(extra.bytes(length)?);
        match kind {
            FIELD_64 => {
                for number in [&mut size, &mut compressed, &mut offset] {
                    if *number == ELSEWHERE {
                        *number = field.number(8)?;
                    }
                }
            }
            FIELD_TIME if field.number(1)? & 1 == 1 => time = field.number(4)?,
            _ => {}
        }
    }
    let has_mode = matches!(made_by[1], UNIX | MACOS);
    Ok(Item {
        name,
        method,
        is_encrypted: flags & 1 != 0,
        checksum,
        compressed,
        size,
        offset,
        mode: if has_mode { attributes >> 16 } else { 0 },
        time,
    })
}

/// Where the contents of an entry begin: after a header whose size only it knows.
fn start_of(archive: &mut (impl Read + Seek), offset: u64) -> io::Result<u64> {
    archive.seek(SeekFrom::Start(offset))?;
    let mut header = [0; LOCAL_HEADER_SIZE];
    archive.read_exact(&mut header)?;
    let mut numbers = Numbers(&header);
    if numbers.u32()? != LOCAL_HEADER {
        return Err(bad("an entry of the zip archive is not where it should be"));
    }
    numbers.bytes(22)?;
    let (name, extra) = (numbers.u16()?, numbers.u16()?);
    Ok(offset + LOCAL_HEADER_SIZE as u64 + u64::from(name) + u64::from(extra))
}

/// A date and time of MS-DOS in seconds since 1970, taken as universal time.
fn dos_time(date: u16, clock: u16) -> u64 {
    let (year, month, day) = (1980 + (date >> 9), date >> 5 & 15, date & 31);
    let (hour, minute, second) = (clock >> 11, clock >> 5 & 63, (clock & 31) * 2);
    // Days since 1970 by the calendar whose year begins in March.
    let (year, month) = (i64::from(year), i64::from(month.max(1)));
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day.max(1)) - 1;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468;
    let seconds =
        days * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    u64::try_from(seconds).unwrap_or(0)
}
