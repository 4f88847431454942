//! The settings of an evaluation, from `nix.conf`, the environment and options.

use nix_eval::{Evaluator, Feature, LintLevel, Settings};

use super::configuration::{Configuration, default_search_path};
use super::statistics;
use crate::environment::Environment;

/// Applies all but whether the evaluation is pure, which depends on the command. `search_path` are
/// the entries of `-I`.
pub fn apply(
    settings: &mut Settings,
    configuration: &Configuration,
    search_path: &[String],
    environment: &Environment,
) {
    let is = |name: &str| configuration.is(name, false);
    settings.features.extend(
        configuration
            .words("experimental-features")
            .filter_map(|name| Feature::from_name(&name)),
    );
    settings.system = ["eval-system", "system"]
        .iter()
        .map(|name| configuration.value(name))
        .find(|system| !system.is_empty())
        .unwrap_or_default();
    settings.max_heap_size = crate::memory::evaluation_limit(None);
    settings.restrict_eval = is("restrict-eval");
    settings.abort_on_warn =
        is("abort-on-warn") || environment.variable("NIX_ABORT_ON_WARN").is_some();
    settings.trace_verbose = is("trace-verbose");
    settings.trace_calls = is("show-trace");
    settings.trace_function_calls = is("trace-function-calls");
    settings.count_calls = statistics::counts_calls(environment);
    settings.allow_import_from_derivation = configuration.is("allow-import-from-derivation", true);
    settings.allowed_uris = configuration.words("allowed-uris").collect();
    settings.lint_url_literals = lint(configuration, "lint-url-literals");
    settings.lint_short_path_literals = lint(configuration, "lint-short-path-literals");
    settings.lint_absolute_path_literals = lint(configuration, "lint-absolute-path-literals");
    // The older name of the lint counts where the new one is not set.
    if configuration.get("lint-short-path-literals").is_none() && is("warn-short-path-literals") {
        settings.lint_short_path_literals = LintLevel::Warn;
    }
    if let Some(depth) = configuration.number("max-call-depth") {
        settings.max_call_depth = usize::try_from(depth).unwrap_or(usize::MAX);
    }
    let mut entries = search_path.to_vec();
    match configuration.get("nix-path") {
        Some(path) => entries.extend(path.split_whitespace().map(str::to_owned)),
        None if settings.pure_eval || settings.restrict_eval => {}
        None => entries.extend(default_search_path(configuration, environment)),
    }
    settings.nix_path = entries
        .iter()
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (prefix, path) = entry.split_once('=').unwrap_or(("", entry));
            (prefix.to_owned(), path.to_owned())
        })
        .collect();
}

fn lint(configuration: &Configuration, name: &str) -> LintLevel {
    match configuration.get(name) {
        Some("warn") => LintLevel::Warn,
        Some("fatal") => LintLevel::Fatal,
        _ => LintLevel::Ignore,
    }
}

/// Allows a restricted evaluation to read what its search path leads to.
pub fn allow_search_path(evaluator: &Evaluator, environment: &Environment) {
    for (_, location) in &evaluator.settings().nix_path {
        let path = environment.directory.join(location);
        if path.exists() {
            evaluator.allow_path(&path);
        }
    }
}
