//! A link that several flows share: what has come of each, at any time. No clock: time comes in.
//!
//! Between two events (a wait ends, a flow ends, the channel changes) everything is linear, so a share is solved in closed form. The
//! flows that have something to receive divide what the channel carries equally. A flow alone on its link is carried exactly as
//! [`netmodel::NetworkModel::transfer`] carries it.

use netmodel::channel::Channel;
use units::{BitRate, Bits, Seconds};

/// What of a flow may be left by rounding.
const CLOSE: f64 = 1e-12;

/// Content that appears while it is being sent: by so long after the request there are so many bits of it, ascending.
pub(crate) type Supply = Vec<(Seconds, Bits)>;

/// A transfer on a shared link.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    id: u64,
    size: Bits,
    received: Bits,
    /// What it still waits for before its first bit.
    extra: Seconds,
    round_trips: f64,
    /// When the request was made, on the link's clock.
    opened: Seconds,
    supply: Supply,
    started: Option<Seconds>,
    finished: Option<Seconds>,
}

impl Flow {
    pub(crate) fn received(&self) -> Bits {
        self.received
    }

    /// When the wait for the first bit was over, on the link's clock.
    pub(crate) fn started(&self) -> Option<Seconds> {
        self.started
    }

    /// When the last bit had come, on the link's clock.
    pub(crate) fn finished(&self) -> Option<Seconds> {
        self.finished
    }

    /// How much of it there is, and when there is more.
    fn supplied(&self, now: Seconds) -> (Bits, Seconds) {
        if self.supply.is_empty() {
            return (self.size, Seconds::INFINITY);
        }
        let next = self.supply.partition_point(|(after, _)| self.opened + *after <= now);
        let bits = if next == 0 { Bits::ZERO } else { self.supply[next - 1].1 };
        (
            bits.min(self.size),
            self.supply.get(next).map_or(Seconds::INFINITY, |(after, _)| self.opened + *after),
        )
    }

    /// What it could receive now.
    fn wants(&self, now: Seconds) -> Bits {
        match self.started.is_some() && self.finished.is_none() {
            true => (self.supplied(now).0 - self.received).max(Bits::ZERO),
            false => Bits::ZERO,
        }
    }
}

/// A channel and the flows on it.
#[derive(Debug)]
pub(crate) struct Shared<C> {
    channel: C,
    flows: Vec<Flow>,
    now: Seconds,
    next: u64,
}

impl<C: Channel> Shared<C> {
    pub(crate) fn new(channel: C) -> Shared<C> {
        Shared { channel, flows: Vec::new(), now: Seconds::ZERO, next: 0 }
    }

    /// The time that has passed on it.
    pub(crate) fn now(&self) -> Seconds {
        self.now
    }

    pub(crate) fn round_trip(&self) -> Seconds {
        self.channel.round_trip()
    }

    /// A request is made now, for so much.
    pub(crate) fn open(&mut self, size: Bits, supply: Supply) -> u64 {
        let waits = self.channel.request();
        let (id, now) = (self.next, self.now);
        self.next += 1;
        self.flows.push(Flow {
            id,
            size,
            received: Bits::ZERO,
            extra: waits.extra,
            round_trips: waits.round_trips,
            opened: now,
            supply,
            started: None,
            finished: None,
        });
        self.settle();
        id
    }

    /// Takes a flow off the link, whatever has come of it.
    pub(crate) fn close(&mut self, id: u64) -> Option<Flow> {
        let at = self.flows.iter().position(|f| f.id == id)?;
        Some(self.flows.swap_remove(at))
    }

    pub(crate) fn flow(&self, id: u64) -> Option<&Flow> {
        self.flows.iter().find(|f| f.id == id)
    }

    /// How long until a flow starts or finishes at the earliest, as far as the present rate tells.
    pub(crate) fn news_in(&self, id: u64) -> Seconds {
        let Some(flow) = self.flow(id) else { return Seconds::INFINITY };
        if flow.started.is_none() {
            return flow.extra + flow.round_trips * self.channel.round_trip();
        }
        let wants = flow.wants(self.now);
        let wanting = self.wanting();
        if wants <= Bits::ZERO || wanting == 0 {
            return flow.supplied(self.now).1 - self.now;
        }
        wants / (self.channel.stretch(BitRate::INFINITY).rate * (1.0 / wanting as f64))
    }

    /// What a flow gets of the link now, one of those that want something.
    pub(crate) fn share(&self) -> BitRate {
        self.channel.stretch(BitRate::INFINITY).rate * (1.0 / self.wanting().max(1) as f64)
    }

