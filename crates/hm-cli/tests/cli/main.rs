//! Whole commands in a hermetic home. One file per topic; each test is a story that a user could
//! live through.

mod activation_blocks;
mod build_safety;
mod channels;
mod chapter;
mod closures;
mod collisions;
mod completion;
mod container;
mod details;
mod embedded;
mod errors;
mod escapes;
mod evaluation_cache;
mod flakes;
mod generators;
mod hostile;
mod init;
mod killed;
mod machines;
mod nix_flake;
mod profile;
mod random_edits;
mod recursive;
mod repair;
mod repl;
mod safety;
mod shell_session;
mod shells;
mod support;
mod switch;
mod terminal;
mod upstream_home;
mod user_profile;
