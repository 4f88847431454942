//! `nix why-depends`: the chains of references from one object to another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix_store::Store;
use nix_wire::StorePath;

use crate::applets::engine::plain;
use crate::applets::evaluate::{Failed, conclude};
use crate::applets::installable::{Found, Request};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::print_lines;
use crate::environment::Environment;
use crate::report::Failure;

/// How much is shown on each side of a reference in a file, in bytes.
const MARGIN: usize = 32;

/// Shows why one object needs another.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut request = Request::default();
        let (mut all, mut precise) = (false, false);
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => request.rest.push(argument),
                Word::Flag(flag) => match flag.as_str() {
                    "-a" | "--all" => all = true,
                    "--precise" => precise = true,
                    _ if request.take(&flag, &mut words)? => {}
                    _ if options.take(&flag, &mut words)? => {}
                    _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
                },
            }
        }
        let [package, dependency] = request.rest.as_slice() else {
            return Err(usage("two arguments are expected: a package and a dependency").into());
        };
        let session = request.session(options, environment)?;
        let object = |text: &str, build: bool| -> Result<Option<StorePath>, Failed> {
            let one = Request {
                rest: vec![text.to_owned()],
                ..request.clone()
            };
            let found = one.find(&session, ".")?;
            let [found] = found.as_slice() else {
                return Err(Failure::new(format!("argument '{text}' should be one thing")).into());
            };
            Ok(match (found, build) {
                (Found::Object(path), _) => Some(path.clone()),
                (Found::Outputs { .. }, true) => {
                    let built = session.engine.build_wanted(&[found.wanted()])?;
                    built.into_iter().flatten().map(|(_, path)| path).next()
                }
                (
                    Found::Outputs {
                        derivation,
                        outputs,
                    },
                    false,
                ) => session
                    .engine
                    .store()
                    .derivation_outputs(derivation)?
                    .into_iter()
                    .find(|(name, _)| outputs.contains(name))
                    .and_then(|(_, path)| path),
            })
        };
        let package_path = object(package, true)?
            .ok_or_else(|| Failure::new(format!("'{package}' has no output")))?;
        // What was never built is needed by nothing.
        let Some(dependency) = object(dependency, false)? else {
            plain(&format!("'{package}' does not depend on '{dependency}'"));
            return Ok(());
        };
        let package = package_path;
        let store = session.engine.store();
        let closure = store.closure(&BTreeSet::from([package.clone()]))?;
        if !closure.contains(&dependency) {
            plain(&format!(
                "'{}' does not depend on '{}'",
                store.store_dir().print(&package),
                store.store_dir().print(&dependency)
            ));
            return Ok(());
        }
        let mut search = Search {
            store,
            dependency: dependency.clone(),
            distances: distances(store, &closure, &dependency)?,
            all,
            precise,
            visited: BTreeSet::new(),
            lines: Vec::new(),
        };
        search.show(&package, "", "", package != dependency)?;
        print_lines(search.lines)
    })
}

/// Of those in the closure that need the dependency, how many steps away from it they are.
fn distances(
    store: &dyn Store,
    closure: &BTreeSet<StorePath>,
    dependency: &StorePath,
) -> Result<BTreeMap<StorePath, usize>, Failed> {
    let mut referrers: BTreeMap<StorePath, Vec<StorePath>> = BTreeMap::new();
    for path in closure {
        for reference in store.require(path)?.references {
            referrers.entry(reference).or_default().push(path.clone());
        }
    }
    let mut distances = BTreeMap::from([(dependency.clone(), 0)]);
    let mut pending = VecDeque::from([dependency.clone()]);
    while let Some(path) = pending.pop_front() {
        let distance = distances[&path];
        for referrer in referrers.get(&path).into_iter().flatten() {
            if !distances.contains_key(referrer) {
                distances.insert(referrer.clone(), distance + 1);
                pending.push_back(referrer.clone());
            }
        }
    }
    Ok(distances)
}

