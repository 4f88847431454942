//! `nix-store`: one operation on the store, its flags and what it is about.

mod graphs;
mod maintenance;
mod objects;
mod query;
mod realise;
mod registration;
mod serve;

use std::ffi::OsString;
use std::io::BufRead;

use super::evaluate::{Failed, conclude};
use super::options::{Options, Word, Words, usage};
use super::tool::{Tool, print_version};
use crate::environment::Environment;

/// What is done.
type Operation = fn(&Tool<'_>, &Request) -> Result<(), Failed>;

/// Operations by their names.
const OPERATIONS: &[(&[&str], Operation)] = &[
    (&["--realise", "--realize", "-r"], realise::realise),
    (&["--add", "-A"], objects::add),
    (&["--add-fixed"], objects::add_fixed),
    (&["--print-fixed-path"], objects::print_fixed_path),
    (&["--delete"], maintenance::delete),
    (&["--query", "-q"], query::query),
    (&["--print-env"], objects::print_environment),
    (&["--read-log", "-l"], objects::read_log),
    (&["--dump-db"], registration::dump),
    (&["--load-db"], registration::load),
    (&["--register-validity"], registration::register),
    (&["--check-validity"], registration::check),
    (&["--gc"], maintenance::collect),
    (&["--dump"], objects::dump),
    (&["--restore"], objects::restore),
    (&["--export"], objects::export),
    (&["--import"], objects::import),
    (&["--init"], maintenance::initialise),
    (&["--verify"], maintenance::verify),
    (&["--verify-path"], maintenance::verify_path),
    (&["--repair-path"], maintenance::repair_path),
    (&["--optimise", "--optimize"], maintenance::optimise),
    (&["--serve"], serve::serve),
    (&["--generate-binary-cache-key"], objects::generate_key_pair),
];

/// What an operation was asked for.
#[derive(Debug, Default)]
struct Request {
    flags: Vec<String>,
    arguments: Vec<String>,
    /// `--add-root`
    root: Option<String>,
    /// `--no-output`
    no_output: bool,
    /// `--max-freed`, in bytes.
    max_freed: Option<u64>,
}

impl Request {
    /// That there are no flags.
    fn no_flags(&self) -> Result<(), Failed> {
        match self.flags.first() {
            Some(flag) => Err(unknown_flag(flag)),
            None => Ok(()),
        }
    }

    /// That there are no arguments.
    fn no_arguments(&self) -> Result<(), Failed> {
        if self.arguments.is_empty() {
            Ok(())
        } else {
            Err(usage("no arguments expected").into())
        }
    }

    /// That there is one argument.
    fn one_argument(&self) -> Result<&str, Failed> {
        match self.arguments.as_slice() {
            [argument] => Ok(argument),
            _ => Err(usage("only one argument allowed").into()),
        }
    }
}

fn unknown_flag(flag: &str) -> Failed {
    usage(format!("unknown flag '{flag}'")).into()
}

/// Runs an operation of `nix-store`.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let mut request = Request::default();
    let mut operation: Option<Operation> = None;
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Argument(argument) => {
                request.arguments.push(argument);
                continue;
            }
            Word::Flag(flag) => flag,
        };
        let named = OPERATIONS
            .iter()
            .find(|(names, _)| names.contains(&flag.as_str()))
            .map(|(_, operation)| *operation);
        match flag.as_str() {
            "--version" => return print_version("nix-store"),
            "--add-root" => request.root = Some(words.value(&flag)?),
            "--stdin" => {
                for line in std::io::stdin().lock().lines() {
                    request.arguments.push(line?);
                }
            }
            // Every root that is a link is one.
            "--indirect" => {}
            "--no-output" => request.no_output = true,
            "--max-freed" => request.max_freed = Some(words.number(&flag)?),
            // These are verbs of their own only as the first of all.
            "-A" | "-l" | "-r" | "--binding" | "-b" if operation.is_some() => {
                request.flags.push(flag);
            }
            _ if named.is_some() => {
                if operation.is_some() {
                    return Err(usage("only one operation may be specified").into());
                }
                operation = named;
            }
            "--repair" => {
                options.repair = true;
                request.flags.push(flag);
            }
            _ if options.take(&flag, &mut words)? => {}
            _ => request.flags.push(flag),
        }
    }
    let Some(operation) = operation else {
        return Err(usage("no operation specified").into());
    };
    let tool = Tool::open(options, environment)?;
    operation(&tool, &request)
}
