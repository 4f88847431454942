//! A daemon's messages as what observers of builds are told.

use std::collections::HashMap;
use std::path::Path;

use nix_protocol::{ActivityKind, Field, Message, ResultKind};
use nix_store::build::{BuildMode, Observer};
use nix_wire::{StoreDir, StorePath};

/// Tells an observer what a daemon says of its builds.
pub(crate) struct Telling<'a> {
    observer: &'a dyn Observer,
    store_dir: &'a StoreDir,
    /// The builds that go on.
    builds: HashMap<u64, StorePath>,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(observer: &'a dyn Observer, store_dir: &'a StoreDir) -> Telling<'a> {
        Telling {
            observer,
            store_dir,
            builds: HashMap::new(),
        }
    }

    pub(crate) fn tell(&mut self, message: &Message) {
        match message {
            Message::Start {
                id, kind, fields, ..
            } => {
                let path = || self.store_dir.parse(&fields.first()?.as_text()?).ok();
                match kind {
                    ActivityKind::Build => {
                        if let Some(derivation) = path() {
                            self.observer.started(&derivation, BuildMode::Normal);
                            self.builds.insert(*id, derivation);
                        }
                    }
                    ActivityKind::BuildWaiting => {
                        if let Some(path) = path() {
                            self.observer
                                .waiting(Path::new(&self.store_dir.print(&path)));
                        }
                    }
                    _ => {}
                }
            }
            Message::Stop(id) => {
                if let Some(derivation) = self.builds.remove(id) {
                    self.observer.finished(&derivation, Ok(()));
                }
            }
            Message::Result { id, kind, fields } => {
                let Some(derivation) = self.builds.get(id) else {
                    return;
                };
                match (kind, fields.first()) {
                    (ResultKind::BuildLogLine, Some(Field::Text(line))) => {
                        self.observer.log_line(derivation, line);
                    }
                    (ResultKind::SetPhase, Some(Field::Text(phase))) => {
                        self.observer
                            .phase(derivation, &String::from_utf8_lossy(phase));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
