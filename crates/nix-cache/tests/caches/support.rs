//! Stores and caches in temporary directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix_cache::{BinaryCache, CacheOptions, Lookups};
use nix_store::store::{CopyOptions, Import, Store, copy_closure};
use nix_store::substitute::{Substituter, Substituters, SubstitutionObserver};
use nix_store::{Layout, LocalStore};
use nix_transfer::{Client, ClientOptions};
use nix_wire::StorePath;

/// Two stores that are for the same paths, and a cache between them.
pub struct World {
    pub directory: tempfile::TempDir,
    pub source: LocalStore,
    pub target: LocalStore,
}

/// Hears what substituters tell.
#[derive(Clone, Default)]
pub struct Heard(pub Arc<Mutex<Vec<String>>>);

/// Substituters, and what they tell.
pub struct Watched {
    pub substituters: Substituters,
    pub heard: Heard,
}

impl Heard {
    pub fn text(&self) -> String {
        self.0.lock().expect("the lock").join("\n")
    }
}

impl SubstitutionObserver for Heard {
    fn warning(&self, text: &str) {
        self.0.lock().expect("the lock").push(text.to_owned());
    }
}

impl World {
    pub fn new() -> World {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("a path");
        let source = Layout::below(&root.join("source")).expect("a layout");
        let mut target = Layout::below(&root.join("target")).expect("a layout");
        target.store_dir = source.store_dir.clone();
        World {
            source: LocalStore::new(source),
            target: LocalStore::new(target),
            directory,
        }
    }

    pub fn cache_directory(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// An object of which nothing is known by its contents.
    pub fn object(&self, name: &str, contents: &str, references: &[&StorePath]) -> StorePath {
        let text: String = references
            .iter()
            .map(|path| format!("{}\n", self.source.store_dir().print(path)))
            .collect();
        let path = self
            .source
            .add_text(
                name,
                format!("{contents}\n{text}"),
                references.iter().map(|path| (*path).clone()).collect(),
            )
            .expect("an object");
        let mut info = self.source.require(&path).expect("its info");
        info.content_address = None;
        self.source.register(&[info]).expect("registered");
        path
    }

    /// A chain of objects, each of which refers to the one before; the last is given.
    pub fn chain(&self, length: usize) -> StorePath {
        let mut last: Option<StorePath> = None;
        for number in 0..length {
            let references: Vec<&StorePath> = last.iter().collect();
            last = Some(self.object(&format!("link-{number}"), "x", &references));
        }
        last.expect("a chain")
    }

    pub fn cache(&self, url: &str, options: CacheOptions) -> BinaryCache {
        BinaryCache::new(
            url,
            self.source.store_dir().clone(),
            client(),
            options,
            None,
        )
    }

    /// Puts objects into the cache in a directory.
    pub fn fill(&self, paths: &[&StorePath], options: CacheOptions) {
        let url = format!("file://{}", self.cache_directory().display());
        let cache = self.cache(&url, options);
        let copy = CopyOptions {
            import: Import::TRUSTED,
            substitute: false,
        };
        copy_closure(&self.source, &cache, &set(paths), copy).expect("copied");
    }

    /// The narinfo of an object in the cache's directory.
    pub fn narinfo(&self, path: &StorePath) -> PathBuf {
        self.cache_directory()
            .join(format!("{}.narinfo", path.hash_part()))
    }

    pub fn edit_narinfo(&self, path: &StorePath, edit: impl FnOnce(String) -> String) {
        let file = self.narinfo(path);
        let text = fs::read_to_string(&file).expect("a narinfo");
        fs::write(&file, edit(text)).expect("written");
    }

    /// The archive of an object in the cache's directory.
    pub fn archive(&self, path: &StorePath) -> PathBuf {
        let text = fs::read_to_string(self.narinfo(path)).expect("a narinfo");
        let url = text
            .lines()
            .find_map(|line| line.strip_prefix("URL: "))
            .expect("a URL");
        self.cache_directory().join(url)
    }

    /// Substitutes a path into the target; what was heard, and whether it is valid then.
    pub fn substitute(&self, watched: &Watched, path: &StorePath) -> (String, bool) {
        let cancellation = nix_store::build::Cancellation::new();
        watched
            .substituters
            .substitute(&self.target, &set(&[path]), &cancellation)
            .expect("the store works");
        let valid = self.target.is_valid(path).expect("an answer");
        (watched.heard.text(), valid)
    }

    /// Nothing is in the target but what is valid there, and all of that is right.
    pub fn check_target(&self) {
        self.target.create().expect("a store");
        assert_eq!(self.target.verify(true).expect("verified"), []);
        let mut names: Vec<String> = entries(&self.target.layout().real_store_dir);
        names.retain(|name| name != ".links");
        let valid: Vec<String> = self
            .target
            .all_valid_paths()
            .expect("paths")
            .iter()
            .map(|path| path.base_name().to_owned())
            .collect();
        assert_eq!(names, valid, "nothing is left that is not valid");
    }
}

pub fn entries(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

pub fn set(paths: &[&StorePath]) -> BTreeSet<StorePath> {
    paths.iter().map(|path| (*path).clone()).collect()
}

pub fn client() -> Client {
    Client::new(ClientOptions {
        first_wait: Duration::from_millis(1),
        attempts: 3,
        ..ClientOptions::default()
    })
}

pub fn substituters(caches: Vec<BinaryCache>) -> Watched {
    let heard = Heard::default();
    let list = caches
        .into_iter()
        .map(|cache| Substituter {
            trusted: cache.is_trusted(),
            priority: 0,
            store: Arc::new(cache),
        })
        .collect();
    Watched {
        substituters: Substituters::new(list, 4, Box::new(heard.clone())),
        heard,
    }
}

pub fn trusted() -> CacheOptions {
    CacheOptions {
        trusted: true,
        ..CacheOptions::default()
    }
}

pub fn lookups(world: &World) -> Arc<Lookups> {
    let file = world.directory.path().join("lookups.sqlite");
    Arc::new(Lookups::new(file, Default::default()))
}

/// All that a store says of its objects.
pub fn described(store: &dyn Store) -> Vec<String> {
    let paths = store.all_valid_paths().expect("paths");
    let infos = store.path_infos(&paths).expect("infos");
    infos
        .iter()
        .map(|info| {
            format!(
                "{} {} {} {:?} {:?}",
                info.path.base_name(),
                info.nar_hash.sri(),
                info.nar_size,
                info.references,
                info.signatures
            )
        })
        .collect()
}
