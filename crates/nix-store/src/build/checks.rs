//! What a derivation demands of its outputs: what they may refer to and how large they may be.

use std::collections::{BTreeMap, BTreeSet};

use nix_wire::StorePath;

use super::BuildError;
use super::attributes::{OutputChecks, Reference};
use super::environment::Sources;
use nix_wire::PathInfo;

pub(super) fn check(
    sources: &Sources<'_>,
    infos: &BTreeMap<String, PathInfo>,
) -> Result<(), BuildError> {
    for (output, info) in infos {
        if let Some(checks) = sources.attributes.checks_of(output) {
            Check {
                sources,
                infos,
                output,
                info,
            }
            .apply(checks)?;
        }
    }
    Ok(())
}

struct Check<'a> {
    sources: &'a Sources<'a>,
    infos: &'a BTreeMap<String, PathInfo>,
    output: &'a str,
    info: &'a PathInfo,
}

impl Check<'_> {
    fn apply(&self, checks: &OutputChecks) -> Result<(), BuildError> {
        let path = self.print(&self.info.path);
        if let Some(limit) = checks.max_size.filter(|limit| self.info.nar_size > *limit) {
            return Err(BuildError::OutputRejected(format!(
                "path '{path}' is too large at {} bytes; limit is {limit} bytes",
                self.info.nar_size
            )));
        }
        if let Some(limit) = checks.max_closure_size {
            let (_, size) = self.closure()?;
            if size > limit {
                return Err(BuildError::OutputRejected(format!(
                    "closure of path '{path}' is too large at {size} bytes; limit is {limit} bytes"
                )));
            }
        }
        // A list of what is allowed may be empty, which is not the same as none.
        if let Some(allowed) = &checks.allowed_references {
            self.references(&self.info.references, allowed, true)?;
        }
        if !checks.disallowed_references.is_empty() {
            self.references(&self.info.references, &checks.disallowed_references, false)?;
        }
        if checks.allowed_requisites.is_none() && checks.disallowed_requisites.is_empty() {
            return Ok(());
        }
        let (mut closure, _) = self.closure()?;
        if checks.ignore_self {
            closure.remove(&self.info.path);
        }
        if let Some(allowed) = &checks.allowed_requisites {
            self.references(&closure, allowed, true)?;
        }
        if !checks.disallowed_requisites.is_empty() {
            self.references(&closure, &checks.disallowed_requisites, false)?;
        }
        Ok(())
    }

    fn references(
        &self,
        used: &BTreeSet<StorePath>,
        listed: &[Reference],
        allowed: bool,
    ) -> Result<(), BuildError> {
        let mut paths = BTreeSet::new();
        for reference in listed {
            paths.insert(match reference {
                Reference::Object(path) => path,
                Reference::Output(name) => match self.infos.get(name) {
                    Some(info) => &info.path,
                    None => return Err(self.unknown_output(name)),
                },
            });
        }
        let bad: Vec<&StorePath> = used
            .iter()
            .filter(|path| paths.contains(path) != allowed)
            .collect();
        if bad.is_empty() {
            return Ok(());
        }
        let list: String = bad
            .iter()
            .map(|path| format!("\n  {}", self.print(path)))
            .collect();
        Err(BuildError::OutputRejected(format!(
            "output '{}' is not allowed to refer to the following paths:{list}",
            self.print(&self.info.path)
        )))
    }

    fn unknown_output(&self, name: &str) -> BuildError {
        let outputs: Vec<&str> = self.infos.keys().map(String::as_str).collect();
        self.sources.bad(format!(
            "output check for '{}' contains output name '{name}', but this is not a valid output \
             of this derivation. (Valid outputs are [{}].)",
            self.output,
            outputs.join(", ")
        ))
    }

    /// The closure of the output and its size. Other outputs may not be valid yet.
    fn closure(&self) -> Result<(BTreeSet<StorePath>, u64), BuildError> {
        let by_path: BTreeMap<&StorePath, &PathInfo> =
            self.infos.values().map(|info| (&info.path, info)).collect();
        let (mut closure, mut size) = (BTreeSet::new(), 0);
        let mut pending = vec![self.info.path.clone()];
        while let Some(path) = pending.pop() {
            if !closure.insert(path.clone()) {
                continue;
            }
            let info = match by_path.get(&path) {
                Some(info) => (*info).clone(),
                None => self.sources.store.require(&path)?,
            };
            size += info.nar_size;
            pending.extend(info.references);
        }
        Ok((closure, size))
    }

    fn print(&self, path: &StorePath) -> String {
        self.sources.store.layout().print(path)
    }
}
