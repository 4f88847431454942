//! Programs in the outputs of flakes: found, built, started.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use nix_eval::{ContextElement, EvalError};
use nix_flake::installable::{self, FoundOutput};
use nix_flake::registry::RegistryScope;
use nix_wire::StorePath;

use super::outputs::Output;
use super::session::FlakeSession;
use crate::applets::evaluate::Failed;
use crate::applets::installable::object_named;
use crate::applets::package::split_name;
use crate::in_store;
use crate::report::Failure;

/// A program to start.
pub struct App {
    /// Its path in the store.
    pub program: PathBuf,
}

impl App {
    /// The program that an output is, built: an app, or a package's main program.
    pub fn of(session: &FlakeSession, found: &FoundOutput) -> Result<App, Failed> {
        let output = Output {
            evaluator: &session.evaluator,
            path: found.path.clone(),
            value: found.value,
        };
        let failed = |error: Box<EvalError>| session.evaluation_failed(&error);
        let kind = output.string("type").map_err(failed)?;
        let first = output.path.first().map(String::as_str);
        let wanted = match first {
            Some("apps" | "defaultApp") => "app",
            _ => "derivation",
        };
        if kind.as_deref() != Some(wanted) {
            return Err(Failure::new(format!(
                "attribute '{}' should have type '{wanted}'",
                output.name()
            ))
            .into());
        }
        match wanted {
            "app" => App::of_app(session, &output),
            _ => App::of_package(session, &output),
        }
    }

    fn of_app(session: &FlakeSession, output: &Output<'_>) -> Result<App, Failed> {
        let failed = |error: Box<EvalError>| session.evaluation_failed(&error);
        let evaluator = output.evaluator;
        let program = output.get("program").map_err(failed)?.ok_or_else(|| {
            Failure::new(format!(
                "attribute '{}.program' does not exist",
                output.name()
            ))
        })?;
        let text = evaluator
            .force_string(program.value, "while evaluating the program of an app")
            .map_err(failed)?;
        let elements: Vec<ContextElement> = evaluator.context_elements(text.context);
        let program = text.to_string_lossy().into_owned();
        evaluator
            .host()
            .realise(&elements)
            .map_err(|error| failed(error.into()))?;
        let store_dir = session.engine.store().store_dir().as_str();
        if !program.starts_with(&format!("{store_dir}/")) {
            return Err(
                Failure::new(format!("app program '{program}' is not in the Nix store")).into(),
            );
        }
        Ok(App {
            program: PathBuf::from(program),
        })
    }

    fn of_package(session: &FlakeSession, output: &Output<'_>) -> Result<App, Failed> {
        let failed = |error: Box<EvalError>| session.evaluation_failed(&error);
        let find = || -> Result<String, Box<EvalError>> {
            if let Some(meta) = output.get("meta")?
                && let Some(name) = meta.string("mainProgram")?
            {
                return Ok(name);
            }
            if let Some(name) = output.string("pname")? {
                return Ok(name);
            }
            let name = output.string("name")?.unwrap_or_default();
            Ok(split_name(&name).0.to_owned())
        };
        let name = find().map_err(failed)?;
        let path = session
            .build_value(output.value)?
            .ok_or_else(|| Failure::new(format!("'{}' has no output", output.name())))?;
        Ok(App {
            program: in_its_place(session, &path).join("bin").join(name),
        })
    }

    /// Becomes the program. Returns only when that fails.
    pub fn become_program(
        &self,
        session: &FlakeSession,
        arguments: &[String],
        variables: &[(&str, OsString)],
    ) -> Failed {
        let mut command = in_store::command(&session.engine.settings().layout, &self.program);
        command.args(arguments);
        for (name, value) in variables {
            command.env(name, value);
        }
        start(&mut command)
    }
}

/// The object of the store that a path leads to, if a text is such a path.
pub fn named_object(session: &FlakeSession, text: &str) -> Option<StorePath> {
    object_named(&session.engine, &session.environment.directory, text)
}

/// Where an object is for programs that are started in its store.
pub fn in_its_place(session: &FlakeSession, path: &StorePath) -> PathBuf {
    PathBuf::from(session.engine.store().store_dir().print(path))
}

/// Becomes another program. Returns only when that fails.
pub fn start(command: &mut Command) -> Failed {
    in_store::become_program(command).into()
}

/// Where apps are looked for, and packages in their place; and what is meant when none is named.
pub fn app_places(session: &FlakeSession) -> (Vec<String>, Vec<String>) {
    let system = session.system();
    let mut prefixes = vec![format!("apps.{system}.")];
    prefixes.extend(package_prefixes(session));
    let mut defaults = vec![
        format!("apps.{system}.default"),
        format!("defaultApp.{system}"),
    ];
    defaults.extend(package_defaults(session));
    (prefixes, defaults)
}

/// Where packages are looked for.
pub fn package_prefixes(session: &FlakeSession) -> Vec<String> {
    installable::package_prefixes(session.system())
}

/// What is meant when no package is named.
pub fn package_defaults(session: &FlakeSession) -> Vec<String> {
    installable::package_defaults(session.system())
}

/// Whether a reference stands for the source that this program carries with itself.
pub fn is_own_source(session: &FlakeSession, text: &str) -> Result<Option<String>, Failed> {
    let found = session.find(text)?;
    let flakes = session.engine.flakes();
    let resolved = flakes
        .registries
        .resolve(&found.reference, RegistryScope::All);
    let own = resolved
        .ok()
        .filter(|resolved| resolved.input.string("narHash") == Some(hm_embedded::NAR_HASH));
    let Some(own) = own else {
        return Ok(None);
    };
    flakes.warn_of_branch(&found.reference, &own);
    Ok(Some(found.fragment))
}
