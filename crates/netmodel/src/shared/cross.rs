//! Other traffic: a source that sends at most at a rate, all the time or in bursts.

use units::{BitRate, Seconds, SimRng};

use crate::limit::{Ends, FlowLimit, Lasts};
use crate::two_states::TwoStates;

/// A source that is on and off for exponential times, and wants at most `rate` while it is on. What it does not get is lost
/// to it, as for a live stream: it does not catch up.
#[derive(Clone, Debug)]
pub struct OnOff {
    rate: BitRate,
    /// On, then off.
    states: TwoStates,
}

impl OnOff {
    /// Begins on or off, with the shares of the long run. Without a time off it is always on.
    pub fn new(rate: BitRate, on: Seconds, off: Seconds, rng: SimRng) -> OnOff {
        OnOff { rate, states: TwoStates::new(on, off, rng) }
    }

    /// A source that is always on.
    pub fn constant(rate: BitRate) -> OnOff {
        OnOff::new(rate, Seconds::INFINITY, Seconds::ZERO, SimRng::new(0, 0))
    }
}

impl FlowLimit for OnOff {
    fn wanted(&self, demand: BitRate, _: Seconds) -> BitRate {
        if self.states.in_second() { BitRate::ZERO } else { demand.min(self.rate) }
    }

    fn lasts(&self, _: BitRate, _: bool, _: Seconds) -> Lasts {
        Lasts { time: self.states.left(), ..Lasts::EVER }
    }

    fn pass(&mut self, time: Seconds, _: BitRate, _: Seconds, end: Ends) {
        self.states.pass(time, end.time);
    }

    fn rest(&mut self, time: Seconds) {
        self.states.rest(time);
    }
}
