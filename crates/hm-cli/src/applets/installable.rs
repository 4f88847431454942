//! What the commands of `nix` work on: store paths, attributes of files and expressions, outputs of
//! flakes; each perhaps with `^OUTPUTS`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::BufRead;
use std::path::Path;

use nix_engine::{Engine, Flake, FlakeOptions};
use nix_eval::{ContextElement, Value, View};
use nix_flake::FlakeReference;
use nix_flake::installable::{
    FoundOutput, candidate_paths, find_output, package_defaults, package_prefixes,
    print_attribute_path,
};
use nix_store::build::Wanted;
use nix_store::object_at;
use nix_wire::StorePath;

use super::configuration::Configuration;
use super::evaluate::{Failed, Session};
use super::flakes::allowed_settings;
use super::options::{FlakeFlags, Options, Word, Words, usage};
use super::package::{Package, Unsaid};
use crate::environment::Environment;
use crate::report::Failure;

/// Where installables are looked for, and which.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `--file`
    pub file: Option<String>,
    /// `--expr`
    pub expression: Option<String>,
    /// `--stdin`
    pub from_input: bool,
    /// `--derivation`: store derivations are meant rather than what they build.
    pub derivations: bool,
    /// What is said of flakes.
    pub flakes: FlakeFlags,
    /// The installables.
    pub rest: Vec<String>,
}

/// Which outputs of a derivation are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Those that one gets without saying.
    Default,
    /// `^*`
    All,
    /// `^a,b`
    Names(BTreeSet<String>),
}

/// What an installable is.
#[derive(Clone, Debug)]
pub enum Found {
    /// A store object as it is.
    Object(StorePath),
    /// Outputs of a derivation.
    Outputs {
        /// The derivation.
        derivation: StorePath,
        /// Their names.
        outputs: BTreeSet<String>,
    },
}

/// What an installable was found to be, and in which flake.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What is to be built.
    pub found: Vec<Found>,
    /// Where it comes from, if that is a flake.
    pub flake: Option<FromFlake>,
}

/// Where in a flake something was found.
#[derive(Clone, Debug)]
pub struct FromFlake {
    /// The flake as it was asked for.
    pub original: FlakeReference,
    /// The flake as it was found.
    pub locked: FlakeReference,
    /// The names of the sets that lead to it.
    pub attribute_path: String,
    /// Which outputs were asked for.
    pub outputs: Outputs,
    /// What is there.
    pub value: Value,
}

impl Found {
    /// That it is to be made valid.
    pub fn wanted(&self) -> Wanted {
        match self {
            Found::Object(path) => Wanted::Object(path.clone()),
            Found::Outputs {
                derivation,
                outputs,
            } => Wanted::Outputs {
                derivation: derivation.clone(),
                outputs: Some(outputs.clone()),
            },
        }
    }
}

