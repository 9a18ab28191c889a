//! Where the player is between two questions of its driver.

use abr::Track;
use units::Seconds;

use crate::WaitReason;

/// Where the player is between two questions.
///
/// Its tag stands alone, as that of [`Then`]: hidden in a field, it would have to be worked out at every look.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub(crate) enum Phase {
    Begin,
    /// What to do next?
    Schedule,
    Decide(Track),
    /// The rule lives outside, and has not answered.
    Pending(Track),
    /// What becomes of the level that was chosen?
    Choose,
    /// Time has to pass.
    Hold(Hold),
    /// The level that was chosen is fetched.
    Fetch,
    /// As much is in flight as may be, or nothing can be done before the viewer does something.
    Waiting,
    /// Everything is fetched, and plays out.
    PlayingOut,
    Over,
}

/// A level that was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) track: Track,
    pub(crate) level: usize,
    /// How long to hold back.
    pub(crate) after: Seconds,
    /// A segment of the buffer that is fetched again; else the next.
    pub(crate) again: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hold {
    /// What is left of it, since time was last settled.
    pub(crate) left: Seconds,
    pub(crate) time: Seconds,
    pub(crate) reason: WaitReason,
    pub(crate) then: Then,
}

/// What comes after a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub(crate) enum Then {
    Schedule,
    Decide(Track),
    Fetch,
}
