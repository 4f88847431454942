//! Classes of errors, and what to do about each.

use std::path::Path;

use nix_eval::{ErrorKind, EvalError, Report};

use super::packages::is_looked_up_in_packages;
use super::places::{mentions, place_of_line};
use super::sources::SourceMap;
use crate::report::Failure;

/// What messages of the module system begin with or contain, and the class of each.
const MODULE_ERRORS: [(&str, &str); 8] = [
    ("' does not exist", "unknown-option"),
    ("' is not of type `", "option-type"),
    (
        "has conflicting definition values",
        "conflicting-definitions",
    ),
    ("is defined multiple times", "conflicting-definitions"),
    (
        "was accessed but has no value defined",
        "option-without-value",
    ),
    ("is used but not defined", "option-without-value"),
    (
        "is read-only, but it's set multiple times",
        "read-only-option",
    ),
    (
        "which is given neither by `specialArgs`",
        "missing-module-argument",
    ),
];

/// What messages of flakes, fetchers and builders contain, and the class of each.
const OTHER_ERRORS: [(&str, &str); 8] = [
    ("hash mismatch in fixed-output derivation", "hash-mismatch"),
    ("two packages have the same file", "package-collision"),
    ("Cannot build '", "build-failed"),
    ("must be an attribute set", "flake-file"),
    ("follows a non-existent input", "unknown-input"),
    ("in the flake registries", "unknown-flake"),
    ("NAR hash mismatch", "hash-mismatch"),
    ("does not exist", "missing-file"),
];

/// The class of an error of the evaluation.
pub fn class(kind: ErrorKind, message: &str) -> &'static str {
    if kind == ErrorKind::Parse && message.contains("' already defined at ") {
        return "defined-twice";
    }
    if matches!(kind, ErrorKind::Throw | ErrorKind::Eval | ErrorKind::Abort) {
        if message.starts_with("Failed assertions:") {
            return "failed-assertion";
        }
        if message.starts_with("path '") && message.ends_with("does not exist") {
            return "missing-file";
        }
        if message.starts_with("file '") && message.ends_with("must be an attribute set") {
            return "flake-file";
        }
        if message.starts_with("The option `")
            || message.starts_with("A definition for option `")
            || message.starts_with("The module ")
        {
            let found = MODULE_ERRORS
                .iter()
                .find(|(part, _)| message.contains(part));
            if let Some((_, class)) = found {
                return class;
            }
        }
    }
    if kind == ErrorKind::Io {
        return "missing-file";
    }
    kind.code()
}

/// Adds what to do about an error of the evaluation.
pub fn advise(failure: Failure, report: &Report, sources: &SourceMap) -> Failure {
    let is_close = !report.suggestions.is_empty();
    match failure.class.unwrap_or_default() {
        "undefined-variable" => missing_package(undefined_variable(failure), sources, is_close),
        "missing-attribute" => missing_package(failure, sources, is_close),
        "missing-argument" | "type" => wrong_use(failure),
        "infinite-recursion" => infinite_recursion(failure, report),
        "unknown-option" => unknown_option(failure),
        "option-type" => option_type(failure),
        "option-without-value" => option_without_value(failure),
        "conflicting-definitions" => conflicting_definitions(failure),
        "flake-file" => flake_file(failure),
        "missing-file" => missing_file(failure),
        "missing-module-argument" => failure.hint(
            "pass it on in flake.nix: homeManagerConfiguration { extraSpecialArgs = { inherit \
             inputs; }; … }",
        ),
        "failed-assertion" => failed_assertion(failure, sources),
        "stack-overflow" => failure.hint(
            "a function that calls itself without end is the usual cause; --show-trace shows the \
             calls",
        ),
        "out-of-memory" => failure
            .hint("a list or set without end is the usual cause")
            .hint("to allow more: --max-memory MEGABYTES"),
        "restricted" => failure.hint(
            "a flake sees only itself and its inputs; --impure allows the environment and other \
             files",
        ),
        _ => failure,
    }
}

