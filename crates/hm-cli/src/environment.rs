//! The process's surroundings, read once: variables, user, host, terminal.
//!
//! Everything else gets this value, so that tests and commands see the same, and nothing reads a
//! global behind somebody's back.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The surroundings of the process.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// The name of the host, as `hostname` prints it.
    pub host_name: String,
    /// The user and home directory that the user database names.
    account: Option<Account>,
}

#[derive(Clone, Debug)]
struct Account {
    name: String,
    home: PathBuf,
}

impl Environment {
    /// Reads the surroundings.
    ///
    /// # Errors
    /// When there is no working directory.
    pub fn read() -> std::io::Result<Environment> {
        let uname = rustix::system::uname();
        Ok(Environment {
            variables: std::env::vars_os().collect(),
            directory: std::env::current_dir()?,
            host_name: uname.nodename().to_string_lossy().into_owned(),
            account: account(rustix::process::getuid().as_raw()),
        })
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

    /// Where caches are. Somebody without a home (builders are told of one that is not there) has
    /// them with the temporary files, or in the working directory.
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

    /// The user's name: `USER`, or what the user database says.
    pub fn user(&self) -> Option<String> {
        self.text("USER")
            .or_else(|| self.account.as_ref().map(|account| account.name.clone()))
    }

    /// The home directory: `HOME`, or what the user database says.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
            .or_else(|| self.account.as_ref().map(|account| account.home.clone()))
    }
}

/// Looks a user up in `/etc/passwd`. (A static program cannot ask the C library, which would load
/// its name services.)
fn account(uid: u32) -> Option<Account> {
    let text = std::fs::read_to_string(Path::new("/etc/passwd")).ok()?;
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, id, _, _, home, ..] if id.parse() == Ok(uid) => Some(Account {
                name: (*name).to_owned(),
                home: PathBuf::from(home),
            }),
            _ => None,
        }
    })
}
