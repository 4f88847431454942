//! Texts that modules and formats write are read back by the programs that they are for.

use testutils::evaluations::nix_string;
use testutils::{Random, Sandbox};

use crate::support::configured;

/// How many values each law is tried with.
const COUNT: usize = 24;

/// Texts of up to twelve of these characters.
fn texts(seed: u64, characters: &str) -> Vec<String> {
    let characters: Vec<char> = characters.chars().collect();
    let mut random = Random(seed);
    (0..COUNT)
        .map(|_| {
            let length = 1 + random.below(12);
            (0..length)
                .map(|_| characters[random.below(characters.len())])
                .collect()
        })
        .collect()
}

/// Attributes `NAME0`, `NAME1`, … with these texts.
fn attributes(name: &str, texts: &[String]) -> String {
    texts
        .iter()
        .enumerate()
        .map(|(number, text)| format!("{name}{number} = {};\n", nix_string(text)))
        .collect()
}

/// What a program of the machine prints, or nothing where the machine has no such program.
fn printed(sandbox: &Sandbox, program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let is_there = sandbox.command(program).arg("--version").output().is_ok();
    if !is_there {
        testutils::skip("generators", &format!("{program} is not installed"));
        return None;
    }
    let output = sandbox
        .command(program)
        .args(arguments)
        .output()
        .expect("a program that starts");
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output.stdout)
}

/// Texts that end with a zero byte each.
fn zero_ended(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\0')
        .split('\0')
        .map(str::to_owned)
        .collect()
}

#[test]
fn shells_set_session_variables_to_their_values() {
    let texts = texts(1, "aB \"'\n\t#;&|*~(){}<>!%-");
    let variables = attributes("VALUE_", &texts);
    let sandbox = configured(&format!(
        "home.sessionVariables = {{ {variables} EXPANDED = \"$HOME/x \\\"y\\\"\"; }};\n\
         programs.bash.enable = true; programs.fish.enable = true; programs.zsh.enable = true;"
    ));
    sandbox.succeed(["switch"]);
    let mut expected = texts;
    expected.push(format!("{}/x \"y\"", sandbox.home().display()));
    let print: String = (0..COUNT)
        .map(|number| format!("printf '%s\\0' \"$VALUE_{number}\"; "))
        .chain(["printf '%s\\0' \"$EXPANDED\"".to_owned()])
        .collect();
    for shell in ["bash", "zsh", "fish"] {
        if let Some(bytes) = printed(&sandbox, shell, &["-l", "-c", &print]) {
            assert_eq!(zero_ended(&bytes), expected, "{shell}");
        }
    }
}

#[test]
fn git_reads_the_values_of_its_settings() {
    let texts = texts(2, "aB \"'\n\t\\#;=[]$");
    let sandbox = configured(&format!(
        "programs.git = {{ enable = true; settings.test = {{ {} }}; }};",
        attributes("value", &texts)
    ));
    sandbox.succeed(["switch"]);
    for (number, text) in texts.iter().enumerate() {
        let key = format!("test.value{number}");
        let file = sandbox.home().join(".config/git/config");
        let arguments = [
            "config",
            "-z",
            "--file",
            &file.display().to_string(),
            "--get",
            &key,
        ];
        if let Some(bytes) = printed(&sandbox, "git", &arguments) {
            assert_eq!(zero_ended(&bytes), std::slice::from_ref(text), "{key}");
        }
    }
}

#[test]
fn ssh_reads_paths_with_blanks() {
    let names = texts(3, "aB c.-_");
    let blocks: String = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            format!(
                "settings.host{number}.IdentityFile = {};\n",
                nix_string(&format!("/k{name}x"))
            )
        })
        .collect();
    let sandbox = configured(&format!(
        "programs.ssh = {{ enable = true; enableDefaultConfig = false; {blocks} }};"
    ));
    sandbox.succeed(["switch"]);
    let file = sandbox.home().join(".ssh/config").display().to_string();
    for (number, name) in names.iter().enumerate() {
        let Some(bytes) = printed(
            &sandbox,
            "ssh",
            &["-G", "-F", &file, &format!("host{number}")],
        ) else {
            return;
        };
        let text = String::from_utf8_lossy(&bytes);
        let expected = format!("identityfile /k{name}x");
        assert!(
            text.lines().any(|line| line == expected),
            "{expected}\n{text}"
        );
    }
}

#[test]
fn parsers_of_formats_read_what_was_written() {
    let texts = texts(4, "aB \"'\n\t\\#;=:[]{}$&*!|>%@`,?-~é\u{1}");
    let values = attributes("value", &texts);
    let sandbox = configured(&format!(
        "xdg.configFile = lib.mapAttrs' (name: format: {{ name = \"test.${{name}}\"; \
         value.source = (pkgs.formats.${{name}} {{ }}).generate name {{ {values} }}; }}) \
         (lib.genAttrs [ \"json\" \"toml\" \"yaml\" ] (name: name));"
    ));
    sandbox.succeed(["switch"]);
    let print = format!(
        "import sys\nfor n in range({COUNT}): sys.stdout.write(read[f'value{{n}}'] + '\\0')\n"
    );
    let readers = [
        (
            "json",
            "import json\nread = json.load(open('.config/test.json'))\n",
        ),
        (
            "toml",
            "import tomllib\nread = tomllib.load(open('.config/test.toml', 'rb'))\n",
        ),
        (
            "yaml",
            "import yaml\nread = yaml.safe_load(open('.config/test.yaml'))\n",
        ),
    ];
    for (format, reader) in readers {
        let module = reader.split_whitespace().nth(1).unwrap_or_default();
        let import = format!("import {module}");
        let has_module = sandbox.command("python3").args(["-c", &import]).output();
        if !has_module.is_ok_and(|output| output.status.success()) {
            testutils::skip("generators", &format!("python3 has no module {module}"));
            continue;
        }
        if let Some(bytes) = printed(&sandbox, "python3", &["-c", &format!("{reader}{print}")]) {
            assert_eq!(zero_ended(&bytes), texts, "{format}");
        }
    }
    let file = ".config/test.json";
    if let Some(bytes) = printed(&sandbox, "jq", &["-j", ".[] + \"\\u0000\"", file]) {
        let mut read = zero_ended(&bytes);
        let mut expected = texts;
        read.sort();
        expected.sort();
        assert_eq!(read, expected, "jq");
    }
}
