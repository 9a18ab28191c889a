//! The seam between a link and whoever requests over it.

use units::{Bits, Seconds};

/// How a link carries bits to one flow that has it for itself.
///
/// A link keeps its own position in time and is moved by *durations*: [`idle`](NetworkModel::idle) while nothing is in
/// flight, [`open`](NetworkModel::open) and [`carry`](NetworkModel::carry) while something is. Durations instead of
/// instants keep the full precision in the 10^6th segment as in the first, and make the answers of a link independent
/// of the caller's clock. Deterministic: the same calls give the same answers.
pub trait NetworkModel {
    /// Lets `time` pass with nothing in flight.
    fn idle(&mut self, time: Seconds);

    /// Sends one request and waits for its first bit: the latency that this costs.
    fn open(&mut self) -> Seconds;

    /// The same for a link that is `ahead` of its caller's clock, since a request was given up in the middle of its latency:
    /// what is ahead counts towards the latency of this one. The latency, from the caller's now; never less than `ahead`.
    fn open_ahead(&mut self, ahead: Seconds) -> Seconds {
        ahead + self.open()
    }

    /// Whether the latency of a request passes on the link. Otherwise the link stands still for that long, and a request that is
    /// given up within its latency leaves nothing ahead.
    fn latency_takes_link_time(&self) -> bool {
        true
    }

    /// Carries payload until `size` is reached or, if earlier, `quantum` is complete.
    ///
    /// If the link ends for good, the time is infinite and the bits are what arrived before that.
    fn carry(&mut self, size: Bits, quantum: Quantum) -> Carried;

    /// Carries quantum after quantum of a flight, until it is complete or the first one ends after `until`. The same as
    /// so many calls of [`carry`](NetworkModel::carry), to the last bit.
    fn fly(&mut self, flight: &mut Flight, quantum: Quantum, until: Seconds) {
        while flight.received < flight.size {
            let carried = self.carry(flight.size - flight.received, quantum);
            flight.received += carried.bits;
            flight.elapsed += carried.time;
            if flight.elapsed > until {
                return;
            }
        }
    }

    /// Carries all of `size`; the same as [`carry`](NetworkModel::carry) with a quantum that never completes.
    fn carry_all(&mut self, size: Bits) -> Carried {
        self.carry(size, Quantum::NEVER)
    }

    /// One undisturbed request: latency first, then all of the payload.
    fn transfer(&mut self, size: Bits) -> Transfer {
        let latency = self.open();
        Transfer { latency, payload: self.carry_all(size).time }
    }

    /// How many periods of constant rate the link has entered since it was made (0 where the notion has no meaning).
    fn periods_entered(&self) -> u64 {
        0
    }

    /// When it entered each of them, on its own clock; empty for a link that was not asked to note it.
    fn entries(&self) -> &[Seconds] {
        &[]
    }
}

impl<N: NetworkModel + ?Sized> NetworkModel for Box<N> {
    fn idle(&mut self, time: Seconds) {
        (**self).idle(time);
    }
    fn open(&mut self) -> Seconds {
        (**self).open()
    }
    fn open_ahead(&mut self, ahead: Seconds) -> Seconds {
        (**self).open_ahead(ahead)
    }
    fn latency_takes_link_time(&self) -> bool {
        (**self).latency_takes_link_time()
    }
    fn carry(&mut self, size: Bits, quantum: Quantum) -> Carried {
        (**self).carry(size, quantum)
    }
    fn fly(&mut self, flight: &mut Flight, quantum: Quantum, until: Seconds) {
        (**self).fly(flight, quantum, until);
    }
    fn carry_all(&mut self, size: Bits) -> Carried {
        (**self).carry_all(size)
    }
    fn transfer(&mut self, size: Bits) -> Transfer {
        (**self).transfer(size)
    }
    fn periods_entered(&self) -> u64 {
        (**self).periods_entered()
    }
    fn entries(&self) -> &[Seconds] {
        (**self).entries()
    }
}

/// How long an undisturbed request took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    /// From the request to the first bit.
    pub latency: Seconds,
    /// From the first bit to the last; infinite if the link ended before.
    pub payload: Seconds,
}

impl Transfer {
    /// From the request to the last bit.
    pub fn total(self) -> Seconds {
        self.latency + self.payload
    }
}

/// When a watcher wants to look at a transfer again: once **both** minima are reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantum {
    /// At least this much payload.
    pub bits: Bits,
    /// And at least this much time.
    pub time: Seconds,
}

impl Quantum {
    /// A look that never comes: carry everything.
    pub const NEVER: Quantum = Quantum { bits: Bits::INFINITY, time: Seconds::INFINITY };
}

/// A transfer that somebody watches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    /// What is to be carried.
    pub size: Bits,
    /// What has been.
    pub received: Bits,
    /// Since the request; infinite if the link has ended.
    pub elapsed: Seconds,
}

/// What a link carried, and in which time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Payload that came through.
    pub bits: Bits,
    /// Time that it took.
    pub time: Seconds,
}
