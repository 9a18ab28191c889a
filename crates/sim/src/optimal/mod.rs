//! The offline optimum of a session, with a certificate.
//!
//! [`optimal`] takes a session (trace, video, [`Profile`]) and an additive [`Objective`], and gives an [`Optimum`]: a
//! plan (one level per segment), what the plan scores when the engine replays it, and a bound that no plan exceeds. It is
//! the yardstick of online rules: their regret is at most what is missing to the bound.
//!
//! ```
//! use media::{Ladder, Video};
//! use netmodel::Trace;
//! use sim::optimal::{Limits, Objective, optimal};
//! use units::Seconds;
//!
//! let ladder = Ladder::from_kbps(&[300.0, 1200.0, 2850.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(60.0))?;
//! let trace = Trace::steps("dip", &[(20.0, 4.0), (20.0, 0.5)], Seconds::ZERO)?.into();
//! let profile = sim::profile("pensieve-1120bb1")?;
//! let objective = Objective::pensieve_linear(video.ladder());
//! let best = optimal(&trace, &video, &profile, &objective, &Limits::default())?;
//! assert_eq!(best.plan.len(), 15);
//! assert!(best.bound >= best.value && best.gap() <= 5e-4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the bound covers
//!
//! Every session under the profile that fetches every segment once, in order, on any level, whatever rule chose the
//! levels; with [`Objective::first_level`], those that begin on that level. What such a session does beside choosing
//! levels is the profile's (waiting for room, startup and resume thresholds). It does not cover fetching a segment twice
//! (replacement), seeks, and playback rates other than 1.
//!
//! **Rules that wait or abandon.** To wait on purpose, or to give up a request, is to be in the same place at a later
//! time, with the dry point (see below) where it was or moved by the stall that was paid for. That cannot help where the
//! link is first in, first out and the player is monotone. Let one session be `earlier`, with time and dry point not
//! later and a potential not smaller than another's, and let it choose what the other one chooses. It requests at
//! max(t, e - room), so not later; it has the segment not later; its dry point max(t', e - latency) + duration is not
//! later; and its potential grows by as much. So it is still `earlier` behind every segment, and its value u - mu e
//! is at least the other one's.
//! Hence **the bound covers rules that wait or abandon, too**, provided that waits for room are exact (no `wait_quantum`:
//! with one, a wait can be timed to shift its phase), a segment is enough to resume (`resume` at most its duration), a
//! latency outside link time is constant, and waiting in startup costs at least as much as in a stall
//! (`startup_penalty` at least `stall_penalty`) or there is no waiting before the first frame. Where startup is free,
//! waiting before the first frame can be worth anything.
//!
//! # The argument
//!
//! **State.** Before a request, all that matters for what is to come is: the time t on the link, what the link has
//! carried by then (a function of t; in an outage many t share one amount), the *dry point* e, at which the buffer runs
//! dry if nothing arrives (level = e - t), the last level, and whether the player stands still and how much it has
//! buffered then. A segment of duration D requested at s (t, or the end of the wait for room) that arrives at t' gives
//!
//! ```text
//! e' = max(t', e - l) + D        stall = e' - (e - l + D)        l: latency outside link time, 0 if it takes link time
//! ```
//!
//! The stall *is* the movement of the dry point. So the *potential* u = value + mu e, with mu the stall penalty, grows by
//! quality less switches plus mu (D - l), whatever the stalls are, and the value at the end is u - mu e.
//!
//! **Relaxation.** States are put into cells: a grid over what the link has carried and over the dry point, for every
//! level and standing. A cell keeps a box (intervals of amount, time and dry point) that contains every session that was
//! put into it, and upper bounds of their values and of their potentials. A step maps boxes to boxes: the time at which a
//! link has carried an amount is monotone in the amount, so its ends suffice; waits for room, thresholds and latencies
//! are bounded from both sides, and where a box allows two outcomes, both are followed. The image is cut along the edges
//! of the cells of the next segment. By induction, **every session is in the box of its own cell behind every segment,
//! with a value and a potential of at most the cell's bounds**. What is optimistic is only that a cell forgets which of
//! its sessions had which time, dry point and value; finer cells forget less. Two bounds are kept because they forget
//! different things: the value charges stalls as they occur, by the least that the box admits, which is exact as long as
//! there are none; the potential does not charge them at all and reads them off the dry point in the end, off by one cell
//! at most, however many there were.
//!
//! **Prices.** A cell would also combine the sessions that came early with what the latecomers have gained meanwhile, anew
//! behind every segment. So the two sums are kept less what the link has carried at a price per bit, which every grid
//! reads off the one before: how much less is still to be gained from later cells (least squares). A session of that sum has
//! gained less the earlier it is. A segment moves amount and sum together whatever the amount is, so that the width of a
//! cell costs only what prices change by, and what the link carries for nobody. Any prices give a bound.
//!
//! **Cutting off.** Let the floor be the value of the best plan so far, plus the gap that is good enough. What a cell's
//! sessions can still add is bounded by best quality without stalls, and from the second grid on by the way back through
//! the grid before, of whose cells each cell is a part: the greatest sum over its steps to the end. Cells whose two sums
//! (value and rest, potential and rest) do not both exceed the floor are dropped. A session worth more than the floor is
//! in no dropped cell, because both sums bound its value; so **every session worth more than the floor survives every
//! grid**, floors only rise, and the way back over survivors is a bound for survivors. Behind the last segment no
//! survivor exceeds the greatest sum there, and all others do not exceed the floor: the larger of the two is the bound.
//! When nothing survives, the bound is the floor. Grids are refined until then, usually eight to twelve times: what one
//! grid proves prunes the next.
//!
//! **Plans.** Every cell also carries one session that is really there, the most valuable it has met. The best of them at
//! the end is replayed through the engine; its score is the value that is reported. Bounds do not depend on these.
//!
//! **Rounding.** The engine's arithmetic differs from the one here in the last digits, and a session that ends a download
//! at the very edge of an outage may fall on either side of it. Boxes are widened at every step by 10 ns and 1 bit (or
//! 1e-10 of the session, if that is more), which exceeds the rounding of a step by orders of magnitude and keeps the
//! induction true for the engine's own states. Levels within that distance of a threshold count as both reached and
//! missed, unless the durations are such that their sums are exact; a session that stands on the very edge of a quantised
//! wait, or of a period whose latency is outside link time, is bounded by the better side. The bound is raised by 1e-9
//! (relative to its size, where that is above 1) for the sums of the score.
//!
//! # Cost
//!
//! What is looked at depends on how many near-optimal sessions there are that differ. 49 segments on 6 levels take some 30 to
//! 700 thousand cells to a tenth of a percent. Hard are small buffers on links that alternate between plenty and nothing,
//! where the moment at which a wait ends decides, and videos of more than some 50 segments: of 100 about half are proven
//! to half a percent, of 200 few. [`Limits::memory`] stops a search that gets out of hand; what has been proven by then
//! is returned, with its gap. `cargo xtask bench optimum` prints a table.

