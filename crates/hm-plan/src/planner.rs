//! From two trees and a home to a plan.
//!
//! The order of a plan's actions is chosen so that no managed file is missing for longer than it
//! must be: what is in the way goes first, then links are made or replaced (each by one rename),
//! and only then is removed what the new generation no longer has.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::collision::{Collision, Obstacle};
use crate::manifest::Manifest;
use crate::serde_path;
use crate::tree::{ManagedTree, is_managed_link};
use crate::view::{HomeView, Kind, ViewError};

/// How many bytes of a file's name are kept in the name under which it is moved aside: file systems
/// allow 255.
const LONGEST_STEM: usize = 220;

/// What happens to the user's own files that stand in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Backup {
    /// They are collisions: nothing is changed.
    #[default]
    Refuse,
    /// They are moved to `NAME.EXTENSION`.
    Extension {
        /// Without the dot.
        extension: String,
        /// Whether an older backup of that name is replaced.
        overwrite: bool,
    },
}

/// What is asked of the planner.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The home directory.
    pub home: &'a Path,
    /// The directory of the store.
    pub store_dir: &'a Path,
    /// What is linked now, if anything.
    pub old: Option<&'a ManagedTree>,
    /// What is to be linked.
    pub new: &'a ManagedTree,
    /// Which files are forced.
    pub manifest: Option<&'a Manifest>,
    /// What happens to files in the way.
    pub backup: &'a Backup,
}

/// Something that the plan leaves as it is, and the user may want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "note")]
pub enum Note {
    /// A regular file with just the content of the managed one stays in its place.
    IdenticalFile {
        /// The file.
        #[serde(with = "serde_path")]
        path: PathBuf,
    },
    /// A file of the old generation was replaced by the user and is not removed.
    NotOurs {
        /// The file.
        #[serde(with = "serde_path")]
        path: PathBuf,
    },
}

/// What a switch would do to the files of a home.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The steps, in order.
    pub actions: Vec<Action>,
    /// What stands in the way; a plan with collisions must not be carried out.
    pub collisions: Vec<Collision>,
    /// What is left alone.
    pub notes: Vec<Note>,
    /// How many managed files are linked already.
    pub unchanged: usize,
}

/// All that a switch would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPlan {
    /// What is done to files.
    pub files: Plan,
    /// What is done to the user's profile of packages.
    pub packages: Vec<Action>,
    /// What makes the generation the current one.
    pub commit: Vec<Action>,
    /// The activation blocks that run, in order, but for those that the engine does.
    pub blocks: Vec<String>,
}

impl SwitchPlan {
    /// Whether there is nothing to do but to run the blocks.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        self.actions().next().is_none()
    }

    /// Returns all actions, those about files first.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        let files = self.files.actions.iter();
        files.chain(&self.packages).chain(&self.commit)
    }
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.collisions.is_empty()
    }
}

/// Compares a home with what a generation wants.
///
/// # Errors
/// When the home or one of the trees cannot be read.
pub fn plan(request: Request<'_>, view: &dyn HomeView) -> Result<Plan, ViewError> {
    let mut planner = Planner {
        request,
        view,
        clear: Vec::new(),
        directories: Vec::new(),
        links: Vec::new(),
        cleanup: Vec::new(),
        plan: Plan::default(),
        gone: BTreeSet::new(),
        made: BTreeSet::new(),
        blocked: BTreeMap::new(),
    };
    for leaf in &request.new.leaves {
        planner.place(leaf)?;
    }
    planner.remove_old_leaves()?;
    Ok(planner.finish())
}

struct Planner<'a> {
    request: Request<'a>,
    view: &'a dyn HomeView,
    /// Moves what is in the way.
    clear: Vec<Action>,
    directories: Vec<Action>,
    links: Vec<Action>,
    /// Removes what is no longer managed.
    cleanup: Vec<Action>,
    plan: Plan,
    /// Paths that will be gone when links are made.
    gone: BTreeSet<PathBuf>,
    /// Directories that are known to be there when links are made.
    made: BTreeSet<PathBuf>,
    /// Parents that are in the way, so that each is told once.
    blocked: BTreeMap<PathBuf, bool>,
}

