//! `gap`: one sample that stands for a long stretch in which the link was up.

use super::problem::{Kind, Problem, Subject};
use crate::stats::{OUTAGE_BPS, Segment};

pub(super) static KIND: Kind = Kind {
    name: "gap",
    about: "one sample stands for a long stretch, though the link was up: the log paused, or its clock jumped",
    advice: "cut the trace there, and use the parts",
};

/// The longest sample above 100 kbit/s in the HSDPA logs, 12.9 s, is still a slow measurement; below that rate a log has
/// nothing to write, and a long sample is an outage.
const GAP_US: i64 = 15_000_000;
/// Against the median sample, so that coarse grids are none.
const GAP_TIMES: i64 = 10;

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let segments = subject.segments();
    let mut lengths: Vec<i64> = segments.iter().map(|s| s.us).collect();
    lengths.sort_unstable();
    let median = *lengths.get(lengths.len() / 2)?;
    // Equal seconds of delivery opportunities that stand as one are no long sample.
    if segments.len() < 10 || subject.measured.count() > segments.len() {
        return None;
    }
    let starts = segments.iter().scan(0i64, |now, s| {
        let at = *now;
        *now += s.us;
        Some(at)
    });
    let long =
        |s: &Segment| s.us >= GAP_US && s.us >= median.saturating_mul(GAP_TIMES) && s.bps >= OUTAGE_BPS;
    let found: Vec<(i64, &Segment)> = starts.zip(segments).filter(|(_, s)| long(s)).collect();
    let (at, longest) = found.iter().max_by_key(|(_, s)| s.us)?;
    let seconds = |us: i64| us as f64 / 1e6;
    let evidence = format!(
        "{} sample(s) of 15 s or more with the link up, the longest, at {:.1} s, of {:.1} s; the median of {:.2} s",
        found.len(),
        seconds(*at),
        seconds(longest.us),
        seconds(median)
    );
    let numbers = vec![
        ("gaps", found.len() as f64),
        ("at_s", seconds(*at)),
        ("longest_s", seconds(longest.us)),
        ("median_s", seconds(median)),
    ];
    Some(Problem { kind: &KIND, evidence, numbers })
}
