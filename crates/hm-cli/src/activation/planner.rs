//! Plans a switch against the home as it is at the moment.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use hm_activate::files::RealFiles;
use hm_activate::generation::Generation;
use hm_activate::profile;
use hm_plan::{Action, HomeView, Kind, ManagedTree, Plan, Request, SwitchPlan};

use super::{home, words};
use crate::commands::Context;
use crate::report::Failure;
use crate::user_profile::UserProfile;

/// Plans a switch to one generation.
pub struct Planner<'a> {
    pub context: &'a Context,
    pub new: Generation,
    /// Its number, if it is a generation of the profile already.
    number: Option<u64>,
    /// The files that are linked, by the text of the root: reading them takes time.
    old: RefCell<Option<(Option<PathBuf>, Option<ManagedTree>)>>,
    /// Where the packages are installed; `None` if the system does that.
    user_profile: Option<UserProfile>,
}

impl<'a> Planner<'a> {
    pub fn new(context: &'a Context, new: Generation, number: Option<u64>) -> Planner<'a> {
        let manifest = new.manifest.as_ref();
        Planner {
            user_profile: UserProfile::of_generation(&context.settings, manifest),
            context,
            new,
            number,
            old: RefCell::default(),
        }
    }

    /// Plans everything.
    ///
    /// # Errors
    /// When the home, the profile or the generation cannot be read.
    pub fn plan(&self) -> Result<SwitchPlan, Failure> {
        use hm_activate::Planner as _;

        let blocks = self.new.manifest.iter().flat_map(|known| &known.blocks);
        Ok(SwitchPlan {
            files: self.files()?,
            packages: if self.new.is_native() {
                self.packages()?
            } else {
                Vec::new()
            },
            commit: if self.uninstalls() {
                self.uninstall()?
            } else {
                self.commit()?
            },
            blocks: blocks
                .filter(|block| !block.native)
                .map(|block| block.name.clone())
                .collect(),
        })
    }

    /// Returns where the packages are installed.
    pub fn user_profile(&self) -> Option<&UserProfile> {
        self.user_profile.as_ref()
    }

    /// Whether the generation removes Home Manager.
    pub fn uninstalls(&self) -> bool {
        let manifest = self.new.manifest.as_ref();
        manifest.is_some_and(|manifest| manifest.uninstall)
    }

    fn read_old(&self) -> Result<Option<ManagedTree>, Failure> {
        let settings = &self.context.settings;
        let text = std::fs::read_link(settings.current_home()).ok();
        if let Some((known, tree)) = &*self.old.borrow()
            && *known == text
        {
            return Ok(tree.clone());
        }
        let tree = home::linked(self.context)
            .into_files(&settings.home, &self.new.store_dir())
            .map_err(words::view)?;
        *self.old.borrow_mut() = Some((text, tree.clone()));
        Ok(tree)
    }
}

impl hm_activate::Planner for Planner<'_> {
    type Error = Failure;

    fn files(&self) -> Result<Plan, Failure> {
        plan_files(self.context, self.read_old()?.as_ref(), &self.new)
    }

    fn packages(&self) -> Result<Vec<Action>, Failure> {
        let Some(home_path) = self.new.home_path().filter(|_| !self.uninstalls()) else {
            return Ok(Vec::new());
        };
        let Some(into) = &self.user_profile else {
            return Ok(Vec::new());
        };
        let session = self.context.session()?;
        with_parents(session.install_packages(Some(&home_path), into)?)
    }

    fn uninstall(&self) -> Result<Vec<Action>, Failure> {
        let settings = &self.context.settings;
        let mut actions = match &self.user_profile {
            Some(profile) => {
                with_parents(self.context.session()?.install_packages(None, profile)?)?
            }
            None => Vec::new(),
        };
        let profile = settings.profile();
        let mut numbers = profile::numbers(&profile)
            .map_err(|error| Failure::io("read the generations of", &profile, &error))?;
        numbers.sort_unstable();
        let generations = numbers.into_iter();
        let links = [profile.clone()]
            .into_iter()
            .chain(generations.map(|number| profile::generation_link(&profile, number)))
            .chain([settings.current_home()]);
        actions.extend(links.filter_map(|path| {
            let target = std::fs::read_link(&path).ok()?;
            Some(Action::RemoveLink { path, target })
        }));
        Ok(actions)
    }

    fn commit(&self) -> Result<Vec<Action>, Failure> {
        let settings = &self.context.settings;
        let profile = settings.profile();
        let mut actions = match self.number {
            Some(number) => {
                let link = profile::generation_link(&profile, number);
                if link.symlink_metadata().is_err() {
                    return Err(Failure::new(format!("generation {number} was removed")));
                }
                profile::select(&profile, number)
            }
            None => {
                profile::set(&profile, &self.new.path)
                    .map_err(|error| Failure::io("read the generations of", &profile, &error))?
                    .0
            }
        };
        if self.new.is_native() {
            actions.extend(profile::set_link(&settings.current_home(), &self.new.path));
        }
        with_parents(actions)
    }

    fn protect(&self, batch: &[Action]) -> Result<(), Failure> {
        for action in batch {
            // Links with relative texts only lead to such links.
            if let Action::Link { path, target, .. } = action
                && target.is_absolute()
            {
                self.context.session()?.keep_alive(path)?;
            }
        }
        Ok(())
    }
}

/// Plans the files of a switch.
///
/// # Errors
/// When the home cannot be read.
pub fn plan_files(
    context: &Context,
    old: Option<&ManagedTree>,
    new: &Generation,
) -> Result<Plan, Failure> {
    let request = Request {
        home: &context.settings.home,
        store_dir: &new.store_dir(),
        old,
        new: &new.files,
        manifest: new.manifest.as_ref(),
        backup: &context.settings.backup,
    };
    hm_plan::plan(request, &RealFiles).map_err(words::view)
}

/// The actions, after those that make the directories above their paths.
fn with_parents(actions: Vec<Action>) -> Result<Vec<Action>, Failure> {
    let mut all = Vec::new();
    for action in &actions {
        create_parents(action.path(), &mut all)?;
    }
    all.extend(actions);
    Ok(all)
}

fn create_parents(path: &Path, actions: &mut Vec<Action>) -> Result<(), Failure> {
    let mut missing: Vec<&Path> = Vec::new();
    for ancestor in path.ancestors().skip(1) {
        if RealFiles.resolved_kind(ancestor).map_err(words::view)? == Some(Kind::Directory) {
            break;
        }
        missing.push(ancestor);
    }
    for directory in missing.into_iter().rev() {
        let action = Action::CreateDirectory {
            path: directory.to_owned(),
        };
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    Ok(())
}
