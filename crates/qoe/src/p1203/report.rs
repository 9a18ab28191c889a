//! The JSON that P.1203 software reads and writes.
//!
//! Read: `IGen` (`displaySize`, `device`), `I11` and `I13` (`segments` of audio and video), `I23` (`stalling` as pairs of
//! media time and length); or, without segments, `O21` and `O22` as they are. A video segment may have `frames`
//! (`frameType`, `frameSize` in bytes, `qpValues`) or `frames_compact` (`types` as one string, `sizes`, `qp`).
//!
//! Written: `O21`, `O22`, `O23`, `O34`, `O35`, `O46`, `mode`, and `O46_kind`, which says where O46 is not the standard's.

use serde::Deserialize;
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
    o21: Option<Vec<f64>>,
    #[serde(rename = "O22")]
    o22: Option<Vec<f64>>,
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
    stalling: Option<Vec<(f64, f64)>>,
}

#[derive(Deserialize)]
struct AudioItem {
    codec: String,
    duration: f64,
    bitrate: f64,
}

#[derive(Deserialize)]
struct VideoItem {
    codec: String,
    duration: f64,
    resolution: String,
    bitrate: f64,
    fps: f64,
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
    bytes: f64,
    #[serde(rename = "qpValues")]
    qp: Option<Qp>,
}

#[derive(Deserialize)]
struct Compact {
    types: String,
    sizes: Vec<f64>,
    qp: Option<Vec<Qp>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Qp {
    One(f64),
    Many(Vec<f64>),
}

impl Qp {
    fn list(self) -> Vec<f64> {
        match self {
            Qp::One(x) => vec![x],
            Qp::Many(v) => v,
        }
    }
}

impl Input {
    /// Whether a JSON document looks like the input of P.1203.
    pub fn recognises(document: &Value) -> bool {
        ["I13", "O22"].iter().any(|k| document.get(k).is_some())
    }

    /// Reads the input JSON; `name` is the file that errors name.
    ///
    /// # Errors
    /// [`QoeError::File`] with the field at fault; [`QoeError::Unsupported`] for a codec that P.1203 does not cover at all.
    pub fn parse(name: &str, text: &str) -> Result<Input, QoeError> {
        let fault =
            |field: String, problem: String| QoeError::File { file: name.to_string(), field, problem };
        let file: File = serde_json::from_str(text)
            .map_err(|e| fault(format!("line {}, column {}", e.line(), e.column()), e.to_string()))?;
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
        let mut audio = Vec::new();
        for s in file.audio.iter().flat_map(|a| &a.segments) {
            let codec = AudioCodec::from_name(&s.codec)
                .ok_or_else(|| unknown("audio codec", &s.codec, "mp2, ac3, aaclc or heaac"))?;
            let (duration, bitrate) = (Seconds::new(s.duration), BitRate::from_kbps(s.bitrate));
            audio.push(AudioSegment { duration, bitrate, codec });
        }
        let stream = file.video.as_ref().and_then(|v| v.id.clone());
        let mut video = Vec::new();
        for (i, s) in file.video.into_iter().flat_map(|v| v.segments).enumerate() {
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
                    let sizes = compact.types.chars().map(|c| c == 'I').zip(compact.sizes).collect();
                    let qp = compact.qp.into_iter().flatten().map(Qp::list).collect();
                    Some(Frames { sizes, qp })
                }
                (None, None) => None,
            };
            video.push(VideoSegment {
                duration: Seconds::new(s.duration),
                bitrate: BitRate::from_kbps(s.bitrate),
                resolution: size(&|| at("resolution"), &s.resolution)?,
                fps: s.fps,
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
        Ok(Input {
            video,
            audio,
            stalls: file.stalls.and_then(|s| s.stalling).unwrap_or_default(),
            display,
            device,
            given: file.o22.map(|o22| (file.o21.unwrap_or_default(), o22)),
            stream,
        })
    }
}

fn long_frames(list: Vec<FrameItem>) -> Frames {
    let with_qp = list.iter().any(|f| f.qp.is_some());
    let mut frames = Frames::default();
    for f in list {
        frames.sizes.push((f.kind == "I", f.bytes));
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
