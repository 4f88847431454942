//! References, compared with what Nix 2.34.8 makes of them (`builtins.parseFlakeRef` and
//! `builtins.flakeRefToString`).

use nix_flake::FlakeReference;
use nix_flake::reference::{Attributes, ParseOptions, parse};
use serde_json::Value;

fn fixture(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

fn url_of(reference: &FlakeReference) -> Result<String, String> {
    reference
        .to_url()
        .map(|url| url.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn texts_are_parsed_as_nix_does() {
    let mut differences = Vec::new();
    for case in fixture("references.json") {
        let text = case["reference"].as_str().expect("a text");
        let ours = parse(text, ParseOptions::default())
            .map_err(|error| error.to_string())
            .and_then(|reference| Ok((reference.to_attributes().to_json(), url_of(&reference)?)));
        let theirs = match case["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok((
                case["attributes"].clone(),
                case["url"].as_str().expect("a URL").to_owned(),
            )),
        };
        if ours != theirs {
            differences.push(format!("{text}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn attributes_are_printed_as_nix_does() {
    let mut differences = Vec::new();
    for case in fixture("attributes.json") {
        let ours = Attributes::from_json(&case["attributes"])
            .and_then(FlakeReference::from_attributes)
            .map_err(|error| error.to_string())
            .and_then(|reference| url_of(&reference));
        let theirs = match case["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(case["url"].as_str().expect("a URL").to_owned()),
        };
        if ours != theirs {
            differences.push(format!(
                "{}\n  ours:   {ours:?}\n  theirs: {theirs:?}",
                case["attributes"]
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_was_printed_is_parsed_to_the_same() {
    for case in fixture("references.json") {
        let text = case["reference"].as_str().expect("a text");
        let Ok(reference) = parse(text, ParseOptions::default()) else {
            continue;
        };
        // Those that nothing tells apart from a tarball, or that are no longer absolute.
        let (Ok(url), false) = (url_of(&reference), text.starts_with("file+")) else {
            continue;
        };
        let again = parse(&url, ParseOptions::default()).expect("it can be parsed");
        assert_eq!(url_of(&again), Ok(url), "{text}");
    }
}

proptest::proptest! {
    /// Whatever is typed, nothing but an error comes of it; and what is understood is understood the
    /// same again.
    #[test]
    fn any_text(text in "[a-z:/?#&=.%\"+@ \\[\\]~-]{0,40}|\\PC{0,20}") {
        if let Ok(reference) = parse(&text, ParseOptions { relative_paths: true, ..Default::default() }) {
            let attributes = reference.to_attributes();
            let again = FlakeReference::from_attributes(attributes.clone()).expect("its own attributes");
            proptest::prop_assert_eq!(&again, &reference);
            proptest::prop_assert_eq!(Attributes::from_json(&attributes.to_json()), Ok(attributes));
            proptest::prop_assert_eq!(reference.canonicalised(), reference.canonicalised().canonicalised());
        }
    }
}
