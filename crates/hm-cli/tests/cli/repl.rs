//! `nix repl`, fed line by line.

use std::io::Write;
use std::process::Stdio;

use crate::support::sandbox;

/// What is printed for these lines, and what of it to the standard error.
fn answers(lines: &str) -> (String, String) {
    let sandbox = sandbox();
    let features = ["--extra-experimental-features", "nix-command flakes"];
    let mut child = sandbox
        .program(["nix"].iter().chain(&features).chain(&["repl"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a program");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(lines.as_bytes()).expect("a listener");
    drop(input);
    let output = child.wait_with_output().expect("an end");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn errors_in_definitions_name_what_was_typed() {
    let (_, errors) = answers("a = { x = 1; }\ninherit (a) y\ny\n");
    let expected = "error:\n       … while evaluating the attribute 'y'\n         at «string»:1:13:\n\
                    \u{20}           1| inherit (a) y\n             |             ^\n\n       \
                    error: attribute 'y' missing\n       Did you mean x?\n";
    assert_eq!(errors, expected);
}

#[test]
fn definitions_come_one_by_one_and_together() {
    let (printed, errors) = answers("a = 1; b = 2\ninherit ({ c = 4; }) c\nx.y = a\nx.y + b + c\n");
    assert_eq!((printed.as_str(), errors.as_str()), ("7\n\n", ""));
}

#[test]
fn what_was_loaded_last_is_listed() {
    let (printed, errors) = answers(":ll\n:a { first = 1; second = 2; }\nx = 3\n:ll\n");
    assert_eq!(errors, "error: nothing has been loaded yet\n");
    let expected = "Added 2 variables.\nfirst, second\n\nfirst\nsecond\n";
    assert_eq!(printed, expected);
}
