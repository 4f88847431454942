//! The commands of `nix` about flakes that a manual tells people to type, and what they say when
//! something is wrong with a flake.

use testutils::{Ran, Sandbox};

use crate::support::{configured, sandbox};

/// Runs `nix` without a network and without a registry.
fn nix(sandbox: &Sandbox, words: &[&str]) -> Ran {
    let mut arguments = vec!["nix"];
    arguments.extend(words);
    let mut command = sandbox.program(&arguments);
    command.env(
        "NIX_CONFIG",
        "flake-registry =\ndownload-attempts = 1\nconnect-timeout = 1",
    );
    sandbox.finish(command)
}

fn succeed(sandbox: &Sandbox, words: &[&str]) -> Ran {
    let ran = nix(sandbox, words);
    assert_eq!(ran.code, 0, "nix {words:?}: {}{}", ran.stdout, ran.stderr);
    ran
}

fn git(sandbox: &Sandbox, directory: &str, arguments: &[&str]) {
    let mut command = sandbox.command("git");
    command.arg("-C").arg(sandbox.home().join(directory));
    command
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments);
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 0, "git {arguments:?}: {}", ran.stderr);
}

#[test]
fn home_manager_is_run_by_its_name_and_a_branch() {
    for reference in ["home-manager/master", "home-manager/release-23.11"] {
        let sandbox = sandbox();
        let features = ["--extra-experimental-features", "nix-command flakes"];
        let mut words = features.to_vec();
        words.extend(["run", reference, "--", "init"]);
        succeed(&sandbox, &words);
        assert!(
            sandbox
                .read(".config/home-manager/flake.nix")
                .contains("homeConfigurations"),
            "{reference}"
        );
    }
}

#[test]
fn a_source_is_copied_to_the_store_only_if_the_value_depends_on_it() {
    let sandbox = sandbox();
    sandbox.write(
        "f/flake.nix",
        "{ outputs = { self }: { read = builtins.readFile ./data; place = ./data; \
         rev = self.rev or self.dirtyRev; hidden = builtins.pathExists ./untracked; }; }",
    );
    sandbox.write("f/data", "data");
    sandbox.write("f/untracked", "");
    git(&sandbox, "f", &["init", "-q"]);
    git(&sandbox, "f", &["add", "flake.nix", "data"]);
    git(&sandbox, "f", &["commit", "-q", "-m", "first"]);
    let eval = |name: &str| {
        let reference = format!("git+file://{}/f#{name}", sandbox.home().display());
        succeed(&sandbox, &["eval", &reference]).stdout
    };
    let copies = || {
        let store = std::fs::read_dir(sandbox.root().join("store"));
        store.map_or(0, |entries| {
            let names = entries.flatten().map(|entry| entry.file_name());
            names
                .filter(|name| name.to_string_lossy().ends_with("-source"))
                .count()
        })
    };
    assert_eq!(eval("read"), "\"data\"\n");
    assert_eq!(eval("hidden"), "false\n");
    assert_eq!(eval("rev").len(), 43);
    assert_eq!(copies(), 0);
    assert!(eval("place").ends_with("-source/data\n"));
    assert_eq!(copies(), 1);
}

