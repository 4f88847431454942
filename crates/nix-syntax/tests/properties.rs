//! Laws that hold for all inputs.

mod common;

use common::{PRINT, WITH_PIPES, printed};
use nix_syntax::ast::Pos;
use nix_syntax::print::print;
use nix_syntax::{LineIndex, ParseOptions, parse};
use proptest::collection::vec;
use proptest::prelude::*;

/// Pieces that texts of tokens are made of.
const PIECES: &[&str] = &[
    "a",
    "b",
    "or",
    "if",
    "then",
    "else",
    "assert",
    "with",
    "let",
    "in",
    "rec",
    "inherit",
    "...",
    "==",
    "!=",
    "<",
    "<=",
    "&&",
    "||",
    "->",
    "//",
    "++",
    "!",
    "+",
    "-",
    "*",
    "/",
    "?",
    ":",
    "@",
    ";",
    ".",
    ",",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "''",
    "${",
    "''$",
    "'''",
    "''\\",
    "\\",
    "$",
    "'",
    "1",
    "1.5",
    "./p",
    "/q/",
    "~/h",
    "<n>",
    "http://x",
    "# c\n",
    "/*",
    "*/",
    "\n",
    "\r",
    "\0",
    "é",
    "|>",
    "<|",
    "{ a = 1; }",
    "{ a, b }:",
    "a.b = 1;",
    "inherit (a) b;",
    " ",
    " ",
    " ",
];

/// Expressions whose printed form is Nix again. These are not: interpolation but for that of one
/// expression and one text, computed names, floats with exponents, and assertions as operands.
fn expression() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c-d", "e'", "_f", "orr"]);
    let attribute = prop::sample::select(vec!["a", "b", "\"x y\"", "\"if\"", "or", "\"\"", "z"]);
    let leaf = prop_oneof![
        any::<u32>().prop_map(|number| number.to_string()),
        (0u32..999).prop_map(|number| format!("{number}.25")),
        name.clone().prop_map(str::to_owned),
        "[ -~\\n\\t]{0,12}".prop_map(|text| {
            format!(
                "\"{}\"",
                text.replace('\\', "\\\\")
                    .replace('"', "\\\"")
                    .replace('$', "\\$")
            )
        }),
        "[ a-z\\n]{0,12}".prop_map(|text| format!("''{text}''")),
        prop::sample::select(vec![
            "./a/../b",
            "c/d",
            "/e/f",
            "~/g",
            "<h/i>",
            "http://j ",
            "__curPos",
            "{ }",
            "[ ]",
            "rec { }",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 60, 4, move |inner| {
        let operator = prop::sample::select(vec![
            "==", "!=", "<", "<=", ">", ">=", "&&", "||", "->", "//", "++", "+", "-", "*", "/",
        ]);
        let bindings = vec((attribute.clone(), inner.clone()), 0..4).prop_map(|bindings| {
            let mut names = std::collections::HashSet::new();
            bindings
                .into_iter()
                .filter(|(name, _)| names.insert(*name))
                .map(|(name, value)| format!("{name} = {value}; "))
                .collect::<String>()
        });
        let formals =
            vec((name.clone(), prop::option::of(inner.clone())), 0..4).prop_map(|formals| {
                let mut names = std::collections::HashSet::new();
                formals
                    .into_iter()
                    .filter(|(name, _)| names.insert(*name))
                    .map(|(name, default)| match default {
                        Some(default) => format!("{name} ? {default}, "),
                        None => format!("{name}, "),
                    })
                    .collect::<String>()
            });
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| format!("(({left}) {operator} ({right}))")),
            inner.clone().prop_map(|operand| format!("(!({operand}))")),
            inner.clone().prop_map(|operand| format!("(-({operand}))")),
            vec(inner.clone(), 1..4).prop_map(|calls| format!("(({}))", calls.join(") ("))),
            vec(inner.clone(), 0..4).prop_map(|elements| format!(
                "[ {} ]",
                elements
                    .iter()
                    .map(|e| format!("({e}) "))
                    .collect::<String>()
            )),
            bindings
                .clone()
                .prop_map(|bindings| format!("{{ {bindings}}}")),
            bindings
                .clone()
                .prop_map(|bindings| format!("rec {{ inherit q; inherit ({{ }}) r; {bindings}}}")),
            (bindings, inner.clone())
                .prop_map(|(bindings, body)| format!("(let {bindings}in {body})")),
            (name.clone(), inner.clone())
                .prop_map(|(argument, body)| format!("({argument}: {body})")),
            (formals, any::<bool>(), any::<bool>(), inner.clone()).prop_map(
                |(formals, ellipsis, named, body)| {
                    let ellipsis = if ellipsis { "..." } else { "" };
                    let named = if named { "@ all" } else { "" };
                    format!("({{ {formals}{ellipsis} }}{named}: {body})")
                }
            ),
            (
                inner.clone(),
                attribute.clone(),
                prop::option::of(inner.clone())
            )
                .prop_map(|(base, attribute, default)| match default {
                    Some(default) => format!("(({base}).{attribute} or ({default}))"),
                    None => format!("(({base}).{attribute}.{attribute})"),
                }),
            (inner.clone(), attribute.clone())
                .prop_map(|(base, attribute)| format!("(({base}) ? {attribute}.x)")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(with {a}; {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(x: assert {a}; {b})")),
            inner
                .clone()
                .prop_map(|inner| format!("\"text${{{inner}}}\"")),
            inner.prop_map(|inner| format!("./p${{{inner}}}")),
        ]
    })
}

/// A printed text with something else for each blank between tokens: it has one wherever one is
/// needed.
fn outside_of_strings(text: &str, blank: &str) -> String {
    let mut out = String::new();
    let mut in_string = false;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            ' ' if !in_string => out.push_str(blank),
            other => out.push(other),
        }
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = character == '\\' && !escaped;
    }
    out
}

