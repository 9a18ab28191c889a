//! SQI: presentation quality, and how a stall is felt while it lasts and is forgotten after it.
//!
//! ```text
//! mean over time of P + S;    in a stall           S = P (-1 + exp(-t / T0))
//!                             after one of l s     S = P (-1 + exp(-l / T0)) exp(-t / T1)
//! ```
//!
//! P is VMAF, held while playback stands still; the effects of several stalls add up. The time is media time, stalls and
//! startup delay. The integrals are solved, not sampled.
//!
//! Source: Duanmu et al., *A quality-of-experience index for streaming video*, IEEE JSTSP 2017.
//!
//! | constant | default | |
//! |---|---|---|
//! | P before the first segment | 80 | `before` |
//! | T0, T1 of the startup delay | 0.50, 0.47 s | `t0-startup`, `t1-startup` |
//! | T0, T1 of a stall | 0.10, 1.20 s | `t0`, `t1` |
//!
//! Deviations: the time constants are **fitted** to the tables of the pysqoe collection (which fix T1 - T0 = 1.10 s and T0
//! up to 0.1 s), not the paper's; the score is labelled so.
//!
//! More stalling *can* raise it: a stall holds the picture before it, which may be better than the mean.

use spec::{Entry, Options, opt};

use crate::entry::{Built, ModelInfo};
use crate::model::attributed;
use crate::{About, Need, QoeError, QoeModel, Scale, Score, Viewing};

/// How a kind of interruption is felt and forgotten, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    /// While it lasts.
    pub t0: f64,
    /// After it.
    pub t1: f64,
}

impl Decay {
    /// The integral of P + S over an interruption of `length` s, and of S over the `rest` s behind it; P = 1.
    fn integrals(self, length: f64, rest: f64) -> (f64, f64) {
        let felt = libm::exp(-length / self.t0);
        (self.t0 * (1.0 - felt), (felt - 1.0) * self.t1 * (1.0 - libm::exp(-rest / self.t1)))
    }
}

/// The model.
#[derive(Clone, Copy, Debug)]
pub struct Sqi {
    /// P before the first segment.
    pub before: f64,
    pub startup: Decay,
    pub stall: Decay,
}

impl QoeModel for Sqi {
    fn about(&self) -> About {
        About { id: "sqi", scale: Scale::Hundred, needs: &[Need::Vmaf] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        if viewing.segments.is_empty() || viewing.media_time().get() <= 0.0 {
            return Err(QoeError::NothingPlayed);
        }
        let about = self.about();
        let score = attributed(viewing, self.about().scale, |v| {
            let delay = v.startup_delay().get();
            let seconds = (v.media_time() + v.stall_time()).get();
            let (during, after) = self.startup.integrals(delay, seconds);
            let (mut area, mut at, mut held) = (self.before * (during + after), 0.0, self.before);
            for (segment, waited) in v.charged() {
                let p = segment.vmaf.ok_or_else(|| about.missing(Need::Vmaf))?;
                if waited.get() > 0.0 {
                    at += waited.get();
                    let (during, after) = self.stall.integrals(waited.get(), seconds - at);
                    area += held * (during + after);
                }
                area += p * segment.duration.get();
                at += segment.duration.get();
                held = p;
            }
            Ok((area / (seconds + delay)).clamp(0.0, 100.0))
        })?;
        Ok(Score { label: Some("time constants fitted, not the paper's"), ..score })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "sqi",
        about: "VMAF, felt and forgotten stalls, with fitted time constants (SQI 2017)",
        options: &[
            opt("before", "80", "VMAF that is expected before the first segment"),
            opt("t0-startup", "0.5", "s in which the startup delay is felt"),
            opt("t1-startup", "0.47", "s in which it is forgotten"),
            opt("t0", "0.1", "s in which a stall is felt"),
            opt("t1", "1.2", "s in which it is forgotten"),
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let above = |name: &str| match o.number(name, 0.0..)? {
        x if x > 0.0 => Ok(x),
        _ => Err(o.wrong(name, "a number above 0")),
    };
    Built::whole(Sqi {
        before: o.number("before", 0.0..)?,
        startup: Decay { t0: above("t0-startup")?, t1: above("t1-startup")? },
        stall: Decay { t0: above("t0")?, t1: above("t1")? },
    })
}
