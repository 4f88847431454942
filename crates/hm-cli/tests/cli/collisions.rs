//! Files of the user's in the way.

use crate::support::{configured, managed};

const THREE: &str = r#"
  home.file."one".text = "1";
  home.file."two/x".text = "2";
  home.file."three".text = "3";
"#;

#[test]
fn all_are_listed_and_nothing_is_changed() {
    let sandbox = configured(THREE);
    sandbox.write("one", "mine");
    sandbox.write("two", "mine");
    sandbox.write("three/deep", "mine");
    let before = managed(&sandbox);
    let ran = sandbox.run(["switch"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("collisions", ran.stderr);
    assert_eq!(managed(&sandbox), before);
    assert_eq!(
        sandbox.run(["generations"]).code,
        1,
        "no generation was made current"
    );
}

#[test]
fn backups_keep_everything() {
    let sandbox = configured(THREE);
    sandbox.write("one", "mine");
    sandbox.write("three/deep", "mine too");
    sandbox.succeed(["switch", "-b", "old"]);
    assert_eq!(sandbox.read("one"), "1");
    assert_eq!(sandbox.read("one.old"), "mine");
    assert_eq!(sandbox.read("three.old/deep"), "mine too");
}

#[test]
fn a_forced_file_replaces() {
    let sandbox = configured(r#"home.file."one" = { text = "1"; force = true; };"#);
    sandbox.write("one", "mine");
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("one"), "1");
}
