//! `nix flake check`

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use nix_engine::EngineError;
use nix_eval::{Coercion, EvalError, Kind, Pos};
use nix_store::build::BuildErrors;
use nix_wire::StorePath;

use super::arguments::Flag;
use super::outputs::{Evaluated, Output};
use super::session::{FlakeSession, finish};
use super::style::{GREEN, NORMAL};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

/// Outputs that are known, but of which nothing is known.
const UNCHECKED: &[&str] = &[
    "lib",
    "darwinConfigurations",
    "darwinModules",
    "flakeModule",
    "flakeModules",
    "herculesCI",
    "homeConfigurations",
    "homeModule",
    "homeModules",
    "nixopsConfigurations",
];

/// Outputs that have another name now.
const REPLACED: &[(&str, &str)] = &[
    ("defaultPackage", "packages.<system>.default"),
    ("defaultApp", "apps.<system>.default"),
    ("defaultTemplate", "templates.default"),
    ("defaultBundler", "bundlers.<system>.default"),
    ("overlay", "overlays.default"),
    ("devShell", "devShells.<system>.default"),
    ("nixosModule", "nixosModules.default"),
];

/// Checks whether the outputs of a flake are what they are said to be, and builds its checks.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = [Flag::new("no-build", 0), Flag::new("all-systems", 0)];
    finish(words, environment, &flags, attempt)
}

fn attempt(session: &FlakeSession) -> Result<(), Failed> {
    let reference = session.arguments.one()?.unwrap_or(".");
    let flake = session.flake(reference)?;
    let outputs = session.outputs(&flake)?;
    let mut check = Check {
        session,
        all_systems: session.arguments.has("all-systems"),
        keep_going: session.configuration.is("keep-going", false),
        failed: false,
        omitted: BTreeSet::new(),
        checks: BTreeMap::new(),
    };
    check.outputs(&Output::root(session, outputs))?;
    if !session.arguments.has("no-build") {
        check.build()?;
    }
    if check.failed {
        return Err(Failure::new("some errors were encountered during the evaluation").into());
    }
    plain(&colour(
        session,
        &format!("{GREEN}all checks passed!{NORMAL}"),
    ));
    if !check.omitted.is_empty() {
        let systems: Vec<&str> = check.omitted.iter().map(String::as_str).collect();
        plain(&format!(
            "warning: The check omitted these incompatible systems: {}\nUse '--all-systems' to \
             check all.",
            systems.join(", ")
        ));
    }
    Ok(())
}

/// A text for the standard error, which has colours on a terminal only.
fn colour(session: &FlakeSession, text: &str) -> String {
    use std::io::IsTerminal;

    let wanted = session.environment.variable("NO_COLOR").is_none();
    match wanted && std::io::stderr().is_terminal() {
        true => text.to_owned(),
        false => anstream::adapter::strip_str(text).to_string(),
    }
}

struct Check<'a> {
    session: &'a FlakeSession,
    all_systems: bool,
    keep_going: bool,
    failed: bool,
    /// Systems whose outputs were left out.
    omitted: BTreeSet<String>,
    /// The derivations to build, with the outputs that they are.
    checks: BTreeMap<StorePath, Vec<String>>,
}

/// A function that checks one output.
type Checker<'a> = fn(&mut Check<'a>, &Output<'a>) -> Result<(), Failed>;

impl<'a> Check<'a> {
    /// Lets an error end the check, unless it is to go on.
    fn report(&mut self, error: &EvalError) -> Result<(), Failed> {
        let failed = self.session.evaluation_failed(error);
        self.report_failed(failed)
    }

    fn report_failed(&mut self, failed: Failed) -> Result<(), Failed> {
        if !self.keep_going {
            return Err(failed);
        }
        plain(&failed.text);
        self.failed = true;
        Ok(())
    }

