//! Evaluates many expressions in a few processes, so that an error in one leaves the others.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use crate::Sandbox;

/// The value of an expression as `nix repl` prints it, or the message of its error.
pub type Evaluated = Result<String, String>;

/// How many expressions one process evaluates: memory is not freed in between.
const SHARE: usize = 40;

/// What is printed before each value.
const MARK: &str = "\"@@\"";

/// Evaluates expressions, which may use the definitions, in processes of `nix repl`.
///
/// # Panics
/// When the program does not start or does not answer.
#[must_use]
pub fn evaluate_each(
    sandbox: &Sandbox,
    definitions: &str,
    expressions: &[String],
) -> Vec<Evaluated> {
    let workers = thread::available_parallelism().map_or(2, |count| count.get().min(4));
    let shares = Mutex::new(expressions.chunks(SHARE).enumerate());
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = shares.lock().expect("a share").next();
                    let Some((number, share)) = next else { return };
                    let values = evaluate_share(sandbox, definitions, share);
                    results.lock().expect("results").push((number, values));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("results");
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().flat_map(|(_, values)| values).collect()
}

fn evaluate_share(sandbox: &Sandbox, definitions: &str, expressions: &[String]) -> Vec<Evaluated> {
    let mut input = format!("{definitions}\n");
    for expression in expressions {
        input.push_str(MARK);
        input.push('\n');
        input.push_str(expression);
        input.push('\n');
    }
    // Messages have to be between the marks.
    let mut command = sandbox.command("sh");
    command
        .args(["-c", "exec \"$@\" 2>&1", "sh"])
        .arg(sandbox.program_path())
        .args(["nix", "--extra-experimental-features"])
        .args(["nix-command flakes", "repl"])
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("a program that starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let writer = thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("a program that ends");
    writer.join().expect("a writer").expect("a listener");
    let printed = String::from_utf8_lossy(&output.stdout);
    let parts: Vec<&str> = printed.split(&format!("{MARK}\n")).collect();
    assert_eq!(parts.len(), expressions.len() + 1, "{printed}");
    parts[1..].iter().map(|part| read(part)).collect()
}

/// The value or the message in what was printed for one expression.
fn read(printed: &str) -> Evaluated {
    let is_error = |line: &&str| line.trim_start().starts_with("error:");
    if printed.lines().any(|line| is_error(&line)) {
        let start = printed.rfind("error:").unwrap_or_default();
        let message = printed[start..].trim_start_matches("error:").trim();
        return Err(message.to_owned());
    }
    let value = printed.lines().rev().find(|line| !line.trim().is_empty());
    value
        .map(str::to_owned)
        .ok_or_else(|| "no answer".to_owned())
}

/// A text as a string of Nix.
#[must_use]
pub fn nix_string(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "\\${");
    format!("\"{escaped}\"")
}

/// Evaluates the example of each option of the modules in `project`, and returns the options' names
/// with the derivations of the homes.
///
/// # Panics
/// When the options cannot be listed.
#[must_use]
pub fn evaluate_examples(sandbox: &Sandbox, project: &Path) -> Vec<(String, Evaluated)> {
    let harness = format!(
        "(import {}/modules/tests/examples.nix {{ }})",
        project.display()
    );
    let ran = sandbox.succeed(
        ["nix-instantiate", "--eval", "--strict", "--json", "-E"]
            .iter()
            .chain(&[format!("{harness}.texts").as_str()]),
    );
    let texts: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&ran.stdout).expect("texts by name");
    let directory = sandbox.root().join("examples");
    fs::create_dir_all(&directory).expect("a directory");
    // A file for each, so that an error of syntax leaves the others.
    let mut index = String::from("{\n");
    for (number, (name, text)) in texts.iter().enumerate() {
        let file = format!("{{ config, lib, pkgs, nixpkgs }}:\n{text}\n");
        fs::write(directory.join(format!("{number}.nix")), file).expect("a file");
        let _ = writeln!(index, "{} = import ./{number}.nix;", nix_string(name));
        write_named_files(&directory, text);
    }
    index.push_str("}\n");
    fs::write(directory.join("examples.nix"), index).expect("a file");
    let names: Vec<String> = texts.keys().map(|name| nix_string(name)).collect();
    let definitions = format!(
        "homes = {harness}.homes {}/examples.nix [ {} ]",
        directory.display(),
        names.join(" ")
    );
    let expressions: Vec<String> = names.iter().map(|name| format!("homes.{name}")).collect();
    let values = evaluate_each(sandbox, &definitions, &expressions);
    texts.into_keys().zip(values).collect()
}

/// Makes the files that a text names by relative paths.
fn write_named_files(directory: &Path, text: &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    for word in text.split(|c| !is_part(c)) {
        let Some(name) = word
            .strip_prefix("./")
            .map(|name| name.trim_end_matches('.'))
        else {
            continue;
        };
        let path = directory.join(name);
        if name.is_empty() || path.exists() {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(directory)).expect("a directory");
        fs::write(path, "").expect("a file");
    }
}
