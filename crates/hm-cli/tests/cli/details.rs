//! What is told to those who ask for more.

use testutils::Sandbox;

use crate::support::sandbox;

fn told(sandbox: &Sandbox, words: &[&str]) -> String {
    let features = ["--extra-experimental-features", "nix-command flakes"];
    let ran = sandbox.run(["nix"].iter().chain(&features).chain(words));
    assert_eq!(ran.code, 0, "{words:?}: {}", ran.stderr);
    ran.stderr
}

#[test]
fn copies_to_the_store_are_told_from_two_v_on() {
    let sandbox = sandbox();
    sandbox.write("tree/file", "text");
    let tree = sandbox.home().join("tree").display().to_string();
    let text = format!("(builtins.fetchTree {{ type = \"path\"; path = \"{tree}\"; }}).outPath");
    let evaluation = ["eval", "--impure", "--raw", "--expr", &text];
    let once = told(&sandbox, &[&evaluation[..], &["-v"]].concat());
    assert_eq!(once, "");
    // What the store has already is not copied again.
    sandbox.write("tree/other", "text");
    let twice = told(&sandbox, &[&evaluation[..], &["-vv"]].concat());
    assert_eq!(twice, "copying \"/ROOT/home/tree\" to the store\n");
}

#[test]
fn a_flake_that_needs_more_of_its_repository_is_fetched_again() {
    let sandbox = sandbox();
    sandbox.write(
        "flake/flake.nix",
        "{ inputs.self.submodules = true; outputs = inputs: { answer = 42; }; }",
    );
    let directory = sandbox.home().join("flake");
    for words in [&["init", "--quiet"][..], &["add", "flake.nix"]] {
        let ran = sandbox.finish({
            let mut git = sandbox.command("git");
            git.args(words).current_dir(&directory);
            git
        });
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let reference = format!("{}#answer", directory.display());
    let few = told(&sandbox, &["eval", &reference, "-vv"]);
    assert!(!few.contains("refetching"), "{few}");
    let many = told(&sandbox, &["eval", &reference, "-vvv"]);
    let expected =
        "refetching input 'git+file:///ROOT/home/flake?submodules=1' due to self attribute";
    assert!(many.contains(expected), "{many}");
}
