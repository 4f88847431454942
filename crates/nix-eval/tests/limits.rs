//! Programs that want too much end with an error that says of what, soon and without a crash.

use std::path::Path;

use nix_eval::host::ReadOnlyHost;
use nix_eval::{ErrorKind, Evaluator, Settings, with_large_stack};

/// The class and the message of the error of a program that may use 16 MiB.
fn failure(program: &str) -> (ErrorKind, String) {
    with_large_stack(|| {
        let host = ReadOnlyHost::new("/nix/store").expect("a valid store directory");
        let settings = Settings {
            max_heap_size: Some(16 << 20),
            ..Settings::default()
        };
        let e = Evaluator::new(Box::new(host), settings);
        let result = e
            .eval_string(program.as_bytes(), Path::new("/base"))
            .and_then(|value| e.force_deep(value));
        match result {
            Ok(value) => panic!("{program} gives {}", e.print_for_error(value)),
            Err(error) => (error.kind, error.message),
        }
    })
}

const MEMORY: &str = "the evaluation needs more memory than the 16 MiB that it may use";

#[test]
fn memory() {
    for program in [
        // More elements than there is room for.
        "builtins.length (builtins.genList (x: x) 100000000)",
        // Lists, strings and sets that double.
        "let d = n: l: if n == 0 then l else d (n - 1) (l ++ l); in builtins.length (d 27 [ 1 ])",
        "let d = n: s: if n == 0 then s else d (n - 1) (s + s); in builtins.stringLength (d 40 \"x\")",
        "let d = n: s: if n == 0 then s else d (n - 1) \"${s}${s}\"; in builtins.stringLength (d 40 \"x\")",
        "builtins.concatLists (builtins.genList (x: builtins.genList (y: y) 10000) 10000)",
        // Texts that are much longer than what they are made from.
        "let l = builtins.concatStringsSep \"x\" (builtins.genList toString 10000); in \
         builtins.replaceStrings [ \"x\" ] [ l ] l",
        "let d = n: if n == 0 then 1 else let x = d (n - 1); in [ x x ]; in builtins.toJSON (d 60)",
        "let d = n: if n == 0 then 1 else let x = d (n - 1); in [ x x ]; in builtins.toXML (d 60)",
        "let d = n: if n == 0 then 1 else let x = d (n - 1); in [ x x ]; in toString (d 60)",
        // No end at all.
        "builtins.genericClosure { startSet = [ { key = 1; } ]; operator = i: [ { key = i.key + 1; } ]; }",
        "builtins.foldl' (a: b: a // { ${toString b} = b; }) { } (builtins.genList (x: x) 100000)",
    ] {
        assert_eq!(
            failure(program),
            (ErrorKind::OutOfMemory, MEMORY.to_owned()),
            "{program}"
        );
    }
}

#[test]
fn what_no_value_can_hold() {
    assert_eq!(
        failure("builtins.genList (x: x) 1000000000000").1,
        "cannot create list of size 1000000000000"
    );
}

#[test]
fn memory_is_not_caught_by_try_eval() {
    let program = "builtins.tryEval (builtins.length (builtins.genList (x: x) 100000000))";
    assert_eq!(failure(program).0, ErrorKind::OutOfMemory);
}

#[test]
fn depth() {
    for program in [
        "let f = n: 1 + f (n + 1); in f 0",
        "let l = n: [ (l (n + 1)) ]; in l 0",
        "let s = n: { a = s (n + 1); }; in builtins.toJSON (s 0)",
        "let s = n: { a = s (n + 1); }; in builtins.toXML (s 0)",
        "let s = n: [ (s (n + 1)) ]; in s 0 == s 0",
        "let s = n: [ (s (n + 1)) ]; in toString (s 0)",
        "let s = n: { __toString = _: s (n + 1); }; in toString (s 0)",
        "let s = n: { outPath = s (n + 1); }; in \"${s 0}\"",
        "let s = { __functor = self: self; }; in s 1",
        "builtins.fromJSON (builtins.concatStringsSep \"\" (builtins.genList (_: \"[\") 100000))",
    ] {
        let (kind, message) = failure(program);
        // The indentation of XML takes more room the deeper it gets.
        let fits = matches!(kind, ErrorKind::StackOverflow | ErrorKind::OutOfMemory)
            || (kind == ErrorKind::Eval && message.contains("parse error"));
        assert!(fits, "{program}: {kind:?} {message}");
    }
}

#[test]
fn nesting_of_the_text() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{ a = ", "; }"), ("\"${", "}\"")] {
        let program = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let (kind, message) = failure(&program);
        assert_eq!(kind, ErrorKind::Parse, "{open}");
        assert!(message.contains("nested more than"), "{message}");
    }
    // Chains are not nested, but their trees are deep.
    for link in [
        "1 + ",
        "x: ",
        "let in ",
        "if true then 1 else ",
        "- ",
        "!",
        "assert true; ",
    ] {
        let program = format!("{}y", link.repeat(200_000));
        let (kind, message) = failure(&program);
        assert!(
            matches!(
                kind,
                ErrorKind::UndefinedVariable | ErrorKind::StackOverflow
            ),
            "{link}: {kind:?} {message}"
        );
    }
}
