//! What a user gives for safety is honoured or refused: each setting and attribute is seen to bite.

use std::process::Command;

use testutils::{Ran, Sandbox};

use crate::support::sandbox;

const FEATURES: &str = "experimental-features = nix-command flakes fetch-tree verified-fetches\n\
                        flake-registry =\nsubstitute = false\nsandbox = false\n\
                        build-users-group =\n";

/// Runs `nix` with these settings.
fn nix(sandbox: &Sandbox, settings: &str, words: &[&str]) -> Ran {
    let mut command = sandbox.program(["nix"].iter().chain(words));
    command.env("NIX_CONFIG", format!("{FEATURES}{settings}"));
    sandbox.finish(command)
}

/// Runs a script in the root of the sandbox, with a Git that knows nothing of this machine.
fn shell(sandbox: &Sandbox, script: &str) {
    let mut command = Command::new("bash");
    command.args(["-euc", script]).current_dir(sandbox.root());
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@b"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@b"),
    ] {
        command.env(name, value);
    }
    let output = command.output().expect("bash starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}

fn assert_refused(ran: &Ran, reason: &str) {
    assert_ne!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
}

#[test]
fn signatures_of_commits_are_checked() {
    let sandbox = sandbox();
    shell(
        &sandbox,
        r"
        for name in right other; do ssh-keygen -q -t ed25519 -N '' -f $name -C $name; done
        for name in unsigned signed; do
            git init -q $name; echo $name > $name/f; git -C $name add f
        done
        git -C unsigned commit -qm unsigned
        git -C signed -c gpg.format=ssh -c user.signingkey=$PWD/right.pub commit -q -S -m signed
        # A repository cannot bring the program that checks it.
        git -C unsigned config gpg.ssh.program /bin/true
        git -C unsigned config gpg.program /bin/true
        ",
    );
    let key = |name: &str| {
        let text = std::fs::read_to_string(sandbox.root().join(name)).expect("a key");
        text.split(' ').nth(1).expect("a key").to_owned()
    };
    let root = sandbox.root().display().to_string();
    let fetch = |repository: &str, attributes: &str, settings: &str| {
        let expression = format!(
            "builtins.readFile (builtins.fetchGit {{ url = \"file://{root}/{repository}\"; \
             {attributes} }} + \"/f\")"
        );
        let words = ["eval", "--impure", "--raw", "--expr", &expression];
        nix(&sandbox, settings, &words)
    };
    let (right, other) = (key("right.pub"), key("other.pub"));
    let failed = "Commit signature verification on commit";
    // First without a key, so that everything is in the caches.
    for repository in ["unsigned", "signed"] {
        assert_eq!(fetch(repository, "", "").code, 0);
    }
    let keys = |key: &str| format!("publicKeys = [ {{ key = \"{key}\"; }} ];");
    let single = |key: &str| format!("publicKey = \"{key}\";");
    for attributes in [single(&right), keys(&right)] {
        assert_refused(&fetch("unsigned", &attributes, ""), failed);
        let ran = fetch("signed", &attributes, "");
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (0, "signed\n"),
            "{}",
            ran.stderr
        );
    }
    for attributes in [single(&other), keys(&other)] {
        assert_refused(&fetch("signed", &attributes, ""), "No principal matched");
    }
    assert_refused(&fetch("signed", "verifyCommit = true;", ""), failed);
    assert_refused(
        &fetch("signed", "verifyCommit = \"yes\";", ""),
        "verifyCommit",
    );
    assert_refused(&fetch("signed", "publicKeys = 1;", ""), "publicKeys");
    let without = "experimental-features = nix-command flakes\n";
    assert_refused(
        &fetch("signed", &single(&right), without),
        "'verified-fetches'",
    );

    // The key of an input stays in the lock file, and counts each time that it is used.
    let flake = |key: &str| {
        format!(
            "{{ inputs.s = {{ type = \"git\"; url = \"file://{root}/signed\"; flake = false; \
             {} }}; outputs = {{ s, ... }}: {{ f = builtins.readFile \"${{s}}/f\"; }}; }}",
            single(key)
        )
    };
    let reference = format!("path:{root}/user#f");
    sandbox.write(sandbox.root().join("user/flake.nix"), flake(&right));
    let ran = nix(&sandbox, "", &["eval", "--raw", &reference]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "signed\n"),
        "{}",
        ran.stderr
    );
    sandbox.write(sandbox.root().join("user/flake.nix"), flake(&other));
    assert_refused(&nix(&sandbox, "", &["eval", "--raw", &reference]), failed);
}

