//! How fast files stream: writes one of about a gigabyte to a temporary folder, and reads it as `segue trace info` does.
//!
//! ```sh
//! cargo run --release -p segue-benches --example stream            # 1000 MB of each format
//! cargo run --release -p segue-benches --example stream -- 200 mahimahi
//! ```
//!
//! The file is read a second time, from the system's cache: what is measured is the reader and not the disk. Target: a
//! Mahimahi file of 1 GB at 300 MB/s or more.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and stops where it cannot go on"
)]
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use netmodel::formats::{self, ReadOptions};
use netmodel::stats;
use units::SimRng;

fn main() {
    let mut args = std::env::args().skip(1);
    let megabytes: u64 = args.next().map_or(1000, |n| n.parse().expect("a number of megabytes"));
    let only = args.next();
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:<10} {:>9} {:>12} {:>12} {:>12}", "format", "MB", "read MB/s", "stats MB/s", "both MB/s");
    for (name, line) in [("mahimahi", mahimahi as Line), ("cooked", cooked), ("csv", csv)] {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let path = folder.path().join(name);
        make(&path, megabytes * 1_000_000, line);
        let size = std::fs::metadata(&path).expect("the file").len() as f64 / 1e6;
        let _ = std::fs::read(&path).expect("the file, into the cache");
        let start = Instant::now();
        let recording = formats::read_path(&path, None, &ReadOptions::default()).expect("a trace");
        let read = start.elapsed().as_secs_f64();
        assert_eq!(recording.format, name);
        let numbers = stats::of_recording(&recording);
        let both = start.elapsed().as_secs_f64();
        assert!(numbers.rates.mean_mbps > 0.0);
        println!(
            "{name:<10} {size:>9.0} {:>12.0} {:>12.0} {:>12.0}",
            size / read,
            size / (both - read),
            size / both
        );
        std::fs::remove_file(&path).expect("removed");
    }
}

/// Writes the next line and moves the clock on.
type Line = fn(&mut SimRng, &mut u64, &mut dyn Write) -> std::io::Result<()>;

fn make(path: &Path, size: u64, line: Line) {
    let mut out = BufWriter::new(std::fs::File::create(path).expect("a file"));
    let (mut rng, mut clock, mut lines) = (SimRng::new(1, 0), 0, 0);
    loop {
        line(&mut rng, &mut clock, &mut out).expect("room for the file");
        lines += 1;
        // Asking for the size of every line would cost more than writing it.
        if lines % 65_536 == 0 && out.get_ref().metadata().expect("the file").len() >= size {
            return out.flush().expect("room for the file");
        }
    }
}

/// A packet 0 to 9 ms after the one before: 2.7 Mbit/s, nearly all of them alone in their millisecond.
fn mahimahi(rng: &mut SimRng, clock: &mut u64, out: &mut dyn Write) -> std::io::Result<()> {
    *clock += rng.range(0.0, 10.0) as u64;
    writeln!(out, "{clock}")
}

/// A second, in kbit/s.
fn cooked(rng: &mut SimRng, clock: &mut u64, out: &mut dyn Write) -> std::io::Result<()> {
    *clock += 1;
    writeln!(out, "{clock}.0\t{:.3}", rng.range(0.1, 90.0))
}

fn csv(rng: &mut SimRng, clock: &mut u64, out: &mut dyn Write) -> std::io::Result<()> {
    *clock += 1;
    writeln!(out, "{clock},{:.3},35", rng.range(0.1, 90.0))
}
