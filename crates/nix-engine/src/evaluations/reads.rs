//! What an evaluation read, and whether it would read the same now.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix_flake::fetch::{MountedKind, MountedTree};
use nix_wire::hash::Hasher;
use nix_wire::{Hash, HashAlgorithm};
use serde_json::{Value as Json, json};

/// A file may be changed again within the same tick of its file system's clock, in seconds.
const RECENT: i64 = 2;

/// What a path is a path of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Of the tree of the flake.
    Tree,
    /// Of the machine, without the store.
    Machine,
}

/// What was asked about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// What is there.
    Kind,
    /// The names in a directory, and what each is.
    Entries,
    /// The target of a link.
    Link,
    /// The bytes of a file.
    Contents,
    /// A file as it is in the store: its bytes, and whether it is executable.
    File,
}

const PLACES: [(Place, &str); 2] = [(Place::Tree, "tree"), (Place::Machine, "machine")];
const QUESTIONS: [(Asked, &str); 5] = [
    (Asked::Kind, "kind"),
    (Asked::Entries, "entries"),
    (Asked::Link, "link"),
    (Asked::Contents, "contents"),
    (Asked::File, "file"),
];

fn name_of<T: PartialEq>(names: &[(T, &'static str)], wanted: &T) -> &'static str {
    let found = names.iter().find(|(one, _)| one == wanted);
    found.map_or("", |(_, name)| name)
}

fn of_name<T: Copy>(names: &[(T, &str)], wanted: &str) -> Option<T> {
    let found = names.iter().find(|(_, name)| *name == wanted);
    found.map(|(one, _)| *one)
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The answer, or a hash of it.
    pub(crate) text: String,
    /// What the file looked like from outside. If it still does, it need not be read again.
    pub(crate) fingerprint: Option<String>,
}

impl From<String> for Answer {
    fn from(text: String) -> Answer {
        Answer {
            text,
            fingerprint: None,
        }
    }
}

/// All that an evaluation read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    files: BTreeMap<(Place, Asked, PathBuf), Answer>,
    /// Hashes of variables.
    variables: BTreeMap<String, String>,
    /// A hash of what is known of the source but its contents.
    pub(crate) source: Option<String>,
    /// It read something that cannot be looked at again, like the clock.
    pub(crate) is_volatile: bool,
}

/// A short hash of bytes.
pub(crate) fn hash_of(bytes: &[u8]) -> String {
    Hash::of(HashAlgorithm::Blake3, bytes).nix32()
}

impl Reads {
    pub(crate) fn note(&mut self, place: Place, asked: Asked, path: &Path, answer: Answer) {
        let key = (place, asked, path.to_owned());
        match self.files.get(&key) {
            // It changed while it was read: nothing is sure then.
            Some(known) if known.text != answer.text => self.is_volatile = true,
            Some(_) => {}
            None => {
                self.is_volatile |= path.to_str().is_none();
                self.files.insert(key, answer);
            }
        }
    }

    pub(crate) fn note_variable(&mut self, name: &[u8], value: Option<&[u8]>) {
        match std::str::from_utf8(name) {
            Ok(name) => {
                self.variables
                    .insert(name.to_owned(), hash_of_variable(value));
            }
            Err(_) => self.is_volatile = true,
        }
    }

    /// How many files, directories and variables there are.
    pub(crate) fn len(&self) -> usize {
        self.files.len() + self.variables.len()
    }

    /// Whether all of it would be read the same now.
    pub(crate) fn hold(
        &self,
        tree: &MountedTree,
        machine: &MountedTree,
        variable: &dyn Fn(&str) -> Option<Vec<u8>>,
        source: &dyn Fn() -> Option<String>,
    ) -> bool {
        let variables = self
            .variables
            .iter()
            .all(|(name, hash)| *hash == hash_of_variable(variable(name).as_deref()));
        variables
            && self.files.iter().all(|((place, asked, path), answer)| {
                let tree = match place {
                    Place::Tree => tree,
                    Place::Machine => machine,
                };
                is_still(tree, *asked, path, answer)
            })
            && self
                .source
                .as_ref()
                .is_none_or(|known| source().as_ref() == Some(known))
    }

    pub(crate) fn to_json(&self) -> Json {
        let files = self.files.iter().map(|((place, asked, path), answer)| {
            json!([
                name_of(&PLACES, place),
                name_of(&QUESTIONS, asked),
                path.to_string_lossy(),
                answer.text,
                answer.fingerprint,
            ])
        });
        json!({
            "files": files.collect::<Vec<Json>>(),
            "variables": self.variables,
            "source": self.source,
        })
    }

    pub(crate) fn from_json(json: &Json) -> Option<Reads> {
        let mut reads = Reads::default();
        for file in json["files"].as_array()? {
            let place = of_name(&PLACES, file[0].as_str()?)?;
            let asked = of_name(&QUESTIONS, file[1].as_str()?)?;
            let answer = Answer {
                text: file[3].as_str()?.to_owned(),
                fingerprint: file[4].as_str().map(str::to_owned),
            };
            let path = PathBuf::from(file[2].as_str()?);
            reads.files.insert((place, asked, path), answer);
        }
        for (name, hash) in json["variables"].as_object()? {
            reads
                .variables
                .insert(name.clone(), hash.as_str()?.to_owned());
        }
        reads.source = json["source"].as_str().map(str::to_owned);
        Some(reads)
    }
}

fn hash_of_variable(value: Option<&[u8]>) -> String {
    value.map_or_else(String::new, hash_of)
}

/// Whether a question has the same answer as before.
fn is_still(tree: &MountedTree, asked: Asked, path: &Path, answer: &Answer) -> bool {
    match asked {
        Asked::Kind => tree.kind(path).ok().map(kind_text) == Some(answer.text.clone()),
        _ if tree.kind(path).ok().flatten() != Some(kind_for(asked)) => false,
        Asked::Entries => {
            let entries = tree.entries(path);
            entries.is_ok_and(|entries| entries_text(&entries) == answer.text)
        }
        Asked::Link => link(tree, path).is_ok_and(|target| hash_of(&target) == answer.text),
        Asked::Contents | Asked::File => {
            if answer.fingerprint.is_some() && fingerprint(tree, path) == answer.fingerprint {
                return true;
            }
            let Ok(bytes) = fs::read(tree.real_path(path)) else {
                return false;
            };
            match asked {
                Asked::Contents => hash_of(&bytes) == answer.text,
                _ => tree
                    .is_executable(path)
                    .is_ok_and(|executable| file_text(executable, &hash_of(&bytes)) == answer.text),
            }
        }
    }
}

/// What has to be at a path for a question to have an answer.
fn kind_for(asked: Asked) -> MountedKind {
    match asked {
        Asked::Entries => MountedKind::Directory,
        Asked::Link => MountedKind::Symlink,
        Asked::Kind | Asked::Contents | Asked::File => MountedKind::Regular,
    }
}

pub(crate) fn kind_text(kind: Option<MountedKind>) -> String {
    let text = match kind {
        None => "nothing",
        Some(MountedKind::Regular) => "file",
        Some(MountedKind::Directory) => "directory",
        Some(MountedKind::Symlink) => "link",
        Some(MountedKind::Other) => "other",
    };
    text.to_owned()
}

pub(crate) fn entries_text(entries: &[(Vec<u8>, MountedKind)]) -> String {
    let mut hasher = Hasher::new(HashAlgorithm::Blake3);
    for (name, kind) in entries {
        hasher.update(name);
        hasher.update(&[0, *kind as u8]);
    }
    hasher.finish().nix32()
}

pub(crate) fn file_text(executable: bool, hash: &str) -> String {
    format!("{}{hash}", if executable { "x" } else { "-" })
}

pub(crate) fn link(tree: &MountedTree, path: &Path) -> io::Result<Vec<u8>> {
    let target = fs::read_link(tree.real_path(path))?;
    Ok(target.into_os_string().into_vec())
}

/// What a file looks like from outside; `None` if it was changed so recently that it could change
/// again without looking different.
pub(crate) fn fingerprint(tree: &MountedTree, path: &Path) -> Option<String> {
    let fingerprint = tree.fingerprint(path).ok()?;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    let newest = i64::try_from(now.as_secs()).ok()? - RECENT;
    (fingerprint.last_changed < newest).then(|| fingerprint.hash.nix32())
}

/// Whether an entry is taken.
pub(crate) type Takes<'a> = dyn FnMut(&Path, MountedKind) -> io::Result<bool> + 'a;

/// A path of a tree as it was found while it was copied to the store.
pub(crate) struct Copied<'a> {
    pub(crate) tree: &'a MountedTree,
    pub(crate) root: &'a Path,
    /// Says by the path from the root and the kind whether an entry is taken.
    pub(crate) filter: Option<&'a mut Takes<'a>>,
    /// Is told what was read.
    pub(crate) note: &'a dyn Fn(Asked, &Path, Answer),
    /// The file whose node was asked for last.
    pub(crate) open: Option<(File, bool, Option<String>)>,
}

impl Copied<'_> {
    fn full(&self, path: &Path) -> PathBuf {
        match (
            path.as_os_str().is_empty(),
            self.root.as_os_str().is_empty(),
        ) {
            (true, _) => self.root.to_owned(),
            (false, true) => path.to_owned(),
            (false, false) => self.root.join(path),
        }
    }
}

