//! The numbers that describe a trace, and a family of traces.
//!
//! Time is weighed in whole microseconds, so that quantiles and shares are exact and the same for everyone.
//!
//! | number | definition |
//! |---|---|
//! | segments | the stretches of constant rate; boundaries rounded to whole microseconds, half to even; what then has no length is dropped and counted |
//! | mean, std | weighted by time; std of the population |
//! | pXX | lower quantile weighted by time: the smallest rate at or below which the link is for at least XX % of the time |
//! | outage | rate below 100 kbit/s, strictly |
//! | longest outage | longest run of consecutive segments in outage |
//! | acf k | autocorrelation at a lag of k s of the means of full 1-s bins from the start; none for fewer than k + 2 bins or without variance |
//! | log_* | over the natural logarithms of the bins of at least 100 kbit/s, in Mbit/s |
//!
//! Of delivery opportunities (Mahimahi) the segments are the full 1-s bins, each with the lines in `[k, k+1)` s; what is
//! left after the last full second does not count. Duration, bits and mean rate of [`RecordingStats`] are of the whole
//! trace all the same, and its `whole_seconds` has the numbers of the full seconds.
//!
//! A trace in which no whole microsecond passes (no reader gives one, a generator or a cut may) has no segments, and 0
//! for every number of them.
//!
//! Bins are not made for traces longer than [`MAX_BINNED_S`], nor for those of which most bins would lie within one
//! segment (more than 1000 per segment, beyond the first day); numbers that need them are then absent.

use serde::Serialize;
use units::Seconds;

use crate::packets::Packets;
use crate::recording::{Recording, Samples, micros};
use crate::{Period, Trace};

/// The longest trace, in seconds, whose 1-s bins are computed: 57 days.
pub const MAX_BINNED_S: i64 = 5_000_000;

/// Below this rate, in bit/s, a link is out.
pub const OUTAGE_BPS: f64 = 1e5;
const SECOND_US: i64 = 1_000_000;

/// Bins that every trace gets: a day.
const FREE_BINS: i64 = 86_400;
/// Bins per segment beyond these.
const BINS_PER_SEGMENT: i64 = 1000;

/// A stretch of constant rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// How long it lasts, in whole microseconds; positive.
    pub us: i64,
    /// Its rate in bit/s.
    pub bps: f64,
}

/// The numbers of one trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TraceStats {
    /// What the file says beyond its rates, e.g. `n_records`; depends on the format.
    #[serde(flatten)]
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// The numbers of its segments.
    #[serde(flatten)]
    pub rates: RateStats,
    /// Segments or samples without duration.
    pub dropped_nonpositive: usize,
    /// Autocorrelation at 1 s.
    pub acf1: Option<f64>,
    /// Autocorrelation at 5 s.
    pub acf5: Option<f64>,
}

/// What a set of segments says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RateStats {
    /// Length in seconds.
    pub duration_s: f64,
    /// How many segments.
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
    /// Share of time in outage.
    pub outage_share: f64,
    /// Share of time with a rate of 0.
    pub zero_share: f64,
    /// Longest outage in seconds.
    pub longest_outage_s: f64,
}

/// The numbers of a family of traces: segments and bins pooled.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FamilyStats {
    /// How many traces.
    pub n_files: usize,
    /// The numbers of all segments; outages do not run on from trace to trace.
    #[serde(flatten)]
    pub rates: RateStats,
    /// Mean of the traces' autocorrelations at 1 s, where they have one.
    pub acf1_mean: Option<f64>,
    /// The same at 5 s.
    pub acf5_mean: Option<f64>,
    /// What the logarithms of the rates say; none for fewer than three bins outside outages.
    #[serde(flatten)]
    pub log: Option<LogStats>,
}

/// The pooled logarithms of the 1-s bins outside outages, and the outages between them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogStats {
    /// Mean of the logarithms.
    pub log_mean: f64,
    /// Their standard deviation.
    pub log_sd: f64,
    /// Regression of a bin on the one before it, both about the pooled mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ar1_log_phi: Option<f64>,
    /// The same about the mean of each trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ar1_log_phi_within_file: Option<f64>,
    /// Standard deviation about the mean of each trace, per bin that has a successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_sd_within_file: Option<f64>,
    /// Mean length of an outage in seconds.
    pub outage_mean_len_s: Option<f64>,
    /// Probability that an outage begins after a bin outside one.
    pub outage_enter_prob_per_s: Option<f64>,
}

