//! `cargo xtask library-tests DIR`: the tests that nixpkgs has of its own library.
//!
//! They drive `nix-instantiate` from shell scripts, in `DIR/nixpkgs.lib/lib`. All that need no
//! network have to pass; with `--nix` the same are run with Nix as well.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Args as ClapArgs;

use crate::process::{Result, output, program};

/// Run the tests of nixpkgs' library
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// Run this program instead of building one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,

    /// Run each test with Nix, too; this goes before its commands
    #[arg(long, value_name = "PREFIX", num_args = 0..=1, default_missing_value = "")]
    nix: Option<String>,

    /// Run only the tests whose names have this in them
    tests: Vec<String>,
}

/// The tools that the tests call.
const TOOLS: &[&str] = &["nix", "nix-build", "nix-instantiate", "nix-store"];

/// A test: a name, and the lines of a shell script that runs in a copy of nixpkgs' `lib`.
const TESTS: &[(&str, &str)] = &[
    ("modules", "bash lib/tests/modules.sh"),
    ("version", "nix-instantiate lib -A version --eval"),
    (
        "filesystem",
        "TEST_LIB=$PWD/lib bash lib/tests/filesystem.sh",
    ),
    ("sources", "TEST_LIB=$PWD/lib bash lib/tests/sources.sh"),
    ("debug", "TEST_LIB=$PWD/lib bash lib/tests/debug.sh"),
    ("network", "TEST_LIB=$PWD/lib bash lib/tests/network.sh"),
    ("fileset", "TEST_LIB=$PWD/lib bash lib/fileset/tests.sh"),
    (
        "systems",
        "[[ $(nix-instantiate --eval --strict lib/tests/systems.nix) == '[ ]' ]]",
    ),
    (
        "misc",
        "[[ $(nix-instantiate --eval --strict lib/tests/misc.nix) == '[ ]' ]]",
    ),
    (
        "fetchers",
        "[[ $(nix-instantiate --eval --strict lib/tests/fetchers.nix) == '[ ]' ]]",
    ),
    (
        "path-unit",
        "nix-instantiate --eval --show-trace --argstr libpath $PWD/lib lib/path/tests/unit.nix",
    ),
    (
        "path-properties",
        "TEST_LIB=$PWD/lib bash lib/path/tests/prop.sh 1",
    ),
    (
        "maintainers",
        "nix-instantiate lib/tests/maintainers.nix --arg pkgs 'import ./stub.nix' --arg lib 'import ./lib'",
    ),
    (
        "teams",
        "nix-instantiate lib/tests/teams.nix --arg pkgs 'import ./stub.nix' --arg lib 'import ./lib'",
    ),
    (
        "flakes",
        "nix --extra-experimental-features 'nix-command flakes' eval --impure --expr \
         'builtins.attrNames (builtins.getFlake \"path:'$PWD'/lib\")'",
    ),
];

