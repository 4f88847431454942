//! `home-manager generations`

use std::io::IsTerminal;

use clap::Args;
use jiff::Zoned;
use serde_json::json;

use super::Context;
use crate::generations::{self, Generation};
use crate::printer::{BOLD, DIM, GOOD};
use crate::report::Failure;
use crate::{activation, changes};

/// List the generations of the home
///
/// On a terminal this is a table of when each was made and what it changed. In a pipe each is a line
/// with its store path, as the program of upstream prints it.
#[derive(Debug, Args)]
pub struct GenerationsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print the table in a pipe too
    #[arg(long, conflicts_with = "json")]
    table: bool,
}

/// Lists the generations, newest first.
pub fn run(context: &Context, arguments: &GenerationsArguments) -> Result<(), Failure> {
    let generations = generations::list(&context.settings.profile())?;
    if arguments.json {
        let rows: Vec<_> = generations
            .iter()
            .map(|generation| {
                json!({
                    "id": generation.number,
                    "path": generation.path,
                    "time": time(generation).timestamp().as_second(),
                    "current": generation.current,
                    "specialisation": specialisation(generation, &generations),
                })
            })
            .collect();
        return Ok(context.printer.data(json!(rows))?);
    }
    if generations.is_empty() {
        return Err(Failure::new("there are no generations yet")
            .hint("make the first with: home-manager switch"));
    }
    if arguments.table || std::io::stdout().is_terminal() {
        return show_table(context, &generations);
    }
    for generation in &generations {
        let when = time(generation).strftime("%Y-%m-%d %H:%M").to_string();
        let Generation {
            number,
            path,
            current,
            ..
        } = generation;
        let mark = if *current {
            format!(" {GOOD}(current){GOOD:#}")
        } else {
            String::new()
        };
        context.printer.data(format_args!(
            "{when} : id {number} -> {}{mark}",
            path.display()
        ))?;
    }
    Ok(())
}

/// Prints a row for each generation: its number, when it was made, what it changed.
fn show_table(context: &Context, generations: &[Generation]) -> Result<(), Failure> {
    let printer = &context.printer;
    printer.data(format_args!(
        "{BOLD}{:>4}   {:<19}  {}{BOLD:#}",
        "ID", "MADE", "CHANGES"
    ))?;
    for (index, generation) in generations.iter().enumerate() {
        let before = generations.get(index + 1);
        let mut changes = changes_since(context, before, generation);
        if let Some(name) = specialisation(generation, generations) {
            changes = format!("[{name}] {changes}");
        }
        let when = time(generation).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let number = generation.number;
        printer.data(if generation.current {
            format!("{GOOD}{number:>4} * {when}  {changes}{GOOD:#}")
        } else {
            format!("{number:>4}   {when}  {changes}")
        })?;
    }
    if !generations.iter().any(|generation| generation.current) {
        printer.data(format_args!("{DIM}None of them is current.{DIM:#}"))?;
    }
    Ok(())
}

/// The differences from the generation before; where one cannot be read, as much as is known.
fn changes_since(
    context: &Context,
    before: Option<&Generation>,
    generation: &Generation,
) -> String {
    let Ok(new) = activation::Generation::read(&generation.path) else {
        return "cannot be read: its store path is damaged or gone".to_owned();
    };
    let old = before.and_then(|before| activation::Generation::read(&before.path).ok());
    match changes::compare(context, old.as_ref(), &new) {
        Ok(difference) if difference.is_empty() => "same contents".to_owned(),
        Ok(difference) => changes::count(&difference),
        Err(_) => String::new(),
    }
}

/// The name of the specialisation that a generation is, if one of the others has it.
fn specialisation(generation: &Generation, generations: &[Generation]) -> Option<String> {
    generations.iter().find_map(|parent| {
        let entries = std::fs::read_dir(parent.path.join("specialisation")).ok()?;
        let mut entries = entries.flatten();
        entries
            .find(|entry| {
                entry
                    .path()
                    .canonicalize()
                    .is_ok_and(|path| path == generation.path)
            })
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
    })
}

fn time(generation: &Generation) -> Zoned {
    Zoned::try_from(generation.time).unwrap_or_default()
}
