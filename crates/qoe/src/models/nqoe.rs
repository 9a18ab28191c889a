//! NQoE: the live QoE of LoL, LoL+ and the Twitch challenge.
//!
//! ```text
//! sum (alpha R - beta stall - gamma L - sigma |1 - P|) - mu sum |R(k+1) - R(k)|
//! ```
//!
//! R in kbit/s, L live latency and stall in seconds, P playback speed; alpha the segment's seconds, beta = R_max, sigma =
//! R_min of the ladder.
//!
//! Source: Bentaleb, *NQoE* (note of 20 March 2020); LoLp_QoEEvaluation.js of dash.js.
//!
//! | variant | gamma for L <= 1.1 s | gamma beyond | mu |
//! |---|---|---|---|
//! | `nqoe` (the note) | 0.005 | 0.01 | 0.02, or 1 "if the switch is too important" |
//! | `lolplus` (the code) | 0.05 R_min | 0.10 R_max | 1 |
//!
//! Conventions: the startup delay is not charged. Deviations: none known.

use spec::{Entry, Options, opt};
use units::Seconds;

use super::linear::{TOTAL, total};
use crate::entry::{Built, ModelInfo};
use crate::{
    About, Additive, Conventions, First, Meta, Need, Parts, QoeError, Scale, Scratch, Segment, Total,
};

/// Which weights the latency has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gamma {
    /// Of the note.
    Note,
    /// Of LoL+'s code.
    LolPlus,
}

/// The live QoE.
#[derive(Clone, Copy, Debug)]
pub struct Nqoe {
    id: &'static str,
    /// Which weights the latency has.
    pub gamma: Gamma,
    /// Weight of a change of bitrate.
    pub mu: f64,
    /// What becomes of the sum.
    pub total: Total,
}

/// The latency up to which gamma is the small one.
const NEAR: Seconds = Seconds::from_millis(1100.0);

impl Additive for Nqoe {
    fn about(&self) -> About {
        About { id: self.id, scale: Scale::Unbounded, needs: &[Need::Ladder, Need::Latency] }
    }

    fn conventions(&self) -> Conventions {
        Conventions { first: First::Keep, total: self.total }
    }

    #[inline]
    fn step(
        &self,
        meta: &Meta,
        previous: Option<&Segment>,
        current: &Segment,
        stall: Seconds,
        _: &mut Scratch,
    ) -> Result<Parts, QoeError> {
        let (low, high) = meta.ladder_range().ok_or_else(|| self.about().missing(Need::Ladder))?;
        let latency = current.latency.ok_or_else(|| self.about().missing(Need::Latency))?;
        let (near, far) = match self.gamma {
            Gamma::Note => (0.005, 0.01),
            Gamma::LolPlus => (0.05 * low.kbps(), 0.1 * high.kbps()),
        };
        let gamma = if latency <= NEAR { near } else { far };
        let change = previous.map_or(0.0, |p| (current.bitrate - p.bitrate).kbps().abs());
        Ok(Parts {
            quality: current.duration.get() * current.bitrate.kbps(),
            switching: 0.0 - self.mu * change,
            stall: 0.0 - high.kbps() * stall.get(),
            latency: 0.0 - gamma * latency.get(),
            speed: 0.0 - low.kbps() * (1.0 - current.speed).abs(),
            ..Parts::default()
        })
    }
}

pub(crate) const NOTE: ModelInfo = ModelInfo {
    entry: Entry {
        name: "nqoe",
        about: "live: bitrate, stalls, latency, speed, switches (Bentaleb's note, 2020)",
        options: &[opt("mu", "0.02", "weight of a change; the note allows 1"), TOTAL],
    },
    build: |o| build(o, "nqoe", Gamma::Note),
};

pub(crate) const LOLPLUS: ModelInfo = ModelInfo {
    entry: Entry {
        name: "lolplus",
        about: "live: NQoE with the weights of LoL+'s code (dash.js)",
        options: &[opt("mu", "1", "weight of a change"), TOTAL],
    },
    build: |o| build(o, "lolplus", Gamma::LolPlus),
};

fn build(o: &Options, id: &'static str, gamma: Gamma) -> Result<Built, QoeError> {
    let total = total(o)?;
    Built::additive(Nqoe { id, gamma, mu: o.number("mu", 0.0..)?, total })
}
