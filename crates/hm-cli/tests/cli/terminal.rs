//! What reaches the terminal, and signals that come from it.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use testutils::Sandbox;

use crate::support::{Terminal, configured, sandbox};

/// Runs a command on a terminal of so many columns, and returns its exit code and all that came.
fn on_terminal(command: Command, columns: u16) -> (i32, String) {
    Terminal::start(command, columns).finish()
}

fn xterm(sandbox: &Sandbox, words: &[&str]) -> Command {
    let mut command = sandbox.program(words);
    command.env("TERM", "xterm");
    command
}

#[test]
fn escape_sequences_of_flakes_do_not_reach_the_terminal() {
    let sandbox = sandbox();
    let hostile = "\\u001b]0;TITLE\\u0007\\u001b[2J\\u001b]52;c;Zm9v\\u001b\\\\";
    sandbox.write(
        "flake/flake.nix",
        format!(
            "let x = builtins.fromJSON ''\"{hostile}\"''; in {{ description = \"a\\b description\";\n\
             outputs = _: {{ t = builtins.trace (\"tr\" + x) 1; w = builtins.warn (\"w\" + x) 1;\n\
             e = throw (\"er\" + x); s = \"s\" + x; ${{\"n\" + x}} = 1; }}; }}"
        ),
    );
    for words in [
        &["nix", "eval", "path:./flake#t"][..],
        &["nix", "eval", "path:./flake#w"],
        &["nix", "eval", "path:./flake#e"],
        &["nix", "eval", "path:./flake#s"],
        &["nix", "flake", "show", "path:./flake"],
    ] {
        let (_, text) = on_terminal(xterm(&sandbox, words), 80);
        for forbidden in ["TITLE", "\x1b[2J", "\x07", "\x1b]"] {
            assert!(!text.contains(forbidden), "{words:?}: {text:?}");
        }
        // Nor do escapes of any kind reach a file.
        let ran = sandbox.run(words);
        assert!(!ran.stderr.contains('\x1b'), "{words:?}: {:?}", ran.stderr);
    }
}

/// A package whose builder writes long lines, and what builds it.
fn talkative(sandbox: &Sandbox) {
    sandbox.write(
        "long.nix",
        "derivation { name = \"long-1.0\"; system = builtins.currentSystem; builder = \"/bin/sh\";\n\
         args = [ \"-c\" \"i=0; while [ $i -lt 8 ]; do echo line-$i-012345678901234567890123456789\
         0123456789012345678901234567890123456789; i=$((i+1)); done; echo x > $out\" ]; }",
    );
}

#[test]
fn progress_has_room_on_the_terminal() {
    let sandbox = sandbox();
    talkative(&sandbox);
    for columns in [30, 60, 200] {
        let words = [
            "nix",
            "build",
            "--impure",
            "--no-link",
            "--rebuild",
            "-f",
            "long.nix",
        ];
        sandbox.run(["nix", "build", "--impure", "--no-link", "-f", "long.nix"]);
        let (_, text) = on_terminal(xterm(&sandbox, &words), columns);
        assert!(text.contains("building long"), "{text:?}");
        for line in text.split(['\r', '\n']) {
            let shown = line.replace("\x1b[K", "").replace("\x1b[2m", "");
            let shown = shown.replace("\x1b[0m", "");
            if shown.starts_with('[') {
                assert!(shown.chars().count() < usize::from(columns), "{shown:?}");
            }
        }
    }
}

#[test]
fn data_begins_on_a_clean_line() {
    let sandbox = configured("home.file.x.text = \"y\";");
    // Writes the lock file.
    sandbox.succeed(["eval", "home.username"]);
    let (code, text) = on_terminal(xterm(&sandbox, &["eval", "home.username"]), 80);
    assert_eq!(code, 0, "{text:?}");
    assert!(text.contains("evaluating"), "{text:?}");
    assert!(text.ends_with("\r\x1b[K\"alice\"\r\n"), "{text:?}");
    let mut plain = xterm(&sandbox, &["eval", "home.username"]);
    plain.env("NO_COLOR", "1");
    let (_, text) = on_terminal(plain, 80);
    assert!(!text.contains('\x1b'), "{text:?}");
    assert!(text.ends_with("\r\"alice\"\r\n"), "{text:?}");
    let mut dumb = sandbox.program(["eval", "home.username"]);
    dumb.env("TERM", "dumb");
    let (_, text) = on_terminal(dumb, 80);
    assert_eq!(text, "\"alice\"\r\n");
}

