//! What is fetched from binary caches, on the last line of a terminal.

use std::sync::{Mutex, PoisonError};

use nix_store::substitute::SubstitutionObserver;
use nix_wire::StorePath;

use crate::printer::{Message, Printer, Voice};

/// Shows what is being fetched, and how much has come.
pub struct TerminalSubstitution {
    state: Mutex<State>,
}

struct State {
    voice: Voice,
    /// How many objects have come, and the bytes of their archives.
    count: usize,
    bytes: u64,
}

impl TerminalSubstitution {
    /// One that speaks as the printer does.
    pub fn new(printer: &Printer) -> TerminalSubstitution {
        TerminalSubstitution {
            state: Mutex::new(State {
                voice: printer.voice(),
                count: 0,
                bytes: 0,
            }),
        }
    }

    fn with(&self, tell: impl FnOnce(&mut State)) {
        // A thread that panicked while it spoke has said what it could.
        tell(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl SubstitutionObserver for TerminalSubstitution {
    fn warning(&self, text: &str) {
        self.with(|state| state.voice.say(Message::Warning, text));
    }

    fn copying(&self, path: &StorePath, from: &str, _nar_size: u64) {
        self.with(|state| {
            let name = path.name();
            state
                .voice
                .say(Message::Detail, &format!("fetching {name} from {from}"));
            let (count, mebibytes) = (state.count, state.bytes as f64 / 1_048_576.0);
            state.voice.say(
                Message::Progress,
                &format!("fetching {name} ({count} fetched, {mebibytes:.1} MiB)"),
            );
        });
    }

    fn copied(&self, _path: &StorePath, nar_size: u64) {
        self.with(|state| {
            state.count += 1;
            state.bytes += nar_size;
        });
    }
}
