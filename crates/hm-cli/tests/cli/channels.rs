//! Channels: subscribed to, fetched, found by `<name>` and by `nix-env`, gone back from.

use testutils::web::{Reply, Server, file_reply};
use testutils::{Ran, Sandbox};

use crate::support::sandbox;

/// Runs one of Nix's commands.
fn run(sandbox: &Sandbox, words: &[&str]) -> Ran {
    let mut command = sandbox.program(words);
    command.env("NIX_CONFIG", "download-attempts = 1\nsubstituters =");
    sandbox.finish(command)
}

fn succeed(sandbox: &Sandbox, words: &[&str]) -> String {
    let ran = run(sandbox, words);
    assert_eq!(ran.code, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// Makes an archive of an expression with one package, at a path below the home.
fn publish(sandbox: &Sandbox, archive: &str, version: &str) {
    let expression = format!(
        "{{ hello = derivation {{ name = \"hello-{version}\"; system = builtins.currentSystem; \
         builder = \"/bin/sh\"; }}; version = \"{version}\"; }}"
    );
    sandbox.write("source/expressions/default.nix", expression);
    let archive = sandbox.home().join(archive);
    let directory = archive.parent().expect("a directory");
    std::fs::create_dir_all(directory).expect("a directory");
    let mut command = sandbox.command("tar");
    command.arg("-C").arg(sandbox.home().join("source"));
    command.arg("-cf").arg(archive).arg("expressions");
    assert_eq!(sandbox.finish(command).code, 0);
}

fn version(sandbox: &Sandbox, path: &str) -> String {
    let expression = format!("(import <{path}>).version");
    let words = ["nix-instantiate", "--eval", "-E", &expression];
    succeed(sandbox, &words).trim().trim_matches('"').to_owned()
}

#[test]
fn a_channel_of_files_is_updated_and_rolled_back() {
    let sandbox = sandbox();
    let url = format!("file://{}/published/mine-stable", sandbox.home().display());
    succeed(&sandbox, &["nix-channel", "--add", &url]);
    assert_eq!(sandbox.read(".nix-channels"), format!("{url} mine\n"));
    publish(&sandbox, "published/mine-stable/nixexprs.tar.bz2", "1.0");
    succeed(&sandbox, &["nix-channel", "--update"]);
    assert_eq!(version(&sandbox, "mine"), "1.0");
    assert_eq!(version(&sandbox, "mine/default.nix"), "1.0");
    let available = ["nix-env", "-qa", "--no-name", "--attr-path", "hello"];
    assert_eq!(succeed(&sandbox, &available).trim(), "mine.hello");

    // What is preferred is now there too; the other channel is an archive itself.
    publish(&sandbox, "published/mine-stable/nixexprs.tar.xz", "2.0");
    publish(&sandbox, "other.tar.gz", "9.0");
    let other = format!("file://{}/other.tar.gz", sandbox.home().display());
    succeed(&sandbox, &["nix-channel", "--add", &other, "other"]);
    succeed(&sandbox, &["nix-channel", "--update", "other"]);
    assert_eq!(version(&sandbox, "other"), "9.0");
    assert_eq!(version(&sandbox, "mine"), "1.0", "only one was updated");
    succeed(&sandbox, &["nix-channel", "--update"]);
    assert_eq!(version(&sandbox, "mine"), "2.0");

    let generations = succeed(&sandbox, &["nix-channel", "--list-generations"]);
    assert_eq!(generations.lines().count(), 3, "{generations}");
    succeed(&sandbox, &["nix-channel", "--rollback"]);
    assert_eq!(version(&sandbox, "mine"), "1.0");
    succeed(&sandbox, &["nix-channel", "--rollback", "3"]);
    assert_eq!(version(&sandbox, "mine"), "2.0");
    succeed(&sandbox, &["nix-channel", "--remove", "mine"]);
    let listed = succeed(&sandbox, &["nix-channel", "--list"]);
    assert_eq!(listed, "other file:///ROOT/home/other.tar.gz\n");
    let gone = run(&sandbox, &["nix-instantiate", "--eval", "-E", "<mine>"]);
    assert_eq!(gone.code, 1, "{}", gone.stdout);
}

#[test]
fn a_channel_of_a_server_comes_from_where_it_leads_to() {
    let sandbox = sandbox();
    publish(&sandbox, "www/releases/mine-1.5/nixexprs.tar.xz", "1.5");
    sandbox.write("www/releases/mine-1.5/index.html", "a release");
    let directory = sandbox.home().join("www");
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/mine-unstable" => Reply::status(302, "").header("Location", "/releases/mine-1.5/"),
        "/releases/mine-1.5/" => Reply::ok("a release"),
        _ => file_reply(&directory, asked),
    });
    let url = format!("{}/mine-unstable", server.url());
    succeed(&sandbox, &["nix-channel", "--add", &url]);
    succeed(&sandbox, &["nix-channel", "--update"]);
    assert_eq!(version(&sandbox, "mine"), "1.5");
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    let expected = [
        "/mine-unstable",
        "/releases/mine-1.5/",
        "/releases/mine-1.5/nixexprs.tar.xz",
    ];
    assert_eq!(asked, expected);
}

#[test]
fn what_is_no_channel_is_refused() {
    let sandbox = sandbox();
    let refused = |words: &[&str], code: i32, message: &str| {
        let ran = run(&sandbox, words);
        assert_eq!(ran.code, code, "{words:?}");
        assert!(ran.stderr.contains(message), "{words:?}: {}", ran.stderr);
    };
    let add = ["nix-channel", "--add"];
    refused(
        &[add[0], add[1], "ftp://a/b"],
        1,
        "invalid channel URL 'ftp://a/b'",
    );
    refused(
        &[add[0], add[1], "https://a/b", "b/c"],
        1,
        "invalid channel identifier 'b/c'",
    );
    refused(&["nix-channel"], 1, "no command specified");
    publish(&sandbox, "two/nixexprs.tar.xz", "1");
    // Two things at the top of an archive are no channel.
    let mut command = sandbox.command("tar");
    command.arg("-C").arg(sandbox.home());
    command.arg("-cf").arg(sandbox.home().join("bad.tar.xz"));
    command.args(["two", "source"]);
    assert_eq!(sandbox.finish(command).code, 0);
    let url = format!("file://{}/bad.tar.xz", sandbox.home().display());
    succeed(&sandbox, &["nix-channel", "--add", &url, "bad"]);
    refused(
        &["nix-channel", "--update"],
        100,
        "contains more than one file",
    );
}
