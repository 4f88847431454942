//! What the stories share.

use testutils::Sandbox;

/// A fresh home for the program under test.
pub fn sandbox() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_home-manager"))
}

/// A home with a configuration at the usual place that has this module.
pub fn configured(module: &str) -> Sandbox {
    let sandbox = sandbox();
    sandbox.succeed(["init"]);
    configure(&sandbox, module);
    sandbox
}

/// Replaces the configuration of a home.
pub fn configure(sandbox: &Sandbox, module: &str) {
    let home = sandbox.home().display().to_string();
    let text = format!(
        "{{ config, lib, pkgs, ... }}:\n{{\n  home.username = \"alice\";\n  home.homeDirectory = \
         \"{home}\";\n  home.stateVersion = \"26.05\";\n{module}\n}}\n"
    );
    sandbox.write(".config/home-manager/home.nix", text);
}

/// The part of a home that a configuration manages: everything but the program's own state.
pub fn managed(sandbox: &Sandbox) -> std::collections::BTreeMap<String, String> {
    let mut tree = sandbox.tree("");
    tree.retain(|path, _| {
        !path.starts_with(".config/home-manager")
            && !path.starts_with(".local/state")
            && path != ".local/"
            && path != ".cache/"
            && !path.starts_with(".cache/home-manager")
            && !path.starts_with(".nix-profile")
    });
    tree
}
