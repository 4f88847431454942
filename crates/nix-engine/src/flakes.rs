//! Flakes of an engine: fetched into its store, with the program's own source among them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use nix_eval::host::{FetchAttr, FetchAttrs, Fetched, Fetcher, HostError, HostResult};
use nix_eval::{Evaluator, Value};
use nix_flake::fetch::{
    AnyStore, EmbeddedSources, FetchCache, FetchError, FetchedTree, SourceAttribute,
    SourceAttributeOptions, TreeFetcher, UntrackedFile,
};
use nix_flake::lock::InputPath;
use nix_flake::reference::{Attribute, Attributes, CommandLineReference, ParseOptions, parse};
use nix_flake::registry::{Registries, RegistryEntry, RegistryPlaces};
use nix_flake::{FlakeError, FlakeReference, Flakes, Input, LockFlags, call_flake};
use nix_store::store::Import;
use nix_store::{PathInfo, Store};
use nix_wire::store_path::References;
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, StorePath};

use crate::reporter::Event;
use crate::{Engine, EngineError, Shared};

/// The name of the program's own source in registries.
const OWN_NAME: &str = "home-manager";

/// How a flake is locked.
#[derive(Clone, Debug, Default)]
pub struct FlakeOptions {
    /// The directory that relative references start from.
    pub directory: PathBuf,
    /// Whether nothing of the old lock file is kept.
    pub recreate: bool,
    /// Whether the lock file must not have to change.
    pub no_update: bool,
    /// Whether a new lock file is used without being written.
    pub no_write: bool,
    /// Inputs that are locked anew.
    pub updates: Vec<String>,
    /// Inputs that are something else.
    pub overrides: Vec<(String, String)>,
}

/// A flake that is locked and whose outputs can be evaluated.
pub struct Flake {
    outputs: Value,
    flakes: Rc<Flakes>,
    own: Vec<(PathBuf, PathBuf)>,
}

impl Flake {
    /// The flake as a value: its outputs and what is known of its source.
    #[must_use]
    pub fn outputs(&self) -> Value {
        self.outputs
    }

    /// The trees that the user edits: where they are in the store, and where they come from.
    #[must_use]
    pub fn own_trees(&self) -> Vec<(PathBuf, PathBuf)> {
        self.own.clone()
    }

    /// A file that an error names as missing because Git does not track it.
    #[must_use]
    pub fn untracked_file_in(&self, message: &str) -> Option<UntrackedFile> {
        self.own.iter().find_map(|(stored, _)| {
            let start = message.find(&*stored.to_string_lossy())?;
            let rest = &message[start..];
            let end = rest.find(['\'', '"', '\n', ' ']).unwrap_or(rest.len());
            self.flakes.fetcher.untracked_file(Path::new(&rest[..end]))
        })
    }
}

impl Engine {
    /// Finds a flake as a user names it, locks it, and prepares its outputs.
    ///
    /// # Errors
    /// When it is not found or not a flake, or when it cannot be locked.
    pub fn flake(
        &self,
        evaluator: &Evaluator,
        reference: &str,
        options: &FlakeOptions,
    ) -> Result<Flake, EngineError> {
        let flakes = self.shared.flakes();
        let found = find(reference, &options.directory)?;
        for notice in &found.notices {
            self.shared.reporter.report(Event::Warning(notice));
        }
        let locked = flakes
            .lock(evaluator, &found.reference, &lock_flags(options)?)
            .map_err(|error| explain(error, evaluator))?;
        let tree = &locked.flake.location.tree;
        let own = tree.source.directory().map(|directory| {
            let stored = self.store().store_dir().print(&tree.store_path);
            (PathBuf::from(stored), directory.to_owned())
        });
        let outputs = call_flake(evaluator, &flakes, Rc::new(locked));
        Ok(Flake {
            outputs,
            flakes,
            own: own.into_iter().collect(),
        })
    }
}

