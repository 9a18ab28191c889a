//! The connection of one client: what it has of its own on a way that others use too.

use units::{BitRate, Bits, Seconds};

use crate::channel::{Drawn, Waits};
use crate::impair::{AnyLimit, ClientSide};
use crate::limit::{Ends, FlowLimit};

/// One connection: its latencies, its set-up and its limits, from the trace outward.
pub(super) struct Line {
    own: ClientSide,
    /// Of the present request: what was drawn for each latency.
    drawn: Vec<Drawn>,
    /// What each limit is asked for, from the inside outward.
    asked: Vec<Asked>,
    first: Asked,
    /// Since when nothing is requested on it.
    pub(super) rests_since: Seconds,
    pub(super) busy: bool,
}

/// Which ends the limits have come to: those that [`Line::ask`] said, or those that [`Line::drains`] said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) bits: bool,
    pub(super) time: bool,
    pub(super) drained: Option<usize>,
}

/// What is asked of a limit, and its ends: bits of the way, and time.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    demand: BitRate,
    bits: Bits,
    time: Seconds,
}

/// Ends that are as near as this are one, so that rounding does not part what is equal.
const SAME: f64 = 1.0 + 1e-12;

/// What a connection asks of the way, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asks {
    pub(super) wanted: BitRate,
    /// Share of what the way carries that arrives.
    pub(super) arrives: f64,
    /// Until the way has carried so many bits, or so much time has passed.
    pub(super) bits: Bits,
    pub(super) time: Seconds,
    /// A limit lasts as long as the rate lets it: see [`Line::drains`].
    pub(super) restless: bool,
}

impl Line {
    pub(super) fn new(mut own: ClientSide, now: Seconds) -> Line {
        let drawn = own.latencies.iter_mut().map(|d| d.draw()).collect();
        let asked = vec![Asked::default(); own.limits.len()];
        Line { own, drawn, asked, first: Asked::default(), rests_since: now, busy: false }
    }

    pub(super) fn is_limited(&self) -> bool {
        !self.own.limits.is_empty()
    }

    pub(super) fn drawn(&self) -> &[Drawn] {
        &self.drawn
    }

    /// Puts a limit outside of all others.
    pub(super) fn add_limit(&mut self, limit: AnyLimit) {
        self.own.limits.push(limit);
        self.asked.push(Asked::default());
    }

    pub(super) fn request(&mut self, now: Seconds) -> Waits {
        let rest = now - self.rests_since;
        self.busy = true;
        let mut waits = Waits { round_trips: 1.0, extra: Seconds::ZERO, fresh: false };
        for reuse in &mut self.own.connections {
            reuse.rest(rest);
            waits = reuse.request(waits);
        }
        for (draws, drawn) in self.own.latencies.iter_mut().zip(&mut self.drawn) {
            *drawn = draws.draw();
        }
        for limit in &mut self.own.limits {
            limit.rest(rest);
            limit.request(waits.fresh);
        }
        waits
    }

    /// Time in which the flow asks for nothing.
    pub(super) fn wait(&mut self, time: Seconds, rtt: Seconds) {
        for limit in &mut self.own.limits {
            let mut rest = time;
            loop {
                let state = limit.lasts(BitRate::ZERO, false, rtt).time;
                if state > rest {
                    limit.pass(rest, BitRate::ZERO, rtt, Ends::default());
                    break;
                }
                limit.pass(state, BitRate::ZERO, rtt, Ends { time: true, bits: false });
                rest -= state;
            }
        }
    }

    /// Time in which the way carried `rate` for the flow. The share of it that arrived.
    pub(super) fn pass(&mut self, time: Seconds, rate: BitRate, rtt: Seconds, reached: Reached) -> f64 {
        let (mut arrived, first) = (1.0, self.first);
        for (i, (limit, asked)) in self.own.limits.iter_mut().zip(&self.asked).enumerate() {
            let share = limit.arrives();
            // A time may be less than nothing by a rounding.
            let ends = Ends {
                bits: (reached.bits && asked.bits <= first.bits * SAME) || reached.drained == Some(i),
                time: reached.time && asked.time <= first.time.max(first.time * SAME),
            };
            limit.pass(time, rate * arrived, rtt, ends);
            arrived *= share;
        }
        arrived
    }

    /// What the limits ask of the way for a flow that asks for `demand`. `carries`: the way carries something at all.
    pub(super) fn ask(&mut self, demand: BitRate, carries: bool, rtt: Seconds) -> Asks {
        let mut wanted = demand;
        for (limit, asked) in self.own.limits.iter().zip(&mut self.asked).rev() {
            asked.demand = wanted;
            wanted = limit.wanted(wanted, rtt);
        }
        let sending = carries && wanted > BitRate::ZERO;
        let (mut arrives, mut restless) = (1.0, false);
        let mut first = Asked { demand, bits: Bits::INFINITY, time: Seconds::INFINITY };
        for (limit, asked) in self.own.limits.iter().zip(&mut self.asked) {
            let lasts = limit.lasts(asked.demand, sending && arrives > 0.0, rtt);
            (asked.time, asked.bits) = (lasts.time, Bits::INFINITY);
            if lasts.above > BitRate::ZERO {
                restless |= lasts.bits < Bits::INFINITY || asked.demand > BitRate::ZERO;
            } else if sending && arrives > 0.0 {
                asked.bits = lasts.bits / arrives;
            }
            (first.time, first.bits) = (first.time.min(asked.time), first.bits.min(asked.bits));
            arrives *= limit.arrives();
        }
        self.first = first;
        Asks { wanted, arrives, bits: first.bits, time: first.time, restless }
    }

    /// The first limit whose bits are used up if the way carries `rate` on: in how much time.
    pub(super) fn drains(&self, rate: BitRate, rtt: Seconds) -> (Seconds, Option<usize>) {
        let (mut first, mut which, mut arrived) = (Seconds::INFINITY, None, 1.0);
        for (i, (limit, asked)) in self.own.limits.iter().zip(&self.asked).enumerate() {
            let lasts = limit.lasts(asked.demand, rate > BitRate::ZERO, rtt);
            let time = lasts.used_up(rate * arrived);
            if lasts.above > BitRate::ZERO && time < first {
                (first, which) = (time, Some(i));
            }
            arrived *= limit.arrives();
        }
        (first, which)
    }
}
