//! The commands of `nix` that work with flakes.

mod arguments;
mod check;
mod lock;
mod metadata;
mod outputs;
mod prefetch;
mod session;
mod show;
mod style;
mod template;

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
];
