//! FTW: the exponential of stalls.
//!
//! ```text
//! MOS = 3.50 exp(-(0.15 L + 0.19) N) + 1.50         N stalls of L seconds in the mean
//! ```
//!
//! Source: Hoßfeld et al., *Quantification of YouTube QoE via crowdsourcing*, 2011, and the 2013 book chapter. Made for
//! clips of 30 to 60 s; it knows no quality and no startup delay.
//!
//! More stalling never raises it: the exponent is 0.15 times the stalled time plus 0.19 times the number of stalls.

use spec::Entry;

use crate::entry::{Built, ModelInfo};
use crate::model::attributed;
use crate::{About, QoeError, QoeModel, Scale, Score, Viewing};

/// The FTW model.
#[derive(Clone, Copy, Debug)]
pub struct Ftw;

impl QoeModel for Ftw {
    fn about(&self) -> About {
        About { id: "ftw", scale: Scale::Mos, needs: &[] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        attributed(viewing, self.about().scale, |v| {
            let n = v.rebuffers().count() as f64;
            let mean = if n > 0.0 { v.stall_time().get() / n } else { 0.0 };
            Ok(3.5 * libm::exp(-(0.15 * mean + 0.19) * n) + 1.5)
        })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry { name: "ftw", about: "stalls only, exponential (Hossfeld 2011)", options: &[] },
    build: |_| Built::whole(Ftw),
};
