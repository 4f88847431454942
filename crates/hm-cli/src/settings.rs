//! What the arguments, the environment and the files of the user come to.
//!
//! All names of variables, all default places and all precedence are here. Commands get a
//! [`Settings`] and ask no further.

use std::path::{Path, PathBuf};

use hm_plan::Backup;

use crate::arguments::GlobalArguments;
use crate::environment::Environment;
use crate::printer::Verbosity;
use crate::report::Failure;
use crate::shell_words::word;

/// The directories of the XDG base directory specification.
#[derive(Clone, Debug)]
pub struct Directories {
    /// `XDG_CONFIG_HOME`
    pub config: PathBuf,
    /// `XDG_DATA_HOME`
    pub data: PathBuf,
    /// `XDG_STATE_HOME`
    pub state: PathBuf,
    /// `XDG_CACHE_HOME`
    pub cache: PathBuf,
}

/// What a command works with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The user's name.
    pub user: String,
    /// The home directory.
    pub home: PathBuf,
    /// The working directory.
    pub directory: PathBuf,
    /// Where things are kept.
    pub directories: Directories,
    /// The host's name.
    pub host_name: String,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// What happens to files in the way.
    pub backup: Backup,
    /// Everything typed, for those options that one command alone looks at.
    pub arguments: GlobalArguments,
    /// The surroundings.
    pub environment: Environment,
}

/// Why the flake is the one it is, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlakeChoice {
    /// The reference without its fragment.
    pub reference: String,
    /// The name of the configuration, when one was given.
    pub name: Option<String>,
}

impl Settings {
    /// Resolves the settings.
    ///
    /// # Errors
    /// When there is no home directory or no user name.
    pub fn resolve(
        arguments: GlobalArguments,
        environment: Environment,
    ) -> Result<Settings, Failure> {
        let home = home(&environment)?;
        let user = environment.user().ok_or_else(|| {
            Failure::new("the name of the user is not known: USER is not set, and the system has no user of this number")
                .hint("set the variable USER, for example: USER=me home-manager switch")
        })?;
        let place = |variable: &str, default: &str| {
            environment
                .path(variable)
                .unwrap_or_else(|| home.join(default))
        };
        let directories = Directories {
            config: place("XDG_CONFIG_HOME", ".config"),
            data: place("XDG_DATA_HOME", ".local/share"),
            state: place("XDG_STATE_HOME", ".local/state"),
            cache: place("XDG_CACHE_HOME", ".cache"),
        };
        let verbosity = if arguments.quiet {
            Verbosity::Quiet
        } else if arguments.verbose > 0 || environment.variable("VERBOSE").is_some() {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        };
        Ok(Settings {
            user,
            directory: environment.directory.clone(),
            directories,
            host_name: environment.host_name.clone(),
            verbosity,
            dry_run: arguments.dry_run || environment.variable("DRY_RUN").is_some(),
            backup: backup(&arguments, &environment),
            home,
            arguments,
            environment,
        })
    }

    /// The flake to use: `--flake`, else `HOME_MANAGER_FLAKE`, else the one in the configuration
    /// directory.
    ///
    /// # Errors
    /// When none of them is there.
    pub fn flake(&self) -> Result<FlakeChoice, Failure> {
        let given = self
            .arguments
            .flake
            .clone()
            .or_else(|| self.environment.text("HOME_MANAGER_FLAKE"));
        if let Some(given) = given {
            let (reference, name) = match given.split_once('#') {
                Some((reference, name)) => (reference, Some(name).filter(|name| !name.is_empty())),
                None => (given.as_str(), None),
            };
            let reference = if reference.is_empty() { "." } else { reference };
            return Ok(FlakeChoice {
                reference: reference.to_owned(),
                name: name.map(str::to_owned),
            });
        }
        let file = self.configuration_directory().join("flake.nix");
        let Ok(resolved) = file.canonicalize() else {
            return Err(Failure::new(format!(
                "no configuration found: {} does not exist",
                self.shown(&file)
            ))
            .hint("write one with: home-manager init --switch")
            .hint("or name another flake with: --flake URI#NAME"));
        };
        let directory = resolved.parent().unwrap_or(Path::new("/"));
        Ok(FlakeChoice {
            reference: directory.display().to_string(),
            name: None,
        })
    }

