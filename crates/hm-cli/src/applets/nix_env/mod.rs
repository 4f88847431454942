//! `nix-env`: profiles whose generations are user environments.

mod change;
pub mod element;
pub mod environment;
pub mod names;
mod profiles;
mod query;
mod source;
mod xml;

use std::cell::Cell;
use std::ffi::OsString;
use std::path::Path;

use nix_store::profile::Profile;

use super::evaluate::{Failed, Session, conclude};
use super::generations::make_current;
use super::help;
use super::options::{Options, Word, Words, usage};
use super::tool::{Tool, print_version};
use crate::environment::Environment;
use query::Columns;

/// What is done.
type Operation = fn(&Opened<'_>) -> Result<(), Failed>;

/// Operations by their names.
const OPERATIONS: &[(&[&str], Operation)] = &[
    (&["--install", "-i"], change::install),
    (&["--upgrade", "-u"], change::upgrade),
    (&["--uninstall", "-e"], change::uninstall),
    (&["--set-flag"], change::set_flag),
    (&["--set"], change::set),
    (&["--query", "-q"], query::query),
    (&["--list-generations"], profiles::list),
    (&["--switch-generation", "-G"], profiles::switch),
    (&["--rollback"], profiles::roll_back),
    (&["--delete-generations"], profiles::delete),
    (&["--switch-profile", "-S"], profiles::switch_profile),
];

/// Which versions an upgrade takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Upgrade {
    #[default]
    Newer,
    NewerOrEqual,
    Equal,
    Always,
}

/// What an operation was asked for.
#[derive(Debug, Default)]
struct Request {
    arguments: Vec<String>,
    /// `-f`
    file: Option<String>,
    /// `-p`
    profile: Option<String>,
    /// `-A`: arguments are attributes.
    attributes: bool,
    /// `-E`: arguments are functions.
    expressions: bool,
    preserve_installed: bool,
    remove_all: bool,
    priority: Option<i64>,
    dry_run: bool,
    upgrade: Upgrade,
    columns: Columns,
}

/// An operation with all that it needs.
struct Opened<'a> {
    tool: Tool<'a>,
    session: Session,
    profile: Profile,
    request: Request,
    /// The generation that was current when the operation began.
    began_with: Cell<Option<u64>>,
    /// Whether another command has changed the profile since.
    is_outdated: Cell<bool>,
}

/// Runs an operation of `nix-env`.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let mut request = Request::default();
    let mut operation: Option<Operation> = None;
    // Without an operation no flag means anything, and that is said first.
    let mut unknown = None;
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
        if flag == "--help" {
            return Err(help::manual("nix-env"));
        }
        if flag == "--version" {
            return print_version("nix-env");
        }
        if operation.is_none()
            && let Some(named) = named
        {
            operation = Some(named);
            continue;
        }
        if !take(&mut request, &flag, &mut words)? && !options.take(&flag, &mut words)? {
            unknown.get_or_insert(flag);
        }
    }
    let Some(operation) = operation else {
        return Err(usage("no operation specified").into());
    };
    if let Some(flag) = unknown {
        return Err(usage(format!("unknown flag '{flag}'")).into());
    }
    perform(operation, request, &options, environment)
}

/// Carries out the operation of this name on a profile.
pub fn on_profile(
    profile: &Path,
    operation: &str,
    arguments: Vec<String>,
    options: &Options,
    environment: &Environment,
) -> Result<(), Failed> {
    let request = Request {
        arguments,
        profile: Some(profile.to_string_lossy().into_owned()),
        ..Request::default()
    };
    let named = OPERATIONS
        .iter()
        .find(|(names, _)| names.contains(&operation));
    let (_, operation) = named.ok_or_else(|| usage(format!("unknown flag '{operation}'")))?;
    perform(*operation, request, options, environment)
}

/// Makes the packages that expressions come to all that is in a profile.
pub fn install_only(
    session: &Session,
    profile: &Profile,
    expressions: &[String],
) -> Result<(), Failed> {
    let mut elements = Vec::new();
    for text in expressions {
        let value = session.expression(text);
        let value = value.map_err(|error| session.failed(&error))?;
        elements.extend(source::available(session, value, "")?);
    }
    let environment = environment::make(session, &elements)?;
    make_current(&session.engine, profile, &environment)
}

fn perform(
    operation: Operation,
    request: Request,
    options: &Options,
    environment: &Environment,
) -> Result<(), Failed> {
    let tool = Tool::open(options.clone(), environment)?;
    profiles::link_channels(&tool);
    let profile = profiles::profile(&tool, request.profile.as_deref());
    let session = Session::open(options, environment, true)?;
    let opened = Opened {
        tool,
        session,
        profile,
        request,
        began_with: Cell::new(None),
        is_outdated: Cell::new(false),
    };
    loop {
        opened.began_with.set(opened.profile.current()?);
        operation(&opened)?;
        if !opened.is_outdated.take() {
            return Ok(());
        }
        opened.tool.say(&format!(
            "profile '{}' changed while we were busy; restarting",
            opened.profile.path().display()
        ));
    }
}

fn take(
    request: &mut Request,
    flag: &str,
    words: &mut Words,
) -> Result<bool, crate::report::Failure> {
    let columns = &mut request.columns;
    match flag {
        "--file" | "-f" => request.file = Some(words.value(flag)?),
        "--profile" | "-p" => request.profile = Some(words.value(flag)?),
        "--attr" | "-A" => request.attributes = true,
        "--from-expression" | "-E" => request.expressions = true,
        "--preserve-installed" | "-P" if !columns.available => request.preserve_installed = true,
        "--remove-all" | "-r" => request.remove_all = true,
        "--priority" => {
            let text = words.value(flag)?;
            let priority = text
                .parse()
                .map_err(|_| usage(format!("'{text}' is not an integer")))?;
            request.priority = Some(priority);
        }
        "--dry-run" => request.dry_run = true,
        "--lt" => request.upgrade = Upgrade::Newer,
        "--leq" => request.upgrade = Upgrade::NewerOrEqual,
        "--eq" => request.upgrade = Upgrade::Equal,
        "--always" => request.upgrade = Upgrade::Always,
        "--available" | "-a" => columns.available = true,
        "--installed" => columns.available = false,
        "--status" | "-s" => columns.status = true,
        "--attr-path" | "-P" => columns.attribute_path = true,
        "--no-name" => columns.no_name = true,
        "--compare-versions" | "-c" => columns.compare = true,
        "--system" => columns.system = true,
        "--drv-path" => columns.derivation = true,
        "--out-path" => columns.out_path = true,
        "--description" => columns.description = true,
        "--meta" => columns.meta = true,
        "--json" => columns.json = true,
        "--xml" => columns.xml = true,
        "--prebuilt-only" | "-b" => columns.prebuilt = true,
        _ => return Ok(false),
    }
    Ok(true)
}
