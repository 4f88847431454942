//! `NIX_SHOW_STATS`: what an evaluation did, as JSON with the names that Nix's own has.

use std::path::Path;

use nix_eval::{Count, Evaluator, Summary};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

use super::engine::plain;
use crate::environment::Environment;
use crate::report::Failure;

/// Bytes of a value, of the reference to one, and of the head of an environment or set.
const VALUE: u64 = 8;
const REFERENCE: u64 = 4;
const HEAD: u64 = 8;

/// Whether calls are to be counted by function.
pub fn counts_calls(environment: &Environment) -> bool {
    is_on(environment, "NIX_COUNT_CALLS")
}

fn is_on(environment: &Environment, name: &str) -> bool {
    environment.text(name).is_some_and(|value| value != "0")
}

/// Writes the statistics where the environment wants them: to a file, to the standard error, or
/// nowhere.
///
/// # Errors
/// When the file cannot be written.
pub fn show(evaluator: &Evaluator, environment: &Environment) -> Result<(), Failure> {
    if !is_on(environment, "NIX_SHOW_STATS") {
        return Ok(());
    }
    let text = format!("{:#}", report(evaluator, environment));
    match environment.text("NIX_SHOW_STATS_PATH") {
        Some(path) if path != "-" => {
            let path = environment.directory.join(Path::new(&path));
            std::fs::write(&path, text + "\n").map_err(|error| Failure::io("write", path, &error))
        }
        _ => {
            plain(&text);
            Ok(())
        }
    }
}

fn report(evaluator: &Evaluator, environment: &Environment) -> Value {
    let stats = evaluator.stats();
    let heap = stats.heap_bytes as u64;
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    let mut report = json!({
        "cpuTime": seconds,
        "envs": {
            "bytes": stats.environments * HEAD + stats.environment_slots * REFERENCE,
            "elements": stats.environment_slots,
            "number": stats.environments,
        },
        "gc": { "cycles": 0, "heapSize": heap, "totalBytes": heap },
        "list": {
            "bytes": stats.list_elements * REFERENCE,
            "concats": stats.list_concats,
            "elements": stats.list_elements,
        },
        "nrAvoided": stats.thunks_avoided,
        "nrExprs": stats.expressions,
        "nrFunctionCalls": stats.function_calls,
        "nrLookups": stats.lookups,
        "nrOpUpdateValuesCopied": stats.update_values_copied,
        "nrOpUpdates": stats.updates,
        "nrPrimOpCalls": stats.builtin_calls,
        "nrThunks": stats.thunks,
        "sets": {
            "bytes": stats.sets * HEAD + stats.set_elements * REFERENCE,
            "elements": stats.set_elements,
            "number": stats.sets,
        },
        "sizes": { "Attr": REFERENCE, "Bindings": HEAD, "Env": HEAD, "Value": VALUE },
        "symbols": { "bytes": stats.symbol_bytes, "number": stats.symbols },
        // Nothing is ever freed, so nothing is collected.
        "time": { "cpu": seconds, "gc": 0.0, "gcFraction": 0.0 },
        "values": { "bytes": heap, "number": heap / VALUE },
    });
    if counts_calls(environment) {
        add_counts(&mut report, &stats);
    }
    report
}

fn add_counts(report: &mut Value, stats: &Summary) {
    report["attributes"] = counts(&stats.attributes, false);
    report["functions"] = counts(&stats.functions, true);
    report["primops"] = json!(stats.builtins);
}

/// Places with how often something happened there; nothing at all where nothing did.
fn counts(counts: &[Count], named: bool) -> Value {
    if counts.is_empty() {
        return Value::Null;
    }
    let entry = |count: &Count| {
        let mut entry = Map::new();
        if let Some(location) = &count.location {
            entry.insert("column".to_owned(), location.column.into());
        }
        entry.insert("count".to_owned(), count.count.into());
        if let Some(location) = &count.location {
            if let nix_eval::Origin::File(path) = &location.origin {
                let path = String::from_utf8_lossy(path).into_owned();
                entry.insert("file".to_owned(), path.into());
            }
            entry.insert("line".to_owned(), location.line.into());
        }
        if named {
            entry.insert("name".to_owned(), json!(count.name));
        }
        Value::Object(entry)
    };
    counts.iter().map(entry).collect()
}
