//! Builders that are part of this program: `builtin:NAME`.
//!
//! They run where every other builder runs: in the process that the [launcher](super::launch) has
//! made for the build, as the build user and inside the sandbox if there is one. So they can read
//! and write no more than any other builder, whoever asked for the build. What they need besides
//! the derivation and may not read themselves (certificates, passwords for servers) is passed to
//! them as data by [`BuiltinSettings`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use nix_wire::Derivation;

use super::{buildenv, tree};

const PREFIX: &[u8] = b"builtin:";
/// The variable by which a derivation with another builder says that this program can make the
/// same.
const OWN: &[u8] = b"homeManagerBuilder";
/// The builders that such a derivation may name. Any other is run as the derivation says.
const OWN_BUILDERS: [&[u8]; 1] = [b"tree"];

/// Returns the name of the builder that is part of this program and builds a derivation: what
/// follows `builtin:`, or the one that makes the same as the derivation's own builder.
pub(super) fn name_for(derivation: &Derivation) -> Option<String> {
    let own = || {
        let name = derivation.environment.get(OWN)?.as_slice();
        OWN_BUILDERS.contains(&name).then_some(name)
    };
    let name = derivation.builder.strip_prefix(PREFIX).or_else(own)?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// Data for builders that are part of this program. It is collected in the process that wants the
/// build, which may read more than the builder.
pub trait BuiltinSettings: fmt::Debug + Send + Sync {
    /// Returns the data for the builder `builtin:NAME`, in a form that this builder reads.
    ///
    /// # Errors
    /// If a file that the settings name cannot be read.
    fn of(&self, name: &str) -> Result<Vec<u8>, String>;
}

/// One run of a builder that is part of this program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuiltinJob {
    /// The environment that another builder would have.
    pub variables: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The paths at which the outputs are made, by the names of the outputs.
    pub outputs: BTreeMap<String, PathBuf>,
    /// The builder's own directory, which is empty but for files that attributes asked for. It is
    /// the working directory too.
    pub directory: PathBuf,
    /// Whether the result is known in advance, or never the same, so that the network may be used.
    pub has_network: bool,
    /// The data from [`BuiltinSettings`].
    pub settings: Vec<u8>,
}

impl BuiltinJob {
    /// Returns the value of a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&[u8]> {
        self.variables.get(name.as_bytes()).map(Vec::as_slice)
    }

    /// Returns the value of a variable that the builder cannot do without.
    ///
    /// # Errors
    /// If the derivation does not have it.
    pub fn required(&self, name: &str) -> Result<&[u8], String> {
        let value = self.variable(name);
        value.ok_or_else(|| format!("attribute '{name}' missing"))
    }

    /// Returns the path of the output `out`.
    ///
    /// # Errors
    /// If the derivation has no such output.
    pub fn out(&self) -> Result<&PathBuf, String> {
        let out = self.outputs.get("out");
        out.ok_or_else(|| "it has no output 'out'".to_owned())
    }

    /// Writes a line to the log of the build.
    pub fn log(&self, message: &str) {
        super::launch::log(message);
    }
}

type Builder = Box<dyn Fn(&BuiltinJob) -> Result<(), String>>;

/// The builders that a launcher's program has, by name.
pub struct Builtins(BTreeMap<&'static str, Builder>);

impl Default for Builtins {
    /// Those that need nothing but files: `builtin:buildenv` and `tree`.
    fn default() -> Builtins {
        Builtins(BTreeMap::new())
            .with("buildenv", buildenv::build)
            .with("tree", tree::build)
    }
}

impl Builtins {
    /// Adds the builder `builtin:NAME`. Its error is the last line of the log.
    #[must_use]
    pub fn with(
        mut self,
        name: &'static str,
        builder: impl Fn(&BuiltinJob) -> Result<(), String> + 'static,
    ) -> Builtins {
        self.0.insert(name, Box::new(builder));
        self
    }

    /// Returns whether there is a builder of this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Runs a builder.
    ///
    /// # Errors
    /// If there is no such builder, or it fails.
    pub(super) fn run(&self, name: &str, job: &BuiltinJob) -> Result<(), String> {
        match self.0.get(name) {
            Some(builder) => builder(job),
            None => Err(format!("unsupported builtin builder '{name}'")),
        }
    }
}

impl fmt::Debug for Builtins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}
