//! `nix-env --query`: what is installed, or could be.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use nix_eval::{View, XmlWriter};
use serde_json::{Map, Value, json};

use super::element::Element;
use super::environment::installed;
use super::names::{Selector, compare_versions};
use super::{Failed, Opened, source, xml};
use crate::applets::tool::print_lines;
use crate::report::Failure;
use crate::terminal;
use crate::values;

/// Which columns are shown, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns {
    /// `--available`: what could be installed rather than what is.
    pub available: bool,
    /// `--status`
    pub status: bool,
    /// `--attr-path`
    pub attribute_path: bool,
    /// `--no-name`
    pub no_name: bool,
    /// `--compare-versions`
    pub compare: bool,
    /// `--system`
    pub system: bool,
    /// `--drv-path`
    pub derivation: bool,
    /// `--out-path`
    pub out_path: bool,
    /// `--description`
    pub description: bool,
    /// `--meta`
    pub meta: bool,
    /// `--json`
    pub json: bool,
    /// `--xml`
    pub xml: bool,
    /// `--prebuilt-only`
    pub prebuilt: bool,
}

/// Prints the packages that the arguments select.
pub fn query(opened: &Opened<'_>) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let columns = opened.request.columns;
    let own = installed(session, &opened.profile);
    let own = match own {
        Ok(own) => own,
        // What could be installed can be looked at without it.
        Err(_) if columns.available && !columns.compare && !columns.status => Vec::new(),
        Err(failed) => return Err(failed),
    };
    let others = if columns.available || columns.compare {
        let root = source::expression(tool, session, &opened.request)?;
        source::available(session, root, "")?
    } else {
        Vec::new()
    };
    let (shown, compared) = match columns.available {
        true => (&others, &own),
        false => (&own, &others),
    };
    let mut elements = select(opened, shown)?;
    elements.sort_by_cached_key(|element| element.full_name.to_lowercase());
    if columns.json {
        return print_json(opened, &elements);
    }
    let installed_paths: BTreeSet<_> = own
        .iter()
        .map(|element| element.out_path(session))
        .collect::<Result<_, _>>()?;
    let substitutable = if columns.status || columns.prebuilt {
        let paths = elements
            .iter()
            .filter_map(|element| element.out_path(session).transpose())
            .collect::<Result<BTreeSet<_>, _>>()?;
        tool.with_access(|access| Ok(access.substitutable(&paths)))?
    } else {
        BTreeSet::new()
    };
    let mut rows = Vec::new();
    let mut document = XmlWriter::new();
    document.open("items", &[]);
    for element in elements {
        let present = |element: &Element| -> Result<bool, Failed> {
            let path = element.out_path(session)?;
            Ok(match path {
                Some(path) => tool.store().is_valid(&path)?,
                None => false,
            })
        };
        let is_offered = |element: &Element| -> Result<bool, Failed> {
            let path = element.out_path(session)?;
            Ok(path.is_some_and(|path| substitutable.contains(&path)))
        };
        if columns.prebuilt && !present(element)? && !is_offered(element)? {
            continue;
        }
        let status = match columns.status {
            true => Some(Status {
                installed: installed_paths.contains(&element.out_path(session)?),
                present: present(element)?,
                substitutable: is_offered(element)?,
            }),
            false => None,
        };
        let comparison = match columns.compare {
            true => Some(comparison(opened, element, compared)?),
            false => None,
        };
        if columns.xml {
            xml::write_item(opened, element, status, comparison.as_ref(), &mut document)?;
            continue;
        }
        let mut row = Vec::new();
        if let Some(status) = status {
            row.push(status.letters());
        }
        if columns.attribute_path {
            row.push(element.attribute_path.clone());
        }
        if !columns.no_name {
            row.push(element.full_name.clone());
        }
        if let Some(Comparison { sign, newest }) = &comparison {
            row.push(format!("{sign} {newest}"));
        }
        if columns.system {
            row.push(element.system.clone());
        }
        if columns.derivation {
            let path = element.derivation(session)?;
            row.push(path.map(|path| tool.print(&path)).unwrap_or_default());
        }
        if columns.out_path {
            let mut texts = Vec::new();
            for (name, path) in element.outputs(session)? {
                let path = tool.print(&path);
                texts.push(match name.as_str() {
                    "out" => path,
                    name => format!("{name}={path}"),
                });
            }
            row.push(texts.join(";"));
        }
        if columns.description {
            row.push(
                element
                    .meta_text(session, "description")
                    .unwrap_or_default(),
            );
        }
        rows.push(row);
    }
    if columns.xml {
        terminal::stdout().lock().write_all(&document.finish())?;
        return Ok(());
    }
    print_lines(table(&rows))
}

/// Where a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// In the profile.
    pub installed: bool,
    /// In the store.
    pub present: bool,
    /// In a cache.
    pub substitutable: bool,
}

