//! Which of the installed packages are meant.

use std::collections::BTreeSet;

use nix_wire::StorePath;

use super::Opened;
use super::manifest::{Element, Manifest};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::nix_env::names::matches_pattern;
use crate::applets::options::usage;
use crate::report::Failure;

/// What tells whether a package is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// All are.
    All,
    /// An extended regular expression is all of what it is called, whatever the case.
    Pattern(String),
    /// It has this object.
    Object(StorePath),
    /// It has this name.
    Name(String),
}

impl Matcher {
    fn title(&self) -> String {
        match self {
            Matcher::All => "--all".to_owned(),
            Matcher::Pattern(pattern) => format!("Regex '{pattern}'"),
            Matcher::Object(path) => format!("Store path '{path}'"),
            Matcher::Name(name) => format!("Package name '{name}'"),
        }
    }
}

/// The names of the packages that are meant; a warning for all that means none.
pub fn matching(opened: &Opened<'_>, manifest: &Manifest) -> Result<BTreeSet<String>, Failed> {
    let matchers = matchers(opened)?;
    if manifest.elements.is_empty() {
        plain("warning: There are no packages in the profile.");
        return Ok(BTreeSet::new());
    }
    let mut names = BTreeSet::new();
    for matcher in &matchers {
        let mut found = false;
        for (name, element) in &manifest.elements {
            if matches(opened, matcher, name, element)? {
                names.insert(name.clone());
                found = true;
            }
        }
        if !found {
            plain(&format!(
                "warning: {} does not match any packages in the profile.",
                matcher.title()
            ));
        }
    }
    Ok(names)
}

fn matchers(opened: &Opened<'_>) -> Result<Vec<Matcher>, Failed> {
    let mut matchers = opened.asked.matchers.clone();
    for word in &opened.asked.request.rest {
        if word.parse::<u64>().is_ok() {
            return Err(Failure::new(format!(
                "'nix profile' no longer supports indices ('{word}')"
            ))
            .into());
        }
        let object = opened.session.engine.store().store_dir().parse(word);
        matchers.push(match object {
            Ok(path) => Matcher::Object(path),
            Err(_) => Matcher::Name(word.clone()),
        });
    }
    if matchers.is_empty() {
        return Err(usage("No packages specified.\nTry 'nix --help' for more information.").into());
    }
    if matchers.len() > 1 && matchers.contains(&Matcher::All) {
        return Err(usage(
            "--all cannot be used with package names or regular expressions.\n\
             Try 'nix --help' for more information.",
        )
        .into());
    }
    Ok(matchers)
}

fn matches(
    opened: &Opened<'_>,
    matcher: &Matcher,
    name: &str,
    element: &Element,
) -> Result<bool, Failed> {
    Ok(match matcher {
        Matcher::All => true,
        Matcher::Name(wanted) => wanted == name,
        Matcher::Object(path) => element.paths.contains(path),
        Matcher::Pattern(pattern) => {
            let text = element.identifier().to_lowercase();
            matches_pattern(&opened.session, &pattern.to_lowercase(), &text)
                .map_err(|error| opened.session.failed(&error))?
        }
    })
}
