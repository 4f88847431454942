//! The process's surroundings, read once: variables, user, host, terminal.
//!
//! Everything else gets this value, so that tests and commands see the same, and nothing reads a
//! global on the side.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::account::{self, Account};

/// Where programs are, for a user who has no search path.
const USUAL_SEARCH_PATH: &str =
    "/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// The surroundings of the process.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// The name of the host, as `hostname` prints it.
    pub host_name: String,
    /// The number of the user.
    number: Option<u32>,
    /// What the system knows of the user, once it was asked.
    account: OnceLock<Option<Account>>,
    /// What the user should know of variables that were not believed.
    pub warnings: Vec<String>,
}

/// The name of the host. The call for it may be refused, which the library does not expect; so it
/// is only made without `/proc`.
fn host_name() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(name) => name.trim_end().to_owned(),
        Err(_) => rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
    }
}

/// The directories that this program writes to and believes what it finds there.
const WRITTEN: [&str; 3] = ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];

impl Environment {
    /// Reads the surroundings.
    ///
    /// # Errors
    /// When there is no working directory.
    pub fn read() -> std::io::Result<Environment> {
        let user = rustix::process::geteuid().as_raw();
        let mut environment = Environment {
            variables: std::env::vars_os().collect(),
            directory: std::env::current_dir()?,
            host_name: host_name(),
            number: Some(user),
            account: OnceLock::new(),
            warnings: Vec::new(),
        };
        environment.leave_homes_of_others(user);
        Ok(environment)
    }

    /// Forgets variables that lead into the home of another user, as they do after `sudo -E`: that
    /// user decides what is found there, and would be left with files that are not theirs.
    fn leave_homes_of_others(&mut self, user: u32) {
        let owner = |path: &Path| Some(path.metadata().ok()?.uid()).filter(|uid| *uid != user);
        if let Some(home) = self.path("HOME")
            && owner(&home).is_some()
            && let Some(account) = self.account().cloned()
            && let Some(own) = account.home.filter(|own| *own != home)
        {
            self.warnings.push(format!(
                "$HOME ('{}') is not owned by you, falling back to the one defined in the 'passwd' \
                 file ('{}')",
                home.display(),
                own.display()
            ));
            self.variables.insert("HOME".into(), own.into());
            self.variables.insert("USER".into(), account.name.into());
        }
        for name in WRITTEN {
            // What belongs to root is the machine's: nobody puts anything there for others.
            if let Some(path) = self.path(name)
                && owner(&path).is_some_and(|owner| owner != 0)
            {
                self.warnings.push(format!(
                    "${name} ('{}') is not owned by you and is not used",
                    path.display()
                ));
                self.variables.remove(OsStr::new(name));
            }
        }
    }

    /// All variables.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns the directory of caches. A user without a home (as builders are) has them with the
    /// temporary files, or in the working directory.
    pub fn cache_directory(&self) -> PathBuf {
        let of_home = || {
            let home = self.home().filter(|home| home.is_dir())?;
            Some(home.join(".cache"))
        };
        self.path("XDG_CACHE_HOME")
            .or_else(of_home)
            .or_else(|| self.path("TMPDIR"))
            .unwrap_or_else(|| self.directory.clone())
    }

    /// Where a user's data are, if the user has a home.
    pub fn data_home(&self) -> Option<PathBuf> {
        self.path("XDG_DATA_HOME")
            .or_else(|| self.home().map(|home| home.join(".local/share")))
    }

    /// Whether compiled files are kept for the next evaluation: unless `HOME_MANAGER_PARSE_CACHE`
    /// is `0`.
    pub fn keeps_compiled(&self) -> bool {
        self.variable("HOME_MANAGER_PARSE_CACHE") != Some(OsStr::new("0"))
    }

    /// A variable as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.variable(name)
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// A variable that says where something is; relative values are ignored, as the XDG
    /// specification asks.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    }

    /// The user's name: `USER`, `LOGNAME`, or what the system says.
    pub fn user(&self) -> Option<String> {
        self.text("USER")
            .or_else(|| self.text("LOGNAME"))
            .or_else(|| Some(self.account()?.name.clone()))
    }

    /// Returns the user's login shell: `SHELL`, or the one that the system knows.
    pub fn login_shell(&self) -> Option<PathBuf> {
        self.path("SHELL").or_else(|| self.account()?.shell.clone())
    }

    /// The home directory: `HOME`, or what the system says. It has no slash at its end.
    pub fn home(&self) -> Option<PathBuf> {
        let home = self.path("HOME").or_else(|| self.account()?.home.clone())?;
        Some(home.components().collect())
    }

    /// The search path of programs: `PATH`, or the usual one if that is empty.
    pub fn search_path(&self) -> OsString {
        self.variable("PATH")
            .map_or_else(|| USUAL_SEARCH_PATH.into(), OsString::from)
    }

    /// The system is only asked when a variable is missing, as that may start a program.
    fn account(&self) -> Option<&Account> {
        self.account
            .get_or_init(|| account::find(self.number?, &self.search_path()))
            .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Environment {
        let variables = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Environment {
            variables: variables.collect(),
            ..Environment::default()
        }
    }

    #[test]
    fn variables_say_who_the_user_is() {
        let home = |value| with(&[("HOME", value)]).home();
        assert_eq!(home("/home/al//"), Some(PathBuf::from("/home/al")));
        assert!(home("/home/al/").is_some_and(|home| home.as_os_str() == "/home/al"));
        assert_eq!(home("home/al"), None);
        assert_eq!(with(&[("LOGNAME", "al")]).user().as_deref(), Some("al"));
        let both = with(&[("USER", "bo"), ("LOGNAME", "al")]);
        assert_eq!(both.user().as_deref(), Some("bo"));
        assert_eq!(with(&[]).user(), None);
    }

    #[test]
    fn an_empty_search_path_is_the_usual_one() {
        assert_eq!(with(&[("PATH", "")]).search_path(), USUAL_SEARCH_PATH);
        assert_eq!(with(&[("PATH", "/x")]).search_path(), "/x");
    }
}