fn flake_file(mut failure: Failure) -> Failure {
    if failure.places.is_empty()
        && let Some(file) = quoted(&failure.message, "'", '\'')
    {
        failure.places.extend(place_of_line(Path::new(file), 1, ""));
    }
    failure.hint(
        "flake.nix is read before anything can be evaluated: its top is a plain set; put let … in \
         inside of outputs",
    )
}

/// Names a file beside the missing one whose name is close.
fn missing_file(failure: Failure) -> Failure {
    let path = quoted(&failure.message, "'", '\'').map(Path::new);
    let Some((directory, name)) = path.and_then(|path| Some((path.parent()?, path.file_name()?)))
    else {
        return failure;
    };
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let close = EvalError::eval("").suggest_variable(
        name.as_encoded_bytes(),
        names
            .iter()
            .filter(|other| other.as_str() != name)
            .map(String::as_bytes),
    );
    match close.suggestions.first() {
        Some(other) => failure.hint(format!("did you mean {other}?")),
        None => failure,
    }
}

/// The text between the first pair of these quotes.
fn quoted<'a>(text: &'a str, open: &str, close: char) -> Option<&'a str> {
    let start = text.find(open)? + open.len();
    let end = text[start..].find(close)? + start;
    Some(&text[start..end])
}

/// The text of the first place, from its column on.
fn first_text(failure: &Failure) -> Option<(&str, &str)> {
    let place = failure.places.first()?;
    let text = place.text.as_deref()?;
    text.split_at_checked(place.column.saturating_sub(1) as usize)
}

fn undefined_variable(failure: Failure) -> Failure {
    let name = quoted(&failure.message, "'", '\'')
        .unwrap_or_default()
        .to_owned();
    let is_shell = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let in_string = first_text(&failure).is_some_and(|(before, _)| before.ends_with("${"));
    if is_shell && in_string {
        return failure.hint(format!(
            "for a variable of the shell write ''${{{name}}} in a string between '' and \\${{{name}}} \
             in one between \""
        ));
    }
    if matches!(
        name.as_str(),
        "pkgs" | "lib" | "config" | "options" | "osConfig"
    ) {
        return failure.hint(format!(
            "a module that uses {name} has it as an argument: {{ {name}, ... }}: {{ … }}"
        ));
    }
    failure
}

/// Adds a note that the embedded package set has no programs if a name was looked up in it. A name that
/// is close to one of the set is a typing mistake instead.
fn missing_package(failure: Failure, sources: &SourceMap, is_close: bool) -> Failure {
    if is_close {
        return failure;
    }
    let has_embedded = || {
        sources.own.iter().any(|(_, directory)| {
            std::fs::read_to_string(directory.join("flake.nix"))
                .is_ok_and(|text| text.contains("home-manager.legacyPackages"))
        })
    };
    if failure.places.iter().any(is_looked_up_in_packages) && has_embedded() {
        return failure
            .note("the package set inside this program has no programs: they come from your distribution")
            .hint("to have packages of Nix, add nixpkgs as an input; flake.nix says how");
    }
    failure
}

fn wrong_use(failure: Failure) -> Failure {
    let message = failure.message.clone();
    if message.starts_with("cannot coerce an integer")
        || message.starts_with("cannot coerce a float")
    {
        return failure.hint("to make a string of a number: toString 8080");
    }
    if message.starts_with("cannot coerce a set") {
        let mut failure = failure;
        // What is in it is long, and not what is wrong.
        if let Some((start, _)) = message.split_once(": {") {
            start.clone_into(&mut failure.message);
        }
        return failure.hint("a set has no text of its own: select one of its attributes");
    }
    if message.starts_with("cannot coerce") {
        return failure.hint("only strings, paths and packages can be in a string");
    }
    if message.starts_with("attempt to call something which is not a function") {
        return failure.hint(
            "a value that is followed by another one calls it; is an operator or a semicolon \
             missing?",
        );
    }
    if message.starts_with("function 'anonymous lambda' called with unexpected argument") {
        return failure.hint("let it take what else there is: { config, pkgs, ... }:");
    }
    if message.starts_with("function 'outputs' called with unexpected argument") {
        return failure.hint("let it take the other inputs too: outputs = { self, ... }:");
    }
    failure
}

