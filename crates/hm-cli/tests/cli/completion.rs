//! Completion: the answers for a command line of `nix`, and the scripts of `home-manager` in shells.

use testutils::Sandbox;

use crate::support::{Terminal, sandbox};

/// A home with the flakes `foo`, which has an input and two outputs, `bar` with another input, and
/// `err`, which cannot be evaluated.
fn flakes() -> Sandbox {
    let sandbox = sandbox();
    sandbox.write("dep/flake.nix", "{ outputs = inputs: { }; }");
    let dependency = sandbox.home().join("dep").display().to_string();
    for (name, input) in [("foo", "a"), ("bar", "b")] {
        let text = format!(
            "{{ inputs.{input}.url = \"path:{dependency}\";\n\
             outputs = inputs: {{ sampleOutput = 1; nested.value = 2; }}; }}"
        );
        sandbox.write(format!("{name}/flake.nix"), text);
    }
    sandbox.write("err/flake.nix", "throw \"error\"");
    sandbox
}

/// The answer for the last of these words, with what follows it on the line.
fn complete(sandbox: &Sandbox, words: &[&str], rest: &[&str]) -> String {
    let mut command = sandbox.program(["nix"].iter().chain(words).chain(rest));
    command.env("NIX_GET_COMPLETIONS", words.len().to_string());
    command.env(
        "NIX_CONFIG",
        "experimental-features = nix-command flakes\nflake-registry =",
    );
    let output = command.output().expect("a program");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {errors}");
    assert_eq!(errors, "", "{words:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn words_of_nix_are_completed() {
    let sandbox = flakes();
    let cases: &[(&[&str], &[&str], &str)] = &[
        (&["buil"], &[], "normal\nbuild\t\n"),
        (&["flake", "metad"], &[], "normal\nmetadata\t\n"),
        (&["build", "./f"], &[], "filenames\n./foo\t\n"),
        (&["build", "./nonexistent"], &[], "filenames\n"),
        (
            &["build", "./foo", "--override-input", ""],
            &[],
            "normal\na\t\n",
        ),
        (
            &["build", "--override-input", ""],
            &["", "./foo"],
            "normal\na\t\n",
        ),
        (
            &["build", "./foo", "--override-input", ""],
            &["", "./bar"],
            "normal\na\t\nb\t\n",
        ),
        (
            &["build", "~/foo", "--override-input", ""],
            &[],
            "normal\na\t\n",
        ),
        (
            &["flake", "update", "--flake", "./foo", ""],
            &[],
            "normal\na\t\n",
        ),
        (&["build", "--log-form"], &[], "normal\n--log-format\t\n"),
        (
            &["build", "--option", "allow-import-from"],
            &[],
            "normal\nallow-import-from-derivation\t\n",
        ),
        (&["eval", "./foo#sam"], &[], "attrs\n./foo#sampleOutput\t\n"),
        (
            &["eval", "./foo#nested."],
            &[],
            "attrs\n./foo#nested.value\t\n",
        ),
        (
            &["eval", "--file", "./foo/flake.nix", "outp"],
            &[],
            "attrs\noutputs\t\n",
        ),
        (
            &["eval", "--file", "./err/flake.nix", "outp"],
            &[],
            "attrs\n",
        ),
        (&["eval", "./err#"], &[], "attrs\n"),
    ];
    for (words, rest, expected) in cases {
        let found = complete(&sandbox, words, rest);
        assert_eq!(found, *expected, "{words:?} {rest:?}");
    }
    // Nothing was written on the way.
    assert!(!sandbox.home().join("foo/flake.lock").exists());
}

#[test]
fn shells_complete_options_when_tab_is_pressed() {
    let shells: &[(&str, &[&str], &str)] = &[
        (
            "bash",
            &["--norc", "--noprofile", "-i"],
            "source ./script; PS1='rea''dy> '\n",
        ),
        (
            "zsh",
            &["-f", "-i"],
            "autoload -U compinit; compinit -u; source ./script; PS1='rea''dy> '\n",
        ),
        (
            "fish",
            &["--no-config", "-i"],
            "source ./script; function fish_prompt; echo -n 'rea''dy> '; end\n",
        ),
    ];
    for (shell, arguments, setup) in shells {
        let sandbox = sandbox();
        let script = sandbox.succeed(["completions", shell]).stdout;
        sandbox.write("script", script);
        if sandbox.command(shell).arg("--version").output().is_err() {
            testutils::skip("shells_complete_options_when_tab_is_pressed", shell);
            continue;
        }
        for (typed, completed) in [
            ("home-manager switch --ge", "--generation"),
            ("home-manager remove-gen", "remove-generations"),
            ("home-manager build --no-o", "--no-out-link"),
        ] {
            // Shells look for a terminal that is theirs.
            let mut command = sandbox.command("setsid");
            command.args(["--ctty", shell]).args(*arguments);
            command.env("TERM", "xterm");
            let mut terminal = Terminal::start(command, 200);
            terminal.type_in(setup);
            assert!(terminal.wait_for("ready> "), "{shell}: {}", terminal.text());
            terminal.type_in(&format!("{typed}\t"));
            let came = terminal.wait_for(completed);
            assert!(came, "{shell}: {typed}: {}", terminal.text());
            terminal.kill();
        }
    }
}
