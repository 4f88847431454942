//! The command line as it is typed. [`crate::settings`] resolves it together with the environment
//! and the configuration.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::report::ErrorFormat;

/// Manage a home directory declaratively
///
/// Evaluates a configuration written in Nix, builds what it describes and activates it, in one
/// program that needs nothing else on the machine.
#[derive(Debug, Parser)]
#[command(
    name = "home-manager",
    version,
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: GlobalArguments,
    #[command(subcommand)]
    pub command: Command,
}

/// The end of the help of a command, which lists its own options only.
const GLOBAL_OPTIONS: &str = "\
\x1b[1m\x1b[4mGlobal options:\x1b[0m
  --flake, --impure, -n (--dry-run), -b (--backup-extension), -v, -q, -L, --show-trace,
  --offline, --refresh, --update-input, --store, --option and more: see home-manager --help";

impl Arguments {
    /// Parses the command line of this process.
    ///
    /// # Errors
    /// When it is wrong, or asks for help: the error is to be printed.
    pub fn read() -> Result<Arguments, clap::Error> {
        Arguments::from_arg_matches(&Arguments::described().try_get_matches()?)
    }

    /// The command line, where the help of each command fits on a screen.
    fn described() -> clap::Command {
        let mut command = Arguments::command();
        // Gives commands the global options.
        command.build();
        command.mut_subcommands(|command| match command.get_name() {
            "help" => command,
            _ => command
                .mut_args(|argument| {
                    let is_global = argument.is_global_set();
                    argument.hide(is_global)
                })
                .after_help(GLOBAL_OPTIONS),
        })
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(commands::init::InitArguments),
    Build(commands::build::BuildArguments),
    Switch(commands::switch::SwitchArguments),
    Diff(commands::diff::DiffArguments),
    Status(commands::status::StatusArguments),
    Generations(commands::generations::GenerationsArguments),
    Rollback(commands::rollback::RollbackArguments),
    ExpireGenerations(commands::expire_generations::ExpireGenerationsArguments),
    RemoveGenerations(commands::remove_generations::RemoveGenerationsArguments),
    Packages(commands::packages::PackagesArguments),
    Edit(commands::edit::EditArguments),
    Option(commands::option::OptionArguments),
    Eval(commands::eval::EvalArguments),
    Shell(commands::shell::ShellArguments),
    Run(commands::run::RunArguments),
    Completions(commands::completions::CompletionsArguments),
}

/// Options that stand before or after the command.
#[derive(Clone, Debug, Default, Args)]
pub struct GlobalArguments {
    /// Use the configuration NAME of this flake
    ///
    /// Without a name the configuration is `USER@HOST` if the flake has it, else `USER`.
    #[arg(
        long,
        global = true,
        value_name = "URI[#NAME]",
        help_heading = "Configuration"
    )]
    pub flake: Option<String>,

    /// Move files in the way to FILE.EXT
    #[arg(
        short = 'b',
        long = "backup-extension",
        global = true,
        value_name = "EXT",
        help_heading = "Activation"
    )]
    pub backup_extension: Option<String>,

    /// Show what would be done and change nothing
    #[arg(short = 'n', long, global = true, help_heading = "Activation")]
    pub dry_run: bool,

    /// Print each step
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print the whole trace of an evaluation error
    #[arg(long, global = true)]
    pub show_trace: bool,

    /// Print errors in this format
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        hide_short_help = true
    )]
    pub error_format: ErrorFormat,

    /// Print build logs as they come
    #[arg(short = 'L', long, global = true)]
    pub print_build_logs: bool,

    /// Allow access to the environment and to files outside of the flake
    #[arg(long, global = true, help_heading = "Configuration")]
    pub impure: bool,

    #[command(flatten)]
    pub lock: LockArguments,

    #[command(flatten)]
    pub nix: NixArguments,
}

/// Options about `flake.lock`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Lock file")]
pub struct LockArguments {
    /// Update the locks of all inputs
    #[arg(long, global = true)]
    pub recreate_lock_file: bool,
    /// Fail instead of changing the lock file
    #[arg(long, global = true)]
    pub no_update_lock_file: bool,
    /// Use updated locks without writing the lock file
    #[arg(long, global = true)]
    pub no_write_lock_file: bool,
    /// Update the lock of this input
    #[arg(long, global = true, value_name = "NAME")]
    pub update_input: Vec<String>,
    /// Use REF for an input; implies --no-write-lock-file
    #[arg(long, global = true, num_args = 2, value_names = ["NAME", "REF"])]
    pub override_input: Vec<String>,
    /// Commit the lock file if it changes
    #[arg(long, global = true)]
    pub commit_lock_file: bool,
    /// Read this lock file instead of the flake's
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub reference_lock_file: Option<PathBuf>,
    /// Write the lock file to FILE
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub output_lock_file: Option<PathBuf>,
    /// Resolve registry names with the inputs of this flake first
    #[arg(long, global = true, value_name = "REF", hide_short_help = true)]
    pub inputs_from: Vec<String>,
    /// Do not use flake registries
    #[arg(long, global = true, hide_short_help = true)]
    pub no_registries: bool,
    /// Ask servers again instead of using cached answers
    #[arg(long, global = true)]
    pub refresh: bool,
    /// Do not use the network
    #[arg(long, global = true)]
    pub offline: bool,
}

/// Options of Nix itself.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Nix")]
pub struct NixArguments {
    /// Use the store in DIR
    #[arg(long, global = true, value_name = "DIR", env = "NIX_STORE_DIR")]
    pub store: Option<PathBuf>,
    /// Use DIR for the store's database and roots
    #[arg(long, global = true, value_name = "DIR", env = "NIX_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Build at most this many derivations at once
    #[arg(short = 'j', long, global = true, value_name = "N")]
    pub max_jobs: Option<String>,
    /// Tell builders to use this many cores
    #[arg(long, global = true, value_name = "N")]
    pub cores: Option<u32>,
    /// Limit the memory of the evaluation to N megabytes
    ///
    /// The default is three quarters of the machine's memory.
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_memory: Option<u64>,
    /// Keep building what does not depend on a failed build
    #[arg(short = 'k', long, global = true)]
    pub keep_going: bool,
    /// Keep the directory of a failed build
    #[arg(short = 'K', long, global = true)]
    pub keep_failed: bool,
    /// Set a Nix setting
    #[arg(long, global = true, num_args = 2, value_names = ["NAME", "VALUE"], hide_short_help = true)]
    pub option: Vec<String>,
    /// Use the settings that the flake requests
    #[arg(long, global = true, hide_short_help = true)]
    pub accept_flake_config: bool,
    /// Set the experimental features
    #[arg(long, global = true, value_name = "FEATURES", hide_short_help = true)]
    pub experimental_features: Option<String>,
    /// Add experimental features (flakes and nix-command are always enabled)
    #[arg(long, global = true, value_name = "FEATURES", hide_short_help = true)]
    pub extra_experimental_features: Vec<String>,
}
