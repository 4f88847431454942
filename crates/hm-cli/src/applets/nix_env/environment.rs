//! User environments: what is installed in a profile, and the generations that have it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nix_engine::Engine;
use nix_store::Text;
use nix_store::build::Wanted;
use nix_store::profile::Profile;
use nix_wire::StorePath;

use super::element::Element;
use crate::applets::evaluate::{Failed, Session};
use crate::report::Failure;

/// What is installed, in the order in which it was.
pub fn installed(session: &Session, profile: &Profile) -> Result<Vec<Element>, Failed> {
    if profile.path().join("manifest.json").exists() {
        return Err(Failure::new(format!(
            "profile '{}' is incompatible with 'nix-env'; please use 'nix profile' instead",
            profile.path().display()
        ))
        .into());
    }
    in_environment(session, profile.path())
}

/// What an environment of `nix-env` has in it, in the order in which it was installed.
pub fn in_environment(session: &Session, environment: &Path) -> Result<Vec<Element>, Failed> {
    let Ok(manifest) = environment.join("manifest.nix").canonicalize() else {
        return Ok(Vec::new());
    };
    let read = || {
        let evaluator = &session.evaluator;
        // Who evaluates purely may know all the same what is installed.
        evaluator.allow_path(&manifest);
        let value = evaluator.eval_file(&manifest)?;
        let list = evaluator.force_list(value, "while evaluating the manifest of a profile")?;
        evaluator
            .elements(list)
            .map(|value| Element::of(session, value, ""))
            .collect::<Result<Vec<_>, _>>()
    };
    read().map_err(|error| session.failed(&error))
}

/// Builds an environment with the packages of another one, in which those of one name are replaced
/// by the object at `package`, or by none. `None` if it would be the same.
///
/// # Errors
/// If the environment cannot be read or built, because two packages have the same file, say.
pub fn environment_with(
    engine: &Engine,
    environment: &Path,
    name: &str,
    package: Option<&Path>,
) -> Result<Option<PathBuf>, Failure> {
    let build = || -> Result<Option<PathBuf>, Failed> {
        let session = Session::on(engine.clone());
        let package = package
            .map(|path| engine.parse_store_path(path))
            .transpose()?;
        let installed = in_environment(&session, environment)?;
        let (replaced, mut elements): (Vec<Element>, Vec<Element>) = installed
            .into_iter()
            .partition(|element| element.full_name == name);
        let present = match replaced.as_slice() {
            [element] => element.out_path(&session)?,
            _ => None,
        };
        if replaced.len() <= 1 && present == package {
            return Ok(None);
        }
        // As `nix-env --install`, which puts what is new first.
        elements.splice(0..0, package.map(Element::of_object));
        let made = make(&session, &elements)?;
        Ok(Some(engine.real_path(&made)))
    };
    build().map_err(|failed| {
        let message = failed.text.trim_start_matches("error: ").to_owned();
        Failure::new(message).code(failed.status)
    })
}

/// Builds an environment of these packages, and gives its place in the store.
pub fn make(session: &Session, elements: &[Element]) -> Result<StorePath, Failed> {
    let engine = &session.engine;
    let mut wanted = Vec::new();
    for element in elements {
        match element.derivation(session)? {
            Some(derivation) => {
                for (output, _) in element.outputs(session)? {
                    wanted.push(Wanted::output_of(derivation.clone(), &output));
                }
            }
            None => {
                let outputs = element.outputs(session)?;
                wanted.extend(outputs.into_iter().map(|(_, path)| Wanted::Object(path)));
            }
        }
    }
    engine.build_wanted(&wanted)?;
    build(session, elements)
}