impl Planner<'_> {
    /// Plans the link for one leaf of the new generation.
    fn place(&mut self, leaf: &Path) -> Result<(), ViewError> {
        let path = self.request.home.join(leaf);
        let target = self.request.new.link_target(leaf);
        if let Some(parent) = leaf.parent()
            && !self.make_parents(parent, leaf)?
        {
            return Ok(());
        }
        match self.kind(&path)? {
            Kind::Absent => self.link(path, target, None),
            Kind::Link(text) if self.is_ours(&text) => {
                if text == target {
                    self.plan.unchanged += 1;
                } else {
                    self.link(path, target, Some(text));
                }
            }
            Kind::Link(text) => {
                // A link that leads nowhere is the user's as well: its target may come back.
                if self.view.same_content(&path, &target)? {
                    self.link(path, target, Some(text));
                } else if self.clear_away(&path, leaf, Obstacle::Link)? {
                    self.link(path, target, None);
                }
            }
            Kind::File => {
                let same = self.view.same_content(&path, &target)?;
                let left_alone =
                    same && *self.request.backup == Backup::Refuse && !self.is_forced(leaf);
                if left_alone {
                    self.plan.notes.push(Note::IdenticalFile { path });
                } else if self.clear_away(&path, leaf, Obstacle::File)? {
                    self.link(path, target, None);
                }
            }
            Kind::Directory => {
                if self.empties_itself(&path, leaf)?
                    || self.clear_away(&path, leaf, Obstacle::Directory)?
                {
                    self.link(path, target, None);
                }
            }
        }
        Ok(())
    }

    /// Sees to it that the directory of a leaf is there. False when it cannot be.
    fn make_parents(&mut self, directory: &Path, leaf: &Path) -> Result<bool, ViewError> {
        let mut path = self.request.home.to_owned();
        for component in directory.components() {
            path.push(component);
            if self.made.contains(&path) {
                continue;
            }
            if let Some(usable) = self.blocked.get(&path) {
                return Ok(*usable);
            }
            let create = match self.kind(&path)? {
                Kind::Directory => false,
                Kind::Absent => true,
                Kind::Link(text) if self.is_ours(&text) => {
                    // A directory that was one link becomes a real one.
                    self.clear.push(Action::RemoveLink {
                        path: path.clone(),
                        target: text,
                    });
                    self.gone.insert(path.clone());
                    true
                }
                Kind::Link(_) if self.view.resolved_kind(&path)? == Some(Kind::Directory) => {
                    // The user's own link to a directory is followed.
                    false
                }
                Kind::Link(_) | Kind::File => {
                    let cleared = self.clear_away_as(&path, leaf, Obstacle::ParentNotDirectory)?;
                    if !cleared {
                        self.blocked.insert(path, false);
                        return Ok(false);
                    }
                    true
                }
            };
            if create {
                self.directories
                    .push(Action::CreateDirectory { path: path.clone() });
            }
            self.made.insert(path.clone());
        }
        Ok(true)
    }

    /// What stands at a path once what is planned so far has been done.
    fn kind(&self, path: &Path) -> Result<Kind, ViewError> {
        let vanished = path
            .ancestors()
            .any(|ancestor| self.gone.contains(ancestor));
        if vanished {
            Ok(Kind::Absent)
        } else {
            self.view.kind(path)
        }
    }

    fn is_ours(&self, text: &Path) -> bool {
        is_managed_link(self.request.store_dir, text)
            || self
                .request
                .old
                .is_some_and(|old| text.starts_with(&old.root))
    }

    fn is_forced(&self, leaf: &Path) -> bool {
        self.request
            .manifest
            .is_some_and(|manifest| manifest.is_forced(leaf))
    }

    fn link(&mut self, path: PathBuf, target: PathBuf, previous: Option<PathBuf>) {
        self.links.push(Action::Link {
            path,
            target,
            previous,
        });
    }

    /// Moves what is in the way of a leaf to its backup, or tells of a collision. True when the
    /// place will be free.
    fn clear_away(
        &mut self,
        path: &Path,
        leaf: &Path,
        obstacle: Obstacle,
    ) -> Result<bool, ViewError> {
        if !self.is_forced(leaf) {
            return self.clear_away_as(path, leaf, obstacle);
        }
        if let Some(part) = self.view.undeletable(path)? {
            self.collide(path, leaf, Obstacle::Undeletable(part));
            return Ok(false);
        }
        self.replace(path)?;
        self.gone.insert(path.to_owned());
        Ok(true)
    }

    /// Plans to move something aside that is deleted once the switch is complete.
    fn replace(&mut self, path: &Path) -> Result<(), ViewError> {
        let to = self.free_name(path)?;
        self.clear.push(Action::Move {
            from: path.to_owned(),
            to,
            discard: true,
        });
        Ok(())
    }

    /// Returns a name beside `path` that nothing has yet. It is short enough for any file system.
    fn free_name(&self, path: &Path) -> Result<PathBuf, ViewError> {
        let mut stem = path.file_name().unwrap_or_default().as_bytes();
        stem = &stem[..stem.len().min(LONGEST_STEM)];
        let mut number = 0_u32;
        loop {
            let mut name = OsString::from_vec(stem.to_vec());
            name.push(".home-manager-replaced");
            if number > 0 {
                name.push(format!("-{number}"));
            }
            let candidate = path.with_file_name(name);
            let is_planned = self
                .clear
                .iter()
                .any(|action| matches!(action, Action::Move { to, .. } if *to == candidate));
            if !is_planned && self.view.kind(&candidate)? == Kind::Absent {
                return Ok(candidate);
            }
            number += 1;
        }
    }

    fn collide(&mut self, path: &Path, leaf: &Path, obstacle: Obstacle) {
        self.plan.collisions.push(Collision {
            path: path.to_owned(),
            source: self.request.new.link_target(leaf),
            obstacle,
        });
    }

    fn clear_away_as(
        &mut self,
        path: &Path,
        leaf: &Path,
        obstacle: Obstacle,
    ) -> Result<bool, ViewError> {
        let obstacle = match self.request.backup {
            Backup::Refuse => obstacle,
            Backup::Extension {
                extension,
                overwrite,
            } => {
                let to = with_suffix(path, &format!(".{extension}"));
                let taken = self.view.kind(&to)? != Kind::Absent;
                if taken && !overwrite {
                    Obstacle::BackupExists(to)
                } else {
                    if taken {
                        if let Some(part) = self.view.undeletable(&to)? {
                            self.collide(path, leaf, Obstacle::Undeletable(part));
                            return Ok(false);
                        }
                        self.replace(&to)?;
                    }
                    // A backup holds what is the user's: links of ours in it would dangle one day.
                    if self.view.kind(path)? == Kind::Directory {
                        let mut removal = Vec::new();
                        self.collect_removal(path, &mut removal)?;
                        self.clear.extend(removal);
                    }
                    self.clear.push(Action::Move {
                        from: path.to_owned(),
                        to,
                        discard: false,
                    });
                    self.gone.insert(path.to_owned());
                    return Ok(true);
                }
            }
        };
        self.collide(path, leaf, obstacle);
        Ok(false)
    }

    /// Whether a directory holds nothing but links of the old generation, so that it can be
    /// replaced by one link; then its removal is planned.
    fn empties_itself(&mut self, directory: &Path, leaf: &Path) -> Result<bool, ViewError> {
        let managed_before = self
            .request
            .old
            .is_some_and(|old| old.has_leaves_below(leaf));
        if !managed_before {
            return Ok(false);
        }
        let mut removal = Vec::new();
        if !self.collect_removal(directory, &mut removal)? {
            return Ok(false);
        }
        removal.push(Action::RemoveDirectory {
            path: directory.to_owned(),
        });
        self.clear.extend(removal);
        self.gone.insert(directory.to_owned());
        Ok(true)
    }

    /// Collects the removal of all links of ours below a directory, and of the directories that
    /// this empties. True when nothing else is in it.
    fn collect_removal(
        &self,
        directory: &Path,
        removal: &mut Vec<Action>,
    ) -> Result<bool, ViewError> {
        let mut emptied = true;
        for name in self.view.entries(directory)? {
            let path = directory.join(name);
            match self.view.kind(&path)? {
                Kind::Link(target) if self.is_ours(&target) => {
                    removal.push(Action::RemoveLink { path, target });
                }
                Kind::Directory if self.collect_removal(&path, removal)? => {
                    removal.push(Action::RemoveDirectory { path });
                }
                _ => emptied = false,
            }
        }
        Ok(emptied)
    }

    /// Plans the removal of what only the old generation has, and of directories left empty.
    fn remove_old_leaves(&mut self) -> Result<(), ViewError> {
        let Some(old) = self.request.old else {
            return Ok(());
        };
        let mut removed: BTreeSet<PathBuf> = BTreeSet::new();
        for leaf in old.leaves.difference(&self.request.new.leaves) {
            let path = self.request.home.join(leaf);
            if self.kind_follows_gone(&path) {
                continue;
            }
            // A parent that is the user's link to a directory is followed; one that is our link
            // belongs to a new leaf.
            match self.view.kind(&path)? {
                Kind::Link(target) if self.is_ours(&target) && !self.is_new_place(leaf) => {
                    self.cleanup.push(Action::RemoveLink {
                        path: path.clone(),
                        target,
                    });
                    removed.insert(path);
                }
                Kind::Absent => {}
                Kind::Link(_) | Kind::File | Kind::Directory => {
                    if !self.is_new_place(leaf) {
                        self.plan.notes.push(Note::NotOurs { path });
                    }
                }
            }
        }
        self.remove_empty_directories(removed)
    }

    fn kind_follows_gone(&self, path: &Path) -> bool {
        path.ancestors()
            .any(|ancestor| self.gone.contains(ancestor))
    }

    /// Whether the new generation has something at this place, above it or below it.
    fn is_new_place(&self, leaf: &Path) -> bool {
        let new = self.request.new;
        leaf.ancestors()
            .any(|ancestor| new.leaves.contains(ancestor))
            || new.has_leaves_below(leaf)
    }

    fn remove_empty_directories(
        &mut self,
        mut removed: BTreeSet<PathBuf>,
    ) -> Result<(), ViewError> {
        let home = self.request.home;
        let mut candidates: BTreeSet<PathBuf> = BTreeSet::new();
        for path in &removed {
            candidates.extend(
                path.ancestors()
                    .skip(1)
                    .take_while(|ancestor| *ancestor != home)
                    .map(Path::to_owned),
            );
        }
        // Deepest first: a directory is empty once its subdirectories are gone.
        let mut ordered: Vec<PathBuf> = candidates.into_iter().collect();
        ordered.sort_by_key(|path| std::cmp::Reverse(path.components().count()));
        for directory in ordered {
            let relative = directory.strip_prefix(home).unwrap_or(&directory);
            if self.request.new.has_leaves_below(relative)
                || self.view.kind(&directory)? != Kind::Directory
            {
                continue;
            }
            let empty = self
                .view
                .entries(&directory)?
                .into_iter()
                .all(|name| removed.contains(&directory.join(name)));
            if empty {
                removed.insert(directory.clone());
                self.cleanup
                    .push(Action::RemoveDirectory { path: directory });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Plan {
        let mut actions = self.clear;
        actions.append(&mut self.directories);
        actions.append(&mut self.links);
        actions.append(&mut self.cleanup);
        Plan {
            actions,
            ..self.plan
        }
    }
}

/// The path with something appended to its last component.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
