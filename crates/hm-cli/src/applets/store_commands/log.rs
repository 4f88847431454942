//! `nix log`

use std::ffi::OsString;
use std::io::Write;

use crate::applets::evaluate::conclude;
use crate::applets::installable::{Found, Request};
use crate::applets::tool::Tool;
use crate::environment::Environment;
use crate::report::Failure;

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
            let log = tool.build_log(&path)?.ok_or_else(|| {
                Failure::new(format!(
                    "build log of '{}' is not available",
                    tool.print(&path)
                ))
            })?;
            std::io::stdout().write_all(&log)?;
        }
        Ok(())
    })
}
