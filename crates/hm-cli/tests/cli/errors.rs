//! The forms of errors: for people, for programs, with the trace. What is said about each mistake
//! is in `tests/mistakes.rs`.

use serde_json::Value;

use crate::support::configured;

#[test]
fn no_configuration() {
    let sandbox = crate::support::sandbox();
    let ran = sandbox.run(["switch"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stderr);
}

/// The last line is the error: the first run also tells that it locks the flake.
fn as_json(module: &str, arguments: &[&str]) -> Value {
    let sandbox = configured(module);
    let common = ["build", "--no-out-link", "--error-format", "json"];
    let ran = sandbox.run(common.iter().chain(arguments));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let line = ran.stderr.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

#[test]
fn for_programs() {
    let error = as_json("  home.file.\"a\".text = confg.home.username;", &[]);
    let fields: Vec<&String> = error.as_object().expect("an object").keys().collect();
    assert_eq!(
        fields,
        [
            "level", "class", "message", "places", "notes", "hints", "folded", "trace", "status"
        ]
    );
    assert_eq!(error["class"], "undefined-variable");
    assert_eq!(error["message"], "undefined variable 'confg'");
    let place = &error["places"][0];
    assert_eq!(place["file"], "/ROOT/home/.config/home-manager/home.nix");
    assert_eq!((&place["line"], &place["column"]), (&6.into(), &24.into()));
    assert_eq!(error["hints"][0], "did you mean config?");
    assert_eq!(error["status"], 1);
}

#[test]
fn the_trace_is_that_of_nix() {
    let module = "  home.file.\"a\".text = config.home.usrname;";
    let error = as_json(module, &["--show-trace"]);
    let trace = error["trace"].as_str().expect("a trace");
    for part in [
        "while evaluating the option `home.file.a.text':",
        "error: attribute 'usrname' missing",
        "Did you mean username?",
        // The user's file by its own name.
        "at /ROOT/home/.config/home-manager/home.nix:6:24",
    ] {
        assert!(trace.contains(part), "{part}: {trace}");
    }
}

#[test]
fn memory_is_limited() {
    let module = "  home.file.\"a\".text = toString (builtins.genList (x: x) 10000000);";
    let error = as_json(module, &["--max-memory", "64"]);
    assert_eq!(error["class"], "out-of-memory");
    assert_eq!(
        error["message"],
        "the evaluation needs more memory than the 64 MiB that it may use"
    );
}