impl Request {
    /// Reads the words of a command that has no flags of its own.
    pub fn parse(words: Vec<OsString>) -> Result<(Options, Request), Failed> {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut request = Request::default();
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => request.rest.push(argument),
                Word::Flag(flag) if request.take(&flag, &mut words)? => {}
                Word::Flag(flag) if options.take(&flag, &mut words)? => {}
                Word::Flag(flag) => {
                    return Err(usage(format!("unrecognised flag '{flag}'")).into());
                }
            }
        }
        Ok((options, request))
    }

    /// Takes a flag, if it is one of these.
    pub fn take(&mut self, flag: &str, words: &mut Words) -> Result<bool, Failure> {
        match flag {
            "-f" | "--file" => self.file = Some(words.value(flag)?),
            "--expr" => self.expression = Some(words.value(flag)?),
            "--stdin" => self.from_input = true,
            "--derivation" => self.derivations = true,
            _ => return self.flakes.take(flag, words),
        }
        Ok(true)
    }

    /// Opens what evaluates them, with the settings that their flakes ask for.
    pub fn session(
        &self,
        mut options: Options,
        environment: &Environment,
    ) -> Result<Session, Failed> {
        self.adjust(&mut options)?;
        let session = Session::open(&options, environment, true)?;
        let Some(settings) = self.asked_by_flakes(&session, &options, environment)? else {
            return Ok(session);
        };
        // What was typed goes before what the flake says.
        options.settings.splice(0..0, settings);
        Session::open(&options, environment, true)
    }

    /// Opens what evaluates, for commands that have no installables yet.
    pub fn bare_session(
        &self,
        mut options: Options,
        environment: &Environment,
    ) -> Result<Session, Failed> {
        self.adjust(&mut options)?;
        Session::open(&options, environment, true)
    }

    /// Evaluation is pure, unless a file or an impure one is asked for.
    fn adjust(&self, options: &mut Options) -> Result<(), Failed> {
        options.flakes = self.flakes.clone();
        options.is_of_nix = true;
        if self.file.is_some() {
            return Ok(refuse_pure(&options.settings)?);
        }
        if !options.settings.iter().any(|(name, _)| name == "pure-eval") {
            options
                .settings
                .push(("pure-eval".to_owned(), "true".to_owned()));
        }
        Ok(())
    }

    /// The settings that the flakes of the installables ask for and that may be made, if there are
    /// any.
    fn asked_by_flakes(
        &self,
        session: &Session,
        options: &Options,
        environment: &Environment,
    ) -> Result<Option<Vec<(String, String)>>, Failed> {
        let mut settings = Vec::new();
        if self.file.is_some() || self.expression.is_some() || self.from_input {
            return Ok(None);
        }
        let default = [".".to_owned()];
        let texts = match self.rest.as_slice() {
            [] => &default[..],
            texts => texts,
        };
        for text in texts {
            let (base, _) = split_outputs(text)?;
            if object_named(&session.engine, session.directory(), base).is_some() {
                continue;
            }
            let flake = self.locked(session, base)?.0;
            let config = &flake.locked().flake.file.config;
            if config.is_empty() {
                continue;
            }
            let configuration = Configuration::read(options, environment)?;
            settings.extend(allowed_settings(config, &configuration, environment));
        }
        Ok(Some(settings).filter(|settings| !settings.is_empty()))
    }

    /// The flake that an installable names, locked, and the fragment.
    fn locked(&self, session: &Session, text: &str) -> Result<(Flake, String), Failed> {
        let found = session
            .engine
            .find_reference(text, session.directory())
            .map_err(|error| session.engine_failed(error))?;
        let flake = session
            .engine
            .lock_flake(
                &session.evaluator,
                &found.reference,
                &self.flake_options(session),
            )
            .map_err(|error| session.engine_failed(error))?;
        Ok((flake, found.fragment))
    }

    /// Finds them all; `default` is meant when there is none.
    pub fn find(&self, session: &Session, default: &str) -> Result<Vec<Found>, Failed> {
        let mut texts = self.rest.clone();
        if self.from_input {
            for line in std::io::stdin().lock().lines() {
                texts.push(line?);
            }
        }
        if texts.is_empty() && !self.from_input {
            texts.push(default.to_owned());
        }
        let mut found = Vec::new();
        for text in &texts {
            found.extend(self.resolve(session, text)?.found);
        }
        session.engine.flush()?;
        Ok(found)
    }

    /// Finds one of them. What it needs in the store is there only after
    /// [`flush`](nix_engine::Engine::flush).
    pub fn resolve(&self, session: &Session, text: &str) -> Result<Resolved, Failed> {
        let (base, outputs) = split_outputs(text)?;
        let without_flake = |found| Resolved { found, flake: None };
        if self.file.is_some() || self.expression.is_some() {
            let value = self.root(session)?;
            let path = if base == "." { "" } else { base };
            let value = session
                .select(value, path)
                .map_err(|error| session.failed(&error))?;
            return self
                .of_value(session, value, &outputs, Unsaid::All)
                .map(without_flake);
        }
        if let Some(object) = object_named(&session.engine, session.directory(), base) {
            return self.of_object(session, object, outputs).map(without_flake);
        }
        let (flake, output) = self.flake_output(session, base)?;
        let found = self.of_value(session, output.value, &outputs, Unsaid::Out)?;
        let flake = &flake.locked().flake;
        Ok(Resolved {
            found,
            flake: Some(FromFlake {
                original: flake.original.clone(),
                locked: flake.locked.clone(),
                attribute_path: print_attribute_path(&output.path),
                outputs,
                value: output.value,
            }),
        })
    }

    /// How the flakes are locked.
    fn flake_options(&self, session: &Session) -> FlakeOptions {
        let flags = &self.flakes;
        let path = |file: &Option<String>| Some(session.directory().join(file.as_deref()?));
        FlakeOptions {
            directory: session.directory().to_owned(),
            recreate: flags.recreate,
            no_update: flags.no_update,
            no_write: flags.no_write || !flags.overrides.is_empty(),
            commit: flags.commit,
            updates: flags.updates.clone(),
            overrides: flags.overrides.clone(),
            inputs_from: flags.inputs_from.clone(),
            reference_lock_file: path(&flags.reference_lock_file),
            output_lock_file: path(&flags.output_lock_file),
            ..FlakeOptions::default()
        }
    }

    /// The output of a flake that `FLAKE#FRAGMENT` names.
    fn flake_output(&self, session: &Session, text: &str) -> Result<(Flake, FoundOutput), Failed> {
        let evaluator = &session.evaluator;
        let (flake, fragment) = self.locked(session, text)?;
        let system = &session.engine.settings().system;
        let prefixes = package_prefixes(system);
        let defaults = package_defaults(system);
        let paths = candidate_paths(&fragment, &prefixes, &defaults);
        let shown = flake.locked().flake.resolved.to_string();
        let output = find_output(evaluator, flake.outputs(), &shown, &paths)
            .map_err(|error| session.flake_failed(error))?;
        Ok((flake, output))
    }

    fn root(&self, session: &Session) -> Result<Value, Failed> {
        let root = match (&self.file, &self.expression) {
            (Some(file), _) => session.file(file),
            (None, Some(text)) => session.expression(text),
            (None, None) => session.expression("{ }"),
        };
        root.map_err(|error| session.failed(&error))
    }

    fn of_object(
        &self,
        session: &Session,
        object: StorePath,
        outputs: Outputs,
    ) -> Result<Vec<Found>, Failed> {
        let store = session.engine.store();
        if self.derivations {
            let derivation = if object.is_derivation() {
                object
            } else {
                let deriver = store.require(&object)?.deriver;
                deriver.ok_or_else(|| {
                    let path = store.store_dir().print(&object);
                    Failure::new(format!("'{path}' does not have a known deriver"))
                })?
            };
            return Ok(vec![Found::Object(derivation)]);
        }
        let names = match outputs {
            Outputs::Default => return Ok(vec![Found::Object(object)]),
            Outputs::All => store.derivation_outputs(&object)?.into_keys().collect(),
            Outputs::Names(names) => names,
        };
        Ok(vec![Found::Outputs {
            derivation: object,
            outputs: names,
        }])
    }

    fn of_value(
        &self,
        session: &Session,
        value: Value,
        outputs: &Outputs,
        unsaid: Unsaid,
    ) -> Result<Vec<Found>, Failed> {
        if let Some(found) = object_of_string(session, value)? {
            return Ok(vec![found]);
        }
        let mut found = Vec::new();
        for value in session
            .derivations(value)
            .map_err(|error| session.failed(&error))?
        {
            let package = Package::of(session, value, unsaid)?;
            if self.derivations {
                found.push(Found::Object(package.derivation));
                continue;
            }
            let outputs = match outputs {
                Outputs::Default => package.installed.into_iter().collect(),
                Outputs::All => package.outputs.into_iter().collect(),
                Outputs::Names(names) => names.clone(),
            };
            found.push(Found::Outputs {
                derivation: package.derivation,
                outputs,
            });
        }
        // The same derivation by several names is built once for all its outputs.
        Ok(joined(found))
    }
}

