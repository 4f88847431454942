//! The user's own places that an error is about.

use std::path::{Path, PathBuf};

use nix_eval::{ErrorKind, Location, Report};

use super::sources::SourceMap;
use crate::report::Place;

/// How many places of a cycle are shown.
const LONGEST_CYCLE: usize = 4;
/// How many places are shown where a text stands.
const MOST_MENTIONS: usize = 3;

/// The user's own places that are nearest to the error: one, or those of a cycle, or a function and
/// where it was called.
pub fn own_places(report: &Report, sources: &SourceMap) -> Vec<Place> {
    let own = |location: &Location, label: &str| {
        let file = sources.own_file(&location.origin)?;
        Some(Place {
            file: file.display().to_string(),
            line: location.line,
            column: location.column,
            text: location.line_text.clone(),
            label: label.to_owned(),
        })
    };
    let mut places: Vec<Place> = report
        .location
        .iter()
        .filter_map(|location| own(location, ""))
        .collect();
    let is_cycle = report.kind == ErrorKind::InfiniteRecursion;
    // The error itself is in the function then, and the nearest call is of interest, if it is the
    // user's own.
    let is_argument = !places.is_empty() && is_about_argument(&report.message);
    let call = is_argument
        .then(|| {
            let mut calls = report.steps.iter().rev();
            calls.find(|step| step.hint == "from call site")
        })
        .flatten();
    // Steps go from the outside in: the last is the nearest.
    for step in report.steps.iter().rev() {
        let is_call =
            step.hint == "from call site" || step.hint.starts_with("while calling a functor");
        let wanted = if is_argument {
            call.is_some_and(|call| std::ptr::eq(call, step))
        } else if is_cycle {
            !is_call && places.len() < LONGEST_CYCLE
        } else {
            // Where a function was called says nothing that the message does not.
            !is_call && places.is_empty()
        };
        if !wanted {
            continue;
        }
        let label = match (is_argument, is_cycle) {
            (true, _) => "called here".to_owned(),
            (false, true) => sources.translate(&step.hint),
            (false, false) => String::new(),
        };
        let place = step
            .location
            .as_ref()
            .and_then(|location| own(location, &label));
        let known = |place: &Place| {
            places
                .iter()
                .any(|other| (&other.file, other.line) == (&place.file, place.line))
        };
        places.extend(place.filter(|place| !known(place)));
    }
    places
}

fn is_about_argument(message: &str) -> bool {
    message.starts_with("function '")
        && (message.contains("called without required argument")
            || message.contains("called with unexpected argument"))
}

/// A definition of an option as messages name it: `- In `FILE' (line N): VALUE`.
pub struct Definition {
    file: PathBuf,
    line: u32,
    /// The value, if it is short.
    value: Option<String>,
}

impl Definition {
    /// Where it is, if it is the user's own.
    pub fn place(&self, sources: &SourceMap) -> Option<Place> {
        let is_own = sources
            .own
            .iter()
            .any(|(_, own)| self.file.starts_with(own));
        if !is_own {
            return None;
        }
        let label = match &self.value {
            Some(value) => format!("defined as {value}"),
            None => "defined here".to_owned(),
        };
        place_of_line(&self.file, self.line, &label)
    }
}

/// Takes the definitions off a message that lists them, if all of them are in files.
pub fn take_definitions(message: &str) -> Option<(String, Vec<Definition>)> {
    const START: &str = "- In `";
    /// Longer values are better read in the file.
    const LONGEST_VALUE: usize = 60;
    let mut definitions = Vec::new();
    let mut kept = Vec::new();
    let mut in_definition = false;
    for line in message.lines() {
        if let Some(rest) = line.strip_prefix(START) {
            let (file, rest) = rest.split_once("' (line ")?;
            let (number, value) = rest.split_once(')')?;
            let value = value.trim_start_matches(':').trim();
            let is_short = !value.is_empty() && value.len() <= LONGEST_VALUE;
            definitions.push(Definition {
                file: PathBuf::from(file),
                line: number.parse().ok()?,
                value: is_short.then(|| value.to_owned()),
            });
            in_definition = true;
        } else if line.starts_with("- In ") {
            return None;
        } else if !(in_definition && line.starts_with(' ')) {
            in_definition = false;
            kept.push(line);
        }
    }
    if definitions.is_empty() {
        return None;
    }
    let message = kept.join("\n");
    let message = message.trim_end().trim_end_matches("Definition values:");
    Some((message.trim_end().to_owned(), definitions))
}

/// The places in the user's files where a text stands.
pub fn mentions(sources: &SourceMap, wanted: &str, label: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, text) in sources.own_texts() {
        for (index, line) in text.lines().enumerate() {
            if let Some(column) = line.find(wanted)
                && !line.trim_start().starts_with('#')
                && places.len() < MOST_MENTIONS
            {
                places.push(place(
                    &file,
                    index as u32 + 1,
                    column as u32 + 1,
                    line,
                    label,
                ));
            }
        }
    }
    places
}

/// Where a file that a message names is asked for.
pub fn mention_of_path(sources: &SourceMap, message: &str) -> Option<Place> {
    let path = message
        .split('\'')
        .map(PathBuf::from)
        .find(|part| part.is_absolute())?;
    let below_own = sources.own.iter().any(|(_, own)| path.starts_with(own));
    let name = path.file_name()?.to_str()?;
    if !below_own {
        return None;
    }
    let mut found = mentions(sources, &format!("/{name}"), "named here").into_iter();
    found.next()
}

/// Where an option is defined of which only the steps of the evaluation tell: the last line in the
/// user's files with the last parts of its name.
pub fn definition_in_steps(report: &Report, sources: &SourceMap) -> Option<Place> {
    let option = report.steps.iter().rev().find_map(|step| {
        let rest = step.hint.strip_prefix("while evaluating the option `")?;
        Some(rest.split('\'').next()?.replace('"', ""))
    })?;
    let label = format!("in the definition of {option}");
    let parts: Vec<&str> = option.split('.').collect();
    let last = *parts.last()?;
    let texts = sources.own_texts();
    let lines = texts.iter().flat_map(|(file, text)| {
        text.lines()
            .enumerate()
            .map(move |(index, line)| (file, index, line))
    });
    // How many parts of the name are in the line decides.
    let (file, index, line) = lines
        .filter(|(_, _, line)| line.contains(last) && line.contains('='))
        .max_by_key(|(_, _, line)| parts.iter().filter(|part| line.contains(*part)).count())?;
    let column = line.len() - line.trim_start().len() + 1;
    Some(place(file, index as u32 + 1, column as u32, line, &label))
}

/// A line of a file, from its first character that is no blank.
pub fn place_of_line(file: &Path, line: u32, label: &str) -> Option<Place> {
    let text = std::fs::read_to_string(file).ok()?;
    let content = text.lines().nth((line as usize).checked_sub(1)?)?;
    let column = content.len() - content.trim_start().len() + 1;
    Some(place(file, line, column as u32, content, label))
}

/// A place that is known exactly.
pub fn place(file: &Path, line: u32, column: u32, text: &str, label: &str) -> Place {
    Place {
        file: file.display().to_string(),
        line,
        column,
        text: Some(text.to_owned()),
        label: label.to_owned(),
    }
}
