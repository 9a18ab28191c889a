//! What reading a file costs in memory, measured from outside: a process reads one file and says how far it grew.
//!
//! The limits are multiples of the file's size. Four is what realistic files stay within; lines of a few characters
//! cost more, since a period has 40 bytes however short the text that says it.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use netmodel::formats::{self, WriteOptions};
use netmodel::{Trace, generators};
use units::SimRng;

const FILE: &str = "SEGUE_MEMORY_TEST_FILE";
const SAID: &str = "grown by bytes:";

/// A number of this process, in bytes.
fn status(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|l| l.starts_with(key)).expect("a line of it");
    line.split_ascii_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("kB") * 1024
}

/// The other side: reads what it is told to, alone in its process.
#[test]
fn reads_one_file() {
    let Ok(path) = std::env::var(FILE) else { return };
    let before = status("VmRSS:");
    let read =
        formats::read_all_path(Path::new(&path), None, &formats::ReadOptions::default()).expect("a trace");
    let peak = status("VmHWM:");
    assert_eq!(read.len(), 1);
    println!("{SAID} {}", peak.saturating_sub(before));
}

/// By how much a process grows that reads the file.
fn growth(path: &Path) -> usize {
    let this = std::env::current_exe().expect("this program");
    let out = Command::new(this)
        .args(["--exact", "reads_one_file", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .output()
        .expect("a run");
    let text = String::from_utf8_lossy(&out.stdout);
    let bytes = text.split(SAID).nth(1).and_then(|t| t.split_ascii_whitespace().next());
    bytes.and_then(|b| b.parse().ok()).unwrap_or_else(|| panic!("no figure: {text}"))
}

fn written(trace: &Trace, format: &str) -> Vec<u8> {
    let format = formats::by_name(format).expect("known");
    let mut bytes = Vec::new();
    formats::write(trace, format, &mut bytes, &WriteOptions::default()).expect("writable");
    bytes
}

#[test]
fn files_are_read_within_four_times_their_size() {
    let folder = tempfile::tempdir().expect("a folder");
    // As recorded: seconds and kbit/s, 4G.
    let trace = generators::generate("4g,duration=400000,seed=1", 0).expect("a trace");
    let mut cases: Vec<(&str, f64, Vec<u8>)> = Vec::new();
    for format in ["cooked", "csv", "genet", "oboe", "sabre", "steps", "twitch"] {
        cases.push((format, 4.0, written(&trace, format)));
    }
    // One packet in every ten milliseconds, as at 1 Mbit/s: the most periods that lines can make.
    let mut rng = SimRng::new(1, 0);
    let (mut lines, mut trains) = (String::new(), String::new());
    let mut ms = 0;
    for _ in 0..1_500_000 {
        ms += 2 + (rng.range(0.0, 17.0) as u64);
        writeln!(lines, "{ms}").expect("in memory");
    }
    for k in 0..200_000 {
        let packets = " 0 1 2 2 3 5 8 9 9 12 14";
        writeln!(trains, "{} 25{}", 100 * k, &packets[..2 * (3 + k % 6)]).expect("in memory");
    }
    cases.push(("mahimahi", 4.0, lines.into_bytes()));
    cases.push(("cellreplay", 4.0, trains.into_bytes()));
    // Six characters a second, and two numbers of one digit: here a period is more than its text.
    cases.push(("sigcomm21", 9.0, written(&trace, "sigcomm21")));
    cases.push((
        "cooked",
        9.0,
        (100_000..700_000).map(|t| format!("{t} 1\n")).collect::<String>().into_bytes(),
    ));
    for (format, limit, bytes) in cases {
        let path = folder.path().join("trace");
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(formats::sniff(&bytes).expect("recognised").format.name(), format);
        let times = growth(&path) as f64 / bytes.len() as f64;
        println!("{format:>10}: {:5.1} MB, {times:.2} times its size to read", bytes.len() as f64 / 1e6);
        assert!(times <= limit, "{format}: {times:.2} times the size of the file, expected at most {limit}");
        assert!(times > 0.1, "{format}: nothing was measured");
    }
}
