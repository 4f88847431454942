//! Nix's commands for activation scripts that call them, on machines that have none.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use private_files::PrivateDirectory;

use crate::applets;
use crate::environment::Environment;
use crate::own_program;
use crate::report::Failure;

/// The command by which scripts know where all of them are.
const WITNESS: &str = "nix-env";

/// The search path for a script that may call Nix's commands: that of the environment when it has
/// them, else with a directory of commands at its end that are this program.
///
/// # Errors
/// When that directory cannot be written.
pub fn search_path(environment: &Environment) -> Result<OsString, Failure> {
    let path = environment.search_path();
    let has_them = std::env::split_paths(&path).any(|directory| directory.join(WITNESS).is_file());
    if has_them {
        return Ok(path);
    }
    let program = own_program::path(environment)
        .ok_or_else(|| Failure::new("the file of this program is not found"))?;
    let directory = environment
        .cache_directory()
        .join("home-manager/commands-of-nix");
    let private = PrivateDirectory::make(&directory)
        .map_err(|error| Failure::io("use", &directory, &error))?;
    for name in applets::names() {
        write_script(&private, name, &script(&program, name))
            .map_err(|error| Failure::io("write", directory.join(name), &error))?;
    }
    let mut all: Vec<PathBuf> = std::env::split_paths(&path).collect();
    all.push(directory);
    std::env::join_paths(all).map_err(|error| Failure::new(format!("PATH: {error}")))
}

/// A script rather than a link: scripts look for the directory of commands behind all links.
fn script(program: &Path, name: &str) -> String {
    let quoted = program.display().to_string().replace('\'', r"'\''");
    format!("#!/bin/sh\nexec '{quoted}' {name} \"$@\"\n")
}

/// Others may be running the script that is there, so it is replaced rather than written to.
fn write_script(directory: &PrivateDirectory, name: &str, text: &str) -> std::io::Result<()> {
    if directory
        .read(name)
        .is_ok_and(|present| present == text.as_bytes())
    {
        return Ok(());
    }
    directory.replace(name, 0o755, |file| file.write_all(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_the_shell() {
        assert_eq!(
            script(Path::new("/it's/home-manager"), "nix-env"),
            "#!/bin/sh\nexec '/it'\\''s/home-manager' nix-env \"$@\"\n"
        );
    }
}
