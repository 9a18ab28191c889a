//! The score of QOE-Core, 0 to 100.
//!
//! ```text
//! round(100 (mean kbit/s / 2000) (1 - stalled / n) (1 - min(1, switches / n)))
//! ```
//!
//! Source: repository mrjaywilson/QOE-Core, src/metrics/qoe.rs, commit 035f2eb. It counts segments, not seconds: a stalled
//! segment is one that the viewer waited for. All arithmetic is in single precision, as there.
//!
//! Known defects, kept: the first segment is always a switch (`first-switch=off` takes that back), it knows no stall
//! *duration*, and it exceeds 100 above 2000 kbit/s (`clamp=on` prevents that). The startup delay counts as a stall of the
//! first segment (`startup=stall`), as a buffer that starts empty makes it there.
//!
//! Deviation: an empty session is an error instead of NaN.

use spec::{Entry, Options, opt};

use crate::entry::{Built, ModelInfo};
use crate::{About, InterruptionKind, Parts, QoeError, QoeModel, Scale, Score, Viewing};

/// What QOE-Core reports of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Mean bitrate in kbit/s.
    pub average_bitrate_kbps: f32,
    /// Stalled steps over steps.
    pub stall_ratio: f32,
    /// Stalled steps.
    pub stall_count: u32,
    /// Steps with another bitrate than the one before.
    pub switch_count: u32,
    /// The score: a whole number, not clamped above.
    pub final_score: f32,
}

/// The report on a run of steps, each a bitrate in kbit/s, whether it stalled, and whether it switched.
///
/// As the original: NaN for no steps, half rounds away from zero.
pub fn report(steps: impl IntoIterator<Item = (u32, bool, bool)>) -> Report {
    let (mut n, mut sum, mut stalls, mut switches) = (0u32, 0u64, 0u32, 0u32);
    for (kbps, stalled, switched) in steps {
        n += 1;
        sum += u64::from(kbps);
        stalls += u32::from(stalled);
        switches += u32::from(switched);
    }
    let steps = n as f32;
    let average = sum as f32 / steps;
    let stall_ratio = stalls as f32 / steps;
    let score = (average / 2000.0) * (1.0 - stall_ratio) * (1.0 - (switches as f32 / steps).min(1.0));
    Report {
        average_bitrate_kbps: average,
        stall_ratio,
        stall_count: stalls,
        switch_count: switches,
        final_score: (score * 100.0).round(),
    }
}

/// What the corrected score counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// Mean bitrate over the highest rung of the ladder.
    pub bitrate: f64,
    /// Time in stalls over time in stalls and playing; startup is neither.
    pub stalled: f64,
    /// Switches over how many there could have been.
    pub switched: f64,
    /// Mean level of the buffer by time, over what it takes.
    pub buffer: f64,
}

/// The score that the original promises, with stalls by their duration and the health of the buffer; 0 to 100 for every run, a
/// share that is no number counts as the worst one.
///
/// ```text
/// 100 bitrate (1 - min(1, 3 stalled)) (1 - switched / 2) (0.8 + 0.2 min(1, 2 buffer))
/// ```
///
/// All but the form is ours: a stalled second weighs three times one that plays (as in [`super::twitch`]), a switch at every
/// segment halves the score instead of voiding it, and a buffer that is half full in the mean is healthy.
pub fn corrected(t: &Totals) -> f64 {
    let share = |x: f64, worst: f64| if x.is_nan() { worst } else { x.clamp(0.0, 1.0) };
    let stalled = share(3.0 * t.stalled, 1.0);
    let buffer = 0.8 + 0.2 * share(2.0 * t.buffer, 0.0);
    100.0 * share(t.bitrate, 0.0) * (1.0 - stalled) * (1.0 - 0.5 * share(t.switched, 1.0)) * buffer
}

/// QOE-Core's score of a session.
#[derive(Clone, Copy, Debug)]
pub struct QoeCore {
    pub first_switch: bool,
    /// The startup delay is a stall of the first segment.
    pub startup_stalls: bool,
    /// No more than 100.
    pub clamp: bool,
}

impl QoeModel for QoeCore {
    fn about(&self) -> About {
        About { id: "qoe-core", scale: Scale::Hundred, needs: &[] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        if viewing.segments.is_empty() {
            return Err(QoeError::NothingPlayed);
        }
        let started =
            self.startup_stalls && viewing.stalls.iter().any(|s| s.kind == InterruptionKind::Startup);
        let mut before = None;
        let steps = viewing.charged().enumerate().map(|(i, (segment, stall))| {
            let stalled = stall.get() > 0.0 || (i == 0 && started);
            let switched = before.map_or(self.first_switch, |b| b != segment.bitrate);
            before = Some(segment.bitrate);
            (segment.bitrate.kbps().round() as u32, stalled, switched)
        });
        let r = report(steps);
        // A product has no parts; they are what each factor takes from the one before.
        let quality = 100.0 * f64::from(r.average_bitrate_kbps) / 2000.0;
        let stall = -quality * f64::from(r.stall_ratio);
        let value = f64::from(r.final_score).min(if self.clamp { 100.0 } else { f64::INFINITY });
        let quality = quality.min(if self.clamp { 100.0 } else { f64::INFINITY });
        let switching = value - quality - stall;
        let parts = Parts { quality, stall, switching, ..Parts::default() };
        Ok(Score { value, scale: self.about().scale, parts, segments: viewing.segments.len(), label: None })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "qoe-core",
        about: "bitrate, share of stalled segments, share of switches, 0..100 (QOE-Core)",
        options: &[
            opt("first-switch", "on", "on: the first segment is a switch; off"),
            opt(
                "startup",
                "stall",
                "stall: the startup delay stalls the first segment; apart: not in the score",
            ),
            opt("clamp", "off", "on: at most 100; off, as the original"),
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    Built::whole(QoeCore {
        first_switch: o.flag("first-switch")?,
        startup_stalls: super::linear::startup_counts(o)?,
        clamp: o.flag("clamp")?,
    })
}
