//! As much of `nix-instantiate` as testing the evaluator needs, without a store.
//!
//! `instantiate [--eval] [--strict] [--json|--xml|--raw] [-A PATH] [--arg N E] [--argstr N V]
//! [-I [P=]PATH] (FILE | -E EXPR)`; `--parse FILE` prints the tree.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nix_eval::host::{Message, ReadOnlyHost};
use nix_eval::{
    Attrs, EvalError, Evaluator, Feature, LintLevel, Origin, Settings, Value, View, XmlOptions,
    render, with_large_stack,
};

#[derive(Default)]
struct Options {
    eval: bool,
    parse: bool,
    strict: bool,
    json: bool,
    xml: bool,
    raw: bool,
    locations: bool,
    show_trace: bool,
    stats: bool,
    expression: bool,
    attribute: String,
    inputs: Vec<String>,
    arguments: Vec<(String, String, bool)>,
}

fn lint(level: &str) -> LintLevel {
    match level {
        "warn" => LintLevel::Warn,
        "fatal" => LintLevel::Fatal,
        _ => LintLevel::Ignore,
    }
}

fn set_option(settings: &mut Settings, options: &mut Options, name: &str, value: &str) {
    match name {
        "experimental-features" | "extra-experimental-features" => {
            settings
                .features
                .extend(value.split_whitespace().filter_map(Feature::from_name));
        }
        "show-trace" => options.show_trace = value == "true",
        "max-call-depth" => settings.max_call_depth = value.parse().unwrap_or(10_000),
        "pure-eval" => settings.pure_eval = value == "true",
        "restrict-eval" => settings.restrict_eval = value == "true",
        "lint-url-literals" => settings.lint_url_literals = lint(value),
        "lint-short-path-literals" => settings.lint_short_path_literals = lint(value),
        "lint-absolute-path-literals" => settings.lint_absolute_path_literals = lint(value),
        _ => {}
    }
}

fn add_search_path(settings: &mut Settings, entry: &str) {
    let (prefix, path) = match entry.split_once('=') {
        Some((prefix, path)) => (prefix, path),
        None => ("", entry),
    };
    settings.nix_path.push((prefix.to_owned(), path.to_owned()));
}

fn parse_arguments(settings: &mut Settings) -> Option<Options> {
    let mut options = Options {
        locations: true,
        ..Options::default()
    };
    if let Some(directory) = std::env::var_os("NIX_CONF_DIR") {
        let text = std::fs::read_to_string(Path::new(&directory).join("nix.conf"));
        for line in text.unwrap_or_default().lines() {
            if let Some((name, value)) = line.split_once('=') {
                set_option(settings, &mut options, name.trim(), value.trim());
            }
        }
    }
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--eval" => options.eval = true,
            "--parse" => options.parse = true,
            "--strict" => options.strict = true,
            "--json" => options.json = true,
            "--xml" => options.xml = true,
            "--raw" => options.raw = true,
            "--no-location" => options.locations = false,
            "--show-trace" => options.show_trace = true,
            "--no-show-trace" => options.show_trace = false,
            "--stats" => options.stats = true,
            "--trace-verbose" => settings.trace_verbose = true,
            "--abort-on-warn" => settings.abort_on_warn = true,
            "--impure" | "--read-write-mode" => {}
            "-E" | "--expr" => options.expression = true,
            "-A" | "--attr" => options.attribute = arguments.next()?,
            "--arg" => {
                options
                    .arguments
                    .push((arguments.next()?, arguments.next()?, false));
            }
            "--argstr" => options
                .arguments
                .push((arguments.next()?, arguments.next()?, true)),
            "-I" => add_search_path(settings, &arguments.next()?),
            "--option" => {
                let name = arguments.next()?;
                set_option(settings, &mut options, &name, &arguments.next()?);
            }
            input if !input.starts_with("--") => options.inputs.push(input.to_owned()),
            flag => {
                let value = arguments.next()?;
                set_option(settings, &mut options, flag.trim_start_matches('-'), &value);
            }
        }
    }
    if let Ok(entries) = std::env::var("NIX_PATH") {
        for entry in entries.split(':').filter(|entry| !entry.is_empty()) {
            add_search_path(settings, entry);
        }
    }
    Some(options)
}

fn message(message: Message<'_>) {
    match message {
        Message::Trace(text) => eprintln!("trace: {text}"),
        Message::EvaluationWarning(text) if text.starts_with('\n') => {
            eprintln!("evaluation warning:{text}");
        }
        Message::EvaluationWarning(text) => {
            eprintln!(
                "evaluation warning: {}",
                text.replace('\n', "\n                    ")
            );
        }
        Message::Warning(text) if text.starts_with('\n') => eprintln!("warning:{text}"),
        Message::Call { location, .. } => eprintln!("{location}"),
        Message::Warning(text) => eprintln!("warning: {text}"),
    }
}

fn select(
    e: &Evaluator,
    mut value: Value,
    path: &str,
    auto: &[(nix_eval::Symbol, Value)],
) -> Result<Value, Box<EvalError>> {
    value = e.auto_call(value, auto)?;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        value = match e.force_view(value)? {
            View::Attrs(attrs) => e.attr_named(attrs, name.as_bytes()).ok_or_else(|| {
                EvalError::eval(format!(
                    "attribute '{name}' in selection path '{path}' not found"
                ))
            })?,
            View::List(list) => {
                let index: usize = name.parse().unwrap_or(usize::MAX);
                if index >= list.len() {
                    return Err(EvalError::eval(format!(
                        "list index {index} is out of range"
                    )));
                }
                e.element(list, index)
            }
            _ => {
                return Err(EvalError::eval(
                    "the selection path leads into a simple value",
                ));
            }
        };
        value = e.auto_call(value, auto)?;
    }
    Ok(value)
}

