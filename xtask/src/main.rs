//! Tasks for those who work on the project: `cargo xtask TASK`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers"
)]

mod bench;
mod bench_cache;
mod bench_tree;
mod builds;
mod ci;
mod examples;
mod faults;
mod functional;
mod fuzz;
mod homes;
mod interchange;
mod killed;
mod language;
mod library_tests;
mod machines;
mod moving;
mod parity;
mod power_cut;
mod process;
mod public_flakes;
mod random;
mod random_edits;
mod real_input;
mod remotes;
mod three_ways;
mod upstream_homes;
mod upstream_tests;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Ci(ci::Arguments),
    UpstreamHomes(upstream_homes::Arguments),
    UpstreamTests(upstream_tests::Arguments),
    Parity(parity::Arguments),
    Bench(bench::Arguments),
    BenchCache(bench_cache::Arguments),
    BenchTree(bench_tree::Arguments),
    Builds(builds::Arguments),
    Examples(examples::Arguments),
    Faults(faults::Arguments),
    Language(language::Arguments),
    Functional(functional::Arguments),
    Fuzz(fuzz::Arguments),
    Interchange(interchange::Arguments),
    Killed(killed::Arguments),
    LibraryTests(library_tests::Arguments),
    Machines(machines::Arguments),
    Moving(moving::Arguments),
    PowerCut(power_cut::Arguments),
    PublicFlakes(public_flakes::Arguments),
    RandomEdits(random_edits::Arguments),
    RealInput(real_input::Arguments),
    Remotes(remotes::Arguments),
    ThreeWays(three_ways::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Ci(arguments) => ci::run(&arguments),
        Task::Parity(arguments) => parity::run(&arguments),
        Task::Functional(arguments) => functional::run(&arguments),
        Task::Examples(arguments) => examples::run(&arguments),
        Task::Faults(arguments) => faults::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Interchange(arguments) => interchange::run(&arguments),
        Task::Killed(arguments) => killed::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::BenchCache(arguments) => bench_cache::run(&arguments),
        Task::BenchTree(arguments) => bench_tree::run(&arguments),
        Task::Builds(arguments) => builds::run(&arguments),
        Task::LibraryTests(arguments) => library_tests::run(&arguments),
        Task::Machines(arguments) => machines::run(&arguments),
        Task::Moving(arguments) => moving::run(&arguments),
        Task::Language(arguments) => language::run(&arguments),
        Task::PowerCut(arguments) => power_cut::run(&arguments),
        Task::PublicFlakes(arguments) => public_flakes::run(&arguments),
        Task::RandomEdits(arguments) => random_edits::run(&arguments),
        Task::RealInput(arguments) => real_input::run(&arguments),
        Task::Remotes(arguments) => remotes::run(&arguments),
        Task::ThreeWays(arguments) => three_ways::run(&arguments),
        Task::UpstreamHomes(arguments) => upstream_homes::run(&arguments),
        Task::UpstreamTests(arguments) => upstream_tests::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
