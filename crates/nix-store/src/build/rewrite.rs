//! Replacing texts: in what a builder is given, and, where outputs get other paths than the builder
//! knew, their hash parts in what it made.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use nix_wire::StorePath;

use crate::canonical;
use crate::error::{During, StoreError};

/// Texts and what they are replaced by.
#[derive(Debug, Default)]
pub(crate) struct Rewrites(Vec<(Vec<u8>, Vec<u8>)>);

impl Rewrites {
    pub(crate) fn add(&mut self, from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) {
        self.0.push((from.into(), to.into()));
    }

    pub(crate) fn apply(&self, mut text: Vec<u8>) -> Vec<u8> {
        for (from, to) in &self.0 {
            if let Some(replaced) = replace(&text, from, to) {
                text = replaced;
            }
        }
        text
    }
}

/// `None` when there is nothing to replace.
fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = from.split_first()?;
    let mut replaced: Option<Vec<u8>> = None;
    let (mut copied, mut position) = (0, 0);
    while let Some(offset) = text[position..].iter().position(|byte| byte == first) {
        let start = position + offset;
        if !text[start + 1..].starts_with(rest) {
            position = start + 1;
            continue;
        }
        let result = replaced.get_or_insert_default();
        result.extend_from_slice(&text[copied..start]);
        result.extend_from_slice(to);
        position = start + from.len();
        copied = position;
    }
    let mut replaced = replaced?;
    replaced.extend_from_slice(&text[copied..]);
    Some(replaced)
}

/// Hash parts of store paths and those that take their places.
#[derive(Debug, Clone, Default)]
pub(super) struct HashParts(Vec<(StorePath, StorePath)>);

impl HashParts {
    pub(super) fn add(&mut self, from: &StorePath, to: &StorePath) {
        if from != to {
            self.0.push((from.clone(), to.clone()));
        }
    }

    /// The path that takes the place of this one: itself, when it is none of these.
    pub(super) fn apply_to(&self, path: &StorePath) -> StorePath {
        let replaced = self.0.iter().find(|(from, _)| from == path);
        replaced.map_or(path, |(_, to)| to).clone()
    }

    fn apply(&self, text: Vec<u8>) -> Option<Vec<u8>> {
        let mut changed = false;
        let mut text = text;
        for (from, to) in &self.0 {
            let (from, to) = (from.hash_part().as_bytes(), to.hash_part().as_bytes());
            if let Some(replaced) = replace(&text, from, to) {
                changed = true;
                text = replaced;
            }
        }
        changed.then_some(text)
    }

    /// Replaces them in the names, links and contents of a tree in canonical form, which stays in
    /// it; whether there was anything to replace.
    pub(super) fn apply_to_tree(&self, path: &Path) -> Result<bool, StoreError> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let changed = self.visit(path)?;
        if changed {
            canonical::canonicalise(path)?;
        }
        Ok(changed)
    }

    fn visit(&self, path: &Path) -> Result<bool, StoreError> {
        let metadata = fs::symlink_metadata(path).during("examine", path)?;
        if metadata.is_symlink() {
            let target = fs::read_link(path).during("read", path)?;
            let Some(target) = self.apply(target.as_os_str().as_bytes().to_vec()) else {
                return Ok(false);
            };
            fs::remove_file(path).during("delete", path)?;
            symlink(OsStr::from_bytes(&target), path).during("create", path)?;
            return Ok(true);
        }
        if metadata.is_file() {
            let contents = fs::read(path).during("read", path)?;
            let Some(contents) = self.apply(contents) else {
                return Ok(false);
            };
            // It may have other names, under which it stays as it was.
            fs::remove_file(path).during("delete", path)?;
            fs::write(path, contents).during("write", path)?;
            let mode = Permissions::from_mode(metadata.mode() & 0o777);
            fs::set_permissions(path, mode).during("change", path)?;
            return Ok(true);
        }
        fs::set_permissions(path, Permissions::from_mode(0o755)).during("change", path)?;
        let mut changed = false;
        let entries: Vec<_> = fs::read_dir(path)
            .and_then(Iterator::collect)
            .during("read directory", path)?;
        for entry in entries {
            let entry: fs::DirEntry = entry;
            changed |= self.visit(&entry.path())?;
            if let Some(name) = self.apply(entry.file_name().as_bytes().to_vec()) {
                canonical::move_to(&entry.path(), &path.join(OsStr::from_bytes(&name)))?;
                changed = true;
            }
        }
        if !changed {
            canonical::restore_directory(path)?;
        }
        Ok(changed)
    }
}

/// Writes on what it is given, with texts replaced by others of the same length, also such as come
/// in pieces.
pub(super) struct Rewriter<W> {
    sink: W,
    rewrites: Vec<(Vec<u8>, Vec<u8>)>,
    /// What could be the beginning of a text.
    pending: Vec<u8>,
    longest: usize,
    written: u64,
    places: Vec<u64>,
}

