//! `nix search`

use std::ffi::OsString;
use std::path::Path;

use nix_eval::Value;
use serde_json::{Map, json};

use super::app::package_prefixes;
use super::arguments::{Flag, usage};
use super::outputs::{Evaluated, Output};
use super::session::{FlakeSession, finish};
use super::style::NORMAL;
use crate::applets::evaluate::Failed;
use crate::applets::package::split_name;
use crate::environment::Environment;
use crate::report::Failure;

/// Whether an extended regular expression matches somewhere in a text; both are in lower case.
const SEARCH: &[u8] = b"pattern: text: builtins.length (builtins.split \"(${pattern})\" text) > 1";
/// A text as what is between matches and the matches, in turn.
const SPLIT: &[u8] = b"pattern: text: map (part: if builtins.isList part then builtins.head part \
                       else part) (builtins.split \"(${pattern})\" text)";
const GREEN: &str = "\x1b[32;1m";
const HIGHLIGHT: &str = "\x1b[0;1m";

/// Searches the packages of a flake.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = [Flag::short("exclude", 'e', 1)];
    finish(words, environment, &flags, attempt)
}

fn attempt(session: &FlakeSession) -> Result<(), Failed> {
    let Some((reference, patterns)) = session.arguments.rest.split_first() else {
        return Err(usage("'nix search' takes a flake and regular expressions").into());
    };
    if patterns.is_empty() {
        return Err(usage(
            "Must provide at least one regex! To match all packages, use 'nix search <installable> \
             ^'.",
        )
        .into());
    }
    let failed = |error: Box<nix_eval::EvalError>| session.evaluation_failed(&error);
    let system = session.system();
    let prefixes = package_prefixes(session);
    let defaults = [
        format!("packages.{system}"),
        format!("legacyPackages.{system}"),
    ];
    let function = session
        .evaluator
        .eval_string(SEARCH, Path::new("/"))
        .map_err(failed)?;
    let mut search = Search {
        session,
        function,
        patterns: patterns.iter().map(|text| text.to_lowercase()).collect(),
        excluded: session
            .arguments
            .values("exclude")
            .iter()
            .map(|text| text.to_lowercase())
            .collect(),
        found: Vec::new(),
    };
    if let Some(root) = session.expression(Some(reference))? {
        let output = Output {
            evaluator: &session.evaluator,
            path: root.path,
            value: root.value,
        };
        search.visit(&output, true).map_err(failed)?;
        return search.print();
    }
    let found = session.find(reference)?;
    let flake = session.lock(&found, &session.flake_options())?;
    let outputs = session.outputs(&flake)?;
    let shown = flake.locked().flake.resolved.to_string();
    let paths = nix_flake::installable::candidate_paths(&found.fragment, &prefixes, &defaults);
    // All of the places are searched, as long as there is one.
    let mut error = None;
    let mut is_there = false;
    for path in &paths {
        match nix_flake::installable::find_output(
            &session.evaluator,
            outputs,
            &shown,
            std::slice::from_ref(path),
        ) {
            Ok(place) => {
                is_there = true;
                let output = Output {
                    evaluator: &session.evaluator,
                    path: place.path,
                    value: place.value,
                };
                search.visit(&output, true).map_err(failed)?;
            }
            Err(other) => error = Some(other),
        }
    }
    if let Some(error) = error.filter(|_| !is_there) {
        return Err(session.flake_failed(error));
    }
    search.print()
}

struct Found {
    path: String,
    name: String,
    version: String,
    description: String,
}

struct Search<'a> {
    session: &'a FlakeSession,
    function: Value,
    patterns: Vec<String>,
    excluded: Vec<String>,
    found: Vec<Found>,
}

