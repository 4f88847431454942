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
    /// Why something failed that more depends on: the answer does not repeat it.
    pub(crate) errors: Vec<String>,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(observer: &'a dyn Observer, store_dir: &'a StoreDir) -> Telling<'a> {
        Telling {
            observer,
            store_dir,
            builds: HashMap::new(),
            errors: Vec::new(),
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
            Message::Next(text) => {
                let text = String::from_utf8_lossy(text);
                // It colours what it says, whoever listens.
                let text = anstream::adapter::strip_str(&text).to_string();
                if let Some(warning) = text.strip_prefix("warning: ") {
                    self.observer.notice(warning.trim_end());
                } else if let Some(directory) = text.strip_prefix("note: keeping build directory ")
                {
                    let directory = directory.trim_end().trim_matches(['"', '\'']);
                    // It does not say of which; most often there is one.
                    match self.builds.values().next() {
                        Some(derivation) => self.observer.kept(derivation, Path::new(directory)),
                        None => self.observer.notice(text.trim_end()),
                    }
                } else if let Some(error) = text.strip_prefix("error: ") {
                    // Lines after the first stand below the first one's text.
                    self.errors
                        .push(error.trim_end().replace("\n       ", "\n"));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Notices(std::sync::Mutex<Vec<String>>);

    impl Observer for Notices {
        fn notice(&self, text: &str) {
            self.0.lock().expect("no panic").push(text.to_owned());
        }
    }

    #[test]
    fn what_a_daemon_complains_of_is_told_without_its_colours() {
        let notices = Notices(std::sync::Mutex::default());
        let store_dir = StoreDir::default();
        let mut telling = Telling::new(&notices, &store_dir);
        for text in [
            "\u{1b}[35;1mwarning:\u{1b}[0m it rains\n",
            "\u{1b}[31;1merror:\u{1b}[0m Cannot build.\n       Reason: \u{1b}[31;1mnone\u{1b}[0m.\n",
            "copying 3 paths...\n",
        ] {
            telling.tell(&Message::Next(text.as_bytes().to_vec()));
        }
        assert_eq!(telling.errors, ["Cannot build.\nReason: none."]);
        assert_eq!(*notices.0.lock().expect("no panic"), ["it rains"]);
    }
}
