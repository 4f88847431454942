//! `nix profile rollback` and `wipe-history`

use super::Opened;
use crate::applets::evaluate::Failed;
use crate::applets::generations::{Old, delete_old, parse_age, switch};

/// Makes an earlier version the current one.
pub fn roll_back(opened: &Opened<'_>) -> Result<(), Failed> {
    opened.refuse_arguments()?;
    let asked = &opened.asked;
    switch(&opened.tool, &opened.profile, asked.version, asked.dry_run)
}

/// Deletes versions that are not the current one.
pub fn wipe_history(opened: &Opened<'_>) -> Result<(), Failed> {
    opened.refuse_arguments()?;
    let old = match &opened.asked.age {
        Some(age) => Old::Before(parse_age(age)?),
        None => Old::AllButCurrent,
    };
    let dry_run = opened.asked.dry_run;
    delete_old(&opened.tool, opened.profile.path(), old, dry_run)
}
