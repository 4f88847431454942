//! `nix-channel`: packages that are subscribed to by the URL of a channel.

mod subscriptions;
mod update;

use std::ffi::OsString;
use std::path::PathBuf;

use super::configuration::Configuration;
use super::evaluate::{Failed, conclude};
use super::generations;
use super::help;
use super::nix_env;
use super::options::{Options, Word, Words, usage};
use super::tool::{Tool, print_lines, print_version};
use crate::environment::Environment;
use crate::report::Failure;
use subscriptions::{Subscriptions, name_of};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Remove,
    List,
    Update,
    ListGenerations,
    RollBack,
}

/// Runs `nix-channel`.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let mut operation = None;
    let mut arguments = Vec::new();
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Flag(flag) => flag,
            Word::Argument(argument) => {
                arguments.push(argument);
                continue;
            }
        };
        operation = Some(match flag.as_str() {
            "--help" => return Err(help::manual("nix-channel")),
            "--version" => return print_version("nix-channel"),
            "--add" => Operation::Add,
            "--remove" => Operation::Remove,
            "--list" => Operation::List,
            "--update" => Operation::Update,
            "--list-generations" => Operation::ListGenerations,
            "--rollback" => Operation::RollBack,
            _ if options.take(&flag, &mut words)? => continue,
            _ => return Err(usage(format!("unsupported argument '{flag}'")).into()),
        });
    }
    let Some(operation) = operation else {
        return Err(usage("no command specified").into());
    };
    check(operation, &arguments)?;
    let file = subscriptions_file(&options, environment)?;
    let on_profile = |operation: &str, arguments: Vec<String>| {
        let tool = Tool::open(options.clone(), environment)?;
        let profile = profile(&tool)?;
        nix_env::on_profile(&profile, operation, arguments, &options, environment)
    };
    match (operation, arguments.as_slice()) {
        (Operation::Add, [url, name @ ..]) => {
            let name = match name {
                [name, ..] => name.clone(),
                [] => name_of(url),
            };
            let mut subscriptions = Subscriptions::read(&file)?;
            subscriptions.add(url, &name)?;
            Ok(subscriptions.write(&file)?)
        }
        (Operation::List, _) => {
            let subscriptions = Subscriptions::read(&file)?;
            let lines = subscriptions.iter();
            print_lines(lines.map(|(name, url)| format!("{name} {url}")))
        }
        (Operation::Remove, _) => {
            let mut subscriptions = Subscriptions::read(&file)?;
            for name in &arguments {
                subscriptions.remove(name);
            }
            subscriptions.write(&file)?;
            on_profile("--uninstall", arguments)
        }
        (Operation::ListGenerations, _) => on_profile("--list-generations", arguments),
        (Operation::RollBack, [_, ..]) => on_profile("--switch-generation", arguments),
        (Operation::RollBack, []) => on_profile("--rollback", arguments),
        (Operation::Update | Operation::Add, _) => {
            let subscriptions = Subscriptions::read(&file)?;
            let tool = Tool::open(options.clone(), environment)?;
            let profile = profile(&tool)?;
            update::update(&tool, &options, &profile, &subscriptions, &arguments)
        }
    }
}

/// Refuses arguments that an operation cannot have.
fn check(operation: Operation, arguments: &[String]) -> Result<(), Failure> {
    let (allowed, wish) = match operation {
        Operation::Add => (1..=2, "'--add' requires one or two arguments"),
        Operation::Remove => (1..=1, "'--remove' requires one argument"),
        Operation::List => (0..=0, "'--list' expects no arguments"),
        Operation::ListGenerations => (0..=0, "'--list-generations' expects no arguments"),
        Operation::RollBack => (0..=1, "'--rollback' has at most one argument"),
        Operation::Update => (0..=usize::MAX, ""),
    };
    match allowed.contains(&arguments.len()) {
        true => Ok(()),
        false => Err(usage(wish)),
    }
}

/// The file of what the user is subscribed to.
fn subscriptions_file(options: &Options, environment: &Environment) -> Result<PathBuf, Failed> {
    let configuration = Configuration::read(options, environment)?;
    if configuration.is("use-xdg-base-directories", false) {
        return Ok(generations::state_directory(environment).join("channels"));
    }
    let home = environment.home();
    let home = home.ok_or_else(|| Failure::new("cannot determine user's home directory"))?;
    Ok(home.join(".nix-channels"))
}

/// The profile that the channels are in; its directory is made.
fn profile(tool: &Tool<'_>) -> Result<PathBuf, Failed> {
    let directory = generations::profiles_directory(tool);
    std::fs::create_dir_all(&directory)
        .map_err(|error| Failure::io("create directory", &directory, &error))?;
    Ok(directory.join("channels"))
}
