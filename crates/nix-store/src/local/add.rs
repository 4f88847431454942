//! Adding files and trees that are known by what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use nix_wire::hash::{Hasher, HashingWriter};
use nix_wire::nar::{self, Filesystem, Node, Tree};
use nix_wire::store_path::References;
use nix_wire::{
    ContentAddress, ContentAddressMethod, Derivation, Hash, HashAlgorithm, StoreDir, StorePath,
};

use super::derivations::{DerivationCheck, known_outputs};
use super::{LocalStore, Result};
use crate::canonical::{self, Unpack};
use crate::database::Registration;
use crate::error::{During, StoreError};
use crate::locks::LockPool;
use crate::store::in_order;
use nix_wire::PathInfo;

/// Trees up to this size are held in memory between reading and writing them.
const LARGEST_IN_MEMORY: usize = 64 * 1024 * 1024;
/// No more objects than this are locked at a time: each has a lock file open.
const MOST_LOCKED: usize = 384;

/// A text that is to be added: what `builtins.toFile` makes, or a derivation.
#[derive(Debug, Clone)]
pub struct Text {
    path: StorePath,
    contents: Vec<u8>,
    /// Of the contents, if it was needed already.
    contents_hash: Option<Hash>,
    references: BTreeSet<StorePath>,
    kind: TextKind,
}

#[derive(Debug, Clone)]
enum TextKind {
    Plain,
    /// A derivation, of whose outputs nobody knows yet whether they are what follows from it.
    Derivation(Box<Derivation>),
    /// A derivation whose outputs were computed.
    Computed(BTreeMap<String, StorePath>),
}

impl Text {
    /// A file of this name with these contents, which refers to these objects, in this store.
    ///
    /// # Errors
    /// When the name is none, or that of a derivation and the contents are no derivation.
    pub fn new(
        store_dir: &StoreDir,
        name: &str,
        contents: impl Into<Vec<u8>>,
        references: BTreeSet<StorePath>,
    ) -> Result<Text> {
        let contents = contents.into();
        let contents_hash = Hash::sha256(&contents);
        let path = store_dir.text_path(name, &contents_hash, &references)?;
        let kind = if path.is_derivation() {
            let derivation = Derivation::parse(store_dir, path.derivation_name()?, &contents)
                .map_err(|error| StoreError::Derivation {
                    path: store_dir.print(&path),
                    error,
                })?;
            TextKind::Derivation(Box::new(derivation))
        } else {
            TextKind::Plain
        };
        Ok(Text {
            path,
            contents,
            contents_hash: Some(contents_hash),
            references,
            kind,
        })
    }

    /// The `.drv` file of a derivation.
    ///
    /// # Errors
    /// When its name, or that of an output, is none.
    pub fn derivation(store_dir: &StoreDir, derivation: &Derivation) -> Result<Text> {
        let contents = derivation
            .unparse(store_dir)
            .map_err(|error| StoreError::Derivation {
                path: derivation.name.clone(),
                error,
            })?;
        let contents_hash = Hash::sha256(&contents);
        let references: BTreeSet<StorePath> = derivation.references().cloned().collect();
        let name = format!("{}.drv", derivation.name);
        let path = store_dir.text_path(&name, &contents_hash, &references)?;
        Ok(Text {
            path,
            contents,
            contents_hash: Some(contents_hash),
            references,
            kind: TextKind::Derivation(Box::new(derivation.clone())),
        })
    }

    /// The same for a derivation whose path and text are known, and whose output paths the caller
    /// has computed: they are not checked again.
    ///
    /// # Errors
    /// When the name of an output is none.
    pub fn written_derivation(
        store_dir: &StoreDir,
        derivation: &Derivation,
        path: StorePath,
        contents: Vec<u8>,
    ) -> Result<Text> {
        Ok(Text {
            path,
            contents,
            contents_hash: None,
            references: derivation.references().cloned().collect(),
            kind: TextKind::Computed(known_outputs(store_dir, derivation)?),
        })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &StorePath {
        &self.path
    }

    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        &self.contents
    }

    /// What it refers to.
    #[must_use]
    pub fn references(&self) -> &BTreeSet<StorePath> {
        &self.references
    }

