//! Gives compiled files a format number: a hash of the code that makes and reads them.
//!
//! They are kept on disk, so every change of that code has to change the number.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut hasher = DefaultHasher::new();
    for folder in ["src/compile", "src/unit", "../nix-syntax/src"] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        hash_folder(&folder, &mut hasher)?;
    }
    println!("cargo::rustc-env=UNIT_FORMAT={}", hasher.finish() as u32);
    Ok(())
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    entries.sort_unstable();
    for entry in entries {
        if entry.is_dir() {
            hash_folder(&entry, hasher)?;
        } else {
            entry.file_name().hash(hasher);
            fs::read(&entry)?.hash(hasher);
        }
    }
    Ok(())
}
