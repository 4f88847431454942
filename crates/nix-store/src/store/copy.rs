//! Objects from one store to another.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use nix_wire::StorePath;

use super::{Import, Result, Store};
use crate::error::{During, StoreError};
use nix_wire::PathInfo;

/// How to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyOptions {
    /// On what conditions the other store is to take the objects.
    pub import: Import,
    /// Whether it may fetch objects from its own caches first.
    pub substitute: bool,
}

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// The objects, each after those that it refers to.
    pub paths: Vec<StorePath>,
    /// The size of their archives.
    pub bytes: u64,
}

/// Copies objects and all that they refer to, as far as the other store lacks them.
///
/// # Errors
/// When one is not valid in `from`, or `to` does not take it.
pub fn copy_closure(
    from: &dyn Store,
    to: &dyn Store,
    paths: &BTreeSet<StorePath>,
    options: CopyOptions,
) -> Result<Copied> {
    copy_paths(from, to, &from.closure(paths)?, options)
}

/// Copies objects, as far as the other store lacks them. What they refer to has to be among them,
/// or there.
///
/// # Errors
/// As [`copy_closure`].
pub fn copy_paths(
    from: &dyn Store,
    to: &dyn Store,
    paths: &BTreeSet<StorePath>,
    options: CopyOptions,
) -> Result<Copied> {
    let valid = if options.import.repair {
        BTreeSet::new()
    } else {
        to.valid_among(paths, options.substitute)?
    };
    // That this machine built it counts for nothing elsewhere.
    let mut infos: Vec<PathInfo> = paths
        .difference(&valid)
        .map(|path| from.require(path))
        .collect::<Result<_>>()?;
    for info in &mut infos {
        info.ultimate = false;
    }
    let ordered: Vec<PathInfo> = in_order(&infos, |info| &info.path, |info| &info.references)
        .into_iter()
        .cloned()
        .collect();
    to.import_from(from, &ordered, options.import)?;
    Ok(Copied {
        bytes: ordered.iter().map(|info| info.nar_size).sum(),
        paths: ordered.into_iter().map(|info| info.path).collect(),
    })
}

/// Copies one object, from archive to archive.
pub(super) fn copy_one<S: Store + ?Sized>(
    from: &dyn Store,
    to: &S,
    info: &PathInfo,
    how: Import,
) -> Result<()> {
    piped(
        |sink| from.export_archive(&info.path, sink),
        |source| to.import(info, source, how),
    )
}

/// Runs a writer and a reader against each other.
///
/// # Errors
/// That of the one that failed, or that a pipe could not be had.
pub fn piped(
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
    read: impl FnOnce(&mut dyn Read) -> Result<()> + Send,
) -> Result<()> {
    let (reader, mut writer) = io::pipe().during("create", Path::new("a pipe"))?;
    std::thread::scope(|scope| {
        let reading = std::thread::Builder::new()
            .spawn_scoped(scope, move || {
                let mut reader = BufReader::with_capacity(64 * 1024, reader);
                read(&mut reader)
            })
            .during("start", Path::new("a thread"))?;
        let written = write(&mut writer);
        drop(writer);
        let read = reading.join().unwrap_or(Err(StoreError::Interrupted));
        match (written, read) {
            (Ok(()), read) => read,
            // Whoever stopped reading has the reason.
            (Err(error), Err(reason)) if is_broken_pipe(&error) => Err(reason),
            (Err(error), _) => Err(error),
        }
    })
}

fn is_broken_pipe(error: &StoreError) -> bool {
    let error = match error {
        StoreError::Nar(nix_wire::nar::NarError::Io(error)) | StoreError::Io { error, .. } => error,
        StoreError::Elsewhere(error) => match error.downcast_ref::<io::Error>() {
            Some(error) => error,
            None => return false,
        },
        _ => return false,
    };
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Things with paths, each after those of them that it refers to. Cycles are left to whoever
/// registers them.
pub fn in_order<T>(
    things: &[T],
    path: impl Fn(&T) -> &StorePath,
    references: impl Fn(&T) -> &BTreeSet<StorePath>,
) -> Vec<&T> {
    let by_path: BTreeMap<&StorePath, usize> = things
        .iter()
        .enumerate()
        .map(|(index, thing)| (path(thing), index))
        .collect();
    let mut seen = vec![false; things.len()];
    let mut ordered = Vec::with_capacity(things.len());
    for root in 0..things.len() {
        let mut stack = vec![(root, false)];
        while let Some((index, leave)) = stack.pop() {
            if leave {
                ordered.push(&things[index]);
            } else if !std::mem::replace(&mut seen[index], true) {
                stack.push((index, true));
                let next = references(&things[index])
                    .iter()
                    .filter_map(|reference| by_path.get(reference));
                stack.extend(next.map(|index| (*index, false)));
            }
        }
    }
    ordered
}
