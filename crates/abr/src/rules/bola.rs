//! BOLA: Lyapunov optimisation of utility against the buffer.
//!
//! Source: Spiteri, Urgaonkar, Sitaraman: BOLA (INFOCOM 2016), algorithm 1 with BOLA-O and the dynamic buffer target of
//! section 5; constants and order as in Sabre 09b03bb (`src/sabre.py`, class `Bola`), by the same authors.
//!
//! | constant | value |
//! |---|---|
//! | utility | `ln(b_q / b_0)` |
//! | gp | 5 |
//! | Vp | `(B - segment) / (u_top + gp)`, B the buffer capacity |
//! | dynamic B | not `basic`: `max(min(segments since the start or seek, segments left) / 2, 3)` segments, at most the capacity |
//!
//! The rung is the first maximum of `(Vp (u_q + gp) - buffer) / b_q`. A step up beyond what the throughput sustains is
//! capped one rung above it, so that BOLA does not oscillate around a rate between two rungs (BOLA-O); with `exact-cap`
//! it is capped at it (BOLA-U's wait included).

use units::Seconds;

use super::safety::sustained;
use super::utility::Utility;
use crate::estimate::EstimatedRule;
use crate::{Estimate, PlayerEvent, PlayerView, Progress, Verdict};

/// See the module page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BolaOptions {
    /// Weight of avoiding stalls.
    pub gp: f64,
    /// The plain algorithm: fixed buffer target, no abandonment (Sabre's `-ab`).
    pub basic: bool,
    /// Cap steps up at the sustainable rung instead of one above it, waiting where BOLA would (Sabre's `-ao`).
    pub exact_cap: bool,
}

impl Default for BolaOptions {
    fn default() -> BolaOptions {
        BolaOptions { gp: 5.0, basic: false, exact_cap: false }
    }
}

/// See the module page.
#[derive(Clone, Debug, Default)]
pub struct Bola {
    options: BolaOptions,
    utility: Utility,
    last: usize,
    /// The segment at which the session, or the viewer's last seek, began.
    origin: usize,
}

impl Bola {
    /// With the given options.
    pub fn new(options: BolaOptions) -> Bola {
        Bola { options, ..Bola::default() }
    }

    fn set_target(&mut self, target: Seconds, segment: Seconds) {
        self.utility.vp =
            (target - segment).millis() / (self.utility.of[self.utility.top()] + self.utility.gp);
    }
}

impl EstimatedRule for Bola {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.utility.begin(view.video.ladder(), 0.0);
        self.utility.gp = self.options.gp;
        (self.last, self.origin) = (0, view.segment);
        self.set_target(view.capacity, view.video.duration(0));
    }

    fn decide(&mut self, view: &PlayerView<'_>, e: Estimate) -> (usize, Seconds) {
        let segment = view.video.duration(0);
        if !self.options.basic {
            let since = view.segment as f64 - self.origin as f64;
            let left = view.end as f64 - view.segment as f64;
            let target = view.capacity.min((since.min(left) / 2.0).max(3.0) * segment);
            self.set_target(target, segment);
        }
        let (mut q, mut after) = (self.utility.best(view.buffer.millis()), Seconds::ZERO);
        if q > self.last {
            let sustainable = sustained(view, e.latency, e.throughput);
            if q > sustainable {
                if self.last > sustainable {
                    q = self.last;
                } else if !self.options.exact_cap {
                    q = sustainable + 1;
                } else {
                    q = sustainable;
                    if q < self.utility.top() {
                        let above =
                            view.buffer.millis() - self.utility.vp * (self.utility.gp + self.utility.of[q]);
                        after = Seconds::from_millis(above.max(0.0));
                    }
                }
            }
        }
        self.last = q;
        (q, after)
    }

    fn progress(&mut self, _: &PlayerView<'_>, p: &Progress, _: Estimate) -> Verdict {
        if self.options.basic {
            return Verdict::ContinueAbove(Seconds::ZERO);
        }
        let rest = p.size - p.received;
        if p.received.get() <= 0.0 || rest.get() <= 0.0 {
            return Verdict::Continue;
        }
        if self.utility.worthless(p.level, p.buffer, rest) {
            return Verdict::Continue;
        }
        let verdict = self.utility.verdict(p, p.buffer.millis(), rest.get(), 0.0);
        if let Verdict::Abandon { to } = verdict {
            self.last = to;
        }
        verdict
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        if *event == PlayerEvent::Seeked {
            self.origin = view.segment;
        }
    }
}

