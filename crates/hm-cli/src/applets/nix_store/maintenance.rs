//! `--gc`, `--delete`, `--verify`, `--verify-path`, `--repair-path`, `--optimise`, `--init`.

use std::collections::BTreeSet;

use super::{Request, unknown_flag};
use crate::applets::collect::{self, What};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::applets::tool::{Tool, print_lines};
use crate::applets::upkeep;

/// Deletes what nothing needs, or says what that is, or what keeps the rest.
pub fn collect(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let mut what = What::Delete;
    let mut roots = false;
    for flag in &request.flags {
        match flag.as_str() {
            "--print-roots" => roots = true,
            "--print-live" => what = What::PrintLive,
            "--print-dead" => what = What::PrintDead,
            "--delete" => what = What::Delete,
            _ => return Err(usage(format!("bad sub-operation '{flag}' in GC")).into()),
        }
    }
    request.no_arguments()?;
    if request.max_freed.is_some() && (roots || what != What::Delete) {
        return Err(usage(
            "option --max-freed cannot be combined with --print-live, --print-dead, or \
             --print-roots",
        )
        .into());
    }
    if roots {
        return print_roots(tool);
    }
    let mut options = tool.configuration.gc_options();
    options.max_freed = request.max_freed;
    collect::collect(tool, options, what)
}

fn print_roots(tool: &Tool<'_>) -> Result<(), Failed> {
    let mut roots = BTreeSet::new();
    for (target, names) in tool.store().find_roots()? {
        for name in names {
            roots.insert((name, tool.print(&target)));
        }
    }
    print_lines(
        roots
            .into_iter()
            .map(|(root, target)| format!("\"{root}\" -> {target}")),
    )
}

/// Deletes the given objects if nothing needs them.
pub fn delete(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let mut ignore_liveness = false;
    for flag in &request.flags {
        match flag.as_str() {
            "--ignore-liveness" => ignore_liveness = true,
            _ => return Err(unknown_flag(flag)),
        }
    }
    let paths = request
        .arguments
        .iter()
        .map(|argument| tool.object(argument))
        .collect::<Result<_, _>>()?;
    collect::delete(tool, paths, ignore_liveness)
}

/// Makes the store's directories and database.
pub fn initialise(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    request.no_arguments()?;
    Ok(tool.store().connect()?)
}

/// Looks whether the store is as it is registered, and puts it right where it can.
pub fn verify(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_arguments()?;
    let mut contents = false;
    for flag in &request.flags {
        match flag.as_str() {
            "--check-contents" => contents = true,
            "--repair" => {}
            _ => return Err(unknown_flag(flag)),
        }
    }
    if upkeep::verify(tool, contents, tool.options.repair)? {
        Ok(())
    } else {
        plain("warning: not all store errors were fixed");
        Err(Failed::silent(1))
    }
}

/// Looks whether objects are as they were registered.
pub fn verify_path(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let mut unchanged = true;
    for argument in &request.arguments {
        let path = tool.object(argument)?;
        unchanged &= upkeep::is_unchanged(tool, &path)?;
    }
    if unchanged {
        Ok(())
    } else {
        Err(Failed::silent(1))
    }
}

/// Makes objects again that were changed.
pub fn repair_path(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    for argument in &request.arguments {
        upkeep::repair(tool, &tool.object(argument)?)?;
    }
    Ok(())
}

/// Makes equal files one.
pub fn optimise(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    request.no_arguments()?;
    upkeep::optimise(tool)
}
