//! What the engine tells, on the terminal: one line per activity that changes while it goes on,
//! plain lines where there is no terminal, or JSON for other programs.

mod json;
mod lock_files;
mod plain;
mod substitution;

pub use json::JsonReporter;
pub use lock_files::LockFileReporter;
pub use substitution::TerminalSubstitution;

use json::started;
use plain::PlainReporter;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use nix_engine::{DetailLevel, Event, Reporter};
use nix_wire::{StoreDir, StorePath};

use crate::printer::{Message, Printer, Voice};
use crate::terminal;

/// How events are shown: the values of Nix's `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for each event.
    Raw,
    /// The same, and all that builders write.
    RawWithLogs,
    /// The same as lines of JSON.
    InternalJson,
    /// What is under way at the end of the terminal.
    #[default]
    Bar,
    /// The same, and all that builders write.
    BarWithLogs,
}

impl LogFormat {
    /// Whether all is shown that builders write.
    pub fn prints_logs(self) -> bool {
        matches!(self, LogFormat::RawWithLogs | LogFormat::BarWithLogs)
    }

    /// From the word of the option.
    pub fn from_word(word: &str) -> Option<LogFormat> {
        match word {
            "raw" => Some(LogFormat::Raw),
            "raw-with-logs" => Some(LogFormat::RawWithLogs),
            "internal-json" => Some(LogFormat::InternalJson),
            "bar" | "multiline" => Some(LogFormat::Bar),
            "bar-with-logs" | "multiline-with-logs" => Some(LogFormat::BarWithLogs),
            _ => None,
        }
    }
}

/// How the output of builders is shown where events are lines of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildOutput {
    /// Not at all.
    Hidden,
    /// As it is.
    Plain,
    /// After the name of what is built.
    Named,
}

/// The reporter of one of Nix's own commands. Without a terminal a bar is lines of text.
pub fn reporter(format: LogFormat, store_dir: StoreDir, printer: &Printer) -> Box<dyn Reporter> {
    let lines = |output| Box::new(PlainReporter::new(store_dir.clone(), printer, output));
    match format {
        LogFormat::InternalJson => {
            Box::new(JsonReporter::new(store_dir, Box::new(std::io::stderr())))
        }
        LogFormat::Bar | LogFormat::BarWithLogs if terminal::has_progress() => {
            let print_logs = format == LogFormat::BarWithLogs;
            Box::new(TerminalReporter::new(printer, print_logs))
        }
        LogFormat::Bar | LogFormat::Raw => lines(BuildOutput::Hidden),
        LogFormat::RawWithLogs => lines(BuildOutput::Plain),
        LogFormat::BarWithLogs => lines(BuildOutput::Named),
    }
}

/// Tells details, besides what another reporter tells, to those who want to know: how many `-v` there
/// were decides.
pub fn with_details(
    reporter: Box<dyn Reporter>,
    format: LogFormat,
    verbosity: i32,
) -> Box<dyn Reporter> {
    // JSON has details of its own.
    if format == LogFormat::InternalJson || verbosity <= 0 {
        return reporter;
    }
    let details = Details { verbosity };
    Box::new(Several(vec![reporter, Box::new(details)]))
}

/// Tells details, each on a line, and nothing else.
struct Details {
    /// How many `-v` there were.
    verbosity: i32,
}

impl Reporter for Details {
    fn report(&self, event: Event<'_>) {
        if let Event::Detail(level, text) = event
            && self.verbosity >= wanted_by(level)
        {
            terminal::say(&text.to_string());
        }
    }
}

/// From how many `-v` on Nix tells such details.
fn wanted_by(level: DetailLevel) -> i32 {
    match level {
        DetailLevel::Chatty => 2,
        DetailLevel::Debug => 3,
    }
}

/// Tells several reporters.
pub struct Several(pub Vec<Box<dyn Reporter>>);

impl Reporter for Several {
    fn report(&self, event: Event<'_>) {
        let Some((last, others)) = self.0.split_last() else {
            return;
        };
        for other in others {
            other.report(event.clone());
        }
        last.report(event);
    }
}

/// Shows what an engine does on the last line of a terminal.
pub struct TerminalReporter {
    print_logs: bool,
    state: Mutex<State>,
}

struct State {
    voice: Voice,
    planned: usize,
    finished: usize,
    failed: usize,
    /// What is being built, and the last that it said.
    running: BTreeMap<StorePath, Activity>,
    /// What said something last.
    latest: Option<StorePath>,
}

#[derive(Default)]
struct Activity {
    phase: Option<String>,
    line: Option<String>,
}

impl TerminalReporter {
    /// A reporter that speaks as the printer does. `print_logs`: builders' output as it comes.
    pub fn new(printer: &Printer, print_logs: bool) -> TerminalReporter {
        TerminalReporter {
            print_logs,
            state: Mutex::new(State {
                voice: printer.voice(),
                planned: 0,
                finished: 0,
                failed: 0,
                running: BTreeMap::new(),
                latest: None,
            }),
        }
    }
}

fn name_of(derivation: &StorePath) -> &str {
    derivation.name().trim_end_matches(".drv")
}

/// Returns the name of a derivation without its version, which begins after the first dash that no
/// letter follows: Nix puts it before lines of logs.
fn package_name(derivation: &StorePath) -> &str {
    let name = name_of(derivation);
    let is_version = |text: &str| !text.starts_with(|next: char| next.is_ascii_alphabetic());
    name.match_indices('-')
        .find(|(dash, _)| is_version(&name[dash + 1..]))
        .map_or(name, |(dash, _)| &name[..dash])
}