/// The numbers of what a reader found: of the whole trace, and of its whole seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordingStats {
    /// The numbers of its segments, with the duration, the bits and the mean rate of the whole trace.
    #[serde(flatten)]
    pub stats: TraceStats,
    /// The same of its segments alone: of delivery opportunities, without what is left after the last full second.
    pub whole_seconds: TraceStats,
}

impl std::ops::Deref for RecordingStats {
    type Target = TraceStats;
    fn deref(&self) -> &TraceStats {
        &self.stats
    }
}

/// The numbers of what a reader found.
pub fn of_recording(recording: &Recording) -> RecordingStats {
    let whole_seconds = Measured::of(recording).stats(recording.facts.clone());
    let mut stats = whole_seconds.clone();
    if matches!(recording.samples, Samples::Packets { .. }) {
        let trace = &recording.trace;
        stats.rates.duration_s = trace.duration().get();
        stats.rates.total_mbit = trace.total().get() / 1e6;
        stats.rates.mean_mbps = trace.mean_rate().mbps();
    }
    RecordingStats { stats, whole_seconds }
}

/// The numbers of a trace.
pub fn of_trace(trace: &Trace) -> TraceStats {
    Measured::of_trace(trace).stats(serde_json::Map::new())
}

/// The numbers of a family of traces; None for an empty family.
pub fn of_family<'a>(recordings: impl IntoIterator<Item = &'a Recording>) -> Option<FamilyStats> {
    family(recordings.into_iter().map(Measured::of).collect())
}

/// The numbers of a family of traces that come from no file; None for an empty family.
pub fn of_traces<'a>(traces: impl IntoIterator<Item = &'a Trace>) -> Option<FamilyStats> {
    family(traces.into_iter().map(Measured::of_trace).collect())
}

/// A stretch of time in which a link is out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outage {
    /// When it begins, on the trace's clock.
    #[serde(rename = "start_s")]
    pub start: Seconds,
    /// How long it lasts.
    #[serde(rename = "duration_s")]
    pub duration: Seconds,
}

/// The outages of one pass of a trace, in order.
pub fn outages(trace: &Trace) -> Vec<Outage> {
    Measured::of_trace(trace).outages()
}

/// A trace as statistics see it: what all numbers of this module are taken from, for those that want others.
///
/// ```
/// use netmodel::{Trace, stats::Measured};
/// use units::Seconds;
///
/// let steps = [(5.0, 1.0), (45.0, 4.0), (50.0, 2.0)];
/// let measured = Measured::of_trace(&Trace::steps("t", &steps, Seconds::ZERO)?);
/// // For exactly 5 % of the time at 1 Mbit/s, for 55 % at 2 or less.
/// assert_eq!(measured.quantiles(&[5, 50, 90]), [1.0, 2.0, 4.0]);
/// assert_eq!(measured.distribution(), [(1.0, 0.05), (2.0, 0.55), (4.0, 1.0)]);
/// # Ok::<(), netmodel::NetworkError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    segments: Vec<Segment>,
    /// How many segments there are, of which some may stand as one.
    count: usize,
    dropped: usize,
    /// Mean rates in bit/s of its full seconds; empty for a trace that is too long.
    bins: Vec<f64>,
}

impl Measured {
    /// What a reader found. Of delivery opportunities the segments are full seconds.
    pub fn of(recording: &Recording) -> Measured {
        match (&recording.samples, recording.trace.packets()) {
            (Samples::Packets { at_zero }, Some(packets)) => {
                let (segments, count) = per_second(packets, *at_zero);
                Measured::of_segments(segments, count, 0)
            }
            (Samples::Packets { .. }, None) => Measured::of_periods(&recording.trace, 0.0, 0),
            (Samples::Periods { origin, dropped }, _) => {
                Measured::of_periods(&recording.trace, origin.millis(), *dropped)
            }
        }
    }

