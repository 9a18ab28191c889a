//! One message and one sample of telemetry: what is expected, what is said, what to do.

use serde::Serialize;

use crate::FeedbackError;
use crate::control::{Controller, ControllerOptions, Crowd, Decision, Inputs, command};
use crate::predict::{Prediction, Predictor};
use crate::sentiment::{Opinion, Sentiment};
use crate::telemetry::{Field, Flag, Telemetry};

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub network: Telemetry,
    /// What of that is not as described.
    pub flags: Vec<Flag>,
    /// What the viewer says, its first part where it is very long.
    pub feedback: String,
    /// What is expected; None where nothing is known of the network.
    pub prediction: Option<Prediction>,
    /// What the text says.
    pub sentiment: Opinion,
    /// What to do, and why.
    pub action: Decision,
}

/// How much of a message is repeated.
const SHOWN: usize = 4096;

impl Answer {
    /// The answer to a message, from the last samples of telemetry (the latest last) and a controller that has done nothing yet.
    ///
    /// # Errors
    /// [`FeedbackError`] where the sentiment backend fails.
    pub fn to(
        text: &str,
        history: &[Telemetry],
        sentiment: &dyn Sentiment,
        predictor: &dyn Predictor,
    ) -> Result<Answer, FeedbackError> {
        let network = history.last().cloned().unwrap_or_default();
        let opinion = sentiment.judge(text)?;
        let prediction = predictor.predict(history);
        let mut crowd = Crowd::default();
        crowd.say("", 0.0, &opinion);
        let inputs = Inputs {
            prediction: prediction.as_ref(),
            mood: crowd.mood(0.0),
            buffer_s: network.get(Field::Buffer),
            stalled: network.get(Field::Stalled).is_some_and(|s| s > 0.0),
            asked: command(text),
        };
        let mut controller = Controller::new(ControllerOptions::default())?;
        let Some(action) = controller.step(0.0, &inputs).into_iter().next() else {
            return Err(FeedbackError::value("controller", "no decision", "one"));
        };
        let feedback = shown(text);
        Ok(Answer { flags: network.flags(), network, feedback, prediction, sentiment: opinion, action })
    }

    /// The lines of the seed document's examples: of a typed message, or of one that was spoken.
    pub fn lines(&self, spoken: bool) -> Vec<String> {
        let network = format!("Network: {}", self.network.dictionary());
        let first = match spoken {
            true => [format!("Audio captured: \"{}\"", self.feedback), network],
            false => [network, format!("Feedback (text): {}", self.feedback)],
        };
        let expected = self.prediction.as_ref().map_or("Unknown (no telemetry)", |p| p.label.name());
        let Opinion { label, confidence, .. } = self.sentiment;
        let rest = [
            format!("QoE Prediction: {expected}"),
            format!("Sentiment: {} ({:.2}%)", label.name(), 100.0 * confidence),
            format!("Action: {}", self.action.action),
        ];
        first.into_iter().chain(rest).collect()
    }
}

/// A message as it is repeated: without what would speak to a terminal, and not too long.
pub fn shown(text: &str) -> String {
    let mut out: String =
        text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if text.trim().chars().nth(SHOWN).is_some() {
        out.push_str("...");
    }
    out
}
