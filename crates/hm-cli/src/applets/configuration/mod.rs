//! The settings of Nix: those of `nix.conf`, of the environment and of the command line.
//!
//! Later sources count more: the system's `nix.conf`, the user's files (the first of several counts
//! most), the variables `NIX_CONFIG` and `NIX_PATH`, options.

mod builds;
mod file;
mod flakes;
mod search_path;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::options::Options;
use crate::builder;
use crate::environment::Environment;
use crate::printer::WARNING;
use crate::report::Failure;
use crate::terminal;

pub use search_path::{default_search_path, split_search_path};
pub use table::SETTINGS;

/// What the value of a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// `true`, `false` or `relaxed`.
    Mode,
    /// `ignore`, `warn` or `fatal`.
    Level,
    /// A number, which may have the suffix K, M, G or T.
    Number,
    /// A number or `auto`.
    Jobs,
    /// A text.
    Text,
    /// A text or nothing.
    Optional,
    /// Words in their order.
    List,
    /// Words, sorted.
    Set,
    /// Words of the form `NAME=VALUE`.
    Map,
}

impl Kind {
    /// Whether there is an option `--extra-NAME` that adds to the value.
    pub fn is_appendable(self) -> bool {
        matches!(self, Kind::List | Kind::Set | Kind::Map)
    }
}

/// A setting that Nix knows.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Its value if nothing says another.
    pub default: &'static str,
    /// Its older names.
    pub aliases: &'static [&'static str],
    /// The experimental feature that it belongs to.
    pub feature: Option<&'static str>,
    /// The value that this program behaves as if it had, if nothing here reads it.
    pub behaves_as: Option<&'static str>,
}

impl Setting {
    const fn new(name: &'static str, kind: Kind, default: &'static str) -> Setting {
        Setting {
            name,
            kind,
            default,
            aliases: &[],
            feature: None,
            behaves_as: None,
        }
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Setting {
        self.aliases = aliases;
        self
    }

    const fn gated(mut self, feature: &'static str) -> Setting {
        self.feature = Some(feature);
        self
    }

    /// Nothing here reads it: the program behaves as with the default.
    const fn ignored(self) -> Setting {
        let default = self.default;
        self.ignored_as(default)
    }

    /// Nothing here reads it: the program behaves as with this value.
    const fn ignored_as(mut self, value: &'static str) -> Setting {
        self.behaves_as = Some(value);
        self
    }

    /// The setting of a name, and whether the name is that of its `extra-` form.
    pub fn find(name: &str) -> Option<(&'static Setting, bool)> {
        let (index, extra) = position(name)?;
        Some((&SETTINGS[index], extra))
    }
}

fn position(name: &str) -> Option<(usize, bool)> {
    let exactly = |name: &str| {
        SETTINGS
            .iter()
            .position(|setting| setting.name == name || setting.aliases.contains(&name))
    };
    if let Some(index) = exactly(name) {
        return Some((index, false));
    }
    let index = exactly(name.strip_prefix("extra-")?)?;
    SETTINGS[index]
        .kind
        .is_appendable()
        .then_some((index, true))
}

/// A setting as a command line has it: a name (which may begin with `extra-`) and a value.
pub type Assignment = (String, String);

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The value of each setting of the table, where it was set.
    values: Vec<Option<String>>,
    /// What was set that no setting of Nix is.
    others: BTreeMap<String, String>,
    configuration: PathBuf,
    user_files: Vec<PathBuf>,
    /// What is wrong with files and options without being an error.
    pub warnings: Vec<String>,
}

