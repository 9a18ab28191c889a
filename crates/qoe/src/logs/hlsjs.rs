//! The event log of the demo page of hls.js: the object that it draws and exports (`t0`, `load`, `bitrate`, `video`, ...).
//!
//! | | |
//! |---|---|
//! | source | hls.js, `demo/main.js`: handlers of `FRAG_BUFFERED`, of the events of the video element, and `checkBuffer` |
//! | segment | an entry of `load` of the type `main fragment`; the entry of `bitrate` that was logged with it tells its duration |
//! | times | in ms: request at `time`, first byte `latency` later, end `load` after that |
//! | size | `size`, in bytes |
//! | rung | `id`, the level; its bitrate is the mean of its measured sizes |
//! | playback | `video`: starts with the first `playing`; a `buffering` after it is a stall of `duration` ms; `pause` until `playing` is a pause |

use serde::Deserialize;

use super::timeline::{Fetched, Rung, Timeline};
use super::{Fault, Log, parse};

const SOURCE: &str = "hls.js";

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Events {
    load: Vec<Load>,
    bitrate: Vec<Bitrate>,
    #[serde(default)]
    video: Vec<Shown>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Load {
    #[serde(rename = "type")]
    kind: String,
    id: Option<i64>,
    time: f64,
    #[serde(default)]
    latency: f64,
    load: Option<f64>,
    size: Option<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Bitrate {
    duration: f64,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Shown {
    #[serde(rename = "type")]
    kind: String,
    time: f64,
    duration: Option<f64>,
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    let events: Events = parse(text)?;
    let fragments: Vec<(usize, &Load)> =
        events.load.iter().enumerate().filter(|(_, l)| l.kind.ends_with("fragment")).collect();
    if fragments.len() != events.bitrate.len() {
        let problem =
            format!("has {} fragments, expected {} as in bitrate", fragments.len(), events.bitrate.len());
        return Err(Fault::new("load", problem));
    }
    let mut fetched = Vec::new();
    for ((i, l), bitrate) in fragments.into_iter().zip(&events.bitrate) {
        if !l.kind.starts_with("main") {
            continue;
        }
        let missing = |name: &str| Fault::new(format!("load[{i}].{name}"), "is missing");
        let request = l.time / 1e3;
        let first_byte = request + l.latency / 1e3;
        fetched.push(Fetched {
            rung: Rung::Named(l.id.ok_or_else(|| missing("id"))?.to_string()),
            bytes: l.size.ok_or_else(|| missing("size"))?,
            request,
            first_byte,
            finish: first_byte + l.load.ok_or_else(|| missing("load"))? / 1e3,
            duration: bitrate.duration,
            ssim: None,
        });
    }
    let mut notes = vec!["bitrates are the means of the measured sizes of a level".to_string()];
    let mut timeline = Timeline::of_arrivals(fetched);
    match events.video.iter().position(|v| v.kind == "playing") {
        None => notes.push("playback never began in video: start and stalls follow from the arrivals".into()),
        Some(first) => {
            timeline.startup = events.video[first].time / 1e3 - timeline.origin;
            let open = interruptions(&events.video[first..], &mut timeline);
            if open > 0 {
                notes.push(format!("{open} interruption(s) had not ended and are left out"));
            }
        }
    }
    if events.video.iter().any(|v| v.kind == "seeking") {
        notes.push("the viewer sought: where to is not told, and all segments count as played".into());
    }
    let record = timeline.record(SOURCE)?;
    Ok(Log { source: SOURCE, sessions: vec![(String::new(), record)], notes, nominal: false })
}

/// What happened since playback began; how much of it had no end.
fn interruptions(video: &[Shown], timeline: &mut Timeline) -> usize {
    (timeline.stalls, timeline.pauses) = (Vec::new(), Vec::new());
    let (mut paused, mut open) = (None, 0);
    for v in video {
        let at = v.time / 1e3;
        match (v.kind.as_str(), v.duration, paused) {
            ("buffering", Some(ms), _) => timeline.stalls.push((at, ms / 1e3)),
            ("buffering", None, _) => open += 1,
            ("pause", _, None) => paused = Some(at),
            ("playing", _, Some(since)) => {
                timeline.pauses.push((since, at - since));
                paused = None;
            }
            _ => {}
        }
    }
    open
}
