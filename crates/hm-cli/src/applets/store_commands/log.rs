//! `nix log`

use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;

use nix_store::Store;
use nix_wire::StorePath;

use crate::applets::evaluate::{Failed, conclude};
use crate::applets::installable::{Found, Request};
use crate::applets::tool::Tool;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;

/// Prints the log of the build that made something.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let (options, request) = Request::parse(words)?;
        let tool = Tool::open(options.clone(), environment)?;
        let session = request.session(options, environment)?;
        for found in request.find(&session, ".")? {
            let path = match found {
                Found::Object(path) => path,
                Found::Outputs { derivation, .. } => derivation,
            };
            let log = find(&tool, &path)?.ok_or_else(|| {
                Failure::new(format!(
                    "build log of '{}' is not available",
                    tool.print(&path)
                ))
            })?;
            terminal::stdout().write_all(&log)?;
        }
        Ok(())
    })
}

/// Looks for a log in the store that is named, and in those from which objects are fetched.
fn find(tool: &Tool<'_>, path: &StorePath) -> Result<Option<Vec<u8>>, Failed> {
    let name = tool.configuration.get("store").unwrap_or_default();
    let is_elsewhere = tool.store().as_local().is_none();
    if !is_elsewhere && let Some(log) = tool.build_log(path)? {
        return Ok(Some(log));
    }
    let derivation = if path.is_derivation() {
        Some(path.clone())
    } else {
        let info = tool.store().path_info(path)?;
        info.and_then(|info| info.deriver)
    };
    let mut others: Vec<Arc<dyn Store>> = Vec::new();
    if is_elsewhere {
        others.push(tool.with_access(|access| Ok(access.open(name)?))?);
    } else {
        for name in tool.configuration.words("substituters") {
            others.extend(tool.with_access(|access| Ok(access.open(&name).ok()))?);
        }
    }
    for store in others {
        let derivation = match &derivation {
            Some(derivation) => Some(derivation.clone()),
            None => store.path_info(path)?.and_then(|info| info.deriver),
        };
        if let Some(derivation) = derivation
            && let Some(log) = store.build_log(&derivation)?
        {
            return Ok(Some(log));
        }
    }
    Ok(None)
}
