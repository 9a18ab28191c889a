//! `two-path`: a second network beside the first, such as 4G beside 5G.
//!
//! | policy | what the flow gets |
//! |---|---|
//! | `best` | the faster of both at every instant, and changes cost nothing: the bound of what switching can give |
//! | `switch` | one of them; it changes when the other one has been more than `margin` times as fast for `trigger` seconds, and then stands still for `gap` seconds |
//! | `sum` | both at once: multipath transport without overhead, also a bound |
//!
//! Both run in session time, each on its own trace, which loops on its own. A request's round trip is that of the network
//! that is used, with `sum` the shorter. What stands inside of this impairment holds for the first network only; the second
//! is a bare trace.
//!
//! # The constants
//!
//! `trigger` and `gap` are a handover's: time to trigger 160 to 320 ms, interruption 30 to 50 ms in LTE, up to 100 to
//! 150 ms in non-stand-alone 5G.

use std::path::Path;
use std::sync::Arc;

use spec::{Entry, Options, opt};
use units::{BitRate, Seconds};

use super::{Kind, Make, Place, seconds};
use crate::channel::{Channel, Drawn, Stretch, Waits};
use crate::{Link, LinkOptions, NetworkError, Trace, formats, generators};

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "two-path",
        about: "a second network beside the first: the best, one at a time, or both",
        options: &[
            opt("with", "preset:4g", "the second: a file, or preset:NAME"),
            opt("column", "1", "which rates of the file, where its format has columns"),
            opt("seed", "1", "seed of the preset"),
            opt("policy", "best", "best, switch or sum"),
            opt("margin", "1.2", "switch: how many times faster the other has to be"),
            opt("trigger", "0.2", "switch: for how long, in s"),
            opt("gap", "0.1", "switch: interruption in s"),
        ],
    },
    place: Place::Way,
    make: |o| {
        let second = Arc::new(second(o)?);
        // Whether it can be replayed is found out now.
        Link::new(second.clone(), LinkOptions::default())?;
        let policies = [("best", Policy::Best), ("switch", Policy::Switch), ("sum", Policy::Sum)];
        let options = TwoPathOptions {
            policy: o.choice("policy", &policies)?,
            margin: o.number("margin", 1.0..=1e6)?,
            trigger: seconds(o, "trigger", 0.0, 600.0)?,
            gap: seconds(o, "gap", 0.0, 600.0)?,
        };
        Ok(Make::Way(Arc::new(move |inner, _| {
            let link = Link::new(second.clone(), LinkOptions::default())?;
            Ok(Box::new(TwoPath::new(inner, link, options)))
        })))
    },
};

fn second(o: &Options) -> Result<Trace, NetworkError> {
    let with = o.text("with");
    if with.starts_with("preset:") {
        return generators::generate(with, o.whole("seed", 0..=usize::MAX)? as u64);
    }
    let read =
        formats::ReadOptions { column: o.whole("column", 1..=100)?, ..formats::ReadOptions::default() };
    Ok(formats::read_path(Path::new(with), None, &read)?.trace)
}

/// How two networks are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Best,
    /// One at a time, with interruptions.
    Switch,
    Sum,
}

/// The options of `two-path`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoPathOptions {
    /// How both are used.
    pub policy: Policy,
    /// How many times faster the other has to be before a switch.
    pub margin: f64,
    pub trigger: Seconds,
    /// How long nothing is carried after it.
    pub gap: Seconds,
}

/// Two channels as one.
#[derive(Clone, Debug)]
pub struct TwoPath<A, B> {
    first: A,
    second: B,
    options: TwoPathOptions,
    /// Of `switch`: which is used, how long nothing is carried yet, and how long the other has been faster.
    on_second: bool,
    gap: Seconds,
    faster: Seconds,
}

impl<A: Channel, B: Channel> TwoPath<A, B> {
    /// A switch begins on the first.
    pub fn new(first: A, second: B, options: TwoPathOptions) -> TwoPath<A, B> {
        let zero = Seconds::ZERO;
        TwoPath { first, second, options, on_second: false, gap: zero, faster: zero }
    }

    /// Whether the second is used alone.
    fn uses_second(&self) -> bool {
        match self.options.policy {
            Policy::Switch => self.on_second,
            Policy::Best => self.offered(true) > self.offered(false),
            Policy::Sum => false,
        }
    }

    /// The round trip of what is used, where that of the first is known.
    fn round_trip_over(&self, first: Seconds) -> Seconds {
        match (self.options.policy, self.uses_second()) {
            (Policy::Sum, _) => first.min(self.second.round_trip()),
            (_, false) => first,
            (_, true) => self.second.round_trip(),
        }
    }

