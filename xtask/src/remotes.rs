//! `cargo xtask remotes`: this program and Nix as each other's daemon and builder.
//!
//! In each of two rounds one of them is the client and the other the server: on a socket, behind
//! `ssh-ng://`, and as a machine that builds. What the client is told is compared with what the
//! server itself says of its store, and both stores are verified.

mod sides;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use clap::Args as ClapArgs;

use self::sides::{Client, Daemon, Server, Side, SshServer, Way, succeeded};
use crate::process::{Result, is_complaint, program, remove};

/// What failed builds end with: whoever has others build is not told as what they failed, so Nix's
/// commands do not exit with the 100 of a failed builder of their own.
const BUILD_FAILED: i32 = 1;

/// Build, copy and collect garbage through a daemon of Nix, and with Nix through ours
#[derive(ClapArgs)]
pub struct Arguments {
    /// What goes before a command to run it where Nix is, like `chroot ROOT`
    #[arg(long, default_value = "")]
    nix: String,

    /// Test this program in place of a release build
    #[arg(long)]
    program: Option<PathBuf>,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-remotes")]
    scratch: PathBuf,
}

/// How many checks there were and how many of them passed.
#[derive(Default)]
struct Tally {
    passed: usize,
    all: usize,
}

impl Tally {
    fn check(&mut self, name: &str, outcome: Result<String>) {
        self.all += 1;
        match outcome {
            Ok(detail) => {
                self.passed += 1;
                println!("ok    {name}: {detail}");
            }
            Err(reason) => println!("FAIL  {name}: {}", reason.trim_end()),
        }
    }
}

/// Runs all checks and says how many passed.
pub fn run(arguments: &Arguments) -> Result<()> {
    let ours = Side::ours(&program(arguments.program.as_deref())?);
    let nix = Side::nix(&arguments.nix);
    let version = nix.version().map_err(|reason| {
        format!("there is no Nix to work with: {reason}\nsay with --nix how its commands are run")
    })?;
    println!("Nix: {version}");
    let scratch = &arguments.scratch;
    remove(scratch)?;
    fs::create_dir_all(scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
    let mut tally = Tally::default();
    for (client, server, name) in [(&ours, &nix, "of-nix"), (&nix, &ours, "of-ours")] {
        round(client, server, &scratch.join(name), &mut tally)?;
    }
    println!("{} of {} checks pass", tally.passed, tally.all);
    if tally.passed == tally.all {
        Ok(())
    } else {
        Err(format!("{} checks fail", tally.all - tally.passed))
    }
}

/// One is the client of the other in every way there is.
fn round(client: &Side, server: &Side, directory: &Path, tally: &mut Tally) -> Result<()> {
    fs::create_dir_all(directory.join("home")).map_err(|error| error.to_string())?;
    let server = Server::new(server, directory);
    let client = Client::new(client, directory);
    let daemon = Daemon::start(&server)?;
    let ssh = SshServer::start(directory)?;
    let way = client.way_to(&server, ssh.as_ref())?;
    if let Way::Itself(reason) = &way {
        println!("note  {reason}: for ssh-ng:// the client starts the daemon itself");
    }
    let stores = [
        ("socket", daemon.url()),
        ("ssh-ng", way.url(&server, directory)),
    ];
    for (name, url) in &stores {
        let pair = Pair {
            client: &client,
            server: &server,
            url,
        };
        let title = |what: &str| {
            format!(
                "{} → {} by {name}, {what}",
                client.side.name, server.side.name
            )
        };
        tally.check(&title("who is there"), pair.info());
        tally.check(&title("build, look, copy"), pair.build_and_copy(name));
        tally.check(&title("copy there"), pair.copy_there(name));
        tally.check(&title("collect garbage"), pair.collect());
        tally.check(&title("build for us"), pair.build_for_us(name));
        tally.check(&title("a build that fails"), pair.fail(name));
        tally.check(&title("verify"), pair.verify());
    }
    Ok(())
}

/// A client, and the server behind the name of a store.
struct Pair<'a> {
    client: &'a Client,
    server: &'a Server,
    url: &'a str,
}

