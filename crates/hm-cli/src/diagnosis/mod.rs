//! From an error to what its user wants to know: the message, their own line, what to do.
//!
//! [`explain`] is for errors of the evaluation, the module system's included; [`explain_failed`] for
//! those of flakes, fetchers and builders, which come as a text. Each finds out the class of the
//! error (`docs/errors.md`), the user's own places ([`places`]) and what to do ([`advice`]).

mod advice;
mod packages;
mod places;
mod sources;
mod syntax;

use nix_eval::{ErrorKind, Report};

use crate::report::Failure;

pub use sources::SourceMap;

/// Explains an evaluation error.
pub fn explain(report: &Report, sources: &SourceMap, show_trace: bool) -> Failure {
    let message = sources.translate(report.message.trim());
    let mut failure = Failure::new(message).code(report.status);
    failure.class = Some(advice::class(report.kind, &failure.message));
    failure.places = places::own_places(report, sources);
    if let Some((message, definitions)) = places::take_definitions(&failure.message) {
        let defined: Vec<_> = definitions
            .iter()
            .filter_map(|definition| definition.place(sources))
            .collect();
        // Values that are not in the user's files have to be listed.
        if defined.len() == definitions.len() {
            failure.message = message;
        }
        if !defined.is_empty() {
            failure.places = defined;
        }
    }
    if failure.places.is_empty() {
        failure
            .places
            .extend(places::mention_of_path(sources, &failure.message));
    }
    failure = match report.kind {
        ErrorKind::Parse if failure.message.contains("' already defined at ") => {
            syntax::explain_twice(failure)
        }
        ErrorKind::Parse => syntax::explain(failure),
        _ => advice::advise(failure, report, sources),
    };
    // What is set nowhere is in no line.
    if failure.places.is_empty() && failure.class != Some("option-without-value") {
        failure
            .places
            .extend(places::definition_in_steps(report, sources));
    }
    if let Some(names) = alternatives(&report.suggestions) {
        failure.hints.insert(0, format!("did you mean {names}?"));
    }
    if show_trace {
        failure.trace = Some(sources.translate(&nix_eval::render(report, true)));
    } else if report.kind != ErrorKind::Parse {
        failure.folded = report.steps.len().saturating_sub(failure.places.len());
    }
    failure
}

/// Explains an error that has no positions.
pub fn explain_failed(mut failure: Failure, sources: &SourceMap) -> Failure {
    failure.message = sources.translate(&failure.message);
    advice::advise_failed(failure, sources)
}

/// `a, b or c`
fn alternatives(names: &[String]) -> Option<String> {
    let (last, others) = names.split_last()?;
    Some(if others.is_empty() {
        last.clone()
    } else {
        format!("{} or {last}", others.join(", "))
    })
}
