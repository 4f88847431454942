//! Daemons that `ssh` starts on another machine.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix_store::store::StoreReference;

use crate::error::DaemonError;
use crate::transport::{Abort, Link, Transport};

/// How `ssh` is called.
#[derive(Debug, Clone, Default)]
pub struct SshOptions {
    /// The program, `ssh` when not given.
    pub program: Option<PathBuf>,
    /// Options of the user's, from `NIX_SSHOPTS`.
    pub options: Vec<String>,
    /// Where the keys of hosts that are stated in the store's name are written.
    pub temporary_directory: PathBuf,
}

/// A program on another machine, spoken to by its standard input and output.
#[derive(Debug, Clone)]
pub struct SshTransport {
    program: PathBuf,
    arguments: Vec<OsString>,
    host_key: Option<(PathBuf, String)>,
    /// Without `ssh`: on this machine.
    local: bool,
    /// Whether what it says on its standard error is for the caller.
    takes_errors: bool,
}

impl SshTransport {
    /// The program of a store named `ssh-ng://` or `ssh://`, with these arguments. The parameters
    /// `remote-program`, `ssh-key`, `compress`, `base64-ssh-public-host-key` and `remote-store` are
    /// used. As for Nix, the host `localhost` is this machine, and needs no `ssh`.
    ///
    /// # Errors
    /// When user and host are none that `ssh` could be given.
    pub fn new(
        reference: &StoreReference,
        authority: &str,
        default_program: &str,
        program_arguments: &[&str],
        options: &SshOptions,
    ) -> Result<SshTransport, DaemonError> {
        let (target, port) = split_port(authority);
        check(authority, target)?;
        let mut command: Vec<OsString> = reference
            .parameter("remote-program")
            .unwrap_or(default_program)
            .split_whitespace()
            .map(OsString::from)
            .collect();
        command.extend(program_arguments.iter().map(OsString::from));
        if let Some(store) = reference
            .parameter("remote-store")
            .filter(|store| !store.is_empty())
        {
            command.push("--store".into());
            command.push(store.into());
        }
        if authority == "localhost" {
            return Ok(SshTransport {
                program: PathBuf::from(command.remove(0)),
                arguments: command,
                host_key: None,
                local: true,
                takes_errors: false,
            });
        }

        let mut arguments: Vec<OsString> = vec![target.into(), "-x".into()];
        arguments.extend(options.options.iter().map(OsString::from));
        if let Some(key) = reference.parameter("ssh-key").filter(|key| !key.is_empty()) {
            arguments.extend(["-i".into(), key.into()]);
        }
        let host_key = reference
            .parameter("base64-ssh-public-host-key")
            .filter(|key| !key.is_empty())
            .map(|key| known_host(target, key, options))
            .transpose()?;
        if let Some((file, _)) = &host_key {
            let mut option = OsString::from("-oUserKnownHostsFile=");
            option.push(file);
            arguments.push(option);
        }
        let compress = reference
            .boolean("compress")
            .map_err(|error| DaemonError::Connect {
                store: reference.to_string(),
                reason: error.to_string(),
            })?;
        if compress == Some(true) {
            arguments.push("-C".into());
        }
        if let Some(port) = port {
            arguments.push(format!("-p{port}").into());
        }
        arguments.push("--".into());
        arguments.extend(command);
        Ok(SshTransport {
            program: options.program.clone().unwrap_or_else(|| "ssh".into()),
            arguments,
            host_key,
            local: false,
            takes_errors: false,
        })
    }

    /// With what the program says on its standard error for the caller.
    #[must_use]
    pub fn with_errors(self) -> SshTransport {
        SshTransport {
            takes_errors: true,
            ..self
        }
    }
}

