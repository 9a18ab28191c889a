//! `token-bucket`: shaping. A burst at line rate as long as there is credit, then the shaped rate.
//!
//! Credit flows in at `rate`, `burst` at most; what is sent takes it out. With credit the flow sends as fast as the link
//! and `peak` let it, without at most at `rate`. On a constant link of rate C and with the bucket full, a transfer of S takes
//! S / C up to S = burst C / (C - rate), and (S - burst) / rate beyond. Idle time refills the credit: a rule that measures
//! the burst overestimates the link.
//!
//! # The constants
//!
//! The defaults are what the Lumos chunk logs show of their "5 Mbit/s" server behind good Wi-Fi (Lv et al., INFOCOM 2022):
//! small chunks at 10.8 Mbit/s, large ones at 6.6: a credit of 1.7 Mbit above 6 Mbit/s.

use spec::{Entry, opt};
use units::{BitRate, Bits, Seconds};

use super::{Kind, Make, Place};
use crate::channel::Channel;
use crate::limit::{Ends, FlowLimit, Lasts, Limited};

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "token-bucket",
        about: "shaping: a burst at line rate, then the shaped rate",
        options: &[
            opt("rate", "6", "shaped rate in Mbit/s"),
            opt("burst", "1.7", "credit of a full bucket in Mbit"),
            opt("peak", "auto", "highest rate with credit in Mbit/s; auto: the link's"),
        ],
    },
    place: Place::Flow,
    make: |o| {
        let options = TokenBucketOptions {
            rate: BitRate::from_mbps(o.number("rate", 1e-3..=1e9)?),
            burst: Bits::new(o.number("burst", 0.0..=1e9)? * 1e6),
            peak: match o.text("peak") {
                "auto" => BitRate::INFINITY,
                _ => BitRate::from_mbps(o.number("peak", 1e-3..=1e9)?),
            },
        };
        if options.peak < options.rate {
            return Err(o.wrong("peak", "at least the shaped rate").into());
        }
        Ok(Make::limit(move |_| Bucket::new(options)))
    },
};

/// The options of `token-bucket`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucketOptions {
    /// The rate at which credit flows in; above 0.
    pub rate: BitRate,
    /// The most credit.
    pub burst: Bits,
    /// The highest rate with credit, at least `rate`.
    pub peak: BitRate,
}

/// The credit of a shaped flow.
#[derive(Clone, Debug)]
pub struct Bucket {
    options: TokenBucketOptions,
    credit: Bits,
}

/// A shaper around a channel.
pub type TokenBucket<C> = Limited<C, Bucket>;

impl<C: Channel> TokenBucket<C> {
    /// A shaper with a full bucket.
    pub fn new(inner: C, options: TokenBucketOptions) -> TokenBucket<C> {
        Limited::around(inner, Bucket::new(options))
    }
}

impl Bucket {
    /// A full one.
    pub fn new(options: TokenBucketOptions) -> Bucket {
        Bucket { options, credit: options.burst }
    }

    /// What may be sent above the shaped rate.
    pub fn credit(&self) -> Bits {
        self.credit
    }
}

impl FlowLimit for Bucket {
    fn wanted(&self, demand: BitRate, _: Seconds) -> BitRate {
        let TokenBucketOptions { rate, peak, .. } = self.options;
        demand.min(if self.credit > Bits::ZERO { peak } else { rate })
    }

    fn lasts(&self, _: BitRate, _: bool, _: Seconds) -> Lasts {
        let bits = if self.credit > Bits::ZERO { self.credit } else { Bits::INFINITY };
        Lasts { bits, above: self.options.rate, ..Lasts::EVER }
    }

    fn pass(&mut self, time: Seconds, rate: BitRate, _: Seconds, end: Ends) {
        let flow = self.options.rate - rate;
        // Nothing times an infinite time is nothing.
        let gained = if flow == BitRate::ZERO { Bits::ZERO } else { flow * time };
        let credit = (self.credit + gained).max(Bits::ZERO).min(self.options.burst);
        self.credit = if end.bits { Bits::ZERO } else { credit };
    }

    fn rest(&mut self, time: Seconds) {
        self.pass(time, BitRate::ZERO, Seconds::ZERO, Ends::default());
    }
}
