//! From a built generation to a switched home: plan, show, switch.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hm_activate::driver::{self, Script};
use hm_activate::effects::FileSystem;
use hm_activate::files::RealFiles;
use hm_activate::journal::{self, JournalError, Recovery};
use hm_activate::{SwitchError, SwitchFailure, SwitchRequest, profile};
use hm_plan::manifest::{self, Manifest};
use hm_plan::{
    Action, Backup, Collision, HomeView, Kind, ManagedTree, Note, Obstacle, Plan, Request,
    ViewError,
};
use nix_store::locks::{self, Lock};
use private_files::PrivateDirectory;

use crate::commands::Context;
use crate::printer::{BOLD, GONE, GOOD};
use crate::report::Failure;
use crate::settings::Settings;
use crate::user_profile::UserProfile;
use crate::{activation_script, changes, interrupt, own_program, shell_session};

/// The exit code after an interrupt, as shells have it.
const INTERRUPTED: u8 = 130;

/// Keeps two switches of one home apart, for as long as it lives.
pub struct HomeLock {
    _lock: Lock,
}

/// Takes the lock of the home, and brings order into what a switch that died has left.
///
/// # Errors
/// When another switch is under way, or when the order cannot be restored.
pub fn lock_home(context: &Context) -> Result<HomeLock, Failure> {
    let directory = context.settings.state_directory();
    let private = PrivateDirectory::make(&directory)
        .map_err(|error| Failure::io("use", &directory, &error))?;
    let path = directory.join("lock");
    // Refuses a link, or a file of another user.
    private
        .open_or_create("lock")
        .map_err(|error| Failure::io("open", &path, &error))?;
    let lock = wait_for_lock(&path)?;
    if locks::are_missing() {
        context.printer.note(format_args!(
            "there are no locks on the file system of {}: run one command at a time",
            path.display()
        ));
    }
    let _hold = interrupt::hold();
    match journal::recover(&context.settings.journal(), &FileSystem).map_err(journal_failure)? {
        None => {}
        Some(Recovery::Undone {
            generation,
            actions,
        }) => context.printer.note(format_args!(
            "an earlier switch to {generation} was cut off; what it had begun ({actions} steps) \
             was undone"
        )),
        Some(Recovery::Completed { generation }) => context.printer.note(format_args!(
            "an earlier switch to {generation} was cut off after it was complete; it was tidied up"
        )),
    }
    Ok(HomeLock { _lock: lock })
}

/// Waits a moment for the lock: a switch that was killed may have left a process that is only about
/// to become another program, and holds it until then.
fn wait_for_lock(path: &Path) -> Result<Lock, Failure> {
    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(20);
    let start = Instant::now();
    loop {
        match Lock::try_take(path) {
            Ok(Some(lock)) => return Ok(lock),
            Err(error) => return Err(Failure::new(error.to_string())),
            Ok(None) if start.elapsed() < PATIENCE => {
                std::thread::sleep(PAUSE);
            }
            Ok(None) => {
                return Err(Failure::new("another switch of this home is under way")
                    .hint("wait for it to end, then try again"));
            }
        }
    }
}

/// A generation as far as switching is concerned.
pub struct Generation {
    /// Its store path.
    pub path: PathBuf,
    /// What it says of itself, if it was made for a native engine.
    pub manifest: Option<Manifest>,
    /// The files that it manages.
    pub files: ManagedTree,
}

impl Generation {
    /// Reads a generation.
    ///
    /// # Errors
    /// When the path is not a generation, or not readable.
    pub fn read(path: &Path) -> Result<Generation, Failure> {
        let path = path
            .canonicalize()
            .map_err(|error| Failure::io("find", path, &error))?;
        if !driver::is_generation(&path) {
            return Err(Failure::new(format!(
                "{} is not a generation of a home: it has no activation script",
                path.display()
            )));
        }
        let manifest_path = path.join(manifest::FILE_NAME);
        let manifest = match std::fs::read(&manifest_path) {
            Ok(text) => Some(serde_json::from_slice::<Manifest>(&text).map_err(|error| {
                Failure::new(format!(
                    "{} is not understood: {error}",
                    manifest_path.display()
                ))
            })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::io("read", &manifest_path, &error)),
        };
        let root = path.join("home-files");
        let root = root
            .canonicalize()
            .map_err(|error| Failure::io("find", &root, &error))?;
        let files = ManagedTree::read(&RealFiles, &root).map_err(view_failure)?;
        Ok(Generation {
            path,
            manifest,
            files,
        })
    }

    /// Whether the engine does the core blocks of this generation.
    pub fn is_native(&self) -> bool {
        self.manifest
            .as_ref()
            .is_some_and(|manifest| manifest.version == 1 && manifest.driver == 1)
    }