mod dynamics;
mod line;
mod objective;
mod search;

use std::sync::Arc;

use crate::{Profile, SimError, Stop, drive};
use abr::{AbrStrategy, Decision, PlayerView};
use dynamics::Dynamics;
use line::refuse;
use media::Video;
use netmodel::{Link, Trace};
use player::{Player, Recorder};
use qoe::Session;
use search::{Grid, Search};

pub use objective::Objective;

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

/// How hard to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The gap between plan and bound that is good enough, relative to the plan's value.
    pub gap: f64,
    /// Bytes that one grid may take; together with the tables of the grid before and the link's, the search stays below
    /// about one and a half times as much.
    pub memory: usize,
    /// The most grids, each twice as fine as the one before.
    pub grids: usize,
}

impl Default for Limits {
    /// Proof to a millionth, in less than 500 MB.
    fn default() -> Limits {
        Limits { gap: 1e-6, memory: 300_000_000, grids: 20 }
    }
}

/// The best plan found, and what no plan can exceed.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// The level of every segment.
    pub plan: Vec<usize>,
    /// What the plan scores, replayed through the engine.
    pub value: f64,
    /// What no session exceeds that the [module page](self) covers.
    pub bound: f64,
    /// Cells looked at, all grids together.
    pub cells: usize,
    pub grids: usize,
}

