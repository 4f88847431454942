//! Errors as text, in the form of Nix.

use std::collections::BTreeSet;

use crate::error::{ErrorKind, EvalError};
use crate::evaluator::Evaluator;
use crate::source::Location;

/// An error with its positions resolved: it no longer needs the evaluator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The class of the error.
    pub kind: ErrorKind,
    /// The message.
    pub message: String,
    /// Where it happened.
    pub location: Option<Location>,
    /// How the evaluation got there, outermost step first.
    pub steps: Vec<Step>,
    /// Names close to one that was not found.
    pub suggestions: Vec<String>,
    /// The exit status that a program should end with.
    pub status: u8,
}

/// One step of the way to an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Where it was.
    pub location: Option<Location>,
    /// What was being done.
    pub hint: String,
    /// Whether to show it even when traces are shortened.
    pub always: bool,
}

impl Report {
    pub(crate) fn new(e: &Evaluator, error: &EvalError) -> Report {
        let steps = error
            .traces
            .iter()
            .rev()
            .filter(|trace| !trace.hint.is_empty());
        Report {
            kind: error.kind,
            message: error.message.clone(),
            location: e.locate(error.pos),
            steps: steps
                .map(|trace| Step {
                    location: e.locate(trace.pos),
                    hint: trace.hint.clone().into_owned(),
                    always: trace.always,
                })
                .collect(),
            suggestions: error.suggestions.clone(),
            status: error.status,
        }
    }
}

/// Steps beyond this weight are left out unless the whole trace is wanted; a step with a position
/// counts twice.
const SHORT_TRACE: usize = 3;
/// So many steps that were seen before are still shown.
const SHOWN_REPETITIONS: usize = 5;

/// The text of an error as Nix prints it (without colours and without a final newline).
#[must_use]
pub fn render(report: &Report, show_trace: bool) -> String {
    const PREFIX: &str = "error: ";
    let mut text = String::new();
    if !report.steps.is_empty() {
        render_steps(&mut text, &report.steps, show_trace);
        text.push('\n');
        text.push_str(PREFIX);
    }
    text.push_str(&report.message);
    text.push('\n');
    if let Some(location) = &report.location {
        render_location(&mut text, "", location);
    }
    // Nix compares attributes and arguments only.
    let suggestions = match report.kind {
        ErrorKind::UndefinedVariable => &[],
        _ => report.suggestions.as_slice(),
    };
    if let Some((last, others)) = suggestions.split_last() {
        text.push_str("Did you mean ");
        if !others.is_empty() {
            text.push_str("one of ");
            text.push_str(&others.join(", "));
            text.push_str(" or ");
        }
        text.push_str(last);
        text.push_str("?\n");
    }
    indent(PREFIX, text.trim_end())
}

fn render_steps(text: &mut String, steps: &[Step], show_trace: bool) {
    let mut seen: BTreeSet<&Step> = BTreeSet::new();
    let mut repeated: Vec<&Step> = Vec::new();
    let mut weight = 0;
    let mut truncated = false;
    for step in steps {
        truncated |= !show_trace && weight > SHORT_TRACE;
        if truncated && !step.always {
            continue;
        }
        if !seen.insert(step) {
            repeated.push(step);
            continue;
        }
        render_repeated(text, &mut repeated, &mut weight);
        weight += 1;
        render_step(text, step, &mut weight);
    }
    render_repeated(text, &mut repeated, &mut weight);
    if truncated {
        text.push_str(
            "\n(stack trace truncated; use '--show-trace' to show the full, detailed trace)\n",
        );
    }
}

fn render_repeated(text: &mut String, repeated: &mut Vec<&Step>, weight: &mut usize) {
    if repeated.len() <= SHOWN_REPETITIONS {
        for step in repeated.iter() {
            render_step(text, step, weight);
        }
    } else {
        text.push_str(&format!(
            "\n({} duplicate frames omitted)\n",
            repeated.len()
        ));
    }
    repeated.clear();
}

fn render_step(text: &mut String, step: &Step, weight: &mut usize) {
    text.push_str("\n… ");
    text.push_str(&step.hint);
    text.push('\n');
    if let Some(location) = &step.location {
        render_location(text, "  ", location);
        *weight += 1;
    }
}

fn render_location(text: &mut String, indentation: &str, location: &Location) {
    text.push_str(&format!("{indentation}at {location}:"));
    let line = location.line;
    if let Some(before) = &location.line_before {
        let (before, _) = excerpt(before, location.column as usize);
        text.push_str(&format!("\n {:5}| {before}", line - 1));
    }
    if let Some(own) = &location.line_text {
        let (own, column) = excerpt(own, location.column as usize);
        let before = " ".repeat(column);
        text.push_str(&format!("\n {line:5}| {own}\n      |{before}^"));
    }
    if let Some(after) = &location.line_after {
        let (after, _) = excerpt(after, location.column as usize);
        text.push_str(&format!("\n {:5}| {after}", line + 1));
    }
    text.push('\n');
}

/// Lines are shown whole up to this length in bytes. Files that programs write may have all on one.
const LONGEST_LINE: usize = 4096;
/// How much of a longer line is shown before and after the column.
const AROUND: usize = 40;

/// Returns the part of a line to show, and the column (from 1) within it: all of the line, unless it
/// is very long.
#[must_use]
pub fn excerpt(line: &str, column: usize) -> (String, usize) {
    if line.len() <= LONGEST_LINE {
        return (line.to_owned(), column);
    }
    let at = column.saturating_sub(1).min(line.len());
    let start = line.floor_char_boundary(at.saturating_sub(AROUND));
    let end = line.ceil_char_boundary(at + AROUND);
    let (before, after) = (&line[start..], &line[end..]);
    let lead = if start == 0 { "" } else { "…" };
    let trail = if after.is_empty() { "" } else { "…" };
    let shown = &before[..end - start];
    let column = lead.chars().count() + at - start + 1;
    (format!("{lead}{shown}{trail}"), column)
}

/// Puts the prefix before the first line and as much space before the others.
fn indent(prefix: &str, text: &str) -> String {
    let space = " ".repeat(prefix.chars().count());
    let mut result = String::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            result.push('\n');
        }
        result.push_str(if number == 0 { prefix } else { &space });
        result.push_str(line);
        result.truncate(
            result
                .trim_end()
                .len()
                .max(result.rfind('\n').map_or(0, |n| n + 1)),
        );
    }
    result
}

/// A warning with what was being done and the place that it is about, without the prefix that goes
/// before it.
pub(crate) fn warning(message: &str, step: Option<&str>, location: Option<&Location>) -> String {
    const PREFIX: &str = "warning: ";
    let mut text = match step {
        Some(step) => format!("\n… {step}\n\n{PREFIX}{message}\n"),
        None => format!("{message}\n"),
    };
    if let Some(location) = location {
        render_location(&mut text, "", location);
    }
    let text = indent(PREFIX, text.trim_end());
    text.strip_prefix(PREFIX)
        .or(text.strip_prefix(PREFIX.trim_end()))
        .unwrap_or(&text)
        .to_owned()
}
