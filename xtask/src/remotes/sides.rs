//! Who works for whom, with which stores, and how one reaches the other.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::process::{Result, must, output};

/// What this machine builds for, as Nix writes it.
pub const SYSTEM: &str = match std::env::consts::ARCH.as_bytes() {
    b"aarch64" => "aarch64-linux",
    _ => "x86_64-linux",
};
/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);
/// Settings for every command, whatever the machine's own are.
const OPTIONS: &[&str] = &[
    "--option",
    "build-users-group",
    "",
    "--option",
    "sandbox",
    "false",
    "--option",
    "substitute",
    "false",
    "--option",
    "experimental-features",
    "nix-command flakes",
];

/// An implementation.
#[derive(Clone, Debug)]
pub struct Side {
    pub name: &'static str,
    /// What comes before the surroundings are set, and after.
    before: Vec<String>,
    after: Vec<String>,
}

impl Side {
    pub fn ours(program: &Path) -> Side {
        Side {
            name: "this",
            before: Vec::new(),
            after: vec![program.display().to_string()],
        }
    }

    pub fn nix(prefix: &str) -> Side {
        Side {
            name: "Nix",
            before: prefix.split_whitespace().map(str::to_owned).collect(),
            after: Vec::new(),
        }
    }

    pub fn version(&self) -> Result<String> {
        let mut words = self.before.clone();
        words.extend(["nix".to_owned(), "--version".to_owned()]);
        let ran = output(Command::new(&words[0]).args(&words[1..]))?;
        Ok(succeeded(&ran, &words.join(" "))?.trim().to_owned())
    }

    /// The words of a command in these surroundings. They are set by `env`, since what comes before
    /// may let none through.
    fn words(&self, variables: &[(&str, String)], command: &[&str]) -> Vec<String> {
        let mut words = self.before.clone();
        words.push("env".to_owned());
        words.extend(
            variables
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        words.extend(self.after.iter().cloned());
        words.extend(command.iter().map(|word| (*word).to_owned()));
        words.extend(OPTIONS.iter().map(|word| (*word).to_owned()));
        words
    }

    /// Whether `ssh` can be found where its commands run.
    fn has_ssh(&self) -> Result<bool> {
        let mut words = self.before.clone();
        words.extend(["sh", "-c", "command -v ssh"].map(str::to_owned));
        Ok(output(Command::new(&words[0]).args(&words[1..]))?
            .status
            .success())
    }
}

fn variables(directory: &Path, state: &str) -> Vec<(&'static str, String)> {
    let place = |name: &str| directory.join(name).display().to_string();
    vec![
        ("HOME", place("home")),
        ("NIX_STORE_DIR", place("store")),
        ("NIX_STATE_DIR", place(state)),
        ("NIX_LOG_DIR", place(&format!("{state}/log"))),
        (
            "NIX_SSHOPTS",
            format!(
                "-oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oLogLevel=ERROR -i {}",
                place("ssh/user")
            ),
        ),
    ]
}

fn run(words: &[String], directory: &Path) -> Result<Output> {
    output(
        Command::new(&words[0])
            .args(&words[1..])
            .current_dir(directory)
            .stdin(Stdio::null()),
    )
}

/// What a command printed, which must have succeeded.
pub fn succeeded(ran: &Output, command: &str) -> Result<String> {
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    Err(format!(
        "{command}: {}: {}",
        ran.status,
        String::from_utf8_lossy(&ran.stderr)
    ))
}

/// The one that keeps a store for the other.
#[derive(Debug)]
pub struct Server {
    pub side: Side,
    directory: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Server {
    pub fn new(side: &Side, directory: &Path) -> Server {
        Server {
            side: side.clone(),
            directory: directory.to_owned(),
            variables: variables(directory, "far"),
        }
    }

    /// Runs a command on its own store, without the daemon.
    pub fn run(&self, command: &[&str]) -> Result<Output> {
        let mut words = command.to_vec();
        words.extend(["--store", "local"]);
        run(&self.side.words(&self.variables, &words), &self.directory)
    }

    /// As `run`; it must succeed. What it printed.
    pub fn must(&self, command: &[&str]) -> Result<String> {
        succeeded(&self.run(command)?, &command.join(" "))
    }
}

/// The one that is served, with a store of its own: paths are called as in the server's, and the
/// files lie elsewhere.
#[derive(Debug)]
pub struct Client {
    pub side: Side,
    pub directory: PathBuf,
    /// The name of its own store.
    pub store: String,
    variables: Vec<(&'static str, String)>,
}

impl Client {
    pub fn new(side: &Side, directory: &Path) -> Client {
        let place = |name: &str| directory.join(name).display().to_string();
        Client {
            side: side.clone(),
            directory: directory.to_owned(),
            store: format!(
                "local?store={}&real={}&state={}&log={}",
                place("store"),
                place("near-store"),
                place("near"),
                place("near/log")
            ),
            variables: variables(directory, "near"),
        }
    }

