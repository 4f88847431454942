//! Objects that were changed on the disk, and are repaired from a binary cache.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Rounds;
use super::served::{Damage, serve};
use super::world::{names, write};
use crate::process::{Result, permit, wait};

impl Rounds {
    /// Spoils an object and repairs it from a cache: one that is damaged, or by a program that is
    /// killed, and then from a good one without that.
    pub(super) fn spoiled(&mut self, kind: &mut String) -> Result<bool> {
        let good = serve(self.cache(), None, 0)?;
        let settings = self.settings(&good.url(), true);
        let upper = self.upper.0.clone();
        self.world
            .must_with(&["nix-store", "--realise", &upper], &settings, None)?;
        let closure = self
            .world
            .must(&["nix-store", "--query", "--requisites", &upper])?;
        let closure: Vec<&str> = closure.split_whitespace().collect();
        let spoiled = closure[self.random.below(closure.len())].to_owned();
        let how = self.spoil(Path::new(&spoiled))?;
        let sound = self
            .world
            .run(&["nix-store", "--verify-path", &spoiled], "", None)?;
        if sound.success {
            return Err(format!("{spoiled}, {how}: passes for what it was"));
        }
        let ways: [&[&str]; 3] = [
            &["nix-store", "--repair-path", &spoiled],
            &["nix", "store", "repair", &spoiled],
            &["nix-store", "--verify", "--check-contents", "--repair"],
        ];
        let words = ways[self.random.below(ways.len())];
        let hindered = if self.random.below(2) == 0 {
            *kind = format!("spoiled ({how}), repair killed");
            let mut child = self
                .world
                .command(words, &settings)?
                .spawn()
                .map_err(|error| error.to_string())?;
            let limit = Duration::from_micros(self.random.below(100_000) as u64);
            let killed = !wait(&mut child, limit)?;
            if killed {
                child.kill().map_err(|error| error.to_string())?;
                child.wait().map_err(|error| error.to_string())?;
            }
            killed
        } else {
            let damage = self.damage();
            *kind = match &damage {
                Damage::Lie(line, _) => format!("spoiled ({how}), cache, lie of {line}"),
                Damage::Hostile { .. } => format!("spoiled ({how}), cache, hostile archive"),
                other => format!("spoiled ({how}), cache, {other:?}"),
            };
            let seed = self.random.below(1 << 30) as u64;
            let server = serve(self.cache(), Some(damage), seed)?;
            let settings = self.settings(&server.url(), true);
            !self.world.run(words, &settings, None)?.success
        };
        // What is gone and nothing refers to was forgotten by who looked.
        let realise = ["nix-store", "--realise", &upper];
        for words in [realise, ["nix-store", "--repair-path", &spoiled]] {
            self.world.must_with(&words, &settings, None)?;
        }
        self.world.check()?;
        let hash = self
            .world
            .must(&["nix-store", "--query", "--hash", &upper])?;
        if hash != self.upper.1 {
            return Err(format!("{upper} was {} and is {hash}", self.upper.1));
        }
        Ok(hindered)
    }

    /// Changes an object as a bad disk or a careless root does. Says how.
    fn spoil(&mut self, object: &Path) -> Result<&'static str> {
        let failed = |error: std::io::Error| format!("{}: {error}", object.display());
        permit(object)?;
        let file = match object.is_dir() {
            false => object.to_owned(),
            true => self.some_file(&object.join("tree"))?,
        };
        Ok(match self.random.below(5) {
            0 => {
                let mut bytes = fs::read(&file).map_err(failed)?;
                match self.random.below(bytes.len().max(1)) {
                    at if at < bytes.len() => bytes[at] ^= 1 << self.random.below(8),
                    _ => bytes.push(0),
                }
                write(&file, &bytes)?;
                "a bit"
            }
            1 => {
                let length = fs::metadata(&file).map_err(failed)?.len();
                let file = fs::File::options().write(true).open(&file);
                let file = file.map_err(failed)?;
                let cut = if length == 0 { 1 } else { length / 2 };
                file.set_len(cut).map_err(failed)?;
                "a length"
            }
            2 => {
                let mode = fs::Permissions::from_mode(0o755);
                fs::set_permissions(&file, mode).map_err(failed)?;
                "a mode"
            }
            3 if object.is_dir() => {
                write(&object.join("more"), b"more")?;
                "a file more"
            }
            _ => {
                match object.is_dir() {
                    true => fs::remove_dir_all(object).map_err(failed)?,
                    false => fs::remove_file(object).map_err(failed)?,
                }
                "gone"
            }
        })
    }

    fn some_file(&mut self, directory: &Path) -> Result<PathBuf> {
        let names = names(directory)?;
        Ok(directory.join(&names[self.random.below(names.len())]))
    }
}
