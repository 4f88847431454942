//! Programs of the machine.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{Access, access};

use super::{Result, at};

/// Makes links to programs, as far as the machine has them, in the directory `bin` of an output.
/// The first is necessary. `search_path` has the form of the variable `PATH`.
pub(super) fn link(search_path: &[u8], names: &[Vec<u8>], out: &Path) -> Result<()> {
    let bin = out.join("bin");
    fs::create_dir_all(&bin).map_err(at(&bin))?;
    for (index, name) in names.iter().enumerate() {
        match find(search_path, name) {
            Some(program) => {
                let link = bin.join(OsStr::from_bytes(name));
                symlink(&program, &link).map_err(at(&link))?;
            }
            None if index == 0 => {
                return Err(format!(
                    "The program {} is needed, and this machine does not have it.\nInstall it, or \
                     use the packages of nixpkgs.",
                    String::from_utf8_lossy(name)
                ));
            }
            None => {}
        }
    }
    Ok(())
}

fn find(search_path: &[u8], name: &[u8]) -> Option<PathBuf> {
    search_path
        .split(|byte| *byte == b':')
        .map(|directory| Path::new(OsStr::from_bytes(directory)).join(OsStr::from_bytes(name)))
        .find(|path| path.is_file() && access(path, Access::EXEC_OK).is_ok())
}

/// Checks that bash understands a script. A machine without bash does not run it either.
pub(super) fn check_syntax(
    search_path: &[u8],
    script: &Path,
    warn: &mut dyn FnMut(&str),
) -> Result<()> {
    let Some(bash) = find(search_path, b"bash") else {
        return Ok(());
    };
    let checked = Command::new(&bash)
        .args(["-n", "-O", "extglob"])
        .arg(script)
        .stdin(Stdio::piped())
        .output()
        .map_err(at(&bash))?;
    if checked.status.success() {
        return Ok(());
    }
    warn(String::from_utf8_lossy(&checked.stderr).trim_end());
    Err("a script is not understood by bash".to_owned())
}
