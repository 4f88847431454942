//! Parsing ahead: while one file is evaluated, another thread reads and parses those that it is
//! likely to import.
//!
//! What is parsed ahead changes nothing but the time: trees know nothing of each other, and are
//! joined when the evaluation asks for them.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use nix_syntax::ast::{Ast, Expr};
use nix_syntax::{ParseOptions, Parsed};

use crate::host::{BackgroundFiles, FileType};
use crate::paths;

/// So many bytes of source may be parsed without being wanted, beyond twice of what was wanted.
const GAMBLE: usize = 4 << 20;

/// A file that was parsed ahead.
pub(crate) struct ParsedAhead {
    pub(crate) parsed: Parsed,
    pub(crate) len: usize,
}

/// The thread that parses ahead, if the host lets one read files.
#[derive(Default)]
pub(crate) struct Ahead {
    shared: Option<Arc<Shared>>,
    thread: RefCell<Option<JoinHandle<()>>>,
}

struct Shared {
    files: Arc<dyn BackgroundFiles>,
    options: ParseOptions,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What to parse; the next is at the front.
    queue: VecDeque<Vec<u8>>,
    /// What was ever queued or asked for.
    seen: HashSet<Vec<u8>>,
    running: Option<Vec<u8>>,
    done: HashMap<Vec<u8>, ParsedAhead>,
    wanted_bytes: usize,
    parsed_bytes: usize,
    stop: bool,
}

impl Ahead {
    pub(crate) fn new(files: Option<Arc<dyn BackgroundFiles>>, options: ParseOptions) -> Self {
        let shared = files.map(|files| {
            Arc::new(Shared {
                files,
                options,
                state: Mutex::new(State::default()),
                changed: Condvar::new(),
            })
        });
        Ahead {
            shared,
            thread: RefCell::new(None),
        }
    }

    /// The tree of a file, if it was parsed ahead (or just is being).
    pub(crate) fn take(&self, path: &[u8]) -> Option<ParsedAhead> {
        let shared = self.shared.as_ref()?;
        let mut state = shared.lock();
        while state.running.as_deref() == Some(path) {
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        // Whoever asks parses it himself otherwise.
        state.seen.insert(path.to_vec());
        let found = state.done.remove(path)?;
        state.wanted_bytes += found.len;
        shared.changed.notify_all();
        Some(found)
    }

    /// Queues the files that a file mentions, before all others.
    pub(crate) fn follow(&self, ast: &Ast, directory: &[u8]) {
        if self.shared.is_some() {
            self.queue(mentioned(ast, directory));
        }
    }

    /// Queues the programs in a directory that was listed: trees of modules are found this way.
    pub(crate) fn listed(&self, directory: &[u8], entries: &[(Vec<u8>, FileType)]) {
        if self.shared.is_none() {
            return;
        }
        let programs = entries.iter().filter_map(|(name, kind)| match kind {
            FileType::Regular if name.ends_with(b".nix") => Some([directory, b"/", name].concat()),
            FileType::Directory => Some([directory, b"/", name, b"/default.nix"].concat()),
            _ => None,
        });
        self.queue(programs.collect());
    }

    fn queue(&self, paths: Vec<Vec<u8>>) {
        let Some(shared) = &self.shared else { return };
        if paths.is_empty() {
            return;
        }
        shared.lock().queue(paths);
        shared.changed.notify_all();
        let mut thread = self.thread.borrow_mut();
        if thread.is_none() {
            let shared = Arc::clone(shared);
            // Without the thread everything only takes a little longer.
            *thread = std::thread::Builder::new()
                .name("parsing ahead".into())
                .stack_size(STACK)
                .spawn(move || shared.run())
                .ok();
        }
    }
}

/// The parser limits its own recursion to what fits in half of this.
const STACK: usize = 8 << 20;

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.lock().stop = true;
            shared.changed.notify_all();
        }
        if let Some(thread) = self.thread.get_mut().take() {
            // If it panicked, its files were parsed here.
            let _ = thread.join();
        }
    }
}

impl State {
    fn queue(&mut self, mentioned: Vec<Vec<u8>>) {
        for path in mentioned.into_iter().rev() {
            if !self.seen.contains(&path) {
                self.queue.push_front(path);
            }
        }
    }

    fn may_gamble(&self) -> bool {
        self.parsed_bytes.saturating_sub(self.wanted_bytes) < GAMBLE + 2 * self.wanted_bytes
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(path) = self.next() {
            let found = self.parse(&path);
            let mut state = self.lock();
            state.running = None;
            if let Some(found) = found {
                state.parsed_bytes += found.len;
                state.done.insert(path, found);
            }
            self.changed.notify_all();
        }
    }

    /// Waits for a file that is worth parsing.
    fn next(&self) -> Option<Vec<u8>> {
        let mut state = self.lock();
        loop {
            if state.stop {
                return None;
            }
            if state.may_gamble()
                && let Some(path) = state.queue.pop_front()
            {
                if state.seen.insert(path.clone()) {
                    state.running = Some(path.clone());
                    return Some(path);
                }
                continue;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn parse(&self, path: &[u8]) -> Option<ParsedAhead> {
        let text = self.files.read(paths::to_path(path))?;
        // Errors are found again, and reported, when the file is really wanted.
        let parsed = nix_syntax::parse(&text, &self.options).ok()?;
        Some(ParsedAhead {
            parsed,
            len: text.len(),
        })
    }
}

/// The files that a file mentions and that may be programs.
fn mentioned(ast: &Ast, directory: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for expr in &ast.exprs {
        let Expr::Path(text) = expr else { continue };
        let text = ast.string(*text);
        let name = paths::base_name(text);
        if text.starts_with(b"~") || name == b"." || name == b".." {
            continue;
        }
        let path = paths::absolute(text, directory);
        if name.ends_with(b".nix") {
            found.push(path);
        } else if !name.contains(&b'.') {
            found.push([&path[..], b"/default.nix"].concat());
        }
    }
    found
}
