//! Objects of other stores in programs, as they are or known by their contents.

use testutils::Sandbox;
use testutils::web::Server;

use crate::support::sandbox;

/// What a command of `nix` prints, with hashes as they are, and whether it succeeds.
fn nix(sandbox: &Sandbox, words: &[&str]) -> (bool, String, String) {
    let features = "nix-command fetch-closure";
    let mut arguments = vec!["nix", "--extra-experimental-features", features];
    arguments.extend(words);
    let mut command = sandbox.program(&arguments);
    let ran = command
        .env("NIX_CONFIG", "sandbox = false")
        .output()
        .expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    (ran.status.success(), text(&ran.stdout), text(&ran.stderr))
}

fn succeed(sandbox: &Sandbox, words: &[&str]) -> String {
    let (success, output, errors) = nix(sandbox, words);
    assert!(success, "nix {words:?}: {output}{errors}");
    output
}

fn fail(sandbox: &Sandbox, words: &[&str]) -> String {
    let (success, output, errors) = nix(sandbox, words);
    assert!(!success, "nix {words:?}: {output}");
    errors
}

#[test]
fn a_closure_is_fetched_and_known_by_its_contents() {
    let sandbox = sandbox();
    let made = "derivation { name = \"made\"; system = builtins.currentSystem; \
                builder = \"/bin/sh\"; args = [ \"-c\" \"echo $out > $out\" ]; }";
    let build = [
        "build",
        "--impure",
        "--no-link",
        "--print-out-paths",
        "--expr",
        made,
    ];
    let from = succeed(&sandbox, &build);
    let cache = sandbox.root().join("cache");
    let file = format!("file://{}", cache.display());
    succeed(&sandbox, &["copy", "--to", &file, &from]);
    let delete = || succeed(&sandbox, &["store", "gc"]);
    delete();

    let server = Server::of_files(&cache);
    let program = |more: &str| {
        format!(
            "builtins.fetchClosure {{ fromStore = \"{}\"; fromPath = \"{}\"; {more} }}",
            server.url(),
            &from
        )
    };
    let words = ["eval", "--raw", "--expr", &program("toPath = \"\";")];
    let said = fail(&sandbox, &words);
    let to = said
        .split("yielded '")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap_or_else(|| panic!("{said}"));
    delete();
    let to_path = program(&format!("toPath = \"{to}\";"));
    let path = succeed(&sandbox, &["eval", "--raw", "--expr", &to_path]);
    assert_eq!(path, to);
    let contents = succeed(&sandbox, &["store", "cat", to]);
    assert_eq!(contents, to, "it has its own new path in it");

    // As it is: only with a key that is trusted, and only when the program knows.
    let stays = program("inputAddressed = true;");
    let refused = fail(&sandbox, &["eval", "--raw", "--expr", &stays]);
    assert!(refused.contains("lacks a signature"), "{refused}");
    let words = ["eval", "--raw", "--no-require-sigs", "--expr", &stays];
    assert_eq!(succeed(&sandbox, &words), from);
    let words = ["eval", "--no-require-sigs", "--expr", &program("")];
    let said = fail(&sandbox, &words);
    assert!(said.contains("is input-addressed"), "{said}");
}
