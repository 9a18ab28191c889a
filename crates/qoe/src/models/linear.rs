//! The engine of the additive family: a quality per segment, and weights for what is between and before them.

use spec::{Opt, opt};
use units::{BitRate, Seconds};

use crate::{About, Additive, Conventions, First, Meta, Parts, QoeError, Scratch, Segment, Total};
use spec::Options;

/// The quality of one segment: what the models of the family differ in.
pub trait Quality {
    /// What the model says of itself.
    fn about(&self) -> About;

    /// The quality of a segment, in the model's own unit. `scratch` keeps what need not be computed anew for every segment of a
    /// session.
    ///
    /// # Errors
    /// [`QoeError::MissingInput`] where the segment or the ladder lacks what it needs.
    fn quality(&self, meta: &Meta, segment: &Segment, scratch: &mut Scratch) -> Result<f64, QoeError>;
}

/// What a change, a second of stall and a second of startup weigh against quality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Per unit of quality.
    pub quality: f64,
    /// Added for every segment, to its quality.
    pub offset: f64,
    /// Per unit of a rise of quality; negative is a penalty.
    pub rise: f64,
    /// Per unit of a fall of quality; negative is a penalty.
    pub fall: f64,
    /// Taken off per second of stall.
    pub stall: f64,
    /// Taken off per second of startup delay.
    pub startup: f64,
}

impl Weights {
    /// `sum q - lambda sum |dq| - mu sum stall - mu_startup startup`.
    pub const fn penalties(lambda: f64, mu: f64, mu_startup: f64) -> Weights {
        Weights { quality: 1.0, offset: 0.0, rise: -lambda, fall: -lambda, stall: mu, startup: mu_startup }
    }
}

/// A linear QoE model: weighted quality, change of quality, stall and startup delay.
#[derive(Clone, Debug)]
pub struct Linear<Q> {
    /// Quality per segment.
    pub quality: Q,
    pub weights: Weights,
    /// How it is added up.
    pub conventions: Conventions,
    /// A bitrate that is taken to have been played before the first segment, so that this has a change too.
    pub before: Option<BitRate>,
}

impl<Q: Quality> Additive for Linear<Q> {
    fn about(&self) -> About {
        self.quality.about()
    }

    fn conventions(&self) -> Conventions {
        self.conventions
    }

    fn startup(&self, _: &Meta, delay: Seconds) -> Result<Parts, QoeError> {
        Ok(Parts { startup: 0.0 - self.weights.startup * delay.get(), ..Parts::default() })
    }

    /// Keeps the quality of the segment for the next one.
    #[inline]
    fn step(
        &self,
        meta: &Meta,
        previous: Option<&Segment>,
        current: &Segment,
        stall: Seconds,
        scratch: &mut Scratch,
    ) -> Result<Parts, QoeError> {
        let w = &self.weights;
        let last = scratch.previous;
        let quality = self.quality.quality(meta, current, scratch)?;
        let before = match previous {
            Some(_) if !last.is_nan() => last,
            Some(p) => self.quality.quality(meta, p, scratch)?,
            None => match self.before {
                Some(bitrate) => {
                    self.quality.quality(meta, &Segment::new(current.duration, bitrate), scratch)?
                }
                None => quality,
            },
        };
        scratch.previous = quality;
        let change = quality - before;
        // A weight is chosen, not a sum: that needs no branch. Never a negative zero.
        let switching = if change > 0.0 { w.rise } else { -w.fall } * change + 0.0;
        Ok(Parts {
            quality: w.quality * quality + w.offset,
            switching,
            stall: 0.0 - w.stall * stall.get(),
            ..Parts::default()
        })
    }
}

/// The option `total`, for models whose default is the sum.
pub(crate) const TOTAL: Opt = opt("total", "sum", "sum, or mean per segment that counts");

/// The option `first`.
pub(crate) const FIRST: Opt =
    opt("first", "keep", "keep, or drop the first segment and the startup delay (as Pensieve's scripts do)");

/// Reads `total`.
pub(crate) fn total(options: &Options) -> Result<Total, QoeError> {
    Ok(options.choice("total", &[("sum", Total::Sum), ("mean", Total::Mean)])?)
}

/// Reads `total` and `first`.
pub(crate) fn conventions(options: &Options) -> Result<Conventions, QoeError> {
    Ok(Conventions {
        total: total(options)?,
        first: options.choice("first", &[("keep", First::Keep), ("drop", First::Drop)])?,
    })
}

/// Reads `startup`: charged like a stall, or apart (not in the score).
pub(crate) fn startup_counts(options: &Options) -> Result<bool, QoeError> {
    Ok(options.choice("startup", &[("stall", true), ("apart", false)])?)
}