#[test]
fn settings_of_a_flake_are_made_by_all_commands_if_they_are_trusted() {
    let sandbox = configured("");
    let text = sandbox.read(".config/home-manager/flake.nix");
    let asking = text.replacen('{', "{ nixConfig.eval-cache = false;", 1);
    sandbox.write(".config/home-manager/flake.nix", asking);
    let remembers = || {
        sandbox
            .home()
            .join(".cache/home-manager/evaluations")
            .exists()
    };
    let ignored = |options: &[&str]| {
        let mut words = vec!["build"];
        words.extend(options);
        let ran = sandbox.succeed(words);
        ran.stderr
            .contains("ignoring untrusted flake configuration setting 'eval-cache'")
    };
    assert!(!ignored(&["--accept-flake-config"]));
    assert!(!ignored(&["--option", "accept-flake-config", "true"]));
    let data = ".local/share/nix/trusted-settings.json";
    sandbox.write(data, r#"{ "eval-cache": { "false": true } }"#);
    assert!(!ignored(&[]) && !remembers());
    std::fs::remove_file(sandbox.home().join(data)).expect("it was there");
    assert!(ignored(&[]) && remembers());
}

#[test]
fn a_home_is_switched_to_by_the_directory_of_its_flake() {
    let sandbox = configured("  home.file.\"a\".text = \"b\";");
    let directory = sandbox.home().join(".config/home-manager");
    let directory = directory.display().to_string();
    sandbox.succeed([
        "--extra-experimental-features",
        "nix-command flakes",
        "switch",
        "--flake",
        &directory,
    ]);
    assert_eq!(sandbox.read("a"), "b");
}

#[test]
fn inputs_are_updated_all_or_one() {
    let sandbox = sandbox();
    for name in ["a", "b"] {
        sandbox.write(format!("{name}/flake.nix"), "{ outputs = _: { x = 1; }; }");
    }
    let home = sandbox.home().display().to_string();
    let flake = format!(
        "{{ inputs.a.url = \"path:{home}/a\"; inputs.b.url = \"path:{home}/b\"; \
         outputs = _: {{ }}; }}"
    );
    sandbox.write("f/flake.nix", flake);
    let hashes = || {
        let lock: serde_json::Value =
            serde_json::from_str(&sandbox.read("f/flake.lock")).expect("it is JSON");
        ["a", "b"].map(|name| lock["nodes"][name]["locked"]["narHash"].to_string())
    };
    succeed(&sandbox, &["flake", "lock", "./f"]);
    let first = hashes();
    for name in ["a", "b"] {
        sandbox.write(format!("{name}/flake.nix"), "{ outputs = _: { x = 2; }; }");
    }
    succeed(&sandbox, &["flake", "lock", "./f"]);
    assert_eq!(hashes(), first);
    succeed(&sandbox, &["flake", "lock", "--update-input", "b", "./f"]);
    let second = hashes();
    assert!(second[0] == first[0] && second[1] != first[1]);
    succeed(&sandbox, &["flake", "update", "--flake", "./f"]);
    assert_ne!(hashes()[0], first[0]);
}

#[test]
fn templates_are_had_without_a_network() {
    let sandbox = sandbox();
    for (name, file) in [("nixos", "flake.nix"), ("nix-darwin", "flake.nix")] {
        let template = format!("github:nix-community/home-manager#{name}");
        let ran = succeed(
            &sandbox,
            &["flake", "new", name, "-t", &template, "--offline"],
        );
        assert!(
            ran.stderr
                .contains("the templates that this program carries")
        );
        assert!(
            sandbox
                .read(format!("{name}/{file}"))
                .contains("home-manager")
        );
    }
    // What is there is not written over.
    sandbox.write("nixos/flake.nix", "mine");
    let template = "github:nix-community/home-manager#nixos";
    let ran = nix(
        &sandbox,
        &["flake", "new", "nixos", "-t", template, "--offline"],
    );
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("refusing to overwrite existing file"));
    assert_eq!(sandbox.read("nixos/flake.nix"), "mine");
}

