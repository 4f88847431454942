//! `nix path-info`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_store::PathInfo;
use nix_store::store::Store;
use nix_wire::{ContentAddressMethod, StorePath};
use serde_json::{Map, Value, json};

use super::command::{Command, Flag, OBJECTS, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::applets::tool::print_lines;
use crate::environment::Environment;

const FLAGS: &[Flag] = &[
    Flag::switch(&["--json"]),
    Flag::value(&["--json-format"]),
    Flag::switch(&["--size", "-s"]),
    Flag::switch(&["--closure-size", "-S"]),
    Flag::switch(&["--human-readable", "-h"]),
    Flag::switch(&["--sigs"]),
];

/// Says what is known of objects.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS, OBJECTS], |command| {
        command.with_store(|store| attempt(command, store))
    })
}

fn attempt(command: &Command<'_>, store: &dyn Store) -> Result<(), Failed> {
    let format = match command.value("--json-format") {
        None => None,
        Some("1") => Some(1),
        Some("2") => Some(2),
        Some(other) => {
            return Err(usage(format!("'{other}' is not a known format of path infos")).into());
        }
    };
    let objects = command.objects(store, false)?;
    if !command.has("--json") {
        return print_table(command, store, &objects);
    }
    if format.is_none() {
        plain(
            "warning: '--json' without '--json-format' is deprecated; please specify \
             '--json-format 1' or '--json-format 2'. This will become an error in a future release.",
        );
    }
    let format = format.unwrap_or(1);
    let mut infos = Map::new();
    for object in &objects {
        let value = match store.path_info(object)? {
            None => Value::Null,
            Some(info) => {
                let mut value = to_json(store, &info, format);
                if command.has("--closure-size") {
                    value.insert(
                        "closureSize".to_owned(),
                        json!(closure_size(store, object)?),
                    );
                }
                sorted(value)
            }
        };
        let name = match format {
            1 => store.store_dir().print(object),
            _ => object.base_name().to_owned(),
        };
        infos.insert(name, value);
    }
    let value = match format {
        1 => Value::Object(infos),
        _ => json!({
            "info": infos,
            "storeDir": store.store_dir().as_str(),
            "version": 2,
        }),
    };
    print_lines([value.to_string()])
}

fn print_table(
    command: &Command<'_>,
    store: &dyn Store,
    objects: &BTreeSet<StorePath>,
) -> Result<(), Failed> {
    let width = objects
        .iter()
        .map(|object| store.store_dir().print(object).len())
        .max()
        .unwrap_or_default();
    let size = |bytes: u64| {
        if command.has("--human-readable") {
            format!(
                "\t{:>10}",
                crate::applets::tool::size(i64::try_from(bytes).unwrap_or(i64::MAX))
            )
        } else {
            format!("\t{bytes:>11}")
        }
    };
    for object in objects {
        let info = store.require(object)?;
        let mut line = store.store_dir().print(object);
        let columns = ["--size", "--closure-size", "--sigs"];
        if columns.iter().any(|flag| command.has(flag)) {
            line = format!("{line:<width$}");
        }
        if command.has("--size") {
            line.push_str(&size(info.nar_size));
        }
        if command.has("--closure-size") {
            line.push_str(&size(closure_size(store, object)?));
        }
        if command.has("--sigs") {
            line.push('\t');
            let mut words = Vec::new();
            if info.ultimate {
                words.push("ultimate".to_owned());
            }
            if let Some(address) = &info.content_address {
                words.push(format!("ca:{address}"));
            }
            words.extend(info.signatures.iter().cloned());
            line.push_str(&words.join(" "));
        }
        print_lines([line])?;
    }
    Ok(())
}

/// The size of the archives of an object and all that it refers to.
fn closure_size(store: &dyn Store, object: &StorePath) -> Result<u64, Failed> {
    let closure = store.closure(&BTreeSet::from([object.clone()]))?;
    Ok(store
        .path_infos(&closure)?
        .iter()
        .map(|info| info.nar_size)
        .sum())
}

/// The fields of an info in the format of this number.
fn to_json(store: &dyn Store, info: &PathInfo, format: u64) -> Map<String, Value> {
    let print = |path: &StorePath| match format {
        1 => store.store_dir().print(path),
        _ => path.base_name().to_owned(),
    };
    let address = info.content_address.as_ref().map(|address| match format {
        1 => json!(address.to_string()),
        _ => {
            let method = match address.method {
                ContentAddressMethod::Text => "text",
                ContentAddressMethod::Flat => "flat",
                ContentAddressMethod::NixArchive => "nar",
                ContentAddressMethod::Git => "git",
            };
            json!({ "hash": address.hash.sri(), "method": method })
        }
    });
    let references: Vec<String> = info.references.iter().map(print).collect();
    let mut signatures = info.signatures.clone();
    signatures.sort();
    let fields = json!({
        "ca": address,
        "deriver": info.deriver.as_ref().map(print),
        "narHash": info.nar_hash.sri(),
        "narSize": info.nar_size,
        "references": references,
        "registrationTime": Some(info.registration_time).filter(|time| *time != 0),
        "signatures": signatures,
        "storeDir": store.store_dir().as_str(),
        "ultimate": info.ultimate,
        "version": format,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Fields in the order of their names.
fn sorted(fields: Map<String, Value>) -> Value {
    let sorted: std::collections::BTreeMap<String, Value> = fields.into_iter().collect();
    Value::Object(sorted.into_iter().collect())
}