    /// One pass of a trace.
    pub fn of_trace(trace: &Trace) -> Measured {
        Measured::of_periods(trace, 0.0, 0)
    }

    /// `origin_ms` is the file's own time at the trace's 0: it is the file's times that are rounded.
    fn of_periods(trace: &Trace, origin_ms: f64, dropped: usize) -> Measured {
        let (mut time, mut start) = (Seconds::ZERO, micros(origin_ms, Seconds::ZERO));
        let segment = |p: Period| {
            time += p.duration;
            let end = micros(origin_ms, time);
            let us = end - std::mem::replace(&mut start, end);
            Segment { us, bps: p.rate.bps() }
        };
        let periods = trace.periods();
        let segments: Vec<Segment> = periods.iter().map(segment).filter(|s| s.us > 0).collect();
        let dropped = dropped + periods.len() - segments.len();
        let count = segments.len();
        Measured::of_segments(segments, count, dropped)
    }

    fn of_segments(segments: Vec<Segment>, count: usize, dropped: usize) -> Measured {
        let bins = bins(&segments);
        Measured { segments, count, dropped, bins }
    }

    /// How many segments there are: more than [`segments`](Measured::segments) has where equal seconds of delivery
    /// opportunities stand as one.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Its stretches of constant rate, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// How many segments or samples had no duration.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// The mean rates, in bit/s, of its full seconds; none for a trace longer than [`MAX_BINNED_S`].
    pub fn bins(&self) -> &[f64] {
        &self.bins
    }

    /// Autocorrelation of the full seconds at a lag of so many seconds.
    pub fn acf(&self, lag: usize) -> Option<f64> {
        acf(&self.bins, lag)
    }

    /// The outages, in order.
    pub fn outages(&self) -> Vec<Outage> {
        let seconds = |us: i64| Seconds::new(us as f64 / 1e6);
        let mut outages: Vec<Outage> = Vec::new();
        let (mut now, mut begin) = (0i64, None);
        for s in &self.segments {
            match (s.bps < OUTAGE_BPS, begin) {
                (true, None) => begin = Some(now),
                (false, Some(from)) => {
                    outages.push(Outage { start: seconds(from), duration: seconds(now - from) });
                    begin = None;
                }
                _ => {}
            }
            now += s.us;
        }
        if let Some(from) = begin {
            outages.push(Outage { start: seconds(from), duration: seconds(now - from) });
        }
        outages
    }

    /// Lower quantiles weighted by time, in Mbit/s: of each percentage from 0 to 100, the smallest rate at or below which
    /// the link is for at least that share of the time.
    pub fn quantiles(&self, percents: &[u8]) -> Vec<f64> {
        let sorted = sorted(&self.segments);
        percents.iter().map(|p| quantile(&sorted, i128::from(*p)) / 1e6).collect()
    }

    /// Each rate that occurs, in Mbit/s, ascending, with the share of the time at or below it.
    pub fn distribution(&self) -> Vec<(f64, f64)> {
        distribution(&self.segments)
    }

    /// The share of the time with a rate of at least `from` and below `to`, in Mbit/s.
    pub fn share_between(&self, from: f64, to: f64) -> f64 {
        let us = |rule: &dyn Fn(f64) -> bool| {
            self.segments.iter().filter(|s| rule(s.bps / 1e6)).map(|s| s.us).sum::<i64>()
        };
        us(&|mbps| mbps >= from && mbps < to) as f64 / divisor(us(&|_| true))
    }

    /// The numbers, without what a file says beyond its rates.
    pub fn rates(&self) -> RateStats {
        rates(&self.segments, self.count)
    }

    fn stats(&self, facts: serde_json::Map<String, serde_json::Value>) -> TraceStats {
        TraceStats {
            facts,
            rates: rates(&self.segments, self.count),
            dropped_nonpositive: self.dropped,
            acf1: self.acf(1),
            acf5: self.acf(5),
        }
    }
}

/// What a share of this time is taken of. Of no time at all there is nothing: its shares and means are 0.
fn divisor(us: i64) -> f64 {
    us.max(1) as f64
}