impl Optimum {
    /// How far value and bound are apart, relative to the value.
    pub fn gap(&self) -> f64 {
        let apart = self.bound - self.value;
        if apart > 0.0 { apart / self.value.abs() } else { 0.0 }
    }
}

/// Replays a plan through the engine.
///
/// # Errors
/// [`SimError`] for options that do not fit the trace or the video, for impairments, or a link that ends before the video
/// does.
pub fn replay(
    trace: &Arc<Trace>,
    video: &Video,
    profile: &Profile,
    levels: &[usize],
) -> Result<Session, SimError> {
    if !profile.impairments.is_empty() {
        return Err(refuse("impair", "given", "none"));
    }
    let adapted = profile.adapt(video);
    let video = adapted.as_ref().unwrap_or(video);
    let mut link = Link::new(trace.clone(), profile.link)?;
    let mut player = Player::new(video, Plan { levels: levels.to_vec() }, profile.player.clone())?;
    let mut recorder = Recorder::default();
    match drive(&mut player, &mut link, &mut recorder) {
        Stop::NetworkEnded => Err(refuse("end", "a link that ends before the video", "one that does not")),
        _ => {
            let mut session = recorder.into_session();
            session.abr = "plan".to_string();
            session.profile = profile.name.clone();
            session.trace = trace.name().to_string();
            Ok(session)
        }
    }
}

/// The first grid: cells of what the mean link carries in 8 s, and of 16 s of the dry point. A cell of the dry point is wider,
/// because its width does not add up from segment to segment.
const FIRST: [f64; 2] = [8000.0, 16_000.0];

/// The best rung sequence of a session, and a bound on all of them. Deterministic; see the [module page](self).
///
/// # Errors
/// [`SimError`] for options that do not fit the trace, the video or each other, and for sessions for which the optimum is
/// not defined: planned seeks, replacement, live video, impairments, a link that ends for good, or a wait quantum beyond the buffer.
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
    // By what rounding may put between a score and the sum of its parts.
    let raised = |bound: f64| bound + 1e-9 * bound.abs().max(1.0) + 1e-11 * dynamics.scale();
    let mut best = Optimum {
        plan: Vec::new(),
        value: f64::NEG_INFINITY,
        bound: raised(dynamics.best_gains()[0]),
        cells: 0,
        grids: 0,
    };
    let offer = |best: &mut Optimum, plan: Vec<usize>| {
        let value = objective.score(&replay(trace, video, profile, &plan)?);
        if value > best.value {
            (best.plan, best.value) = (plan, value);
        }
        Ok::<(), SimError>(())
    };
    for level in 0..dynamics.levels {
        let mut plan = vec![level; dynamics.end];
        plan[0] = objective.first_level.unwrap_or(level);
        offer(&mut best, plan)?;
    }
    let mut search = Search::new(&dynamics);
    let mut grid = Grid { bits: dynamics.line.mean_rate() * FIRST[0], dry: FIRST[1] };
    while best.grids < limits.grids {
        let floor = best.value + limits.gap.max(0.0) * best.value.abs();
        let Some(found) = search.pass(grid, floor, limits.memory) else { break };
        best.cells += found.cells;
        best.grids += 1;
        if !found.plan.is_empty() {
            offer(&mut best, found.plan)?;
        }
        best.bound = best.bound.min(raised(found.bound.max(floor))).max(best.value);
        if found.bound <= best.value + limits.gap.max(0.0) * best.value.abs() {
            break;
        }
        grid = grid.finer();
    }
    Ok(best)
}
