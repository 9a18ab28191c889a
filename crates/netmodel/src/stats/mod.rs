//! The numbers that describe a trace, and a family of traces.
//!
//! Time is weighed in whole microseconds, so that quantiles and shares are exact and the same for everyone.
//!
//! | number | definition |
//! |---|---|
//! | segments | the pieces of constant rate; boundaries rounded to whole microseconds, half to even; what then has no length is dropped and counted |
//! | mean, std | weighted by time; std of the population |
//! | pXX | lower quantile weighted by time: the smallest rate at or below which the link is for at least XX % of the time |
//! | outage | rate below 100 kbit/s, strictly |
//! | longest outage | longest run of consecutive segments in outage |
//! | acf k | autocorrelation at a lag of k s of the means of full 1-s bins from the start; none for fewer than k + 2 bins or without variance |
//! | log_* | over the natural logarithms of the bins of at least 100 kbit/s, in Mbit/s |
//!
//! The segments of delivery opportunities (Mahimahi) are the full 1-s bins, each with the lines in `[k, k+1)` s; what is
//! left after the last full second does not count. Duration, bits and mean rate of [`RecordingStats`] count the whole
//! trace, and its `whole_seconds` has the numbers of the full seconds.
//!
//! A trace shorter than one microsecond has no segments, and all its statistics are 0. Readers never produce one; generators
//! and cuts can.
//!
//! Bins are not made for traces longer than [`MAX_BINNED_S`], nor for those of which most bins would lie within one
//! segment (more than 1000 per segment, beyond the first day); numbers that need them are then absent.

mod family;
mod measured;
mod numbers;

pub use family::{FamilyStats, LogStats};
pub use measured::{Measured, Outage, TraceStats};
pub use numbers::{MAX_BINNED_S, OUTAGE_BPS, RateStats, Segment, acf, distribution};

use serde::Serialize;

use crate::Trace;
use crate::recording::{Recording, Samples};
use family::family;

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

/// The outages of one pass of a trace, in order.
pub fn outages(trace: &Trace) -> Vec<Outage> {
    Measured::of_trace(trace).outages()
}

#[cfg(test)]
mod tests {
    use units::Seconds;

    use super::numbers::bins;
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
