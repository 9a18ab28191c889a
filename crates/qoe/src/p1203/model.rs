//! P.1203 as one of the models.

use std::path::Path;
use std::sync::Arc;

use spec::{Entry, Spec, opt};

use super::integration::integrate;
use super::{Forest, Input, MODEL, Options, Output, P1203, PerSecond, Regression};
use crate::entry::{Built, ModelInfo};
use crate::{About, Device, Need, Parts, QoeError, QoeModel, Resolution, Scale, Score, VideoCodec, Viewing};

impl QoeModel for P1203 {
    fn about(&self) -> About {
        About {
            id: MODEL,
            scale: Scale::Mos,
            needs: &[Need::Resolution, Need::Fps, Need::Codec, Need::Display],
        }
    }

    /// O46. Its parts are attributed by leaving out: quality (with its changes) is O46 without interruptions.
    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        let input = Input::of(viewing)?;
        let PerSecond { o21, o22, .. } = self.per_second(&input)?;
        let o46 = |keep: fn(f64) -> bool| {
            let stalls: Vec<_> = input.stalls.iter().copied().filter(|(p, _)| keep(*p)).collect();
            integrate(&o21, &o22, &stalls, &self.options, &self.regression).map(|i| i.o46)
        };
        let value = o46(|_| true)?;
        let (initial, others) =
            (input.stalls.iter().any(|s| s.0 == 0.0), input.stalls.iter().any(|s| s.0 != 0.0));
        let started = if others { o46(|p| p == 0.0)? } else { value };
        let quality = if initial { o46(|_| false)? } else { started };
        let parts = Parts { quality, startup: started - quality, stall: value - started, ..Parts::default() };
        let label = match self.kind(&input) {
            super::Kind::Standard => None,
            other => Some(other.name()),
        };
        Ok(Score { value, scale: Scale::Mos, parts, segments: viewing.segments.len(), label })
    }
}

/// The model as a specification like `p1203:forest=DIR,device=mobile` names it: with what the user says about sessions that
/// their records do not. Fills only what is unknown, but for the device, which is the user's word.
#[derive(Clone, Debug)]
pub struct Described {
    model: P1203,
    display: Option<Resolution>,
    device: Option<Device>,
    fps: Option<f64>,
    codec: Option<VideoCodec>,
    resolutions: Vec<Resolution>,
}

impl Described {
    /// The model that a specification names.
    ///
    /// # Errors
    /// [`QoeError::Spec`] for another model, an option that there is not, or a value that it does not take;
    /// [`QoeError::File`] for a forest that cannot be read.
    pub fn parse(text: &str) -> Result<Described, QoeError> {
        let (_, options) = Spec::parse(text)?.find("form of P.1203", [&INFO.entry])?;
        described(&options)
    }

    /// Everything about a session that was read as P.1203's own input.
    ///
    /// # Errors
    /// As [`P1203::evaluate`].
    pub fn evaluate(&self, input: &Input) -> Result<Output, QoeError> {
        match self.device {
            Some(device) if device != input.device => self.model.evaluate(&Input { device, ..input.clone() }),
            _ => self.model.evaluate(input),
        }
    }
}

impl QoeModel for Described {
    fn about(&self) -> About {
        self.model.about()
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        let mut v = viewing.clone();
        v.meta.display = v.meta.display.or(self.display);
        v.meta.device = self.device.unwrap_or(v.meta.device);
        for s in &mut v.segments {
            s.fps = s.fps.or(self.fps);
            s.codec = s.codec.or(self.codec);
            let rung = s.representation.and_then(|r| self.resolutions.get(r as usize));
            s.resolution = s.resolution.or(rung.copied());
        }
        self.model.score(&v)
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "p1203",
        about: "ITU-T P.1203, MOS 1..5; parametric O46 unless a forest is loaded",
        options: &[
            opt(
                "forest",
                "",
                "folder with the 20 trees as CSV, which are not shipped; default: none, parametric O46",
            ),
            opt(
                "display",
                "",
                "size of the display, as 1920x1080; must be given where the session does not say",
            ),
            opt("device", "", "pc or mobile; default: as the session says, else pc"),
            opt(
                "resolutions",
                "",
                "of the rungs, ascending, as 640x360/1280x720, where the session does not say",
            ),
            opt("fps", "", "frames per second, where the session does not say"),
            opt("codec", "", "h264, hevc or vp9, where the session does not say"),
            opt(
                "codecs",
                "standard",
                "standard: H.264 only; extended: HEVC and VP9 by a mapping outside P.1203",
            ),
            opt("audiovisual", "off", "Amendment 1: very bad audio takes picture quality with it"),
            opt("stalling", "off", "Amendment 1: long stalls weigh more"),
            opt("app2", "off", "Amendment 1, Appendix II: no penalties for changes"),
        ],
    },
    build: |o| Built::whole(described(o)?),
};

fn described(o: &spec::Options) -> Result<Described, QoeError> {
    let regression = match o.optional_text("forest") {
        Some(folder) => Regression::Forest(Arc::new(Forest::load(Path::new(folder))?)),
        None => Regression::Parametric,
    };
    let options = Options {
        amendment_1_audiovisual: o.flag("audiovisual")?,
        amendment_1_stalling: o.flag("stalling")?,
        amendment_1_app_2: o.flag("app2")?,
        extended_codecs: o.choice("codecs", &[("standard", false), ("extended", true)])?,
    };
    let size = |name: &str, text: &str| {
        Resolution::parse(text).ok_or_else(|| o.wrong(name, "pixels like 1920x1080"))
    };
    let display = o.optional_text("display").map(|t| size("display", t)).transpose()?;
    let resolutions = match o.optional_text("resolutions") {
        Some(t) => t.split('/').map(|r| size("resolutions", r)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let device = match o.optional_text("device") {
        None => None,
        Some(_) => Some(o.choice("device", &[("pc", Device::Pc), ("mobile", Device::Mobile)])?),
    };
    let codec = match o.optional_text("codec") {
        None => None,
        Some(t) => Some(VideoCodec::from_name(t).ok_or_else(|| o.wrong("codec", "h264, hevc or vp9"))?),
    };
    let model = P1203 { options, regression };
    Ok(Described { model, display, device, fps: o.optional_number("fps", 0.0..)?, codec, resolutions })
}
