//! Two states that take turns, each for an exponential time.

use units::{Seconds, SimRng};

/// A process that is in the first of two states or in the second, whatever happens around it.
#[derive(Clone, Debug)]
pub(crate) struct TwoStates {
    /// Mean time of each state.
    mean: [Seconds; 2],
    rng: SimRng,
    in_second: bool,
    /// What is left of the present state.
    left: Seconds,
}

impl TwoStates {
    /// Begins in either state, with the shares of the long run. Unless both have a mean time above 0 it stays in the first.
    pub(crate) fn new(first: Seconds, second: Seconds, mut rng: SimRng) -> TwoStates {
        let turns = first > Seconds::ZERO && second > Seconds::ZERO;
        let in_second = turns && rng.uniform() < second / (first + second);
        let mut states = TwoStates { mean: [first, second], rng, in_second, left: Seconds::INFINITY };
        if turns {
            states.left = states.length();
        }
        states
    }

    pub(crate) fn in_second(&self) -> bool {
        self.in_second
    }

    /// What is left of the present state.
    pub(crate) fn left(&self) -> Seconds {
        self.left
    }

    fn length(&mut self) -> Seconds {
        Seconds::new(self.rng.exponential(self.mean[usize::from(self.in_second)].get()))
    }

    fn turn(&mut self) {
        self.in_second ^= true;
        let length = self.length();
        self.left += length;
    }

    /// Time passes up to the end of the present state at most; `ends` where it is exactly that.
    pub(crate) fn pass(&mut self, time: Seconds, ends: bool) {
        self.left -= time;
        if ends {
            self.turn();
        }
    }

    /// Time passes, through as many states as it takes.
    pub(crate) fn rest(&mut self, time: Seconds) {
        self.left -= time;
        while self.left < Seconds::ZERO {
            self.turn();
        }
    }
}
