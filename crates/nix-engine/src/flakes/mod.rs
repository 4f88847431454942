//! Flakes of an engine: fetched into its store, with the program's own source among them.

mod builtins;
mod embedded;
mod settings;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use nix_eval::{Evaluator, Value};
use nix_flake::fetch::{AnyStore, FetchCache, FetchSettings, Network, TreeFetcher, UntrackedFile};
use nix_flake::lock::InputPath;
use nix_flake::reference::{CommandLineReference, FoundReference, ParseOptions, parse};
use nix_flake::registry::{Registries, RegistryEntry, RegistryPlaces};
use nix_flake::{FlakeError, FlakeReference, Flakes, LockFlags, LockedFlake, call_flake};
use nix_transfer::{AccessTokens, Client};

pub(crate) use builtins::{parse_flake_reference, print_flake_reference};
pub use settings::{FlakeSettings, GLOBAL_REGISTRY, RegistryFiles};

use self::embedded::Embedded;
use crate::reporter::Event;
use crate::{Engine, EngineError, Shared};

/// How a flake is locked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlakeOptions {
    /// The directory that relative references start from.
    pub directory: PathBuf,
    /// Whether nothing of the old lock file is kept.
    pub recreate: bool,
    /// Whether the lock file must not have to change.
    pub no_update: bool,
    /// Whether a new lock file is used without being written.
    pub no_write: bool,
    /// Whether an input that is not locked is an error.
    pub fail_on_unlocked: bool,
    /// Whether a lock file that is written is committed.
    pub commit: bool,
    /// Inputs that are locked anew.
    pub updates: Vec<String>,
    /// Inputs that are something else.
    pub overrides: Vec<(String, String)>,
    /// Flakes whose inputs stand for the names of registries.
    pub inputs_from: Vec<String>,
    /// The lock file to start from, in place of the flake's own.
    pub reference_lock_file: Option<PathBuf>,
    /// The file to write, in place of the flake's own.
    pub output_lock_file: Option<PathBuf>,
    /// Whether servers are asked again, whatever they answered not long ago. Inputs that are updated are
    /// always asked for.
    pub ask_servers: bool,
}

/// A flake that is locked and whose outputs can be evaluated.
pub struct Flake {
    outputs: Value,
    flakes: Rc<Flakes>,
    locked: Rc<LockedFlake>,
    own: Vec<(PathBuf, PathBuf)>,
}

impl Flake {
    pub(crate) fn new(
        outputs: Value,
        flakes: Rc<Flakes>,
        locked: Rc<LockedFlake>,
        own: Vec<(PathBuf, PathBuf)>,
    ) -> Flake {
        Flake {
            outputs,
            flakes,
            locked,
            own,
        }
    }

    /// The flake as a value: its outputs and what is known of its source.
    #[must_use]
    pub fn outputs(&self) -> Value {
        self.outputs
    }

    /// What it was locked to.
    #[must_use]
    pub fn locked(&self) -> &LockedFlake {
        &self.locked
    }

    /// The trees that the user edits: where they are in the store, and where they come from.
    #[must_use]
    pub fn own_trees(&self) -> Vec<(PathBuf, PathBuf)> {
        self.own.clone()
    }

    /// Whether it is the source that the program carries with itself.
    #[must_use]
    pub fn is_own_source(&self) -> bool {
        self.locked.flake.location.tree.nar_hash.sri() == hm_embedded::NAR_HASH
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
    /// What flakes are fetched with.
    #[must_use]
    pub fn flakes(&self) -> Rc<Flakes> {
        self.shared.flakes()
    }

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
        let found = self.find_reference(reference, &options.directory)?;
        self.lock_flake(evaluator, &found.reference, options)
    }

