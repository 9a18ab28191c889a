//! The JSON that P.1203 software reads and writes.
//!
//! Read: `IGen` (`displaySize`, `device`), `I11` and `I13` (`segments` of audio and video), `I23` (`stalling` as pairs of
//! media time and length); or, without segments, `O21` and `O22` as they are. A video segment may have `frames`
//! (`frameType`, `frameSize` in bytes, `qpValues`) or `frames_compact` (`types` as one string, `sizes`, `qp`). Numbers may
//! be written as strings. Segments are taken in the order of their `start`, stalls in that of their times; where that is
//! another order than the file's, where segments do not follow each other, and where a number looks like one of another
//! unit, a note says so.
//!
//! Written: `O21`, `O22`, `O23`, `O34`, `O35`, `O46`, `mode`, and `O46_kind`, which says where O46 is not the standard's.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::{Value, json};
use units::{BitRate, Seconds};

use super::{Frames, Input, MODEL, Output, VideoSegment};
use crate::{AudioCodec, AudioSegment, Device, QoeError, Resolution, VideoCodec};

#[derive(Deserialize)]
struct File {
    #[serde(rename = "IGen", default)]
    general: General,
    #[serde(rename = "I11")]
    audio: Option<Stream<AudioItem>>,
    #[serde(rename = "I13")]
    video: Option<Stream<VideoItem>>,
    #[serde(rename = "I23")]
    stalls: Option<Stalls>,
    #[serde(rename = "O21")]
    o21: Option<Vec<Number>>,
    #[serde(rename = "O22")]
    o22: Option<Vec<Number>>,
}

#[derive(Deserialize, Default)]
struct General {
    #[serde(rename = "displaySize")]
    display: Option<String>,
    device: Option<String>,
}

#[derive(Deserialize)]
struct Stream<T> {
    #[serde(rename = "streamId")]
    id: Option<Value>,
    #[serde(default = "Vec::new")]
    segments: Vec<T>,
}

#[derive(Deserialize)]
struct Stalls {
    #[serde(default)]
    stalling: Option<Vec<(Number, Number)>>,
}

#[derive(Deserialize)]
struct AudioItem {
    start: Option<Number>,
    codec: String,
    duration: Number,
    bitrate: Number,
}

#[derive(Deserialize)]
struct VideoItem {
    start: Option<Number>,
    codec: String,
    duration: Number,
    resolution: String,
    bitrate: Number,
    fps: Number,
    representation: Option<Value>,
    #[serde(rename = "displaySize")]
    display: Option<String>,
    frames: Option<Vec<FrameItem>>,
    frames_compact: Option<Compact>,
}

#[derive(Deserialize)]
struct FrameItem {
    #[serde(rename = "frameType")]
    kind: String,
    #[serde(rename = "frameSize")]
    bytes: Number,
    #[serde(rename = "qpValues")]
    qp: Option<Qp>,
}

