//! `nix repl`: evaluates what is typed, line by line.

mod show;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, IsTerminal, Write};

use nix_engine::FlakeOptions;
use nix_eval::{Attrs, EvalError, Value};
use nix_store::build::Wanted;
use nix_wire::StorePath;

use super::engine::plain;
use super::evaluate::{Failed, Session, conclude};
use super::installable::Request;
use super::options::Options;
use super::{Applet, selection, tool};
use crate::environment::Environment;
use crate::interrupt::{self, Prompt};
use crate::report::Failure;
use crate::terminal;

/// The command, by the words that name it after `nix`.
pub const COMMANDS: &[(&[&str], Applet)] = &[(&["repl"], run)];

/// So many names are told of when variables are added.
const MOST_NAMES: usize = 20;

const HELP: &str = "\
The following commands are available:

  <expr>                       Evaluate and print expression
  <x> = <expr>                 Bind expression to variable
  :a, :add <expr>              Add attributes from resulting set to scope
  :b <expr>                    Build a derivation
  :bl <expr>                   Build a derivation, creating GC roots in the working directory
  :l, :load <path>             Load Nix expression and add it to scope
  :lf, :load-flake <ref>       Load Nix flake and add it to scope
  :ll, :last-loaded            Show the variables that were added last
  :log <expr>                  Show logs for a derivation
  :p, :print <expr>            Evaluate and print expression recursively
  :q, :quit                    Exit nix-repl
  :r, :reload                  Reload all files
  :t <expr>                    Describe result of evaluation
  :?, :help                    Brings up this help menu";

fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let (mut options, request) = Request::parse(words)?;
        options.is_of_nix = true;
        let mut sources = Vec::new();
        match (request.file, request.expression) {
            (Some(file), None) => sources.push(Source::File(file, request.rest)),
            (None, Some(text)) => sources.push(Source::Expression(text, request.rest)),
            (Some(_), Some(_)) => {
                return Err(Failure::new("'--file' and '--expr' are exclusive").into());
            }
            (None, None) => sources.extend(request.rest.into_iter().map(Source::Flake)),
        }
        let mut repl = Repl {
            options,
            environment,
            session: None,
            sources,
            scope: BTreeMap::new(),
            last_loaded: None,
        };
        repl.reload()?;
        repl.read_lines()
    })
}

/// Where variables come from.
#[derive(Clone, Debug)]
enum Source {
    /// A file, and the attributes of it that are meant.
    File(String, Vec<String>),
    /// An expression, and the attributes of it that are meant.
    Expression(String, Vec<String>),
    /// An output of a flake, or all of it.
    Flake(String),
}

struct Repl<'a> {
    options: Options,
    environment: &'a Environment,
    /// Made anew when all is loaded again: it remembers files.
    session: Option<Session>,
    sources: Vec<Source>,
    scope: BTreeMap<Vec<u8>, Value>,
    /// The names of the variables that were added last, all at once.
    last_loaded: Option<Vec<Vec<u8>>>,
}

/// What comes of a line.
enum Outcome {
    /// Nothing, or what was printed.
    Done,
    /// The text ends in the middle of an expression.
    Unfinished,
    /// The user has had enough.
    Quit,
}

