//! What a value says of the package that it is.

use nix_eval::{Attrs, EvalError, Value, View};
use nix_wire::StorePath;

use super::evaluate::{Failed, Session};
use crate::report::Failure;

/// A derivation as a value, and which of its outputs are wanted.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its derivation.
    pub derivation: StorePath,
    /// All outputs by name, the first one first.
    pub outputs: Vec<String>,
    /// Those that are installed: the one that was selected, those that `meta.outputsToInstall`
    /// names, or what is [`Unsaid`].
    pub installed: Vec<String>,
}

/// What is installed of a package that says nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// All outputs: of values of files and expressions.
    All,
    /// The output `out`: of flakes.
    Out,
}

type Evaluated<T> = Result<T, Box<EvalError>>;

impl Package {
    /// Reads a value that is a derivation.
    pub fn of(session: &Session, value: Value, unsaid: Unsaid) -> Result<Package, Failed> {
        let (derivation, _) = session.derivation(value)?;
        let read = || -> Evaluated<(String, Vec<String>, Option<Vec<String>>)> {
            let evaluator = &session.evaluator;
            let attrs = evaluator.force_attrs(value, "while evaluating a derivation")?;
            let name = string(session, attrs, "name")?.unwrap_or_default();
            let mut outputs = strings(session, attrs, "outputs")?.unwrap_or_default();
            if outputs.is_empty() {
                outputs.push("out".to_owned());
            }
            let specified = match evaluator.attr_named(attrs, b"outputSpecified") {
                Some(value) => {
                    evaluator.force_bool(value, "while evaluating the output specifier")?
                }
                None => false,
            };
            let installed = if specified {
                string(session, attrs, "outputName")?.map(|name| vec![name])
            } else {
                match evaluator.attr_named(attrs, b"meta") {
                    Some(meta) => match evaluator.force_view(meta)? {
                        View::Attrs(meta) => strings(session, meta, "outputsToInstall")?,
                        _ => None,
                    },
                    None => None,
                }
            };
            Ok((name, outputs, installed))
        };
        let (name, outputs, installed) = read().map_err(|error| session.failed(&error))?;
        let mut installed = installed.unwrap_or_else(|| match unsaid {
            Unsaid::All => outputs.clone(),
            Unsaid::Out => Vec::new(),
        });
        // Who asks for nothing gets what everything has.
        if installed.is_empty() {
            installed.push("out".to_owned());
        }
        if let Some(missing) = installed.iter().find(|name| !outputs.contains(name)) {
            return Err(Failure::new(format!(
                "derivation '{name}' does not have an output named '{missing}'"
            ))
            .into());
        }
        Ok(Package {
            derivation,
            outputs,
            installed,
        })
    }
}

/// What `meta.priority` says, if the value is a derivation that says so.
pub fn priority(session: &Session, value: Value) -> Result<Option<i64>, Failed> {
    let evaluator = &session.evaluator;
    let read = || -> Evaluated<Option<i64>> {
        let View::Attrs(attrs) = evaluator.force_view(value)? else {
            return Ok(None);
        };
        let Some(meta) = evaluator.attr_named(attrs, b"meta") else {
            return Ok(None);
        };
        let View::Attrs(meta) = evaluator.force_view(meta)? else {
            return Ok(None);
        };
        match evaluator.attr_named(meta, b"priority") {
            Some(priority) => evaluator
                .force_int(priority, "while evaluating the priority of a package")
                .map(Some),
            None => Ok(None),
        }
    };
    read().map_err(|error| session.failed(&error))
}

/// An attribute that is a string, if it is there.
pub fn string(session: &Session, attrs: Attrs, name: &str) -> Evaluated<Option<String>> {
    let evaluator = &session.evaluator;
    match evaluator.attr_named(attrs, name.as_bytes()) {
        Some(value) => {
            let text =
                evaluator.force_string(value, "while evaluating an attribute of a derivation")?;
            Ok(Some(text.to_string_lossy().into_owned()))
        }
        None => Ok(None),
    }
}

/// An attribute that is a list of strings, if it is there.
fn strings(session: &Session, attrs: Attrs, name: &str) -> Evaluated<Option<Vec<String>>> {
    let evaluator = &session.evaluator;
    let Some(value) = evaluator.attr_named(attrs, name.as_bytes()) else {
        return Ok(None);
    };
    let list = evaluator.force_list(value, "while evaluating the outputs of a derivation")?;
    let texts = evaluator
        .elements(list)
        .map(|element| {
            let text = evaluator.force_string(element, "while evaluating the name of an output")?;
            Ok(text.to_string_lossy().into_owned())
        })
        .collect::<Evaluated<Vec<String>>>()?;
    Ok(Some(texts))
}

/// The name and version of a derivation's name: the version begins after the first dash that no
/// letter follows.
pub fn split_name(name: &str) -> (&str, &str) {
    let bytes = name.as_bytes();
    let dash = (0..bytes.len()).find(|index| {
        bytes[*index] == b'-'
            && bytes
                .get(index + 1)
                .is_some_and(|next| !next.is_ascii_alphabetic())
    });
    match dash {
        Some(dash) => (&name[..dash], &name[dash + 1..]),
        None => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::split_name;

    #[test]
    fn versions_begin_where_no_letter_follows_a_dash() {
        assert_eq!(split_name("hello-2.12"), ("hello", "2.12"));
        assert_eq!(split_name("home-manager"), ("home-manager", ""));
        assert_eq!(split_name("a-b-1-c"), ("a-b", "1-c"));
        assert_eq!(split_name("x-"), ("x-", ""));
    }
}