impl State {
    fn start(&mut self, derivation: &StorePath, text: &str) {
        self.voice.say(Message::Detail, text);
        self.running.insert(derivation.clone(), Activity::default());
        self.latest = Some(derivation.clone());
        self.show();
    }

    fn show(&mut self) {
        let line = self.line();
        self.voice.say(Message::Progress, &line);
    }

    /// `[1/3 built] building x (buildPhase): the last line`
    fn line(&self) -> String {
        let mut counts = format!("{}/{} built", self.finished, self.planned);
        if self.failed > 0 {
            counts.push_str(&format!(", {} failed", self.failed));
        }
        let latest = self
            .latest
            .as_ref()
            .and_then(|latest| self.running.get_key_value(latest))
            .or_else(|| self.running.iter().next());
        let Some((derivation, activity)) = latest else {
            return format!("[{counts}]");
        };
        let mut line = format!("[{counts}] building {}", name_of(derivation));
        if let Some(phase) = &activity.phase {
            line.push_str(&format!(" ({phase})"));
        }
        if let Some(last) = &activity.line {
            line.push_str(&format!(": {last}"));
        }
        line
    }
}

impl Reporter for TerminalReporter {
    fn report(&self, event: Event<'_>) {
        // A thread that panicked while it spoke has said what it could.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Trace(text) => match text.strip_prefix("warning: ") {
                Some(warning) => state.voice.say(Message::Warning, warning),
                None => state.voice.say(Message::Line, &format!("trace: {text}")),
            },
            Event::EvaluationWarning(text) | Event::Warning(text) => {
                state.voice.say(Message::Warning, text);
            }
            Event::Call { .. } | Event::Detail(..) => {}
            Event::Planned(plan) => {
                state.planned = plan.built.len();
                state.finished = 0;
                state.failed = 0;
            }
            Event::BuildStarted(derivation, _) => {
                let text = format!("building {}", name_of(derivation));
                state.start(derivation, &text);
            }
            Event::BuildStartedOn(derivation, machine) => {
                let text = format!("building {} on {machine}", name_of(derivation));
                state.start(derivation, &text);
            }
            Event::BuildPhase(derivation, phase) => {
                if let Some(activity) = state.running.get_mut(derivation) {
                    activity.phase = Some(phase.to_owned());
                    state.latest = Some(derivation.clone());
                    state.show();
                }
            }
            Event::BuildLine(derivation, line) => {
                let line = String::from_utf8_lossy(line).into_owned();
                if self.print_logs {
                    let text = format!("{}> {line}", package_name(derivation));
                    state.voice.say(Message::Line, &text);
                }
                if let Some(activity) = state.running.get_mut(derivation) {
                    activity.line = Some(line);
                    state.latest = Some(derivation.clone());
                    state.show();
                }
            }
            Event::BuildFinished(derivation, error) => {
                state.running.remove(derivation);
                match error {
                    Some(_) => state.failed += 1,
                    None => state.finished += 1,
                }
                if !state.running.is_empty() {
                    state.show();
                }
            }
            Event::BuildKept(directory) => {
                let text = format!("keeping build directory '{}'", directory.display());
                state.voice.say(Message::Note, &text);
            }
            Event::Waiting(path) => {
                let text = format!("waiting for another process to build {}", path.display());
                state.voice.say(Message::Status, &text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::Verbosity;

    #[test]
    fn the_line_says_what_is_built_and_how_far_it_is() {
        let reporter = TerminalReporter::new(&Printer::new(Verbosity::Quiet), false);
        let path = |digit: u8, name: &str| StorePath::new(&[digit; 20], name).expect("a path");
        let (one, two) = (path(1, "one.drv"), path(2, "two.drv"));
        let line = || reporter.state.lock().expect("no panic").line();
        reporter.report(Event::Planned(&nix_store::build::Plan {
            built: vec![one.clone(), two.clone()],
            substituted: Default::default(),
            lacking: Default::default(),
        }));
        let mode = nix_store::build::BuildMode::Normal;
        reporter.report(Event::BuildStarted(&one, mode));
        reporter.report(Event::BuildStarted(&two, mode));
        reporter.report(Event::BuildPhase(&one, "installPhase"));
        reporter.report(Event::BuildLine(&one, b"some \x1b[31mred\x1b[0m text"));
        assert_eq!(
            line(),
            "[0/2 built] building one (installPhase): some \x1b[31mred\x1b[0m text"
        );
        reporter.report(Event::BuildFinished(&one, None));
        assert_eq!(line(), "[1/2 built] building two");
    }

    #[test]
    fn logs_have_the_name_without_the_version() {
        for (name, shown) in [
            ("hello-2.12.drv", "hello"),
            ("a-b-c.drv", "a-b-c"),
            ("failing-1.drv", "failing"),
            ("x-.drv", "x"),
            ("plain.drv", "plain"),
        ] {
            let path = StorePath::new(&[1; 20], name).expect("a path");
            assert_eq!(package_name(&path), shown, "{name}");
        }
    }

    #[test]
    fn formats_have_nixs_words() {
        for (word, format) in [
            ("raw", LogFormat::Raw),
            ("raw-with-logs", LogFormat::RawWithLogs),
            ("internal-json", LogFormat::InternalJson),
            ("bar", LogFormat::Bar),
            ("bar-with-logs", LogFormat::BarWithLogs),
        ] {
            assert_eq!(LogFormat::from_word(word), Some(format));
        }
        assert_eq!(LogFormat::from_word("loud"), None);
    }
}
