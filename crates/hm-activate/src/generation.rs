//! Generations as far as switching is concerned, and the one that is linked now.

use std::io;
use std::path::{Path, PathBuf};

use hm_plan::manifest::{self, Manifest};
use hm_plan::{ManagedTree, ViewError};
use thiserror::Error;

use crate::driver;
use crate::files::RealFiles;

/// A generation.
#[derive(Debug)]
pub struct Generation {
    /// Its store path.
    pub path: PathBuf,
    /// Its description, if it was made for a native engine.
    pub manifest: Option<Manifest>,
    /// The files that it manages.
    pub files: ManagedTree,
}

/// A path is not a generation, or not readable.
#[derive(Debug, Error)]
pub enum GenerationError {
    /// A file of it is missing or cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It has no activation script.
    #[error(
        "{path} is not a generation of a home: it has no activation script",
        path = .0.display()
    )]
    NoScript(PathBuf),
    /// Its manifest is damaged or of another kind.
    #[error("{path} is not understood: {reason}", path = path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// Its files cannot be listed.
    #[error(transparent)]
    View(#[from] ViewError),
}

impl Generation {
    /// Reads a generation.
    ///
    /// # Errors
    /// When the path is not a generation, or not readable.
    pub fn read(path: &Path) -> Result<Generation, GenerationError> {
        let resolve = |path: &Path| {
            path.canonicalize().map_err(|source| GenerationError::Io {
                path: path.to_owned(),
                source,
            })
        };
        let path = resolve(path)?;
        if !driver::is_generation(&path) {
            return Err(GenerationError::NoScript(path));
        }
        let manifest = read_manifest(&path.join(manifest::FILE_NAME))?;
        let files = ManagedTree::read(&RealFiles, &resolve(&path.join("home-files"))?)?;
        Ok(Generation {
            path,
            manifest,
            files,
        })
    }

    /// Whether the engine does the core blocks of this generation.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.manifest
            .as_ref()
            .is_some_and(|manifest| manifest.version == 1 && manifest.driver == 1)
    }

    /// Returns the environment of its packages.
    #[must_use]
    pub fn home_path(&self) -> Option<PathBuf> {
        self.path.join("home-path").canonicalize().ok()
    }

    /// Returns the directory of the store that it lies in.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        let parent = self.path.parent();
        parent.unwrap_or(Path::new("/nix/store")).to_owned()
    }
}

fn read_manifest(path: &Path) -> Result<Option<Manifest>, GenerationError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(GenerationError::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    let manifest = serde_json::from_slice(&text);
    manifest
        .map(Some)
        .map_err(|error| GenerationError::Manifest {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// What is linked in a home.
#[derive(Debug)]
pub enum Linked {
    /// Nothing that is known of.
    Nothing,
    /// A generation.
    Generation(Generation),
    /// A generation whose objects are gone or damaged.
    Lost {
        /// The path that the root names.
        path: PathBuf,
        /// The reason.
        reason: GenerationError,
    },
}

impl Linked {
    /// Reads the generation that a root leads to.
    #[must_use]
    pub fn read(root: &Path) -> Linked {
        let Ok(path) = std::fs::read_link(root) else {
            return Linked::Nothing;
        };
        match Generation::read(root) {
            Ok(generation) => Linked::Generation(generation),
            Err(reason) => Linked::Lost { path, reason },
        }
    }

    /// Returns the generation, if it is one that can be read.
    #[must_use]
    pub fn generation(&self) -> Option<&Generation> {
        match self {
            Linked::Generation(generation) => Some(generation),
            Linked::Nothing | Linked::Lost { .. } => None,
        }
    }

    /// Returns the managed files that are linked. Those of a lost generation are found by looking
    /// at all links of the home, which may take a moment.
    ///
    /// # Errors
    /// When the home cannot be read.
    pub fn into_files(
        self,
        home: &Path,
        store_dir: &Path,
    ) -> Result<Option<ManagedTree>, ViewError> {
        match self {
            Linked::Nothing => Ok(None),
            Linked::Generation(generation) => Ok(Some(generation.files)),
            Linked::Lost { path, .. } => {
                ManagedTree::find_links(&RealFiles, home, store_dir, &path).map(Some)
            }
        }
    }
}
