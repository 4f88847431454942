//! `cargo xtask builds DIR`: upstream's own generation, from its own flake, evaluated and built by
//! Nix, and evaluated, built and activated by this program alone, without and in a sandbox. Every
//! object that was built has to be the same, bit for bit.
//!
//! All builds are done at one place, so that paths are the same; what was built is moved aside.
//!
//! The stand-in for nixpkgs writes over a copy of a store object, which has no write permission, and
//! which only root may therefore. nixpkgs gives the permission first, and who builds in a sandbox is
//! not root: both build with a copy of the stand-in where that is mended.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args as ClapArgs;
use nix_store::{Layout, LocalStore, PathInfo};
use nix_wire::{StoreDir, StorePath};

use crate::process::{Result, must, output, program, project, remove};

/// Compare what this program builds of upstream's own generation with what Nix builds
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts `home-manager` and `offline-nixpkgs` are
    directory: PathBuf,

    /// What goes before a command to run it where Nix is, like `chroot ROOT`
    #[arg(long, default_value = "")]
    nix: String,

    /// The program; built as it is released when not given
    #[arg(long)]
    program: Option<PathBuf>,

    /// A module of a home, which may name `./tree`
    #[arg(long)]
    module: Option<PathBuf>,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-builds")]
    scratch: PathBuf,
}

/// The line of the stand-in's `setup.sh` that writes over a file, and what gives the permission.
const WRITES: &str = "      printf '%s' \"${text//\"$from\"/\"$to\"}\" > \"$f\"\n";
const PERMITS: &str = "      chmod u+w \"$f\"\n";

/// What is built without a sandbox and in one, by the settings for it.
const VARIANTS: &[(&str, &str)] = &[
    ("without a sandbox", "sandbox = false"),
    (
        "in a sandbox",
        "sandbox = true\nsandbox-fallback = false\n\
         sandbox-paths = /bin /lib /lib64? /usr /etc/alternatives?",
    ),
];

/// Builds with both and compares.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let stage = Stage {
        directory,
        scratch: arguments.scratch.clone(),
        module: arguments
            .module
            .clone()
            .unwrap_or_else(|| project().join("xtask/builds/home.nix")),
    };
    stage.prepare()?;
    println!("Nix …");
    stage.build_with_nix(&arguments.nix)?;
    let expected = stage.objects("of-nix")?;
    println!("  {} objects built", expected.len());
    let program = program(arguments.program.as_deref())?;
    let mut differences = 0;
    for (index, (name, settings)) in VARIANTS.iter().enumerate() {
        println!("this program, {name} …");
        stage.switch_with_ours(&program, settings)?;
        let aside = format!("of-ours-{index}");
        stage.move_aside(&aside)?;
        differences += compare(&expected, &stage.objects(&aside)?);
    }
    if differences == 0 {
        println!("all the same");
        Ok(())
    } else {
        Err(format!("{differences} differences"))
    }
}

struct Stage {
    directory: PathBuf,
    scratch: PathBuf,
    module: PathBuf,
}

impl Stage {
    fn prepare(&self) -> Result<()> {
        if self.scratch.exists() {
            remove(&self.scratch)?;
        }
        let failed = |error: std::io::Error| error.to_string();
        self.mend_stand_in()?;
        let flake = self.scratch.join("flake");
        fs::create_dir_all(flake.join("tree/below")).map_err(failed)?;
        fs::write(flake.join("tree/file"), "text\n").map_err(failed)?;
        fs::write(flake.join("tree/below/other"), "other\n").map_err(failed)?;
        let module = fs::read_to_string(&self.module)
            .map_err(|error| format!("{}: {error}", self.module.display()))?;
        let home = self.scratch.join("home").display().to_string();
        fs::write(
            flake.join("home.nix"),
            module.replace("@homeDirectory@", &home),
        )
        .map_err(failed)?;
        let text = format!(
            "{{\n  inputs.nixpkgs.url = \"path:{1}\";\n  \
             inputs.home-manager.url = \"git+file://{0}/home-manager\";\n  \
             inputs.home-manager.inputs.nixpkgs.follows = \"nixpkgs\";\n  \
             outputs = {{ nixpkgs, home-manager, ... }}: {{\n    \
             homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {{\n      \
             pkgs = nixpkgs.legacyPackages.x86_64-linux;\n      modules = [ ./home.nix ];\n    \
             }};\n  }};\n}}\n",
            self.directory.display(),
            self.stand_in().display()
        );
        fs::write(flake.join("flake.nix"), text).map_err(failed)
    }

    fn stand_in(&self) -> PathBuf {
        self.scratch.join("nixpkgs")
    }

