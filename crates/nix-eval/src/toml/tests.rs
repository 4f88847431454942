use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn to_json(value: &Toml) -> Json {
    match value {
        Toml::String(bytes) => json!(String::from_utf8_lossy(bytes)),
        Toml::Integer(integer) => json!(integer),
        Toml::Float(float) => json!(float),
        Toml::Bool(value) => json!(value),
        Toml::Timestamp(text) => json!({ "_type": "timestamp", "value": text }),
        Toml::Array(elements) => elements.iter().map(to_json).collect(),
        Toml::Table(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), to_json(value)))
                .collect(),
        ),
    }
}

/// Without spaces at the ends of lines, which Nix does not print.
fn trimmed(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim_end_matches(' ')))
        .collect()
}

/// Documents with what Nix 2.34.8 makes of them: `value` or, of what toml11 reports, the first
/// `error`.
#[test]
fn documents_are_read_as_nix_does() {
    let fixture = include_str!("../../tests/fixtures/toml.jsonl");
    let (mut values, mut errors) = (0, 0);
    let mut differences = String::new();
    for line in fixture.lines() {
        let case: Json = serde_json::from_str(line).expect("JSON");
        let document = case["toml"].as_str().expect("a document");
        let (found, wanted) = match (parse(document.as_bytes()), case["error"].as_str()) {
            (Ok(value), None) => {
                values += 1;
                (to_json(&value).to_string(), case["value"].to_string())
            }
            (Ok(value), Some(wanted)) => (to_json(&value).to_string(), wanted.to_owned()),
            (Err(error), wanted) => {
                errors += 1;
                (
                    trimmed(&error.to_string()),
                    trimmed(wanted.unwrap_or("no error")),
                )
            }
        };
        if found != wanted {
            differences += &format!("{document}\n{found}instead of\n{wanted}\n");
        }
    }
    assert_eq!(differences, "");
    assert!(values >= 60 && errors >= 100, "{values} {errors}");
}

#[test]
fn deep_nesting_is_an_error() {
    let text = format!("a = {}", "[".repeat(1_000_000));
    let error = parse(text.as_bytes()).expect_err("too deep").to_string();
    assert!(error.contains("nested too deeply"), "{error}");
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    assert!(parse(b"a = \"\xff\"").is_err());
    assert!(parse(b"a = '''\xc3'''").is_err());
    assert!(parse(b"# \xed\xa0\x80\n").is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c.=\"'\\[\\]{}, \n#0-9xe_:TZ+\\\\-]{0,40}") {
        let _ = parse(text.as_bytes());
    }

    #[test]
    fn written_values_are_read(
        text in any::<String>().prop_filter("no NUL", |text| !text.contains('\0')),
        integer in any::<i64>(),
        float in any::<f64>().prop_filter("finite", |float| float.is_finite()),
    ) {
        // JSON strings are TOML strings, apart from escaped slashes and DEL.
        let quoted = serde_json::to_string(&text).expect("a string").replace('\u{7f}', "\\u007f");
        let document = format!("text = {quoted}\nlist = [ {integer}, {float:?}, ]\n");
        let value = parse(document.as_bytes()).expect("valid");
        let Toml::Table(entries) = value else { panic!("no table") };
        prop_assert_eq!(&entries[&b"text"[..]], &Toml::String(text.into_bytes()));
        let list = Toml::Array(vec![Toml::Integer(integer), Toml::Float(float)]);
        prop_assert_eq!(&entries[&b"list"[..]], &list);
    }
}
