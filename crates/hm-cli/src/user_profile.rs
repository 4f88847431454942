//! The user's package profile: where shells look for it, and where its generations are.
//!
//! Everything that needs the profile asks here: the switch that installs packages, `status`, the
//! files that put it into a shell's environment, and the commands of Nix.

use std::path::{Path, PathBuf};

use hm_plan::manifest::Manifest;
use rustix::fs::Access;

use crate::settings::Settings;

/// How many links are followed from the link that shells know to the profile.
const LONGEST_CHAIN: usize = 8;

/// A user's package profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserProfile {
    /// The link that shells and modules name: `~/.nix-profile` or `$XDG_STATE_HOME/nix/profile`.
    pub link: PathBuf,
    /// The profile: the link beside which its generations are.
    pub profile: PathBuf,
    /// The profile that `link` leads to today, if the user may not write there.
    pub refused: Option<PathBuf>,
}

impl UserProfile {
    /// Finds the profile that a generation's packages belong to. `None` if the system installs
    /// the packages of this home.
    #[must_use]
    pub fn of_generation(settings: &Settings, manifest: Option<&Manifest>) -> Option<UserProfile> {
        let links = links(&settings.home, &settings.directories.state);
        let named = manifest.and_then(|manifest| manifest.profile_directory.as_deref());
        let link = match named.map(Path::new) {
            Some(named) if links.iter().any(|link| same_place(link, named)) => named.to_owned(),
            // `/etc/profiles/per-user/NAME`
            Some(_) => return None,
            None => in_use(&links),
        };
        let fallback = settings.profile_directory().join("profile");
        Some(UserProfile::behind(link, &links, fallback))
    }

    /// Finds the profile behind a link: where it leads, else where another known link leads, else
    /// `fallback`.
    fn behind(link: PathBuf, links: &[PathBuf], fallback: PathBuf) -> UserProfile {
        let found = [&link]
            .into_iter()
            .chain(links)
            .find_map(|link| profile_behind(link));
        let (profile, refused) = match found {
            Some(found) if is_writable(&found) => (found, None),
            Some(found) => (fallback, Some(found)),
            None => (fallback, None),
        };
        UserProfile {
            link,
            profile,
            refused,
        }
    }

    /// Whether the link that shells name leads to the profile.
    #[must_use]
    pub fn leads_to_profile(&self) -> bool {
        self.refused.is_none() && profile_behind(&self.link).as_ref() == Some(&self.profile)
    }

    /// Returns the packages that are installed now: a store path.
    #[must_use]
    pub fn installed(&self) -> Option<PathBuf> {
        let behind_link = || self.link.canonicalize().ok();
        self.profile.canonicalize().ok().or_else(behind_link)
    }
}

/// Returns the link by which Nix knows the user's profile.
#[must_use]
pub fn link_of(home: &Path, state: &Path, uses_xdg_directories: bool) -> PathBuf {
    let [usual, xdg] = links(home, state);
    if uses_xdg_directories { xdg } else { usual }
}

/// The links that may lead to the profile, the usual one first.
fn links(home: &Path, state: &Path) -> [PathBuf; 2] {
    [home.join(".nix-profile"), state.join("nix/profile")]
}

/// The link that is in use: with both, shells of Nix prefer the second one.
fn in_use(links: &[PathBuf; 2]) -> PathBuf {
    let [usual, xdg] = links;
    if xdg.symlink_metadata().is_ok() {
        xdg.clone()
    } else {
        usual.clone()
    }
}

/// Returns the profile that a link leads to. The profile itself need not exist yet. `None` if the
/// link does not exist, or leads to packages directly.
fn profile_behind(link: &Path) -> Option<PathBuf> {
    let mut place = link.to_owned();
    for _ in 0..LONGEST_CHAIN {
        let Ok(text) = std::fs::read_link(&place) else {
            let is_absent = place.symlink_metadata().is_err();
            return (is_absent && place != link).then_some(place);
        };
        if is_generation_of(&place, &text) {
            return Some(place);
        }
        place = place.parent().unwrap_or(Path::new("/")).join(text);
    }
    None
}

/// Whether a link's text names a generation of the profile at `profile`: `PROFILE-N-link`.
fn is_generation_of(profile: &Path, text: &Path) -> bool {
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let (Some(profile), Some(generation)) = (name(profile), name(text)) else {
        return false;
    };
    generation
        .strip_prefix(&format!("{profile}-"))
        .and_then(|rest| rest.strip_suffix("-link"))
        .is_some_and(|number| number.parse::<u64>().is_ok())
}

/// Whether generations can be added beside a profile.
fn is_writable(profile: &Path) -> bool {
    let nearest = profile.ancestors().skip(1).find(|place| place.exists());
    nearest.is_some_and(|place| rustix::fs::access(place, Access::WRITE_OK).is_ok())
}

fn same_place(one: &Path, other: &Path) -> bool {
    let parent = |path: &Path| path.parent().and_then(|parent| parent.canonicalize().ok());
    one == other
        || (one.file_name() == other.file_name()
            && parent(one).is_some_and(|place| Some(place) == parent(other)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn find(root: &Path, link: &str) -> UserProfile {
        let links = links(root, &root.join("state"));
        UserProfile::behind(root.join(link), &links, root.join("fallback/profile"))
    }

    #[test]
    fn a_link_leads_to_a_profile_that_does_not_exist_yet() {
        let root = directory();
        symlink(
            root.path().join("per-user/profile"),
            root.path().join(".nix-profile"),
        )
        .expect("a link");
        let found = find(root.path(), ".nix-profile");
        assert_eq!(found.profile, root.path().join("per-user/profile"));
        assert_eq!(found.refused, None);
    }

    #[test]
    fn links_are_followed_to_the_one_with_generations() {
        let root = directory();
        std::fs::create_dir_all(root.path().join("state/nix/profiles")).expect("directories");
        symlink("state/nix/profile", root.path().join(".nix-profile")).expect("a link");
        symlink("profiles/profile", root.path().join("state/nix/profile")).expect("a link");
        symlink(
            "profile-3-link",
            root.path().join("state/nix/profiles/profile"),
        )
        .expect("a link");
        let profile = root.path().join("state/nix/profiles/profile");
        assert_eq!(find(root.path(), ".nix-profile").profile, profile);
        assert_eq!(find(root.path(), "state/nix/profile").profile, profile);
    }

    #[test]
    fn another_link_leads_to_the_same_profile() {
        let root = directory();
        symlink("own/profile", root.path().join(".nix-profile")).expect("a link");
        let found = find(root.path(), "state/nix/profile");
        assert_eq!(found.profile, root.path().join("own/profile"));
    }

    #[test]
    fn without_a_link_or_with_one_to_packages_it_is_the_fallback() {
        let root = directory();
        let fallback = root.path().join("fallback/profile");
        assert_eq!(find(root.path(), ".nix-profile").profile, fallback);
        std::fs::create_dir(root.path().join("packages")).expect("a directory");
        symlink("packages", root.path().join(".nix-profile")).expect("a link");
        assert_eq!(find(root.path(), ".nix-profile").profile, fallback);
    }
}
