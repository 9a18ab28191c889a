//! `connection`: what a request waits for before its own round trip.
//!
//! | protocol | round trips before the request's own | time to first byte on a new connection |
//! |---|---|---|
//! | `open` | 0 | 1: connections exist before they are used |
//! | `tcp` | 1 | 2 |
//! | `tls13` | 2: TCP, TLS 1.3 (RFC 8446) | 3 |
//! | `tls12` | 3: TCP, TLS 1.2 (RFC 5246) | 4 |
//! | `quic` | 1: RFC 9000, 9001 | 2 |
//! | `quic-0rtt` | 0: with a ticket from before | 1 |
//!
//! The first request has a new connection and looks up the name (`dns` seconds, once). Later ones reuse it, unless it was
//! idle for longer than `idle_timeout` or `reuse` is off. A new connection begins its slow start anew.
//!
//! # Known deviations
//!
//! One connection at a time; no loss during set-up; a name is looked up once per session.

use spec::{Entry, opt};
use units::{BitRate, Seconds};

use super::{Kind, Make, Place, hand_on, seconds};
use crate::channel::{Channel, Stretch, Waits};

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "connection",
        about: "set-up of connections: names, TCP, TLS, QUIC, reuse",
        options: &[
            opt("protocol", "tls13", "open, tcp, tls13, tls12, quic or quic-0rtt"),
            opt("dns", "0", "s to look up the name, before the first request"),
            opt("reuse", "true", "whether later requests reuse the connection"),
            opt("idle_timeout", "60", "s without a request after which it is closed"),
        ],
    },
    place: Place::Way,
    make: |o| {
        let round_trips =
            [("open", 0.0), ("tcp", 1.0), ("tls13", 2.0), ("tls12", 3.0), ("quic", 1.0), ("quic-0rtt", 0.0)];
        let options = ConnectionOptions {
            set_up: o.choice("protocol", &round_trips)?,
            dns: seconds(o, "dns", 0.0, 60.0)?,
            reuse: o.flag("reuse")?,
            idle_timeout: seconds(o, "idle_timeout", 0.0, 1e6)?,
        };
        Ok(Make::Connection(options))
    },
};

/// The options of `connection`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectionOptions {
    /// Round trips that set up a connection.
    pub set_up: f64,
    /// Time to look up the name, once.
    pub dns: Seconds,
    /// Whether a connection is used again.
    pub reuse: bool,
    /// How long it stays open without a request.
    pub idle_timeout: Seconds,
}

/// The connection of one client, from request to request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reuse {
    options: ConnectionOptions,
    /// Time since the last answer; None before the first request.
    idle: Option<Seconds>,
}

impl Reuse {
    /// Before the first request.
    pub(crate) fn new(options: ConnectionOptions) -> Reuse {
        Reuse { options, idle: None }
    }

    /// What a request waits for that waits for this on the inside.
    pub(crate) fn request(&mut self, inner: Waits) -> Waits {
        let known = self.idle.replace(Seconds::ZERO);
        let reused = self.options.reuse && known.is_some_and(|idle| idle <= self.options.idle_timeout);
        let set_up = if reused { 0.0 } else { self.options.set_up };
        let dns = if known.is_none() { self.options.dns } else { Seconds::ZERO };
        Waits {
            round_trips: inner.round_trips + set_up,
            extra: inner.extra + dns,
            fresh: inner.fresh || !reused,
        }
    }

    /// Time passes between two requests.
    pub(crate) fn rest(&mut self, time: Seconds) {
        self.idle = self.idle.map(|idle| idle + time);
    }
}

/// Connections over a channel.
#[derive(Clone, Debug)]
pub struct Connection<C> {
    inner: C,
    reuse: Reuse,
}

impl<C: Channel> Connection<C> {
    /// Before the first request.
    pub fn new(inner: C, options: ConnectionOptions) -> Connection<C> {
        Connection { inner, reuse: Reuse::new(options) }
    }
}

impl<C: Channel> Channel for Connection<C> {
    fn request(&mut self) -> Waits {
        let inner = self.inner.request();
        self.reuse.request(inner)
    }

    fn rest(&mut self, time: Seconds) {
        self.reuse.rest(time);
        self.inner.rest(time);
    }

    fn stretch(&self, demand: BitRate) -> Stretch {
        self.inner.stretch(demand)
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.inner.spend(time, taken);
    }

    fn cross(&mut self, demand: BitRate) {
        self.inner.cross(demand);
    }

    hand_on!(round_trip, entered);
}