/// An error about a flake; that of an evaluation keeps its positions.
fn explain(error: FlakeError, evaluator: &Evaluator) -> EngineError {
    match error.into_cause() {
        FlakeError::Eval(error) => EngineError::Evaluation(Box::new(evaluator.report(&error))),
        cause => EngineError::Flake(cause),
    }
}

fn find(
    reference: &str,
    directory: &Path,
) -> Result<nix_flake::reference::FoundReference, EngineError> {
    let reference = CommandLineReference {
        text: reference,
        base: directory,
        allow_missing: false,
        flake: true,
    };
    Ok(reference.find().map_err(FlakeError::from)?)
}

fn lock_flags(options: &FlakeOptions) -> Result<LockFlags, EngineError> {
    let mut flags = LockFlags {
        write: !options.no_write,
        update: !options.no_update,
        ..LockFlags::default()
    };
    flags.options.recreate = options.recreate;
    for name in &options.updates {
        flags
            .options
            .updates
            .insert(InputPath::parse(name).map_err(FlakeError::from)?);
    }
    for (name, reference) in &options.overrides {
        let name = InputPath::parse(name).map_err(FlakeError::from)?;
        let found = find(reference, &options.directory)?;
        flags.options.overrides.insert(name, found.reference);
    }
    Ok(flags)
}

impl Shared {
    /// What flakes are fetched with.
    pub(crate) fn flakes(&self) -> Rc<Flakes> {
        Rc::clone(self.flakes.get_or_init(|| self.new_flakes()))
    }

    fn new_flakes(&self) -> Rc<Flakes> {
        let reporter = Rc::clone(&self.reporter);
        let embedded = Embedded {
            store: Arc::clone(&self.store),
        };
        let built_in = embedded.registry_entry().into_iter().collect();
        let fetcher = TreeFetcher::new(Arc::new(AnyStore(Arc::clone(&self.store))))
            .with_embedded(Rc::new(embedded))
            .with_cache(FetchCache::new(self.settings.cache.join("trees.json")))
            .with_warnings(Rc::new(move |warning| {
                reporter.report(Event::Warning(warning));
            }));
        let (registries, warnings) = Registries::read(RegistryPlaces {
            flag: Vec::new(),
            user: self.settings.registries.user.clone(),
            system: self.settings.registries.system.clone(),
            built_in,
            global: String::new(),
        });
        for warning in warnings {
            self.reporter.report(Event::Warning(&warning.to_string()));
        }
        Rc::new(Flakes::new(fetcher, registries))
    }

    pub(crate) fn fetch(&self, fetcher: Fetcher, attrs: &FetchAttrs) -> HostResult<Fetched> {
        let what = match fetcher {
            Fetcher::Tree | Fetcher::Git => None,
            Fetcher::Mercurial => Some("fetchMercurial"),
            Fetcher::Tarball => Some("fetchTarball"),
            Fetcher::Url => Some("fetchurl"),
        };
        if let Some(what) = what {
            return Err(HostError::new(format!(
                "builtins.{what} is not possible in this version: it fetches only local trees"
            )));
        }
        let mut attributes = attributes(attrs);
        if fetcher == Fetcher::Git && !attributes.contains("type") {
            attributes.set("type", "git");
        }
        let input = Input::from_attributes(attributes).map_err(failed)?;
        let tree = self
            .flakes()
            .fetcher
            .fetch(&input, false)
            .map_err(|error| fetch_failed(&error))?;
        self.describe(&tree, fetcher == Fetcher::Git)
    }

    fn describe(&self, tree: &FetchedTree, zero_revision: bool) -> HostResult<Fetched> {
        let options = SourceAttributeOptions {
            zero_revision,
            force_dirty: false,
        };
        let info = tree.source_attributes(options).map_err(failed)?;
        Ok(Fetched {
            store_path: self.store.store_dir().print(&tree.store_path),
            info: info
                .into_iter()
                .map(|(name, value)| {
                    let value = match value {
                        SourceAttribute::String(text) => FetchAttr::String(text),
                        SourceAttribute::Integer(number) => FetchAttr::Int(number),
                        SourceAttribute::Boolean(truth) => FetchAttr::Bool(truth),
                    };
                    (name.to_owned(), value)
                })
                .collect(),
        })
    }
}

