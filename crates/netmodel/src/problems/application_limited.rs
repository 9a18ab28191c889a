//! `application-limited`: a sender that paused, so that silence is idle time and no outage.

use super::problem::{Kind, Problem, Subject};
use crate::stats::OUTAGE_BPS;

pub(super) static KIND: Kind = Kind {
    name: "application-limited",
    about: "silence and short bursts in turn: the sender paused, so this is no capacity",
    advice: "use a log of a saturating download; replayed as a capacity, this one biases every answer",
};

/// Share of idle seconds: 0.42 to 0.93 in the Irish set's video logs, at most 0.17 in its downloads.
const IDLE: f64 = 0.3;
/// Mean length of what lies between, in s: 1.7 to 7.7 there; 12.8 and more in downloads, 27 and more in HSDPA logs with as
/// many outages.
const BURST_S: f64 = 10.0;
/// Idle stretches per minute: 1.3 and more there.
const PAUSES: f64 = 1.0;
/// A link that never gets above a few hundred kbit/s crosses 100 kbit/s without any help of a sender.
const BURST_MBPS: f64 = 1.0;

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let bins = subject.measured.bins();
    let minutes = bins.len() as f64 / 60.0;
    if minutes < 1.0 {
        return None;
    }
    let idle = |b: &f64| *b < OUTAGE_BPS;
    let silent = bins.iter().filter(|b| idle(b)).count();
    let begins = |from: bool| bins.windows(2).filter(|w| idle(&w[0]) == from && idle(&w[1]) != from).count();
    let pauses = begins(false) + usize::from(idle(&bins[0]));
    let bursts = begins(true) + usize::from(!idle(&bins[0]));
    let share = silent as f64 / bins.len() as f64;
    let burst = (bins.len() - silent) as f64 / bursts.max(1) as f64;
    let per_minute = pauses as f64 / minutes;
    let fast = subject.measured.quantiles(&[95])[0] >= BURST_MBPS;
    (fast && share >= IDLE && burst <= BURST_S && per_minute >= PAUSES).then(|| {
        let evidence = format!(
            "idle for {:.0} % of the time, in {per_minute:.1} pauses a minute, with bursts of {burst:.1} s between them",
            100.0 * share
        );
        let numbers = vec![
            ("idle_percent", 100.0 * share),
            ("pauses_per_minute", per_minute),
            ("mean_burst_s", burst),
        ];
        Problem { kind: &KIND, evidence, numbers }
    })
}
