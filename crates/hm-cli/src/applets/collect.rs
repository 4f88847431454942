//! Collecting garbage, for the commands that do.

use std::collections::BTreeSet;

use nix_store::gc::{Collected, GcObserver, GcOptions};
use nix_wire::StorePath;

use super::evaluate::Failed;
use super::tool::{Tool, print_lines, size};
use crate::environment::Environment;

/// What is done with what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is deleted.
    Delete,
    /// It is counted.
    Count,
    /// It is printed.
    PrintDead,
    /// All else is printed.
    PrintLive,
}

/// Does it, and says what it came to.
pub fn collect(tool: &Tool<'_>, mut options: GcOptions, what: What) -> Result<(), Failed> {
    options.delete = what == What::Delete;
    tool.say("finding garbage collector roots...");
    if what == What::PrintLive {
        tool.say("determining live/dead paths...");
        let live = tool.store().live_paths(&options)?;
        return print_lines(live.iter().map(|path| tool.print(path)));
    }
    let collected = run(tool, &options)?;
    match what {
        What::PrintDead => print_lines(
            collected
                .names
                .iter()
                .filter_map(|name| StorePath::from_base_name(name).ok())
                .map(|path| tool.print(&path)),
        ),
        What::Count => print_lines([format!(
            "{} store paths would be deleted",
            collected.names.len()
        )]),
        _ => print_freed(&collected),
    }
}

/// Deletes these objects, if nothing needs them.
pub fn delete(
    tool: &Tool<'_>,
    paths: BTreeSet<StorePath>,
    ignore_liveness: bool,
) -> Result<(), Failed> {
    let mut options = tool.configuration.gc_options();
    if ignore_liveness {
        options.keep_derivations = false;
        options.keep_outputs = false;
    }
    options.only = Some(paths);
    options.ignore_liveness = ignore_liveness;
    tool.say("finding garbage collector roots...");
    print_freed(&run(tool, &options)?)
}

fn run(tool: &Tool<'_>, options: &GcOptions) -> Result<Collected, Failed> {
    let mut observer = Told {
        tool,
        deleting: options.delete,
        told: false,
    };
    Ok(tool
        .store()
        .collect_garbage(options, &tool.cancellation(), &mut observer)?)
}

fn print_freed(collected: &Collected) -> Result<(), Failed> {
    print_lines([format!(
        "{} store paths deleted, {} freed",
        collected.names.len(),
        size(i64::try_from(collected.bytes).unwrap_or(i64::MAX))
    )])
}

/// Tells of a collection as Nix does.
struct Told<'a> {
    tool: &'a Tool<'a>,
    deleting: bool,
    told: bool,
}

impl GcObserver for Told<'_> {
    fn locked(&mut self) {
        wait_for(self.tool.environment, "_NIX_TEST_GC_SYNC_1");
    }

    fn roots_found(&mut self) {
        wait_for(self.tool.environment, "_NIX_TEST_GC_SYNC_2");
        if !self.deleting {
            self.tool.say("determining live/dead paths...");
        }
    }

    fn deleting(&mut self, name: &str) {
        if !std::mem::replace(&mut self.told, true) {
            self.tool.say("deleting garbage...");
        }
        let store = self.tool.store().store_dir();
        self.tool.say(&format!("deleting '{store}/{name}'"));
    }
}

/// Nix's own tests stop a collection at certain points by a pipe that a variable names.
fn wait_for(environment: &Environment, variable: &str) {
    if let Some(pipe) = environment.path(variable) {
        // Reading ends when the test has written; what it wrote says nothing.
        let _ = std::fs::read(pipe);
    }
}