    /// The environment of its packages.
    pub fn home_path(&self) -> Option<PathBuf> {
        self.path.join("home-path").canonicalize().ok()
    }
}

/// The generation whose files are linked now.
///
/// # Errors
/// When it is there but cannot be read.
pub fn current(context: &Context) -> Result<Option<Generation>, Failure> {
    let link = context.settings.current_home();
    match link.canonicalize() {
        Ok(path) => Generation::read(&path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("find", &link, &error)),
    }
}

/// Plans the files of a switch.
///
/// # Errors
/// When the home cannot be read.
pub fn plan_files(
    context: &Context,
    old: Option<&Generation>,
    new: &Generation,
) -> Result<Plan, Failure> {
    let store_dir = store_dir_of(&new.path);
    let request = Request {
        home: &context.settings.home,
        store_dir: &store_dir,
        old: old.map(|generation| &generation.files),
        new: &new.files,
        manifest: new.manifest.as_ref(),
        backup: &context.settings.backup,
    };
    hm_plan::plan(request, &RealFiles).map_err(view_failure)
}

/// The store that a store path lies in.
fn store_dir_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/nix/store")).to_owned()
}

/// What a switch to a generation would do, all of it.
pub struct Prepared {
    old: Option<Generation>,
    new: Generation,
    files: Plan,
    packages: Vec<Action>,
    commit: Vec<Action>,
    number: Option<u64>,
    script: Script,
    /// Where the packages are installed; `None` if the system does that.
    user_profile: Option<UserProfile>,
}

impl Prepared {
    /// Whether the home is just as the generation wants it.
    pub fn changes_nothing(&self) -> bool {
        self.files.actions.is_empty() && self.packages.is_empty() && self.commit.is_empty()
    }
}

/// Plans a whole switch. `number` is given when the generation is one of the profile already.
///
/// # Errors
/// When the home, the profile or the generation cannot be read, when the generation is somebody
/// else's, or when anything stands in the way.
pub fn prepare(context: &Context, path: &Path, number: Option<u64>) -> Result<Prepared, Failure> {
    let settings = &context.settings;
    let new = Generation::read(path)?;
    check_owner(context, &new)?;
    let script = activation_script::of(context, &new)?;
    let old = current(context)?;
    let files = plan_files(context, old.as_ref(), &new)?;
    if !files.collisions.is_empty() && new.is_native() {
        return Err(collision_failure(context, &files.collisions));
    }
    let profile = settings.profile();
    let (mut commit, number) = match number {
        Some(number) => (profile::select(&profile, number), number),
        None => profile::set(&profile, &new.path)
            .map_err(|error| Failure::io("read the generations of", &profile, &error))?,
    };
    let mut packages = Vec::new();
    let user_profile = UserProfile::of_generation(settings, new.manifest.as_ref());
    if new.is_native() {
        if let (Some(home_path), Some(into)) = (new.home_path(), &user_profile) {
            packages = context.session()?.install_packages(&home_path, into)?;
        }
        commit.extend(profile::set_link(&settings.current_home(), &new.path));
    }
    let mut directories = Vec::new();
    for action in packages.iter().chain(&commit) {
        create_parents(action.path(), &mut directories)?;
    }
    // Packages are installed first.
    let first = if packages.is_empty() {
        &mut commit
    } else {
        &mut packages
    };
    first.splice(0..0, directories);
    Ok(Prepared {
        old,
        new,
        files,
        packages,
        commit,
        number: Some(number),
        script,
        user_profile,
    })
}

