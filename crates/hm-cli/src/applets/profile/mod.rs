//! `nix profile`: packages that are installed one by one, in generations.

mod add;
mod generations;
mod manifest;
mod matching;
mod naming;
mod remove;
mod show;
mod upgrade;

use std::ffi::OsString;

use nix_store::profile::Profile;

use super::Applet;
use super::engine::plain;
use super::evaluate::{Failed, Session, conclude};
use super::generations::{default_profile, replace_current};
use super::installable::Request;
use super::options::{Options, Word, Words, usage};
use super::tool::Tool;
use crate::environment::Environment;
use crate::report::Failure;
use manifest::Manifest;
use matching::Matcher;
use nix_store::user_environment::EnvironmentError;

/// The commands, by the words that name them after `nix`.
pub const COMMANDS: &[(&[&str], Applet)] = &[
    (&["profile", "add"], |words, environment| {
        run(words, environment, Request::session, add::add)
    }),
    (&["profile", "install"], |words, environment| {
        plain("warning: 'install' is a deprecated alias for 'add'");
        run(words, environment, Request::session, add::add)
    }),
    (&["profile", "remove"], |words, environment| {
        run(words, environment, Request::bare_session, remove::remove)
    }),
    (&["profile", "upgrade"], |words, environment| {
        run(words, environment, Request::bare_session, upgrade::upgrade)
    }),
    (&["profile", "list"], |words, environment| {
        run(words, environment, Request::bare_session, show::list)
    }),
    (&["profile", "history"], |words, environment| {
        run(words, environment, Request::bare_session, show::history)
    }),
    (&["profile", "diff-closures"], |words, environment| {
        run(
            words,
            environment,
            Request::bare_session,
            show::diff_closures,
        )
    }),
    (&["profile", "rollback"], |words, environment| {
        run(
            words,
            environment,
            Request::bare_session,
            generations::roll_back,
        )
    }),
    (&["profile", "wipe-history"], |words, environment| {
        run(
            words,
            environment,
            Request::bare_session,
            generations::wipe_history,
        )
    }),
];

/// What a command does.
type Operation = fn(&Opened<'_>) -> Result<(), Failed>;

/// How what evaluates is opened.
type Opening = fn(&Request, Options, &Environment) -> Result<Session, Failed>;

/// What a command was asked for.
#[derive(Debug, Default)]
struct Asked {
    /// The installables, or what is left of the words.
    request: Request,
    /// `--profile`
    profile: Option<String>,
    /// `--priority`
    priority: Option<i64>,
    /// `--all` and `--regex`; what the words name is told by [`Asked::matchers`].
    matchers: Vec<Matcher>,
    /// `--to`
    version: Option<u64>,
    /// `--older-than`
    age: Option<String>,
    dry_run: bool,
    json: bool,
}

/// A command with all that it needs.
struct Opened<'a> {
    tool: Tool<'a>,
    session: Session,
    profile: Profile,
    asked: Asked,
}

fn run(words: Vec<OsString>, environment: &Environment, open: Opening, operation: Operation) -> u8 {
    conclude(|| {
        let (mut options, asked) = parse(words)?;
        options.is_of_nix = true;
        let tool = Tool::open(options.clone(), environment)?;
        let path = match &asked.profile {
            Some(path) => tool.link(path),
            None => default_profile(&tool),
        };
        let session = open(&asked.request, options, environment)?;
        operation(&Opened {
            tool,
            session,
            profile: Profile::new(path),
            asked,
        })
    })
}

fn parse(words: Vec<OsString>) -> Result<(Options, Asked), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let mut asked = Asked::default();
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Argument(argument) => {
                asked.request.rest.push(argument);
                continue;
            }
            Word::Flag(flag) => flag,
        };
        let mut integer = |flag: &str| -> Result<i64, Failed> {
            let text = words.value(flag)?;
            text.parse()
                .map_err(|_| usage(format!("'{text}' is not an integer")).into())
        };
        match flag.as_str() {
            "--profile" => asked.profile = Some(words.value(&flag)?),
            "--priority" => asked.priority = Some(integer(&flag)?),
            "--to" => {
                let number = integer(&flag)?;
                let version = u64::try_from(number)
                    .map_err(|_| usage(format!("'{number}' is not the number of a version")))?;
                asked.version = Some(version);
            }
            "--all" => asked.matchers.push(Matcher::All),
            "--regex" => asked.matchers.push(Matcher::Pattern(words.value(&flag)?)),
            "--older-than" => asked.age = Some(words.value(&flag)?),
            "--dry-run" => asked.dry_run = true,
            "--json" => asked.json = true,
            _ if asked.request.take(&flag, &mut words)? => {}
            _ if options.take(&flag, &mut words)? => {}
            _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
        }
    }
    Ok((options, asked))
}

/// Changes what is installed by `change`, which says whether there is anything to do; once more when
/// another command has changed it meanwhile. `explain` says what to do when packages are in each
/// other's way.
fn install(
    opened: &Opened<'_>,
    change: impl Fn(&mut Manifest) -> Result<bool, Failed>,
    explain: impl Fn(&Manifest, &EnvironmentError) -> Failure,
) -> Result<(), Failed> {
    let (tool, profile) = (&opened.tool, &opened.profile);
    loop {
        let current = profile.current()?;
        let mut manifest = Manifest::read(&opened.session, profile.path())?;
        if !change(&mut manifest)? {
            return Ok(());
        }
        let path = manifest
            .build(tool)?
            .map_err(|error| explain(&manifest, &error))?;
        if replace_current(&tool.engine, profile, current, &path)? {
            return Ok(());
        }
    }
}

/// Says no more than what is wrong.
fn plainly(_: &Manifest, error: &EnvironmentError) -> Failure {
    Failure::new(error.to_string())
}

impl Opened<'_> {
    /// Fails when there are words where none mean anything.
    fn refuse_arguments(&self) -> Result<(), Failed> {
        match self.asked.request.rest.first() {
            None => Ok(()),
            Some(word) => Err(usage(format!("unexpected argument '{word}'")).into()),
        }
    }
}