impl Pair<'_> {
    fn info(&self) -> Result<String> {
        let printed = self
            .client
            .must(&["nix", "store", "info", "--json", "--store", self.url])?;
        let info: serde_json::Value =
            serde_json::from_str(&printed).map_err(|error| format!("{error}: {printed}"))?;
        let version = info["version"].as_str().ok_or("it says no version")?;
        Ok(format!("version {version}"))
    }

    /// Builds through the daemon, compares what both say, and copies what was built.
    fn build_and_copy(&self, name: &str) -> Result<String> {
        let expression = graph(&format!("there-{name}"));
        let top = succeeded(&self.build(self.url, &[], &expression)?, "nix-build")?;
        let top = top.trim();
        let told = lines(&self.client.must(&[
            "nix",
            "path-info",
            "--recursive",
            "--store",
            self.url,
            top,
        ])?);
        let known = lines(
            &self
                .server
                .must(&["nix-store", "--query", "--requisites", top])?,
        );
        if told != known || told.len() != 4 {
            return Err(format!(
                "the closure is {known:?}, the client is told {told:?}"
            ));
        }
        let local = &self.client.store;
        self.client.must(&[
            "nix",
            "copy",
            "--no-check-sigs",
            "--from",
            self.url,
            "--to",
            local,
            top,
        ])?;
        self.same_hashes(&told)?;
        Ok(format!("{} objects", told.len()))
    }

    /// Both stores have these objects, and know the same hashes of them.
    fn same_hashes(&self, paths: &BTreeSet<String>) -> Result<()> {
        let mut words = vec!["nix-store", "--query", "--hash"];
        words.extend(paths.iter().map(String::as_str));
        let there = self.server.must(&words)?;
        words.extend(["--store", &self.client.store]);
        let here = self.client.must(&words)?;
        if here == there {
            Ok(())
        } else {
            Err(format!("hashes differ: {here} and {there}"))
        }
    }

    fn copy_there(&self, name: &str) -> Result<String> {
        let file = self.client.directory.join(format!("file-of-{name}"));
        fs::write(&file, format!("a file for {name}\n")).map_err(|error| error.to_string())?;
        let file = file.display().to_string();
        let local = self.client.store.as_str();
        let path = self
            .client
            .must(&["nix-store", "--add", &file, "--store", local])?;
        let path = path.trim();
        self.client.must(&[
            "nix",
            "copy",
            "--no-check-sigs",
            "--from",
            local,
            "--to",
            self.url,
            path,
        ])?;
        self.server.must(&["nix-store", "--check-validity", path])?;
        self.same_hashes(&BTreeSet::from([path.to_owned()]))?;
        Ok("1 object".to_owned())
    }

    /// Nothing is kept there, so all goes.
    fn collect(&self) -> Result<String> {
        let before = self.objects()?;
        self.client
            .must(&["nix-store", "--gc", "--store", self.url])?;
        let after = self.objects()?;
        if before.is_empty() || !after.is_empty() {
            return Err(format!(
                "of {} objects these are left: {after:?}",
                before.len()
            ));
        }
        Ok(format!("{} objects deleted", before.len()))
    }

    /// What the server's store holds.
    fn objects(&self) -> Result<BTreeSet<String>> {
        let dump = self.server.must(&["nix", "path-info", "--all"])?;
        Ok(lines(&dump))
    }

    /// The server builds, and the outputs come to the client's store.
    fn build_for_us(&self, name: &str) -> Result<String> {
        let ran = self.build_with_builder(&graph(&format!("for-us-{name}")))?;
        let top = succeeded(&ran, "nix-build")?.trim().to_owned();
        let local = self.client.store.as_str();
        let query = [
            "nix-store",
            "--query",
            "--requisites",
            &top,
            "--store",
            local,
        ];
        let closure = lines(&self.client.must(&query)?);
        if closure.len() != 4 {
            return Err(format!("the closure is {closure:?}"));
        }
        self.same_hashes(&closure)?;
        Ok(format!("{} objects", closure.len()))
    }

    /// The client says what failed, with the end of its log, and ends with the same status as Nix.
    fn fail(&self, name: &str) -> Result<String> {
        let expression = format!(
            "derivation {{ name = \"bad-{name}\"; system = builtins.currentSystem; builder = \
             \"/bin/sh\"; args = [ \"-c\" \"echo it is bad >&2; exit 3\" ]; }}"
        );
        let for_us = self.build_with_builder(&expression)?;
        let there = self.build(self.url, &[], &expression)?;
        for (place, ran) in [("for us", for_us), ("there", there)] {
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            if ran.status.code() != Some(BUILD_FAILED) {
                return Err(format!(
                    "built {place}, it ends with {}: {said}",
                    ran.status
                ));
            }
            for part in [&format!("bad-{name}.drv"), "it is bad"] {
                if !said.contains(part) {
                    return Err(format!("built {place}, it does not say '{part}': {said}"));
                }
            }
        }
        Ok(format!(
            "status {BUILD_FAILED}, with the derivation and its log"
        ))
    }

    fn build_with_builder(&self, expression: &str) -> Result<Output> {
        let builders = format!("{} {}", self.url, sides::SYSTEM);
        let options = ["--max-jobs", "0", "--builders", &builders];
        self.build(&self.client.store, &options, expression)
    }

    /// The client has something built in a store.
    fn build(&self, store: &str, options: &[&str], expression: &str) -> Result<Output> {
        let mut words = vec!["nix-build", "--no-out-link", "--store", store];
        words.extend(options);
        words.extend(["-E", expression]);
        self.client.run(&words)
    }

    /// The client's store, the server's by the client, and the server's by itself.
    fn verify(&self) -> Result<String> {
        let words = ["nix-store", "--verify", "--check-contents"];
        let mut said = Vec::new();
        for store in [&self.client.store, self.url] {
            let mut words = words.to_vec();
            words.extend(["--store", store]);
            said.push(self.client.run(&words)?);
        }
        said.push(self.server.run(&words)?);
        for ran in said {
            let text = String::from_utf8_lossy(&ran.stderr).into_owned();
            if is_complaint(&text) || !ran.status.success() {
                return Err(text);
            }
        }
        Ok("3 times clean".to_owned())
    }
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}

/// Three derivations, each of which uses those before, and a source; all in the closure of the last.
fn graph(salt: &str) -> String {
    format!(
        "let build = name: attributes: script: derivation ({{ name = \"${{name}}-{salt}\"; \
         system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" script ]; }} // \
         attributes); source = builtins.toFile \"source-{salt}\" \"of {salt}\"; \
         low = build \"low\" {{ inherit source; }} \"echo low $source > $out\"; \
         middle = build \"middle\" {{ inherit low; }} \
         \"read line < $low; echo $line $low > $out\"; \
         in build \"top\" {{ inherit low middle; }} \"echo $low $middle > $out\""
    )
}
