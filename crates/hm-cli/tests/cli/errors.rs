//! What a user sees when the configuration is wrong: the message, their own file and line, what to
//! do. Each mistake is a snapshot.

use crate::support::configured;

fn failure(module: &str) -> String {
    let sandbox = configured(module);
    // The first run also tells that it locks the flake.
    sandbox.run(["build", "--no-out-link"]);
    let ran = sandbox.run(["build", "--no-out-link"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    ran.stderr
}

#[test]
fn unknown_option() {
    insta::assert_snapshot!(failure("  programs.gti.enable = true;"));
}

#[test]
fn wrong_type() {
    insta::assert_snapshot!(failure("  programs.git.enable = \"yes\";"));
}

#[test]
fn conflicting_definitions() {
    insta::assert_snapshot!(failure(
        "  imports = [ { programs.git.enable = true; } ];\n  programs.git.enable = false;"
    ));
}

#[test]
fn missing_attribute() {
    insta::assert_snapshot!(failure("  home.file.\"a\".text = config.home.usrname;"));
}

#[test]
fn undefined_variable() {
    insta::assert_snapshot!(failure("  home.file.\"a\".text = nothere;"));
}

#[test]
fn infinite_recursion() {
    insta::assert_snapshot!(failure(
        "  home.file.\"a\".text = config.home.file.\"b\".text;\n  home.file.\"b\".text = \
         config.home.file.\"a\".text;"
    ));
}

#[test]
fn syntax_error() {
    insta::assert_snapshot!(failure(
        "  home.file.\"a\".text = \"x\"\n  home.file.\"b\".text = \"y\";"
    ));
}

#[test]
fn missing_file() {
    insta::assert_snapshot!(failure("  home.file.\"a\".source = ./nothere;"));
}

#[test]
fn missing_import() {
    insta::assert_snapshot!(failure("  imports = [ ./nothere.nix ];"));
}

#[test]
fn package_that_is_not_embedded() {
    insta::assert_snapshot!(failure("  home.packages = [ pkgs.firefox ];"));
}

#[test]
fn failed_assertion() {
    insta::assert_snapshot!(failure(
        "  assertions = [ { assertion = false; message = \"the moon is not full\"; } ];"
    ));
}

#[test]
fn no_configuration() {
    let sandbox = crate::support::sandbox();
    let ran = sandbox.run(["switch"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stderr);
}
