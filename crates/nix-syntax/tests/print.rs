//! Trees, seen through the printer: `fixtures/print` has sources and what
//! `nix-instantiate --parse` of Nix 2.34.8 shows for them.

mod common;

use common::{cases, printed, tree};
use nix_syntax::print::{PrintOptions, identifier, print, print_expr};

#[test]
fn trees_print_as_nix_prints_them() {
    let cases = cases("print", "output");
    assert!(cases.len() > 200, "only {} cases were found", cases.len());
    for case in cases {
        assert_eq!(
            printed(&case.source),
            case.expected,
            "{}: {}",
            case.place,
            case.source
        );
    }
}

#[test]
fn carriage_returns_become_newlines_in_quoted_strings_only() {
    assert_eq!(
        printed("\"a\rb\r\nc\\\rd$\re\r\r\n\""),
        r#""a\nb\nc\rd$\ne\n\n""#
    );
    assert_eq!(printed("''\r\n  a\r\n  b''"), r#""\r\n  a\r\n  b""#);
    assert_eq!(printed("[\r\n1\r2 # a\r3]"), "[ (1) (2) (3) ]");
}

#[test]
fn texts_need_not_be_utf8() {
    let parsed = nix_syntax::parse(b"\"a\xff\" # \xfe", &common::WITH_PIPES).expect("valid");
    assert_eq!(print(&parsed.ast, &common::PRINT), b"\"a\xff\"");
}

#[test]
fn a_nul_byte_ends_the_file() {
    assert_eq!(printed("1 \0 )"), "1");
}

#[test]
fn paths_are_relative_to_the_given_directories() {
    let options = PrintOptions {
        base_directory: b"/",
        home_directory: b"/root",
    };
    let text = |source| String::from_utf8(print(&tree(source), &options)).expect("ASCII");
    assert_eq!(text("./."), "/");
    assert_eq!(text("../a"), "/a");
    assert_eq!(text("~/a"), "/root/a");
    assert_eq!(text("./${\"a\"}"), "(/ + \"a\")");
}

#[test]
fn a_part_of_a_tree_can_be_printed() {
    let ast = tree("assert a == ./b; c");
    let nix_syntax::ast::Expr::Assert { condition, .. } = ast.expr(ast.root.expect("a root"))
    else {
        panic!("not an assertion");
    };
    assert_eq!(
        print_expr(&ast, condition, &common::PRINT),
        b"(a == /base/dir/b)"
    );
}

#[test]
fn names_are_quoted_when_needed() {
    for (name, text) in [
        ("a", "a"),
        ("_a-b'c1", "_a-b'c1"),
        ("or", "or"),
        ("if", "\"if\""),
        ("inherit", "\"inherit\""),
        ("", "\"\""),
        ("1a", "\"1a\""),
        ("-", "\"-\""),
        ("a.b", "\"a.b\""),
        ("a\"${", "\"a\\\"\\${\""),
    ] {
        assert_eq!(identifier(name.as_bytes()), text.as_bytes(), "{name}");
    }
}