    /// What is registered of it.
    #[must_use]
    pub fn path_info(&self) -> PathInfo {
        let mut archive = HashingWriter::sink(HashAlgorithm::Sha256);
        // Hashing does not fail.
        let _ = nar::write_regular(false, &self.contents, &mut archive);
        let (nar_hash, nar_size, _) = archive.finish();
        let mut info = PathInfo::new(self.path.clone(), nar_hash, nar_size);
        info.references.clone_from(&self.references);
        info.content_address = Some(ContentAddress {
            method: ContentAddressMethod::Text,
            hash: self
                .contents_hash
                .unwrap_or_else(|| Hash::sha256(&self.contents)),
        });
        info
    }

    /// What is registered of its outputs, should it be a derivation.
    fn outputs(&self, check: &mut DerivationCheck<'_>) -> Result<BTreeMap<String, StorePath>> {
        match &self.kind {
            TextKind::Plain => Ok(BTreeMap::new()),
            TextKind::Derivation(derivation) => check.outputs(&self.path, derivation),
            TextKind::Computed(outputs) => Ok(outputs.clone()),
        }
    }
}

/// A tree that was read into memory and is to be added.
#[derive(Debug, Clone)]
pub struct ReadTree {
    info: PathInfo,
    archive: Vec<u8>,
}

impl ReadTree {
    /// A tree under this name in this store. `None` when it was too large to be kept in memory.
    ///
    /// # Errors
    /// When the name is none.
    pub fn of(store_dir: &StoreDir, name: &str, dump: Dump) -> Result<Option<ReadTree>> {
        let Some(archive) = dump.archive else {
            return Ok(None);
        };
        let ContentAddress { method, hash } = dump.address;
        let path = store_dir.content_path(name, method, &hash, References::default())?;
        let mut info = PathInfo::new(path, dump.nar_hash, dump.nar_size);
        info.content_address = Some(dump.address);
        Ok(Some(ReadTree { info, archive }))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &StorePath {
        &self.info.path
    }

    fn references(&self) -> &BTreeSet<StorePath> {
        &self.info.references
    }

    /// What is registered of it.
    #[must_use]
    pub fn path_info(&self) -> &PathInfo {
        &self.info
    }

    /// Its archive.
    #[must_use]
    pub fn archive(&self) -> &[u8] {
        &self.archive
    }
}

impl LocalStore {
    /// Adds one text.
    ///
    /// # Errors
    /// When the name is none, a reference is not valid, or the file cannot be written.
    pub fn add_text(
        &self,
        name: &str,
        contents: impl Into<Vec<u8>>,
        references: BTreeSet<StorePath>,
    ) -> Result<StorePath> {
        let text = Text::new(self.store_dir(), name, contents, references)?;
        self.add_texts(std::slice::from_ref(&text))?;
        Ok(text.path)
    }

    /// Adds one derivation.
    ///
    /// # Errors
    /// As [`LocalStore::add_text`].
    pub fn add_derivation(&self, derivation: &Derivation) -> Result<StorePath> {
        let text = Text::derivation(self.store_dir(), derivation)?;
        self.add_texts(std::slice::from_ref(&text))?;
        Ok(text.path)
    }

    /// Adds texts, which may refer to each other, in any order. Many at once take far less time
    /// than one after the other.
    ///
    /// # Errors
    /// As [`LocalStore::add_text`]. Of many texts some may have been added then, each with what it
    /// refers to.
    pub fn add_texts(&self, texts: &[Text]) -> Result<()> {
        let write = |text: &Text, place: &Path| {
            // Most often nothing is there; if there is, a process was killed that wrote it.
            if canonical::write_file(place, &text.contents, false).is_err() {
                canonical::delete(place)?;
                canonical::write_file(place, &text.contents, false)?;
            }
            Ok(())
        };
        self.add_missing(texts, Text::path, Text::references, write, |texts| {
            let mut check = DerivationCheck::new(self, texts.iter().map(|text| &text.path));
            texts
                .iter()
                .map(|text| {
                    let outputs = text.outputs(&mut check)?;
                    Ok(Registration::new(text.path_info(), outputs))
                })
                .collect()
        })?;
        Ok(())
    }

    /// Adds trees that were read. Many at once take far less time than one after the other.
    ///
    /// # Errors
    /// When one cannot be written. Of many trees some may have been added then.
    pub fn add_trees(&self, trees: &[ReadTree]) -> Result<()> {
        self.create()?;
        let write = |tree: &ReadTree, place: &Path| {
            canonical::delete(place)?;
            Ok(nar::read(
                &mut tree.archive.as_slice(),
                &mut Unpack::at(place),
            )?)
        };
        let added = self.add_missing(
            trees,
            ReadTree::path,
            ReadTree::references,
            write,
            |trees| {
                let infos: Vec<PathInfo> = trees.iter().map(|tree| tree.info.clone()).collect();
                self.registrations(&infos)
            },
        )?;
        for registration in &added {
            self.optimise_if_wanted(registration.path())?;
        }
        Ok(())
    }

