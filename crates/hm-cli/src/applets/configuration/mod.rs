//! Nix's settings: of the files of the system and of the user, of the environment, of the command
//! line, each going before those named earlier.

mod flakes;
pub mod names;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nix_store::build::BuildOptions;
use nix_store::gc::GcOptions;

use super::options::Options;
use crate::builder;
use crate::environment::Environment;
use crate::report::Failure;

/// How deep files may include each other.
const DEEPEST_INCLUDE: usize = 32;

/// Settings by their canonical names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    values: BTreeMap<String, String>,
    /// What to say of lines that mean nothing.
    pub warnings: Vec<String>,
}

impl Configuration {
    /// Reads all that apply.
    ///
    /// # Errors
    /// When a file has a line that is no setting, or includes one that is not there.
    pub fn read(options: &Options, environment: &Environment) -> Result<Configuration, Failure> {
        let mut configuration = Configuration::default();
        let system = environment
            .path("NIX_CONF_DIR")
            .unwrap_or_else(|| PathBuf::from("/etc/nix"));
        configuration.read_file(&system.join("nix.conf"), 0)?;
        // The first of the user's files goes before the others.
        for file in user_files(environment).iter().rev() {
            configuration.read_file(file, 0)?;
        }
        if let Some(text) = environment.text("NIX_CONFIG") {
            configuration.read_text(&text, Path::new("NIX_CONFIG"), 0)?;
        }
        for (name, value) in &options.settings {
            configuration.set(name, value);
        }
        Ok(configuration)
    }

    /// The value of a setting that somebody has set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a switch is on; `default` when nobody has set it.
    pub fn is(&self, name: &str, default: bool) -> bool {
        match self.get(name) {
            Some("true" | "yes" | "1") => true,
            Some("false" | "no" | "0") => false,
            _ => default,
        }
    }

    /// A number, which may end in a unit: K, M, G or T.
    pub fn number(&self, name: &str) -> Option<u64> {
        parse_number(self.get(name)?)
    }

    /// The words of a list.
    pub fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split_whitespace()
    }

    /// Sets one by any of its names, or adds to it when that begins with `extra-`.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = names::canonical(name);
        if let Some(plain) = name
            .strip_prefix("extra-")
            .filter(|_| !names::is_known(name))
        {
            let plain = names::canonical(plain).to_owned();
            let before = self.values.entry(plain).or_default();
            if !before.is_empty() {
                before.push(' ');
            }
            before.push_str(value);
        } else {
            self.values.insert(name.to_owned(), value.to_owned());
        }
    }

    fn read_file(&mut self, path: &Path, depth: usize) -> Result<(), Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.read_text(&text, path, depth),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound
                        | std::io::ErrorKind::NotADirectory
                        | std::io::ErrorKind::PermissionDenied
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(Failure::io("read", path, &error)),
        }
    }

    fn read_text(&mut self, text: &str, path: &Path, depth: usize) -> Result<(), Failure> {
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["include" | "!include", file] => {
                    let included = path.parent().unwrap_or(Path::new("/")).join(file);
                    if included.exists() && depth < DEEPEST_INCLUDE {
                        self.read_file(&included, depth + 1)?;
                    } else if words[0] == "include" {
                        return Err(Failure::new(format!(
                            "file '{}' included from '{}' not found",
                            included.display(),
                            path.display()
                        )));
                    }
                }
                [name, "=", value @ ..] => self.set_from_file(name, &value.join(" ")),
                _ => {
                    return Err(Failure::new(format!(
                        "syntax error in configuration line '{}' in '{}'",
                        line.trim(),
                        path.display()
                    )));
                }
            }
        }
        Ok(())
    }

    fn set_from_file(&mut self, name: &str, value: &str) {
        let canonical = names::canonical(name);
        let plain = canonical.strip_prefix("extra-").unwrap_or(canonical);
        if !names::is_known(canonical) && !names::is_known(names::canonical(plain)) {
            self.warnings.push(format!("unknown setting '{name}'"));
            return;
        }
        self.set(name, value);
    }

    /// How to build.
    ///
    /// # Errors
    /// When a setting has a value that means nothing.
    pub fn apply_to_builds(&self, options: &mut BuildOptions) -> Result<(), Failure> {
        builder::apply_settings(options, &|name| self.get(name)).map_err(Failure::new)
    }

    /// What to collect.
    pub fn gc_options(&self) -> GcOptions {
        let defaults = GcOptions::default();
        GcOptions {
            keep_derivations: self.is("keep-derivations", defaults.keep_derivations),
            keep_outputs: self.is("keep-outputs", defaults.keep_outputs),
            ..defaults
        }
    }
}

/// A number with an optional unit: K, M, G or T.
pub fn parse_number(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 10),
        b'M' | b'm' => (&text[..text.len() - 1], 20),
        b'G' | b'g' => (&text[..text.len() - 1], 30),
        b'T' | b't' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_shl(shift)
}

fn user_files(environment: &Environment) -> Vec<PathBuf> {
    if let Some(files) = environment.text("NIX_USER_CONF_FILES") {
        return files
            .split(':')
            .filter(|file| !file.is_empty())
            .map(PathBuf::from)
            .collect();
    }
    let home = environment
        .path("XDG_CONFIG_HOME")
        .or_else(|| environment.home().map(|home| home.join(".config")));
    let others = environment
        .text("XDG_CONFIG_DIRS")
        .unwrap_or_else(|| "/etc/xdg".to_owned());
    home.into_iter()
        .chain(others.split(':').map(PathBuf::from))
        .map(|directory| directory.join("nix/nix.conf"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Configuration {
        let mut configuration = Configuration::default();
        configuration
            .read_text(text, Path::new("nix.conf"), 0)
            .expect("settings");
        configuration
    }

    #[test]
    fn lines_are_settings_by_any_of_their_names() {
        let found = read(
            "# none\nbuild-max-jobs = 3 # few\nextra-platforms = a b\n\
             experimental-features = flakes\nextra-experimental-features = nix-command\n\
             nonsense = 1\nkeep-going = true\n",
        );
        assert_eq!(found.get("max-jobs"), Some("3"));
        assert_eq!(found.get("extra-platforms"), Some("a b"));
        assert_eq!(
            found.get("experimental-features"),
            Some("flakes nix-command")
        );
        assert_eq!(found.warnings, ["unknown setting 'nonsense'"]);
        assert!(found.is("keep-going", false) && found.is("sandbox", true));
        let mut options = BuildOptions::new("x86_64-linux");
        found.apply_to_builds(&mut options).expect("settings");
        assert_eq!(options.jobs, 3);
        assert!(options.keep_going);
        assert_eq!(options.systems, ["x86_64-linux", "a", "b"]);
    }

    #[test]
    fn a_line_that_is_no_setting_is_an_error_and_so_is_a_missing_file() {
        for text in ["sandbox", "sandbox true", "include /nowhere/at/all"] {
            let mut configuration = Configuration::default();
            assert!(
                configuration
                    .read_text(text, Path::new("nix.conf"), 0)
                    .is_err(),
                "{text}"
            );
        }
        assert_eq!(read("!include /nowhere/at/all").values.len(), 0);
    }

    #[test]
    fn numbers_have_units() {
        assert_eq!(parse_number("10"), Some(10));
        assert_eq!(parse_number("2K"), Some(2048));
        assert_eq!(parse_number("1G"), Some(1 << 30));
        assert_eq!(parse_number("K"), None);
        assert_eq!(parse_number(""), None);
    }
}
