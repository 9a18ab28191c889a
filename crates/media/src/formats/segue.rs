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
//! | `vmaf`, `ssim` | optional, of a rung: how its segments look, one number for all of them, or one per segment (`null`: not measured); VMAF from 0 to 100, SSIM from 0 to 1 |
//! | `live_delay_s` | optional: the video is live, and a segment appears this long after its end |
//! | `sizes_from` | optional, of a rung, and then of all: where its sizes come from ([`SizeSource`]), one for all segments, or one per segment |
//! | `audio` | optional: renditions to fetch beside the picture, each with `name`, `language` (optional), `rungs`, `durations_s` and `sizes_bits` of its own |
//!
//! Unknown fields are refused: a misspelt one would change the result without a word.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use spec::Entry;
use units::{BitRate, Bits, Seconds};

use crate::format::{
    Format, ReadOptions, Source, Written, decimal_seconds, json_number, name, one_file, single,
};
use crate::{Audio, Availability, Ladder, Live, MediaError, Quality, Rung, SizeSource, Video};

const SCHEMA: &str = "segue.video/1";

pub(super) static FORMAT: Format = Format {
    entry: Entry { name: "segue", about: "Segue video JSON, schema segue.video/1", options: &[] },
    unit: "bits",
    folder: false,
    endings: &[],
    detect,
    read,
    write: Some(write),
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    audio: Vec<AudioJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AudioJson {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    rungs: Vec<RungJson>,
    durations_s: DurationsJson,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sizes_from: Option<SourcesJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vmaf: Option<MeasureJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssim: Option<MeasureJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "vmaf or ssim is neither, expected a number or a list of one (or null) per segment"
)]
enum MeasureJson {
    Uniform(Number),
    Each(Vec<Option<Number>>),
}