#[test]
fn no_program_of_a_repository_runs() {
    let sandbox = sandbox();
    shell(
        &sandbox,
        r#"
        git init -q g; cd g
        echo '{ outputs = _: { x = 1; }; }' > flake.nix; echo '* filter=f' > .gitattributes
        git add .; git commit -qm 1
        printf '#!/bin/sh\necho ran > %s/marker\ncat\n' "$PWD/.." > ../f; chmod +x ../f
        for key in filter.f.clean filter.f.smudge filter.f.process core.fsmonitor; do
            git config $key "$PWD/../f"
        done
        touch -d '1 hour ago' flake.nix
        "#,
    );
    let reference = format!("git+file://{}/g#x", sandbox.root().display());
    let ran = nix(&sandbox, "", &["eval", &reference]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "1\n"),
        "{}",
        ran.stderr
    );
    assert!(!sandbox.root().join("marker").exists());
}

#[test]
fn false_values_in_locks_are_refused() {
    let sandbox = sandbox();
    shell(
        &sandbox,
        "git init -q g; echo '{ outputs = _: { }; }' > g/flake.nix; git -C g add .; \
         git -C g commit -qm 1; git -C g rev-parse HEAD > rev",
    );
    let root = sandbox.root().display().to_string();
    let revision = std::fs::read_to_string(sandbox.root().join("rev")).expect("a revision");
    for attribute in ["lastModified = 7;", "revCount = 7;"] {
        let expression = format!(
            "(builtins.fetchGit {{ url = \"file://{root}/g\"; rev = \"{}\"; {attribute} }}).outPath",
            revision.trim()
        );
        let ran = nix(&sandbox, "", &["eval", "--impure", "--expr", &expression]);
        assert_refused(&ran, "attribute mismatch in input");
    }
    // In a lock file, and again after it was refused once.
    let flake = format!(
        "{{ inputs.d.url = \"git+file://{root}/g?ref=refs/heads/next\"; \
         outputs = {{ d, ... }}: {{ x = d.lastModified; }}; }}"
    );
    shell(
        &sandbox,
        "cd g; git checkout -q -b next; echo >> flake.nix; git commit -qam 2",
    );
    sandbox.write(sandbox.root().join("user/flake.nix"), flake);
    let user = format!("path:{root}/user");
    let locked = nix(&sandbox, "", &["flake", "lock", &user]);
    assert_eq!(locked.code, 0, "{}", locked.stderr);
    let lock = sandbox.root().join("user/flake.lock");
    let text = std::fs::read_to_string(&lock).expect("a lock file");
    let (before, after) = text.split_once("\"lastModified\": ").expect("a time");
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    sandbox.write(&lock, format!("{before}\"lastModified\": 7{after}"));
    shell(&sandbox, "git -C g commit -q --allow-empty -m 3");
    let elsewhere = sandbox.root().join("elsewhere");
    for _ in 0..2 {
        let mut command = sandbox.program(["nix", "eval", &format!("{user}#x")]);
        command.env("NIX_CONFIG", FEATURES);
        command.env("NIX_STORE_DIR", elsewhere.join("store"));
        command.env("NIX_STATE_DIR", elsewhere.join("var"));
        assert_refused(
            &sandbox.finish(command),
            "'lastModified' attribute mismatch",
        );
    }

    let expression = "builtins.fetchTree { type = \"github\"; owner = \"a\"; repo = \"b\"; \
                      host = \"localhost\"; rev = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"; }";
    let ran = nix(
        &sandbox,
        "trust-tarballs-from-git-forges = false\nconnect-timeout = 1\ndownload-attempts = 1\n",
        &["eval", "--expr", expression],
    );
    assert_refused(&ran, "doesn't fetch unlocked input");
}

#[test]
fn settings_of_a_flake_hold_in_every_command() {
    let sandbox = sandbox();
    let flake = r#"{
      nixConfig.max-call-depth = 20;
      outputs = _: let f = n: if n == 0 then 0 else 1 + f (n - 1); in {
        deep = f 50;
        packages.x86_64-linux.default = assert f 50 == 50; derivation {
          name = "d"; system = "x86_64-linux"; builder = "/bin/sh";
          args = [ "-c" "echo > $out" ];
        };
      };
    }"#;
    sandbox.write(sandbox.root().join("f/flake.nix"), flake);
    let path = format!("path:{}/f", sandbox.root().display());
    let deep = format!("{path}#deep");
    for words in [
        vec!["eval", &deep],
        vec!["build", "--no-link", &path],
        vec!["shell", &path, "-c", "true"],
        vec!["run", &path],
        vec!["search", &path, "^"],
    ] {
        let mut accepted = words.clone();
        accepted.insert(1, "--accept-flake-config");
        assert_refused(&nix(&sandbox, "", &accepted), "max-call-depth exceeded");
        let ran = nix(&sandbox, "", &words);
        let warnings = ran.stderr.matches("untrusted flake configuration").count();
        assert_eq!(warnings, 1, "{words:?}: {}", ran.stderr);
    }
}
