//! Packs the project's Nix code into one NAR archive and writes down its hash.

use std::env;
use std::error::Error;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use nix_wire::HashAlgorithm;
use nix_wire::hash::HashingWriter;
use nix_wire::nar::{self, Filesystem};

/// What of the project a home needs.
const PARTS: &[&str] = &[
    "flake-module.nix",
    "flake.lock",
    "flake.nix",
    "lib",
    "modules",
    "nix-darwin",
    "nixos",
    "pkgs",
    "templates",
];

/// What of these it does not.
const TESTS: &str = "tests";

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no manifest directory")?);
    let project = here.join("../..").canonicalize()?;
    let output = PathBuf::from(env::var_os("OUT_DIR").ok_or("no output directory")?);
    for part in PARTS {
        println!("cargo::rerun-if-changed={}", project.join(part).display());
    }
    let top = project.clone();
    let mut tree = Filesystem::filtered(&project, move |path, _| Ok(is_embedded(&top, path)));
    let file = BufWriter::new(fs::File::create(output.join("source.nar"))?);
    let mut writer = HashingWriter::new(HashAlgorithm::Sha256, file);
    nar::write(&mut tree, &mut writer)?;
    let (hash, _, file) = writer.finish();
    file.into_inner().map_err(|error| error.into_error())?;
    fs::write(output.join("nar_hash.txt"), hash.sri())?;
    Ok(())
}

fn is_embedded(project: &Path, path: &Path) -> bool {
    let Ok(relative) = path.strip_prefix(project) else {
        return false;
    };
    let mut components = relative.components().map(|component| component.as_os_str());
    match components.next() {
        None => true,
        Some(first) => {
            PARTS.iter().any(|part| first == *part) && !components.any(|name| name == TESTS)
        }
    }
}
