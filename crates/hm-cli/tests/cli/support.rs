//! What the stories share.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::Winsize;
use testutils::Sandbox;

/// A command on a terminal of its own.
pub struct Terminal {
    child: Child,
    master: File,
    text: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts a command on a terminal of so many columns.
    pub fn start(mut command: Command, columns: u16) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        rustix::termios::tcsetwinsize(&master, size).expect("a size");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let name = name.into_string().expect("text");
        let slave = File::options().read(true).write(true).open(name);
        let slave = OwnedFd::from(slave.expect("the other end"));
        let end = || Stdio::from(slave.as_fd().try_clone_to_owned().expect("a descriptor"));
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().expect("a program");
        let master = File::from(master);
        let mut source = master.try_clone().expect("a descriptor");
        let text = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails when nobody has the other end any more.
            while let Ok(count @ 1..) = source.read(&mut buffer) {
                sink.lock().expect("no panic").extend(&buffer[..count]);
            }
        });
        Terminal {
            child,
            master,
            text,
            reader,
        }
    }

    /// All that came so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("no panic")).into_owned()
    }

    /// Types text.
    pub fn type_in(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).expect("typed");
    }

    /// Waits until there is a text, escape sequences left out. Returns whether it came.
    pub fn wait_for(&self, wanted: &str) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(15) {
            let text = self.text();
            if anstream::adapter::strip_str(&text)
                .to_string()
                .contains(wanted)
            {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Waits for the end; returns the exit code and all that came.
    pub fn finish(mut self) -> (i32, String) {
        let status = self.child.wait().expect("an end");
        self.reader.join().expect("no panic");
        let text = self.text.lock().expect("no panic");
        let text = String::from_utf8_lossy(&text).into_owned();
        (status.code().unwrap_or(-1), text)
    }

    /// Ends the command.
    pub fn kill(mut self) {
        self.child.kill().expect("a process");
        self.child.wait().expect("an end");
    }
}

/// A fresh home for the program under test.
pub fn sandbox() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_home-manager"))
}

/// A home with a configuration at the usual place that has this module.
pub fn configured(module: &str) -> Sandbox {
    let sandbox = sandbox();
    sandbox.succeed(["init"]);
    configure(&sandbox, module);
    sandbox
}

/// Replaces the configuration of a home.
pub fn configure(sandbox: &Sandbox, module: &str) {
    let home = sandbox.home().display().to_string();
    let text = format!(
        "{{ config, lib, pkgs, ... }}:\n{{\n  home.username = \"alice\";\n  home.homeDirectory = \
         \"{home}\";\n  home.stateVersion = \"26.05\";\n{module}\n}}\n"
    );
    sandbox.write(".config/home-manager/home.nix", text);
}

/// The part of a home that a configuration manages: everything but the program's own state.
pub fn managed(sandbox: &Sandbox) -> std::collections::BTreeMap<String, String> {
    let mut tree = sandbox.tree("");
    tree.retain(|path, _| {
        !path.starts_with(".config/home-manager")
            && !path.starts_with(".local/state")
            && path != ".local/"
            && path != ".cache/"
            && !path.starts_with(".cache/home-manager")
            && !path.starts_with(".nix-profile")
    });
    tree
}

/// Whether a process may have namespaces of its own here; says which test is skipped otherwise.
pub fn has_namespaces(test: &str) -> bool {
    let made = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .status();
    let has = made.is_ok_and(|status| status.success());
    if !has {
        testutils::skip(test, "the kernel refuses namespaces");
    }
    has
}
