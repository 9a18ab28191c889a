//! The engagement score behind C3: buffering ratio and mean bitrate.
//!
//! ```text
//! mean kbit/s / 20 - 3.7 * 100 * stall / (stall + media)
//! ```
//!
//! Source: Liu et al., *A case for a coordinated Internet video control plane*, SIGCOMM 2012; the constants are the start
//! values of the pysqoe collection (20 and -3.7).
//!
//! Conventions: the startup delay is not charged. Deviations: the mean bitrate is weighted by duration; with segments of
//! equal length this is the plain mean.

use spec::{Entry, Options, opt};
use units::{BitRate, Bits, Seconds};

use crate::entry::{Built, ModelInfo};
use crate::{About, Parts, QoeError, QoeModel, Scale, Score, Viewing};

/// The C3 score.
#[derive(Clone, Copy, Debug)]
pub struct C3 {
    /// Kbit/s per point.
    pub kbps_per_point: f64,
    /// Points per percent of buffering.
    pub per_percent: f64,
}

impl QoeModel for C3 {
    fn about(&self) -> About {
        About { id: "c3", scale: Scale::Unbounded, needs: &[] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        let (media, stall) = (viewing.media_time(), viewing.stall_time());
        if media <= Seconds::ZERO {
            return Err(QoeError::NothingPlayed);
        }
        let bits: Bits = viewing.segments.iter().map(|s| s.bitrate * s.duration).sum();
        let mean: BitRate = bits / media;
        let parts = Parts {
            quality: mean.kbps() / self.kbps_per_point,
            stall: 0.0 - self.per_percent * (100.0 * (stall / (stall + media))),
            ..Parts::default()
        };
        Ok(Score::of_parts(parts, self.about().scale, viewing.segments.len()))
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "c3",
        about: "mean bitrate and buffering ratio (C3 2012)",
        options: &[
            opt("kbps-per-point", "20", "kbit/s that are worth one point"),
            opt("per-percent", "3.7", "points lost per percent of buffering"),
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let kbps_per_point = o.number("kbps-per-point", 0.0..)?;
    if kbps_per_point <= 0.0 {
        return Err(o.wrong("kbps-per-point", "a number above 0").into());
    }
    Built::whole(C3 { kbps_per_point, per_percent: o.number("per-percent", 0.0..)? })
}