/// Takes a flake reference apart.
pub(crate) fn parse_flake_reference(reference: &str) -> HostResult<FetchAttrs> {
    let parsed = parse(reference, ParseOptions::default()).map_err(failed)?;
    let attributes = parsed.to_attributes();
    Ok(attributes
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Attribute::String(text) => FetchAttr::String(text.clone()),
                Attribute::Integer(number) => FetchAttr::Int(*number),
                Attribute::Boolean(truth) => FetchAttr::Bool(*truth),
            };
            (name.to_owned(), value)
        })
        .collect())
}

/// Puts a flake reference together.
pub(crate) fn print_flake_reference(attrs: &FetchAttrs) -> HostResult<String> {
    let reference = FlakeReference::from_attributes(attributes(attrs)).map_err(failed)?;
    Ok(reference.to_string())
}

fn attributes(attrs: &FetchAttrs) -> Attributes {
    attrs
        .iter()
        .map(|(name, value)| {
            let value = match value {
                FetchAttr::String(text) => Attribute::String(text.clone()),
                FetchAttr::Int(number) => Attribute::Integer(*number),
                FetchAttr::Bool(truth) => Attribute::Boolean(*truth),
            };
            (name.clone(), value)
        })
        .collect()
}

fn failed(error: impl std::fmt::Display) -> HostError {
    HostError::new(error.to_string())
}

fn fetch_failed(error: &FetchError) -> HostError {
    let mut host_error = HostError::new(error.to_string());
    host_error.status = error.exit_status();
    host_error
}

/// The source of the program, as a tree that can be had without fetching.
struct Embedded {
    store: Arc<dyn Store>,
}

impl Embedded {
    fn nar_hash() -> Result<Hash, Box<dyn Error + Send + Sync>> {
        Ok(Hash::parse_sri(hm_embedded::NAR_HASH)?)
    }

    fn store_path(&self, hash: &Hash) -> Result<StorePath, Box<dyn Error + Send + Sync>> {
        let method = ContentAddressMethod::NixArchive;
        Ok(self
            .store
            .store_dir()
            .content_path("source", method, hash, References::default())?)
    }

    /// The entry of the registry: the name stands for the tree in the store.
    fn registry_entry(&self) -> Option<RegistryEntry> {
        let hash = Embedded::nar_hash().ok()?;
        let path = self.store.store_dir().print(&self.store_path(&hash).ok()?);
        let to: Attributes = [
            ("type", Attribute::String("path".to_owned())),
            ("path", Attribute::String(path)),
            ("narHash", Attribute::String(hash.sri())),
            (
                "lastModified",
                Attribute::Integer(hm_embedded::LAST_MODIFIED),
            ),
        ]
        .into_iter()
        .collect();
        let from: Attributes = [
            ("type", Attribute::String("indirect".to_owned())),
            ("id", Attribute::String(OWN_NAME.to_owned())),
        ]
        .into_iter()
        .collect();
        Some(RegistryEntry {
            from: Input::from_attributes(from).ok()?,
            to: Input::from_attributes(to).ok()?,
            directory: None,
            exact: true,
        })
    }
}

impl EmbeddedSources for Embedded {
    fn store_path_of(
        &self,
        nar_hash: &Hash,
    ) -> Result<Option<StorePath>, Box<dyn Error + Send + Sync>> {
        let hash = Embedded::nar_hash()?;
        if *nar_hash != hash {
            return Ok(None);
        }
        let path = self.store_path(&hash)?;
        if !self.store.is_valid(&path)? {
            let size = hm_embedded::SOURCE.len() as u64;
            let mut info = PathInfo::new(path.clone(), hash, size);
            info.content_address = Some(ContentAddress {
                method: ContentAddressMethod::NixArchive,
                hash,
            });
            self.store
                .import(&info, &mut &*hm_embedded::SOURCE, Import::CHECKED)?;
        }
        Ok(Some(path))
    }
}
