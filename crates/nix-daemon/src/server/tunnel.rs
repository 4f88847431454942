//! What happens during a request, told to the client.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix_protocol::{ActivityKind, Context, Field, Message, ProtocolError, ResultKind, Verbosity};
use nix_store::build::{BuildError, BuildMode, Observer};
use nix_wire::StorePath;

/// The way to the client, on which several threads tell what they do.
pub(super) struct Tunnel<'a> {
    context: &'a Context,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    sink: &'a mut (dyn Write + Send),
    /// Between request and answer, the only time when the client listens to messages.
    active: bool,
    next_id: u64,
    builds: HashMap<StorePath, u64>,
    started: BTreeSet<StorePath>,
    verbosity: Verbosity,
}

impl fmt::Debug for Tunnel<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tunnel").finish_non_exhaustive()
    }
}

impl<'a> Tunnel<'a> {
    pub(super) fn new(sink: &'a mut (dyn Write + Send), context: &'a Context) -> Tunnel<'a> {
        Tunnel {
            context,
            state: Mutex::new(State {
                sink,
                active: false,
                next_id: 1,
                builds: HashMap::new(),
                started: BTreeSet::new(),
                verbosity: Verbosity::Info,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        // A thread that panicked left at most a message out.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_verbosity(&self, verbosity: Verbosity) {
        self.state().verbosity = verbosity;
    }

    /// From now on the client listens.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.active = true;
        state.started.clear();
    }

    /// Whether the client listens.
    pub(super) fn is_active(&self) -> bool {
        self.state().active
    }

    /// Sends the last message and an answer.
    pub(super) fn answer(&self, last: &Message, answer: &[u8]) -> Result<(), ProtocolError> {
        let mut state = self.state();
        state.active = false;
        last.write_to(&mut state.sink, self.context)?;
        state.sink.write_all(answer)?;
        Ok(state.sink.flush()?)
    }

    /// Sends an answer by pieces, after the last message.
    pub(super) fn answer_with<T>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, ProtocolError>,
    ) -> Result<T, ProtocolError> {
        let mut state = self.state();
        state.active = false;
        Message::Last.write_to(&mut state.sink, self.context)?;
        let written = write(&mut state.sink)?;
        state.sink.flush()?;
        Ok(written)
    }

    /// Sends a message and waits for nothing. That the client is gone is found out when it is read
    /// from.
    pub(super) fn send(&self, message: &Message) {
        let mut state = self.state();
        if state.active {
            let _ = message.write_to(&mut state.sink, self.context);
            let _ = state.sink.flush();
        }
    }

    pub(super) fn warn(&self, text: &str) {
        if self.state().verbosity >= Verbosity::Warn {
            self.send(&Message::Next(format!("warning: {text}\n").into_bytes()));
        }
    }

    /// The derivations whose builders ran during this request.
    pub(super) fn started_builds(&self) -> BTreeSet<StorePath> {
        self.state().started.clone()
    }

    fn build_id(&self, derivation: &StorePath) -> Option<u64> {
        self.state().builds.get(derivation).copied()
    }
}

impl Observer for Tunnel<'_> {
    fn waiting(&self, path: &Path) {
        let text = format!("waiting for locks or build slots: {}", path.display());
        self.send(&Message::Next(format!("{text}\n").into_bytes()));
    }

    fn started(&self, derivation: &StorePath, _mode: BuildMode) {
        let id = {
            let mut state = self.state();
            let id = state.next_id;
            state.next_id += 1;
            state.builds.insert(derivation.clone(), id);
            state.started.insert(derivation.clone());
            id
        };
        let printed = self.context.store_dir.print(derivation);
        self.send(&Message::Start {
            id,
            level: Verbosity::Info,
            kind: ActivityKind::Build,
            text: format!("building '{printed}'").into_bytes(),
            fields: vec![
                Field::Text(printed.into_bytes()),
                Field::Text(Vec::new()),
                Field::Number(1),
                Field::Number(1),
            ],
            parent: 0,
        });
    }

    fn phase(&self, derivation: &StorePath, phase: &str) {
        if let Some(id) = self.build_id(derivation) {
            self.send(&Message::Result {
                id,
                kind: ResultKind::SetPhase,
                fields: vec![Field::Text(phase.as_bytes().to_vec())],
            });
        }
    }

    fn log_line(&self, derivation: &StorePath, line: &[u8]) {
        if let Some(id) = self.build_id(derivation) {
            self.send(&Message::Result {
                id,
                kind: ResultKind::BuildLogLine,
                fields: vec![Field::Text(line.to_vec())],
            });
        }
    }

    fn kept(&self, _derivation: &StorePath, directory: &Path) {
        let text = format!(
            "note: keeping build directory \"{}\"\n",
            directory.display()
        );
        self.send(&Message::Next(text.into_bytes()));
    }

    fn finished(&self, derivation: &StorePath, _result: Result<(), &BuildError>) {
        let id = self.state().builds.remove(derivation);
        if let Some(id) = id {
            self.send(&Message::Stop(id));
        }
    }
}
