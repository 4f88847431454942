//! The one place that writes to the process's streams.
//!
//! Everything that other people wrote (flakes, builders, servers) comes through here too. Of its
//! escape sequences only colours reach a terminal, and nothing does where there are no colours. A
//! line of progress is taken away before anything else is written, to either stream.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use anstream::{AutoStream, ColorChoice};

/// The width of a terminal that does not tell.
const USUAL_WIDTH: usize = 80;

/// How many columns the line of progress takes that is shown now.
static SHOWN: Mutex<usize> = Mutex::new(0);

/// What the standard error is.
struct ErrorStream {
    /// Whether colours are shown: not in pipes, nor with `NO_COLOR` or `TERM=dumb`.
    has_colours: bool,
    /// Whether a line can be shown and taken away again.
    has_progress: bool,
}

fn error_stream() -> &'static ErrorStream {
    static STREAM: OnceLock<ErrorStream> = OnceLock::new();
    STREAM.get_or_init(|| {
        let stream = io::stderr();
        // Without a name the terminal can do nothing for sure.
        let is_dumb = std::env::var_os("TERM").is_none_or(|name| name == "dumb");
        ErrorStream {
            has_colours: AutoStream::choice(&stream) != ColorChoice::Never,
            has_progress: stream.is_terminal() && !is_dumb,
        }
    })
}

fn shown() -> MutexGuard<'static, usize> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a line of progress can be shown.
pub fn has_progress() -> bool {
    error_stream().has_progress
}

/// Writes text and a newline to the standard error.
pub fn say(text: &str) {
    let stream = error_stream();
    let mut shown = shown();
    let line = format!(
        "{}{}\n",
        erasing(&mut shown),
        filtered(text, stream.has_colours)
    );
    write(line.as_bytes());
}

/// Asks a question on the standard error: writes text without a newline.
pub fn ask(text: &str) {
    let stream = error_stream();
    let mut shown = shown();
    let text = format!(
        "{}{}",
        erasing(&mut shown),
        filtered(text, stream.has_colours)
    );
    write(text.as_bytes());
}

/// Shows a line of progress instead of the one before. It is cut to the width of the terminal; a
/// longer one would go on on the next line, which is not taken away.
pub fn progress(text: &str) {
    let stream = error_stream();
    if !stream.has_progress {
        return;
    }
    let mut shown = shown();
    let erased = erasing(&mut shown);
    let plain = filtered(text, false);
    // The last column stays free: some terminals go to the next line as soon as it is written.
    let (line, columns) = cut(plain.lines().next().unwrap_or_default(), width() - 1);
    *shown = columns;
    let line = match stream.has_colours {
        true => format!("{erased}\x1b[2m{line}\x1b[0m"),
        false => format!("{erased}{line}"),
    };
    write(line.as_bytes());
}

/// Takes the line of progress away.
pub fn clear_progress() {
    let mut shown = shown();
    let erased = erasing(&mut shown);
    if !erased.is_empty() {
        write(erased.as_bytes());
    }
}

/// Writes a line to the standard error before the process is ended, whatever other threads do: it
/// waits for nothing.
pub fn last_words(text: &str) {
    let shown = match SHOWN.try_lock() {
        Ok(shown) => *shown,
        Err(TryLockError::Poisoned(shown)) => **shown.get_ref(),
        // Another thread is writing: there may be a line.
        Err(TryLockError::WouldBlock) => usize::from(error_stream().has_progress),
    };
    let erased = match (shown, error_stream().has_colours) {
        (0, _) => String::new(),
        (_, true) => "\r\x1b[K".to_owned(),
        (columns, false) => format!("\r{}\r", " ".repeat(columns)),
    };
    let descriptor = rustix::stdio::stderr();
    let mut waiting = [rustix::event::PollFd::new(
        &descriptor,
        rustix::event::PollFlags::OUT,
    )];
    let now = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if rustix::event::poll(&mut waiting, Some(&now)).is_ok_and(|ready| ready > 0) {
        // Nothing can be told to a reader who is gone.
        let _ = rustix::io::write(descriptor, format!("{erased}{text}\n").as_bytes());
    }
}

/// The standard output, from which a line of progress was taken away.
pub fn stdout() -> io::Stdout {
    clear_progress();
    io::stdout()
}

/// Writes a line of text to the standard output, in colour where colours are shown.
///
/// # Errors
/// When it cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    static HAS_COLOURS: OnceLock<bool> = OnceLock::new();
    let choose = || AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    print_as(text, *HAS_COLOURS.get_or_init(choose))
}

/// Writes a line of text to the standard output, in colour or not. Programs get it as it is.
///
/// # Errors
/// When it cannot be written.
pub fn print_as(text: &str, colours: bool) -> io::Result<()> {
    let text = match (io::stdout().is_terminal(), colours) {
        (true, _) => filtered(text, colours),
        (false, true) => text.into(),
        (false, false) => anstream::adapter::strip_str(text).to_string().into(),
    };
    writeln!(stdout(), "{text}")
}

/// Writes the printed form of a value to the standard output: as it is, but on a terminal without
/// what controls it.
///
/// # Errors
/// When it cannot be written.
pub fn print_value(text: &[u8]) -> io::Result<()> {
    let mut stream = stdout();
    match stream.is_terminal() {
        true => stream.write_all(filtered(&String::from_utf8_lossy(text), false).as_bytes()),
        false => stream.write_all(text),
    }
}

