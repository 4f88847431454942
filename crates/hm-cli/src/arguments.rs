//! The command line as it is typed. What the arguments mean, together with the environment and the
//! configuration, is for [`crate::settings`] to say.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

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

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(commands::init::InitArguments),
    Build(commands::build::BuildArguments),
    Switch(commands::switch::SwitchArguments),
    Diff(commands::diff::DiffArguments),
    Status(commands::status::StatusArguments),
    Generations(commands::generations::GenerationsArguments),
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
    /// Use this flake, and the configuration NAME of it
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

    /// Say each step
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Say errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Show the whole trace of an evaluation error
    #[arg(long, global = true)]
    pub show_trace: bool,

    /// How errors are shown
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

    /// Evaluate with access to the environment and to files outside of the flake
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
    /// Lock every input anew
    #[arg(long, global = true)]
    pub recreate_lock_file: bool,
    /// Fail instead of changing the lock file
    #[arg(long, global = true)]
    pub no_update_lock_file: bool,
    /// Use new locks without writing them down
    #[arg(long, global = true)]
    pub no_write_lock_file: bool,
    /// Lock this input anew
    #[arg(long, global = true, value_name = "NAME")]
    pub update_input: Vec<String>,
    /// Use REF for an input; implies --no-write-lock-file
    #[arg(long, global = true, num_args = 2, value_names = ["NAME", "REF"])]
    pub override_input: Vec<String>,
    /// Commit a lock file that was changed
    #[arg(long, global = true)]
    pub commit_lock_file: bool,
    /// Start from this lock file, not from the flake's own
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub reference_lock_file: Option<PathBuf>,
    /// Write the lock file here
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub output_lock_file: Option<PathBuf>,
    /// Look the names of registries up among the inputs of this flake first
    #[arg(long, global = true, value_name = "REF", hide_short_help = true)]
    pub inputs_from: Vec<String>,
    /// Look nothing up in registries
    #[arg(long, global = true, hide_short_help = true)]
    pub no_registries: bool,
    /// Ask servers again, whatever was remembered
    #[arg(long, global = true)]
    pub refresh: bool,
    /// Fetch nothing from other machines
    #[arg(long, global = true)]
    pub offline: bool,
}

/// Options of Nix itself.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Nix")]
pub struct NixArguments {
    /// Keep the store here
    #[arg(long, global = true, value_name = "DIR", env = "NIX_STORE_DIR")]
    pub store: Option<PathBuf>,
    /// Keep the store's database and roots here
    #[arg(long, global = true, value_name = "DIR", env = "NIX_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Build at most this many derivations at once
    #[arg(short = 'j', long, global = true, value_name = "N")]
    pub max_jobs: Option<String>,
    /// Tell builders to use this many cores
    #[arg(long, global = true, value_name = "N")]
    pub cores: Option<u32>,
    /// Let the evaluation use at most N megabytes of memory
    ///
    /// Without this it is three quarters of what the machine has.
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_memory: Option<u64>,
    /// Keep building what does not depend on a failed build
    #[arg(short = 'k', long, global = true)]
    pub keep_going: bool,
    /// Keep the directory of a failed build
    #[arg(short = 'K', long, global = true)]
    pub keep_failed: bool,
    /// Set a setting of Nix
    #[arg(long, global = true, num_args = 2, value_names = ["NAME", "VALUE"], hide_short_help = true)]
    pub option: Vec<String>,
    /// Make the settings that the flake asks for
    #[arg(long, global = true, hide_short_help = true)]
    pub accept_flake_config: bool,
    /// Set the experimental features
    #[arg(long, global = true, value_name = "FEATURES", hide_short_help = true)]
    pub experimental_features: Option<String>,
    /// Add experimental features (flakes and nix-command are always there)
    #[arg(long, global = true, value_name = "FEATURES", hide_short_help = true)]
    pub extra_experimental_features: Vec<String>,
}
