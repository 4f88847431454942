//! The worker protocol: what a daemon is asked.
//!
//! After a request come messages up to [`Message::Last`], then the answer. Where a request says that
//! something follows it, that is sent in frames (before 1.23 in other ways) before the messages end.
//!
//! [`Message::Last`]: crate::Message::Last

use std::collections::{BTreeMap, BTreeSet};

use nix_wire::{
    ContentAddress, ContentAddressMethod, Derivation, HashAlgorithm, PathInfo, StorePath,
};

use crate::build::BuildMode;
use crate::codec::{Decoder, Encoder, Item, Version};
use crate::derived_path::DerivedPath;
use crate::error::ProtocolError;
use crate::messages::Verbosity;
use crate::{derivation, items};

type Result<T> = std::result::Result<T, ProtocolError>;

/// The newest version.
pub const LATEST: Version = Version::new(1, 38);
/// The oldest version of the other side.
pub const MINIMUM: Version = Version::new(1, 18);
/// From this version on both sides name their features.
pub const WITH_FEATURES: Version = Version::new(1, 38);
/// The feature that outputs are named by derivations rather than by hashes.
pub const REALISATION_WITH_PATH: &str = "realisation-with-path-not-hash";
/// The feature that a collection may be of some objects and what refers to them.
pub const DELETE_REFERRERS: &str = "delete-dead-specific-referrers";

/// Settings of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether directories of failed builds are left.
    pub keep_failed: bool,
    /// Whether to go on after a failure.
    pub keep_going: bool,
    /// Whether to build what cannot be fetched.
    pub fallback: bool,
    /// How much is told.
    pub verbosity: Verbosity,
    /// How many builds run at the same time.
    pub max_jobs: u64,
    /// After how many seconds without a word a build ends; 0 for never.
    pub max_silent_time: u64,
    /// Whether lines of logs are told.
    pub verbose_build: bool,
    /// How many processors a build may use; 0 for all.
    pub cores: u64,
    /// Whether anything is fetched.
    pub use_substitutes: bool,
    /// Other settings by their names in `nix.conf`.
    pub others: BTreeMap<String, String>,
}

impl Item for Options {
    fn read(from: &mut Decoder<'_>) -> Result<Options> {
        let mut options = Options {
            keep_failed: from.read()?,
            keep_going: from.read()?,
            fallback: from.read()?,
            verbosity: from.read()?,
            max_jobs: from.number()?,
            max_silent_time: from.number()?,
            verbose_build: false,
            cores: 0,
            use_substitutes: false,
            others: BTreeMap::new(),
        };
        // Whether a build hook is used.
        from.number()?;
        options.verbose_build = from.read::<Verbosity>()? == Verbosity::Error;
        // How logs are written, and whether builds are traced.
        from.number()?;
        from.number()?;
        options.cores = from.number()?;
        options.use_substitutes = from.read()?;
        options.others = from.read()?;
        Ok(options)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.write(&self.keep_failed)?;
        to.write(&self.keep_going)?;
        to.write(&self.fallback)?;
        to.write(&self.verbosity)?;
        to.number(self.max_jobs)?;
        to.number(self.max_silent_time)?;
        to.number(1)?;
        to.write(if self.verbose_build {
            &Verbosity::Error
        } else {
            &Verbosity::Vomit
        })?;
        to.number(0)?;
        to.number(0)?;
        to.number(self.cores)?;
        to.write(&self.use_substitutes)?;
        to.write(&self.others)
    }
}

/// What a collection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GcAction {
    /// Tells what is needed.
    ReturnLive,
    /// Tells what is not.
    ReturnDead,
    /// Deletes what is not needed.
    DeleteDead,
    /// Deletes objects that are named.
    DeleteSpecific,
}

