//! `cargo xtask language DIR`: Nix's own language suite.
//!
//! `DIR/nix/tests/functional/lang` holds programs with what `nix-instantiate` has to answer: its exit
//! status, its output and its messages. Messages are compared twice: as bytes, and for what they say
//! (the same message at the same position, whatever the steps on the way are called). Differences
//! that are meant have their reason in `language-differences.tsv`.

mod message;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args as ClapArgs;

use crate::process::{Result, program};

/// Name of a case, tab, why its messages differ from Nix's.
const REASONS: &str = include_str!("../language-differences.tsv");

/// Run Nix's language suite
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// Run this program instead of building one; it is called as `PROGRAM nix-instantiate …`
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,

    /// Run only the cases whose names have this in them
    cases: Vec<String>,
}

/// A kind of case: how its names begin, what it is called with, how it ends.
struct Group {
    prefix: &'static str,
    parses: bool,
    succeeds: bool,
}

const GROUPS: &[Group] = &[
    Group {
        prefix: "parse-okay-",
        parses: true,
        succeeds: true,
    },
    Group {
        prefix: "parse-fail-",
        parses: true,
        succeeds: false,
    },
    Group {
        prefix: "eval-okay-",
        parses: false,
        succeeds: true,
    },
    Group {
        prefix: "eval-fail-",
        parses: false,
        succeeds: false,
    },
];

/// How a case went.
#[derive(Default)]
struct Outcome {
    status: bool,
    /// `None` when nothing is said about the output.
    output: Option<bool>,
    messages: Messages,
    /// What to show of it.
    details: String,
}

/// How messages compare.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Messages {
    /// Byte for byte.
    Equal,
    /// The same message at the same position.
    SameContent,
    #[default]
    Different,
}

/// Runs the cases and prints counts and differences.
pub fn run(arguments: &Arguments) -> Result<()> {
    let suite = Suite::open(arguments)?;
    let reasons: BTreeMap<&str, &str> = REASONS
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut wrong = Vec::new();
    let mut total = Totals::default();
    for group in GROUPS {
        let mut counts = Totals::default();
        for name in suite.names(group.prefix)? {
            if !arguments.cases.is_empty()
                && !arguments.cases.iter().any(|part| name.contains(&**part))
            {
                continue;
            }
            let Some(outcome) = suite.run(group, &name)? else {
                continue;
            };
            counts.add(&outcome);
            let reason = reasons.get(&*name);
            let good = outcome.status && outcome.output != Some(false);
            if good && outcome.messages == Messages::Equal {
                continue;
            }
            println!("{name}");
            if good && outcome.messages == Messages::SameContent {
                println!("  the same, told otherwise: {}", reason.unwrap_or(&"?"));
                continue;
            }
            if !outcome.status {
                println!("  another exit status");
            }
            if outcome.output == Some(false) {
                println!("  another output");
            }
            match reason {
                Some(reason) if good => println!("  another message: {reason}"),
                _ => {
                    print!("{}", outcome.details);
                    wrong.push(name);
                }
            }
        }
        println!("{:12} {counts}", group.prefix.trim_end_matches('-'));
        total.join(&counts);
    }
    println!("{:12} {total}", "all");
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("without a reason: {}", wrong.join(" ")))
    }
}

#[derive(Default)]
struct Totals {
    cases: usize,
    status: usize,
    outputs: usize,
    outputs_equal: usize,
    messages_equal: usize,
    messages_same: usize,
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        self.cases += 1;
        self.status += usize::from(outcome.status);
        self.outputs += usize::from(outcome.output.is_some());
        self.outputs_equal += usize::from(outcome.output == Some(true));
        self.messages_equal += usize::from(outcome.messages == Messages::Equal);
        self.messages_same += usize::from(outcome.messages != Messages::Different);
    }

    fn join(&mut self, other: &Totals) {
        self.cases += other.cases;
        self.status += other.status;
        self.outputs += other.outputs;
        self.outputs_equal += other.outputs_equal;
        self.messages_equal += other.messages_equal;
        self.messages_same += other.messages_same;
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "cases {}, exit status {}, output {} of {}, messages: same content {}, byte for byte {}",
            self.cases,
            self.status,
            self.outputs_equal,
            self.outputs,
            self.messages_same,
            self.messages_equal
        )
    }
}

struct Suite {
    program: PathBuf,
    /// `tests/functional`
    root: PathBuf,
    scratch: tempfile::TempDir,
}

/// What a call wrote.
struct Ran {
    status: Option<i32>,
    output: Vec<u8>,
    messages: Vec<u8>,
}

