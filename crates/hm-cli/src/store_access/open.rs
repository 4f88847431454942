//! Stores by their names: this machine's, a daemon's, another machine's, a cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix_cache::{BinaryCache, CacheOptions};
use nix_daemon::{
    DaemonOptions, DaemonStore, ServeStore, SocketTransport, SshOptions, SshTransport,
};
use nix_store::store::{DummyStore, Store, StoreKind, StoreReference};
use nix_store::{Layout, LocalStore};
use nix_wire::StoreDir;

use super::{StoreAccess, boolean, parse, store_dir};
use crate::environment::Environment;
use crate::report::Failure;

/// Settings that are this program's own affair, or that are sent to daemons in another way.
const NOT_SENT: &[&str] = &[
    "cores",
    "experimental-features",
    "fallback",
    "keep-failed",
    "keep-going",
    "max-jobs",
    "max-silent-time",
    "nix-path",
    "plugin-files",
    "show-trace",
    "store",
    "substitute",
];

/// What names of stores are relative to.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The local store, which `local` and parameters are about.
    pub(super) layout: Layout,
    /// The local store of somebody who may not write that one, where no daemon answers.
    own: Option<Layout>,
    /// Where the daemon is.
    pub(super) socket: PathBuf,
    ssh: SshOptions,
}

impl Places {
    /// `layout` is the local store that the surroundings name; when nobody named one, the user may
    /// have one of their own.
    pub(super) fn new(environment: &Environment, layout: &Layout) -> Places {
        let system = Layout::system();
        // Only a store that nobody has named is below the user's data.
        let is_own = *layout != system
            && environment.variable("NIX_STORE_DIR").is_none()
            && environment.variable("NIX_STATE_DIR").is_none()
            && environment
                .data_home()
                .is_some_and(|data| same_file(&layout.real_store_dir, &data.join("nix/store")));
        let (layout, own) = if is_own {
            (system, Some(layout.clone()))
        } else {
            (layout.clone(), None)
        };
        Places {
            socket: environment
                .path("NIX_DAEMON_SOCKET_PATH")
                .unwrap_or_else(|| layout.state_dir.join("daemon-socket/socket")),
            ssh: SshOptions {
                program: None,
                options: environment
                    .text("NIX_SSHOPTS")
                    .map(|options| words(&options))
                    .unwrap_or_default(),
                temporary_directory: environment
                    .path("XDG_RUNTIME_DIR")
                    .or_else(|| environment.path("TMPDIR"))
                    .unwrap_or_else(|| PathBuf::from("/tmp")),
            },
            layout,
            own,
        }
    }

    /// Which store `auto` is: the local one when it can be written or made, else the daemon's when
    /// there is one.
    fn auto_is_daemon(&self) -> bool {
        let layout = &self.layout;
        let missing = !layout.real_store_dir.exists() && !layout.state_dir.exists();
        let usable = layout.is_writable() || (missing && self.own.is_none());
        !usable && self.socket.exists()
    }

    /// Where the local store `auto` is.
    fn auto(&self) -> &Layout {
        match &self.own {
            Some(own) if !self.layout.is_writable() => own,
            _ => &self.layout,
        }
    }
}

fn same_file(first: &Path, second: &Path) -> bool {
    let canonical = |path: &Path| {
        // Of what is not there yet, that in which it will be.
        path.ancestors().find_map(|part| {
            let rest = path.strip_prefix(part).ok()?;
            Some(part.canonicalize().ok()?.join(rest))
        })
    };
    first == second || canonical(first) == canonical(second)
}

impl StoreAccess {
    /// The socket of the daemon.
    pub fn socket(&self) -> &Path {
        &self.places.socket
    }

    /// The store that the settings name by `store` or `NIX_REMOTE`, and where its files are called
    /// to be. Nothing is connected yet.
    ///
    /// # Errors
    /// When the name is none, or of a kind of store that is not known here.
    pub fn usual(&self) -> Result<(Arc<dyn Store>, Layout), Failure> {
        self.named(&self.setting("store").unwrap_or_default())
    }

    /// A store by its name, and where its files are called to be. One that keeps nothing
    /// (`dummy://`) is where its objects would be.
    ///
    /// # Errors
    /// When the name is none, or of a kind of store that is not known here.
    pub fn named(&self, name: &str) -> Result<(Arc<dyn Store>, Layout), Failure> {
        let reference = parse(name)?;
        if matches!(&reference.kind, StoreKind::Address { scheme, .. } if scheme == "dummy") {
            return self.local(self.local_layout(&reference)?);
        }
        let store = self.open_reference(&reference)?;
        let layout = match store.as_local() {
            Some(local) => local.layout().clone(),
            None => Layout {
                store_dir: store.store_dir().clone(),
                ..self.places.layout.clone()
            },
        };
        Ok((store, layout))
    }