impl Item for GcAction {
    fn read(from: &mut Decoder<'_>) -> Result<GcAction> {
        match from.number()? {
            0 => Ok(GcAction::ReturnLive),
            1 => Ok(GcAction::ReturnDead),
            2 => Ok(GcAction::DeleteDead),
            3 => Ok(GcAction::DeleteSpecific),
            found => Err(ProtocolError::OutOfRange {
                what: "GC action",
                found,
            }),
        }
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(*self as u64)
    }
}

/// Objects of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcPaths {
    /// Which.
    pub paths: BTreeSet<StorePath>,
    /// Whether what refers to them is deleted too.
    pub delete_referrers: bool,
}

/// A collection of garbage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gc {
    /// What it does.
    pub action: GcAction,
    /// Of which objects; of all when not given.
    pub only: Option<GcPaths>,
    /// Whether what is needed may be deleted, which daemons refuse.
    pub ignore_liveness: bool,
    /// After how many freed bytes to end.
    pub max_freed: u64,
}

impl Item for Gc {
    fn read(from: &mut Decoder<'_>) -> Result<Gc> {
        let action = from.read()?;
        let only = if from.context.has(DELETE_REFERRERS) {
            match from.number()? {
                0 => Some(GcPaths {
                    paths: from.read()?,
                    delete_referrers: from.read()?,
                }),
                1 => None,
                found => {
                    return Err(ProtocolError::OutOfRange {
                        what: "whole store indicator",
                        found,
                    });
                }
            }
        } else {
            let paths: BTreeSet<StorePath> = from.read()?;
            let all = action != GcAction::DeleteSpecific && paths.is_empty();
            (!all).then_some(GcPaths {
                paths,
                delete_referrers: false,
            })
        };
        let gc = Gc {
            action,
            only,
            ignore_liveness: from.read()?,
            max_freed: from.number()?,
        };
        // Three options of the past.
        for _ in 0..3 {
            from.number()?;
        }
        Ok(gc)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.write(&self.action)?;
        if to.context.has(DELETE_REFERRERS) {
            match &self.only {
                Some(only) => {
                    to.number(0)?;
                    to.write(&only.paths)?;
                    to.write(&only.delete_referrers)?;
                }
                None => to.number(1)?,
            }
        } else {
            match &self.only {
                Some(only) if only.delete_referrers => {
                    return Err(too_old(to, "deleting what refers to an object"));
                }
                Some(only) => to.write(&only.paths)?,
                None => to.number(0)?,
            }
        }
        to.write(&self.ignore_liveness)?;
        to.number(self.max_freed)?;
        for _ in 0..3 {
            to.number(0)?;
        }
        Ok(())
    }
}

