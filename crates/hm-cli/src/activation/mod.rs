//! From a built generation to a switched home: plan, show, switch.

mod home;
mod planner;
mod program;
mod words;

use std::path::Path;

use hm_activate::driver::Script;
use hm_activate::effects::FileSystem;
use hm_activate::generation::Linked;
use hm_activate::{Core, LinkState, SwitchRequest, profile};
use hm_plan::SwitchPlan;
use hm_plan::manifest::Manifest;

pub use hm_activate::generation::Generation;
pub use home::{HomeLock, current, ensure_roots, known, linked, lock_home};
pub use planner::plan_files;
pub use words::{describe_obstacle, view as view_failure};

use crate::commands::Context;
use crate::report::Failure;
use crate::user_profile::UserProfile;
use crate::{activation_script, interrupt, shell_session};
use planner::Planner;

/// A switch that was planned, before anything is changed.
pub struct Prepared<'a> {
    planner: Planner<'a>,
    plan: SwitchPlan,
    script: Script,
}

/// Plans a whole switch. `number` is given when the generation is one of the profile already.
///
/// # Errors
/// When the home, the profile or the generation cannot be read, when the generation is another
/// user's, or when anything stands in the way that no activation block could remove.
pub fn prepare<'a>(
    context: &'a Context,
    path: &Path,
    number: Option<u64>,
) -> Result<Prepared<'a>, Failure> {
    let session = context.session()?;
    let new = Generation::read(path)?;
    // Until its links are there, nothing else keeps it from being collected.
    session.keep_meanwhile(&new.path)?;
    check_owner(context, &new)?;
    let script = activation_script::of(context, &new)?;
    let manifest = new.manifest.as_ref();
    let may_clear = !new.is_native() || manifest.is_some_and(Manifest::may_clear_the_way);
    let planner = Planner::new(context, new, number);
    let plan = planner.plan()?;
    if !plan.files.collisions.is_empty() && !may_clear {
        return Err(words::first_collisions(context, &plan.files.collisions));
    }
    Ok(Prepared {
        planner,
        plan,
        script,
    })
}

/// Refuses a generation that is made for another user or home.
fn check_owner(context: &Context, generation: &Generation) -> Result<(), Failure> {
    let Some(manifest) = &generation.manifest else {
        return Ok(());
    };
    let settings = &context.settings;
    if settings
        .environment
        .variable("SKIP_SANITY_CHECKS")
        .is_some()
    {
        return Ok(());
    }
    if manifest.username != settings.user {
        return Err(Failure::new(format!(
            "the configuration is for the user '{}', but this is '{}'",
            manifest.username, settings.user
        ))
        .hint("correct home.username in the configuration"));
    }
    let wanted = Path::new(&manifest.home_directory);
    let same = wanted == settings.home
        || match (wanted.canonicalize(), settings.home.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        };
    if !same {
        return Err(Failure::new(format!(
            "the configuration is for the home directory '{}', but this is '{}'",
            manifest.home_directory,
            settings.home.display()
        ))
        .hint("correct home.homeDirectory in the configuration"));
    }
    Ok(())
}

/// Shows what a switch would do.
///
/// # Errors
/// When nobody reads it.
pub fn show_plan(context: &Context, prepared: &Prepared<'_>) -> Result<(), Failure> {
    let printer = &context.printer;
    let plan = &prepared.plan;
    if plan.changes_nothing() {
        printer.data("Nothing would change.")?;
    }
    for action in plan.actions() {
        printer.data(words::describe(&context.settings, action))?;
    }
    for block in &plan.blocks {
        printer.data(format_args!("run activation block {block}"))?;
    }
    if !plan.files.collisions.is_empty() {
        printer.warning(words::collisions(context, &plan.files.collisions).message);
        printer.note("an activation block that runs before may still move them away");
    }
    words::show_notes(context, &plan.files);
    Ok(())
}

