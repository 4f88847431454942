//! Programs of the user's that are run before and after builds (`pre-build-hook`, `post-build-hook`),
//! and where a build gives another result than before (`diff-hook`).

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use nix_wire::StorePath;

use super::environment::Sources;
use super::run::Surroundings;
use super::{BuildError, SandboxPath};

/// Runs it, if there is one, for the outputs of a derivation. What it says is in the build's log.
pub(super) fn run(
    surroundings: &Surroundings<'_>,
    derivation: &StorePath,
    built: &BTreeMap<String, StorePath>,
) -> Result<(), BuildError> {
    let Surroundings {
        store,
        options,
        observer,
        ..
    } = surroundings;
    let Some(hook) = &options.post_build_hook else {
        return Ok(());
    };
    let layout = store.layout();
    let paths: Vec<String> = built.values().map(|path| layout.print(path)).collect();
    let mut command = Command::new(hook);
    command
        .env("DRV_PATH", layout.print(derivation))
        .env("OUT_PATHS", paths.join(" "));
    let output = output_of(&mut command)?;
    let lines = output.stdout.split(|byte| *byte == b'\n');
    for line in lines.chain(output.stderr.split(|byte| *byte == b'\n')) {
        if !line.is_empty() {
            let line = [b"post-build-hook: ", line].concat();
            observer.log_line(derivation, &line);
        }
    }
    check(&command, &output, "")
}

/// Runs the program that chooses what else builders see in the sandbox with this root. Returns none
/// without such a program.
pub(super) fn before_build(
    sources: &Sources<'_>,
    root: &Path,
) -> Result<Vec<SandboxPath>, BuildError> {
    let Some(hook) = &sources.options.pre_build_hook else {
        return Ok(Vec::new());
    };
    let mut command = Command::new(hook);
    command
        .arg(sources.store.layout().print(sources.path))
        .arg(root);
    let output = output_of(&mut command)?;
    check(&command, &output, &String::from_utf8_lossy(&output.stderr))?;
    sandbox_paths(&String::from_utf8_lossy(&output.stdout))
        .map_err(|line| BuildError::Other(format!("unknown pre-build hook command '{line}'")))
}

/// Reads the paths that a `pre-build-hook` prints. Fails with a line that is not understood.
fn sandbox_paths(text: &str) -> Result<Vec<SandboxPath>, &str> {
    let mut paths = Vec::new();
    let mut lines = text.lines();
    while let Some(command) = lines.next() {
        if !matches!(command, "extra-sandbox-paths" | "extra-chroot-dirs") {
            return Err(command);
        }
        let words = lines.by_ref().take_while(|line| !line.is_empty());
        paths.extend(words.map(SandboxPath::from_word));
    }
    Ok(paths)
}

/// Runs the program that shows how two outputs differ, as the user whom the builder ran as. Returns
/// what it prints.
pub(super) fn show_difference(
    sources: &Sources<'_>,
    known: &Path,
    new: &Path,
    owner: u32,
) -> String {
    let Some(hook) = &sources.options.diff_hook else {
        return String::new();
    };
    let mut command = Command::new(hook);
    command
        .args([known, new])
        .arg(sources.store.layout().print(sources.path))
        .arg(sources.directory)
        .current_dir("/");
    if rustix::process::geteuid().is_root() && owner != 0 {
        command.uid(owner).gid(NO_GROUP);
    }
    match output_of(&mut command) {
        // Programs that compare fail where there is a difference.
        Ok(output) => {
            let printed = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&printed).trim_end().to_owned()
        }
        Err(error) => error.to_string(),
    }
}

/// The group that owns nothing.
const NO_GROUP: u32 = 65534;

fn output_of(command: &mut Command) -> Result<Output, BuildError> {
    command.stdin(Stdio::null()).output().map_err(|error| {
        let program = Path::new(command.get_program()).display();
        BuildError::Other(format!("program '{program}' could not be started: {error}"))
    })
}

fn check(command: &Command, output: &Output, said: &str) -> Result<(), BuildError> {
    if output.status.success() {
        return Ok(());
    }
    let program = Path::new(command.get_program()).display();
    let mut text = format!("program '{program}' failed: {}", output.status);
    if !said.trim().is_empty() {
        text.push_str(&format!("\n{}", said.trim_end()));
    }
    Err(BuildError::Other(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_names_paths_after_a_word() {
        let paths = sandbox_paths("extra-sandbox-paths\n/a\n/b=/c\n\nextra-chroot-dirs\n/d?\n");
        let words = ["/a", "/b=/c", "/d?"];
        assert_eq!(paths, Ok(words.map(SandboxPath::from_word).to_vec()));
        assert_eq!(sandbox_paths("").map(|paths| paths.len()), Ok(0));
        assert_eq!(sandbox_paths("/a\n"), Err("/a"));
    }
}
