//! The predictor `trained`: boosted trees on the telemetry of the last ten seconds.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::drives::{Source, generated};
use super::features::{self, Features};
use super::forest::{Example, FitOptions, Forest, fit_logistic, logistic};
use super::{Document, Prediction, Predictor, Verdict};
use crate::FeedbackError;
use crate::telemetry::{Field, Telemetry};

/// Schema name and version of a stored model.
pub const MODEL_SCHEMA: &str = "segue.qoe-model/1";

const BUILT_IN: &str = include_str!("../../data/qoe_model.json");

/// Drives to fit to and to calibrate on, and how far their moments are apart.
const TRAINING: usize = 240;
const CALIBRATION: usize = 80;
/// The same of the witness: few, so that a test can fit it again.
const WITNESS: (usize, usize) = (24, 8);
const EVERY_S: f64 = 5.0;
const FIT: FitOptions = FitOptions { trees: 60, rate: 0.2, ridge: 5.0, least: 40.0 };

/// The fields of which a source may have only some; each group is left out in a part of the examples, so that the model learns what
/// to do without.
const RADIO: &[Field] = &[Field::Rsrp, Field::Rsrq, Field::Snr];
const LINK: &[Field] = &[Field::Latency, Field::Jitter, Field::Loss];
const RATE: &[Field] = &[Field::Throughput];
const PLAYER: &[Field] = &[Field::Buffer, Field::Bitrate, Field::Stalled];
/// What is left out of the copies of an example.
const WITHOUT: [&[&[Field]]; 6] =
    [&[], &[PLAYER], &[RADIO, LINK], &[RADIO, LINK, PLAYER], &[LINK, RATE, PLAYER], &[LINK, PLAYER]];

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    schema: String,
    /// How the model was made.
    about: String,
    /// [`witness`] of the code that made it.
    #[serde(default)]
    witness: String,
    /// The names of the features, in the order of the trees.
    features: Vec<String>,
    /// `logistic(a odds + b)` is the probability.
    calibration: (f64, f64),
    document_calibration: (f64, f64),
    forest: Forest,
}

impl Trained {
    /// The model that comes with the crate.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] should the committed file be damaged.
    pub fn built_in() -> Result<Trained, FeedbackError> {
        Trained::parse(BUILT_IN)
    }

    /// Reads a stored model.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] for what is no model of this schema and these features.
    pub fn parse(text: &str) -> Result<Trained, FeedbackError> {
        let wrong = |problem: String| FeedbackError::Backend { what: "the model".to_string(), problem };
        let model: Trained = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let sound = model.schema == MODEL_SCHEMA
            && model.features.iter().map(String::as_str).eq(features::names())
            && model.forest.is_sound();
        match sound {
            true => Ok(model),
            false => Err(wrong(format!("not of schema {MODEL_SCHEMA} with the features of this version"))),
        }
    }

    /// The model as it is stored: always the same bytes.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] should a number not be one.
    pub fn to_json(&self) -> Result<String, FeedbackError> {
        let text = serde_json::to_string(self)
            .map_err(|e| FeedbackError::Backend { what: "the model".to_string(), problem: e.to_string() })?;
        // A tree on each line, so that a change can be read.
        Ok(text.replace("{\"feature\"", "\n{\"feature\"") + "\n")
    }

    /// What [`witness`] said when the model was made; empty where that was not asked.
    pub fn witness(&self) -> &str {
        &self.witness
    }

    /// The predictor `document`, calibrated on the drives that this model was calibrated on.
    pub fn document(&self) -> Document {
        Document { calibration: self.document_calibration }
    }

    pub(super) fn probability(&self, x: &Features) -> f64 {
        logistic(self.calibration.0 * self.forest.log_odds(x) + self.calibration.1)
    }
}

impl Predictor for Trained {
    fn name(&self) -> &'static str {
        "trained"
    }

    fn predict(&self, history: &[Telemetry]) -> Option<Prediction> {
        let x = features::of(history);
        if x.iter().all(|v| v.is_nan()) {
            return None;
        }
        let probability_high = self.probability(&x);
        let label = Verdict::of(probability_high >= 0.5);
        Some(Prediction { label, probability_high, model: "trained".to_string(), index: None })
    }
}

pub(super) fn without(history: &[Telemetry], groups: &[&[Field]]) -> Vec<Telemetry> {
    let keep = |field: &Field| !groups.iter().any(|g| g.contains(field));
    let strip = |s: &Telemetry| {
        let mut left = Telemetry::at(s.time_s);
        s.fields().filter(|(f, _)| keep(f)).for_each(|(f, v)| left.set(f, v));
        left
    };
    history.iter().map(strip).collect()
}

/// Fits the model; `tell` hears how far it is (drives done, of how many).
///
/// # Errors
/// [`FeedbackError`] should a drive not be possible.
pub fn train(tell: &dyn Fn(usize, usize)) -> Result<Trained, FeedbackError> {
    let (model, _) = fit(TRAINING, CALIBRATION, tell)?;
    Ok(Trained { witness: witness()?, ..model })
}

/// The SHA-256 of what the first drives give to learn from, every bit of it, and of the model that is fitted to them alone. Whatever changes
/// the drives, their players, the features or the fit changes it within seconds, and with it the model that [`train`] makes.
///
/// # Errors
/// As [`train`].
pub fn witness() -> Result<String, FeedbackError> {
    let (model, examples) = fit(WITNESS.0, WITNESS.1, &|_, _| ())?;
    let mut hash = Sha256::new();
    for example in &examples {
        for value in example.features {
            // What is absent is absent, whichever bits say so.
            hash.update(if value.is_nan() { [u8::MAX; 8] } else { value.to_bits().to_le_bytes() });
        }
        hash.update([u8::from(example.label)]);
    }
    hash.update(model.to_json()?);
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The model of so many drives, with the examples that its trees were fitted to.
fn fit(
    training: usize,
    calibration: usize,
    tell: &dyn Fn(usize, usize),
) -> Result<(Trained, Vec<Example>), FeedbackError> {
    let all = training + calibration;
    let mut examples = Vec::new();
    for i in 0..training {
        for (k, moment) in generated(Source::Training, i, EVERY_S)?.moments.iter().enumerate() {
            for (w, groups) in WITHOUT.iter().enumerate() {
                // One in four has a single sample only, as from a form that is filled in by hand.
                let from = if (k + w) % 4 == 0 { moment.history.len() - 1 } else { 0 };
                let features = features::of(&without(&moment.history[from..], groups));
                examples.push(Example { features, label: moment.high });
            }
        }
        tell(i + 1, all);
    }
    let forest = Forest::fit(&examples, FIT);
    let (mut odds, mut index) = (Vec::new(), Vec::new());
    for i in 0..calibration {
        for (k, moment) in generated(Source::Calibration, i, EVERY_S)?.moments.iter().enumerate() {
            let groups = WITHOUT[k % WITHOUT.len()];
            odds.push((forest.log_odds(&features::of(&without(&moment.history, groups))), moment.high));
            index.extend(moment.history.last().and_then(Document::index).map(|x| (x, moment.high)));
        }
        tell(training + i + 1, all);
    }
    let model = Trained {
        schema: MODEL_SCHEMA.to_string(),
        about: format!(
            "boosted trees on {training} generated drives, calibrated on {calibration} others; cargo xtask train-qoe"
        ),
        witness: String::new(),
        features: features::names().map(str::to_string).collect(),
        calibration: fit_logistic(&odds),
        document_calibration: fit_logistic(&index),
        forest,
    };
    Ok((model, examples))
}
