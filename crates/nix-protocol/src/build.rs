//! How builds are asked for and what comes of them.

use std::collections::BTreeMap;

use nix_wire::StorePath;
use serde_json::{Value, json};

use crate::codec::{Decoder, Dialect, Encoder, Item};
use crate::error::ProtocolError;
use crate::worker;

type Result<T> = std::result::Result<T, ProtocolError>;

/// What is done about what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BuildMode {
    /// It is kept.
    #[default]
    Normal,
    /// It is built again if it was changed.
    Repair,
    /// It is built again to see whether the same comes out.
    Check,
}

impl Item for BuildMode {
    fn read(from: &mut Decoder<'_>) -> Result<BuildMode> {
        match from.number()? {
            0 => Ok(BuildMode::Normal),
            1 => Ok(BuildMode::Repair),
            2 => Ok(BuildMode::Check),
            found => Err(ProtocolError::OutOfRange {
                what: "build mode",
                found,
            }),
        }
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(*self as u64)
    }
}

/// How a build ended. The order is that of the numbers on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BuildStatus {
    Built,
    Substituted,
    AlreadyValid,
    PermanentFailure,
    InputRejected,
    OutputRejected,
    TransientFailure,
    CachedFailure,
    TimedOut,
    MiscFailure,
    DependencyFailed,
    LogLimitExceeded,
    NotDeterministic,
    ResolvesToAlreadyValid,
    NoSubstituters,
}

impl BuildStatus {
    const ALL: [BuildStatus; 15] = [
        BuildStatus::Built,
        BuildStatus::Substituted,
        BuildStatus::AlreadyValid,
        BuildStatus::PermanentFailure,
        BuildStatus::InputRejected,
        BuildStatus::OutputRejected,
        BuildStatus::TransientFailure,
        BuildStatus::CachedFailure,
        BuildStatus::TimedOut,
        BuildStatus::MiscFailure,
        BuildStatus::DependencyFailed,
        BuildStatus::LogLimitExceeded,
        BuildStatus::NotDeterministic,
        BuildStatus::ResolvesToAlreadyValid,
        BuildStatus::NoSubstituters,
    ];

    /// Whether what was wanted is valid.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(
            self,
            BuildStatus::Built
                | BuildStatus::Substituted
                | BuildStatus::AlreadyValid
                | BuildStatus::ResolvesToAlreadyValid
        )
    }
}

impl Item for BuildStatus {
    fn read(from: &mut Decoder<'_>) -> Result<BuildStatus> {
        let found = from.number()?;
        usize::try_from(found)
            .ok()
            .and_then(|index| BuildStatus::ALL.get(index).copied())
            .ok_or(ProtocolError::OutOfRange {
                what: "build status",
                found,
            })
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(*self as u64)
    }
}

/// The paths of outputs by their names.
pub type BuiltOutputs = BTreeMap<String, StorePath>;

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildResult {
    /// How it ended.
    pub status: BuildStatus,
    /// Why it failed, when it did.
    pub message: String,
    /// How often it was built.
    pub times_built: u64,
    /// Whether another thing came out each time.
    pub is_non_deterministic: bool,
    /// When it began, in seconds since 1970.
    pub start_time: u64,
    /// When it ended, in seconds since 1970.
    pub stop_time: u64,
    /// The time that its processes took, in microseconds.
    pub cpu_user: Option<u64>,
    /// The time that the system took for them, in microseconds.
    pub cpu_system: Option<u64>,
    /// The outputs that were asked for, when it did not fail.
    pub outputs: BuiltOutputs,
}

impl BuildResult {
    /// One about which nothing else is known.
    #[must_use]
    pub fn new(status: BuildStatus) -> BuildResult {
        BuildResult {
            status,
            message: String::new(),
            times_built: 0,
            is_non_deterministic: false,
            start_time: 0,
            stop_time: 0,
            cpu_user: None,
            cpu_system: None,
            outputs: BuiltOutputs::new(),
        }
    }

    /// A failure.
    #[must_use]
    pub fn failure(status: BuildStatus, message: impl Into<String>) -> BuildResult {
        BuildResult {
            message: message.into(),
            ..BuildResult::new(status)
        }
    }
}

/// Microseconds, or nothing.
struct Duration(Option<u64>);

