//! The settings of flakes, fetchers and the network.

use std::path::PathBuf;
use std::time::Duration;

use nix_engine::{FlakeSettings, GLOBAL_REGISTRY, RegistryFiles};
use nix_transfer::{ClientOptions, Netrc};

use super::Configuration;
use crate::environment::Environment;

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
            client: self.client_options(environment),
            commit_summary: summary.unwrap_or_default().to_owned(),
            ..defaults
        }
    }

    /// How other machines are reached.
    fn client_options(&self, environment: &Environment) -> ClientOptions {
        let defaults = ClientOptions::default();
        let netrc = self.get("netrc-file").map_or_else(
            || {
                let directory = environment.path("NIX_CONF_DIR");
                directory
                    .unwrap_or_else(|| PathBuf::from("/etc/nix"))
                    .join("netrc")
            },
            PathBuf::from,
        );
        let seconds = |name: &str| self.number(name).map(Duration::from_secs);
        let variable = |name: &str| {
            environment
                .text(name)
                .or_else(|| environment.text(&name.to_uppercase()))
        };
        let named = [
            environment.path("NIX_SSL_CERT_FILE"),
            environment.path("SSL_CERT_FILE"),
            self.get("ssl-cert-file").map(PathBuf::from),
        ];
        let certificates = named.into_iter().flatten().chain(defaults.certificates);
        ClientOptions {
            connect_timeout: seconds("connect-timeout").or(defaults.connect_timeout),
            stalled_timeout: seconds("stalled-download-timeout").or(defaults.stalled_timeout),
            attempts: self
                .number("download-attempts")
                .and_then(|attempts| u32::try_from(attempts).ok())
                .unwrap_or(defaults.attempts),
            netrc: std::fs::read_to_string(netrc)
                .map(|text| Netrc::parse(&text))
                .unwrap_or_default(),
            certificates: certificates.collect(),
            proxies: (variable("http_proxy"), variable("https_proxy")),
            no_proxy: variable("no_proxy"),
            ..ClientOptions::default()
        }
    }
}
