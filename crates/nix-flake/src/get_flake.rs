//! `builtins.getFlake`

use std::rc::Rc;

use nix_eval::{Evaluator, Value};

use crate::error::FlakeError;
use crate::flakes::Flakes;
use crate::locking::LockFlags;
use crate::outputs::call_flake;
use crate::reference::{ParseOptions, parse};

/// The value of the flake that a text names. In pure evaluation it must be a locked one.
///
/// # Errors
/// When it is none, cannot be fetched or locked, or may change although evaluation is pure.
pub fn get_flake(
    evaluator: &Evaluator,
    flakes: &Rc<Flakes>,
    reference: &str,
) -> Result<Value, FlakeError> {
    let pure = evaluator.settings().pure_eval;
    let parsed = parse(reference, ParseOptions::default())?;
    if pure
        && !parsed
            .input
            .is_locked(flakes.fetcher.settings().trusts_forges)
    {
        return Err(FlakeError::UnlockedGetFlake(reference.to_owned()));
    }
    let locked = flakes.lock(evaluator, &parsed, &LockFlags::for_evaluation(pure))?;
    Ok(call_flake(evaluator, flakes, Rc::new(locked)))
}
