//! `handover`: now and then the cell changes; the link is interrupted, and then slower for a second or two.
//!
//! Handovers come `per_minute` in the mean, with exponential times between the end of one and the next. Each interrupts the
//! link for `gap` seconds and then multiplies its rate by a factor, uniform between `low` and `high`, for a time, uniform
//! between `shortest` and `longest`.
//!
//! # The constants
//!
//! In the Irish 5G driving logs (Raca et al., MMSys 2020) there are 1.6 cell changes a minute; the lowest rate of the 3 s
//! around one is 0.28 of the mean of the 3 s before it (median of 728), and 2 to 5 s later the mean is back at 0.88: a factor
//! of 0.1 to 0.5 for 1 to 2 s. LTE is interrupted for 30 to 50 ms, non-stand-alone 5G for up to 100 to 150 ms. Drives of
//! about ten minutes in SIGCOMM 2021's 5G artifact have 13 (stand-alone 5G), 30 to 38 (LTE) and 111 (non-stand-alone)
//! handovers.
//!
//! # Known deviations
//!
//! A trace recorded on the move has its handovers in it already. Real ones follow the radio conditions; these do not.

use spec::{Entry, opt};
use units::{BitRate, Seconds, SimRng};

use super::{Kind, Make, Place, hand_on, seconds};
use crate::channel::{Channel, Drawn, Stretch};

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "handover",
        about: "changes of the cell: an interruption, then a dip of the rate",
        options: &[
            opt("per_minute", "1.6", "handovers per minute"),
            opt("gap", "0.05", "interruption in s"),
            opt("low", "0.1", "lowest factor on the rate after it"),
            opt("high", "0.5", "highest factor"),
            opt("shortest", "1", "shortest dip in s"),
            opt("longest", "2", "longest dip in s"),
        ],
    },
    place: Place::Way,
    make: |o| {
        let options = HandoverOptions {
            per_minute: o.number("per_minute", 0.0..=600.0)?,
            gap: seconds(o, "gap", 0.0, 60.0)?,
            factor: [o.number("low", 0.0..=1.0)?, o.number("high", 0.0..=1.0)?],
            length: [seconds(o, "shortest", 0.0, 600.0)?, seconds(o, "longest", 0.0, 600.0)?],
        };
        if options.factor[1] < options.factor[0] {
            return Err(o.wrong("high", "at least low").into());
        }
        if options.length[1] < options.length[0] {
            return Err(o.wrong("longest", "at least shortest").into());
        }
        if options.per_minute > 0.0 && options.between() < Seconds::from_millis(1.0) {
            let expected = "so few that they do not overlap (gap and mean dip fit between them)";
            return Err(o.wrong("per_minute", expected).into());
        }
        Ok(Make::way(move |inner, rng| Handover::over(inner, options, rng)))
    },
};

/// The options of `handover`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HandoverOptions {
    pub per_minute: f64,
    /// How long nothing is carried.
    pub gap: Seconds,
    /// Lowest and highest factor on the rate afterwards.
    pub factor: [f64; 2],
    /// For how long, at least and at most.
    pub length: [Seconds; 2],
}

impl HandoverOptions {
    /// The mean time from the end of a dip to the next handover that gives the rate.
    fn between(&self) -> Seconds {
        Seconds::new(60.0) / self.per_minute - self.gap - (self.length[0] + self.length[1]) / 2.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Before,
    Between,
    Gap,
    Dip(f64),
}

/// A channel with handovers.
#[derive(Clone, Debug)]
pub struct Handover<C> {
    inner: C,
    options: HandoverOptions,
    rng: SimRng,
    state: State,
    /// What is left of the present state.
    left: Seconds,
}

impl<C: Channel> Handover<C> {
    /// Handovers over a channel; it begins between two.
    pub fn over(inner: C, options: HandoverOptions, rng: SimRng) -> Handover<C> {
        let mut handover = Handover { inner, options, rng, state: State::Before, left: Seconds::ZERO };
        handover.left = handover.next();
        handover
    }

    /// Enters the next state: how long it lasts.
    fn next(&mut self) -> Seconds {
        let HandoverOptions { per_minute, gap, factor, length } = self.options;
        if per_minute <= 0.0 {
            return Seconds::INFINITY;
        }
        match self.state {
            State::Before | State::Dip(_) => {
                self.state = State::Between;
                Seconds::new(self.rng.exponential(self.options.between().get()))
            }
            State::Between => {
                self.state = State::Gap;
                gap
            }
            State::Gap => {
                self.state = State::Dip(self.rng.range(factor[0], factor[1]));
                Seconds::new(self.rng.range(length[0].get(), length[1].get()))
            }
        }
    }

    /// What is asked of the link for a flow that asks for `demand`.
    fn allowed(&self, demand: BitRate) -> BitRate {
        let factor = match self.state {
            State::Before | State::Between => return demand,
            State::Gap => 0.0,
            State::Dip(factor) => factor,
        };
        if demand == BitRate::ZERO {
            return demand;
        }
        let offered = self.inner.stretch(BitRate::INFINITY).rate;
        // Who is offered nothing still waits for it: to ask for nothing would be something else.
        demand.min(if offered == BitRate::ZERO && factor > 0.0 { demand } else { offered * factor })
    }
}

impl<C: Channel> Channel for Handover<C> {
    fn round_trip_of(&self, drawn: &[Drawn]) -> Seconds {
        self.inner.round_trip_of(drawn)
    }

    fn stretch(&self, demand: BitRate) -> Stretch {
        self.inner.stretch(self.allowed(demand)).at_most(self.left)
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.left -= time;
        self.inner.spend(time, taken);
    }

    fn cross(&mut self, demand: BitRate) {
        let allowed = self.allowed(demand);
        let inner = self.inner.stretch(allowed);
        if self.left < inner.holds {
            self.inner.spend(self.left, inner.rate);
            self.left = self.next();
        } else {
            self.left -= inner.holds;
            self.inner.cross(allowed);
        }
    }

    fn rest(&mut self, time: Seconds) {
        let mut rest = time;
        while rest > self.left {
            rest -= self.left;
            self.inner.rest(self.left);
            self.left = self.next();
        }
        self.left -= rest;
        self.inner.rest(rest);
    }

    hand_on!(round_trip, request, entered);
}
