//! What a monitor says.

use std::fmt::{self, Write};

use units::Seconds;

/// The state of playback and buffer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No level was enough to play yet.
    Startup,
    /// Playback stands still.
    Stalled,
    /// It plays, but the buffer is low.
    Low,
    /// It plays, and the buffer is not low.
    Healthy,
}

impl Condition {
    /// The word in the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Condition::Startup => "startup",
            Condition::Stalled => "stalled",
            Condition::Low => "low",
            Condition::Healthy => "healthy",
        }
    }
}

/// The health of a buffer at a time. "The window" is the last 10 s, or the time since the first update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// The state. JSON: `state`, one of `startup`, `stalled`, `low`, `healthy`.
    pub condition: Condition,
    /// 0 to 100. JSON: `qoeScore`.
    pub qoe_score: f64,
    /// Stalls that have begun. JSON: `stallCount`.
    pub stall_count: u64,
    /// Time in stalls, the running one included. JSON: `totalStallDuration`, in seconds as every time.
    pub total_stall_duration: Seconds,
    /// The part of it that is in the window. JSON: `windowStallDuration`.
    pub window_stall_duration: Seconds,
    /// Time in stalls over time since playback began, 0 to 1. JSON: `stallRatio`.
    pub stall_ratio: f64,
    /// The last level. JSON: `bufferLevel`.
    pub buffer_level: Seconds,
    /// The mean level of the window by time; where no time has passed the last level. JSON: `avgBufferLevel`.
    pub avg_buffer_level: Seconds,
    /// The same with more weight on what is newer: what the score counts. JSON: `recentBufferLevel`.
    pub recent_buffer_level: Seconds,
    /// The lowest level of the window, to seven digits. JSON: `minBufferLevel`.
    pub min_buffer_level: Seconds,
    /// How fast the level rises: the least-squares slope of the window in seconds per second. JSON: `trend`.
    pub trend: f64,
    /// When the buffer will be empty if the trend goes on; `None` where it does not fall. JSON: `timeToEmpty`, or `null`.
    pub time_to_empty: Option<Seconds>,
    /// Time since the first update. JSON: `observedTime`.
    pub observed: Seconds,
}

impl Metrics {
    /// Writes one JSON object into what the caller keeps for it.
    ///
    /// # Errors
    /// Those of the writer; a `String` has none.
    pub fn write_json(&self, out: &mut impl Write) -> fmt::Result {
        let s = Seconds::get;
        write!(
            out,
            "{{\"qoeScore\":{},\"stallCount\":{},\"totalStallDuration\":{},\"avgBufferLevel\":{},\"state\":\"{}\",\
             \"bufferLevel\":{},\"recentBufferLevel\":{},\"minBufferLevel\":{},\"trend\":{},\"timeToEmpty\":",
            self.qoe_score,
            self.stall_count,
            s(self.total_stall_duration),
            s(self.avg_buffer_level),
            self.condition.word(),
            s(self.buffer_level),
            s(self.recent_buffer_level),
            s(self.min_buffer_level),
            self.trend,
        )?;
        match self.time_to_empty {
            Some(time) => write!(out, "{}", s(time))?,
            None => out.write_str("null")?,
        }
        write!(
            out,
            ",\"windowStallDuration\":{},\"stallRatio\":{},\"observedTime\":{}}}",
            s(self.window_stall_duration),
            self.stall_ratio,
            s(self.observed),
        )
    }

    /// One JSON object, `{"qoeScore": ..., "stallCount": ..., "totalStallDuration": ..., "avgBufferLevel": ..., ...}`.
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(400);
        // A string takes everything.
        let _ = self.write_json(&mut text);
        text
    }
}