/// Carries a switch out.
///
/// # Errors
/// When it fails; then what was done has been undone.
pub fn carry_out(context: &Context, prepared: Prepared<'_>) -> Result<(), Failure> {
    let settings = &context.settings;
    let Prepared {
        planner,
        plan,
        script,
    } = prepared;
    if let Err(failure) = ensure_roots(context) {
        // What is linked now is protected all the same, or the switch fails.
        context.printer.warning(failure.message);
    }
    let new = &planner.new;
    let layout = context.session()?.layout();
    let request = SwitchRequest {
        script: &script,
        planner: &planner,
        first: plan,
        core: core_blocks(new),
        harmless: harmless_blocks(new),
        foreign: if new.is_native() {
            Vec::new()
        } else {
            foreign_links(context, planner.user_profile())
        },
        store: vec![layout.real_store_dir.clone(), layout.state_dir.clone()],
        journal: settings.journal(),
        interrupted: &interrupt::requested,
    };
    context.printer.clear_progress();
    let old = match home::linked(context) {
        Linked::Generation(generation) => Some(generation),
        Linked::Nothing | Linked::Lost { .. } => None,
    };
    if let Some(profile) = planner.user_profile() {
        shell_session::write_files(settings, profile)?;
    }
    // The switch looks at the flag itself, and undoes what it has done.
    let _hold = interrupt::hold();
    let outcome = hm_activate::switch(&request, &FileSystem)
        .map_err(|error| words::failed_switch(context, new, error))?;
    if outcome.uninstalled {
        remove_state(context);
    } else if let Err(failure) = program::keep(context) {
        // Only a convenience: the switch is complete.
        context.printer.warning(failure.message);
    }
    let number = profile::current(&settings.profile());
    words::show_outcome(context, (old.as_ref(), new), &outcome, number)?;
    if let Some(profile) = planner.user_profile().filter(|_| !outcome.uninstalled) {
        show_profile_notes(context, profile, new.is_native());
    }
    Ok(())
}

fn show_profile_notes(context: &Context, profile: &UserProfile, native: bool) {
    let settings = &context.settings;
    if let Some(refused) = &profile.refused {
        context.printer.note(format_args!(
            "{} led to {}, which you may not write to; it leads to {} now, with the same packages",
            settings.shown(&profile.link),
            settings.shown(refused),
            settings.shown(&profile.profile)
        ));
    }
    shell_session::advise(settings, &context.printer, profile, native);
}

/// The parts of a generation that the engine does.
fn core_blocks(generation: &Generation) -> Vec<Core> {
    match &generation.manifest {
        Some(manifest) if generation.is_native() => manifest
            .native_blocks()
            .filter_map(Core::of_block)
            .collect(),
        _ => Vec::new(),
    }
}

/// The blocks after which the first plan still holds.
fn harmless_blocks(generation: &Generation) -> Vec<String> {
    let blocks = generation.manifest.iter().flat_map(|known| &known.blocks);
    blocks
        .filter(|block| block.is_harmless())
        .map(|block| block.name.clone())
        .collect()
}

/// The links that the script of a generation changes that does everything itself.
fn foreign_links(context: &Context, packages: Option<&UserProfile>) -> Vec<LinkState> {
    let settings = &context.settings;
    let mut links = vec![
        LinkState::of_profile(&settings.profile()),
        LinkState::of(&settings.current_home()),
        LinkState::of(&settings.current_home().with_file_name("new-home")),
    ];
    if let Some(packages) = packages {
        links.push(LinkState::of_profile(&packages.profile));
        links.push(LinkState::of(&packages.link));
    }
    links
}

/// Removes what Home Manager remembers. What cannot be removed is only in nobody's way.
fn remove_state(context: &Context) {
    let directories = &context.settings.directories;
    for directory in [
        context.settings.state_directory(),
        directories.data.join("home-manager"),
    ] {
        match std::fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let failure = Failure::io("remove", &directory, &error);
                context.printer.warning(failure.message);
            }
            _ => {}
        }
    }
}