/// The file of the known host, and what is in it.
fn known_host(
    target: &str,
    key: &str,
    options: &SshOptions,
) -> Result<(PathBuf, String), DaemonError> {
    let key = nix_wire::hash::encoding::decode_base64(key)
        .ok()
        .and_then(|key| String::from_utf8(key).ok())
        .ok_or_else(|| DaemonError::Authority {
            authority: target.to_owned(),
            reason: "its public key is not in base 64",
        })?;
    let host = target.rsplit_once('@').map_or(target, |(_, host)| host);
    let text = format!("{host} {key}\n");
    let name = nix_wire::Hash::sha256(&text).nix32();
    let file = options
        .temporary_directory
        .join(format!("known-host-{name}"));
    Ok((file, text))
}

/// The port comes after the last colon that is not in brackets.
fn split_port(authority: &str) -> (&str, Option<u16>) {
    let after_brackets = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[after_brackets..].rfind(':') {
        Some(colon) => {
            let (target, port) = authority.split_at(after_brackets + colon);
            match port[1..].parse() {
                Ok(port) => (target, Some(port)),
                Err(_) => (authority, None),
            }
        }
        None => (authority, None),
    }
}

/// What begins with a dash would be taken for an option.
fn check(authority: &str, target: &str) -> Result<(), DaemonError> {
    let bad = |reason| {
        Err(DaemonError::Authority {
            authority: authority.to_owned(),
            reason,
        })
    };
    let host = match target.rsplit_once('@') {
        Some(("", _)) => return bad("user name must not be empty"),
        Some((user, _)) if user.starts_with('-') => {
            return bad("user name must not start with '-'");
        }
        Some((_, host)) => host,
        None => target,
    };
    if host.is_empty() {
        return bad("host name must not be empty");
    }
    if host.starts_with('-') {
        return bad("host name must not start with '-'");
    }
    Ok(())
}

impl Transport for SshTransport {
    fn connect(&self) -> Result<Link, String> {
        if let Some((file, text)) = &self.host_key {
            std::fs::write(file, text)
                .map_err(|error| format!("cannot write '{}': {error}", file.display()))?;
        }
        let program = self.program.display();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if self.takes_errors {
                Stdio::piped()
            } else {
                Stdio::inherit()
            })
            .spawn()
            .map_err(|error| format!("cannot start '{program}': {error}"))?;
        let (Some(sink), Some(source)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("'{program}' has no standard input or output"));
        };
        Ok(Link {
            source: Box::new(source),
            sink: Box::new(sink),
            beside: child.stderr.take().map(Into::into),
            abort: Abort::process(child),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        self.local
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(name: &str) -> Vec<String> {
        let reference: StoreReference = name.parse().expect("a name");
        let authority = name
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split('?').next());
        let options = SshOptions {
            options: vec!["-v".to_owned()],
            temporary_directory: PathBuf::from("/run"),
            ..SshOptions::default()
        };
        let authority = authority.expect("an authority");
        let transport =
            SshTransport::new(&reference, authority, "nix-daemon", &["--stdio"], &options);
        let transport = transport.expect("a command");
        std::iter::once(transport.program.into_os_string())
            .chain(transport.arguments)
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_store_says_how_ssh_is_called() {
        assert_eq!(
            command("ssh-ng://me@host:2222?ssh-key=/k&compress=true&remote-store=/s").join(" "),
            "ssh me@host -x -v -i /k -C -p2222 -- nix-daemon --stdio --store /s"
        );
        assert_eq!(
            command("ssh-ng://host?remote-program=/opt/nix-daemon%20--option%20a%20b").join(" "),
            "ssh host -x -v -- /opt/nix-daemon --option a b --stdio"
        );
        assert_eq!(
            command("ssh-ng://localhost").join(" "),
            "nix-daemon --stdio"
        );
        assert_eq!(command("ssh-ng://[::1]:22")[1..4].join(" "), "[::1] -x -v");
    }

    #[test]
    fn a_host_is_no_option() {
        for authority in ["-oProxyCommand=x", "@host", "-l@host", "me@-x", "me@", ""] {
            let reference = StoreReference::address("ssh-ng", authority);
            let options = SshOptions::default();
            assert!(
                SshTransport::new(&reference, authority, "nix-daemon", &[], &options).is_err(),
                "{authority}"
            );
        }
    }
}
