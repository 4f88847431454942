//! Generations of a profile: listed, switched to, deleted.

use jiff::Zoned;
use nix_store::profile::Profile;

use super::{Failed, Opened};
use crate::applets::generations::{self, Old};
use crate::applets::options::usage;
use crate::applets::tool::{Tool, print_lines};
use crate::report::Failure;

/// Lists the generations, a line each.
pub fn list(opened: &Opened<'_>) -> Result<(), Failed> {
    no_arguments(opened)?;
    let current = opened.profile.current()?;
    let mut lines = Vec::new();
    for generation in opened.profile.generations()? {
        let time = Zoned::try_from(generation.created)
            .map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
            .map_err(|error| Failure::new(format!("a generation has no time: {error}")))?;
        let mark = match Some(generation.number) == current {
            true => "(current)",
            false => "",
        };
        lines.push(format!("{:>4}   {time}   {mark}", generation.number));
    }
    print_lines(lines)
}

/// Makes a generation the current one.
pub fn switch(opened: &Opened<'_>) -> Result<(), Failed> {
    let [text] = opened.request.arguments.as_slice() else {
        return Err(usage("exactly one argument expected").into());
    };
    let number = text
        .parse()
        .map_err(|_| usage("expected a generation number"))?;
    switch_to(opened, Some(number))
}

/// Makes the generation before the current one the current one.
pub fn roll_back(opened: &Opened<'_>) -> Result<(), Failed> {
    no_arguments(opened)?;
    switch_to(opened, None)
}

fn switch_to(opened: &Opened<'_>, number: Option<u64>) -> Result<(), Failed> {
    generations::switch(
        &opened.tool,
        &opened.profile,
        number,
        opened.request.dry_run,
    )
}

/// Deletes generations: `old`, older than so many days (`30d`), all but the newest (`+5`), by
/// number.
pub fn delete(opened: &Opened<'_>) -> Result<(), Failed> {
    let profile = &opened.profile;
    let dry_run = opened.request.dry_run;
    let arguments = &opened.request.arguments;
    match arguments.as_slice() {
        [text] if text == "old" => {
            generations::delete_old(&opened.tool, profile.path(), Old::AllButCurrent, dry_run)
        }
        [text] if text.ends_with('d') => {
            let old = Old::Before(generations::parse_age(text)?);
            generations::delete_old(&opened.tool, profile.path(), old, dry_run)
        }
        [text] if text.starts_with('+') => {
            let keep: usize = text[1..]
                .parse()
                .ok()
                .filter(|keep| *keep > 0)
                .ok_or_else(|| {
                    usage(format!(
                        "invalid number of generations '{text}', expected something like '+5'"
                    ))
                })?;
            let _lock = generations::lock(&opened.tool.engine, profile)?;
            let current = profile.current()?;
            let numbers: Vec<u64> = profile
                .generations()?
                .iter()
                .map(|generation| generation.number)
                .rev()
                // What is newer than the current one was rolled back from, and is not counted.
                .skip_while(|number| Some(*number) > current)
                .skip(keep)
                .collect();
            generations::delete(&opened.tool, profile, &numbers, dry_run)
        }
        texts => {
            let numbers = texts
                .iter()
                .map(|text| {
                    text.parse()
                        .map_err(|_| usage(format!("invalid generation number '{text}'")).into())
                })
                .collect::<Result<Vec<u64>, Failed>>()?;
            let _lock = generations::lock(&opened.tool.engine, profile)?;
            generations::delete(&opened.tool, profile, &numbers, dry_run)
        }
    }
}

/// Makes another profile the user's own.
pub fn switch_profile(opened: &Opened<'_>) -> Result<(), Failed> {
    let [path] = opened.request.arguments.as_slice() else {
        return Err(usage("exactly one argument expected").into());
    };
    let path = opened.tool.link(path);
    let link = generations::profile_link(&opened.tool);
    generations::replace_link(&path, &link)
}

/// Where the user has no default expression yet, it becomes the channels: the user's and root's.
pub fn link_channels(tool: &Tool<'_>) {
    let expression = generations::default_expression(&tool.configuration, tool.environment);
    if expression.exists() {
        return;
    }
    let own = generations::profiles_directory(tool).join("channels");
    // Without a home to write to there are no channels, and nothing that needs them.
    let _ = generations::replace_link(&own, &expression.join("channels")).and_then(|()| {
        if rustix::process::geteuid().is_root() {
            return Ok(());
        }
        let of_root = generations::root_profiles_directory(tool).join("channels");
        generations::replace_link(&of_root, &expression.join("channels_root"))
    });
}

fn no_arguments(opened: &Opened<'_>) -> Result<(), Failed> {
    match opened.request.arguments.is_empty() {
        true => Ok(()),
        false => Err(usage("no arguments expected").into()),
    }
}

/// The profile that a command works on.
pub fn profile(tool: &Tool<'_>, named: Option<&str>) -> Profile {
    let path = match named {
        Some(path) => tool.link(path),
        None => match tool.environment.path("NIX_PROFILE") {
            Some(path) => path,
            None => generations::default_profile(tool),
        },
    };
    Profile::new(path)
}