    fn outputs(&mut self, root: &Output<'a>) -> Result<(), Failed> {
        let mut children = root
            .children()
            .map_err(|error| self.session.evaluation_failed(&error))?;
        // The jobs first, as Nix has them.
        children.sort_by_key(|child| child.path != ["hydraJobs"]);
        for output in children {
            self.output(&output)?;
        }
        Ok(())
    }

    fn output(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let name = output.name();
        if let Err(error) = output.evaluator.force(output.value) {
            let hint = format!("while checking flake output '{name}'");
            return self.report(&error.trace(Pos::NONE, hint));
        }
        if let Some((_, replacement)) = REPLACED.iter().find(|(old, _)| *old == name) {
            plain(&format!(
                "warning: flake output attribute '{name}' is deprecated; use '{replacement}' instead"
            ));
        }
        match name.as_str() {
            "checks" => self.by_system(output, |check, output| check.each(output, Check::check)),
            "packages" | "devShells" => self.by_system(output, |check, output| {
                check.each(output, |check, output| check.derivation(output).map(|_| ()))
            }),
            "formatter" | "defaultPackage" | "devShell" => {
                self.by_system(output, |check, output| check.derivation(output).map(|_| ()))
            }
            "apps" => self.by_system(output, |check, output| check.each(output, Check::app)),
            "defaultApp" => self.by_system(output, Check::app),
            "legacyPackages" => self.by_system(output, |_, _| Ok(())),
            "overlay" => self.overlay(output),
            "overlays" => self.each(output, Check::overlay),
            "nixosModule" => self.module(output),
            "nixosModules" => self.each(output, Check::module),
            "nixosConfigurations" => self.each(output, Check::nixos_configuration),
            "hydraJobs" => self.jobs(output),
            "defaultTemplate" => self.template(output),
            "templates" => self.each(output, Check::template),
            "defaultBundler" => self.by_system(output, Check::bundler),
            "bundlers" => {
                self.by_system(output, |check, output| check.each(output, Check::bundler))
            }
            name if UNCHECKED.contains(&name) => Ok(()),
            name => {
                plain(&format!("warning: unknown flake output '{name}'"));
                Ok(())
            }
        }
    }

    /// Checks each attribute.
    fn each(&mut self, output: &Output<'a>, checker: Checker<'a>) -> Result<(), Failed> {
        match output.children() {
            Ok(children) => children.iter().try_for_each(|child| checker(self, child)),
            Err(error) => {
                let hint = format!("while checking flake output '{}'", output.path[0]);
                self.report(&error.trace(Pos::NONE, hint))
            }
        }
    }

    /// Checks the attributes that are of this machine's system.
    fn by_system(&mut self, output: &Output<'a>, checker: Checker<'a>) -> Result<(), Failed> {
        let evaluator = output.evaluator;
        let children = match output.children() {
            Ok(children) => children,
            Err(error) => {
                let hint = format!("while checking flake output '{}'", output.path[0]);
                return self.report(&error.trace(Pos::NONE, hint));
            }
        };
        for child in children {
            let system = child.path[1].clone();
            if !system.contains('-') {
                let place = position_of(output, &system)
                    .and_then(|pos| evaluator.locate(pos))
                    .map(|location| format!(", at {location}"))
                    .unwrap_or_default();
                self.report(&EvalError::eval(format!(
                    "'{system}' is not a valid system type{place}"
                )))?;
            }
            if !self.all_systems && system != self.session.system() {
                self.omitted.insert(system);
                continue;
            }
            checker(self, &child)?;
        }
        Ok(())
    }

    fn checked(
        &mut self,
        output: &Output<'a>,
        what: &str,
        result: Evaluated<()>,
    ) -> Result<(), Failed> {
        match result {
            Ok(()) => Ok(()),
            Err(error) => {
                let hint = format!("while checking the {what} '{}'", output.name());
                let pos = output.evaluator.value_pos(output.value);
                self.report(&error.trace(pos, hint))
            }
        }
    }

