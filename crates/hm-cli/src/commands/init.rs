//! `home-manager init`

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, switch};
use crate::report::Failure;
use crate::session::Session;

/// Write a first configuration
///
/// Writes flake.nix and home.nix to DIR, by default to the configuration directory. A file that is
/// there already is left unchanged.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Also switch to the configuration
    #[arg(long)]
    switch: bool,

    /// The flake reference of nixpkgs; the default is the package set inside this program
    #[arg(long, value_name = "URL")]
    nixpkgs_url: Option<String>,

    /// The flake reference of home-manager; the default is this program itself
    #[arg(long, value_name = "URL")]
    home_manager_url: Option<String>,

    /// Refused: configurations of this program are flakes
    #[arg(long, hide = true)]
    no_flake: bool,

    /// The directory to write to
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Writes the files, and switches when asked to.
pub fn run(context: &Context, arguments: &InitArguments) -> Result<(), Failure> {
    let settings = &context.settings;
    let printer = &context.printer;
    if arguments.no_flake {
        return Err(Failure::new("--no-flake is not supported")
            .note(
                "a configuration of this program is always a flake: its inputs are locked, so \
                 that it means the same tomorrow and on another machine",
            )
            .hint("leave the option out; flakes need no set-up here"));
    }
    let directory = match &arguments.directory {
        Some(directory) => settings.directory.join(directory),
        None => settings.configuration_directory(),
    };
    if directory.exists() && !directory.is_dir() {
        return Err(Failure::new(format!(
            "{} is not a directory",
            directory.display()
        )));
    }
    // A store that cannot be used is reported before there is anything to take back.
    Session::open(settings, printer)?;
    let files = [
        ("home.nix", home_nix(context)),
        ("flake.nix", flake_nix(context, arguments)),
    ];
    if settings.dry_run {
        for (name, _) in &files {
            printer.status(format_args!(
                "Would write {}",
                directory.join(name).display()
            ));
        }
        return Ok(());
    }
    std::fs::create_dir_all(&directory).map_err(|error| Failure::io("make", &directory, &error))?;
    let mut wrote_flake = false;
    for (name, text) in &files {
        let path = directory.join(name);
        if path.symlink_metadata().is_ok() {
            printer.status(format_args!(
                "{} is there already and left unchanged",
                path.display()
            ));
            continue;
        }
        std::fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
        printer.status(format_args!("Wrote {}", path.display()));
        wrote_flake |= *name == "flake.nix";
    }
    if wrote_flake && arguments.nixpkgs_url.is_none() {
        printer.note(
            "the configuration uses the small package set inside this program; programs come from \
             your distribution. flake.nix says how to add nixpkgs later",
        );
    }
    note_git(context, &directory);
    if arguments.switch {
        let reference = directory
            .canonicalize()
            .map_err(|error| Failure::io("find", &directory, &error))?;
        switch::build_and_switch(context, &reference.display().to_string(), None)?;
        printer.status(format_args!(
            "\nYour home is managed now. Change {} and run: home-manager switch",
            directory.join("home.nix").display()
        ));
    } else {
        let option = if arguments.directory.is_some() {
            format!(" --flake {}", directory.display())
        } else {
            String::new()
        };
        printer.status(format_args!(
            "\nNext, activate it with: home-manager switch{option}"
        ));
    }
    Ok(())
}

/// In a git repository only tracked files belong to a flake.
fn note_git(context: &Context, directory: &Path) {
    if directory
        .ancestors()
        .any(|ancestor| ancestor.join(".git").exists())
    {
        context.printer.note(format_args!(
            "{} is in a git repository, where a flake sees only tracked files: git add -N {}",
            directory.display(),
            directory.display()
        ));
    }
}

fn home_nix(context: &Context) -> String {
    let settings = &context.settings;
    hm_embedded::templates::HOME
        .replace("@username@", &nix_string(&settings.user))
        .replace(
            "@homeDirectory@",
            &nix_string(&settings.home.display().to_string()),
        )
}

fn flake_nix(context: &Context, arguments: &InitArguments) -> String {
    let template = match arguments.nixpkgs_url {
        Some(_) => hm_embedded::templates::FLAKE_WITH_NIXPKGS,
        None => hm_embedded::templates::FLAKE_EMBEDDED,
    };
    template
        .replace("@name@", &nix_string(&context.settings.user))
        .replace("@username@", &nix_string(&context.settings.user))
        .replace("@system@", nix_engine::current_system())
        .replace(
            "@nixpkgsUrl@",
            arguments.nixpkgs_url.as_deref().unwrap_or_default(),
        )
        .replace(
            "@homeManagerUrl@",
            arguments
                .home_manager_url
                .as_deref()
                .unwrap_or("home-manager"),
        )
}

/// Text for the inside of a Nix string.
fn nix_string(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "\\${")
}