    fn wanting(&self) -> usize {
        self.flows.iter().filter(|f| f.wants(self.now) > Bits::ZERO).count()
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, time: Seconds) {
        let end = self.now + time;
        let mut rest = time;
        while rest > Seconds::ZERO {
            if self.flows.iter().all(|f| f.finished.is_some()) {
                self.channel.rest(rest);
                break;
            }
            let wanting = self.wanting();
            let demand = if wanting > 0 { BitRate::INFINITY } else { BitRate::ZERO };
            let stretch = self.channel.stretch(demand);
            // No flow will ever receive another bit.
            if stretch.over && wanting > 0 {
                break;
            }
            let share = stretch.rate * (1.0 / wanting.max(1) as f64);
            let step = self.flows.iter().map(|f| self.event_in(f, share)).fold(rest, Seconds::min);
            let holds = stretch.holds.max(Seconds::ZERO);
            let round_trip = self.channel.round_trip();
            let step = if step < holds {
                self.channel.spend(step, stretch.rate);
                step
            } else {
                self.channel.cross(demand);
                holds
            };
            self.pass(step, share, round_trip);
            rest -= step;
            self.settle();
        }
        // Not the sum of what the steps made of it.
        self.now = end;
    }

    /// How long until something changes for a flow that gets so much.
    fn event_in(&self, flow: &Flow, share: BitRate) -> Seconds {
        if flow.started.is_none() {
            return match flow.extra > Seconds::ZERO {
                true => flow.extra,
                false => flow.round_trips * self.channel.round_trip(),
            };
        }
        if flow.finished.is_some() {
            return Seconds::INFINITY;
        }
        let (wants, more) = (flow.wants(self.now), flow.supplied(self.now).1 - self.now);
        match wants > Bits::ZERO && share > BitRate::ZERO {
            true => more.min(wants / share),
            false => more,
        }
    }

    /// What a step brings to every flow.
    fn pass(&mut self, step: Seconds, share: BitRate, round_trip: Seconds) {
        let now = self.now;
        for flow in &mut self.flows {
            if flow.started.is_none() {
                let of_extra = flow.extra.min(step);
                flow.extra -= of_extra;
                let waited = step - of_extra;
                if waited > Seconds::ZERO && round_trip > Seconds::ZERO {
                    flow.round_trips -= waited / round_trip;
                }
                continue;
            }
            let wants = flow.wants(now);
            if wants > Bits::ZERO {
                let got = share * step;
                // What is carried at the very end of a step is carried whole.
                let whole = wants - got <= flow.size * CLOSE;
                flow.received = if whole { flow.received + wants } else { flow.received + got };
            }
        }
        self.now += step;
    }

