//! What a user has to add to a shell's files so that it finds the programs of the home.

use std::path::{Path, PathBuf};

use super::in_home;
use crate::settings::Settings;
use crate::user_profile::UserProfile;

/// How deep files that a shell's file sources are looked at.
const DEEPEST: usize = 3;

/// A login shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// Another shell that reads `~/.profile`.
    Posix,
}

impl Shell {
    /// Returns the user's login shell, if it is one that is known.
    #[must_use]
    pub fn of_login(settings: &Settings) -> Option<Shell> {
        let program = settings.environment.login_shell()?;
        let name = program.file_name()?.to_str()?;
        Some(match name {
            "bash" => Shell::Bash,
            "zsh" => Shell::Zsh,
            "fish" => Shell::Fish,
            "sh" | "dash" | "ash" | "ksh" | "mksh" | "busybox" => Shell::Posix,
            _ => return None,
        })
    }

    /// Returns what to tell the user; `None` if all of the shell's files are set up.
    #[must_use]
    pub fn advice(
        self,
        settings: &Settings,
        profile: &UserProfile,
        has_option: bool,
    ) -> Option<String> {
        let is_set_up = |file: &PathBuf| loads_profile(file, settings, profile, DEEPEST);
        let missing: Vec<PathBuf> = self
            .files(settings)
            .into_iter()
            .filter(|file| !is_set_up(file))
            .collect();
        if missing.is_empty() || self.further_files(settings).iter().any(is_set_up) {
            return None;
        }
        if let Some(managed) = missing.iter().find(|file| is_managed(file)) {
            let option = if has_option {
                "home.shell.loadProfile = true;"
            } else {
                "targets.genericLinux.enable = true;"
            };
            return Some(format!(
                "{} does not put the programs of this home into PATH.\nSet in home.nix:\n    {option}",
                settings.shown(managed)
            ));
        }
        let places: Vec<String> = missing.iter().map(|file| settings.shown(file)).collect();
        Some(format!(
            "new shells will find the programs of this home once you add this line\nto {}:\n    {}",
            places.join(" and "),
            self.line(settings)
        ))
    }

    /// Returns the files that the shell reads at login and when it is interactive.
    fn files(self, settings: &Settings) -> Vec<PathBuf> {
        let home = &settings.home;
        match self {
            Shell::Bash => {
                let of_login = [".bash_profile", ".bash_login", ".profile"];
                let first = of_login.iter().find(|name| home.join(name).exists());
                let login = home.join(first.unwrap_or(&".profile"));
                vec![login, home.join(".bashrc")]
            }
            Shell::Zsh => {
                let directory = settings.environment.path("ZDOTDIR");
                let directory = directory.unwrap_or_else(|| zsh_directory(home));
                vec![directory.join(".zprofile"), directory.join(".zshrc")]
            }
            Shell::Fish => vec![settings.directories.config.join("fish/config.fish")],
            Shell::Posix => vec![home.join(".profile")],
        }
    }

    /// Returns files that the shell reads wherever they are, each of which is enough.
    fn further_files(self, settings: &Settings) -> Vec<PathBuf> {
        if self != Shell::Fish {
            return Vec::new();
        }
        let directory = settings.directories.config.join("fish/conf.d");
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    /// Returns the line that the shell needs. It does nothing where the program's files are gone.
    fn line(self, settings: &Settings) -> String {
        let state = settings.shown(&settings.state_directory());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/~._-".contains(c);
        let state = if state.chars().all(is_plain) {
            state
        } else {
            format!(
                "\"{}\"",
                in_home(&settings.state_directory(), &settings.home)
            )
        };
        match self {
            Shell::Fish => {
                format!("set _hm {state}/session.fish; test -r $_hm; and source $_hm")
            }
            _ => format!("_hm={state}/session.sh; [ ! -r \"$_hm\" ] || . \"$_hm\""),
        }
    }
}

/// The directory of zsh's files: the home, or the one that `~/.zshenv` leads to.
fn zsh_directory(home: &Path) -> PathBuf {
    let text = std::fs::read_to_string(home.join(".zshenv")).unwrap_or_default();
    sourced(&text, home)
        .into_iter()
        .find(|file| file.file_name().is_some_and(|name| name == ".zshenv"))
        .and_then(|file| file.parent().map(Path::to_owned))
        .unwrap_or_else(|| home.to_owned())
}

/// Whether a shell's file puts the profile into the environment, itself or by a file it sources.
fn loads_profile(file: &Path, settings: &Settings, profile: &UserProfile, depth: usize) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else {
        return false;
    };
    let bin = profile.link.join("bin");
    let in_home = bin.strip_prefix(&settings.home).ok();
    let signs = [
        "home-manager/session.",
        "home-manager/profile.",
        "/etc/profile.d/nix.sh",
        "/etc/profile.d/nix-daemon.sh",
    ];
    let names_it = |line: &str| {
        signs.iter().any(|sign| line.contains(sign))
            || line.contains(&*bin.to_string_lossy())
            || in_home.is_some_and(|bin| line.contains(&*bin.to_string_lossy()))
    };
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    if text.lines().any(|line| !is_comment(line) && names_it(line)) {
        return true;
    }
    depth > 0
        && sourced(&text, &settings.home)
            .iter()
            .any(|file| loads_profile(file, settings, profile, depth - 1))
}

/// The files that a text sources, as far as their names are plain.
fn sourced(text: &str, home: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let (true, Some(name)) = (matches!(word, "." | "source"), words.peek()) else {
                continue;
            };
            let name = name.trim_matches(['"', '\'', ';']);
            let below_home = ["~/", "$HOME/", "${HOME}/"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix));
            files.push(match below_home {
                Some(rest) => home.join(rest),
                None => home.join(name),
            });
        }
    }
    files
}

/// Whether a file of a shell is one that a generation has: a link to the store.
fn is_managed(file: &Path) -> bool {
    std::fs::read_link(file)
        .is_ok_and(|target| target.to_string_lossy().contains("-home-manager-files/"))
}
