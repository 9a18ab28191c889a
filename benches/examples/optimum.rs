//! The offline optimum's table: how far bound and plan are apart, how long that takes and how much memory, for each model,
//! profile and length. `cargo xtask bench optimum` prints it.
//!
//! ```sh
//! cargo run --release -p segue-benches --example optimum               # drawn 3G and 4G networks
//! cargo run --release -p segue-benches --example optimum -- FOLDER 20  # the first 20 traces of a folder
//! ```

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and stops where it cannot go on"
)]
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use media::Video;
use netmodel::Trace;
use netmodel::formats::{self, ReadOptions};
use netmodel::generators;
use sim::optimal::{Limits, Objective, optimal};
use units::BitRate;

fn main() {
    let mut args = std::env::args().skip(1);
    let traces = match args.next() {
        Some(folder) => read(Path::new(&folder), args.next().map_or(20, |n| n.parse().expect("a number"))),
        None => drawn(),
    };
    println!(
        "{:<12} {:<16} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7}",
        "model", "profile", "segments", "proven", "gap %", "worst %", "time s", "worst s", "MB"
    );
    for profile in ["default", "pensieve-1120bb1"] {
        for segments in [49, 100, 200] {
            for model in ["bola", "pensieve-lin", "pensieve-log", "pensieve-hd", "yin"] {
                row(model, profile, segments, &traces);
            }
        }
    }
}

/// The sessions of one row, one after the other.
fn row(model: &str, profile: &str, segments: usize, traces: &[Arc<Trace>]) {
    let video = segue_benches::video(segments);
    let settings = sim::profile(profile).expect("a profile");
    let objective = objective(model, &video);
    let limits = Limits { gap: 1e-3, ..Limits::default() };
    let (mut gaps, mut times, mut memory) = (Vec::new(), Vec::new(), 0.0_f64);
    for trace in traces {
        forget_the_peak();
        let start = Instant::now();
        let best = optimal(trace, &video, &settings, &objective, &limits).expect("a session with an optimum");
        times.push(start.elapsed().as_secs_f64());
        memory = memory.max(peak());
        gaps.push(best.gap());
    }
    let (mean, most) = (
        |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64,
        |of: &[f64]| of.iter().copied().fold(0.0, f64::max),
    );
    let proven = gaps.iter().filter(|g| **g <= 0.005).count();
    println!(
        "{model:<12} {profile:<16} {segments:>8} {:>7} {:>8.3} {:>8.3} {:>8.2} {:>8.2} {memory:>7.0}",
        format!("{proven}/{}", gaps.len()),
        100.0 * mean(&gaps),
        100.0 * most(&gaps),
        mean(&times),
        most(&times),
    );
}

fn objective(model: &str, video: &Video) -> Objective {
    let ladder = video.ladder();
    match model {
        "pensieve-lin" => Objective::pensieve_linear(ladder),
        "pensieve-log" => Objective::pensieve_log(ladder),
        "pensieve-hd" => Objective::pensieve_hd(ladder),
        "yin" => Objective::yin(ladder),
        // Utilities, and gamma = 5 per stalled segment of 4 s.
        _ => {
            let utility = |b: &BitRate| f64::ln(*b / ladder.bitrate(0));
            Objective::new(ladder.bitrates().iter().map(utility).collect(), 0.0, 1.25).startup_apart()
        }
    }
}

fn drawn() -> Vec<Arc<Trace>> {
    let draw = |(name, seed): (&str, u64)| Arc::new(generators::generate(name, seed).expect("a preset"));
    (0..4).flat_map(|seed| [("hsdpa-3g", seed), ("belgium-4g,mean=3", seed)]).map(draw).collect()
}

fn read(folder: &Path, most: usize) -> Vec<Arc<Trace>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path()).collect();
    paths.sort();
    let trace = |path: &std::path::PathBuf| {
        Arc::new(formats::read_path(path, None, &ReadOptions::default()).expect("a trace").trace)
    };
    paths.iter().take(most).map(trace).collect()
}

/// The most memory that was held since the peak was forgotten, in MB; 0 where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).map_or(0.0, |kb| kb / 1000.0)
}

/// Where the system lets a process do so (Linux).
fn forget_the_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