    pub fn run(&self, command: &[&str]) -> Result<Output> {
        run(&self.side.words(&self.variables, command), &self.directory)
    }

    /// As `run`; it must succeed. What it printed.
    pub fn must(&self, command: &[&str]) -> Result<String> {
        succeeded(&self.run(command)?, &command.join(" "))
    }

    /// How it gets to the server by `ssh-ng://`.
    pub fn way_to(&self, server: &Server, ssh: Option<&SshServer>) -> Result<Way> {
        let script = self.directory.join("serve");
        let mut command = String::new();
        for word in server.side.words(&server.variables, &["nix-daemon"]) {
            let _ = write!(command, " '{word}'");
        }
        let text = format!(
            "#!/bin/sh\ncd '{}'\nexec{command} \"$@\"\n",
            self.directory.display()
        );
        let failed = |error| format!("{}: {error}", script.display());
        fs::write(&script, text).map_err(failed)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        Ok(match ssh {
            None => Way::Itself("there is no sshd".to_owned()),
            Some(_) if !self.side.has_ssh()? => {
                Way::Itself(format!("there is no ssh where {} is", self.side.name))
            }
            Some(ssh) => Way::Port(ssh.port),
        })
    }
}

/// How a client gets to a server by `ssh-ng://`.
#[derive(Debug)]
pub enum Way {
    /// Through the server for `ssh` at this port.
    Port(u16),
    /// By the name `localhost`, for which no `ssh` is used; and why.
    Itself(String),
}

impl Way {
    pub fn url(&self, server: &Server, directory: &Path) -> String {
        let program = directory.join("serve");
        let host = match self {
            Way::Port(port) => format!("127.0.0.1:{port}"),
            Way::Itself(_) => "localhost".to_owned(),
        };
        debug_assert_eq!(server.directory, directory);
        format!("ssh-ng://{host}?remote-program={}", program.display())
    }
}

/// A process that is ended with this.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts it, and waits until it listens.
    fn start(
        words: &[String],
        directory: &Path,
        log: &Path,
        listens: impl Fn() -> bool,
    ) -> Result<Running> {
        let file = |path: &Path| {
            fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let child = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(file(log)?)
            .stderr(file(log)?)
            .spawn()
            .map_err(|error| format!("{}: {error}", words[0]))?;
        let mut running = Running(child);
        let start = Instant::now();
        while !listens() {
            let ended = running.0.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                let said = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{} does not listen: {said}", words.join(" ")));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(running)
    }
}

/// A daemon on a socket.
#[derive(Debug)]
pub struct Daemon {
    socket: PathBuf,
    _process: Running,
}

impl Daemon {
    pub fn start(server: &Server) -> Result<Daemon> {
        let socket = server.directory.join("socket");
        let mut variables = server.variables.clone();
        variables.push(("NIX_DAEMON_SOCKET_PATH", socket.display().to_string()));
        let words = server.side.words(&variables, &["nix-daemon"]);
        let log = server.directory.join("daemon.log");
        let listens = || std::os::unix::net::UnixStream::connect(&socket).is_ok();
        let process = Running::start(&words, &server.directory, &log, listens)?;
        Ok(Daemon {
            socket,
            _process: process,
        })
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.socket.display())
    }
}

/// `sshd` for this user alone, with keys made for it.
#[derive(Debug)]
pub struct SshServer {
    port: u16,
    _process: Running,
}

impl SshServer {
    /// Nothing, when `sshd` is not installed.
    pub fn start(directory: &Path) -> Result<Option<SshServer>> {
        let places = [
            "/usr/sbin/sshd",
            "/usr/bin/sshd",
            "/run/current-system/sw/bin/sshd",
        ];
        // It insists on being called by its full name.
        let Some(sshd) = places.iter().find(|place| Path::new(place).exists()) else {
            return Ok(None);
        };
        let own = directory.join("ssh");
        let failed = |error: std::io::Error| format!("{}: {error}", own.display());
        fs::create_dir_all(&own).map_err(failed)?;
        for key in ["host", "user"] {
            must(
                Command::new("ssh-keygen")
                    .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                    .arg(own.join(key)),
            )?;
        }
        fs::copy(own.join("user.pub"), own.join("authorized")).map_err(failed)?;
        // Free now; nobody is likely to take it in the meantime.
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .map_err(failed)?
            .port();
        let configuration = own.join("sshd_config");
        let place = |name: &str| own.join(name).display().to_string();
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\n\
             StrictModes no\nPermitRootLogin yes\nUsePAM no\nPidFile {}\n",
            place("host"),
            place("authorized"),
            place("pid")
        );
        fs::write(&configuration, text).map_err(failed)?;
        let words: Vec<String> = [sshd, "-D", "-e", "-f", &configuration.display().to_string()]
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let process = Running::start(&words, directory, &own.join("log"), listens)?;
        Ok(Some(SshServer {
            port,
            _process: process,
        }))
    }
}
