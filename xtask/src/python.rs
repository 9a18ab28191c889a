//! The Python package: built and installed into a virtual environment, then tested there.

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, absolute, root};

/// The oldest Python that the wheel is for.
const OLDEST: (u32, u32) = (3, 10);

/// Builds, installs and tests; with `rl`, also trains a policy (which installs PyTorch).
pub(crate) fn run(rl: bool) -> Result {
    let python = python()?;
    let folder = root().join("target/python");
    let venv = folder.join("venv");
    let inside = |program: &str| match cfg!(windows) {
        true => venv.join("Scripts").join(program),
        false => venv.join("bin").join(program),
    };
    if !inside("python").exists() {
        call(Command::new(&python).args(["-m", "venv"]).arg(&venv))?;
    }
    let package = absolute(&root().join("bindings/python"));
    let build = absolute(&folder.join("build"));
    let pip = |what: &str| {
        let mut command = Command::new(inside("python"));
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", what]);
        call(command.env("CARGO_TARGET_DIR", &build))
    };
    println!("python: building and installing {package}");
    pip(&format!("{package}[test]"))?;
    if rl {
        // The build of PyTorch for CPUs: the other one is 20 times as large.
        let mut torch = Command::new(inside("python"));
        torch.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "torch"]);
        call(torch.args(["--index-url", "https://download.pytorch.org/whl/cpu"]))
            .or_else(|_| pip("torch"))?;
        pip("stable-baselines3")?;
    }
    let mut test = Command::new(inside("python"));
    test.args(["-m", "pytest", "-rs"]).arg(format!("{package}/tests"));
    call(test.current_dir(&package))?;
    match rl {
        true => call(Command::new(inside("python")).arg(format!("{package}/examples/ppo.py"))),
        false => Ok(()),
    }
}

/// Steps per second of the environments, as their test prints them.
pub(crate) fn steps() -> Result {
    let python = absolute(&root().join("target/python/venv/bin/python"));
    if !std::path::Path::new(&python).exists() {
        println!("SKIPPED steps per second of AbrVecEnv: cargo xtask python builds it");
        return Ok(());
    }
    let test = ["-m", "pytest", "-q", "-k", "million", "tests/test_gym.py"];
    call(Command::new(python).args(test).current_dir(root().join("bindings/python")))
}

/// The interpreter that $PYTHON names, or `python3`.
fn python() -> Result<PathBuf> {
    let program = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let shown = program.to_string_lossy().into_owned();
    let said = Command::new(&program)
        .args(["-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"])
        .output()
        .map_err(|e| format!("{shown}: {e} (set PYTHON to a Python of at least 3.10)"))?;
    if !said.status.success() {
        let why = String::from_utf8_lossy(&said.stderr).trim().to_string();
        return Err(format!(
            "{shown} cannot make virtual environments (Debian: apt install python3-venv): {why}"
        ));
    }
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut numbers = text.split_whitespace().filter_map(|n| n.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(program.into()),
        _ => Err(format!("{shown} is Python {}, expected at least 3.10", text.trim())),
    }
}

/// Runs a program, its output going where ours goes.
pub(crate) fn call(command: &mut Command) -> Result {
    let shown = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown}: {status}")),
        Err(e) => Err(format!("{shown}: {e}")),
    }
}
