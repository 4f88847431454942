//! Which of the installed packages are meant.

use std::collections::BTreeSet;
use std::path::Path;

use nix_eval::Value;
use nix_wire::StorePath;

use super::Opened;
use super::manifest::{Element, Manifest};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::report::Failure;

/// Whether an extended regular expression is all of a text; both are in lower case.
const MATCHES: &[u8] = b"pattern: text: builtins.match pattern text != null";

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
            let evaluator = &opened.session.evaluator;
            let [pattern, text] = [pattern, &element.identifier()]
                .map(|text| evaluator.string(text.to_lowercase().as_bytes()));
            let call = |arguments: &[Value]| {
                let function = evaluator.eval_string(MATCHES, Path::new("/"))?;
                let found = evaluator.call(function, arguments)?;
                evaluator.force_bool(found, "while matching a package")
            };
            call(&[pattern, text]).map_err(|error| opened.session.failed(&error))?
        }
    })
}