fn infinite_recursion(failure: Failure, report: &Report) -> Failure {
    let in_imports = failure.places.iter().any(|place| {
        place
            .text
            .as_ref()
            .is_some_and(|text| text.trim_start().starts_with("imports"))
    });
    let in_modules = report
        .steps
        .iter()
        .any(|step| step.hint.contains("the module argument `"));
    if in_imports || in_modules {
        return failure.hint(
            "imports cannot depend on config or pkgs, which are known only after all imports: \
             import always, and use lib.mkIf in what is imported",
        );
    }
    failure.note("each of these values needs the next one, and the last one the first")
}

/// Makes a hint of the suggestions that a message of the module system ends with.
fn unknown_option(mut failure: Failure) -> Failure {
    if let Some((message, suggestion)) = failure.message.clone().rsplit_once("\n\nDid you mean ") {
        message.trim_end().clone_into(&mut failure.message);
        let names = suggestion
            .trim_end()
            .trim_end_matches('?')
            .replace(['`', '\''], "");
        failure = failure.hint(format!("did you mean {names}?"));
    }
    for ending in [". Definition values:", "."] {
        if let Some(message) = failure.message.strip_suffix(ending) {
            failure.message = message.to_owned();
        }
    }
    let name = quoted(&failure.message, "`", '\'').unwrap_or_default();
    let hint = format!(
        "the options there are: home-manager option {}",
        name.rsplit_once('.').map_or("", |(set, _)| set)
    );
    failure.hint(hint.trim_end().to_owned())
}

fn option_type(mut failure: Failure) -> Failure {
    // Elements of lists are named by where they come from: `a."[definition 1-entry 2]"`.
    const ELEMENT: &str = ".\"[definition ";
    if let Some(start) = failure.message.find(ELEMENT)
        && let Some(end) = failure.message[start..].find("]\"")
        && let Some(number) = failure.message[start..start + end].rsplit(' ').next()
    {
        let number = number.trim_start_matches("entry").trim_start_matches('-');
        let number = number.rsplit('-').next().unwrap_or(number).to_owned();
        failure.message.replace_range(start..start + end + 2, "");
        failure = failure.note(format!("it is element {number} of the list"));
        let is_call = failure
            .places
            .iter()
            .any(|place| place.label.contains("<function>"));
        if is_call {
            failure = failure
                .hint("a call in a list needs brackets, else its parts are elements: [ (f x) ]");
        }
    }
    if let Some(name) = quoted(&failure.message, "option `", '\'') {
        let hint = format!("what it takes: home-manager option {name}");
        failure = failure.hint(hint);
    }
    failure
}

fn option_without_value(mut failure: Failure) -> Failure {
    let Some(name) = quoted(&failure.message, "`", '\'').map(str::to_owned) else {
        return failure;
    };
    failure.message = format!("The option `{name}' has no value, and no default");
    let value = match name.as_str() {
        "home.stateVersion" => "\"26.05\"",
        "home.username" => "\"alice\"",
        "home.homeDirectory" => "\"/home/alice\"",
        _ => "…",
    };
    failure.hint(format!("set it in a module: {name} = {value};"))
}

fn conflicting_definitions(mut failure: Failure) -> Failure {
    if let Some(start) = failure.message.find("\nUse `lib.mkForce value`") {
        failure.message.truncate(start);
    }
    let message = failure.message.trim_end().trim_end_matches(':');
    failure.message = message.to_owned();
    failure.hint("remove all but one, or let one win: lib.mkForce value, lib.mkDefault value")
}