impl Item for Duration {
    fn read(from: &mut Decoder<'_>) -> Result<Duration> {
        match from.number()? {
            0 => Ok(Duration(None)),
            1 => Ok(Duration(Some(from.number()?))),
            found => Err(ProtocolError::OutOfRange {
                what: "tag of an optional value",
                found,
            }),
        }
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        match self.0 {
            None => to.number(0),
            Some(time) => {
                to.number(1)?;
                to.number(time)
            }
        }
    }
}

/// How outputs look on the line.
enum OutputsForm {
    Absent,
    /// `sha256:…!out` and a realisation as JSON.
    Json,
    /// The name, the path and signatures, which are of use for content-addressed derivations only.
    Paths,
}

impl OutputsForm {
    fn of(context: &crate::Context) -> OutputsForm {
        let (paths, json) = match context.dialect {
            Dialect::Worker => (
                context.has(worker::REALISATION_WITH_PATH),
                context.worker_since(28),
            ),
            Dialect::Serve => (context.serve_since(8), context.serve_since(6)),
        };
        if paths {
            OutputsForm::Paths
        } else if json {
            OutputsForm::Json
        } else {
            OutputsForm::Absent
        }
    }
}

impl Item for BuildResult {
    fn read(from: &mut Decoder<'_>) -> Result<BuildResult> {
        let mut result = BuildResult::new(from.read()?);
        result.message = from.lossy_text()?;
        let context = from.context;
        if context.worker_since(29) || context.serve_since(3) {
            result.times_built = from.number()?;
            result.is_non_deterministic = from.read()?;
            result.start_time = from.number()?;
            result.stop_time = from.number()?;
        }
        if context.worker_since(37) {
            result.cpu_user = from.read::<Duration>()?.0;
            result.cpu_system = from.read::<Duration>()?.0;
        }
        match OutputsForm::of(context) {
            OutputsForm::Absent => {}
            OutputsForm::Json => {
                for _ in 0..from.number()? {
                    let (id, realisation) = (from.text()?, from.text()?);
                    let (name, path) = parse_realisation(&id, &realisation)?;
                    result.outputs.insert(name, path);
                }
            }
            OutputsForm::Paths => {
                for _ in 0..from.number()? {
                    let (name, path) = (from.text()?, from.read()?);
                    from.read::<Vec<String>>()?;
                    result.outputs.insert(name, path);
                }
            }
        }
        Ok(result)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.write(&self.status)?;
        to.text(&self.message)?;
        let context = to.context;
        if context.worker_since(29) || context.serve_since(3) {
            to.number(self.times_built)?;
            to.write(&self.is_non_deterministic)?;
            to.number(self.start_time)?;
            to.number(self.stop_time)?;
        }
        if context.worker_since(37) {
            to.write(&Duration(self.cpu_user))?;
            to.write(&Duration(self.cpu_system))?;
        }
        match OutputsForm::of(context) {
            OutputsForm::Absent => {}
            OutputsForm::Json => {
                to.number(self.outputs.len() as u64)?;
                for (name, path) in &self.outputs {
                    let (id, realisation) = print_realisation(name, path);
                    to.text(&id)?;
                    to.text(&realisation)?;
                }
            }
            OutputsForm::Paths => {
                to.number(self.outputs.len() as u64)?;
                for (name, path) in &self.outputs {
                    to.text(name)?;
                    to.write(path)?;
                    to.write(&Vec::<String>::new())?;
                }
            }
        }
        Ok(())
    }
}

fn parse_realisation(id: &str, realisation: &str) -> Result<(String, StorePath)> {
    let (_, name) = id
        .split_once('!')
        .ok_or_else(|| ProtocolError::OutputId(id.to_owned()))?;
    let value: Value = serde_json::from_str(realisation)
        .map_err(|error| ProtocolError::Realisation(realisation.to_owned(), error))?;
    let path = value["outPath"].as_str().unwrap_or_default();
    Ok((name.to_owned(), StorePath::from_base_name(path)?))
}

/// The hash in the name of an output says of which derivation it is. Whoever asked knows that, and
/// nobody reads it.
fn print_realisation(name: &str, path: &StorePath) -> (String, String) {
    let id = format!("sha256:{}!{name}", "0".repeat(64));
    let realisation = json!({
        "dependentRealisations": {},
        "id": id,
        "outPath": path.base_name(),
        "signatures": [],
    });
    (id, realisation.to_string())
}
