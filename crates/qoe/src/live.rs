//! How far the viewer of a live event was behind.

use serde::{Deserialize, Serialize};
use units::Seconds;

/// Where the viewer of a live event was at an instant. Between two corners everything is linear; a jump is two corners at one
/// time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveCorner {
    pub at_s: Seconds,
    /// From a moment's happening to the viewer's seeing it.
    pub latency_s: Seconds,
    /// Media that was buffered and not yet played.
    pub buffer_s: Seconds,
}

/// The digest of the time after the first frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveSummary {
    /// What the player wanted the latency to be.
    pub target_s: Seconds,
    /// The latency, averaged over time.
    pub latency_mean_s: Seconds,
    /// The latency that was not exceeded for 95 % of the time.
    pub latency_p95_s: Seconds,
    /// How long the latency was above the target.
    pub behind_target_s: Seconds,
    /// How often the playback rate changed.
    pub rate_changes: usize,
    /// How often the player jumped.
    pub skips: usize,
    /// Media that was jumped over.
    pub skipped_s: Seconds,
}

/// What happened beside the line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveCounts {
    /// How often the playback rate changed.
    pub rate_changes: usize,
    /// How often the player jumped.
    pub skips: usize,
    /// Media that was jumped over.
    pub skipped: Seconds,
}

impl LiveSummary {
    /// The digest of a line; None if it has no length.
    pub fn of(line: &[LiveCorner], target: Seconds, counts: LiveCounts) -> Option<LiveSummary> {
        let (mut time, mut area) = (0.0, 0.0);
        for [a, b] in line.array_windows::<2>() {
            let passed = (b.at_s - a.at_s).get();
            time += passed;
            area += passed * (a.latency_s + b.latency_s).get() / 2.0;
        }
        if time <= 0.0 {
            return None;
        }
        Some(LiveSummary {
            target_s: target,
            latency_mean_s: Seconds::new(area / time),
            latency_p95_s: quantile(line, 0.95 * time),
            behind_target_s: Seconds::new((time - time_below(line, target.get())).max(0.0)),
            rate_changes: counts.rate_changes,
            skips: counts.skips,
            skipped_s: counts.skipped,
        })
    }
}

/// How long the latency was at most this, in seconds.
fn time_below(line: &[LiveCorner], latency: f64) -> f64 {
    let below = |[a, b]: &[LiveCorner; 2]| {
        let (from, to) = (a.latency_s.get(), b.latency_s.get());
        let (low, high) = (from.min(to), from.max(to));
        let share = if latency >= high {
            1.0
        } else if latency <= low {
            0.0
        } else {
            (latency - low) / (high - low)
        };
        share * (b.at_s - a.at_s).get()
    };
    line.array_windows::<2>().map(below).sum()
}

/// The least latency that was not exceeded for so many seconds, to a microsecond.
fn quantile(line: &[LiveCorner], seconds: f64) -> Seconds {
    let latencies = || line.iter().map(|c| c.latency_s.get());
    let mut low = latencies().fold(f64::INFINITY, f64::min);
    let mut high = latencies().fold(f64::NEG_INFINITY, f64::max);
    while high - low > 1e-6 {
        let middle = low + (high - low) / 2.0;
        if time_below(line, middle) >= seconds { high = middle } else { low = middle }
    }
    Seconds::new(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(corners: &[(f64, f64)]) -> Vec<LiveCorner> {
        let corner = |(at, latency): &(f64, f64)| LiveCorner {
            at_s: Seconds::new(*at),
            latency_s: Seconds::new(*latency),
            buffer_s: Seconds::ZERO,
        };
        corners.iter().map(corner).collect()
    }

    #[test]
    fn a_ramp_has_its_middle_as_mean_and_its_quantiles_in_proportion() {
        let s = LiveSummary::of(&line(&[(0.0, 2.0), (10.0, 4.0)]), Seconds::new(3.0), LiveCounts::default());
        let s = s.expect("it has a length");
        assert!((s.latency_mean_s.get() - 3.0).abs() < 1e-9);
        assert!((s.latency_p95_s.get() - 3.9).abs() < 1e-5);
        assert!((s.behind_target_s.get() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_jump_takes_no_time() {
        let corners = line(&[(0.0, 9.0), (1.0, 9.0), (1.0, 3.0), (4.0, 3.0)]);
        let s = LiveSummary::of(&corners, Seconds::new(3.0), LiveCounts::default()).expect("it has a length");
        assert!((s.latency_mean_s.get() - 4.5).abs() < 1e-9);
        assert!((s.latency_p95_s.get() - 9.0).abs() < 1e-5);
        assert!((s.behind_target_s.get() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn no_time_has_no_digest() {
        assert_eq!(LiveSummary::of(&line(&[(1.0, 2.0)]), Seconds::new(3.0), LiveCounts::default()), None);
    }
}