#[test]
fn logs_are_printed_once_and_as_asked() {
    let sandbox = sandbox();
    sandbox.write(
        "bad.nix",
        "derivation { name = \"bad-1\"; system = builtins.currentSystem; builder = \"/bin/sh\";\n\
         args = [ \"-c\" \"echo line1; echo line2; exit 3\" ]; }",
    );
    let count = |text: &str, part: &str| text.matches(part).count();
    let build = ["nix", "build", "--impure", "--no-link", "-f", "bad.nix"];
    let ran = sandbox.run(build);
    assert_eq!(count(&ran.stderr, "> line1"), 1, "{}", ran.stderr);
    assert_eq!(count(&ran.stderr, "line1"), 1, "{}", ran.stderr);
    let loud = [&build[..], &["-L"]].concat();
    let ran = sandbox.run(&loud);
    assert_eq!(count(&ran.stderr, "bad> line1\n"), 1, "{}", ran.stderr);
    assert_eq!(count(&ran.stderr, "line1"), 1, "{}", ran.stderr);
    let (_, text) = on_terminal(xterm(&sandbox, &loud), 80);
    assert_eq!(count(&text, "bad> line1\r\n"), 1, "{text:?}");
    let older = ["nix-build", "--no-out-link", "bad.nix"];
    let ran = sandbox.run(older);
    assert_eq!(count(&ran.stderr, "\nline1\n"), 1, "{}", ran.stderr);
    assert_eq!(count(&ran.stderr, "line1"), 1, "{}", ran.stderr);
    let (_, text) = on_terminal(xterm(&sandbox, &older), 80);
    assert_eq!(count(&text, "line1\r\n"), 1, "{text:?}");
}

/// Waits for the end of a process; kills it if it does not come.
fn end_of(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().expect("a process") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("a process");
    child.wait().expect("an end");
    None
}

/// Sends a signal to a command that does not end by itself. Returns its exit code, how long it took
/// to end, and what it said.
fn interrupted(mut command: Command, signal: Signal) -> (Option<i32>, Duration, String) {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a program");
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!(child.try_wait().expect("a process"), None, "it has ended");
    let process = Pid::from_child(&child);
    let start = Instant::now();
    kill_process(process, signal).expect("a signal");
    let code = end_of(&mut child);
    let taken = start.elapsed();
    let mut said = String::new();
    if let Some(mut errors) = child.stderr.take() {
        errors.read_to_string(&mut said).expect("text");
    }
    (code, taken, said)
}

#[test]
fn signals_end_whatever_is_under_way() {
    let sandbox = sandbox();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let made = Command::new("mkfifo")
        .arg(sandbox.home().join("fifo"))
        .status();
    assert!(made.expect("mkfifo").success());
    let fifo = sandbox.home().join("fifo").display().to_string();
    let expressions = [
        "let go = n: if n > 5000 then 0 else 1 + go (n + 1); in \
         builtins.foldl' (a: b: a + go 0) 0 (builtins.genList (x: x) 10000000)"
            .to_owned(),
        format!("builtins.fetchTarball \"http://127.0.0.1:{port}/x.tar.gz\""),
        format!("builtins.readFile {fifo}"),
    ];
    let signals = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
    for (expression, (signal, code)) in expressions
        .iter()
        .zip(signals)
        .chain(expressions.iter().cycle().skip(1).zip(signals))
    {
        let command = sandbox.program(["nix", "eval", "--impure", "--expr", expression]);
        let (ended, taken, said) = interrupted(command, signal);
        assert_eq!(ended, Some(code), "{expression}: {said}");
        assert!(said.contains("error: interrupted"), "{expression}: {said}");
        assert_eq!(said.lines().count(), 1, "{expression}: {said}");
        // A tenth of a second on a machine that does nothing else.
        assert!(
            taken < Duration::from_millis(800),
            "{expression}: {taken:?}"
        );
    }
}