impl Search<'_> {
    fn visit(&mut self, output: &Output<'_>, first: bool) -> Evaluated<()> {
        let is_legacy = output
            .path
            .first()
            .is_some_and(|name| name == "legacyPackages");
        match self.look(output, first, is_legacy) {
            Err(_) if is_legacy => Ok(()),
            outcome => outcome,
        }
    }

    fn look(&mut self, output: &Output<'_>, first: bool, is_legacy: bool) -> Evaluated<()> {
        if output.is_derivation()? {
            return self.derivation(output);
        }
        let is_set = output.path.len() <= 2
            && output
                .path
                .first()
                .is_none_or(|name| is_legacy || name == "packages");
        let recurse = is_set
            || first
            || (is_legacy
                && match output.get("recurseForDerivations")? {
                    Some(value) => output
                        .evaluator
                        .force_bool(value.value, "while searching packages")?,
                    None => false,
                });
        if recurse {
            for child in output.children()? {
                output.evaluator.nested(|| self.visit(&child, false))?;
            }
        }
        Ok(())
    }

    fn derivation(&mut self, output: &Output<'_>) -> Evaluated<()> {
        let name = output.string("name")?.unwrap_or_default();
        let (name, version) = split_name(&name);
        let description = output.description()?.unwrap_or_default().replace('\n', " ");
        let path = output.name();
        let texts = [path.as_str(), name, description.as_str()].map(str::to_lowercase);
        for pattern in &self.excluded {
            if self.matches(pattern, &texts)? {
                return Ok(());
            }
        }
        for pattern in &self.patterns {
            if !self.matches(pattern, &texts)? {
                return Ok(());
            }
        }
        self.found.push(Found {
            name: name.to_owned(),
            version: version.to_owned(),
            path,
            description,
        });
        Ok(())
    }

    fn matches(&self, pattern: &str, texts: &[String]) -> Evaluated<bool> {
        let evaluator = &self.session.evaluator;
        for text in texts {
            let arguments = [
                evaluator.string(pattern.as_bytes()),
                evaluator.string(text.as_bytes()),
            ];
            let found = evaluator.call(self.function, &arguments)?;
            if evaluator.force_bool(found, "while searching packages")? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A text with what the patterns match in it in green; what follows is in the style `after`.
    fn highlighted(&self, text: &str, after: &str) -> Result<String, Failed> {
        let evaluator = &self.session.evaluator;
        let lower = text.to_lowercase();
        // Where the lower case has other lengths, places in it mean nothing.
        if lower.len() != text.len() {
            return Ok(text.to_owned());
        }
        let places = || -> Evaluated<Vec<(usize, usize)>> {
            let split = evaluator.eval_string(SPLIT, Path::new("/"))?;
            let mut places = Vec::new();
            for pattern in &self.patterns {
                let arguments = [
                    evaluator.string(pattern.as_bytes()),
                    evaluator.string(lower.as_bytes()),
                ];
                let parts = evaluator.call(split, &arguments)?;
                let parts = evaluator.force_list(parts, "while searching packages")?;
                let mut start = 0;
                for (index, part) in evaluator.elements(parts).enumerate() {
                    let part = evaluator.force_string(part, "while searching packages")?;
                    let end = start + part.bytes.len();
                    if index % 2 == 1 && end > start {
                        places.push((start, end));
                    }
                    start = end;
                }
            }
            places.sort_unstable();
            Ok(places)
        };
        let places = places().map_err(|error| self.session.evaluation_failed(&error))?;
        let mut styled = String::new();
        let mut done = 0;
        let mut places = places.into_iter().peekable();
        while let Some((start, mut end)) = places.next() {
            // Those that overlap are one.
            while let Some((_, next_end)) = places.next_if(|(next, _)| *next <= end) {
                end = end.max(next_end);
            }
            let parts = (text.get(done..start), text.get(start..end));
            if let (Some(before), Some(matched)) = parts {
                styled.push_str(&format!("{before}{GREEN}{matched}{after}"));
                done = end;
            }
        }
        styled.push_str(text.get(done..).unwrap_or_default());
        Ok(styled)
    }

    fn print(&self) -> Result<(), Failed> {
        if self.session.arguments.has("json") {
            let mut object = Map::new();
            for found in &self.found {
                let value = json!({
                    "description": found.description,
                    "pname": found.name,
                    "version": found.version,
                });
                object.insert(found.path.clone(), value);
            }
            return self.session.print_json(&object.into());
        }
        if self.found.is_empty() {
            return Err(Failure::new("no results for the given search term(s)!").into());
        }
        for (index, found) in self.found.iter().enumerate() {
            if index > 0 {
                self.session.print("")?;
            }
            let version = match found.version.as_str() {
                "" => String::new(),
                version => format!(" ({version})"),
            };
            let path = self.highlighted(&found.path, HIGHLIGHT)?;
            self.session
                .print(&format!("* {HIGHLIGHT}{path}{NORMAL}{version}"))?;
            if !found.description.is_empty() {
                let description = self.highlighted(&found.description, NORMAL)?;
                self.session.print(&format!("  {description}"))?;
            }
        }
        Ok(())
    }
}
