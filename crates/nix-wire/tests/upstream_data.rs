//! Nix's own test data, when `NIX_TEST_DATA` names the `src` directory of a checkout of its source.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use nix_wire::nar::{self, Contents, NarError, Visitor};
use nix_wire::{Derivation, StoreDir};

fn data() -> Option<PathBuf> {
    let directory = std::env::var_os("NIX_TEST_DATA").map(PathBuf::from);
    if directory.is_none() {
        let mut stderr = std::io::stderr();
        let _ = std::io::Write::write_all(&mut stderr, b"skipped: NIX_TEST_DATA is not set\n");
    }
    directory
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory of Nix's test data") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files
}

struct Ignore;

impl Visitor for Ignore {
    fn directory(&mut self, _: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn end_directory(&mut self, _: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn regular(&mut self, _: &Path, _: bool, contents: &mut Contents<'_>) -> Result<(), NarError> {
        contents.read_to_end(&mut Vec::new())?;
        Ok(())
    }

    fn symlink(&mut self, _: &Path, _: &[u8]) -> Result<(), NarError> {
        Ok(())
    }
}

#[test]
fn malformed_archives_are_refused() {
    let Some(data) = data() else { return };
    let archives = files(&data.join("libutil-tests/data/nars"), "nar");
    assert!(archives.len() > 10);
    for archive in archives {
        let bytes = fs::read(&archive).expect("an archive");
        let good = archive.ends_with("regular-one-byte-zero-padding.nar");
        let result = nar::read(&mut bytes.as_slice(), &mut Ignore);
        assert_eq!(result.is_ok(), good, "{}: {result:?}", archive.display());
    }
}

#[test]
fn derivations_are_written_as_they_were_read() {
    let Some(data) = data() else { return };
    let store = StoreDir::default();
    let mut read = 0;
    for file in files(&data.join("libstore-tests/data/derivation"), "drv") {
        let text = fs::read(&file).expect("a derivation");
        let file_name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let name =
            &name_in_json(&file).unwrap_or_else(|| file_name.trim_end_matches(".drv").to_owned());
        let bad = file_name.starts_with("bad-");
        match Derivation::parse(&store, name, &text) {
            Ok(derivation) => {
                assert!(!bad, "{} was accepted", file.display());
                // Some had their paths replaced by hand and are not in order any more.
                let written = derivation.unparse(&store).expect("a text");
                assert!(sorted(&written) == sorted(&text), "{}", file.display());
                assert_eq!(Derivation::parse(&store, name, &written), Ok(derivation));
                read += 1;
            }
            // The hashes of modulo texts stand where paths belong.
            Err(error) => assert!(
                bad || file_name.ends_with("-modulo.drv"),
                "{}: {error}",
                file.display()
            ),
        }
    }
    assert!(read > 10, "{read}");
}

fn sorted(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    bytes.sort_unstable();
    bytes
}

/// The name that the derivation was given, where it is also there as JSON.
fn name_in_json(file: &Path) -> Option<String> {
    let json = fs::read(file.with_extension("json")).ok()?;
    let json: serde_json::Value = serde_json::from_slice(&json).ok()?;
    json["name"].as_str().map(str::to_owned)
}
