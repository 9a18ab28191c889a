//! The simulator for browsers and Node: one session by the words of the command line, and what a page needs to draw it.
//! It computes nothing itself.

use std::sync::Arc;

use qoe::{AvSync, SUMMARY_SCHEMA, Session, Summary, Viewing};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use units::Seconds;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = r#"
/** What `segue run` takes. Networks and videos are presets (`3g,seed=1`, `cbr,ladder=300/1200`) or given. */
export interface Setup {
    trace: string | { name: string; duration_s: number[]; rate_mbps: number[]; latency_s?: number };
    video: string;
    abr: string;
    profile?: string;
    impair?: string[];
    qoe?: string[];
    seed?: number;
}
"#;

/// What is simulated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setup {
    trace: TraceSource,
    video: String,
    abr: String,
    #[serde(default = "default_profile")]
    profile: String,
    #[serde(default)]
    impair: Vec<String>,
    #[serde(default)]
    qoe: Vec<String>,
    #[serde(default)]
    seed: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TraceSource {
    Preset(String),
    Steps {
        name: String,
        duration_s: Vec<f64>,
        rate_mbps: Vec<f64>,
        #[serde(default)]
        latency_s: f64,
    },
}

fn default_profile() -> String {
    "default".to_string()
}

/// The models that are asked when none is named, as in the command.
const MODELS: [&str; 3] = ["bola", "pensieve-lin", "yin"];

/// What a session says: the fields of `segue run --json`, and what is drawn.
#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    abr: &'a str,
    profile: &'a str,
    trace: &'a str,
    video: &'a str,
    seed: u64,
    #[serde(flatten)]
    summary: Summary,
    av_sync: AvSync,
    qoe: Map<String, Value>,
    ladder_kbps: Vec<f64>,
    capacity_s: f64,
    downloads: Vec<Value>,
    stalls: Vec<[f64; 2]>,
    buffer: Vec<[f64; 2]>,
    link: Vec<[f64; 2]>,
}

/// Runs one session. `setup` is a Setup as JSON; the answer is JSON: the fields of `segue run --json`, and the series of its
/// chart (`downloads`, `stalls` and `buffer` in seconds, `link` in seconds and Mbit/s).
///
/// # Errors
/// Says which part is wrong and what was expected, as the command does.
#[wasm_bindgen]
pub fn simulate(setup: &str) -> Result<String, JsError> {
    answer(setup).map_err(|e| JsError::new(&e))
}

/// What can be asked for by name, as JSON: `abr`, `qoe`, `profiles`, `impairments`, `traces`, `videos`, `ladders`, each a list of
/// `{name, about, options: [{name, default, about}]}`.
#[wasm_bindgen]
pub fn registry() -> String {
    let entries = |all: &mut dyn Iterator<Item = &'static spec::Entry>| -> Value {
        let one = |e: &'static spec::Entry| {
            let options: Vec<Value> = e
                .options
                .iter()
                .map(|o| json!({ "name": o.key, "default": o.default, "about": o.about }))
                .collect();
            json!({ "name": e.name, "about": e.about, "options": options })
        };
        all.map(one).collect()
    };
    json!({
        "abr": entries(&mut abr::entries()),
        "qoe": entries(&mut qoe::models().iter().map(|m| &m.entry)),
        "profiles": entries(&mut sim::profiles()),
        "impairments": entries(&mut netmodel::impair::all()),
        "traces": entries(&mut netmodel::generators::all()),
        "videos": entries(&mut media::presets::all().iter()),
    })
    .to_string()
}

/// The same without JavaScript's types.
///
/// # Errors
/// As [`simulate`].
pub fn answer(setup: &str) -> Result<String, String> {
    let setup: Setup = serde_json::from_str(setup).map_err(|e| format!("setup: {e}"))?;
    let trace = Arc::new(match &setup.trace {
        TraceSource::Preset(spec) => {
            netmodel::generators::generate(spec, setup.seed).map_err(|e| e.to_string())?
        }
        TraceSource::Steps { name, duration_s, rate_mbps, latency_s } => {
            if duration_s.len() != rate_mbps.len() {
                return Err("trace: expected as many rate_mbps as duration_s".to_string());
            }
            let steps: Vec<(f64, f64)> = duration_s.iter().copied().zip(rate_mbps.iter().copied()).collect();
            netmodel::Trace::steps(name, &steps, Seconds::new(*latency_s)).map_err(|e| e.to_string())?
        }
    });
    let video = media::presets::generate(&setup.video, setup.seed).map_err(|e| e.to_string())?;
    let profile =
        sim::profile(&setup.profile).and_then(|p| p.impaired(&setup.impair)).map_err(|e| e.to_string())?;
    let session =
        sim::session(&trace, &video, setup.abr.trim(), &profile, setup.seed).map_err(|e| e.to_string())?;
    let viewing = Viewing::of(&session).describe(video.ladder());
    let models: Vec<String> = match setup.qoe.is_empty() {
        true => MODELS.map(str::to_string).to_vec(),
        false => setup.qoe,
    };
    let mut scores = Map::new();
    for name in models {
        let score = qoe::model(&name).and_then(|m| m.score(&viewing)).map_err(|e| e.to_string())?;
        scores.insert(name.trim().to_string(), score.value.into());
    }
    let pair = |a: Seconds, b: Seconds| [a.get(), b.get()];
    let link = netmodel::capacity(&trace, &profile.link, session.wall_s);
    let answer = Answer {
        schema: SUMMARY_SCHEMA,
        abr: &session.abr,
        profile: &session.profile,
        trace: &session.trace,
        video: &session.video,
        seed: session.seed,
        summary: Summary::of(&session),
        av_sync: AvSync::of(&viewing),
        qoe: scores,
        ladder_kbps: session.ladder_kbps.iter().map(|b| b.kbps()).collect(),
        capacity_s: profile.player.capacity.get(),
        downloads: downloads(&session),
        stalls: session.stalls.iter().map(|s| pair(s.start_s, s.duration_s)).collect(),
        buffer: session.buffer_levels().into_iter().map(|(at, level)| pair(at, level)).collect(),
        link: link.into_iter().map(|(at, rate)| [at.get(), rate.mbps()]).collect(),
    };
    serde_json::to_string(&answer).map_err(|e| e.to_string())
}

/// The requests: what is drawn of them.
fn downloads(session: &Session) -> Vec<Value> {
    let one = |d: &qoe::Download| {
        json!({
            "index": d.index,
            "level": d.level,
            "bitrate_kbps": d.bitrate_kbps.kbps(),
            "request_s": d.request_s.get(),
            "finish_s": d.finish_s.get(),
            "buffer_after_s": d.buffer_after_s.get(),
            "outcome": d.outcome,
        })
    };
    session.downloads.iter().map(one).collect()
}
