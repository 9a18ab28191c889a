//! Runs the built command in a folder of its own.

// Each test file uses its part.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder for one test, with a trace and a video in it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// Two steps, with an outage between them.
pub(crate) const TRACE_CSV: &str = "time_s,rate_mbps,latency_ms\n0,2.5,40\n20,0,40\n28,0.9,60\n60,,\n";

/// What Sabre writes.
pub(crate) const TRACE_SABRE: &str = r#"[{"duration_ms": 9000, "bandwidth_kbps": 1800, "latency_ms": 80},
 {"duration_ms": 12000, "bandwidth_kbps": 420, "latency_ms": 90}, {"duration_ms": 7000, "bandwidth_kbps": 3900, "latency_ms": 70}]"#;

impl Bench {
    pub(crate) fn new() -> Bench {
        let bench = Bench { folder: tempfile::tempdir().expect("a folder") };
        bench.put("link.csv", TRACE_CSV);
        bench.put("sabre.json", TRACE_SABRE);
        bench.put("video.json", video());
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The names of everything in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(line.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command line, split at blanks.
    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::of(line, self.command(line).output().expect("the command runs"))
    }

    /// Runs a command line that must succeed.
    pub(crate) fn ok(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, 0, "{line}\n{}", ran.err);
        ran
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|e| e.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(line: &str, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let code = output.status.code().unwrap_or_else(|| panic!("{line}: ended by a signal"));
        Ran { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Standard output as the one JSON document that it must be.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e} in\n{}", self.out))
    }
}

/// Twelve segments of 3 s on four rungs, of sizes that vary.
fn video() -> String {
    let row = |k: u64| {
        let part = 80 + (k * 37) % 45;
        let sizes: Vec<String> =
            [300u64, 800, 1600, 3200].iter().map(|r| (r * 30 * part).to_string()).collect();
        format!("[{}]", sizes.join(","))
    };
    let rows: Vec<String> = (0..12).map(row).collect();
    let rows = rows.join(",\n");
    format!(
        r#"{{"segment_duration_ms": 3000, "bitrates_kbps": [300, 800, 1600, 3200], "segment_sizes_bits": [{rows}]}}"#
    )
}
