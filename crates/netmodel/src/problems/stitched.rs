//! `stitched`: separate tests put end to end.

use super::problem::{Kind, Problem, Subject};
use crate::stats::acf;

pub(super) static KIND: Kind = Kind {
    name: "stitched",
    about: "separate tests seem to be put end to end: how the rate goes from one to the next is no property of a link",
    advice: "use its rates as a distribution, not as a time series; no conclusions on prediction or adaptation",
};

/// Rates are held in blocks if so many of their changes fall on one beat (by chance one in the length of the block) ...
const ON_BEAT: f64 = 0.95;
/// ... of at least so many changes, each by more than this share of the mean rate.
const CHANGES: usize = 20;
const CHANGE: f64 = 0.02;
/// The longest beat that is looked for, in s.
const BEAT_MOST: usize = 30;
/// Of fewer blocks the autocorrelation says little: it is uncertain by 1/sqrt(n).
const BLOCKS: usize = 48;
/// Means over 5 s of logs that were recorded in one go correlate with their neighbours by 0.48 to 0.96 (HSDPA), 0.54 to 0.93
/// (Belgian 4G), 0.60 and more (Mahimahi).
const NEIGHBOURS: f64 = 0.5;

/// The length in s, and the autocorrelation, of the blocks in which a trace holds its rates.
fn blocks(bins: &[f64]) -> Option<(usize, f64)> {
    let mean = bins.iter().sum::<f64>() / bins.len().max(1) as f64;
    let changes: Vec<usize> = bins
        .windows(2)
        .enumerate()
        .filter(|(_, w)| (w[1] - w[0]).abs() > CHANGE * mean)
        .map(|(i, _)| i + 1)
        .collect();
    if changes.len() < CHANGES {
        return None;
    }
    let on_beat = |length: usize| {
        let mut counts = vec![0usize; length];
        changes.iter().for_each(|c| counts[c % length] += 1);
        let (phase, most) = counts.into_iter().enumerate().max_by_key(|(_, n)| *n)?;
        (most as f64 >= ON_BEAT * changes.len() as f64).then_some((length, phase))
    };
    let (length, phase) = (2..=BEAT_MOST).rev().find_map(on_beat)?;
    let blocks: Vec<f64> =
        bins[phase..].chunks_exact(length).map(|b| b.iter().sum::<f64>() / length as f64).collect();
    if blocks.len() < BLOCKS {
        return None;
    }
    acf(&blocks, 1).map(|r| (length, r))
}

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let found = blocks(subject.measured.bins()).filter(|(_, r)| *r < NEIGHBOURS);
    // The FCC's web-browsing test (curr_webget) of one unit and one site, about one row an hour.
    let named = subject.name.contains("http---");
    let mut numbers = Vec::new();
    let mut evidence = Vec::new();
    if let Some((length, r)) = found {
        evidence.push(format!("rates are held in blocks of {length} s, neighbours correlate by {r:.2} only"));
        numbers.extend([("block_s", length as f64), ("neighbours_acf", r)]);
    }
    if named {
        evidence.push("by its name an FCC web test, whose rows are about an hour apart".to_string());
    }
    (named || found.is_some()).then(|| Problem { kind: &KIND, evidence: evidence.join("; "), numbers })
}