    /// The path of the derivation that an output is.
    fn derivation(&mut self, output: &Output<'a>) -> Result<Option<StorePath>, Failed> {
        let name = output.name();
        let what = "derivation";
        match output.is_derivation() {
            Ok(true) => {}
            Ok(false) => {
                let error =
                    EvalError::eval(format!("flake attribute '{name}' is not a derivation"));
                self.checked(output, what, Err(error))?;
                return Ok(None);
            }
            Err(error) => {
                self.checked(output, what, Err(error))?;
                return Ok(None);
            }
        }
        match output.string("drvPath") {
            Ok(path) => Ok(path.and_then(|path| {
                let store_dir = self.session.engine.store().store_dir();
                store_dir.parse(&path).ok()
            })),
            Err(error) => self.checked(output, what, Err(error)).map(|()| None),
        }
    }

    /// A check: it is built in the end.
    fn check(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let path = self.derivation(output)?;
        if let Some(path) = path
            && output.path[1] == self.session.system()
        {
            self.checks.entry(path).or_default().push(output.name());
        }
        Ok(())
    }

    fn app(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let name = output.name();
        let check = || -> Evaluated<()> {
            let attrs = output.children()?;
            let evaluator = output.evaluator;
            for required in ["type", "program"] {
                let value = output.get(required)?.ok_or_else(|| {
                    EvalError::eval(format!("app '{name}' lacks attribute '{required}'"))
                })?;
                evaluator.force_string(value.value, "while checking an app")?;
            }
            match output.get("meta")? {
                None => plain(&format!("warning: app '{name}' lacks attribute 'meta'")),
                Some(meta) if meta.string("description")?.is_none() => plain(&format!(
                    "warning: app '{name}' lacks attribute 'meta.description'"
                )),
                Some(_) => {}
            }
            only(
                &attrs,
                &["type", "program", "meta"],
                &format!("app '{name}'"),
            )
        };
        let result = check();
        self.checked(output, "app definition", result)
    }

    fn overlay(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let check = || -> Evaluated<()> {
            let evaluator = output.evaluator;
            if evaluator.force_kind(output.value)? != Kind::Function {
                let what = evaluator.describe(output.value);
                return Err(EvalError::eval(format!(
                    "overlay is not a function, but {what} instead"
                )));
            }
            let formals = evaluator.formals(output.value);
            let argument = formals
                .filter(|formals| formals.names.is_none())
                .and_then(|formals| formals.argument)
                .map(|argument| evaluator.symbol_text(argument).to_vec());
            match argument.as_deref() {
                Some(b"final" | b"_" | b"_final") => Ok(()),
                _ => Err(EvalError::eval(
                    "overlay does not take an argument named 'final'",
                )),
            }
        };
        let result = check();
        self.checked(output, "overlay", result)
    }

    fn module(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let result = output.evaluator.force(output.value).map(|_| ());
        self.checked(output, "NixOS module", result)
    }

    fn nixos_configuration(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let check = || -> Evaluated<()> {
            let mut found = output.clone();
            for name in ["config", "system", "build", "toplevel"] {
                found = found.get(name)?.ok_or_else(|| {
                    EvalError::eval(format!(
                        "attribute '{name}' in selection path 'config.system.build.toplevel' not \
                         found"
                    ))
                })?;
            }
            match found.is_derivation()? {
                true => Ok(()),
                false => Err(EvalError::eval(
                    "attribute 'config.system.build.toplevel' is not a derivation",
                )),
            }
        };
        let result = check();
        self.checked(output, "NixOS configuration", result)
    }