#[test]
fn an_interrupted_build_leaves_nothing_running() {
    let sandbox = sandbox();
    sandbox.write(
        "slow.nix",
        "derivation { name = \"slow\"; system = builtins.currentSystem; builder = \"/bin/sh\";\n\
         args = [ \"-c\" \"sleep 6543\" ]; PATH = \"/usr/bin:/bin\"; }",
    );
    let command = sandbox.program(["nix-build", "--no-out-link", "slow.nix"]);
    let (ended, _, said) = interrupted(command, Signal::TERM);
    assert_eq!(ended, Some(143), "{said}");
    std::thread::sleep(Duration::from_millis(300));
    let processes = Command::new("pgrep").args(["-f", "^sleep 6543"]).output();
    let processes = processes.expect("pgrep").stdout;
    assert_eq!(String::from_utf8_lossy(&processes), "");
}

#[test]
fn evaluations_fit_into_little_memory() {
    let sandbox = sandbox();
    let program = env!("CARGO_BIN_EXE_home-manager");
    let run = |limit: &str, expression: &str| {
        let line = format!("ulimit {limit}; exec {program} nix eval --expr '{expression}'");
        let ran = sandbox.finish({
            let mut command = sandbox.command("bash");
            command.args(["-c", &line]);
            command
        });
        assert!(!ran.stderr.contains("panicked"), "{limit}: {}", ran.stderr);
        ran
    };
    for limit in [
        "-v 1000000",
        "-v 2000000",
        "-v 8000000",
        "-v 40000000",
        "-d 300000",
    ] {
        let ran = run(limit, "1 + 1");
        assert_eq!(ran.stdout, "2\n", "{limit}: {}", ran.stderr);
        let endless = "builtins.length (builtins.genList (x: x) 400000000)";
        let deep = "let f = n: { inherit n; next = f (n + 1); }; \
                    g = x: builtins.seq x.n (g x.next); in g (f 0)";
        for expression in [endless, deep] {
            if limit == "-v 40000000" {
                // That would take all of this machine's memory.
                continue;
            }
            let ran = run(limit, expression);
            assert_eq!(ran.code, 1, "{limit}: {expression}: {}", ran.stderr);
        }
    }
}

#[test]
fn devices_have_no_text() {
    let sandbox = sandbox();
    let ran = sandbox.succeed([
        "nix",
        "eval",
        "--impure",
        "--expr",
        "builtins.readFile /dev/zero",
    ]);
    assert_eq!(ran.stdout, "\"\"\n");
}

#[test]
fn errors_on_very_long_lines_show_a_part() {
    let sandbox = sandbox();
    let filler = "x".repeat(70_000);
    sandbox.write(
        "long.nix",
        format!("{{ a = \"{filler}\"; b = throw \"the message\"; }}"),
    );
    let ran = sandbox.run(["nix", "eval", "--impure", "--file", "./long.nix", "b"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("the message"), "{}", ran.stderr);
    assert!(ran.stderr.contains("…"), "{}", ran.stderr);
    assert!(ran.stderr.len() < 2000, "{}", ran.stderr.len());
}

#[test]
fn links_of_others_are_not_written_through() {
    let sandbox = configured("");
    sandbox.write("precious", "text");
    sandbox.write(".local/state/home-manager/.keep", "");
    let state = sandbox.home().join(".local/state/home-manager");
    for name in ["lock", "program.new", "program"] {
        std::os::unix::fs::symlink(sandbox.home().join("precious"), state.join(name))
            .expect("a link");
    }
    let ran = sandbox.run(["switch"]);
    assert_ne!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(sandbox.read("precious"), "text");
    std::fs::remove_file(state.join("lock")).expect("the link");
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("precious"), "text");
    // Nor is a journal believed that others can write.
    let journal = state.join("journal");
    std::fs::write(&journal, "{}\n").expect("a journal");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    std::fs::set_permissions(&journal, mode).expect("a mode");
    let ran = sandbox.run(["status"]);
    assert!(ran.stderr.contains("others can write it"), "{}", ran.stderr);
}

#[test]
fn the_help_of_a_command_fits_on_a_screen() {
    let sandbox = sandbox();
    for command in ["switch", "build", "diff", "status", "edit", "completions"] {
        for words in [&["help", command][..], &[command, "--help"]] {
            let help = sandbox.succeed(words).stdout;
            assert!(help.lines().count() <= 40, "{words:?}:\n{help}");
            assert!(help.contains("home-manager --help"), "{words:?}:\n{help}");
        }
    }
    assert!(sandbox.succeed(["--help"]).stdout.contains("--max-memory"));
}
