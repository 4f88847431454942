//! `nix store path-from-hash-part`

use std::ffi::OsString;

use crate::applets::evaluate::conclude;
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::{Tool, print_lines};
use crate::environment::Environment;
use crate::report::Failure;

/// Prints the valid object whose path begins with a hash.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut rest = Vec::new();
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => rest.push(argument),
                Word::Flag(flag) if options.take(&flag, &mut words)? => {}
                Word::Flag(flag) => {
                    return Err(usage(format!("unrecognised flag '{flag}'")).into());
                }
            }
        }
        let [hash_part] = rest.as_slice() else {
            return Err(usage("a hash part is expected").into());
        };
        let tool = Tool::open(options, environment)?;
        let path = tool
            .store()
            .path_from_hash_part(hash_part)?
            .ok_or_else(|| {
                Failure::new(format!(
                    "there is no store path corresponding to '{hash_part}'"
                ))
            })?;
        print_lines([tool.print(&path)])
    })
}
