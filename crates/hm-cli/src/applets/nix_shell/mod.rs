//! `nix-shell`: a shell with the environment of a derivation's builder.

mod arguments;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix_eval::{EvalError, Symbol, Value, View};
use nix_store::build::{StructuredFiles, Wanted};
use nix_wire::{Derivation, StorePath};

use super::engine::plain;
use super::evaluate::{Failed, Session, conclude, print_version, standard_input};
use super::options::usage;
use super::{selection, tool};
use crate::environment::Environment;
use crate::in_store;
use crate::report::Failure;
use crate::shell_words::quoted;
use arguments::Arguments;

/// What a pure shell sees of the caller's environment.
const KEPT: &[&str] = &[
    "DISPLAY",
    "HOME",
    "IN_NIX_SHELL",
    "LOGNAME",
    "NIX_BUILD_SHELL",
    "NIX_SHELL_PRESERVE_PROMPT",
    "PAGER",
    "PATH",
    "SHLVL",
    "TERM",
    "TZ",
    "USER",
    "WAYLAND_DISPLAY",
    "WAYLAND_SOCKET",
    "XDG_RUNTIME_DIR",
    "all_proxy",
    "ftp_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
/// A setting of this command.
const LOOKS_FOR_SHELL: &str = "nix-shell-always-looks-for-shell-nix";
const RELATIVE_TO_SCRIPT: &str = "nix-shell-shebang-arguments-relative-to-script";

/// Starts the shell.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let arguments = Arguments::parse(words, environment)?;
        if arguments.version {
            return print_version("nix-shell", &arguments.options, environment);
        }
        attempt(&arguments, environment)
    })
}

fn attempt(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    let mut surroundings = environment.clone();
    let configuration = super::configuration::Configuration::read(&arguments.options, environment)?;
    if let Some(directory) = arguments.script.as_deref().and_then(Path::parent)
        && configuration.is(RELATIVE_TO_SCRIPT, true)
    {
        surroundings.directory = directory.to_owned();
    }
    let session = Session::open(&arguments.options, &surroundings, true)?;
    let shell = Shell {
        arguments,
        environment,
        session,
        looks_for_shell: configuration.is(LOOKS_FOR_SHELL, true),
    };
    let path = shell.derivation()?;
    shell.session.engine.flush()?;
    let store = shell.session.engine.store();
    let mut derivation = store.read_derivation(&path)?;
    let program = shell.build(&derivation)?;
    if let Some(local) = store.as_local() {
        derivation = local
            .resolved(&derivation)
            .map_err(|error| Failed::from(nix_store::build::BuildErrors::from(error)))?;
    }
    shell.start(&path, &derivation, &program)
}

struct Shell<'a> {
    arguments: &'a Arguments,
    environment: &'a Environment,
    session: Session,
    looks_for_shell: bool,
}