    /// Finds out what a user means by a reference to a flake.
    ///
    /// # Errors
    /// When it is no reference, or there is no flake.
    pub fn find_reference(
        &self,
        reference: &str,
        directory: &Path,
    ) -> Result<FoundReference, EngineError> {
        let found = find(reference, directory)?;
        for notice in &found.notices {
            // Once, however often it is looked for.
            if self.shared.noticed.borrow_mut().insert(notice.clone()) {
                self.shared.reporter.report(Event::Warning(notice));
            }
        }
        Ok(found)
    }

    /// Locks a flake, and prepares its outputs.
    ///
    /// # Errors
    /// When it is not found or not a flake, or when it cannot be locked.
    pub fn lock_flake(
        &self,
        evaluator: &Evaluator,
        reference: &FlakeReference,
        options: &FlakeOptions,
    ) -> Result<Flake, EngineError> {
        let flakes = self.shared.flakes();
        let flags = self.lock_flags(options)?;
        if options.ask_servers || options.recreate || !options.updates.is_empty() {
            flakes.fetcher.ask_servers();
        }
        for text in &options.inputs_from {
            self.add_inputs_of(evaluator, text, options)?;
        }
        let locked = flakes
            .lock(evaluator, reference, &flags)
            .map_err(|error| explain(error, evaluator))?;
        let tree = &locked.flake.location.tree;
        let own = tree.source.directory().map(|directory| {
            let stored = self.store().store_dir().print(&tree.store_path);
            (PathBuf::from(stored), directory.to_owned())
        });
        let locked = Rc::new(locked);
        Ok(Flake {
            outputs: call_flake(evaluator, &flakes, Rc::clone(&locked)),
            flakes,
            locked,
            own: own.into_iter().collect(),
        })
    }

    /// Lets the inputs of a flake stand for their names, as `--inputs-from` asks.
    fn add_inputs_of(
        &self,
        evaluator: &Evaluator,
        reference: &str,
        options: &FlakeOptions,
    ) -> Result<(), EngineError> {
        let flakes = self.shared.flakes();
        let found = self.find_reference(reference, &options.directory)?;
        let flags = LockFlags {
            write: false,
            ..LockFlags::default()
        };
        let locked = flakes
            .lock(evaluator, &found.reference, &flags)
            .map_err(|error| explain(error, evaluator))?;
        let lock_file = &locked.lock_file;
        for name in lock_file.node(nix_flake::lock::NodeId::ROOT).inputs.keys() {
            let path = InputPath(vec![name.clone()]);
            let node = lock_file.find(&path).map_err(FlakeError::from)?;
            let lock = node.and_then(|node| lock_file.node(node).lock.as_ref());
            if let Some(lock) = lock {
                let from = FlakeReference::indirect(name).map_err(FlakeError::from)?;
                flakes.registries.replace(&from, &lock.locked);
            }
        }
        Ok(())
    }

    fn lock_flags(&self, options: &FlakeOptions) -> Result<LockFlags, EngineError> {
        let settings = &self.shared.settings.flakes;
        let mut flags = LockFlags {
            write: !options.no_write,
            update: !options.no_update,
            fail_on_unlocked: options.fail_on_unlocked,
            commit: options.commit,
            commit_summary: settings.commit_summary.clone(),
            reference_lock_file: options.reference_lock_file.clone(),
            output_lock_file: options.output_lock_file.clone(),
            ..LockFlags::default()
        };
        flags.options.use_registries = settings.use_registries;
        flags.options.recreate = options.recreate;
        for name in &options.updates {
            flags
                .options
                .updates
                .insert(InputPath::parse(name).map_err(FlakeError::from)?);
        }
        for (name, reference) in &options.overrides {
            let name = InputPath::parse(name).map_err(FlakeError::from)?;
            let found = CommandLineReference {
                text: reference,
                base: &options.directory,
                allow_missing: true,
                flake: true,
            };
            let found = found.find().map_err(FlakeError::from)?;
            flags.options.overrides.insert(name, found.reference);
        }
        Ok(flags)
    }
}