    /// Tells the flows that begin or end now.
    fn settle(&mut self) {
        let (now, round_trip) = (self.now, self.channel.round_trip());
        for flow in &mut self.flows {
            let waits =
                flow.extra > Seconds::ZERO || (flow.round_trips > CLOSE && round_trip > Seconds::ZERO);
            if flow.started.is_none() && !waits {
                flow.started = Some(now);
            }
            if flow.started.is_some() && flow.finished.is_none() && flow.received >= flow.size {
                flow.finished = Some(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use netmodel::{Link, LinkOptions, NetworkModel, Trace, impair};
    use proptest::prelude::*;

    use super::*;

    fn link(steps: &[(f64, f64)], latency: f64) -> Link {
        let trace = Trace::steps("test", steps, Seconds::new(latency)).expect("a trace");
        Link::new(Arc::new(trace), LinkOptions::default()).expect("a link")
    }

    fn close(a: Seconds, b: Seconds) -> bool {
        (a - b).abs() <= Seconds::from_millis(1e-6) + b * 1e-9
    }

    proptest! {
        /// A flow alone is carried as the link carries it, however time is cut.
        #[test]
        fn a_flow_alone_is_a_transfer(
            steps in prop::collection::vec((0.05f64..5.0, prop_oneof![Just(0.0), 0.1f64..20.0]), 1..8),
            latency in prop_oneof![Just(0.0), 0.001f64..0.9],
            sizes in prop::collection::vec((1e3f64..2e7, 0.0f64..3.0), 1..6),
            tick in 0.004f64..0.7,
        ) {
            prop_assume!(steps.iter().any(|s| s.1 > 0.0));
            let mut alone = link(&steps, latency);
            let mut shared = Shared::new(link(&steps, latency));
            for (size, pause) in sizes {
                let (size, pause) = (Bits::new(size), Seconds::new(pause));
                let expected = alone.transfer(size);
                alone.idle(pause);
                let (id, from) = (shared.open(size, Supply::new()), shared.now());
                while shared.flow(id).is_some_and(|f| f.finished().is_none()) {
                    shared.advance(Seconds::new(tick));
                }
                let flow = shared.close(id).expect("on the link");
                let (started, finished) = (flow.started().expect("it has"), flow.finished().expect("it has"));
                prop_assert!(close(started - from, expected.latency), "{:?} {:?}", started - from, expected);
                prop_assert!(close(finished - from, expected.total()), "{:?} {:?}", finished - from, expected);
                // The other link is where it was when the answer was complete: come to the same instant.
                let late = shared.now() - finished;
                prop_assert!(late >= Seconds::ZERO);
                if late <= pause {
                    shared.advance(pause - late);
                } else {
                    alone.idle(late - pause);
                }
            }
        }

        /// Flows together receive the integral of the rate, no more and no less, as long as one of them wants.
        #[test]
        fn nothing_is_lost_or_made(
            steps in prop::collection::vec((0.05f64..2.0, 0.1f64..20.0), 1..6),
            starts in prop::collection::vec(0.0f64..4.0, 1..6),
            tick in 0.01f64..0.3,
        ) {
            let endless = Bits::new(1e12);
            let trace = Trace::steps("test", &steps, Seconds::ZERO).expect("a trace");
            let mut shared = Shared::new(link(&steps, 0.0));
            let first = shared.open(endless, Supply::new());
            let mut ids = vec![first];
            for pause in starts {
                let until = shared.now() + Seconds::new(pause);
                while shared.now() < until {
                    shared.advance(Seconds::new(tick).min(until - shared.now()));
                }
                ids.push(shared.open(endless, Supply::new()));
            }
            shared.advance(Seconds::new(tick));
            let total: Bits = ids.iter().map(|id| shared.flow(*id).expect("on it").received()).sum();
            let (passes, rest) = {
                let passes = (shared.now() / trace.duration()).floor();
                (passes, shared.now() - trace.duration() * passes)
            };
            let expected = trace.total() * passes + trace.bits_between(Seconds::ZERO, rest);
            prop_assert!((total - expected).abs() <= expected * 1e-9 + Bits::new(1e-3), "{total:?} {expected:?}");
        }
    }

    #[test]
    fn two_flows_share_equally_and_the_rest_of_the_first_goes_to_the_second() {
        let mut shared = Shared::new(link(&[(100.0, 8.0)], 0.0));
        let (a, b) =
            (shared.open(Bits::new(4e6), Supply::new()), shared.open(Bits::new(12e6), Supply::new()));
        shared.advance(Seconds::new(3.0));
        // Half each: a has 4 Mbit after 1 s, b its 12 after one more.
        assert_eq!(shared.flow(a).and_then(Flow::finished), Some(Seconds::new(1.0)));
        assert_eq!(shared.flow(b).and_then(Flow::finished), Some(Seconds::new(2.0)));
    }

    #[test]
    fn what_does_not_exist_yet_is_not_sent_and_does_not_take_a_share() {
        let mut shared = Shared::new(link(&[(100.0, 8.0)], 0.5));
        let supply = vec![(Seconds::new(1.0), Bits::new(4e6)), (Seconds::new(3.0), Bits::new(8e6))];
        let a = shared.open(Bits::new(8e6), supply);
        let b = shared.open(Bits::new(8e6), Supply::new());
        let at = |shared: &Shared<Link>, id| shared.flow(id).expect("on it").received();
        shared.advance(Seconds::new(1.0));
        assert_eq!((at(&shared, a), at(&shared, b)), (Bits::ZERO, Bits::new(4e6)));
        // From here they share: b ends after 1 s; a has its 4 Mbit then.
        shared.advance(Seconds::new(1.0));
        assert_eq!((at(&shared, a), at(&shared, b)), (Bits::new(4e6), Bits::new(8e6)));
        shared.advance(Seconds::new(1.0));
        assert_eq!(at(&shared, a), Bits::new(4e6));
        shared.advance(Seconds::new(0.5));
        assert_eq!(shared.flow(a).and_then(Flow::finished), Some(Seconds::new(3.5)));
    }

    #[test]
    fn impairments_shape_a_flow_as_they_shape_a_transfer() {
        let trace =
            Arc::new(Trace::steps("test", &[(7.0, 5.0), (3.0, 20.0)], Seconds::new(0.06)).expect("a trace"));
        let chain = impair::chain(&["connection:protocol=tls13", "slow-start"]).expect("known");
        let new = || impair::link(trace.clone(), LinkOptions::default(), &chain, 1).expect("a link");
        let (mut alone, mut shared) = (new(), Shared::new(new().into_channel()));
        for size in [2e5, 4e6, 1.5e7] {
            let expected = alone.transfer(Bits::new(size));
            let (id, from) = (shared.open(Bits::new(size), Supply::new()), shared.now());
            let mut finished = None;
            while finished.is_none() {
                // To the very end, so that nothing idles in between.
                shared.advance(shared.news_in(id).min(Seconds::new(0.013)).max(Seconds::from_millis(1e-7)));
                finished = shared.flow(id).and_then(Flow::finished);
            }
            let took = finished.expect("just seen") - from;
            assert!((took - expected.total()).abs() < Seconds::from_millis(0.01), "{took:?} {expected:?}");
        }
    }
}
