//! `nix profile list`, `history` and `diff-closures`

use std::io::IsTerminal;

use jiff::Timestamp;
use nix_store::object_at;

use super::Opened;
use super::manifest::Manifest;
use crate::applets::evaluate::Failed;
use crate::applets::flakes::style::{BOLD, GREEN, NORMAL, RED};
use crate::applets::store_commands::diff_closures::Difference;
use crate::applets::tool::print_lines;
use crate::report::Failure;

/// A mark of text, which is empty where the output is no terminal.
fn mark(opened: &Opened<'_>, mark: &'static str) -> &'static str {
    let colours = opened.tool.environment.variable("NO_COLOR").is_none();
    match colours && std::io::stdout().is_terminal() {
        true => mark,
        false => "",
    }
}

/// Lists what is installed.
pub fn list(opened: &Opened<'_>) -> Result<(), Failed> {
    opened.refuse_arguments()?;
    let manifest = Manifest::read(&opened.session, opened.profile.path())?;
    let store = opened.tool.store().store_dir();
    if opened.asked.json {
        return print_lines([manifest.to_json(store).to_string()]);
    }
    let mut lines = Vec::new();
    for (name, element) in &manifest.elements {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let [bold, red, normal] = [BOLD, RED, NORMAL].map(|one| mark(opened, one));
        let inactive = match element.active {
            true => String::new(),
            false => format!(" {red}(inactive){normal}"),
        };
        lines.push(format!(
            "Name:               {bold}{name}{normal}{inactive}"
        ));
        if let Some(source) = &element.source {
            let outputs = source.outputs_text();
            lines.extend([
                format!("Flake attribute:    {}{outputs}", source.attribute_path),
                format!("Original flake URL: {}", source.original),
                format!("Locked flake URL:   {}", source.locked),
            ]);
        }
        let paths: Vec<String> = element.paths.iter().map(|path| store.print(path)).collect();
        lines.push(format!("Store paths:        {}", paths.join(" ")));
    }
    print_lines(lines)
}

/// Shows what each version has changed.
pub fn history(opened: &Opened<'_>) -> Result<(), Failed> {
    opened.refuse_arguments()?;
    let current = opened.profile.current()?;
    let mut lines = Vec::new();
    let mut earlier: Option<(u64, Manifest)> = None;
    for generation in opened.profile.generations()? {
        let manifest = Manifest::read(&opened.session, &generation.link)?;
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let date = Timestamp::try_from(generation.created)
            .map_err(|error| Failure::new(format!("a version has no time: {error}")))?
            .strftime("%Y-%m-%d");
        let colour = match Some(generation.number) == current {
            true => GREEN,
            false => BOLD,
        };
        let before = match &earlier {
            Some((number, _)) => format!(" <- {number}"),
            None => String::new(),
        };
        lines.push(format!(
            "Version {}{}{} ({date}){before}:",
            mark(opened, colour),
            generation.number,
            mark(opened, NORMAL)
        ));
        let nothing = Manifest::default();
        let old = earlier.as_ref().map_or(&nothing, |(_, manifest)| manifest);
        lines.extend(manifest.changes_since(old, "  "));
        earlier = Some((generation.number, manifest));
    }
    print_lines(lines)
}

/// Shows how the closures of one version and the next differ.
pub fn diff_closures(opened: &Opened<'_>) -> Result<(), Failed> {
    opened.refuse_arguments()?;
    let store = opened.tool.store();
    let generations = opened.profile.generations()?;
    let mut lines = Vec::new();
    for pair in generations.windows(2) {
        let [before, after] = pair else { continue };
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("Version {} -> {}:", before.number, after.number));
        let [old, new] = [before, after].map(|one| object_at(store.store_dir(), &one.link));
        lines.extend(Difference::between(store, &old?, &new?)?.lines("  "));
    }
    print_lines(lines)
}
