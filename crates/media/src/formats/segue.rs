//! Segue's own video JSON, schema `segue.video/1`: everything a [`Video`] on demand or live is.
//!
//! ```json
//! {
//!   "schema": "segue.video/1",
//!   "name": "talk",
//!   "rungs": [{"bitrate_kbps": 300, "width": 640, "height": 360, "fps": 25, "codec": "avc1.4d401e"}],
//!   "durations_s": 4,
//!   "sizes_bits": [[1200000], [1180000]]
//! }
//! ```
//!
//! | field | meaning |
//! |---|---|
//! | `name` | optional; else the file's |
//! | `rungs` | ascending by `bitrate_kbps`; the other fields are optional, `width` and `height` come together |
//! | `durations_s` | one number for all segments, or one per segment |
//! | `sizes_bits` | one row per segment, one size per rung |
//! | `live_delay_s` | optional: the video is live, and a segment appears this long after its end |
//!
//! Unknown fields are refused: a misspelt one would change the result without a word.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use spec::Entry;
use units::{BitRate, Bits, Seconds};

use super::{Format, ReadOptions, SourceFile, Written, json_number, name, one_file, single};
use crate::{Availability, Ladder, MediaError, Rung, Video};

const SCHEMA: &str = "segue.video/1";

pub(super) static FORMAT: Format = Format {
    entry: Entry { name: "segue", about: "Segue video JSON, schema segue.video/1", options: &[] },
    unit: "bits",
    folder: false,
    detect,
    read,
    write,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VideoJson {
    schema: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    rungs: Vec<RungJson>,
    durations_s: DurationsJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live_delay_s: Option<Number>,
    sizes_bits: Vec<Vec<Number>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RungJson {
    bitrate_kbps: Number,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fps: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    codec: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "durations_s is neither, expected a number of seconds or a list of them")]
enum DurationsJson {
    Uniform(Number),
    Each(Vec<Number>),
}

fn detect(head: &str) -> Option<&'static str> {
    (head.starts_with('{') && head.contains("\"segue.video/"))
        .then_some("a JSON object of schema segue.video")
}

/// A JSON number as f64; what does not fit is refused later as not finite.
fn float(n: &Number) -> f64 {
    n.as_f64().unwrap_or(f64::INFINITY)
}

/// A number of seconds. Milliseconds are what [`Seconds`] keeps, so the decimal point moves in the text: 2.002 s is
/// exactly 2002 ms, which the product of 2.002 and 1000 need not be.
fn seconds(n: &Number) -> Seconds {
    let text = n.to_string();
    let moved = match text.contains(['e', 'E']) {
        true => None,
        false => format!("{text}e3").parse().ok(),
    };
    Seconds::from_millis(moved.unwrap_or_else(|| float(n) * 1e3))
}

/// The shortest number of seconds that [`seconds`] reads back as the same time.
fn seconds_number(time: Seconds) -> Number {
    let plain = time.get();
    let candidates = [plain, plain.next_up(), plain.next_down()];
    let exact = candidates.into_iter().find(|c| seconds(&json_number(*c)) == time);
    json_number(exact.unwrap_or(plain))
}

fn read(files: &[SourceFile], options: &ReadOptions) -> Result<Video, MediaError> {
    let grammar = "an object of schema segue.video/1 (schema, rungs, durations_s, sizes_bits)";
    let video: VideoJson = serde_json::from_str(single(files)?).map_err(|e| MediaError::json(&e, grammar))?;
    if video.schema != SCHEMA {
        let found = crate::error::quoted(&video.schema);
        return Err(MediaError::input(1, "schema", found, SCHEMA));
    }
    let rungs = video.rungs.iter().enumerate().map(rung).collect::<Result<Vec<Rung>, _>>()?;
    let segments = video.sizes_bits.len();
    let durations = match &video.durations_s {
        DurationsJson::Uniform(d) => vec![seconds(d); segments],
        DurationsJson::Each(list) => list.iter().map(seconds).collect(),
    };
    let row = |row: &Vec<Number>| row.iter().map(|s| Bits::new(float(s))).collect();
    let sizes: Vec<Vec<Bits>> = video.sizes_bits.iter().map(row).collect();
    let name = video.name.unwrap_or_else(|| name(options));
    let read = Video::new(name, Ladder::new(rungs)?, durations, &sizes)?;
    match video.live_delay_s.as_ref().map(seconds) {
        None => Ok(read),
        Some(delay) if delay >= Seconds::ZERO && delay.is_finite() => {
            Ok(read.with_availability(Availability::Live { delay }))
        }
        Some(delay) => {
            let (field, value) = ("live_delay_s".to_string(), delay.get());
            Err(MediaError::Number { field, value, expected: "a finite number of at least 0" })
        }
    }
}

fn rung((index, r): (usize, &RungJson)) -> Result<Rung, MediaError> {
    let fps = r.fps.as_ref().map(float);
    if let Some(value) = fps.filter(|f| !(*f > 0.0 && f.is_finite())) {
        let field = format!("rung {index}: fps");
        return Err(MediaError::Number { field, value, expected: "a finite number above 0" });
    }
    let resolution = match (r.width, r.height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => Some((width, height)),
        (None, None) => None,
        (width, height) => {
            let found = format!("{width:?} x {height:?}");
            return Err(MediaError::input(
                0,
                format!("rung {index}: resolution"),
                found,
                "width and height above 0, or neither",
            ));
        }
    };
    Ok(Rung { bitrate: BitRate::from_kbps(float(&r.bitrate_kbps)), resolution, fps, codec: r.codec.clone() })
}

fn write(video: &Video) -> Result<Written, MediaError> {
    let segments = 0..video.segments();
    let first = video.duration(0);
    let uniform = segments.clone().all(|k| video.duration(k) == first);
    let json = VideoJson {
        schema: SCHEMA.to_string(),
        name: Some(video.name().to_string()),
        rungs: video
            .ladder()
            .rungs()
            .iter()
            .map(|r| RungJson {
                bitrate_kbps: json_number(r.bitrate.kbps()),
                width: r.resolution.map(|s| s.0),
                height: r.resolution.map(|s| s.1),
                fps: r.fps.map(json_number),
                codec: r.codec.clone(),
            })
            .collect(),
        durations_s: match uniform {
            true => DurationsJson::Uniform(seconds_number(first)),
            false => {
                DurationsJson::Each(segments.clone().map(|k| seconds_number(video.duration(k))).collect())
            }
        },
        live_delay_s: match video.availability() {
            Availability::OnDemand => None,
            Availability::Live { delay } => Some(seconds_number(delay)),
        },
        sizes_bits: segments.map(|k| video.sizes(k).iter().map(|s| json_number(s.get())).collect()).collect(),
    };
    let mut bytes = serde_json::to_vec(&json).map_err(|e| MediaError::json(&e, "a writable video"))?;
    bytes.push(b'\n');
    Ok(one_file(bytes, vec![]))
}
