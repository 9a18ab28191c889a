//! The prediction model, fitted anew, and what `docs/telemetry.md` and `docs/feedback.md` say of it in numbers.

use std::process::{Command, Stdio};

use crate::{Result, cargo, root};

/// Between these lines of a page stands what a command printed.
const BEGIN: &str = "<!-- made by cargo xtask train-qoe: ";

/// Fits the model, builds the command with it, and has it measure what the pages show.
pub(crate) fn run() -> Result {
    let model = root().join("crates/feedback/data/qoe_model.json");
    cargo(
        &["run", "--release", "--quiet", "-p", "segue", "--", "qos", "train", "-o", &model.to_string_lossy()],
        &[],
    )?;
    // The page's numbers are those of the model that is built in.
    cargo(&["build", "--release", "--quiet", "-p", "segue"], &[])?;
    for page in ["docs/telemetry.md", "docs/feedback.md"] {
        fill(page)?;
    }
    Ok(())
}

/// Runs each command that a page names and puts what it prints in its place.
fn fill(page: &str) -> Result {
    let path = root().join(page);
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{page}: {e}"))?;
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(command) = line.strip_prefix(BEGIN).and_then(|l| l.strip_suffix(" -->")) else { continue };
        let args: Vec<&str> = command.split_whitespace().skip(1).collect();
        out.push_str("```text\n");
        out.push_str(segue(&args)?.trim_end());
        out.push_str("\n```\n");
        // What stood there before goes.
        let mut fences = 0;
        for old in lines.by_ref() {
            fences += usize::from(old.starts_with("```"));
            if fences == 2 {
                break;
            }
        }
    }
    segue_cli::files::write(&path, out.as_bytes()).map_err(|e| e.to_string())
}

/// What the command prints.
fn segue(args: &[&str]) -> Result<String> {
    let program = root().join("target/release/segue");
    let output = Command::new(&program)
        .current_dir(root())
        .args(args)
        .env("NO_COLOR", "1")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("segue {}: {}", args.join(" "), output.status)),
    }
}
