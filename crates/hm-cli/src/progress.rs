//! What the engine tells, on the terminal.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix_engine::{Event, Reporter};

use crate::printer::{Message, Printer, Voice};

/// Shows what an engine does.
pub struct TerminalReporter {
    voice: Mutex<Voice>,
    print_logs: bool,
    planned: AtomicUsize,
    finished: AtomicUsize,
}

impl TerminalReporter {
    /// A reporter that speaks as the printer does. `print_logs`: builders' output as it comes.
    pub fn new(printer: &Printer, print_logs: bool) -> TerminalReporter {
        TerminalReporter {
            voice: Mutex::new(printer.voice()),
            print_logs,
            planned: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
        }
    }

    fn say(&self, message: Message, text: &str) {
        // A thread that panicked while it spoke has said what it could.
        let mut voice = self
            .voice
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        voice.say(message, text);
    }
}

impl Reporter for TerminalReporter {
    fn report(&self, event: Event<'_>) {
        match event {
            Event::Trace(text) => match text.strip_prefix("warning: ") {
                Some(warning) => self.say(Message::Warning, warning),
                None => self.say(Message::Line, &format!("trace: {text}")),
            },
            Event::EvaluationWarning(text) | Event::Warning(text) => {
                self.say(Message::Warning, text);
            }
            Event::BuildsPlanned(count) => {
                self.planned.store(count, Ordering::Relaxed);
                self.finished.store(0, Ordering::Relaxed);
            }
            Event::BuildStarted(derivation) => {
                let name = derivation.name().trim_end_matches(".drv");
                self.say(Message::Detail, &format!("building {name}"));
                let finished = self.finished.load(Ordering::Relaxed);
                let planned = self.planned.load(Ordering::Relaxed);
                self.say(
                    Message::Progress,
                    &format!("building {name} ({finished}/{planned})"),
                );
            }
            Event::BuildLine(derivation, line) => {
                if self.print_logs {
                    let name = derivation.name().trim_end_matches(".drv");
                    let line = String::from_utf8_lossy(line);
                    self.say(Message::Line, &format!("{name}> {line}"));
                }
            }
            Event::BuildFinished(..) => {
                self.finished.fetch_add(1, Ordering::Relaxed);
            }
            Event::Waiting(path) => {
                self.say(
                    Message::Status,
                    &format!("waiting for another process to build {}", path.display()),
                );
            }
        }
    }
}
