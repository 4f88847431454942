//! From an evaluation error to what its user wants to know: the message, their own line, what to do.

use std::path::{Path, PathBuf};

use nix_eval::{ErrorKind, Location, Origin, Report};

use crate::report::{Failure, Place};

/// Where the trees of an evaluation come from.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// The user's own trees: where they are in the store, and where the user edits them.
    pub own: Vec<(PathBuf, PathBuf)>,
}

impl SourceMap {
    /// The file that the user knows, if it is one of theirs.
    fn own_file(&self, origin: &Origin) -> Option<PathBuf> {
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

/// How many places of a cycle are shown.
const LONGEST_CYCLE: usize = 4;

/// Explains an evaluation error.
pub fn explain(report: &Report, sources: &SourceMap, show_trace: bool) -> Failure {
    let mut failure = Failure::new(sources.translate(report.message.trim()));
    failure.code = report.status;
    failure.places = own_places(report, sources);
    if failure.places.is_empty() {
        failure.places = places_in_message(&failure.message, sources);
    }
    if let Some((first, others)) = report.suggestions.split_first() {
        let mut names = first.clone();
        for (index, other) in others.iter().enumerate() {
            names.push_str(if index + 1 == others.len() {
                " or "
            } else {
                ", "
            });
            names.push_str(other);
        }
        failure = failure.hint(format!("did you mean {names}?"));
    }
    if report.kind == ErrorKind::MissingAttribute && asks_embedded_packages(&failure, sources) {
        failure = failure
            .note("the package set inside this program has no programs: they come from your distribution")
            .hint("to have packages of Nix, add nixpkgs as an input; flake.nix says how");
    }
    if show_trace {
        failure.trace = Some(sources.translate(&nix_eval::render(report, true)));
    } else if failure.places.is_empty() && !report.steps.is_empty() {
        failure = failure.hint("see how the evaluation got there with: --show-trace");
    }
    failure
}

/// The user's own places that are nearest to the error: one, or those of a cycle.
fn own_places(report: &Report, sources: &SourceMap) -> Vec<Place> {
    let own = |location: &Location, label: &str| {
        let file = sources.own_file(&location.origin)?;
        Some(Place {
            file: file.display().to_string(),
            line: location.line,
            column: location.column,
            text: location.line_text.clone(),
            label: label.to_owned(),
        })
    };
    let mut places: Vec<Place> = report
        .location
        .iter()
        .filter_map(|location| own(location, ""))
        .collect();
    let is_cycle = report.kind == ErrorKind::InfiniteRecursion;
    // Steps go from the outside in: the last is the nearest. Where a function was called says
    // nothing that the message does not.
    let steps = report
        .steps
        .iter()
        .rev()
        .filter(|step| step.hint != "from call site");
    for step in steps {
        if !places.is_empty() && (!is_cycle || places.len() == LONGEST_CYCLE) {
            break;
        }
        let place = step
            .location
            .as_ref()
            .and_then(|location| own(location, &sources.translate(&step.hint)));
        let known = |place: &Place| {
            places
                .iter()
                .any(|other| (&other.file, other.line) == (&place.file, place.line))
        };
        places.extend(place.filter(|place| !known(place)));
    }
    places
}

/// The places that a message names itself: definitions of options (`FILE' (line N)), or a file that
/// is not there, which some line of the user's must name.
fn places_in_message(message: &str, sources: &SourceMap) -> Vec<Place> {
    let mut places = Vec::new();
    for (start, _) in message.match_indices("' (line ") {
        let file = message[..start].rsplit('`').next().unwrap_or_default();
        let number = message[start + "' (line ".len()..]
            .split(')')
            .next()
            .unwrap_or_default();
        if let Ok(line) = number.parse::<u32>()
            && sources
                .own
                .iter()
                .any(|(_, original)| Path::new(file).starts_with(original))
        {
            places.extend(place_of_line(Path::new(file), line, "defined here"));
        }
    }
    if places.is_empty()
        && let Some(path) = quoted_path(message)
    {
        places.extend(
            sources
                .own
                .iter()
                .find_map(|(_, directory)| mention(directory, &path)),
        );
    }
    places
}

/// The first path that a message has in quotes.
fn quoted_path(message: &str) -> Option<PathBuf> {
    message
        .split('\'')
        .map(PathBuf::from)
        .find(|part| part.is_absolute())
}

fn place_of_line(file: &Path, line: u32, label: &str) -> Option<Place> {
    let text = std::fs::read_to_string(file).ok()?;
    let content = text.lines().nth((line as usize).checked_sub(1)?)?;
    let column = content.len() - content.trim_start().len() + 1;
    Some(Place {
        file: file.display().to_string(),
        line,
        column: column as u32,
        text: Some(content.to_owned()),
        label: label.to_owned(),
    })
}

/// The line of a Nix file below a directory that names a path below it.
fn mention(directory: &Path, path: &Path) -> Option<Place> {
    let relative = path.strip_prefix(directory).ok()?;
    let wanted = relative.file_name()?.to_str()?;
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).ok()?.flatten() {
            let file = entry.path();
            if file.is_dir() && !file.is_symlink() {
                pending.push(file);
                continue;
            }
            if file.extension().is_none_or(|extension| extension != "nix") {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            let found = text
                .lines()
                .enumerate()
                .find_map(|(index, line)| Some((index, line, line.find(&format!("/{wanted}"))?)));
            if let Some((index, line, column)) = found {
                return Some(Place {
                    file: file.display().to_string(),
                    line: index as u32 + 1,
                    column: column as u32 + 1,
                    text: Some(line.to_owned()),
                    label: "named here".to_owned(),
                });
            }
        }
    }
    None
}

/// Whether what is missing was looked for in the embedded package set.
fn asks_embedded_packages(failure: &Failure, sources: &SourceMap) -> bool {
    let from_packages = failure.places.iter().any(|place| {
        place
            .text
            .as_ref()
            .is_some_and(|text| text.contains("pkgs.") || text.contains("with pkgs"))
    });
    from_packages
        && sources.own.iter().any(|(_, directory)| {
            std::fs::read_to_string(directory.join("flake.nix"))
                .is_ok_and(|text| text.contains("home-manager.legacyPackages"))
        })
}
