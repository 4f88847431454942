//! A failure for people.

use std::fmt::Write as _;

use super::{Failure, Place};
use crate::printer::{BOLD, DIM, ERROR};

/// The message, the places and the trace.
pub fn body(failure: &Failure) -> String {
    let mut text = failure.message.clone();
    for place in &failure.places {
        text.push('\n');
        text.push_str(&render_place(place));
    }
    match (&failure.trace, failure.folded) {
        (Some(trace), _) => {
            let _ = write!(text, "\n\n{}", trace.trim_end());
        }
        (None, 0) => {}
        (None, count) => {
            let steps = if count == 1 { "step" } else { "steps" };
            let _ = write!(
                text,
                "\n{DIM}({count} {steps} of the evaluation not shown: --show-trace){DIM:#}"
            );
        }
    }
    text
}

fn render_place(place: &Place) -> String {
    let Place {
        file,
        line,
        column,
        text,
        label,
    } = place;
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mut rendered = format!("{margin}{DIM}-->{DIM:#} {BOLD}{file}:{line}:{column}{BOLD:#}");
    let Some(source) = text else {
        if !label.is_empty() {
            let _ = write!(rendered, " {label}");
        }
        return rendered;
    };
    let (source, column) = nix_eval::excerpt(source, *column as usize);
    // Tabs are kept, so that the mark stands under its text whatever their width.
    let before: String = source
        .bytes()
        .take(column.saturating_sub(1))
        .map(|byte| if byte == b'\t' { '\t' } else { ' ' })
        .collect();
    let _ = write!(
        rendered,
        "\n{margin} {DIM}|{DIM:#}\n{DIM}{number} |{DIM:#} {source}\n{margin} {DIM}|{DIM:#} \
         {before}{ERROR}^{ERROR:#} {label}"
    );
    rendered.truncate(rendered.trim_end().len());
    rendered
}
