//! The log of a build: a file, most often compressed, and its last lines for an error.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bzip2::Compression;
use bzip2::write::BzEncoder;
use nix_wire::StorePath;
use serde_json::Value;

use super::{BuildOptions, LogOptions, Observer};
use crate::error::{During, StoreError};
use crate::layout::Layout;
use crate::modes;

/// Longer lines are cut into several.
const LONGEST_LINE: usize = 16 * 1024;
/// What a line begins with that is a message for the program rather than for people.
const MESSAGE: &[u8] = b"@nix ";

pub(super) struct Log<'a> {
    derivation: &'a StorePath,
    observer: &'a dyn Observer,
    options: LogOptions,
    file: Option<LogFile>,
    line: Vec<u8>,
    last: VecDeque<String>,
    keep: usize,
    written: u64,
    /// Told at the end: a builder is not stopped because its log cannot be written.
    failure: Option<io::Error>,
}

struct LogFile {
    path: PathBuf,
    /// Nothing any more once it is complete.
    writer: Option<Writer>,
}

enum Writer {
    Plain(BufWriter<File>),
    Compressed(Box<BzEncoder<BufWriter<File>>>),
}

impl Writer {
    fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Writer::Plain(file) => file.write_all(data),
            Writer::Compressed(file) => file.write_all(data),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Writer::Plain(mut file) => file.flush(),
            Writer::Compressed(file) => file.finish()?.flush(),
        }
    }
}

impl LogFile {
    fn create(
        derivation: &StorePath,
        layout: &Layout,
        options: LogOptions,
    ) -> Result<LogFile, StoreError> {
        let plain = layout.build_log(derivation);
        if let Some(directory) = plain.parent() {
            modes::create_dir_all(directory).during("create directory", directory)?;
        }
        let mut compressed = plain.clone().into_os_string();
        compressed.push(".bz2");
        let compressed = PathBuf::from(compressed);
        let (path, other) = if options.compress {
            (compressed, plain)
        } else {
            (plain, compressed)
        };
        // Of an earlier build, which nobody shall take for this one's.
        let _ = fs::remove_file(&other);
        let _ = fs::remove_file(&path);
        let file = BufWriter::new(File::create(&path).during("create", &path)?);
        let writer = if options.compress {
            Writer::Compressed(Box::new(BzEncoder::new(file, Compression::best())))
        } else {
            Writer::Plain(file)
        };
        Ok(LogFile {
            path,
            writer: Some(writer),
        })
    }
}

impl<'a> Log<'a> {
    pub(super) fn create(
        derivation: &'a StorePath,
        layout: &Layout,
        options: &BuildOptions,
        observer: &'a dyn Observer,
    ) -> Result<Log<'a>, StoreError> {
        let logs = options.logs;
        Ok(Log {
            derivation,
            observer,
            options: logs,
            file: logs
                .keep
                .then(|| LogFile::create(derivation, layout, logs))
                .transpose()?,
            line: Vec::new(),
            last: VecDeque::new(),
            keep: options.log_lines,
            written: 0,
            failure: None,
        })
    }

    /// The file that it is in.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// More than it may have, when it has.
    pub(super) fn limit_passed(&self) -> Option<u64> {
        self.options.limit.filter(|limit| self.written > *limit)
    }

    /// Takes what a builder wrote.
    pub(super) fn write(&mut self, mut data: &[u8]) {
        self.written += data.len() as u64;
        let writer = self.file.as_mut().and_then(|file| file.writer.as_mut());
        if let Some(Err(error)) = writer.map(|writer| writer.write_all(data)) {
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
        let message = match serde_json::from_slice::<Value>(message) {
            Ok(message) if message["action"].is_string() => message,
            Ok(_) => return self.warn(message, "it has no action"),
            Err(error) => return self.warn(message, &error.to_string()),
        };
        if message["action"] == "setPhase"
            && let Some(phase) = message["phase"].as_str()
        {
            self.observer.phase(self.derivation, phase);
        }
    }

    /// Tells of a message that means nothing.
    fn warn(&self, message: &[u8], reason: &str) {
        self.observer.notice(&format!(
            "Unable to handle a JSON message from the derivation builder: {}: {reason}",
            String::from_utf8_lossy(message)
        ));
    }

    /// The last lines. The file is complete.
    pub(super) fn finish(&mut self) -> Result<Vec<String>, StoreError> {
        if !self.line.is_empty() {
            self.end_line();
        }
        if let Some(file) = &mut self.file {
            let finished = file.writer.take().map_or(Ok(()), Writer::finish);
            self.failure
                .take()
                .map_or(finished, Err)
                .during("write", &file.path)?;
        }
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
        let layout = Layout::below(&directory.path().canonicalize().expect("a path"));
        let layout = layout.expect("a layout");
        let derivation = StorePath::new(&[0; 20], "x.drv").expect("a name");
        for compress in [false, true] {
            let recorder = Recorder::default();
            let mut options = BuildOptions::new("x");
            options.log_lines = 2;
            options.logs.compress = compress;
            let mut log = Log::create(&derivation, &layout, &options, &recorder).expect("a log");
            for piece in [
                "one\ntw",
                "o\n@nix {\"action\":\"setPhase\",\"phase\":\"buildPhase\"}\n",
                "1%\r50%\r100%\r\nend",
            ] {
                log.write(piece.as_bytes());
            }
            assert_eq!(log.finish().expect("a log"), ["100%", "end"]);
            let told = std::mem::take(&mut *recorder.0.lock().expect("no panic"));
            assert_eq!(told, ["one", "two", "[buildPhase]", "100%", "end"]);
            let mut text = String::new();
            let path = log.path().expect("a file").to_owned();
            let file = File::open(&path).expect("a file");
            let mut reader: Box<dyn std::io::Read> = if compress {
                Box::new(bzip2::read::BzDecoder::new(file))
            } else {
                Box::new(file)
            };
            reader.read_to_string(&mut text).expect("text");
            assert!(text.starts_with("one\ntwo\n@nix"), "{text}");
            assert_eq!(path.extension().is_some_and(|end| end == "bz2"), compress);
            assert_eq!(
                fs::read_dir(path.parent().expect("a parent"))
                    .expect("files")
                    .count(),
                1
            );
        }
    }
}