#[test]
fn names_are_added_listed_and_removed() {
    let sandbox = sandbox();
    sandbox.write("a/flake.nix", "{ outputs = _: { x = 1; }; }");
    succeed(
        &sandbox,
        &["registry", "add", "thing", "path:/somewhere?dir=below"],
    );
    let listed = succeed(&sandbox, &["registry", "list"]).stdout;
    let (user, built_in) = listed.split_once('\n').expect("lines");
    assert_eq!(user, "user   flake:thing path:/somewhere?dir=below");
    assert!(
        built_in.starts_with("built-in flake:home-manager path:"),
        "{listed}"
    );
    let resolved = succeed(&sandbox, &["registry", "resolve", "thing"]).stdout;
    assert_eq!(resolved, "path:/somewhere?dir=below\n");
    let home = sandbox.home().display().to_string();
    succeed(
        &sandbox,
        &["registry", "pin", "thing", &format!("path:{home}/a")],
    );
    let listed = succeed(&sandbox, &["registry", "list"]).stdout;
    assert!(listed.contains("narHash="), "{listed}");
    succeed(&sandbox, &["registry", "remove", "thing"]);
    let listed = succeed(&sandbox, &["registry", "list"]).stdout;
    assert!(!listed.contains("thing"), "{listed}");
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

/// What is said, with what differs from run to run taken out.
fn said(ran: &Ran) -> String {
    let text = testutils::mask_store_hashes(&ran.stderr);
    let mut masked = String::new();
    for part in text.split_inclusive(['&', '?', '\'', ' ', '\n', '(']) {
        let (word, end) = part.split_at(part.len() - 1);
        let known = ["lastModified=", "narHash="];
        match known.iter().find(|name| word.starts_with(**name)) {
            Some(name) => masked.push_str(&format!("{name}…{end}")),
            None if is_date(word) => masked.push_str(&format!("DATE){end}")),
            None => masked.push_str(part),
        }
    }
    masked
}

/// Whether a word is a date, with the bracket after it.
fn is_date(word: &str) -> bool {
    let digits: Vec<&str> = word.trim_end_matches(')').split('-').collect();
    word.ends_with(')')
        && digits.len() == 3
        && digits
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn wrong(inputs: &str, words: &[&str], code: i32) -> String {
    let sandbox = sandbox();
    let home = sandbox.home().display().to_string();
    sandbox.write("other/flake.nix", "{ outputs = _: { x = 1; }; }");
    let inputs = inputs.replace("HOME", &home);
    sandbox.write(
        "f/flake.nix",
        format!("{{\n  {inputs}\n  outputs = _: {{ }};\n}}\n"),
    );
    let ran = nix(&sandbox, words);
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    said(&ran)
}

#[test]
fn an_input_that_follows_nothing() {
    insta::assert_snapshot!(wrong(
        "inputs.a.follows = \"nothing\";",
        &["flake", "lock", "./f"],
        1
    ));
}

#[test]
fn inputs_that_follow_each_other() {
    insta::assert_snapshot!(wrong(
        "inputs.a.follows = \"b\"; inputs.b.follows = \"a\";",
        &["flake", "lock", "./f"],
        1
    ));
}

#[test]
fn a_name_that_no_registry_has() {
    insta::assert_snapshot!(wrong("inputs.nothing = { };", &["flake", "lock", "./f"], 1));
}

#[test]
fn a_host_that_cannot_be_reached() {
    insta::assert_snapshot!(wrong(
        "inputs.a.url = \"http://127.0.0.1:1/x.tar.gz\";",
        &["flake", "lock", "./f"],
        1
    ));
}

#[test]
fn another_machine_when_offline() {
    insta::assert_snapshot!(wrong(
        "inputs.a.url = \"github:o/r\";",
        &["flake", "lock", "./f", "--offline"],
        1
    ));
}

#[test]
fn a_tree_that_has_changed_since_it_was_locked() {
    let hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let text = wrong(
        &format!("inputs.a.url = \"path:HOME/other?narHash={hash}\";"),
        &["flake", "lock", "./f"],
        102,
    );
    insta::assert_snapshot!(text);
}

#[test]
fn a_missing_lock_file_that_may_not_be_written() {
    insta::assert_snapshot!(wrong(
        "inputs.a.url = \"path:HOME/other\";",
        &["flake", "metadata", "./f", "--no-write-lock-file"],
        0
    ));
}

#[test]
fn a_lock_file_that_must_not_change() {
    insta::assert_snapshot!(wrong(
        "inputs.a.url = \"path:HOME/other\";",
        &["flake", "metadata", "./f", "--no-update-lock-file"],
        1
    ));
}

#[test]
fn settings_of_a_flake_are_not_made_without_trust() {
    insta::assert_snapshot!(wrong(
        "nixConfig.extra-substituters = [ \"https://a\" ]; nixConfig.bash-prompt = \"> \";",
        &["flake", "check", "./f"],
        0
    ));
}

#[test]
fn a_tree_with_changes_and_a_file_that_git_does_not_track() {
    let sandbox = sandbox();
    sandbox.write("f/flake.nix", "{ outputs = _: { }; }");
    git(&sandbox, "f", &["init", "-q"]);
    let ran = nix(&sandbox, &["flake", "metadata", "./f"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("untracked_flake", said(&ran));
    git(&sandbox, "f", &["add", "."]);
    git(&sandbox, "f", &["commit", "-q", "-m", "x"]);
    assert_eq!(said(&succeed(&sandbox, &["flake", "metadata", "./f"])), "");
    sandbox.write("f/flake.nix", "{ outputs = _: { x = 1; }; }");
    let ran = succeed(&sandbox, &["flake", "metadata", "./f"]);
    insta::assert_snapshot!("dirty_tree", said(&ran));
}

#[test]
fn a_branch_that_was_moved_away() {
    let sandbox = sandbox();
    sandbox.write("r/flake.nix", "{ outputs = _: { }; }");
    git(&sandbox, "r", &["init", "-q"]);
    git(&sandbox, "r", &["add", "."]);
    git(&sandbox, "r", &["commit", "-q", "-m", "x"]);
    let home = sandbox.home().display().to_string();
    sandbox.write(
        "f/flake.nix",
        format!("{{ inputs.a.url = \"git+file://{home}/r?ref=gone\"; outputs = _: {{ }}; }}"),
    );
    let ran = nix(&sandbox, &["flake", "lock", "./f"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(said(&ran));
}

#[test]
fn a_path_that_leads_out_of_a_flake_is_refused_and_names_nothing_in_the_store() {
    let sandbox = sandbox();
    sandbox.write(
        "a/flake.nix",
        "{ inputs.b.url = \"path:../other\"; outputs = inputs: { }; }",
    );
    let lock = |options: &[&str]| {
        let features = ["--extra-experimental-features", "nix-command flakes"];
        let command = ["flake", "lock", "./a"];
        sandbox.run(
            ["nix"]
                .iter()
                .chain(&features)
                .chain(&command)
                .chain(options),
        )
    };
    let pure = lock(&[]);
    assert_eq!(pure.code, 1);
    let expected = "/other/flake.nix' is forbidden in pure evaluation mode";
    assert!(pure.stderr.contains(expected), "{}", pure.stderr);
    let impure = lock(&["--impure"]);
    assert_eq!(impure.code, 1);
    let expected = "'other' is too short to be a valid store path";
    assert!(impure.stderr.contains(expected), "{}", impure.stderr);
}