    /// Adds those objects that are not there yet, each after those that it refers to: they are
    /// written by `write` to their places, and many are registered at once. Gives what was
    /// registered. Of those that cannot be registered nothing is left.
    fn add_missing<T>(
        &self,
        objects: &[T],
        path: fn(&T) -> &StorePath,
        references: fn(&T) -> &BTreeSet<StorePath>,
        write: impl Fn(&T, &Path) -> Result<()>,
        registrations: impl Fn(&[&T]) -> Result<Vec<Registration>>,
    ) -> Result<Vec<Registration>> {
        self.add_temporary_roots(objects.iter().map(path))?;
        let valid = self.valid_among(objects.iter().map(path))?;
        let missing: BTreeMap<&StorePath, &T> = objects
            .iter()
            .map(|object| (path(object), object))
            .filter(|(path, _)| !valid.contains(*path))
            .collect();
        let missing: Vec<&T> = missing.into_values().collect();
        let ordered = in_order(&missing, |object| path(object), |object| references(object));
        let pool = LockPool::default();
        let mut added = Vec::with_capacity(ordered.len());
        for objects in ordered.chunks(MOST_LOCKED) {
            let places = objects
                .iter()
                .map(|object| self.layout.real_path(path(object)));
            self.refuse_if_read_only()?;
            let locks = pool.acquire(places, &mut |_| true)?;
            // Another process may have added them before the locks were had.
            let valid = self.valid_among(objects.iter().map(|object| path(object)))?;
            let objects: Vec<&T> = objects
                .iter()
                .filter(|object| !valid.contains(path(object)))
                .map(|object| **object)
                .collect();
            let place = |object: &T| self.layout.real_path(path(object));
            let registered = objects
                .iter()
                .try_for_each(|object| write(object, &place(object)))
                .and_then(|()| registrations(&objects))
                .and_then(|registrations| {
                    self.register_all(&registrations)?;
                    Ok(registrations)
                });
            let registrations = match registered {
                Ok(registrations) => registrations,
                Err(error) => {
                    for object in objects {
                        canonical::delete(&place(object))?;
                    }
                    return Err(error);
                }
            };
            for lock in locks {
                pool.give_back(lock);
            }
            added.extend(registrations);
        }
        Ok(added)
    }

    /// Adds the file or tree at `path`, which is not followed when it is a link.
    ///
    /// # Errors
    /// When it cannot be read or written, or the name is none.
    ///
    /// [`Text`]: ContentAddressMethod::Text
    pub fn add_path(
        &self,
        name: &str,
        path: &Path,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
    ) -> Result<PathInfo> {
        self.add_tree(name, &mut Filesystem::new(path), method, algorithm)
    }

    /// Adds a tree, of which nothing is written when the store has it.
    ///
    /// # Errors
    /// As [`LocalStore::add_path`].
    pub fn add_tree(
        &self,
        name: &str,
        tree: &mut dyn Tree,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
    ) -> Result<PathInfo> {
        self.create()?;
        let dump = Dump::of(tree, method, algorithm, LARGEST_IN_MEMORY)?;
        let path = self.store_dir().content_path(
            name,
            method,
            &dump.address.hash,
            References::default(),
        )?;
        self.add_temporary_roots([&path])?;
        if let Some(info) = self.path_info(&path)? {
            return Ok(info);
        }
        let real_path = self.layout.real_path(&path);
        let _locks = self.lock_paths([real_path.clone()], &mut |_| true)?;
        if let Some(info) = self.path_info(&path)? {
            return Ok(info);
        }

        canonical::delete(&real_path)?;
        let unpacked = match &dump.archive {
            Some(archive) => nar::read(&mut archive.as_slice(), &mut Unpack::at(&real_path))
                .map_err(StoreError::from),
            None => self.copy_unchanged(tree, &dump, &real_path),
        };
        if let Err(error) = unpacked {
            canonical::delete(&real_path)?;
            return Err(error);
        }
        let mut info = PathInfo::new(path.clone(), dump.nar_hash, dump.nar_size);
        info.content_address = Some(dump.address);
        if let Err(error) = self.register(&[info]) {
            canonical::delete(&real_path)?;
            return Err(error);
        }
        self.optimise_if_wanted(&path)?;
        self.require(&path)
    }

