//! The numbers of a list of segments: rates weighted by time, quantiles, bins of one second, autocorrelation.

use serde::Serialize;

/// The longest trace, in seconds, whose 1-s bins are computed: 57 days.
pub const MAX_BINNED_S: i64 = 5_000_000;

/// Below this rate, in bit/s, a link is out.
pub const OUTAGE_BPS: f64 = 1e5;
pub(super) const SECOND_US: i64 = 1_000_000;

/// Bins that every trace gets: a day.
const FREE_BINS: i64 = 86_400;
/// Bins per segment beyond these.
const BINS_PER_SEGMENT: i64 = 1000;

/// A piece of constant rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// How long it lasts, in whole microseconds; positive.
    pub us: i64,
    /// Its rate in bit/s.
    pub bps: f64,
}

/// What a set of segments says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RateStats {
    /// Length in seconds.
    pub duration_s: f64,
    pub n_segments: usize,
    /// What they carry, in Mbit.
    pub total_mbit: f64,
    /// Mean rate in Mbit/s.
    pub mean_mbps: f64,
    /// Standard deviation of the rate in Mbit/s.
    pub std_mbps: f64,
    /// Standard deviation divided by mean; none when the mean is 0.
    pub cv: Option<f64>,
    /// 5 % quantile in Mbit/s.
    pub p5_mbps: f64,
    /// Median in Mbit/s.
    pub p50_mbps: f64,
    /// 95 % quantile in Mbit/s.
    pub p95_mbps: f64,
    /// Lowest rate in Mbit/s.
    pub min_mbps: f64,
    /// Highest rate in Mbit/s.
    pub max_mbps: f64,
    pub outage_share: f64,
    /// Share of time with a rate of 0.
    pub zero_share: f64,
    /// Longest outage in seconds.
    pub longest_outage_s: f64,
}

/// What a share of this time is taken of. Of no time at all there is nothing: its shares and means are 0.
pub(super) fn divisor(us: i64) -> f64 {
    us.max(1) as f64
}

pub(super) fn rates(segments: &[Segment], count: usize) -> RateStats {
    let total: i64 = segments.iter().map(|s| s.us).sum();
    let time = divisor(total);
    let bits: f64 = segments.iter().map(|s| s.us as f64 * s.bps).sum();
    let mean = bits / time;
    let variance = segments.iter().map(|s| s.us as f64 * (s.bps - mean) * (s.bps - mean)).sum::<f64>() / time;
    let sorted = sorted(segments);
    let quantile = |percent| quantile(&sorted, percent);
    let share = |rule: fn(&Segment) -> bool| {
        segments.iter().filter(|s| rule(s)).map(|s| s.us).sum::<i64>() as f64 / time
    };
    let (mut run, mut longest) = (0, 0);
    for s in segments {
        run = if s.bps < OUTAGE_BPS { run + s.us } else { 0 };
        longest = longest.max(run);
    }
    RateStats {
        duration_s: total as f64 / 1e6,
        n_segments: count,
        total_mbit: bits / 1e12,
        mean_mbps: mean / 1e6,
        std_mbps: variance.sqrt() / 1e6,
        cv: (mean > 0.0).then(|| variance.sqrt() / mean),
        p5_mbps: quantile(5) / 1e6,
        p50_mbps: quantile(50) / 1e6,
        p95_mbps: quantile(95) / 1e6,
        min_mbps: sorted.first().map_or(0.0, |s| s.bps) / 1e6,
        max_mbps: sorted.last().map_or(0.0, |s| s.bps) / 1e6,
        outage_share: share(|s| s.bps < OUTAGE_BPS),
        zero_share: share(|s| s.bps == 0.0),
        longest_outage_s: longest as f64 / 1e6,
    }
}

pub(super) fn sorted(segments: &[Segment]) -> Vec<Segment> {
    let mut sorted = segments.to_vec();
    sorted.sort_unstable_by(|a, b| a.bps.total_cmp(&b.bps));
    sorted
}

/// The lower quantile, in bit/s, of segments that ascend in rate.
pub(super) fn quantile(sorted: &[Segment], percent: i128) -> f64 {
    let total: i128 = sorted.iter().map(|s| i128::from(s.us)).sum();
    let mut below: i128 = 0;
    let reaches = |s: &&Segment| {
        below += i128::from(s.us);
        below * 100 >= percent * total
    };
    sorted.iter().find(reaches).map_or(0.0, |s| s.bps)
}

/// Each rate in Mbit/s, ascending, with the share of the time at or below it: of one trace, or of the segments of many.
pub fn distribution(segments: &[Segment]) -> Vec<(f64, f64)> {
    let total: i64 = segments.iter().map(|s| s.us).sum();
    let mut below = 0i64;
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for s in sorted(segments) {
        below += s.us;
        let (rate, share) = (s.bps / 1e6, below as f64 / total as f64);
        match steps.last_mut() {
            Some(last) if last.0 == rate => last.1 = share,
            _ => steps.push((rate, share)),
        }
    }
    steps
}

/// The mean rates of the full seconds from the start.
pub(super) fn bins(segments: &[Segment]) -> Vec<f64> {
    let total: i64 = segments.iter().map(|s| s.us).sum();
    let most = FREE_BINS + BINS_PER_SEGMENT * segments.len() as i64;
    if total / SECOND_US > most.min(MAX_BINNED_S) {
        return vec![];
    }
    let mut bins = Vec::with_capacity((total / SECOND_US) as usize);
    let (mut sum, mut left) = (0.0, SECOND_US);
    for s in segments {
        let mut us = s.us;
        while us > 0 {
            let part = us.min(left);
            sum += part as f64 * s.bps;
            us -= part;
            left -= part;
            if left == 0 {
                bins.push(sum / SECOND_US as f64);
                (sum, left) = (0.0, SECOND_US);
            }
        }
    }
    bins
}

/// Autocorrelation of evenly spaced values; none for fewer than `lag + 2` of them, or when they hardly differ.
pub fn acf(values: &[f64], lag: usize) -> Option<f64> {
    let n = values.len();
    if n < lag.saturating_add(2) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let square = |x: f64| x * x;
    let variance: f64 = values.iter().map(|x| square(x - mean)).sum();
    // What rounding leaves of a constant series is no variance.
    if variance <= 1e-9 * square(mean).max(1.0) * n as f64 * 1e-6 {
        return None;
    }
    let pairs = values.iter().zip(&values[lag..]);
    Some(pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / variance)
}
