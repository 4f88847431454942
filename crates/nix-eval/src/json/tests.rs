use proptest::prelude::*;

use super::*;

fn error(text: &[u8]) -> String {
    match parse::<JsonError>(text, |_| Ok(())) {
        Ok(()) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The value as one text, with members in their order.
fn show(text: &[u8]) -> String {
    let mut shown = String::new();
    let result = parse::<JsonError>(text, |event| {
        let part = match event {
            Event::Null => "null ".to_owned(),
            Event::Bool(value) => format!("{value} "),
            Event::Integer(value) => format!("{value} "),
            Event::Float(value) => format!("{value:?}f "),
            Event::String(value) => format!("{:?} ", String::from_utf8_lossy(value)),
            Event::BeginList => "[ ".to_owned(),
            Event::EndList => "] ".to_owned(),
            Event::BeginObject => "{ ".to_owned(),
            Event::Key(key) => format!("{:?}: ", String::from_utf8_lossy(key)),
            Event::EndObject => "} ".to_owned(),
        };
        shown.push_str(&part);
        Ok(())
    });
    assert_eq!(result, Ok(()));
    shown.trim_end().to_owned()
}

fn write(string: &[u8]) -> Result<String, String> {
    let mut writer = Writer::default();
    writer.string(string);
    writer
        .finish()
        .map(|text| String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn values_are_read() {
    let text =
        br#" {"a": [1, -2, 3.5, 1e3, true, false, null, {}, []], "a": "b\n\u00e9\ud83d\ude00\/"} "#;
    assert_eq!(
        show(text),
        r#"{ "a": [ 1 -2 3.5f 1000.0f true false null { } [ ] ] "a": "b\né😀/" }"#
    );
    assert_eq!(show(b"\xef\xbb\xbf-0"), "0");
    assert_eq!(show("\"日本\"".as_bytes()), "\"日本\"");
}

#[test]
fn integers_that_are_too_large_are_floats() {
    assert_eq!(show(b"9223372036854775807"), "9223372036854775807");
    assert_eq!(show(b"18446744073709551616"), "1.8446744073709552e19f");
    assert_eq!(show(b"-9223372036854775809"), "-9.223372036854776e18f");
    assert_eq!(
        error(b"9223372036854775808"),
        "unsigned json number 9223372036854775808 outside of Nix integer range"
    );
}

#[test]
fn deep_nesting_needs_no_stack() {
    let text = [vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat();
    let mut count = 0usize;
    let result = parse::<JsonError>(&text, |_| {
        count += 1;
        Ok(())
    });
    assert_eq!((result, count), (Ok(()), 2_000_000));
}

#[test]
fn errors_are_those_of_nix() {
    let fixture = include_str!("../../tests/fixtures/json-errors.tsv");
    let mut count = 0;
    for line in fixture.lines() {
        let (text, message) = line.split_once('\t').expect("two columns");
        let text = text
            .replace("\\\\", "\0")
            .replace("\\t", "\t")
            .replace("\\n", "\n")
            .replace('\0', "\\");
        assert_eq!(error(text.as_bytes()), message, "{text}");
        count += 1;
    }
    assert!(count > 40);
}

#[test]
fn ill_formed_utf8_is_refused() {
    for text in [
        &b"\"\xff\""[..],
        b"\"\xc0\x80\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf4\x90\x80\x80\"",
    ] {
        assert!(error(text).contains("ill-formed UTF-8 byte"), "{text:?}");
    }
}

#[test]
fn strings_are_escaped() {
    assert_eq!(
        write(b"a\"b\\c\n\r\t\x08\x0c\x01\x1f\x7f/").as_deref(),
        Ok("\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001f\x7f/\"")
    );
    assert_eq!(write("é😀".as_bytes()).as_deref(), Ok("\"é😀\""));
}

#[test]
fn strings_that_are_not_utf8_are_refused() {
    let message = |string| write(string).err().unwrap_or_default();
    let prefix = "JSON serialization error: [json.exception.type_error.316] ";
    assert_eq!(
        message(b"ab\xff"),
        format!("{prefix}invalid UTF-8 byte at index 2: 0xFF")
    );
    assert_eq!(
        message(b"\xe2\x82A"),
        format!("{prefix}invalid UTF-8 byte at index 2: 0x41")
    );
    assert_eq!(
        message(b"\xe0\x80"),
        format!("{prefix}invalid UTF-8 byte at index 1: 0x80")
    );
    assert_eq!(
        message(b"a\xe2\x82"),
        format!("{prefix}incomplete UTF-8 string; last byte: 0x82")
    );
}

proptest! {
    #[test]
    fn strings_survive(string in any::<String>()) {
        let written = write(string.as_bytes()).expect("UTF-8");
        let mut read = Vec::new();
        parse::<JsonError>(written.as_bytes(), |event| {
            if let Event::String(bytes) = event {
                read = bytes.to_vec();
            }
            Ok(())
        }).expect("valid");
        prop_assert_eq!(read, string.as_bytes());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"a\\\\u0-9eE+.tnf -]{0,20}") {
        let ours = parse::<JsonError>(text.as_bytes(), |_| Ok(())).is_ok();
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        // Of numbers, the two differ in those too large.
        let has_long_number = text.bytes().filter(u8::is_ascii_digit).count() > 3;
        prop_assert!(ours == theirs || has_long_number, "{}", text);
    }
}