/// Sets of sets, as trees of names.
#[derive(Clone, Debug)]
enum Nested {
    Number(u8),
    Set(Vec<(String, Nested)>),
}

fn nested() -> impl Strategy<Value = Nested> {
    let set = |value: BoxedStrategy<Nested>| {
        prop::collection::btree_map("[a-d]", value, 1..4)
            .prop_map(|set| Nested::Set(set.into_iter().collect()))
    };
    let leaf = any::<u8>().prop_map(Nested::Number);
    let tree = leaf.prop_recursive(3, 30, 3, move |inner| set(inner.boxed()));
    set(tree.boxed())
}

impl Nested {
    /// As written with braces only.
    fn braces(&self) -> String {
        match self {
            Nested::Number(number) => number.to_string(),
            Nested::Set(set) => {
                let bindings: String = set
                    .iter()
                    .map(|(name, value)| format!("{name} = {}; ", value.braces()))
                    .collect();
                format!("{{ {bindings}}}")
            }
        }
    }

    /// Definitions that together make the same set. `choices` says for each set whether its
    /// attributes are defined by longer paths, or all at once.
    fn definitions(
        &self,
        path: &str,
        choices: &mut impl Iterator<Item = bool>,
        definitions: &mut Vec<String>,
    ) {
        match self {
            Nested::Set(set) if path.is_empty() || choices.next().unwrap_or(true) => {
                for (name, value) in set {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    value.definitions(&path, choices, definitions);
                }
            }
            Nested::Set(set) => {
                // In two parts, each of which is a set on its own.
                let (left, right) = set.split_at(set.len() / 2);
                for part in [left, right] {
                    let value = Nested::Set(part.to_vec()).braces();
                    definitions.push(format!("{path} = {value}; "));
                }
            }
            Nested::Number(number) => definitions.push(format!("{path} = {number}; ")),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_give_a_tree_or_an_error_within_them(source: Vec<u8>) {
        if let Err(error) = parse(&source, &ParseOptions::default()) {
            prop_assert!(error.pos.0 as usize <= source.len());
        }
    }

    #[test]
    fn any_tokens_give_a_tree_or_an_error_within_them(
        pieces in vec(prop::sample::select(PIECES), 0..30),
    ) {
        let source = pieces.concat();
        match parse(source.as_bytes(), &WITH_PIPES) {
            Ok(parsed) => {
                let within = |pos: Pos| pos == Pos::NONE || (pos.0 as usize) < source.len();
                prop_assert!(parsed.ast.positions.iter().copied().all(within));
                prop_assert!(!print(&parsed.ast, &PRINT).is_empty());
            }
            Err(error) => {
                let (line, column) =
                    LineIndex::new(source.as_bytes()).line_column(error.pos).unwrap_or((0, 0));
                prop_assert!(line >= 1 && column >= 1);
                prop_assert!(error.pos.0 as usize <= source.len());
            }
        }
    }

    #[test]
    fn what_is_printed_prints_the_same(source in expression()) {
        let once = printed(&source);
        prop_assert_eq!(printed(&once), once, "{}", source);
    }

    #[test]
    fn blanks_and_comments_between_tokens_mean_nothing(source in expression()) {
        let once = printed(&source);
        let spread = outside_of_strings(&once, " /* c */\n\t# d\r ");
        prop_assert_eq!(printed(&spread), once);
    }

    #[test]
    fn paths_and_braces_define_the_same_sets(
        set in nested(),
        choices in vec(any::<bool>(), 0..10),
        seed in vec(any::<usize>(), 0..30),
    ) {
        let mut definitions = Vec::new();
        set.definitions("", &mut choices.into_iter(), &mut definitions);
        for (index, swap) in seed.iter().enumerate() {
            let length = definitions.len();
            definitions.swap(index % length, swap % length);
        }
        let merged = format!("{{ {}}}", definitions.concat());
        prop_assert_eq!(printed(&merged), printed(&set.braces()), "{}", merged);
    }

    #[test]
    fn indentation_that_all_lines_have_is_taken_off(
        lines in vec("[a-z][ a-z]{0,5}", 1..5),
        extra in vec(0usize..4, 5),
        indentation in 0usize..10,
    ) {
        let mut extra = extra;
        extra[0] = 0;
        let text = |indentation: usize| -> String {
            lines
                .iter()
                .zip(&extra)
                .map(|(line, extra)| format!("{}{line}\n", " ".repeat(indentation + extra)))
                .collect()
        };
        let quoted = format!("\"{}\"", text(0));
        prop_assert_eq!(
            printed(&format!("''\n{}{}''", text(indentation), " ".repeat(indentation / 2))),
            printed(&quoted)
        );
    }
}
