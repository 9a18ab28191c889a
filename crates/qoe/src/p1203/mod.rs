//! ITU-T P.1203: the standardised model of adaptive streaming, MOS 1 to 5.
//!
//! Sources: ITU-T P.1203 (integration: P.1203.3; video: P.1203.1; audio: P.1203.2) with Amendment 1 (01/2019), written from
//! its formulas. **Not an ITU publication; conformance is not certified; patent rights may apply**: see the NOTICE file of
//! this crate.
//!
//! - Modes 0, 1 and 3 of the video module; mode 2 at function level ([`mode_2_3`], [`mean_qp`]).
//! - The twenty regression trees that make up a quarter of O46 are not shipped. [`Forest::load`] reads them; without them
//!   O46 is the *parametric* one, and every result says so ([`Kind`]).
//! - Stalls stay where they are. (Software exists that shifts all of them by the position of the first.)
//! - H.264 only; [`Options::extended_codecs`] adds a published mapping for HEVC and VP9, which is not part of P.1203.
//! - Sessions far from 60 to 300 s are outside its scope; it still computes.
//!
//! More stalling never raises the parametric O46, all else equal. Trees are no such law.
//!
//! Deviation: none known; no iteration over frames in mode 0.

mod audio;
mod clock;
mod forest;
mod integration;
mod model;
mod report;
mod scale;
mod video;

use std::sync::Arc;

use units::{BitRate, Seconds};

pub use audio::quality as audio_quality;
pub use forest::{Forest, TREES, Tree};
pub use integration::{Stalling, Steps, equal_time_means, stall_features};
pub use model::Described;
pub(crate) use model::INFO;
pub use scale::{mos_from_r, r_from_mos};
pub use video::{Mode, codec_mapping, handheld, mean_qp, mode_0, mode_1, mode_2_3};

use crate::{AudioSegment, Device, InterruptionKind, QoeError, Resolution, VideoCodec, Viewing};

pub(crate) const MODEL: &str = "p1203";

/// The frames of a segment, for modes 1 and 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    /// For every frame whether it is an I frame, and its size in bytes.
    pub sizes: Vec<(bool, f64)>,
    /// For every frame its quantisation parameters, one or one per macroblock; empty: unknown.
    pub qp: Vec<Vec<f64>>,
}

impl Frames {
    /// How many frames.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }
}

/// A segment of video as P.1203 takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoSegment {
    /// How long it plays.
    pub duration: Seconds,
    pub bitrate: BitRate,
    /// The resolution it is coded in.
    pub resolution: Resolution,
    /// Frames per second.
    pub fps: f64,
    pub codec: VideoCodec,
    /// Which representation it is. Neighbours of one representation are one quality level.
    pub representation: Option<String>,
    /// The size it is shown in, where it differs from that of the session.
    pub display: Option<Resolution>,
    /// Its frames, where they are known: of all segments or of none.
    pub frames: Option<Frames>,
}

/// A session as P.1203 takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub video: Vec<VideoSegment>,
    /// The segments of audio; empty: none, which counts as the best.
    pub audio: Vec<AudioSegment>,
    /// The stalls, in order.
    pub stalls: Vec<Stalling>,
    pub display: Resolution,
    pub device: Device,
    /// O21 and O22 where they were measured otherwise; then segments do not count.
    pub given: Option<(Vec<f64>, Vec<f64>)>,
    /// The id of the stream, to be handed on.
    pub stream: Option<serde_json::Value>,
}

impl Input {
    /// What a viewing has for P.1203.
    ///
    /// # Errors
    /// [`QoeError::NothingPlayed`]; [`QoeError::MissingInput`] for an unknown resolution, frame rate, codec or display.
    pub fn of(viewing: &Viewing) -> Result<Input, QoeError> {
        if viewing.segments.is_empty() {
            return Err(QoeError::NothingPlayed);
        }
        let missing = |need: crate::Need| QoeError::MissingInput { model: MODEL, input: need.words() };
        let display = match viewing.meta.display {
            Some(d) => d,
            None => viewing.segments[0].display.ok_or_else(|| missing(crate::Need::Display))?,
        };
        let mut video = Vec::with_capacity(viewing.segments.len());
        for s in &viewing.segments {
            video.push(VideoSegment {
                duration: s.duration,
                bitrate: s.bitrate,
                resolution: s.resolution.ok_or_else(|| missing(crate::Need::Resolution))?,
                fps: s.fps.ok_or_else(|| missing(crate::Need::Fps))?,
                codec: s.codec.ok_or_else(|| missing(crate::Need::Codec))?,
                representation: s.representation.map(|r| r.to_string()),
                display: s.display,
                frames: None,
            });
        }
        let stalls = viewing
            .stalls
            .iter()
            .map(|s| match s.kind {
                InterruptionKind::Startup => (0.0, s.duration.get()),
                _ => (s.media.get(), s.duration.get()),
            })
            .collect();
        let (audio, device) = (viewing.meta.audio.clone(), viewing.meta.device);
        Ok(Input { video, audio, stalls, display, device, given: None, stream: None })
    }
}