impl<W: Write> Rewriter<W> {
    pub(super) fn new(sink: W, rewrites: Vec<(Vec<u8>, Vec<u8>)>) -> Rewriter<W> {
        let longest = rewrites.iter().map(|(from, _)| from.len()).max();
        Rewriter {
            sink,
            rewrites,
            pending: Vec::new(),
            longest: longest.unwrap_or_default(),
            written: 0,
            places: Vec::new(),
        }
    }

    fn pass_on(&mut self, keep: usize) -> io::Result<()> {
        for (from, to) in &self.rewrites {
            let mut position = 0;
            while let Some(found) = find(&self.pending[position..], from) {
                let start = position + found;
                self.pending[start..start + from.len()].copy_from_slice(to);
                self.places.push(self.written + start as u64);
                position = start + from.len();
            }
        }
        let ready = self.pending.len().saturating_sub(keep);
        self.sink.write_all(&self.pending[..ready])?;
        self.pending.drain(..ready);
        self.written += ready as u64;
        Ok(())
    }

    /// What it was written on, and where texts were replaced, counted in bytes, in order.
    pub(super) fn finish(mut self) -> io::Result<(W, Vec<u64>)> {
        self.pass_on(0)?;
        self.places.sort_unstable();
        Ok((self.sink, self.places))
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    let mut position = 0;
    while let Some(offset) = text[position..].iter().position(|byte| byte == first) {
        let start = position + offset;
        if text[start + 1..].starts_with(rest) {
            return Some(start);
        }
        position = start + 1;
    }
    None
}

impl<W: Write> Write for Rewriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(data);
        self.pass_on(self.longest.saturating_sub(1))?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn replacing_is_replacing(text in "[ab]{0,30}", from in "[ab]{1,4}", to in "[abc]{0,5}") {
            let mut rewrites = Rewrites::default();
            rewrites.add(from.clone(), to.clone());
            prop_assert_eq!(
                rewrites.apply(text.clone().into_bytes()),
                text.replace(&from, &to).into_bytes()
            );
        }

        #[test]
        fn pieces_are_rewritten_as_the_whole(
            text in "[ab]{0,40}",
            from in "[ab]{3}",
            cuts in proptest::collection::vec(0..40_usize, 0..4),
        ) {
            let rewrites = vec![(from.clone().into_bytes(), b"xyz".to_vec())];
            let mut rewriter = Rewriter::new(Vec::new(), rewrites);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut start = 0;
            for cut in cuts.into_iter().chain([text.len()]) {
                rewriter.write_all(&text.as_bytes()[start..cut]).expect("memory");
                start = cut;
            }
            let (written, places) = rewriter.finish().expect("memory");
            let expected: Vec<u64> =
                text.match_indices(&from).map(|(index, _)| index as u64).collect();
            prop_assert_eq!(String::from_utf8(written).expect("text"), text.replace(&from, "xyz"));
            prop_assert_eq!(places, expected);
        }
    }

    #[test]
    fn a_tree_is_rewritten_where_it_has_to_be() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("tree");
        let path = |digit: u8| StorePath::new(&[digit; 20], "x").expect("a path");
        let (from, to) = (path(1), path(2));
        fs::create_dir_all(root.join("a")).expect("a directory");
        fs::write(root.join("a/same"), "nothing").expect("a file");
        fs::write(root.join("a/run"), format!("#!{}", from.hash_part())).expect("a file");
        fs::set_permissions(root.join("a/run"), Permissions::from_mode(0o755)).expect("a mode");
        symlink(from.hash_part(), root.join(from.hash_part())).expect("a link");
        canonical::canonicalise(&root).expect("canonical");
        let mut parts = HashParts::default();
        assert!(!parts.apply_to_tree(&root).expect("unchanged"));
        parts.add(&from, &to);
        assert!(parts.apply_to_tree(&root).expect("rewritten"));
        assert!(!parts.apply_to_tree(&root).expect("done"));
        let text = fs::read_to_string(root.join("a/run")).expect("a file");
        assert_eq!(text, format!("#!{}", to.hash_part()));
        let link = fs::read_link(root.join(to.hash_part())).expect("a link");
        assert_eq!(link, Path::new(to.hash_part()));
        for (name, mode) in [
            ("", 0o555),
            ("a", 0o555),
            ("a/run", 0o555),
            ("a/same", 0o444),
        ] {
            let metadata = fs::metadata(root.join(name)).expect("metadata");
            assert_eq!(
                (metadata.mode() & 0o7777, metadata.mtime()),
                (mode, 1),
                "{name}"
            );
        }
        canonical::delete(&root).expect("deleted");
    }
}
