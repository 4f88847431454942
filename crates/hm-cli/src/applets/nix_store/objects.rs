//! Objects into and out of the store, and what derivations say: `--add`, `--add-fixed`,
//! `--print-fixed-path`, `--dump`, `--restore`, `--export`, `--import`, `--print-env`, `--read-log`.

use std::io::{BufReader, BufWriter, Write};

use nix_wire::nar::{self, Filesystem, Restore};
use nix_wire::store_path::References;
use nix_wire::{ContentAddressMethod, Hash, HashAlgorithm};

use super::{Request, unknown_flag};
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::applets::stores;
use crate::applets::tool::{Tool, print_lines};
use crate::report::Failure;
use crate::terminal;

/// Copies files and trees to the store.
pub fn add(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    add_all(
        tool,
        &request.arguments,
        ContentAddressMethod::NixArchive,
        HashAlgorithm::Sha256,
    )
}

/// Copies files to the store as fixed-output derivations with these hashes would have them.
pub fn add_fixed(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let method = method(request)?;
    let Some((algorithm, paths)) = request.arguments.split_first() else {
        return Err(usage("first argument must be hash algorithm").into());
    };
    add_all(tool, paths, method, parse_algorithm(algorithm)?)
}

fn add_all(
    tool: &Tool<'_>,
    paths: &[String],
    method: ContentAddressMethod,
    algorithm: HashAlgorithm,
) -> Result<(), Failed> {
    let mut lines = Vec::new();
    for path in paths {
        let path = tool.link(path);
        let name = path
            .components()
            .next_back()
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .unwrap_or_default();
        let info = tool
            .store()
            .add_tree(&name, &mut Filesystem::new(&path), method, algorithm)?;
        lines.push(tool.print(&info.path));
    }
    print_lines(lines)
}

/// Prints the path that a fixed-output derivation of a hash has.
pub fn print_fixed_path(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let method = method(request)?;
    let [algorithm, hash, name] = request.arguments.as_slice() else {
        return Err(usage("'--print-fixed-path' requires three arguments").into());
    };
    let hash = Hash::parse(hash, Some(parse_algorithm(algorithm)?))
        .map_err(|error| Failure::new(error.to_string()))?;
    let path = tool
        .store()
        .store_dir()
        .content_path(name, method, &hash, References::default())?;
    print_lines([tool.print(&path)])
}

fn method(request: &Request) -> Result<ContentAddressMethod, Failed> {
    let mut method = ContentAddressMethod::Flat;
    for flag in &request.flags {
        match flag.as_str() {
            "--recursive" => method = ContentAddressMethod::NixArchive,
            _ => return Err(unknown_flag(flag)),
        }
    }
    Ok(method)
}

fn parse_algorithm(name: &str) -> Result<HashAlgorithm, Failed> {
    name.parse()
        .map_err(|error: nix_wire::hash::HashError| Failure::new(error.to_string()).into())
}

/// Writes the archive of a path to the standard output.
pub fn dump(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let path = tool.link(request.one_argument()?);
    let mut tree = Filesystem::new(path);
    if tool.configuration.is("use-case-hack", false) {
        tree = tree.with_case_hack();
    }
    let mut output = BufWriter::new(terminal::stdout().lock());
    nar::write(&mut tree, &mut output).map_err(nix_store::StoreError::from)?;
    Ok(output.flush()?)
}

/// Makes the tree of the archive on the standard input.
pub fn restore(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let path = tool.link(request.one_argument()?);
    let mut restore =
        Restore::at(path).with_case_hack(tool.configuration.is("use-case-hack", false));
    let mut input = BufReader::new(std::io::stdin().lock());
    Ok(nar::read(&mut input, &mut restore).map_err(nix_store::StoreError::from)?)
}

/// Writes objects with what is registered of them to the standard output.
pub fn export(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let paths = request
        .arguments
        .iter()
        .map(|argument| tool.object(argument))
        .collect::<Result<_, _>>()?;
    let mut output = BufWriter::new(terminal::stdout().lock());
    tool.local()?.export_paths(&paths, &mut output)?;
    Ok(output.flush()?)
}

/// Adds the objects of an export on the standard input.
pub fn import(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    request.no_arguments()?;
    let mut input = BufReader::new(std::io::stdin().lock());
    let paths = tool.local()?.import_paths(&mut input)?;
    print_lines(paths.iter().map(|path| tool.print(path)))
}

/// Prints the environment and arguments of a derivation's builder, for a shell.
pub fn print_environment(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let [path] = request.arguments.as_slice() else {
        return Err(usage("'--print-env' requires one derivation store path").into());
    };
    let path = tool.store().store_dir().parse(path)?;
    let derivation = tool.store().read_derivation(&path)?;
    let mut output = BufWriter::new(terminal::stdout().lock());
    for (name, value) in &derivation.environment {
        let name = String::from_utf8_lossy(name);
        write!(output, "export {name}; {name}=")?;
        output.write_all(&quoted(value))?;
        writeln!(output)?;
    }
    write!(output, "export _args; _args=")?;
    output.write_all(&quoted(&derivation.arguments.join(&b' ')))?;
    writeln!(output)?;
    Ok(output.flush()?)
}

/// For a shell, in single quotes.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in text {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// Prints the logs of the builds that made objects.
pub fn read_log(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    for argument in &request.arguments {
        let path = tool.object(argument)?;
        let log = tool.build_log(&path)?.ok_or_else(|| {
            Failure::new(format!(
                "build log of derivation '{}' is not available",
                tool.print(&path)
            ))
        })?;
        terminal::stdout().write_all(&log)?;
    }
    Ok(())
}

/// `--generate-binary-cache-key NAME SECRET-FILE PUBLIC-FILE`
pub fn generate_key_pair(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let [name, secret_file, public_file] = request.arguments.as_slice() else {
        return Err(usage("three arguments expected").into());
    };
    let file = |name: &String| tool.environment.directory.join(name);
    stores::generate_key_pair(name, &file(secret_file), &file(public_file))
}
