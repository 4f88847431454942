//! The NixOS unit: its text made comparable, and its command run as its user.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Evaluator, MODULES, Stage, WAYS, write};
use crate::process::output;

/// Why the command did not run to its end.
pub enum Failure {
    /// It cannot be run here.
    Skipped(String),
    /// It does not do what it is for.
    Wrong(String),
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// A text, as JSON, with the hashes of store paths out of the way.
pub fn comparable(json: &str) -> String {
    let text: String = serde_json::from_str(json).unwrap_or_else(|_| json.to_owned());
    let mut result = String::new();
    for line in text.lines() {
        // Only spaces and blank lines may differ.
        if line.trim().is_empty() {
            continue;
        }
        for (number, part) in line.trim_end().split("/store/").enumerate() {
            let hash = part.split('-').next().unwrap_or_default();
            if number > 0 && hash.len() == 32 {
                result.push_str("/store/HASH");
                result.push_str(&part[32..]);
            } else {
                result.push_str(part);
            }
        }
        result.push('\n');
    }
    result
}

/// The number that the user of the unit gets; nobody has it.
const UID: &str = "4217";

/// Builds what the unit starts and runs it in mount namespace of its own, where the machine has
/// a user `jdoe` with an empty home directory.
pub fn run(stage: &Stage) -> Result<(), Failure> {
    let way = WAYS
        .iter()
        .find(|way| way.name == "nixos")
        .ok_or("no NixOS among the ways".to_owned())?;
    let Some(attribute) = way.same_text else {
        return Err(Failure::Wrong("no unit among the texts".to_owned()));
    };
    let namespaces = output(Command::new("unshare").args(["--mount", "true"]))?;
    if !namespaces.status.success() {
        return Err(Failure::Skipped("no mount namespaces: not root".to_owned()));
    }
    let text = stage.evaluate(Evaluator::Ours, way, MODULES[0], attribute)?;
    let text: String = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let build = output(stage.ours("nix-build").args(["--no-out-link", "--expr"]).arg(format!(
        "(builtins.getFlake \"path:{}\").nixosConfigurations.hostname.config.systemd.units.\"home-manager-jdoe.service\".unit",
        stage.flake(way, MODULES[0]).display()
    )))?;
    if !build.status.success() {
        return Err(Failure::Wrong(
            String::from_utf8_lossy(&build.stderr).into_owned(),
        ));
    }
    let script = script(stage, &text)?;
    let ran = output(
        Command::new("unshare")
            .args(["--mount", "sh", "-eu"])
            .arg(&script),
    )?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    if !ran.status.success() {
        return Err(Failure::Wrong(format!(
            "the unit's command failed:\n{said}"
        )));
    }
    let home = stage.scratch.join("homes/jdoe");
    let greeting = fs::read_to_string(home.join(".config/greeting"));
    if greeting.as_deref().ok() != Some("Hello!") {
        return Err(Failure::Wrong(format!(
            "~/.config/greeting: {greeting:?}\n{said}"
        )));
    }
    let root = home.join(".local/state/home-manager/gcroots/current-home");
    if !root.is_symlink() {
        return Err(Failure::Wrong(format!("no {}\n{said}", root.display())));
    }
    let profile = home.join(".local/state/nix/profiles/home-manager");
    if profile.is_symlink() {
        return Err(Failure::Wrong(
            "a profile, which a system does not want".to_owned(),
        ));
    }
    Ok(())
}

/// What systemd does with the unit, as far as it matters here.
fn script(stage: &Stage, unit: &str) -> Result<std::path::PathBuf, Failure> {
    let values = |key: &str| {
        let prefix = format!("{key}=");
        unit.lines()
            .filter_map(move |line| line.strip_prefix(&prefix).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let one = |key: &str| {
        values(key)
            .pop()
            .ok_or(Failure::Wrong(format!("the unit has no {key}")))
    };
    let (user, command) = (one("User")?, one("ExecStart")?);
    let environment = values("Environment").join(" ");
    let scratch = stage.scratch.as_path();
    fs::create_dir_all(scratch.join("homes").join(&user)).map_err(|error| error.to_string())?;
    for (file, line) in [
        (
            "passwd",
            format!("{user}:x:{UID}:{UID}::/home/{user}:/bin/bash\n"),
        ),
        ("group", format!("{user}:x:{UID}:\n")),
    ] {
        let path = Path::new("/etc").join(file);
        let accounts = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        write(&scratch.join(file), &format!("{accounts}{line}"))?;
    }
    let scratch = scratch.display();
    let path = stage.scratch.join("run-unit.sh");
    write(
        &path,
        &format!(
            "mount --bind {scratch}/passwd /etc/passwd
mount --bind {scratch}/group /etc/group
mount --bind {scratch}/homes /home
chown {user}: /home/{user}
exec setpriv --reuid {user} --regid {user} --init-groups --reset-env \\
  env USER={user} HOME=/home/{user} LOGNAME={user} SHELL=/bin/bash {environment} {command}
"
        ),
    )?;
    Ok(path)
}
