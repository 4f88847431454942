//! `nix-env --query --xml`: a package as an element of a document.

use std::collections::{BTreeMap, BTreeSet};

use nix_eval::{View, XmlWriter};

use super::element::{Element, data};
use super::query::{Comparison, Status};
use super::{Failed, Opened};
use crate::applets::engine::plain;

/// Adds a package to a document. Attributes are in the order of their names, as Nix writes them.
pub fn write_item(
    opened: &Opened<'_>,
    element: &Element,
    status: Option<Status>,
    comparison: Option<&Comparison>,
    document: &mut XmlWriter,
) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let columns = opened.request.columns;
    let mut attributes = BTreeMap::from([
        ("attrPath", element.attribute_path.clone()),
        ("name", element.full_name.clone()),
        ("outputName", element.output_name(session)),
        ("pname", element.name.name.clone()),
        ("version", element.name.version.clone()),
    ]);
    if let Some(status) = status {
        let digit = |truth| if truth { "1" } else { "0" }.to_owned();
        attributes.insert("installed", digit(status.installed));
        attributes.insert("substitutable", digit(status.substitutable));
        attributes.insert("valid", digit(status.present));
    }
    if let Some(Comparison { sign, newest }) = comparison.filter(|found| found.sign != '-') {
        attributes.insert("maxComparedVersion", newest.clone());
        attributes.insert("versionDiff", sign.to_string());
    }
    if !element.system.is_empty() {
        attributes.insert("system", element.system.clone());
    }
    if columns.derivation
        && let Some(path) = element.derivation(session)?
    {
        attributes.insert("drvPath", tool.print(&path));
    }
    if columns.description
        && let Some(text) = element.meta_text(session, "description")
    {
        attributes.insert("description", text);
    }
    document.open("item", &borrowed(&attributes));
    for name in element
        .output_names(session)?
        .into_iter()
        .collect::<BTreeSet<_>>()
    {
        let mut attributes = BTreeMap::from([("name", name.clone())]);
        if columns.out_path
            && let Some(path) = element.output_path(session, &name)?
        {
            attributes.insert("path", tool.print(&path));
        }
        document.empty("output", &borrowed(&attributes));
    }
    if columns.meta {
        write_meta(opened, element, document)?;
    }
    document.close();
    Ok(())
}

fn borrowed<'a>(attributes: &'a BTreeMap<&'a str, String>) -> Vec<(&'a str, &'a [u8])> {
    let attributes = attributes.iter();
    attributes
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect()
}

fn write_meta(
    opened: &Opened<'_>,
    element: &Element,
    document: &mut XmlWriter,
) -> Result<(), Failed> {
    let session = &opened.session;
    let evaluator = &session.evaluator;
    let names = element.meta_names(session);
    let mut names = names.map_err(|error| session.failed(&error))?;
    names.sort();
    for name in names {
        let value = element.meta_value(session, &name);
        let value = value.map_err(|error| session.failed(&error))?;
        let Some(value) = value.and_then(|value| data(session, value)) else {
            plain(&format!(
                "derivation '{}' has invalid meta attribute '{name}'",
                element.full_name
            ));
            continue;
        };
        let text = |value: nix_eval::Value| match evaluator.view(value) {
            View::String(text) => Some(text.bytes.to_vec()),
            _ => None,
        };
        let mut single = |kind: &str, value: &[u8]| {
            let name = ("name", name.as_bytes());
            document.empty("meta", &[name, ("type", kind.as_bytes()), ("value", value)]);
        };
        let several = [("name", name.as_bytes()), ("type", b"strings".as_slice())];
        match evaluator.view(value) {
            View::String(text) => single("string", text.bytes),
            View::Int(number) => single("int", number.to_string().as_bytes()),
            View::Float(number) => single("float", number.to_string().as_bytes()),
            View::Bool(truth) => single("bool", truth.to_string().as_bytes()),
            View::List(list) => {
                document.open("meta", &several);
                for text in evaluator.elements(list).filter_map(text) {
                    document.empty("string", &[("value", &text)]);
                }
                document.close();
            }
            View::Attrs(attrs) => {
                document.open("meta", &several);
                for attr in evaluator.attrs_by_name(attrs) {
                    if let Some(text) = text(attr.value) {
                        let name = evaluator.symbol_text(attr.name);
                        document.empty("string", &[("type", name), ("value", &text)]);
                    }
                }
                document.close();
            }
            _ => {}
        }
    }
    Ok(())
}
