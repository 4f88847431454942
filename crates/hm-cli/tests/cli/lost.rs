//! Homes whose generation is gone or damaged, and collections of garbage beside switches.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use testutils::{Random, Sandbox};

use crate::support::{configure, configured};

/// Empties a file of the store, as a power cut can.
fn damage(sandbox: &Sandbox, link: &str, file: &str) {
    let path = sandbox
        .home()
        .join(link)
        .canonicalize()
        .expect("a generation");
    let file = path.join(file);
    let file = file.canonicalize().unwrap_or(file);
    make_writable(file.parent().expect("a directory"));
    make_writable(&file);
    fs::write(&file, "").expect("a damaged file");
}

fn make_writable(path: &Path) {
    let mut permissions = path.metadata().expect("a file of the store").permissions();
    #[allow(
        clippy::permissions_set_readonly_false,
        reason = "a store of the test's own"
    )]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).expect("own files");
}

const ROOT: &str = ".local/state/home-manager/gcroots/current-home";

#[test]
fn a_damaged_generation_blocks_nothing() {
    let sandbox = configured(r#"home.file."a".text = "1"; home.file."only/one".text = "1";"#);
    sandbox.succeed(["switch"]);
    configure(
        &sandbox,
        r#"home.file."a".text = "2"; home.file."only/two".text = "2";"#,
    );
    sandbox.succeed(["switch"]);
    damage(&sandbox, ROOT, "activation.json");
    let ran = sandbox.run(["status"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("its objects are lost"),
        "{}",
        ran.stdout
    );
    sandbox.succeed(["switch", "--rollback"]);
    assert_eq!(sandbox.read("a"), "1");
    assert_eq!(sandbox.read("only/one"), "1");
    assert!(fs::symlink_metadata(sandbox.home().join("only/two")).is_err());
    sandbox.succeed(["status"]);
}

#[test]
fn a_damaged_profile_of_packages_blocks_nothing() {
    let module = |name: &str| {
        format!(r#"home.packages = [ (pkgs.writeShellScriptBin "{name}" "echo hi") ];"#)
    };
    let sandbox = configured(&module("one"));
    sandbox.succeed(["switch"]);
    configure(&sandbox, &module("two"));
    sandbox.succeed(["switch"]);
    damage(
        &sandbox,
        ".local/state/nix/profiles/profile",
        "manifest.json",
    );
    let ran = sandbox.succeed(["switch", "--rollback"]);
    assert!(ran.stderr.contains("is damaged"), "{}", ran.stderr);
    assert!(sandbox.home().join(".nix-profile/bin/one").exists());
}

#[test]
fn a_home_whose_objects_were_deleted_is_told_of_and_made_again() {
    let sandbox = configured(r#"home.file."a".text = "1"; home.file."d/b".text = "1";"#);
    sandbox.succeed(["switch"]);
    for root in ["auto", "per-user"] {
        let _ = fs::remove_dir_all(sandbox.root().join("var/gcroots").join(root));
    }
    sandbox.succeed(["nix-store", "--gc"]);
    assert!(!sandbox.home().join("a").exists(), "it was collected");
    let ran = sandbox.run(["status"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("its objects are lost"),
        "{}",
        ran.stdout
    );
    configure(&sandbox, r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("a"), "1");
    assert!(
        fs::symlink_metadata(sandbox.home().join("d")).is_err(),
        "found and removed"
    );
    sandbox.succeed(["nix-store", "--gc"]);
    assert_eq!(sandbox.read("a"), "1");
}

/// How many collections beside switches: `HM_COLLECTIONS`.
fn rounds() -> usize {
    let given = std::env::var("HM_COLLECTIONS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(4)
}

#[test]
fn collections_beside_switches_delete_nothing_that_is_linked() {
    let mut random = Random(17);
    let sandbox = configured("");
    let all_lead_somewhere = |round: usize| {
        for link in ["a", "d/b", ".nix-profile/bin/greet", ROOT] {
            assert!(sandbox.home().join(link).exists(), "round {round}: {link}");
        }
    };
    for round in 0..rounds() {
        configure(
            &sandbox,
            &format!(
                r#"
                home.file."a".text = "{round}";
                home.file."d/b".text = "{round}";
                home.packages = [ (pkgs.writeShellScriptBin "greet" "echo {round}") ];
                home.activation.slow = lib.hm.dag.entryBefore [ "installPackages" ] "sleep 0.2";
                home.activation.slower = lib.hm.dag.entryAfter [ "linkGeneration" ] "sleep 0.1";
                "#
            ),
        );
        let mut switch = sandbox
            .program(["switch"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(random.below(1200) as u64));
        while switch.try_wait().expect("a child").is_none() {
            sandbox.run(["nix-store", "--gc"]);
        }
        let ran = switch.wait_with_output().expect("a child");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "round {round}: {said}");
        all_lead_somewhere(round);
        sandbox.succeed(["nix-store", "--gc"]);
        all_lead_somewhere(round);
        sandbox.succeed(["status"]);
        // Nothing of it is lost in the next round either.
        sandbox.succeed(["nix-store", "--verify"]);
    }
}

#[test]
fn a_generation_is_not_removed_while_it_is_switched_to() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    configure(
        &sandbox,
        r#"
        home.file."a".text = "2";
        home.activation.slow = lib.hm.dag.entryAfter [ "linkGeneration" ] "touch $HOME/slow; sleep 0.5";
        "#,
    );
    sandbox.succeed(["switch"]);
    sandbox.succeed(["switch", "--rollback"]);
    fs::remove_file(sandbox.home().join("slow")).expect("a file");
    let mut switch = sandbox
        .program(["switch", "--generation", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    while !sandbox.home().join("slow").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let ran = sandbox.run(["remove-generations", "2"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("is the current one and stays"),
        "{}",
        ran.stderr
    );
    assert!(switch.wait().expect("a child").success());
    sandbox.succeed(["status"]);
}