impl nix_wire::nar::Tree for Copied<'_> {
    fn node(&mut self, path: &Path) -> Result<nix_wire::nar::Node, nix_wire::nar::NarError> {
        use nix_wire::nar::{NarError, Node};

        let full = self.full(path);
        let real = self.tree.real_path(&full);
        let failed = |error| NarError::File {
            path: real.clone(),
            error,
        };
        let kind = self.tree.kind(&full).map_err(failed)?;
        (self.note)(Asked::Kind, &full, kind_text(kind).into());
        match kind {
            None => Err(failed(io::ErrorKind::NotFound.into())),
            Some(MountedKind::Other) => Err(NarError::UnsupportedType(real)),
            Some(MountedKind::Symlink) => {
                let target = link(self.tree, &full).map_err(failed)?;
                (self.note)(Asked::Link, &full, hash_of(&target).into());
                Ok(Node::Symlink { target })
            }
            Some(MountedKind::Directory) => {
                let all = self.tree.entries(&full).map_err(failed)?;
                (self.note)(Asked::Entries, &full, entries_text(&all).into());
                let entries = all.into_iter().map(|(name, _)| name).collect();
                Ok(Node::Directory { entries })
            }
            Some(MountedKind::Regular) => {
                let fingerprint = fingerprint(self.tree, &full);
                let file = File::open(&real).map_err(failed)?;
                let size = file.metadata().map_err(failed)?.len();
                let executable = self.tree.is_executable(&full).map_err(failed)?;
                self.open = Some((file, executable, fingerprint));
                Ok(Node::Regular { executable, size })
            }
        }
    }

    fn includes(&mut self, path: &Path) -> Result<bool, nix_wire::nar::NarError> {
        let Some(filter) = &mut self.filter else {
            return Ok(true);
        };
        let full = match self.root.as_os_str().is_empty() {
            true => path.to_owned(),
            false => self.root.join(path),
        };
        match self.tree.kind(&full)? {
            Some(kind) => Ok(filter(path, kind)?),
            None => Ok(false),
        }
    }

    fn copy_contents(
        &mut self,
        path: &Path,
        sink: &mut dyn Write,
    ) -> Result<(), nix_wire::nar::NarError> {
        let full = self.full(path);
        let Some((mut file, executable, fingerprint)) = self.open.take() else {
            return Err(io::Error::other("a file was not opened").into());
        };
        let mut hasher = Hasher::new(HashAlgorithm::Blake3);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            hasher.update(&buffer[..read]);
            sink.write_all(&buffer[..read])?;
        }
        let text = file_text(executable, &hasher.finish().nix32());
        (self.note)(Asked::File, &full, Answer { text, fingerprint });
        Ok(())
    }
}
