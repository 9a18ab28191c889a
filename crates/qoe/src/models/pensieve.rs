//! The three QoE metrics of Pensieve: linear, logarithmic and HD.
//!
//! ```text
//! sum q - sum |q(k+1) - q(k)| - mu sum stall
//! ```
//!
//! Source: Mao, Netravali, Alizadeh, *Neural adaptive video streaming with Pensieve*, SIGCOMM 2017, table 1; repository
//! hongzimao/pensieve (REBUF_PENALTY, SMOOTH_PENALTY, HD_REWARD).
//!
//! | metric | q | mu |
//! |---|---|---|
//! | `pensieve-lin` | Mbit/s | 4.3 |
//! | `pensieve-log` | ln(R / R_min), R_min the lowest rung | 2.66 |
//! | `pensieve-hd` | 300: 1, 750: 2, 1200: 3, 1850: 12, 2850: 15, 4300: 20 (kbit/s: score) | 8 |
//!
//! Conventions, each an option. The startup delay is charged like a stall (`startup=stall`), as the original's first
//! download is. The scripts of the repository let 750 kbit/s precede the first chunk (`before=750`) and then leave
//! that chunk out (`first=drop`).
//!
//! Deviations: a bitrate that is not on Pensieve's ladder has the HD score of the next lower one that is, and 0 below
//! 300 kbit/s; the paper does not define it.

use spec::{Entry, Opt, Options, opt};
use units::BitRate;

use super::linear::{FIRST, Linear, Quality, TOTAL, Weights, conventions, startup_counts};
use crate::entry::{Built, ModelInfo};
use crate::{About, Meta, Need, QoeError, Scale, Scratch, Segment};

/// The bitrate in Mbit/s.
#[derive(Clone, Copy, Debug)]
pub struct Mbps;

impl Quality for Mbps {
    fn about(&self) -> About {
        About { id: "pensieve-lin", scale: Scale::Unbounded, needs: &[] }
    }

    #[inline]
    fn quality(&self, _: &Meta, segment: &Segment, _: &mut Scratch) -> Result<f64, QoeError> {
        Ok(segment.bitrate.mbps())
    }
}

/// The logarithm of the bitrate over the lowest one.
#[derive(Clone, Copy, Debug)]
pub struct Log;

impl Quality for Log {
    fn about(&self) -> About {
        About { id: "pensieve-log", scale: Scale::Unbounded, needs: &[Need::Ladder] }
    }

    #[inline]
    fn quality(&self, meta: &Meta, segment: &Segment, scratch: &mut Scratch) -> Result<f64, QoeError> {
        match meta.ladder.first() {
            Some(lowest) => Ok(scratch.of_bitrate(segment.bitrate, || libm::log(segment.bitrate / *lowest))),
            None => Err(self.about().missing(Need::Ladder)),
        }
    }
}

/// The HD score of a bitrate.
#[derive(Clone, Copy, Debug)]
pub struct Hd;

/// Kbit/s and the score from there on, descending.
const HD_SCORE: [(f64, f64); 6] =
    [(4300.0, 20.0), (2850.0, 15.0), (1850.0, 12.0), (1200.0, 3.0), (750.0, 2.0), (300.0, 1.0)];

impl Quality for Hd {
    fn about(&self) -> About {
        About { id: "pensieve-hd", scale: Scale::Unbounded, needs: &[] }
    }

    #[inline]
    fn quality(&self, _: &Meta, segment: &Segment, _: &mut Scratch) -> Result<f64, QoeError> {
        let kbps = segment.bitrate.kbps();
        Ok(HD_SCORE.iter().find(|(from, _)| kbps >= *from).map_or(0.0, |(_, score)| *score))
    }
}

const STARTUP: Opt =
    opt("startup", "stall", "stall: the startup delay is charged with mu; apart: not in the score");
const BEFORE: Opt = opt(
    "before",
    "",
    "kbit/s taken to have been played before the first segment (the scripts: 750); default: none",
);
const LAMBDA: Opt = opt("lambda", "1", "weight of a change");

pub(crate) const LIN: ModelInfo = ModelInfo {
    entry: Entry {
        name: "pensieve-lin",
        about: "bitrate in Mbit/s, 4.3 per second of stall (Pensieve 2017, QoE_lin)",
        options: &[opt("mu", "4.3", "penalty per second of stall"), LAMBDA, STARTUP, BEFORE, FIRST, TOTAL],
    },
    build: |o| linear(o, Mbps),
};

pub(crate) const LOG: ModelInfo = ModelInfo {
    entry: Entry {
        name: "pensieve-log",
        about: "logarithm of the bitrate, 2.66 per second of stall (Pensieve 2017, QoE_log)",
        options: &[opt("mu", "2.66", "penalty per second of stall"), LAMBDA, STARTUP, BEFORE, FIRST, TOTAL],
    },
    build: |o| linear(o, Log),
};

pub(crate) const HD: ModelInfo = ModelInfo {
    entry: Entry {
        name: "pensieve-hd",
        about: "a table that favours HD, 8 per second of stall (Pensieve 2017, QoE_HD)",
        options: &[opt("mu", "8", "penalty per second of stall"), LAMBDA, STARTUP, BEFORE, FIRST, TOTAL],
    },
    build: |o| linear(o, Hd),
};

fn linear(o: &Options, quality: impl Quality + Send + Sync + 'static) -> Result<Built, QoeError> {
    let mu = o.number("mu", 0.0..)?;
    let startup = if startup_counts(o)? { mu } else { 0.0 };
    let weights = Weights::penalties(o.number("lambda", 0.0..)?, mu, startup);
    let before = o.optional_number("before", 0.0..)?.map(BitRate::from_kbps);
    Built::additive(Linear { quality, weights, conventions: conventions(o)?, before })
}
