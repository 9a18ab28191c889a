//! The recorded answers of QOE-Core, through the symbols: by Python's ctypes from the shared library, as its visualizer does it.

#![allow(clippy::print_stdout, reason = "the suite prints what it compared")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where cargo puts the shared library when it builds the tests.
fn library() -> PathBuf {
    let name = format!("{}qoe_core{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let program = std::env::current_exe().expect("the test is a file");
    let folder = program.parent().expect("it is in a folder");
    folder.join(name)
}

/// Python, or a loud line that it is missing.
fn python() -> Option<&'static str> {
    let found = ["python3", "python"].into_iter().find(|p| Command::new(p).arg("--version").output().is_ok());
    if found.is_none() {
        fixtures::skipped("qoe_core through ctypes: no python3");
    }
    found
}

#[test]
fn every_recorded_answer_comes_through_ctypes() {
    let Some(python) = python() else { return };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let golden = std::path::absolute(fixtures::golden("seeds").join("qoe_core.json")).expect("a path");
    let said = Command::new(python)
        .current_dir(folder.path())
        .arg(here.join("tests/golden.py"))
        .arg(library())
        .arg(golden)
        .output()
        .expect("python runs");
    let text = String::from_utf8_lossy(&said.stdout);
    println!("{text}{}", String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success());
    let last = text.lines().last().unwrap_or_default();
    assert!(last.ends_with(" 0 mismatches") && !last.contains(": 0 cases"), "{last}");
}

#[test]
fn the_picture_is_drawn_and_the_score_printed() {
    let Some(python) = python() else { return };
    let has = Command::new(python).args(["-c", "import matplotlib"]).output();
    if !has.is_ok_and(|o| o.status.success()) {
        fixtures::skipped("examples/visualize.py: no matplotlib (pip install -r examples/requirements.txt)");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/visualize.py");
    let run = |library: &Path| {
        let mut command = Command::new(python);
        command.arg(&script).arg("--library").arg(library).arg("-o").arg(folder.path().join("qoe.png"));
        command.env("MPLBACKEND", "Agg").output().expect("python runs")
    };
    let said = run(&library());
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(String::from_utf8_lossy(&said.stdout).contains("19.0"));
    let picture = std::fs::read(folder.path().join("qoe.png")).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
    let missing = run(Path::new("no/such/library.so"));
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no/such/library.so"));
}

/// From C, and under valgrind where it is there.
#[test]
fn c_calls_it_without_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("border");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/border.c");
    let compiled = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o"])
        .args([&program, &source, &library()])
        .arg("-lm")
        .status();
    match compiled {
        Ok(status) => assert!(status.success()),
        Err(_) => return fixtures::skipped("qoe_core from C: no cc"),
    }
    let run = |mut command: Command| {
        let beside = library().with_file_name("");
        let said = command.current_dir(folder.path()).env("LD_LIBRARY_PATH", beside).output();
        let said = said.expect("it runs");
        assert!(said.status.success(), "{said:?}");
        let lines = String::from_utf8_lossy(&said.stdout).lines().count();
        assert_eq!(lines, 10);
    };
    run(Command::new(&program));
    let mut valgrind = Command::new("valgrind");
    if valgrind.arg("--version").output().is_err() {
        return fixtures::skipped("qoe_core under valgrind: no valgrind");
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--error-exitcode=99",
    ]);
    valgrind.arg(&program);
    run(valgrind);
}

/// Without Python: the symbols themselves.
#[test]
fn scores_and_strings() {
    use qoe_core::{SimConfig, free_simulation_string, simulate_and_get_json, simulate_with_config};

    let config = |abr_type| SimConfig {
        abr_type,
        abr_window_size: 3,
        buffer_size_max: 10.0,
        segment_duration: 1.0,
        stall_threshold: 0.5,
    };
    // seeds.md, A21.
    assert_eq!([0, 1, 2, 99].map(|abr| simulate_with_config(config(abr))), [36.0, 17.0, 19.0, 36.0]);
    let none = SimConfig { stall_threshold: f32::NAN, ..config(0) };
    assert!(simulate_with_config(none).is_nan());
    for config in [config(2), none] {
        let text = simulate_and_get_json(config);
        assert!(!text.is_null());
        // SAFETY: it was given just now, and is freed once.
        unsafe { free_simulation_string(text) };
    }
    // SAFETY: null is fine.
    unsafe { free_simulation_string(std::ptr::null_mut()) };
}
