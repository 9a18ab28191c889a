//! What a format cannot hold, one sentence each.

use units::Seconds;

use super::decimal;
use crate::Trace;

/// Times whose differences, as a reader takes them, are exactly the durations of the periods, where such times exist;
/// and how many do not. In milliseconds, the first being `origin`.
pub(crate) fn clock(trace: &Trace, origin: f64) -> (Vec<f64>, usize) {
    let mut times = vec![origin];
    let (mut now, mut inexact) = (origin, 0);
    for p in trace.periods().iter() {
        let wanted = p.duration.millis();
        let sum = now + wanted;
        // The sum of two numbers is rounded; one of its neighbours may give the difference back.
        let candidates =
            [sum, sum.next_up(), sum.next_down(), sum.next_up().next_up(), sum.next_down().next_down()];
        now = match candidates.iter().find(|t| **t - now == wanted) {
            Some(exact) => *exact,
            None => {
                inexact += 1;
                sum
            }
        };
        times.push(now);
    }
    (times, inexact)
}

/// The losses of a format that has times instead of durations, and no latency.
pub(crate) fn clock_loss(inexact: usize) -> Option<String> {
    (inexact > 0).then(|| format!("{inexact} duration(s) change in their last binary digit"))
}

/// The loss of latencies in a format without them.
pub(crate) fn latency_loss(trace: &Trace) -> Option<String> {
    let first = trace.period(0).latency;
    if trace.periods().iter().any(|p| p.latency != first) {
        return Some("the latencies, which change over time, are not written".to_string());
    }
    (first > Seconds::ZERO).then(|| {
        format!("the latency is not written; read with latency={}", decimal::shifted(first.millis(), -3))
    })
}

/// The loss of Pensieve's longer first period.
pub(crate) fn wrap_loss(trace: &Trace) -> Option<String> {
    let extra = trace.wrap_extra();
    (extra > Seconds::ZERO).then(|| format!("the first period is not {extra} longer from the second pass on"))
}
