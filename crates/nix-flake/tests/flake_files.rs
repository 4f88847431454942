//! What a `flake.nix` may say: messages compared with those of Nix 2.34.8.

mod support;

use nix_flake::LockFlags;
use nix_flake::flake::ConfigValue;
use nix_flake::lock::{FlakeRequest, InputPath};
use nix_flake::registry::RegistryScope;
use serde_json::Value;
use support::World;

#[test]
fn messages_are_those_of_nix() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/flake-files.json"
    );
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the fixture is JSON");
    let mut differences = Vec::new();
    for case in &cases {
        let world = World::new();
        let file = case["flake"].as_str().expect("a text");
        world.write("a/flake.nix", &format!("{file}\n"));
        let reference = world.reference("path:./a");
        let locked = world.session().lock(&reference, &LockFlags::default());
        let flake = world.path("a").display().to_string();
        let store = world.path("nix/store").display().to_string();
        let ours = locked.err().map(|error| {
            let message = error.cause().to_string().replace(&flake, "FLAKE");
            match message.split_once(&store) {
                // Where Nix names the source and we the copy, the copy is long.
                Some((before, after)) => {
                    let rest = after.split_once("-source").map_or("", |(_, rest)| rest);
                    format!("{before}FLAKE{rest}")
                }
                None => message,
            }
        });
        let theirs = case["error"].as_str().map(str::to_owned);
        if ours != theirs {
            differences.push(format!("{file}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(cases.len() > 40);
}

#[test]
fn all_that_a_file_says_is_read() {
    let world = World::new();
    world.write("a/some.file", "text");
    world.write("a/sub/flake.nix", "{ outputs = _: { }; }");
    world.write(
        "a/flake.nix",
        r#"{
        description = "A flake";
        inputs = {
            nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.05";
            sub.url = ./sub;
            tool = { url = "tool/v1"; flake = false; };
            other = { type = "path"; path = "/x"; dir = "y"; };
            other.inputs.nixpkgs.follows = "nixpkgs";
            other.inputs.a.inputs.b.url = "b";
        };
        nixConfig = { a = "x"; b = 1; c = true; d = [ "x" "y" ]; e = ./some.file; };
        outputs = { self, nixpkgs, extra, ... }@inputs: { };
    }"#,
    );
    let session = world.session();
    let reference = world.reference("path:./a");
    let root = InputPath(vec!["up".to_owned()]);
    let request = FlakeRequest {
        reference: &reference,
        registries: RegistryScope::None,
        root: &root,
        is_final: false,
    };
    let file = session
        .flakes
        .flake(&session.evaluator, &request)
        .expect("it is a flake")
        .file;
    assert_eq!(file.description.as_deref(), Some("A flake"));
    let reference = |name: &str| {
        file.inputs[name]
            .reference
            .as_ref()
            .expect("there is a reference")
            .to_string()
    };
    assert_eq!(
        file.inputs.keys().collect::<Vec<_>>(),
        ["extra", "nixpkgs", "other", "sub", "tool"]
    );
    assert_eq!(reference("nixpkgs"), "github:NixOS/nixpkgs/nixos-24.05");
    assert_eq!(reference("sub"), "path:sub");
    assert_eq!(reference("tool"), "flake:tool/v1");
    assert_eq!(reference("other"), "path:/x?dir=y");
    assert_eq!(reference("extra"), "flake:extra");
    assert!(!file.inputs["tool"].is_flake);
    let overrides = &file.inputs["other"].overrides;
    let follows = overrides["nixpkgs"].follows.as_ref().expect("it follows");
    assert_eq!(follows.to_string(), "up/nixpkgs");
    assert!(overrides["a"].overrides["b"].reference.is_some());
    assert_eq!(file.config["b"], ConfigValue::Integer(1));
    assert_eq!(
        file.config["d"],
        ConfigValue::List(vec!["x".to_owned(), "y".to_owned()])
    );
    let ConfigValue::String(path) = &file.config["e"] else {
        panic!("{:?}", file.config["e"])
    };
    assert_eq!(
        std::fs::read_to_string(path).expect("it is in the store"),
        "text"
    );
}
