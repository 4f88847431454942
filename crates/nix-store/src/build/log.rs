//! The log of a build: a file, and its last lines for an error.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use nix_wire::StorePath;
use serde_json::Value;

use super::Observer;
use crate::error::{During, StoreError};

/// Longer lines are cut into several.
const LONGEST_LINE: usize = 16 * 1024;
/// What a line begins with that is a message for the program rather than for people.
const MESSAGE: &[u8] = b"@nix ";

pub(super) struct Log<'a> {
    derivation: &'a StorePath,
    observer: &'a dyn Observer,
    path: PathBuf,
    file: BufWriter<File>,
    line: Vec<u8>,
    last: VecDeque<String>,
    keep: usize,
    /// Told at the end: a builder is not stopped because its log cannot be written.
    failure: Option<std::io::Error>,
}

impl<'a> Log<'a> {
    pub(super) fn create(
        derivation: &'a StorePath,
        path: PathBuf,
        keep: usize,
        observer: &'a dyn Observer,
    ) -> Result<Log<'a>, StoreError> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).during("create directory", directory)?;
        }
        let file = BufWriter::new(File::create(&path).during("create", &path)?);
        Ok(Log {
            derivation,
            observer,
            path,
            file,
            line: Vec::new(),
            last: VecDeque::new(),
            keep,
            failure: None,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes what a builder wrote.
    pub(super) fn write(&mut self, mut data: &[u8]) {
        if let Err(error) = self.file.write_all(data) {
            self.failure.get_or_insert(error);
        }
        while let Some(end) = data.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&data[..end]);
            self.end_line();
            data = &data[end + 1..];
        }
        self.line.extend_from_slice(data);
        if self.line.len() > LONGEST_LINE {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if let Some(message) = line.strip_prefix(MESSAGE) {
            self.message(message);
            return;
        }
        // Of a progress bar, only how it looked at the end.
        let shown = line.strip_suffix(b"\r").unwrap_or(&line);
        let shown = shown.rsplit(|byte| *byte == b'\r').next().unwrap_or(shown);
        self.observer.log_line(self.derivation, shown);
        self.last
            .push_back(String::from_utf8_lossy(shown).into_owned());
        if self.last.len() > self.keep {
            self.last.pop_front();
        }
    }

    fn message(&mut self, message: &[u8]) {
        let Ok(message) = serde_json::from_slice::<Value>(message) else {
            return;
        };
        if message["action"] == "setPhase"
            && let Some(phase) = message["phase"].as_str()
        {
            self.observer.phase(self.derivation, phase);
        }
    }

    /// The last lines. The file is complete.
    pub(super) fn finish(&mut self) -> Result<Vec<String>, StoreError> {
        if !self.line.is_empty() {
            self.end_line();
        }
        let written = match self.failure.take() {
            Some(error) => Err(error),
            None => self.file.flush(),
        };
        written.during("write", &self.path)?;
        Ok(self.last.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Recorder(Mutex<Vec<String>>);

    impl Observer for Recorder {
        fn log_line(&self, _: &StorePath, line: &[u8]) {
            let line = String::from_utf8_lossy(line).into_owned();
            self.0.lock().expect("no panic").push(line);
        }

        fn phase(&self, _: &StorePath, phase: &str) {
            self.0.lock().expect("no panic").push(format!("[{phase}]"));
        }
    }

    #[test]
    fn lines_are_told_as_they_come_and_the_last_are_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("drvs/ab/log");
        let derivation = StorePath::new(&[0; 20], "x.drv").expect("a name");
        let recorder = Recorder::default();
        let mut log = Log::create(&derivation, path.clone(), 2, &recorder).expect("a log");
        for piece in [
            "one\ntw",
            "o\n@nix {\"action\":\"setPhase\",\"phase\":\"buildPhase\"}\n",
            "1%\r50%\r100%\r\nend",
        ] {
            log.write(piece.as_bytes());
        }
        assert_eq!(log.finish().expect("a log"), ["100%", "end"]);
        let told = recorder.0.into_inner().expect("no panic");
        assert_eq!(told, ["one", "two", "[buildPhase]", "100%", "end"]);
        assert!(
            fs::read_to_string(path)
                .expect("a file")
                .starts_with("one\ntwo\n@nix")
        );
    }
}
