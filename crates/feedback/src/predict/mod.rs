//! Will the next ten seconds be watched in high quality?
//!
//! High quality means: playback does not stand still for a moment of them, and what is shown has a mean bitrate of at least
//! [`HIGH_KBPS`], the 1080p rung of the ladder `4k`.
//!
//! | predictor | looks at | what it is |
//! |---|---|---|
//! | `document` | RSRP, RSRQ, SNR of the last sample | the mean of the three as shares of their described ranges, with one cut ([`CUT`]): a convention that satisfies both printed examples of the seed document (C10), not a finding |
//! | `trained` | all telemetry of the last ten seconds | boosted trees, fitted to generated drives (`cargo xtask train-qoe`), calibrated on others |
//!
//! How good they are, and how weak the link between radio and rate is, stands in `docs/telemetry.md`.

mod document;
mod drives;
mod evaluate;
pub(crate) mod features;
mod forest;
mod trained;

use serde::{Deserialize, Serialize};

pub use document::{CUT, Document};
pub use drives::{Case, Moment, Source, generated, recorded};
pub(crate) use drives::{drawn, video};
pub use evaluate::{Bin, Evaluation, Paired, Row, evaluate};
pub use features::names as feature_names;
pub use trained::{MODEL_SCHEMA, Trained, train, witness};

use crate::FeedbackError;
use crate::telemetry::{Field, Telemetry};

/// The least mean bitrate of high quality, kbit/s.
pub const HIGH_KBPS: f64 = 5000.0;
/// How far ahead is looked, s.
pub const HORIZON_S: f64 = 10.0;

/// What is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// No stall, and at least 1080p.
    #[serde(rename = "High Quality")]
    HighQuality,
    /// Anything else.
    #[serde(rename = "Needs Adjustment")]
    NeedsAdjustment,
}

impl Verdict {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::HighQuality => "High Quality",
            Verdict::NeedsAdjustment => "Needs Adjustment",
        }
    }

    fn of(high: bool) -> Verdict {
        if high { Verdict::HighQuality } else { Verdict::NeedsAdjustment }
    }
}

/// A prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub label: Verdict,
    /// How likely high quality is, as often as it came on generated drives of the same score.
    pub probability_high: f64,
    /// Which predictor says so.
    pub model: String,
    /// The radio index of `document`, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<f64>,
}

/// Something that predicts from the telemetry of the last seconds, the latest sample last.
pub trait Predictor: Send + Sync {
    /// The name that `--model` takes.
    fn name(&self) -> &'static str;

    /// The prediction; None where the telemetry has nothing that it looks at.
    fn predict(&self, history: &[Telemetry]) -> Option<Prediction>;
}

/// The predictors: their names, and a line about each.
pub const MODELS: &[(&str, &str)] = &[
    ("auto", "trained where throughput or player state is known, else document"),
    ("document", "the radio index of the seed document with one cut; a convention"),
    ("trained", "boosted trees, fitted to generated drives"),
];

/// The predictor of a name.
///
/// # Errors
/// [`FeedbackError::Unknown`].
pub fn predictor(name: &str) -> Result<Box<dyn Predictor>, FeedbackError> {
    match name {
        "auto" => {
            let trained = Trained::built_in()?;
            Ok(Box::new(Auto(trained.document(), trained)))
        }
        "document" => Ok(Box::new(Trained::built_in()?.document())),
        "trained" => Ok(Box::new(Trained::built_in()?)),
        _ => Err(FeedbackError::unknown("prediction model", name, MODELS.iter().map(|(n, _)| *n))),
    }
}

/// A history as it would look without a cap on the player: what a capped player shows says nothing about what it could show.
pub fn as_uncapped(history: &[Telemetry]) -> Vec<Telemetry> {
    trained::without(history, &[&[Field::Bitrate, Field::Buffer, Field::Stalled]])
}

/// `trained` where it has more than radio values to look at.
struct Auto(Document, Trained);

impl Predictor for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn predict(&self, history: &[Telemetry]) -> Option<Prediction> {
        let more = [Field::Throughput, Field::Buffer, Field::Bitrate, Field::Stalled, Field::Latency];
        let has_more = features::recent(history).iter().any(|s| more.iter().any(|f| s.get(*f).is_some()));
        let document = self.0.predict(history);
        if !has_more && document.is_some() {
            return document;
        }
        self.1.predict(history)
    }
}