#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "sizes_from is neither, expected file, range, sidx, bitrate, average-bandwidth, bandwidth or a list of them"
)]
enum SourcesJson {
    Uniform(SizeSource),
    Each(Vec<SizeSource>),
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

fn seconds(n: &Number) -> Seconds {
    decimal_seconds(float(n))
}

/// The shortest number of seconds that [`seconds`] reads back as the same time.
fn seconds_number(time: Seconds) -> Number {
    let plain = time.get();
    let candidates = [plain, plain.next_up(), plain.next_down()];
    let exact = candidates.into_iter().find(|c| decimal_seconds(*c) == time);
    json_number(exact.unwrap_or(plain))
}

fn read(source: &Source<'_>, options: &ReadOptions) -> Result<(Video, Vec<String>), MediaError> {
    let grammar = "an object of schema segue.video/1 (schema, rungs, durations_s, sizes_bits)";
    let json: VideoJson =
        serde_json::from_str(single(source.files)?).map_err(|e| MediaError::json(&e, grammar))?;
    if json.schema != SCHEMA {
        let found = crate::error::quoted(&json.schema);
        return Err(MediaError::input(1, "schema", found, SCHEMA));
    }
    let name = json.name.unwrap_or_else(|| name(options));
    let mut video = track(name, &json.rungs, &json.durations_s, &json.sizes_bits)?;
    let mut audio = Vec::new();
    for (index, a) in json.audio.into_iter().enumerate() {
        let track = track(a.name, &a.rungs, &a.durations_s, &a.sizes_bits)
            .map_err(|e| MediaError::input(0, format!("audio {index}"), format!("wrong: {e}"), ""))?;
        audio.push(Audio { language: a.language, track });
    }
    video = video.with_audio(audio);
    match json.live_delay_s.as_ref().map(seconds) {
        None => Ok((video, vec![])),
        Some(delay) if delay >= Seconds::ZERO && delay.is_finite() => {
            Ok((video.with_availability(Availability::Live(Live { delay, ..Live::default() })), vec![]))
        }
        Some(delay) => {
            let (field, value) = ("live_delay_s".to_string(), delay.get());
            Err(MediaError::Number { field, value, expected: "a finite number of at least 0" })
        }
    }
}

/// What the video and each of its audio renditions are.
fn track(
    name: String,
    rungs: &[RungJson],
    durations: &DurationsJson,
    sizes: &[Vec<Number>],
) -> Result<Video, MediaError> {
    let ladder = Ladder::new(rungs.iter().enumerate().map(rung).collect::<Result<Vec<Rung>, _>>()?)?;
    let segments = sizes.len();
    let durations = match durations {
        DurationsJson::Uniform(d) => vec![seconds(d); segments],
        DurationsJson::Each(list) => list.iter().map(seconds).collect(),
    };
    let row = |row: &Vec<Number>| row.iter().map(|s| Bits::new(float(s))).collect();
    let sizes: Vec<Vec<Bits>> = sizes.iter().map(row).collect();
    let video = Video::new(name, ladder, durations, &sizes)?;
    let video = match sources(rungs, segments)? {
        Some(sources) => video.with_size_sources(sources),
        None => video,
    };
    match qualities(rungs, segments)? {
        Some(qualities) => video.with_qualities(qualities),
        None => Ok(video),
    }
}

/// Where the sizes come from, one row per segment as the sizes are: of every rung or of none.
fn sources(rungs: &[RungJson], segments: usize) -> Result<Option<Vec<SizeSource>>, MediaError> {
    if rungs.iter().all(|r| r.sizes_from.is_none()) {
        return Ok(None);
    }
    for (index, r) in rungs.iter().enumerate() {
        let (found, expected) = match &r.sizes_from {
            None => ("absent".to_string(), "one in every rung, or in none".to_string()),
            Some(SourcesJson::Each(list)) if list.len() != segments => {
                (format!("a list of {}", list.len()), format!("one per segment ({segments})"))
            }
            Some(_) => continue,
        };
        return Err(MediaError::input(0, format!("rung {index}: sizes_from"), found, expected));
    }
    let of = |r: &RungJson, k: usize| match &r.sizes_from {
        Some(SourcesJson::Uniform(source)) => Some(*source),
        Some(SourcesJson::Each(list)) => list.get(k).copied(),
        None => None,
    };
    Ok((0..segments).flat_map(|k| rungs.iter().map(move |r| of(r, k))).collect())
}

/// How the segments look, one row per segment as the sizes are; nothing where no rung says so.
fn qualities(rungs: &[RungJson], segments: usize) -> Result<Option<Vec<Quality>>, MediaError> {
    let mut any = false;
    for (index, r) in rungs.iter().enumerate() {
        for (name, measure) in [("vmaf", &r.vmaf), ("ssim", &r.ssim)] {
            any |= measure.is_some();
            if let Some(MeasureJson::Each(list)) = measure
                && list.len() != segments
            {
                let field = format!("rung {index}: {name}");
                let found = format!("a list of {}", list.len());
                return Err(MediaError::input(0, field, found, format!("one per segment ({segments})")));
            }
        }
    }
    let of = |measure: &Option<MeasureJson>, k: usize| match measure {
        Some(MeasureJson::Uniform(x)) => Some(float(x)),
        Some(MeasureJson::Each(list)) => list.get(k)?.as_ref().map(float),
        None => None,
    };
    let quality = |r: &RungJson, k: usize| Quality { vmaf: of(&r.vmaf, k), ssim: of(&r.ssim, k) };
    Ok(any.then(|| (0..segments).flat_map(|k| rungs.iter().map(move |r| quality(r, k))).collect()))
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
    let json = VideoJson {
        schema: SCHEMA.to_string(),
        name: Some(video.name().to_string()),
        rungs: rungs_json(video),
        durations_s: durations_json(video),
        live_delay_s: match video.availability() {
            Availability::OnDemand | Availability::Listed(_) => None,
            Availability::Live(Live { delay, .. }) => Some(seconds_number(delay)),
        },
        sizes_bits: sizes_json(video),
        audio: video
            .audio()
            .iter()
            .map(|a| AudioJson {
                name: a.track.name().to_string(),
                language: a.language.clone(),
                rungs: rungs_json(&a.track),
                durations_s: durations_json(&a.track),
                sizes_bits: sizes_json(&a.track),
            })
            .collect(),
    };
    let mut bytes = serde_json::to_vec(&json).map_err(|e| MediaError::json(&e, "a writable video"))?;
    bytes.push(b'\n');
    Ok(one_file(bytes, vec![]))
}

fn rungs_json(video: &Video) -> Vec<RungJson> {
    let rungs = video.ladder().rungs().iter().enumerate();
    rungs
        .map(|(level, r)| RungJson {
            bitrate_kbps: json_number(r.bitrate.kbps()),
            width: r.resolution.map(|s| s.0),
            height: r.resolution.map(|s| s.1),
            fps: r.fps.map(json_number),
            codec: r.codec.clone(),
            sizes_from: sources_json(video, level),
            vmaf: measure_json(video, level, |q| q.vmaf),
            ssim: measure_json(video, level, |q| q.ssim),
        })
        .collect()
}

fn sources_json(video: &Video, level: usize) -> Option<SourcesJson> {
    let all = (0..video.segments()).map(|k| video.size_source(k, level));
    let all: Vec<SizeSource> = all.collect::<Option<_>>()?;
    Some(match all.iter().all(|s| *s == all[0]) {
        true => SourcesJson::Uniform(all[0]),
        false => SourcesJson::Each(all),
    })
}

/// A measure of all segments of a level: one number where they agree, nothing where none is known.
fn measure_json(video: &Video, level: usize, of: fn(&Quality) -> Option<f64>) -> Option<MeasureJson> {
    let all: Vec<Option<f64>> =
        video.qualities()?.iter().skip(level).step_by(video.ladder().len()).map(of).collect();
    match all[0] {
        Some(first) if all.iter().all(|x| *x == Some(first)) => {
            Some(MeasureJson::Uniform(json_number(first)))
        }
        None if all.iter().all(Option::is_none) => None,
        _ => Some(MeasureJson::Each(all.into_iter().map(|x| x.map(json_number)).collect())),
    }
}

fn durations_json(video: &Video) -> DurationsJson {
    let mut all = (0..video.segments()).map(|k| video.duration(k));
    match all.all(|d| d == video.duration(0)) {
        true => DurationsJson::Uniform(seconds_number(video.duration(0))),
        false => {
            DurationsJson::Each((0..video.segments()).map(|k| seconds_number(video.duration(k))).collect())
        }
    }
}

fn sizes_json(video: &Video) -> Vec<Vec<Number>> {
    let row = |k: usize| video.sizes(k).iter().map(|s| json_number(s.get())).collect();
    (0..video.segments()).map(row).collect()
}
