//! The sequences of the README, as they stand there, in a shell.

#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::Bench;

const README: &str = include_str!("../../../README.md");

/// The blocks of commands. Those of cargo alone build things: they are other tests' work.
fn blocks() -> Vec<&'static str> {
    // Every second part between fences is a block, which begins with its language.
    let fenced = README.split("```").skip(1).step_by(2);
    let is_cargo = |block: &str| block.lines().all(|line| line.starts_with("cargo "));
    let mut blocks = Vec::new();
    for (language, block) in fenced.filter_map(|block| block.split_once('\n')) {
        match language {
            "console" if !is_cargo(block) => blocks.push(block),
            "console" => {}
            // No command hides in a block that this test passes over.
            language => {
                assert!(["rust", "toml", "python", "js", "c"].contains(&language), "{language}");
                assert!(!block.lines().any(|line| line.starts_with("segue ")), "{block}");
            }
        }
    }
    blocks
}

/// A folder with what the root of the repository has that the README names.
fn root() -> Bench {
    let bench = Bench::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    for name in ["traces", "videos", "packages/talk"] {
        for file in common::names(&fixtures.join(name)) {
            let from = fixtures.join(name).join(&file);
            if from.is_file() {
                bench.put(&format!("fixtures/{name}/{file}"), std::fs::read(&from).expect("readable"));
            }
        }
    }
    bench
}

#[test]
fn every_sequence_works_as_written() {
    let built = Path::new(env!("CARGO_BIN_EXE_segue")).parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let all = blocks();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.concat().contains("segue qoe out/session.json --model p1203"), "{all:?}");
    let mut written = Vec::new();
    for block in all {
        // A reader may begin with any section.
        let bench = root();
        // Every line must succeed, with the exit code that the README claims: 0.
        let script = format!("set -e\n{block}");
        let ran = Command::new("sh")
            .args(["-c", &script])
            .current_dir(bench.path(""))
            .env("PATH", format!("{}:{path}", built.display()))
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{block}\n{out}\n{err}");
        let files = ["rules/summary.json", "rules/sessions.csv", "rules/pareto.png", "sweep/curve.png"];
        let files = files.into_iter().chain(["talk.json", "session.json"]);
        written.extend(files.filter(|file| bench.path("out").join(file).is_file()));
    }
    assert_eq!(written.len(), 6, "{written:?}");
}
