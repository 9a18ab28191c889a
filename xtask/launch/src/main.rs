//! Builds `xtask` and runs it: `cargo xtask COMMAND`. It depends on nothing, so that it is there in a second and can say what
//! takes so long: a first build compiles all of the workspace.

#![allow(clippy::print_stderr, reason = "a command line tool prints")]

use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long nothing is said.
const EVERY: Duration = Duration::from_secs(6);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match cargo(&["build", "--quiet", "--package", "xtask"], &[], true) {
        Ok(status) if status.success() => {}
        other => return ended(other),
    }
    ended(cargo(&["run", "--quiet", "--package", "xtask", "--"], &args, false))
}

/// Runs cargo; where that is asked for, a line every few seconds says that it compiles.
fn cargo(words: &[&str], args: &[String], say: bool) -> std::io::Result<ExitStatus> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(program).args(words).args(args).spawn()?;
    let (end, ended) = channel::<()>();
    let talker = say.then(|| {
        std::thread::spawn(move || {
            let mut waited = Duration::ZERO;
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                waited += EVERY;
                eprintln!("xtask: compiling, {} s (a first build takes some minutes)", waited.as_secs());
            }
        })
    });
    let status = child.wait();
    drop(end);
    // A thread that panicked has said so.
    let _ = talker.map(std::thread::JoinHandle::join);
    status
}

fn ended(status: std::io::Result<ExitStatus>) -> ExitCode {
    match status {
        Ok(status) => ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("xtask: cannot run cargo: {error}");
            ExitCode::FAILURE
        }
    }
}
