//! What comes from caches, stores and administrators: archives, their descriptions, derivations, the
//! lines of `nix.conf`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use nix_wire::derivation::Derivation;
use nix_wire::nar::{Contents, NarError, Node, Tree, Visitor, read, write};
use nix_wire::narinfo::NarInfo;
use nix_wire::store_path::StoreDir;

/// An archive that is read is written with the same bytes.
pub fn nar(bytes: &[u8]) {
    let mut rest = bytes;
    let mut tree = InMemory::default();
    if read(&mut rest, &mut tree).is_err() {
        return;
    }
    let mut written = Vec::new();
    if let Err(error) = write(&mut tree, &mut written) {
        panic!("what was read cannot be written: {error}");
    }
    assert!(written == bytes[..bytes.len() - rest.len()], "other bytes");
}

/// A tree of files, in the order of the archive that it was read from.
#[derive(Default)]
struct InMemory {
    nodes: BTreeMap<PathBuf, (Node, Vec<u8>)>,
}

impl InMemory {
    fn add(&mut self, path: &Path, node: Node, contents: Vec<u8>) {
        use std::os::unix::ffi::OsStrExt;
        if let (Some(directory), Some(name)) = (path.parent(), path.file_name())
            && let Some((Node::Directory { entries }, _)) = self.nodes.get_mut(directory)
        {
            entries.push(name.as_bytes().to_vec());
        }
        self.nodes.insert(path.to_owned(), (node, contents));
    }
}

impl Visitor for InMemory {
    fn directory(&mut self, path: &Path) -> Result<(), NarError> {
        let entries = Vec::new();
        self.add(path, Node::Directory { entries }, Vec::new());
        Ok(())
    }

    fn end_directory(&mut self, _: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn regular(
        &mut self,
        path: &Path,
        executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError> {
        let size = contents.size();
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        self.add(path, Node::Regular { executable, size }, bytes);
        Ok(())
    }

    fn symlink(&mut self, path: &Path, target: &[u8]) -> Result<(), NarError> {
        let target = target.to_vec();
        self.add(path, Node::Symlink { target }, Vec::new());
        Ok(())
    }
}

impl Tree for InMemory {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        Ok(self.nodes[path].0.clone())
    }

    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        sink.write_all(&self.nodes[path].1)?;
        Ok(())
    }
}

fn store() -> StoreDir {
    StoreDir::new("/nix/store").expect("an absolute path")
}

/// A description that is read is written as one that is read as the same.
pub fn narinfo(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let store = store();
    let Ok(info) = NarInfo::parse(&store, text) else {
        return;
    };
    let _ = info.fingerprint(&store);
    let written = info.unparse(&store);
    assert_eq!(
        NarInfo::parse(&store, &written).as_ref(),
        Ok(&info),
        "{written}"
    );
}

/// A derivation that is read is written as one that is read as the same.
pub fn aterm(text: &[u8]) {
    let store = store();
    let Ok(derivation) = Derivation::parse(&store, "fuzz", text) else {
        return;
    };
    let _ = derivation.kind();
    let Ok(written) = derivation.unparse(&store) else {
        return;
    };
    match Derivation::parse(&store, "fuzz", &written) {
        Ok(again) => assert!(again == derivation, "{}", String::from_utf8_lossy(&written)),
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&written)),
    }
}

/// A line of `nix.conf` that is read is written as one that is read as the same.
pub fn nix_conf(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    for line in nix_wire::nix_conf::lines(text) {
        let Ok(line) = line else { continue };
        let written = line.to_string();
        let again: Vec<_> = nix_wire::nix_conf::lines(&written).collect();
        assert_eq!(again, [Ok(line)], "{written:?}");
    }
}
