//! `home-manager init`

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use nix_flake::fetch::{IntentToAdd, intend_to_add};

use super::{Context, switch};
use crate::report::Failure;
use crate::session::Session;
use crate::settings::Settings;
use crate::shell_session;
use crate::shell_words::word;

/// Where packages come from, unless another place is named.
const NIXPKGS: &str = "github:NixOS/nixpkgs/nixos-unstable";
/// The host that has them.
const HOST: (&str, u16) = ("github.com", 443);
/// How long that host has to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Write a first configuration
///
/// Writes flake.nix and home.nix to DIR, by default to the configuration directory. A file that
/// exists already is left unchanged.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Also switch to the configuration
    #[arg(long)]
    switch: bool,

    /// Take packages from nixpkgs at this flake reference
    ///
    /// Without this, they come from the unstable branch of NixOS if this machine has /nix or you may
    /// make it, and GitHub can be reached; otherwise from the package set inside this program.
    #[arg(long, value_name = "URL", conflicts_with = "embedded")]
    nixpkgs_url: Option<String>,

    /// Use the package set inside this program; programs come from your distribution
    #[arg(long)]
    embedded: bool,

    /// Take home-manager from this flake reference, not from this program
    #[arg(long, value_name = "URL")]
    home_manager_url: Option<String>,

    /// Refused: configurations of this program are flakes
    #[arg(long, hide = true)]
    no_flake: bool,

    /// The directory to write to
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Where a new configuration takes its packages from.
enum Packages {
    /// nixpkgs, at this flake reference.
    Nixpkgs(String),
    /// The set inside this program; the reason, unless the user asked for it.
    Embedded(Option<String>),
}

/// Writes the files, and switches when asked to.
pub fn run(context: &Context, arguments: &InitArguments) -> Result<(), Failure> {
    let settings = &context.settings;
    if arguments.no_flake {
        return Err(Failure::new("--no-flake is not supported")
            .note(
                "a configuration of this program is always a flake: its inputs are locked, so \
                 that it means the same tomorrow and on another machine",
            )
            .hint("leave the option out; flakes need no set-up here"));
    }
    let directory = directory(settings, arguments)?;
    // A store that cannot be used is reported before there is anything to take back.
    let session = Session::open(settings, &context.printer)?;
    if settings.dry_run {
        for name in ["home.nix", "flake.nix"] {
            let path = settings.shown(&directory.join(name));
            context.printer.status(format_args!("Would write {path}"));
        }
        return Ok(());
    }
    std::fs::create_dir_all(&directory).map_err(|error| Failure::io("make", &directory, &error))?;
    write_files(context, arguments, &session, &directory)?;
    track_files(context, &directory)?;
    let reference = directory
        .canonicalize()
        .map_err(|error| Failure::io("find", &directory, &error))?;
    let home = settings.shown(&directory.join("home.nix"));
    if arguments.switch {
        let had_nix = Path::new("/nix").exists();
        switch::build_and_switch(context, &reference.display().to_string(), None)?;
        if !had_nix && Path::new("/nix").exists() {
            context.printer.status("Made /nix, where the store is");
        }
        context.printer.status(format_args!(
            "\nYour home is managed now. Edit {home}, then run:\n    {}",
            switch_command(settings, &directory)
        ));
    } else {
        context.printer.status(format_args!(
            "\nNext, edit {home}, then activate it with:\n    {}",
            switch_command(settings, &directory)
        ));
    }
    Ok(())
}

/// The directory that the files are written to, without `.` in it.
fn directory(settings: &Settings, arguments: &InitArguments) -> Result<PathBuf, Failure> {
    let directory = match &arguments.directory {
        Some(directory) => settings.directory.join(directory),
        None => settings.configuration_directory(),
    };
    let directory: PathBuf = directory.components().collect();
    if directory.exists() && !directory.is_dir() {
        return Err(Failure::new(format!(
            "{} is not a directory",
            settings.shown(&directory)
        )));
    }
    Ok(directory)
}

/// Writes those files that do not exist yet.
fn write_files(
    context: &Context,
    arguments: &InitArguments,
    session: &Session,
    directory: &Path,
) -> Result<(), Failure> {
    let is_new = |name: &str| directory.join(name).symlink_metadata().is_err();
    let packages = if is_new("flake.nix") {
        packages(context, arguments, session)
    } else {
        Packages::Embedded(None)
    };
    let settings = &context.settings;
    let files = [
        ("home.nix", home_nix(settings, arguments, &packages)),
        ("flake.nix", flake_nix(settings, arguments, &packages)),
    ];
    let wrote_flake = is_new("flake.nix");
    for (name, text) in &files {
        let path = directory.join(name);
        let shown = settings.shown(&path);
        if !is_new(name) {
            context
                .printer
                .status(format_args!("{shown} exists and is left unchanged"));
            continue;
        }
        std::fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
        context.printer.status(format_args!("Wrote {shown}"));
    }
    if wrote_flake {
        note_packages(context, &packages);
    }
    Ok(())
}

/// Chooses where packages come from.
fn packages(context: &Context, arguments: &InitArguments, session: &Session) -> Packages {
    if let Some(url) = &arguments.nixpkgs_url {
        return Packages::Nixpkgs(url.clone());
    }
    if arguments.embedded {
        return Packages::Embedded(None);
    }
    let store = session.layout().store_dir.as_str().to_owned();
    if store != "/nix/store" {
        return Packages::Embedded(Some(match context.settings.arguments.nix.store {
            Some(_) => format!("the store is {store}, not /nix/store"),
            None => "you can neither write to /nix nor make it".to_owned(),
        }));
    }
    if context.settings.arguments.lock.offline {
        return Packages::Embedded(Some("of --offline".to_owned()));
    }
    if !is_reachable(&context.settings) {
        return Packages::Embedded(Some(format!("{} cannot be reached", HOST.0)));
    }
    Packages::Nixpkgs(NIXPKGS.to_owned())
}

