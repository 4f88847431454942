//! Deep and long texts, on a stack of the size that a main thread has.

mod common;

use common::WITH_PIPES;
use nix_syntax::print::print;
use nix_syntax::{NESTING_LIMIT, ParseError, Parsed, parse};

const MAIN_THREAD_STACK: usize = 8 << 20;

fn on_a_main_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(MAIN_THREAD_STACK)
            .spawn_scoped(scope, work)
            .expect("a thread can be started")
            .join()
            .expect("the work does not panic")
    })
}

fn parse_repeated(open: &str, close: &str, count: usize) -> Result<Parsed, ParseError> {
    let source = format!("{}1{}", open.repeat(count), close.repeat(count));
    on_a_main_thread(move || parse(source.as_bytes(), &WITH_PIPES))
}

/// What can stand inside of itself: its start, its end, and how many levels one of it is.
const NESTS: &[(&str, &str, u32)] = &[
    ("(", ")", 1),
    ("[", "]", 1),
    ("{a=", ";}", 1),
    ("rec{a=", ";}", 1),
    ("let{a=", ";}", 1),
    ("{${", "}=1;}", 1),
    ("{\"${", "}\"=1;}", 1),
    ("{inherit(", ")a;}", 1),
    ("let a=", ";in 1", 1),
    ("\"${", "}\"", 1),
    ("''${", "}''", 1),
    ("./a/${", "}", 1),
    ("a.${", "}", 1),
    ("a?${", "}", 1),
    ("a.b or ", "", 1),
    ("{a?", "}:1", 1),
    ("if ", " then 1 else 1", 1),
    ("assert ", ";1", 1),
    ("with ", ";1", 1),
    ("f(", ")", 1),
    ("-(1+", ")", 1),
    ("{a.b.c=", ";}", 3),
    ("{a=1;a=", ";}", 1),
];

#[test]
fn nesting_is_limited_before_the_stack_is() {
    let limit = NESTING_LIMIT as usize;
    for &(open, close, levels) in NESTS {
        let levels = levels as usize;
        // One level is the expression in the middle.
        let fits = (limit - 1) / levels;
        match parse_repeated(open, close, fits) {
            Ok(_) => {}
            // Of these the innermost is wrong, but not too deep.
            Err(error) if open == "{a=1;a=" => {
                assert!(error.to_string().contains("already defined"), "{error}");
            }
            Err(error) => panic!("{open}: {error}"),
        }
        let error = parse_repeated(open, close, limit * 20).expect_err(open);
        let expected = format!("expressions are nested more than {limit} levels deep");
        assert_eq!(error.to_string(), expected, "{open}");
    }
}

#[test]
fn sets_are_merged_down_to_the_limit() {
    let count = NESTING_LIMIT as usize - 4;
    let nested = |inner: &str| format!("{}{inner}{}", "{a=".repeat(count), ";}".repeat(count));
    let merge = |first: &str, second: &str| {
        let source = format!("{{x={};x={};}}", nested(first), nested(second));
        on_a_main_thread(|| {
            let parsed = parse(source.as_bytes(), &WITH_PIPES)?;
            Ok::<_, ParseError>(print(&parsed.ast, &common::PRINT))
        })
    };
    let merged = merge("{b=1;}", "{c=1;}").expect("no name is twice in a set");
    let expected = format!(
        "{{ x = {}{{ b = 1; c = 1; }}{}; }}",
        "{ a = ".repeat(count),
        "; }".repeat(count)
    );
    assert_eq!(String::from_utf8_lossy(&merged), expected);
    let error = merge("{b=1;}", "{b=1;}").expect_err("a name is twice in a set");
    assert_eq!(
        error.to_string(),
        format!("attribute 'x{}.b' already defined", ".a".repeat(count))
    );
}

#[test]
fn chains_are_not_limited() {
    const COUNT: usize = 200_000;
    for (start, link, end) in [
        ("", "1 + ", "1"),
        ("", "1 ++ ", "1"),
        ("", "a -> ", "a"),
        ("", "!", "a"),
        ("", "- ", "a"),
        ("", "a: ", "a"),
        ("", "{ a }: ", "a"),
        ("", "if a then a else ", "a"),
        ("", "let a = 1; in ", "a"),
        ("", "with a; ", "a"),
        ("", "assert a; ", "a"),
        ("", "a |> ", "a"),
        ("", "a <| ", "a"),
        ("a", ".a", ""),
        ("a", " ? a", ""),
        ("f", " a", ""),
        ("[", " a", "]"),
        ("{ inherit", " a", "; }"),
        ("\"", "${a}", "\""),
    ] {
        let source = format!("{start}{}{end}", link.repeat(COUNT));
        if link == " a" && start.starts_with('{') {
            // A name again and again: but it is read to its end.
            let error = on_a_main_thread(|| parse(source.as_bytes(), &WITH_PIPES));
            assert!(error.is_err_and(|error| error.previous.is_some()));
            continue;
        }
        let printed = on_a_main_thread(|| {
            let parsed = parse(source.as_bytes(), &WITH_PIPES)?;
            Ok::<_, ParseError>(print(&parsed.ast, &common::PRINT).len())
        });
        assert!(
            printed.is_ok_and(|length| length > COUNT),
            "{start}{link}…{end}"
        );
    }
}

#[test]
fn calls_of_calls_do_not_copy_long_arguments_again_and_again() {
    const CALLS: usize = 4_000;
    const ARGUMENTS: usize = 100_000;
    let source = format!(
        "{}f{}{}",
        "(".repeat(CALLS),
        " a".repeat(ARGUMENTS),
        ") b".repeat(CALLS)
    );
    let parsed = on_a_main_thread(|| parse(source.as_bytes(), &WITH_PIPES)).expect("valid");
    assert!(parsed.ast.lists.len() < ARGUMENTS + CALLS * 1_000);
}

#[test]
fn many_names_in_a_set_take_time_in_proportion() {
    const COUNT: usize = 200_000;
    let flat: String = (0..COUNT).map(|n| format!("a{n} = {n};")).collect();
    let nested: String = (0..COUNT).map(|n| format!("a.b{n} = {n};")).collect();
    let start = std::time::Instant::now();
    for body in [flat, nested] {
        let source = format!("{{ {body} }}");
        assert!(parse(source.as_bytes(), &WITH_PIPES).is_ok());
    }
    // In proportion to the square it would be hours.
    assert!(start.elapsed() < std::time::Duration::from_secs(20));
}
