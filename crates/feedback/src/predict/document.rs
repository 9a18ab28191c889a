//! The radio index of the seed document.

use super::forest::logistic;
use super::{Prediction, Predictor, Verdict};
use crate::telemetry::{Field, Telemetry};

/// From this index on the next seconds are called high quality. The two printed examples have 0.511 (needs adjustment) and 0.751
/// (high quality); the cut is half-way, and no more than a convention (C10).
pub const CUT: f64 = 0.63;

/// The predictor `document`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Document {
    /// How often windows were of high quality at an index: `logistic(a index + b)`.
    pub(super) calibration: (f64, f64),
}

impl Document {
    /// The mean of RSRP, RSRQ and SNR as shares of their described ranges, each kept within 0 and 1; of those that are there.
    ///
    /// ```
    /// use feedback::predict::Document;
    /// use feedback::telemetry::Telemetry;
    ///
    /// let index = |text| Telemetry::parse(text).ok().and_then(|t| Document::index(&t)).unwrap_or(f64::NAN);
    /// assert!((index("RSRP=-94.21,RSRQ=-12.45,SNR=8.32") - 0.511).abs() < 5e-4);
    /// assert!((index("RSRP=-88.76,RSRQ=-9.32,SNR=15.43") - 0.751).abs() < 5e-4);
    /// ```
    pub fn index(sample: &Telemetry) -> Option<f64> {
        let share = |field: Field| {
            let (low, high) = field.info().described;
            sample.get(field).map(|v| ((v - low) / (high - low)).clamp(0.0, 1.0))
        };
        let shares: Vec<f64> = [Field::Rsrp, Field::Rsrq, Field::Snr].into_iter().filter_map(share).collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }
}

impl Predictor for Document {
    fn name(&self) -> &'static str {
        "document"
    }

    fn predict(&self, history: &[Telemetry]) -> Option<Prediction> {
        let index = Self::index(history.last()?)?;
        Some(Prediction {
            label: Verdict::of(index >= CUT),
            probability_high: logistic(self.calibration.0 * index + self.calibration.1),
            model: "document".to_string(),
            index: Some(index),
        })
    }
}
