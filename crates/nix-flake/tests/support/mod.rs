//! A directory with flakes, a store and an evaluator.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;

use nix_eval::host::ReadOnlyHost;
use nix_eval::{Evaluator, Feature, Settings, Value};
use nix_flake::fetch::{FetchCache, TreeFetcher};
use nix_flake::reference::{CommandLineReference, ReferenceError};
use nix_flake::registry::{Registries, RegistryPlaces};
use nix_flake::{FlakeError, FlakeReference, Flakes, LockFlags, LockedFlake, call_flake};
use nix_store::{Layout, LocalStore};
use tempfile::TempDir;

pub struct World {
    directory: TempDir,
    root: PathBuf,
    pub warnings: Rc<RefCell<Vec<String>>>,
}

/// One run of a program: what was fetched is forgotten afterwards.
pub struct Session {
    pub flakes: Rc<Flakes>,
    pub evaluator: Evaluator,
}

impl World {
    pub fn new() -> World {
        let directory = tempfile::Builder::new()
            .prefix("flakes-")
            .tempdir()
            .expect("a temporary directory can be made");
        let root = directory
            .path()
            .canonicalize()
            .expect("the directory is there");
        World {
            directory,
            root,
            warnings: Rc::default(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file. `ROOT` in its contents stands for the directory of this world.
    pub fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("it can be made");
        let contents = contents.replace("ROOT", &self.root.display().to_string());
        std::fs::write(path, contents).expect("it can be written");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it can be read")
    }

    /// Runs git in a directory of this world.
    pub fn git(&self, directory: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.path(directory))
            .env("HOME", &self.root)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args([
                "-c",
                "init.defaultBranch=main",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .env("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z")
            .env("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z")
            .output()
            .expect("git can be run");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub fn commit(&self, directory: &str) {
        self.git(directory, &["add", "-A"]);
        self.git(directory, &["commit", "-q", "-m", "commit"]);
    }

    pub fn store(&self) -> Arc<LocalStore> {
        let layout = Layout::below(&self.path("nix")).expect("the path is absolute");
        Arc::new(LocalStore::new(layout))
    }

    pub fn session(&self) -> Session {
        self.session_with(RegistryPlaces::default(), |fetcher| fetcher)
    }

    pub fn session_with(
        &self,
        places: RegistryPlaces,
        configure: impl FnOnce(TreeFetcher) -> TreeFetcher,
    ) -> Session {
        let store = self.store();
        let store_dir = store.store_dir().as_str().to_owned();
        let warnings = Rc::clone(&self.warnings);
        let fetcher = TreeFetcher::new(store)
            .with_cache(FetchCache::new(self.path("cache/fetched.sqlite")))
            .with_warnings(Rc::new(move |warning| {
                warnings.borrow_mut().push(warning.to_owned());
            }));
        let (registries, _) = Registries::read(places);
        let fetcher = Rc::new(configure(fetcher));
        let loader = Rc::clone(&fetcher);
        let registries = registries.with_loader(Rc::new(move |url| {
            loader.text(url).map_err(|error| error.to_string())
        }));
        let flakes = Rc::new(Flakes::new(fetcher, registries));
        let host = ReadOnlyHost::new(&store_dir).expect("the path is absolute");
        let settings = Settings {
            pure_eval: true,
            features: [Feature::Flakes].into(),
            ..Settings::default()
        };
        Session {
            flakes,
            evaluator: Evaluator::new(Box::new(host), settings),
        }
    }

    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// What is typed in the root of this world.
    pub fn reference(&self, text: &str) -> FlakeReference {
        self.try_reference(text).expect("it is a reference")
    }

    pub fn try_reference(&self, text: &str) -> Result<FlakeReference, ReferenceError> {
        let typed = CommandLineReference {
            text,
            base: &self.root,
            allow_missing: false,
            flake: true,
        };
        Ok(typed.find()?.reference)
    }
}

impl Session {
    pub fn lock(
        &self,
        reference: &FlakeReference,
        flags: &LockFlags,
    ) -> Result<LockedFlake, FlakeError> {
        self.flakes.lock(&self.evaluator, reference, flags)
    }

    /// What `describe` in the outputs of a flake says.
    pub fn describe(&self, reference: &FlakeReference) -> Result<serde_json::Value, FlakeError> {
        let flags = LockFlags {
            write: false,
            ..LockFlags::default()
        };
        let locked = self.lock(reference, &flags)?;
        let flake = call_flake(&self.evaluator, &self.flakes, Rc::new(locked));
        self.apply(flake, "flake.describe 4")
    }

    /// The flake as a value.
    pub fn flake(&self, reference: &FlakeReference) -> Result<Value, FlakeError> {
        let locked = self.lock(reference, &LockFlags::default())?;
        Ok(call_flake(&self.evaluator, &self.flakes, Rc::new(locked)))
    }

    /// The value of an expression about `flake`, as JSON.
    pub fn eval(&self, reference: &FlakeReference, expression: &str) -> serde_json::Value {
        let flake = self.flake(reference).expect("it can be locked");
        self.apply(flake, expression).expect("it can be evaluated")
    }

    fn apply(&self, flake: Value, expression: &str) -> Result<serde_json::Value, FlakeError> {
        let text = format!("flake: builtins.toJSON ({expression})");
        let function = self
            .evaluator
            .eval_string(text.as_bytes(), Path::new("/"))?;
        let value = self.evaluator.call(function, &[flake])?;
        let text = self.evaluator.force_string(value, "")?;
        Ok(serde_json::from_slice(text.bytes).expect("it is JSON"))
    }
}
