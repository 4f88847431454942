//! How flakes are found and fetched.

use std::path::PathBuf;

use nix_transfer::ClientOptions;

/// The registry of everybody, unless the setting `flake-registry` names another.
pub const GLOBAL_REGISTRY: &str = "https://channels.nixos.org/flake-registry.json";

/// Where registries are.
#[derive(Clone, Debug, Default)]
pub struct RegistryFiles {
    /// The user's.
    pub user: Option<PathBuf>,
    /// The system's.
    pub system: Option<PathBuf>,
    /// Everybody's: a path or a URL. Empty for none.
    pub global: String,
}

/// How flakes are found and fetched. The defaults are those of Nix, without registries.
#[derive(Clone, Debug)]
pub struct FlakeSettings {
    /// Where registries are.
    pub registries: RegistryFiles,
    /// References that stand for others in this run, before all registries.
    pub replacements: Vec<(String, String)>,
    /// Whether names are looked up in registries.
    pub use_registries: bool,
    /// Whether a Git tree with changes that are not committed may be used.
    pub allow_dirty: bool,
    /// Whether there is a warning about it.
    pub warn_dirty: bool,
    /// Whether Git repositories of this machine are fetched as if they were of another: for tests.
    pub files_as_remote: bool,
    /// Whether signatures of commits may be asked for (the feature `verified-fetches`).
    pub verified_fetches: bool,
    /// Whether lock files may have inputs that only their hash makes sure of.
    pub allow_dirty_locks: bool,
    /// For how many seconds an answer of a server is taken without asking again.
    pub tarball_ttl: u64,
    /// Whether nothing is fetched from other machines.
    pub offline: bool,
    /// Whether archives of GitHub and the like, known by their revision, count as locked.
    pub trust_tarballs_from_git_forges: bool,
    /// Tokens by host, or host and path, as the setting `access-tokens` has them.
    pub access_tokens: String,
    /// URLs that begin with the first text are asked for at the second: mirrors.
    pub url_replacements: Vec<(String, String)>,
    /// How other machines are reached.
    pub client: ClientOptions,
    /// The first line of the message of a commit of a lock file; empty for the usual.
    pub commit_summary: String,
}

impl Default for FlakeSettings {
    fn default() -> FlakeSettings {
        FlakeSettings {
            registries: RegistryFiles::default(),
            replacements: Vec::new(),
            use_registries: true,
            allow_dirty: true,
            warn_dirty: true,
            files_as_remote: false,
            verified_fetches: false,
            allow_dirty_locks: false,
            tarball_ttl: 60 * 60,
            offline: false,
            trust_tarballs_from_git_forges: true,
            access_tokens: String::new(),
            url_replacements: Vec::new(),
            client: ClientOptions::default(),
            commit_summary: String::new(),
        }
    }
}
