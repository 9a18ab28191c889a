//! The table of all cells: what prediction, sentiment and buffer together call for (C9 of the seed document leaves it open).

use serde::Serialize;

use crate::predict::Verdict;
use crate::sentiment::{Aspect, Label};

/// How full the player's buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BufferState {
    /// Playback stands still, or less than 2 s.
    Empty,
    /// Less than a quarter of the target.
    Low,
    /// At least a quarter of the target.
    Healthy,
    /// Nobody says.
    Unknown,
}

impl BufferState {
    /// All.
    pub const ALL: [BufferState; 4] =
        [BufferState::Empty, BufferState::Low, BufferState::Healthy, BufferState::Unknown];

    /// The state that a level means for a target, both in s.
    pub fn of(level_s: Option<f64>, stalled: bool, target_s: f64) -> BufferState {
        match level_s {
            _ if stalled => BufferState::Empty,
            None => BufferState::Unknown,
            Some(level) if level < 2.0 => BufferState::Empty,
            Some(level) if level < target_s / 4.0 => BufferState::Low,
            Some(_) => BufferState::Healthy,
        }
    }

    fn name(self) -> &'static str {
        match self {
            BufferState::Empty => "empty",
            BufferState::Low => "low",
            BufferState::Healthy => "healthy",
            BufferState::Unknown => "unknown",
        }
    }
}

/// What a cell calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// One rung of the cap up, where there is one.
    Raise,
    Keep,
    /// The cap down: from no cap to 720p, then one rung at a time.
    Lower,
    Buffer,
}

impl Call {
    fn name(self) -> &'static str {
        match self {
            Call::Raise => "raise cap",
            Call::Keep => "keep",
            Call::Lower => "lower cap",
            Call::Buffer => "buffer more",
        }
    }
}

/// What a cell calls for, and why.
pub fn cell(prediction: Option<Verdict>, sentiment: Label, buffer: BufferState) -> (Call, &'static str) {
    use BufferState::{Empty, Healthy, Low, Unknown};
    use Label::{Negative, Neutral, Positive};
    match (prediction, sentiment, buffer) {
        (Some(Verdict::NeedsAdjustment), Negative, Healthy) => {
            (Call::Buffer, "trouble is expected and the viewer complains: the buffer bridges it, hold more")
        }
        (Some(Verdict::NeedsAdjustment), Negative, Empty | Unknown) => {
            (Call::Lower, "trouble is expected and the viewer complains")
        }
        (Some(Verdict::NeedsAdjustment), _, Empty) => (
            Call::Buffer,
            "trouble is expected and the buffer is empty: hold more, the player's rule sees it",
        ),
        (Some(Verdict::NeedsAdjustment), _, Low) => {
            (Call::Keep, "trouble is expected, the player's rule sees its buffer")
        }
        (Some(Verdict::NeedsAdjustment), Neutral | Positive, Healthy) => {
            (Call::Keep, "trouble is expected, the buffer can bridge it")
        }
        (Some(Verdict::NeedsAdjustment), Neutral, Unknown) => {
            (Call::Lower, "trouble is expected and nothing says that the buffer bridges it")
        }
        (Some(Verdict::NeedsAdjustment), Positive, Unknown) => {
            (Call::Keep, "trouble is expected, the viewer is content")
        }
        (Some(Verdict::HighQuality), Negative, Empty | Low) => {
            (Call::Buffer, "the network is good, the buffer is not: hold more")
        }
        (Some(Verdict::HighQuality), Negative, Healthy) => {
            (Call::Raise, "the network and the buffer are good: more quality is what is left to give")
        }
        (Some(Verdict::HighQuality), Negative, Unknown) => {
            (Call::Buffer, "the network is good, the viewer complains: hold more against what is not seen")
        }
        (Some(Verdict::HighQuality), Neutral, Healthy) => (Call::Raise, "all is well: room for more"),
        (Some(Verdict::HighQuality), Positive, _) => (Call::Keep, "all is well"),
        (Some(Verdict::HighQuality), Neutral, _) => (Call::Keep, "the network is good"),
        (None, Negative, Empty | Low) => (Call::Lower, "the viewer complains and the buffer is short"),
        (None, Negative, _) => (Call::Buffer, "the viewer complains, of the network nothing is known"),
        (None, _, Empty) => (Call::Buffer, "the buffer is empty, of the network nothing is known"),
        (None, _, _) => (Call::Keep, "nothing calls for a change"),
    }
}

/// What a cell calls for when it is known what the complaint is about.
///
/// A complaint about the picture while the network is good asks for more quality, and never lowers the cap while there is a buffer; one about stalls for more buffer, one about the
/// delay for nothing that costs more delay; one about sound or a crash is no matter of the network.
pub fn cell_about(
    prediction: Option<Verdict>,
    sentiment: Label,
    aspect: Aspect,
    buffer: BufferState,
) -> (Call, &'static str) {
    let (call, reason) = cell(prediction, sentiment, buffer);
    if sentiment != Label::Negative {
        return (call, reason);
    }
    match aspect {
        Aspect::Audio => (Call::Keep, "sound is no matter of the bitrate"),
        Aspect::Quality
            if call == Call::Lower && matches!(buffer, BufferState::Low | BufferState::Healthy) =>
        {
            (Call::Keep, "the viewer wants a better picture: the network has none, a lower cap is no help")
        }
        _ if call == Call::Lower => (call, reason),
        Aspect::Quality if prediction == Some(Verdict::HighQuality) && buffer != BufferState::Empty => {
            (Call::Raise, "the network is good and the viewer wants a better picture")
        }
        Aspect::Rebuffer | Aspect::Startup | Aspect::Smooth if call == Call::Raise => {
            (Call::Buffer, "the network is good, the viewer complains of stalls: hold more")
        }
        Aspect::Latency if call == Call::Buffer => (Call::Keep, "a longer buffer would add to the delay"),
        _ => (call, reason),
    }
}

/// The whole table in Markdown, for `docs/feedback.md`.
pub fn markdown() -> String {
    let mut text =
        String::from("| prediction | sentiment | buffer | call | because |\n|---|---|---|---|---|\n");
    for prediction in [Some(Verdict::HighQuality), Some(Verdict::NeedsAdjustment), None] {
        for sentiment in [Label::Positive, Label::Neutral, Label::Negative] {
            for buffer in BufferState::ALL {
                let (call, reason) = cell(prediction, sentiment, buffer);
                let prediction = prediction.map_or("none", Verdict::name);
                let (sentiment, buffer, call) = (sentiment.name(), buffer.name(), call.name());
                text.push_str(&format!("| {prediction} | {sentiment} | {buffer} | {call} | {reason} |\n"));
            }
        }
    }
    text
}
