//! The commands of `nix` that work with flakes.

mod app;
mod arguments;
mod bundle;
mod check;
mod config;
mod develop;
mod edit;
mod environment;
mod expression;
mod lock;
mod metadata;
mod outputs;
mod prefetch;
mod registry;
mod run;
mod search;
mod session;
mod shell;
mod show;
pub mod style;
mod template;

pub use app::start;
pub use arguments::{COMMON, Flag, NixArguments};
pub use session::{FlakeSession, allowed_settings, finish};
pub use shell::ENVIRONMENT_FLAGS;

use super::Applet;

/// The commands, by the words that name them after `nix`.
pub const COMMANDS: &[(&[&str], Applet)] = &[
    (&["flake", "archive"], prefetch::archive),
    (&["flake", "check"], check::run),
    (&["flake", "clone"], prefetch::clone),
    (&["flake", "info"], metadata::info),
    (&["flake", "init"], template::init),
    (&["flake", "lock"], lock::lock),
    (&["flake", "metadata"], metadata::run),
    (&["flake", "new"], template::new),
    (&["flake", "prefetch"], prefetch::run),
    (&["flake", "prefetch-inputs"], prefetch::inputs),
    (&["flake", "show"], show::run),
    (&["flake", "update"], lock::update),
    (&["registry", "add"], registry::add),
    (&["registry", "list"], registry::list),
    (&["registry", "pin"], registry::pin),
    (&["registry", "remove"], registry::remove),
    (&["registry", "resolve"], registry::resolve),
    (&["formatter", "build"], run::build_formatter),
    (&["formatter", "run"], run::format),
    (&["bundle"], bundle::run),
    (&["develop"], develop::develop),
    (&["edit"], edit::run),
    (&["fmt"], run::format),
    (&["print-dev-env"], develop::print),
    (&["run"], run::run),
    (&["search"], search::run),
    (&["shell"], shell::shell),
];
