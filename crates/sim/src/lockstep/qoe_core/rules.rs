//! The three rules.

use std::collections::VecDeque;

use media::Ladder;

use super::options::Abr;

/// The bitrates of the original's rules, each from a value on, highest first; kbit/s. Below all of them 500.
const BUFFER_TIERS: [(f64, u32); 3] = [(4.0, 1500), (2.0, 1000), (1.0, 750)];
const THROUGHPUT_TIERS: [(f64, u32); 3] = [(1800.0, 2000), (1200.0, 1500), (800.0, 1000)];
const LOWEST: u32 = 500;
const FIXED: u32 = 1000;

#[derive(Clone, Debug)]
pub(super) struct Rule {
    abr: Abr,
    /// `None`: every rule has its own bitrates.
    ladder: Option<Vec<u32>>,
    /// Levels from which on the buffer rule goes up by a rung, in s.
    steps: Vec<f64>,
    history: VecDeque<f64>,
    single: bool,
}

impl Rule {
    pub(super) fn new(abr: Abr, ladder: Option<&Ladder>, single: bool) -> Rule {
        let ladder: Option<Vec<u32>> =
            ladder.map(|l| l.bitrates().iter().map(|r| r.kbps().round().min(4e9) as u32).collect());
        // The original's levels 1, 2, 4 of four bitrates are a geometric series: so for any number of them.
        let rungs = ladder.as_ref().map_or(0, Vec::len);
        let gap = rungs.saturating_sub(2).max(1) as f64;
        let steps = (0..rungs.saturating_sub(1)).map(|i| libm::pow(4.0, i as f64 / gap)).collect();
        Rule { abr, ladder, steps, history: VecDeque::new(), single }
    }

    /// A throughput in kbit/s.
    pub(super) fn learn(&mut self, kbps: f64) {
        if let Abr::ThroughputBased { window } = self.abr {
            self.history.push_back(kbps);
            while self.history.len() > window {
                self.history.pop_front();
            }
        }
    }

    /// The bitrate of the next segment, in kbit/s.
    pub(super) fn choose(&self, level: f64) -> u32 {
        let Some(ladder) = &self.ladder else { return self.tier(level) };
        let lowest = ladder.first().copied().unwrap_or(LOWEST);
        let below =
            |most: f64| ladder.iter().rev().find(|r| f64::from(**r) <= most).copied().unwrap_or(lowest);
        match self.abr {
            Abr::Fixed => below(f64::from(FIXED)),
            Abr::BufferBased => {
                let up = self.steps.iter().take_while(|s| level >= **s).count();
                ladder.get(up).copied().unwrap_or(lowest)
            }
            Abr::ThroughputBased { .. } if self.history.is_empty() => lowest,
            Abr::ThroughputBased { .. } => below(self.mean()),
        }
    }

    /// The same as the original has it.
    fn tier(&self, level: f64) -> u32 {
        let from = |value: f64, tiers: [(f64, u32); 3]| {
            tiers.iter().find(|(at, _)| value >= *at).map_or(LOWEST, |(_, kbps)| *kbps)
        };
        match self.abr {
            Abr::Fixed => FIXED,
            Abr::BufferBased => from(level, BUFFER_TIERS),
            Abr::ThroughputBased { .. } => from(self.mean(), THROUGHPUT_TIERS),
        }
    }

    /// The mean of what is remembered; of nothing it is no number, and below every tier.
    fn mean(&self) -> f64 {
        let sum = self.history.iter().fold(0.0, |sum, x| round(sum + x, self.single));
        round(sum / self.history.len() as f64, self.single)
    }
}

/// Rounded to single precision, if that is wanted. The rounded sum, product or quotient of two single numbers is theirs in
/// single precision.
pub(super) fn round(x: f64, single: bool) -> f64 {
    if single { f64::from(x as f32) } else { x }
}
