//! What Shaka's `player.getStats()` returns, as JSON.
//!
//! | | |
//! |---|---|
//! | source | Shaka Player 2.5 to 4, `shaka.extern.Stats`, `StateChange`, `TrackChoice` |
//! | playback | `stateHistory`: `timestamp` in s since 1970, `state`, `duration` in s. `buffering` before the first `playing` is the startup, after it a stall; `paused` is a pause |
//! | rung | the `bandwidth` (bit/s, sound included) of the last choice of type `variant` in `switchHistory` before a piece plays |
//! | segment | a piece of the playing time, `maxSegmentDuration` long, or 4 s where that is missing |
//!
//! It does not tell of requests: a piece is taken to arrive when it plays, of its nominal size.

use serde::Deserialize;

use super::states::{PIECE_S, Playback, State};
use super::{Fault, Log, parse};

const SOURCE: &str = "Shaka";

#[derive(Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase")]
struct Stats {
    state_history: Vec<Stretch>,
    #[serde(default)]
    switch_history: Vec<Choice>,
    max_segment_duration: Option<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Stretch {
    timestamp: f64,
    state: String,
    duration: f64,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Choice {
    timestamp: f64,
    #[serde(rename = "type")]
    kind: String,
    bandwidth: Option<f64>,
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    let stats: Stats = parse(text)?;
    let states = &stats.state_history;
    let unplayed = || Fault::new("stateHistory", "has no state 'playing', expected one");
    if states.is_empty() {
        return Err(unplayed());
    }
    let mut notes = vec![
        "Shaka's statistics do not tell of requests: a piece is taken to arrive when it plays, of its nominal size".to_string(),
        "bitrates have the sound in them, and a choice counts from when it was made".to_string(),
    ];
    let piece = stats.max_segment_duration.filter(|d| *d > 0.0 && d.is_finite()).unwrap_or_else(|| {
        notes.push(format!("there is no maxSegmentDuration: pieces are {PIECE_S} s long"));
        PIECE_S
    });
    let mut playback = Playback::default();
    for (i, s) in states.iter().enumerate() {
        if !(s.duration >= 0.0 && s.duration.is_finite() && s.timestamp.is_finite()) {
            return Err(Fault::new(
                format!("stateHistory[{i}]"),
                "has no time or no duration in s, expected both",
            ));
        }
        let state = match s.state.as_str() {
            "playing" => State::Playing,
            "buffering" => State::Stalled,
            "paused" => State::Paused,
            "ended" => State::Ended,
            _ => continue,
        };
        playback.states.push((s.timestamp, state));
    }
    let end = states.last().map_or(0.0, |s| s.timestamp + s.duration);
    playback.heard = (states[0].timestamp, end);
    playback.states.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rates: Vec<(f64, f64)> = stats
        .switch_history
        .iter()
        .filter(|c| c.kind == "variant")
        .filter_map(|c| Some((c.timestamp, c.bandwidth.filter(|b| *b >= 1.0 && b.is_finite())?)))
        .collect();
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let seen = playback.seen().ok_or_else(unplayed)?;
    let timeline = seen.in_pieces(piece, &rates, ("switchHistory", "maxSegmentDuration"))?;
    let record = timeline.record(SOURCE)?;
    Ok(Log { source: SOURCE, sessions: vec![(String::new(), record)], notes, nominal: true })
}
