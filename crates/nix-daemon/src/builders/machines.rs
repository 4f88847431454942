//! The list of machines that build, as the setting `builders` and machines files have it.
//!
//! A machine is a line, or what is between semicolons: the name of its store, its systems, the file
//! of a key for `ssh`, how many builds it takes, how fast it is, the features that it has, those
//! without which it builds nothing, its public key. Words at the end may be left out, and `-` stands
//! for one that is. `@/file` is the contents of a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nix_store::store::{StoreReference, StoreReferenceError};

/// A machine that builds.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// Its store.
    pub store: StoreReference,
    /// The systems that it builds for.
    pub systems: BTreeSet<String>,
    /// How many builds it takes at the same time.
    pub max_jobs: usize,
    /// How fast it is compared with others.
    pub speed_factor: f32,
    /// What derivations may require of it.
    pub supported_features: BTreeSet<String>,
    /// What derivations have to require to be built there.
    pub mandatory_features: BTreeSet<String>,
}

/// Why a list of machines is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    /// What should be a number is none.
    #[error(
        "bad machine specification: failed to convert column #{column} in a row: '{line}' to a \
         number"
    )]
    Number {
        /// Which word, from 0.
        column: usize,
        /// The whole description.
        line: String,
    },
    /// Nothing is faster than nothing, nor slower.
    #[error("speed factor must be >= 0: '{0}'")]
    Speed(String),
    /// There is no machine.
    #[error(
        "bad machine specification: store URL was not found at the first column of a row: '{0}'"
    )]
    NoStore(String),
    /// The name of its store is none.
    #[error(transparent)]
    Store(#[from] StoreReferenceError),
    /// A file cannot be read.
    #[error("cannot read the list of machines '{file}': {reason}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Reads a list of machines. Files that it names may be missing. `own_systems` are those of a
/// machine that states none.
///
/// # Errors
/// When a description is wrong, or a file is there and cannot be read.
pub fn parse_machines(
    text: &str,
    own_systems: &BTreeSet<String>,
) -> Result<Vec<Machine>, MachineError> {
    let mut machines = Vec::new();
    // A file that names itself ends somewhere.
    collect(text, own_systems, &mut machines, 8)?;
    Ok(machines)
}

fn collect(
    text: &str,
    own_systems: &BTreeSet<String>,
    machines: &mut Vec<Machine>,
    depth: usize,
) -> Result<(), MachineError> {
    for line in text.split('\n') {
        let line = line.split('#').next().unwrap_or_default();
        for description in line.split(';').map(str::trim) {
            if description.is_empty() {
                continue;
            }
            let Some(file) = description.strip_prefix('@') else {
                machines.push(machine(description, own_systems)?);
                continue;
            };
            let file = Path::new(file.trim());
            match std::fs::read_to_string(file) {
                Ok(text) if depth > 0 => collect(&text, own_systems, machines, depth - 1)?,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(MachineError::Unreadable {
                        file: file.to_owned(),
                        reason: error.to_string(),
                    });
                }
            }
        }
    }
    Ok(())
}

fn machine(line: &str, own_systems: &BTreeSet<String>) -> Result<Machine, MachineError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |column: usize| words.get(column).copied().filter(|word| *word != "-");
    let set = |column: usize| -> BTreeSet<String> {
        let words = word(column).unwrap_or_default().split(',');
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let wrong = |column: usize| MachineError::Number {
        column,
        line: line.to_owned(),
    };
    let name = word(0).ok_or_else(|| MachineError::NoStore(line.to_owned()))?;
    // A host alone is reached as in old times.
    let is_complete = name.contains("://")
        || matches!(
            name.split('?').next(),
            Some("local" | "daemon" | "auto" | "dummy")
        )
        || name.starts_with('/');
    let mut store: StoreReference = if is_complete {
        name.parse()?
    } else {
        format!("ssh://{name}").parse()?
    };
    let mut parameter = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            store.parameters.insert(name.to_owned(), value.to_owned());
        }
    };
    parameter("ssh-key", word(2));
    parameter("base64-ssh-public-host-key", word(7));
    let max_jobs = word(3).map_or(Ok(1), |word| word.parse().map_err(|_| wrong(3)))?;
    let speed_factor: f32 = word(4).map_or(Ok(1.0), |word| word.parse().map_err(|_| wrong(4)))?;
    if speed_factor < 0.0 || speed_factor.is_nan() {
        return Err(MachineError::Speed(line.to_owned()));
    }
    let systems = match word(1) {
        None => own_systems.clone(),
        Some(_) => set(1),
    };
    Ok(Machine {
        store,
        systems,
        max_jobs,
        speed_factor,
        supported_features: set(5),
        mandatory_features: set(6),
    })
}

