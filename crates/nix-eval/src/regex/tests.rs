use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn text_of(text: &[u8], span: Span) -> Json {
    json!(String::from_utf8_lossy(&text[span.start..span.end]))
}

fn groups_of(text: &[u8], found: &Match) -> Json {
    found
        .groups
        .iter()
        .map(|group| group.map_or(Json::Null, |span| text_of(text, span)))
        .collect()
}

/// What `builtins.match` gives.
fn match_(pattern: &str, text: &str) -> Result<Json, RegexError> {
    let regex = Regex::new(pattern.as_bytes())?;
    let found = regex.match_full(&mut Scratch::default(), text.as_bytes());
    Ok(found.map_or(Json::Null, |found| groups_of(text.as_bytes(), &found)))
}

/// What `builtins.split` gives.
fn split(pattern: &str, text: &str) -> Result<Json, RegexError> {
    let regex = Regex::new(pattern.as_bytes())?;
    let text = text.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for found in regex.matches(&mut Scratch::default(), text) {
        parts.push(text_of(
            text,
            Span {
                start,
                end: found.span.start,
            },
        ));
        parts.push(groups_of(text, &found));
        start = found.span.end;
    }
    parts.push(text_of(
        text,
        Span {
            start,
            end: text.len(),
        },
    ));
    Ok(Json::Array(parts))
}

/// Patterns and texts, most of them made at random, with what Nix 2.34.8 gives.
#[test]
fn patterns_match_as_in_nix() {
    let fixture = include_str!("../../tests/fixtures/regex.jsonl");
    let (mut valid, mut invalid) = (0, 0);
    for line in fixture.lines() {
        let case: Json = serde_json::from_str(line).expect("JSON");
        let pattern = case["pattern"].as_str().expect("a pattern");
        if let Some(message) = case["error"].as_str() {
            let error = Regex::new(pattern.as_bytes()).expect_err(pattern);
            assert_eq!(error.message(pattern.as_bytes()), message);
            invalid += 1;
            continue;
        }
        let text = case["text"].as_str().expect("a text");
        assert_eq!(
            match_(pattern, text).as_ref(),
            Ok(&case["match"]),
            "match {pattern} on {text}"
        );
        assert_eq!(
            split(pattern, text).as_ref(),
            Ok(&case["split"]),
            "split {pattern} on {text}"
        );
        valid += 1;
    }
    assert!(valid >= 500 && invalid >= 100, "{valid} {invalid}");
}

#[test]
fn long_texts_need_no_stack() {
    let text = "ab".repeat(500_000);
    assert_eq!(match_("(a|b)*", &text), Ok(json!(["b"])));
    assert_eq!(
        match_("(.*)b", &text).map(|groups| groups[0].as_str().map(str::len)),
        Ok(Some(999_999))
    );
    assert_eq!(match_("((a)(b))*c", &text), Ok(Json::Null));
    let parts = split("a", &text).expect("valid");
    assert_eq!(parts.as_array().map(Vec::len), Some(1_000_001));
}

#[test]
fn nested_repetitions_need_no_exponential_time() {
    let text = "a".repeat(2_000);
    for pattern in [
        "(a*)*b",
        "(a|a)*b",
        "(a+)+b",
        "((a*)*)*b",
        "(a|aa)+b",
        "(.*)(.*)(.*)x",
    ] {
        assert_eq!(match_(pattern, &text), Ok(Json::Null), "{pattern}");
        assert_eq!(split(pattern, &text), Ok(json!([text])), "{pattern}");
    }
    let optional = format!("{}{}", "a?".repeat(100), "a".repeat(100));
    assert_eq!(match_(&optional, &text[..100]), Ok(json!([])));
}

/// Repetitions of repetitions find what one finds, and take as long. (As loops in loops, a hundred
/// of them took minutes.)
#[test]
fn quantifiers_of_quantifiers_are_as_one() {
    let text = "abc".repeat(300);
    for (quantifiers, same) in [
        ("**", "*"),
        ("++", "+"),
        ("??", "?"),
        ("+*", "*"),
        ("*+", "*"),
        ("?+", "*"),
        ("+?", "*"),
        ("?*", "*"),
    ] {
        let many = quantifiers.repeat(50);
        for atom in ["b", ".", "[ab]", "(a|b)", "(a|bc|b)"] {
            for rest in ["", "c", "(b|c)"] {
                let pattern = |by: &str| format!("(a?)({atom}{by}){rest}");
                for text in ["", "a", "ab", "abc", "abb", "babcb", &text] {
                    let (many, same) = (pattern(&many), pattern(same));
                    assert_eq!(match_(&many, text), match_(&same, text), "{many} {text}");
                    assert_eq!(split(&many, text), split(&same, text), "{many} {text}");
                }
            }
        }
    }
}

