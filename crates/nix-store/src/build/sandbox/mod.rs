//! Surroundings in which a builder sees only what it was promised: its inputs, a directory of its
//! own, and no network, home or other process.
//!
//! Here is what is prepared from outside: a directory beside the derivation (`….drv.chroot`, as
//! Nix's, so that outputs only have to be renamed) that becomes the builder's root. The launcher
//! does the rest in its own namespaces.

#[cfg(target_os = "linux")]
pub(super) mod enter;
#[cfg(target_os = "linux")]
pub(super) mod seccomp;
#[cfg(target_os = "linux")]
mod show;
pub(super) mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix_wire::StorePath;

use super::environment::Sources;
use super::hook;
use super::orders::{Mount, SandboxOrders};
use super::users::BuildUser;
use super::{BuildError, BuildOptions};
use crate::canonical;
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::modes;

/// Which builds are done in a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SandboxMode {
    /// None.
    #[default]
    Disabled,
    /// All but those with fixed outputs, and those that ask not to be (`__noChroot`).
    Relaxed,
    /// All; derivations that ask not to be are refused.
    Enabled,
}

impl SandboxMode {
    /// From the words of the setting `sandbox`: `true`, `false` or `relaxed`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<SandboxMode> {
        match word {
            "true" => Some(SandboxMode::Enabled),
            "false" => Some(SandboxMode::Disabled),
            "relaxed" => Some(SandboxMode::Relaxed),
            _ => None,
        }
    }
}

/// A file or directory of this machine that builders see in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SandboxPath {
    /// Where they see it.
    pub target: PathBuf,
    /// What they see.
    pub source: PathBuf,
    /// Whether it is no error when there is none.
    pub optional: bool,
}

impl SandboxPath {
    /// From one word of the setting `sandbox-paths`: `path` or `target=source`, and a question mark
    /// at the end when it may be missing.
    #[must_use]
    pub fn from_word(word: &str) -> SandboxPath {
        let (word, optional) = match word.strip_suffix('?') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let (target, source) = word.split_once('=').unwrap_or((word, word));
        SandboxPath {
            target: target.into(),
            source: source.into(),
            optional,
        }
    }
}

/// What sandboxes are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxOptions {
    /// Which builds have one.
    pub mode: SandboxMode,
    /// What else builders see there.
    pub paths: Vec<SandboxPath>,
    /// Whether to build without, and say so, where the kernel does not allow a sandbox.
    pub fallback: bool,
    /// What a builder's directory is called there.
    pub build_dir: PathBuf,
    /// The size of `/dev/shm`, as the file system `tmpfs` takes it.
    pub shared_memory: String,
    /// Below these, derivations may ask for files of this machine (`__impureHostDeps`).
    pub allowed_host_paths: Vec<PathBuf>,
    /// The file of certificates that builders with the network see.
    pub certificates: Option<PathBuf>,
}

impl Default for SandboxOptions {
    fn default() -> SandboxOptions {
        SandboxOptions {
            mode: SandboxMode::Disabled,
            paths: Vec::new(),
            fallback: true,
            build_dir: PathBuf::from("/build"),
            shared_memory: "50%".to_owned(),
            allowed_host_paths: Vec::new(),
            certificates: None,
        }
    }
}

/// User and group that builders see themselves as.
const USER: u32 = 1000;
const GROUP: u32 = 100;

/// The root of a builder; deleted when this is dropped.
pub(super) struct Chroot {
    outer: PathBuf,
    root: PathBuf,
    store_within: PathBuf,
    mounts: BTreeMap<PathBuf, Mount>,
    network: bool,
    /// Whether objects may appear later.
    grows: bool,
}