/// What is asked, and after `→` what the answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Whether it is valid → a truth value.
    IsValidPath(StorePath),
    /// What refers to it → a set of paths.
    QueryReferrers(StorePath),
    /// Adds a file or an archive, which follows → path and what is known of it. Since 1.25.
    AddToStore {
        /// The name of the object.
        name: String,
        /// What of it is hashed.
        method: ContentAddressMethod,
        /// How.
        algorithm: HashAlgorithm,
        /// What it refers to.
        references: BTreeSet<StorePath>,
        /// Whether one that is there is replaced.
        repair: bool,
    },
    /// Adds a file or tree, whose archive follows without frames → a path. Before 1.25.
    AddToStoreOld {
        /// The name of the object.
        name: String,
        /// What of it is hashed: [`ContentAddressMethod::Flat`] or the archive.
        method: ContentAddressMethod,
        /// How.
        algorithm: HashAlgorithm,
    },
    /// Adds a text → a path. Before 1.25.
    AddTextToStore {
        /// The name of the object.
        name: String,
        /// What is in it.
        text: Vec<u8>,
        /// What it refers to.
        references: BTreeSet<StorePath>,
    },
    /// Makes these valid → 1.
    BuildPaths {
        /// What.
        paths: Vec<DerivedPath>,
        /// How.
        mode: BuildMode,
    },
    /// Makes it valid → 1.
    EnsurePath(StorePath),
    /// Keeps it while the connection lasts → 1.
    AddTempRoot(StorePath),
    /// Keeps what a link points to → 1.
    AddIndirectRoot(String),
    /// Waits for a collection, of old → 1.
    SyncWithGc,
    /// What is kept by what → a list of texts and paths.
    FindRoots,
    /// Which derivation made it → a path or none.
    QueryDeriver(StorePath),
    /// Changes settings → nothing.
    SetOptions(Options),
    /// Deletes what nothing needs → a list of texts, a number of bytes, 0.
    CollectGarbage(Gc),
    /// What could be fetched of it → whether that can be; [`SubstitutableInfo`].
    QuerySubstitutablePathInfo(StorePath),
    /// The outputs of a derivation → a set of paths.
    QueryDerivationOutputs(StorePath),
    /// All that is valid → a set of paths.
    QueryAllValidPaths,
    /// What is known of it → whether it is valid; [`crate::Unkeyed`].
    QueryPathInfo(StorePath),
    /// The names of the outputs of a derivation → a set of texts.
    QueryDerivationOutputNames(StorePath),
    /// The valid object with this hash part → a path or none.
    QueryPathFromHashPart(String),
    /// What could be fetched of these → a map of paths to [`SubstitutableInfo`].
    QuerySubstitutablePathInfos(BTreeMap<StorePath, Option<ContentAddress>>),
    /// Which of these are valid → a set of paths.
    QueryValidPaths {
        /// The paths.
        paths: BTreeSet<StorePath>,
        /// Whether those are fetched that can be. Since 1.27.
        substitute: bool,
    },
    /// Which of these can be fetched → a set of paths.
    QuerySubstitutablePaths(BTreeSet<StorePath>),
    /// The valid derivations that make it → a set of paths.
    QueryValidDerivers(StorePath),
    /// Makes equal files one → 1.
    OptimiseStore,
    /// Looks for what was changed → whether something is wrong.
    VerifyStore {
        /// Whether contents are read.
        contents: bool,
        /// Whether what is wrong is fetched or built anew.
        repair: bool,
    },
    /// Builds a derivation all of whose inputs are valid → a [`crate::BuildResult`].
    BuildDerivation {
        /// Its path.
        path: StorePath,
        /// What to build.
        derivation: Box<Derivation>,
        /// How.
        mode: BuildMode,
    },
    /// Adds signatures → 1.
    AddSignatures {
        /// To what.
        path: StorePath,
        /// Which.
        signatures: Vec<String>,
    },
    /// The archive of it → the archive.
    NarFromPath(StorePath),
    /// Adds an object, whose archive follows → nothing.
    AddToStoreNar {
        /// What is known of it.
        info: Box<PathInfo>,
        /// Whether one that is there is replaced.
        repair: bool,
        /// Whether nobody has to vouch for it.
        no_check: bool,
    },
    /// What would be done to make these valid → sets of paths: built, fetched, unknown; the sizes of
    /// downloads and archives.
    QueryMissing(Vec<DerivedPath>),
    /// The outputs of a derivation → a map of names to paths or none.
    QueryDerivationOutputMap(StorePath),
    /// Which path an output of a content-addressed derivation has → a set of realisations.
    QueryRealisation(RealisationId),
    /// Adds objects: their number, then of each what is known of it, as of 1.16, and its archive,
    /// follow → nothing.
    AddMultipleToStore {
        /// Whether those that are there are replaced.
        repair: bool,
        /// Whether nobody has to vouch for them.
        no_check: bool,
    },
    /// Keeps a log, which follows → 1.
    AddBuildLog(String),
    /// Makes these valid → a list of [`DerivedPath`] and [`crate::BuildResult`].
    BuildPathsWithResults {
        /// What.
        paths: Vec<DerivedPath>,
        /// How.
        mode: BuildMode,
    },
    /// Makes a link and keeps what it points to → the link.
    AddPermRoot {
        /// What to keep.
        path: StorePath,
        /// The link.
        link: String,
    },
}

