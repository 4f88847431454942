//! The commands, one file each.

pub mod build;
pub mod completions;
pub mod diff;
pub mod edit;
pub mod eval;
pub mod expire_generations;
pub mod generations;
pub mod init;
pub mod option;
pub mod packages;
pub mod remove_generations;
pub mod rollback;
pub mod run;
pub mod shell;
pub mod status;
pub mod switch;

use std::cell::OnceCell;

use crate::arguments::Command;
use crate::printer::Printer;
use crate::report::Failure;
use crate::session::Session;
use crate::settings::{FlakeChoice, Settings};

/// What every command gets.
pub struct Context {
    /// What to do it with.
    pub settings: Settings,
    /// How to tell of it.
    pub printer: std::rc::Rc<Printer>,
    session: OnceCell<Session>,
}

impl Context {
    /// A context whose session is opened when it is first needed.
    pub fn new(settings: Settings, printer: Printer) -> Context {
        Context {
            settings,
            printer: std::rc::Rc::new(printer),
            session: OnceCell::new(),
        }
    }

    /// The evaluator, store and flakes.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn session(&self) -> Result<&Session, Failure> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let session = Session::open(&self.settings, &self.printer)?;
        Ok(self.session.get_or_init(|| session))
    }

    /// The same, with the settings that the flake asks for and that may be made.
    ///
    /// # Errors
    /// When the store cannot be opened, or the flake not be read.
    pub fn session_of(&self, choice: &FlakeChoice) -> Result<&Session, Failure> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let mut session = Session::open(&self.settings, &self.printer)?;
        let asked = session.settings_of(choice)?;
        if !asked.is_empty() {
            let mut settings = self.settings.clone();
            let asked = asked.into_iter().flat_map(|(name, value)| [name, value]);
            // What was typed goes before what the flake says.
            settings.arguments.nix.option.splice(0..0, asked);
            session = Session::open(&settings, &self.printer)?;
        }
        Ok(self.session.get_or_init(|| session))
    }
}

/// Runs a command.
///
/// # Errors
/// Whatever the command fails with.
pub fn run(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Init(arguments) => init::run(context, arguments),
        Command::Build(arguments) => build::run(context, arguments),
        Command::Switch(arguments) => switch::run(context, arguments),
        Command::Diff(arguments) => diff::run(context, arguments),
        Command::Status(arguments) => status::run(context, arguments),
        Command::Generations(arguments) => generations::run(context, arguments),
        Command::Rollback(arguments) => rollback::run(context, arguments),
        Command::ExpireGenerations(arguments) => expire_generations::run(context, arguments),
        Command::RemoveGenerations(arguments) => remove_generations::run(context, arguments),
        Command::Packages(arguments) => packages::run(context, arguments),
        Command::Edit(arguments) => edit::run(context, arguments),
        Command::Option(arguments) => option::run(context, arguments),
        Command::Eval(arguments) => eval::run(context, arguments),
        Command::Shell(arguments) => shell::run(context, arguments),
        Command::Run(arguments) => run::run(context, arguments),
        Command::Completions(arguments) => completions::run(context, arguments),
    }
}
