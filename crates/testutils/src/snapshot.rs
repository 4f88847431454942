//! What a home looks like, in a form that is the same wherever home and store lie.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::mask_store_hashes;

/// Everything in a home: directories end in `/`, links say `-> `, and what is behind a link is
/// there as `PATH (content)`. The home is `/HOME`, store paths are `/STORE/HASH-NAME`.
pub type HomeSnapshot = BTreeMap<String, String>;

/// Looks at a home, leaving out paths and what is below them.
#[must_use]
pub fn snapshot_home(home: &Path, ignored: &[&str]) -> HomeSnapshot {
    let mut found = HomeSnapshot::new();
    collect(home, home, ignored, &mut found);
    found
}

fn collect(home: &Path, directory: &Path, ignored: &[&str], found: &mut HomeSnapshot) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path
            .strip_prefix(home)
            .unwrap_or(&path)
            .display()
            .to_string();
        if ignored
            .iter()
            .any(|ignored| Path::new(&name).starts_with(ignored))
        {
            continue;
        }
        let Ok(metadata) = path.symlink_metadata() else {
            continue;
        };
        if metadata.is_dir() {
            found.insert(format!("{name}/"), String::new());
            collect(home, &path, ignored, found);
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap_or_default();
            let target = normalise(home, target.display().to_string().as_bytes());
            found.insert(name.clone(), format!("-> {target}"));
            describe(home, &path, &format!("{name} (content)"), found);
        } else {
            describe(home, &path, &name, found);
        }
    }
}

/// What is behind a path, links followed.
fn describe(home: &Path, path: &Path, name: &str, found: &mut HomeSnapshot) {
    match fs::metadata(path) {
        Err(_) => {
            found.insert(name.to_owned(), "dangling".to_owned());
        }
        Ok(metadata) if metadata.is_dir() => {
            found.insert(format!("{name}/"), String::new());
            for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
                describe(home, &entry.path(), &inner, found);
            }
        }
        Ok(metadata) => {
            let executable = metadata.permissions().mode() & 0o111 != 0;
            let content = normalise(home, &fs::read(path).unwrap_or_default());
            let mode = if executable { "x" } else { "-" };
            found.insert(name.to_owned(), format!("{mode} {content}"));
        }
    }
}

/// Text in which every home and every store look the same.
fn normalise(home: &Path, text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).replace(&home.display().to_string(), "/HOME");
    let text = mask_store_hashes(&text);
    let mut normal = String::with_capacity(text.len());
    for (index, part) in text.split("/HASH-").enumerate() {
        if index > 0 {
            // What comes before the hash is the directory of the store.
            let is_end =
                |character: char| character.is_whitespace() || "\"'=:(`[,".contains(character);
            let start = normal.rfind(is_end).map_or(0, |at| at + 1);
            normal.truncate(start);
            normal.push_str("/STORE/HASH-");
        }
        normal.push_str(part);
    }
    normal
}
