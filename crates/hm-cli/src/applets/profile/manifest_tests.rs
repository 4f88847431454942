use serde_json::json;

use super::*;

const HELLO: &str = "/nix/store/00000000000000000000000000000000-hello-2.12";
const MANUAL: &str = "/nix/store/11111111111111111111111111111111-hello-2.12-man";

fn store() -> StoreDir {
    StoreDir::default()
}

fn read(json: &Value) -> Result<Manifest, String> {
    Manifest::from_json(json, &store())
}

fn flake_element(paths: &[&str]) -> Value {
    json!({
        "active": true, "attrPath": "packages.x.hello", "originalUrl": "flake:nixpkgs",
        "outputs": null, "priority": 5, "storePaths": paths, "url": "github:NixOS/nixpkgs/abc",
    })
}

#[test]
fn what_is_read_is_written_again() {
    let text = format!(
        "{{\"elements\":{{\"hello\":{{\"active\":true,\"attrPath\":\"packages.x.hello\",\
         \"originalUrl\":\"flake:nixpkgs\",\"outputs\":[\"man\",\"out\"],\"priority\":4,\
         \"storePaths\":[\"{HELLO}\",\"{MANUAL}\"],\"url\":\"github:NixOS/nixpkgs/abc\"}},\
         \"plain\":{{\"active\":false,\"priority\":5,\"storePaths\":[\"{HELLO}\"]}}}},\"version\":3}}"
    );
    let json = serde_json::from_str(&text).expect("JSON");
    let manifest = read(&json).expect("a manifest");
    assert_eq!(manifest.to_json(&store()).to_string(), text);
    let element = &manifest.elements["hello"];
    assert_eq!(
        element.identifier(),
        "flake:nixpkgs#packages.x.hello^man,out"
    );
    assert_eq!(element.versions(), "2.12, 2.12-man");
    assert_eq!(manifest.elements["plain"].identifier(), "hello");
}

#[test]
fn old_manifests_are_lists_whose_elements_get_names() {
    let second = read(&json!({ "version": 2, "elements": [
        flake_element(&[HELLO]),
        { "storePaths": [HELLO], "active": true, "priority": 5 },
    ] }))
    .expect("version 2");
    assert_eq!(
        second.elements.keys().collect::<Vec<_>>(),
        ["hello", "hello-1"]
    );
    let first = read(&json!({ "version": 1, "elements": [{
        "active": true, "attrPath": "a", "originalUri": "flake:x", "uri": "path:/x",
        "storePaths": [HELLO],
    }] }))
    .expect("version 1");
    let source = first.elements["a"].source.as_ref().expect("a source");
    assert_eq!(
        (source.original.as_str(), source.locked.as_str()),
        ("flake:x", "path:/x")
    );
    for wrong in [
        json!({ "version": 4, "elements": {} }),
        json!({ "version": 3 }),
        json!({ "version": 3, "elements": { "a": {} } }),
        json!({ "version": 3, "elements": { "a": { "storePaths": ["/x"] } } }),
        json!([]),
    ] {
        assert!(read(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn changes_are_versions_that_came_and_went() {
    let manifest = |elements: Value| read(&json!({ "version": 3, "elements": elements }));
    let one = manifest(json!({ "hello": flake_element(&[HELLO]) })).expect("one");
    let both = manifest(json!({ "hello": flake_element(&[HELLO, MANUAL]) })).expect("both");
    let none = Manifest::default();
    let line = "flake:nixpkgs#packages.x.hello";
    assert_eq!(one.changes_since(&none, ""), [format!("{line}: ∅ -> 2.12")]);
    assert_eq!(
        none.changes_since(&one, " "),
        [format!(" {line}: 2.12 -> ∅")]
    );
    assert_eq!(
        both.changes_since(&one, ""),
        [format!("{line}: 2.12 -> 2.12, 2.12-man")]
    );
    assert_eq!(one.changes_since(&one, "  "), ["  No changes."]);
}
