//! The user's profile of packages, with those of the home in it.

use std::path::{Path, PathBuf};

use hm_activate::profile;
use hm_plan::Action;

use super::Session;
use crate::applets::nix_env::environment::environment_with;
use crate::report::Failure;
use crate::user_profile::UserProfile;

/// The name of the environment that has the home's packages.
const PATH_NAME: &str = "home-manager-path";

impl Session {
    /// Returns the actions that install the home's packages in the user's profile, or remove them from
    /// it.
    ///
    /// # Errors
    /// If the profile cannot be read or built.
    pub fn install_packages(
        &self,
        home_path: Option<&Path>,
        into: &UserProfile,
    ) -> Result<Vec<Action>, Failure> {
        let installed = into.installed();
        let readable = self.readable_profile(&into.profile, installed.as_deref());
        if home_path.is_none() && readable.is_none() {
            return Ok(Vec::new());
        }
        let generation = self.profile_with(readable.as_deref(), home_path)?;
        // A profile elsewhere that the user may not write to is copied. Where the current generation is
        // damaged, the one before it may be just right.
        let differs = into.refused.is_some() || readable != installed;
        let generation = generation.or_else(|| readable.filter(|_| differs));
        let mut actions = match generation {
            None => Vec::new(),
            Some(generation) => {
                profile::set(&into.profile, &generation)
                    .map_err(|error| Failure::io("read the generations of", &into.profile, &error))?
                    .0
            }
        };
        if home_path.is_some() && !into.leads_to_profile() {
            actions.extend(profile::set_link(&into.link, &into.profile));
        }
        Ok(actions)
    }

    /// Builds the generation of a profile that has the home's packages beside those that the user
    /// has installed. `None` if the current one is right already.
    fn profile_with(
        &self,
        installed: Option<&Path>,
        home_path: Option<&Path>,
    ) -> Result<Option<PathBuf>, Failure> {
        let of_nix_env = installed.filter(|path| {
            path.join("manifest.nix").exists() && !path.join("manifest.json").exists()
        });
        match of_nix_env {
            Some(environment) => environment_with(&self.engine, environment, PATH_NAME, home_path),
            None => self
                .engine
                .profile_with(installed, PATH_NAME, home_path)
                .map_err(|error| self.fail(&error, None)),
        }
    }

    /// Returns the generation of a profile that says which packages the user has installed: the
    /// current one. If that is damaged, an earlier one: its own packages are not lost.
    fn readable_profile(&self, link: &Path, current: Option<&Path>) -> Option<PathBuf> {
        let is_readable = |path: &Path| match std::fs::read(path.join("manifest.json")) {
            Ok(text) => serde_json::from_slice::<serde_json::Value>(&text).is_ok(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if current.is_some_and(is_readable) || link.symlink_metadata().is_err() {
            return current.map(Path::to_owned);
        }
        let mut numbers = profile::numbers(link).ok()?;
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        let links = numbers
            .into_iter()
            .map(|number| profile::generation_link(link, number));
        let found = links
            .filter_map(|link| link.canonicalize().ok())
            .find(|path| is_readable(path));
        self.printer.warning(match &found {
            Some(found) => format!(
                "the profile {} is damaged; your own packages are taken from {}",
                link.display(),
                found.display()
            ),
            None => format!(
                "the profile {} is damaged, and so are its earlier generations; it is made again \
                 with the packages of the home alone",
                link.display()
            ),
        });
        found
    }
}
