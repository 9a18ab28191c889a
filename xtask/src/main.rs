//! What people run while they develop: `cargo xtask report`, `test`, `tidy`, `bench`, `fidelity`, `header`, `python`, `wasm`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints")]

mod bench;
mod fidelity;
mod header;
mod python;
mod qos;
mod report;
mod tidy;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  report        the main job on built-in input: target/report/index.html with all charts
  test          all tests
  tidy          formatting, lints, documentation, and the floors of the house
  bench [NAME]  the benches as one table; NAME may be `pairs` (sessions in turns with the bare integral)
                or `instructions` (counted under valgrind)
  fidelity      docs/fidelity.md, from a run of the golden suites
  header        bindings/c/include/segue.h, from the library's source
  train-qoe     the prediction model of segue qos, and the numbers about it in the docs
  python [--rl] the Python package: built, installed and tested in a virtual environment;
                with --rl it also trains a policy (installs PyTorch)
  wasm          the packages for JavaScript: built, tested in Node and in Chromium";

/// What went wrong, in one line.
type Result<T = ()> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["report"] => report::run(),
        ["test"] => test(),
        ["tidy"] => tidy::run(),
        ["fidelity"] => fidelity::run(),
        ["header"] => header::write(),
        ["train-qoe"] => qos::run(),
        ["python"] => python::run(false),
        ["python", "--rl"] => python::run(true),
        ["wasm"] => wasm::run(),
        ["bench"] => bench::run(None),
        ["bench", name] => bench::run(Some(name)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// All tests; those that need real data or more than Rust say so when they are skipped.
fn test() -> Result {
    let skipped = root().join("target/skipped.txt");
    // What an earlier run skipped is not this run's.
    let _ = std::fs::remove_file(&skipped);
    let mut args = vec!["test", "--workspace", "--no-fail-fast"];
    args.extend(minilm());
    let done = cargo(&args, &[("SEGUE_SKIPPED", &absolute(&skipped))]);
    let list = std::fs::read_to_string(&skipped).unwrap_or_default();
    let mut lines: Vec<&str> = list.lines().collect();
    lines.sort_unstable();
    println!("\n{} tests were skipped for want of data", lines.len());
    lines.iter().for_each(|l| println!("  {l}"));
    done
}

/// The feature of the sentiment backend that needs a folder, where `$SEGUE_MINILM` names one.
fn minilm() -> Option<&'static str> {
    std::env::var_os("SEGUE_MINILM").map(|_| "--features=segue-feedback/minilm")
}

/// For processes that run in another folder.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()).to_string_lossy().into_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs cargo in the repository, its output going where ours goes.
fn cargo(args: &[&str], environment: &[(&str, &str)]) -> Result {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root()).args(args).envs(environment.iter().copied());
    let shown = format!("cargo {}", args.join(" "));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown}: {status}")),
        Err(e) => Err(format!("{shown}: {e}")),
    }
}
