//! A model of a Twitch stream: a network that swings and is congested, an encoder that adapts while it streams, a buffer with
//! hysteresis, and scores of 0 to 10.
//!
//! ```
//! use sim::lockstep::twitch::{Scenario, published, run};
//!
//! let poor = Scenario::named("poor").expect("one of the three");
//! let original = published(&poor, 42)?;
//! assert_eq!(format!("{:.2}", original.report.scores.overall), "7.15");
//! assert_eq!(original.report.stall_count, 0);
//! // The corrected model stalls on a poor network.
//! assert!(run(&poor, 42)?.report.stall_count > 0);
//! # Ok::<(), sim::SimError>(())
//! ```
//!
//! Source: dev1lfreak/twitch-streaming-model, pull request 1 (2415619). [`published()`] is the original, its random numbers
//! included; the module [`original`] lists its defects. [`run`] is the corrected model, in the module [`corrected`] with its
//! constants:
//!
//! | | original | corrected |
//! |---|---|---|
//! | network | one second per step, whatever the step is | a second per draw, a step meets the mean of what it covers |
//! | recovery of congestion | linear, `rate` per step | exponential, with the time constant 1 / `rate` |
//! | latency | decoration | every request costs a round trip |
//! | loss | decoration | bounds the throughput as it does TCP's |
//! | the encoder sees | the bandwidth of the step to come | the throughput that was measured, and the buffer |
//! | levels | down as soon as the target is lower | kept while they can be sustained; with a low buffer only a safer one is |
//! | buffer | a level, filled and drained by the step | [`playbuf::PlaybackBuffer`], filled segment by segment |
//! | live | media comes as fast as the link allows, so the buffer is nearly always full | what is not yet produced cannot come |
//! | initial level | ignored: a run begins at the resume threshold | honoured |
//! | stalls | whole steps | as long as they last |
//! | drift | per step | per second, and latency shakes it |
//! | stalled time, switches per minute | steps taken for seconds | seconds |

pub mod corrected;
mod numpy;
pub mod original {
    //! The model as it was published: its parts, and where its random numbers come from.
    pub use super::numpy::Numpy;
    pub use super::published::{Buffer, BufferStep, Draws, Encoder, EncoderStep, Network, NumpyDraws};
}
mod published;
mod scenario;
pub mod sweep;
mod ziggurat;

use qoe::models::twitch as quality;

pub use qoe::models::twitch::{Report, Scores, Weights};
pub use scenario::{BufferConfig, EncoderConfig, NetworkConfig, QualityConfig, SCENARIOS, Scenario};

use crate::SimError;
use original::{Draws, NumpyDraws};

/// A quality of the encoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    pub name: &'static str,
    /// Picture in kbit/s.
    pub video_kbps: f64,
    /// Sound in kbit/s.
    pub audio_kbps: f64,
    /// Both in Mbit/s.
    pub total_mbps: f64,
    /// The bandwidth from which on it is chosen.
    pub min_mbps: f64,
}

const fn level(
    name: &'static str,
    video_kbps: f64,
    audio_kbps: f64,
    total_mbps: f64,
    min_mbps: f64,
) -> Level {
    Level { name, video_kbps, audio_kbps, total_mbps, min_mbps }
}

/// The original's seven levels.
pub const LADDER: [Level; 7] = [
    level("160p", 300.0, 96.0, 0.396, 0.5),
    level("360p", 800.0, 128.0, 0.928, 1.2),
    level("480p", 1500.0, 160.0, 1.660, 2.5),
    level("720p", 3000.0, 192.0, 3.192, 4.0),
    level("720p60", 4500.0, 192.0, 4.692, 6.0),
    level("1080p", 6000.0, 320.0, 6.320, 8.0),
    level("1080p60", 8000.0, 320.0, 8.320, 10.0),
];

