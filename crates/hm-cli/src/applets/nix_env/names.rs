//! Names of packages with their versions: `hello-2.12`.

use std::cmp::Ordering;

use nix_eval::{EvalError, Value};

use crate::applets::evaluate::Session;
use crate::applets::package::split_name;

/// A name taken apart at the first dash that no letter follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageName {
    /// What it is called.
    pub name: String,
    /// What comes after the dash; empty when there is none.
    pub version: String,
}

impl PackageName {
    /// Takes a name apart.
    pub fn parse(text: &str) -> PackageName {
        let (name, version) = split_name(text);
        PackageName {
            name: name.to_owned(),
            version: version.to_owned(),
        }
    }
}

/// Which packages are meant, and whether one was.
#[derive(Clone, Debug)]
pub struct Selector {
    /// As it was written.
    pub text: String,
    pattern: PackageName,
    /// How many it has matched.
    pub hits: usize,
}

impl Selector {
    /// Reads one: `*`, or an extended regular expression for the name, perhaps with a version.
    pub fn new(text: &str) -> Selector {
        Selector {
            text: text.to_owned(),
            pattern: PackageName::parse(text),
            hits: 0,
        }
    }

    /// Whether it means a package of this name.
    pub fn matches(
        &mut self,
        session: &Session,
        name: &PackageName,
    ) -> Result<bool, Box<EvalError>> {
        let by_name = self.pattern.name == "*"
            || self.pattern.name == name.name
            || matches_pattern(session, &self.pattern.name, &name.name)?;
        let matches =
            by_name && (self.pattern.version.is_empty() || self.pattern.version == name.version);
        self.hits += usize::from(matches);
        Ok(matches)
    }
}

fn builtin(session: &Session, text: &str, arguments: &[&str]) -> Result<Value, Box<EvalError>> {
    let evaluator = &session.evaluator;
    let function = evaluator.eval_string(text.as_bytes(), session.directory())?;
    let arguments: Vec<Value> = arguments
        .iter()
        .map(|argument| evaluator.string(argument.as_bytes()))
        .collect();
    evaluator.call(function, &arguments)
}

/// Whether an extended regular expression is all of a text.
pub fn matches_pattern(
    session: &Session,
    pattern: &str,
    text: &str,
) -> Result<bool, Box<EvalError>> {
    let found = builtin(
        session,
        "pattern: text: builtins.match pattern text != null",
        &[pattern, text],
    )?;
    session.evaluator.force_bool(found, "while matching a name")
}

/// Which version is the newer one.
pub fn compare_versions(
    session: &Session,
    one: &str,
    other: &str,
) -> Result<Ordering, Box<EvalError>> {
    let found = builtin(session, "builtins.compareVersions", &[one, other])?;
    let number = session
        .evaluator
        .force_int(found, "while comparing versions")?;
    Ok(number.cmp(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_begins_after_a_dash_without_a_letter() {
        let parse = |text| {
            let name = PackageName::parse(text);
            (name.name, name.version)
        };
        let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(parse("hello-2.12"), pair("hello", "2.12"));
        assert_eq!(
            parse("nix-unstable-1.0pre-x"),
            pair("nix-unstable", "1.0pre-x")
        );
        assert_eq!(parse("hello-"), pair("hello-", ""));
        assert_eq!(parse("*"), pair("*", ""));
        assert_eq!(parse(""), pair("", ""));
    }
}
