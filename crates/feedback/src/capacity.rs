//! Capacity planning: how many viewers a cell or a link carries before their mean QoE falls below a target.
//!
//! Crowds of growing size are played over the one shared link ([`sim::crowd`]): twice as many each time until the target is missed, then
//! halved in between. QoE need not fall with every viewer who joins, so crowds up to a tenth larger are tried as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use media::Video;
use netmodel::Trace;
use qoe::{Summary, Viewing};
use serde::Serialize;
use sim::Profile;
use sim::crowd::{Guest, play};
use units::Seconds;

use crate::FeedbackError;

/// What is asked of a link.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    /// The link or the cell.
    pub trace: &'a Arc<Trace>,
    /// What everybody watches; its ladder is what is planned for.
    pub video: &'a Video,
    /// The rule, as [`abr::rule`] takes it.
    pub rule: &'a str,
    /// Player and link.
    pub profile: &'a Profile,
    /// Seconds between the starts of two viewers.
    pub stagger: Seconds,
    /// The QoE model, as [`qoe::model`] takes it.
    pub model: &'a str,
    /// The least mean of its scores over the viewers.
    pub target: f64,
    /// The most viewers that are tried.
    pub most: usize,
    /// Seed of everything random.
    pub seed: u64,
}

/// A crowd that was played.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tried {
    pub viewers: usize,
    /// The mean of their scores.
    pub qoe: f64,
    /// The mean of their bitrates, kbit/s.
    pub mean_kbps: f64,
    /// The mean share of time that they stood still.
    pub stall_ratio: f64,
}

/// What a link carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capacity {
    /// The largest crowd that was found to reach the target; 0 where one viewer alone does not.
    pub viewers: usize,
    /// Whether more were not tried though they might fit.
    pub at_the_most: bool,
    /// Every crowd that was played, by size.
    pub tried: Vec<Tried>,
}

/// How far beyond the first crowd that misses the target others are tried, as a share.
const BEYOND: f64 = 0.1;
/// How many of those.
const PROBES: usize = 4;

/// The largest crowd whose mean QoE reaches the target.
///
/// # Errors
/// [`FeedbackError`] for unknown names, and a target that is no number.
pub fn capacity(load: &Load<'_>) -> Result<Capacity, FeedbackError> {
    if !load.target.is_finite() {
        return Err(FeedbackError::value("target", load.target, "a number"));
    }
    if load.most == 0 {
        return Err(FeedbackError::value("most viewers", load.most, "at least 1"));
    }
    let mut tried = BTreeMap::new();
    let mut fits = |n: usize| -> Result<bool, FeedbackError> {
        let crowd = match tried.get(&n) {
            Some(crowd) => *crowd,
            None => *tried.entry(n).or_insert(load.play(n)?),
        };
        Ok(crowd.qoe >= load.target)
    };
    // The largest that fits so far, and the smallest above it that does not.
    let (mut low, mut high) = (0, 1);
    while fits(high)? {
        low = high;
        if low == load.most {
            break;
        }
        high = (2 * high).min(load.most);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle)? { low = middle } else { high = middle }
    }
    let last = ((high as f64 * (1.0 + BEYOND)).ceil() as usize).min(load.most);
    for k in 1..=PROBES {
        let n = high + (last.saturating_sub(high) * k).div_ceil(PROBES);
        if n > high && fits(n)? {
            low = low.max(n);
        }
    }
    Ok(Capacity { viewers: low, at_the_most: low == load.most, tried: tried.into_values().collect() })
}

impl Load<'_> {
    /// Plays a crowd of so many.
    fn play(&self, viewers: usize) -> Result<Tried, FeedbackError> {
        let model =
            qoe::model(self.model).map_err(|e| FeedbackError::value("QoE model", e, "one that is known"))?;
        let guest =
            |i: usize| Guest { rule: self.rule, profile: self.profile, start: self.stagger * i as f64 };
        let guests: Vec<Guest<'_>> = (0..viewers).map(guest).collect();
        let crowd = play(self.trace, self.video, self.profile, &guests, self.seed)?;
        let mut all = Tried { viewers, qoe: 0.0, mean_kbps: 0.0, stall_ratio: 0.0 };
        let share = 1.0 / viewers as f64;
        for session in &crowd.sessions {
            let score = model
                .score(&Viewing::of(session))
                .map_err(|e| FeedbackError::value("session", e, "one that the QoE model can score"))?;
            let summary = Summary::of(session);
            all.qoe += share * score.value;
            all.mean_kbps += share * summary.mean_bitrate_kbps.kbps();
            all.stall_ratio += share * summary.stall_ratio;
        }
        Ok(all)
    }
}
