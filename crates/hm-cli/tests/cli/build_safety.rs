//! Settings that keep builders from harm: each is seen to bite, where root builds itself and where
//! an ordinary user has root's daemon build.

use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testutils::Sandbox;

use crate::support::sandbox;

/// A user without rights, and one that may not even connect.
const CLIENT: u32 = 4321;

/// What comes of a build.
enum Comes {
    /// The output has this text.
    Out(&'static str),
    /// It fails, and the error has this text.
    Error(&'static str),
}
use Comes::{Error, Out};

struct Row {
    name: &'static str,
    settings: &'static str,
    attributes: &'static str,
    script: &'static str,
    comes: Comes,
}

const fn row(
    name: &'static str,
    settings: &'static str,
    script: &'static str,
    comes: Comes,
) -> Row {
    Row {
        name,
        settings,
        attributes: "",
        script,
        comes,
    }
}

const fn with(attributes: &'static str, row: Row) -> Row {
    Row { attributes, ..row }
}

const SEES_ROOT: &str = "if [ -e /root ]; then echo sees > $out; else echo hidden > $out; fi";
const READS: &str = "if (head -c 4 /etc/shadow) 2> /dev/null; then echo reads > $out; \
                     else echo denied > $out; fi";
const IS_ROOT: &str = "read -r _ user _ < /proc/self/uid_map; \
                       if [ $(id -u) = 0 ] || [ $user = 0 -a ! -e /root ]; \
                       then echo root > $out; else echo other > $out; fi";
const SETUID: &str = "echo > file; if chmod 4755 file 2> /dev/null; then echo allowed > $out; \
                      else echo refused > $out; fi";

const ROWS: &[Row] = &[
    row("sandbox", "sandbox = true", SEES_ROOT, Out("hidden")),
    with(
        "__noChroot = true;",
        row(
            "no-chroot",
            "sandbox = true",
            SEES_ROOT,
            Error("__noChroot"),
        ),
    ),
    with(
        "__noChroot = true;",
        row("relaxed", "sandbox = relaxed", SEES_ROOT, Out("sees")),
    ),
    row(
        "relaxed-other",
        "sandbox = relaxed",
        SEES_ROOT,
        Out("hidden"),
    ),
    row("no-sandbox", "sandbox = false", READS, Out("denied")),
    row("user-without", "sandbox = false", IS_ROOT, Out("other")),
    row("user-within", "sandbox = true", IS_ROOT, Out("other")),
    row(
        "no-such-group",
        "build-users-group = no-such-group-here",
        SEES_ROOT,
        Error("'no-such-group-here' specified in 'build-users-group' does not exist"),
    ),
    row(
        "nothing-of-the-host",
        "sandbox-paths =",
        SEES_ROOT,
        Error("executing '/bin/sh'"),
    ),
    row(
        "size",
        "sandbox-dev-shm-size = 4x",
        SEES_ROOT,
        Error("/dev/shm"),
    ),
    row(
        "build-dir-within",
        "sandbox-build-dir = /elsewhere",
        "pwd > $out",
        Out("/elsewhere"),
    ),
    row(
        "relative-build-dir",
        "sandbox-build-dir = relative",
        "pwd > $out",
        Error("must be an absolute path"),
    ),
    row("filtered", "filter-syscalls = true", SETUID, Out("refused")),
    row(
        "unfiltered",
        "filter-syscalls = false",
        SETUID,
        Out("allowed"),
    ),
    row(
        "time",
        "timeout = 1",
        "sleep 20",
        Error("timed out after 1"),
    ),
    row(
        "silence",
        "max-silent-time = 1",
        "sleep 20",
        Error("timed out after 1"),
    ),
    row(
        "log",
        "max-build-log-size = 100",
        "while :; do echo more and more; done",
        Error("killed after writing more than 100 bytes"),
    ),
    row("jobs", "max-jobs = 0", SEES_ROOT, Error("max-jobs = 0")),
    row(
        "cgroups",
        "use-cgroups = true",
        SEES_ROOT,
        Error("experimental Nix feature 'cgroups' is disabled"),
    ),
    row(
        "cgroups-enabled",
        "experimental-features = nix-command cgroups\nuse-cgroups = true",
        SEES_ROOT,
        Error("'use-cgroups' is not supported"),
    ),
    row(
        "external",
        "external-builders = [{\"systems\":[],\"program\":\"/x\"}]",
        SEES_ROOT,
        Error("'external-builders' is disabled"),
    ),
    with(
        "requiredSystemFeatures = [ \"kept-away\" ];",
        row(
            "features",
            "system-features =",
            SEES_ROOT,
            Error("kept-away"),
        ),
    ),
    with(
        "__impureHostDeps = \"/etc/hostname\";",
        row(
            "host-deps",
            "",
            SEES_ROOT,
            Error("allowed-impure-host-deps"),
        ),
    ),
    row(
        "allocated",
        "experimental-features = nix-command auto-allocate-uids\nauto-allocate-uids = true\n\
         start-id = 500000000\nid-count = 65537",
        "read -r _ user _ < /proc/self/uid_map; echo $user > $out",
        Out("500000000"),
    ),
];

fn expression(row: &Row) -> String {
    format!(
        "derivation {{ name = \"{}\"; system = builtins.currentSystem; builder = \"/bin/sh\"; \
         PATH = \"/usr/bin:/bin\"; {} args = [ \"-euc\" ''{}'' ]; }}",
        row.name, row.attributes, row.script
    )
}

fn settings(row: &Row) -> String {
    let mut text = String::from("substituters =\nsandbox-fallback = false\n");
    if !row.settings.contains("experimental-features") {
        text.push_str("experimental-features = nix-command\n");
    }
    text + row.settings
}

fn build_command(sandbox: &Sandbox, row: &Row, link: &Path) -> Command {
    let mut command = sandbox.program(["nix", "build", "--impure", "--out-link"]);
    command.arg(link).arg("--expr").arg(expression(row));
    command
}

fn check(sandbox: &Sandbox, row: &Row, command: Command, link: &Path) {
    let ran = sandbox.finish(command);
    let said = format!("{}: {} {}", link.display(), ran.stdout, ran.stderr);
    match row.comes {
        Error(text) => assert!(ran.code != 0 && ran.stderr.contains(text), "{said}"),
        Out(text) => {
            assert_eq!(ran.code, 0, "{said}");
            let out = std::fs::read_to_string(link).expect("an output");
            assert_eq!(out.trim(), text, "{said}");
        }
    }
}

/// A daemon of root's; ended when this is dropped.
pub struct Daemon(Child);

impl Daemon {
    pub fn start(sandbox: &Sandbox, settings: &str) -> Daemon {
        let socket = sandbox.root().join("socket");
        // Of one that was killed.
        let _ = std::fs::remove_file(&socket);
        let mut command = sandbox.program(["nix-daemon", "--socket-path"]);
        command
            .arg(&socket)
            .env("NIX_CONFIG", settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let daemon = Daemon(command.spawn().expect("a daemon"));
        let begun = Instant::now();
        while UnixStream::connect(&socket).is_err() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        daemon
    }

    /// Returns how much memory it has, in kilobytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.expect("it runs");
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("VmRSS:"));
        let words = line.unwrap_or_default().split_whitespace().next();
        words.and_then(|word| word.parse().ok()).expect("a number")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Has a command be an ordinary user's, with a home of its own, at the daemon.
pub fn as_client(sandbox: &Sandbox, mut command: Command) -> Command {
    let home = sandbox.root().join("client");
    std::fs::create_dir_all(&home).expect("a home");
    std::os::unix::fs::chown(&home, Some(CLIENT), Some(CLIENT)).expect("given away");
    let socket = format!("unix://{}", sandbox.root().join("socket").display());
    command
        .env("HOME", &home)
        .env("TMPDIR", &home)
        .env("NIX_REMOTE", socket)
        .env(
            "NIX_CONFIG",
            "experimental-features = nix-command\nmax-jobs = auto",
        )
        .current_dir(&home)
        .uid(CLIENT)
        .gid(CLIENT);
    command
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn each_setting_bites() {
    if !is_root() {
        return;
    }
    let sandbox = sandbox();
    for row in ROWS {
        let link = sandbox.root().join(row.name);
        let mut command = build_command(&sandbox, row, &link);
        command.env("NIX_CONFIG", settings(row));
        check(&sandbox, row, command, &link);
    }
}

#[test]
fn each_setting_bites_in_roots_daemon() {
    if !is_root() {
        return;
    }
    let sandbox = sandbox();
    // How many builds there are at a time and how long they may be silent, each client says, as with
    // Nix; and a daemon with a setting that means nothing does not start.
    let elsewhere = ["jobs", "silence", "relative-build-dir"];
    for row in ROWS.iter().filter(|row| !elsewhere.contains(&row.name)) {
        let daemon = Daemon::start(&sandbox, &settings(row));
        let link = sandbox.root().join("client").join(row.name);
        let command = as_client(&sandbox, build_command(&sandbox, row, &link));
        check(&sandbox, row, command, &link);
        drop(daemon);
    }
}

#[test]
fn a_daemon_serves_whom_it_shall() {
    if !is_root() {
        return;
    }
    let sandbox = sandbox();
    for (settings, said) in [
        ("", "Trusted: 0"),
        ("trusted-users = 4321", "Trusted: 1"),
        ("trusted-users = @4321", "Trusted: 1"),
        ("allowed-users = root", "error"),
        ("allowed-users = @4321", "Trusted: 0"),
    ] {
        let settings = format!("experimental-features = nix-command\n{settings}");
        let _daemon = Daemon::start(&sandbox, &settings);
        let command = as_client(&sandbox, sandbox.program(["nix", "store", "info"]));
        let ran = sandbox.finish(command);
        let text = ran.stdout + &ran.stderr;
        assert!(text.contains(said), "{settings}: {text}");
    }
    let refused = sandbox.run(["nix-daemon", "--force-trusted", "--stdio"]);
    assert!(
        refused
            .stderr
            .contains("'daemon-trust-override' is disabled")
    );
}