impl Repl<'_> {
    fn session(&self) -> Result<&Session, Failed> {
        self.session
            .as_ref()
            .ok_or_else(|| Failure::new("nothing can be evaluated").into())
    }

    /// Reads lines until there are no more.
    fn read_lines(&mut self) -> Result<(), Failed> {
        let interactive = std::io::stdin().is_terminal();
        if interactive {
            plain(&format!("Nix {}\nType :? for help.", nix_eval::NIX_VERSION));
        }
        let mut text = String::new();
        loop {
            if interactive {
                let prompt = if text.is_empty() {
                    "nix-repl> "
                } else {
                    "          "
                };
                let mut output = terminal::stdout();
                output.write_all(prompt.as_bytes())?;
                output.flush()?;
            }
            let mut line = String::new();
            if interactive {
                interrupt::set_prompt(Prompt::Waiting);
            }
            let ended = std::io::stdin().lock().read_line(&mut line)? == 0;
            if interactive {
                interrupt::set_prompt(Prompt::Working);
            }
            text.push_str(&line);
            if text.trim().is_empty() {
                text.clear();
                if ended {
                    return Ok(());
                }
                continue;
            }
            match self.process(text.trim(), ended) {
                Ok(Outcome::Unfinished) => {}
                Ok(Outcome::Quit) => return Ok(()),
                Ok(Outcome::Done) => text.clear(),
                Err(failed) => {
                    plain(&failed.text);
                    text.clear();
                }
            }
            if ended {
                return Ok(());
            }
        }
    }

    fn process(&mut self, text: &str, ended: bool) -> Result<Outcome, Failed> {
        if text.starts_with(':') {
            let (command, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            return self.command(command, rest.trim());
        }
        if let Some(value) = self.definitions(text)? {
            self.add(value)?;
            return Ok(Outcome::Done);
        }
        let is_unfinished = |text: &str| parses(text) == Err(true);
        if !ended
            && parses(text).is_err()
            && (is_unfinished(text) || is_unfinished(&format!("{{ {text}")))
        {
            return Ok(Outcome::Unfinished);
        }
        let value = self.evaluate(text)?;
        let session = self.session()?;
        let shown = show::shallow(&session.evaluator, value);
        self.print(shown)
    }

    fn print(&self, shown: Result<String, Box<EvalError>>) -> Result<Outcome, Failed> {
        let session = self.session()?;
        let text = shown.map_err(|error| session.failed(&error))?;
        tool::print_lines([text, String::new()])?;
        Ok(Outcome::Done)
    }

    fn command(&mut self, command: &str, rest: &str) -> Result<Outcome, Failed> {
        match command {
            ":q" | ":quit" => return Ok(Outcome::Quit),
            ":?" | ":help" => tool::print_lines([HELP.to_owned()])?,
            ":a" | ":add" => {
                let value = self.evaluate(rest)?;
                self.tell_added(value)?;
            }
            ":l" | ":load" => self.load(Source::File(rest.to_owned(), Vec::new()))?,
            ":lf" | ":load-flake" => self.load(Source::Flake(rest.to_owned()))?,
            ":ll" | ":last-loaded" => self.show_last_loaded()?,
            ":r" | ":reload" => self.reload()?,
            ":t" => {
                let value = self.evaluate(rest)?;
                let kind = self.session()?.evaluator.describe(value);
                return self.print(Ok(kind));
            }
            ":p" | ":print" => {
                let value = self.evaluate(rest)?;
                let shown = show::deep(&self.session()?.evaluator, value);
                return self.print(shown);
            }
            ":b" => self.build(rest, false)?,
            ":bl" => self.build(rest, true)?,
            ":log" => self.log(rest)?,
            _ => return Err(Failure::new(format!("unknown command '{command}'")).into()),
        }
        Ok(Outcome::Done)
    }

    /// The value of an expression, with all variables of the scope.
    fn evaluate(&self, text: &str) -> Result<Value, Failed> {
        let session = self.session()?;
        let evaluator = &session.evaluator;
        self.scope_of(session)
            .and_then(|scope| evaluator.eval_in_scope(text.as_bytes(), session.directory(), scope))
            .and_then(|value| evaluator.force(value))
            .map_err(|error| session.failed(&error))
    }

    /// The set of what a text defines; `None` if it is an expression or unfinished.
    fn definitions(&self, text: &str) -> Result<Option<Value>, Failed> {
        let session = self.session()?;
        let directory = session.directory();
        self.scope_of(session)
            .and_then(|scope| {
                let evaluator = &session.evaluator;
                evaluator.eval_bindings_in_scope(text.as_bytes(), directory, scope)
            })
            .map_err(|error| session.failed(&error))
    }

    /// The variables that there are.
    fn scope_of(&self, session: &Session) -> Result<Attrs, Box<EvalError>> {
        let evaluator = &session.evaluator;
        let variables: Vec<_> = self
            .scope
            .iter()
            .map(|(name, value)| (evaluator.symbol(name), *value))
            .collect();
        let scope = evaluator.attrs(&variables);
        evaluator.force_attrs(scope, "while making the scope of the loop")
    }

    /// Makes the attributes of a set variables; gives their names.
    fn add(&mut self, value: Value) -> Result<Vec<Vec<u8>>, Failed> {
        let session = self.session()?;
        let evaluator = &session.evaluator;
        let attrs = evaluator
            .force_attrs(value, "while adding variables to the scope")
            .map_err(|error| session.failed(&error))?;
        let added: Vec<(Vec<u8>, Value)> = evaluator
            .attrs_by_name(attrs)
            .map(|attr| (evaluator.symbol_text(attr.name).to_vec(), attr.value))
            .collect();
        let names = added.iter().map(|(name, _)| name.clone()).collect();
        self.scope.extend(added);
        Ok(names)
    }

    fn tell_added(&mut self, value: Value) -> Result<(), Failed> {
        let names = self.add(value)?;
        let shown: Vec<String> = names
            .iter()
            .take(MOST_NAMES)
            .map(|name| show::name(name))
            .collect();
        let mut lines = vec![format!("Added {} variables.", names.len())];
        if !shown.is_empty() {
            lines.push(shown.join(", "));
        }
        if names.len() > MOST_NAMES {
            lines.push(format!(
                "... and {} more; view with :ll",
                names.len() - MOST_NAMES
            ));
        }
        lines.push(String::new());
        self.last_loaded = Some(names);
        tool::print_lines(lines)
    }

    fn show_last_loaded(&self) -> Result<(), Failed> {
        let names = self.last_loaded.as_ref();
        let names = names.ok_or_else(|| Failure::new("nothing has been loaded yet"))?;
        let lines = names
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned());
        tool::print_lines(lines)
    }

    fn load(&mut self, source: Source) -> Result<(), Failed> {
        for value in self.values(&source)? {
            self.tell_added(value)?;
        }
        self.sources.push(source);
        Ok(())
    }

    /// Loads all again, with files and flakes as they are now.
    fn reload(&mut self) -> Result<(), Failed> {
        self.session = Some(Session::open(&self.options, self.environment, true)?);
        self.scope.clear();
        for source in self.sources.clone() {
            for value in self.values(&source)? {
                self.tell_added(value)?;
            }
        }
        Ok(())
    }

    /// The sets whose attributes a source makes variables.
    fn values(&self, source: &Source) -> Result<Vec<Value>, Failed> {
        let session = self.session()?;
        let failed = |error: Box<EvalError>| session.failed(&error);
        let (root, attributes) = match source {
            Source::Flake(reference) => return Ok(vec![self.flake(reference)?]),
            Source::File(file, attributes) => (session.file(file).map_err(failed)?, attributes),
            Source::Expression(text, attributes) => {
                (session.expression(text).map_err(failed)?, attributes)
            }
        };
        if attributes.is_empty() {
            let value = session.called(root).map_err(failed)?;
            return Ok(vec![value]);
        }
        attributes
            .iter()
            .map(|path| session.select(root, path).map_err(failed))
            .collect()
    }

    /// All of a flake, or the attribute of its outputs that the fragment names.
    fn flake(&self, text: &str) -> Result<Value, Failed> {
        let session = self.session()?;
        let found = session
            .engine
            .find_reference(text, session.directory())
            .map_err(|error| session.engine_failed(error))?;
        let options = FlakeOptions {
            directory: session.directory().to_owned(),
            ..FlakeOptions::default()
        };
        let flake = session
            .engine
            .lock_flake(&session.evaluator, &found.reference, &options)
            .map_err(|error| session.engine_failed(error))?;
        selection::select(&session.evaluator, flake.outputs(), &found.fragment, &[])
            .map_err(|error| session.failed(&error))
    }

    fn derivation(&self, text: &str) -> Result<StorePath, Failed> {
        let value = self.evaluate(text)?;
        let session = self.session()?;
        let (path, _) = session.derivation(value)?;
        session.engine.flush()?;
        Ok(path)
    }

    /// `:b` and `:bl`: builds a derivation, and makes links to its outputs.
    fn build(&self, text: &str, link: bool) -> Result<(), Failed> {
        let path = self.derivation(text)?;
        let engine = &self.session()?.engine;
        let built = engine.build_wanted(&[Wanted::all_of(path)])?;
        let mut lines = vec![
            String::new(),
            "This derivation produced the following outputs:".to_owned(),
        ];
        for (name, path) in built.into_iter().flatten() {
            let printed = engine.store().store_dir().print(&path);
            if link {
                let link = format!("repl-result-{name}");
                let root = self.environment.directory.join(&link);
                engine.store().add_permanent_root(&path, &root)?;
                lines.push(format!("  ./{link} -> {printed}"));
            } else {
                lines.push(format!("  {name} -> {printed}"));
            }
        }
        tool::print_lines(lines)
    }

    fn log(&self, text: &str) -> Result<(), Failed> {
        let path = self.derivation(text)?;
        let store = self.session()?.engine.store();
        let log = store.build_log(&path)?.ok_or_else(|| {
            let path = store.store_dir().print(&path);
            Failure::new(format!("build log of '{path}' is not available"))
        })?;
        Ok(terminal::stdout().write_all(&log)?)
    }
}

/// Whether a text is an expression; if not, whether it could become one when it went on.
fn parses(text: &str) -> Result<(), bool> {
    match nix_syntax::parse(text.as_bytes(), &nix_syntax::ParseOptions::default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string().contains("unexpected end of file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_too_early_goes_on() {
        assert_eq!(parses("{ a = 1; }"), Ok(()));
        assert_eq!(parses("{ a = 1;"), Err(true));
        assert_eq!(parses("1 )"), Err(false));
    }
}
