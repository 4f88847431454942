//! `nix registry`

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nix_flake::FlakeReference;
use nix_flake::reference::CommandLineReference;
use nix_flake::registry::{Registry, RegistryEntry, RegistryKind, RegistryScope};

use super::arguments::{Flag, usage};
use super::session::{FlakeSession, finish};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

const FLAGS: &[Flag] = &[Flag::new("registry", 1)];

/// Lists all entries.
pub fn list(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        if let Some(argument) = session.arguments.rest.first() {
            return Err(usage(format!("unexpected argument '{argument}'")).into());
        }
        let flakes = session.engine.flakes();
        let entries = flakes.registries.entries().map_err(Failure::new)?;
        for (kind, entry) in entries {
            let kind = match kind {
                RegistryKind::Flag => "flags ",
                RegistryKind::User => "user  ",
                RegistryKind::System => "system",
                // The program carries it with itself: no file has it.
                RegistryKind::BuiltIn => "built-in",
                RegistryKind::Global => "global",
            };
            let to = target(&entry);
            session.print(&format!("{kind} {} {to}", entry.from))?;
        }
        Ok(())
    })
}

/// What an entry stands for.
fn target(entry: &RegistryEntry) -> FlakeReference {
    FlakeReference {
        input: entry.to.clone(),
        directory: entry.directory.clone().unwrap_or_default(),
    }
}

/// Lets a reference stand for another.
pub fn add(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, FLAGS, |session| {
        let [from, to] = session.arguments.rest.as_slice() else {
            return Err(usage("'nix registry add' takes two references: from, to").into());
        };
        let (from, to) = (reference(session, from)?, reference(session, to)?);
        change(session, |registry| {
            registry.remove(&from);
            registry.add(&from, &to, false);
            Ok(())
        })
    })
}

/// Lets a reference stand for nothing.
pub fn remove(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, FLAGS, |session| {
        let from = session.arguments.one()?;
        let from = from.ok_or_else(|| usage("'nix registry remove' takes a reference"))?;
        let from = reference(session, from)?;
        change(session, |registry| {
            registry.remove(&from);
            Ok(())
        })
    })
}

/// Lets a reference stand for what it, or another, is now.
pub fn pin(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, FLAGS, |session| {
        let (from, to) = match session.arguments.rest.as_slice() {
            [from] => (from, from),
            [from, to] => (from, to),
            _ => return Err(usage("'nix registry pin' takes one or two references").into()),
        };
        let (from, to) = (reference(session, from)?, reference(session, to)?);
        let flakes = session.engine.flakes();
        let resolved = flakes
            .registries
            .resolve(&to, RegistryScope::All)
            .map_err(|error| session.flake_failed(error.into()))?;
        let tree = flakes
            .fetcher
            .fetch(&resolved.input, false)
            .map_err(|error| session.flake_failed(error.into()))?;
        let locked = FlakeReference {
            input: tree.input.clone(),
            directory: from.directory.clone(),
        };
        if !locked.input.is_locked(
            session
                .engine
                .settings()
                .flakes
                .trust_tarballs_from_git_forges,
        ) {
            plain(&format!("warning: flake '{locked}' is not locked"));
        }
        change(session, |registry| {
            registry.remove(&from);
            registry.add(&from, &locked, false);
            Ok(())
        })
    })
}

/// Prints what references stand for.
pub fn resolve(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let flakes = session.engine.flakes();
        for text in &session.arguments.rest {
            let found = reference(session, text)?;
            let resolved = flakes
                .registries
                .resolve(&found, RegistryScope::All)
                .map_err(|error| session.flake_failed(error.into()))?;
            session.print(&resolved.to_string())?;
        }
        Ok(())
    })
}

/// A reference that need not be to something that is there.
fn reference(session: &FlakeSession, text: &str) -> Result<FlakeReference, Failed> {
    let reference = CommandLineReference {
        text,
        base: &session.environment.directory,
        allow_missing: true,
        flake: true,
    };
    let found = reference
        .find()
        .map_err(|error| session.flake_failed(error.into()))?;
    Ok(found.reference)
}

/// Changes the user's registry, or the one that is named.
fn change(
    session: &FlakeSession,
    change: impl FnOnce(&mut Registry) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let path = registry_file(session);
    let (mut registry, warning) = Registry::read(RegistryKind::User, &path);
    if let Some(warning) = warning {
        // What cannot be read would be lost.
        return Err(Failure::new(warning.to_string()).into());
    }
    change(&mut registry)?;
    registry
        .write(&path)
        .map_err(|error| Failure::io("write", &path, &error).into())
}

fn registry_file(session: &FlakeSession) -> PathBuf {
    match session.arguments.value("registry") {
        Some(path) => session.environment.directory.join(path),
        None => {
            let files = &session.engine.settings().flakes.registries;
            files
                .user
                .clone()
                .unwrap_or_else(|| Path::new("/etc/nix/registry.json").to_owned())
        }
    }
}
