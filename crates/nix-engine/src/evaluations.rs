//! What pure evaluations of flakes came to, kept from one run to the next.
//!
//! A flake whose inputs are all locked, evaluated without seeing the machine, comes to the same
//! each time. What its outputs depend on is in its fingerprint; what else an evaluation depends on
//! (the program, its settings, the store's directory) is added to that. Each result is a file, so
//! that it can be looked at and deleted: the derivation, its output, and what the evaluation told.

use std::fs;
use std::path::{Path, PathBuf};

use nix_eval::host::Message;
use nix_wire::hash::Hasher;
use nix_wire::{HashAlgorithm, StorePath};
use serde_json::{Value as Json, json};

use crate::reporter::Event;
use crate::{Engine, Flake, Shared};

/// Results that are older than this are deleted, in seconds.
const OLDEST: u64 = 60 * 60 * 24 * 30;

/// What an evaluation told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Trace,
    EvaluationWarning,
    Warning,
}

const KINDS: [(Kind, &str); 3] = [
    (Kind::Trace, "trace"),
    (Kind::EvaluationWarning, "evaluation warning"),
    (Kind::Warning, "warning"),
];

impl Told {
    pub(crate) fn of(message: Message<'_>) -> Told {
        let (kind, text) = match message {
            Message::Trace(text) => (Kind::Trace, text),
            Message::EvaluationWarning(text) => (Kind::EvaluationWarning, text),
            Message::Warning(text) => (Kind::Warning, text),
            Message::Call { location, .. } => (Kind::Trace, location),
        };
        Told {
            kind,
            text: text.to_owned(),
        }
    }

    fn event(&self) -> Event<'_> {
        match self.kind {
            Kind::Trace => Event::Trace(&self.text),
            Kind::EvaluationWarning => Event::EvaluationWarning(&self.text),
            Kind::Warning => Event::Warning(&self.text),
        }
    }

    fn to_json(&self) -> Json {
        let name = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        json!([name.map(|(_, name)| name), self.text])
    }

    fn from_json(json: &Json) -> Option<Told> {
        let name = json[0].as_str()?;
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == name)?;
        Some(Told {
            kind: *kind,
            text: json[1].as_str()?.to_owned(),
        })
    }
}

/// The place of a result.
pub struct Remembered(PathBuf);

impl Engine {
    /// Where the derivation that `attribute` of a flake is would be remembered. `None` if it may be
    /// another one the next time, or nothing is to be remembered.
    #[must_use]
    pub fn remembered(&self, flake: &Flake, attribute: &str) -> Option<Remembered> {
        let settings = &self.shared.settings;
        if !settings.pure || !settings.keep_evaluations {
            return None;
        }
        // What was told while the flake was locked is told again by that.
        self.shared.told.borrow_mut().clear();
        let fingerprint = flake.locked().fingerprint().ok()??;
        let program = fs::metadata(std::env::current_exe().ok()?).ok()?;
        let built = program.modified().ok()?;
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let features = format!("{:?}", settings.features);
        let program = format!("{built:?} {}", program.len());
        let parts = [
            &fingerprint.base16(),
            attribute,
            &settings.system,
            self.store().store_dir().as_str(),
            &features,
            &program,
        ];
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let name = format!("{}.json", hasher.finish().nix32());
        Some(Remembered(settings.cache.join("evaluations").join(name)))
    }

    /// A derivation that was remembered and is still in the store, with the name of its output.
    /// What its evaluation told is told again.
    #[must_use]
    pub fn recall(&self, place: &Remembered) -> Option<(StorePath, String)> {
        let text = fs::read(&place.0).ok()?;
        let json: Json = serde_json::from_slice(&text).ok()?;
        let path = self.store().store_dir().parse(json["derivation"].as_str()?);
        let path = path.ok()?;
        let output = json["output"].as_str()?.to_owned();
        let told = json["messages"].as_array()?.iter().map(Told::from_json);
        let told: Vec<Told> = told.collect::<Option<_>>()?;
        // Nothing may delete it from now on.
        self.store().add_temporary_root(&path).ok()?;
        if !self.store().is_valid(&path).ok()? {
            return None;
        }
        for told in &told {
            self.shared.reporter.report(told.event());
        }
        Some((path, output))
    }

    /// Remembers a derivation that was just evaluated. Best effort: without it the next evaluation
    /// takes longer, and nothing else.
    pub fn remember(&self, place: &Remembered, derivation: &(StorePath, String)) {
        let messages: Vec<Json> = self
            .shared
            .told
            .borrow()
            .iter()
            .map(Told::to_json)
            .collect();
        let json = json!({
            "derivation": self.store().store_dir().print(&derivation.0),
            "output": derivation.1,
            "messages": messages,
        });
        let Some(directory) = place.0.parent() else {
            return;
        };
        delete_old(directory);
        let fresh = place
            .0
            .with_extension(format!("new-{}", std::process::id()));
        let written = fs::create_dir_all(directory)
            .and_then(|()| fs::write(&fresh, json.to_string()))
            .and_then(|()| fs::rename(&fresh, &place.0));
        if written.is_err() {
            let _ = fs::remove_file(&fresh);
        }
    }
}

fn delete_old(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age.as_secs() > OLDEST) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Shared {
    /// Tells the reporter what an evaluation says, and keeps it to be told again.
    pub(crate) fn tell(&self, message: Message<'_>) {
        let told = Told::of(message);
        self.reporter.report(told.event());
        self.told.borrow_mut().push(told);
    }
}
