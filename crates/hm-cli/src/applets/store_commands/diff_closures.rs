//! `nix store diff-closures`: which versions of what came and went between two closures.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use nix_store::Store;
use nix_wire::StorePath;

use crate::applets::evaluate::{Failed, Session, conclude};
use crate::applets::installable::Request;
use crate::applets::options::usage;
use crate::applets::package::split_name;
use crate::applets::tool::print_lines;
use crate::environment::Environment;
use crate::report::Failure;

/// Smaller changes of size are not worth a line, in bytes.
const SMALLEST_CHANGE: i64 = 8 * 1024;

/// Shows what differs between the closures of two objects.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let (options, request) = Request::parse(words)?;
        let [before, after] = request.rest.as_slice() else {
            return Err(usage("two arguments are expected: before and after").into());
        };
        let session = request.session(options, environment)?;
        let before = built(&session, &request, before)?;
        let after = built(&session, &request, after)?;
        let store = session.engine.store();
        let difference = Difference::between(store, &before, &after)?;
        print_lines(difference.lines(""))
    })
}

fn built(session: &Session, request: &Request, text: &str) -> Result<StorePath, Failed> {
    let one = Request {
        rest: vec![text.to_owned()],
        ..request.clone()
    };
    let found = one.find(session, ".")?;
    let wanted: Vec<_> = found.iter().map(|found| found.wanted()).collect();
    let built = session.engine.build_wanted(&wanted)?;
    let mut paths = built.into_iter().flatten().map(|(_, path)| path);
    match (paths.next(), paths.next()) {
        (Some(path), None) => Ok(path),
        _ => Err(Failure::new(format!("argument '{text}' should be one store path")).into()),
    }
}

/// The objects of a closure: how many bytes they have, by version, by name.
type Versions = BTreeMap<String, BTreeMap<String, BTreeMap<StorePath, u64>>>;

/// What differs between two closures.
pub struct Difference {
    changes: Vec<Change>,
}

struct Change {
    name: String,
    before: Vec<(String, usize)>,
    after: Vec<(String, usize)>,
    bytes: i64,
}

impl Difference {
    /// Compares two closures.
    pub fn between(
        store: &dyn Store,
        before: &StorePath,
        after: &StorePath,
    ) -> Result<Difference, Failed> {
        let (before, after) = (versions(store, before)?, versions(store, after)?);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let empty = BTreeMap::new();
        let mut changes = Vec::new();
        for name in names {
            let old = before.get(name).unwrap_or(&empty);
            let new = after.get(name).unwrap_or(&empty);
            let counted =
                |of: &BTreeMap<String, BTreeMap<StorePath, u64>>,
                 other: &BTreeMap<String, BTreeMap<StorePath, u64>>| {
                    of.iter()
                        .filter(|(version, _)| !other.contains_key(*version))
                        .map(|(version, objects)| (version.clone(), objects.len()))
                        .collect::<Vec<_>>()
                };
            let sum = |of: &BTreeMap<String, BTreeMap<StorePath, u64>>| {
                let sizes = of.values().flat_map(BTreeMap::values);
                i64::try_from(sizes.sum::<u64>()).unwrap_or(i64::MAX)
            };
            let change = Change {
                name: name.clone(),
                before: counted(old, new),
                after: counted(new, old),
                bytes: sum(new) - sum(old),
            };
            if !change.before.is_empty()
                || !change.after.is_empty()
                || change.bytes.abs() >= SMALLEST_CHANGE
            {
                changes.push(change);
            }
        }
        Ok(Difference { changes })
    }

    /// A line for each name.
    pub fn lines(&self, indent: &str) -> Vec<String> {
        self.changes
            .iter()
            .map(|change| {
                let mut parts = Vec::new();
                if !change.before.is_empty() || !change.after.is_empty() {
                    parts.push(format!(
                        "{} → {}",
                        shown(&change.before),
                        shown(&change.after)
                    ));
                }
                if change.bytes.abs() >= SMALLEST_CHANGE {
                    parts.push(format!("{:+.1} KiB", change.bytes as f64 / 1024.0));
                }
                format!("{indent}{}: {}", change.name, parts.join(", "))
            })
            .collect()
    }
}

fn shown(versions: &[(String, usize)]) -> String {
    if versions.is_empty() {
        return "∅".to_owned();
    }
    let texts: Vec<String> = versions
        .iter()
        .map(|(version, count)| {
            let version = if version.is_empty() { "ε" } else { version };
            match count {
                1 => version.to_owned(),
                count => format!("{version} ×{count}"),
            }
        })
        .collect();
    texts.join(", ")
}

fn versions(store: &dyn Store, path: &StorePath) -> Result<Versions, Failed> {
    let mut versions = Versions::new();
    for path in store.closure(&BTreeSet::from([path.clone()]))? {
        let info = store.require(&path)?;
        let (name, version) = parse(path.name());
        versions
            .entry(name.to_owned())
            .or_default()
            .entry(version.to_owned())
            .or_default()
            .insert(path, info.nar_size);
    }
    Ok(versions)
}

/// Name and version of a package; the name of an output at the end belongs to neither.
fn parse(name: &str) -> (&str, &str) {
    let without_output = match name.rsplit_once('-') {
        Some((before, output))
            if !split_name(before).1.is_empty()
                && !output.is_empty()
                && (output.bytes().all(|byte| byte.is_ascii_lowercase())
                    || matches!(output, "lib32" | "lib64")) =>
        {
            before
        }
        _ => name,
    };
    split_name(without_output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_versions_and_outputs() {
        assert_eq!(parse("hello-2.12.1"), ("hello", "2.12.1"));
        assert_eq!(parse("openssl-3.0.8-dev"), ("openssl", "3.0.8"));
        assert_eq!(parse("env-manifest.nix"), ("env-manifest.nix", ""));
        assert_eq!(parse("gcc-12.2.0-lib64"), ("gcc", "12.2.0"));
        assert_eq!(parse("bash"), ("bash", ""));
        assert_eq!(parse(""), ("", ""));
    }

    #[test]
    fn versions_are_shown_with_how_many_there_are() {
        assert_eq!(shown(&[]), "∅");
        assert_eq!(
            shown(&[(String::new(), 1), ("1.0".to_owned(), 2)]),
            "ε, 1.0 ×2"
        );
    }
}
