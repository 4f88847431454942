//! Evaluating a flake where it is, and remembering the result with what was read for it.
//!
//! First nothing is found out about the source as a whole. If the result turns out to depend on
//! its revision, that is found out and evaluation begins again; if on its contents, the caller
//! evaluates a copy in the store. Which of these it was is remembered in the same way as a result.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix_eval::Evaluator;
use nix_flake::fetch::MountedTree;
use nix_flake::{FlakeReference, Knowledge, call_flake, mountable};
use nix_wire::hash::Hasher;
use nix_wire::{HashAlgorithm, StorePath};
use serde_json::{Value as Json, json};

use super::reads::{Reads, hash_of};
use super::recording::Recording;
use super::told::Told;
use super::{delete_old, program, write};
use crate::{Engine, Flake, FlakeOptions};

/// So many results are remembered of one attribute of one flake: for branches that are switched
/// between, say.
const KEPT: usize = 6;
/// In a tree with more files than this nobody looks for changes only to warn of them.
const MANY_FILES: usize = 10_000;

/// How far one goes to evaluate a flake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Mounted(Knowledge),
    Copied,
}

const STEPS: [(Step, &str); 3] = [
    (Step::Mounted(Knowledge::Nothing), "mounted"),
    (Step::Mounted(Knowledge::Revision), "described"),
    (Step::Copied, "copied"),
];

/// What was remembered: a result, or how far one has to go to get it.
struct Entry {
    reads: Reads,
    outcome: Outcome,
}

enum Outcome {
    Result {
        derivation: String,
        output: String,
        messages: Vec<Told>,
    },
    Step(Step),
}

impl Entry {
    fn to_json(&self) -> Json {
        let reads = self.reads.to_json();
        match &self.outcome {
            Outcome::Result {
                derivation,
                output,
                messages,
            } => json!({
                "derivation": derivation,
                "output": output,
                "messages": messages.iter().map(Told::to_json).collect::<Vec<Json>>(),
                "read": reads,
            }),
            Outcome::Step(step) => {
                let name = STEPS.iter().find(|(one, _)| one == step);
                json!({ "step": name.map(|(_, name)| name), "read": reads })
            }
        }
    }

    fn from_json(json: &Json) -> Option<Entry> {
        let reads = Reads::from_json(&json["read"])?;
        let outcome = match json["step"].as_str() {
            Some(name) => Outcome::Step(STEPS.iter().find(|(_, one)| *one == name)?.0),
            None => Outcome::Result {
                derivation: json["derivation"].as_str()?.to_owned(),
                output: json["output"].as_str()?.to_owned(),
                messages: Told::list_from_json(&json["messages"])?,
            },
        };
        Some(Entry { reads, outcome })
    }
}

/// The attempts to evaluate an attribute of a flake without copying its source.
pub struct Attempts {
    reference: FlakeReference,
    root: PathBuf,
    /// Where results are remembered, if they are.
    file: Option<PathBuf>,
    next: Step,
    current: Option<(Rc<Recording>, Knowledge)>,
}

impl Engine {
    /// Prepares to evaluate something of a flake without copying the flake's source to the store;
    /// what it comes to is remembered if it is the derivation of this attribute. `None` if it has to be copied: it is not on this machine, or its
    /// lock file may have to be changed.
    #[must_use]
    pub fn attempts(
        &self,
        reference: &FlakeReference,
        options: &FlakeOptions,
        attribute: Option<&str>,
    ) -> Option<Attempts> {
        let settings = &self.shared.settings;
        let plain = FlakeOptions {
            directory: options.directory.clone(),
            no_update: options.no_update,
            no_write: options.no_write,
            fail_on_unlocked: options.fail_on_unlocked,
            ..FlakeOptions::default()
        };
        if *options != plain || !settings.flakes.allow_dirty {
            return None;
        }
        let tree = mountable(&self.shared.flakes(), reference).ok()??;
        let directory = settings.cache.join("evaluations");
        let mut attempts = Attempts {
            reference: reference.clone(),
            root: tree.root().to_owned(),
            file: match attribute {
                Some(attribute) if settings.keep_evaluations => {
                    let name = self.name_of_results(reference, attribute)?;
                    Some(directory.join(format!("{name}.json")))
                }
                _ => None,
            },
            next: Step::Mounted(Knowledge::Nothing),
            current: None,
        };
        attempts.warn_of_changes(self, &tree);
        attempts.current = Some((Rc::new(attempts.recording(self, tree)?), Knowledge::Nothing));
        self.shared.begin_telling();
        Some(attempts)
    }