/// Whether nixpkgs could be fetched. Behind a proxy only the fetch itself could tell.
fn is_reachable(settings: &Settings) -> bool {
    let has_proxy = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        .iter()
        .any(|name| settings.environment.variable(name).is_some());
    if has_proxy {
        return true;
    }
    let (sender, answer) = mpsc::channel();
    // Looking a name up has no time limit of its own.
    std::thread::spawn(move || {
        let connect = |address| TcpStream::connect_timeout(&address, PATIENCE).is_ok();
        let reached = HOST
            .to_socket_addrs()
            .is_ok_and(|mut addresses| addresses.any(connect));
        // After the time is up nobody listens.
        let _ = sender.send(reached);
    });
    answer.recv_timeout(PATIENCE).unwrap_or(false)
}

fn note_packages(context: &Context, packages: &Packages) {
    let printer = &context.printer;
    match packages {
        Packages::Nixpkgs(url) => printer.note(format_args!("packages come from nixpkgs ({url})")),
        Packages::Embedded(None) => printer.note(
            "packages come from the set inside this program, programs from your distribution",
        ),
        Packages::Embedded(Some(reason)) => printer.note(format_args!(
            "packages come from the set inside this program, programs from your\n\
             distribution, because {reason}.\nflake.nix says how to add nixpkgs."
        )),
    }
}

/// Has Git track the files: in a repository, a flake has only the tracked ones.
fn track_files(context: &Context, directory: &Path) -> Result<(), Failure> {
    let is_repository = |ancestor: &&Path| ancestor.join(".git").exists();
    let Some(root) = directory.ancestors().find(is_repository) else {
        return Ok(());
    };
    for name in ["flake.nix", "home.nix"] {
        let path = directory.join(name);
        let relative = path.strip_prefix(root).unwrap_or(&path);
        let added =
            intend_to_add(root, relative).map_err(|error| Failure::new(error.to_string()))?;
        let shown = context.settings.shown(&path);
        match added {
            IntentToAdd::AlreadyTracked => {}
            IntentToAdd::Added => context
                .printer
                .status(format_args!("Added {shown} to Git's index (git add -N)")),
            IntentToAdd::Ignored => {
                return Err(Failure::new(format!(
                    "Git ignores {shown}, and a flake in a repository has only tracked files"
                ))
                .hint(format!(
                    "have Git track it with: git -C {} add -f -N {}",
                    word(&root.display().to_string()),
                    word(&relative.display().to_string())
                )));
            }
        }
    }
    Ok(())
}

/// The command that switches to a configuration, as it works in this shell.
fn switch_command(settings: &Settings, directory: &Path) -> String {
    let name = "home-manager";
    let path = settings.environment.variable("PATH").unwrap_or_default();
    let is_found = std::env::split_paths(path).any(|place| place.join(name).is_file());
    let in_profile = settings.home.join(".nix-profile/bin").join(name);
    let program = if !is_found && in_profile.exists() {
        format!("~/.nix-profile/bin/{name}")
    } else {
        name.to_owned()
    };
    let is_default = directory == settings.configuration_directory()
        && settings
            .environment
            .variable("HOME_MANAGER_FLAKE")
            .is_none();
    if is_default {
        format!("{program} switch")
    } else {
        let directory = word(&directory.display().to_string());
        format!("{program} switch --flake {directory}")
    }
}

fn home_nix(settings: &Settings, arguments: &InitArguments, packages: &Packages) -> String {
    let mut more = String::new();
    for (variable, option, default) in [
        ("XDG_CACHE_HOME", "cacheHome", ".cache"),
        ("XDG_CONFIG_HOME", "configHome", ".config"),
        ("XDG_DATA_HOME", "dataHome", ".local/share"),
        ("XDG_STATE_HOME", "stateHome", ".local/state"),
    ] {
        if let Some(place) = settings.environment.path(variable)
            && place != settings.home.join(default)
        {
            let place = nix_string(&place.display().to_string());
            more.push_str(&format!("  xdg.{option} = \"{place}\";\n"));
        }
    }
    let is_own = arguments.home_manager_url.is_none();
    if is_own && matches!(packages, Packages::Nixpkgs(_)) && !shell_session::has_nix() {
        more.push_str(
            "\n  # This machine has no Nix that would tell shells where packages are.\n  \
             home.shell.loadProfile = true;\n",
        );
    }
    hm_embedded::templates::HOME
        .replace("@username@", &nix_string(&settings.user))
        .replace(
            "@homeDirectory@\";\n",
            &format!(
                "{}\";\n{more}",
                nix_string(&settings.home.display().to_string())
            ),
        )
}

fn flake_nix(settings: &Settings, arguments: &InitArguments, packages: &Packages) -> String {
    let (template, url) = match packages {
        Packages::Nixpkgs(url) => (hm_embedded::templates::FLAKE_WITH_NIXPKGS, url.as_str()),
        Packages::Embedded(_) => (hm_embedded::templates::FLAKE_EMBEDDED, ""),
    };
    template
        .replace("@name@", &nix_string(&settings.user))
        .replace("@username@", &nix_string(&settings.user))
        .replace("@system@", nix_engine::current_system())
        .replace("@nixpkgsUrl@", url)
        .replace(
            "@homeManagerUrl@",
            arguments
                .home_manager_url
                .as_deref()
                .unwrap_or("home-manager"),
        )
}

/// Escapes text for the inside of a Nix string.
fn nix_string(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "\\${")
}
