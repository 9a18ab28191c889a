//! The seam between a player and its rule.

use units::{BitRate, Bits, Seconds};

use crate::PlayerView;

/// What a rule wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Request the next segment on this level, after holding back for some time (the rule is not asked again).
    Fetch {
        level: usize,
        /// How long to hold back.
        after: Seconds,
    },
    /// Ask again after this time.
    Wait(Seconds),
    /// No opinion: the level of the last request again (the lowest if there was none).
    Keep,
    /// The rule lives elsewhere: the player stops there until it is told the answer.
    Pending,
}

/// How closely a request in flight has to be followed. A driver may use it to do less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attention {
    /// Only its end matters: it can be treated as one step.
    #[default]
    Ending,
    /// It is looked at regularly, and may be given up.
    Looks,
    /// As with looks; and its first bit and every report of bytes that came is an event.
    News,
}

impl Decision {
    /// Request on this level, now.
    pub const fn fetch(level: usize) -> Decision {
        Decision::Fetch { level, after: Seconds::ZERO }
    }

    /// The same on no higher level than `top`; `last` is the level of the last request, which [`Decision::Keep`] means.
    pub fn at_most(self, top: usize, last: Option<usize>) -> Decision {
        match self {
            Decision::Fetch { level, after } => Decision::Fetch { level: level.min(top), after },
            Decision::Keep => Decision::fetch(last.unwrap_or(0).min(top)),
            other => other,
        }
    }
}

/// How far a request in flight has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub segment: usize,
    pub level: usize,
    /// The size of the whole segment.
    pub size: Bits,
    /// What has arrived.
    pub received: Bits,
    /// Since the request.
    pub elapsed: Seconds,
    /// From the request to the first bit.
    pub latency: Seconds,
    /// The buffer level now.
    pub buffer: Seconds,
}

/// What shall become of a request in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Let it go on, and ask at the next look.
    Continue,
    /// Let it go on, and do not ask before the buffer is below this level.
    ContinueAbove(Seconds),
    /// Give it up, and request the segment again on this level.
    Abandon {
        /// The level to request instead.
        to: usize,
    },
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Appended,
    /// The segment replaced one in the buffer, or came too late for that.
    Replaced,
    /// It was given up for another level.
    Abandoned {
        /// The level the rule wants instead.
        to: usize,
    },
    /// It was to replace a segment and was given up because that is about to play.
    ReplacementAbandoned,
    /// It was given up because nobody wants it any more: the viewer jumped, or its place was discarded.
    Cancelled,
    Failed,
    /// A playlist or an initialisation segment came: no media.
    Loaded,
}

/// What happened to the player.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayerEvent {
    /// A request ended; the buffer level of the view is the one after it.
    Ended {
        segment: usize,
        level: usize,
        /// The size of the whole segment.
        size: Bits,
        /// What had arrived.
        received: Bits,
        /// Since the request.
        elapsed: Seconds,
        /// From the request to the first bit.
        latency: Seconds,
        ending: Ending,
    },
    /// A playlist or an initialisation segment of a level was fetched.
    Loaded {
        level: usize,
        /// Since its request.
        elapsed: Seconds,
    },
    /// The first bit of a request came that is followed with [`Attention::News`].
    FirstByte {
        segment: usize,
        level: usize,
        /// Since the request.
        elapsed: Seconds,
    },
    /// More of a request came that is followed with [`Attention::News`].
    Progress(Progress),
    /// Media was appended: a whole segment, or a part of one that is delivered while it is produced.
    Appended { segment: usize, level: usize, media: Seconds },
    /// Buffered media was dropped before it had begun to play.
    Discarded {
        /// The first segment that was dropped.
        from: usize,
        segments: usize,
    },
    /// Frames were shown and dropped since the session began; only a driver that shows pictures knows.
    Frames {
        dropped: u64,
        /// Shown and dropped.
        total: u64,
    },
    /// The player held back because the buffer was full.
    WaitedForRoom(Seconds),
    /// Playback stopped because the buffer ran dry.
    Stalled,
    /// The viewer jumped; the segment of the view is the one jumped to.
    Seeked,
    /// The playback rate of the view is new.
    RateChanged,
}

/// What a rule believes about the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Throughput of the payload.
    pub throughput: BitRate,
    /// From a request to its first bit.
    pub latency: Seconds,
}

/// An adaptive bitrate rule. Deterministic and pure: all it may know arrives through its arguments, and randomness it
/// needs is handed to it when it is built.
#[auto_impl::auto_impl(Box)]
pub trait AbrStrategy {
    /// Before the first request of a session (and again before the first of the next).
    fn begin(&mut self, view: &PlayerView<'_>) {
        let _ = view;
    }

    /// The level of the next request.
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision;

    /// How closely it wants to follow a request on this level: with [`Attention::Looks`] and above,
    /// [`progress`](AbrStrategy::progress) is asked.
    fn attention(&self, level: usize) -> Attention {
        let _ = level;
        Attention::Ending
    }

    /// Looks at a request in flight.
    fn progress(&mut self, view: &PlayerView<'_>, progress: &Progress) -> Verdict {
        let _ = (view, progress);
        Verdict::Continue
    }

    /// Learns what happened.
    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        let _ = (view, event);
    }

    /// What the rule believes about the network, if it forms a belief.
    fn estimate(&self) -> Option<Estimate> {
        None
    }

    /// What of its options this ladder does not have, for people.
    fn lacks(&self, ladder: &media::Ladder) -> Option<String> {
        let _ = ladder;
        None
    }
}