    /// The store of a name: `auto`, `daemon`, `local?root=…`, a directory, `unix://…`,
    /// `ssh-ng://…`, `ssh://…`, `file://…`, `https://…`, `s3://…`. Nothing is connected yet.
    ///
    /// # Errors
    /// When the name is none, or of a kind of store that is not known here.
    pub fn open(&self, name: &str) -> Result<Arc<dyn Store>, Failure> {
        self.open_reference(&parse(name)?)
    }

    /// As [`StoreAccess::open`].
    ///
    /// # Errors
    /// When it is a kind of store that is not known here.
    pub fn open_reference(&self, reference: &StoreReference) -> Result<Arc<dyn Store>, Failure> {
        if let Some(cache) = self.open_cache(reference)? {
            return Ok(Arc::new(cache));
        }
        let places = &self.places;
        match &reference.kind {
            StoreKind::Auto if !reference.parameters.is_empty() => {
                self.local_as(self.local_layout(reference)?, reference)
            }
            StoreKind::Auto if places.auto_is_daemon() => self.daemon(&places.socket, reference),
            StoreKind::Auto => self.local_as(places.auto().clone(), reference),
            StoreKind::Daemon => self.daemon(&places.socket, reference),
            StoreKind::Local => self.local_as(places.auto().clone(), reference),
            StoreKind::Address { scheme, authority } => match scheme.as_str() {
                "local" => self.local_as(self.local_layout(reference)?, reference),
                "unix" if authority.is_empty() => self.daemon(&places.socket, reference),
                "unix" => self.daemon(Path::new(authority), reference),
                "ssh-ng" => self.daemon_by_ssh(authority, reference, None),
                "mounted-ssh-ng" => self.mounted_by_ssh(authority, reference),
                "ssh" => self.serve_by_ssh(authority, reference),
                "dummy" => Ok(Arc::new(DummyStore::new(self.store_dir(reference)?))),
                _ => Err(Failure::new(format!(
                    "don't know how to open Nix store '{reference}'"
                ))),
            },
        }
    }

