//! BOLA-E: BOLA with a placeholder buffer, a fast start and the insufficient-buffer rule.
//!
//! Source: Spiteri, Sitaraman, Sparacio: From Theory to Practice (MMSys 2018), section 4; order and constants as in Sabre
//! 09b03bb (`src/sabre.py`, class `BolaEnh`), by the same authors.
//!
//! | constant | value |
//! |---|---|
//! | utility | `ln(b_q / b_0) + 1` |
//! | buffer target | `max(10 s + 2 s per rung, capacity)` |
//! | gp, Vp | `(u_top - 1) / (target / 10 s - 1)`, `10 s / gp` |
//! | without the insufficient-buffer rule (BOLA-PL) | `gp - 1`, `(capacity - segment) / (u_top + gp)` |
//! | abandoning the lowest rung leaves room for | 10 s |
//!
//! The placeholder is virtual buffer: what the rule pretends to have so that it starts on the rung that the throughput
//! sustains, and keeps it while real buffer builds up.

use units::Seconds;

use super::safety::{InsufficientBuffer, sustained};
use super::utility::Utility;
use crate::estimate::EstimatedRule;
use crate::{Ending, Estimate, PlayerEvent, PlayerView, Progress, Verdict};

/// Level that an empty buffer is to reach before anything but the lowest rung, ms.
const MINIMUM: f64 = 10_000.0;
/// Additional target per rung, ms.
const PER_RUNG: f64 = 2_000.0;

/// See the module page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BolaEOptions {
    /// Weight of avoiding stalls; counts only without the insufficient-buffer rule.
    pub gp: f64,
    /// Fall to a lower rung when the buffer may not last for a segment (without: BOLA-PL, Sabre's `-noibr`).
    pub insufficient_buffer: bool,
    /// Cap steps up at the sustainable rung instead of one above it (Sabre's `-ao`).
    pub exact_cap: bool,
}

impl Default for BolaEOptions {
    fn default() -> BolaEOptions {
        BolaEOptions { gp: 5.0, insufficient_buffer: true, exact_cap: false }
    }
}

/// See the module page.
#[derive(Clone, Debug)]
pub struct BolaE {
    options: BolaEOptions,
    utility: Utility,
    last: usize,
    starting: bool,
    /// The virtual buffer, ms.
    placeholder: f64,
    safety: InsufficientBuffer,
    /// Per rung, the level from which it scores best, and the one above which it is not worth a request (ms).
    lowest: Vec<f64>,
    highest: Vec<f64>,
}

impl BolaE {
    /// With the given options.
    pub fn new(options: BolaEOptions) -> BolaE {
        BolaE {
            options,
            utility: Utility::default(),
            last: 0,
            starting: true,
            placeholder: 0.0,
            safety: InsufficientBuffer::FRESH,
            lowest: Vec::new(),
            highest: Vec::new(),
        }
    }

    /// The virtual buffer.
    pub fn placeholder(&self) -> Seconds {
        Seconds::from_millis(self.placeholder)
    }

    /// The buffer level that the rule aims at: more than the capacity where the ladder is long.
    pub fn target(rungs: usize, capacity: Seconds) -> Seconds {
        Seconds::from_millis((MINIMUM + PER_RUNG * rungs as f64).max(capacity.millis()))
    }

    /// The placeholder with which rung `q` is kept at a level (ms).
    fn missing_for(&self, q: usize, level: f64) -> f64 {
        (self.lowest[q] - level).max(0.0)
    }
}

impl Default for BolaE {
    fn default() -> BolaE {
        BolaE::new(BolaEOptions::default())
    }
}

impl EstimatedRule for BolaE {
    fn begin(&mut self, view: &PlayerView<'_>) {
        let (u, ladder) = (&mut self.utility, view.video.ladder());
        u.begin(ladder, 1.0);
        let top = u.of[u.top()];
        // One rung has no utility to trade, and would divide by zero: it needs no parameters.
        if self.options.insufficient_buffer && ladder.len() > 1 {
            let target = BolaE::target(ladder.len(), view.capacity).millis();
            u.gp = (top - 1.0) / (target / MINIMUM - 1.0);
            u.vp = MINIMUM / u.gp;
        } else {
            u.gp = self.options.gp - 1.0;
            u.vp = (view.capacity - view.video.duration(0)).millis() / (top + u.gp);
        }
        let (u, rungs) = (&self.utility, 0..ladder.len());
        self.lowest.clear();
        self.lowest.extend(rungs.clone().map(|q| u.lowest_level(q)));
        self.highest.clear();
        self.highest.extend(rungs.map(|q| u.highest_level(q)));
        (self.last, self.starting, self.placeholder) = (0, true, 0.0);
        self.safety = InsufficientBuffer::FRESH;
    }

