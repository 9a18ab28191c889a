//! The sequences of the README, as they stand there, in a shell.

#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::Bench;

const README: &str = include_str!("../../../README.md");

/// The blocks of commands; those of cargo are other tests' work.
fn blocks() -> Vec<&'static str> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| !block.starts_with("cargo ")).collect()
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
    let bench = root();
    let all = blocks();
    assert!(all.len() >= 2, "{all:?}");
    for block in all {
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
    }
    for file in
        ["rules/summary.json", "rules/sessions.csv", "rules/pareto.png", "sweep/curve.png", "talk.json"]
    {
        assert!(bench.path("out").join(file).is_file(), "{file}");
    }
}
