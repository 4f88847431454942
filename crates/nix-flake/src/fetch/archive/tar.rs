//! `tar` archives.

use std::io::Read;

use super::{ArchiveError, ArchiveTree, Entry};

pub(super) fn read(reader: impl Read, tree: &mut ArchiveTree) -> Result<(), ArchiveError> {
    use tar::EntryType;

    let mut archive = tar::Archive::new(reader);
    let mut is_empty = true;
    for entry in archive.entries().map_err(ArchiveError::Read)? {
        let mut entry = match entry {
            Ok(entry) => entry,
            // What does not even begin as an archive is none.
            Err(_) if is_empty => return Err(ArchiveError::Unknown),
            Err(error) => return Err(ArchiveError::Read(error)),
        };
        is_empty = false;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        let name = entry.path_bytes().into_owned();
        let path = ArchiveTree::clean(&name)?;
        let shown = || String::from_utf8_lossy(&name).into_owned();
        tree.note_time(entry.header().mtime().map_err(ArchiveError::Read)?);
        let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
        match kind {
            EntryType::Directory => tree.insert(path, Entry::Directory)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                // Old archives mark directories by the slash at the end of their name alone.
                if name.ends_with(b"/") {
                    tree.insert(path, Entry::Directory)?;
                    continue;
                }
                let mode = entry.header().mode().map_err(ArchiveError::Read)?;
                let file = tree.spool(&mut entry, mode & 0o100 != 0)?;
                tree.insert(path, file)?;
            }
            EntryType::Symlink => {
                tree.insert(path, Entry::Link(target.unwrap_or_default()))?;
            }
            EntryType::Link => {
                let target = target.unwrap_or_default();
                let found = tree.entries.get(&ArchiveTree::clean(&target)?).cloned();
                let bad = || ArchiveError::HardLink {
                    link: shown(),
                    target: String::from_utf8_lossy(&target).into_owned(),
                };
                match found {
                    Some(file @ (Entry::File { .. } | Entry::Link(_))) => {
                        tree.insert(path, file)?;
                    }
                    _ => return Err(bad()),
                }
            }
            _ => return Err(ArchiveError::Special(shown())),
        }
    }
    Ok(())
}
