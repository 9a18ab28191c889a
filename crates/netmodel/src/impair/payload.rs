//! `payload`: how much of the link's rate is payload.
//!
//! It acts on the link itself, before everything else and wherever it stands: it is the link option
//! [`payload`](crate::LinkOptions::payload) by the name of a protocol, times what that option was before.
//!
//! # The constants
//!
//! | protocol | share | how |
//! |---|---|---|
//! | `pensieve` | 0.95 | Pensieve's constant |
//! | `tcp` | 1448/1500 | IPv4 and TCP with time stamps, 20 + 32 of 1500 bytes |
//! | `tls` | 1448/1500 x 16384/16406 | and a TLS record header and tag of 22 bytes on 16 kB |
//! | `h2` | 1448/1500 x 16384/16406 x 16384/16393 | and an HTTP/2 frame header of 9 bytes on 16 kB |
//! | `quic` | 0.96 x 1350/1378 | 0.96 of a datagram of 1350 bytes, behind 28 bytes of IPv4 and UDP |
//!
//! These are shares of a rate that was measured on the IP layer. A trace of goodput has lost its headers already.

use spec::{Entry, opt};

use super::{Kind, Make, Place};

/// Share of an IPv4 packet of 1500 bytes that TCP with time stamps leaves.
const TCP: f64 = 1448.0 / 1500.0;
/// Share that TLS records leave.
const TLS: f64 = 16384.0 / 16406.0;
/// Share that HTTP/2 frames leave.
const H2: f64 = 16384.0 / 16393.0;

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "payload",
        about: "the share of the link's rate that is payload; acts on the link itself",
        options: &[
            opt("protocol", "h2", "pensieve, tcp, tls, h2 or quic"),
            opt("share", "auto", "the share itself; auto: the protocol's"),
        ],
    },
    place: Place::Link,
    make: |o| {
        let shares = [
            ("pensieve", 0.95),
            ("tcp", TCP),
            ("tls", TCP * TLS),
            ("h2", TCP * TLS * H2),
            ("quic", 0.96 * 1350.0 / 1378.0),
        ];
        let protocols = o.choice("protocol", &shares)?;
        Ok(Make::Payload(match o.text("share") {
            "auto" => protocols,
            _ => o.number("share", 0.01..=1.0)?,
        }))
    },
};
