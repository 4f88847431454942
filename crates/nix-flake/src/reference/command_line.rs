//! References as users type them: relative to a directory, found by searching upwards.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::input::path_url;
use super::parse::{PathParts, from_url, parse_id, parse_url};
use super::url::{Authority, BadUrl, Url, path_segments};
use super::{FlakeReference, ReferenceError};

/// A reference as it was typed, and where.
#[derive(Debug, Clone, Copy)]
pub struct CommandLineReference<'a> {
    /// What was typed.
    pub text: &'a str,
    /// The absolute directory that relative paths start from.
    pub base: &'a Path,
    /// Whether the path need not have a `flake.nix` yet; then nothing is searched upwards.
    pub allow_missing: bool,
    /// Whether a flake is meant; else any tree or file.
    pub flake: bool,
}

/// What a typed reference came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundReference {
    /// The flake.
    pub reference: FlakeReference,
    /// What followed `#`, decoded.
    pub fragment: String,
    /// What the user should know about how it was found.
    pub notices: Vec<String>,
}

impl CommandLineReference<'_> {
    /// Finds the flake: a registry name, a URL, or a path. From a path, directories are searched
    /// upwards for a `flake.nix`, and from there for a `.git`, which makes it a `git+file:` one.
    ///
    /// # Errors
    /// When it is none of these, or the search ends without a flake.
    pub fn find(&self) -> Result<FoundReference, ReferenceError> {
        let found = |(reference, fragment), notices| FoundReference {
            reference,
            fragment,
            notices,
        };
        if let Some(parsed) = parse_id(self.text)? {
            return Ok(found(parsed, Vec::new()));
        }
        let absolute = |path: &str| display(&absolute_path(self.base, path));
        if let Some(parsed) = parse_url(self.text, self.flake, Some(&absolute))? {
            return Ok(found(parsed, dubious_parameters(self.text)));
        }
        let parts = PathParts::of(self.text)?;
        let mut notices = Vec::new();
        let path = resolve_links(&absolute_path(self.base, parts.path));
        let url = if self.flake {
            let path = self.directory_of_flake(path, &mut notices)?;
            self.url_in_repository(&path, &parts)?
                .unwrap_or_else(|| parts.url(path_url(&display(&path))))
        } else {
            parts.url(path_url(&display(&path)))
        };
        Ok(found(from_url(url, self.flake)?, notices))
    }

    /// The directory that has the `flake.nix`.
    fn directory_of_flake(
        &self,
        mut path: PathBuf,
        notices: &mut Vec<String>,
    ) -> Result<PathBuf, ReferenceError> {
        let metadata = path
            .symlink_metadata()
            .map_err(|error| status_error(&path, &error))?;
        if !metadata.is_dir() {
            if path.file_name().is_none_or(|name| name != "flake.nix") {
                return Err(BadUrl(format!(
                    "path {} is not a flake (because it's not a directory)",
                    quoted(&path)
                ))
                .into());
            }
            let parent = path.parent().map(Path::to_owned).unwrap_or_default();
            notices.push(format!(
                "Path {} should point at the directory containing the 'flake.nix' file, not the \
                 file itself. Pretending that you meant {}",
                quoted(&path),
                quoted(&parent)
            ));
            path = parent;
        }
        if self.allow_missing || path.join("flake.nix").exists() {
            return Ok(path);
        }
        notices.push(format!(
            "path {} does not contain a 'flake.nix', searching up",
            quoted(&path)
        ));
        let device = metadata.dev();
        loop {
            if path.join("flake.nix").exists() {
                return Ok(path);
            }
            if path.join(".git").exists() {
                return Err(ReferenceError::Invalid(format!(
                    "path {} is not part of a flake (neither it nor its parent directories contain \
                     a 'flake.nix' file)",
                    quoted(&path)
                )));
            }
            let metadata = path
                .symlink_metadata()
                .map_err(|error| status_error(&path, &error))?;
            if metadata.dev() != device {
                return Err(ReferenceError::Invalid(format!(
                    "unable to find a flake before encountering filesystem boundary at {}",
                    quoted(&path)
                )));
            }
            match path.parent() {
                Some(parent) if parent != Path::new("/") => path = parent.to_owned(),
                _ => return Err(BadUrl("could not find a flake.nix file".to_owned()).into()),
            }
        }
    }

    /// The URL of the Git repository that a directory is in, if it is in one.
    fn url_in_repository(
        &self,
        path: &Path,
        parts: &PathParts<'_>,
    ) -> Result<Option<Url>, ReferenceError> {
        let Some(root) = path
            .ancestors()
            .take_while(|directory| directory.parent().is_some())
            .find(|directory| directory.join(".git").exists())
        else {
            return Ok(None);
        };
        let mut url = parts.url(Url {
            scheme: "git+file".to_owned(),
            authority: Some(Authority::default()),
            path: path_segments(&display(root)),
            ..Url::default()
        });
        let below = path.strip_prefix(root).unwrap_or(Path::new(""));
        if below != Path::new("") {
            if url.query.contains_key("dir") {
                let text = self.text;
                return Err(ReferenceError::Invalid(format!(
                    "flake URL '{text}' has an inconsistent 'dir' parameter"
                )));
            }
            url.query.insert("dir".to_owned(), display(below));
        }
        if root.join(".git/shallow").exists() {
            url.query.insert("shallow".to_owned(), "1".to_owned());
        }
        Ok(Some(url))
    }
}

/// What there is to say about parameters of a URL that have no value.
fn dubious_parameters(text: &str) -> Vec<String> {
    let before_fragment = text.split('#').next().unwrap_or_default();
    let query = before_fragment.split_once('?').map(|(_, query)| query);
    query
        .unwrap_or_default()
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !parameter.contains('='))
        .map(|parameter| {
            format!("dubious URI query '{parameter}' is missing equal sign '=', ignoring")
        })
        .collect()
}

/// A path with quotes, as messages show it.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn status_error(path: &Path, error: &std::io::Error) -> ReferenceError {
    let reason = crate::error::reason(error);
    ReferenceError::Invalid(format!("getting status of {}: {reason}", quoted(path)))
}

fn display(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The absolute path without `.`, `..` and double slashes.
fn absolute_path(base: &Path, path: &str) -> PathBuf {
    let mut absolute = PathBuf::from("/");
    for component in base.join(path).components() {
        match component {
            std::path::Component::Normal(name) => absolute.push(name),
            std::path::Component::ParentDir => {
                absolute.pop();
            }
            _ => {}
        }
    }
    absolute
}

/// The path with symbolic links followed, as far as it exists.
fn resolve_links(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(resolved) = ancestor.canonicalize() {
            return match path.strip_prefix(ancestor) {
                Ok(rest) if rest != Path::new("") => resolved.join(rest),
                _ => resolved,
            };
        }
    }
    path.to_owned()
}
