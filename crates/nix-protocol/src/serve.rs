//! The serve protocol: what `nix-store --serve` is asked.

use std::collections::BTreeSet;

use nix_wire::{Derivation, PathInfo, StorePath};

use crate::codec::{Decoder, Encoder, Item, Version};
use crate::derived_path::DerivedPath;
use crate::error::ProtocolError;
use crate::{derivation, items};

type Result<T> = std::result::Result<T, ProtocolError>;

/// The newest version.
pub const LATEST: Version = Version::new(2, 8);
/// The oldest version of a server that a client works with.
pub const MINIMUM: Version = Version::new(2, 5);

/// How to build.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// After how many seconds without a word a build ends; 0 for never.
    pub max_silent_time: u64,
    /// After how many seconds a build ends; 0 for never.
    pub build_timeout: u64,
    /// The most bytes that a log may have; 0 for any number. Since 2.2.
    pub max_log_size: u64,
    /// How often to build again, which nobody does any more. Since 2.3.
    pub repeats: u64,
    /// Whether all of them have to come out the same. Since 2.3.
    pub enforce_determinism: bool,
    /// Whether the directory of a failed build is left. Since 2.7.
    pub keep_failed: bool,
}

impl Item for BuildOptions {
    fn read(from: &mut Decoder<'_>) -> Result<BuildOptions> {
        let mut options = BuildOptions {
            max_silent_time: from.number()?,
            build_timeout: from.number()?,
            ..BuildOptions::default()
        };
        if from.context.serve_since(2) {
            options.max_log_size = from.number()?;
        }
        if from.context.serve_since(3) {
            options.repeats = from.number()?;
            options.enforce_determinism = from.read()?;
        }
        if from.context.serve_since(7) {
            options.keep_failed = from.read()?;
        }
        Ok(options)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(self.max_silent_time)?;
        to.number(self.build_timeout)?;
        if to.context.serve_since(2) {
            to.number(self.max_log_size)?;
        }
        if to.context.serve_since(3) {
            to.number(self.repeats)?;
            to.write(&self.enforce_determinism)?;
        }
        if to.context.serve_since(7) {
            to.write(&self.keep_failed)?;
        }
        Ok(())
    }
}

/// What is asked. There are no messages in between: the answer follows at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Which of these are valid → a set of paths.
    QueryValidPaths {
        /// Whether they are to be kept while the connection lasts.
        lock: bool,
        /// Whether those are fetched that can be.
        substitute: bool,
        /// The paths.
        paths: BTreeSet<StorePath>,
    },
    /// What is known of these → of each valid one path and [`crate::Unkeyed`], then an empty string.
    QueryPathInfos(BTreeSet<StorePath>),
    /// The archive of this → the archive.
    DumpStorePath(StorePath),
    /// Objects as of `nix-store --export` follow → 1.
    ImportPaths,
    /// Makes these valid → 0, or a status and a message.
    BuildPaths {
        /// What.
        paths: Vec<DerivedPath>,
        /// How.
        options: BuildOptions,
    },
    /// These and all that they refer to → a set of paths.
    QueryClosure {
        /// Whether outputs of derivations are part of it.
        include_outputs: bool,
        /// The paths.
        paths: BTreeSet<StorePath>,
    },
    /// Builds a derivation all of whose inputs are valid → a [`crate::BuildResult`].
    BuildDerivation {
        /// Its path.
        path: StorePath,
        /// What to build.
        derivation: Box<Derivation>,
        /// How.
        options: BuildOptions,
    },
    /// Adds an object, whose archive follows → 1.
    AddToStoreNar(PathInfo),
}

impl Item for Request {
    fn read(from: &mut Decoder<'_>) -> Result<Request> {
        Ok(match from.number()? {
            1 => Request::QueryValidPaths {
                lock: from.read()?,
                substitute: from.read()?,
                paths: from.read()?,
            },
            2 => Request::QueryPathInfos(from.read()?),
            3 => Request::DumpStorePath(from.read()?),
            4 => Request::ImportPaths,
            6 => Request::BuildPaths {
                paths: from.read()?,
                options: from.read()?,
            },
            7 => Request::QueryClosure {
                include_outputs: from.read()?,
                paths: from.read()?,
            },
            8 => {
                let path: StorePath = from.read()?;
                let name = path.derivation_name()?.to_owned();
                Request::BuildDerivation {
                    derivation: Box::new(derivation::read(from, &name)?),
                    path,
                    options: from.read()?,
                }
            }
            9 => {
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
                Request::AddToStoreNar(info)
            }
            operation => return Err(ProtocolError::UnknownOperation(operation)),
        })
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        match self {
            Request::QueryValidPaths {
                lock,
                substitute,
                paths,
            } => {
                to.number(1)?;
                to.write(lock)?;
                to.write(substitute)?;
                to.write(paths)
            }
            Request::QueryPathInfos(paths) => {
                to.number(2)?;
                to.write(paths)
            }
            Request::DumpStorePath(path) => {
                to.number(3)?;
                to.write(path)
            }
            Request::ImportPaths => to.number(4),
            Request::BuildPaths { paths, options } => {
                to.number(6)?;
                to.write(paths)?;
                to.write(options)
            }
            Request::QueryClosure {
                include_outputs,
                paths,
            } => {
                to.number(7)?;
                to.write(include_outputs)?;
                to.write(paths)
            }
            Request::BuildDerivation {
                path,
                derivation,
                options,
            } => {
                to.number(8)?;
                to.write(path)?;
                derivation::write(to, derivation)?;
                to.write(options)
            }
            Request::AddToStoreNar(info) => {
                to.number(9)?;
                to.write(&info.path)?;
                to.write(&info.deriver)?;
                to.text(&info.nar_hash.base16())?;
                to.write(&info.references)?;
                to.number(info.registration_time as u64)?;
                to.number(info.nar_size)?;
                to.write(&info.ultimate)?;
                to.write(&info.signatures)?;
                to.write(&info.content_address)
            }
        }
    }
}