/// Each of them counts how often it is entered, and a search tells the counts apart.
#[test]
fn many_loops_in_a_loop_need_no_exponential_time() {
    let text = "n".repeat(400);
    for pattern in [
        format!("([^.]{})*x", "*".repeat(20)),
        format!("(a?|b?|n){}x", "*".repeat(20)),
        format!("({}n{})*x", "(".repeat(8), ")*".repeat(8)),
    ] {
        assert_eq!(match_(&pattern, &text), Ok(Json::Null), "{pattern}");
    }
}

#[test]
fn deeply_nested_patterns_need_no_stack() {
    let pattern = format!("{}a{}", "(".repeat(30_000), ")".repeat(30_000));
    assert!(match_(&pattern, "a").is_ok());
    assert_eq!(match_(&"(".repeat(60_000), "a"), Err(RegexError::Invalid));
    assert_eq!(match_(&"(".repeat(200_000), "a"), Err(RegexError::TooLarge));
}

#[test]
fn many_loops_that_consume_nothing_still_end() {
    // More than are told apart exactly.
    let pattern = format!("({})*b", "(a*)*".repeat(20));
    assert_eq!(match_(&pattern, "aaaa"), Ok(Json::Null));
    assert!(match_(&pattern, "aaab").is_ok_and(|found| found.is_array()));
}

#[test]
fn bytes_beyond_ascii_are_compared_signed() {
    let regex = |pattern: &[u8]| Regex::new(pattern);
    assert!(regex(b"[\x80-\xff]").is_ok());
    assert!(regex(b"[\x80-a]").is_ok());
    assert_eq!(regex(b"[a-\x80]").err(), Some(RegexError::Invalid));
    let found = regex(b"[\x80-a]*").map(|regex| {
        regex
            .match_full(&mut Scratch::default(), b"\xff\x01a")
            .is_some()
    });
    assert_eq!(found, Ok(true));
}

/// The longest matches at each position by trying all ways, for patterns without repetitions.
fn longest(alternatives: &[String], text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at <= text.len() {
        let lengths = alternatives
            .iter()
            .filter(|part| text[at..].starts_with(part.as_str()));
        match lengths.map(String::len).max() {
            Some(length) => {
                found.push((at, at + length));
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

proptest! {
    #[test]
    fn searches_find_the_longest_alternative(
        alternatives in prop::collection::vec("[ab]{1,3}", 1..4),
        text in "[abc]{0,12}",
    ) {
        let regex = Regex::new(alternatives.join("|").as_bytes()).expect("valid");
        let mut scratch = Scratch::default();
        let found: Vec<_> = regex
            .matches(&mut scratch, text.as_bytes())
            .map(|found| (found.span.start, found.span.end))
            .collect();
        prop_assert_eq!(found, longest(&alternatives, &text));
    }

    #[test]
    fn parts_make_up_the_text(pattern in "[ab.*?+|()\\[\\]^$-]{0,8}", text in "[ab]{0,8}") {
        let Ok(regex) = Regex::new(pattern.as_bytes()) else { return Ok(()) };
        let mut end = 0;
        let mut scratch = Scratch::default();
        for found in regex.matches(&mut scratch, text.as_bytes()) {
            prop_assert!(found.span.start >= end && found.span.end >= found.span.start);
            end = found.span.end;
        }
        prop_assert!(end <= text.len());
    }

    #[test]
    fn used_memory_changes_nothing(
        pattern in "[ab.*|()]{0,8}", first in "[ab]{0,8}", second in "[ab]{0,8}",
    ) {
        let Ok(regex) = Regex::new(pattern.as_bytes()) else { return Ok(()) };
        let mut used = Scratch::default();
        let _ = regex.matches(&mut used, first.as_bytes()).count();
        let _ = regex.match_full(&mut used, first.as_bytes());
        prop_assert_eq!(
            regex.match_full(&mut used, second.as_bytes()),
            regex.match_full(&mut Scratch::default(), second.as_bytes())
        );
        prop_assert_eq!(
            regex.matches(&mut used, second.as_bytes()).collect::<Vec<_>>(),
            regex.matches(&mut Scratch::default(), second.as_bytes()).collect::<Vec<_>>()
        );
    }
}
