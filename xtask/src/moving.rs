//! `cargo xtask moving DIR`: homes made by upstream's modules and Nix, with a profile of `nix-env`
//! and with one of `nix profile`, are taken over by this program and given back.

use std::path::PathBuf;
use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, program, project};

/// Move homes from upstream to this program and back
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are: `home-manager` and `offline-nixpkgs`
    directory: PathBuf,

    /// What goes before a command to run it where Nix is, like `chroot ROOT`
    #[arg(long, default_value = "")]
    nix: String,

    /// Run this program instead of building one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,

    /// A scratch directory that both can see
    #[arg(long, default_value = "/tmp/hm-moving")]
    scratch: PathBuf,
}

/// Runs the script for each kind of profile.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let program = program(arguments.program.as_deref())?;
    let script = project().join("xtask/moving/moving.sh");
    std::fs::create_dir_all(&arguments.scratch).map_err(|error| error.to_string())?;
    for kind in ["env", "profile"] {
        let mut words = arguments.nix.split_whitespace();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg("bash");
                command
            }
            None => Command::new("bash"),
        };
        let status = command
            .arg(&script)
            .arg(kind)
            .arg(&program)
            .arg(&directory)
            .arg(&arguments.scratch)
            .status()
            .map_err(|error| format!("{}: {error}", script.display()))?;
        if !status.success() {
            return Err(format!("a home with a profile of nix {kind} has changed"));
        }
    }
    Ok(())
}
