//! An ordinary user at root's daemon who means harm: forged requests, and builds that fork, keep
//! files open, use up namespaces, leave processes, and ask for files of root's. Nothing is read,
//! nothing is written, and later builds are as ever.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testutils::{Random, Sandbox};

use crate::build_safety::{Daemon, as_client, is_root};
use crate::support::sandbox;

/// What only root may read.
const SECRET: &str = "it is only root's";

/// Builders, each with an output that is made whatever comes of the harm.
const SCRIPTS: &[(&str, &str)] = &[
    ("reads-secret", "cat $secret > $out || echo denied > $out"),
    ("lists-private", "ls $private > $out || echo denied > $out"),
    ("links-to-secret", "ln -s $secret $out"),
    ("hard-link", "ln $secret $out || echo denied > $out"),
    ("writes-canary", "echo harm > $canary || true; echo > $out"),
    ("replaces-canary", "rm -rf $private || true; echo > $out"),
    (
        "writes-store",
        "chmod -R u+w $input || true; echo harm > $input || true; echo > $out",
    ),
    (
        "setuid",
        "cp /bin/sh $out; chmod 4755 $out || chmod 755 $out",
    ),
    ("everybody-writes", "echo > $out; chmod 666 $out"),
    ("fifo", "mkfifo $out"),
    ("device", "mknod $out c 1 3 || echo > $out"),
    (
        "unreadable",
        "mkdir $out; echo > $out/x; chmod 000 $out/x $out",
    ),
    (
        "processes",
        "for i in 1 2 3 4 5 6 7 8; do (setsid sleep 30 > /dev/null 2>&1 &); done; echo > $out",
    ),
    (
        "stops-itself",
        "(setsid sh -c 'sleep 0.3; kill -STOP $$' > /dev/null 2>&1 &) ; echo > $out",
    ),
    (
        "forks",
        "ulimit -u 200 || true; f() { for i in 1 2 3; do (sleep 2 &); done; }; for i in 1 2 3 4 5 6 7 8 9 10; do f; done; echo > $out",
    ),
    (
        "namespaces",
        "for i in 1 2 3 4 5 6 7 8; do (unshare -Ur sleep 3 > /dev/null 2>&1 &); done; echo > $out",
    ),
    ("kills-all", "kill -9 -1 2> /dev/null || true; echo > $out"),
    (
        "core-pattern",
        "echo '|/bin/false' > /proc/sys/kernel/core_pattern || true; echo > $out",
    ),
    ("log-flood", "head -c 3000000 /dev/zero; echo > $out"),
    (
        "escape-directory",
        "cd ..; cd ..; ls > $out; touch harm ../harm || true",
    ),
];

/// Builders of the program itself that ask for what is root's.
fn builtins(secret: &Path, private: &Path) -> Vec<(String, String)> {
    let fetch = |name: &str, url: String| {
        let text = format!(
            "derivation {{ name = \"{name}\"; system = \"builtin\"; builder = \"builtin:fetchurl\"; \
             url = \"{url}\"; outputHash = \
             \"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"; \
             outputHashMode = \"flat\"; }}"
        );
        (name.to_owned(), text)
    };
    vec![
        fetch("fetch-secret", format!("file://{}", secret.display())),
        fetch("fetch-shadow", "file:///etc/shadow".to_owned()),
        fetch("fetch-environ", "file:///proc/1/environ".to_owned()),
        fetch(
            "fetch-parent",
            "file:///proc/self/cwd/../../../../etc/shadow".to_owned(),
        ),
        (
            "join-private".to_owned(),
            format!(
                "derivation {{ name = \"join-private\"; system = \"builtin\"; \
                 builder = \"builtin:buildenv\"; derivations = \"true 5 1 {}\"; \
                 manifest = \"/\"; }}",
                private.display()
            ),
        ),
        (
            "unpack-secret".to_owned(),
            format!(
                "derivation {{ name = \"unpack-secret\"; system = \"builtin\"; \
                 builder = \"builtin:unpack-channel\"; channelName = \"x\"; src = \"{}\"; }}",
                secret.display()
            ),
        ),
    ]
}

struct Attack {
    sandbox: Sandbox,
    secret: PathBuf,
    private: PathBuf,
    canary: PathBuf,
}

