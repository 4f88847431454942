//! Stores other than the usual one, by name, and what is fetched from them: what Nix's settings
//! about transfers, caches and signatures come to.

mod open;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use nix_cache::{Lookups, TimesToLive};
use nix_daemon::builders::{BuilderPool, parse_machines};
use nix_daemon::server::DaemonOfBuilders;
use nix_engine::StoreOpener;
use nix_store::build::{
    BuildOptions, Cancellation, RemoteBuilders, Substituter as BuildSubstituter,
};
use nix_store::signature::{PublicKeys, SecretKey, Trust};
use nix_store::store::{Store, StoreReference};
use nix_store::substitute::{Expected, Renamed, Substituter, Substituters, SubstitutionObserver};
use nix_store::{Layout, LocalStore, StoreError};
use nix_transfer::{Client, ClientOptions, Observer, TransferError};
use nix_wire::{ContentAddress, StoreDir, StorePath};

use open::Places;

use crate::applets::configuration::{Configuration, truth};
use crate::builtins::FetchSettings;
use crate::environment::Environment;
use crate::network;
use crate::printer::WARNING;
use crate::report::Failure;
use crate::terminal;

/// The cache that the system's store fetches from when nobody says otherwise, and its key.
const USUAL_CACHE: &str = "https://cache.nixos.org/";
const USUAL_KEY: &str = "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";
/// The store that it is for.
const USUAL_STORE: &str = "/nix/store";

/// How other stores are reached.
pub struct StoreAccess {
    /// The values of settings of Nix that somebody has set.
    settings: BTreeMap<String, String>,
    environment: Environment,
    places: Places,
    /// Made when it is first needed, since most commands reach nobody.
    client: OnceLock<Client>,
    lookups: Arc<Lookups>,
    /// What is going to be asked for by its contents.
    expected: Expected,
}

impl StoreAccess {
    /// Reads the settings. `layout` is the local store that the surroundings name.
    pub fn new(
        configuration: &Configuration,
        environment: &Environment,
        layout: &Layout,
    ) -> StoreAccess {
        let settings = configuration.all();
        StoreAccess {
            environment: environment.clone(),
            places: Places::new(environment, layout),
            client: OnceLock::new(),
            lookups: Arc::new(Lookups::new(
                environment
                    .cache_directory()
                    .join("nix/binary-cache-home-manager-v1.sqlite"),
                times_to_live(&settings),
            )),
            settings,
            expected: Expected::default(),
        }
    }

    /// What opens URLs.
    pub fn client(&self) -> &Client {
        self.client
            .get_or_init(|| Client::new(self.client_options()))
    }