    /// Whether the flake of a reference may ask for settings of Nix. What does not have the word in
    /// it does not.
    #[must_use]
    pub fn may_ask_for_settings(&self, reference: &FlakeReference) -> bool {
        const WORD: &[u8] = b"nixConfig";
        let Ok(Some(tree)) = mountable(&self.shared.flakes(), reference) else {
            return true;
        };
        let file = Path::new(&reference.directory).join("flake.nix");
        let text = fs::read(tree.real_path(&file)).unwrap_or_default();
        text.windows(WORD.len()).any(|window| window == WORD)
    }

    /// What tells a question from others: all that its answer depends on, but for what is read.
    fn name_of_results(&self, reference: &FlakeReference, attribute: &str) -> Option<String> {
        let settings = &self.shared.settings;
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let mut parts = vec![
            "read".to_owned(),
            reference.to_string(),
            attribute.to_owned(),
            settings.system.clone(),
            self.store().store_dir().as_str().to_owned(),
            format!("{:?}", settings.features),
            program()?,
            settings.pure.to_string(),
        ];
        if !settings.pure {
            let path = settings.environment.get(b"NIX_PATH".as_slice());
            parts.push(format!("{path:?} {:?}", settings.home));
        }
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Some(hasher.finish().nix32())
    }
}

impl Attempts {
    fn warn_of_changes(&self, engine: &Engine, tree: &MountedTree) {
        let is_small = tree.file_count().is_some_and(|count| count <= MANY_FILES);
        if is_small && engine.shared.settings.flakes.warn_dirty {
            // What is wrong with the repository shows when it matters.
            let fetcher = &engine.shared.flakes().fetcher;
            let _ = fetcher.warn_of_changes(&self.reference.input);
        }
    }

    fn recording(&self, engine: &Engine, tree: MountedTree) -> Option<Recording> {
        let store_dir = engine.store().store_dir();
        let path = tree.stand_in_path(self.reference.input.name()).ok()?;
        let seen_at = PathBuf::from(store_dir.print(&path));
        let hash_part = path.hash_part();
        Some(Recording::new(tree, seen_at, store_dir.as_str(), hash_part))
    }

    /// Where results are remembered, if they are.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// How many files, directories and variables were read so far.
    #[must_use]
    pub fn read_count(&self) -> usize {
        let recording = self.current.as_ref();
        recording.map_or(0, |(recording, _)| recording.reads.borrow().len())
    }

    /// What is known of the source but its contents, as a hash.
    fn source(&self, engine: &Engine) -> Option<String> {
        let described = engine
            .shared
            .flakes()
            .fetcher
            .describe(&self.reference.input);
        Some(hash_of(described.ok()?.attributes().to_string().as_bytes()))
    }

    /// A derivation that was remembered, is still in the store, and whose evaluation would read the
    /// same now; with the name of its output. What the evaluation told is told again.
    #[must_use]
    pub fn recall(&mut self, engine: &Engine) -> Option<(StorePath, String)> {
        let entries = read(self.file.as_deref()?);
        let (recording, _) = self.current.clone()?;
        let environment = &engine.shared.settings.environment;
        let variable = |name: &str| environment.get(name.as_bytes()).cloned();
        let known = RefCell::new(None);
        let source = || {
            let mut known = known.borrow_mut();
            known.get_or_insert_with(|| self.source(engine)).clone()
        };
        let still = entries.into_iter().find(|entry| {
            let (tree, machine) = (&recording.tree, &recording.machine);
            entry.reads.hold(tree, machine, &variable, &source)
        })?;
        match still.outcome {
            Outcome::Step(step) => {
                self.next = step;
                None
            }
            Outcome::Result {
                derivation,
                output,
                messages,
            } => {
                let path = engine.store().store_dir().parse(&derivation).ok()?;
                // Nothing may delete it from now on.
                engine.store().add_temporary_root(&path).ok()?;
                if !engine.store().is_valid(&path).ok()? {
                    return None;
                }
                engine.shared.tell_kept(messages);
                Some((path, output))
            }
        }
    }

