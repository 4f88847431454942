//! Shells with the environment of a builder, and expressions that have no end.

use testutils::{Ran, Sandbox};

use crate::support::{has_namespaces, sandbox};

/// A derivation whose attributes are structured, built by the machine's own `bash`.
const STRUCTURED: &str = "derivation { name = \"structured\"; system = builtins.currentSystem; \
                          builder = builtins.getEnv \"BASH_PROGRAM\"; __structuredAttrs = true; \
                          list = [ \"a\" \"b c\" ]; outputs = [ \"out\" ]; }";

fn run(sandbox: &Sandbox, words: &[&str]) -> Ran {
    let bash = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|directory| directory.join("bash"))
        .find(|program| program.is_file())
        .expect("bash in PATH");
    let mut command = sandbox.program(words);
    command
        .env("BASH_PROGRAM", &bash)
        .env("NIX_BUILD_SHELL", &bash)
        .env(
            "NIX_CONFIG",
            "extra-experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =",
        );
    sandbox.finish(command)
}

/// What a shell has of the attributes, as variables and as JSON.
const SHOW: &str = "echo \"${list[1]}\"; grep -o '\"list\":.[^]]*' \"$NIX_ATTRS_JSON_FILE\"; \
                    grep -c 'declare -a list=' \"$NIX_ATTRS_SH_FILE\"";
const SHOWN: &str = "b c\n\"list\":[\"a\",\"b c\"\n1\n";

#[test]
fn nix_shell_has_structured_attributes() {
    let sandbox = sandbox();
    let ran = run(&sandbox, &["nix-shell", "-E", STRUCTURED, "--run", SHOW]);
    assert_eq!(ran.stdout, SHOWN, "{}", ran.stderr);
    assert_eq!(ran.code, 0);
}

#[test]
fn nix_develop_has_structured_attributes() {
    let sandbox = sandbox();
    // An exported array does not reach another program; the declarations do.
    let show = format!("source \"$NIX_ATTRS_SH_FILE\"; {SHOW}");
    let words = ["nix", "develop", "--impure", "--expr", STRUCTURED];
    let ran = run(
        &sandbox,
        &[&words[..], &["-c", "bash", "-c", &show]].concat(),
    );
    assert_eq!(ran.stdout, SHOWN, "{}", ran.stderr);
    assert_eq!(ran.code, 0);
}

#[test]
fn packages_without_end_are_an_error() {
    let sandbox = sandbox();
    let endless = "let x = { recurseForDerivations = true; more = x; }; in x";
    sandbox.write("endless.nix", endless);
    for words in [
        &["nix-instantiate", "--expr", endless][..],
        &["nix-env", "-qa", "-f", "endless.nix"],
    ] {
        let ran = run(&sandbox, words);
        assert_eq!(ran.code, 1, "{words:?}: {}", ran.stderr);
        assert!(
            ran.stderr
                .contains("stack overflow; max-call-depth exceeded"),
            "{words:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn programs_find_a_store_that_is_elsewhere() {
    if !has_namespaces("programs_find_a_store_that_is_elsewhere") {
        return;
    }
    let sandbox = sandbox();
    sandbox.succeed(["init"]);
    sandbox.write("x/data", "found");
    let root = sandbox.home().join("root");
    let store = format!("local?root={}", root.display());
    let show = "case $PATH in /nix/store/*-home-manager-path/bin:*) echo first;; esac; pwd; \
                echo ${__HM_SESS_VARS_SOURCED-unset}; exit 7";
    let mut command = sandbox.program(["run", "--store", &store, "--", "sh", "-c", show]);
    command
        .env_remove("NIX_STORE_DIR")
        .env_remove("NIX_STATE_DIR");
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert_eq!(ran.stdout, "first\n/ROOT/home\n1\n", "{}", ran.stderr);
    assert!(root.join("nix/store").is_dir());
}

#[test]
fn packages_whose_programs_are_elsewhere_are_refused() {
    let sandbox = sandbox();
    let package = sandbox.home().join("package");
    std::fs::create_dir(&package).expect("a directory");
    std::os::unix::fs::symlink("/usr/bin", package.join("bin")).expect("a link");
    let mut add = sandbox.program(["nix-store", "--add"]);
    let added = add.arg(&package).output().expect("a program").stdout;
    let path = String::from_utf8(added).expect("a path");
    let ran = run(&sandbox, &["nix", "shell", path.trim_end(), "-c", "true"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stderr,
        "error: path '/usr/bin' is not in the Nix store\n"
    );
}
