//! `home-manager diff`

use std::path::Path;

use clap::Args;
use hm_activate::files::RealFiles;
use hm_plan::diff::{
    BlockChange, Change, FileChange, GenerationDiff, PackageChange, VariableChange,
};
use hm_plan::{Collision, HomeView, Kind, ManagedTree};
use serde_json::json;

use super::Context;
use crate::activation::{self, Generation};
use crate::changes::{self, marked};
use crate::generations;
use crate::printer::{BOLD, GONE, GOOD};
use crate::report::Failure;

/// Show what a switch would change
///
/// Builds the configuration and compares it with the active generation (packages, session
/// variables, activation blocks, files, units) and with the home: files of yours that are in the
/// way are shown too. With one ID, compares that generation with the active one; with two, the first
/// with the second.
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

/// The two generations that are compared.
struct Sides {
    old: Option<Generation>,
    new: Generation,
}

/// Compares and prints.
pub fn run(context: &Context, arguments: &DiffArguments) -> Result<(), Failure> {
    let sides = sides(context, &arguments.ids)?;
    let difference = changes::compare(context, sides.old.as_ref(), &sides.new)?;
    // The home is what the active generation and the user made of it.
    let collisions = if arguments.ids.is_empty() {
        activation::plan_files(
            context,
            sides.old.as_ref().map(|old| &old.files),
            &sides.new,
        )?
        .collisions
    } else {
        Vec::new()
    };
    if arguments.json {
        let mut value = json!(difference);
        value["collisions"] = json!(collisions);
        return Ok(context.printer.data(value)?);
    }
    if difference.is_empty() && collisions.is_empty() {
        return Ok(context.printer.data("Nothing differs.")?);
    }
    let screen = Screen {
        context,
        sides: &sides,
        details: !arguments.summary,
    };
    screen.show(&difference, &collisions)
}

fn sides(context: &Context, ids: &[u64]) -> Result<Sides, Failure> {
    let known = generations::list(&context.settings.profile())?;
    let read = |id: &u64| -> Result<Generation, Failure> {
        let found = known.iter().find(|generation| generation.number == *id);
        let found =
            found.ok_or_else(|| Failure::new(format!("there is no generation with id {id}")))?;
        Ok(Generation::read(&found.path)?)
    };
    match ids {
        [] => {
            let choice = context.settings.flake()?;
            let built = context.session_of(&choice)?.build_generation(&choice)?;
            Ok(Sides {
                old: activation::known(context),
                new: Generation::read(&built)?,
            })
        }
        [old] => {
            let current = activation::current(context)?
                .ok_or_else(|| Failure::new("no generation is active"))?;
            Ok(Sides {
                old: Some(read(old)?),
                new: current,
            })
        }
        [old, new, ..] => Ok(Sides {
            old: Some(read(old)?),
            new: read(new)?,
        }),
    }
}

/// Prints differences.
struct Screen<'a> {
    context: &'a Context,
    sides: &'a Sides,
    /// Whether contents are shown.
    details: bool,
}

