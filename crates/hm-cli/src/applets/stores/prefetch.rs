//! `nix store prefetch-file` and `nix-prefetch-url`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Read;

use nix_flake::fetch::FetchedFile;
use nix_store::PathInfo;
use nix_transfer::{Request, TransferError};
use nix_wire::hash::HashFormat;
use nix_wire::{ContentAddressMethod, Hash, HashAlgorithm};
use serde_json::json;

use super::command::{Command, Flag, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::applets::tool::print_lines;
use crate::environment::Environment;
use crate::report::Failure;

/// What is to be fetched.
struct Wanted<'a> {
    url: &'a str,
    name: Option<&'a str>,
    algorithm: HashAlgorithm,
    expected: Option<Hash>,
    executable: bool,
    unpack: bool,
}

const FLAGS: &[Flag] = &[
    Flag::value(&["--name"]),
    Flag::value(&["--expected-hash"]),
    Flag::value(&["--hash-type", "--hash-algo"]),
    Flag::switch(&["--executable"]),
    Flag::switch(&["--json"]),
    Flag::switch(&["--unpack"]),
];

/// Fetches a file into the store.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS], |command| {
        let algorithm = algorithm(command.value("--hash-type"))?;
        let expected = command
            .value("--expected-hash")
            .map(|text| parse_hash(text, algorithm))
            .transpose()?;
        let wanted = Wanted {
            url: command.one_argument("url")?,
            name: command.value("--name"),
            algorithm: expected.as_ref().map_or(algorithm, Hash::algorithm),
            expected,
            executable: command.has("--executable"),
            unpack: command.has("--unpack"),
        };
        let (info, hash) = fetch(command, &wanted)?;
        let path = command.tool.print(&info.path);
        if command.has("--json") {
            let value = json!({ "hash": hash.sri(), "storePath": path });
            return print_lines([value.to_string()]);
        }
        plain(&format!(
            "Downloaded '{}' to '{path}' (hash '{}').",
            wanted.url,
            hash.sri()
        ));
        Ok(())
    })
}

const OLD_FLAGS: &[Flag] = &[
    Flag::value(&["--type"]),
    Flag::switch(&["--print-path"]),
    Flag::switch(&["--executable"]),
    Flag::value(&["--name"]),
    Flag::switch(&["--unpack"]),
];

/// `nix-prefetch-url URL [HASH]`
pub fn run_old(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[OLD_FLAGS], |command| {
        let algorithm = algorithm(command.value("--type"))?;
        let (url, expected) = match command.arguments.as_slice() {
            [url] => (url, None),
            [url, hash] => (url, Some(parse_hash(hash, algorithm)?)),
            _ => return Err(usage("you must specify a URL").into()),
        };
        let wanted = Wanted {
            url,
            name: command.value("--name"),
            algorithm,
            expected,
            executable: command.has("--executable"),
            unpack: command.has("--unpack"),
        };
        let (info, hash) = fetch(command, &wanted)?;
        let path = command.tool.print(&info.path);
        let variable = command.tool.environment.text("PRINT_PATH");
        let print_path = command.has("--print-path") || variable.as_deref() == Some("1");
        if !print_path {
            plain(&format!("path is '{path}'"));
        }
        let format = match hash.algorithm() {
            HashAlgorithm::Md5 => HashFormat::Base16,
            _ => HashFormat::Nix32,
        };
        let lines = [hash.to_text(format, false), path];
        print_lines(lines.into_iter().take(if print_path { 2 } else { 1 }))
    })
}

fn algorithm(name: Option<&str>) -> Result<HashAlgorithm, Failed> {
    match name {
        None => Ok(HashAlgorithm::Sha256),
        Some(name) => name
            .parse()
            .map_err(|_| usage(format!("unknown hash algorithm '{name}'")).into()),
    }
}

fn parse_hash(text: &str, algorithm: HashAlgorithm) -> Result<Hash, Failed> {
    Hash::parse(text, Some(algorithm)).map_err(|error| Failure::new(error.to_string()).into())
}

