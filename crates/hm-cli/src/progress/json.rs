//! What happens as lines of JSON after `@nix`, as Nix writes them with `--log-format internal-json`
//! for programs that show it in their own way.

use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nix_engine::{Event, Reporter};
use nix_store::build::BuildMode;
use nix_wire::{StoreDir, StorePath};
use serde_json::{Value, json};

// Levels of Nix's verbosity.
const ERROR: i32 = 0;
const WARN: i32 = 1;
const INFO: i32 = 3;
const CHATTY: i32 = 5;

// Kinds of activities and of results.
const REALISE: u32 = 102;
const BUILDS: u32 = 104;
const BUILD: u32 = 105;
const BUILD_WAITING: u32 = 111;
const LOG_LINE: u32 = 101;
const PHASE: u32 = 104;
const PROGRESS: u32 = 105;
const EXPECTED: u32 = 106;

/// Writes events as lines of JSON.
pub struct JsonReporter {
    store_dir: StoreDir,
    state: Mutex<State>,
}

struct State {
    sink: Box<dyn Write + Send>,
    /// What each line begins with.
    prefix: &'static str,
    /// How much more than usual is told.
    verbosity: i32,
    next: u64,
    /// The activity of all builds, while there are any.
    builds: Option<u64>,
    realise: Option<u64>,
    running: HashMap<StorePath, u64>,
    expected: usize,
    done: usize,
    failed: usize,
}

impl JsonReporter {
    /// A reporter that writes there, among other lines; numbers of activities are unique on this
    /// machine.
    pub fn new(store_dir: StoreDir, sink: Box<dyn Write + Send>) -> JsonReporter {
        JsonReporter::with_prefix(store_dir, sink, "@nix ", 0)
    }

    /// A reporter that adds to a file, or writes to a socket, which has nothing else.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn to_file(
        store_dir: StoreDir,
        path: &Path,
        verbosity: i32,
    ) -> std::io::Result<JsonReporter> {
        let is_socket = path
            .metadata()
            .is_ok_and(|metadata| metadata.file_type().is_socket());
        let sink: Box<dyn Write + Send> = if is_socket {
            Box::new(UnixStream::connect(path)?)
        } else {
            let mut options = std::fs::OpenOptions::new();
            Box::new(options.create(true).append(true).open(path)?)
        };
        Ok(JsonReporter::with_prefix(store_dir, sink, "", verbosity))
    }

    fn with_prefix(
        store_dir: StoreDir,
        sink: Box<dyn Write + Send>,
        prefix: &'static str,
        verbosity: i32,
    ) -> JsonReporter {
        JsonReporter {
            store_dir,
            state: Mutex::new(State {
                sink,
                prefix,
                verbosity,
                next: u64::from(std::process::id()) << 32,
                builds: None,
                realise: None,
                running: HashMap::new(),
                expected: 0,
                done: 0,
                failed: 0,
            }),
        }
    }
}

impl State {
    fn write(&mut self, value: &Value) {
        // Nothing can be told to somebody who does not listen.
        let line = format!("{}{value}\n", self.prefix);
        let _ = self.sink.write_all(line.as_bytes());
    }

    fn message(&mut self, level: i32, text: &str) {
        self.write(&json!({"action": "msg", "level": level, "msg": text}));
    }

    fn start_build(&mut self, derivation: &StorePath, text: &str, place: [Value; 2]) {
        let [path, machine] = place;
        let id = self.start(INFO, BUILD, text, vec![path, machine, 1.into(), 1.into()]);
        self.running.insert(derivation.clone(), id);
        self.progress();
    }

    fn start(&mut self, level: i32, kind: u32, text: &str, fields: Vec<Value>) -> u64 {
        let id = self.next;
        self.next += 1;
        let mut start = json!({
            "action": "start", "id": id, "level": level, "parent": 0, "text": text, "type": kind,
        });
        if !fields.is_empty() {
            start["fields"] = Value::Array(fields);
        }
        self.write(&sorted(&start));
        id
    }

    fn stop(&mut self, id: u64) {
        self.write(&json!({"action": "stop", "id": id}));
    }

    fn result(&mut self, id: u64, kind: u32, fields: &[Value]) {
        self.write(&json!({"action": "result", "fields": fields, "id": id, "type": kind}));
    }

    fn progress(&mut self) {
        if let Some(builds) = self.builds {
            let numbers = [self.done, self.expected, self.running.len(), self.failed];
            self.result(builds, PROGRESS, &numbers.map(Value::from));
        }
    }
}

/// Nix writes keys in their order.
fn sorted(value: &Value) -> Value {
    let Value::Object(map) = value else {
        return value.clone();
    };
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| key.as_str());
    entries
        .into_iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

