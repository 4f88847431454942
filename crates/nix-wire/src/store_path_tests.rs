use super::*;
use crate::hash::HashAlgorithm;
use proptest::prelude::*;

fn path(base_name: &str) -> StorePath {
    StorePath::from_base_name(base_name).expect("a store path")
}

fn fixed(method: ContentAddressMethod, hash: &Hash) -> String {
    StoreDir::default()
        .content_path("f", method, hash, References::default())
        .expect("a path")
        .to_string()
}

#[test]
fn paths_are_nixs() {
    let store = StoreDir::default();
    let hello = store
        .text_path("t", &Hash::sha256("hello"), [])
        .expect("a path");
    assert_eq!(hello.base_name(), "vqpn17r03lqabwk0wksgpbgy620zwfd4-t");
    // `builtins.toFile "r" "see ${builtins.toFile "t" "hello"}"`
    let text = format!("see {}", store.print(&hello));
    let referring = store
        .text_path("r", &Hash::sha256(text), [&hello])
        .expect("a path");
    assert_eq!(referring.base_name(), "msriwn1dl87qqvh0wdybm20hm8r3q02y-r");

    let empty = Hash::sha256("");
    assert_eq!(
        fixed(ContentAddressMethod::Flat, &empty),
        "i8yf3p9li8bd9rwjsr5nkg63lxs367am-f"
    );
    assert_eq!(
        fixed(ContentAddressMethod::NixArchive, &empty),
        "f66gffbbljx7hpk8xw2f4ylk355g52as-f"
    );
}

#[test]
fn another_store_directory_makes_other_paths() {
    let store = StoreDir::new("/home/alice/store").expect("a directory");
    let hello = store
        .text_path("t", &Hash::sha256("hello"), [])
        .expect("a path");
    assert_ne!(hello.hash_part(), "vqpn17r03lqabwk0wksgpbgy620zwfd4");
    for bad in ["", "store", "/", "/a/", "/a//b", "/a/../b", "/a/."] {
        assert!(StoreDir::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn only_archives_and_texts_may_refer() {
    let store = StoreDir::default();
    let others = [path("vqpn17r03lqabwk0wksgpbgy620zwfd4-t")];
    let references = References {
        others: &others,
        to_itself: false,
    };
    let hash = Hash::sha256("");
    let with = |method, hash: &Hash| store.content_path("x", method, hash, references);
    assert!(with(ContentAddressMethod::NixArchive, &hash).is_ok());
    assert!(with(ContentAddressMethod::Text, &hash).is_ok());
    assert!(with(ContentAddressMethod::Flat, &hash).is_err());
    let sha512 = Hash::of(HashAlgorithm::Sha512, "");
    assert!(with(ContentAddressMethod::NixArchive, &sha512).is_err());
    assert!(with(ContentAddressMethod::Text, &sha512).is_err());
}

#[test]
fn placeholders_are_nixs() {
    assert_eq!(
        placeholder("out"),
        "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"
    );
    let floating = path("c9bi1gas0nxxig8mny2zm9w9pbfgr1gc-floating.drv");
    assert_eq!(
        upstream_placeholder(&floating, "out").as_deref(),
        Ok("/0d13ypr65fz22alw0icn8261lw64ihlzvrbxrfrkb7x6yvxnxp72")
    );
    assert!(upstream_placeholder(&path("vqpn17r03lqabwk0wksgpbgy620zwfd4-t"), "out").is_err());
}

#[test]
fn a_path_is_taken_apart() {
    let store = StoreDir::default();
    let path = store
        .parse("/nix/store/7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-a.drv")
        .expect("a path");
    assert_eq!(path.hash_part(), "7g5giqf764p3y3zv7a8rqsy9sqqq5kw4");
    assert_eq!(path.name(), "a.drv");
    assert_eq!(path.derivation_name(), Ok("a"));
    let within = "/nix/store/7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-a.drv/bin/sh";
    assert_eq!(store.parse_within(within), Ok((path, "/bin/sh")));
    assert!(store.parse(within).is_err());
    assert!(store.contains(within));
    assert!(!store.contains("/nix/store/"));
    assert!(!store.contains("/nix/store2/x"));
}

#[test]
fn what_is_no_path_is_said_in_nixs_words() {
    let message = |base_name: &str| match StorePath::from_base_name(base_name) {
        Ok(path) => panic!("{path} is one"),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        message("short"),
        "'short' is too short to be a valid store path"
    );
    let hash_part = "7g5giqf764p3y3zv7a8rqsy9sqqq5kw4";
    assert_eq!(
        message(&format!("{hash_part}_x")),
        format!(
            "'{hash_part}_x' can't name a store path because the hash part is not followed by a '-'"
        )
    );
    assert_eq!(
        message("7g5giqf764p3y3zv7a8rqsy9sqqq5kwe-x"),
        "store path '7g5giqf764p3y3zv7a8rqsy9sqqq5kwe-x' contains illegal base-32 character 'e'"
    );
    assert_eq!(
        message(&format!("{hash_part}-a b")),
        format!(
            "path '{hash_part}-a b' is not a valid store path: \
             name 'a b' contains illegal character ' '"
        )
    );
    for name in ["", ".", "..", ".-x", "..-x", "ä", &"x".repeat(212)] {
        assert!(check_name(name).is_err(), "{name}");
    }
    for name in [".x", "...", "..x", "-", &"x".repeat(211)] {
        assert_eq!(check_name(name), Ok(()), "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_parsing_panic(text in "\\PC{0,60}") {
        let _ = StorePath::from_base_name(&text);
        let _ = StoreDir::default().parse(&format!("/nix/store/{text}"));
        let _ = StoreDir::default().parse_within(&format!("/nix/store/{text}"));
        let _ = StoreDir::new(&text);
    }

    #[test]
    fn a_path_is_read_as_it_is_written(hash in any::<[u8; 20]>(), name in "[0-9a-zA-Z+_?=][0-9a-zA-Z+._?=-]{0,40}") {
        let store = StoreDir::default();
        let path = StorePath::new(&hash, &name).expect("a name");
        prop_assert_eq!(store.parse(&store.print(&path)), Ok(path));
    }
}
