//! A switch in words: its plan, its notes, its failures.

use hm_activate::generation::{Generation, GenerationError};
use hm_activate::journal::JournalError;
use hm_activate::{Outcome, SwitchError, SwitchFailure};
use hm_plan::{Action, Backup, Collision, Note, Obstacle, Plan, ViewError};

use crate::commands::Context;
use crate::printer::{BOLD, GONE, GOOD};
use crate::report::Failure;
use crate::settings::Settings;
use crate::{changes, interrupt};

/// Describes an action as a line of a plan.
pub fn describe(settings: &Settings, action: &Action) -> String {
    let path = settings.shown(action.path());
    match action {
        Action::CreateDirectory { .. } => format!("{GOOD}+{GOOD:#} make directory {path}"),
        Action::RemoveDirectory { .. } => format!("{GONE}-{GONE:#} remove directory {path}"),
        Action::Link {
            target,
            previous: None,
            ..
        } => format!("{GOOD}+{GOOD:#} link {path} -> {}", settings.shown(target)),
        Action::Link { target, .. } => {
            format!("~ relink {path} -> {}", settings.shown(target))
        }
        Action::RemoveLink { .. } => format!("{GONE}-{GONE:#} unlink {path}"),
        Action::Move {
            to, discard: false, ..
        } => format!("~ move {path} to {}", settings.shown(to)),
        Action::Move { discard: true, .. } => format!("{GONE}-{GONE:#} replace {path}"),
    }
}

/// Tells what a switch leaves alone.
pub fn show_notes(context: &Context, plan: &Plan) {
    for note in &plan.notes {
        match note {
            Note::IdenticalFile { path } => context.printer.note(format_args!(
                "{} has just the content that is wanted and stays a file of your own; to have it \
                 managed, remove it or use -b",
                context.settings.shown(path)
            )),
            Note::NotOurs { path } => context.printer.note(format_args!(
                "{} is no longer managed, but something else has taken its place; it is left alone",
                context.settings.shown(path)
            )),
        }
    }
}

/// Tells what a complete switch amounted to.
///
/// # Errors
/// When the store cannot be read.
pub fn show_outcome(
    context: &Context,
    sides: (Option<&Generation>, &Generation),
    outcome: &Outcome,
    number: Option<u64>,
) -> Result<(), Failure> {
    let printer = &context.printer;
    show_notes(context, &outcome.files);
    for leftover in &outcome.leftovers {
        printer.warning(format_args!(
            "{leftover}; it was replaced and may be deleted"
        ));
    }
    if let Some(block) = &outcome.cut_short {
        printer.warning(format_args!(
            "the activation block '{block}' ended the script (exit 0): the blocks after it did not \
             run"
        ));
    }
    if let Some(error) = &outcome.unsynced {
        printer.warning(format_args!(
            "the switch is complete, but the disk does not confirm it ({error}): a power cut may \
             bring the earlier home back"
        ));
    }
    if outcome.uninstalled {
        printer.status("Home Manager was removed: its files, packages and generations.");
        return Ok(());
    }
    if outcome.is_unchanged() {
        printer.status("Nothing has changed.");
        return Ok(());
    }
    show_summary(context, sides, number)
}

/// Says which generation is active now and what it changed.
fn show_summary(
    context: &Context,
    (old, new): (Option<&Generation>, &Generation),
    number: Option<u64>,
) -> Result<(), Failure> {
    let number = number
        .map(|number| format!(" {number}"))
        .unwrap_or_default();
    let is_same = |old: &Generation| old.path == new.path;
    if old.is_some_and(is_same) {
        context.printer.status(format_args!(
            "{BOLD}Generation{number}{BOLD:#} is in place again."
        ));
        return Ok(());
    }
    let difference = changes::compare(context, old, new)?;
    let count = match changes::count(&difference) {
        count if count.is_empty() => "the same contents".to_owned(),
        count => count,
    };
    context.printer.status(format_args!(
        "{BOLD}Switched to generation{number}{BOLD:#}: {count}."
    ));
    for line in changes::names(&difference) {
        context.printer.status(line);
    }
    Ok(())
}

/// All collisions that were found before anything was changed.
pub fn first_collisions(context: &Context, found: &[Collision]) -> Failure {
    let failure = collisions(context, found);
    let (first, rest) = failure.message.split_once('\n').unwrap_or_default();
    Failure {
        message: format!("{first}; nothing was changed\n{rest}"),
        ..failure
    }
}