    /// Where the user's configuration is by default.
    #[must_use]
    pub fn configuration_directory(&self) -> PathBuf {
        self.directories.config.join("home-manager")
    }

    /// The names under which a flake may have the configuration of this user on this host, the
    /// most specific first.
    #[must_use]
    pub fn configuration_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let full = &self.host_name;
        let short = full.split('.').next().unwrap_or(full);
        for host in [short, full] {
            let name = format!("{}@{host}", self.user);
            if !host.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names.push(self.user.clone());
        names
    }

    /// Returns a command of this program for the user to type: for the same flake, if one was named.
    #[must_use]
    pub fn command(&self, words: &str) -> String {
        match &self.arguments.flake {
            Some(flake) => format!("home-manager {words} --flake {}", word(flake)),
            None => format!("home-manager {words}"),
        }
    }

    /// Returns a path as it is shown to the user: with `~` for the home.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
            Ok(rest) => format!("~/{}", rest.display()),
            Err(_) => path.display().to_string(),
        }
    }

    /// What Home Manager itself remembers: roots, journal, lock.
    #[must_use]
    pub fn state_directory(&self) -> PathBuf {
        self.directories.state.join("home-manager")
    }

    /// The directory of the user's profiles: the one that is there, else a new one in the state
    /// directory.
    #[must_use]
    pub fn profile_directory(&self) -> PathBuf {
        let own = self.directories.state.join("nix/profiles");
        if own.is_dir() {
            return own;
        }
        let state = self.environment.path("NIX_STATE_DIR");
        let shared = state
            .unwrap_or_else(|| PathBuf::from("/nix/var/nix"))
            .join("profiles/per-user")
            .join(&self.user);
        if shared.is_dir() { shared } else { own }
    }

    /// The profile whose generations are Home Manager's.
    #[must_use]
    pub fn profile(&self) -> PathBuf {
        self.profile_directory().join("home-manager")
    }

    /// The root that keeps the generation alive whose files are linked now.
    #[must_use]
    pub fn current_home(&self) -> PathBuf {
        self.state_directory().join("gcroots/current-home")
    }

    /// The journal of a switch under way.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state_directory().join("journal")
    }
}

/// The home directory, which has to exist: one that is only a mistake of a variable is not made.
fn home(environment: &Environment) -> Result<PathBuf, Failure> {
    let hint = "set the variable HOME to your home directory, for example: HOME=/home/me";
    if let Some(given) = environment.text("HOME")
        && environment.path("HOME").is_none()
    {
        return Err(
            Failure::new(format!("HOME is '{given}', which is not an absolute path")).hint(hint),
        );
    }
    let home = environment.home().ok_or_else(|| {
        Failure::new("the home directory is not known: HOME is not set, and the system knows none")
            .hint(hint)
    })?;
    match home.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(home),
        Ok(_) => {
            Err(Failure::new(format!("the home {} is not a directory", home.display())).hint(hint))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(format!(
            "the home directory {} does not exist",
            home.display()
        ))
        .hint(format!("make it: mkdir -p {}", home.display()))
        .hint(hint)),
        Err(error) => Err(Failure::io("enter", home, &error)),
    }
}

fn backup(arguments: &GlobalArguments, environment: &Environment) -> Backup {
    let extension = arguments
        .backup_extension
        .clone()
        .or_else(|| environment.text("HOME_MANAGER_BACKUP_EXT"));
    match extension {
        None => Backup::Refuse,
        Some(extension) => Backup::Extension {
            extension: extension.trim_start_matches('.').to_owned(),
            overwrite: environment.text("HOME_MANAGER_BACKUP_OVERWRITE").as_deref() == Some("1"),
        },
    }
}
