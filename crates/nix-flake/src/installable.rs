//! What a user means by the part of a reference after `#`.

use nix_eval::{Attrs, Evaluator, Kind, Value};

use crate::error::FlakeError;

/// Names from a set down to something in it.
pub type AttributePath = Vec<String>;

/// Takes `a.b."c.d"` apart. What is in double quotes is one name. No name is empty.
///
/// # Errors
/// When a quote is not closed.
pub fn parse_attribute_path(text: &str) -> Result<AttributePath, FlakeError> {
    let mut path = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => path.push(std::mem::take(&mut name)),
            _ => name.push(character),
        }
    }
    if quoted {
        return Err(FlakeError::UnclosedQuote(text.to_owned()));
    }
    if !name.is_empty() {
        path.push(name);
    }
    Ok(path)
}

/// Puts a path together. Names that would be taken apart are quoted.
#[must_use]
pub fn print_attribute_path(path: &[String]) -> String {
    let names: Vec<String> = path
        .iter()
        .map(|name| match name.contains('.') || name.is_empty() {
            true => format!("\"{name}\""),
            false => name.clone(),
        })
        .collect();
    names.join(".")
}

/// Where the packages for a system are looked for among the outputs of a flake.
#[must_use]
pub fn package_prefixes(system: &str) -> Vec<String> {
    ["packages", "legacyPackages"]
        .map(|set| format!("{set}.{system}."))
        .into()
}

/// The package for a system that is meant when none is named.
#[must_use]
pub fn package_defaults(system: &str) -> Vec<String> {
    vec![
        format!("packages.{system}.default"),
        format!("defaultPackage.{system}"),
    ]
}

/// The paths that a fragment may mean, best first: below each of the prefixes and then as it is,
/// or, if the fragment is empty, the defaults. A fragment that begins with a dot is meant as it is.
#[must_use]
pub fn candidate_paths(fragment: &str, prefixes: &[String], defaults: &[String]) -> Vec<String> {
    if fragment.is_empty() {
        return defaults.to_vec();
    }
    if let Some(absolute) = fragment.strip_prefix('.') {
        return vec![absolute.to_owned()];
    }
    let mut paths: Vec<String> = prefixes
        .iter()
        .map(|prefix| format!("{prefix}{fragment}"))
        .collect();
    paths.push(fragment.to_owned());
    paths
}

/// Something found in a flake's outputs.
#[derive(Debug, Clone)]
pub struct FoundOutput {
    /// Where it was found.
    pub path: AttributePath,
    /// What it is, perhaps not evaluated yet.
    pub value: Value,
}

/// Finds the first of these paths that is there in a set such as the outputs of a flake, which
/// `flake` names in errors.
///
/// # Errors
/// When none of them is, or the sets on the way cannot be evaluated.
pub fn find_output(
    evaluator: &Evaluator,
    outputs: Value,
    flake: &str,
    paths: &[String],
) -> Result<FoundOutput, FlakeError> {
    let mut missing = Vec::new();
    for text in paths {
        let path = parse_attribute_path(text)?;
        match select(evaluator, outputs, &path)? {
            Ok(value) => return Ok(FoundOutput { path, value }),
            Err(found) => missing.extend(found),
        }
    }
    // All names are looked at only now: that can be more than looking for one.
    let mut suggestions: Vec<String> = Vec::new();
    for (attributes, name) in missing {
        let names: Vec<&[u8]> = evaluator
            .attrs_by_name(attributes)
            .map(|attribute| evaluator.symbol_text(attribute.name))
            .collect();
        let error = nix_eval::EvalError::eval("").suggest(name.as_bytes(), names);
        suggestions.extend(error.suggestions);
    }
    suggestions.dedup();
    Err(FlakeError::MissingOutput {
        flake: flake.to_owned(),
        attributes: paths.to_vec(),
        suggestions,
    })
}

/// The value at a path, or the set that lacks a name of it.
fn select(
    evaluator: &Evaluator,
    outputs: Value,
    path: &[String],
) -> Result<Result<Value, Option<(Attrs, String)>>, FlakeError> {
    let mut value = outputs;
    for name in path {
        if evaluator.force_kind(value)? != Kind::Attrs {
            return Ok(Err(None));
        }
        let attributes = evaluator.force_attrs(value, "while looking for an output of a flake")?;
        match evaluator.attr_named(attributes, name.as_bytes()) {
            Some(found) => value = found,
            None => return Ok(Err(Some((attributes, name.clone())))),
        }
    }
    Ok(Ok(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_dots() {
        let path = |text| parse_attribute_path(text).expect("it is a path");
        assert_eq!(path("a.b.c"), ["a", "b", "c"]);
        assert_eq!(path("a.\"b.c\".d"), ["a", "b.c", "d"]);
        assert_eq!(
            path("homeConfigurations.\"me@host.org\".x"),
            ["homeConfigurations", "me@host.org", "x"]
        );
        assert_eq!(path(""), Vec::<String>::new());
        assert!(parse_attribute_path("a.\"b").is_err());
        assert_eq!(print_attribute_path(&path("a.\"b.c\"")), "a.\"b.c\"");
    }

    #[test]
    fn fragments_are_tried_below_prefixes_first() {
        let strings = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let prefixes = strings(&["packages.x.", "legacyPackages.x."]);
        let defaults = strings(&["packages.x.default"]);
        assert_eq!(candidate_paths("", &prefixes, &defaults), defaults);
        assert_eq!(candidate_paths(".a", &prefixes, &defaults), ["a"]);
        assert_eq!(
            candidate_paths("a", &prefixes, &defaults),
            ["packages.x.a", "legacyPackages.x.a", "a"]
        );
    }
}
