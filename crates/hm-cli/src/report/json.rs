//! A failure for programs; `docs/errors.md` says what the fields mean.

use serde_json::json;

use super::Failure;

/// The failure as one line of JSON.
pub fn line(failure: &Failure) -> String {
    let places: Vec<serde_json::Value> = failure
        .places
        .iter()
        .map(|place| {
            json!({
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "text": place.text,
                "label": place.label,
            })
        })
        .collect();
    json!({
        "level": "error",
        "class": failure.class,
        "message": anstream::adapter::strip_str(&failure.message).to_string(),
        "places": places,
        "notes": failure.notes,
        "hints": failure.hints,
        "folded": failure.folded,
        "trace": failure.trace,
        "status": failure.code,
    })
    .to_string()
}
