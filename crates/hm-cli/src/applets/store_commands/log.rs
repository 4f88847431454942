//! `nix log`

use std::ffi::OsString;
use std::io::Write;

use crate::applets::evaluate::conclude;
use crate::applets::installable::{Found, Request};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::Tool;
use crate::environment::Environment;
use crate::report::Failure;

/// Prints the log of the build that made something.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut request = Request::default();
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => request.rest.push(argument),
                Word::Flag(flag) if request.take(&flag, &mut words)? => {}
                Word::Flag(flag) if options.take(&flag, &mut words)? => {}
                Word::Flag(flag) => {
                    return Err(usage(format!("unrecognised flag '{flag}'")).into());
                }
            }
        }
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
