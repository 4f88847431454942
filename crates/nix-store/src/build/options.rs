//! How to build.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix_wire::{ContentAddress, StorePath};

use super::{
    AllocatedUsers, BuilderDaemon, BuiltinSettings, Cancellation, FreeSpace, Launcher, Observer,
    RemoteBuilders, SandboxOptions,
};
use crate::error::StoreError;
use crate::local::LocalStore;

/// What a build is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BuildMode {
    /// To have outputs that are missing.
    #[default]
    Normal,
    /// To replace outputs that are not as they were registered.
    Repair,
    /// To see whether the outputs that are there would be made again.
    Check,
}

/// Kinds of derivations that are not for everybody yet: Nix's experimental features.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `ca-derivations`: outputs that are known by their contents.
    pub content_addressed: bool,
    /// `impure-derivations`: outputs that are made anew each time.
    pub impure: bool,
    /// `recursive-nix`: builders that use the store themselves.
    pub recursive: bool,
}

/// Which logs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// Whether they are.
    pub keep: bool,
    /// Whether they are compressed, by bzip2.
    pub compress: bool,
    /// A builder that writes more, in bytes, is killed.
    pub limit: Option<u64>,
}

/// A place that has objects which are then not built.
pub trait Substituter: fmt::Debug + Send + Sync {
    /// Those of the paths that it could make valid, with all that they refer to.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn offered(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError>;

    /// What those of the paths that it has refer to and nobody has, so that it does not offer them.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn lacking(
        &self,
        _store: &LocalStore,
        _paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        Ok(BTreeSet::new())
    }

    /// Is told that an object, if it is anywhere, has this content address: it may have another
    /// path there.
    fn expect(&self, _path: &StorePath, _address: &ContentAddress) {}

    /// Makes the paths valid, with all that they refer to. What it cannot get it leaves out, having
    /// told the observer why.
    ///
    /// # Errors
    /// When it was stopped, or the store fails.
    fn substitute(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<(), StoreError>;

    /// Puts a good copy in the place of a registered object, if it has one. Gives whether it did.
    ///
    /// # Errors
    /// When it was stopped, or the store fails.
    fn repair(
        &self,
        _store: &LocalStore,
        _path: &StorePath,
        _cancellation: &Cancellation,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// What for.
    pub mode: BuildMode,
    /// How many builders run at the same time. With none, only what needs no builder is made.
    pub jobs: usize,
    /// What builders are told of how many threads they may use.
    pub cores: usize,
    /// The systems whose builders run here, this machine's own first: `x86_64-linux`.
    pub systems: Vec<String>,
    /// What derivations may require of this machine.
    pub system_features: BTreeSet<String>,
    /// Where builders have their directories; `builds` in the state directory when not given.
    pub build_dir: Option<PathBuf>,
    /// Whether the directory of a builder that failed is left, and an output that differs.
    pub keep_failed: bool,
    /// Whether to build what can be built after a failure.
    pub keep_going: bool,
    /// Whether to build what could not be fetched, though it was promised.
    pub fallback: bool,
    /// How many of the last lines of its log an error has.
    pub log_lines: usize,
    /// Which logs are kept.
    pub logs: LogOptions,
    /// The values of variables that derivations with the network may ask for by `impureEnvVars`.
    pub impure_variables: BTreeMap<String, String>,
    /// What starts builders; this process, when not given.
    pub launcher: Option<Launcher>,
    /// After which time a builder is killed.
    pub timeout: Option<Duration>,
    /// After which time without a word a builder is killed.
    pub silent_timeout: Option<Duration>,
    /// What builders see of this machine.
    pub sandbox: SandboxOptions,
    /// Whether system calls by which a builder would make files that a store cannot hold are
    /// refused. Needs a launcher.
    pub filter_system_calls: bool,
    /// The group whose members builders are run as, where root builds; `None` for root itself.
    pub build_users_group: Option<String>,
    /// Numbers of users that builders are run as where that group has no members.
    pub allocated_users: AllocatedUsers,
    /// Whether a build fails where the groups of this process cannot be dropped.
    pub drop_groups: bool,
    /// Why no build is begun: a setting asks for what this program cannot do.
    pub refusal: Option<String>,
    /// What is allowed that is not for everybody yet.
    pub features: Features,
    /// Asked in this order for what is missing, before it is built.
    pub substituters: Vec<Arc<dyn Substituter>>,
    /// How much room builds are to have.
    pub free_space: Option<FreeSpace>,
    /// A program that is run after each build, with the derivation (`DRV_PATH`) and the outputs
    /// (`OUT_PATHS`) in its environment.
    pub post_build_hook: Option<PathBuf>,
    /// A program that is run before each build in a sandbox, with the derivation and the root of the
    /// sandbox as arguments. It prints `extra-sandbox-paths` and then lines as that setting has words.
    pub pre_build_hook: Option<PathBuf>,
    /// A program that shows how an output that was built again differs from the one in the store. Its
    /// arguments are the two, the derivation, and the builder's directory.
    pub diff_hook: Option<PathBuf>,
    /// Other machines that build for this one.
    pub remote_builders: Option<Arc<dyn RemoteBuilders>>,
    /// What answers builders that use the store themselves.
    pub builder_daemon: Option<Arc<dyn BuilderDaemon>>,
    /// Data for builders that are part of the launcher's program.
    pub builtin_settings: Option<Arc<dyn BuiltinSettings>>,
}

impl BuildOptions {
    /// Builds for this system with as many jobs and cores as the machine has, without a sandbox.
    #[must_use]
    pub fn new(system: &str) -> BuildOptions {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let features = ["benchmark", "big-parallel", "nixos-test"];
        BuildOptions {
            mode: BuildMode::Normal,
            jobs: threads,
            cores: threads,
            systems: vec![system.to_owned()],
            system_features: features.map(str::to_owned).into(),
            build_dir: None,
            keep_failed: false,
            keep_going: false,
            fallback: false,
            log_lines: 25,
            logs: LogOptions {
                keep: true,
                compress: true,
                limit: None,
            },
            impure_variables: BTreeMap::new(),
            launcher: None,
            timeout: None,
            silent_timeout: None,
            sandbox: SandboxOptions::default(),
            filter_system_calls: true,
            build_users_group: None,
            allocated_users: AllocatedUsers::default(),
            drop_groups: false,
            refusal: None,
            features: Features::default(),
            substituters: Vec::new(),
            free_space: None,
            post_build_hook: None,
            pre_build_hook: None,
            diff_hook: None,
            remote_builders: None,
            builder_daemon: None,
            builtin_settings: None,
        }
    }
}