impl Screen<'_> {
    fn show(&self, difference: &GenerationDiff, collisions: &[Collision]) -> Result<(), Failure> {
        self.packages(&difference.packages)?;
        self.variables(&difference.variables)?;
        self.blocks(&difference.blocks)?;
        self.files("Files", &difference.files)?;
        self.files("Units", &difference.units)?;
        self.collisions(collisions)?;
        let count = changes::count(difference);
        if !count.is_empty() {
            self.context
                .printer
                .data(format_args!("{BOLD}{count}{BOLD:#}"))?;
        }
        Ok(())
    }

    fn line(&self, text: impl std::fmt::Display) -> Result<(), Failure> {
        Ok(self.context.printer.data(text)?)
    }

    fn title(&self, title: &str) -> Result<(), Failure> {
        self.line(format_args!("{BOLD}{title}{BOLD:#}"))
    }

    fn packages(&self, packages: &[PackageChange]) -> Result<(), Failure> {
        if packages.is_empty() {
            return Ok(());
        }
        self.title("Packages")?;
        for package in packages {
            self.line(marked(package.change, &changes::package_text(package)))?;
        }
        Ok(())
    }

    fn variables(&self, variables: &[VariableChange]) -> Result<(), Failure> {
        if variables.is_empty() {
            return Ok(());
        }
        self.title("Session variables")?;
        for VariableChange {
            name,
            change,
            old,
            new,
        } in variables
        {
            let text = match (old, new) {
                (Some(old), Some(new)) => format!("{name}={old} -> {new}"),
                (Some(value), None) | (None, Some(value)) => format!("{name}={value}"),
                (None, None) => name.clone(),
            };
            self.line(marked(*change, &text))?;
        }
        Ok(())
    }

    fn blocks(&self, blocks: &[BlockChange]) -> Result<(), Failure> {
        if blocks.is_empty() {
            return Ok(());
        }
        self.title("Activation blocks")?;
        for block in blocks {
            self.line(marked(
                block.change,
                &format!("home.activation.{}", block.name),
            ))?;
        }
        Ok(())
    }

    fn files(&self, title: &str, changes: &[FileChange]) -> Result<(), Failure> {
        if changes.is_empty() {
            return Ok(());
        }
        self.title(title)?;
        for FileChange { path, change } in changes {
            let old = self.sides.old.as_ref().map(|old| old.files.root.join(path));
            let old = old.filter(|_| *change != Change::Added);
            let new = Some(self.sides.new.files.root.join(path));
            let new = new.filter(|_| *change != Change::Removed);
            let shown = old.as_deref().or(new.as_deref()).map(count_of_directory);
            let name = format!("{}{}", path.display(), shown.unwrap_or_default());
            self.line(marked(*change, &name))?;
            self.contents(old.as_deref(), new.as_deref())?;
        }
        Ok(())
    }

    /// Shows how two files differ; without one of them, all of the other.
    fn contents(&self, old: Option<&Path>, new: Option<&Path>) -> Result<(), Failure> {
        if !self.details {
            return Ok(());
        }
        let content = |path: Option<&Path>| path.map_or(Some(String::new()), changes::text);
        if let (Some(before), Some(after)) = (content(old), content(new)) {
            return changes::line_diff(&before, &after)
                .iter()
                .try_for_each(|line| self.line(line));
        }
        for (path, sign, style) in [(old, "-", GONE), (new, "+", GOOD)] {
            if let Some(target) = path.and_then(out_of_store_target) {
                let target = self.context.settings.shown(&target);
                self.line(format_args!("    {style}{sign}link to {target}{style:#}"))?;
            }
        }
        Ok(())
    }

    fn collisions(&self, collisions: &[Collision]) -> Result<(), Failure> {
        if collisions.is_empty() {
            return Ok(());
        }
        self.title("In the way: a switch refuses, or moves them with -b EXT")?;
        for collision in collisions {
            let path = self.context.settings.shown(&collision.path);
            let obstacle =
                activation::describe_obstacle(&self.context.settings, &collision.obstacle);
            self.line(format_args!("! {path}: {obstacle}"))?;
            if collision.obstacle == hm_plan::Obstacle::File {
                self.contents(Some(&collision.path), Some(&collision.source))?;
            }
        }
        Ok(())
    }
}

/// For a directory, a slash and the number of files in it.
fn count_of_directory(path: &Path) -> String {
    if !matches!(RealFiles.resolved_kind(path), Ok(Some(Kind::Directory))) {
        return String::new();
    }
    let files = path
        .canonicalize()
        .ok()
        .and_then(|path| ManagedTree::read(&RealFiles, &path).ok());
    match files.map(|files| files.leaves.len()) {
        None => "/".to_owned(),
        Some(1) => "/ (1 file)".to_owned(),
        Some(count) => format!("/ ({count} files)"),
    }
}

/// The target of a link that leads out of the store, by way of the store.
pub fn out_of_store_target(path: &Path) -> Option<std::path::PathBuf> {
    let mut target = std::fs::read_link(path).ok()?;
    while let Ok(next) = std::fs::read_link(&target) {
        target = next;
    }
    Some(target)
}
