//! The evaluator, without files, and with little memory and few nested calls.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use nix_eval::host::ReadOnlyHost;
use nix_eval::{Evaluator, Feature, Settings, XmlOptions};

/// How many bytes values may take. Calls take memory, so this bounds what a program can do, but
/// for comparing things with themselves.
const MEMORY: usize = 32 << 20;
/// How deeply calls may be nested.
const CALL_DEPTH: usize = 300;
/// When a program is interrupted.
const TIME: Duration = Duration::from_secs(2);

/// Evaluates a program, everything in its value, and prints it in each way there is.
pub fn evaluate(program: &[u8]) {
    with_evaluator(|e| {
        let Ok(value) = e.eval_string(program, Path::new("/base")) else {
            return;
        };
        // What cannot be evaluated in full is printed as it is.
        let complete = e.force_deep(value).is_ok();
        let _ = e.print(value);
        let _ = e.print_for_error(value);
        if complete {
            let _ = e.print_evaluated(value);
            let _ = e.to_json(value, false);
            let options = XmlOptions {
                evaluate: true,
                locations: true,
            };
            let _ = e.to_xml(value, options);
        }
    });
}

/// A JSON text that is read is written as a JSON text that is read as the same value.
pub fn json(text: &[u8]) {
    with_evaluator(|e| {
        let Ok(value) = e.value_of_json(text) else {
            return;
        };
        // What is nested deeply can be read but not written.
        let Ok((once, _)) = e.to_json(value, false) else {
            return;
        };
        let again = e
            .value_of_json(&once)
            .and_then(|value| e.to_json(value, false))
            .map(|(text, _)| text);
        let Ok(again) = again else {
            panic!("cannot read {}", String::from_utf8_lossy(&once));
        };
        assert!(
            once == again,
            "{}\n{}",
            String::from_utf8_lossy(&once),
            String::from_utf8_lossy(&again)
        );
    });
}

/// A TOML text becomes a value that can be written as JSON, or an error.
pub fn toml(text: &[u8]) {
    let program = format!("builtins.toJSON (builtins.fromTOML {})", literal(text));
    with_evaluator(|e| {
        let _ = e.eval_string(program.as_bytes(), Path::new("/base"));
    });
}

/// A regular expression (the first line) and a text: matched as a whole, and split by it.
pub fn regex(input: &[u8]) {
    let mut parts = input.splitn(2, |&byte| byte == b'\n');
    let pattern = literal(parts.next().unwrap_or_default());
    let text = literal(parts.next().unwrap_or_default());
    let program = format!(
        "builtins.deepSeq (builtins.match {pattern} {text}) (builtins.concatStringsSep \"\" \
         (builtins.filter builtins.isString (builtins.split {pattern} {text})))"
    );
    with_evaluator(|e| {
        let _ = e.eval_string(program.as_bytes(), Path::new("/base"));
    });
}

/// A text as a string literal. There is no NUL in strings of the language.
fn literal(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text)
        .replace('\0', " ")
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "\\$")
        // A carriage return would be read as a newline.
        .replace('\r', "\\r");
    format!("\"{text}\"")
}

fn with_evaluator(run: impl FnOnce(&Evaluator)) {
    let settings = Settings {
        pure_eval: true,
        system: "x86_64-linux".to_owned(),
        features: Feature::ALL.iter().copied().collect(),
        max_call_depth: CALL_DEPTH,
        max_heap_size: Some(MEMORY),
        ..Settings::default()
    };
    let host = ReadOnlyHost::new("/nix/store").expect("an absolute path");
    let evaluator = Evaluator::new(Box::new(host), settings);
    let deadline = Deadline::start(evaluator.interrupt_flag());
    run(&evaluator);
    drop(deadline);
}

/// What a thread watches that interrupts evaluations that take too long.
type Watched = Mutex<Vec<(Instant, Arc<AtomicBool>)>>;

fn watched() -> &'static Watched {
    static WATCHED: OnceLock<Watched> = OnceLock::new();
    WATCHED.get_or_init(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(Duration::from_millis(50));
                let now = Instant::now();
                let list = watched().lock().unwrap_or_else(PoisonError::into_inner);
                for (_, interrupt) in list.iter().filter(|(end, _)| *end < now) {
                    interrupt.store(true, Ordering::Relaxed);
                }
            }
        });
        Mutex::default()
    })
}

/// Interrupts an evaluation that is not over in time.
struct Deadline(Arc<AtomicBool>);

impl Deadline {
    fn start(interrupt: Arc<AtomicBool>) -> Deadline {
        let mut list = watched().lock().unwrap_or_else(PoisonError::into_inner);
        list.push((Instant::now() + TIME, Arc::clone(&interrupt)));
        Deadline(interrupt)
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        let mut list = watched().lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|(_, interrupt)| !Arc::ptr_eq(interrupt, &self.0));
    }
}