/// The places in the user's files that a failed assertion is about.
fn failed_assertion(mut failure: Failure, sources: &SourceMap) -> Failure {
    const TARGETS: &str = "Conflicting managed target files: ";
    let message = failure.message.clone();
    for line in message.lines() {
        if let Some(targets) = line.trim_start_matches("- ").strip_prefix(TARGETS) {
            failure.message = format!("several definitions of one file: {targets}");
            for target in targets.split(", ") {
                let quoted = format!("\"{target}\"");
                failure
                    .places
                    .extend(mentions(sources, &quoted, "one of the definitions"));
            }
            return failure.hint("keep one of them, or give one another target");
        }
        if let Some(stated) = line.strip_prefix("- ") {
            failure
                .places
                .extend(mentions(sources, stated, "stated here"));
        }
    }
    failure
}

/// Finds out the class of an error that comes as a text, and adds what to do about it.
pub fn advise_failed(mut failure: Failure, sources: &SourceMap) -> Failure {
    if failure.class.is_none() {
        failure.class = OTHER_ERRORS
            .iter()
            .find(|(part, _)| failure.message.contains(part))
            .map(|(_, class)| *class);
    }
    match failure.class.unwrap_or_default() {
        "hash-mismatch" => hash_mismatch(without_dependants(failure), sources),
        "package-collision" => package_collision(failure),
        "build-failed" => without_dependants(failure),
        "flake-file" => flake_file(failure),
        "unknown-input" => {
            let input = failure.message.rsplit('\'').nth(1).unwrap_or_default();
            let follows = format!("follows = \"{input}\"");
            let hint = format!("add the input: inputs.{input}.url = \"…\";");
            failure
                .places
                .extend(mentions(sources, &follows, "named here"));
            failure.hint(hint)
        }
        "unknown-flake" => {
            let name = quoted(&failure.message, "'flake:", '\'')
                .or_else(|| quoted(&failure.message, "'", '\''))
                .unwrap_or_default()
                .to_owned();
            failure
                .places
                .extend(mentions(sources, &name, "named here").into_iter().take(1));
            failure.hint(format!(
                "each argument of outputs is an input; say where it is: inputs.{name}.url = \
                 \"github:…\";"
            ))
        }
        _ => failure,
    }
}

/// Leaves out the derivations that only could not be built because of another one.
fn without_dependants(mut failure: Failure) -> Failure {
    let mut kept: Vec<&str> = Vec::new();
    let mut is_dependant = false;
    for line in failure.message.lines() {
        let is_reason = line.starts_with("Reason: ")
            && (line.ends_with(" dependency failed.") || line.ends_with(" dependencies failed."));
        if is_reason {
            // The line before names it, and its output paths follow.
            kept.pop();
            is_dependant = true;
            continue;
        }
        is_dependant &= line == "Output paths:" || line.starts_with("  /");
        if !is_dependant {
            kept.push(line);
        }
    }
    failure.message = kept.join("\n");
    failure
}

fn hash_mismatch(mut failure: Failure, sources: &SourceMap) -> Failure {
    let after = |word: &str| {
        failure
            .message
            .lines()
            .find_map(|line| line.trim().strip_prefix(word))
            .map(|hash| hash.trim().to_owned())
    };
    let (specified, got) = (after("specified:"), after("got:"));
    if let Some(specified) = &specified {
        failure
            .places
            .extend(mentions(sources, specified, "the hash that is expected"));
    }
    match got {
        Some(got) => failure.hint(format!(
            "if what was downloaded is what you want, write this hash: {got}"
        )),
        None => failure,
    }
}

/// Takes what the builder of an environment says out of its log.
fn package_collision(mut failure: Failure) -> Failure {
    let lines: Vec<&str> = failure
        .message
        .lines()
        .filter_map(|line| line.strip_prefix("> "))
        .collect();
    let start = lines
        .iter()
        .position(|line| line.contains("two packages have the same file"));
    if let Some(start) = start {
        let said = &lines[start..];
        let paths: Vec<&str> = said
            .iter()
            .copied()
            .filter(|line| line.starts_with(' '))
            .collect();
        failure.message = format!(
            "two packages have the same file, and neither has priority:\n{}",
            paths.join("\n")
        );
        return failure.hint(
            "remove one of them, or give one a priority: lib.hiPrio package, lib.lowPrio package",
        );
    }
    failure
}
