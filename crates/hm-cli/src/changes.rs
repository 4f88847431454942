//! The differences between generations, and between a generation and the home.

use std::path::{Path, PathBuf};

use hm_activate::files::RealFiles;
use hm_plan::diff::{self, Change, FileChange, GenerationDiff, PackageChange};
use similar::{ChangeTag, TextDiff};

use crate::activation::{self, Generation};
use crate::commands::Context;
use crate::printer::{DIM, GONE, GOOD};
use crate::report::Failure;

/// Packages that the modules add for the session; the variables in them are compared instead.
const SESSION_PACKAGES: &[&str] = &["hm-session-vars.sh", "hm-session-vars.fish"];

/// How wide a list of names becomes.
const WIDTH: usize = 76;
/// How many lines of names a summary has.
const LINES: usize = 2;

/// Compares two generations.
///
/// # Errors
/// If one of them cannot be read.
pub fn compare(
    context: &Context,
    old: Option<&Generation>,
    new: &Generation,
) -> Result<GenerationDiff, Failure> {
    let changes = diff::compare_files(&RealFiles, old.map(|old| &old.files), &new.files)
        .map_err(activation::view_failure)?;
    let (files, units) = diff::split_units(changes);
    let mut packages = packages_between(context, old, new)?;
    packages.retain(|package| !SESSION_PACKAGES.contains(&package.name.as_str()));
    let variables = |generation: Option<&Generation>| {
        let script = generation
            .and_then(Generation::home_path)
            .map(|path| path.join("etc/profile.d/hm-session-vars.sh"))
            .and_then(|path| std::fs::read_to_string(path).ok());
        diff::exported_variables(&script.unwrap_or_default())
    };
    let blocks = match old {
        // All blocks of a first generation are new.
        None => Vec::new(),
        Some(old) => diff::compare_blocks(&script(old)?, &script(new)?),
    };
    Ok(GenerationDiff {
        files,
        units,
        packages,
        variables: diff::compare_variables(&variables(old), &variables(Some(new))),
        blocks,
    })
}

fn packages_between(
    context: &Context,
    old: Option<&Generation>,
    new: &Generation,
) -> Result<Vec<PackageChange>, Failure> {
    let old_path = old.and_then(Generation::home_path);
    let new_path = new.home_path();
    if old_path == new_path {
        return Ok(Vec::new());
    }
    let packages = |path: Option<PathBuf>| match path {
        Some(path) => context.session()?.packages_of(&path),
        None => Ok(Vec::new()),
    };
    Ok(diff::compare_packages(
        &packages(old_path)?,
        &packages(new_path)?,
    ))
}

fn script(generation: &Generation) -> Result<String, Failure> {
    let path = generation.path.join("activate");
    std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))
}

/// The differences in a few words: `1 file changed, 2 packages added`.
#[must_use]
pub fn count(difference: &GenerationDiff) -> String {
    let files = changes_of(&difference.files);
    let units = changes_of(&difference.units);
    let packages: Vec<Change> = difference.packages.iter().map(|it| it.change).collect();
    let variables: Vec<Change> = difference.variables.iter().map(|it| it.change).collect();
    let blocks: Vec<Change> = difference.blocks.iter().map(|it| it.change).collect();
    let mut parts = Vec::new();
    for (one, many, changes) in [
        ("file", "files", files),
        ("unit", "units", units),
        ("package", "packages", packages),
        ("variable", "variables", variables),
        ("activation block", "activation blocks", blocks),
    ] {
        let mut name = true;
        for change in [Change::Added, Change::Changed, Change::Removed] {
            let count = changes.iter().filter(|found| **found == change).count();
            if count == 0 {
                continue;
            }
            // The noun once: `1 file added, 2 changed`.
            let noun = match (std::mem::take(&mut name), count) {
                (false, _) => String::new(),
                (true, 1) => format!(" {one}"),
                (true, _) => format!(" {many}"),
            };
            parts.push(format!("{count}{noun} {}", word(change)));
        }
    }
    parts.join(", ")
}

fn changes_of(files: &[FileChange]) -> Vec<Change> {
    files.iter().map(|file| file.change).collect()
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
    }
}

/// The names of everything that differs, in at most two lines, each with `+`, `-` or `~`.
#[must_use]
pub fn names(difference: &GenerationDiff) -> Vec<String> {
    let files = difference.files.iter().chain(&difference.units);
    let files = files.map(|file| (file.change, format!("~/{}", file.path.display())));
    let packages = difference.packages.iter();
    let packages = packages.map(|package| (package.change, package_text(package)));
    let variables = difference.variables.iter();
    let variables = variables.map(|variable| (variable.change, variable.name.clone()));
    let blocks = difference.blocks.iter();
    let blocks = blocks.map(|block| (block.change, format!("home.activation.{}", block.name)));
    let all: Vec<(Change, String)> = files
        .chain(packages)
        .chain(variables)
        .chain(blocks)
        .collect();
    fold(&all)
}

