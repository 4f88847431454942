//! What the tests share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Writes a file, and makes the directories that it is in.
pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, text).expect("a file");
}

/// Adds what is below a directory: links with their targets, files with their texts.
pub fn snapshot(root: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path
            .strip_prefix(root)
            .expect("below the root")
            .display()
            .to_string();
        let kind = path.symlink_metadata().expect("metadata").file_type();
        if kind.is_symlink() {
            found.insert(
                name,
                format!("-> {}", fs::read_link(&path).expect("a link").display()),
            );
        } else if kind.is_dir() {
            found.insert(format!("{name}/"), String::new());
            snapshot(root, &path, found);
        } else {
            found.insert(name, fs::read_to_string(&path).expect("text"));
        }
    }
}