impl Default for Configuration {
    /// Nothing is set.
    fn default() -> Configuration {
        Configuration {
            values: vec![None; SETTINGS.len()],
            others: BTreeMap::new(),
            configuration: PathBuf::from("/etc/nix"),
            user_files: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Configuration {
    /// Reads all that apply.
    ///
    /// # Errors
    /// As [`Configuration::load`].
    pub fn read(options: &Options, environment: &Environment) -> Result<Configuration, Failure> {
        Configuration::load(environment, &options.settings)
    }

    /// Reads files, variables and options.
    ///
    /// # Errors
    /// When an included file is missing, a line is malformed, or a value is not one that the setting
    /// can have.
    pub fn load(
        environment: &Environment,
        options: &[Assignment],
    ) -> Result<Configuration, Failure> {
        let configuration = environment
            .path("NIX_CONF_DIR")
            .unwrap_or_else(|| PathBuf::from("/etc/nix"));
        let mut settings = Configuration {
            user_files: user_files(environment),
            configuration,
            ..Configuration::default()
        };
        if let Some(store) = environment.text("NIX_REMOTE") {
            settings.assign("store", &store)?;
        }
        let system_file = settings.configuration.join("nix.conf");
        settings.apply(&file::read(&system_file)?)?;
        for path in settings.user_files.clone().iter().rev() {
            settings.apply(&file::read(path)?)?;
        }
        if let Some(text) = environment.text("NIX_CONFIG") {
            settings.apply(&file::parse(&text, "NIX_CONFIG", None)?)?;
        }
        if let Some(path) = environment.text("NIX_PATH") {
            settings.assign("nix-path", &split_search_path(&path).join(" "))?;
        }
        for (name, value) in options {
            settings.assign(name, value)?;
        }
        for (name, _) in options {
            if let Some((setting, _)) = Setting::find(name)
                && let Some(feature) = setting.feature
                && settings.lacks(feature)
            {
                return Err(feature_disabled(feature));
            }
        }
        settings.warn_of_ignored();
        Ok(settings)
    }

    /// Prints the warnings, each once, however often settings are read.
    pub fn say_warnings(&self) {
        static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in &self.warnings {
            if said.insert(warning.clone()) {
                terminal::say(&format!("{WARNING}warning:{WARNING:#} {warning}"));
            }
        }
    }

    /// Adds warnings of settings that nothing here reads, where they ask for something else than
    /// what is done.
    fn warn_of_ignored(&mut self) {
        for (setting, value) in SETTINGS.iter().zip(&self.values) {
            if let (Some(behavior), Some(value)) = (setting.behaves_as, value)
                && value != behavior
                && *value != setting.default
            {
                self.warnings.push(format!(
                    "the setting '{}' of Nix is not supported here and has no effect",
                    setting.name
                ));
            }
        }
    }

    /// Applies the lines of one source. Experimental features come first, since others depend on
    /// them.
    fn apply(&mut self, lines: &[Assignment]) -> Result<(), Failure> {
        let is_feature = |name: &str| {
            matches!(
                name,
                "experimental-features" | "extra-experimental-features"
            )
        };
        for (name, value) in lines.iter().filter(|(name, _)| is_feature(name)) {
            self.assign(name, value)?;
        }
        for (name, value) in lines.iter().filter(|(name, _)| !is_feature(name)) {
            if let Some((setting, _)) = Setting::find(name)
                && let Some(feature) = setting.feature
                && self.lacks(feature)
            {
                self.warnings.push(format!(
                    "Ignoring setting '{}' because experimental feature '{feature}' is not enabled",
                    setting.name
                ));
                continue;
            }
            self.assign(name, value)?;
        }
        Ok(())
    }

    fn assign(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let Some((index, extra)) = position(name) else {
            self.warnings.push(format!("unknown setting '{name}'"));
            self.others.insert(name.to_owned(), value.to_owned());
            return Ok(());
        };
        let setting = &SETTINGS[index];
        let mut words: Vec<&str> = Vec::new();
        let before = self.value(setting.name);
        if extra {
            words.extend(before.split_whitespace());
        }
        words.extend(value.split_whitespace());
        let invalid = || {
            Failure::new(if setting.kind == Kind::Switch {
                format!("Boolean setting '{name}' has invalid value '{value}'")
            } else {
                format!("setting '{name}' has invalid value '{value}'")
            })
        };
        let text = match setting.kind {
            Kind::Switch => truth(value).ok_or_else(invalid)?.to_string(),
            Kind::Mode if value == "relaxed" => value.to_owned(),
            Kind::Mode => truth(value).ok_or_else(invalid)?.to_string(),
            Kind::Level if ["ignore", "warn", "fatal"].contains(&value) => value.to_owned(),
            Kind::Level => return Err(invalid()),
            Kind::Jobs if value == "auto" => std::thread::available_parallelism()
                .map_or(1, std::num::NonZero::get)
                .to_string(),
            Kind::Number | Kind::Jobs => parse_number(value).ok_or_else(invalid)?.to_string(),
            Kind::Text | Kind::Optional => value.to_owned(),
            Kind::List | Kind::Map => words.join(" "),
            Kind::Set => {
                let mut words: BTreeSet<&str> = words.into_iter().collect();
                if setting.name == "experimental-features" {
                    if words.contains("flakes") {
                        words.insert("fetch-tree");
                    }
                    if words.contains("no-url-literals") {
                        self.warnings.push(
                            "experimental feature 'no-url-literals' has been stabilized and \
                             renamed; use 'lint-url-literals = fatal' setting instead"
                                .to_owned(),
                        );
                    }
                }
                words.into_iter().collect::<Vec<_>>().join(" ")
            }
        };
        self.values[index] = Some(text);
        Ok(())
    }

    /// Sets a value as an option does; what cannot be had is a warning.
    #[cfg(test)]
    pub fn set(&mut self, name: &str, value: &str) {
        if let Err(failure) = self.assign(name, value) {
            self.warnings.push(failure.message);
        }
    }

    /// The value of a setting that is set by a file, a variable or an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        match position(name) {
            Some((index, false)) => self.values[index].as_deref(),
            _ => self.others.get(name).map(String::as_str),
        }
    }

    /// All that somebody has set, by their names.
    pub fn all(&self) -> BTreeMap<String, String> {
        let set = SETTINGS.iter().zip(&self.values);
        set.filter_map(|(setting, value)| Some((setting.name.to_owned(), value.clone()?)))
            .chain(self.others.clone())
            .collect()
    }

    /// The value of a setting, be it the default.
    pub fn value(&self, name: &str) -> String {
        match position(name) {
            Some((index, _)) => self.values[index]
                .clone()
                .unwrap_or_else(|| self.default_of(&SETTINGS[index])),
            None => String::new(),
        }
    }

    /// The value that a setting has if nothing sets it.
    pub fn default_of(&self, setting: &Setting) -> String {
        setting
            .default
            .replace("{configuration}", &self.configuration.to_string_lossy())
            .replace("{system}", nix_engine::current_system())
            .replace("{platforms}", &platforms())
            .replace("{root}", &builder::is_root().to_string())
            .replace("{build users}", builder::build_users_group())
            .replace("{host paths}", &builder::HOST_PATHS.join(" "))
    }

    /// Whether a switch is on; `default` if nothing sets it.
    pub fn is(&self, name: &str, default: bool) -> bool {
        self.get(name).map_or(default, |value| value == "true")
    }

    /// The words of a list.
    pub fn words(&self, name: &str) -> impl Iterator<Item = String> {
        let words: Vec<String> = self
            .value(name)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        words.into_iter()
    }

    /// A number that is set.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// Whether somebody has said which experimental features there are, and this is none of them.
    /// (Where nobody has, this program has flakes.)
    pub fn lacks(&self, feature: &str) -> bool {
        self.get("experimental-features").is_some() && !self.has_feature(feature)
    }

    /// Whether an experimental feature is enabled.
    pub fn has_feature(&self, feature: &str) -> bool {
        self.value("experimental-features")
            .split_whitespace()
            .any(|word| word == feature)
    }

    /// The user's files, the one that counts most first.
    pub fn user_files(&self) -> &[PathBuf] {
        &self.user_files
    }

    /// The system's file.
    pub fn system_file(&self) -> PathBuf {
        self.configuration.join("nix.conf")
    }
}

/// That a feature is wanted which is not enabled.
pub fn feature_disabled(feature: &str) -> Failure {
    Failure::new(format!(
        "experimental Nix feature '{feature}' is disabled; add '--extra-experimental-features \
         {feature}' to enable it"
    ))
}

/// The systems whose programs this processor runs too: the levels of `x86_64`, and what was before.
fn platforms() -> String {
    let mut platforms = vec!["i686-linux".to_owned()];
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let second = has!("cmpxchg16b")
            && has!("popcnt")
            && has!("sse3")
            && has!("ssse3")
            && has!("sse4.1")
            && has!("sse4.2");
        let third = second
            && has!("avx2")
            && has!("bmi1")
            && has!("bmi2")
            && has!("f16c")
            && has!("fma")
            && has!("lzcnt")
            && has!("movbe");
        let fourth = third
            && has!("avx512f")
            && has!("avx512bw")
            && has!("avx512cd")
            && has!("avx512dq")
            && has!("avx512vl");
        for (level, is_there) in [(1, true), (2, second), (3, third), (4, fourth)] {
            if is_there {
                platforms.push(format!("x86_64-v{level}-linux"));
            }
        }
    }
    platforms.join(" ")
}

fn user_files(environment: &Environment) -> Vec<PathBuf> {
    if let Some(files) = environment.text("NIX_USER_CONF_FILES") {
        return files.split(':').map(PathBuf::from).collect();
    }
    let home = environment.home().map(|home| home.join(".config"));
    let own = environment.path("XDG_CONFIG_HOME").or(home);
    let others = environment
        .text("XDG_CONFIG_DIRS")
        .unwrap_or_else(|| "/etc/xdg".to_owned());
    own.into_iter()
        .chain(others.split(':').map(PathBuf::from))
        .map(|directory| directory.join("nix/nix.conf"))
        .collect()
}

/// What the value of a setting that is on or off means.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A number with a suffix (K, M, G or T) that multiplies it by a power of 1024.
pub fn parse_number(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()?.to_ascii_uppercase() {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        b'T' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}