/// Puts items on lines of a limited width, and counts those that do not fit.
fn fold(items: &[(Change, String)]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut width = WIDTH;
    for (index, (change, text)) in items.iter().enumerate() {
        let length = text.chars().count() + 4;
        let rest = format!("  and {} more: home-manager diff", items.len() - index);
        let is_last_line = lines.len() == LINES;
        let reserve = if index + 1 == items.len() {
            0
        } else {
            rest.len()
        };
        if is_last_line && width + length + reserve > WIDTH {
            if let Some(line) = lines.last_mut() {
                line.push_str(&format!("  and {} more", items.len() - index));
            }
            return lines;
        }
        if width + length > WIDTH {
            lines.push(String::new());
            width = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&format!("  {}", marked(*change, text)));
            width += length;
        }
    }
    lines
}

/// A name with its sign, in the colour of the change.
#[must_use]
pub fn marked(change: Change, text: &str) -> String {
    match change {
        Change::Added => format!("{GOOD}+ {text}{GOOD:#}"),
        Change::Removed => format!("{GONE}- {text}{GONE:#}"),
        Change::Changed => format!("~ {text}"),
    }
}

/// A package with its versions.
#[must_use]
pub fn package_text(package: &PackageChange) -> String {
    let PackageChange {
        name,
        change,
        old,
        new,
    } = package;
    let versions = match change {
        Change::Added => new.join(", "),
        Change::Removed => old.join(", "),
        Change::Changed if old == new => {
            let version = new.join(", ");
            format!("{version} (contents changed)").trim().to_owned()
        }
        Change::Changed => {
            let side = |versions: &[String]| match versions {
                [] => "without version".to_owned(),
                versions => versions.join(", "),
            };
            format!("{} -> {}", side(old), side(new))
        }
    };
    format!("{name} {versions}").trim_end().to_owned()
}

/// Returns the lines that differ between two texts, with some around them, as they are shown below
/// the name of a file.
#[must_use]
pub fn line_diff(before: &str, after: &str) -> Vec<String> {
    let difference = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for hunk in difference.unified_diff().context_radius(2).iter_hunks() {
        lines.push(format!("    {DIM}{}{DIM:#}", hunk.header()));
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            lines.push(match change.tag() {
                ChangeTag::Equal => format!("     {line}"),
                ChangeTag::Delete => format!("    {GONE}-{line}{GONE:#}"),
                ChangeTag::Insert => format!("    {GOOD}+{line}{GOOD:#}"),
            });
            if change.missing_newline() {
                lines.push(format!("    {DIM}\\ no newline at the end{DIM:#}"));
            }
        }
    }
    lines
}

/// The text of a file, if it is one and not too long to be read by a person.
#[must_use]
pub fn text(path: &Path) -> Option<String> {
    /// Larger files are not compared line by line.
    const LARGEST: u64 = 1 << 20;
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    String::from_utf8(std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, change: Change) -> FileChange {
        FileChange {
            path: path.into(),
            change,
        }
    }

    #[test]
    fn differences_are_counted_by_kind() {
        let difference = GenerationDiff {
            files: vec![
                file("a", Change::Added),
                file("b", Change::Changed),
                file("c", Change::Changed),
            ],
            packages: vec![PackageChange {
                name: "greet".to_owned(),
                change: Change::Removed,
                old: Vec::new(),
                new: Vec::new(),
            }],
            ..GenerationDiff::default()
        };
        assert_eq!(
            count(&difference),
            "1 file added, 2 changed, 1 package removed"
        );
        let plain: Vec<String> = names(&difference)
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect();
        assert_eq!(plain, ["  + ~/a  ~ ~/b  ~ ~/c  - greet"]);
    }

    #[test]
    fn many_names_are_cut() {
        let files = (0..300).map(|number| file(&format!("directory/{number}"), Change::Changed));
        let difference = GenerationDiff {
            files: files.collect(),
            ..GenerationDiff::default()
        };
        let lines = names(&difference);
        assert_eq!(lines.len(), LINES);
        assert!(
            lines.iter().all(|line| line.chars().count() <= 80),
            "{lines:?}"
        );
        assert!(lines[1].ends_with(" more"), "{lines:?}");
    }
}