impl Shell<'_> {
    /// The derivation that is meant.
    fn derivation(&self) -> Result<StorePath, Failed> {
        let session = &self.session;
        let failed = |error: Box<EvalError>| session.failed(&error);
        let mut found = Vec::new();
        let mut values = Vec::new();
        if self.arguments.from_input {
            let text = standard_input().map_err(failed)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            values.push(session.expression(&text).map_err(failed)?);
        } else if self.arguments.packages {
            let packages: String = self
                .arguments
                .rest
                .iter()
                .map(|package| format!("({package}) "))
                .collect();
            let text = format!(
                "{{ ... }}@args: with import <nixpkgs> args; (pkgs.runCommandCC or \
                 pkgs.runCommand) \"shell\" {{ buildInputs = [ {packages}]; }} \"\""
            );
            values.push(session.expression(&text).map_err(failed)?);
        } else if self.arguments.expressions {
            for text in &self.arguments.rest {
                values.push(session.expression(text).map_err(failed)?);
            }
        } else {
            for text in self.files()? {
                match self.stored(&text) {
                    Some(path) => found.push(path),
                    None => values.push(self.file(&text)?),
                }
            }
        }
        let whole = [String::new()];
        let attributes = match self.arguments.attributes.as_slice() {
            [] => &whole[..],
            attributes => attributes,
        };
        for root in values {
            for attribute in attributes {
                let auto = self.auto_arguments(root).map_err(failed)?;
                let value = selection::select(&session.evaluator, root, attribute, &auto)
                    .map_err(failed)?;
                let auto = self.auto_arguments(value).map_err(failed)?;
                let derivations = selection::derivations(&session.evaluator, value, &auto);
                for value in derivations.map_err(failed)? {
                    found.push(session.derivation(value)?.0);
                }
            }
        }
        match found.as_slice() {
            [path] => Ok(path.clone()),
            _ => Err(usage("nix-shell requires a single derivation").into()),
        }
    }

    /// The arguments for functions: those of the command line, and, where the function asks for it,
    /// that it is evaluated for a shell.
    fn auto_arguments(&self, function: Value) -> Result<Vec<(Symbol, Value)>, Box<EvalError>> {
        let evaluator = &self.session.evaluator;
        let mut auto = self.session.arguments().to_vec();
        let asks = "function: builtins.isFunction function && (builtins.functionArgs function) ? \
                    inNixShell";
        let asks = evaluator.eval_string(asks.as_bytes(), self.session.directory())?;
        let asks = evaluator.call(asks, &[function])?;
        let name = evaluator.symbol(b"inNixShell");
        if evaluator.force_bool(asks, "while looking at a function")?
            && !auto.iter().any(|(given, _)| *given == name)
        {
            let truth = evaluator.eval_string(b"true", self.session.directory())?;
            auto.push((name, truth));
        }
        Ok(auto)
    }

    /// The files that are meant.
    fn files(&self) -> Result<Vec<String>, Failed> {
        if !self.arguments.rest.is_empty() {
            return Ok(self.arguments.rest.clone());
        }
        let directory = self.session.directory();
        let has = |name: &str| directory.join(name).exists();
        if has("shell.nix") && !self.looks_for_shell {
            return Ok(vec!["shell.nix".to_owned()]);
        }
        if !has("shell.nix") && !has("default.nix") {
            return Err(Failure::new(
                "no argument specified and no 'shell.nix' or 'default.nix' file found in the \
                 working directory",
            )
            .into());
        }
        Ok(vec![".".to_owned()])
    }

    /// The store derivation that an argument leads to.
    fn stored(&self, text: &str) -> Option<StorePath> {
        let (text, _) = text.split_once('!').unwrap_or((text, ""));
        let path = self.session.directory().join(text).canonicalize().ok()?;
        let store_dir = self.session.engine.store().store_dir();
        let path = nix_store::object_at(store_dir, &path).ok()?;
        path.is_derivation().then_some(path)
    }

    /// The value of a file; in a directory `shell.nix` counts before `default.nix`.
    fn file(&self, text: &str) -> Result<Value, Failed> {
        let session = &self.session;
        let failed = |error: Box<EvalError>| session.failed(&error);
        let place = if text.starts_with('<') && text.ends_with('>') {
            let found = session.expression(text).map_err(failed)?;
            match session.evaluator.force_view(found).map_err(failed)? {
                View::Path(path) => PathBuf::from(OsString::from_vec(path.to_vec())),
                _ => return session.file(text).map_err(failed),
            }
        } else {
            session.directory().join(text)
        };
        if !place.is_dir() {
            return session.file(text).map_err(failed);
        }
        let shell = place.join("shell.nix");
        let default = place.join("default.nix");
        let file = if shell.exists() && self.looks_for_shell {
            shell
        } else {
            if shell.exists() {
                plain(&format!(
                    "warning: Skipping '{}', because the setting '{LOOKS_FOR_SHELL}' is disabled. \
                     This is a deprecated behavior. Consider enabling '{LOOKS_FOR_SHELL}'.",
                    shell.display()
                ));
            }
            default
        };
        if !file.exists() {
            return Err(Failure::new(format!(
                "neither 'shell.nix' nor 'default.nix' found in '{}'",
                place.display()
            ))
            .into());
        }
        session.file(&file.to_string_lossy()).map_err(failed)
    }

    /// Builds what the derivation needs; gives the shell.
    fn build(&self, derivation: &Derivation) -> Result<String, Failed> {
        let engine = &self.session.engine;
        let store_dir = engine.store().store_dir();
        let mut wanted = Vec::new();
        for (input, needed) in &derivation.input_derivations {
            let path = store_dir.print(input);
            let is_excluded = self
                .is_excluded(&path)
                .map_err(|error| self.session.failed(&error));
            if !is_excluded? {
                wanted.push(Wanted::Outputs {
                    derivation: input.clone(),
                    outputs: Some(needed.outputs.clone()),
                });
            }
        }
        let named = self.environment.text("NIX_BUILD_SHELL");
        let bash = match named {
            Some(_) => None,
            None => self.interactive_bash(),
        };
        let count = wanted.len();
        wanted.extend(bash.map(|bash| Wanted::output_of(bash, "out")));
        tool::say_missing(engine, &wanted, self.arguments.options.verbosity < 0)?;
        let built = engine.build_wanted(&wanted)?;
        let bash = built.get(count).and_then(|outputs| outputs.values().next());
        Ok(match (named, bash) {
            (Some(named), _) => named,
            (None, Some(path)) => {
                format!("{}/bin/bash", store_dir.print(path))
            }
            (None, None) => "bash".to_owned(),
        })
    }

    fn is_excluded(&self, path: &str) -> Result<bool, Box<EvalError>> {
        let evaluator = &self.session.evaluator;
        for pattern in &self.arguments.excluded {
            let matches = b"pattern: text: builtins.length (builtins.split pattern text) > 1";
            let matches = evaluator.eval_string(matches, self.session.directory())?;
            let arguments = [
                evaluator.string(pattern.as_bytes()),
                evaluator.string(path.as_bytes()),
            ];
            let matched = evaluator.call(matches, &arguments)?;
            if evaluator.force_bool(matched, "while matching '--exclude'")? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The derivation of the shell of nixpkgs; that of the user is taken where there is none.
    fn interactive_bash(&self) -> Option<StorePath> {
        let find = || -> Result<StorePath, Failed> {
            let value = self
                .session
                .expression("(import <nixpkgs> { }).bashInteractive")
                .map_err(|error| self.session.failed(&error))?;
            Ok(self.session.derivation(value)?.0)
        };
        match find() {
            Ok(path) => Some(path),
            Err(failed) => {
                plain(&failed.text);
                plain("uses bash from your environment");
                None
            }
        }
    }

    /// Becomes the shell. Returns only when that fails.
    fn start(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        program: &str,
    ) -> Result<(), Failed> {
        let directory = temporary_directory(self.environment)?;
        let mut variables = self.variables(derivation, &directory)?;
        let structured = StructuredFiles::of(self.session.engine.store(), path, derivation)
            .map_err(|error| Failed::from(nix_store::build::BuildErrors::from(error)))?;
        let mut declarations = String::new();
        if let Some(files) = structured {
            for (variable, name, text) in [
                ("NIX_ATTRS_JSON_FILE", ".attrs.json", &files.json),
                ("NIX_ATTRS_SH_FILE", ".attrs.sh", &files.shell),
            ] {
                let file = directory.join(name);
                write(&file, text)?;
                variables.insert(variable.into(), file.into());
            }
            declarations = files.shell;
        }
        let file = directory.join("rc");
        write(&file, self.script(&directory, program, &declarations))?;
        let layout = &self.session.engine.settings().layout;
        let mut command = in_store::command(layout, program);
        command.env_clear().envs(variables);
        if self.arguments.interactive {
            command.arg("--rcfile");
        }
        command.arg(&file);
        Err(super::flakes::start(&mut command))
    }

    fn variables(
        &self,
        derivation: &Derivation,
        directory: &Path,
    ) -> Result<BTreeMap<OsString, OsString>, Failed> {
        let is_kept = |name: &OsStr| {
            !self.arguments.pure
                || KEPT.iter().any(|kept| name == *kept)
                || self.arguments.kept.iter().any(|kept| name == kept.as_str())
        };
        let mut variables: BTreeMap<OsString, OsString> = self
            .environment
            .variables()
            .filter(|(name, _)| is_kept(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut set = |name: &str, value: &OsStr| {
            variables.insert(OsString::from(name), value.to_owned());
        };
        let engine = &self.session.engine;
        let kind = if self.arguments.pure {
            "pure"
        } else {
            "impure"
        };
        set("IN_NIX_SHELL", kind.as_ref());
        if self.arguments.pure {
            // Some systems' files for shells would set everything up again.
            set("__ETC_PROFILE_SOURCED", "1".as_ref());
        }
        for name in ["NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP"] {
            set(name, directory.as_os_str());
        }
        set("NIX_STORE", engine.store().store_dir().as_str().as_ref());
        let cores = engine.settings().build.cores.to_string();
        set("NIX_BUILD_CORES", cores.as_ref());
        let files = derivation.variable("passAsFile").unwrap_or_default();
        let files = String::from_utf8_lossy(files).into_owned();
        let mut number = 0;
        for (name, value) in &derivation.environment {
            let text = String::from_utf8_lossy(name).into_owned();
            if files.split_whitespace().any(|file| file == text) {
                let path = directory.join(format!(".attr-{number}"));
                number += 1;
                write(&path, value)?;
                variables.insert(OsString::from(format!("{text}Path")), path.into());
            } else {
                variables.insert(
                    OsString::from_vec(name.clone()),
                    OsString::from_vec(value.clone()),
                );
            }
        }
        Ok(variables)
    }

    /// What the shell does first. It removes its directory when it ends.
    fn script(&self, directory: &Path, program: &str, declarations: &str) -> String {
        let directory = quoted(&directory.to_string_lossy());
        // The shell need not have it in its search path.
        let search_path = self.environment.variable("PATH").unwrap_or_default();
        let remove = std::env::split_paths(search_path)
            .map(|directory| directory.join("rm"))
            .find(|program| program.is_file())
            .unwrap_or_else(|| PathBuf::from("rm"));
        let remove = quoted(&remove.to_string_lossy());
        let mut text = format!(
            "_nix_shell_clean_tmpdir() {{ command {remove} -rf {directory}; }}\n\
             trap _nix_shell_clean_tmpdir EXIT\n\
             exitHooks+=(_nix_shell_clean_tmpdir)\n\
             failureHooks+=(_nix_shell_clean_tmpdir)\n"
        );
        let pure = self.arguments.pure;
        if !pure {
            text.push_str("[ -n \"$PS1\" ] && [ -e ~/.bashrc ] && source ~/.bashrc\np=$PATH\n");
        }
        text.push_str("unset PATH\ndontAddDisableDepTrack=1\n");
        text.push_str(declarations);
        text.push_str("[ -e $stdenv/setup ] && source $stdenv/setup\n");
        if !pure {
            text.push_str("PATH=$PATH:$p; unset p\n");
        }
        let parent = Path::new(program).parent().unwrap_or(Path::new(""));
        text.push_str(&format!(
            "PATH={}:\"$PATH\"\nSHELL={program}\nBASH={program}\nset +e\n",
            quoted(&parent.to_string_lossy()),
            program = quoted(program)
        ));
        text.push_str(
            "[ -n \"$PS1\" ] && [ -z \"$NIX_SHELL_PRESERVE_PROMPT\" ] && \
             PS1='\\n\\[\\033[1;32m\\][nix-shell:\\w]\\$\\[\\033[0m\\] '\n\
             if [ \"$(type -t runHook)\" = function ]; then runHook shellHook; \
             else eval \"${shellHook-}\"; fi\n\
             unset NIX_ENFORCE_PURITY\nshopt -u nullglob\nunset TZ\n",
        );
        if let Some(zone) = self.environment.text("TZ") {
            text.push_str(&format!("export TZ={}\n", quoted(&zone)));
        }
        text.push_str("shopt -s execfail\n");
        if let Some(command) = &self.arguments.command {
            text.push_str(command);
            text.push('\n');
        }
        text
    }
}

fn write(file: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    std::fs::write(file, contents).map_err(|error| Failure::io("write", file, &error))
}

/// Makes a directory that nobody else sees into.
fn temporary_directory(environment: &Environment) -> Result<PathBuf, Failed> {
    let parent = environment
        .path("TMPDIR")
        .unwrap_or_else(|| PathBuf::from("/tmp"));
    for number in 0_u32.. {
        let path = parent.join(format!("nix-shell-{}-{number}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::io("create", &path, &error).into()),
        }
    }
    Err(Failure::new("there is no name left for a temporary directory").into())
}