/// Outputs of one derivation are one thing.
fn joined(all: Vec<Found>) -> Vec<Found> {
    let mut joined: Vec<Found> = Vec::new();
    for one in all {
        if let Found::Outputs {
            derivation,
            outputs,
        } = &one
        {
            let same = joined.iter_mut().find_map(|other| match other {
                Found::Outputs {
                    derivation: other,
                    outputs,
                } if other == derivation => Some(outputs),
                _ => None,
            });
            if let Some(same) = same {
                same.extend(outputs.iter().cloned());
                continue;
            }
        }
        joined.push(one);
    }
    joined
}

/// Takes `^OUTPUTS` off.
pub fn split_outputs(text: &str) -> Result<(&str, Outputs), Failed> {
    let Some((base, names)) = text.rsplit_once('^') else {
        return Ok((text, Outputs::Default));
    };
    if names == "*" {
        return Ok((base, Outputs::All));
    }
    let names: BTreeSet<String> = names.split(',').map(str::to_owned).collect();
    let legal = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-._?=".contains(&byte))
    };
    if !names.iter().all(legal) {
        return Err(usage(format!("invalid extended outputs specifier in '{text}'")).into());
    }
    Ok((base, Outputs::Names(names)))
}

/// The object of the store that a text leads to, if it is such a path.
pub fn object_named(engine: &Engine, directory: &Path, text: &str) -> Option<StorePath> {
    if !text.contains('/') || text.contains(['#', ':']) {
        return None;
    }
    object_at(engine.store().store_dir(), &directory.join(text)).ok()
}

