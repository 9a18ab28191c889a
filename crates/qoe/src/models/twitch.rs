//! The three component scores of a Twitch streaming model, and their weighted sum, 0 to 10.
//!
//! ```text
//! jerkiness = 10 max(0, 1 - 3 stall ratio - dropped ratio)
//! av sync   = 10 max(0, 1 - share(|drift| > 40 ms) - min(1, mean |drift| / 400 ms))
//! stability = 10 max(0, 1 - switches per minute / 6)
//! overall   = 0.4 jerkiness + 0.35 av sync + 0.25 stability
//! ```
//!
//! Source: repository dev1lfreak/twitch-streaming-model, src/quality.py, pull request 1 (2415619).
//!
//! The original counts steps of one second. [`Report::of`] does the same; the model `twitch` takes seconds from a
//! session: stalled over stalled and media time, switches per minute of media, and the drift between picture and sound that
//! follows from its stalls and switches ([`crate::drift`]), unless an option sets it. No record knows of dropped frames: they are an
//! option.

use serde::Serialize;
use spec::{Entry, Options, opt};

use crate::drift::Course;
use crate::entry::{Built, ModelInfo};
use crate::{About, Parts, QoeError, QoeModel, Scale, Score, Viewing};

/// What the components weigh, and from which drift on picture and sound are out of step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    pub jerkiness: f64,
    /// Of picture and sound in step.
    pub av_sync: f64,
    /// Of steady quality.
    pub stability: f64,
    /// Milliseconds of drift beyond which they are out of step; ten times as many count as fully so.
    pub drift_threshold_ms: f64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { jerkiness: 0.4, av_sync: 0.35, stability: 0.25, drift_threshold_ms: 40.0 }
    }
}

impl Weights {
    /// The component scores and the overall one: of the share of stalled time, the share of time with dropped frames, the share
    /// of time out of step, the mean drift in ms, and the switches per minute.
    pub fn scores(
        &self,
        stall: f64,
        dropped: f64,
        out_of_sync: f64,
        mean_drift_ms: f64,
        per_minute: f64,
    ) -> Scores {
        let worst = 10.0 * self.drift_threshold_ms;
        let jerkiness = 10.0 * (1.0 - 3.0 * stall - dropped).max(0.0);
        let av_sync = 10.0 * (1.0 - out_of_sync - (mean_drift_ms / worst).min(1.0)).max(0.0);
        let stability = 10.0 * (1.0 - per_minute / 6.0).max(0.0);
        let overall = self.jerkiness * jerkiness + self.av_sync * av_sync + self.stability * stability;
        Scores { jerkiness, av_sync, stability, overall }
    }
}

/// The component scores, 0 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Few stalls and dropped frames.
    #[serde(rename = "jerkiness_score")]
    pub jerkiness: f64,
    /// Picture and sound in step.
    #[serde(rename = "av_sync_score")]
    pub av_sync: f64,
    /// Few switches.
    #[serde(rename = "quality_stability_score")]
    pub stability: f64,
    /// Their weighted sum.
    #[serde(rename = "overall_qoe")]
    pub overall: f64,
}

/// One step of the original's simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Playback stands still.
    pub stalled: bool,
    pub stall_event: bool,
    /// Seconds in the buffer.
    pub level_s: f64,
    /// Sound ahead of the picture, in ms; the sign does not matter.
    pub drift_ms: f64,
    /// The quality changes.
    pub switched: bool,
    pub dropped: bool,
}

/// What the original reports of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Report {
    pub total_steps: usize,
    pub stall_count: usize,
    /// Stalled *steps*, which are seconds only where a step is one: a defect of the original, kept.
    pub total_stall_time_s: f64,
    /// Stalled steps over steps.
    pub stall_ratio: f64,
    pub mean_av_sync_drift_ms: f64,
    pub max_av_sync_drift_ms: f64,
    /// Share of steps beyond the threshold.
    pub av_out_of_sync_ratio: f64,
    pub quality_switch_count: usize,
    /// Switches per 60 steps.
    pub quality_switch_rate: f64,
    pub mean_buffer_level_s: f64,
    /// Share of steps with dropped frames.
    pub dropped_frame_ratio: f64,
    #[serde(flatten)]
    pub scores: Scores,
}

impl Report {
    /// The report on a run; `None` for no steps.
    pub fn of(steps: &[Step], weights: &Weights) -> Option<Report> {
        if steps.is_empty() {
            return None;
        }
        let n = steps.len() as f64;
        let count = |f: fn(&Step) -> bool| steps.iter().filter(|s| f(s)).count();
        let drift = || steps.iter().map(|s| s.drift_ms.abs());
        let stalled = count(|s| s.stalled) as f64;
        let switches = count(|s| s.switched);
        let out = drift().filter(|d| *d > weights.drift_threshold_ms).count() as f64 / n;
        let mean_drift = drift().sum::<f64>() / n;
        let (stall, dropped) = (stalled / n, count(|s| s.dropped) as f64 / n);
        let rate = switches as f64 / n * 60.0;
        Some(Report {
            total_steps: steps.len(),
            stall_count: count(|s| s.stall_event),
            total_stall_time_s: stalled,
            stall_ratio: stall,
            mean_av_sync_drift_ms: mean_drift,
            max_av_sync_drift_ms: drift().fold(0.0, f64::max),
            av_out_of_sync_ratio: out,
            quality_switch_count: switches,
            quality_switch_rate: rate,
            mean_buffer_level_s: steps.iter().map(|s| s.level_s).sum::<f64>() / n,
            dropped_frame_ratio: dropped,
            scores: weights.scores(stall, dropped, out, mean_drift, rate),
        })
    }
}

