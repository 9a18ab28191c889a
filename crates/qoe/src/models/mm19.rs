//! The QoE of the ACM MM 2019 grand challenge on live streaming.
//!
//! ```text
//! sum (d R - 1.85 stall - g L - 0.5 skipped) - 0.02 sum |R(k+1) - R(k)|     R in Mbit/s
//! ```
//!
//! Source: the demo code of the *Live Video Streaming* grand challenge, ACM Multimedia 2019. There it is applied per frame
//! of d = 0.04 s; here per segment of d seconds.
//!
//! | constant | value |
//! |---|---|
//! | g | 0.005 for a latency L <= 1.0 s, 0.01 beyond |
//! | skipped | media seconds jumped over to catch up |
//!
//! Conventions: the startup delay is not charged. What was skipped is in the latency part.

use spec::{Entry, Options};
use units::Seconds;

use crate::entry::{Built, ModelInfo};
use crate::{
    About, Additive, Conventions, First, Meta, Need, Parts, QoeError, Scale, Scratch, Segment, Total,
};

/// The live QoE of the challenge.
#[derive(Clone, Copy, Debug)]
pub struct Mm19 {
    /// What becomes of the sum.
    pub total: Total,
}

/// The latency up to which it weighs half.
const NEAR: Seconds = Seconds::from_millis(1000.0);

impl Additive for Mm19 {
    fn about(&self) -> About {
        About { id: "mm19-live", scale: Scale::Unbounded, needs: &[Need::Latency] }
    }

    fn conventions(&self) -> Conventions {
        Conventions { first: First::Keep, total: self.total }
    }

    #[inline]
    fn step(
        &self,
        _: &Meta,
        previous: Option<&Segment>,
        current: &Segment,
        stall: Seconds,
        _: &mut Scratch,
    ) -> Result<Parts, QoeError> {
        let latency = current.latency.ok_or_else(|| self.about().missing(Need::Latency))?;
        let weight = if latency <= NEAR { 0.005 } else { 0.01 };
        let change = previous.map_or(0.0, |p| (current.bitrate - p.bitrate).mbps().abs());
        Ok(Parts {
            quality: current.duration.get() * current.bitrate.mbps(),
            switching: 0.0 - 0.02 * change,
            stall: 0.0 - 1.85 * stall.get(),
            latency: 0.0 - weight * latency.get() - 0.5 * current.skipped.get(),
            ..Parts::default()
        })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "mm19-live",
        about: "live: bitrate, stalls, latency, skips (ACM MM 2019 grand challenge)",
        options: &[super::linear::TOTAL],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    Built::additive(Mm19 { total: super::linear::total(o)? })
}
