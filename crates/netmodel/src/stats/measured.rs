//! A trace as statistics see it: its segments in whole microseconds, and its bins.

use serde::Serialize;
use units::Seconds;

use super::numbers::{
    OUTAGE_BPS, RateStats, SECOND_US, Segment, acf, bins, distribution, divisor, quantile, rates, sorted,
};
use crate::packets::Packets;
use crate::recording::{Recording, Samples, micros};
use crate::{Period, Trace};

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
    pub(super) segments: Vec<Segment>,
    /// How many segments there are, of which some may stand as one.
    pub(super) count: usize,
    dropped: usize,
    /// Mean rates in bit/s of its full seconds; empty for a trace that is too long.
    pub(super) bins: Vec<f64>,
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

    /// The mean rates, in bit/s, of its full seconds; none for a trace longer than [`MAX_BINNED_S`](super::MAX_BINNED_S).
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

    pub(super) fn stats(&self, facts: serde_json::Map<String, serde_json::Value>) -> TraceStats {
        TraceStats {
            facts,
            rates: rates(&self.segments, self.count),
            dropped_nonpositive: self.dropped,
            acf1: self.acf(1),
            acf5: self.acf(5),
        }
    }
}

/// The lines of every full second as a rate, and how many seconds that are. Seconds in a row that are alike are one
/// segment. A file shorter than a second has one, of all its lines over its length.
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