#[cfg(test)]
mod tests {
    use units::{BitRate, Bits};

    use super::*;

    const FAST: Estimate = Estimate { throughput: BitRate::from_kbps(1e6), latency: Seconds::ZERO };

    /// In the middle of a long session, so that the dynamic target is the capacity.
    fn view(video: &media::Video, buffer: f64) -> PlayerView<'_> {
        let mut view = PlayerView::at_start(video, Seconds::new(25.0));
        (view.segment, view.buffer) = (25, Seconds::new(buffer));
        view
    }

    fn begun(options: BolaOptions, video: &media::Video) -> Bola {
        let mut rule = Bola::new(options);
        rule.begin(&PlayerView::at_start(video, Seconds::new(25.0)));
        rule
    }

    /// The paper's map from buffer to rung: scores of neighbours tie at
    /// `Vp (gp + (b_q u_k - b_k u_q) / (b_q - b_k))`.
    #[test]
    fn rungs_change_where_the_scores_of_neighbours_tie() {
        let video = super::super::tests::video();
        let b = [300.0_f64, 750.0, 1200.0, 1850.0, 2850.0, 4300.0];
        let u: Vec<f64> = b.iter().map(|x| (x / b[0]).ln()).collect();
        let vp = (25.0 - 4.0) / (u[5] + 5.0);
        for q in 1..6 {
            let tie = vp * (5.0 + (b[q] * u[q - 1] - b[q - 1] * u[q]) / (b[q] - b[q - 1]));
            for (level, expected) in [(tie - 1e-6, q - 1), (tie + 1e-6, q)] {
                let mut rule = begun(BolaOptions::default(), &video);
                assert_eq!(rule.decide(&view(&video, level), FAST).0, expected, "at {level} s");
            }
        }
    }

    #[test]
    fn a_step_up_is_capped_one_above_the_sustainable_rung() {
        let video = super::super::tests::video();
        let slow = Estimate { throughput: BitRate::from_kbps(1300.0), latency: Seconds::ZERO };
        assert_eq!(begun(BolaOptions::default(), &video).decide(&view(&video, 20.0), slow).0, 3);
        let exact = BolaOptions { exact_cap: true, ..BolaOptions::default() };
        let (q, after) = begun(exact, &video).decide(&view(&video, 20.0), slow);
        assert_eq!(q, 2);
        assert!(after > Seconds::ZERO);
    }

    #[test]
    fn a_request_is_abandoned_only_for_a_segment_smaller_than_what_is_left() {
        let video = super::super::tests::video();
        let mut rule = begun(BolaOptions::default(), &video);
        let at = |received: f64| Progress {
            segment: 25,
            level: 5,
            size: Bits::new(17.2e6),
            received: Bits::new(received),
            elapsed: Seconds::new(8.0),
            latency: Seconds::ZERO,
            buffer: Seconds::new(1.0),
        };
        let v = view(&video, 9.0);
        let abandons = |v| matches!(v, Verdict::Abandon { .. });
        assert_eq!(rule.progress(&v, &at(1e6), FAST), Verdict::Abandon { to: 0 });
        assert!(!abandons(rule.progress(&v, &at(16.5e6), FAST)));
        let mut basic = begun(BolaOptions { basic: true, ..BolaOptions::default() }, &video);
        assert!(!abandons(basic.progress(&v, &at(1e6), FAST)));
    }
}
