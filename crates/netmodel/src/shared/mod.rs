//! A link that several flows use at once: the second face of a link.
//!
//! [`NetworkModel`](crate::NetworkModel) is a flow that has a link for itself, and solves it in closed form. On a shared link
//! flows are opened and closed, and the link names its next event ([`SharedLink::advance`]). Between two events everything is
//! linear, so that both are equally exact; a single flow on a shared link is the flow alone.
//!
//! What is carried is shared max-min: every flow gets the same, but no more than it wants, and what it leaves is for the
//! others. What stands around a link is divided by whose it is ([`Shared::over`]):
//!
//! | of the way, for everybody | of each connection |
//! |---|---|
//! | the trace, `payload`, `handover`, `two-path` | `latency`, `connection`, and the limits of the flow: `slow-start`, `loss`, `token-bucket` |
//!
//! Flows of longer round trips get less where [`Shared::with_rtt_bias`] says so. Other traffic is a flow without end
//! ([`Shared::cross`], [`OnOff`]). Content that is still being made arrives no faster than it is made ([`Supply`]).
//!
//! An event costs the time of a search among the flows. A token bucket drains at a rate that every other flow changes:
//! each flow with one is looked at whenever rates change.
//!
//! ```
//! use netmodel::shared::{Ask, News, Shared, SharedLink};
//! use netmodel::{LinkOptions, Trace};
//! use units::{Bits, Seconds};
//!
//! // Two flows of 1 and 3 Mbit on 2 Mbit/s: both get half, until the first has ended after 1 s.
//! let trace = Trace::steps("constant", &[(60.0, 2.0)], Seconds::ZERO)?;
//! let mut link = Shared::over(trace.into(), LinkOptions::default(), &[], 0)?;
//! let (a, b) = (link.join(), link.join());
//! let short = link.open(a, 0, Ask::of(Bits::new(1e6)));
//! let long = link.open(b, 0, Ask::of(Bits::new(3e6)));
//! let first = link.advance(Seconds::INFINITY);
//! assert_eq!((first.time, first.news.map(|n| (n.flow, n.what))), (Seconds::new(1.0), Some((short, News::Whole))));
//! let second = link.advance(Seconds::INFINITY);
//! assert_eq!((second.time, second.news.map(|n| (n.flow, n.what))), (Seconds::new(1.0), Some((long, News::Whole))));
//! # Ok::<(), netmodel::NetworkError>(())
//! ```

mod cross;
mod fair;
mod flow;
mod line;
mod link;
mod sources;

pub use cross::OnOff;
pub use link::Shared;
pub use sources::Sources;

use units::{Bits, Seconds};

use crate::ProgressInterval;

/// Who opens flows: a player, or any other host. It keeps its connections from request to request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Client(pub(crate) u32);

/// A request in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId {
    pub(crate) source: u16,
    pub(crate) slot: u32,
    /// How many flows were in this slot before.
    pub(crate) turn: u32,
}

/// A piece of content that can be sent from some time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chunk {
    pub size: Bits,
    /// From when on it can be sent, counted from the request; up to zero: from the beginning.
    pub available: Seconds,
    /// It is asked for when the piece before it has come: a latency passes until it can begin.
    pub asked: bool,
}

/// What there is to send.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Supply {
    #[default]
    Whole,
    /// Piece by piece, in this order and in order of time; what is requested is their sum.
    Chunks(Vec<Chunk>),
}

/// What a request asks for, and what its client wants to be told before its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// How much: of [`Supply::Chunks`] what they are together.
    pub size: Bits,
    pub supply: Supply,
    /// Whether the first bit is news.
    pub first_bit: bool,
    /// When the client looks ([`News::Look`]): once both minima have come since it looked last. The first time counts from
    /// the request.
    pub looks: Option<ProgressInterval>,
}

impl Ask {
    /// A request whose end alone is news.
    pub fn of(size: Bits) -> Ask {
        Ask { size, supply: Supply::Whole, first_bit: false, looks: None }
    }
}

/// What happened to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Its first bit comes now.
    FirstBit,
    /// Another piece of a [`Supply::Chunks`] is there.
    Chunk,
    Look,
    /// All of it is there. The flow is closed.
    Whole,
    /// The link has ended for good. The flow is closed.
    Dead,
}

/// News of a flow, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    pub flow: FlowId,
    pub what: News,
    /// What of it has come.
    pub received: Bits,
    /// From the request to the first bit.
    pub latency: Seconds,
    /// From the request to now.
    pub elapsed: Seconds,
}

/// What [`SharedLink::advance`] did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passed {
    /// How much time has passed.
    pub time: Seconds,
    /// What happened at its end; None: all of the time has passed, and nothing happened.
    pub news: Option<Report>,
}

/// A link on which flows are opened, and which names its next event. Deterministic: the same calls give the same answers.
pub trait SharedLink {
    /// A client comes.
    fn join(&mut self) -> Client;

    /// Sends a request to a source (a number from 0 on; a link that has one source ignores it).
    fn open(&mut self, client: Client, source: u16, ask: Ask) -> FlowId;

    /// Gives a flow up: what had come of it. Nothing of a flow that is closed.
    fn close(&mut self, flow: FlowId) -> Bits;

    /// What has come of an open flow.
    fn received(&mut self, flow: FlowId) -> Bits;

    /// For how long at least there is no news; none at all if there is some now.
    fn quiet(&mut self) -> Seconds;

    /// Lets a time pass that is quiet.
    fn lapse(&mut self, time: Seconds);

    /// What it could have carried since it was made, and what it did carry (what loss took included).
    fn offered_and_carried(&self) -> (Bits, Bits);

    /// Lets time pass up to the first news, at most so much. If nothing will ever happen and `most` is infinite, so is the
    /// time, and nothing has passed.
    fn advance(&mut self, most: Seconds) -> Passed;
}
