//! What limits one flow on its way, whoever else is on it: windows, loss, shaping.
//!
//! A [`FlowLimit`] says how much its flow asks of the way, and how long it does so: so many bits, or so much time. It knows
//! neither the way nor the other flows, so that one implementation serves both faces of a link. Around a [`Channel`] it is
//! one itself ([`Limited`]), for a flow that has the link for itself; on a shared link every flow has limits of its own.

use units::{BitRate, Bits, Seconds};

use crate::channel::{Channel, Stretch, Waits};

/// A limit of one flow. `rtt` is the round trip of the way at that moment.
#[auto_impl::auto_impl(Box)]
pub trait FlowLimit {
    /// A request is made, on a new connection if `fresh`.
    fn request(&mut self, _fresh: bool) {}

    /// What is asked of the way so that `demand` arrives, as far as the limit lets it.
    fn wanted(&self, demand: BitRate, rtt: Seconds) -> BitRate;

    /// Share of what the way carries that arrives.
    fn arrives(&self) -> f64 {
        1.0
    }

    /// How long all this stays as it is for a flow that asks for `demand`; `sending`: while the way carries something.
    fn lasts(&self, demand: BitRate, sending: bool, rtt: Seconds) -> Lasts;

    /// A time passes within a request, in which the way carried `rate`, and which ends as [`lasts`](FlowLimit::lasts) said
    /// it would or before.
    fn pass(&mut self, time: Seconds, rate: BitRate, rtt: Seconds, end: Ends);

    /// Time passes between two requests.
    fn rest(&mut self, time: Seconds);
}

/// How long the state of a limit lasts: until the first of its two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasts {
    /// At most so long.
    pub time: Seconds,
    /// Until the way has carried so many bits more than `above` would have.
    pub bits: Bits,
    /// The rate that costs nothing of `bits`.
    pub above: BitRate,
}

impl Lasts {
    /// For ever.
    pub const EVER: Lasts = Lasts { time: Seconds::INFINITY, bits: Bits::INFINITY, above: BitRate::ZERO };

    /// When the bits are used up at this rate.
    pub fn used_up(self, rate: BitRate) -> Seconds {
        let drain = rate - self.above;
        if drain > BitRate::ZERO { self.bits / drain } else { Seconds::INFINITY }
    }

    /// Which ends are reached after this time at this rate.
    pub fn ends(self, time: Seconds, rate: BitRate) -> Ends {
        Ends { bits: self.used_up(rate) <= time, time: self.time <= time }
    }

    fn holds(self, rate: BitRate) -> Seconds {
        self.used_up(rate).min(self.time)
    }
}

/// Which ends of a [`Lasts`] were reached. Who knows it says so: rounding must not decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Its bits are used up.
    pub bits: bool,
    /// Its time is over.
    pub time: bool,
}

/// A limit around a channel: the way as a flow sees it that has it for itself.
#[derive(Clone, Debug)]
pub struct Limited<C, L> {
    inner: C,
    limit: L,
}

impl<C: Channel, L: FlowLimit> Limited<C, L> {
    /// The flow of this limit on a channel.
    pub fn around(inner: C, limit: L) -> Limited<C, L> {
        Limited { inner, limit }
    }

    /// The limit.
    pub fn limit(&self) -> &L {
        &self.limit
    }

    /// What the way does for this demand, and how long the limit stays as it is.
    fn now(&self, demand: BitRate) -> (BitRate, Stretch, Lasts, Seconds) {
        let rtt = self.inner.round_trip();
        let wanted = self.limit.wanted(demand, rtt);
        let inner = self.inner.stretch(wanted);
        (wanted, inner, self.limit.lasts(demand, inner.rate > BitRate::ZERO, rtt), rtt)
    }
}

impl<C: Channel, L: FlowLimit> Channel for Limited<C, L> {
    fn round_trip(&self) -> Seconds {
        self.inner.round_trip()
    }

    fn request(&mut self) -> Waits {
        let waits = self.inner.request();
        self.limit.request(waits.fresh);
        waits
    }

    fn stretch(&self, demand: BitRate) -> Stretch {
        let (_, inner, lasts, _) = self.now(demand);
        Stretch { rate: inner.rate * self.limit.arrives(), ..inner.at_most(lasts.holds(inner.rate)) }
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        let sending = taken > BitRate::ZERO;
        let sent = if sending { taken / self.limit.arrives() } else { BitRate::ZERO };
        let rtt = self.inner.round_trip();
        let ends = self.limit.lasts(taken, sending, rtt).ends(time, sent);
        self.limit.pass(time, sent, rtt, ends);
        self.inner.spend(time, sent);
    }

    fn cross(&mut self, demand: BitRate) {
        let (wanted, inner, lasts, rtt) = self.now(demand);
        let own = lasts.holds(inner.rate);
        let time = own.min(inner.holds);
        self.limit.pass(time, inner.rate, rtt, lasts.ends(time, inner.rate));
        if own < inner.holds {
            self.inner.spend(own, inner.rate);
        } else {
            self.inner.cross(wanted);
        }
    }

    fn rest(&mut self, time: Seconds) {
        self.limit.rest(time);
        self.inner.rest(time);
    }

    fn entered(&self) -> &[Seconds] {
        self.inner.entered()
    }
}