impl Attack {
    fn new() -> Attack {
        let sandbox = sandbox();
        let root = sandbox.root().to_owned();
        let (secret, private, canary) = (
            root.join("secret"),
            root.join("private"),
            root.join("canary"),
        );
        std::fs::write(&secret, SECRET).expect("a file");
        std::fs::create_dir(&private).expect("a directory");
        std::fs::write(private.join("name-of-a-private-file"), "").expect("a file");
        std::fs::write(&canary, "unchanged").expect("a file");
        for (path, mode) in [(&secret, 0o600), (&private, 0o700), (&canary, 0o644)] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path, mode).expect("changed");
        }
        Attack {
            sandbox,
            secret,
            private,
            canary,
        }
    }

    fn build(&self, expression: &str) -> testutils::Ran {
        let words = ["nix-build", "--out-link", "result", "-E", expression];
        let command = as_client(&self.sandbox, self.sandbox.program(words));
        self.sandbox.finish(command)
    }

    fn shell(&self, name: &str, script: &str, attributes: &str) -> String {
        format!(
            "derivation {{ name = \"{name}\"; system = builtins.currentSystem; \
             builder = \"/bin/sh\"; PATH = \"/usr/bin:/bin\"; {attributes} \
             input = builtins.toFile \"input\" \"unchanged\"; secret = \"{}\"; \
             private = \"{}\"; canary = \"{}\"; args = [ \"-c\" ''{script}'' ]; }}",
            self.secret.display(),
            self.private.display(),
            self.canary.display()
        )
    }

    fn nothing_happened(&self, after: &str) {
        let canary = std::fs::read_to_string(&self.canary).expect("the canary");
        assert_eq!(canary, "unchanged", "{after}");
        assert!(
            self.private.join("name-of-a-private-file").exists(),
            "{after}"
        );
        let store = self.sandbox.root().join("store");
        for entry in std::fs::read_dir(&store).expect("a store").flatten() {
            self.nothing_leaked(&entry.path(), after);
        }
    }

    /// Links into what is root's are no leak; contents and names are.
    fn nothing_leaked(&self, path: &Path, after: &str) {
        let metadata = std::fs::symlink_metadata(path).expect("metadata");
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(
            name != "name-of-a-private-file",
            "{after}: {}",
            path.display()
        );
        if metadata.is_dir() {
            for entry in std::fs::read_dir(path).expect("a directory").flatten() {
                self.nothing_leaked(&entry.path(), after);
            }
        } else if metadata.is_file() {
            let text = std::fs::read(path).expect("a file");
            let text = String::from_utf8_lossy(&text);
            let is_derivation = name.ends_with(".drv");
            assert!(
                is_derivation || !text.contains(SECRET),
                "{after}: {}",
                path.display()
            );
            assert!(!text.contains("root:"), "{after}: {}", path.display());
            assert!(
                metadata.permissions().mode() & 0o7222 == 0
                    || name.starts_with('.')
                    || name.ends_with(".lock"),
                "{after}: {}",
                path.display()
            );
        }
    }
}

#[test]
fn hostile_builds_harm_nobody() {
    if !is_root() {
        return;
    }
    for mode in ["true", "relaxed", "false"] {
        let attack = Attack::new();
        let settings = format!(
            "sandbox = {mode}\nsubstituters =\nmax-build-log-size = 1000000\ntimeout = 20\n\
             experimental-features = nix-command"
        );
        let daemon = Daemon::start(&attack.sandbox, &settings);
        let attributes = match mode {
            "relaxed" => "__noChroot = true;",
            _ => "",
        };
        for (name, script) in SCRIPTS {
            let ran = attack.build(&attack.shell(name, script, attributes));
            attack.nothing_happened(&format!("{name}, sandbox {mode}: {}", ran.stderr));
        }
        for (name, expression) in builtins(&attack.secret, &attack.private) {
            let ran = attack.build(&expression);
            assert!(ran.code != 0, "{name}, sandbox {mode}");
            attack.nothing_happened(&format!("{name}, sandbox {mode}: {}", ran.stderr));
        }
        // A later build is as ever.
        let script = "if [ -e /root ]; then echo sees > $out; else echo hidden > $out; fi";
        let ran = attack.build(&attack.shell("later", script, ""));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let link = attack.sandbox.root().join("client/result");
        let found = std::fs::read_to_string(link).expect("an output");
        let expected = if mode == "false" { "sees" } else { "hidden" };
        assert_eq!(found.trim(), expected, "sandbox {mode}");
        assert!(daemon.resident() < 300_000, "{} KB", daemon.resident());
    }
}

/// Speaks to the daemon as far as the first request, then says this.
fn say(socket: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let greeting: Vec<u8> = [0x6e69_7863_u64, 0x100 | 35, 0, 0]
        .into_iter()
        .flat_map(u64::to_le_bytes)
        .collect();
    stream.write_all(&greeting)?;
    stream.write_all(bytes)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut answer = Vec::new();
    // What it answers does not matter; that it goes on serving others does.
    let _ = stream.read_to_end(&mut answer);
    Ok(())
}

#[test]
fn forged_requests_harm_nobody() {
    if !is_root() {
        return;
    }
    let attack = Attack::new();
    let settings = "sandbox = true\nsubstituters =\nexperimental-features = nix-command";
    let daemon = Daemon::start(&attack.sandbox, settings);
    let socket = attack.sandbox.root().join("socket");
    let mut random = Random(13);
    for round in 0..100_u64 {
        let mut bytes = (round % 50).to_le_bytes().to_vec();
        for _ in 0..random.below(20) {
            // Small numbers, huge ones, and texts with their lengths.
            match random.below(3) {
                0 => bytes.extend((random.below(4) as u64).to_le_bytes()),
                1 => bytes.extend((u64::MAX >> random.below(60)).to_le_bytes()),
                _ => {
                    let text = attack.secret.display().to_string();
                    bytes.extend((text.len() as u64).to_le_bytes());
                    bytes.extend(text.bytes());
                    bytes.resize(bytes.len().next_multiple_of(8), 0);
                }
            }
        }
        say(&socket, &bytes).expect("the daemon listens");
    }
    attack.nothing_happened("forged requests");
    let ran = attack.build(&attack.shell("later", "echo later > $out", ""));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(daemon.resident() < 300_000, "{} KB", daemon.resident());
}
