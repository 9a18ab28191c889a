//! The offline optimum, with a certificate.

mod dynamics;
mod line;
mod search;

use std::sync::Arc;

use abr::{AbrStrategy, Decision, PlayerView};
use media::{Ladder, Video};
use netmodel::{Link, Trace};
use player::{Player, Recorder};
use qoe::Session;

use crate::{Outcome, Profile, SimError, drive};
use dynamics::Dynamics;
use line::refuse;
use search::{Grid, Search};

/// Requests the levels of a plan, one after the other; the last one again where the plan is too short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The level of every segment.
    pub levels: Vec<usize>,
}

impl AbrStrategy for Plan {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let level = self.levels.get(view.segment).or(self.levels.last());
        Decision::fetch(level.copied().unwrap_or(0))
    }
}

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
    /// Quality per level, one weight for changes, and one for stalls, which startup is charged with too.
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

    /// Pensieve's `QoE_lin`: Mbit/s, 1, 4.3.
    pub fn pensieve_linear(ladder: &Ladder) -> Objective {
        Objective::new(ladder.bitrates().iter().map(|b| b.mbps()).collect(), 1.0, 4.3)
    }

    fn row(&self, segment: usize) -> &[f64] {
        &self.quality[segment % self.quality.len()]
    }

    /// What a segment adds on a level, after a segment on another, without stalls.
    fn gain(&self, segment: usize, before: Option<usize>, level: usize) -> f64 {
        let quality = self.row(segment)[level];
        match before {
            Some(before) => quality - self.switch_penalty * (quality - self.row(segment - 1)[before]).abs(),
            None if self.skip_first => 0.0,
            None => quality,
        }
    }

    fn check(&self, video: &Video) -> Result<(), SimError> {
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

    /// The score of a recorded session.
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

/// How hard to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The gap between plan and bound that is good enough, relative to the plan's value.
    pub gap: f64,
    /// The most cells of one grid.
    pub cells: usize,
    /// The most grids, each finer than the one before.
    pub grids: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { gap: 0.004, cells: 1_500_000, grids: 16 }
    }
}

/// The best plan found, and what no plan can exceed.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// The level of every segment.
    pub plan: Vec<usize>,
    /// What the plan scores, replayed through the engine.
    pub value: f64,
    /// What no rung sequence exceeds.
    pub bound: f64,
    /// Cells looked at, all grids together.
    pub cells: usize,
    /// Grids searched.
    pub grids: usize,
}

impl Optimum {
    /// How far apart they are, relative to the value.
    pub fn gap(&self) -> f64 {
        let apart = self.bound - self.value;
        if apart > 0.0 { apart / self.value.abs() } else { 0.0 }
    }
}

/// Replays a plan through the engine.
pub fn replay(
    trace: &Arc<Trace>,
    video: &Video,
    profile: &Profile,
    levels: &[usize],
) -> Result<Session, SimError> {
    let adapted = profile.adapt(video);
    let video = adapted.as_ref().unwrap_or(video);
    let mut link = Link::new(trace.clone(), profile.link)?;
    let mut player = Player::new(video, Plan { levels: levels.to_vec() }, profile.player.clone())?;
    let mut recorder = Recorder::default();
    match drive(&mut player, &mut link, &mut recorder) {
        Outcome::Complete => Ok(recorder.into_session()),
        Outcome::NetworkEnded => Err(refuse("link end", "a link that ends for good", "a link that never ends")),
    }
}

/// The best rung sequence of a session, and a bound on all of them.
pub fn optimal(
    trace: &Arc<Trace>,
    video: &Video,
    profile: &Profile,
    objective: &Objective,
    limits: &Limits,
) -> Result<Optimum, SimError> {
    let adapted = profile.adapt(video);
    let video = adapted.as_ref().unwrap_or(video);
    let dynamics = Dynamics::new(trace, video, profile, objective)?;
    let score = |plan: &[usize]| Ok::<f64, SimError>(objective.score(&replay(trace, video, profile, plan)?));
    let mut best = Optimum {
        plan: Vec::new(),
        value: f64::NEG_INFINITY,
        bound: f64::INFINITY,
        cells: 0,
        grids: 0,
    };
    for level in 0..dynamics.levels {
        let mut plan = vec![level; dynamics.end];
        plan[0] = dynamics.choices(0).start.max(level.min(dynamics.choices(0).end - 1));
        let value = score(&plan)?;
        if value > best.value {
            (best.plan, best.value) = (plan, value);
        }
    }
    let mut search = Search::new(&dynamics);
    let ev = |n: &str, d: f64| std::env::var(n).map_or(d, |v| v.parse().unwrap());
    let mut grid = Grid { bits: dynamics.line.mean_rate() * ev("GB", 2000.0), dry: ev("GD", 4000.0) };
    for _ in 0..limits.grids {
        let floor = best.value + limits.gap * best.value.abs();
        let Some(found) = search.pass(grid, floor, limits.cells) else { break };
        best.cells += found.cells;
        best.grids += 1;
        if !found.plan.is_empty() {
            let value = score(&found.plan)?;
            if value > best.value {
                (best.plan, best.value) = (found.plan, value);
            }
        }
        best.bound = best.bound.min(found.bound.max(floor));
        if std::env::var("OPT").is_ok() { eprintln!("grid {:?} cells {} value {} bound {} found {}", grid, found.cells, best.value, best.bound, found.bound); }
        if best.bound <= floor.max(best.value + limits.gap * best.value.abs()) {
            break;
        }
        grid = grid.finer();
    }
    Ok(best)
}
