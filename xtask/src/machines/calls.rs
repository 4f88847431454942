//! Each system call that the program makes, refused in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use super::list::{MACHINES, Machine};
use super::world::{Outcome, Step, World};
use crate::process::{Result, output};

/// What is answered: that the kernel does not know the call, that it is forbidden.
const ANSWERS: [(&str, u32); 2] = [("ENOSYS", 38), ("EPERM", 1)];

const NEVER_FAILS: &str = "it has no errors on any kernel, and libraries rely on that";

/// Calls without which no program of this kind can say anything, and why.
const MAY_FAIL: &[(&str, &str)] = &[
    (
        "execve",
        "no program is started without it, this one neither",
    ),
    (
        "arch_prctl",
        "the C library ends the process: a thread has no memory of its own",
    ),
    (
        "set_tid_address",
        "the C library ends the process before the program begins",
    ),
    ("brk", "the C library has no memory"),
    ("mmap", "the C library has no memory"),
    (
        "munmap",
        "the C library gives up when memory cannot be given back",
    ),
    (
        "mprotect",
        "the C library makes no thread without a protected page at its stack",
    ),
    ("clone", "there are no threads, and no builder is started"),
    (
        "futex",
        "threads cannot wait for each other; the C library ends the process",
    ),
    ("write", "nothing can be said"),
    (
        "close",
        "Rust's library ends the process when a directory cannot be closed",
    ),
    ("exit_group", "no process can end"),
    ("exit", "no thread can end"),
    ("rt_sigaction", "Rust's runtime cannot begin"),
    (
        "rt_sigprocmask",
        "the C library makes no thread while signals come",
    ),
    ("rt_sigreturn", "no process goes on after a signal"),
    ("sigaltstack", "Rust's runtime cannot begin"),
    (
        "poll",
        "Rust's runtime cannot tell whether its streams are open",
    ),
    (
        "clock_nanosleep",
        "Rust's library takes it for granted that a process may sleep",
    ),
    ("getuid", NEVER_FAILS),
    ("geteuid", NEVER_FAILS),
    ("getgid", NEVER_FAILS),
    ("getegid", NEVER_FAILS),
    ("getpid", NEVER_FAILS),
    ("getppid", NEVER_FAILS),
    ("gettid", NEVER_FAILS),
    ("umask", NEVER_FAILS),
];

/// Refuses each call; returns what is not as it should be.
pub(super) fn refuse_all(world: &World, only: Option<&str>) -> Result<Vec<String>> {
    let numbers = numbers()?;
    let mut failures = Vec::new();
    let mut without = 0;
    let mut with_message = 0;
    let calls = used(world)?;
    println!("{} system calls: {}", calls.len(), list(&calls));
    for call in calls
        .iter()
        .filter(|call| only.is_none_or(|part| call.contains(part)))
    {
        let Some(number) = numbers.get(call.as_str()) else {
            failures.push(format!("{call}: its number is not known"));
            continue;
        };
        for (answer, error) in ANSWERS {
            let rule = format!("{error}:{number}");
            let outcome = world.run(&Machine {
                name: "call",
                setup: "RESCUE=1 PATIENCE=30",
                refused: &rule,
                ..MACHINES[0]
            })?;
            let verdict = verdict(&outcome);
            let excuse = MAY_FAIL.iter().find(|(name, _)| name == call);
            match (&verdict, excuse) {
                (Verdict::Works, _) => without += 1,
                (Verdict::Refuses(said), _) => {
                    with_message += 1;
                    println!("{call}, {answer}: {said}");
                }
                (Verdict::Wrong(said), Some((_, reason))) => {
                    println!(
                        "{call}, {answer}: may fail, as {reason}: {}",
                        first_line(said)
                    );
                }
                (Verdict::Wrong(said), None) => {
                    println!("{call}, {answer}: WRONG: {said}");
                    failures.push(format!("{call}, {answer}: {said}"));
                }
            }
        }
    }
    println!("{without} refusals make no difference, {with_message} are explained");
    Ok(failures)
}

enum Verdict {
    Works,
    /// It ends with a message.
    Refuses(String),
    Wrong(String),
}

fn verdict(outcome: &Outcome) -> Verdict {
    let mut refused = None;
    for step in &outcome.steps {
        if step.code == "0" {
            continue;
        }
        if let Some(wrong) = complaint(step) {
            return Verdict::Wrong(format!("{}, {}: {wrong}", step.name, step.code));
        }
        refused.get_or_insert_with(|| format!("{}: {}", step.name, error_of(&step.said)));
    }
    refused.map_or(Verdict::Works, Verdict::Refuses)
}

/// What is wrong with how a command failed.
fn complaint(step: &Step) -> Option<String> {
    let said = step.said.as_str();
    let errors = said.lines().filter(|line| line.starts_with("error"));
    let code: Option<u8> = step.code.parse().ok();
    if said.contains("panicked") {
        return Some(format!("a panic: {said}"));
    }
    if step.name.ends_with("-again") || said.starts_with("wrong") {
        return Some(said.to_owned());
    }
    if code.is_none_or(|code| code >= 124) {
        return Some(format!("killed, or without end: {said}"));
    }
    match errors.count() {
        0 => Some(format!("without a message: {said}")),
        _ if said.contains("hint") || said.contains("Reason") => None,
        _ => Some(format!("without a remedy: {said}")),
    }
}

/// The line with the error in what a command said.
fn error_of(text: &str) -> &str {
    let is_error = |line: &&str| line.starts_with("error");
    text.lines().find(is_error).unwrap_or(text)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn list(calls: &BTreeSet<String>) -> String {
    calls
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The numbers of system calls, as the compiler of C knows them.
fn numbers() -> Result<BTreeMap<String, u32>> {
    let defined = output(Command::new("cc").args([
        "-E",
        "-dM",
        "-include",
        "sys/syscall.h",
        "-x",
        "c",
        "/dev/null",
    ]))?;
    let text = String::from_utf8_lossy(&defined.stdout);
    let numbers = text.lines().filter_map(|line| {
        let (name, number) = line.strip_prefix("#define __NR_")?.split_once(' ')?;
        Some((name.to_owned(), number.trim().parse().ok()?))
    });
    Ok(numbers.collect())
}

/// The system calls that the commands make.
fn used(world: &World) -> Result<BTreeSet<String>> {
    let traces = world.path("traces");
    fs::create_dir(&traces).map_err(|error| error.to_string())?;
    let outcome = world.run(&Machine {
        name: "traced",
        setup: "chmod 777 $T/traces; AS=\"strace -f -qq -A -o $T/traces/trace\"",
        ..MACHINES[0]
    })?;
    if let Some((step, code, said)) = outcome.first_failure() {
        return Err(format!("{step} with strace ended with {code}: {said}"));
    }
    let trace = fs::read(traces.join("trace")).map_err(|error| error.to_string())?;
    let trace = String::from_utf8_lossy(&trace);
    let names = trace.lines().filter_map(|line| {
        let (_process, call) = line.split_once(' ')?;
        let (name, _) = call.trim_start().split_once('(')?;
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        (is_name && !name.is_empty()).then(|| name.to_owned())
    });
    Ok(names.collect())
}