/// An output of a content-addressed derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealisationId {
    /// By a hash of the derivation.
    Hash(String),
    /// By the derivation; with the feature [`REALISATION_WITH_PATH`].
    Path(StorePath, String),
}

/// What could be fetched of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubstitutableInfo {
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// What it refers to.
    pub references: BTreeSet<StorePath>,
    /// How many bytes would be fetched.
    pub download_size: u64,
    /// How many bytes its archive has.
    pub nar_size: u64,
}

impl Item for SubstitutableInfo {
    fn read(from: &mut Decoder<'_>) -> Result<SubstitutableInfo> {
        Ok(SubstitutableInfo {
            deriver: from.read()?,
            references: from.read()?,
            download_size: from.number()?,
            nar_size: from.number()?,
        })
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.write(&self.deriver)?;
        to.write(&self.references)?;
        to.number(self.download_size)?;
        to.number(self.nar_size)
    }
}

impl Item for Request {
    fn read(from: &mut Decoder<'_>) -> Result<Request> {
        Ok(match from.number()? {
            1 => Request::IsValidPath(from.read()?),
            6 => Request::QueryReferrers(from.read()?),
            7 => read_add(from)?,
            8 => Request::AddTextToStore {
                name: from.text()?,
                text: from.bytes()?,
                references: from.read()?,
            },
            9 => Request::BuildPaths {
                paths: from.read()?,
                mode: from.read()?,
            },
            10 => Request::EnsurePath(from.read()?),
            11 => Request::AddTempRoot(from.read()?),
            12 => Request::AddIndirectRoot(from.text()?),
            13 => Request::SyncWithGc,
            14 => Request::FindRoots,
            18 => Request::QueryDeriver(from.read()?),
            19 => Request::SetOptions(from.read()?),
            20 => Request::CollectGarbage(from.read()?),
            21 => Request::QuerySubstitutablePathInfo(from.read()?),
            22 => Request::QueryDerivationOutputs(from.read()?),
            23 => Request::QueryAllValidPaths,
            26 => Request::QueryPathInfo(from.read()?),
            28 => Request::QueryDerivationOutputNames(from.read()?),
            29 => Request::QueryPathFromHashPart(from.text()?),
            30 if from.context.worker_since(22) => {
                Request::QuerySubstitutablePathInfos(from.read()?)
            }
            30 => {
                let paths: BTreeSet<StorePath> = from.read()?;
                let unknown = paths.into_iter().map(|path| (path, None));
                Request::QuerySubstitutablePathInfos(unknown.collect())
            }
            31 => Request::QueryValidPaths {
                paths: from.read()?,
                substitute: from.context.worker_since(27) && from.read()?,
            },
            32 => Request::QuerySubstitutablePaths(from.read()?),
            33 => Request::QueryValidDerivers(from.read()?),
            34 => Request::OptimiseStore,
            35 => Request::VerifyStore {
                contents: from.read()?,
                repair: from.read()?,
            },
            36 => {
                let path: StorePath = from.read()?;
                let name = path.derivation_name()?.to_owned();
                Request::BuildDerivation {
                    derivation: Box::new(derivation::read(from, &name)?),
                    path,
                    mode: from.read()?,
                }
            }
            37 => Request::AddSignatures {
                path: from.read()?,
                signatures: from.read()?,
            },
            38 => Request::NarFromPath(from.read()?),
            39 => {
                let path = from.read()?;
                let deriver = from.read()?;
                let mut info = PathInfo::new(path, items::read_nar_hash(from)?, 0);
                info.deriver = deriver;
                info.references = from.read()?;
                info.registration_time = from.small("registration time")?;
                info.nar_size = from.number()?;
                info.ultimate = from.read()?;
                info.signatures = from.read()?;
                info.content_address = from.read()?;
                Request::AddToStoreNar {
                    info: Box::new(info),
                    repair: from.read()?,
                    no_check: from.read()?,
                }
            }
            40 => Request::QueryMissing(from.read()?),
            41 => Request::QueryDerivationOutputMap(from.read()?),
            43 if from.context.has(REALISATION_WITH_PATH) => {
                Request::QueryRealisation(RealisationId::Path(from.read()?, from.text()?))
            }
            43 => Request::QueryRealisation(RealisationId::Hash(from.text()?)),
            44 => Request::AddMultipleToStore {
                repair: from.read()?,
                no_check: from.read()?,
            },
            45 => Request::AddBuildLog(from.text()?),
            46 => Request::BuildPathsWithResults {
                paths: from.read()?,
                mode: from.read()?,
            },
            47 => Request::AddPermRoot {
                path: from.read()?,
                link: from.text()?,
            },
            operation => return Err(ProtocolError::UnknownOperation(operation)),
        })
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(self.operation())?;
        match self {
            Request::IsValidPath(path)
            | Request::QueryReferrers(path)
            | Request::EnsurePath(path)
            | Request::AddTempRoot(path)
            | Request::QueryDeriver(path)
            | Request::QuerySubstitutablePathInfo(path)
            | Request::QueryDerivationOutputs(path)
            | Request::QueryPathInfo(path)
            | Request::QueryDerivationOutputNames(path)
            | Request::QueryValidDerivers(path)
            | Request::NarFromPath(path)
            | Request::QueryDerivationOutputMap(path) => to.write(path),
            Request::AddIndirectRoot(text)
            | Request::QueryPathFromHashPart(text)
            | Request::AddBuildLog(text)
            | Request::QueryRealisation(RealisationId::Hash(text)) => to.text(text),
            Request::SyncWithGc
            | Request::FindRoots
            | Request::QueryAllValidPaths
            | Request::OptimiseStore => Ok(()),
            Request::QueryRealisation(RealisationId::Path(path, output)) => {
                to.write(path)?;
                to.text(output)
            }
            Request::AddToStore {
                name,
                method,
                algorithm,
                references,
                repair,
            } => {
                to.text(name)?;
                to.text(&add_method(*method, *algorithm))?;
                to.write(references)?;
                to.write(repair)
            }
            Request::AddToStoreOld {
                name,
                method,
                algorithm,
            } => {
                let archive = *method == ContentAddressMethod::NixArchive;
                to.text(name)?;
                to.write(&!(archive && *algorithm == HashAlgorithm::Sha256))?;
                to.write(&archive)?;
                to.text(&algorithm.to_string())
            }
            Request::AddTextToStore {
                name,
                text,
                references,
            } => {
                to.text(name)?;
                to.bytes(text)?;
                to.write(references)
            }
            Request::BuildPaths { paths, mode }
            | Request::BuildPathsWithResults { paths, mode } => {
                to.write(paths)?;
                to.write(mode)
            }
            Request::SetOptions(options) => to.write(options),
            Request::CollectGarbage(gc) => to.write(gc),
            Request::QuerySubstitutablePathInfos(paths) => {
                if to.context.worker_since(22) {
                    return to.write(paths);
                }
                let paths: BTreeSet<StorePath> = paths.keys().cloned().collect();
                to.write(&paths)
            }
            Request::QueryValidPaths { paths, substitute } => {
                to.write(paths)?;
                if to.context.worker_since(27) {
                    to.write(substitute)?;
                }
                Ok(())
            }
            Request::QuerySubstitutablePaths(paths) => to.write(paths),
            Request::VerifyStore { contents, repair } => {
                to.write(contents)?;
                to.write(repair)
            }
            Request::BuildDerivation {
                path,
                derivation,
                mode,
            } => {
                to.write(path)?;
                derivation::write(to, derivation)?;
                to.write(mode)
            }
            Request::AddSignatures { path, signatures } => {
                to.write(path)?;
                to.write(signatures)
            }
            Request::AddToStoreNar {
                info,
                repair,
                no_check,
            } => {
                to.write(&info.path)?;
                to.write(&info.deriver)?;
                to.text(&info.nar_hash.base16())?;
                to.write(&info.references)?;
                to.number(info.registration_time as u64)?;
                to.number(info.nar_size)?;
                to.write(&info.ultimate)?;
                to.write(&info.signatures)?;
                to.write(&info.content_address)?;
                to.write(repair)?;
                to.write(no_check)
            }
            Request::QueryMissing(paths) => to.write(paths),
            Request::AddMultipleToStore { repair, no_check } => {
                to.write(repair)?;
                to.write(no_check)
            }
            Request::AddPermRoot { path, link } => {
                to.write(path)?;
                to.text(link)
            }
        }
    }
}