/// What two tests want of nixpkgs: builders whose derivations are made but not built.
const STUB: &str = "rec {
  runCommand = name: attributes: text:
    derivation ({ inherit name; system = \"none\"; builder = \"/bin/sh\"; inherit text; } // attributes);
  writeTextDir = name: text: runCommand name { } text;
}
";

/// What happened to a test.
struct Ran {
    passed: bool,
    seconds: f64,
    words: String,
}

/// Runs the tests and prints what became of them.
pub fn run(arguments: &Arguments) -> Result<()> {
    let library = arguments
        .directory
        .join("nixpkgs.lib/lib")
        .canonicalize()
        .map_err(|error| format!("DIR/nixpkgs.lib/lib: {error}"))?;
    let program = program(arguments.program.as_deref())?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let own = scratch.path().join("own-bin");
    let nix = scratch.path().join("nix-bin");
    tools(&own, |tool| symlink(&program, tool))?;
    if let Some(prefix) = &arguments.nix {
        tools(&nix, |tool| wrapper(prefix, tool))?;
    }
    let mut failed = Vec::new();
    let mut passed = 0;
    for (name, script) in TESTS {
        if !arguments.tests.is_empty() && !arguments.tests.iter().any(|part| name.contains(&**part))
        {
            continue;
        }
        let here = attempt(scratch.path(), &library, &own, name, script)?;
        let there = match &arguments.nix {
            Some(_) => Some(attempt(scratch.path(), &library, &nix, name, script)?),
            None => None,
        };
        let verdict = |ran: &Ran| {
            format!(
                "{} {:5.1} s",
                if ran.passed { "ok  " } else { "FAIL" },
                ran.seconds
            )
        };
        let beside = there
            .as_ref()
            .map(|ran| format!("   Nix: {}", verdict(ran)))
            .unwrap_or_default();
        println!("{name:16} {}{beside}", verdict(&here));
        if here.passed {
            passed += 1;
        } else if there.as_ref().is_none_or(|ran| ran.passed) {
            println!("{}", here.words);
            failed.push(*name);
        } else {
            println!("  fails with Nix, too");
        }
    }
    println!("{passed} pass, {} fail", failed.len());
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(" ")))
    }
}

fn tools(directory: &Path, make: impl Fn(&Path) -> std::io::Result<()>) -> Result<()> {
    fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    for tool in TOOLS {
        make(&directory.join(tool)).map_err(|error| format!("{tool}: {error}"))?;
    }
    Ok(())
}

/// A script that calls one of Nix's tools behind a prefix, which may forget the environment.
fn wrapper(prefix: &str, tool: &Path) -> std::io::Result<()> {
    let name = tool.file_name().unwrap_or_default().to_string_lossy();
    let kept: String = ["NIX_PATH", "NIX_STORE_DIR", "NIX_STATE_DIR", "NIX_LOG_DIR"]
        .iter()
        .map(|variable| format!(" ${{{variable}+{variable}=\"${variable}\"}}"))
        .collect();
    fs::write(
        tool,
        format!("#!/bin/sh\nexec {prefix} env{kept} {name} \"$@\"\n"),
    )?;
    fs::set_permissions(tool, fs::Permissions::from_mode(0o755))
}

/// Runs one test in a fresh copy of the library with a fresh store.
fn attempt(scratch: &Path, library: &Path, tools: &Path, name: &str, script: &str) -> Result<Ran> {
    let place = tempfile::Builder::new()
        .prefix(name)
        .tempdir_in(scratch)
        .map_err(|error| error.to_string())?;
    let place = place.path();
    for directory in ["home", "temporary", "nix/store", "nix/var"] {
        fs::create_dir_all(place.join(directory)).map_err(|error| error.to_string())?;
    }
    let copied = output(
        Command::new("cp")
            .arg("-r")
            .arg(library)
            .arg(place.join("lib")),
    )?;
    if !copied.status.success() {
        return Err("the library cannot be copied".to_owned());
    }
    fs::write(place.join("stub.nix"), STUB).map_err(|error| error.to_string())?;
    let path = std::env::var("PATH").unwrap_or_default();
    let started = Instant::now();
    let ran = output(
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(place)
            .env_clear()
            .env("PATH", format!("{}:{path}", tools.display()))
            .env("HOME", place.join("home"))
            .env("USER", "nobody")
            .env("TMPDIR", place.join("temporary"))
            .env("NIX_STORE_DIR", place.join("nix/store"))
            .env("NIX_STATE_DIR", place.join("nix/var"))
            .env("NIX_LOG_DIR", place.join("nix/log"))
            .env("NIX_CONF_DIR", place.join("nix/etc"))
            .env("PAGER", "cat"),
    )?;
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    let lines: Vec<&str> = text.lines().collect();
    let words = lines[lines.len().saturating_sub(40)..]
        .iter()
        .map(|line| format!("  | {line}\n"))
        .collect();
    Ok(Ran {
        passed: ran.status.success(),
        seconds: started.elapsed().as_secs_f64(),
        words,
    })
}
