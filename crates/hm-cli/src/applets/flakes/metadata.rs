//! `nix flake metadata`

use std::collections::BTreeSet;
use std::ffi::OsString;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nix_flake::lock::{Edge, LockFile, NodeId};
use nix_flake::{FlakeReference, LockedFlake};
use serde_json::{Map, Value};

use super::session::{FlakeSession, finish};
use super::style::{BOLD, NORMAL, branch};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;

/// Shows what a flake was found to be, and its inputs.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], attempt)
}

/// The old name of the command.
pub fn info(words: Vec<OsString>, environment: &Environment) -> u8 {
    plain("warning: 'nix flake info' is a deprecated alias for 'nix flake metadata'");
    run(words, environment)
}

fn attempt(session: &FlakeSession) -> Result<(), Failed> {
    let reference = session.arguments.one()?.unwrap_or(".");
    let flake = session.flake(reference)?;
    let locked = flake.locked();
    match session.arguments.has("json") {
        true => session.print_json(&to_json(session, locked)?),
        false => print(session, locked),
    }
}

/// What is known of a flake, field by field.
struct Facts {
    path: String,
    revision: Option<String>,
    dirty_revision: Option<String>,
    revision_count: Option<u64>,
    last_modified: Option<u64>,
    fingerprint: Option<String>,
}

impl Facts {
    fn of(session: &FlakeSession, locked: &LockedFlake) -> Result<Facts, Failed> {
        let input = &locked.flake.locked.input;
        let failed = |error: nix_flake::FlakeError| session.flake_failed(error);
        let revision = input.revision().map_err(|error| failed(error.into()))?;
        let fingerprint = locked.fingerprint().map_err(failed)?;
        Ok(Facts {
            path: session.store_path(locked),
            revision: revision.map(|revision| revision.base16()),
            dirty_revision: input.string("dirtyRev").map(str::to_owned),
            revision_count: input.revision_count(),
            last_modified: input.last_modified(),
            fingerprint: fingerprint.map(|hash| hash.base16()),
        })
    }
}

fn to_json(session: &FlakeSession, locked: &LockedFlake) -> Result<Value, Failed> {
    let facts = Facts::of(session, locked)?;
    let flake = &locked.flake;
    let mut locked_attributes = flake.locked.to_attributes();
    // Nix shows here that nothing is to be added to the reference any more.
    locked_attributes.set("__final", true);
    let fields = [
        (
            "description",
            flake.file.description.clone().map(Value::from),
        ),
        ("dirtyRevision", facts.dirty_revision.map(Value::from)),
        ("fingerprint", facts.fingerprint.map(Value::from)),
        ("lastModified", facts.last_modified.map(Value::from)),
        ("locked", Some(locked_attributes.to_json())),
        ("locks", Some(locked.lock_file.to_json().value)),
        ("original", Some(flake.original.to_attributes().to_json())),
        ("originalUrl", Some(flake.original.to_string().into())),
        ("path", Some(facts.path.into())),
        ("resolved", Some(flake.resolved.to_attributes().to_json())),
        ("resolvedUrl", Some(flake.resolved.to_string().into())),
        ("revCount", facts.revision_count.map(Value::from)),
        ("revision", facts.revision.map(Value::from)),
        ("url", Some(flake.locked.to_string().into())),
    ];
    let known = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Value::Object(Map::from_iter(known)))
}

fn print(session: &FlakeSession, locked: &LockedFlake) -> Result<(), Failed> {
    let facts = Facts::of(session, locked)?;
    let flake = &locked.flake;
    let line = |label: &str, value: String| {
        let label = format!("{label}:");
        // The labels are as wide as the widest of them.
        let padding = " ".repeat(15_usize.saturating_sub(label.len()));
        session.print(&format!("{BOLD}{label}{NORMAL}{padding}{value}"))
    };
    line("Resolved URL", flake.resolved.to_string())?;
    if flake.locked.input.is_locked(
        session
            .engine
            .settings()
            .flakes
            .trust_tarballs_from_git_forges,
    ) {
        line("Locked URL", flake.locked.to_string())?;
    }
    if let Some(description) = &flake.file.description {
        line("Description", description.clone())?;
    }
    line("Path", facts.path)?;
    if let Some(revision) = facts.revision {
        line("Revision", revision)?;
    }
    if let Some(revision) = facts.dirty_revision {
        line("Revision", revision)?;
    }
    if let Some(count) = facts.revision_count {
        line("Revisions", count.to_string())?;
    }
    if let Some(seconds) = facts.last_modified {
        line("Last modified", date(seconds, TimeZone::system()))?;
    }
    if let Some(fingerprint) = facts.fingerprint {
        line("Fingerprint", fingerprint)?;
    }
    let lock_file = &locked.lock_file;
    if !lock_file.node(NodeId::ROOT).inputs.is_empty() {
        session.print(&format!("{BOLD}Inputs:{NORMAL}"))?;
    }
    let mut visited = BTreeSet::from([NodeId::ROOT]);
    inputs(session, lock_file, NodeId::ROOT, "", &mut visited)
}

/// Draws the inputs of a node; those of a node that was drawn before are left out.
fn inputs(
    session: &FlakeSession,
    lock_file: &LockFile,
    node: NodeId,
    prefix: &str,
    visited: &mut BTreeSet<NodeId>,
) -> Result<(), Failed> {
    let inputs = &lock_file.node(node).inputs;
    for (index, (name, edge)) in inputs.iter().enumerate() {
        let (before, below) = branch(index + 1 == inputs.len());
        match edge {
            Edge::Node(child) => {
                let locked = lock_file
                    .node(*child)
                    .lock
                    .as_ref()
                    .map(|lock| &lock.locked);
                let described = locked.map(describe).unwrap_or_default();
                session.print(&format!(
                    "{prefix}{before}{BOLD}{name}{NORMAL}: {described}"
                ))?;
                if visited.insert(*child) {
                    let prefix = format!("{prefix}{below}");
                    self::inputs(session, lock_file, *child, &prefix, visited)?;
                }
            }
            Edge::Follows(target) => session.print(&format!(
                "{prefix}{before}{BOLD}{name}{NORMAL} follows input '{target}'"
            ))?,
        }
    }
    Ok(())
}

fn describe(locked: &FlakeReference) -> String {
    match locked.input.last_modified() {
        Some(seconds) => format!("{locked} ({})", date(seconds, TimeZone::UTC)),
        None => locked.to_string(),
    }
}

fn date(seconds: u64, zone: TimeZone) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    match Timestamp::from_second(seconds) {
        Ok(time) => time.to_zoned(zone).strftime("%F %T").to_string(),
        Err(_) => seconds.to_string(),
    }
}
