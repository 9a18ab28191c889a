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

use super::{Kind, Make, Place, hand_on};
use crate::channel::{Channel, Stretch};

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
        Ok(Make::wrap(move |inner, _| TokenBucket::new(inner, options)))
    },
};

/// See the source of this impairment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucketOptions {
    /// The rate at which credit flows in; above 0.
    pub rate: BitRate,
    /// The most credit.
    pub burst: Bits,
    /// The highest rate with credit, at least `rate`.
    pub peak: BitRate,
}

/// A shaper around a channel.
#[derive(Clone, Debug)]
pub struct TokenBucket<C> {
    inner: C,
    options: TokenBucketOptions,
    credit: Bits,
}

impl<C: Channel> TokenBucket<C> {
    /// A shaper with a full bucket.
    pub fn new(inner: C, options: TokenBucketOptions) -> TokenBucket<C> {
        TokenBucket { inner, options, credit: options.burst }
    }

    /// What may be sent above the shaped rate.
    pub fn credit(&self) -> Bits {
        self.credit
    }

    fn allowed(&self, demand: BitRate) -> BitRate {
        let TokenBucketOptions { rate, peak, .. } = self.options;
        demand.min(if self.credit > Bits::ZERO { peak } else { rate })
    }

    /// How long the credit lasts for a flow of this rate.
    fn lasts(&self, taken: BitRate) -> Seconds {
        let drain = taken - self.options.rate;
        match self.credit > Bits::ZERO && drain > BitRate::ZERO {
            true => self.credit / drain,
            false => Seconds::INFINITY,
        }
    }

    fn refill(&mut self, time: Seconds, taken: BitRate) {
        let flow = self.options.rate - taken;
        // Nothing times an infinite time is nothing.
        let gained = if flow == BitRate::ZERO { Bits::ZERO } else { flow * time };
        self.credit = (self.credit + gained).max(Bits::ZERO).min(self.options.burst);
    }
}

impl<C: Channel> Channel for TokenBucket<C> {
    fn stretch(&self, demand: BitRate) -> Stretch {
        let inner = self.inner.stretch(self.allowed(demand));
        inner.at_most(self.lasts(inner.rate))
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.refill(time, taken);
        self.inner.spend(time, taken);
    }

    fn cross(&mut self, demand: BitRate) {
        let allowed = self.allowed(demand);
        let inner = self.inner.stretch(allowed);
        let lasts = self.lasts(inner.rate);
        if lasts < inner.holds {
            self.inner.spend(lasts, inner.rate);
            self.credit = Bits::ZERO;
        } else {
            self.refill(inner.holds, inner.rate);
            self.inner.cross(allowed);
        }
    }

    fn rest(&mut self, time: Seconds) {
        self.refill(time, BitRate::ZERO);
        self.inner.rest(time);
    }

    hand_on!(round_trip, request, periods);
}
