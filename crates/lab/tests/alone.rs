//! The program of the README as a package of its own, outside the workspace, against this crate without default features.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const README: &str = include_str!("../../../README.md");

/// The first block of a language in the README's section for programmers.
fn block(language: &str) -> &'static str {
    let section = README.split("## You write programs").nth(1).expect("the section for programmers");
    let block = section.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("no block of {language}"))
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the time that a compiler takes is measured by a clock")]
fn the_readmes_program_compiles_and_runs_as_a_package_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dependencies = block("toml").replace("../segue/crates/lab", &here.display().to_string());
    let manifest = format!(
        "[package]\nname = \"ten-lines\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n{dependencies}\n[workspace]\n"
    );
    fs::create_dir(folder.path().join("src")).expect("a folder");
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("a file");
    fs::write(folder.path().join("src/main.rs"), block("rust")).expect("a file");
    // The versions that this repository uses, so that nothing new has to be fetched.
    fs::copy(here.join("../../Cargo.lock"), folder.path().join("Cargo.lock")).expect("a lock file");

    let started = Instant::now();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .output()
        .expect("cargo");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert!(out.contains("kbit/s") || out.contains("stalls"), "{out}");
    println!(
        "the ten-line program: compiled and run in {:.1} s, it said: {out}",
        started.elapsed().as_secs_f64()
    );
}