/// What takes the line of progress away.
fn erasing(shown: &mut usize) -> Cow<'static, str> {
    match std::mem::take(shown) {
        0 => "".into(),
        _ if error_stream().has_colours => "\r\x1b[K".into(),
        columns => format!("\r{}\r", " ".repeat(columns)).into(),
    }
}

fn write(bytes: &[u8]) {
    // Nothing can be told to a reader who is gone.
    let _ = io::stderr().write_all(bytes);
}

/// The width of the terminal now: it may have changed since the last line.
fn width() -> usize {
    rustix::termios::tcgetwinsize(rustix::stdio::stderr())
        .map(|size| usize::from(size.ws_col))
        .ok()
        .filter(|columns| *columns > 1)
        .unwrap_or(USUAL_WIDTH)
}

/// Returns as much of a line as has room in `width` columns, and how many it takes.
fn cut(line: &str, width: usize) -> (String, usize) {
    let mut columns = 0;
    let mut text = String::new();
    for character in line.chars() {
        // Characters of East Asia take two columns. So may those between them, which are not
        // looked up: a line that is too short does no harm.
        let taken = if character < '\u{1100}' { 1 } else { 2 };
        if columns + taken > width {
            break;
        }
        columns += taken;
        text.push(character);
    }
    (text, columns)
}

/// Returns a text without what controls the terminal. With `colours`, sequences that change the
/// colour stay, and a last one is added if the text does not change it back.
pub fn filtered(text: &str, colours: bool) -> Cow<'_, str> {
    if !text.chars().any(is_controlling) {
        return text.into();
    }
    let mut kept = String::with_capacity(text.len());
    let mut is_coloured = false;
    let mut rest = text;
    while let Some(start) = rest.find(is_controlling) {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = sequence(rest);
        let (sequence, after) = rest.split_at(length);
        if colours && is_colour(sequence) {
            kept.push_str(sequence);
            is_coloured = !matches!(sequence, "\x1b[m" | "\x1b[0m");
        }
        rest = after;
    }
    kept.push_str(rest);
    if is_coloured {
        kept.push_str("\x1b[0m");
    }
    kept.into()
}

/// Whether a character controls a terminal: all that do but the newline and the tabulator.
fn is_controlling(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
}

fn is_colour(sequence: &str) -> bool {
    sequence.starts_with("\x1b[")
        && sequence.ends_with('m')
        && sequence[2..sequence.len() - 1]
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'))
}

/// The length of the control sequence that a text begins with, as ECMA-48 has them.
fn sequence(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let bytes = text.as_bytes();
    let kind = match (&bytes[..first], bytes.get(first)) {
        (b"\x1b", Some(kind)) => *kind,
        _ => return first,
    };
    let after = first + 1;
    match kind {
        b'[' => {
            let parameters = bytes[after..]
                .iter()
                .take_while(|byte| (0x20..=0x3f).contains(*byte))
                .count();
            let last = bytes.get(after + parameters);
            after + parameters + usize::from(last.is_some_and(|byte| (0x40..=0x7e).contains(byte)))
        }
        // A string to the terminal: up to its end, or to the end of the line.
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let end = bytes[after..]
                .iter()
                .position(|byte| matches!(byte, b'\x07' | b'\x1b' | b'\n'))
                .map_or(bytes.len(), |length| after + length);
            match &bytes[end..] {
                [b'\x07', ..] => end + 1,
                [b'\x1b', b'\\', ..] => end + 2,
                _ => end,
            }
        }
        // Charsets and the like.
        0x20..=0x2f => {
            let middle = bytes[after..]
                .iter()
                .take_while(|byte| (0x20..=0x2f).contains(*byte))
                .count();
            let last = bytes.get(after + middle);
            after + middle + usize::from(last.is_some_and(|byte| (0x30..=0x7e).contains(byte)))
        }
        0x30..=0x7e => after,
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_reach_the_terminal() {
        for (text, coloured, plain) in [
            ("plain", "plain", "plain"),
            ("a\tb\nc", "a\tb\nc", "a\tb\nc"),
            ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m", "red"),
            ("\x1b[31mred", "\x1b[31mred\x1b[0m", "red"),
            ("\x1b]0;title\x07x", "x", "x"),
            ("\x1b]52;c;ZXZpbA==\x1b\\x", "x", "x"),
            ("\x1b[2Jx\x1b[1;1H", "x", "x"),
            ("\x1bPq#0\x1b\\x", "x", "x"),
            ("\x1bcx\x1b(0y", "xy", "xy"),
            ("a\rb\x08c\x7f\u{9b}2J", "abc2J", "abc2J"),
            ("ends \x1b", "ends ", "ends "),
            ("ends \x1b[3", "ends ", "ends "),
            ("\x1b]0;no end\nnext", "\nnext", "\nnext"),
            ("\x1b[?25lx\x1b[>1mz", "xz", "xz"),
        ] {
            assert_eq!(filtered(text, true), coloured, "{text:?}");
            assert_eq!(filtered(text, false), plain, "{text:?}");
        }
    }

    #[test]
    fn lines_are_cut_to_columns() {
        assert_eq!(cut("building", 5), ("build".to_owned(), 5));
        assert_eq!(cut("日本語", 5), ("日本".to_owned(), 4));
    }
}