impl Report {
    /// The report as the original prints it, with a line's end.
    pub fn to_text(&self) -> String {
        let rule = "-".repeat(52);
        let rows: [(&str, String); 15] = [
            ("Total steps (seconds)", self.total_steps.to_string()),
            ("Stall events", self.stall_count.to_string()),
            ("Total stall time (s)", format!("{:.1}", self.total_stall_time_s)),
            ("Stall ratio", format!("{:.3}", self.stall_ratio)),
            ("Mean A/V sync drift (ms)", format!("{:.2}", self.mean_av_sync_drift_ms)),
            ("Max A/V sync drift (ms)", format!("{:.2}", self.max_av_sync_drift_ms)),
            ("A/V out-of-sync ratio", format!("{:.3}", self.av_out_of_sync_ratio)),
            ("Quality switches", self.quality_switch_count.to_string()),
            ("Quality switch rate (/min)", format!("{:.2}", self.quality_switch_rate)),
            ("Mean buffer level (s)", format!("{:.2}", self.mean_buffer_level_s)),
            ("Dropped-frame ratio", format!("{:.3}", self.dropped_frame_ratio)),
            ("Jerkiness score     (0–10)", format!("{:.2}", self.scores.jerkiness)),
            ("A/V sync score      (0–10)", format!("{:.2}", self.scores.av_sync)),
            ("Quality stability   (0–10)", format!("{:.2}", self.scores.stability)),
            ("Overall QoE         (0–10)", format!("{:.2}", self.scores.overall)),
        ];
        let mut text = format!("{rule}\n Twitch Stream Simulation – QoE Report\n{rule}\n");
        for (label, value) in rows {
            text += &format!("  {label:<36} {value}\n");
        }
        text + &rule + "\n"
    }
}

/// The overall score of a session.
#[derive(Clone, Copy, Debug)]
pub struct Twitch {
    pub weights: Weights,
    /// A constant drift between picture and sound, in ms, instead of the session's own.
    pub drift_ms: Option<f64>,
    /// Share of time in which frames are dropped.
    pub dropped: f64,
}

impl QoeModel for Twitch {
    fn about(&self) -> About {
        About { id: "twitch", scale: Scale::Ten, needs: &[] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        let media = viewing.media_time();
        if viewing.segments.is_empty() || media.get() <= 0.0 {
            return Err(QoeError::NothingPlayed);
        }
        let stall = viewing.stall_time();
        let ratio = stall / (media + stall);
        let switches = viewing.segments.windows(2).filter(|w| w[0].bitrate != w[1].bitrate).count();
        let per_minute = switches as f64 / media.get() * 60.0;
        let w = &self.weights;
        let scores = |out: f64, mean_ms: f64| w.scores(ratio, self.dropped, out, mean_ms, per_minute);
        let own = |viewing: &Viewing| {
            let sync = Course::of(viewing).beyond(w.drift_threshold_ms);
            scores(sync.out_of_sync_ratio, sync.mean_ms)
        };
        // What the drift costs without stalls is the switches'; one that is given is nobody's.
        let (s, given, switched) = match self.drift_ms {
            Some(ms) => {
                let s = scores(f64::from(u8::from(ms > w.drift_threshold_ms)), ms);
                (s, s.av_sync, s.av_sync)
            }
            None => (own(viewing), 10.0, own(&Viewing { stalls: vec![], ..viewing.clone() }).av_sync),
        };
        let parts = Parts {
            quality: 10.0 * (w.jerkiness + w.stability) + w.av_sync * given,
            stall: w.jerkiness * (s.jerkiness - 10.0) + w.av_sync * (s.av_sync - switched),
            switching: w.stability * (s.stability - 10.0) + w.av_sync * (switched - given),
            ..Parts::default()
        };
        Ok(Score::of_parts(parts, self.about().scale, viewing.segments.len()))
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "twitch",
        about: "jerkiness, A/V sync and stability, 0..10 (twitch-streaming-model)",
        options: &[
            opt("drift-ms", "", "constant drift between picture and sound instead of the session's"),
            opt("dropped", "0", "share of time in which frames are dropped, 0 to 1"),
            opt("jerkiness", "0.4", "weight of jerkiness"),
            opt("av-sync", "0.35", "weight of A/V sync"),
            opt("stability", "0.25", "weight of stability; the three sum to 1"),
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let weights = Weights {
        jerkiness: o.number("jerkiness", 0.0..)?,
        av_sync: o.number("av-sync", 0.0..)?,
        stability: o.number("stability", 0.0..)?,
        ..Weights::default()
    };
    if (weights.jerkiness + weights.av_sync + weights.stability - 1.0).abs() > 1e-9 {
        return Err(o.wrong("stability", "weights that sum to 1 with jerkiness and av-sync").into());
    }
    let dropped = o.number("dropped", 0.0..)?;
    if dropped > 1.0 {
        return Err(o.wrong("dropped", "a share, 0 to 1").into());
    }
    Built::whole(Twitch { weights, drift_ms: o.optional_number("drift-ms", 0.0..)?, dropped })
}
