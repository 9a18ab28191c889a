//! What is maximised.

use media::{Ladder, Video};
use qoe::Session;
use units::BitRate;

use super::line::refuse;
use crate::SimError;

/// What is maximised: over all segments, quality less changes of quality, less stalls.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The quality of a segment on every level: one row per segment. The rows repeat, so one is enough where all segments
    /// are alike.
    pub quality: Vec<Vec<f64>>,
    /// Per unit of quality by which a segment differs from the one before it.
    pub switch_penalty: f64,
    /// Per second of stall.
    pub stall_penalty: f64,
    /// Per second of startup delay; 0 if startup is apart.
    pub startup_penalty: f64,
    /// Whether the first segment and the startup delay do not count (the change from the first to the second does).
    pub skip_first: bool,
    /// The level of the first segment, where it is not free.
    pub first_level: Option<usize>,
}

impl Objective {
    /// A quality per level, one weight for changes, and one for stalls, with which startup is charged too.
    pub fn new(quality: Vec<f64>, switch_penalty: f64, stall_penalty: f64) -> Objective {
        Objective {
            quality: vec![quality],
            switch_penalty,
            stall_penalty,
            startup_penalty: stall_penalty,
            skip_first: false,
            first_level: None,
        }
    }

    fn of(ladder: &Ladder, quality: impl Fn(BitRate) -> f64, stall_penalty: f64) -> Objective {
        Objective::new(ladder.bitrates().iter().map(|b| quality(*b)).collect(), 1.0, stall_penalty)
    }

    /// Pensieve's linear metric (`pensieve-lin`): Mbit/s, 4.3 per second of stall. Its sessions begin on level 1.
    pub fn pensieve_linear(ladder: &Ladder) -> Objective {
        Objective::of(ladder, BitRate::mbps, 4.3)
    }

    /// Pensieve's logarithmic metric (`pensieve-log`): the logarithm of the bitrate over the lowest one, 2.66.
    pub fn pensieve_log(ladder: &Ladder) -> Objective {
        let lowest = ladder.bitrate(0);
        Objective::of(ladder, |b| libm::log(b / lowest), 2.66)
    }

    /// Pensieve's HD metric (`pensieve-hd`): a score per bitrate, 8. Between two bitrates of Pensieve's ladder the lower one
    /// counts.
    pub fn pensieve_hd(ladder: &Ladder) -> Objective {
        let scores =
            [(4300.0, 20.0), (2850.0, 15.0), (1850.0, 12.0), (1200.0, 3.0), (750.0, 2.0), (300.0, 1.0)];
        let score = |b: BitRate| scores.iter().find(|(from, _)| b.kbps() >= *from).map_or(0.0, |s| s.1);
        Objective::of(ladder, score, 8.0)
    }

    /// Yin's objective with the balanced weights (`yin`): kbit/s, 3000 per second of stall.
    pub fn yin(ladder: &Ladder) -> Objective {
        Objective::of(ladder, BitRate::kbps, 3000.0)
    }

    /// The same with startup apart, not in the score.
    pub fn startup_apart(mut self) -> Objective {
        self.startup_penalty = 0.0;
        self
    }

    /// The same for sessions that begin on a level.
    pub fn first_level(mut self, level: usize) -> Objective {
        self.first_level = Some(level);
        self
    }

    fn row(&self, segment: usize) -> &[f64] {
        &self.quality[segment % self.quality.len()]
    }

    /// What a segment adds on a level, after a segment on another, without stalls.
    pub(super) fn gain(&self, segment: usize, before: Option<usize>, level: usize) -> f64 {
        let quality = self.row(segment)[level];
        match before {
            Some(before) => quality - self.switch_penalty * (quality - self.row(segment - 1)[before]).abs(),
            None if self.skip_first => 0.0,
            None => quality,
        }
    }

    pub(super) fn check(&self, video: &Video) -> Result<(), SimError> {
        let levels = video.ladder().len();
        if self.quality.is_empty() || self.quality.iter().any(|row| row.len() != levels) {
            let expected = "one or more rows of one number per level";
            return Err(refuse("quality", format!("{} rows", self.quality.len()), expected));
        }
        if self.quality.iter().flatten().any(|q| !q.is_finite()) {
            return Err(refuse("quality", "not finite", "finite numbers"));
        }
        let penalties = [
            ("switch_penalty", self.switch_penalty),
            ("stall_penalty", self.stall_penalty),
            ("startup_penalty", self.startup_penalty),
        ];
        for (option, value) in penalties {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(refuse(option, value, "a finite number of at least 0"));
            }
        }
        match self.first_level {
            Some(level) if level >= levels => Err(refuse("first_level", level, "a level of the ladder")),
            _ => Ok(()),
        }
    }

    /// The score of a recorded session in which no segment was fetched twice.
    pub fn score(&self, session: &Session) -> f64 {
        let played = session.played_segments();
        let mut value = 0.0;
        for (i, p) in played.iter().enumerate() {
            let before = i.checked_sub(1).map(|b| played[b].level);
            value += self.gain(p.index, before, p.level);
        }
        let startup = if self.skip_first { 0.0 } else { self.startup_penalty };
        value - self.stall_penalty * session.stall_time().get() - startup * session.startup_delay_s.get()
    }
}
