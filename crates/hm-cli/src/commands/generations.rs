//! `home-manager generations`

use clap::Args;
use jiff::Zoned;
use serde_json::json;

use super::Context;
use crate::generations::{self, Generation};
use crate::printer::GOOD;
use crate::report::Failure;

/// List the generations of the home
#[derive(Debug, Args)]
pub struct GenerationsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists the generations, newest first, one line each.
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
                })
            })
            .collect();
        return Ok(context.printer.data(json!(rows))?);
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
    if generations.is_empty() {
        return Err(Failure::new("there are no generations yet")
            .hint("make the first with: home-manager switch"));
    }
    Ok(())
}

fn time(generation: &Generation) -> Zoned {
    Zoned::try_from(generation.time).unwrap_or_default()
}
