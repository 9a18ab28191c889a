//! The QoE of Comyco: VMAF, with rises and falls weighed apart.
//!
//! ```text
//! sum 0.8469011 V - 28.79591348 stall + 0.29797156 [V(k) - V(k-1)]+ - 1.06099887 [V(k-1) - V(k)]+ - 2.661618558192494
//! ```
//!
//! Source: Huang et al., *Comyco: quality-aware adaptive video streaming via imitation learning*, ACM MM 2019. The last
//! constant, taken off for every chunk, stands in the published code and not in the paper: `offset=off` leaves it out.
//!
//! Conventions: the startup delay is the stall of the first chunk (`startup=stall`); the chunk before the first is the
//! first itself. Deviations: none known.

use spec::{Entry, Options, opt};

use super::linear::{FIRST, Linear, Quality, TOTAL, Weights, conventions, startup_counts};
use crate::entry::{Built, ModelInfo};
use crate::{About, Meta, Need, QoeError, Scale, Scratch, Segment};

/// VMAF, 0 to 100.
#[derive(Clone, Copy, Debug)]
pub struct Vmaf;

impl Quality for Vmaf {
    fn about(&self) -> About {
        About { id: "comyco", scale: Scale::Unbounded, needs: &[Need::Vmaf] }
    }

    #[inline]
    fn quality(&self, _: &Meta, segment: &Segment, _: &mut Scratch) -> Result<f64, QoeError> {
        segment.vmaf.ok_or_else(|| self.about().missing(Need::Vmaf))
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "comyco",
        about: "VMAF, its rises and falls, and stalls (Comyco 2019)",
        options: &[
            opt("offset", "on", "on: minus 2.6616 per segment, as in the code; off"),
            opt(
                "startup",
                "stall",
                "stall: the startup delay is the stall of the first segment; apart: not in the score",
            ),
            FIRST,
            TOTAL,
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let stall = 28.79591348;
    let weights = Weights {
        quality: 0.8469011,
        offset: if o.flag("offset")? { -2.661618558192494 } else { 0.0 },
        rise: 0.29797156,
        fall: -1.06099887,
        stall,
        startup: if startup_counts(o)? { stall } else { 0.0 },
    };
    Built::additive(Linear { quality: Vmaf, weights, conventions: conventions(o)?, before: None })
}