    /// The path that [`LocalStore::add_tree`] would give a tree, and the hash and size of its
    /// archive. Nothing is added.
    ///
    /// # Errors
    /// When it cannot be read, or the name is none.
    pub fn path_of_tree(
        &self,
        name: &str,
        tree: &mut dyn Tree,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
    ) -> Result<(StorePath, Hash, u64)> {
        let dump = Dump::of(tree, method, algorithm, 0)?;
        let references = References::default();
        let path = self
            .store_dir()
            .content_path(name, method, &dump.address.hash, references)?;
        Ok((path, dump.nar_hash, dump.nar_size))
    }

    /// Writes a tree that is too large for memory, from a second reading of it.
    fn copy_unchanged(&self, tree: &mut dyn Tree, dump: &Dump, to: &Path) -> Result<()> {
        let (mut reader, writer) = io::pipe().during("create", Path::new("a pipe"))?;
        let hash = std::thread::scope(|scope| {
            let unpacking = std::thread::Builder::new().spawn_scoped(scope, move || {
                nar::read(&mut io::BufReader::new(&mut reader), &mut Unpack::at(to))
            })?;
            let mut writer = HashingWriter::new(HashAlgorithm::Sha256, writer);
            let written = nar::write(tree, &mut writer);
            let (hash, _, writer) = writer.finish();
            drop(writer);
            // Its reason is the better one: writing then only found that nobody read.
            unpacking.join().unwrap_or(Err(nar::NarError::Truncated))?;
            written.map(|()| hash)
        })?;
        if hash != dump.nar_hash {
            return Err(nar::NarError::Changed(to.to_owned()).into());
        }
        Ok(())
    }
}

/// A tree read once.
#[derive(Debug, Clone)]
pub struct Dump {
    /// What its path follows from.
    pub address: ContentAddress,
    /// The SHA-256 hash of its archive.
    pub nar_hash: Hash,
    /// The size of its archive.
    pub nar_size: u64,
    /// The archive, unless it was larger than wanted.
    pub archive: Option<Vec<u8>>,
}

impl Dump {
    /// Reads a tree, and keeps its archive when it has no more bytes than `largest`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(
        tree: &mut dyn Tree,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        largest: usize,
    ) -> Result<Dump> {
        let flat = match method {
            ContentAddressMethod::NixArchive => None,
            ContentAddressMethod::Flat | ContentAddressMethod::Text => {
                Some(hash_file(tree, algorithm)?)
            }
            ContentAddressMethod::Git => Some(nar::git_hash(tree, algorithm)?),
        };
        let other =
            (flat.is_none() && algorithm != HashAlgorithm::Sha256).then(|| Hasher::new(algorithm));
        let mut sink = DumpSink {
            hasher: Hasher::new(HashAlgorithm::Sha256),
            other,
            size: 0,
            archive: Some(Vec::new()),
            largest,
        };
        nar::write(tree, &mut sink)?;
        let nar_hash = sink.hasher.finish();
        let archive_hash = sink.other.map_or(nar_hash, Hasher::finish);
        let address = ContentAddress {
            method,
            hash: flat.unwrap_or(archive_hash),
        };
        Ok(Dump {
            address,
            nar_hash,
            nar_size: sink.size,
            archive: sink.archive,
        })
    }
}

/// The hash of the contents of a tree that has to be one file.
pub(super) fn hash_file(tree: &mut dyn Tree, algorithm: HashAlgorithm) -> Result<Hash> {
    let root = Path::new("");
    match tree.node(root)? {
        Node::Regular { .. } => {
            let mut sink = HashingWriter::sink(algorithm);
            tree.copy_contents(root, &mut sink)?;
            Ok(sink.finish().0)
        }
        _ => Err(StoreError::NotAFile(root.to_owned())),
    }
}

struct DumpSink {
    hasher: Hasher,
    other: Option<Hasher>,
    size: u64,
    archive: Option<Vec<u8>>,
    largest: usize,
}

impl Write for DumpSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.hasher.update(data);
        if let Some(hasher) = &mut self.other {
            hasher.update(data);
        }
        self.size += data.len() as u64;
        match &mut self.archive {
            Some(archive) if archive.len() + data.len() <= self.largest => {
                archive.extend_from_slice(data);
            }
            archive => *archive = None,
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