    /// Copies the stand-in for nixpkgs and mends it.
    fn mend_stand_in(&self) -> Result<()> {
        let copy = self.stand_in();
        fs::create_dir_all(&copy).map_err(|error| error.to_string())?;
        let archive = format!(
            "git -C '{}' archive HEAD | tar -x -C '{}'",
            self.directory.join("offline-nixpkgs").display(),
            copy.display()
        );
        must(Command::new("sh").args(["-c", &archive]))?;
        let setup = copy.join("setup.sh");
        let failed = |error| format!("{}: {error}", setup.display());
        let text = fs::read_to_string(&setup).map_err(failed)?;
        if !text.contains(WRITES) {
            return Err(format!(
                "{}: the line that writes is not there",
                setup.display()
            ));
        }
        let mended = text.replace(WRITES, &format!("{PERMITS}{WRITES}"));
        fs::write(&setup, mended).map_err(failed)
    }

    /// A fresh home and the place of the store, in the environment of a command.
    fn in_place(&self, command: &mut Command) -> Result<()> {
        let home = self.scratch.join("home");
        if home.exists() {
            remove(&home)?;
        }
        // The activation script wants a place for profiles that belongs to this user; who is root
        // has them elsewhere.
        fs::create_dir_all(home.join(".local/state/nix/profiles"))
            .map_err(|error| error.to_string())?;
        command
            .current_dir(self.scratch.join("flake"))
            .env("HOME", &home)
            .env("USER", "alice")
            .env("NIX_STORE_DIR", self.scratch.join("store"))
            .env("NIX_STATE_DIR", self.scratch.join("var"))
            .env("NIX_LOG_DIR", self.scratch.join("var/log"));
        Ok(())
    }

    fn build_with_nix(&self, prefix: &str) -> Result<()> {
        let installable = "path:.#homeConfigurations.alice.activationPackage";
        let mut words: Vec<&str> = prefix.split_whitespace().collect();
        words.extend(["nix", "build", "--no-link", "--print-out-paths"]);
        words.extend([
            "--option",
            "sandbox",
            "false",
            "--option",
            "substitute",
            "false",
        ]);
        words.extend(["--extra-experimental-features", "nix-command flakes"]);
        words.push(installable);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        self.in_place(&mut command)?;
        let built = output(&mut command)?;
        if !built.status.success() {
            return Err(format!(
                "Nix: {}",
                String::from_utf8_lossy(&built.stderr).trim_end()
            ));
        }
        self.move_aside("of-nix")
    }

    fn switch_with_ours(&self, program: &Path, settings: &str) -> Result<()> {
        let mut command = Command::new(program);
        command
            .args(["switch", "--flake", "path:.#alice"])
            .env("NIX_CONFIG", settings);
        self.in_place(&mut command)?;
        must(&mut command)?;
        let link = self.scratch.join("home/script");
        let target =
            fs::read_link(&link).map_err(|error| format!("{}: {error}", link.display()))?;
        if target.starts_with(self.scratch.join("store")) {
            Ok(())
        } else {
            Err(format!(
                "'{}' leads to '{}'",
                link.display(),
                target.display()
            ))
        }
    }

    fn move_aside(&self, name: &str) -> Result<()> {
        let aside = self.scratch.join(name);
        fs::create_dir_all(&aside).map_err(|error| error.to_string())?;
        for part in ["store", "var"] {
            fs::rename(self.scratch.join(part), aside.join(part))
                .map_err(|error| format!("{part}: {error}"))?;
        }
        Ok(())
    }

    /// What was built, by path.
    fn objects(&self, aside: &str) -> Result<BTreeMap<StorePath, PathInfo>> {
        let failed = |error: &dyn std::fmt::Display| error.to_string();
        let aside = self.scratch.join(aside);
        let place = self.scratch.join("store");
        let store = LocalStore::new(Layout {
            store_dir: StoreDir::new(&place.to_string_lossy()).map_err(|error| failed(&error))?,
            real_store_dir: aside.join("store"),
            state_dir: aside.join("var"),
            log_dir: aside.join("var/log"),
        });
        let mut objects = BTreeMap::new();
        for path in store.all_valid_paths().map_err(|error| failed(&error))? {
            let info = store.require(&path).map_err(|error| failed(&error))?;
            if info.deriver.is_some() && !path.is_derivation() {
                if !store
                    .has_good_contents(&path)
                    .map_err(|error| failed(&error))?
                {
                    return Err(format!("{path} is not what is registered"));
                }
                objects.insert(path, info);
            }
        }
        Ok(objects)
    }
}

/// Says how what was built differs; how often it does.
fn compare(
    expected: &BTreeMap<StorePath, PathInfo>,
    actual: &BTreeMap<StorePath, PathInfo>,
) -> usize {
    let mut differences = 0;
    for (path, info) in expected {
        let problem = match actual.get(path) {
            None => "was not built",
            Some(ours) if ours.nar_hash != info.nar_hash => "differs",
            Some(ours) if ours.references != info.references => "has other references",
            Some(ours) if ours.deriver != info.deriver => "has another deriver",
            Some(_) => continue,
        };
        println!("  {path} {problem}");
        differences += 1;
    }
    for path in actual.keys().filter(|path| !expected.contains_key(*path)) {
        // The profile of the user's packages, which Nix makes when it is activated.
        if !path.name().ends_with("user-environment") && path.name() != "profile" {
            println!("  {path} was built by this program only");
            differences += 1;
        }
    }
    println!("  {} objects compared", expected.len());
    differences
}
