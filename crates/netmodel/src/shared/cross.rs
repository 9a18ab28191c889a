//! Other traffic: a source that sends at most at a rate, all the time or in bursts.

use units::{BitRate, Seconds, SimRng};

use crate::limit::{Ends, FlowLimit, Lasts};

/// A source that is on and off for exponential times, and wants at most `rate` while it is on. What it does not get is lost
/// to it, as for a live stream: it does not catch up.
#[derive(Clone, Debug)]
pub struct OnOff {
    rate: BitRate,
    /// Mean times on and off.
    mean: [Seconds; 2],
    rng: SimRng,
    off: bool,
    left: Seconds,
}

impl OnOff {
    /// Begins on or off, with the shares of the long run. Without a time off it is always on.
    pub fn new(rate: BitRate, on: Seconds, off: Seconds, mut rng: SimRng) -> OnOff {
        let bursts = on > Seconds::ZERO && off > Seconds::ZERO;
        let is_off = bursts && rng.uniform() < off / (on + off);
        let mut source = OnOff { rate, mean: [on, off], rng, off: is_off, left: Seconds::INFINITY };
        if bursts {
            source.left = source.length();
        }
        source
    }

    /// A source that is always on.
    pub fn constant(rate: BitRate) -> OnOff {
        OnOff::new(rate, Seconds::INFINITY, Seconds::ZERO, SimRng::new(0, 0))
    }

    fn length(&mut self) -> Seconds {
        Seconds::new(self.rng.exponential(self.mean[usize::from(self.off)].get()))
    }

    fn turn(&mut self) {
        self.off ^= true;
        let length = self.length();
        self.left += length;
    }
}

impl FlowLimit for OnOff {
    fn wanted(&self, demand: BitRate, _: Seconds) -> BitRate {
        if self.off { BitRate::ZERO } else { demand.min(self.rate) }
    }

    fn lasts(&self, _: BitRate, _: bool, _: Seconds) -> Lasts {
        Lasts { time: self.left, ..Lasts::EVER }
    }

    fn pass(&mut self, time: Seconds, _: BitRate, _: Seconds, end: Ends) {
        self.left -= time;
        if end.time {
            self.turn();
        }
    }

    fn rest(&mut self, time: Seconds) {
        self.left -= time;
        while self.left < Seconds::ZERO {
            self.turn();
        }
    }
}
