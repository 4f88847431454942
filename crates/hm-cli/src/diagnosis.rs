//! From an evaluation error to what its user wants to know: the message, their own line, what to do.

use std::path::{Path, PathBuf};

use nix_eval::{Location, Origin, Report};

use crate::report::{Failure, Place};

/// Where the trees of an evaluation come from.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// The user's own trees: where they are in the store, and where the user edits them.
    pub own: Vec<(PathBuf, PathBuf)>,
}

impl SourceMap {
    /// The file that the user knows, if it is one of theirs.
    fn own_file(&self, origin: &Origin) -> Option<PathBuf> {
        let Origin::File(_) = origin else { return None };
        let path = PathBuf::from(origin.to_string());
        self.own.iter().find_map(|(stored, original)| {
            if path.starts_with(original) {
                return Some(path.clone());
            }
            path.strip_prefix(stored).ok().map(|relative| join(original, relative))
        })
    }

    /// Text with the user's files named as the user knows them.
    pub fn translate(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (stored, original) in &self.own {
            text = text.replace(&stored.display().to_string(), &original.display().to_string());
        }
        text
    }
}

fn join(directory: &Path, relative: &Path) -> PathBuf {
    if relative.as_os_str().is_empty() { directory.to_owned() } else { directory.join(relative) }
}

/// Explains an evaluation error.
pub fn explain(report: &Report, sources: &SourceMap, show_trace: bool) -> Failure {
    let mut failure = Failure::new(sources.translate(report.message.trim_end()));
    failure.code = report.status;
    failure.places.extend(own_place(report, sources));
    if let Some((first, others)) = report.suggestions.split_first() {
        let mut names = first.clone();
        for (index, other) in others.iter().enumerate() {
            names.push_str(if index + 1 == others.len() { " or " } else { ", " });
            names.push_str(other);
        }
        failure = failure.hint(format!("did you mean {names}?"));
    }
    if show_trace {
        failure.trace = Some(sources.translate(&nix_eval::render(report, true)));
    } else if failure.places.is_empty() && !report.steps.is_empty() {
        failure = failure.hint("see how the evaluation got there with: --show-trace");
    }
    failure
}

/// The user's own place that is nearest to the error.
fn own_place(report: &Report, sources: &SourceMap) -> Option<Place> {
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
    if let Some(place) = report.location.as_ref().and_then(|location| own(location, "")) {
        return Some(place);
    }
    // Steps go from the outside in: the last is the nearest.
    report.steps.iter().rev().find_map(|step| {
        step.location.as_ref().and_then(|location| own(location, &sources.translate(&step.hint)))
    })
}
