//! Builders that use the store themselves, in a sandbox and without one.

use testutils::{Ran, Sandbox};

use crate::support::sandbox;

/// Runs `nix` with these settings.
fn nix(sandbox: &Sandbox, settings: &str, words: &[&str]) -> Ran {
    let mut arguments = vec!["nix"];
    arguments.extend(words);
    let mut command = sandbox.program(&arguments);
    let program = env!("CARGO_BIN_EXE_home-manager");
    command.env(
        "NIX_CONFIG",
        format!("substituters =\nextra-sandbox-paths = {program}\n{settings}"),
    );
    sandbox.finish(command)
}

/// A derivation whose builder runs this script, in which `nix` is the program under test.
fn write_derivation(sandbox: &Sandbox, script: &str) {
    let program = env!("CARGO_BIN_EXE_home-manager");
    let text = format!(
        r#"derivation {{
  name = "outer";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  requiredSystemFeatures = [ "recursive-nix" ];
  input = builtins.toFile "input" "an input";
  args = [ "-euc" ''
    export PATH=/usr/local/bin:/usr/bin:/bin HOME=$TMPDIR
    fails() {{ if "$@"; then echo "did not fail: $*"; exit 1; fi; }}
    nix() {{ {program} nix --experimental-features nix-command "$@"; }}
{script}
  '' ];
}}
"#
    );
    sandbox.write("outer.nix", text);
}

const SCRIPT: &str = r#"
    nix path-info "$input"
    test "$(nix store cat "$input")" = "an input"
    # What it does not depend on is not there.
    fails nix path-info "$hidden"
    fails nix build --no-link "$hidden"
    fails nix store cat "$hidden"
    test "$(nix path-info --all | wc -l)" = 1

    # What it adds is, and can be read.
    echo added > added
    added=$(nix store add-path ./added)
    test "$(cat "$added")" = added
    nix path-info "$added"
    mkdir tree
    ln -s nowhere tree/link
    tree=$(nix store add-path ./tree)
    test "$(readlink "$tree/link")" = nowhere

    # What it builds is, too.
    built=$(nix build --impure --no-link --print-out-paths --expr '
      derivation {
        name = "inner";
        system = builtins.currentSystem;
        builder = "/bin/sh";
        other = builtins.toFile "other" "other";
        args = [ "-c" "echo $other > $out" ];
      }
    ')
    cat "$built"
    mkdir "$out"
    ln -s "$added" "$out/added"
    ln -s "$built" "$out/built"
"#;

fn skipped(reason: &str) {
    use std::io::Write;
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "skipped: {reason}");
}

fn names(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| {
        let name = line.rsplit('/').next().unwrap_or(line);
        name.trim_start_matches("HASH-").to_owned()
    });
    let mut names: Vec<String> = lines.collect();
    names.sort();
    names
}

fn builders_use_the_store(settings: &str, script: &str) {
    let sandbox = sandbox();
    let settings = format!("{settings}\nextra-experimental-features = recursive-nix");
    sandbox.write("hidden", "hidden");
    let mut command = sandbox.program(["nix", "store", "add-path", "./hidden"]);
    let output = command.output().expect("started");
    let hidden = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(hidden.ends_with("-hidden"), "{hidden}");
    // As a text without context, it is no input.
    let script = [SCRIPT, script].concat().replace("$hidden", &hidden);
    write_derivation(&sandbox, &script);
    let build = ["build", "--impure", "-L", "-f", "outer.nix", "-o", "result"];
    let ran = nix(&sandbox, &settings, &build);
    if ran
        .stderr
        .contains("does not support the kernel namespaces")
    {
        skipped("this machine allows no sandbox");
        return;
    }
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let closure = nix(&sandbox, &settings, &["path-info", "-r", "./result"]);
    assert_eq!(names(&closure.stdout), ["added", "inner", "other", "outer"]);
}

#[test]
fn without_a_sandbox() {
    builders_use_the_store("sandbox = false", "");
}

#[test]
fn in_a_sandbox() {
    let script = r#"
    fails test -e "$hidden"
    fails sh -c 'echo changed > "$0"' "$added"
    "#;
    builders_use_the_store("sandbox = true\nsandbox-fallback = false", script);
}

#[test]
fn only_as_an_experimental_feature() {
    let sandbox = sandbox();
    write_derivation(&sandbox, "echo > $out");
    let build = ["build", "--impure", "-f", "outer.nix", "--no-link"];
    let refused = |settings: &str, message: &str| {
        let ran = nix(&sandbox, settings, &build);
        assert_ne!(ran.code, 0);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    };
    refused("", "Required features: {recursive-nix}");
    refused(
        "system-features = recursive-nix",
        "experimental Nix feature 'recursive-nix' is disabled",
    );
}

/// What appears in a sandbox is put there by somebody who sees what is outside of it.
#[test]
fn links_of_a_builder_are_not_followed_out_of_its_sandbox() {
    let sandbox = sandbox();
    let settings = "sandbox = true\nsandbox-fallback = false\n\
                    extra-experimental-features = nix-command recursive-nix";
    sandbox.write("victim", "kept");
    sandbox.write("added", "added\n");
    let added = sandbox
        .program(["nix-store", "--add", "./added"])
        .output()
        .expect("started");
    let added = String::from_utf8_lossy(&added.stdout).trim().to_owned();
    let deleted = nix(&sandbox, settings, &["store", "delete", &added]);
    assert_eq!(deleted.code, 0, "{}", deleted.stderr);
    let script = format!(
        "    ln -s {} {added}\n    echo added > added\n    \
         if nix store add-path ./added; then echo it appeared; fi\n    echo > $out\n",
        sandbox.home().join("victim").display()
    );
    write_derivation(&sandbox, &script);
    let build = ["build", "--impure", "-L", "-f", "outer.nix", "--no-link"];
    let ran = nix(&sandbox, settings, &build);
    if ran
        .stderr
        .contains("does not support the kernel namespaces")
    {
        skipped("this machine allows no sandbox");
        return;
    }
    assert_eq!(sandbox.read("victim"), "kept");
    assert!(!ran.stderr.contains("it appeared"), "{}", ran.stderr);
}
