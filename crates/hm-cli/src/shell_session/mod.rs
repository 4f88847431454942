//! The profile in the environment of shells and graphical sessions.
//!
//! On machines with Nix its installer does this, on NixOS the system. Elsewhere nothing does, so a
//! switch writes small files that shells can source: `profile.*` for shells that Home Manager
//! configures, whose files source them, and `session.*`, which also has the session's variables,
//! for all others. A shell that does neither gets a line of advice.

mod advice;

use std::io;
use std::path::{Path, PathBuf};

use crate::printer::Printer;
use crate::report::Failure;
use crate::settings::Settings;
use crate::user_profile::UserProfile;

pub use advice::Shell;

const PROFILE_SH: &str = include_str!("profile.sh");
const SESSION_SH: &str = include_str!("session.sh");
const PROFILE_FISH: &str = include_str!("profile.fish");
const SESSION_FISH: &str = include_str!("session.fish");
const ENVIRONMENT: &str = include_str!("environment.conf");

/// The content of `environment.conf` where something else sets the variables: they would be set
/// twice, as that file cannot look at a variable before it changes it.
const NO_ENVIRONMENT: &str = "# Written by home-manager. Nix sets the variables of this machine.\n";

/// Files that show that Nix's installer or NixOS puts profiles into the environment.
const SIGNS_OF_NIX: &[&str] = &[
    "etc/NIXOS",
    "etc/profile.d/nix.sh",
    "etc/profile.d/nix-daemon.sh",
    "nix/var/nix/profiles/default/etc/profile.d/nix.sh",
    "nix/var/nix/profiles/default/etc/profile.d/nix-daemon.sh",
];

/// Writes the files that put the profile into the environment. Those that are right already stay.
///
/// # Errors
/// If one cannot be written.
pub fn write_files(settings: &Settings, profile: &UserProfile) -> Result<(), Failure> {
    let link = in_home(&profile.link, &settings.home);
    let environment = if has_nix() {
        NO_ENVIRONMENT
    } else {
        ENVIRONMENT
    };
    let files = [
        ("profile.sh", PROFILE_SH.to_owned()),
        ("session.sh", format!("{PROFILE_SH}{SESSION_SH}")),
        ("profile.fish", PROFILE_FISH.to_owned()),
        ("session.fish", format!("{PROFILE_FISH}{SESSION_FISH}")),
        ("environment.conf", environment.to_owned()),
    ];
    for (name, template) in files {
        let path = settings.state_directory().join(name);
        replace_file(&path, &template.replace("@PROFILE@", &link))
            .map_err(|error| Failure::io("write", &path, &error))?;
    }
    Ok(())
}

/// Tells how new shells find the programs of the home, if the user's login shell does not yet.
///
/// `has_option` says whether the modules of the generation know `home.shell.loadProfile`.
pub fn advise(settings: &Settings, printer: &Printer, profile: &UserProfile, has_option: bool) {
    if has_nix() || is_in_path(settings, profile) {
        return;
    }
    let Some(shell) = Shell::of_login(settings) else {
        return;
    };
    if let Some(advice) = shell.advice(settings, profile, has_option) {
        printer.note(advice);
    }
}

/// Whether something else on this machine puts profiles into the environment of shells.
#[must_use]
pub fn has_nix() -> bool {
    nix_sets_profiles(Path::new("/"))
}

/// Whether the installer of Nix, or NixOS, puts profiles into the environment of shells.
fn nix_sets_profiles(root: &Path) -> bool {
    SIGNS_OF_NIX.iter().any(|sign| root.join(sign).exists())
}

fn is_in_path(settings: &Settings, profile: &UserProfile) -> bool {
    let path = settings.environment.variable("PATH").unwrap_or_default();
    std::env::split_paths(path).any(|directory| directory == profile.link.join("bin"))
}

/// A path in the double quotes of a shell: with `$HOME`, if it is in the home.
fn in_home(path: &Path, home: &Path) -> String {
    let quoted = |text: &Path| {
        let mut quoted = String::new();
        for character in text.display().to_string().chars() {
            if matches!(character, '"' | '$' | '`' | '\\') {
                quoted.push('\\');
            }
            quoted.push(character);
        }
        quoted
    };
    match path.strip_prefix(home) {
        Ok(rest) => format!("$HOME/{}", quoted(rest)),
        Err(_) => quoted(path),
    }
}

/// Writes a file through another one: a shell that starts meanwhile reads all of it.
fn replace_file(path: &Path, text: &str) -> io::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    std::fs::write(&fresh, text)?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_true_where_the_home_moves() {
        let home = Path::new("/home/a b");
        assert_eq!(
            in_home(Path::new("/home/a b/.nix-profile"), home),
            "$HOME/.nix-profile"
        );
        assert_eq!(in_home(Path::new("/x$y"), home), "/x\\$y");
    }

    #[test]
    fn an_installation_of_nix_is_seen() {
        let root = tempfile::tempdir().expect("a temporary directory");
        assert!(!nix_sets_profiles(root.path()));
        std::fs::create_dir_all(root.path().join("etc/profile.d")).expect("directories");
        std::fs::write(root.path().join("etc/profile.d/nix.sh"), "").expect("a file");
        assert!(nix_sets_profiles(root.path()));
    }
}
