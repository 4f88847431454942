//! `nix flake show`

use std::ffi::OsString;

use nix_eval::{ErrorKind, EvalError};
use serde_json::{Map, Value};

use super::arguments::Flag;
use super::outputs::{Evaluated, Output};
use super::session::{FlakeSession, finish};
use super::style::{BOLD, GREEN, NORMAL, NOTICE, branch};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;

/// Shows the outputs of a flake as a tree.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = [Flag::new("legacy", 0), Flag::new("all-systems", 0)];
    finish(words, environment, &flags, attempt)
}

fn attempt(session: &FlakeSession) -> Result<(), Failed> {
    let reference = session.arguments.one()?.unwrap_or(".");
    let flake = session.flake(reference)?;
    let outputs = session.outputs(&flake)?;
    let show = Show {
        session,
        json: session.arguments.has("json"),
        legacy: session.arguments.has("legacy"),
        all_systems: session.arguments.has("all-systems"),
    };
    let header = format!("{BOLD}{}{NORMAL}", flake.locked().flake.locked);
    let json = show.visit(&Output::root(session, outputs), &header, "")?;
    match show.json {
        true => session.print_json(&Value::Object(json)),
        false => Ok(()),
    }
}

struct Show<'a> {
    session: &'a FlakeSession,
    json: bool,
    legacy: bool,
    all_systems: bool,
}

/// What the place of an output says about what it is.
enum Role {
    /// A set of outputs.
    Set,
    /// A package, check or development environment of one system.
    Package,
    /// A job for Hydra: a derivation or a set of jobs.
    Job,
    /// Something in `legacyPackages`.
    Legacy,
    App,
    Template,
    /// Nothing that is looked into, with its names for JSON and for people.
    Other(&'static str, &'static str),
}

impl Role {
    fn of(path: &[&str]) -> Role {
        match path {
            []
            | [
                "apps"
                | "checks"
                | "defaultApp"
                | "defaultPackage"
                | "devShell"
                | "devShells"
                | "formatter"
                | "nixosConfigurations"
                | "nixosModules"
                | "overlays"
                | "packages"
                | "templates",
            ]
            | ["checks" | "packages" | "devShells" | "apps", _] => Role::Set,
            ["defaultPackage" | "devShell" | "formatter", _]
            | ["checks" | "packages" | "devShells", _, _] => Role::Package,
            ["hydraJobs", ..] => Role::Job,
            ["legacyPackages", ..] => Role::Legacy,
            ["defaultApp", _] | ["apps", _, _] => Role::App,
            ["defaultTemplate"] | ["templates", _] => Role::Template,
            ["overlay"] | ["overlays", _] => Role::Other("nixpkgs-overlay", "Nixpkgs overlay"),
            ["nixosConfigurations", _] => Role::Other("nixos-configuration", "NixOS configuration"),
            ["nixosModule"] | ["nixosModules", _] => Role::Other("nixos-module", "NixOS module"),
            _ => Role::Other("unknown", "unknown"),
        }
    }
}

type Shown = Result<Map<String, Value>, Failed>;

