//! The seam between a link and whoever requests over it.

use units::{Bits, Seconds};

/// How a link carries bits to one flow that has it for itself.
///
/// A link keeps its own position in time and is moved by *durations*: [`idle`](NetworkModel::idle) while nothing is in
/// flight, [`open`](NetworkModel::open) and [`carry`](NetworkModel::carry) while something is. Durations instead of
/// instants keep the full precision in the 10^6th segment as in the first, and make the answers of a link independent
/// of the caller's clock. Deterministic: the same calls give the same answers.
#[auto_impl::auto_impl(Box)]
pub trait NetworkModel {
    /// Lets `time` pass with nothing in transfer.
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

    /// Carries payload until `size` is reached or, if earlier, `interval` is complete.
    ///
    /// If the link ends for good, the time is infinite and the bits are what arrived before that.
    fn carry(&mut self, size: Bits, interval: ProgressInterval) -> Carried;

    /// Carries interval after interval of a transfer, until it is complete or the first one ends after `until`. The same as
    /// so many calls of [`carry`](NetworkModel::carry), to the last bit.
    fn fly(&mut self, transfer: &mut Transfer, interval: ProgressInterval, until: Seconds) {
        while transfer.received < transfer.size {
            let carried = self.carry(transfer.size - transfer.received, interval);
            transfer.received += carried.bits;
            transfer.elapsed += carried.time;
            if transfer.elapsed > until {
                return;
            }
        }
    }

    /// Carries all of `size`; the same as [`carry`](NetworkModel::carry) with an interval that never completes.
    fn carry_all(&mut self, size: Bits) -> Carried {
        self.carry(size, ProgressInterval::NEVER)
    }

    /// One undisturbed request: latency first, then all of the payload.
    fn transfer(&mut self, size: Bits) -> TransferTime {
        let latency = self.open();
        TransferTime { latency, payload: self.carry_all(size).time }
    }

    /// When the link entered each period of constant rate, on its own clock; empty for a link that was not asked to note it. One that
    /// has noted [`MOST_ENTRIES`](crate::MOST_ENTRIES) has ended.
    fn entries(&self) -> &[Seconds] {
        &[]
    }
}

/// How long an undisturbed request took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferTime {
    /// From the request to the first bit.
    pub latency: Seconds,
    /// From the first bit to the last; infinite if the link ended before.
    pub payload: Seconds,
}

impl TransferTime {
    /// From the request to the last bit.
    pub fn total(self) -> Seconds {
        self.latency + self.payload
    }
}

/// How much has to come before a transfer is looked at again: **both** minima. (The progress events of a browser have such an
/// interval: 50 ms and a byte.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProgressInterval {
    /// At least this much payload.
    pub bits: Bits,
    /// And at least this much time.
    pub time: Seconds,
}

impl ProgressInterval {
    /// No look: carry everything.
    pub const NEVER: ProgressInterval = ProgressInterval { bits: Bits::INFINITY, time: Seconds::INFINITY };
}

/// A transfer that is looked at while it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    pub size: Bits,
    pub received: Bits,
    /// Since the request; infinite if the link has ended.
    pub elapsed: Seconds,
}

/// What a link carried, and in which time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Payload that came through.
    pub bits: Bits,
    pub time: Seconds,
}