impl Suite {
    fn open(arguments: &Arguments) -> Result<Suite> {
        let root = arguments
            .directory
            .join("nix/tests/functional")
            .canonicalize()
            .map_err(|error| format!("DIR/nix/tests/functional: {error}"))?;
        let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
        fs::create_dir_all(scratch.path().join("home")).map_err(|error| error.to_string())?;
        let configuration = "show-trace = true\nexperimental-features = nix-command flakes\n";
        fs::write(scratch.path().join("nix.conf"), configuration)
            .map_err(|error| error.to_string())?;
        Ok(Suite {
            program: program(arguments.program.as_deref())?,
            root,
            scratch,
        })
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>> {
        let entries = fs::read_dir(self.root.join("lang")).map_err(|error| error.to_string())?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .filter_map(|name| name.strip_suffix(".nix").map(str::to_owned))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.root.join(format!("lang/{name}.{extension}"))
    }

    fn text(&self, name: &str, extension: &str) -> Vec<u8> {
        fs::read(self.file(name, extension)).unwrap_or_default()
    }

    fn flags(&self, name: &str) -> Option<Vec<String>> {
        let text = fs::read_to_string(self.file(name, "flags")).ok()?;
        let words = text.lines().flat_map(|line| {
            line.split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace()
        });
        Some(words.map(str::to_owned).collect())
    }

    /// Runs one case; `None` if it is disabled.
    fn run(&self, group: &Group, name: &str) -> Result<Option<Outcome>> {
        let program = format!("lang/{name}.nix");
        let mut words: Vec<String> = Vec::new();
        let mut given = false;
        let mut expected = "exp";
        if group.parses {
            words.extend(["--parse", "-"].map(str::to_owned));
            given = true;
        } else if !group.succeeds {
            let default = || {
                ["--eval", "--strict", "--show-trace"]
                    .map(str::to_owned)
                    .to_vec()
            };
            words.extend(self.flags(name).unwrap_or_else(default));
            words.push(program);
        } else if self.file(name, "exp.xml").exists() {
            expected = "exp.xml";
            words.extend(["--eval", "--xml", "--no-location", "--strict"].map(str::to_owned));
            words.push(program);
        } else if self.file(name, "exp-disabled").exists() {
            return Ok(None);
        } else {
            words.extend(self.flags(name).unwrap_or_default());
            words.extend(["--eval", "--strict"].map(str::to_owned));
            words.push(program);
        }
        let ran = self.call(group, &words, given.then(|| self.file(name, "nix")))?;
        let mut outcome = Outcome {
            status: ran.status == Some(i32::from(!group.succeeds)),
            output: group
                .succeeds
                .then(|| ran.output == self.text(name, expected)),
            ..Outcome::default()
        };
        // Of a failure, everything that was written is compared.
        let mut messages = ran.messages;
        if !group.succeeds {
            messages.splice(0..0, ran.output.iter().copied());
        }
        let wanted = self.text(name, "err.exp");
        let unchecked = expected == "exp.xml";
        outcome.messages = if unchecked || messages == wanted {
            Messages::Equal
        } else if message::content(&messages) == message::content(&wanted) {
            Messages::SameContent
        } else {
            Messages::Different
        };
        if outcome.output == Some(false) {
            outcome.details = difference(&self.text(name, expected), &ran.output);
        }
        if outcome.messages == Messages::Different {
            outcome.details.push_str(&difference(&wanted, &messages));
        }
        Ok(Some(outcome))
    }

    fn call(&self, group: &Group, words: &[String], input: Option<PathBuf>) -> Result<Ran> {
        let scratch = self.scratch.path();
        let input = match input {
            Some(path) => fs::File::open(path)
                .map_err(|error| error.to_string())?
                .into(),
            None => Stdio::null(),
        };
        let mut command = Command::new(&self.program);
        command
            .arg("nix-instantiate")
            .args(words)
            .current_dir(&self.root)
            .stdin(input)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TEST_VAR", "foo")
            .env("IMPURE_VAR1", "foo")
            .env("IMPURE_VAR2", "bar")
            .env("NIX_REMOTE", "dummy://")
            .env("NIX_STORE_DIR", "/nix/store")
            .env("NIX_CONF_DIR", scratch)
            .env("NIX_STATE_DIR", scratch.join("state"))
            .env("NIX_LOG_DIR", scratch.join("log"))
            .env("HOME", scratch.join("home"));
        if group.succeeds && !group.parses && !words.iter().any(|word| word == "--xml") {
            command
                .env("NIX_PATH", "lang/dir3:lang/dir4")
                .env("HOME", "/fake-home");
        }
        let ran = command.output().map_err(|error| error.to_string())?;
        Ok(Ran {
            status: ran.status.code(),
            output: self.neutral(&ran.stdout),
            messages: self.neutral(&ran.stderr),
        })
    }

    /// The folder of the suite, as the expectations name it.
    fn neutral(&self, bytes: &[u8]) -> Vec<u8> {
        let root = self.root.as_os_str().as_encoded_bytes();
        let mut result = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(start) = rest.windows(root.len()).position(|window| window == root) {
            result.extend_from_slice(&rest[..start]);
            result.extend_from_slice(b"/pwd");
            rest = &rest[start + root.len()..];
        }
        result.extend_from_slice(rest);
        result
    }
}

fn difference(wanted: &[u8], found: &[u8]) -> String {
    let (wanted, found) = (
        String::from_utf8_lossy(wanted),
        String::from_utf8_lossy(found),
    );
    let difference = similar::TextDiff::from_lines(&*wanted, &*found);
    let mut text = String::new();
    for line in difference
        .unified_diff()
        .context_radius(2)
        .header("Nix", "here")
        .to_string()
        .lines()
    {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text
}
