//! Which files are the user's own, and where they edit them.

use std::path::{Path, PathBuf};

use nix_eval::Origin;

/// Where the trees of an evaluation come from.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// The user's own trees: where they are in the store, and where the user edits them.
    pub own: Vec<(PathBuf, PathBuf)>,
}

impl SourceMap {
    /// The file that the user knows, if it is one of theirs.
    pub(super) fn own_file(&self, origin: &Origin) -> Option<PathBuf> {
        let Origin::File(_) = origin else { return None };
        let path = PathBuf::from(origin.to_string());
        self.own.iter().find_map(|(stored, original)| {
            if path.starts_with(original) {
                return Some(path.clone());
            }
            path.strip_prefix(stored)
                .ok()
                .map(|relative| join(original, relative))
        })
    }

    /// Text with the user's files named as the user knows them.
    pub fn translate(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (stored, original) in &self.own {
            text = text.replace(
                &stored.display().to_string(),
                &original.display().to_string(),
            );
        }
        text
    }
}

fn join(directory: &Path, relative: &Path) -> PathBuf {
    if relative.as_os_str().is_empty() {
        directory.to_owned()
    } else {
        directory.join(relative)
    }
}

impl SourceMap {
    /// The map of a flake that could not be read as far as to know its trees: `directory` is where
    /// the user has it, and `message` may name its copy in the store.
    pub fn of_message(directory: &Path, message: &str) -> SourceMap {
        let copy = message
            .split('\'')
            .filter(|part| part.starts_with('/'))
            .find_map(|part| {
                let end = part.find("-source")? + "-source".len();
                Some(PathBuf::from(&part[..end]))
            });
        let directory = directory.to_owned();
        SourceMap {
            own: vec![(copy.unwrap_or_else(|| directory.clone()), directory)],
        }
    }

    /// The Nix files of the user, with their texts.
    pub(super) fn own_texts(&self) -> Vec<(PathBuf, String)> {
        let mut texts = Vec::new();
        let mut pending: Vec<PathBuf> = self.own.iter().map(|(_, own)| own.clone()).collect();
        while let Some(directory) = pending.pop() {
            let Ok(entries) = std::fs::read_dir(directory) else {
                continue;
            };
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths {
                if path.is_symlink() {
                    continue;
                }
                if path.is_dir() {
                    pending.push(path);
                } else if path.extension().is_some_and(|extension| extension == "nix")
                    && let Ok(text) = std::fs::read_to_string(&path)
                {
                    texts.push((path, text));
                }
            }
        }
        texts
    }
}