/// The lines of every full second as a rate, and how many seconds that are: those in a row that are alike are one
/// segment. Of a file shorter than a second, all of them over its length.
fn per_second(packets: &Packets, at_zero: u32) -> (Vec<Segment>, usize) {
    let (last, packet) = (packets.last_ms(), packets.packet().get());
    let mut counts = packets.per_second();
    let Some((lines, times)) = counts.first().copied() else {
        let bps = packets.total() as f64 * packet / (f64::from(last) / 1e3);
        return (vec![Segment { us: i64::from(last) * 1000, bps }], 1);
    };
    // Lines `0` are carried in the last millisecond, which is behind the last full second, and counted in the first.
    if at_zero > 0 {
        counts[0] = (lines + u64::from(at_zero), 1);
        if times > 1 {
            counts.insert(1, (lines, times - 1));
        }
    }
    let stretch =
        |(lines, times): (u64, u32)| Segment { us: SECOND_US * i64::from(times), bps: lines as f64 * packet };
    (counts.into_iter().map(stretch).collect(), (last / 1000) as usize)
}

fn rates(segments: &[Segment], count: usize) -> RateStats {
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

fn sorted(segments: &[Segment]) -> Vec<Segment> {
    let mut sorted = segments.to_vec();
    sorted.sort_unstable_by(|a, b| a.bps.total_cmp(&b.bps));
    sorted
}

/// The lower quantile, in bit/s, of segments that ascend in rate.
fn quantile(sorted: &[Segment], percent: i128) -> f64 {
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
fn bins(segments: &[Segment]) -> Vec<f64> {
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

fn family(members: Vec<Measured>) -> Option<FamilyStats> {
    let pooled: Vec<Segment> = members.iter().flat_map(|m| m.segments.iter().copied()).collect();
    if pooled.is_empty() {
        return None;
    }
    let mut pooled = rates(&pooled, members.iter().map(|m| m.count).sum());
    let longest = members.iter().map(|m| rates(&m.segments, m.count).longest_outage_s);
    pooled.longest_outage_s = longest.fold(0.0, f64::max);
    let mean_acf = |lag: usize| {
        let values: Vec<f64> = members.iter().filter_map(|m| m.acf(lag)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some(FamilyStats {
        n_files: members.len(),
        acf1_mean: mean_acf(1),
        acf5_mean: mean_acf(5),
        rates: pooled,
        log: log_stats(members.iter().map(|m| m.bins.as_slice())),
    })
}

fn log_stats<'a>(bins: impl Iterator<Item = &'a [f64]>) -> Option<LogStats> {
    let log = |bps: &f64| (*bps >= OUTAGE_BPS).then(|| libm::log(bps / 1e6));
    let traces: Vec<Vec<Option<f64>>> = bins.map(|b| b.iter().map(log).collect()).collect();
    let on = || traces.iter().flatten().filter_map(|x| *x);
    let n = on().count();
    if n <= 2 {
        return None;
    }
    let mean = on().sum::<f64>() / n as f64;
    let sd = (on().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64).sqrt();

    let (mut about_all, mut about_own) = (Regression::default(), Regression::default());
    let (mut out, mut entered, mut left, mut up, mut followed) = (0usize, 0usize, 0usize, 0usize, 0usize);
    for trace in &traces {
        let own: Vec<f64> = trace.iter().filter_map(|x| *x).collect();
        out += trace.len() - own.len();
        up += own.len();
        followed += trace.len().saturating_sub(1);
        let begins = trace.windows(2).filter(|w| w[0].is_some() && w[1].is_none()).count();
        left += begins;
        entered += begins + usize::from(matches!(trace.first(), Some(None)));
        if own.len() < 10 {
            continue; // too few for a mean of its own
        }
        let own_mean = own.iter().sum::<f64>() / own.len() as f64;
        for pair in trace.windows(2) {
            if let [Some(x), Some(y)] = pair {
                about_all.add(x - mean, y - mean);
                about_own.add(x - own_mean, y - own_mean);
            }
        }
    }
    Some(LogStats {
        log_mean: mean,
        log_sd: sd,
        ar1_log_phi: about_all.slope(),
        ar1_log_phi_within_file: about_own.slope(),
        log_sd_within_file: (about_own.xx > 0.0).then(|| (about_own.xx / followed.max(1) as f64).sqrt()),
        outage_mean_len_s: (entered > 0).then(|| out as f64 / entered as f64),
        outage_enter_prob_per_s: (up > 0).then(|| left as f64 / up as f64),
    })
}

/// A regression through the origin.
#[derive(Default)]
struct Regression {
    xy: f64,
    xx: f64,
}

impl Regression {
    fn add(&mut self, x: f64, y: f64) {
        self.xy += x * y;
        self.xx += x * x;
    }

    fn slope(&self) -> Option<f64> {
        (self.xx > 0.0).then(|| self.xy / self.xx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(steps: &[(f64, f64)]) -> Trace {
        Trace::steps("t", steps, Seconds::ZERO).expect("valid")
    }

    #[test]
    fn quantiles_are_lower_and_weighted_by_time() {
        let rates = of_trace(&trace(&[(5.0, 1.0), (45.0, 4.0), (45.0, 2.0), (5.0, 8.0)])).rates;
        // At 1 Mbit/s for exactly 5 % of the time, at or below 2 for exactly 50 %, at or below 4 for exactly 95 %.
        assert_eq!((rates.p5_mbps, rates.p50_mbps, rates.p95_mbps), (1.0, 2.0, 4.0));
        assert_eq!((rates.min_mbps, rates.max_mbps), (1.0, 8.0));
    }

    #[test]
    fn outages_are_below_100_kbps_and_run_together() {
        let t = trace(&[(1.0, 0.1), (2.0, 0.0), (3.0, 0.0999), (4.0, 5.0), (5.0, 0.05)]);
        let rates = of_trace(&t).rates;
        assert_eq!(
            (rates.longest_outage_s, rates.outage_share, rates.zero_share),
            (5.0, 10.0 / 15.0, 2.0 / 15.0)
        );
        let list = [(1.0, 5.0), (10.0, 5.0)]
            .map(|(s, d)| Outage { start: Seconds::new(s), duration: Seconds::new(d) });
        assert_eq!(outages(&t), list);
    }

    #[test]
    fn autocorrelation_needs_values_that_differ() {
        assert_eq!(acf(&[1.0, 2.0], 1), None);
        assert_eq!(acf(&[3.3; 100], 1), None);
        assert_eq!(acf(&[1.0, -1.0, 1.0, -1.0], 1), Some(-0.75));
    }

    #[test]
    fn bins_are_full_seconds() {
        let segments = [(1_500_000, 2.0), (700_000, 4.0)].map(|(us, bps)| Segment { us, bps });
        assert_eq!(bins(&segments), [2.0, 3.0]);
    }

    #[test]
    fn a_trace_without_a_whole_microsecond_has_zeros() {
        for seconds in [4e-7, 1e-9, f64::MIN_POSITIVE] {
            let short = trace(&[(seconds, 3.0), (seconds / 8.0, 0.0)]);
            let stats = of_trace(&short);
            assert_eq!((stats.rates.n_segments, stats.dropped_nonpositive), (0, 2));
            // In JSON no number is what is NaN; of these, only what has no definition is.
            let json = serde_json::to_value(&stats).expect("numbers");
            let fields = json.as_object().expect("an object").iter();
            let without: Vec<&str> = fields.filter(|f| f.1.is_null()).map(|f| f.0.as_str()).collect();
            assert_eq!(without, ["acf1", "acf5", "cv"]);
            let measured = Measured::of_trace(&short);
            assert_eq!(measured.share_between(0.0, 1e9), 0.0);
            assert_eq!((measured.distribution(), measured.outages()), (vec![], vec![]));
            assert_eq!(of_traces([&short]), None);
        }
        let rates = of_trace(&trace(&[(6e-7, 3.0)])).rates;
        assert_eq!((rates.duration_s, rates.mean_mbps, rates.n_segments), (1e-6, 3.0, 1));
    }

    #[test]
    fn an_empty_family_has_no_numbers() {
        assert_eq!(of_traces([]), None);
    }
}