impl Status {
    fn letters(self) -> String {
        [
            (self.installed, 'I'),
            (self.present, 'P'),
            (self.substitutable, 'S'),
        ]
        .map(|(truth, letter)| if truth { letter } else { '-' })
        .iter()
        .collect()
    }
}

/// How the version of a package stands to the newest of others of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// `<`, `=` or `>`; `-` when there is no other.
    pub sign: char,
    /// The version of that other; `?` when there is none.
    pub newest: String,
}

fn select<'e>(opened: &Opened<'_>, all: &'e [Element]) -> Result<Vec<&'e Element>, Failed> {
    let session = &opened.session;
    let everything = ["*".to_owned()];
    let texts = match opened.request.arguments.as_slice() {
        [] => &everything[..],
        _ if opened.request.attributes => &everything[..],
        texts => texts,
    };
    let mut selectors: Vec<Selector> = texts.iter().map(|text| Selector::new(text)).collect();
    let mut chosen = Vec::new();
    for element in all {
        let mut matches = false;
        for selector in &mut selectors {
            matches |= selector
                .matches(session, &element.name)
                .map_err(|error| session.failed(&error))?;
        }
        if matches {
            chosen.push(element);
        }
    }
    if let Some(selector) = selectors
        .iter()
        .find(|selector| selector.hits == 0 && selector.text != "*")
    {
        return Err(Failure::new(format!(
            "selector '{}' matches no derivations",
            selector.text
        ))
        .into());
    }
    Ok(chosen)
}

fn comparison(
    opened: &Opened<'_>,
    element: &Element,
    others: &[Element],
) -> Result<Comparison, Failed> {
    let session = &opened.session;
    let compare = |one: &str, other: &str| {
        compare_versions(session, one, other).map_err(|error| session.failed(&error))
    };
    let mut newest: Option<&str> = None;
    for other in others
        .iter()
        .filter(|other| other.name.name == element.name.name)
    {
        let version = other.name.version.as_str();
        let newer = match newest {
            None => true,
            Some(newest) => compare(version, newest)? == Ordering::Greater,
        };
        if newer {
            newest = Some(version);
        }
    }
    let sign = match newest {
        None => '-',
        Some(newest) => match compare(&element.name.version, newest)? {
            Ordering::Less => '<',
            Ordering::Equal => '=',
            Ordering::Greater => '>',
        },
    };
    Ok(Comparison {
        sign,
        newest: newest.unwrap_or("?").to_owned(),
    })
}

/// Columns as wide as what is in them.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                line.push_str(cell);
                if column + 1 < row.len() {
                    let padding = widths[column] + 2 - cell.chars().count();
                    line.extend(std::iter::repeat_n(' ', padding));
                }
            }
            line
        })
        .collect()
}

fn print_json(opened: &Opened<'_>, elements: &[&Element]) -> Result<(), Failed> {
    let Opened { session, tool, .. } = opened;
    let columns = opened.request.columns;
    let mut all = Map::new();
    for (index, element) in elements.iter().enumerate() {
        let mut outputs = BTreeMap::new();
        for name in element.output_names(session)? {
            let path = match columns.out_path {
                true => element
                    .output_path(session, &name)?
                    .map(|path| tool.print(&path)),
                false => None,
            };
            outputs.insert(name, path);
        }
        let mut object = json!({
            "name": element.full_name,
            "outputName": element.output_name(session),
            "outputs": outputs,
            "pname": element.name.name,
            "system": element.system,
            "version": element.name.version,
        });
        if columns.derivation
            && let Some(path) = element.derivation(session)?
        {
            object["drvPath"] = Value::from(tool.print(&path));
        }
        if columns.meta {
            object["meta"] = meta(opened, element)?;
        }
        let key = match element.attribute_path.as_str() {
            "" => index.to_string(),
            path => path.to_owned(),
        };
        all.insert(key, object);
    }
    print_lines([Value::Object(all).to_string()])
}

fn meta(opened: &Opened<'_>, element: &Element) -> Result<Value, Failed> {
    let session = &opened.session;
    let evaluator = &session.evaluator;
    let read = || {
        let mut meta = Map::new();
        for name in element.meta_names(session)? {
            let Some(value) = element.meta_value(session, &name)? else {
                continue;
            };
            // Functions and the like have no such form.
            let json = match evaluator.force_view(value)? {
                View::Lambda | View::Builtin => Value::Null,
                _ => match values::to_json(evaluator, value) {
                    Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
                    Err(error) if error.to_string().contains("stack overflow") => {
                        return Err(error);
                    }
                    Err(_) => Value::Null,
                },
            };
            meta.insert(name, json);
        }
        Ok(Value::Object(meta))
    };
    read().map_err(|error: Box<nix_eval::EvalError>| session.failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows: Vec<Vec<String>> = vec![row(&["a", "1"]), row(&["long", "2"])];
        assert_eq!(table(&rows), ["a     1", "long  2"]);
        assert!(table(&[]).is_empty());
    }
}
