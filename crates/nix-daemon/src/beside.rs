//! What a program on another machine says beside the protocol, on its standard error: of
//! `nix-store --serve` that is also the output of builders.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long to wait for a stream to end whose other side has nothing more to say.
const PATIENCE: Duration = Duration::from_secs(2);

/// Is told lines, without their ends.
pub type LineListener = dyn Fn(&[u8]) + Send + Sync;

/// A stream of lines, which a thread reads as they come: whoever writes them must not wait.
#[derive(Clone)]
pub(crate) struct Beside(Arc<Mutex<State>>);

struct State {
    stream: File,
    /// What has come of a line whose end has not.
    part: Vec<u8>,
    /// Who is told in place of the usual listener.
    to: Option<Sender<Vec<u8>>>,
    usual: Arc<LineListener>,
    ended: bool,
}

impl fmt::Debug for Beside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Beside").finish_non_exhaustive()
    }
}

impl Beside {
    /// Reads a stream until it ends.
    pub(crate) fn read(stream: OwnedFd, usual: Arc<LineListener>) -> std::io::Result<Beside> {
        let watched = stream.try_clone()?;
        let beside = Beside(Arc::new(Mutex::new(State {
            stream: File::from(stream),
            part: Vec::new(),
            to: None,
            usual,
            ended: false,
        })));
        let reading = beside.clone();
        std::thread::Builder::new().spawn(move || {
            loop {
                // Without the lock, which whoever waits for the rest takes.
                let mut polled = [PollFd::new(&watched, PollFlags::IN)];
                match poll(&mut polled, None) {
                    Ok(_) => {}
                    Err(rustix::io::Errno::INTR) => continue,
                    Err(_) => return,
                }
                if !reading.state().take() {
                    return;
                }
            }
        })?;
        Ok(beside)
    }

    /// From now on lines go here.
    pub(crate) fn listen(&self, to: Sender<Vec<u8>>) {
        self.state().to = Some(to);
    }

    /// Ends [`Beside::listen`], after what has come already. What the other side wrote before an
    /// answer has come when the answer has.
    pub(crate) fn unlisten(&self) {
        let mut state = self.state();
        loop {
            if !state.is_ready(Duration::ZERO) || !state.take() {
                break;
            }
        }
        if !state.part.is_empty() {
            let line = std::mem::take(&mut state.part);
            state.tell(line);
        }
        state.to = None;
    }

    /// Has all been told that comes before the end, which is near: the other side has gone, or will
    /// go at once.
    pub(crate) fn finish(&self) {
        let patience = Instant::now() + PATIENCE;
        let mut state = self.state();
        while Instant::now() < patience {
            if state.is_ready(Duration::from_millis(100)) && !state.take() {
                break;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether something has come, or the end, after so long at most.
    fn is_ready(&self, patience: Duration) -> bool {
        let mut polled = [PollFd::new(&self.stream, PollFlags::IN)];
        let patience = Timespec::try_from(patience).unwrap_or_default();
        matches!(poll(&mut polled, Some(&patience)), Ok(count) if count > 0)
    }

    /// Takes what is there; false at the end.
    fn take(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let mut buffer = [0; 4096];
        // Somebody else may have taken it since it was seen.
        if !self.is_ready(Duration::ZERO) {
            return true;
        }
        let read = match self.stream.read(&mut buffer) {
            Ok(0) | Err(_) => {
                self.ended = true;
                let line = std::mem::take(&mut self.part);
                if !line.is_empty() {
                    self.tell(line);
                }
                return false;
            }
            Ok(read) => read,
        };
        self.part.extend_from_slice(&buffer[..read]);
        while let Some(end) = self.part.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = self.part.drain(..=end).collect();
            line.pop();
            self.tell(line);
        }
        true
    }

    fn tell(&self, line: Vec<u8>) {
        match &self.to {
            Some(to) => {
                // Nobody listens who is gone.
                let _ = to.send(line);
            }
            None => (self.usual)(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_comes_while_somebody_listens_goes_to_them_and_all_of_it() {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let usual = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&usual);
        let listener = move |line: &[u8]| kept.lock().expect("whole").push(line.to_vec());
        let beside = Beside::read(reader.into(), Arc::new(listener)).expect("a thread");
        let (to, lines) = channel();
        beside.listen(to);
        let mut expected = Vec::new();
        for number in 0..1000 {
            writeln!(writer, "line {number}").expect("written");
            expected.push(format!("line {number}").into_bytes());
        }
        write!(writer, "no end").expect("written");
        expected.push(b"no end".to_vec());
        beside.unlisten();
        assert_eq!(lines.iter().collect::<Vec<_>>(), expected);

        writeln!(writer, "later").expect("written");
        drop(writer);
        beside.finish();
        assert_eq!(*usual.lock().expect("whole"), [b"later"]);
    }
}
