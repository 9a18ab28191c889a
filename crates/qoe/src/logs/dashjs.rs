//! The metrics that dash.js keeps of a medium (`HttpList`, `PlayList`, ...), as JSON.
//!
//! | | |
//! |---|---|
//! | source | ISO/IEC 23009-1 annex D; dash.js 2 to 4: `MetricsList`, `HTTPRequest`, `PlayList` |
//! | text | the object of the picture, or `{"video": OBJECT, ...}` |
//! | segment | an entry of `HttpList` with `type` `MediaSegment` and a `responsecode` of 2xx (none counts as one) |
//! | times | `trequest`, `tresponse`, `_tfinish`: dates |
//! | size | the sum of `trace[].b`, in bytes |
//! | rung | `_quality`; its bitrate is the mean of its measured sizes |
//! | duration | `_mediaduration`, in s |
//! | playback | `PlayList[].trace[]`: `start`, and `duration` in **ms** as dash.js writes it; a gap after the `stopreason` `rebuffering` is a stall, after `user_request` a pause |

use serde::Deserialize;

use super::timeline::{Fetched, Rung, Timeline};
use super::{Fault, Log, instant, parse};

const SOURCE: &str = "dash.js";

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Media {
    video: Metrics,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Metrics {
    #[serde(rename = "HttpList")]
    requests: Vec<Request>,
    #[serde(rename = "PlayList", default)]
    playback: Vec<Play>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Request {
    #[serde(rename = "type")]
    kind: Option<String>,
    responsecode: Option<i64>,
    trequest: Option<String>,
    tresponse: Option<String>,
    #[serde(rename = "_tfinish")]
    finish: Option<String>,
    #[serde(rename = "_mediaduration")]
    duration: Option<f64>,
    #[serde(rename = "_quality")]
    quality: Option<serde_json::Value>,
    #[serde(default)]
    trace: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Part {
    #[serde(default)]
    b: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Play {
    #[serde(default)]
    trace: Vec<Stretch>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Stretch {
    start: String,
    duration: Option<f64>,
    stopreason: Option<String>,
}

pub(super) fn read_of_media(text: &str) -> Result<Log, Fault> {
    parse::<Media>(text).and_then(|media| session(&media.video))
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    parse::<Metrics>(text).and_then(|metrics| session(&metrics))
}

fn session(metrics: &Metrics) -> Result<Log, Fault> {
    let (mut fetched, mut failed) = (Vec::new(), 0);
    for (i, r) in metrics.requests.iter().enumerate() {
        if r.kind.as_deref() != Some("MediaSegment") {
            continue;
        }
        if !matches!(r.responsecode, None | Some(200..=299)) {
            failed += 1;
            continue;
        }
        fetched.push(segment(&format!("HttpList[{i}]"), r)?);
    }
    let mut notes = vec!["bitrates are the means of the measured sizes of a quality".to_string()];
    if failed > 0 {
        notes.push(format!("{failed} request(s) that failed are left out"));
    }
    let stretches = stretches(&metrics.playback)?;
    let mut timeline = Timeline::of_arrivals(fetched);
    match stretches.first() {
        None => notes.push("there is no PlayList: start and stalls follow from the arrivals".into()),
        Some(first) => {
            timeline.startup = first.0 - timeline.origin;
            (timeline.stalls, timeline.pauses) = gaps(&stretches);
        }
    }
    let record = timeline.record(SOURCE)?;
    Ok(Log { source: SOURCE, sessions: vec![(String::new(), record)], notes, nominal: false })
}

fn segment(field: &str, r: &Request) -> Result<Fetched, Fault> {
    let missing = |name: &str| Fault::new(format!("{field}.{name}"), "is missing");
    let at = |name: &str, text: &Option<String>| match text {
        Some(text) => instant(&format!("{field}.{name}"), text),
        None => Err(missing(name)),
    };
    let request = at("trequest", &r.trequest)?;
    let finish = at("_tfinish", &r.finish)?;
    let first_byte = match &r.tresponse {
        Some(_) => at("tresponse", &r.tresponse)?.min(finish),
        None => finish,
    };
    let quality = r.quality.as_ref().filter(|q| !q.is_null()).ok_or_else(|| missing("_quality"))?;
    Ok(Fetched {
        rung: Rung::Named(quality.to_string()),
        bytes: r.trace.iter().flat_map(|t| &t.b).sum(),
        request,
        first_byte,
        finish,
        duration: r.duration.ok_or_else(|| missing("_mediaduration"))?,
        ssim: None,
    })
}

/// When the picture moved: from, until, and why it ended; in the order of time.
fn stretches(playback: &[Play]) -> Result<Vec<(f64, f64, &str)>, Fault> {
    let mut all = Vec::new();
    for (p, play) in playback.iter().enumerate() {
        for (t, stretch) in play.trace.iter().enumerate() {
            let start = instant(&format!("PlayList[{p}].trace[{t}].start"), &stretch.start)?;
            let end = start + stretch.duration.unwrap_or(0.0) / 1e3;
            all.push((start, end, stretch.stopreason.as_deref().unwrap_or_default()));
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(all)
}

/// A time at which playback stood, and how long.
type Stood = Vec<(f64, f64)>;

/// The stalls and the pauses between them.
fn gaps(stretches: &[(f64, f64, &str)]) -> (Stood, Stood) {
    let (mut stalls, mut pauses) = (Vec::new(), Vec::new());
    for (before, after) in stretches.iter().zip(stretches.iter().skip(1)) {
        let gap = after.0 - before.1;
        match before.2 {
            "rebuffering" if gap > 0.0 => stalls.push((before.1, gap)),
            "user_request" if gap > 0.0 => pauses.push((before.1, gap)),
            _ => {}
        }
    }
    (stalls, pauses)
}
