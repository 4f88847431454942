//! What all stores can do, wherever they are.
//!
//! A [`Store`] is this machine's disk ([`LocalStore`]), a daemon, another machine or a binary cache.
//! What a kind of store cannot do ends in [`StoreError::Unsupported`].

mod content_addressed;
mod copy;
mod dummy;
mod local;
mod reference;
mod spool;

pub use content_addressed::make_content_addressed;
pub use copy::{Copied, CopyOptions, copy_closure, copy_paths, in_order, piped};
pub use dummy::DummyStore;
pub(crate) use reference::percent_encode;
pub use reference::{StoreKind, StoreReference, StoreReferenceError};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use nix_wire::nar::{self, Contents, NarError, Tree, Visitor};
use nix_wire::{ContentAddressMethod, Derivation, HashAlgorithm, StoreDir, StorePath};

use crate::build::{BuildErrors, BuildOptions, Cancellation, Observer, Wanted};
use crate::error::StoreError;
use crate::gc::{Collected, GcObserver, GcOptions};
use crate::local::{Dump, LocalStore, ReadTree, Text, make_root_link};
use crate::optimise::Optimised;
use nix_wire::PathInfo;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The largest archive that is held in memory on its way into a store.
const LARGEST_IN_MEMORY: usize = 64 * 1024 * 1024;

/// On what conditions an object is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// Whether somebody who is trusted has to vouch for it, unless its path follows from its
    /// contents.
    pub check_signatures: bool,
    /// Whether one that is there already is replaced.
    pub repair: bool,
}

impl Import {
    /// Everything is taken, as from somebody who is trusted.
    pub const TRUSTED: Import = Import {
        check_signatures: false,
        repair: false,
    };

    /// Only what is vouched for.
    pub const CHECKED: Import = Import {
        check_signatures: true,
        repair: false,
    };
}

/// What a build would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// Derivations that would be built, each after those that it needs where the store tells.
    pub build: Vec<StorePath>,
    /// Objects that would be fetched.
    pub substitute: BTreeSet<StorePath>,
    /// Objects that nothing makes.
    pub unknown: BTreeSet<StorePath>,
    /// How many bytes would be fetched.
    pub download_size: u64,
    /// How many bytes their archives have.
    pub nar_size: u64,
}

/// A place where store objects are. May be used by several threads at once.
pub trait Store: Send + Sync + fmt::Debug {
    /// Its name, as it is opened by: `daemon`, `ssh-ng://host`.
    fn uri(&self) -> String;

    /// What its paths begin with.
    fn store_dir(&self) -> &StoreDir;

    /// The local store that this is, if it is one.
    fn as_local(&self) -> Option<&LocalStore> {
        None
    }

    /// Where an object lies in this machine's file system, if it does.
    fn real_path(&self, _path: &StorePath) -> Option<PathBuf> {
        None
    }