/// Fetches a file, unless the store has one with the hash that is expected.
fn fetch(command: &Command<'_>, wanted: &Wanted<'_>) -> Result<(PathInfo, Hash), Failed> {
    let store = command.tool.store();
    let name = match wanted.name {
        Some(name) => name.to_owned(),
        None => file_name(wanted.url)?,
    };
    let method = if wanted.executable || wanted.unpack {
        ContentAddressMethod::NixArchive
    } else {
        ContentAddressMethod::Flat
    };
    if let Some(hash) = &wanted.expected {
        let path = store
            .store_dir()
            .content_path(&name, method, hash, Default::default())?;
        if let Some(info) = store.path_info(&path)? {
            return Ok((info, *hash));
        }
    }
    if wanted.unpack {
        return fetch_tree(command, wanted, &name);
    }
    let failed = |error: TransferError| Failed::from(Failure::new(error.to_string()));
    let url = match wanted.url.strip_prefix("mirror://") {
        None => wanted.url.to_owned(),
        Some(rest) => {
            return Err(Failure::new(format!(
                "'mirror://{rest}' needs the list of mirrors of nixpkgs, which is not read here"
            ))
            .into());
        }
    };
    let bytes = command.with_access(|access| {
        let mut response = access.client().open(&Request::get(url)).map_err(failed)?;
        let mut bytes = Vec::new();
        response.body.read_to_end(&mut bytes).map_err(|error| {
            match TransferError::from_io(error) {
                Ok(error) => failed(error),
                Err(error) => Failure::new(error.to_string()).into(),
            }
        })?;
        Ok(bytes)
    })?;
    let archive = if wanted.executable {
        let mut archive = Vec::new();
        nix_wire::nar::write_regular(true, &bytes, &mut archive)
            .map_err(|error| Failure::new(error.to_string()))?;
        archive
    } else {
        bytes
    };
    let hash = Hash::of(wanted.algorithm, &archive);
    if let Some(expected) = &wanted.expected
        && *expected != hash
    {
        return Err(Failed {
            status: 102,
            ..Failure::new(format!(
                "hash mismatch for '{}':\n  specified: {}\n  got:       {}",
                wanted.url,
                expected.sri(),
                hash.sri()
            ))
            .into()
        });
    }
    let info = store.add_dump(
        &name,
        &mut archive.as_slice(),
        method,
        wanted.algorithm,
        &BTreeSet::new(),
        false,
    )?;
    Ok((info, hash))
}

/// Fetches an archive and unpacks it.
fn fetch_tree(
    command: &Command<'_>,
    wanted: &Wanted<'_>,
    name: &str,
) -> Result<(PathInfo, Hash), Failed> {
    let file = FetchedFile {
        url: wanted.url,
        name,
        unpack: true,
        expected: wanted.expected,
    };
    let path = command
        .tool
        .engine
        .flakes()
        .fetcher
        .fetch_file(&file)
        .map_err(|error| Failed {
            status: error.exit_status(),
            ..Failure::new(error.to_string()).into()
        })?;
    let real_path = command.tool.engine.real_path(&path);
    if std::fs::read_dir(&real_path).is_ok_and(|mut entries| entries.next().is_none()) {
        return Err(Failure::new(format!("archive '{}' is empty", wanted.url)).into());
    }
    let info = command.tool.store().require(&path)?;
    let hash = info.nar_hash;
    Ok((info, hash))
}

/// The last part of a URL's path.
fn file_name(url: &str) -> Result<String, Failed> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path);
    let decoded = nix_transfer::url::decode(name).and_then(|bytes| String::from_utf8(bytes).ok());
    let name = decoded.unwrap_or_else(|| name.to_owned());
    if name.is_empty() {
        return Err(usage(format!("cannot figure out file name for '{url}'")).into());
    }
    Ok(name)
}