impl Machine {
    /// All that it can do.
    #[must_use]
    pub fn features(&self) -> BTreeSet<String> {
        self.supported_features
            .union(&self.mandatory_features)
            .cloned()
            .collect()
    }

    /// Whether it builds derivations for this system that require these features.
    #[must_use]
    pub fn can_build(&self, system: &str, features: &BTreeSet<String>) -> bool {
        let has = |feature: &String| {
            self.supported_features.contains(feature) || self.mandatory_features.contains(feature)
        };
        (system == "builtin" || self.systems.contains(system))
            && features.iter().all(has)
            && self.mandatory_features.is_subset(features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn parse(text: &str) -> Result<Vec<Machine>, MachineError> {
        parse_machines(text, &set(&["x86_64-linux"]))
    }

    #[test]
    fn all_words_but_the_first_may_be_left_out() {
        let machines = parse("nix@scratchy.labs.cs.uu.nl").expect("a machine");
        let [machine] = machines.as_slice() else {
            panic!("one machine: {machines:?}");
        };
        assert_eq!(
            machine.store.to_string(),
            "ssh://nix@scratchy.labs.cs.uu.nl"
        );
        assert_eq!(machine.systems, set(&["x86_64-linux"]));
        assert_eq!((machine.max_jobs, machine.speed_factor), (1, 1.0));
        assert!(machine.can_build("x86_64-linux", &set(&[])));
        assert!(machine.can_build("builtin", &set(&[])));
        assert!(!machine.can_build("i686-linux", &set(&[])));
        assert!(!machine.can_build("x86_64-linux", &set(&["kvm"])));
    }

    #[test]
    fn every_word_says_something() {
        let machines = parse(
            "# comment\nssh-ng://a i686-linux,x86_64-linux /key 8 2.5 kvm,big - a2V5 # end\n; b - - \
             - - - must;\n",
        )
        .expect("machines");
        let [first, second] = machines.as_slice() else {
            panic!("two machines: {machines:?}");
        };
        assert_eq!(
            first.store.to_string(),
            "ssh-ng://a?base64-ssh-public-host-key=a2V5&ssh-key=/key"
        );
        assert_eq!((first.max_jobs, first.speed_factor), (8, 2.5));
        assert!(first.can_build("i686-linux", &set(&["kvm", "big"])));
        assert!(second.can_build("x86_64-linux", &set(&["must"])));
        assert!(!second.can_build("x86_64-linux", &set(&[])));
    }

    #[test]
    fn files_are_included_and_may_be_missing() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("machines");
        let own = format!("one\n@{}\n", file.display());
        std::fs::write(&file, own).expect("a file");
        let text = format!("@{} ; @/does/not/exist ; two", file.display());
        let names: Vec<String> = parse(&text)
            .expect("machines")
            .iter()
            .map(|machine| machine.store.to_string())
            .collect();
        assert_eq!(names.first().map(String::as_str), Some("ssh://one"));
        assert_eq!(names.last().map(String::as_str), Some("ssh://two"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(matches!(
            parse("a - - many"),
            Err(MachineError::Number { column: 3, .. })
        ));
        assert!(matches!(parse("a - - 1 -1"), Err(MachineError::Speed(_))));
        assert!(matches!(parse("- x"), Err(MachineError::NoStore(_))));
        assert!(parse("  \n;;#x").expect("no machines").is_empty());
    }
}
