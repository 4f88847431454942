//! Building what an evaluation instantiated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nix_eval::{Evaluator, Value};
use nix_store::build::{BuildError, BuildErrors, BuildMode, BuildOptions, Observer, Plan, Wanted};
use nix_store::store::Missing;
use nix_wire::StorePath;

use crate::reporter::{Event, Reporter};
use crate::{Engine, EngineError, Shared};

/// The outputs of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The derivation.
    pub derivation: StorePath,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, StorePath>,
}

impl Engine {
    /// The derivation that a value is, as it would be built: its path and the wanted output.
    ///
    /// # Errors
    /// When the value is not a derivation, or cannot be evaluated.
    pub fn derivation_of(
        &self,
        evaluator: &Evaluator,
        value: Value,
    ) -> Result<(StorePath, String), EngineError> {
        let evaluate = || {
            let attrs = evaluator.force_attrs(value, "while evaluating a derivation")?;
            let get = |name: &str| match evaluator.attr_named(attrs, name.as_bytes()) {
                Some(value) => evaluator
                    .force_string(value, "while evaluating an attribute of a derivation")
                    .map(|text| Some(text.to_string_lossy().into_owned())),
                None => Ok(None),
            };
            Ok((get("drvPath")?, get("outputName")?))
        };
        let (path, output) = evaluate().map_err(|error: Box<nix_eval::EvalError>| {
            EngineError::Evaluation(Box::new(evaluator.report(&error)))
        })?;
        let path =
            path.ok_or_else(|| EngineError::Other("the value is not a derivation".to_owned()))?;
        let path = self.store().store_dir().parse(&path)?;
        if !path.is_derivation() {
            return Err(EngineError::Other(format!(
                "store path '{}' is not a valid derivation path",
                path.base_name()
            )));
        }
        Ok((path, output.unwrap_or_else(|| "out".to_owned())))
    }

    /// Builds derivations with all their outputs.
    ///
    /// # Errors
    /// All builds that failed.
    pub fn build(&self, derivations: &[StorePath]) -> Result<Vec<Built>, EngineError> {
        let wanted: Vec<Wanted> = derivations.iter().cloned().map(Wanted::all_of).collect();
        let outputs = self.shared.build(&wanted)?;
        Ok(derivations
            .iter()
            .cloned()
            .zip(outputs)
            .map(|(derivation, outputs)| Built {
                derivation,
                outputs,
            })
            .collect())
    }

    /// Makes what is wanted valid, and gives for each the paths by output; an object has the one
    /// name `out`.
    ///
    /// # Errors
    /// All builds that failed.
    pub fn build_wanted(
        &self,
        wanted: &[Wanted],
    ) -> Result<Vec<BTreeMap<String, StorePath>>, EngineError> {
        self.shared.build(wanted)
    }

    /// Builds what is wanted again, to compare with what is there or to put it right.
    ///
    /// # Errors
    /// All builds that failed, and what differs.
    pub fn build_wanted_as(
        &self,
        wanted: &[Wanted],
        mode: BuildMode,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, EngineError> {
        self.shared.build_as(wanted, mode)
    }

    /// What [`Engine::build_wanted`] would do.
    ///
    /// # Errors
    /// When the store cannot say.
    pub fn missing_of(&self, wanted: &[Wanted]) -> Result<Missing, EngineError> {
        self.shared.flush()?;
        // What would be done depends on where things may come from, and on what is allowed.
        if let Some(store) = self.store().as_local() {
            let plan = store
                .plan_build_with(wanted, &self.shared.settings.build)
                .map_err(BuildErrors::from)?;
            return Ok(Missing {
                build: plan.built,
                substitute: plan.substituted,
                unknown: plan.lacking,
                ..Missing::default()
            });
        }
        Ok(self.store().missing(wanted)?)
    }

    /// The derivations that [`Engine::build`] would build.
    ///
    /// # Errors
    /// When it could not.
    pub fn missing(&self, derivations: &[StorePath]) -> Result<Vec<StorePath>, EngineError> {
        let wanted: Vec<Wanted> = derivations.iter().cloned().map(Wanted::all_of).collect();
        Ok(self.missing_of(&wanted)?.build)
    }

    /// Writes what was instantiated to the store.
    ///
    /// # Errors
    /// When the store fails.
    pub fn flush(&self) -> Result<(), EngineError> {
        Ok(self.shared.flush()?)
    }

    /// Where a store path lies.
    #[must_use]
    pub fn real_path(&self, path: &StorePath) -> PathBuf {
        self.shared.real_path(path)
    }
}

impl Shared {
    /// A daemon's objects lie where their paths say.
    pub(crate) fn real_path(&self, path: &StorePath) -> PathBuf {
        let store = self.building_store();
        store
            .real_path(path)
            .unwrap_or_else(|| PathBuf::from(store.store_dir().print(path)))
    }

    pub(crate) fn build(
        &self,
        wanted: &[Wanted],
    ) -> Result<Vec<BTreeMap<String, StorePath>>, EngineError> {
        self.build_as(wanted, self.settings.build.mode)
    }

    fn build_as(
        &self,
        wanted: &[Wanted],
        mode: BuildMode,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, EngineError> {
        self.flush()?;
        let observer = Told(&*self.reporter);
        let options = BuildOptions {
            mode,
            ..self.settings.build.clone()
        };
        Ok(self
            .building_store()
            .build(wanted, &options, &self.cancellation, &observer)?)
    }
}

/// Tells a reporter what an observer of builds sees.
struct Told<'a>(&'a dyn Reporter);

impl Observer for Told<'_> {
    fn planned(&self, plan: &Plan) {
        self.0.report(Event::Planned(plan));
    }

    fn notice(&self, text: &str) {
        self.0.report(Event::Warning(text));
    }

    fn waiting(&self, path: &Path) {
        self.0.report(Event::Waiting(path));
    }

    fn started(&self, derivation: &StorePath, mode: BuildMode) {
        self.0.report(Event::BuildStarted(derivation, mode));
    }

    fn started_on(&self, derivation: &StorePath, machine: &str) {
        self.0.report(Event::BuildStartedOn(derivation, machine));
    }

    fn phase(&self, derivation: &StorePath, phase: &str) {
        self.0.report(Event::BuildPhase(derivation, phase));
    }

    fn kept(&self, _: &StorePath, directory: &Path) {
        self.0.report(Event::BuildKept(directory));
    }

    fn log_line(&self, derivation: &StorePath, line: &[u8]) {
        self.0.report(Event::BuildLine(derivation, line));
    }

    fn finished(&self, derivation: &StorePath, result: Result<(), &BuildError>) {
        self.0
            .report(Event::BuildFinished(derivation, result.err()));
    }
}