impl Request {
    /// Its number on the line.
    #[must_use]
    pub fn operation(&self) -> u64 {
        match self {
            Request::IsValidPath(_) => 1,
            Request::QueryReferrers(_) => 6,
            Request::AddToStore { .. } | Request::AddToStoreOld { .. } => 7,
            Request::AddTextToStore { .. } => 8,
            Request::BuildPaths { .. } => 9,
            Request::EnsurePath(_) => 10,
            Request::AddTempRoot(_) => 11,
            Request::AddIndirectRoot(_) => 12,
            Request::SyncWithGc => 13,
            Request::FindRoots => 14,
            Request::QueryDeriver(_) => 18,
            Request::SetOptions(_) => 19,
            Request::CollectGarbage(_) => 20,
            Request::QuerySubstitutablePathInfo(_) => 21,
            Request::QueryDerivationOutputs(_) => 22,
            Request::QueryAllValidPaths => 23,
            Request::QueryPathInfo(_) => 26,
            Request::QueryDerivationOutputNames(_) => 28,
            Request::QueryPathFromHashPart(_) => 29,
            Request::QuerySubstitutablePathInfos(_) => 30,
            Request::QueryValidPaths { .. } => 31,
            Request::QuerySubstitutablePaths(_) => 32,
            Request::QueryValidDerivers(_) => 33,
            Request::OptimiseStore => 34,
            Request::VerifyStore { .. } => 35,
            Request::BuildDerivation { .. } => 36,
            Request::AddSignatures { .. } => 37,
            Request::NarFromPath(_) => 38,
            Request::AddToStoreNar { .. } => 39,
            Request::QueryMissing(_) => 40,
            Request::QueryDerivationOutputMap(_) => 41,
            Request::QueryRealisation(_) => 43,
            Request::AddMultipleToStore { .. } => 44,
            Request::AddBuildLog(_) => 45,
            Request::BuildPathsWithResults { .. } => 46,
            Request::AddPermRoot { .. } => 47,
        }
    }
}