    /// Fails unless an experimental feature is enabled.
    fn require_feature(&self, feature: &str) -> Result<(), Failure> {
        let features = self.setting("experimental-features").unwrap_or_default();
        if features.split_whitespace().any(|word| word == feature) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "experimental Nix feature '{feature}' is disabled; add \
             '--extra-experimental-features {feature}' to enable it"
        )))
    }

    fn store_dir(&self, reference: &StoreReference) -> Result<StoreDir, Failure> {
        match reference.parameter("store") {
            Some(directory) => store_dir(directory),
            None => Ok(self.places.layout.store_dir.clone()),
        }
    }

    /// The local store there.
    ///
    /// # Errors
    /// When a key that is to be trusted or to sign with cannot be had.
    pub fn local(&self, layout: Layout) -> Result<(Arc<dyn Store>, Layout), Failure> {
        let store = LocalStore::new(layout.clone());
        self.prepare(&store)?;
        Ok((Arc::new(store), layout))
    }

    fn local_as(
        &self,
        layout: Layout,
        reference: &StoreReference,
    ) -> Result<Arc<dyn Store>, Failure> {
        let store = LocalStore::new(layout);
        if boolean(reference, "read-only")? == Some(true) {
            self.require_feature("read-only-local-store")?;
            store.set_read_only();
        }
        self.prepare_as(&store, reference)?;
        Ok(Arc::new(store))
    }

    fn daemon(&self, socket: &Path, reference: &StoreReference) -> Result<Arc<dyn Store>, Failure> {
        let store_dir = self.store_dir(reference)?;
        let mut options = self.daemon_options();
        let relative = store_dir.as_str().trim_start_matches('/');
        options.real_store_dir = Some(
            match reference.parameter("root").filter(|root| !root.is_empty()) {
                Some(root) => Path::new(root).join(relative),
                None => PathBuf::from(store_dir.as_str()),
            },
        );
        options.log_dir = Some(self.places.layout.log_dir.clone());
        let name = if socket == self.places.socket {
            "daemon".to_owned()
        } else {
            reference.to_string()
        };
        let transport = Box::new(SocketTransport::new(socket));
        Ok(Arc::new(DaemonStore::new(
            name, store_dir, transport, options,
        )))
    }

    /// A daemon on another machine, whose files this one sees too.
    fn mounted_by_ssh(
        &self,
        authority: &str,
        reference: &StoreReference,
    ) -> Result<Arc<dyn Store>, Failure> {
        self.require_feature("mounted-ssh-store")?;
        let layout = self.local_layout(&StoreReference {
            kind: StoreKind::Local,
            parameters: reference.parameters.clone(),
        })?;
        self.daemon_by_ssh(authority, reference, Some(layout.real_store_dir))
    }

    fn daemon_by_ssh(
        &self,
        authority: &str,
        reference: &StoreReference,
        mounted: Option<PathBuf>,
    ) -> Result<Arc<dyn Store>, Failure> {
        let transport = self.ssh(authority, reference, "nix-daemon", &["--stdio"])?;
        Ok(Arc::new(DaemonStore::new(
            reference.to_string(),
            self.store_dir(reference)?,
            Box::new(transport),
            DaemonOptions {
                send_options: false,
                real_store_dir: mounted,
                ..self.daemon_options()
            },
        )))
    }

    fn serve_by_ssh(
        &self,
        authority: &str,
        reference: &StoreReference,
    ) -> Result<Arc<dyn Store>, Failure> {
        let transport = self.ssh(authority, reference, "nix-store", &["--serve", "--write"])?;
        let store = ServeStore::new(
            reference.to_string(),
            self.store_dir(reference)?,
            Box::new(transport.with_errors()),
        );
        // What `ssh` itself says, or the program there of what is no build.
        Ok(Arc::new(store.with_listener(Arc::new(|line| {
            crate::terminal::say(&String::from_utf8_lossy(line));
        }))))
    }

    fn ssh(
        &self,
        authority: &str,
        reference: &StoreReference,
        program: &str,
        arguments: &[&str],
    ) -> Result<SshTransport, Failure> {
        SshTransport::new(reference, authority, program, arguments, &self.places.ssh)
            .map_err(|error| Failure::new(error.to_string()))
    }

    /// What daemons are told: the settings that somebody has set.
    fn daemon_options(&self) -> DaemonOptions {
        let mut options = DaemonOptions::new();
        options.options.use_substitutes = self.is("substitute", true);
        options.options.others = self
            .settings
            .iter()
            .filter(|(name, _)| !NOT_SENT.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        options
    }

    pub(super) fn open_cache(
        &self,
        reference: &StoreReference,
    ) -> Result<Option<BinaryCache>, Failure> {
        let StoreKind::Address { scheme, authority } = &reference.kind else {
            return Ok(None);
        };
        if !matches!(scheme.as_str(), "file" | "http" | "https" | "s3") {
            return Ok(None);
        }
        let failed = |error: nix_cache::CacheError| Failure::new(error.to_string());
        let mut options = CacheOptions::from_parameters(&reference.parameters).map_err(failed)?;
        if let Some(directory) = self.environment.path("TMPDIR") {
            options.temporary_directory = directory;
        }
        let mut url = if scheme == "file" {
            // A path as it is typed becomes one of a URL.
            let path = nix_transfer::url::encode(authority.as_bytes(), b"/+:@!$&'()*,;=%");
            format!("file://{path}")
        } else {
            format!("{scheme}://{authority}")
        };
        if scheme == "s3" {
            let place: Vec<String> = ["region", "endpoint", "scheme"]
                .iter()
                .filter_map(|name| {
                    let value = reference.parameter(name)?;
                    let value = nix_transfer::url::encode(value.as_bytes(), b":/");
                    Some(format!("{name}={value}"))
                })
                .collect();
            if !place.is_empty() {
                url = format!("{url}?{}", place.join("&"));
            }
        }
        let store_dir = self.store_dir(reference)?;
        // Nothing is gained by remembering what is on the disk, unless it is to be as if it were
        // on a server that only gives files out, as Nix's tests want it.
        let as_elsewhere =
            scheme == "file" && self.environment.text("_NIX_FORCE_HTTP").as_deref() == Some("1");
        options.read_only = as_elsewhere;
        let remembered = scheme != "file" || as_elsewhere;
        Ok(Some(BinaryCache::new(
            &url,
            store_dir,
            self.client().clone(),
            options,
            remembered.then(|| Arc::clone(&self.lookups)),
        )))
    }

    fn local_layout(&self, reference: &StoreReference) -> Result<Layout, Failure> {
        let mut layout = self.places.layout.clone();
        let from_authority = match &reference.kind {
            StoreKind::Address { authority, .. } if !authority.is_empty() => {
                let decoded = nix_transfer::url::decode(authority)
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .ok_or_else(|| {
                        Failure::new(format!("'{authority}' has a bad percent encoding"))
                    })?;
                Some(self.environment.directory.join(decoded))
            }
            _ => None,
        };
        let root = reference
            .parameter("root")
            .filter(|root| !root.is_empty())
            .map(|root| self.environment.directory.join(root))
            .or(from_authority);
        if let Some(directory) = reference.parameter("store") {
            layout.store_dir = store_dir(directory)?;
            layout.real_store_dir = PathBuf::from(directory);
        }
        if let Some(root) = root {
            layout.real_store_dir = root.join("nix/store");
            layout.state_dir = root.join("nix/var/nix");
            layout.log_dir = root.join("nix/var/log/nix");
        }
        let place = |name: &str, place: &mut PathBuf| {
            if let Some(directory) = reference.parameter(name) {
                *place = PathBuf::from(directory);
            }
        };
        place("real", &mut layout.real_store_dir);
        place("state", &mut layout.state_dir);
        place("log", &mut layout.log_dir);
        Ok(layout)
    }
}

