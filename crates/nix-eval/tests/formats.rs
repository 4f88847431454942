//! The builtins that read and write formats, against what Nix 2.34.8 gives.

use std::path::Path;

use nix_eval::host::ReadOnlyHost;
use nix_eval::{Evaluator, Settings, XmlOptions, with_large_stack};
use serde_json::Value as Json;

fn evaluator() -> Evaluator {
    let host = ReadOnlyHost::new("/nix/store").expect("a valid store directory");
    Evaluator::new(Box::new(host), Settings::default())
}

/// Evaluates an expression; its value as JSON, or the message of the error.
fn evaluate(expression: &str) -> Result<Json, String> {
    let e = evaluator();
    let value = e
        .eval_string(expression.as_bytes(), Path::new("/"))
        .and_then(|value| e.to_json(value, true));
    match value {
        Ok((text, _)) => Ok(serde_json::from_slice(&text).expect("valid JSON")),
        Err(error) => Err(error.message.trim_end().to_owned()),
    }
}

#[test]
fn builtins_give_what_nix_gives() {
    let differences = with_large_stack(|| {
        let mut differences = String::new();
        for line in include_str!("fixtures/formats.jsonl").lines() {
            let case: Json = serde_json::from_str(line).expect("JSON");
            let expression = case["expression"].as_str().expect("an expression");
            let wanted = match case["error"].as_str() {
                Some(message) => Err(message.to_owned()),
                None => Ok(case["value"].clone()),
            };
            let found = evaluate(expression);
            if found != wanted {
                differences += &format!("{expression}\n  gives  {found:?}\n  not    {wanted:?}\n");
            }
        }
        differences
    });
    assert_eq!(differences, "");
}

/// An expression as XML with locations.
fn xml(expression: &'static str, evaluate: bool) -> String {
    with_large_stack(|| {
        let e = evaluator();
        let value = e
            .eval_string(expression.as_bytes(), Path::new("/"))
            .expect("a value");
        let options = XmlOptions {
            evaluate,
            locations: true,
        };
        let (text, _) = e.to_xml(value, options).expect("XML");
        String::from_utf8(text).expect("UTF-8")
    })
}

#[test]
fn xml_shows_locations() {
    let expected = r#"<?xml version='1.0' encoding='utf-8'?>
<expr>
  <attrs>
    <attr column="3" line="1" name="f">
      <function column="7" line="1">
        <attrspat ellipsis="1" name="y">
          <attr name="x" />
        </attrspat>
      </function>
    </attr>
  </attrs>
</expr>
"#;
    assert_eq!(xml("{ f = { x, ... }@y: x; }", true), expected);
}

#[test]
fn xml_shows_what_is_not_evaluated() {
    let expected = r#"<?xml version='1.0' encoding='utf-8'?>
<expr>
  <attrs>
    <attr column="3" line="1" name="a">
      <unevaluated />
    </attr>
  </attrs>
</expr>
"#;
    assert_eq!(xml("{ a = 1 + 1; }", false), expected);
}

#[test]
fn json_that_is_too_deep_is_an_error() {
    let deep =
        "let list = n: if n == 0 then [ ] else [ (list (n - 1)) ]; in builtins.toJSON (list 20000)";
    let message = with_large_stack(|| evaluate(deep)).expect_err("too deep");
    assert_eq!(message, "stack overflow; max-call-depth exceeded");
}

#[test]
fn json_survives_a_round_trip() {
    let expression = r#"
        let value = { a = [ 1 2.5 true null "x\n\"" { } [ ] ]; "b c".d = -9223372036854775807 - 1; };
        in builtins.fromJSON (builtins.toJSON value) == value
    "#;
    assert_eq!(
        with_large_stack(|| evaluate(expression)),
        Ok(Json::Bool(true))
    );
}