/// The switches of Amendment 1, and one that is not the Recommendation's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Very bad audio takes picture quality with it.
    pub amendment_1_audiovisual: bool,
    /// Long stalls weigh more.
    pub amendment_1_stalling: bool,
    /// Appendix II: no penalties for changes in O35 (for O22 from P.1204).
    pub amendment_1_app_2: bool,
    /// HEVC and VP9 in mode 0 by a published mapping that is not part of P.1203.
    pub extended_codecs: bool,
}

/// Where the quarter of O46 comes from that is no formula.
#[derive(Clone, Debug, Default)]
pub enum Regression {
    /// From nowhere: O46 is the parametric one.
    #[default]
    Parametric,
    /// From the trees.
    Forest(Arc<Forest>),
    /// From a score that is known, to check the rest.
    Known(f64),
}

impl Regression {
    fn score(&self, features: &[f64; 14]) -> Option<f64> {
        match self {
            Regression::Parametric => None,
            Regression::Forest(forest) => Some(forest.score(features)),
            Regression::Known(score) => Some(*score),
        }
    }
}

/// What an O46 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By the formulas and the trees of P.1203.
    Standard,
    /// By the formulas alone: not the standard's.
    Parametric,
    /// With a codec that P.1203 does not cover.
    Extended,
    /// Both of these.
    ParametricExtended,
}

impl Kind {
    /// In words, as files and tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Standard => "P.1203",
            Kind::Parametric => "parametric (no random forest), not P.1203",
            Kind::Extended => "codec extension, not P.1203",
            Kind::ParametricExtended => "parametric (no random forest) with codec extension, not P.1203",
        }
    }
}

/// Everything that P.1203 says of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The mode of the video module; `None` where O22 was given.
    pub mode: Option<Mode>,
    /// Audio quality per second; empty without audio.
    pub o21: Vec<f64>,
    /// Video quality per second.
    pub o22: Vec<f64>,
    /// Stalling quality.
    pub o23: f64,
    /// Audiovisual quality per second.
    pub o34: Vec<f64>,
    /// Audiovisual quality of the session.
    pub o35: f64,
    /// Quality of the session: the MOS.
    pub o46: f64,
    pub kind: Kind,
    pub steps: Steps,
    /// The id of the stream, handed on.
    pub stream: Option<serde_json::Value>,
}

struct PerSecond {
    mode: Option<Mode>,
    o21: Vec<f64>,
    o22: Vec<f64>,
}

/// The model.
#[derive(Clone, Debug, Default)]
pub struct P1203 {
    pub options: Options,
    /// The trees, if there are any.
    pub regression: Regression,
}

impl P1203 {
    fn per_second(&self, input: &Input) -> Result<PerSecond, QoeError> {
        if let Some((o21, o22)) = &input.given {
            return Ok(PerSecond { mode: None, o21: o21.clone(), o22: o22.clone() });
        }
        let (mode, o22) = video::o22(input, self.options.extended_codecs)?;
        Ok(PerSecond { mode: Some(mode), o21: audio::o21(&input.audio)?, o22 })
    }

    fn kind(&self, input: &Input) -> Kind {
        let extended = input.given.is_none() && input.video.iter().any(|s| s.codec != VideoCodec::H264);
        match (matches!(self.regression, Regression::Parametric), extended) {
            (false, false) => Kind::Standard,
            (true, false) => Kind::Parametric,
            (false, true) => Kind::Extended,
            (true, true) => Kind::ParametricExtended,
        }
    }

    /// Everything about a session.
    ///
    /// # Errors
    /// [`QoeError::Unsupported`] for less than a second of media, a codec that is not covered, or a number out of range.
    pub fn evaluate(&self, input: &Input) -> Result<Output, QoeError> {
        let PerSecond { mode, o21, o22 } = self.per_second(input)?;
        let i = integration::integrate(&o21, &o22, &input.stalls, &self.options, &self.regression)?;
        Ok(Output {
            mode,
            o21,
            o22,
            o23: i.o23,
            o34: i.o34,
            o35: i.o35,
            o46: i.o46,
            kind: self.kind(input),
            steps: i.steps,
            stream: input.stream.clone(),
        })
    }
}
