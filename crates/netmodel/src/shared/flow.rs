//! A request in flight.

use units::{Bits, Seconds};

use super::fair::Key;
use super::line::Asks;
use super::{Ask, Chunk, FlowId, News, Report, Supply};
use crate::ProgressInterval;
use crate::channel::CLOSE;

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    /// It waits for its first bit: for a time, and then for so many round trips.
    Waiting { extra: Seconds, round_trips: f64 },
    /// Bits come.
    Receiving,
}

/// What the next amount of bits means for which the flow is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The present piece is complete.
    Piece,
    Look,
    /// A limit is used up.
    Limit,
}

#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) id: FlowId,
    pub(super) line: usize,
    pub(super) stage: Stage,
    pub(super) size: Bits,
    /// What has come, up to `counted`.
    pub(super) received: Bits,
    pub(super) counted: Seconds,
    pub(super) opened: Seconds,
    pub(super) latency: Seconds,
    pub(super) rtt: Seconds,
    pub(super) asks: Option<Asks>,
    /// Which version of the rates it was asked with.
    pub(super) version: u64,
    pub(super) goal: Goal,
    /// A limit whose bits are used up at `limit_at` if no rate changes.
    pub(super) drains: Option<usize>,
    /// When a state of a limit ends; while the flow waits, when its first bit comes.
    pub(super) limit_at: Seconds,
    /// What is noted of the flow among the timers.
    pub(super) timer: Option<Key>,
    pieces: Vec<Chunk>,
    /// The present piece, what has come when it is complete, and when the request for it is there.
    piece: usize,
    end: Bits,
    pub(super) asked: Seconds,
    pub(super) first_bit: bool,
    looks: Option<ProgressInterval>,
    /// What had come when the client looked last, and when it looks again at the earliest.
    looked: Bits,
    pub(super) look_at: Seconds,
}

impl Flow {
    pub(super) fn new(id: FlowId, line: usize, ask: Ask, stage: Stage, rtt: Seconds, now: Seconds) -> Flow {
        let pieces = match ask.supply {
            Supply::Chunks(pieces) => pieces,
            Supply::Whole => Vec::new(),
        };
        let size = if pieces.is_empty() { ask.size } else { pieces.iter().map(|c| c.size).sum() };
        let end = match pieces.first() {
            Some(first) if pieces.len() > 1 => first.size,
            _ => size,
        };
        let never = Seconds::INFINITY;
        Flow {
            id,
            line,
            stage,
            size,
            received: Bits::ZERO,
            counted: now,
            opened: now,
            latency: Seconds::ZERO,
            rtt,
            asks: None,
            version: 0,
            goal: Goal::Piece,
            drains: None,
            limit_at: never,
            timer: None,
            pieces,
            piece: 0,
            end,
            asked: now,
            first_bit: ask.first_bit,
            look_at: ask.looks.map_or(never, |q| now + q.time),
            looks: ask.looks,
            looked: Bits::ZERO,
        }
    }

    /// Whether there will be news of it.
    pub(super) fn is_awaited(&self) -> bool {
        self.size < Bits::INFINITY || self.first_bit || self.looks.is_some()
    }

    /// From when on the present piece can be sent.
    pub(super) fn available(&self) -> Seconds {
        self.pieces.get(self.piece).map_or(self.opened, |c| self.asked.max(self.opened + c.available))
    }

    /// What of the present piece is missing.
    pub(super) fn missing(&self) -> Bits {
        self.end - self.received
    }

    /// The present piece is there, but for a rounding.
    pub(super) fn piece_is_there(&self) -> bool {
        self.end < Bits::INFINITY && self.missing() <= self.size * CLOSE
    }

    /// The present piece is complete now: whether it was the last.
    pub(super) fn finish_piece(&mut self, now: Seconds) -> News {
        self.received = self.end;
        self.piece += 1;
        let Some(next) = self.pieces.get(self.piece) else { return News::Whole };
        if next.asked {
            self.asked = now + self.latency;
        }
        let last = self.piece + 1 == self.pieces.len();
        self.end = if last { self.size } else { self.end + next.size };
        News::Chunk
    }

    /// What has to come before the client looks, once it is time; but for a rounding.
    pub(super) fn missing_for_a_look(&self, now: Seconds) -> Option<Bits> {
        let interval = self.looks.filter(|_| self.look_at <= now)?;
        let missing = self.looked + interval.bits - self.received;
        Some(if missing <= self.size * CLOSE { Bits::ZERO } else { missing })
    }

    pub(super) fn look(&mut self, now: Seconds) {
        self.looked = self.received;
        self.look_at = self.looks.map_or(Seconds::INFINITY, |q| now + q.time);
    }

    /// When something happens that is told by time.
    pub(super) fn due(&self, now: Seconds) -> Seconds {
        if self.stage != Stage::Receiving {
            return self.limit_at;
        }
        let later = |at: Seconds| if at > now { at } else { Seconds::INFINITY };
        // A look for which nothing is missing is due, even where nothing comes.
        let looks = self.missing_for_a_look(now).is_some_and(|bits| bits <= Bits::ZERO);
        let look = if looks { now } else { later(self.look_at) };
        self.limit_at.min(later(self.available())).min(look)
    }

    pub(super) fn report(&self, what: News, received: Bits, now: Seconds) -> Report {
        Report { flow: self.id, what, received, latency: self.latency, elapsed: now - self.opened }
    }
}