/// Says what stands in the way of a managed file.
pub fn describe_obstacle(settings: &Settings, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::File => "a file with other content".to_owned(),
        Obstacle::Directory => "a directory that is not managed".to_owned(),
        Obstacle::Undeletable(part) => format!(
            "it may be replaced, but you are not allowed to delete {}",
            settings.shown(part)
        ),
        Obstacle::Link => "a link to somewhere else".to_owned(),
        Obstacle::ParentNotDirectory => "not a directory, but has to be one".to_owned(),
        Obstacle::BackupExists(backup) => {
            format!("its backup {} exists already", settings.shown(backup))
        }
    }
}

/// All collisions, each with what it is, and what to do about them.
pub fn collisions(context: &Context, collisions: &[Collision]) -> Failure {
    let count = collisions.len();
    let mut message = if count == 1 {
        "a file of yours is in the way".to_owned()
    } else {
        format!("{count} files of yours are in the way")
    };
    for Collision { path, obstacle, .. } in collisions {
        let what = describe_obstacle(&context.settings, obstacle);
        let path = context.settings.shown(path);
        message.push_str(&format!("\n  {BOLD}{path}{BOLD:#}: {what}"));
    }
    let settings = &context.settings;
    let is_forced = |collision: &Collision| matches!(collision.obstacle, Obstacle::Undeletable(_));
    if collisions.iter().all(is_forced) {
        return Failure::new(message).hint("move them away, or have their owner delete them");
    }
    let failure = Failure::new(message).hint(format!(
        "see how they differ with: {}",
        settings.command("diff")
    ));
    match &context.settings.backup {
        Backup::Refuse => failure
            .hint(format!(
                "move them out of the way with: {}",
                settings.command("switch -b backup")
            ))
            .hint("or set home.file.<name>.force = true for a file that may be replaced"),
        Backup::Extension { .. } => failure
            .hint(format!(
                "use another extension for this switch: {}",
                settings.command("switch -b EXT")
            ))
            .hint("or replace old backups with: HOME_MANAGER_BACKUP_OVERWRITE=1"),
    }
}

/// Explains why a switch failed, and what became of what it had done.
pub fn failed_switch(
    context: &Context,
    generation: &Generation,
    error: SwitchError<Failure>,
) -> Failure {
    let is_native = generation.is_native();
    let failure = cause(context, error.cause);
    match error.undo {
        Some(error) => failure
            .note(format!("undoing failed as well: {error}"))
            .hint("mend that, then run: home-manager status"),
        None if !is_native => failure.note(
            "its files, packages and generations are as they were before; what else the script of \
             this generation did was not undone",
        ),
        None => {
            let mut note = if error.had_changed {
                "every change to files and profiles was undone".to_owned()
            } else {
                "no file and no profile was changed".to_owned()
            };
            if !error.blocks.is_empty() {
                note.push_str(&format!(
                    "; what activation blocks did by themselves was not undone: {}",
                    error.blocks.join(", ")
                ));
            }
            failure.note(note)
        }
    }
}

fn cause(context: &Context, cause: SwitchFailure<Failure>) -> Failure {
    match cause {
        SwitchFailure::Journal(error) => journal(error),
        SwitchFailure::Driver(error) => Failure::new(error.to_string()),
        SwitchFailure::Plan(failure) => failure,
        SwitchFailure::Collisions(found) => collisions(context, &found),
        SwitchFailure::Sync(error) => {
            Failure::new(format!("cannot write the store to the disk: {error}"))
        }
        SwitchFailure::Script {
            block: Some(name),
            status,
        } => Failure::new(format!("activation failed in the block '{name}': {status}")).hint(
            format!("what it printed is above; its text is in home.activation.{name}"),
        ),
        SwitchFailure::Script {
            block: None,
            status,
        } => Failure::new(format!("activation failed: {status}")),
    }
}

/// A journal that cannot be kept or followed.
#[expect(clippy::needless_pass_by_value, reason = "passed to map_err as it is")]
pub fn journal(error: JournalError) -> Failure {
    if matches!(error, JournalError::Interrupted) {
        return Failure::new("interrupted").code(interrupt::exit_code(1));
    }
    Failure::new(error.to_string())
}

/// A file that could not be looked at.
#[expect(clippy::needless_pass_by_value, reason = "passed to map_err as it is")]
pub fn view(error: ViewError) -> Failure {
    Failure::new(error.to_string())
}

impl From<GenerationError> for Failure {
    fn from(error: GenerationError) -> Failure {
        let failure = Failure::new(error.to_string());
        match error {
            GenerationError::Manifest { .. } | GenerationError::View(_) => failure.hint(
                "look for damaged objects with: nix-store --verify --check-contents --repair",
            ),
            GenerationError::Io { .. } | GenerationError::NoScript(_) => failure,
        }
    }
}
