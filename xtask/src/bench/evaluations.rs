//! Evaluations, with and without files that were compiled before.

use super::{Bench, report, sample};
use crate::process::Result;

/// What is evaluated, as arguments of `nix-instantiate`.
struct Case {
    name: &'static str,
    words: Vec<String>,
}

impl Bench {
    pub(super) fn evaluations(&self) -> Result<()> {
        let environment = [
            ("NIX_STORE_DIR", self.scratch.join("evaluations/store")),
            ("NIX_STATE_DIR", self.scratch.join("evaluations/state")),
            ("XDG_CACHE_HOME", self.scratch.join("evaluations/cache")),
        ];
        for case in self.cases() {
            if !self.is_wanted(case.name) {
                continue;
            }
            let mut words = vec!["nix-instantiate"];
            words.extend(case.words.iter().map(String::as_str));
            let ours = |keep: &str| {
                let mut command = self.ours(&words);
                command.envs(environment.clone());
                command.env("HOME_MANAGER_PARSE_CACHE", keep);
                sample(&mut command)
            };
            let samples = self.measure(&mut [
                &mut || sample(&mut self.nix(&words)),
                &mut || ours("0"),
                &mut || ours("1"),
            ])?;
            if let [nix, without, with] = samples.as_slice() {
                report(case.name, nix, without);
                report("  with files compiled before", nix, with);
            }
        }
        Ok(())
    }

    fn cases(&self) -> Vec<Case> {
        let at = self.directory.display();
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        vec![
            Case {
                name: "upstream's default configuration",
                words: vec![
                    "-E".to_owned(),
                    format!(
                        "((import {at}/home-manager/modules) {{ configuration = {{ home.username = \"a\"; \
                         home.homeDirectory = \"/home/a\"; home.stateVersion = \"26.05\"; \
                         manual.manpages.enable = false; }}; pkgs = import {at}/offline-nixpkgs/packages.nix \
                         {{ }}; }}).activationPackage"
                    ),
                ],
            },
            Case {
                name: "corepkgs -A git",
                words: words(&["./corepkgs", "-A", "git"]),
            },
            Case {
                name: "nixpkgs-channels -A firefox",
                words: words(&["./nixpkgs-channels", "-A", "firefox"]),
            },
            Case {
                name: "a NixOS system",
                words: words(&[
                    "./nixpkgs-channels/nixos",
                    "-A",
                    "system",
                    "--arg",
                    "configuration",
                    "{ boot.loader.grub.device = \"/dev/sda\"; fileSystems.\"/\".device = \"/dev/sda1\"; }",
                ]),
            },
            Case {
                name: "lib/tests",
                words: words(&[
                    "--eval",
                    "--strict",
                    "./nixpkgs.lib/lib/tests/misc.nix",
                    "./nixpkgs.lib/lib/tests/systems.nix",
                ]),
            },
        ]
    }
}
