//! The settings of flakes, fetchers and the network.

use std::path::PathBuf;

use nix_engine::{FlakeSettings, GLOBAL_REGISTRY, RegistryFiles};

use super::Configuration;
use crate::environment::Environment;
use crate::network;

impl Configuration {
    /// How flakes are found and fetched.
    pub fn flake_settings(&self, environment: &Environment) -> FlakeSettings {
        let config = environment
            .path("XDG_CONFIG_HOME")
            .or_else(|| environment.home().map(|home| home.join(".config")));
        let system = environment
            .path("NIX_CONF_DIR")
            .unwrap_or_else(|| PathBuf::from("/etc/nix"));
        let registries = RegistryFiles {
            user: config.map(|config| config.join("nix/registry.json")),
            system: Some(system.join("registry.json")),
            global: self
                .get("flake-registry")
                .unwrap_or(GLOBAL_REGISTRY)
                .to_owned(),
        };
        let setting = |name: &str| self.get(name).map(str::to_owned);
        let defaults = FlakeSettings::default();
        let summary = self
            .get("commit-lock-file-summary")
            .or_else(|| self.get("commit-lockfile-summary"));
        FlakeSettings {
            registries,
            use_registries: self.is("use-registries", defaults.use_registries),
            allow_dirty: self.is("allow-dirty", defaults.allow_dirty),
            warn_dirty: self.is("warn-dirty", defaults.warn_dirty),
            // As Nix's tests have it.
            files_as_remote: environment.text("_NIX_FORCE_HTTP").as_deref() == Some("1"),
            allow_dirty_locks: self.is("allow-dirty-locks", defaults.allow_dirty_locks),
            tarball_ttl: self.number("tarball-ttl").unwrap_or(defaults.tarball_ttl),
            trust_tarballs_from_git_forges: self.is(
                "trust-tarballs-from-git-forges",
                defaults.trust_tarballs_from_git_forges,
            ),
            access_tokens: self.get("access-tokens").unwrap_or_default().to_owned(),
            url_replacements: self
                .words("url-replacements")
                .filter_map(|pair| {
                    let (from, to) = pair.split_once('=')?;
                    Some((from.to_owned(), to.to_owned()))
                })
                .collect(),
            client: network::client_options(&setting, environment),
            offline: network::is_offline(&setting),
            verified_fetches: self.has_feature("verified-fetches"),
            commit_summary: summary.unwrap_or_default().to_owned(),
            ..defaults
        }
    }
}
