//! When to request, and what: everything about requests that is not the choice of a level.
//!
//! Three decisions are apart: the rule says *which level* ([`AbrStrategy`](abr::AbrStrategy)), the scheduling says *when and
//! what*, and a rate control says *how fast to play* ([`RateControl`](crate::rate::RateControl)). A real player's stack is a scheduling of its own and a
//! rule; nothing of it is in the machine.

mod hlsjs;
mod plain;
mod reloading;

pub use hlsjs::{HlsJs, HlsJsBuffer};
pub use plain::Plain;
pub use reloading::Reloading;

use abr::{Attention, LiveView, PlayerEvent, PlayerView, Track};
use media::Video;
use playbuf::{PlaybackBuffer, State};
use units::{Bits, Seconds};

use crate::core::{Core, lane, reached};
use crate::request::Tag;
use crate::{Finished, InFlight, Options, Request, RequestId, WaitReason, What};

/// What a player shows its scheduling: a read, of which only what is asked for is computed.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    video: &'a Video,
    core: &'a Core,
}

impl<'a> View<'a> {
    #[inline]
    pub(crate) fn of(video: &'a Video, core: &'a Core) -> View<'a> {
        View { video, core }
    }

    /// What it would show the rule that is asked for the picture, now.
    #[inline(always)]
    pub fn player(self) -> PlayerView<'a> {
        let (settled, pending) = (self.of_track(Track::Video), self.core.pending());
        if pending <= Seconds::ZERO {
            return settled;
        }
        let buffer = self.core.buffer.level_after(pending);
        let live = settled.live.map(|l| {
            let played = settled.buffer - buffer;
            LiveView { latency: l.latency + pending - played, ..l }
        });
        PlayerView { now: settled.now + pending, buffer, live, ..settled }
    }

    /// The options of the player.
    #[inline]
    pub fn options(self) -> &'a Options {
        &self.core.options
    }

    /// The buffer, as it was when time was last settled.
    #[inline]
    pub fn buffer(self) -> &'a PlaybackBuffer<Tag> {
        &self.core.buffer
    }

    /// What is in flight, in the order of the requests.
    #[inline]
    pub fn flights(self) -> &'a [InFlight] {
        &self.core.flights
    }

    /// The first segment of the picture that is not in the buffer.
    #[inline]
    pub fn appended(self) -> usize {
        self.core.lanes[0].appended
    }

    /// The sound that is fetched apart, and the next segment of it.
    #[inline]
    pub fn audio(self) -> Option<(&'a Video, usize)> {
        self.core.options.audio.map(|_| (self.media(Track::Audio), self.core.next(Track::Audio)))
    }

    /// How often the player is still ready to be held back or disappointed before the next segment.
    #[inline]
    pub fn patience(self) -> u32 {
        self.core.patience
    }

    /// Whether no request was made yet.
    #[inline]
    pub fn first(self) -> bool {
        self.core.requests == 0
    }

    /// How long ago a request in flight was made.
    #[inline]
    pub fn age(self, flight: &InFlight) -> Seconds {
        flight.settled + self.core.pending()
    }

    /// The request for media of a track that is in flight, if there is one.
    #[inline]
    pub fn flight(self, track: Track) -> Option<&'a InFlight> {
        self.flights().iter().find(|f| f.request.track == track && f.request.what == What::Media)
    }

    /// Back to the target, where what comes next has left the window of a live event: nobody has it any more. What is buffered
    /// is dropped, as hls.js does behind the start of the playlist (1.7.4, `synchronizeToLiveEdge`).
    pub fn left_window(self) -> Option<Order> {
        let p = self.player();
        let live = p.live?;
        let gone =
            |video: &Video, segment: usize| segment < video.segments() && video.gone_at(segment) <= p.now;
        let left = gone(p.video, p.segment) || self.audio().is_some_and(|(sound, next)| gone(sound, next));
        let edge = p.video.edge(p.now).filter(|_| left)?;
        // Where the target is gone as well, to the first that is left.
        let first = (p.segment..p.end).find(|k| !gone(p.video, *k)).map_or(edge, |k| p.video.start(k));
        Some(Order::Seek((edge - live.target).max(first)))
    }

    /// What can be fetched of a track.
    #[inline]
    pub(crate) fn media(self, track: Track) -> &'a Video {
        match (track, self.core.options.audio) {
            (Track::Audio, Some(i)) => self.video.audio().get(i).map_or(self.video, |a| &a.track),
            _ => self.video,
        }
    }

    /// Media time that was shown when time was last settled.
    pub(crate) fn position(self) -> Seconds {
        reached(self.video, self.flights(), self.appended()) - self.core.buffer.level()
    }

    /// How far the viewer was behind a live event when time was last settled.
    #[inline]
    pub(crate) fn live(self) -> Option<LiveView> {
        self.video.edge(self.core.buffer.clock()).map(|edge| self.behind(edge))
    }

    #[cold]
    fn behind(self, edge: Seconds) -> LiveView {
        LiveView { latency: edge - self.position(), target: self.core.options.target(self.video) }
    }

    /// What a rule is shown of a track, as it was when time was last settled.
    #[inline(always)]
    pub(crate) fn of_track(self, track: Track) -> PlayerView<'a> {
        let core = self.core;
        let buffer = match track {
            Track::Video => core.buffer.level(),
            Track::Audio => core.buffer.companion_level().unwrap_or(Seconds::ZERO),
        };
        PlayerView {
            now: core.buffer.clock(),
            video: self.media(track),
            segment: core.next(track),
            end: core.lanes[lane(track)].end,
            buffer,
            capacity: core.options.capacity,
            last_level: core.lanes[lane(track)].last_level,
            playing: core.buffer.state() == State::Playing,
            rate: core.buffer.rate(),
            track,
            in_flight: core.flights.len() as u32,
            live: self.live(),
        }
    }
}