#[derive(Deserialize)]
struct Compact {
    types: String,
    sizes: Vec<Number>,
    qp: Option<Vec<Qp>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Qp {
    One(Number),
    Many(Vec<Number>),
}

impl Qp {
    fn list(self) -> Vec<f64> {
        match self {
            Qp::One(x) => vec![x.0],
            Qp::Many(v) => numbers(v),
        }
    }
}

/// A number, perhaps written as a string, as in examples that come with the reference software.
#[derive(Clone, Copy)]
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        struct Seen;
        impl Visitor<'_> for Seen {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<Number, E> {
                Ok(Number(x))
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<Number, E> {
                Ok(Number(x as f64))
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<Number, E> {
                Ok(Number(x as f64))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let number = text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
                number.map(Number).ok_or_else(|| {
                    let short: String = text.chars().take(40).collect();
                    E::custom(format!("invalid value: string {short:?}, expected a number"))
                })
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

fn numbers(list: Vec<Number>) -> Vec<f64> {
    list.into_iter().map(|n| n.0).collect()
}

/// Puts segments in the order of their start, if all of them have one; and says what is odd about it.
fn in_order<T>(
    stream: &str,
    segments: &mut Vec<T>,
    times: impl Fn(&T) -> (Option<Number>, Number),
    notes: &mut Vec<String>,
) {
    let starts: Option<Vec<f64>> = segments.iter().map(|s| times(s).0.map(|n| n.0)).collect();
    let Some(starts) = starts.filter(|s| !s.is_empty()) else { return };
    if !starts.is_sorted_by(|a, b| a <= b) {
        let mut order: Vec<(f64, T)> = starts.into_iter().zip(segments.drain(..)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        segments.extend(order.into_iter().map(|(_, s)| s));
        notes.push(format!("{stream}: the segments are not in the order of their start: they are put in it"));
    }
    let mut end: Option<f64> = None;
    let (mut odd, mut first) = (0, None);
    for (i, segment) in segments.iter().enumerate() {
        let (start, duration) = times(segment);
        let start = start.map_or(0.0, |n| n.0);
        if let Some(end) = end.filter(|end| (start - end).abs() > APART_S) {
            odd += 1;
            first.get_or_insert((i, start, end));
        }
        end = Some(start + duration.0);
    }
    if let Some((i, start, end)) = first {
        let more = if odd > 1 { format!(" (and {} more)", odd - 1) } else { String::new() };
        notes.push(format!(
            "{stream}: segments do not follow each other: segment {i} starts at {start} s, the one before ends at \
             {end} s{more}; they are played one after the other"
        ));
    }
}

/// What starts of segments may miss the end of the one before by: they are told with few digits.
const APART_S: f64 = 0.1;

/// The most bits per pixel that a coded picture has: a quarter of what 8 bits per sample and 4:2:0 have uncoded.
const MOST_BITS_PER_PIXEL: f64 = 3.0;

/// The fewest bits per pixel: a fifth of what a still picture costs at the lowest quality of H.264.
const LEAST_BITS_PER_PIXEL: f64 = 5e-4;

/// The most kbit/s of coded sound: more than two uncoded channels have.
const MOST_AUDIO_KBPS: f64 = 2000.0;

/// The fewest kbit/s of sound: half of what speech takes in the most frugal codecs.
const LEAST_AUDIO_KBPS: f64 = 0.3;

/// What no segment and no stall of a session of minutes lasts.
const LONGEST_S: f64 = 500.0;

/// How many times the length of the media a stall lies behind its beginning before another unit is suspected.
const FAR: f64 = 10.0;

const LIKE_MS: &str = "; times are in seconds, this looks like ms";

fn bits_per_pixel(s: &VideoSegment) -> Option<f64> {
    let pixels = f64::from(s.resolution.width) * f64::from(s.resolution.height) * s.fps;
    (pixels > 0.0).then(|| s.bitrate.bps() / pixels)
}

impl Input {
    /// What looks wrong with its numbers, one sentence each; nothing of it stops the model.
    pub fn doubts(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let length = match &self.given {
            Some((_, o22)) => o22.len() as f64,
            None => self.video.iter().map(|s| s.duration.get()).sum(),
        };
        let outside: Vec<f64> =
            self.stalls.iter().filter(|s| s.0 > length && s.1 != 0.0).map(|s| s.0).collect();
        if let Some(first) = outside.first() {
            let more =
                if outside.len() > 1 { format!(" (and {} more)", outside.len() - 1) } else { String::new() };
            let unit = if *first >= FAR * length { LIKE_MS } else { "" };
            notes.push(format!(
                "I23: a stall outside of the media does not count: at {first} s{more}, the media ends at {length} s{unit}"
            ));
        }
        let more =
            |count: usize| if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
        let long: Vec<f64> = self.stalls.iter().map(|s| s.1).filter(|d| *d > LONGEST_S).collect();
        if let Some(first) = long.first() {
            notes.push(format!("I23: a stall lasts {first} s{}{LIKE_MS}", more(long.len())));
        }
        let pictures = self.video.iter().map(|s| s.duration.get());
        let sound = self.audio.iter().map(|s| s.duration.get());
        for (stream, durations) in [("I13", pictures.collect::<Vec<_>>()), ("I11", sound.collect())] {
            let long: Vec<f64> = durations.into_iter().filter(|d| *d > LONGEST_S).collect();
            if let Some(first) = long.first() {
                notes.push(format!("{stream}: a segment lasts {first} s{}{LIKE_MS}", more(long.len())));
            }
        }
        let rates = |stream: &str, odd: Vec<(f64, String)>, unit: &str| {
            let (kbps, at) = odd.first()?;
            Some(format!("{stream}: bitrate is {kbps} kbit/s{at}{}, looks like {unit}", more(odd.len())))
        };
        let pictures = |is_odd: fn(f64) -> bool| -> Vec<(f64, String)> {
            let odd = self.video.iter().filter(|s| bits_per_pixel(s).is_some_and(is_odd));
            odd.map(|s| (s.bitrate.kbps(), format!(" at {}", s.resolution))).collect()
        };
        let sound = |is_odd: fn(f64) -> bool| -> Vec<(f64, String)> {
            let kbps = self.audio.iter().map(|s| s.bitrate.kbps());
            kbps.filter(|k| is_odd(*k)).map(|k| (k, String::new())).collect()
        };
        notes.extend(rates("I13", pictures(|x| x > MOST_BITS_PER_PIXEL), "bit/s"));
        notes.extend(rates("I13", pictures(|x| x > 0.0 && x < LEAST_BITS_PER_PIXEL), "Mbit/s"));
        notes.extend(rates("I11", sound(|k| k > MOST_AUDIO_KBPS), "bit/s"));
        notes.extend(rates("I11", sound(|k| k > 0.0 && k < LEAST_AUDIO_KBPS), "Mbit/s"));
        notes
    }

    /// Whether a JSON document looks like the input of P.1203.
    pub fn recognises(document: &Value) -> bool {
        ["I13", "O22"].iter().any(|k| document.get(k).is_some())
    }

    /// Reads the input JSON; `name` is the file that errors name.
    ///
    /// # Errors
    /// [`QoeError::File`] with the field at fault; [`QoeError::Unsupported`] for a codec that P.1203 does not cover at all.
    pub fn parse(name: &str, text: &str) -> Result<Input, QoeError> {
        Input::parse_and_say(name, text).map(|(input, _)| input)
    }

    /// Reads the input JSON as [`Input::parse`], and says what a user should know about it: how it was read, and its
    /// [`doubts`](Input::doubts).
    ///
    /// # Errors
    /// As [`Input::parse`].
    pub fn parse_and_say(name: &str, text: &str) -> Result<(Input, Vec<String>), QoeError> {
        let fault =
            |field: String, problem: String| QoeError::File { file: name.to_string(), field, problem };
        let file: File = serde_json::from_str(text).map_err(|e| {
            fault(format!("line {}, column {}", e.line(), e.column()), spec::json_problem(&e))
        })?;
        let size = |field: &dyn Fn() -> String, text: &str| {
            let problem = || format!("is {text:?}, expected pixels like 1920x1080");
            Resolution::parse(text).ok_or_else(|| fault(field(), problem()))
        };
        let display = match &file.general.display {
            Some(text) => size(&|| "IGen: displaySize".to_string(), text)?,
            // The input format has this default.
            None => Resolution::new(1920, 1080),
        };
        let device = match file.general.device.as_deref() {
            None | Some("pc") => Device::Pc,
            Some("mobile" | "handheld") => Device::Mobile,
            Some(other) => {
                let problem = format!("is {other:?}, expected pc, mobile or handheld");
                return Err(fault("IGen: device".to_string(), problem));
            }
        };
        let unknown = |input, found: &str, expected| QoeError::Unsupported {
            model: MODEL,
            input,
            found: found.to_string(),
            expected,
        };
        let mut notes = Vec::new();
        let mut heard = file.audio.map(|a| a.segments).unwrap_or_default();
        in_order("I11", &mut heard, |s| (s.start, s.duration), &mut notes);
        let mut audio = Vec::new();
        for s in &heard {
            let codec = AudioCodec::from_name(&s.codec)
                .ok_or_else(|| unknown("audio codec", &s.codec, "mp2, ac3, aaclc or heaac"))?;
            let (duration, bitrate) = (Seconds::new(s.duration.0), BitRate::from_kbps(s.bitrate.0));
            audio.push(AudioSegment { duration, bitrate, codec });
        }
        let stream = file.video.as_ref().and_then(|v| v.id.clone());
        let mut seen = file.video.map(|v| v.segments).unwrap_or_default();
        in_order("I13", &mut seen, |s| (s.start, s.duration), &mut notes);
        let mut video = Vec::new();
        for (i, s) in seen.into_iter().enumerate() {
            let at = |field: &str| format!("I13: segment {i}: {field}");
            let codec = VideoCodec::from_name(&s.codec)
                .ok_or_else(|| unknown("video codec", &s.codec, "h264 (codecs=extended: hevc, vp9)"))?;
            let frames = match (s.frames, s.frames_compact) {
                (Some(list), _) => Some(long_frames(list)),
                (None, Some(compact)) => {
                    let n = compact.types.chars().count();
                    if compact.sizes.len() != n || compact.qp.as_ref().is_some_and(|q| q.len() != n) {
                        let problem = "expected as many sizes (and QPs) as types".to_string();
                        return Err(fault(at("frames_compact"), problem));
                    }
                    let sizes = compact.types.chars().map(|c| c == 'I').zip(numbers(compact.sizes)).collect();
                    let qp = compact.qp.into_iter().flatten().map(Qp::list).collect();
                    Some(Frames { sizes, qp })
                }
                (None, None) => None,
            };
            video.push(VideoSegment {
                duration: Seconds::new(s.duration.0),
                bitrate: BitRate::from_kbps(s.bitrate.0),
                resolution: size(&|| at("resolution"), &s.resolution)?,
                fps: s.fps.0,
                codec,
                representation: match s.representation {
                    None | Some(Value::Null) => None,
                    Some(Value::String(text)) => Some(text).filter(|t| !t.is_empty()),
                    Some(other) => Some(other.to_string()),
                },
                display: match &s.display {
                    Some(text) => Some(size(&|| at("displaySize"), text)?),
                    None => None,
                },
                frames,
            });
        }
        if video.is_empty() && file.o22.is_none() {
            return Err(fault("I13".to_string(), "expected video segments, or O22".to_string()));
        }
        let stalls = file.stalls.and_then(|s| s.stalling).unwrap_or_default();
        let mut stalls: Vec<(f64, f64)> = stalls.into_iter().map(|(at, length)| (at.0, length.0)).collect();
        if !stalls.is_sorted_by(|a, b| a.0 <= b.0) {
            stalls.sort_by(|a, b| a.0.total_cmp(&b.0));
            notes.push("I23: the stalls are not in the order of their times: they are put in it".to_string());
        }
        let given = file.o22.map(|o22| (numbers(file.o21.unwrap_or_default()), numbers(o22)));
        let input = Input { video, audio, stalls, display, device, given, stream };
        notes.extend(input.doubts());
        Ok((input, notes))
    }
}

fn long_frames(list: Vec<FrameItem>) -> Frames {
    let with_qp = list.iter().any(|f| f.qp.is_some());
    let mut frames = Frames::default();
    for f in list {
        frames.sizes.push((f.kind == "I", f.bytes.0));
        if with_qp {
            frames.qp.push(f.qp.map(Qp::list).unwrap_or_default());
        }
    }
    frames
}

impl Output {
    /// The output JSON. Where O46 is not the standard's, `O46_kind` says so.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "mode": self.mode.map_or(-1, |m| i32::from(m.number())),
            "O21": self.o21,
            "O22": self.o22,
            "O23": self.o23,
            "O34": self.o34,
            "O35": self.o35,
            "O46": self.o46,
            "O46_kind": self.kind.name(),
        });
        if let Some(id) = &self.stream {
            json["streamId"] = id.clone();
        }
        json
    }
}