impl Show<'_> {
    /// Shows an output with all that is in it.
    fn visit(&self, output: &Output<'_>, header: &str, indentation: &str) -> Shown {
        let names = output.names();
        let is_legacy = names.first() == Some(&"legacyPackages");
        let shown = match Role::of(&names) {
            Role::Set => self.set(output, header, indentation),
            Role::Package if self.is_other_system(&names) => {
                self.omit(output, header, "omitted", " (use '--all-systems' to show)")
            }
            Role::Package => self.package(output, header),
            Role::Job => match output.is_derivation() {
                Ok(true) => self.derivation(output, header),
                Ok(false) => self.set(output, header, indentation),
                Err(error) => self.without_import(output, header, &error),
            },
            Role::Legacy => self.legacy(output, header, indentation),
            Role::App => self.app(output, header),
            Role::Template => self.template(output, header),
            Role::Other(kind, description) => {
                if !self.json {
                    let line = format!("{header}: {NOTICE}{description}{NORMAL}");
                    self.session.print(&line)?;
                }
                Ok(object([("type", kind.into())]))
            }
        };
        match shown {
            // Sets of old packages hold many that cannot be evaluated.
            Err(_) if is_legacy => Ok(Map::new()),
            shown => shown,
        }
    }

    fn evaluated<T>(&self, result: Evaluated<T>) -> Result<T, Failed> {
        result.map_err(|error| self.session.evaluation_failed(&error))
    }

    fn set(&self, output: &Output<'_>, header: &str, indentation: &str) -> Shown {
        if !self.json {
            self.session.print(header)?;
        }
        let mut shown = Vec::new();
        for child in self.evaluated(output.children())? {
            if self.evaluated(has_content(&child))? {
                shown.push(child);
            }
        }
        let mut json = Map::new();
        for (index, child) in shown.iter().enumerate() {
            let (before, below) = branch(index + 1 == shown.len());
            let name = child.path.last().map(String::as_str).unwrap_or_default();
            let header = format!("{GREEN}{indentation}{before}{NORMAL}{BOLD}{name}{NORMAL}");
            let value = self.visit(child, &header, &format!("{indentation}{below}"))?;
            json.insert(name.to_owned(), Value::Object(value));
        }
        Ok(json)
    }

    fn is_other_system(&self, names: &[&str]) -> bool {
        !self.all_systems && names.get(1).copied() != Some(self.session.system())
    }

    /// Says that an output is left out.
    fn omit(&self, output: &Output<'_>, header: &str, what: &str, why: &str) -> Shown {
        if self.json {
            plain(&format!("warning: {} {what}{why}", output.name()));
        } else {
            self.session
                .print(&format!("{header} {NOTICE}{what}{NORMAL}{why}"))?;
        }
        Ok(Map::new())
    }

    /// What cannot be shown without building something is left out.
    fn without_import(&self, output: &Output<'_>, header: &str, error: &EvalError) -> Shown {
        if error.kind != ErrorKind::ImportFromDerivation {
            return Err(self.session.evaluation_failed(error));
        }
        self.omit(
            output,
            header,
            "omitted due to use of import from derivation",
            "",
        )
    }

    fn package(&self, output: &Output<'_>, header: &str) -> Shown {
        match output.is_derivation() {
            Ok(true) => self.derivation(output, header),
            Ok(false) => {
                plain(&format!(
                    "warning: {}.name is not a derivation",
                    output.name()
                ));
                Ok(Map::new())
            }
            Err(error) => self.without_import(output, header, &error),
        }
    }

    fn derivation(&self, output: &Output<'_>, header: &str) -> Shown {
        let found = || -> Evaluated<(String, String)> {
            let name = output
                .string("name")?
                .ok_or_else(|| missing(output, "name"))?;
            let description = match self.json {
                true => output.description()?.unwrap_or_default(),
                false => String::new(),
            };
            Ok((name, description))
        };
        let (name, description) = match found() {
            Ok(found) => found,
            Err(error) => return self.without_import(output, header, &error),
        };
        let kind = match output.names().as_slice() {
            ["devShell", _] | ["devShells", _, ..] => "development environment",
            ["checks", _, _] | ["hydraJobs", ..] => "derivation",
            _ => "package",
        };
        if !self.json {
            self.session.print(&format!("{header}: {kind} '{name}'"))?;
        }
        Ok(object([
            ("description", description.into()),
            ("name", name.into()),
            ("type", "derivation".into()),
        ]))
    }

    fn legacy(&self, output: &Output<'_>, header: &str, indentation: &str) -> Shown {
        let names = output.names();
        if names.len() == 1 {
            return self.set(output, header, indentation);
        }
        if !self.legacy {
            return self.omit(output, header, "omitted", " (use '--legacy' to show)");
        }
        if self.is_other_system(&names) {
            return self.omit(output, header, "omitted", " (use '--all-systems' to show)");
        }
        match output.is_derivation() {
            Ok(true) => self.derivation(output, header),
            Ok(false) if names.len() <= 2 => self.set(output, header, indentation),
            Ok(false) => Ok(Map::new()),
            Err(error) => self.without_import(output, header, &error),
        }
    }

    fn app(&self, output: &Output<'_>, header: &str) -> Shown {
        let found = || -> Evaluated<Option<String>> {
            let kind = output.string("type")?;
            let description = output.description()?;
            match kind.as_deref() {
                Some("app") => Ok(description),
                _ => Err(EvalError::eval("not an app definition")),
            }
        };
        let description = self.evaluated(found())?;
        if !self.json {
            let text = description.as_deref().unwrap_or("no description");
            self.session
                .print(&format!("{header}: app: {BOLD}{text}{NORMAL}"))?;
        }
        let description = description.map(|text| ("description", Value::from(text)));
        Ok(object(
            description
                .into_iter()
                .chain([("type", Value::from("app"))]),
        ))
    }

    fn template(&self, output: &Output<'_>, header: &str) -> Shown {
        let description = output
            .string("description")
            .and_then(|found| found.ok_or_else(|| missing(output, "description")));
        let description = self.evaluated(description)?;
        if !self.json {
            self.session
                .print(&format!("{header}: template: {BOLD}{description}{NORMAL}"))?;
        }
        Ok(object([
            ("description", description.into()),
            ("type", "template".into()),
        ]))
    }
}

fn object(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn missing(output: &Output<'_>, name: &str) -> Box<EvalError> {
    EvalError::new(
        ErrorKind::MissingAttribute,
        format!("attribute '{}.{name}' does not exist", output.name()),
    )
}

/// Outputs that have a set for each system.
const BY_SYSTEM: [&str; 5] = ["apps", "checks", "devShells", "legacyPackages", "packages"];
/// Outputs that are sets.
const BY_NAME: [&str; 4] = [
    "formatter",
    "nixosConfigurations",
    "nixosModules",
    "overlays",
];

/// Whether there is something in a set of outputs. Frameworks make many empty ones. What cannot be
/// evaluated counts as something; but a file that is missing or no expression is an error at once.
fn has_content(output: &Output<'_>) -> Evaluated<bool> {
    let looked_into = match output.names().as_slice() {
        [name] => BY_SYSTEM.contains(name) || BY_NAME.contains(name),
        [name, _] => BY_SYSTEM.contains(name),
        _ => false,
    };
    if !looked_into {
        return Ok(true);
    }
    let children = match output.children() {
        Ok(children) => children,
        Err(error) if matches!(error.kind, ErrorKind::Parse | ErrorKind::Io) => return Err(error),
        Err(_) => return Ok(true),
    };
    for child in &children {
        if has_content(child)? {
            return Ok(true);
        }
    }
    Ok(false)
}