impl Chroot {
    /// Prepares the root for a builder whose directory is `build_directory`.
    pub(super) fn prepare(
        sources: &Sources<'_>,
        outputs: &BTreeSet<StorePath>,
        build_directory: &Path,
        user: Option<&BuildUser>,
    ) -> Result<Chroot, BuildError> {
        let store = sources.store;
        let options = &sources.options.sandbox;
        let store_dir = Path::new(store.store_dir().as_str());
        if store_dir.starts_with(&options.build_dir) {
            return Err(sources.bad("`sandbox-build-dir` must not contain the storeDir".to_owned()));
        }
        let mut outer = store.layout().real_path(sources.path).into_os_string();
        outer.push(".chroot");
        let outer = PathBuf::from(outer);
        canonical::delete(&outer)?;
        let mut chroot = Chroot {
            root: outer.join("root"),
            store_within: outer
                .join("root")
                .join(store_dir.strip_prefix("/").unwrap_or(store_dir)),
            outer,
            mounts: BTreeMap::new(),
            network: sources.has_network(),
            grows: sources.is_recursive(),
        };
        chroot.make_directories(options, user)?;
        chroot.choose_mounts(sources, outputs, build_directory, user)?;
        Ok(chroot)
    }

    fn make_directories(
        &self,
        options: &SandboxOptions,
        user: Option<&BuildUser>,
    ) -> Result<(), StoreError> {
        let make = |path: &Path, mode: u32| {
            fs::DirBuilder::new()
                .mode(0o700)
                .recursive(true)
                .create(path)
                .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
                .during("create directory", path)
        };
        let write = |name: &str, text: &str| {
            let path = self.root.join("etc").join(name);
            fs::write(&path, text)
                .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o644)))
                .during("write", &path)
        };
        make(&self.outer, 0o700)?;
        make(&self.root, 0o750)?;
        make(&self.root.join("tmp"), 0o1777)?;
        make(&self.root.join("etc"), 0o755)?;
        let build = options.build_dir.display();
        write(
            "passwd",
            &format!(
                "root:x:0:0:Nix build user:{build}:/noshell\n\
                 nixbld:x:{USER}:{GROUP}:Nix build user:{build}:/noshell\n\
                 nobody:x:65534:65534:Nobody:/:/noshell\n"
            ),
        )?;
        write(
            "group",
            &format!("root:x:0:\nnixbld:!:{GROUP}:\nnogroup:x:65534:\n"),
        )?;
        if self.network {
            // Only for names of machines and services: what else the system looks up would differ
            // from machine to machine.
            write("nsswitch.conf", "hosts: files dns\nservices: files\n")?;
        } else {
            write("hosts", "127.0.0.1 localhost\n::1 localhost\n")?;
        }
        let parents = self.store_within.parent().unwrap_or(&self.root);
        modes::create_dir_all(parents).during("create directory", parents)?;
        make(&self.store_within, 0o1775)?;
        if let Some(user) = user {
            // Root makes the sandbox. The builder may enter it, and add to the store.
            user.give_group(&self.root)?;
            user.give_group(&self.store_within)?;
            // Giving away takes the bit from the mode.
            make(&self.store_within, 0o1775)?;
        }
        Ok(())
    }

    fn choose_mounts(
        &mut self,
        sources: &Sources<'_>,
        outputs: &BTreeSet<StorePath>,
        build_directory: &Path,
        user: Option<&BuildUser>,
    ) -> Result<(), BuildError> {
        let store = sources.store;
        let options = &sources.options.sandbox;
        // Whoever owns the machine could write all of it.
        let is_owner = user.is_none() && rustix::process::geteuid().is_root();
        let hooked = hook::before_build(sources, &self.root)?;
        for path in options.paths.iter().chain(&hooked) {
            self.add(&path.target, &path.source, path.optional, !is_owner);
            for object in closure_of_source(store, &path.source)? {
                self.add_object(store, &object);
            }
        }
        for path in &sources.attributes.host_paths {
            if !options
                .allowed_host_paths
                .iter()
                .any(|allowed| path.starts_with(allowed))
            {
                return Err(sources.bad(format!(
                    "derivation '{}' requested impure path '{}', but it was not in \
                     allowed-impure-host-deps",
                    store.layout().print(sources.path),
                    path.display()
                )));
            }
            self.add(path, path, true, !is_owner);
        }
        self.add(&options.build_dir, build_directory, false, true);
        for input in sources.inputs {
            self.add_object(store, input);
        }
        for output in outputs {
            self.mounts.remove(Path::new(&store.layout().print(output)));
        }
        if self.network {
            for path in ["/etc/resolv.conf", "/etc/services", "/etc/hosts"] {
                if let Ok(source) = Path::new(path).canonicalize() {
                    self.add(Path::new(path), &source, true, false);
                }
            }
            let certificates = options.certificates.as_ref();
            if let Some(Ok(source)) = certificates.map(|path| path.canonicalize()) {
                let target = Path::new("/etc/ssl/certs/ca-certificates.crt");
                if !self.mounts.contains_key(target) {
                    self.add(target, &source, true, false);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, target: &Path, source: &Path, optional: bool, writable: bool) {
        // There is one in any case.
        if source == Path::new("/proc") {
            return;
        }
        self.mounts.insert(
            target.to_owned(),
            Mount {
                source: source.to_owned(),
                target: target.to_owned(),
                optional,
                writable,
            },
        );
    }

    /// A builder that is the owner of the store could change its objects.
    fn add_object(&mut self, store: &LocalStore, object: &StorePath) {
        let target = PathBuf::from(store.layout().print(object));
        let source = store.layout().real_path(object);
        self.add(&target, &source, false, false);
    }

    /// Prepares a root in which nothing of the machine is seen, to try whether there can be one.
    fn for_trial(
        store: &LocalStore,
        options: &SandboxOptions,
        outer: PathBuf,
        build_directory: &Path,
        user: Option<&BuildUser>,
    ) -> Result<Chroot, StoreError> {
        let root = outer.join("root");
        let store_dir = Path::new(store.store_dir().as_str());
        let mut chroot = Chroot {
            store_within: root.join(store_dir.strip_prefix("/").unwrap_or(store_dir)),
            root,
            outer,
            mounts: BTreeMap::new(),
            network: false,
            grows: false,
        };
        chroot.make_directories(options, user)?;
        chroot.add(&options.build_dir, build_directory, false, true);
        Ok(chroot)
    }

    /// What is the builder's root.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where an object that the builder makes is, seen from outside.
    pub(super) fn real_path(&self, object: &StorePath) -> PathBuf {
        self.store_within.join(object.base_name())
    }

    pub(super) fn orders(&self, user: Option<&BuildUser>, options: &BuildOptions) -> SandboxOrders {
        SandboxOrders {
            root: self.root.clone(),
            mounts: self.mounts.values().cloned().collect(),
            network: self.network,
            shared_memory: options.sandbox.shared_memory.clone(),
            devices: !self.mounts.contains_key(Path::new("/dev")),
            user: USER,
            group: GROUP,
            protect_kernel: user.is_none() && rustix::process::geteuid().is_root(),
            growing: self.grows.then(|| self.store_within.clone()),
        }
    }
}

impl Drop for Chroot {
    fn drop(&mut self) {
        // A directory that stays is deleted before the next build of the derivation.
        let _ = canonical::delete(&self.outer);
    }
}

/// When a path for all sandboxes is in the store, all that it refers to has to be there too.
fn closure_of_source(store: &LocalStore, source: &Path) -> Result<BTreeSet<StorePath>, StoreError> {
    let text = source.to_string_lossy();
    let Ok((object, _)) = store.store_dir().parse_within(&text) else {
        return Ok(BTreeSet::new());
    };
    if store.is_valid(&object)? {
        store.closure([&object])
    } else {
        Ok(BTreeSet::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_settings_are_understood() {
        assert_eq!(
            SandboxMode::from_word("relaxed"),
            Some(SandboxMode::Relaxed)
        );
        assert_eq!(SandboxMode::from_word("yes"), None);
        let path = |target: &str, source: &str, optional| SandboxPath {
            target: target.into(),
            source: source.into(),
            optional,
        };
        for (word, expected) in [
            ("/bin", path("/bin", "/bin", false)),
            ("/bin?", path("/bin", "/bin", true)),
            ("/bin/sh=/x/busybox", path("/bin/sh", "/x/busybox", false)),
            ("/bin/sh=/x/busybox?", path("/bin/sh", "/x/busybox", true)),
        ] {
            assert_eq!(SandboxPath::from_word(word), expected);
        }
    }
}