struct Search<'a> {
    store: &'a dyn Store,
    dependency: StorePath,
    distances: BTreeMap<StorePath, usize>,
    all: bool,
    precise: bool,
    visited: BTreeSet<StorePath>,
    lines: Vec<String>,
}

impl Search<'_> {
    /// Shows an object and what it refers to on the way. `false` when the dependency was reached
    /// and one chain is enough.
    fn show(
        &mut self,
        path: &StorePath,
        first: &str,
        rest: &str,
        may_end: bool,
    ) -> Result<bool, Failed> {
        let arrow = if first.is_empty() || !self.precise {
            ""
        } else {
            "→ "
        };
        let printed = self.store.store_dir().print(path);
        self.lines.push(format!("{first}{arrow}{printed}"));
        if *path == self.dependency && !self.all && may_end {
            return Ok(false);
        }
        if !self.visited.insert(path.clone()) {
            return Ok(true);
        }
        let mut references: Vec<(usize, StorePath)> = self
            .store
            .require(path)?
            .references
            .into_iter()
            .filter(|reference| reference != path)
            .filter_map(|reference| Some((*self.distances.get(&reference)?, reference)))
            .collect();
        references.sort();
        let mentions = if self.precise {
            self.mentions(path, &references)?
        } else {
            BTreeMap::new()
        };
        let count = references.len();
        for (index, (_, reference)) in references.into_iter().enumerate() {
            let last = !self.all || index + 1 == count;
            let line = if last { "    " } else { "│   " };
            let branch = if last { "└───" } else { "├───" };
            let next = format!("{rest}{line}");
            if self.precise {
                let found = mentions
                    .get(&reference)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                for (index, mention) in found.iter().enumerate() {
                    let prefix = if index == 0 { branch } else { line };
                    self.lines.push(format!("{rest}{prefix}{mention}"));
                    if !self.all {
                        break;
                    }
                }
                if !self.show(&reference, &next, &next, true)? {
                    return Ok(false);
                }
            } else if !self.show(&reference, &format!("{rest}{branch}"), &next, true)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The places in an object where others are mentioned.
    fn mentions(
        &self,
        path: &StorePath,
        references: &[(usize, StorePath)],
    ) -> Result<BTreeMap<StorePath, Vec<String>>, Failed> {
        let root = self
            .store
            .real_path(path)
            .ok_or_else(|| Failure::new("the files of this store are not on this machine"))?;
        let mut found = BTreeMap::new();
        look(&root, Path::new(""), references, &mut found)
            .map_err(|error| Failure::io("read", &root, &error))?;
        Ok(found)
    }
}

fn look(
    root: &Path,
    below: &Path,
    references: &[(usize, StorePath)],
    found: &mut BTreeMap<StorePath, Vec<String>>,
) -> std::io::Result<()> {
    let path = match below.as_os_str().is_empty() {
        true => root.to_owned(),
        false => root.join(below),
    };
    let metadata = fs::symlink_metadata(&path)?;
    if metadata.is_dir() {
        let mut names: Vec<_> = fs::read_dir(&path)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<std::io::Result<_>>()?;
        names.sort();
        for name in names {
            look(root, &below.join(name), references, found)?;
        }
        return Ok(());
    }
    let shown = match below.as_os_str().is_empty() {
        true => "/".to_owned(),
        false => below.display().to_string(),
    };
    let (contents, is_link) = if metadata.is_symlink() {
        (fs::read_link(&path)?.as_os_str().as_bytes().to_vec(), true)
    } else {
        (fs::read(&path)?, false)
    };
    for (_, reference) in references {
        let hash = reference.hash_part().as_bytes();
        let Some(start) = contents.windows(hash.len()).position(|part| part == hash) else {
            continue;
        };
        let text = if is_link {
            format!("{shown} -> {}", String::from_utf8_lossy(&contents))
        } else {
            let from = start.saturating_sub(MARGIN);
            let to = (start + hash.len() + MARGIN).min(contents.len());
            format!("{shown}: …{}…", printable(&contents[from..to]))
        };
        found.entry(reference.clone()).or_default().push(text);
    }
    Ok(())
}

fn printable(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        })
        .collect()
}
