//! The throughput rule: the rung that the estimated throughput sustains, with a margin.
//!
//! Source: dash.js `ThroughputRule`, as in Sabre 09b03bb (`src/sabre.py`, class `ThroughputRule`).
//!
//! | constant | value |
//! |---|---|
//! | safety factor | 0.9 of the estimate |
//! | insufficient-buffer rule | margin 0.9, shrinking to 0.5 |
//! | abandonment | looked at after 0.5 s, when the download would last more than 1.8 segments |

use units::Seconds;

use super::safety::{InsufficientBuffer, sustained};
use crate::estimate::EstimatedRule;
use crate::{Estimate, PlayerView, Progress, Verdict};

const SAFETY: f64 = 0.9;
const ABANDON_MULTIPLIER: f64 = 1.8;
const ABANDON_GRACE: Seconds = Seconds::from_millis(500.0);

/// See the module page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThroughputOptions {
    /// Fall to a lower rung when the buffer may not last for a segment (without: Sabre's `-noibr`).
    pub insufficient_buffer: bool,
}

impl Default for ThroughputOptions {
    fn default() -> ThroughputOptions {
        ThroughputOptions { insufficient_buffer: true }
    }
}

/// See the module page.
#[derive(Clone, Debug)]
pub struct Throughput {
    options: ThroughputOptions,
    safety: InsufficientBuffer,
}

impl Throughput {
    /// With the given options.
    pub fn new(options: ThroughputOptions) -> Throughput {
        Throughput { options, safety: InsufficientBuffer::FRESH }
    }
}

impl EstimatedRule for Throughput {
    fn begin(&mut self, _: &PlayerView<'_>) {
        self.safety = InsufficientBuffer::FRESH;
    }

    fn decide(&mut self, view: &PlayerView<'_>, e: Estimate) -> (usize, Seconds) {
        let q = sustained(view, e.latency, SAFETY * e.throughput);
        let lower = if self.options.insufficient_buffer { self.safety.lower(view, e, q) } else { None };
        (lower.unwrap_or(q), Seconds::ZERO)
    }

    fn progress(&mut self, view: &PlayerView<'_>, p: &Progress, e: Estimate) -> Verdict {
        let time = p.elapsed - p.latency;
        if p.elapsed < ABANDON_GRACE || time <= Seconds::ZERO {
            return Verdict::Continue;
        }
        let (throughput, rest) = (p.received / time, p.size - p.received);
        if p.elapsed + rest / throughput <= ABANDON_MULTIPLIER * view.video.duration(0) {
            return Verdict::Continue;
        }
        let q = sustained(view, e.latency, SAFETY * throughput);
        let rates = view.video.ladder().bitrates();
        let smaller = || p.size.get() * rates[q].kbps() / rates[p.level].kbps() < rest.get();
        if q < p.level && smaller() { Verdict::Abandon { to: q } } else { Verdict::Continue }
    }
}

#[cfg(test)]
mod tests {
    use units::{BitRate, Bits};

    use super::*;

    fn estimate(kbps: f64, latency: f64) -> Estimate {
        Estimate { throughput: BitRate::from_kbps(kbps), latency: Seconds::new(latency) }
    }

    #[test]
    fn it_takes_what_nine_tenths_of_the_throughput_sustain_within_a_segment() {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(30.0));
        view.buffer = Seconds::new(20.0);
        let mut decide = |e| {
            let mut rule = Throughput::new(ThroughputOptions::default());
            rule.begin(&view);
            view.now += Seconds::new(1.0);
            rule.decide(&view, e).0
        };
        assert_eq!(decide(estimate(1850.0 / 0.9 + 0.1, 0.0)), 3);
        assert_eq!(decide(estimate(1850.0 / 0.9 - 0.1, 0.0)), 2);
        // A latency of a tenth of the segment leaves nine tenths of it for the payload.
        assert_eq!(decide(estimate(1850.0 / 0.81 + 0.1, 0.4)), 3);
        assert_eq!(decide(estimate(1850.0 / 0.81 - 0.1, 0.4)), 2);
    }

    #[test]
    fn it_abandons_what_would_last_more_than_1_8_segments() {
        let video = super::super::tests::video();
        let view = PlayerView::at_start(&video, Seconds::new(30.0));
        let mut rule = Throughput::new(ThroughputOptions::default());
        let progress = |received: f64| Progress {
            segment: 9,
            level: 5,
            size: Bits::new(17.2e6),
            received: Bits::new(received),
            elapsed: Seconds::new(2.0),
            latency: Seconds::ZERO,
            buffer: Seconds::new(5.0),
        };
        // 17.2 Mbit within 7.2 s means 4.78 Mbit after 2 s.
        assert_eq!(rule.progress(&view, &progress(4.8e6), estimate(9e9, 0.0)), Verdict::Continue);
        // 0.9 of 2 Mbit/s is 1.8 Mbit/s, which sustains 1200 kbit/s.
        assert_eq!(rule.progress(&view, &progress(4.0e6), estimate(9e9, 0.0)), Verdict::Abandon { to: 2 });
    }
}