fn build(session: &Session, elements: &[Element]) -> Result<StorePath, Failed> {
    let engine = &session.engine;
    let (text, references) = manifest(session, elements)?;
    let store = engine.store().store_dir();
    let manifest = Text::new(store, "env-manifest.nix", text, references)?;
    let path = engine.store().store_dir().print(manifest.path());
    engine.store().add_texts(std::slice::from_ref(&manifest))?;
    let evaluator = &session.evaluator;
    let evaluate = || {
        let function = evaluator.eval_string(include_bytes!("environment.nix"), Path::new("/"))?;
        let elements = evaluator.eval_file(Path::new(&path))?;
        let arguments = evaluator.attrs(&[
            (
                evaluator.symbol(b"manifest"),
                evaluator.string(path.as_bytes()),
            ),
            (evaluator.symbol(b"elements"), elements),
        ]);
        evaluator.call(function, &[arguments])
    };
    let value = evaluate().map_err(|error| session.failed(&error))?;
    let (derivation, output) = session.derivation(value)?;
    let built = engine.build_wanted(&[Wanted::output_of(derivation, &output)])?;
    built
        .into_iter()
        .flatten()
        .map(|(_, path)| path)
        .next()
        .ok_or_else(|| Failure::new("the user environment has no output").into())
}

/// The manifest, which Nix reads as code, and the objects that it names.
fn manifest(
    session: &Session,
    elements: &[Element],
) -> Result<(String, BTreeSet<StorePath>), Failed> {
    let store_dir = session.engine.store().store_dir();
    let mut references = BTreeSet::new();
    let mut text = String::from("[ ");
    for element in elements {
        let outputs = element.outputs(session)?;
        let mut members: Vec<(String, String)> = Vec::new();
        let meta: Vec<String> = element
            .meta_code(session)?
            .into_iter()
            .map(|(name, code)| format!("{} = {code}; ", attribute(&name)))
            .collect();
        members.push(("meta".to_owned(), format!("{{ {}}}", meta.concat())));
        members.push(("name".to_owned(), quoted(&element.full_name)));
        for (name, path) in &outputs {
            let path_text = quoted(&store_dir.print(path));
            members.push((name.clone(), format!("{{ outPath = {path_text}; }}")));
            references.insert(path.clone());
        }
        let derivation = match session.keeps_derivations {
            true => element.derivation(session)?,
            false => None,
        };
        if let Some(derivation) = derivation {
            let path_text = quoted(&store_dir.print(&derivation));
            members.push(("drvPath".to_owned(), path_text));
            references.insert(derivation);
        }
        if let Some(path) = element.out_path(session)? {
            members.push(("outPath".to_owned(), quoted(&store_dir.print(&path))));
        }
        let names: Vec<String> = outputs.iter().map(|(name, _)| quoted(name)).collect();
        members.push(("outputs".to_owned(), format!("[ {} ]", names.join(" "))));
        if !element.system.is_empty() && element.system != "unknown" {
            members.push(("system".to_owned(), quoted(&element.system)));
        }
        members.push(("type".to_owned(), "\"derivation\"".to_owned()));
        members.sort();
        text.push_str("{ ");
        for (name, code) in members {
            text.push_str(&format!("{} = {code}; ", attribute(&name)));
        }
        text.push_str("} ");
    }
    text.push(']');
    Ok((text, references))
}

fn attribute(name: &str) -> String {
    let plain = name.bytes().enumerate().all(|(index, byte)| {
        byte.is_ascii_alphabetic()
            || byte == b'_'
            || (index > 0 && (byte.is_ascii_digit() || byte == b'-' || byte == b'\''))
    });
    let reserved = matches!(
        name,
        "assert" | "else" | "if" | "in" | "inherit" | "let" | "or" | "rec" | "then" | "with"
    );
    if plain && !reserved && !name.is_empty() {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' => quoted.push_str("\\$"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_nix_code() {
        assert_eq!(attribute("name"), "name");
        assert_eq!(attribute("a-b"), "a-b");
        assert_eq!(attribute("1a"), "\"1a\"");
        assert_eq!(attribute("with"), "\"with\"");
        assert_eq!(attribute(""), "\"\"");
        assert_eq!(quoted("a\"$b\\\n"), "\"a\\\"\\$b\\\\\\n\"");
    }
}
