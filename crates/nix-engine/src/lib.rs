//! One Nix in one process: evaluator, store and flakes joined.
//!
//! An [`Engine`] has a store and makes evaluators whose host works on it: what they add and
//! instantiate goes there, what they import from derivations is built there, what they fetch is
//! fetched into it. Nothing here prints: what happens is told to a [`Reporter`].

mod build;
mod closure;
mod compiled;
mod error;
mod evaluations;
mod flakes;
mod host;
mod read_only;
mod reporter;
mod user_profile;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use nix_eval::{Evaluator, Feature};
use nix_flake::Flakes;
use nix_store::build::{BuildOptions, Cancellation};
use nix_store::{Layout, LocalStore, ReadTree, Store, StoreError, Text};
use nix_wire::StorePath;

pub use build::Built;
pub use closure::StoreOpener;
pub use error::EngineError;
pub use evaluations::{Attempts, Remembered};
pub use flakes::{Flake, FlakeOptions, FlakeSettings, GLOBAL_REGISTRY, RegistryFiles};
pub use nix_flake::fetch::DetailLevel;
pub use reporter::{Event, Reporter, Silent};

/// How an engine works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the store is.
    pub layout: Layout,
    /// The platform of derivations and of `builtins.currentSystem`.
    pub system: String,
    /// Enabled experimental features.
    pub features: BTreeSet<Feature>,
    /// Whether evaluation may see the machine: environment, clock, files outside of the store.
    pub pure: bool,
    /// The environment that an impure evaluation sees.
    pub environment: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// Where caches are.
    pub cache: PathBuf,
    /// Whether compiled files are kept in the cache for the next evaluation.
    pub keep_compiled: bool,
    /// Whether what pure evaluations come to is kept in the cache.
    pub keep_evaluations: bool,
    /// Whether it is told when something is built because an evaluation reads it.
    pub trace_imports: bool,
    /// How flakes are found and fetched.
    pub flakes: FlakeSettings,
    /// How to build.
    pub build: BuildOptions,
    /// What opens the stores that programs name.
    pub open_store: Option<StoreOpener>,
}

/// Nix's name for the platform that the program runs on.
#[must_use]
pub fn current_system() -> &'static str {
    match (std::env::consts::ARCH, std::env::consts::OS) {
        ("x86_64", "linux") => "x86_64-linux",
        ("aarch64", "linux") => "aarch64-linux",
        ("x86", "linux") => "i686-linux",
        ("arm", "linux") => "armv7l-linux",
        ("riscv64", "linux") => "riscv64-linux",
        ("x86_64", "macos") => "x86_64-darwin",
        ("aarch64", "macos") => "aarch64-darwin",
        _ => "unknown",
    }
}

/// A store with evaluators on it. Copies share everything.
#[derive(Clone)]
pub struct Engine {
    shared: Rc<Shared>,
}

/// What the engine and the hosts of its evaluators have in common.
struct Shared {
    settings: Settings,
    /// What evaluations write to.
    store: Arc<dyn Store>,
    /// Where things are built, when that is another store.
    building: Option<Arc<dyn Store>>,
    reporter: Rc<dyn Reporter>,
    cancellation: Cancellation,
    /// What flakes are fetched with: trees are fetched once.
    flakes: OnceCell<Rc<Flakes>>,
    pending: RefCell<Pending>,
    /// What was said about references.
    noticed: RefCell<BTreeSet<String>>,
    /// What evaluations have told.
    told: RefCell<Vec<evaluations::Told>>,
    /// What an attempt before told of the same evaluation.
    told_before: RefCell<Vec<evaluations::Told>>,
}

/// What an evaluation made and is not yet in the store: many are added at once.
#[derive(Default)]
struct Pending {
    /// Files that were copied, before what refers to them.
    trees: Vec<ReadTree>,
    /// Derivations that were instantiated.
    texts: Vec<Text>,
}

impl Engine {
    /// An engine on the local store that the settings name; it is opened when it is first needed.
    #[must_use]
    pub fn new(
        settings: Settings,
        reporter: Rc<dyn Reporter>,
        cancellation: Cancellation,
    ) -> Engine {
        let store = Arc::new(LocalStore::new(settings.layout.clone()));
        Engine::with_store(settings, store, reporter, cancellation)
    }

    /// An engine on this store, whose objects have to be in this machine's file system.
    #[must_use]
    pub fn with_store(
        settings: Settings,
        store: Arc<dyn Store>,
        reporter: Rc<dyn Reporter>,
        cancellation: Cancellation,
    ) -> Engine {
        Engine::with_stores(settings, store, None, reporter, cancellation)
    }

