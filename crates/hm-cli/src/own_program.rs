//! The file of this program, which starts itself again for builders and stores.

use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// This program, whatever has become of its file.
const RUNNING: &str = "/proc/self/exe";

/// Returns the path of the program's file, if it is still there.
pub fn path(environment: &Environment) -> Option<PathBuf> {
    std::env::current_exe()
        .ok()
        .filter(|path| path.is_file())
        .or_else(|| by_name(environment))
}

/// Returns what starts the running program again, also where its file was replaced meanwhile.
pub fn running(environment: &Environment) -> Option<PathBuf> {
    let file = std::env::current_exe().ok().filter(|path| path.is_file());
    let running = || Some(PathBuf::from(RUNNING)).filter(|path| path.exists());
    file.or_else(running).or_else(|| by_name(environment))
}

/// Without `/proc`, the name by which the program was started says where it is.
fn by_name(environment: &Environment) -> Option<PathBuf> {
    let name = PathBuf::from(std::env::args_os().next()?);
    if name.components().count() > 1 {
        return Some(environment.directory.join(name)).filter(|path| path.is_file());
    }
    std::env::split_paths(&environment.search_path())
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(&name))
        .find(|path: &PathBuf| Path::is_file(path))
}
