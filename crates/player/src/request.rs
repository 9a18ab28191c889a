//! Requests: what a driver is asked to do, and what it tells.

use abr::{Attention, Ending, Track};
use units::{Bits, Seconds};

/// What the buffer holds: segment and level.
pub(crate) type Tag = (usize, usize);

/// What is no later than this from now is now.
pub(crate) const NOW: Seconds = Seconds::from_millis(1e-6);

/// Names a request; counts those of a session from 0.
pub type RequestId = u64;

/// What is requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum What {
    #[default]
    Media,
    /// The initialisation segment of a level.
    Init,
    Playlist,
}

/// What the driver is to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Begin this request ([`Player::request`](crate::Player::request) says what it is), and ask again.
    Fetch(RequestId),
    /// Give up this request, tell so by [`Player::ended`](crate::Player::ended), and ask again.
    Cancel(RequestId),
    /// Let so much time pass, or less if there is news of a request in flight; tell it by
    /// [`Player::elapsed`](crate::Player::elapsed), and ask again. Infinite: there is nothing to do until there is news, or
    /// until the viewer does something.
    Wait(Seconds),
    /// The rule lives outside: [`Player::answer`](crate::Player::answer), and ask again.
    Decide,
    /// The session is over.
    End,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    pub id: RequestId,
    pub track: Track,
    pub what: What,
    /// Which segment; of what is no media, the segment that it was fetched for.
    pub segment: usize,
    pub level: usize,
    pub size: Bits,
    /// Where it is fetched from, where there are several places.
    pub source: u16,
    /// How closely the player wants to follow it.
    pub attention: Attention,
    /// It is to replace a segment in the buffer.
    pub replaces: bool,
    /// When it was made.
    pub at: Seconds,
    /// Buffer level of its medium at that time.
    pub buffer: Seconds,
    /// How far the viewer was behind a live event at that time.
    pub latency: Option<Seconds>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Whole,
    /// It was given up, as the player wished.
    Cancelled,
    Failed,
}

/// What shall become of a request in flight that was looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// It goes on; the next look that matters is the first one after this time since the request.
    Continue {
        /// Since the request.
        until: Seconds,
    },
    /// Ask [`Player::next`](crate::Player::next) what to do with it.
    Ask,
}

/// A request in flight, as far as the player has been told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InFlight {
    pub request: Request,
    pub received: Bits,
    /// From the request to the first bit, once it has come.
    pub first_byte: Option<Seconds>,
    /// Time since the request that is settled.
    pub(crate) settled: Seconds,
    /// Why it shall be given up, if it shall.
    pub(crate) giving_up: Option<Ending>,
    /// Media of it that is in the buffer already.
    pub(crate) appended: Seconds,
}

impl InFlight {
    #[inline]
    pub(crate) fn brings(&self, track: Track, segment: usize) -> bool {
        let r = &self.request;
        r.track == track && r.what == What::Media && r.segment == segment && self.giving_up.is_none()
    }
}
