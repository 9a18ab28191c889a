//! The seam between a player and its rule.

use media::Video;
use units::{BitRate, Bits, Seconds};

/// What a player shows its rule.
#[derive(Clone, Copy, Debug)]
pub struct PlayerView<'a> {
    /// The session's clock.
    pub now: Seconds,
    /// What can be fetched.
    pub video: &'a Video,
    /// The segment that will be requested next.
    pub segment: usize,
    /// One behind the last segment that will be played.
    pub end: usize,
    /// Media that is buffered and not yet played.
    pub buffer: Seconds,
    /// The most media the buffer takes.
    pub capacity: Seconds,
    /// The rung of the last request; None before the first.
    pub last_level: Option<usize>,
    /// Whether media is being shown.
    pub playing: bool,
    /// Media seconds played per second.
    pub rate: f64,
}

impl<'a> PlayerView<'a> {
    /// What a player shows before its first request.
    pub fn at_start(video: &'a Video, capacity: Seconds) -> PlayerView<'a> {
        PlayerView {
            now: Seconds::ZERO,
            video,
            segment: 0,
            end: video.segments(),
            buffer: Seconds::ZERO,
            capacity,
            last_level: None,
            playing: false,
            rate: 1.0,
        }
    }
}

/// What a rule wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Request the next segment on this level, after holding back for some time (the rule is not asked again).
    Fetch {
        /// The level.
        level: usize,
        /// How long to hold back.
        after: Seconds,
    },
    /// Ask again after this time.
    Wait(Seconds),
    /// No opinion: the level of the last request again (the lowest if there was none).
    Keep,
}

impl Decision {
    /// Request on this level, now.
    pub const fn fetch(level: usize) -> Decision {
        Decision::Fetch { level, after: Seconds::ZERO }
    }
}

/// How far a request in flight has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The segment it fetches.
    pub segment: usize,
    /// On which level.
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
    /// The segment was appended.
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
}

/// What happened to the player.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayerEvent {
    /// A request ended; the buffer level of the view is the one after it.
    Ended {
        /// The segment.
        segment: usize,
        /// Its level.
        level: usize,
        /// The size of the whole segment.
        size: Bits,
        /// What had arrived.
        received: Bits,
        /// Since the request.
        elapsed: Seconds,
        /// From the request to the first bit.
        latency: Seconds,
        /// How.
        ending: Ending,
    },
    /// The player held back because the buffer was full.
    WaitedForRoom(Seconds),
    /// Playback stopped because the buffer ran dry.
    Stalled,
    /// Playback went on after a stall.
    Resumed,
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
pub trait AbrStrategy {
    /// Before the first request of a session (and again before the first of the next).
    fn begin(&mut self, view: &PlayerView<'_>) {
        let _ = view;
    }

    /// The level of the next request.
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision;

    /// The rate at which the rule wants media to be played from now on (media seconds per second), where it has an opinion;
    /// asked before every decision.
    fn playback_rate(&mut self, view: &PlayerView<'_>) -> Option<f64> {
        let _ = view;
        None
    }

    /// Whether [`progress`](AbrStrategy::progress) wants to be asked about a request on this level at all. A player
    /// whose rule does not watch can treat a request as one step.
    fn watches(&self, level: usize) -> bool {
        let _ = level;
        false
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
}

impl<A: AbrStrategy + ?Sized> AbrStrategy for Box<A> {
    fn begin(&mut self, view: &PlayerView<'_>) {
        (**self).begin(view);
    }
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        (**self).decide(view)
    }
    fn playback_rate(&mut self, view: &PlayerView<'_>) -> Option<f64> {
        (**self).playback_rate(view)
    }
    fn watches(&self, level: usize) -> bool {
        (**self).watches(level)
    }
    fn progress(&mut self, view: &PlayerView<'_>, progress: &Progress) -> Verdict {
        (**self).progress(view, progress)
    }
    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        (**self).event(view, event);
    }
    fn estimate(&self) -> Option<Estimate> {
        (**self).estimate()
    }
}
