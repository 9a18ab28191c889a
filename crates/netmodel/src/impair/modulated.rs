//! What loss and handovers share: a state that changes in time, whatever the flow does, and holds the flow back meanwhile.

use units::{BitRate, Seconds};

use super::hand_on;
use crate::channel::{Channel, Stretch};

/// What a state does to a flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Factor on what the link could carry.
    pub capacity: f64,
    /// The fastest that is sent.
    pub ceiling: BitRate,
    /// Share of what is sent that arrives.
    pub arrives: f64,
}

impl Effect {
    /// That of a state that does nothing.
    pub const NONE: Effect = Effect { capacity: 1.0, ceiling: BitRate::INFINITY, arrives: 1.0 };
}

/// A sequence of states, each for a time of its own.
pub trait Modulation {
    /// Enters the next state: how long it lasts.
    fn next(&mut self) -> Seconds;

    /// What the present state does to a flow of this round-trip time.
    fn effect(&self, round_trip: Seconds) -> Effect;
}

/// A modulation of a channel.
#[derive(Clone, Debug)]
pub struct Modulated<C, M> {
    inner: C,
    states: M,
    /// What is left of the present state.
    left: Seconds,
}

impl<C: Channel, M: Modulation> Modulated<C, M> {
    /// Begins with the first state.
    pub fn new(inner: C, mut states: M) -> Modulated<C, M> {
        let left = states.next();
        Modulated { inner, states, left }
    }

    /// The states.
    pub fn states(&self) -> &M {
        &self.states
    }

    fn effect(&self) -> Effect {
        self.states.effect(self.inner.round_trip())
    }

    /// What has to be sent so that `demand` arrives, as far as the state lets it.
    fn sent(&self, demand: BitRate) -> BitRate {
        let Effect { capacity, ceiling, arrives } = self.effect();
        if demand == BitRate::ZERO || arrives <= 0.0 {
            return BitRate::ZERO;
        }
        if capacity == 1.0 {
            return (demand * (1.0 / arrives)).min(ceiling);
        }
        let offered = self.inner.stretch(BitRate::INFINITY).rate;
        // Who is offered nothing still waits for it: to ask for nothing would be something else.
        let link = if offered == BitRate::ZERO && capacity > 0.0 { demand } else { offered * capacity };
        (demand * (1.0 / arrives)).min(ceiling).min(link)
    }
}

impl<C: Channel, M: Modulation> Channel for Modulated<C, M> {
    fn stretch(&self, demand: BitRate) -> Stretch {
        let inner = self.inner.stretch(self.sent(demand));
        Stretch { rate: inner.rate * self.effect().arrives, ..inner.at_most(self.left) }
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.left -= time;
        let arrives = self.effect().arrives;
        let sent = if taken > BitRate::ZERO { taken / arrives } else { BitRate::ZERO };
        self.inner.spend(time, sent);
    }

    fn cross(&mut self, demand: BitRate) {
        let sent = self.sent(demand);
        let inner = self.inner.stretch(sent);
        if self.left < inner.holds {
            self.inner.spend(self.left, inner.rate);
            self.left = self.states.next();
        } else {
            self.left -= inner.holds;
            self.inner.cross(sent);
        }
    }

    fn rest(&mut self, time: Seconds) {
        let mut rest = time;
        while rest > self.left {
            rest -= self.left;
            self.inner.rest(self.left);
            self.left = self.states.next();
        }
        self.left -= rest;
        self.inner.rest(rest);
    }

    hand_on!(round_trip, request, periods);
}
