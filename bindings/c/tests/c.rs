//! The library from C: the example and a program about the border, compiled, run, and under valgrind where it is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where cargo puts the shared library when it builds the tests.
fn libraries() -> PathBuf {
    let program = std::env::current_exe().expect("the test is a file");
    program.parent().expect("it is in a folder").to_path_buf()
}

/// Compiles a program of this package; `None`, said loudly, without a compiler.
fn compile(source: &str, folder: &Path) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = folder.join("program");
    let done = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"])
        .args([&program, &here.join(source)])
        .arg("-I")
        .arg(here.join("include"))
        .arg("-L")
        .arg(libraries())
        .args(["-lsegue", "-lm"])
        .output();
    match done {
        Ok(said) => {
            assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
            Some(program)
        }
        Err(_) => {
            fixtures::skipped(&format!("{source}: no C compiler (cc)"));
            None
        }
    }
}

fn run(mut command: Command) -> Output {
    let said = command.env("LD_LIBRARY_PATH", libraries()).output().expect("it runs");
    let told = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{}\n{}\n{}", said.status, told.0, told.1);
    said
}

#[test]
fn the_example_says_what_the_crates_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(program) = compile("examples/session.c", folder.path()) else { return };
    let said = String::from_utf8(run(Command::new(program)).stdout).expect("text");
    let trace = std::sync::Arc::new(netmodel::generators::generate("3g,seed=3", 0).expect("a trace"));
    let video = media::presets::generate("cbr,duration=120", 0).expect("a video");
    let profile = sim::profile("default:capacity=20").expect("a profile");
    let session = sim::session(&trace, &video, "bola", &profile, 0).expect("a session");
    let rows: Vec<String> = session
        .downloads
        .iter()
        .map(|d| format!("{},{},{:.6},{:.6}", d.index, d.level, d.request_s.get(), d.finish_s.get()))
        .collect();
    assert_eq!(said.lines().skip(1).collect::<Vec<_>>(), rows);
    let k = qoe::Summary::of(&session);
    let first = format!(
        "3g,seed=3: {} segments, {:.0} kbit/s, {} stalls of {:.2} s, QoE ",
        k.segments,
        k.mean_bitrate_kbps.kbps(),
        k.stall_count,
        k.stall_s.get()
    );
    assert!(said.starts_with(&first), "{said}\n{first}");
}

#[test]
fn the_examples_of_the_documentation_run() {
    for page in ["README.md", "docs/bindings.md"] {
        let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        let text = std::fs::read_to_string(text).expect("the page");
        let example =
            text.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("example.c");
        std::fs::write(&source, example).expect("written");
        let Some(program) = compile(&source.to_string_lossy(), folder.path()) else { return };
        let said = run(Command::new(program));
        assert!(String::from_utf8_lossy(&said.stdout).contains(" kbit/s, "), "{page}");
    }
}

#[test]
fn wrong_calls_and_threads_do_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(program) = compile("tests/border.c", folder.path()) else { return };
    run(Command::new(&program));
    if Command::new("valgrind").arg("--version").output().is_err() {
        return fixtures::skipped("libsegue under valgrind: no valgrind");
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
