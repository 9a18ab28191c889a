//! A period: a stretch of constant rate and latency.

use units::{BitRate, Seconds};

/// A stretch of constant rate and latency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// How long it lasts; positive.
    pub duration: Seconds,
    /// What the link carries; zero in an outage.
    pub rate: BitRate,
    /// From a request to its first bit.
    pub latency: Seconds,
}
