//! Flakes: references and lock files.

use nix_flake::lock::LockFile;
use nix_flake::reference::{self, ParseOptions};

/// A reference that is read is written as one that can be read, and then stays the same.
pub fn flake_reference(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    for flake in [true, false] {
        let options = ParseOptions {
            flake,
            relative_paths: true,
        };
        let Ok((reference, _)) = reference::parse_with_fragment(text, options) else {
            continue;
        };
        let Ok(url) = reference.to_url() else {
            continue;
        };
        let read = |url: &str| match reference::parse(url, options) {
            Ok(reference) => reference.to_string(),
            Err(error) => panic!("{text:?} is {url:?}: {error}"),
        };
        // What stands for the root and what is empty is written in one way only.
        let once = read(&url.to_string());
        assert_eq!(read(&once), once, "{text:?}");
    }
}

/// A lock file that is read is written as one that is read as the same.
pub fn lock_file(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok((lock, _)) = LockFile::parse(text, "flake.lock") else {
        return;
    };
    let _ = lock.check();
    let _ = lock.all_inputs();
    let once = lock.to_json().text;
    match LockFile::parse(&once, "flake.lock") {
        Ok((again, _)) => assert_eq!(again.to_json().text, once),
        Err(error) => panic!("{error}: {once}"),
    }
}
