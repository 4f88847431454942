//! Pure and restricted evaluation: each builtin and coercion on each way out of a tree gives what Nix
//! 2.34.8 gives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use testutils::{Sandbox, mask_store_hashes};

use crate::support::sandbox;

const CONFIGURATION: &str = "experimental-features = nix-command flakes fetch-tree\n\
                             flake-registry =\nsandbox = false\nbuild-users-group =\n\
                             substitute = false\n";

/// Answers by way and probe.
type Answers = BTreeMap<(String, String), String>;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/escapes")
}

/// Runs `nix eval` and gives what it prints.
fn evaluate(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let root = sandbox.root();
    let mut command = sandbox.program(["nix", "eval"].iter().chain(arguments));
    for (name, directory) in [
        ("NIX_STORE_DIR", "store"),
        ("NIX_STATE_DIR", "var"),
        ("NIX_LOG_DIR", "log"),
    ] {
        command.env(name, root.join(directory));
    }
    command.env("NIX_CONFIG", CONFIGURATION);
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    mask_store_hashes(&text.replace(&root.display().to_string(), "@"))
}

/// Takes a value off the beginning of a text.
fn value(text: &str) -> (&str, &str) {
    let end = match text.chars().next() {
        Some('«') => text.find('»').map(|end| end + '»'.len_utf8()),
        Some('"') => {
            let mut escaped = false;
            let closing = text[1..].find(|c| {
                let is_end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                is_end
            });
            closing.map(|end| end + 2)
        }
        _ => text.find(';'),
    };
    text.split_at(end.expect("a value has an end"))
}

/// The answers in a set of sets as `nix eval` prints it.
fn answers(printed: &str) -> Answers {
    let mut answers = Answers::new();
    let mut rest = printed.trim().strip_prefix("{ ").expect("a set");
    while let Some((way, inner)) = rest.split_once(" = { ") {
        rest = inner;
        while !rest.starts_with('}') {
            let (probe, after) = rest.split_once(" = ").expect("an attribute");
            let (answer, after) = value(after);
            answers.insert((way.to_owned(), probe.to_owned()), shortened(answer));
            rest = after.strip_prefix("; ").expect("a semicolon");
        }
        rest = rest.strip_prefix("}; ").expect("the end of a set");
    }
    answers
}

/// What matters of an answer: the value, or whether the place is forbidden or something else is wrong.
fn shortened(answer: &str) -> String {
    if !answer.starts_with('«') {
        return answer.to_owned();
    }
    let place = ["access to absolute path '", "access to URI '"]
        .iter()
        .find_map(|start| answer.split_once(start));
    match place.and_then(|(_, rest)| rest.split_once("' is forbidden")) {
        Some((place, _)) if place.starts_with("git+file:") => "forbidden".to_owned(),
        Some((place, _)) => format!("forbidden {place}"),
        None => "error".to_owned(),
    }
}

#[test]
fn nothing_leads_out_of_a_tree() {
    let sandbox = sandbox();
    let root = sandbox.root().to_owned();
    let made = Command::new("bash")
        .arg(fixture().join("setup.sh"))
        .arg(&root)
        .arg(fixture())
        .output()
        .expect("bash starts");
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success(), "{said}");
    let table = std::fs::read_to_string(fixture().join("answers.tsv")).expect("the table");

    let at = |text: &str| text.replace('@', &root.display().to_string());
    let restricted = ["--impure", "--option", "restrict-eval", "true"];
    let situations: [(&str, &[&str], &str); 11] = [
        ("path", &[], "path:@/path#probes"),
        ("git", &[], "git+file://@/git#probes"),
        ("replaced", &[], "git+file://@/replaced#probes"),
        ("submodules", &[], "git+file://@/git?submodules=1#probes"),
        ("tarball", &[], "file://@/tree.tar.gz#probes"),
        ("using-path", &[], "path:@/using#path"),
        ("using-git", &[], "path:@/using#git"),
        ("using-tarball", &[], "path:@/using#tarball"),
        ("restricted", &restricted, ""),
        ("restricted-flake", &restricted, "path:@/path#probes"),
        ("restricted-inputs", &restricted, "path:@/using#git"),
    ];
    let mut wrong = Vec::new();
    for (situation, options, installable) in situations {
        let installable = at(installable);
        let (tree, all) = (at("t=@/path"), at("@/path/all.nix"));
        let mut arguments = options.to_vec();
        match situation {
            "restricted" => arguments.extend(["-I", &tree, "-f", &all]),
            _ => arguments.push(&installable),
        }
        let found = answers(&evaluate(&sandbox, &arguments));
        for line in table.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [of, way, answer, probes] = fields[..] else {
                continue;
            };
            for probe in probes.split(' ').filter(|_| of == situation) {
                let ours = found.get(&(way.to_owned(), probe.to_owned()));
                if ours.map(String::as_str) != Some(answer) {
                    wrong.push(format!(
                        "{situation}: {probe} {way}: {ours:?}, not {answer}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