    /// Whether the store trusts us to add what nobody vouches for; `None` when it does not say.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn trusts_us(&self) -> Result<Option<bool>> {
        Ok(None)
    }

    /// The version of the Nix that serves it, where one does and says so.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn nix_version(&self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Makes sure that it is there and can be used.
    ///
    /// # Errors
    /// When it is not or cannot.
    fn connect(&self) -> Result<()>;

    // What is there.

    /// What is known of an object; `None` when it is not valid.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>>;

    /// Whether an object is valid.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn is_valid(&self, path: &StorePath) -> Result<bool> {
        Ok(self.path_info(path)?.is_some())
    }

    /// Those of the objects that are valid; with `substitute`, after those that can be fetched
    /// were.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn valid_among(
        &self,
        paths: &BTreeSet<StorePath>,
        _substitute: bool,
    ) -> Result<BTreeSet<StorePath>> {
        let mut valid = BTreeSet::new();
        for path in paths {
            if self.is_valid(path)? {
                valid.insert(path.clone());
            }
        }
        Ok(valid)
    }

    /// What is known of those of the objects that are valid, asked together.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn path_infos(&self, paths: &BTreeSet<StorePath>) -> Result<Vec<PathInfo>> {
        let mut infos = Vec::new();
        for path in paths {
            infos.extend(self.path_info(path)?);
        }
        Ok(infos)
    }

    /// What is known of an object that has to be valid.
    ///
    /// # Errors
    /// [`StoreError::InvalidPath`] when it is not.
    fn require(&self, path: &StorePath) -> Result<PathInfo> {
        self.path_info(path)?
            .ok_or_else(|| StoreError::InvalidPath(self.store_dir().print(path)))
    }

    /// These objects and all that they refer to, directly or not.
    ///
    /// # Errors
    /// When one of them is not valid.
    fn closure(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        let mut closure = BTreeSet::new();
        let mut pending: Vec<StorePath> = paths.iter().cloned().collect();
        while let Some(path) = pending.pop() {
            if closure.contains(&path) {
                continue;
            }
            pending.extend(self.require(&path)?.references);
            closure.insert(path);
        }
        Ok(closure)
    }

    /// All valid objects.
    ///
    /// # Errors
    /// When the store cannot be read, or does not say.
    fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        Err(self.unsupported("queryAllValidPaths"))
    }

    /// The valid objects that refer to this one.
    ///
    /// # Errors
    /// When the store cannot be read, or does not say.
    fn referrers(&self, _path: &StorePath) -> Result<BTreeSet<StorePath>> {
        Err(self.unsupported("queryReferrers"))
    }

    /// The valid derivations of which this is an output, as far as the store knows.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn valid_derivers(&self, _path: &StorePath) -> Result<BTreeSet<StorePath>> {
        Ok(BTreeSet::new())
    }

    /// The outputs of a valid derivation by name, with their paths where they are known.
    ///
    /// # Errors
    /// When the store cannot be read, or the derivation is not valid.
    fn derivation_outputs(
        &self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, Option<StorePath>>> {
        Ok(self
            .read_derivation(derivation)?
            .output_paths(self.store_dir())?)
    }

    /// The valid object with this hash part.
    ///
    /// # Errors
    /// When the store cannot be read, or cannot look for one.
    fn path_from_hash_part(&self, _hash_part: &str) -> Result<Option<StorePath>> {
        Err(self.unsupported("queryPathFromHashPart"))
    }

    /// Those of the objects that could be fetched from somewhere else.
    ///
    /// # Errors
    /// When that cannot be asked.
    fn substitutable_among(&self, _paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        Ok(BTreeSet::new())
    }

    // Reading and adding.

    /// Writes the archive of a valid object.
    ///
    /// # Errors
    /// When it is not valid, or cannot be read or written.
    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()>;

    /// The archive of a valid object as a stream, from a store that has it so.
    ///
    /// # Errors
    /// When it cannot be had; [`StoreError::Gone`] when it is there no longer.
    fn open_archive(&self, _info: &PathInfo) -> Result<Option<Box<dyn Read + Send + '_>>> {
        Ok(None)
    }

    /// Reads a valid derivation.
    ///
    /// # Errors
    /// When it is not valid, or is none.
    fn read_derivation(&self, path: &StorePath) -> Result<Derivation> {
        let name = path.derivation_name()?;
        let mut archive = Vec::new();
        self.export_archive(path, &mut archive)?;
        let text = contents_of_archive(&archive)?;
        Derivation::parse(self.store_dir(), name, &text).map_err(|error| StoreError::Derivation {
            path: self.store_dir().print(path),
            error,
        })
    }

    /// Adds the object of this archive, of which exactly the stated number of bytes is read. Its
    /// references have to be valid.
    ///
    /// # Errors
    /// When the archive is not the one that `info` describes, or is not vouched for.
    fn import(&self, info: &PathInfo, source: &mut dyn Read, how: Import) -> Result<()>;

    /// Adds objects of another store, each after those that it refers to.
    ///
    /// # Errors
    /// As [`Store::import`] and [`Store::export_archive`].
    fn import_from(&self, source: &dyn Store, infos: &[PathInfo], how: Import) -> Result<()> {
        for info in infos {
            copy::copy_one(source, self, info, how)?;
        }
        Ok(())
    }

    /// Adds texts, which may refer to each other, in any order.
    ///
    /// # Errors
    /// When a reference is not valid, or one cannot be added.
    fn add_texts(&self, texts: &[Text]) -> Result<()> {
        for text in copy::in_order(texts, Text::path, Text::references) {
            self.add_dump(
                text.path().name(),
                &mut text.contents(),
                ContentAddressMethod::Text,
                HashAlgorithm::Sha256,
                text.references(),
                false,
            )?;
        }
        Ok(())
    }

    /// Adds trees that were read.
    ///
    /// # Errors
    /// When one cannot be added.
    fn add_trees(&self, trees: &[ReadTree]) -> Result<()> {
        for tree in trees {
            self.add_temporary_root(tree.path())?;
            if !self.is_valid(tree.path())? {
                self.import(tree.path_info(), &mut tree.archive(), Import::TRUSTED)?;
            }
        }
        Ok(())
    }

    /// Adds what is known by its contents: the bytes of a file, or, by
    /// [`ContentAddressMethod::NixArchive`], an archive. `source` is read to its end.
    ///
    /// # Errors
    /// When the name is none, a reference is not valid, or it cannot be read or added.
    fn add_dump(
        &self,
        name: &str,
        source: &mut dyn Read,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        references: &BTreeSet<StorePath>,
        repair: bool,
    ) -> Result<PathInfo> {
        let spool = spool::Spool::read(source, method, algorithm, None)?;
        let info = spool.path_info(self.store_dir(), name, references)?;
        if repair || !self.is_valid(&info.path)? {
            let how = Import {
                repair,
                ..Import::TRUSTED
            };
            self.import(&info, &mut spool.archive()?, how)?;
        }
        self.require(&info.path)
    }

    /// Adds a tree, of which nothing is sent when the store has it.
    ///
    /// # Errors
    /// When it cannot be read or added, the name is none, or `method` is Git's.
    fn add_tree(
        &self,
        name: &str,
        tree: &mut dyn Tree,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
    ) -> Result<PathInfo> {
        let dump = Dump::of(tree, method, algorithm, LARGEST_IN_MEMORY)?;
        let path =
            self.store_dir()
                .content_path(name, method, &dump.address.hash, Default::default())?;
        self.add_temporary_root(&path)?;
        if let Some(info) = self.path_info(&path)? {
            return Ok(info);
        }
        let mut info = PathInfo::new(path.clone(), dump.nar_hash, dump.nar_size);
        info.content_address = Some(dump.address);
        match dump.archive {
            Some(archive) => self.import(&info, &mut archive.as_slice(), Import::TRUSTED)?,
            None => copy::piped(
                |sink| Ok(nar::write(tree, sink)?),
                |source| self.import(&info, source, Import::TRUSTED),
            )?,
        }
        self.require(&path)
    }

    /// Adds signatures to a valid object.
    ///
    /// # Errors
    /// When it is not valid, or the store does not take them.
    fn add_signatures(&self, _path: &StorePath, _signatures: &[String]) -> Result<()> {
        Err(self.unsupported("addSignatures"))
    }

    // Building.

    /// Makes what is wanted valid. Gives for each the paths by output name; an object has the one
    /// name `out`.
    ///
    /// # Errors
    /// All failures. What was built is valid nevertheless.
    fn build(
        &self,
        _wanted: &[Wanted],
        _options: &BuildOptions,
        _cancellation: &Cancellation,
        _observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        Err(crate::build::BuildError::from(self.unsupported("buildPaths")).into())
    }

    /// Builds one derivation, which need not be in the store and has only valid objects as inputs.
    /// Gives the paths of its outputs.
    ///
    /// # Errors
    /// When it fails, or the store does not trust us with that.
    fn build_derivation(
        &self,
        _path: &StorePath,
        _derivation: &Derivation,
        _options: &BuildOptions,
        _cancellation: &Cancellation,
        _observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildErrors> {
        Err(crate::build::BuildError::from(self.unsupported("buildDerivation")).into())
    }

    /// What [`Store::build`] would do.
    ///
    /// # Errors
    /// When it could not, or the store cannot say.
    fn missing(&self, _wanted: &[Wanted]) -> Result<Missing, BuildErrors> {
        Err(crate::build::BuildError::from(self.unsupported("queryMissing")).into())
    }

    /// The log of the build of a derivation or of what made an object, if it is kept.
    ///
    /// # Errors
    /// When it cannot be read.
    fn build_log(&self, _derivation: &StorePath) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Keeps the log of a build that was made elsewhere.
    ///
    /// # Errors
    /// When the store does not take it.
    fn add_build_log(&self, _derivation: &StorePath, _log: &[u8]) -> Result<()> {
        Err(self.unsupported("addBuildLog"))
    }

    // Roots and garbage.

    /// Keeps an object and all that it refers to as long as this value lives.
    ///
    /// # Errors
    /// When the store cannot be told.
    fn add_temporary_root(&self, _path: &StorePath) -> Result<()> {
        Ok(())
    }

    /// Keeps whatever object the link points to, as long as it is there.
    ///
    /// # Errors
    /// When the store does not see this machine's files, or cannot be told.
    fn add_indirect_root(&self, _link: &Path) -> Result<()> {
        Err(self.unsupported("addIndirectRoot"))
    }

    /// Makes `link` a symbolic link to the object, or changes one to a store object into it, and
    /// keeps the object as long as the link is there. Gives the full path of the link.
    ///
    /// # Errors
    /// When something else is there, or the store cannot be told.
    fn add_permanent_root(&self, object: &StorePath, link: &Path) -> Result<PathBuf> {
        self.add_temporary_root(object)?;
        let link = make_root_link(self.store_dir(), object, link)?;
        self.add_indirect_root(&link)?;
        Ok(link)
    }

    /// What keeps which object: links, and names in braces of what may not be told further.
    ///
    /// # Errors
    /// When the store cannot say.
    fn find_roots(&self) -> Result<BTreeMap<StorePath, BTreeSet<String>>> {
        Err(self.unsupported("findRoots"))
    }

    /// The valid objects that a collection would keep.
    ///
    /// # Errors
    /// When the store cannot say.
    fn live_paths(&self, _options: &GcOptions) -> Result<BTreeSet<StorePath>> {
        Err(self.unsupported("collectGarbage"))
    }

    /// Deletes what nothing needs. A store that is not here tells the observer only afterwards.
    ///
    /// # Errors
    /// When the store cannot do that, or is asked for something that is needed.
    fn collect_garbage(
        &self,
        _options: &GcOptions,
        _cancellation: &Cancellation,
        _observer: &mut dyn GcObserver,
    ) -> Result<Collected> {
        Err(self.unsupported("collectGarbage"))
    }

    // Upkeep.

    /// Looks whether every valid object is what it was. Gives whether something is wrong, and still
    /// is when it could be repaired.
    ///
    /// # Errors
    /// When the store cannot do that.
    fn verify_store(&self, _contents: bool, _repair: bool) -> Result<bool> {
        Err(self.unsupported("verifyStore"))
    }

    /// Makes equal files one. A store that is not here does not say how many.
    ///
    /// # Errors
    /// When the store cannot do that.
    fn optimise_store(&self, _cancellation: &Cancellation) -> Result<Optimised> {
        Err(self.unsupported("optimiseStore"))
    }

    /// The error that the store cannot do something.
    fn unsupported(&self, operation: &'static str) -> StoreError {
        StoreError::Unsupported {
            operation,
            store: self.uri(),
        }
    }
}

/// The contents of the file that is the whole of an archive.
///
/// # Errors
/// When it is no archive, or not of a file.
pub fn contents_of_archive(archive: &[u8]) -> Result<Vec<u8>> {
    let mut file = OnlyFile::default();
    nar::read(&mut &*archive, &mut file)?;
    Ok(file.0)
}

/// Takes the contents out of an archive of one file.
#[derive(Debug, Default)]
struct OnlyFile(Vec<u8>);

impl Visitor for OnlyFile {
    fn directory(&mut self, path: &Path) -> Result<(), NarError> {
        Err(NarError::UnsupportedType(path.to_owned()))
    }

    fn end_directory(&mut self, _path: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn regular(
        &mut self,
        _path: &Path,
        _executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError> {
        contents.read_to_end(&mut self.0)?;
        Ok(())
    }

    fn symlink(&mut self, path: &Path, _target: &[u8]) -> Result<(), NarError> {
        Err(NarError::UnsupportedType(path.to_owned()))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
