//! What a flow finds on its way, stretch by stretch; and the one loop that carries over stretches.
//!
//! [`NetworkModel`](crate::NetworkModel) answers "how long does this take". A [`Channel`] answers the question before it:
//! "which rate now, and for how long at most", and is told what the flow made of it. A trace is a channel, and so is
//! everything that changes one and keeps the rate piecewise constant ([`impair`](crate::impair)); [`carry`] and [`wait`]
//! solve transfers and latencies over any of them in closed form.

use units::{BitRate, Bits, Seconds};

use crate::{Carried, ProgressInterval};

/// A time of constant rate that begins now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// What is carried, at most what was asked for.
    pub rate: BitRate,
    /// How long at most. By rounding it may be a little less than nothing; the end of the stretch makes up for it.
    pub holds: Seconds,
    /// No bit will ever be carried again.
    pub over: bool,
}

impl Stretch {
    /// The same, no longer than a time.
    pub fn at_most(self, time: Seconds) -> Stretch {
        Stretch { holds: self.holds.min(time), ..self }
    }
}

/// What a request waits for before its first bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waits {
    /// Round trips: its own, and those that set up its connection.
    pub round_trips: f64,
    /// Time that no round trip measures (looking up a name).
    pub extra: Seconds,
    /// The request has a new connection.
    pub fresh: bool,
}

/// The latency that was drawn for one request: a factor on the base, and what is added to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Factor on the base of the round trip.
    pub factor: f64,
    pub added: Seconds,
}

/// The way between a server and one flow: a round-trip time, and stretches of constant rate.
///
/// Time is moved by [`spend`](Channel::spend) and [`cross`](Channel::cross) while a request is being answered (its waits
/// included) and by [`rest`](Channel::rest) between requests. Deterministic, as [`NetworkModel`](crate::NetworkModel).
#[auto_impl::auto_impl(Box)]
pub trait Channel {
    /// One round trip, now.
    fn round_trip(&self) -> Seconds;

    /// One round trip, now, of a request for which this was drawn: what clients that share a way have of their own. One
    /// for each latency inside, from the trace outward.
    fn round_trip_of(&self, _drawn: &[Drawn]) -> Seconds {
        self.round_trip()
    }

    /// A request is made: what it waits for.
    fn request(&mut self) -> Waits;

    /// What a flow that asks for at most `demand` is given from now on. With a demand of zero: how long nothing changes.
    fn stretch(&self, demand: BitRate) -> Stretch;

    /// A part of the present stretch passes, of which the flow took `taken`.
    fn spend(&mut self, time: Seconds, taken: BitRate);

    /// The present stretch for this demand passes to its end.
    fn cross(&mut self, demand: BitRate);

    /// Time passes between two requests.
    fn rest(&mut self, time: Seconds);

    /// When it entered each period of its trace, as [`NetworkModel::entries`](crate::NetworkModel::entries).
    fn entered(&self) -> &[Seconds];
}

/// The share of a transfer that may be left at the end of a stretch and is still carried at that stretch's rate. A transfer
/// that should finish exactly at the end of a window, credit or period must not spill into the next one because of
/// rounding.
pub(crate) const CLOSE: f64 = 1e-12;

/// Carries payload until `size` is reached or, if earlier, `interval` is complete: the exact solution, stretch by stretch.
/// See [`NetworkModel::carry`](crate::NetworkModel::carry).
#[inline]
pub fn carry<C: Channel>(channel: &mut C, size: Bits, interval: ProgressInterval) -> Carried {
    let (mut bits, mut time) = (Bits::ZERO, Seconds::ZERO);
    let close = size * CLOSE;
    let (mut size, mut need_bits, mut need_time) = (size, interval.bits, interval.time);
    while size > Bits::ZERO && (need_bits > Bits::ZERO || need_time > Seconds::ZERO) {
        let Stretch { rate, holds, over } = channel.stretch(BitRate::INFINITY);
        // No look will ever see another bit.
        if over {
            return Carried { bits, time: Seconds::INFINITY };
        }
        // A stretch without rate carries nothing, however long it is.
        let mut here = Bits::ZERO;
        if rate > BitRate::ZERO {
            here = holds * rate;
            let wanted = need_bits.max(need_time * rate);
            if (size <= wanted && size <= here + close) || wanted <= here {
                let last = if size <= wanted { size } else { wanted };
                let t = last / rate;
                channel.spend(t, rate);
                return Carried { bits: bits + last, time: time + t };
            }
        } else if need_bits <= Bits::ZERO && need_time <= holds {
            channel.spend(need_time, rate);
            return Carried { bits, time: time + need_time };
        }
        channel.cross(BitRate::INFINITY);
        bits += here;
        time += holds;
        size -= here;
        need_bits -= here;
        need_time -= holds;
    }
    Carried { bits, time }
}

/// Waits for so many round trips. Where they span a change of the round-trip time, what is left of them is scaled to the
/// new one.
#[inline]
pub fn wait<C: Channel>(channel: &mut C, round_trips: f64) -> Seconds {
    let (mut total, mut share) = (Seconds::ZERO, round_trips);
    while share > 0.0 {
        let round_trip = channel.round_trip();
        let (wanted, left) = (share * round_trip, channel.stretch(BitRate::ZERO).holds);
        // What is left may be less than nothing by a rounding; a latency of zero waits for nothing all the same.
        if wanted <= left.max(Seconds::ZERO) {
            channel.spend(wanted, BitRate::ZERO);
            return total + wanted;
        }
        channel.cross(BitRate::ZERO);
        share -= left / round_trip;
        total += left;
    }
    total
}

/// Lets a time pass within a request.
pub(crate) fn hold<C: Channel>(channel: &mut C, time: Seconds) {
    let mut rest = time;
    while rest > Seconds::ZERO {
        let holds = channel.stretch(BitRate::ZERO).holds;
        if rest <= holds {
            return channel.spend(rest, BitRate::ZERO);
        }
        channel.cross(BitRate::ZERO);
        rest -= holds;
    }
}

/// Waits for what a request waits for, of which `ahead` has passed on the channel already. The latency, never less than that.
pub(crate) fn open_ahead<C: Channel>(channel: &mut C, waits: Waits, ahead: Seconds) -> Seconds {
    let extra = (waits.extra - ahead).max(Seconds::ZERO);
    let round_trip = channel.round_trip();
    let rest = (ahead - waits.extra).max(Seconds::ZERO);
    let share = if round_trip > Seconds::ZERO { rest / round_trip } else { 0.0 };
    hold(channel, extra);
    ahead + extra + wait(channel, waits.round_trips - share)
}
