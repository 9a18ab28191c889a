//! The QoE objective of Yin et al.
//!
//! ```text
//! sum q - lambda sum |q(k+1) - q(k)| - mu sum stall - mu_s startup        q in kbit/s, times in seconds
//! ```
//!
//! Source: Yin, Jindal, Sekar, Sinopoli, *A control-theoretic approach for dynamic adaptive video streaming over HTTP*,
//! SIGCOMM 2015, equation 5 and section 7.
//!
//! | preset | lambda | mu | mu_s |
//! |---|---|---|---|
//! | `balanced` | 1 | 3000 | 3000 |
//! | `avoid-instability` | 3 | 3000 | 3000 |
//! | `avoid-rebuffering` | 1 | 6000 | 6000 |
//!
//! Deviations: none known. The second and third preset could not be compared with the printed paper.

use spec::{Entry, Options, opt};

use super::linear::{FIRST, Linear, Quality, TOTAL, Weights, conventions, startup_counts};
use crate::entry::{Built, ModelInfo};
use crate::{About, Meta, QoeError, Scale, Scratch, Segment};

/// The bitrate in kbit/s.
#[derive(Clone, Copy, Debug)]
pub struct Kbps;

impl Quality for Kbps {
    fn about(&self) -> About {
        About { id: "yin", scale: Scale::Unbounded, needs: &[] }
    }

    #[inline]
    fn quality(&self, _: &Meta, segment: &Segment, _: &mut Scratch) -> Result<f64, QoeError> {
        Ok(segment.bitrate.kbps())
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "yin",
        about: "bitrate, switches, stalls and startup in kbit/s (Yin 2015)",
        options: &[
            opt(
                "preset",
                "balanced",
                "balanced, avoid-instability or avoid-rebuffering; sets lambda, mu and mu-startup",
            ),
            opt("lambda", "", "weight of a change, per kbit/s; default: the preset's"),
            opt("mu", "", "kbit/s per second of stall; default: the preset's"),
            opt("mu-startup", "", "kbit/s per second of startup; default: mu"),
            opt("startup", "stall", "stall: charged with mu-startup; apart: not in the score"),
            FIRST,
            TOTAL,
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let presets = [
        ("balanced", (1.0, 3000.0)),
        ("avoid-instability", (3.0, 3000.0)),
        ("avoid-rebuffering", (1.0, 6000.0)),
    ];
    let (lambda, mu) = o.choice("preset", &presets)?;
    let (lambda, mu) = (
        o.optional_number("lambda", 0.0..)?.unwrap_or(lambda),
        o.optional_number("mu", 0.0..)?.unwrap_or(mu),
    );
    let startup =
        if startup_counts(o)? { o.optional_number("mu-startup", 0.0..)?.unwrap_or(mu) } else { 0.0 };
    let weights = Weights::penalties(lambda, mu, startup);
    Built::additive(Linear { quality: Kbps, weights, conventions: conventions(o)?, before: None })
}
