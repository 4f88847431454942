//! `home-manager option`

use clap::Args;
use serde_json::Value as Json;

use super::Context;
use crate::printer::{BOLD, DIM};
use crate::report::Failure;

/// Show an option: its value, type, default, and where it is declared and defined
///
/// The name of a group of options lists what is in it.
#[derive(Debug, Args)]
pub struct OptionArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The option, like programs.git.enable
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

/// Prints what is known of each option.
pub fn run(context: &Context, arguments: &OptionArguments) -> Result<(), Failure> {
    let choice = context.settings.flake()?;
    for name in &arguments.names {
        let path = split(name)?;
        let described = context
            .session_of(&choice)?
            .describe_option(&choice, &path)?;
        if described["kind"] == "missing" {
            return Err(missing(name, &path, &described));
        }
        if arguments.json {
            context.printer.data(&described)?;
        } else if described["kind"] == "set" {
            for inner in texts(&described["names"]) {
                context
                    .printer
                    .data(format_args!("{}.{inner}", name.trim_end_matches('.')))?;
            }
        } else {
            show(context, &described)?;
        }
    }
    Ok(())
}

/// Splits `a."b.c".d` into its parts.
fn split(name: &str) -> Result<Vec<String>, Failure> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in name.trim_end_matches('.').chars() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.push(character);
                }
            }
        }
    }
    if quoted || parts.iter().any(String::is_empty) {
        return Err(Failure::new(format!(
            "'{name}' is not the name of an option"
        )));
    }
    Ok(parts)
}

fn texts(value: &Json) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
}

fn show(context: &Context, option: &Json) -> Result<(), Failure> {
    let printer = &context.printer;
    let text = |field: &str| {
        option[field]
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    printer.data(format_args!(
        "{BOLD}{}{BOLD:#}",
        text("name").unwrap_or_default()
    ))?;
    if let Some(description) = text("description") {
        printer.data(format_args!("  {}", description.replace('\n', "\n  ")))?;
    }
    for field in ["value", "default", "example", "type"] {
        if let Some(text) = text(field) {
            printer.data(format_args!(
                "{DIM}{field:>11}:{DIM:#} {}",
                text.replace('\n', "\n             ")
            ))?;
        }
    }
    for (field, label) in [
        ("declarations", "declared in"),
        ("definitions", "defined in"),
    ] {
        for place in texts(&option[field]) {
            printer.data(format_args!("{DIM}{label:>11}:{DIM:#} {place}"))?;
        }
    }
    Ok(())
}

fn missing(name: &str, path: &[String], described: &Json) -> Failure {
    let depth = described["at"].as_u64().unwrap_or(0) as usize;
    let wrong = path.get(depth).map_or(name, String::as_str);
    let mut near: Vec<(f64, &str)> = texts(&described["names"])
        .map(|known| (similarity(known, wrong), known))
        .filter(|(score, _)| *score > 0.6)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let prefix: String = path[..depth]
        .iter()
        .map(|part| format!("{part}."))
        .collect();
    let failure = Failure::new(format!("there is no option '{name}'"));
    match near.first() {
        Some((_, known)) => failure.hint(format!("did you mean {prefix}{known}?")),
        None if prefix.is_empty() => failure,
        None => failure.hint(format!(
            "see what there is with: home-manager option {}",
            prefix.trim_end_matches('.')
        )),
    }
}

/// Returns how alike two names are, from 0 to 1. Letters that changed places count as one mistake.
fn similarity(one: &str, other: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(one, other)
}
