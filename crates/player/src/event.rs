//! What a player reports.

use abr::{Ending, Estimate, Track};
use qoe::StallCause;
use units::{BitRate, Bits, Seconds};

use crate::Request;

/// Why a player held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    Full,
    Rule,
    /// The segment was not available yet.
    Availability,
    /// A request failed, and is made again after this time.
    Retry,
}

/// A request that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished<'a> {
    pub request: &'a Request,
    /// The nominal bitrate of its level.
    pub bitrate: BitRate,
    /// How long the segment plays.
    pub duration: Seconds,
    /// From the request to the first bit.
    pub latency: Seconds,
    /// From the request to its end.
    pub elapsed: Seconds,
    pub received: Bits,
    pub ending: Ending,
    /// Of a replacement that completed: whether the segment had begun to play before, so that its bits are wasted.
    pub too_late: bool,
    /// Level after the segment was appended.
    pub buffer_after: Seconds,
    /// How long the player held back before, for a full buffer and for the rule.
    pub waited_full: Seconds,
    /// See `waited_full`.
    pub waited_rule: Seconds,
    /// Stalled time since the request before.
    pub stall: Seconds,
    /// What the rule believes now.
    pub estimate: Option<Estimate>,
}

/// Something that happened. Instants are on the session's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// The session begins.
    Began {
        video: &'a media::Video,
        /// One behind the last segment that will be played.
        end: usize,
    },
    /// More of a live event is listed, or less.
    Listed {
        video: &'a media::Video,
    },
    /// The player holds back.
    Waiting {
        time: Seconds,
        reason: WaitReason,
    },
    Requested(&'a Request),
    /// A request is over.
    Finished(&'a Finished<'a>),
    /// The first frame is shown.
    Started,
    /// A segment begins to play.
    Plays {
        segment: usize,
        level: usize,
        /// The nominal bitrate of that level.
        bitrate: BitRate,
        /// How long it plays.
        duration: Seconds,
    },
    /// Playback stops against the viewer's wish.
    Stalled {
        cause: StallCause,
        /// Media time that was reached.
        media: Seconds,
        /// Whether the buffer still held something when this stretch of time began.
        ran_dry: bool,
    },
    /// Playback goes on.
    Resumed,
    /// A stretch of playback is over in which a segment began or ended.
    Boundary,
    Paused,
    /// The viewer plays on after a pause.
    Unpaused,
    /// A part of a segment that is delivered while it is produced was appended.
    Extended {
        segment: usize,
        media: Seconds,
    },
    /// Buffered media was dropped before it had begun to play.
    Discarded {
        track: Track,
        /// The first segment that was dropped.
        from: usize,
        segments: usize,
    },
    /// Frames were shown and dropped since the session began.
    Frames {
        dropped: u64,
        /// Shown and dropped.
        total: u64,
    },
    /// The rule was overruled: it has waited or given up so often that the session would never end. The level of the last
    /// request is taken.
    Overruled,
    /// Media is played at another rate from now on.
    RateChanged {
        /// Media seconds per second.
        rate: f64,
    },
    /// The viewer jumped to a media time.
    Seeked {
        to: Seconds,
        /// Segments that are dropped before they have begun to play.
        dropped: usize,
    },
    /// The session is over.
    Ended(&'a Totals),
}

/// The sums of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// From the first request to the first frame.
    pub startup: Seconds,
    /// Media time that was played.
    pub played: Seconds,
    /// Stalled time, after seeks included.
    pub stalled: Seconds,
    pub paused: Seconds,
    /// From the first request to the end.
    pub wall: Seconds,
    /// Integral of the buffer level, s^2.
    pub level_integral: f64,
}

/// Who is told what happens. Static dispatch: what an observer does not look at costs nothing.
pub trait Observer {
    /// Whether it wants to be told of everything as soon as it happens. The others learn of what happened in a stretch of time
    /// when the stretch is over: nothing else depends on it, and the sums keep their last bit.
    const LIVE: bool = false;

    /// Something happened at an instant of the session's clock.
    fn event(&mut self, at: Seconds, event: &Event<'_>);
}

/// Nobody is told.
impl Observer for () {
    #[inline]
    fn event(&mut self, _: Seconds, _: &Event<'_>) {}
}

/// Both are told.
impl<A: Observer, B: Observer> Observer for (A, B) {
    const LIVE: bool = A::LIVE || B::LIVE;

    #[inline]
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        self.0.event(at, event);
        self.1.event(at, event);
    }
}

impl<O: Observer> Observer for &mut O {
    const LIVE: bool = O::LIVE;

    #[inline]
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        (**self).event(at, event);
    }
}

pub(crate) fn cause(of_the_buffer: playbuf::StallCause) -> StallCause {
    match of_the_buffer {
        playbuf::StallCause::Rebuffer => StallCause::Rebuffer,
        playbuf::StallCause::Seek => StallCause::Seek,
    }
}
