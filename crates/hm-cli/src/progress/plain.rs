//! What happens as lines of text, as Nix writes them where there is no terminal.

use nix_engine::{Event, Reporter};
use nix_wire::StoreDir;

use super::{BuildOutput, package_name, started};
use crate::printer::{Printer, Verbosity};
use crate::terminal::say;

/// Writes a line for each thing that happens.
pub struct PlainReporter {
    store_dir: StoreDir,
    /// Whether more is told than warnings.
    is_heard: bool,
    build_output: BuildOutput,
}

impl PlainReporter {
    /// One that says as much as the printer does.
    pub fn new(store_dir: StoreDir, printer: &Printer, build_output: BuildOutput) -> PlainReporter {
        let is_heard = printer.verbosity() >= Verbosity::Normal;
        PlainReporter {
            store_dir,
            is_heard,
            build_output: if is_heard {
                build_output
            } else {
                BuildOutput::Hidden
            },
        }
    }
}

/// A text that begins on a line of its own has no blank before it.
fn labelled(label: &str, text: &str) {
    if text.starts_with('\n') {
        say(&format!("{label}:{text}"));
    } else {
        say(&format!("{label}: {text}"));
    }
}

impl Reporter for PlainReporter {
    fn report(&self, event: Event<'_>) {
        match event {
            Event::Trace(text) => say(&format!("trace: {text}")),
            Event::EvaluationWarning(text) if text.starts_with('\n') => {
                say(&format!("evaluation warning:{text}"));
            }
            Event::EvaluationWarning(text) => {
                let text = text.replace('\n', "\n                    ");
                labelled("evaluation warning", &text);
            }
            Event::Warning(text) => labelled("warning", text),
            Event::Call { location, entered } => {
                let since = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap_or_default();
                let what = if entered { "entered" } else { "exited" };
                say(&format!(
                    "function-trace {what} {location} at {}",
                    since.as_nanos()
                ));
            }
            Event::BuildStarted(derivation, mode) if self.is_heard => {
                let path = self.store_dir.print(derivation);
                say(&format!("{}...", started(&path, mode)));
            }
            Event::BuildStartedOn(derivation, machine) if self.is_heard => {
                let path = self.store_dir.print(derivation);
                say(&format!("building '{path}' on '{machine}'..."));
            }
            Event::BuildLine(derivation, line) => {
                let line = String::from_utf8_lossy(line);
                match self.build_output {
                    BuildOutput::Hidden => {}
                    BuildOutput::Plain => say(&line),
                    BuildOutput::Named => say(&format!("{}> {line}", package_name(derivation))),
                }
            }
            Event::BuildKept(directory) => say(&format!(
                "note: keeping build directory \"{}\"",
                directory.display()
            )),
            Event::Waiting(path) => {
                say(&format!("waiting for lock on '{}'", path.display()));
            }
            Event::Detail(..)
            | Event::Planned(_)
            | Event::BuildStarted(..)
            | Event::BuildStartedOn(..)
            | Event::BuildPhase(..)
            | Event::BuildFinished(..) => {}
        }
    }
}
