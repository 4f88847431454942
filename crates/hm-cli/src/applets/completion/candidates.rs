//! What a word can become that depends on files, flakes and expressions.

use std::path::PathBuf;

use nix_engine::FlakeOptions;
use nix_eval::{Value, View};
use nix_flake::installable::{package_defaults, package_prefixes};
use nix_flake::lock::{FlakeRequest, InputPath};
use nix_flake::registry::RegistryScope;

use super::table::Arguments;
use super::{Completions, Kind, Line};
use crate::applets::configuration::Configuration;
use crate::applets::engine::ONLY_ERRORS;
use crate::applets::evaluate::{Failed, Session};
use crate::environment::Environment;

/// What completions are looked for with.
pub struct Context<'a> {
    line: &'a Line,
    environment: &'a Environment,
}

impl<'a> Context<'a> {
    /// For this command line.
    pub fn new(line: &'a Line, environment: &'a Environment) -> Context<'a> {
        Context { line, environment }
    }

    /// Completes a value of an option.
    pub fn add_value(&self, completions: &mut Completions, name: &str, index: usize, prefix: &str) {
        match (name, index) {
            ("update-input", _) | ("override-input", 0) => self.add_inputs(completions, prefix),
            ("override-input" | "override-flake" | "inputs-from" | "flake", _) => {
                self.add_flakes(completions, prefix);
            }
            ("template" | "bundler", _) => self.add_installables(completions, prefix),
            (
                "file"
                | "reference-lock-file"
                | "output-lock-file"
                | "out-link"
                | "write-to"
                | "profile"
                | "registry"
                | "dest"
                | "include",
                _,
            ) => self.add_files(completions, prefix, false),
            _ => {}
        }
    }

    /// Completes what the command works on.
    pub fn add_argument(&self, completions: &mut Completions, index: usize, prefix: &str) {
        match self.line.takes() {
            Arguments::Installable if index > 0 => {}
            Arguments::Installable | Arguments::Installables => {
                self.add_installables(completions, prefix);
            }
            Arguments::Flake => self.add_flakes(completions, prefix),
            Arguments::Inputs => self.add_inputs(completions, prefix),
            Arguments::Files => self.add_files(completions, prefix, false),
            Arguments::Other => {}
        }
    }

    /// A session that says nothing but errors.
    fn session(&self, is_pure: bool) -> Result<Session, Failed> {
        let mut options = self.line.options.clone();
        options.verbosity = ONLY_ERRORS;
        let mut set = |name: &str, value: &str| {
            options.settings.push((name.to_owned(), value.to_owned()));
        };
        if !is_pure {
            set("pure-eval", "false");
        } else if !self.sets("pure-eval") {
            set("pure-eval", "true");
        }
        Session::open(&options, self.environment, true)
    }

    fn sets(&self, name: &str) -> bool {
        let settings = &self.line.options.settings;
        settings.iter().any(|(set, _)| set == name)
    }

    /// A leading `~` is the home directory.
    fn expand_home(&self, text: &str) -> String {
        match (text.strip_prefix('~'), self.environment.home()) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                format!("{}{rest}", home.display())
            }
            _ => text.to_owned(),
        }
    }

    fn add_files(&self, completions: &mut Completions, prefix: &str, only_directories: bool) {
        completions.kind = Kind::Filenames;
        let prefix = self.expand_home(prefix);
        let (parent, start) = prefix.split_at(prefix.rfind('/').map_or(0, |slash| slash + 1));
        let directory: PathBuf = self.environment.directory.join(parent);
        let Ok(entries) = std::fs::read_dir(directory) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            // A shell cannot be told of others.
            let Some(name) = name.to_str() else { continue };
            let is_hidden = name.starts_with('.') && !start.starts_with('.');
            if name.starts_with(start) && !is_hidden && (!only_directories || entry.path().is_dir())
            {
                completions.add(format!("{parent}{name}"));
            }
        }
    }

    /// Directories, and names that registries know.
    fn add_flakes(&self, completions: &mut Completions, prefix: &str) {
        let configuration = Configuration::read(&self.line.options, self.environment);
        if configuration.is_ok_and(|configuration| configuration.lacks("flakes")) {
            return;
        }
        if prefix.is_empty() {
            completions.add(".");
        }
        self.add_files(completions, prefix, true);
        if prefix.starts_with(['.', '/', '~']) {
            return;
        }
        let entries = self
            .session(true)
            .map(|session| session.engine.flakes().registries.entries());
        for (_, entry) in entries.into_iter().flatten().flatten() {
            let name = entry.from.to_string();
            let name = match name.strip_prefix("flake:") {
                Some(short) if !prefix.starts_with("flake:") => short,
                _ => &name,
            };
            completions.add_starting([name], prefix);
        }
    }

    /// The names of inputs of the flakes that the command line names.
    fn add_inputs(&self, completions: &mut Completions, prefix: &str) {
        let default = [".".to_owned()];
        let arguments = match (self.line.takes(), &self.line.flake) {
            (_, Some(flake)) => std::slice::from_ref(flake),
            (Arguments::Inputs | Arguments::Other, None) => &default[..],
            (Arguments::Installable, None) => self.line.arguments.get(..1).unwrap_or(&default),
            (_, None) if self.line.arguments.is_empty() => &default[..],
            (_, None) => &self.line.arguments,
        };
        let Ok(session) = self.session(true) else {
            return;
        };
        for text in arguments {
            // A flake that cannot be read has no inputs to offer.
            let names = self.inputs_of(&session, text).unwrap_or_default();
            completions.add_starting(names.iter().map(String::as_str), prefix);
        }
    }

    fn inputs_of(&self, session: &Session, text: &str) -> Option<Vec<String>> {
        let text = self.expand_home(text);
        let found = session.engine.find_reference(&text, session.directory());
        let reference = found.ok()?.reference;
        let request = FlakeRequest {
            reference: &reference,
            registries: RegistryScope::All,
            is_final: false,
            root: &InputPath::default(),
        };
        let flake = session.engine.flakes().flake(&session.evaluator, &request);
        Some(flake.ok()?.file.inputs.keys().cloned().collect())
    }

    /// Attribute paths of `--file` or of a flake, or flakes. What cannot be evaluated has nothing to
    /// offer.
    fn add_installables(&self, completions: &mut Completions, prefix: &str) {
        if let Some(file) = &self.line.file {
            completions.kind = Kind::Attributes;
            let names = self.attributes_of_file(file, prefix).unwrap_or_default();
            completions.words.extend(names);
        } else if self.line.has_expression {
            completions.kind = Kind::Attributes;
        } else if let Some((flake, fragment)) = prefix.split_once('#') {
            completions.kind = Kind::Attributes;
            let names = self.attributes_of_flake(flake, fragment);
            completions.words.extend(names.unwrap_or_default());
        } else {
            self.add_flakes(completions, prefix);
        }
    }

    fn attributes_of_file(&self, file: &str, prefix: &str) -> Option<Vec<String>> {
        let session = self.session(false).ok()?;
        let root = session.file(file).ok()?;
        attributes(&session, root, "", prefix)
    }

    fn attributes_of_flake(&self, flake: &str, fragment: &str) -> Option<Vec<String>> {
        let session = self.session(true).ok()?;
        let text = self.expand_home(flake);
        let found = session.engine.find_reference(&text, session.directory());
        let options = FlakeOptions {
            directory: session.directory().to_owned(),
            no_write: true,
            ..FlakeOptions::default()
        };
        let locked = session
            .engine
            .lock_flake(&session.evaluator, &found.ok()?.reference, &options)
            .ok()?;
        let system = session.engine.settings().system.clone();
        let (dot, fragment) = match fragment.strip_prefix('.') {
            Some(rest) => (".", rest),
            None => ("", fragment),
        };
        let mut sets = vec![String::new()];
        if dot.is_empty() {
            sets.extend(package_prefixes(&system));
        }
        let mut found: Vec<String> = sets
            .iter()
            .filter_map(|set| attributes(&session, locked.outputs(), set, fragment))
            .flatten()
            .map(|path| format!("{flake}#{dot}{path}"))
            .collect();
        let defaults = package_defaults(&system);
        let has_default = |path: &String| session.select(locked.outputs(), path).is_ok();
        if fragment.is_empty() && defaults.iter().any(has_default) {
            found.push(format!("{flake}#{dot}"));
        }
        Some(found)
    }
}

/// The attribute paths that begin with `prefix`, in a set of `root`; `set` is its path with a dot at
/// the end, or empty.
fn attributes(session: &Session, root: Value, set: &str, prefix: &str) -> Option<Vec<String>> {
    let (parent, start) = prefix.split_at(prefix.rfind('.').map_or(0, |dot| dot + 1));
    let path = format!("{set}{parent}");
    let value = session.select(root, path.trim_end_matches('.')).ok()?;
    let value = session.called(value).ok()?;
    let View::Attrs(attributes) = session.evaluator.force_view(value).ok()? else {
        return None;
    };
    let names = session
        .evaluator
        .attrs_by_name(attributes)
        .map(|attribute| {
            String::from_utf8_lossy(session.evaluator.symbol_text(attribute.name)).into_owned()
        })
        .filter(|name| name.starts_with(start));
    Some(names.map(|name| format!("{parent}{name}")).collect())
}
