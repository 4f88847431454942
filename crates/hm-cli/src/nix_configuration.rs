//! The settings of `nix.conf`: of the system, of the user, of the environment, of the options.
//!
//! Later places win. A name with `extra-` before it adds words to what was said before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix_engine::{FlakeSettings, RegistryFiles};
use nix_transfer::{ClientOptions, Netrc};

use crate::environment::Environment;

/// How deeply files may include others.
const MOST_INCLUDES: usize = 16;

/// Settings by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NixConfiguration {
    values: BTreeMap<String, String>,
    /// What is wrong with the files, in words.
    pub warnings: Vec<String>,
}

impl NixConfiguration {
    /// Reads `nix.conf` of the system and of the user, and `NIX_CONFIG`.
    pub fn read(environment: &Environment) -> NixConfiguration {
        let mut configuration = NixConfiguration::default();
        let system = environment
            .path("NIX_CONF_DIR")
            .unwrap_or_else(|| PathBuf::from("/etc/nix"));
        configuration.read_file(&system.join("nix.conf"), false, 0);
        // The first file of the list is the most important one.
        for file in user_files(environment).iter().rev() {
            configuration.read_file(file, false, 0);
        }
        if let Some(text) = environment.text("NIX_CONFIG") {
            configuration.read_text(&text, &environment.directory, "NIX_CONFIG", 0);
        }
        configuration
    }

    fn read_file(&mut self, path: &Path, must_exist: bool, depth: usize) {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let directory = path.parent().unwrap_or(Path::new("/"));
                self.read_text(&text, directory, &path.display().to_string(), depth);
            }
            Err(error) if must_exist || error.kind() != std::io::ErrorKind::NotFound => self
                .warnings
                .push(format!("cannot read '{}': {error}", path.display())),
            Err(_) => {}
        }
    }

    fn read_text(&mut self, text: &str, directory: &Path, place: &str, depth: usize) {
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if let Some((name, value)) = line.split_once('=') {
                self.set(name.trim(), value.trim());
                continue;
            }
            match line.split_once(char::is_whitespace) {
                Some((word @ ("include" | "!include"), file)) if depth < MOST_INCLUDES => {
                    let file = directory.join(file.trim());
                    self.read_file(&file, word == "include", depth + 1);
                }
                _ => self.warnings.push(format!(
                    "syntax error in configuration line '{line}' in '{place}'"
                )),
            }
        }
    }

    /// Sets a value; one of a name that begins with `extra-` is added to what is there.
    pub fn set(&mut self, name: &str, value: &str) {
        match name.strip_prefix("extra-") {
            None => {
                self.values.insert(name.to_owned(), value.to_owned());
            }
            Some(name) => {
                let before = self.values.entry(name.to_owned()).or_default();
                if !before.is_empty() {
                    before.push(' ');
                }
                before.push_str(value);
            }
        }
    }

    /// A value as it was written.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A truth value.
    pub fn is(&self, name: &str, default: bool) -> bool {
        match self.get(name) {
            Some("true" | "yes" | "1") => true,
            Some("false" | "no" | "0") => false,
            _ => default,
        }
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// How flakes are found and fetched.
    pub fn flake_settings(
        &self,
        environment: &Environment,
        registries: RegistryFiles,
    ) -> FlakeSettings {
        let defaults = FlakeSettings::default();
        let summary = self
            .get("commit-lock-file-summary")
            .or_else(|| self.get("commit-lockfile-summary"));
        FlakeSettings {
            registries,
            use_registries: self.is("use-registries", defaults.use_registries),
            allow_dirty: self.is("allow-dirty", defaults.allow_dirty),
            warn_dirty: self.is("warn-dirty", defaults.warn_dirty),
            allow_dirty_locks: self.is("allow-dirty-locks", defaults.allow_dirty_locks),
            tarball_ttl: self.number("tarball-ttl").unwrap_or(defaults.tarball_ttl),
            trust_tarballs_from_git_forges: self.is(
                "trust-tarballs-from-git-forges",
                defaults.trust_tarballs_from_git_forges,
            ),
            access_tokens: self.get("access-tokens").unwrap_or_default().to_owned(),
            url_replacements: self
                .words("url-replacements")
                .iter()
                .filter_map(|pair| pair.split_once('='))
                .map(|(from, to)| (from.to_owned(), to.to_owned()))
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

    /// The words of a list.
    pub fn words(&self, name: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_default();
        value.split_whitespace().map(str::to_owned).collect()
    }
}

/// The user's files, the most important first.
fn user_files(environment: &Environment) -> Vec<PathBuf> {
    if let Some(list) = environment.text("NIX_USER_CONF_FILES") {
        return list.split(':').map(PathBuf::from).collect();
    }
    let own = environment
        .path("XDG_CONFIG_HOME")
        .or_else(|| environment.home().map(|home| home.join(".config")));
    let others = environment
        .text("XDG_CONFIG_DIRS")
        .unwrap_or_else(|| "/etc/xdg".to_owned());
    own.into_iter()
        .chain(others.split(':').map(PathBuf::from))
        .map(|directory| directory.join("nix/nix.conf"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_settings_win_and_extra_ones_are_added() {
        let mut configuration = NixConfiguration::default();
        let text = "# a comment\nexperimental-features = nix-command\nwarn-dirty = true\n\n\
                    extra-experimental-features = flakes # more\nwarn-dirty = false\nnonsense\n";
        configuration.read_text(text, Path::new("/"), "a file", 0);
        assert_eq!(
            configuration.words("experimental-features"),
            ["nix-command", "flakes"]
        );
        assert!(!configuration.is("warn-dirty", true));
        assert!(configuration.is("allow-dirty", true));
        assert_eq!(
            configuration.warnings,
            ["syntax error in configuration line 'nonsense' in 'a file'"]
        );
    }
}
