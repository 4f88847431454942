//! `home-manager status`

use std::path::{Path, PathBuf};

use clap::Args;
use hm_activate::files::RealFiles;
use hm_activate::generation::{GenerationError, Linked};
use hm_plan::{Action, HomeView, Note, Obstacle, Plan};

use super::Context;
use super::diff::out_of_store_target;
use crate::activation::{self, Generation};
use crate::changes;
use crate::generations;
use crate::printer::{GONE, GOOD, WARNING};
use crate::report::Failure;
use crate::user_profile::UserProfile;

/// Show whether the home is as its generation has it
///
/// Exits with 1 if a managed file is missing or was edited, a link leads nowhere, or the packages are
/// not in the user's profile.
#[derive(Debug, Args)]
pub struct StatusArguments {}

/// The deviations of a home from its generation.
#[derive(Default)]
struct Drift {
    lines: Vec<String>,
    /// Whether a switch to the same generation makes some of it right.
    is_mended_by_switch: bool,
    /// Files that a switch would have to move out of the way.
    in_the_way: Vec<PathBuf>,
}

/// Compares the home with the generation that is linked.
pub fn run(context: &Context, _: &StatusArguments) -> Result<(), Failure> {
    let _lock = activation::lock_home(context)?;
    let printer = &context.printer;
    let linked = match activation::linked(context) {
        Linked::Nothing => {
            printer.data("No generation is active.")?;
            return Ok(());
        }
        Linked::Generation(generation) => generation,
        Linked::Lost { path, reason } => return lost(context, &path, &reason),
    };
    if let Err(failure) = activation::ensure_roots(context) {
        // A home that cannot be written can be looked at all the same.
        printer.warning(failure.message);
    }
    let generations = generations::list(&context.settings.profile())?;
    let selected = generations.iter().find(|generation| generation.current);
    // Two generations may be of the same path.
    let number = selected
        .into_iter()
        .chain(&generations)
        .find(|generation| generation.path == linked.path)
        .map(|generation| generation.number);
    let name = number.map_or_else(
        || "the active generation".to_owned(),
        |number| format!("generation {number}"),
    );
    let count = linked.files.leaves.len();
    let mut drift = Drift::default();
    if let Some(selected) = selected
        && selected.path != linked.path
    {
        drift.is_mended_by_switch = true;
        drift.lines.push(format!(
            "{WARNING}!{WARNING:#} the profile has generation {} selected, which is not active",
            selected.number
        ));
    }
    let plan = activation::plan_files(context, Some(&linked.files), &linked)?;
    drift.add_files(context, &plan, &name);
    drift.add_dead_links(context, &linked);
    drift.add_profile(context, &linked, &name);
    printer.data(format_args!(
        "{}: {count} {}",
        capitalised(&name),
        if count == 1 { "file" } else { "files" }
    ))?;
    for line in &drift.lines {
        printer.data(line)?;
    }
    if drift.lines.is_empty() {
        printer.data(format_args!("{GOOD}Everything is in place.{GOOD:#}"))?;
        return Ok(());
    }
    Err(drift.failure(&name, number))
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

impl Drift {
    /// Adds files that are missing, edited, replaced or copied.
    fn add_files(&mut self, context: &Context, plan: &Plan, generation: &str) {
        let settings = &context.settings;
        for action in &plan.actions {
            let Action::Link { path, previous, .. } = action else {
                continue;
            };
            self.is_mended_by_switch = true;
            let path = settings.shown(path);
            self.lines.push(match previous {
                None => format!("{GONE}-{GONE:#} {path} is missing"),
                Some(target) => format!("~ {path} links to {}", settings.shown(target)),
            });
        }
        for collision in &plan.collisions {
            self.in_the_way.push(collision.path.clone());
            let path = settings.shown(&collision.path);
            let lost = format!("it no longer links to {generation}");
            self.lines.push(match &collision.obstacle {
                Obstacle::File => format!("~ {path} was edited ({lost})"),
                Obstacle::Directory => format!("~ {path} was replaced by a directory ({lost})"),
                Obstacle::Link => format!("~ {path} was replaced by another link ({lost})"),
                Obstacle::ParentNotDirectory => format!("~ {path} is not a directory any more"),
                Obstacle::BackupExists(_) | Obstacle::Undeletable(_) => {
                    format!("~ {path} was replaced ({lost})")
                }
            });
            let texts = (
                changes::text(&collision.source),
                changes::text(&collision.path),
            );
            if let (Obstacle::File, (Some(managed), Some(own))) = (&collision.obstacle, texts) {
                let details = changes::line_diff(&managed, &own);
                if let Some(line) = self.lines.last_mut() {
                    line.push('\n');
                    line.push_str(&details.join("\n"));
                }
            }
        }
        for note in &plan.notes {
            if let Note::IdenticalFile { path } = note {
                self.in_the_way.push(path.clone());
                self.lines.push(format!(
                    "~ {} is a copy of the managed file (it no longer links to {generation})",
                    settings.shown(path)
                ));
            }
        }
    }

    /// Adds links out of the store that lead nowhere.
    fn add_dead_links(&mut self, context: &Context, linked: &Generation) {
        for leaf in &linked.files.leaves {
            let managed = linked.files.root.join(leaf);
            if !matches!(RealFiles.resolved_kind(&managed), Ok(None)) {
                continue;
            }
            let target = out_of_store_target(&managed).unwrap_or(managed);
            // The program itself writes what is there at each switch.
            let is_own = target.starts_with(context.settings.state_directory());
            self.is_mended_by_switch |= is_own;
            self.lines.push(format!(
                "{WARNING}!{WARNING:#} {} links to {}, which does not exist",
                context.settings.shown(&context.settings.home.join(leaf)),
                context.settings.shown(&target)
            ));
        }
    }

    /// Adds a profile without the packages of the generation.
    fn add_profile(&mut self, context: &Context, linked: &Generation, generation: &str) {
        let settings = &context.settings;
        let profile = UserProfile::of_generation(settings, linked.manifest.as_ref());
        let (Some(profile), Some(packages)) = (profile, linked.home_path()) else {
            return;
        };
        let link = settings.shown(&profile.link);
        let installed = profile.link.canonicalize().ok();
        let line = match installed {
            None => format!(
                "{GONE}-{GONE:#} {link} is missing: the packages of {generation} are not found"
            ),
            Some(installed) if !has_package(&installed, &packages) => {
                format!("~ {link} does not have the packages of {generation}")
            }
            Some(_) => return,
        };
        self.is_mended_by_switch = true;
        self.lines.push(line);
    }

    fn failure(&self, name: &str, number: Option<u64>) -> Failure {
        let count = self.lines.len();
        let mut failure = Failure::new(if count == 1 {
            format!("the home differs from {name} in one place")
        } else {
            format!("the home differs from {name} in {count} places")
        });
        let switch = match number {
            Some(number) => format!("home-manager switch --generation {number}"),
            None => "home-manager switch".to_owned(),
        };
        if !self.in_the_way.is_empty() {
            let extension = free_extension(&self.in_the_way);
            failure = failure.hint(format!(
                "copy what you want to keep into the configuration; to put the managed files back \
                 and have yours as FILE.{extension}: {switch} -b {extension}"
            ));
        } else if self.is_mended_by_switch {
            failure = failure.hint(format!("put everything in place with: {switch}"));
        }
        failure
    }
}

/// An extension for backups that none of the files has yet.
fn free_extension(files: &[PathBuf]) -> String {
    let is_free = |extension: &str| {
        files.iter().all(|file| {
            let mut backup = file.clone().into_os_string();
            backup.push(format!(".{extension}"));
            Path::new(&backup).symlink_metadata().is_err()
        })
    };
    let numbered = (2..1000).map(|number| format!("backup{number}"));
    std::iter::once("backup".to_owned())
        .chain(numbered)
        .find(|extension| is_free(extension))
        .unwrap_or_else(|| "backup".to_owned())
}

/// Whether a profile has the packages of a home: directly, or as one of its elements.
fn has_package(installed: &Path, packages: &Path) -> bool {
    let text = packages.display().to_string();
    let names_it = |manifest: &str| {
        std::fs::read_to_string(installed.join(manifest))
            .is_ok_and(|manifest| manifest.contains(&text))
    };
    installed == packages || names_it("manifest.json") || names_it("manifest.nix")
}

/// Reports a home whose generation is gone or damaged.
fn lost(context: &Context, path: &Path, reason: &GenerationError) -> Result<(), Failure> {
    let printer = &context.printer;
    let generations = generations::list(&context.settings.profile())?;
    let number = generations
        .iter()
        .find(|generation| generation.path == path)
        .map_or_else(|| "?".to_owned(), |known| known.number.to_string());
    printer.data(format_args!("Generation {number}: {}", path.display()))?;
    printer.data(format_args!(
        "{GONE}-{GONE:#} its objects are lost: {reason}"
    ))?;
    Err(Failure::new("the active generation is lost")
        .hint("make it again with: home-manager switch")
        .hint("or switch to the generation before it with: home-manager switch --rollback"))
}
