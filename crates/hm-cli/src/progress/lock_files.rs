//! A lock file that is written for the first time is no warning: it is a file like any other.

use std::path::{Path, PathBuf};

use nix_engine::{Event, Reporter};

use crate::printer::{Message, Printer, Voice};

/// Reports new lock files in one line, and leaves everything else to another reporter.
pub struct LockFileReporter<R> {
    other: R,
    voice: Voice,
    home: PathBuf,
}

impl<R: Reporter> LockFileReporter<R> {
    /// A reporter that shows paths in this home with `~`.
    pub fn new(printer: &Printer, home: &Path, other: R) -> LockFileReporter<R> {
        LockFileReporter {
            other,
            voice: printer.voice(),
            home: home.to_owned(),
        }
    }
}

impl<R: Reporter> Reporter for LockFileReporter<R> {
    fn report(&self, event: Event<'_>) {
        let Event::Warning(text) = &event else {
            return self.other.report(event);
        };
        let Some((file, inputs)) = new_lock_file(text) else {
            return self.other.report(event);
        };
        let shown = match Path::new(file).strip_prefix(&self.home) {
            Ok(rest) => format!("~/{}", rest.display()),
            Err(_) => file.to_owned(),
        };
        self.voice.say(Message::Status, &format!("Wrote {shown}"));
        self.voice.say(Message::Detail, inputs);
    }
}

/// The path of a lock file that was written for the first time, and the inputs in it.
fn new_lock_file(warning: &str) -> Option<(&str, &str)> {
    let rest = warning.strip_prefix("creating lock file \"")?;
    let (file, inputs) = rest.split_once("\": \n")?;
    Some((file, inputs.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_lock_files_are_told_apart() {
        let created = "creating lock file \"/h/flake.lock\": \n• Added input 'x':\n";
        assert_eq!(
            new_lock_file(created),
            Some(("/h/flake.lock", "• Added input 'x':"))
        );
        assert_eq!(
            new_lock_file("updating lock file \"/h/flake.lock\":\nx"),
            None
        );
    }
}
