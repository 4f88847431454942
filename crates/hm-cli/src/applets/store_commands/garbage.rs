//! `nix store gc` and `nix store delete`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_wire::StorePath;

use crate::applets::collect::{self, What};
use crate::applets::evaluate::{Failed, conclude};
use crate::applets::installable::{Found, Request};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::Tool;
use crate::environment::Environment;

/// Deletes what nothing needs.
pub fn collect(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut dry_run = false;
        let mut max_freed = None;
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => {
                    return Err(usage(format!("unexpected argument '{argument}'")).into());
                }
                Word::Flag(flag) => match flag.as_str() {
                    "--dry-run" => dry_run = true,
                    "--max" => max_freed = Some(words.number(&flag)?),
                    _ if options.take(&flag, &mut words)? => {}
                    _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
                },
            }
        }
        let tool = Tool::open(options, environment)?;
        let mut gc = tool.configuration.gc_options();
        gc.max_freed = max_freed;
        let what = if dry_run { What::Count } else { What::Delete };
        collect::collect(&tool, gc, what)
    })
}

/// Deletes the given objects if nothing needs them.
pub fn delete(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut request = Request::default();
        let (mut ignore_liveness, mut recursive) = (false, false);
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => request.rest.push(argument),
                Word::Flag(flag) => match flag.as_str() {
                    "--ignore-liveness" => ignore_liveness = true,
                    "-r" | "--recursive" => recursive = true,
                    _ if request.take(&flag, &mut words)? => {}
                    _ if options.take(&flag, &mut words)? => {}
                    _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
                },
            }
        }
        let tool = Tool::open(options.clone(), environment)?;
        let session = request.session(options, environment)?;
        let mut paths = objects(&session, &request)?;
        if recursive {
            paths = tool.store().closure(&paths)?;
        }
        collect::delete(&tool, paths, ignore_liveness)
    })
}

/// The objects that installables stand for, without building anything.
fn objects(
    session: &crate::applets::evaluate::Session,
    request: &Request,
) -> Result<BTreeSet<StorePath>, Failed> {
    let store = session.engine.store();
    let mut paths = BTreeSet::new();
    for found in request.find(session, ".")? {
        match found {
            Found::Object(path) => {
                paths.insert(path);
            }
            Found::Outputs {
                derivation,
                outputs,
            } => {
                let known = store.derivation_outputs(&derivation)?;
                paths.extend(
                    known
                        .into_iter()
                        .filter(|(name, _)| outputs.contains(name))
                        .filter_map(|(_, path)| path),
                );
            }
        }
    }
    Ok(paths)
}
