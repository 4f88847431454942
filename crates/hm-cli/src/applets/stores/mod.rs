//! The commands of `nix` on stores, caches, keys and archives.

mod add;
mod archive;
mod command;
mod copy;
mod doctor;
mod info;
mod key;
mod list;
mod logs;
mod make_content_addressed;
mod path_info;
pub mod prefetch;
mod sign;
mod verify;

pub(super) use copy::say_what;
pub use key::generate as generate_key_pair;

use super::Applet;

/// The commands, by the words that name them after `nix`.
pub const COMMANDS: &[(&[&str], Applet)] = &[
    (&["copy"], copy::run),
    (&["doctor"], doctor::run),
    (&["key", "convert-secret-to-public"], key::convert),
    (&["key", "generate-secret"], key::generate_secret),
    (&["nar", "cat"], archive::cat),
    (&["nar", "dump-path"], archive::dump_path),
    (&["nar", "ls"], archive::list),
    (&["nar", "pack"], archive::dump_path),
    (&["path-info"], path_info::run),
    (&["store", "add"], add::run),
    (&["store", "add-file"], add::add_file),
    (&["store", "add-path"], add::add_path),
    (&["store", "cat"], list::cat),
    (&["store", "copy-log"], logs::copy),
    (&["store", "copy-sigs"], sign::copy),
    (&["store", "dump-path"], list::dump_path),
    (&["store", "info"], info::run),
    (&["store", "ls"], list::list),
    (
        &["store", "make-content-addressed"],
        make_content_addressed::run,
    ),
    (&["store", "ping"], info::ping),
    (&["store", "prefetch-file"], prefetch::run),
    (&["store", "sign"], sign::run),
    (&["store", "verify"], verify::run),
];