/// What a scheduling wants while there is room for another request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Ask the rule for the level of the next segment of this track, and fetch it.
    Ask(Track),
    /// Fetch this, whatever the rule would say.
    Fetch(Want),
    /// Let time pass.
    Hold {
        time: Seconds,
        reason: WaitReason,
        /// Then ask the rule for this track without another look; else ask the scheduling again.
        then: Option<Track>,
    },
    /// Do this first.
    Order(Order),
    /// Nothing before one of the requests in flight is over.
    Later,
    /// Everything is fetched, or asked for.
    Done,
    /// It makes no sense to go on: what is buffered plays out, and the session is over.
    GiveUp,
}

/// Something to fetch that no rule is asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Want {
    pub track: Track,
    pub what: What,
    pub level: usize,
    /// The size of what is no media (a segment's is known).
    pub size: Bits,
    pub source: u16,
}

/// What becomes of a level that was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chosen {
    /// The next segment is fetched on it.
    Next,
    /// A segment that is buffered is fetched again on it.
    Again(usize),
    /// Something else has to be fetched first; then this is asked again, with the same level.
    First(Want),
    /// Not now: everything is asked again after this time, or when something else has happened.
    Later(Seconds),
}

/// What a scheduling may order whenever it is woken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Play at this rate from now on.
    Rate(f64),
    /// Show this request to the rule, which may give it up.
    Look(RequestId),
    /// Give up a request; its segment is fetched again on the level, or the rule is asked.
    Cancel {
        request: RequestId,
        /// On which level instead.
        then: Option<usize>,
    },
    /// Drop what is buffered from this segment on and has not begun to play; it will be fetched again.
    Discard { track: Track, from: usize },
    /// Fetch a segment of the picture again that is buffered, on another level.
    Refetch { segment: usize, level: usize },
    /// Jump to a media time.
    Seek(Seconds),
    /// Ask again what to do while there is room for another request.
    Again,
}

/// When to request, and what. See [the module](self).
#[auto_impl::auto_impl(Box)]
pub trait Scheduling {
    /// How many requests may be in flight at once.
    #[inline]
    fn flows(&self, options: &Options) -> usize {
        let _ = options;
        1
    }

    /// What to do while there is room for another request.
    fn schedule(&mut self, view: &View<'_>) -> Schedule;

    /// What becomes of a level that was chosen for a track.
    #[inline]
    fn chosen(&mut self, view: &View<'_>, track: Track, level: usize) -> Chosen {
        let _ = (view, track, level);
        Chosen::Next
    }

    /// How closely a request is to be followed, whatever the rule thinks of it; None: as the rule wishes. `again`: it is to
    /// replace a segment.
    #[inline]
    fn attention(&self, view: &View<'_>, level: usize, again: bool) -> Option<Attention> {
        let _ = (view, level, again);
        None
    }

    /// How long until it wants to be woken, whatever happens; infinite: never. What is no later than a nanosecond from now is
    /// now.
    #[inline]
    fn wake(&self, view: &View<'_>) -> Seconds {
        let _ = view;
        Seconds::INFINITY
    }

    /// It is woken, perhaps earlier than it wished: what to do. It is asked until it has nothing more to say.
    #[inline]
    fn woken(&mut self, view: &View<'_>) -> Option<Order> {
        let _ = view;
        None
    }

    /// A request was made.
    #[inline]
    fn requested(&mut self, view: &View<'_>, request: &Request) {
        let _ = (view, request);
    }

    /// A request is over.
    #[inline]
    fn finished(&mut self, view: &View<'_>, finished: &Finished<'_>) {
        let _ = (view, finished);
    }

    /// Something else happened.
    #[inline]
    fn event(&mut self, view: &View<'_>, event: &PlayerEvent) {
        let _ = (view, event);
    }
}