fn derivations(e: &Evaluator, value: Value, depth: usize) -> Result<(), Box<EvalError>> {
    let print = |attrs: Attrs| -> Result<(), Box<EvalError>> {
        if let Some(path) = e.attr_named(attrs, b"drvPath") {
            println!("{}", e.force_string(path, "")?.to_string_lossy());
        }
        Ok(())
    };
    if let View::Attrs(attrs) = e.force_view(value)? {
        if e.is_derivation(attrs)? {
            return print(attrs);
        }
        if depth == 0 {
            for attr in e.attrs_by_name(attrs) {
                derivations(e, attr.value, depth + 1)?;
            }
        }
    } else if depth == 0 {
        return Err(EvalError::type_error(
            "expression does not evaluate to a derivation (or a set or list of those)",
        ));
    }
    Ok(())
}

fn run_one(
    e: &Evaluator,
    options: &Options,
    input: &str,
    base: &Path,
) -> Result<(), Box<EvalError>> {
    let mut auto = Vec::new();
    for (name, text, is_string) in &options.arguments {
        let value = if *is_string {
            e.string(text.as_bytes())
        } else {
            let (text, base) = (text.clone(), base.to_owned());
            e.lazy(move |e| e.eval_string(text.as_bytes(), &base))
        };
        auto.push((e.symbol(name.as_bytes()), value));
    }
    let value = if input == "-" {
        let mut text = Vec::new();
        std::io::stdin()
            .read_to_end(&mut text)
            .map_err(|error| EvalError::eval(error.to_string()))?;
        e.eval_source(&text, Origin::Stdin, base)?
    } else if options.expression {
        e.eval_string(input.as_bytes(), base)?
    } else {
        let path = e.resolve_expression(&base.join(input))?;
        let text = std::fs::read(&path).map_err(|error| EvalError::eval(error.to_string()))?;
        let origin = Origin::File(path.as_os_str().as_bytes().into());
        e.eval_source(&text, origin, path.parent().unwrap_or(base))?
    };
    let value = select(e, value, &options.attribute, &auto)?;
    if !options.eval {
        return derivations(e, value, 0);
    }
    let value = if options.strict {
        e.force_deep(value)?
    } else {
        e.force(value)?
    };
    let mut output = std::io::stdout();
    let text: Vec<u8> = if options.json {
        let (text, _) = e.to_json(value, true)?;
        [&text[..], b"\n"].concat()
    } else if options.raw {
        let (text, _) =
            e.coerce_to_string(value, nix_eval::Coercion::PLAIN, "while generating output")?;
        text.into_owned()
    } else if options.xml {
        let xml = XmlOptions {
            evaluate: options.strict,
            locations: options.locations,
        };
        e.to_xml(value, xml)?.0
    } else {
        format!("{}\n", e.print(value)?).into_bytes()
    };
    output
        .write_all(&text)
        .map_err(|error| EvalError::eval(error.to_string()))
}

fn parse_only(e: &Evaluator, input: &str, base: &Path) -> ExitCode {
    let mut text = Vec::new();
    let read = if input == "-" {
        std::io::stdin().read_to_end(&mut text).map(|_| ())
    } else {
        std::fs::read(input).map(|read| text = read)
    };
    if let Err(error) = read {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    // Variables are checked, too.
    if let Err(error) = e.check_source(&text, Origin::Stdin, base) {
        eprintln!("{}", render(&e.report(&error), true));
        return ExitCode::FAILURE;
    }
    if let Ok(parsed) = nix_syntax::parse(&text, &nix_syntax::ParseOptions::default()) {
        let options = nix_syntax::print::PrintOptions {
            base_directory: base.as_os_str().as_bytes(),
            home_directory: b"/root",
        };
        let text = nix_syntax::print::print(&parsed.ast, &options);
        println!("{}", String::from_utf8_lossy(&text));
    }
    ExitCode::SUCCESS
}

fn run() -> ExitCode {
    let mut settings = Settings::default();
    let Some(options) = parse_arguments(&mut settings) else {
        eprintln!("error: an option lacks its value");
        return ExitCode::FAILURE;
    };
    settings.trace_calls = options.show_trace;
    let base: PathBuf = std::env::current_dir().unwrap_or_default();
    let store = std::env::var("NIX_STORE_DIR").unwrap_or_else(|_| "/nix/store".to_owned());
    let host = match ReadOnlyHost::new(&store) {
        Ok(host) => host
            .with_environment(std::env::vars_os())
            .with_messages(message),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let e = Evaluator::new(Box::new(host), settings);
    if options.parse {
        return parse_only(&e, options.inputs.first().map_or("-", |input| input), &base);
    }
    for input in &options.inputs {
        if let Err(error) = run_one(&e, &options, input, &base) {
            eprintln!("{}", render(&e.report(&error), options.show_trace));
            return ExitCode::from(error.status);
        }
    }
    if options.stats {
        eprintln!("{:#?}", e.stats());
    }
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    with_large_stack(run)
}