/// A string or path that stands for one store object or output.
fn object_of_string(session: &Session, value: Value) -> Result<Option<Found>, Failed> {
    let evaluator = &session.evaluator;
    let failed = |error: Box<nix_eval::EvalError>| session.failed(&error);
    let store = session.engine.store().store_dir();
    match evaluator.force_view(value).map_err(failed)? {
        View::String(text) => {
            let elements = evaluator.context_elements(text.context);
            let [element] = elements.as_slice() else {
                return Err(Failure::new(format!(
                    "string '{}' has {} entries in its context. It should only have exactly one \
                     entry",
                    text.to_string_lossy(),
                    elements.len()
                ))
                .into());
            };
            let parse = |bytes: &[u8]| store.parse(&String::from_utf8_lossy(bytes));
            Ok(Some(match element {
                ContextElement::Opaque(path) => Found::Object(parse(path)?),
                ContextElement::DrvDeep(_) => {
                    return Err(Failure::new(format!(
                        "string '{}' has a context which refers to a complete source and binary \
                         closure. This is not supported at this time",
                        text.to_string_lossy()
                    ))
                    .into());
                }
                ContextElement::Built { drv, output } => Found::Outputs {
                    derivation: parse(drv)?,
                    outputs: BTreeSet::from([String::from_utf8_lossy(output).into_owned()]),
                },
            }))
        }
        View::Path(_) => {
            let text = evaluator
                .coerce_to_string(
                    value,
                    nix_eval::Coercion::DERIVATION,
                    "while evaluating the path of an installable",
                )
                .map_err(failed)?
                .0
                .into_owned();
            let path = store.parse(&String::from_utf8_lossy(&text))?;
            Ok(Some(Found::Object(path)))
        }
        _ => Ok(None),
    }
}

/// Fails where an evaluation of a file of this machine was asked to be pure.
pub fn refuse_pure(settings: &[(String, String)]) -> Result<(), Failure> {
    let last = settings.iter().rev().find(|(name, _)| name == "pure-eval");
    match last {
        Some((_, value)) if value == "true" => Err(Failure::new(
            "'--file' is not compatible with '--pure-eval'",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_at_the_end() {
        let split = |text| split_outputs(text).ok();
        assert_eq!(split("a.b"), Some(("a.b", Outputs::Default)));
        assert_eq!(split("a^*"), Some(("a", Outputs::All)));
        let names = BTreeSet::from(["dev".to_owned(), "out".to_owned()]);
        assert_eq!(split("a^out,dev"), Some(("a", Outputs::Names(names))));
        for wrong in ["a^", "a^*nope", "a^out,", "a^b c"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