/// A step of a run. What is not said to be otherwise holds at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// When it began, in s.
    pub t: f64,
    /// The rate of the link.
    pub bandwidth_mbps: f64,
    pub latency_ms: f64,
    /// The probability that a packet is lost.
    pub packet_loss: f64,
    /// 0 to 1.
    pub congestion_level: f64,
    pub buffer_level_s: f64,
    /// Playback stands still; in the corrected model: stood still at some time of the step.
    pub is_stalled: bool,
    pub stall_event: bool,
    /// The quality, an index into [`LADDER`].
    pub level: usize,
    /// Sound against picture, in ms.
    pub av_sync_drift_ms: f64,
    /// Seconds of media that came per second.
    pub inflow_rate_s_per_s: f64,
    pub dropped_frames: bool,
    /// The quality changed.
    pub switched: bool,
    /// How long playback stood still.
    pub stalled_s: f64,
}

/// A run: every step, and what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub timeline: Vec<Row>,
    /// The report, under the original's names.
    pub report: Report,
    weights: Weights,
    /// What the scores take for the length of a step: the published model counts every step as a second.
    step_s: f64,
}

impl Run {
    /// The scores after every step, as if the run ended there.
    pub fn scores_so_far(&self) -> Vec<Scores> {
        let (mut stalled, mut dropped, mut out, mut drift, mut switches) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let one = |flag: bool| f64::from(u8::from(flag));
        let dt = self.timeline.get(1).map_or(1.0, |second| second.t);
        let rows = self.timeline.iter().enumerate().map(|(i, row)| {
            let n = (i + 1) as f64;
            stalled += row.stalled_s;
            dropped += one(row.dropped_frames);
            out += one(row.av_sync_drift_ms.abs() > self.weights.drift_threshold_ms);
            drift += row.av_sync_drift_ms.abs();
            switches += one(row.switched);
            let per_minute = switches / (n * self.step_s) * 60.0;
            self.weights.scores(stalled / (n * dt), dropped / n, out / n, drift / n, per_minute)
        });
        rows.collect()
    }
}

/// The corrected model. The random numbers are Segue's ([`units::SimRng`]).
///
/// # Errors
/// [`SimError::Spec`] for a scenario that no run can have.
pub fn run(scenario: &Scenario, seed: u64) -> Result<Run, SimError> {
    scenario.check()?;
    let mut timeline = Vec::with_capacity(scenario.steps());
    let report = corrected::drive(scenario, seed, |row| timeline.push(row));
    Ok(Run { timeline, report, weights: scenario.quality.weights(), step_s: scenario.dt })
}

/// What the corrected model reports, without its steps.
///
/// # Errors
/// As [`run`].
pub fn report(scenario: &Scenario, seed: u64) -> Result<Report, SimError> {
    scenario.check()?;
    Ok(corrected::drive(scenario, seed, |_| ()))
}

/// The published model, with numpy's random numbers: what the original prints for this seed.
///
/// # Errors
/// As [`run`].
pub fn published(scenario: &Scenario, seed: u64) -> Result<Run, SimError> {
    published_with(scenario, NumpyDraws::new(seed))
}

/// The published model with random numbers from anywhere.
///
/// # Errors
/// As [`run`].
pub fn published_with(scenario: &Scenario, draws: impl Draws) -> Result<Run, SimError> {
    scenario.check()?;
    let mut timeline = Vec::with_capacity(scenario.steps());
    let mut model = published::Model::new(scenario, draws);
    super::run(&mut model, scenario.steps(), |row| timeline.push(row));
    let steps: Vec<quality::Step> = timeline
        .iter()
        .map(|r| quality::Step {
            stalled: r.is_stalled,
            stall_event: r.stall_event,
            level_s: r.buffer_level_s,
            drift_ms: r.av_sync_drift_ms,
            switched: r.switched,
            dropped: r.dropped_frames,
        })
        .collect();
    // A scenario that was checked has a step at least.
    let weights = scenario.quality.weights();
    let report = Report::of(&steps, &weights).unwrap_or_else(|| unreachable!());
    Ok(Run { timeline, report, weights, step_s: 1.0 })
}