    /// An evaluator with the flake, for the next attempt; `None` if the source has to be copied.
    pub fn next(
        &mut self,
        engine: &Engine,
        adjust: impl FnOnce(&mut nix_eval::Settings),
    ) -> Option<(Evaluator, Flake)> {
        // Whatever evaluates next says again what was said.
        engine.shared.tell_again();
        let Step::Mounted(knowledge) = self.next else {
            return None;
        };
        if engine.cancellation().is_cancelled() {
            return None;
        }
        // The recording of an attempt before has what that read, which need not be read again.
        let recording = match self.current.take() {
            Some((recording, _)) if recording.reads.borrow().len() == 0 => recording,
            _ => {
                let tree = mountable(&engine.shared.flakes(), &self.reference).ok()??;
                Rc::new(self.recording(engine, tree)?)
            }
        };
        let described = match knowledge {
            Knowledge::Nothing => None,
            Knowledge::Revision => {
                let fetcher = &engine.shared.flakes().fetcher;
                let described = fetcher.describe(&self.reference.input).ok()?;
                let text = described.attributes().to_string();
                recording.reads.borrow_mut().source = Some(hash_of(text.as_bytes()));
                Some(described)
            }
        };
        self.current = Some((Rc::clone(&recording), knowledge));
        let evaluator = engine.recorded_evaluator(adjust, Rc::clone(&recording));
        let flakes = engine.shared.flakes();
        let locked = flakes.lock_mounted(
            &evaluator,
            &self.reference,
            &recording.tree,
            described.as_ref(),
        );
        let locked = Rc::new(locked.ok()??);
        // It is read past the evaluator.
        let lock_file = Path::new(&self.reference.directory).join("flake.lock");
        let at = recording.seen_at.join(lock_file);
        if recording.file_type(&at).ok()?.flatten().is_some() {
            recording.read_file(&at).ok()?;
        }
        let own = vec![(recording.seen_at.clone(), self.root.clone())];
        let outputs = call_flake(&evaluator, &flakes, Rc::clone(&locked));
        let flake = Flake::new(outputs, flakes, locked, own);
        Some((evaluator, flake))
    }

    /// Ends an attempt that came to a derivation, or failed. Gives the derivation if it counts, and
    /// remembers it.
    pub fn finish(
        &mut self,
        engine: &Engine,
        result: Option<(StorePath, String)>,
    ) -> Option<(StorePath, String)> {
        let (recording, _) = self.current.clone()?;
        if self.counts(engine) {
            if let Some((derivation, output)) = &result {
                let reads = recording.reads.borrow().clone();
                let outcome = Outcome::Result {
                    derivation: engine.store().store_dir().print(derivation),
                    output: output.clone(),
                    messages: engine.shared.told.borrow().clone(),
                };
                self.remember(engine, Entry { reads, outcome });
            }
            return result;
        }
        None
    }

    /// Ends an attempt, and says whether its result counts. If it was none, it would be none again.
    pub fn counts(&mut self, engine: &Engine) -> bool {
        let Some((recording, knowledge)) = self.current.clone() else {
            return false;
        };
        let observed = recording.mounts.observed();
        if !observed.anything() {
            self.next = Step::Copied;
            return true;
        }
        self.next = match (observed.path, knowledge) {
            (false, Knowledge::Nothing) => Step::Mounted(Knowledge::Revision),
            _ => Step::Copied,
        };
        let outcome = Outcome::Step(self.next);
        let reads = recording.reads.borrow().clone();
        self.remember(engine, Entry { reads, outcome });
        false
    }

    /// Whether a text does not have the path in it at which the source was seen.
    #[must_use]
    pub fn is_free_of_path(&self, text: &[u8]) -> bool {
        let recording = self.current.as_ref();
        recording.is_none_or(|(recording, _)| !recording.mounts.has(text))
    }

    /// Best effort: without it the next evaluation takes longer, and nothing else.
    fn remember(&self, engine: &Engine, entry: Entry) {
        let Some(file) = &self.file else {
            return;
        };
        if entry.reads.is_volatile || engine.flush().is_err() {
            return;
        }
        if let Some(directory) = file.parent() {
            delete_old(directory);
        }
        let mut entries = read(file);
        entries.retain(|known| known.reads != entry.reads);
        entries.insert(0, entry);
        entries.truncate(KEPT);
        let all: Vec<Json> = entries.iter().map(Entry::to_json).collect();
        write(file, &json!({ "results": all }));
    }
}

/// What is remembered in a file; nothing if it is damaged.
fn read(file: &Path) -> Vec<Entry> {
    let parse = || {
        let json = super::read(file)?;
        let entries = json["results"].as_array()?.iter().map(Entry::from_json);
        entries.collect::<Option<Vec<Entry>>>()
    };
    parse().unwrap_or_default()
}