    fn decide(&mut self, view: &PlayerView<'_>, e: Estimate) -> (usize, Seconds) {
        let level = view.buffer.millis();
        let sustainable = sustained(view, e.latency, e.throughput);
        if self.starting {
            self.starting = false;
            self.safety = InsufficientBuffer::FRESH;
            self.placeholder = self.missing_for(sustainable, level);
            return (sustainable, Seconds::ZERO);
        }
        let mut q = self.utility.best(level + self.placeholder);
        if q > self.last && q > sustainable {
            q = self.last.max(sustainable) + usize::from(!self.options.exact_cap);
        }
        // More buffer than the rung is worth: first give up what is only pretended, then wait.
        let mut after = (level + self.placeholder - self.highest[q]).max(0.0);
        let pretended = after.min(self.placeholder);
        after -= pretended;
        self.placeholder -= pretended;
        if q == self.utility.top() {
            after = 0.0;
        }
        if self.options.insufficient_buffer
            && let Some(lower) = self.safety.lower(view, e, q)
        {
            (q, after) = (lower, 0.0);
            self.placeholder = self.placeholder.min(self.missing_for(q, level));
        }
        (q, Seconds::from_millis(after))
    }

    fn progress(&mut self, _: &PlayerView<'_>, p: &Progress, _: Estimate) -> Verdict {
        let rest = (p.size - p.received).get();
        if p.received.get() <= 0.0 || rest <= 0.0 {
            return Verdict::Continue;
        }
        // What will have come in anyway by the time another request would show its first bit.
        let rest = rest - p.latency.millis() * (p.received / (p.elapsed - p.latency)).kbps();
        if rest <= 0.0 {
            return Verdict::Continue;
        }
        let offset = self.placeholder - p.latency.millis();
        let level = (p.buffer.millis() + self.placeholder - p.latency.millis()).max(0.0);
        self.utility.verdict(p, level, rest, offset)
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        let level = view.buffer.millis();
        match event {
            PlayerEvent::WaitedForRoom(time) => self.placeholder += time.millis(),
            PlayerEvent::Seeked => self.starting = true,
            PlayerEvent::Ended { level: q, elapsed, ending, .. } => {
                self.last = *q;
                match ending {
                    Ending::Appended => {
                        // The level when the rung was chosen, with the new segment.
                        let was = level + elapsed.millis();
                        let most = (self.highest[*q] - was).max(0.0);
                        self.placeholder = self.placeholder.min(most);
                        if level > 0.0 {
                            self.placeholder = self.placeholder.max(self.lowest[*q] - was);
                        }
                    }
                    Ending::Replaced => self.placeholder += view.video.duration(0).millis(),
                    Ending::Abandoned { to } => {
                        let want = if *to > 0 { self.lowest[*to] } else { MINIMUM };
                        self.placeholder = self.placeholder.min((want - level).max(0.0));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use units::BitRate;

    use super::*;

    fn estimate(kbps: f64) -> Estimate {
        Estimate { throughput: BitRate::from_kbps(kbps), latency: Seconds::ZERO }
    }

    #[test]
    fn it_starts_on_the_sustainable_rung_and_stays_there_on_pretended_buffer() {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(25.0));
        let mut rule = BolaE::default();
        rule.begin(&view);
        (view.segment, view.buffer) = (1, Seconds::new(4.0));
        assert_eq!(rule.decide(&view, estimate(2100.0)), (3, Seconds::ZERO));
        assert!(rule.placeholder() > Seconds::ZERO);
        // With the placeholder it has what rung 3 needs, so the same rung again.
        view.buffer = Seconds::new(4.01);
        assert_eq!(rule.decide(&view, estimate(2100.0)).0, 3);
    }

    #[test]
    fn an_empty_buffer_forces_a_low_rung() {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(25.0));
        let mut rule = BolaE::default();
        rule.begin(&view);
        rule.decide(&view, estimate(2000.0));
        view.buffer = Seconds::new(1.0);
        assert_eq!(rule.decide(&view, estimate(2000.0)).0, 0);
    }

    #[test]
    fn a_ladder_of_one_rung_works() {
        let ladder = media::Ladder::from_kbps(&[800.0]).expect("one");
        let video = media::Video::constant_bitrate("v", ladder, Seconds::new(4.0), Seconds::new(40.0));
        let video = video.expect("valid");
        let mut view = PlayerView::at_start(&video, Seconds::new(25.0));
        let mut rule = BolaE::default();
        rule.begin(&view);
        for buffer in [0.0, 4.0, 21.0] {
            view.buffer = Seconds::new(buffer);
            assert_eq!(rule.decide(&view, estimate(2000.0)).0, 0);
        }
        assert!(rule.placeholder().is_finite());
    }
}
