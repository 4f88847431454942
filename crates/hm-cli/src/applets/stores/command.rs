//! What the commands on stores have in common: their options, the store that they work on, the
//! objects that they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::BufRead;
use std::sync::Arc;

use nix_store::build::Wanted;
use nix_store::store::Store;
use nix_store::substitute::Substituters;
use nix_wire::StorePath;

use crate::applets::evaluate::{Failed, conclude};
use crate::applets::installable::{Found, Request};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::Tool;
use crate::environment::Environment;
use crate::store_access::StoreAccess;

/// An option of one command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its names, dashes included; the first is the one by which the command knows it.
    pub names: &'static [&'static str],
    /// Whether it has a value.
    pub has_value: bool,
}

impl Flag {
    /// One without a value.
    pub const fn switch(names: &'static [&'static str]) -> Flag {
        Flag {
            names,
            has_value: false,
        }
    }

    /// One with a value.
    pub const fn value(names: &'static [&'static str]) -> Flag {
        Flag {
            names,
            has_value: true,
        }
    }
}

/// Options by which the objects of a command are chosen.
pub const OBJECTS: &[Flag] = &[
    Flag::switch(&["--all"]),
    Flag::switch(&["--recursive", "-r"]),
    Flag::switch(&["--no-recursive"]),
    Flag::switch(&["--stdin"]),
    Flag::switch(&["--derivation"]),
];

/// Where something comes from and goes to.
pub struct Ends<'a> {
    from: Option<Arc<dyn Store>>,
    to: Option<Arc<dyn Store>>,
    usual: &'a dyn Store,
}

impl Ends<'_> {
    /// The store that `--from` names, or the usual one.
    pub fn source(&self) -> &dyn Store {
        self.from.as_deref().unwrap_or(self.usual)
    }

    /// The store that `--to` names, or the usual one.
    pub fn target(&self) -> &dyn Store {
        self.to.as_deref().unwrap_or(self.usual)
    }
}

/// A command that is under way.
pub struct Command<'a> {
    /// The usual store and all settings.
    pub tool: Tool<'a>,
    /// What was typed that is no option.
    pub arguments: Vec<String>,
    /// Where installables that are no store paths are looked for.
    request: Request,
    flags: BTreeMap<&'static str, Vec<String>>,
}