impl Reporter for JsonReporter {
    fn report(&self, event: Event<'_>) {
        // A thread that panicked while it wrote has written what it could.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Trace(text) => state.message(ERROR, &format!("trace: {text}")),
            Event::EvaluationWarning(text) => {
                state.message(WARN, &format!("evaluation warning: {text}"));
            }
            Event::Warning(text) => state.message(WARN, &format!("warning: {text}")),
            Event::Call { .. } => {}
            Event::Detail(level, text) => {
                let wanted_by = super::wanted_by(level);
                if state.verbosity >= wanted_by {
                    state.message(INFO + wanted_by, &text.to_string());
                }
            }
            Event::Planned(plan) => {
                state.expected = plan.built.len();
                state.done = 0;
                state.failed = 0;
                if state.realise.is_none() {
                    state.realise = Some(state.start(0, REALISE, "", Vec::new()));
                    state.builds = Some(state.start(0, BUILDS, "", Vec::new()));
                }
                if let Some(realise) = state.realise {
                    let fields = [Value::from(BUILD), Value::from(plan.built.len())];
                    state.result(realise, EXPECTED, &fields);
                }
                state.progress();
            }
            Event::BuildStarted(derivation, mode) => {
                let path = self.store_dir.print(derivation);
                let text = started(&path, mode);
                let fields = [path.clone().into(), "".into()];
                state.start_build(derivation, &text, fields);
                if state.verbosity > 1 {
                    state.message(CHATTY, &format!("executing builder of '{path}'"));
                }
            }
            Event::BuildStartedOn(derivation, machine) => {
                let path = self.store_dir.print(derivation);
                let text = format!("building '{path}' on '{machine}'");
                state.start_build(derivation, &text, [path.into(), machine.into()]);
            }
            Event::BuildPhase(derivation, phase) => {
                if let Some(id) = state.running.get(derivation).copied() {
                    state.result(id, PHASE, &[phase.into()]);
                }
            }
            Event::BuildLine(derivation, line) => {
                if let Some(id) = state.running.get(derivation).copied() {
                    state.result(id, LOG_LINE, &[String::from_utf8_lossy(line).into()]);
                }
            }
            Event::BuildFinished(derivation, error) => {
                match error {
                    Some(error) => {
                        state.failed += 1;
                        state.message(ERROR, &format!("error: {error}"));
                    }
                    None => state.done += 1,
                }
                if let Some(id) = state.running.remove(derivation) {
                    state.stop(id);
                }
                state.progress();
            }
            Event::BuildKept(directory) => {
                let text = format!("note: keeping build directory \"{}\"", directory.display());
                state.message(ERROR, &text);
            }
            Event::Waiting(path) => {
                let text = format!("waiting for lock on '{}'", path.display());
                let id = state.start(WARN, BUILD_WAITING, &text, Vec::new());
                state.stop(id);
            }
        }
    }
}

/// What is said when a build begins.
pub fn started(derivation: &str, mode: BuildMode) -> String {
    match mode {
        BuildMode::Normal => format!("building '{derivation}'"),
        BuildMode::Repair => format!("repairing outputs of '{derivation}'"),
        BuildMode::Check => format!("checking outputs of '{derivation}'"),
    }
}

impl Drop for State {
    fn drop(&mut self) {
        for id in [self.builds.take(), self.realise.take()]
            .into_iter()
            .flatten()
        {
            self.stop(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(data);
            Ok(data.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_build_is_an_activity_with_its_lines() {
        let memory = Memory::default();
        let reporter = JsonReporter::new(StoreDir::default(), Box::new(memory.clone()));
        let derivation = StorePath::new(&[0; 20], "x.drv").expect("a path");
        reporter.report(Event::BuildStarted(&derivation, BuildMode::Normal));
        reporter.report(Event::BuildPhase(&derivation, "buildPhase"));
        reporter.report(Event::BuildLine(&derivation, b"a \"line\""));
        reporter.report(Event::BuildFinished(&derivation, None));
        let text = memory.0.lock().expect("no panic").clone();
        let id = u64::from(std::process::id()) << 32;
        let path = format!("/nix/store/{}", derivation.base_name());
        assert_eq!(
            String::from_utf8(text).expect("text"),
            format!(
                "@nix {{\"action\":\"start\",\"fields\":[\"{path}\",\"\",1,1],\"id\":{id},\"level\":3,\
                 \"parent\":0,\"text\":\"building '{path}'\",\"type\":105}}\n\
                 @nix {{\"action\":\"result\",\"fields\":[\"buildPhase\"],\"id\":{id},\"type\":104}}\n\
                 @nix {{\"action\":\"result\",\"fields\":[\"a \\\"line\\\"\"],\"id\":{id},\"type\":101}}\n\
                 @nix {{\"action\":\"stop\",\"id\":{id}}}\n"
            )
        );
    }
}
