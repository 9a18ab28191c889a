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

use super::timeline::{Fetched, Rung, Timeline};
use super::{Fault, Log, parse};

const SOURCE: &str = "Shaka";

/// The length of a piece where the statistics have none, in s.
const PIECE_S: f64 = 4.0;
/// The most pieces of a session.
const MOST: f64 = 1e6;

#[derive(Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase")]
struct Stats {
    state_history: Vec<State>,
    #[serde(default)]
    switch_history: Vec<Choice>,
    max_segment_duration: Option<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct State {
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
    let Some(playing) = states.iter().position(|s| s.state == "playing") else {
        return Err(Fault::new("stateHistory", "has no state 'playing', expected one"));
    };
    let mut notes = vec![
        "Shaka's statistics do not tell of requests: a piece is taken to arrive when it plays, of its nominal size".to_string(),
        "bitrates have the sound in them, and a choice counts from when it was made".to_string(),
    ];
    let piece = stats.max_segment_duration.filter(|d| *d > 0.0 && d.is_finite()).unwrap_or_else(|| {
        notes.push(format!("there is no maxSegmentDuration: pieces are {PIECE_S} s long"));
        PIECE_S
    });
    let paused = states[..playing].iter().filter(|s| s.state == "paused").map(|s| s.duration).sum::<f64>();
    let mut timeline = Timeline {
        origin: states[0].timestamp,
        startup: states[playing].timestamp - states[0].timestamp - paused,
        ..Timeline::default()
    };
    let mut stretches = Vec::new();
    // Playing time before a state, in s.
    let mut played = 0.0;
    for (i, s) in states.iter().enumerate().skip(playing) {
        if !(s.duration >= 0.0 && s.duration.is_finite() && s.timestamp.is_finite()) {
            return Err(Fault::new(
                format!("stateHistory[{i}]"),
                "has no time or no duration in s, expected both",
            ));
        }
        match s.state.as_str() {
            "playing" => {
                stretches.push((played, s));
                played += s.duration;
            }
            "buffering" => timeline.stalls.push((s.timestamp, s.duration)),
            "paused" => timeline.pauses.push((s.timestamp, s.duration)),
            _ => {}
        }
    }
    if played / piece > MOST {
        return Err(Fault::new(
            "maxSegmentDuration",
            format!("is {piece}, expected at most {MOST} pieces of {played:e} s"),
        ));
    }
    let mut choices: Vec<(f64, f64)> = stats
        .switch_history
        .iter()
        .filter(|c| c.kind == "variant")
        .filter_map(|c| Some((c.timestamp, c.bandwidth.filter(|b| *b >= 1.0 && b.is_finite())?)))
        .collect();
    choices.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut begun = 0;
    for k in 0..(played / piece - 1e-9).ceil().max(0.0) as usize {
        let media = k as f64 * piece;
        while stretches.get(begun + 1).is_some_and(|next| next.0 <= media) {
            begun += 1;
        }
        let (before, state) = &stretches[begun];
        let at = state.timestamp + (media - before);
        let made = choices.partition_point(|c| c.0 <= at);
        let in_force = choices.get(made.saturating_sub(1));
        let Some((_, bandwidth)) = in_force else {
            return Err(Fault::new(
                "switchHistory",
                "has no choice of type 'variant' with a bandwidth, expected one",
            ));
        };
        let duration = piece.min(played - media);
        timeline.fetched.push(Fetched {
            rung: Rung::Nominal(bandwidth.round() as u64),
            bytes: bandwidth * duration / 8.0,
            request: at,
            first_byte: at,
            finish: at,
            duration,
            ssim: None,
        });
    }
    let record = timeline.record(SOURCE)?;
    Ok(Log { source: SOURCE, sessions: vec![(String::new(), record)], notes })
}
