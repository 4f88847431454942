//! `nix-collect-garbage`

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::collect::{self, What};
use super::evaluate::{Failed, conclude};
use super::generations::{self, Old};
use super::options::{Options, Word, Words, usage};
use super::tool::{Tool, print_version};
use crate::environment::Environment;
use crate::report::Failure;

/// Deletes old generations of profiles when that is wanted, and then what nothing needs.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let mut old = None;
    let mut dry_run = false;
    let mut max_freed = None;
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Flag(flag) => flag,
            Word::Argument(argument) => {
                return Err(usage(format!("unexpected argument '{argument}'")).into());
            }
        };
        match flag.as_str() {
            "--version" => return print_version("nix-collect-garbage"),
            "--delete-old" | "-d" => old = old.or(Some(Old::AllButCurrent)),
            "--delete-older-than" => {
                let age = words.value(&flag)?;
                old = Some(Old::Before(generations::parse_age(&age)?));
            }
            "--dry-run" => dry_run = true,
            "--max-freed" => max_freed = Some(words.number(&flag)?),
            _ if options.take(&flag, &mut words)? => {}
            _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
        }
    }
    if dry_run && max_freed.is_some() {
        return Err(usage("options --max-freed and --dry-run cannot be combined").into());
    }
    let tool = Tool::open(options, environment)?;
    if let Some(old) = old {
        let mut directories = vec![
            generations::profiles_directory(&tool),
            tool.engine.settings().layout.profiles_dir(),
        ];
        let own = generations::default_profile(&tool);
        directories.extend(own.parent().map(Path::to_owned));
        directories.sort();
        directories.dedup();
        for directory in directories {
            clean(&tool, &directory, old, dry_run)?;
        }
    }
    let mut gc = tool.configuration.gc_options();
    gc.max_freed = max_freed;
    let what = if dry_run { What::Count } else { What::Delete };
    collect::collect(&tool, gc, what)
}

/// Deletes old generations of all profiles in a directory and below.
fn clean(tool: &Tool<'_>, directory: &Path, old: Old, dry_run: bool) -> Result<(), Failed> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Ok(());
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            clean(tool, &path, old, dry_run)?;
        } else if metadata.is_symlink() {
            let target = match std::fs::read_link(&path) {
                Ok(target) => target,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Failure::io("read", path, &error).into()),
            };
            if target.to_string_lossy().contains("link") {
                tool.say(&format!(
                    "removing old generations of profile {}",
                    path.display()
                ));
                generations::delete_old(tool, &path, old, dry_run)?;
            }
        }
    }
    Ok(())
}
