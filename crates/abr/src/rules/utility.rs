//! What the BOLA rules share: logarithmic utilities and the score of a rung.

use media::Ladder;
use units::{Bits, Seconds};

use crate::{Progress, Verdict};

/// Utilities of a ladder with BOLA's two parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Utility {
    /// Bitrates in kbit/s.
    pub(super) kbps: Vec<f64>,
    /// `ln(b / b0) + lowest`.
    pub(super) of: Vec<f64>,
    /// gamma * p: the weight of avoiding stalls.
    pub(super) gp: f64,
    /// V * p in milliseconds: how much buffer one unit of utility is worth.
    pub(super) vp: f64,
}

impl Utility {
    pub(super) fn begin(&mut self, ladder: &Ladder, lowest: f64) {
        self.kbps.clear();
        self.kbps.extend(ladder.bitrates().iter().map(|b| b.kbps()));
        let offset = lowest - libm::log(self.kbps[0]);
        self.of.clear();
        self.of.extend(self.kbps.iter().map(|k| libm::log(*k) + offset));
    }

    pub(super) fn top(&self) -> usize {
        self.kbps.len() - 1
    }

    /// The first rung with the largest score at a buffer level (ms).
    pub(super) fn best(&self, level: f64) -> usize {
        let (mut best, mut score) = (0, f64::NEG_INFINITY);
        for (q, (u, kbps)) in self.of.iter().zip(&self.kbps).enumerate() {
            let s = (self.vp * (u + self.gp) - level) / kbps;
            if s > score {
                (best, score) = (q, s);
            }
        }
        best
    }

    /// Score per bit of a rung whose request still needs `bits`.
    #[inline]
    fn score(&self, q: usize, level: f64, bits: f64) -> f64 {
        (self.vp * (self.gp + self.of[q]) - level) / bits
    }

    /// The level above which this rung is not worth a request (ms).
    pub(super) fn highest_level(&self, q: usize) -> f64 {
        self.vp * (self.of[q] + self.gp)
    }

    /// The level from which this rung scores at least as high as all below it (ms).
    pub(super) fn lowest_level(&self, q: usize) -> f64 {
        let mut lowest = 0.0_f64;
        for k in 0..q {
            let tie = (self.kbps[q] * self.of[k] - self.kbps[k] * self.of[q]) / (self.kbps[q] - self.kbps[k]);
            lowest = lowest.max(self.vp * (self.gp + tie));
        }
        lowest
    }

    /// What becomes of a request of which `rest` bits are left at an effective level (ms) that is `offset` above the buffer.
    pub(super) fn verdict(&self, p: &Progress, level: f64, rest: f64, offset: f64) -> Verdict {
        match self.cheaper(p, level, rest) {
            Some(to) => Verdict::Abandon { to },
            None => Verdict::ContinueAbove(Seconds::from_millis(self.safe_level(p) - offset)),
        }
    }

    /// A level (ms) at which no lower rung scores higher than what is left of this request, now or later.
    ///
    /// With x the share of the segment that is left and r the ratio of a lower rung's bitrate, that rung scores higher
    /// below the level `(a_k x - a_q r) / (x - r)`, where `a = Vp (u + gp)`, if r < x; and this level falls with x. The
    /// margin is for the rounding of the exact test.
    fn safe_level(&self, p: &Progress) -> f64 {
        let x = (p.size - p.received) / p.size;
        let a = |q: usize| self.vp * (self.gp + self.of[q]);
        let mut safe = f64::NEG_INFINITY;
        for k in 0..p.level {
            let r = self.kbps[k] / self.kbps[p.level];
            if r >= x {
                break;
            }
            safe = safe.max((a(k) * x - a(p.level) * r) / (x - r));
        }
        safe + 1e-9 * safe.abs() + 1e-6
    }

    /// The best lower rung whose whole segment is smaller than what is left of the request in flight, if one scores
    /// higher than going on.
    fn cheaper(&self, p: &Progress, level: f64, rest: f64) -> Option<usize> {
        let (mut best, mut target) = (self.score(p.level, level, rest), None);
        for k in 0..p.level {
            let other = p.size.get() * self.kbps[k] / self.kbps[p.level];
            if other >= rest {
                break; // the rungs above are larger still
            }
            let score = self.score(k, level, other);
            if score > best {
                (best, target) = (score, Some(k));
            }
        }
        target
    }

    /// Whether going on scores below zero, so that no rung is worth its bits.
    pub(super) fn worthless(&self, q: usize, level: Seconds, rest: Bits) -> bool {
        self.score(q, level.millis(), rest.get()) < 0.0
    }
}