    /// An engine that evaluates on one store and builds in another, when that is given.
    #[must_use]
    pub fn with_stores(
        settings: Settings,
        store: Arc<dyn Store>,
        building: Option<Arc<dyn Store>>,
        reporter: Rc<dyn Reporter>,
        cancellation: Cancellation,
    ) -> Engine {
        if let Some(building) = building.as_ref().and_then(|store| store.as_local()) {
            building.set_lender(Arc::clone(&store));
        }
        Engine {
            shared: Rc::new(Shared {
                store,
                building,
                settings,
                reporter,
                cancellation,
                flakes: OnceCell::new(),
                pending: RefCell::default(),
                noticed: RefCell::default(),
                told: RefCell::default(),
                told_before: RefCell::default(),
            }),
        }
    }

    /// The store; where things are built, when there are two.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &**self.shared.building_store()
    }

    /// The store that evaluations write to.
    #[must_use]
    pub fn evaluation_store(&self) -> &dyn Store {
        &*self.shared.store
    }

    /// The store, to be shared.
    #[must_use]
    pub fn shared_store(&self) -> Arc<dyn Store> {
        Arc::clone(self.shared.building_store())
    }

    /// The store as one whose files are the caller's.
    ///
    /// # Errors
    /// When it is another kind of store; `operation` is what was to be done.
    pub fn local_store(&self, operation: &'static str) -> Result<&LocalStore, EngineError> {
        let store = self.shared.building_store();
        store.as_local().ok_or_else(|| {
            EngineError::Store(StoreError::Unsupported {
                operation,
                store: store.uri(),
            })
        })
    }

    /// What stops its work.
    #[must_use]
    pub fn cancellation(&self) -> &Cancellation {
        &self.shared.cancellation
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// An evaluator whose host is this engine. `adjust` changes its settings.
    #[must_use]
    pub fn evaluator(&self, adjust: impl FnOnce(&mut nix_eval::Settings)) -> Evaluator {
        let settings = self.evaluation(adjust);
        let host = host::EngineHost::new(Rc::clone(&self.shared), settings.syntax());
        Evaluator::new(Box::new(host), settings)
    }

    /// The same, with the files of a recording.
    fn recorded_evaluator(
        &self,
        adjust: impl FnOnce(&mut nix_eval::Settings),
        recording: Rc<evaluations::Recording>,
    ) -> Evaluator {
        let settings = self.evaluation(adjust);
        let mounts = Rc::clone(&recording.mounts);
        let shared = Rc::clone(&self.shared);
        let host = evaluations::RecordedHost::new(shared, settings.syntax(), recording);
        Evaluator::new(Box::new(host), settings).with_mounts(mounts)
    }

    /// An evaluator that computes store paths without writing to the store; only what has to be
    /// fetched is written.
    ///
    /// # Errors
    /// When the settings name no directory for the store.
    pub fn read_only_evaluator(
        &self,
        adjust: impl FnOnce(&mut nix_eval::Settings),
    ) -> Result<Evaluator, EngineError> {
        let settings = self.evaluation(adjust);
        let host = read_only::ReadOnlyEngineHost::new(Rc::clone(&self.shared), settings.syntax())
            .map_err(|error| EngineError::Other(error.to_string()))?;
        Ok(Evaluator::new(Box::new(host), settings))
    }

    fn evaluation(&self, adjust: impl FnOnce(&mut nix_eval::Settings)) -> nix_eval::Settings {
        let settings = &self.shared.settings;
        let mut evaluation = nix_eval::Settings {
            system: settings.system.clone(),
            pure_eval: settings.pure,
            features: settings.features.clone(),
            interrupt: self.shared.cancellation.flag(),
            ..nix_eval::Settings::default()
        };
        adjust(&mut evaluation);
        evaluation
    }

    /// Reads a store path as the user writes it.
    ///
    /// # Errors
    /// When it is not one of this store.
    pub fn parse_store_path(&self, path: &Path) -> Result<StorePath, EngineError> {
        Ok(self.store().store_dir().parse(&path.to_string_lossy())?)
    }
}

impl Shared {
    /// Where things are built.
    fn building_store(&self) -> &Arc<dyn Store> {
        self.building.as_ref().unwrap_or(&self.store)
    }

    /// Writes what an evaluation made to the store.
    fn flush(&self) -> Result<(), nix_store::StoreError> {
        let Pending { trees, texts } = std::mem::take(&mut *self.pending.borrow_mut());
        if !trees.is_empty() {
            self.store.add_trees(&trees)?;
        }
        if texts.is_empty() {
            Ok(())
        } else {
            self.store.add_texts(&texts)
        }
    }
}
