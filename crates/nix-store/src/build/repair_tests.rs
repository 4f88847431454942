//! Checking and repairing.

use std::fs;
use std::path::Path;

use super::*;
use crate::testing::{SYSTEM, TestStore, With as _, script};

#[test]
fn what_is_built_again_is_compared() {
    let store = TestStore::new();
    let counter = store.directory().join("count");
    let text = format!(
        "echo x >> {0}; read -r a < {0}; echo $a > $out",
        counter.display()
    );
    let same = store.derive(script("same", &text));
    let other = store.derive(script(
        "other",
        &format!(
            "echo x >> {0}; while read -r a; do echo $a; done < {0} > $out",
            counter.display()
        ),
    ));
    let mut options = BuildOptions::new(SYSTEM);
    options.mode = BuildMode::Check;
    options.keep_failed = true;
    let build = |derivation: &StorePath, options: &BuildOptions| {
        let wanted = [Wanted::all_of(derivation.clone())];
        store.build(&wanted, options, &Cancellation::new(), &Unobserved)
    };
    let errors = build(&same, &options).expect_err("not built yet");
    assert!(
        errors.to_string().contains("so checking is not possible"),
        "{errors}"
    );
    store.realise(&same).expect("built");
    build(&same, &options).expect("the same again");
    let out = store.realise(&other).expect("built");
    let errors = build(&other, &options).expect_err("something else");
    assert_eq!(errors.exit_code(), 104);
    let kept = format!("{}.check", store.layout().real_path(&out).display());
    assert!(
        errors
            .to_string()
            .ends_with(&format!("differs from '{kept}'")),
        "{errors}"
    );
    assert!(Path::new(&kept).exists());
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn what_was_damaged_is_repaired() {
    let store = TestStore::new();
    let derivation =
        store.derive(script("x", "echo $dev > $out; echo good > $dev").with_output("dev"));
    let out = store.realise(&derivation).expect("built");
    let dev = store.derivation_outputs(&derivation).expect("readable")["dev"].clone();
    let real_path = store.layout().real_path(&dev);
    fs::remove_file(&real_path).expect("deleted");
    fs::write(&real_path, "bad").expect("a file");
    assert!(!store.has_good_contents(&dev).expect("readable"));
    let mut options = BuildOptions::new(SYSTEM);
    options.mode = BuildMode::Repair;
    let wanted = [Wanted::all_of(derivation)];
    store
        .build(&wanted, &options, &Cancellation::new(), &Unobserved)
        .expect("repaired");
    assert!(store.verify(true).expect("readable").is_empty());
    assert_eq!(store.read(&dev, ""), "good\n");
    assert_eq!(
        store.read(&out, ""),
        format!("{}\n", store.layout().print(&dev))
    );
}

#[test]
fn what_was_damaged_below_is_repaired_too() {
    let store = TestStore::new();
    let input = store.derive(script("input", "echo good > $out"));
    let lower = store.realise(&input).expect("built");
    let user = |name: &str| {
        let path = store.layout().print(&lower);
        store.derive(script(name, &format!("echo {path} > $out")).with_input(&input, &["out"]))
    };
    let (built, missing) = (user("built"), user("missing"));
    store.realise(&built).expect("built");
    let real_path = store.layout().real_path(&lower);
    let mut options = BuildOptions::new(SYSTEM);
    options.mode = BuildMode::Repair;
    // Both when the object that refers to it is good, and when it is made anew.
    for derivation in [built, missing] {
        fs::remove_file(&real_path).expect("deleted");
        fs::write(&real_path, "bad").expect("a file");
        let wanted = [Wanted::all_of(derivation)];
        store
            .build(&wanted, &options, &Cancellation::new(), &Unobserved)
            .expect("repaired");
        assert!(store.verify(true).expect("readable").is_empty());
        assert_eq!(store.read(&lower, ""), "good\n");
    }
}
