//! What viewers say: is it praise or a complaint, and about what.
//!
//! | backend | what it is | languages |
//! |---|---|---|
//! | `vader` | [`Vader`], a port of VADER 3.3.2, exact | English |
//! | `default` | [`Streaming`], VADER with the vocabulary of people who watch streams | English |
//! | `minilm:FOLDER` | a network of the BERT family (feature `minilm`) | those of the folder |
//!
//! A text in another language has no words that the first two know, and is neutral.

mod agreement;
mod aspect;
#[cfg(feature = "minilm")]
pub mod minilm;
mod streaming;
mod timed;
mod vader;

use serde::{Deserialize, Serialize};

pub use agreement::Agreement;
pub use aspect::{Aspect, of as aspect_of};
pub use streaming::Streaming;
pub use timed::Timed;
pub use vader::{Scores, Vader};

use crate::FeedbackError;

/// A backend judges the first so many bytes of a message; what follows changes no judgement and costs no time.
pub const LONGEST: usize = 4096;

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Label {
    Negative,
    Neutral,
    Positive,
}

impl Label {
    /// All labels.
    pub const ALL: [Label; 3] = [Label::Negative, Label::Neutral, Label::Positive];

    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Label::Negative => "NEGATIVE",
            Label::Neutral => "NEUTRAL",
            Label::Positive => "POSITIVE",
        }
    }
}

/// A judgement of a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    pub label: Label,
    /// How likely the label is right, 0 to 1.
    pub confidence: f64,
    /// How strongly it says so, -1 to 1.
    pub score: f64,
    pub aspect: Aspect,
}

impl Opinion {
    /// The opinion behind a score of -1 to 1.
    ///
    /// The confidence is `1 / (1 + exp(0.07 - 4.1 |score|))`. The constants were fitted to how often VADER is right where it takes sides, on the
    /// 3,000 sentences of Kotzias et al. (2015); a neutral text gets the confidence of a score of 0.
    pub fn new(label: Label, score: f64, aspect: Aspect) -> Opinion {
        let strength = if label == Label::Neutral { 0.0 } else { score.abs() };
        let confidence = 1.0 / (1.0 + libm::exp(-(CONFIDENCE.0 + CONFIDENCE.1 * strength)));
        Opinion { label, confidence, score, aspect }
    }
}

const CONFIDENCE: (f64, f64) = (-0.07, 4.1);

/// Something that judges texts.
pub trait Sentiment: Send + Sync {
    /// The name that it is chosen by.
    fn name(&self) -> &'static str;

    /// What a text says.
    fn judge(&self, text: &str) -> Result<Opinion, FeedbackError>;
}

/// Every backend: its name, and a line about it.
pub const BACKENDS: &[(&str, &str)] = &[
    ("default", "VADER with the vocabulary of streaming; English"),
    ("vader", "VADER 3.3.2, exact; English"),
    ("minilm", "minilm:FOLDER, a network of the BERT family; the languages of the folder"),
];

/// The backend of a name: `default`, `vader`, or `minilm:FOLDER` where the build has it.
///
/// # Errors
/// [`FeedbackError::Unknown`]; [`FeedbackError::Value`] without a folder; [`FeedbackError::Backend`] where the build or the folder is
/// not up to it.
pub fn backend(name: &str) -> Result<Box<dyn Sentiment>, FeedbackError> {
    match name.split_once(':').unwrap_or((name, "")) {
        ("default", "") => Ok(Box::new(Streaming::new())),
        ("vader", "") => Ok(Box::new(Vader::new())),
        ("minilm", "") => Err(FeedbackError::value("sentiment backend", "minilm", "minilm:FOLDER")),
        ("minilm", folder) => minilm(folder),
        _ => Err(FeedbackError::unknown("sentiment backend", name, BACKENDS.iter().map(|(n, _)| *n))),
    }
}

#[cfg(feature = "minilm")]
fn minilm(folder: &str) -> Result<Box<dyn Sentiment>, FeedbackError> {
    Ok(Box::new(minilm::MiniLm::open(std::path::Path::new(folder))?))
}

#[cfg(not(feature = "minilm"))]
fn minilm(_folder: &str) -> Result<Box<dyn Sentiment>, FeedbackError> {
    Err(FeedbackError::Backend {
        what: "sentiment backend minilm".to_string(),
        problem: "this build has none; build with --features minilm".to_string(),
    })
}

/// The part of a message that is judged.
fn bounded(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    &text[..end]
}
