//! The user's profile, in each place and as made by each program.

use std::os::unix::fs::symlink;
use std::path::Path;

use testutils::Sandbox;

use crate::support::{configure, configured};

const GREET: &str = r#"home.packages = [ (pkgs.writeShellScriptBin "greet" "echo hi") ];"#;

fn runs(sandbox: &Sandbox, program: impl AsRef<Path>) -> bool {
    let program = sandbox.home().join(program);
    std::process::Command::new(program)
        .output()
        .is_ok_and(|output| output.status.success())
}

#[test]
fn packages_go_to_the_profile_that_the_link_leads_to() {
    let sandbox = configured(GREET);
    let per_user = sandbox.root().join("per-user");
    std::fs::create_dir(&per_user).expect("a directory");
    symlink(
        per_user.join("profile"),
        sandbox.home().join(".nix-profile"),
    )
    .expect("a link");
    sandbox.succeed(["switch"]);
    assert!(runs(&sandbox, ".nix-profile/bin/greet"));
    assert!(per_user.join("profile-1-link").exists());
    sandbox.succeed(["status"]);
}

#[test]
fn a_profile_in_the_xdg_directory_is_linked() {
    let sandbox = configured(&format!(
        "{GREET}\nnix.package = pkgs.emptyDirectory; nix.settings.use-xdg-base-directories = true;\n\
         home.file.where.text = config.home.profileDirectory;"
    ));
    sandbox.succeed(["switch"]);
    sandbox.succeed(["switch"]);
    let place = sandbox.read("where");
    assert!(place.ends_with("/.local/state/nix/profile"), "{place}");
    assert!(runs(&sandbox, format!("{place}/bin/greet")));
    assert!(!sandbox.home().join(".nix-profile").exists());
    sandbox.succeed(["status"]);
}

/// A profile of `nix-env` with a program of the user's.
fn with_nix_env(sandbox: &Sandbox) {
    let bash = "builtins.getEnv \"BASH_PROGRAM\"";
    let own = format!(
        "derivation {{ name = \"own-1.0\"; system = builtins.currentSystem; builder = {bash}; args = \
         [ \"-c\" \"/bin/mkdir -p $out/bin; echo echo own > $out/bin/own; /bin/chmod +x $out/bin/own\" ]; }}"
    );
    let mut command = sandbox.program(["nix-env", "-i", "-E", &format!("_: {own}")]);
    command
        .env("BASH_PROGRAM", "/bin/bash")
        .env("NIX_CONFIG", "sandbox = false\nbuild-users-group =");
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_profile_of_nix_env_keeps_what_the_user_has_installed() {
    let sandbox = configured(GREET);
    with_nix_env(&sandbox);
    sandbox.succeed(["switch"]);
    assert!(runs(&sandbox, ".nix-profile/bin/greet"));
    let own = || {
        let link = sandbox.home().join(".nix-profile/bin/own");
        link.canonicalize().is_ok_and(|path| path.is_file())
    };
    assert!(own(), "the user's own program");
    sandbox.succeed(["status"]);
    let listed = |sandbox: &Sandbox| sandbox.succeed(["nix-env", "-q"]).stdout;
    assert_eq!(listed(&sandbox), "home-manager-path\nown-1.0\n");
    // The same again makes no generation.
    let count = || {
        let profiles = std::fs::read_dir(sandbox.home().join(".local/state/nix/profiles"));
        let names = profiles
            .expect("profiles")
            .flatten()
            .map(|entry| entry.file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with("profile-"))
            .count()
    };
    let before = count();
    sandbox.succeed(["switch"]);
    assert_eq!(count(), before);
    configure(&sandbox, "");
    sandbox.succeed(["switch"]);
    assert!(own() && !sandbox.home().join(".nix-profile/bin/greet").exists());
    assert_eq!(listed(&sandbox), "home-manager-path\nown-1.0\n");
    sandbox.succeed(["rollback"]);
    assert!(own() && runs(&sandbox, ".nix-profile/bin/greet"));
}

#[test]
fn status_sees_a_profile_without_the_packages() {
    let sandbox = configured(GREET);
    sandbox.succeed(["switch"]);
    std::fs::remove_file(sandbox.home().join(".nix-profile")).expect("the link");
    let ran = sandbox.run(["status"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("- ~/.nix-profile is missing"),
        "{}",
        ran.stdout
    );
    let hint = ran.stderr.lines().last().expect("a hint");
    assert!(
        hint.ends_with("home-manager switch --generation 1"),
        "{hint}"
    );
    sandbox.succeed(["switch", "--generation", "1"]);
    sandbox.succeed(["status"]);
    assert!(runs(&sandbox, ".nix-profile/bin/greet"));
}
