//! Links that a generation's own script changes, as they were before it.

use std::path::{Path, PathBuf};

use hm_plan::{Action, serde_path};
use serde::{Deserialize, Serialize};

use crate::actions::{ActionError, Performer};
use crate::profile;

/// A link as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    #[serde(with = "serde_path")]
    path: PathBuf,
    /// The text; `None` when there was no link.
    #[serde(with = "serde_path::optional")]
    text: Option<PathBuf>,
    /// If it is a profile, the number of its newest generation, or 0.
    newest: Option<u64>,
}

impl LinkState {
    /// Returns the state of a link.
    #[must_use]
    pub fn of(path: &Path) -> LinkState {
        LinkState {
            path: path.to_owned(),
            text: std::fs::read_link(path).ok(),
            newest: None,
        }
    }

    /// Returns the state of a profile's link and of its generations.
    #[must_use]
    pub fn of_profile(path: &Path) -> LinkState {
        let numbers = profile::numbers(path).unwrap_or_default();
        LinkState {
            newest: Some(numbers.into_iter().max().unwrap_or(0)),
            ..LinkState::of(path)
        }
    }

    /// Makes the link as it was. What is not a link now is left alone.
    pub(crate) fn restore(&self, performer: &Performer<'_>) -> Result<(), ActionError> {
        let now = std::fs::read_link(&self.path).ok();
        let is_free = self.path.symlink_metadata().is_err();
        let action = match (&self.text, now) {
            (Some(text), Some(now)) if *text != now => Some(Action::Link {
                path: self.path.clone(),
                target: text.clone(),
                previous: Some(now),
            }),
            (Some(text), None) if is_free => Some(Action::Link {
                path: self.path.clone(),
                target: text.clone(),
                previous: None,
            }),
            (None, Some(now)) => Some(Action::RemoveLink {
                path: self.path.clone(),
                target: now,
            }),
            _ => None,
        };
        if let Some(action) = action {
            performer.perform(&action)?;
        }
        let Some(newest) = self.newest else {
            return Ok(());
        };
        for number in profile::numbers(&self.path).unwrap_or_default() {
            let link = profile::generation_link(&self.path, number);
            if number > newest
                && let Ok(target) = std::fs::read_link(&link)
            {
                performer.perform(&Action::RemoveLink { path: link, target })?;
            }
        }
        Ok(())
    }
}