    fn is(&self, name: &str, default: bool) -> bool {
        let setting = self.setting(name);
        setting.as_deref().and_then(truth).unwrap_or(default)
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    fn number(&self, name: &str) -> Option<u64> {
        number(&self.settings, name)
    }

    /// Returns how the client works, whose `netrc` is the text of [`StoreAccess::netrc`].
    pub fn client_options(&self) -> ClientOptions {
        network::client_options(&|name| self.setting(name), &self.environment)
    }

    /// Returns the file of names and passwords for servers; nothing if it cannot be read.
    pub fn netrc(&self) -> String {
        network::netrc(&|name| self.setting(name), &self.environment)
    }

    /// Returns the servers that have files by their hashes, for `builtin:fetchurl`.
    pub fn hashed_mirrors(&self) -> Vec<String> {
        let text = self.setting("hashed-mirrors").unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// Whom the settings trust to vouch for objects.
    ///
    /// # Errors
    /// When a key is none.
    pub fn trust(&self) -> Result<Trust, Failure> {
        let text = self
            .setting("trusted-public-keys")
            .unwrap_or_else(|| USUAL_KEY.to_owned());
        let mut keys = PublicKeys::parse(&text)
            .map_err(|error| Failure::new(error.to_string()).note("in 'trusted-public-keys'"))?;
        for key in self.secret_keys()? {
            keys.extend([key.to_public()].into_iter().collect());
        }
        Ok(Trust {
            required: self.is("require-sigs", true),
            keys,
        })
    }

    /// The keys with which is signed what is built.
    ///
    /// # Errors
    /// When a file cannot be read or has none.
    pub fn secret_keys(&self) -> Result<Vec<SecretKey>, Failure> {
        let files = self.setting("secret-key-files").unwrap_or_default();
        files
            .split_whitespace()
            .map(|file| read_secret_key(Path::new(file)))
            .collect()
    }

    /// Tells a local store whom to trust, how to sign, and how surely to write to the disk.
    ///
    /// # Errors
    /// When a key cannot be had.
    pub fn prepare(&self, store: &LocalStore) -> Result<(), Failure> {
        store.set_trust(self.trust()?);
        store.set_secret_keys(self.secret_keys()?);
        let is = |name: &str, default: bool| {
            let value = self.settings.get(name);
            value.map_or(default, |value| value == "true")
        };
        store.set_durability(is("fsync-store-paths", false), is("fsync-metadata", true));
        Ok(())
    }

    /// As [`StoreAccess::prepare`], and as the parameters of the store's name say.
    ///
    /// # Errors
    /// When a key cannot be had, or a parameter is none.
    pub fn prepare_as(
        &self,
        store: &LocalStore,
        reference: &StoreReference,
    ) -> Result<(), Failure> {
        self.prepare(store)?;
        if let Some(required) = boolean(reference, "require-sigs")? {
            store.set_trust(Trust {
                required,
                ..self.trust()?
            });
        }
        Ok(())
    }

    /// Where objects are fetched from that are not in the usual store. Those that cannot be opened
    /// are told and left out.
    pub fn substituters(&self, observer: Box<dyn SubstitutionObserver>) -> Substituters {
        let mut list = Vec::new();
        for name in self.substituter_names() {
            match self.open_substituter(&name) {
                Ok(substituter) => list.push(substituter),
                Err(failure) => observer.warning(&failure.message),
            }
        }
        let threads = self
            .number("max-substitution-jobs")
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(16);
        Substituters::new(list, threads, observer)
    }

    /// Tells a build where it may fetch from, what gets single files and reads archives,
    /// and which other machines build for this one.
    ///
    /// # Errors
    /// When the list of machines is none.
    pub fn equip(
        self,
        build: &mut BuildOptions,
        observer: Box<dyn SubstitutionObserver>,
    ) -> Result<(), Failure> {
        let access = Arc::new(self);
        build.remote_builders = access.remote_builders(&build.systems)?;
        build.builtin_settings = Some(Arc::new(FetchSettings::new(Arc::clone(&access))));
        build.builder_daemon = Some(Arc::new(DaemonOfBuilders {
            nix_version: nix_eval::NIX_VERSION.to_owned(),
        }));
        build.substituters = OnDemand::for_builds(access, observer);
        Ok(())
    }

    /// What opens the stores that programs name.
    pub fn into_opener(self) -> StoreOpener {
        StoreOpener::new(move |reference| {
            self.open_reference(reference)
                .map_err(|failure| failure.message)
        })
    }

    fn remote_builders(
        self: &Arc<Self>,
        own_systems: &[String],
    ) -> Result<Option<Arc<dyn RemoteBuilders>>, Failure> {
        let text = self.setting("builders").unwrap_or_else(|| {
            let file = nix_conf_directory(&self.environment).join("machines");
            format!("@{}", file.display())
        });
        let own_systems = own_systems.iter().take(1).cloned().collect();
        let machines = parse_machines(&text, &own_systems)
            .map_err(|error| Failure::new(error.to_string()).note("in 'builders'"))?;
        if machines.is_empty() {
            return Ok(None);
        }
        let access = Arc::clone(self);
        let open = move |reference: &StoreReference| {
            access
                .open_reference(reference)
                .map_err(|failure| failure.message)
        };
        let substitute = self.is("builders-use-substitutes", false);
        Ok(Some(Arc::new(BuilderPool::new(
            machines,
            self.places.layout.state_dir.join("current-load"),
            substitute,
            Box::new(open),
        ))))
    }

    fn substituter_names(&self) -> Vec<String> {
        if !self.is("substitute", true) {
            return Vec::new();
        }
        let usual = || match self.places.layout.store_dir.as_str() {
            USUAL_STORE if has_network() => USUAL_CACHE.to_owned(),
            _ => String::new(),
        };
        let text = self.setting("substituters").unwrap_or_else(usual);
        let mut names: Vec<String> = Vec::new();
        for name in text.split_whitespace() {
            if !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// Those of the paths that caches offer which may be asked for many.
    pub fn substitutable(&self, paths: &BTreeSet<StorePath>) -> BTreeSet<StorePath> {
        let mut found = BTreeSet::new();
        for name in self.substituter_names() {
            let cache = parse(&name).and_then(|reference| self.open_cache(&reference));
            let Ok(Some(cache)) = cache else { continue };
            if !cache.cache_info().is_ok_and(|info| info.want_mass_query) {
                continue;
            }
            for path in paths {
                if matches!(cache.path_info(path), Ok(Some(_))) {
                    found.insert(path.clone());
                }
            }
        }
        found
    }

    /// A store with objects by the paths that they have in the usual one.
    fn as_ours(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        let ours = &self.places.layout.store_dir;
        if store.store_dir() == ours {
            return store;
        }
        Arc::new(Renamed::new(store, ours.clone(), self.expected.clone()))
    }

    fn open_substituter(&self, name: &str) -> Result<Substituter, Failure> {
        let reference = parse(name)?;
        if let Some(cache) = self.open_cache(&reference)? {
            let info = cache
                .cache_info()
                .map_err(|error| Failure::new(error.to_string()))?;
            return Ok(Substituter {
                trusted: cache.is_trusted(),
                priority: info.priority,
                store: self.as_ours(Arc::new(cache)),
            });
        }
        let store = self.open(name)?;
        store
            .connect()
            .map_err(|error| Failure::new(error.to_string()))?;
        Ok(Substituter {
            store: self.as_ours(store),
            trusted: boolean(&reference, "trusted")?.unwrap_or(false),
            priority: reference
                .parameter("priority")
                .and_then(|priority| priority.parse().ok())
                .unwrap_or(0),
        })
    }
}

/// A parameter of a store that is on or off, if it is there.
fn boolean(reference: &StoreReference, name: &str) -> Result<Option<bool>, Failure> {
    reference
        .boolean(name)
        .map_err(|error| Failure::new(error.to_string()))
}

/// Substituters that are opened when something is missing.
struct OnDemand {
    access: Arc<StoreAccess>,
    observer: Mutex<Option<Box<dyn SubstitutionObserver>>>,
    opened: OnceLock<Substituters>,
}

impl OnDemand {
    /// The substituters of the settings, as builds ask them; none when there are none.
    fn for_builds(
        access: Arc<StoreAccess>,
        observer: Box<dyn SubstitutionObserver>,
    ) -> Vec<Arc<dyn BuildSubstituter>> {
        if access.substituter_names().is_empty() {
            return Vec::new();
        }
        vec![Arc::new(OnDemand {
            access,
            observer: Mutex::new(Some(observer)),
            opened: OnceLock::new(),
        })]
    }

    fn opened(&self) -> &Substituters {
        self.opened.get_or_init(|| {
            let observer = self
                .observer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let nobody = || Box::new(nix_store::substitute::Unobserved) as Box<_>;
            self.access.substituters(observer.unwrap_or_else(nobody))
        })
    }
}

impl std::fmt::Debug for OnDemand {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OnDemand").finish_non_exhaustive()
    }
}

impl BuildSubstituter for OnDemand {
    fn expect(&self, path: &StorePath, address: &ContentAddress) {
        self.access.expected.insert(path.clone(), *address);
    }

    fn offered(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        if paths.is_empty() {
            return Ok(BTreeSet::new());
        }
        self.opened().offered(store, paths)
    }

    fn lacking(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        Ok(self.opened().plan(store, paths)?.lacking().clone())
    }

    fn substitute(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
        cancellation: &Cancellation,
        _observer: &dyn nix_store::build::Observer,
    ) -> Result<(), StoreError> {
        if paths.is_empty() {
            return Ok(());
        }
        self.opened().substitute(store, paths, cancellation)
    }

    fn repair(
        &self,
        store: &LocalStore,
        path: &StorePath,
        cancellation: &Cancellation,
    ) -> Result<bool, StoreError> {
        self.opened().repair(store, path, cancellation)
    }
}

/// Tells of transfers that are tried again.
pub struct Retries;

impl Observer for Retries {
    fn retrying(&self, _url: &str, error: &TransferError, wait: Duration) {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        terminal::say(&format!(
            "{WARNING}warning:{WARNING:#} {first}; retrying in {} ms",
            wait.as_millis()
        ));
    }
}

/// Reads a secret key from its file.
///
/// # Errors
/// When it cannot be read or has none.
pub fn read_secret_key(file: &Path) -> Result<SecretKey, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
    text.parse()
        .map_err(|error: nix_store::signature::KeyError| {
            Failure::new(format!("{error} (in '{}')", file.display()))
        })
}

fn parse(name: &str) -> Result<StoreReference, Failure> {
    name.parse()
        .map_err(|error: nix_store::store::StoreReferenceError| Failure::new(error.to_string()))
}

fn store_dir(directory: &str) -> Result<StoreDir, Failure> {
    StoreDir::new(directory).map_err(|error| Failure::new(error.to_string()))
}

fn nix_conf_directory(environment: &Environment) -> PathBuf {
    environment
        .path("NIX_CONF_DIR")
        .unwrap_or_else(|| PathBuf::from("/etc/nix"))
}

fn number(settings: &BTreeMap<String, String>, name: &str) -> Option<u64> {
    settings.get(name)?.trim().parse().ok()
}

fn times_to_live(settings: &BTreeMap<String, String>) -> TimesToLive {
    let defaults = TimesToLive::default();
    let seconds = |name: &str, default| number(settings, name).map_or(default, Duration::from_secs);
    TimesToLive {
        positive: seconds("narinfo-cache-positive-ttl", defaults.positive),
        negative: seconds("narinfo-cache-negative-ttl", defaults.negative),
        meta: seconds("narinfo-cache-meta-ttl", defaults.meta),
    }
}

/// Whether there is a way to other machines: without one a cache that nobody asked for is not
/// waited for.
fn has_network() -> bool {
    let routes = |file: &str, header: usize| {
        std::fs::read_to_string(file).is_ok_and(|text| {
            text.lines().skip(header).any(|line| {
                line.split_whitespace().next_back() != Some("lo") && !line.starts_with("lo\t")
            })
        })
    };
    routes("/proc/net/route", 1) || routes("/proc/net/ipv6_route", 0)
}