    fn jobs(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let children = || -> Evaluated<Vec<Output<'a>>> {
            let children = output.children()?;
            if output.is_derivation()? {
                return Err(EvalError::eval(
                    "jobset should not be a derivation at top-level",
                ));
            }
            Ok(children)
        };
        let children = match children() {
            Ok(children) => children,
            Err(error) => return self.checked(output, "Hydra jobset", Err(error)),
        };
        for child in children {
            match child.is_derivation() {
                Ok(true) => {
                    self.derivation(&child)?;
                }
                Ok(false) => self.jobs(&child)?,
                Err(error) => self.checked(output, "Hydra jobset", Err(error))?,
            }
        }
        Ok(())
    }

    fn template(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let name = output.name();
        let check = || -> Evaluated<()> {
            let attrs = output.children()?;
            let lacks =
                |what: &str| EvalError::eval(format!("template '{name}' lacks attribute '{what}'"));
            let path = output.get("path")?.ok_or_else(|| lacks("path"))?;
            let (path, _) = output.evaluator.coerce_to_string(
                path.value,
                Coercion::PLAIN,
                "while evaluating the path of a template",
            )?;
            let path = String::from_utf8_lossy(&path).into_owned();
            if std::fs::symlink_metadata(&path).is_err() {
                return Err(EvalError::eval(format!(
                    "template '{name}' refers to a non-existent path '{path}'"
                )));
            }
            output
                .string("description")?
                .ok_or_else(|| lacks("description"))?;
            only(
                &attrs,
                &["path", "description", "welcomeText"],
                &format!("template '{name}'"),
            )
        };
        let result = check();
        self.checked(output, "template", result)
    }

    fn bundler(&mut self, output: &Output<'a>) -> Result<(), Failed> {
        let result = output.evaluator.force_kind(output.value).and_then(|kind| {
            match kind == Kind::Function {
                true => Ok(()),
                false => Err(EvalError::eval("bundler must be a function")),
            }
        });
        self.checked(output, "template", result)
    }

    /// Builds the checks.
    fn build(&mut self) -> Result<(), Failed> {
        if self.checks.is_empty() {
            return Ok(());
        }
        let derivations: Vec<StorePath> = self.checks.keys().cloned().collect();
        plain(&format!("running {} flake checks...", derivations.len()));
        match self.session.engine.build(&derivations) {
            Ok(_) => Ok(()),
            Err(EngineError::Build(errors)) if !errors.is_interrupted() => {
                let text = self.describe_failures(&errors);
                // Only a build that was asked for as such tells by the status what it failed of.
                self.report_failed(Failed { text, status: 1 })
            }
            Err(error) => Err(self.session.failed(error)),
        }
    }

    /// Which checks failed of what. Those that were not built because of others are not named.
    fn describe_failures(&self, errors: &BuildErrors) -> String {
        let store_dir = self.session.engine.store().store_dir();
        let mut lines = Vec::new();
        for error in &errors.0 {
            let message = error.to_string();
            let known = lines.len();
            for (path, names) in &self.checks {
                let path = store_dir.print(path);
                // Below the first line other derivations may be named.
                let first = message.lines().next().unwrap_or_default();
                if !first.contains(&path) {
                    continue;
                }
                lines.extend(names.iter().map(|name| {
                    format!(
                        "error: failed to build attribute '{name}', build of '{path}^*' failed: \
                         {message}"
                    )
                }));
            }
            if lines.len() == known {
                lines.push(format!("error: {message}"));
            }
        }
        lines.join("\n")
    }
}

/// Fails if there are other attributes than these.
fn only(attrs: &[Output<'_>], allowed: &[&str], what: &str) -> Evaluated<()> {
    let other = attrs
        .iter()
        .filter_map(|attr| attr.path.last())
        .find(|name| !allowed.contains(&name.as_str()));
    match other {
        None => Ok(()),
        Some(name) => Err(EvalError::eval(format!(
            "{what} has unsupported attribute '{name}'"
        ))),
    }
}

/// Where an attribute is written.
fn position_of(output: &Output<'_>, name: &str) -> Option<Pos> {
    let evaluator = output.evaluator;
    let attrs = evaluator
        .force_attrs(output.value, "while checking a flake")
        .ok()?;
    Some(evaluator.attr_pos(attrs, evaluator.symbol(name.as_bytes())))
}
