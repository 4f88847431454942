//! Users as the system knows them.
//!
//! A static program cannot ask the C library, which would load its name services. So the files are
//! read that have local users, and those of systemd; for all others (directories of a network, say)
//! a program of the system is asked.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The login name.
    pub name: String,
    /// The home directory, if it is known.
    pub home: Option<PathBuf>,
    /// The login shell, if it is known.
    pub shell: Option<PathBuf>,
}

/// Where systemd has users that are in no other file.
const RECORDS: [&str; 4] = [
    "/etc/userdb",
    "/run/userdb",
    "/run/host/userdb",
    "/usr/lib/userdb",
];

/// Finds the user with this number. Programs are looked for in `search_path`.
pub fn find(number: u32, search_path: &OsStr) -> Option<Account> {
    let of_file = || in_passwd(&fs::read_to_string("/etc/passwd").ok()?, number);
    let of_systemd = || {
        RECORDS.iter().find_map(|directory| {
            let file = Path::new(directory).join(format!("{number}.user"));
            in_record(&fs::read_to_string(file).ok()?)
        })
    };
    let ask = |program: &str, arguments: &[&str]| ask(search_path, program, arguments);
    let text = number.to_string();
    of_file()
        .or_else(of_systemd)
        .or_else(|| in_passwd(&ask("getent", &["passwd", &text])?, number))
        .or_else(|| in_record(&ask("userdbctl", &["--output=json", "user", &text])?))
        .or_else(|| {
            let name = ask("id", &["-un"])?.trim().to_owned();
            Some(Account {
                name,
                home: None,
                shell: None,
            })
        })
}

/// Returns the answer of a program of the system, if it exists and succeeds.
fn ask(search_path: &OsStr, program: &str, arguments: &[&str]) -> Option<String> {
    let program = std::env::split_paths(search_path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        .filter(|text| !text.trim().is_empty())
}

/// Reads lines of the format `passwd`.
fn in_passwd(text: &str, number: u32) -> Option<Account> {
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, id, _, _, home, rest @ ..] if id.parse() == Ok(number) => Some(Account {
                name: (*name).to_owned(),
                home: absolute(home),
                shell: rest.first().and_then(|shell| absolute(shell)),
            }),
            _ => None,
        }
    })
}

/// Reads a user record of systemd.
fn in_record(text: &str) -> Option<Account> {
    let record: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Account {
        name: record["userName"].as_str()?.to_owned(),
        home: record["homeDirectory"].as_str().and_then(absolute),
        shell: record["shell"].as_str().and_then(absolute),
    })
}

fn absolute(path: &str) -> Option<PathBuf> {
    Some(PathBuf::from(path)).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_in_each_format() {
        let al = Account {
            name: "al".to_owned(),
            home: Some(PathBuf::from("/home/al")),
            shell: Some(PathBuf::from("/bin/sh")),
        };
        let passwd = "root:x:0:0::/root:/bin/sh\n\nal:x:4321:1::/home/al:/bin/sh\n";
        assert_eq!(in_passwd(passwd, 4321), Some(al.clone()));
        assert_eq!(in_passwd(passwd, 4322), None);
        let record = r#"{"userName":"al","uid":4321,"homeDirectory":"/home/al","shell":"/bin/sh"}"#;
        assert_eq!(in_record(record), Some(al));
        let without = Account {
            name: "al".to_owned(),
            home: None,
            shell: None,
        };
        assert_eq!(in_record(r#"{"userName":"al"}"#), Some(without));
        assert_eq!(in_record("not a record"), None);
    }

    #[test]
    fn programs_of_the_system_are_asked() {
        let directory = tempfile::tempdir().expect("a directory");
        let program = directory.path().join("getent");
        fs::write(&program, "#!/bin/sh\necho al:x:77:1::/home/al:/bin/sh\n").expect("a program");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&program, mode).expect("a mode");
        let text = ask(directory.path().as_os_str(), "getent", &[]).expect("an answer");
        assert_eq!(in_passwd(&text, 77).expect("a user").name, "al");
        assert_eq!(ask(directory.path().as_os_str(), "absent", &[]), None);
    }
}