fn read_add(from: &mut Decoder<'_>) -> Result<Request> {
    let name = from.text()?;
    if from.context.worker_since(25) {
        let text = from.text()?;
        // `fixed:` is what all have that are not texts.
        let stripped = text.strip_prefix("fixed:").unwrap_or(&text);
        let (method, algorithm) = ContentAddressMethod::parse_with_algorithm(stripped)?;
        return Ok(Request::AddToStore {
            name,
            method,
            algorithm,
            references: from.read()?,
            repair: from.read()?,
        });
    }
    let fixed: bool = from.read()?;
    let archive: bool = from.read()?;
    let algorithm: HashAlgorithm = from.text()?.parse()?;
    Ok(Request::AddToStoreOld {
        name,
        method: if archive || !fixed {
            ContentAddressMethod::NixArchive
        } else {
            ContentAddressMethod::Flat
        },
        algorithm: if fixed {
            algorithm
        } else {
            HashAlgorithm::Sha256
        },
    })
}

fn add_method(method: ContentAddressMethod, algorithm: HashAlgorithm) -> String {
    let kind = if method == ContentAddressMethod::Text {
        ""
    } else {
        "fixed:"
    };
    format!("{kind}{}{algorithm}", method.prefix())
}

fn too_old(to: &Encoder<'_>, what: &str) -> ProtocolError {
    ProtocolError::TooOld {
        version: to.context.version.to_string(),
        what: what.to_owned(),
    }
}
