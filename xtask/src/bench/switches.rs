//! Switches of a whole home.

use std::cell::Cell;
use std::fs;
use std::process::Command;

use super::{Bench, Sample, report, sample};
use crate::process::{Result, output, project};

impl Bench {
    /// A switch with nothing changed and one with one line changed.
    pub(super) fn switches(&self) -> Result<()> {
        if !self.is_wanted("switch") {
            return Ok(());
        }
        let failed = |error: std::io::Error| error.to_string();
        for side in ["nix", "ours"] {
            fs::create_dir_all(
                self.scratch
                    .join(side)
                    .join("home/.local/state/nix/profiles"),
            )
            .map_err(failed)?;
            fs::create_dir_all(self.scratch.join(side).join("flake")).map_err(failed)?;
        }
        self.write_configuration("nix", 0)?;
        self.write_configuration("ours", 0)?;
        let samples = self.measure(&mut [&mut || self.switch_nix(), &mut || self.switch_ours()])?;
        if let [nix, ours] = samples.as_slice() {
            report("switch, nothing changed", nix, ours);
        }
        let counter = Cell::new(0);
        let samples = self.measure(&mut [
            &mut || {
                counter.set(counter.get() + 1);
                self.write_configuration("nix", counter.get())?;
                self.switch_nix()
            },
            &mut || {
                self.write_configuration("ours", counter.get())?;
                self.switch_ours()
            },
        ])?;
        if let [nix, ours] = samples.as_slice() {
            report("switch, one line changed", nix, ours);
        }
        Ok(())
    }

    fn write_configuration(&self, side: &str, number: u32) -> Result<()> {
        let failed = |error: std::io::Error| error.to_string();
        let home = self.scratch.join(side).join("home");
        let flake = self.scratch.join(side).join("flake");
        let (input, pkgs) = if side == "nix" {
            (
                format!(
                    "inputs.nixpkgs.url = \"git+file://{0}/offline-nixpkgs\"; inputs.home-manager.url = \
                     \"git+file://{0}/home-manager\"; inputs.home-manager.inputs.nixpkgs.follows = \
                     \"nixpkgs\";",
                    self.directory.display()
                ),
                "inputs.nixpkgs.legacyPackages.x86_64-linux",
            )
        } else {
            (
                "inputs.home-manager.url = \"home-manager\";".to_owned(),
                "inputs.home-manager.legacyPackages.x86_64-linux",
            )
        };
        fs::write(
            flake.join("flake.nix"),
            format!(
                "{{ {input} outputs = inputs: {{ homeConfigurations.alice = \
                 inputs.home-manager.lib.homeManagerConfiguration {{ pkgs = {pkgs}; modules = [ \
                 ./home.nix ]; }}; }}; }}\n"
            ),
        )
        .map_err(failed)?;
        let template =
            fs::read_to_string(project().join("xtask/bench/home.nix")).map_err(failed)?;
        fs::write(
            flake.join("home.nix"),
            template
                .replace("@homeDirectory@", &home.display().to_string())
                .replace("@number@", &number.to_string()),
        )
        .map_err(failed)
    }

    fn switch_nix(&self) -> Result<Sample> {
        let home = self.scratch.join("nix/home");
        let flake = self.scratch.join("nix/flake");
        let at = |command: &mut Command| {
            command
                .current_dir(&flake)
                .env("HOME", &home)
                .env("USER", "alice");
        };
        let program = format!("{}/bin/home-manager", self.upstream_program()?);
        let mut switch = self.nix(&[&program, "switch", "--flake", "path:.#alice"]);
        at(&mut switch);
        sample(&mut switch)
    }

    /// Upstream's own program, built with the stand-in for nixpkgs.
    fn upstream_program(&self) -> Result<String> {
        if let Some(program) = self.upstream.get() {
            return Ok(program.clone());
        }
        let at = self.directory.display();
        let expression = format!(
            "let pkgs = import {at}/offline-nixpkgs {{ }}; in pkgs.callPackage \
             {at}/home-manager/home-manager {{ path = \"{at}/home-manager\"; inetutils = \
             pkgs.emptyDirectory; pkgs = pkgs // {{ nixos-option = pkgs.emptyDirectory; }}; }}"
        );
        let built = output(&mut self.nix(&[
            "nix",
            "build",
            "--impure",
            "--no-link",
            "--print-out-paths",
            "--expr",
            &expression,
        ]))?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let program = String::from_utf8_lossy(&built.stdout).trim().to_owned();
        Ok(self.upstream.get_or_init(|| program).clone())
    }

    fn switch_ours(&self) -> Result<Sample> {
        let side = self.scratch.join("ours");
        let mut command = self.ours(&["switch", "--flake", "path:.#alice"]);
        command
            .current_dir(side.join("flake"))
            .env("HOME", side.join("home"))
            .env("USER", "alice")
            .env("NIX_STORE_DIR", side.join("store"))
            .env("NIX_STATE_DIR", side.join("state"));
        sample(&mut command)
    }
}
