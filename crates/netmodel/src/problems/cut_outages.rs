//! `cut-outages`: outages deleted from a log, the time axis closed up.

use super::problem::{Kind, Problem, Shared, Subject};
use crate::stats::{Measured, OUTAGE_BPS};

pub(super) static KIND: Kind = Kind {
    name: "cut-outages",
    about: "the outages seem to be deleted and the time axis closed up: stall results are optimistic",
    advice: "use the log that this was made from (for HSDPA Sabre's JSON or the raw log)",
};

/// So many samples from 100 to 200 kbit/s without a single one below. In sets that keep their outages more than half of the
/// samples below 200 kbit/s are below 100 (HSDPA 56 %, Mahimahi 63 %), in single logs at least a fifth: 0.8^16 is 3 %. Of 330
/// public files only those with cut outages have more than 5 and none below.
const NEAR_CUT: usize = 16;
/// A link that varies by less never came near the cut, however slow it is.
const DEEP: f64 = 4.0;

/// How many samples lie just above the cut, and the lowest of them; None for a trace with samples below it, or one that
/// hardly varies.
fn above_cut(measured: &Measured) -> Option<(usize, f64)> {
    let rates = || measured.segments().iter().map(|s| s.bps);
    let lowest = rates().fold(f64::INFINITY, f64::min);
    let [p5, p95] = measured.quantiles(&[5, 95])[..] else { return None };
    let varies = p95 >= DEEP * p5;
    (lowest >= OUTAGE_BPS && varies).then(|| (rates().filter(|r| *r < 2.0 * OUTAGE_BPS).count(), lowest))
}

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let (near, lowest) = above_cut(subject.measured)?;
    (near >= NEAR_CUT).then(|| cut_problem("", near, lowest))
}

fn cut_problem(who: &str, near: usize, lowest: f64) -> Problem {
    let evidence = format!(
        "{who}{near} samples from 100 to 200 kbit/s and none below 100, the lowest at {:.1}",
        lowest / 1e3
    );
    let numbers = vec![("samples_100_to_200_kbps", near as f64), ("lowest_kbps", lowest / 1e3)];
    Problem { kind: &KIND, evidence, numbers }
}

/// What a trace alone has too few samples for, a set may show: not one sample of all its traces below the cut.
pub(super) fn of_set(members: &[(&str, &Measured)]) -> Option<Shared> {
    let lowest = |m: &Measured| m.segments().iter().map(|s| s.bps).fold(f64::INFINITY, f64::min);
    if members.len() < 2 || members.iter().any(|(_, m)| lowest(m) < OUTAGE_BPS) {
        return None;
    }
    let found: Vec<(usize, usize, f64)> = members
        .iter()
        .enumerate()
        .filter_map(|(i, (_, m))| above_cut(m).map(|(near, lowest)| (i, near, lowest)))
        .filter(|(_, near, _)| *near > 0)
        .collect();
    let near: usize = found.iter().map(|f| f.1).sum();
    if near < NEAR_CUT {
        return None;
    }
    let lowest = found.iter().map(|f| f.2).fold(f64::INFINITY, f64::min);
    let problem = cut_problem(&format!("all {} traces together: ", members.len()), near, lowest);
    Some(Shared { problem, members: found.iter().map(|f| f.0).collect() })
}
