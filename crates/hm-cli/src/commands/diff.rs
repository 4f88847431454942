//! `home-manager diff`

use std::path::Path;

use clap::Args;
use hm_activate::files::RealFiles;
use hm_plan::diff::{self, Change, FileChange, GenerationDiff, PackageChange};
use serde_json::json;
use similar::TextDiff;

use super::Context;
use crate::activation::{self, Generation};
use crate::generations;
use crate::printer::{BOLD, DIM, GONE, GOOD};
use crate::report::Failure;

/// Files larger than this are not compared line by line.
const LARGEST_TEXT: u64 = 1 << 20;

/// Show what a switch would change
///
/// Builds the configuration and compares it with the active generation: packages, files, units.
/// With one or two generations, compares those instead.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print only the names of what differs
    #[arg(long)]
    summary: bool,

    /// Compare these generations: one with the active one, or two with each other
    #[arg(value_name = "ID", num_args = 0..=2)]
    ids: Vec<u64>,
}

/// Compares and prints.
pub fn run(context: &Context, arguments: &DiffArguments) -> Result<(), Failure> {
    let (old, new) = sides(context, &arguments.ids)?;
    let difference = compare(context, old.as_ref(), &new)?;
    if arguments.json {
        return Ok(context.printer.data(json!(difference))?);
    }
    if difference.is_empty() {
        return Ok(context.printer.data("Nothing differs.")?);
    }
    show_packages(context, &difference.packages)?;
    show_files(
        context,
        "Files",
        &difference.files,
        arguments,
        old.as_ref(),
        &new,
    )?;
    show_files(
        context,
        "Units",
        &difference.units,
        arguments,
        old.as_ref(),
        &new,
    )
}

fn sides(context: &Context, ids: &[u64]) -> Result<(Option<Generation>, Generation), Failure> {
    let known = generations::list(&context.settings.profile())?;
    let read = |id: &u64| {
        let found = known.iter().find(|generation| generation.number == *id);
        let found =
            found.ok_or_else(|| Failure::new(format!("there is no generation with id {id}")))?;
        Generation::read(&found.path)
    };
    match ids {
        [] => {
            let choice = context.settings.flake()?;
            let built = context.session_of(&choice)?.build_generation(&choice)?;
            Ok((activation::current(context)?, Generation::read(&built)?))
        }
        [old] => {
            let current = activation::current(context)?
                .ok_or_else(|| Failure::new("no generation is active"))?;
            Ok((Some(read(old)?), current))
        }
        [old, new, ..] => Ok((Some(read(old)?), read(new)?)),
    }
}

fn compare(
    context: &Context,
    old: Option<&Generation>,
    new: &Generation,
) -> Result<GenerationDiff, Failure> {
    let changes = diff::compare_files(&RealFiles, old.map(|old| &old.files), &new.files)
        .map_err(activation::view_failure)?;
    let (files, units) = diff::split_units(changes);
    let packages =
        |generation: Option<&Generation>| match generation.and_then(Generation::home_path) {
            Some(home_path) => context.session()?.package_names(&home_path),
            None => Ok(Vec::new()),
        };
    let (before, after) = (packages(old)?, packages(Some(new))?);
    let packages = diff::compare_packages(
        before.iter().map(String::as_str),
        after.iter().map(String::as_str),
    );
    Ok(GenerationDiff {
        files,
        units,
        packages,
    })
}

fn show_packages(context: &Context, packages: &[PackageChange]) -> Result<(), Failure> {
    if packages.is_empty() {
        return Ok(());
    }
    context
        .printer
        .data(format_args!("{BOLD}Packages{BOLD:#}"))?;
    for PackageChange { name, old, new } in packages {
        let (old, new) = (old.join(", "), new.join(", "));
        let line = match (old.is_empty(), new.is_empty()) {
            (true, _) => format!("{GOOD}+ {name} {new}{GOOD:#}"),
            (_, true) => format!("{GONE}- {name} {old}{GONE:#}"),
            _ => format!("~ {name} {old} -> {new}"),
        };
        context.printer.data(line.trim_end())?;
    }
    Ok(())
}

fn show_files(
    context: &Context,
    title: &str,
    changes: &[FileChange],
    arguments: &DiffArguments,
    old: Option<&Generation>,
    new: &Generation,
) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    context
        .printer
        .data(format_args!("{BOLD}{title}{BOLD:#}"))?;
    for FileChange { path, change } in changes {
        let name = path.display();
        context.printer.data(match change {
            Change::Added => format!("{GOOD}+ {name}{GOOD:#}"),
            Change::Removed => format!("{GONE}- {name}{GONE:#}"),
            Change::Changed => format!("~ {name}"),
        })?;
        if arguments.summary {
            continue;
        }
        let text_in = |generation: Option<&Generation>| {
            generation.map_or_else(
                || Some(String::new()),
                |generation| text(&generation.files.root.join(path)),
            )
        };
        let before = if *change == Change::Added {
            Some(String::new())
        } else {
            text_in(old)
        };
        let after = if *change == Change::Removed {
            Some(String::new())
        } else {
            text_in(Some(new))
        };
        if let (Some(before), Some(after)) = (before, after) {
            show_lines(context, &before, &after)?;
        }
    }
    Ok(())
}

/// The text of a file, when it is one and not too long to be read by a person.
fn text(path: &Path) -> Option<String> {
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST_TEXT {
        return None;
    }
    String::from_utf8(std::fs::read(path).ok()?).ok()
}

fn show_lines(context: &Context, before: &str, after: &str) -> Result<(), Failure> {
    let difference = TextDiff::from_lines(before, after);
    for hunk in difference.unified_diff().context_radius(2).iter_hunks() {
        context
            .printer
            .data(format_args!("    {DIM}{}{DIM:#}", hunk.header()))?;
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            context.printer.data(match change.tag() {
                similar::ChangeTag::Equal => format!("     {line}"),
                similar::ChangeTag::Delete => format!("    {GONE}-{line}{GONE:#}"),
                similar::ChangeTag::Insert => format!("    {GOOD}+{line}{GOOD:#}"),
            })?;
        }
    }
    Ok(())
}