/// Splits options as a shell does, as far as quotes and backslashes go.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => {
                word.get_or_insert_default().extend(characters.next());
            }
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applets::configuration::Configuration;

    fn access(directory: &Path) -> StoreAccess {
        let layout = Layout::below(&directory.join("nix")).expect("a layout");
        let configuration = Configuration::default();
        let mut access = StoreAccess::new(&configuration, &Environment::default(), &layout);
        access.places.own = Some(Layout::below(&directory.join("own")).expect("a layout"));
        access
    }

    fn opened(access: &StoreAccess, name: &str) -> Arc<dyn Store> {
        access.open(name).expect("a store")
    }

    fn layout(store: &dyn Store) -> Layout {
        store.as_local().expect("local").layout().clone()
    }

    #[test]
    fn auto_is_the_daemons_store_where_one_cannot_write() {
        let directory = tempfile::tempdir().expect("a directory");
        let access = access(directory.path());
        let places = &access.places;
        assert_eq!(
            layout(&*opened(&access, "auto")),
            *places.own.as_ref().expect("one")
        );
        std::fs::create_dir_all(places.socket.parent().expect("one")).expect("directories");
        std::fs::write(&places.socket, "").expect("a file");
        assert_eq!(opened(&access, "auto").uri(), "daemon");
        std::fs::create_dir_all(&places.layout.real_store_dir).expect("directories");
        assert_eq!(layout(&*opened(&access, "auto")), places.layout);
        assert_eq!(opened(&access, "daemon").uri(), "daemon");
    }

    #[test]
    fn parameters_say_where_a_local_store_lies() {
        let directory = tempfile::tempdir().expect("a directory");
        let access = access(directory.path());
        for name in ["local?root=/mnt", "/mnt", "auto?root=/mnt"] {
            let layout = layout(&*opened(&access, name));
            assert_eq!(layout.store_dir, access.places.layout.store_dir);
            assert!(layout.real_store_dir.starts_with("/mnt"), "{name}");
            assert_eq!(layout.state_dir, Path::new("/mnt/nix/var/nix"));
        }
        let layout = layout(&*opened(
            &access,
            "local?store=/a/store&state=/a/var&real=/b/store",
        ));
        assert_eq!(layout.store_dir.as_str(), "/a/store");
        assert_eq!(layout.real_store_dir, Path::new("/b/store"));
        assert_eq!(layout.state_dir, Path::new("/a/var"));
    }

    #[test]
    fn other_stores_are_known_by_their_scheme() {
        let directory = tempfile::tempdir().expect("a directory");
        let access = access(directory.path());
        for name in ["ssh-ng://host", "ssh://host", "unix:///run/socket"] {
            assert_eq!(opened(&access, name).uri(), name);
        }
        assert_eq!(opened(&access, "dummy://").uri(), "dummy://");
        assert!(access.open("gopher://host").is_err());
        assert!(access.open("ssh-ng://-oProxyCommand=x").is_err());
    }

    #[test]
    fn options_are_split_as_a_shell_does() {
        assert_eq!(
            words(r#"-p 22 -o "User Known" -i '/a b'  x\ y """#),
            ["-p", "22", "-o", "User Known", "-i", "/a b", "x y", ""]
        );
        assert_eq!(words("  "), Vec::<String>::new());
    }
}