/// An error about a flake; that of an evaluation keeps its positions.
fn explain(error: FlakeError, evaluator: &Evaluator) -> EngineError {
    match error.cause() {
        FlakeError::Eval(_) => match error.into_cause() {
            FlakeError::Eval(error) => EngineError::Evaluation(Box::new(evaluator.report(&error))),
            cause => EngineError::Flake(cause),
        },
        _ => EngineError::Flake(error),
    }
}

fn find(reference: &str, directory: &Path) -> Result<FoundReference, EngineError> {
    let reference = CommandLineReference {
        text: reference,
        base: directory,
        allow_missing: false,
        flake: true,
    };
    Ok(reference.find().map_err(FlakeError::from)?)
}

impl Shared {
    /// What flakes are fetched with.
    pub(crate) fn flakes(&self) -> Rc<Flakes> {
        Rc::clone(self.flakes.get_or_init(|| self.new_flakes()))
    }

    fn new_flakes(&self) -> Rc<Flakes> {
        let settings = &self.settings.flakes;
        let reporter = Rc::clone(&self.reporter);
        let listener = Rc::clone(&self.reporter);
        let embedded = Embedded {
            store: Arc::clone(&self.store),
        };
        let built_in = embedded.registry_entry().into_iter().collect();
        let fetcher = TreeFetcher::new(Arc::new(AnyStore(Arc::clone(&self.store))))
            .with_embedded(Rc::new(embedded))
            .with_cache(FetchCache::new(self.settings.cache.join("fetched.sqlite")))
            .with_network(self.network())
            .with_settings(FetchSettings {
                allow_dirty: settings.allow_dirty,
                warn_dirty: settings.warn_dirty,
                files_as_remote: settings.files_as_remote,
                verified_fetches: settings.verified_fetches,
                trusts_forges: settings.trust_tarballs_from_git_forges,
            })
            .with_warnings(Rc::new(move |warning| {
                reporter.report(Event::Warning(warning));
            }))
            .with_details(Rc::new(move |level, text| {
                listener.report(Event::Detail(level, format_args!("{text}")));
            }));
        let fetcher = Rc::new(fetcher);
        let (registries, warnings) = Registries::read(RegistryPlaces {
            flag: self.replacements(),
            user: settings.registries.user.clone(),
            system: settings.registries.system.clone(),
            built_in,
            global: settings.registries.global.clone(),
        });
        for warning in warnings {
            self.reporter.report(Event::Warning(&warning.to_string()));
        }
        let loader = Rc::clone(&fetcher);
        let registries = registries.with_loader(Rc::new(move |url| {
            loader.text(url).map_err(|error| error.to_string())
        }));
        let mut flakes = Flakes::new(fetcher, registries);
        flakes.allow_dirty_locks = settings.allow_dirty_locks;
        Rc::new(flakes)
    }

    /// How other machines are reached.
    fn network(&self) -> Network {
        let settings = &self.settings.flakes;
        let mut options = settings.client.clone();
        options.interrupt = self.cancellation.flag();
        Network {
            tokens: AccessTokens::parse(&settings.access_tokens),
            replacements: settings.url_replacements.clone(),
            ttl: settings.tarball_ttl,
            offline: settings.offline,
            ..Network::new(Client::new(options))
        }
    }

    /// The entries of `--override-flake`. What is no reference is told and left out.
    fn replacements(&self) -> Vec<RegistryEntry> {
        let mut entries = Vec::new();
        for (from, to) in &self.settings.flakes.replacements {
            let both = parse(from, ParseOptions::default())
                .and_then(|from| Ok((from, parse(to, ParseOptions::default())?)));
            match both {
                Ok((from, to)) => entries.push(RegistryEntry {
                    from: from.input,
                    to: to.input,
                    directory: Some(to.directory).filter(|directory| !directory.is_empty()),
                    exact: false,
                }),
                Err(error) => self.reporter.report(Event::Warning(&error.to_string())),
            }
        }
        entries
    }
}