/// Runs a command to its end.
pub fn run(
    words: Vec<OsString>,
    environment: &Environment,
    flags: &[&[Flag]],
    work: impl FnOnce(&Command<'_>) -> Result<(), Failed>,
) -> u8 {
    conclude(|| work(&Command::parse(words, environment, flags)?))
}

impl<'a> Command<'a> {
    fn parse(
        words: Vec<OsString>,
        environment: &'a Environment,
        known: &[&[Flag]],
    ) -> Result<Command<'a>, Failed> {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut flags: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut arguments = Vec::new();
        let mut request = Request::default();
        while let Some(word) = words.next_word() {
            let name = match word {
                Word::Argument(argument) => {
                    arguments.push(argument);
                    continue;
                }
                Word::Flag(name) => name,
            };
            let own = known
                .iter()
                .copied()
                .flatten()
                .find(|flag| flag.names.contains(&name.as_str()));
            if let Some(flag) = own {
                let values = flags.entry(flag.names[0]).or_default();
                if flag.has_value {
                    values.push(words.value(&name)?);
                }
            } else if !request.take(&name, &mut words)? && !options.take(&name, &mut words)? {
                return Err(usage(format!("unrecognised flag '{name}'")).into());
            }
        }
        options.is_of_nix = true;
        Ok(Command {
            tool: Tool::open(options, environment)?,
            arguments,
            request,
            flags,
        })
    }

    /// Whether an option was given.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    /// The value of an option; the last one that was given.
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.values(flag).last().map(String::as_str)
    }

    /// All values of an option.
    pub fn values(&self, flag: &str) -> &[String] {
        self.flags.get(flag).map_or(&[], Vec::as_slice)
    }

    /// The value of an option without which the command means nothing.
    pub fn required(&self, flag: &str) -> Result<&str, Failed> {
        self.value(flag)
            .ok_or_else(|| usage(format!("required argument '{flag}' is missing")).into())
    }

    /// The stores that `--from` and `--to` name.
    pub fn ends(&self) -> Result<Ends<'_>, Failed> {
        let open = |flag: &str| self.value(flag).map(|name| self.open(name)).transpose();
        Ok(Ends {
            from: open("--from")?,
            to: open("--to")?,
            usual: self.tool.store(),
        })
    }

    /// The same, for commands to which neither means nothing.
    pub fn required_ends(&self) -> Result<Ends<'_>, Failed> {
        if self.value("--from").is_none() && self.value("--to").is_none() {
            return Err(usage("you must pass '--from' and/or '--to'").into());
        }
        self.ends()
    }

    /// The one argument.
    pub fn one_argument(&self, what: &str) -> Result<&str, Failed> {
        match self.arguments.as_slice() {
            [argument] => Ok(argument),
            [] => Err(usage(format!("more arguments are required: {what}")).into()),
            [_, other, ..] => Err(usage(format!("unexpected argument '{other}'")).into()),
        }
    }

    /// Runs `work` with what opens other stores.
    pub fn with_access<T>(
        &self,
        work: impl FnOnce(&StoreAccess) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        self.tool.with_access(work)
    }

    /// The store of a name.
    pub fn open(&self, name: &str) -> Result<Arc<dyn Store>, Failed> {
        self.with_access(|access| Ok(access.open(name)?))
    }

    /// The store that the command works on.
    pub fn with_store<T>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        work(self.tool.store())
    }

    /// Where missing objects are fetched from.
    pub fn substituters(&self) -> Result<Substituters, Failed> {
        self.tool.substituters()
    }

    /// The objects that the command is about: all, or those of its arguments and of the standard
    /// input, with `--recursive` (or `recursive`, unless `--no-recursive`) all that they refer to.
    pub fn objects(
        &self,
        store: &dyn Store,
        recursive: bool,
    ) -> Result<BTreeSet<StorePath>, Failed> {
        if self.has("--all") {
            return Ok(store.all_valid_paths()?);
        }
        let named = self.named(store)?;
        let recursive = (recursive || self.has("--recursive")) && !self.has("--no-recursive");
        if recursive {
            Ok(store.closure(&named)?)
        } else {
            Ok(named)
        }
    }

    /// The objects of the arguments, which need not be valid.
    pub fn named(&self, store: &dyn Store) -> Result<BTreeSet<StorePath>, Failed> {
        let mut texts = self.arguments.clone();
        if self.has("--stdin") {
            for line in std::io::stdin().lock().lines() {
                texts.extend(line?.split_whitespace().map(str::to_owned));
            }
        }
        let mut objects = BTreeSet::new();
        for text in &texts {
            objects.extend(self.objects_of(store, text)?);
        }
        Ok(objects)
    }

    /// What `PATH`, or `DERIVATION^OUTPUT,…`, names. Outputs are made valid.
    fn objects_of(&self, store: &dyn Store, text: &str) -> Result<BTreeSet<StorePath>, Failed> {
        let (path, outputs) = match text.rsplit_once('^') {
            Some((path, outputs)) => (path, Some(outputs)),
            None => (text, None),
        };
        let full = self.tool.environment.directory.join(path);
        let is_expression = self.request.file.is_some() || self.request.expression.is_some();
        let object = match nix_store::object_at(store.store_dir(), &full) {
            Ok(object) if !is_expression => object,
            _ => return self.installable(store, text),
        };
        let Some(outputs) = outputs else {
            return Ok(BTreeSet::from([object]));
        };
        let outputs = match outputs {
            "*" => None,
            names => Some(names.split(',').map(str::to_owned).collect()),
        };
        let wanted = Wanted::Outputs {
            derivation: object,
            outputs,
        };
        let built = self.tool.build(&[wanted])?;
        Ok(built.into_iter().flat_map(BTreeMap::into_values).collect())
    }

    /// The outputs that an attribute of a file or an expression, or an output of a flake, has. What
    /// the store does not have is made valid in the usual one.
    fn installable(&self, store: &dyn Store, text: &str) -> Result<BTreeSet<StorePath>, Failed> {
        let request = Request {
            rest: vec![text.to_owned()],
            derivations: self.has("--derivation"),
            ..self.request.clone()
        };
        let session = request.session(self.tool.options.clone(), self.tool.environment)?;
        let mut objects = BTreeSet::new();
        for found in request.find(&session, ".")? {
            let known = match &found {
                Found::Object(path) => vec![Some(path.clone())],
                Found::Outputs {
                    derivation,
                    outputs,
                } => {
                    let mut paths = session.engine.store().derivation_outputs(derivation)?;
                    paths.retain(|name, _| outputs.contains(name));
                    paths.into_values().collect()
                }
            };
            let known: Option<BTreeSet<StorePath>> = known.into_iter().collect();
            match known {
                Some(known) if store.valid_among(&known, false)?.len() == known.len() => {
                    objects.extend(known);
                }
                _ => {
                    let built = session.engine.build_wanted(&[found.wanted()])?;
                    objects.extend(built.into_iter().flat_map(BTreeMap::into_values));
                }
            }
        }
        Ok(objects)
    }

    /// Fetches those of the objects that are missing in the usual store.
    pub fn fetch_missing(&self, objects: &BTreeSet<StorePath>) -> Result<(), Failed> {
        let Some(local) = self.tool.store().as_local() else {
            return Ok(());
        };
        let valid = local.valid_among(objects)?;
        let missing: BTreeSet<StorePath> = objects.difference(&valid).cloned().collect();
        let substituters = self.substituters()?;
        if missing.is_empty() || substituters.is_empty() {
            return Ok(());
        }
        Ok(substituters.substitute(local, &missing, &self.tool.cancellation())?)
    }
}
