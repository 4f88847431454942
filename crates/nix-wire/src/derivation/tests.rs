use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use proptest::prelude::*;

/// What Nix made of `tests/derivations/chain.nix`, by path.
fn chain() -> BTreeMap<StorePath, Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/derivations");
    fs::read_dir(&directory)
        .expect("the directory of vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "drv"))
        .map(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name");
            let text = fs::read(&path).expect("a vector");
            (StorePath::from_base_name(name).expect("a store path"), text)
        })
        .collect()
}

fn parse(path: &StorePath, text: &[u8]) -> Derivation {
    let name = path.derivation_name().expect("a derivation");
    Derivation::parse(&StoreDir::default(), name, text).expect("a vector")
}

fn lookup(path: &StorePath) -> Result<HashModulo, DerivationError> {
    parse(path, &chain()[path]).hash_modulo(&StoreDir::default(), lookup)
}

#[test]
fn derivations_of_nix_are_written_as_they_were_read() {
    let chain = chain();
    assert_eq!(chain.len(), 9);
    for (path, text) in chain {
        let (computed, written) = parse(&path, &text)
            .path_and_text(&StoreDir::default())
            .expect("a text");
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(&text)
        );
        assert_eq!(computed, path);
    }
}

#[test]
fn output_paths_are_those_that_nix_computed() {
    for (path, text) in chain() {
        let expected = parse(&path, &text);
        let mut derivation = expected.clone();
        for (name, output) in &mut derivation.outputs {
            if matches!(output, DerivationOutput::InputAddressed(_)) {
                *output = DerivationOutput::Deferred;
                derivation.environment.remove(name.as_bytes());
            }
        }
        derivation
            .fill_in_output_paths(&StoreDir::default(), lookup)
            .expect("paths");
        assert_eq!(derivation, expected);
    }
}

#[test]
fn json_is_nixs() {
    let shown = include_str!("../../tests/derivations/show.json");
    let shown: serde_json::Value = serde_json::from_str(shown).expect("JSON");
    for (path, text) in chain() {
        assert_eq!(
            parse(&path, &text).to_json(),
            shown["derivations"][path.base_name()]
        );
    }
}

fn output_kinds(outputs: &[(&str, DerivationOutput)]) -> Result<DerivationKind, DerivationError> {
    let mut derivation = Derivation::new("x");
    derivation.outputs = outputs
        .iter()
        .map(|(name, output)| ((*name).to_owned(), output.clone()))
        .collect();
    derivation.kind()
}

#[test]
fn kinds_do_not_mix() {
    let fixed = || {
        DerivationOutput::Fixed(ContentAddress {
            method: ContentAddressMethod::Flat,
            hash: Hash::sha256(""),
        })
    };
    let floating = |algorithm| DerivationOutput::Floating {
        method: ContentAddressMethod::NixArchive,
        algorithm,
    };
    assert_eq!(output_kinds(&[]), Err(DerivationError::NoOutputs));
    assert_eq!(output_kinds(&[("out", fixed())]), Ok(DerivationKind::Fixed));
    assert_eq!(
        output_kinds(&[("dev", fixed())]),
        Err(DerivationError::FixedOutputName)
    );
    assert_eq!(
        output_kinds(&[("out", fixed()), ("dev", fixed())]),
        Err(DerivationError::FixedOutputName)
    );
    assert_eq!(
        output_kinds(&[("out", fixed()), ("dev", DerivationOutput::Deferred)]),
        Err(DerivationError::MixedOutputs)
    );
    assert_eq!(
        output_kinds(&[
            ("out", floating(HashAlgorithm::Sha256)),
            ("dev", floating(HashAlgorithm::Sha512))
        ]),
        Err(DerivationError::MixedAlgorithms)
    );
}

#[test]
fn what_is_malformed_is_refused() {
    let parse = |text: &str| Derivation::parse(&StoreDir::default(), "x", text.as_bytes());
    let good = r#"Derive([("out","","","")],[],[],"s","b",["1"],[("a","1"),("b","2")])"#;
    assert!(parse(good).is_ok());
    for (bad, why) in [
        (good.replace("\"a\",\"1\"", "\"b\",\"1\""), "twice"),
        (format!("{good} "), "trailing"),
        (good.replace("[\"1\"]", "[\"1\",]"), "comma"),
        (good.replace("[\"1\"]", "[,\"1\"]"), "comma"),
        (
            good.replace(",\"\",\"\",\"\")", ",\"/nix/store/../x\",\"\",\"\")"),
            "path",
        ),
    ] {
        assert!(parse(&bad).is_err(), "{why}: {bad}");
    }
}

#[test]
fn the_path_of_a_fixed_output_is_checked() {
    let chain = chain();
    let (path, text) = chain
        .iter()
        .find(|(path, _)| path.name() == "flat.drv")
        .expect("a vector");
    let text = String::from_utf8(text.clone()).expect("text");
    let other = text.replace("/nix/store/jafr", "/nix/store/1afr");
    assert_ne!(other, text);
    let store = StoreDir::default();
    let name = path.derivation_name().expect("a derivation");
    let error = Derivation::parse(&store, name, other.as_bytes());
    assert!(
        matches!(error, Err(DerivationError::OtherFixedPath { .. })),
        "{error:?}"
    );
}

#[test]
fn dynamic_inputs_are_read_and_written() {
    let text = concat!(
        "DrvWithVersion(\"xp-dyn-drv\",[],[(\"/nix/store/7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-a.drv\",",
        "([\"out\"],[(\"out\",[\"dev\"])]))],[],\"s\",\"b\",[],[])"
    );
    let store = StoreDir::default();
    let derivation = Derivation::parse(&store, "x", text.as_bytes()).expect("a derivation");
    assert_eq!(derivation.unparse(&store).as_deref(), Ok(text.as_bytes()));
    let deep = text.replace("[\"dev\"]", &"([],[(\"o\",".repeat(100_000));
    assert!(Derivation::parse(&store, "x", deep.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_survive(
        arguments in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..4),
        environment in prop::collection::btree_map(
            prop::collection::vec(any::<u8>(), 0..6),
            prop::collection::vec(any::<u8>(), 0..12),
            0..5,
        ),
    ) {
        let store = StoreDir::default();
        let mut derivation = Derivation::new("x");
        derivation.arguments = arguments;
        derivation.environment = environment;
        let text = derivation.unparse(&store).expect("a text");
        prop_assert_eq!(Derivation::parse(&store, "x", &text), Ok(derivation));
    }

    #[test]
    fn a_damaged_text_does_not_panic(at in 0_usize..400, with in any::<u8>(), cut in any::<bool>()) {
        for text in chain().values() {
            let mut text = text.clone();
            let at = at % text.len();
            text[at] = with;
            if cut {
                text.truncate(at);
            }
            let _ = Derivation::parse(&StoreDir::default(), "x", &text);
        }
    }
}