    fn offered(&self, second: bool) -> BitRate {
        let most = BitRate::INFINITY;
        if second { self.second.stretch(most).rate } else { self.first.stretch(most).rate }
    }

    /// What is asked of each, of a flow that asks for `demand`.
    fn demands(&self, demand: BitRate) -> [BitRate; 2] {
        if self.options.policy == Policy::Sum {
            let first = self.first.stretch(demand).rate;
            return [demand, if first < demand { demand - first } else { BitRate::ZERO }];
        }
        match (self.gap > Seconds::ZERO, self.uses_second()) {
            (true, _) => [BitRate::ZERO; 2],
            (false, false) => [demand, BitRate::ZERO],
            (false, true) => [BitRate::ZERO, demand],
        }
    }

    /// Whether the other one has to be faster for longer before a switch.
    fn wants_other(&self) -> bool {
        self.options.policy == Policy::Switch
            && self.gap <= Seconds::ZERO
            && self.offered(!self.on_second) > self.offered(self.on_second) * self.options.margin
    }

    /// How long the state of the switch lasts.
    fn lasts(&self) -> Seconds {
        if self.gap > Seconds::ZERO {
            self.gap
        } else if self.wants_other() {
            self.options.trigger - self.faster
        } else {
            Seconds::INFINITY
        }
    }

    /// The switch sees a time pass; `to_end` when that was as long as its state lasts.
    fn watch(&mut self, time: Seconds, to_end: bool) {
        if self.gap > Seconds::ZERO {
            self.gap = if to_end { Seconds::ZERO } else { self.gap - time };
        } else if !self.wants_other() {
            self.faster = Seconds::ZERO;
        } else if to_end {
            self.on_second = !self.on_second;
            (self.gap, self.faster) = (self.options.gap, Seconds::ZERO);
        } else {
            self.faster += time;
        }
    }
}

/// A time passes on one of two channels, as far as its stretch goes or beyond by a rounding.
fn advance<C: Channel>(channel: &mut C, demand: BitRate, time: Seconds) {
    let stretch = channel.stretch(demand);
    if stretch.holds <= time { channel.cross(demand) } else { channel.spend(time, stretch.rate) }
}

/// A channel idles, and into its next stretch if the present one is over then.
fn idle<C: Channel>(channel: &mut C, time: Seconds) {
    channel.rest(time);
    if channel.stretch(BitRate::ZERO).holds <= Seconds::ZERO {
        channel.cross(BitRate::ZERO);
    }
}

impl<A: Channel, B: Channel> Channel for TwoPath<A, B> {
    fn round_trip(&self) -> Seconds {
        self.round_trip_over(self.first.round_trip())
    }

    fn round_trip_of(&self, drawn: &[Drawn]) -> Seconds {
        self.round_trip_over(self.first.round_trip_of(drawn))
    }

    fn request(&mut self) -> Waits {
        self.first.request()
    }

    fn stretch(&self, demand: BitRate) -> Stretch {
        let [a, b] = self.demands(demand);
        let (a, b) = (self.first.stretch(a), self.second.stretch(b));
        let holds = a.holds.min(b.holds).min(self.lasts());
        Stretch { rate: a.rate + b.rate, holds, over: a.over && b.over }
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        let [a, b] = self.demands(taken);
        self.watch(time, false);
        let first = self.first.stretch(a).rate;
        self.first.spend(time, first);
        self.second.spend(time, b);
    }

    fn cross(&mut self, demand: BitRate) {
        let [a, b] = self.demands(demand);
        let (first, second) = (self.first.stretch(a).holds, self.second.stretch(b).holds);
        let (own, time) = (self.lasts(), self.lasts().min(first).min(second));
        self.watch(time, own <= time);
        advance(&mut self.first, a, time);
        advance(&mut self.second, b, time);
    }

    fn rest(&mut self, time: Seconds) {
        if self.options.policy != Policy::Switch {
            self.first.rest(time);
            return self.second.rest(time);
        }
        // What is used depends on what happens meanwhile.
        let mut rest = time;
        while rest > Seconds::ZERO {
            let holds = self.first.stretch(BitRate::ZERO).holds.min(self.second.stretch(BitRate::ZERO).holds);
            let own = self.lasts();
            let step = holds.min(own).min(rest).max(Seconds::ZERO);
            self.watch(step, own <= step);
            idle(&mut self.first, step);
            idle(&mut self.second, step);
            rest -= step;
        }
    }

    fn entered(&self) -> &[Seconds] {
        self.first.entered()
    }
}