/// The actions that make the directories above a path.
fn create_parents(path: &Path, actions: &mut Vec<Action>) -> Result<(), Failure> {
    let mut missing: Vec<&Path> = Vec::new();
    for ancestor in path.ancestors().skip(1) {
        if RealFiles.resolved_kind(ancestor).map_err(view_failure)? == Some(Kind::Directory) {
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

/// Refuses a generation that is made for another user or home.
fn check_owner(context: &Context, generation: &Generation) -> Result<(), Failure> {
    let Some(manifest) = &generation.manifest else {
        return Ok(());
    };
    let settings = &context.settings;
    if settings
        .environment
        .variable("SKIP_SANITY_CHECKS")
        .is_some()
    {
        return Ok(());
    }
    if manifest.username != settings.user {
        return Err(Failure::new(format!(
            "the configuration is for the user '{}', but this is '{}'",
            manifest.username, settings.user
        ))
        .hint("correct home.username in the configuration"));
    }
    let wanted = Path::new(&manifest.home_directory);
    let same = wanted == settings.home
        || match (wanted.canonicalize(), settings.home.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        };
    if !same {
        return Err(Failure::new(format!(
            "the configuration is for the home directory '{}', but this is '{}'",
            manifest.home_directory,
            settings.home.display()
        ))
        .hint("correct home.homeDirectory in the configuration"));
    }
    Ok(())
}

/// Shows what a switch would do.
///
/// # Errors
/// When nobody reads it.
pub fn show_plan(context: &Context, prepared: &Prepared) -> Result<(), Failure> {
    let printer = &context.printer;
    if prepared.changes_nothing() {
        printer.data("Nothing would change.")?;
    }
    for action in prepared
        .files
        .actions
        .iter()
        .chain(&prepared.packages)
        .chain(&prepared.commit)
    {
        printer.data(describe(&context.settings, action))?;
    }
    for block in blocks(&prepared.new) {
        printer.data(format_args!("run activation block {block}"))?;
    }
    show_notes(context, &prepared.files);
    Ok(())
}

/// The blocks that are the user's or the modules', not the engine's.
fn blocks(generation: &Generation) -> impl Iterator<Item = &str> {
    let blocks = generation
        .manifest
        .iter()
        .flat_map(|manifest| &manifest.blocks);
    blocks
        .filter(|block| !block.native)
        .map(|block| block.name.as_str())
}

fn describe(settings: &Settings, action: &Action) -> String {
    let path = settings.shown(action.path());
    match action {
        Action::CreateDirectory { .. } => format!("{GOOD}+{GOOD:#} make directory {path}"),
        Action::RemoveDirectory { .. } => format!("{GONE}-{GONE:#} remove directory {path}"),
        Action::Link {
            target,
            previous: None,
            ..
        } => format!("{GOOD}+{GOOD:#} link {path} -> {}", settings.shown(target)),
        Action::Link { target, .. } => {
            format!("~ relink {path} -> {}", settings.shown(target))
        }
        Action::RemoveLink { .. } => format!("{GONE}-{GONE:#} unlink {path}"),
        Action::Move {
            to, discard: false, ..
        } => format!("~ move {path} to {}", settings.shown(to)),
        Action::Move { discard: true, .. } => format!("{GONE}-{GONE:#} replace {path}"),
    }
}

fn show_notes(context: &Context, plan: &Plan) {
    for note in &plan.notes {
        match note {
            Note::IdenticalFile { path } => context.printer.note(format_args!(
                "{} has just the content that is wanted and stays a file of your own; to have it \
                 managed, remove it or use -b",
                context.settings.shown(path)
            )),
            Note::NotOurs { path } => context.printer.note(format_args!(
                "{} is no longer managed, but something else has taken its place; it is left alone",
                context.settings.shown(path)
            )),
        }
    }
}

/// Carries a switch out.
///
/// # Errors
/// When it fails; then what was done has been undone.
pub fn carry_out(context: &Context, prepared: &Prepared) -> Result<(), Failure> {
    let settings = &context.settings;
    let request = SwitchRequest {
        script: &prepared.script,
        files: &prepared.files.actions,
        packages: &prepared.packages,
        commit: &prepared.commit,
        journal: settings.journal(),
        interrupted: &interrupt::requested,
    };
    for action in prepared.packages.iter().chain(&prepared.commit) {
        // A link that does not come to be is no root either, so this can come first.
        if is_generation_link(action) {
            context.session()?.keep_alive(action.path())?;
        }
    }
    context.printer.clear_progress();
    if let Some(profile) = &prepared.user_profile {
        shell_session::write_files(settings, profile)?;
    }
    // The switch looks at the flag itself, and undoes what it has done.
    let _hold = interrupt::hold();
    hm_activate::switch(&request, &FileSystem).map_err(switch_failure)?;
    keep_program(context)?;
    show_notes(context, &prepared.files);
    if prepared.changes_nothing() {
        context.printer.status("Nothing has changed.");
    } else {
        show_summary(context, prepared)?;
    }
    if let Some(profile) = &prepared.user_profile {
        show_profile_notes(context, profile, prepared.new.is_native());
    }
    Ok(())
}

/// Says which generation is active now and what it changed.
fn show_summary(context: &Context, prepared: &Prepared) -> Result<(), Failure> {
    let number = prepared
        .number
        .map(|number| format!(" {number}"))
        .unwrap_or_default();
    let is_same = |old: &Generation| old.path == prepared.new.path;
    if prepared.old.as_ref().is_some_and(is_same) {
        context.printer.status(format_args!(
            "{BOLD}Generation{number}{BOLD:#} is in place again."
        ));
        return Ok(());
    }
    let difference = changes::compare(context, prepared.old.as_ref(), &prepared.new)?;
    let count = match changes::count(&difference) {
        count if count.is_empty() => "the same contents".to_owned(),
        count => count,
    };
    context.printer.status(format_args!(
        "{BOLD}Switched to generation{number}{BOLD:#}: {count}."
    ));
    for line in changes::names(&difference) {
        context.printer.status(line);
    }
    Ok(())
}

fn show_profile_notes(context: &Context, profile: &UserProfile, native: bool) {
    let settings = &context.settings;
    if let Some(refused) = &profile.refused {
        context.printer.note(format_args!(
            "{} led to {}, which you may not write to; it leads to {} now, with the same packages",
            settings.shown(&profile.link),
            settings.shown(refused),
            settings.shown(&profile.profile)
        ));
    }
    shell_session::advise(settings, &context.printer, profile, native);
}

/// Keeps a copy of this program where the package `home-manager` of the embedded set starts it, so
/// that it is there whatever becomes of the file that was run now.
fn keep_program(context: &Context) -> Result<(), Failure> {
    let kept = context.settings.state_directory().join("program");
    let Some(running) = own_program::path(&context.settings.environment) else {
        return Ok(());
    };
    let version = |path: &Path| {
        let metadata = path.metadata().ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    let (Some((size, time)), before) = (version(&running), version(&kept)) else {
        return Ok(());
    };
    if running == kept
        || before.is_some_and(|(kept_size, kept_time)| kept_size == size && kept_time >= time)
    {
        return Ok(());
    }
    let copy = |to: &mut File| std::io::copy(&mut File::open(&running)?, to).map(drop);
    let copied = private_files::of_new_file(&kept)
        .and_then(|(directory, name)| directory.replace(name, 0o755, copy));
    if let Err(error) = copied {
        // The home is complete without the copy, which may be too large for a quota.
        context.printer.note(format_args!(
            "the program was not copied to {}: {error}; the command home-manager of the profile \
             needs HOME_MANAGER_PROGRAM then, the path of the program",
            kept.display()
        ));
    }
    Ok(())
}

/// Whether a link leads to the store, so that its target has to be kept from being collected.
fn is_generation_link(action: &Action) -> bool {
    matches!(action, Action::Link { target, .. } if target.is_absolute())
}

/// Says what stands in the way of a managed file.
pub fn describe_obstacle(settings: &Settings, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::File => "a file with other content".to_owned(),
        Obstacle::Directory => "a directory that is not managed".to_owned(),
        Obstacle::Link => "a link to somewhere else".to_owned(),
        Obstacle::ParentNotDirectory => "not a directory, but has to be one".to_owned(),
        Obstacle::BackupExists(backup) => {
            format!("its backup {} exists already", settings.shown(backup))
        }
    }
}

/// All collisions, each with what it is, and what to do about them.
fn collision_failure(context: &Context, collisions: &[Collision]) -> Failure {
    let count = collisions.len();
    let mut message = if count == 1 {
        "a file of yours is in the way; nothing was changed".to_owned()
    } else {
        format!("{count} files of yours are in the way; nothing was changed")
    };
    for Collision { path, obstacle, .. } in collisions {
        let what = describe_obstacle(&context.settings, obstacle);
        let path = context.settings.shown(path);
        message.push_str(&format!("\n  {BOLD}{path}{BOLD:#}: {what}"));
    }
    let settings = &context.settings;
    let failure = Failure::new(message).hint(format!(
        "see how they differ with: {}",
        settings.command("diff")
    ));
    match &context.settings.backup {
        Backup::Refuse => failure
            .hint(format!(
                "move them out of the way with: {}",
                settings.command("switch -b backup")
            ))
            .hint("or set home.file.<name>.force = true for a file that may be replaced"),
        Backup::Extension { .. } => failure
            .hint(format!(
                "use another extension for this switch: {}",
                settings.command("switch -b EXT")
            ))
            .hint("or replace old backups with: HOME_MANAGER_BACKUP_OVERWRITE=1"),
    }
}

fn switch_failure(error: SwitchError) -> Failure {
    let SwitchError { cause, undo } = error;
    let mut failure = match cause {
        SwitchFailure::Journal(JournalError::Interrupted) => {
            Failure::new("interrupted").code(INTERRUPTED)
        }
        SwitchFailure::Journal(error) => journal_failure(error),
        SwitchFailure::Driver(error) => Failure::new(error.to_string()),
        SwitchFailure::Script { block, status } => {
            let failure = Failure::new(
                SwitchFailure::Script {
                    block: block.clone(),
                    status,
                }
                .to_string(),
            );
            match block {
                Some(name) => failure.hint(format!(
                    "what it printed is above; its text is in home.activation.{name}"
                )),
                None => failure,
            }
        }
    };
    failure = match undo {
        None => failure.note("every change to files and profiles was undone"),
        Some(error) => failure
            .note(format!("undoing failed as well: {error}"))
            .hint("mend that, then run: home-manager status"),
    };
    failure
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err as it is")]
fn journal_failure(error: JournalError) -> Failure {
    Failure::new(error.to_string())
}

/// A file that could not be looked at.
#[expect(clippy::needless_pass_by_value, reason = "passed to map_err as it is")]
pub fn view_failure(error: ViewError) -> Failure {
    Failure::new(error.to_string())
}
