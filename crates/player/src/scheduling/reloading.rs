//! The scheduling of whoever watches a live event that playlists list: they are asked for again while media come.
//!
//! Source: RFC 8216 and draft-pantos-hls-rfc8216bis-18, 6.3.4: not before the target duration has passed since a playlist was asked for,
//! and not before half of it where it had nothing new then. Where the server holds the answer until there is news (6.2.5.2), it is asked
//! again at once. As real players do, it reloads the playlist of the level that was asked for
//! last, and that of another level before the first segment from it that no other playlist has told of.

use abr::{Attention, Ending, PlayerEvent, Track};
use media::{Listing, Video};
use units::{Bits, Seconds};

use super::{Chosen, Order, Plain, Schedule, Scheduling, View, Want};
use crate::{Finished, Options, Request, WaitReason, What};

/// What is assumed of a playlist's size before one has come.
const PLAYLIST: Bits = Bits::new(8.0 * 2_000.0);

/// Reads playlists again; everything else is left to another scheduling.
#[derive(Clone, Debug, Default)]
pub struct Reloading<S = Plain> {
    inner: S,
    /// Whether there is anything to read again.
    live: bool,
    /// Of each level, as far as its playlist was read again.
    loads: Vec<Load>,
    /// It has asked to be asked, and was not yet.
    woken: bool,
}

/// The last time that a playlist was read.
#[derive(Clone, Copy, Debug)]
struct Load {
    /// When it was asked for.
    at: Seconds,
    /// How far it was known then: whole segments, and parts of the next.
    known: (usize, usize),
    news: bool,
}

impl<S> Reloading<S> {
    /// Of a live event that playlists list, or not; all playlists were read just before the session.
    pub fn new(inner: S, live: bool) -> Reloading<S> {
        Reloading { inner, live, loads: Vec::new(), woken: false }
    }

    fn load(&mut self, level: usize) -> &mut Load {
        if self.loads.len() <= level {
            self.loads.resize(level + 1, Load { at: Seconds::ZERO, known: (0, 0), news: true });
        }
        &mut self.loads[level]
    }

    /// How long until the playlist of a level may be read again.
    fn due(&self, listing: &Listing, level: usize, now: Seconds) -> Seconds {
        let (at, news) = self.loads.get(level).map_or((Seconds::ZERO, true), |l| (l.at, l.news));
        match news {
            // The server holds the answer.
            true if listing.blocks => Seconds::ZERO,
            true => at + listing.reload - now,
            false => at + listing.reload * 0.5 - now,
        }
    }

    /// Which playlist is to be read again, and how long until then; none while it is on its way.
    fn next(&self, view: &View<'_>) -> Option<(usize, Seconds)> {
        let p = view.player();
        let listing = p.video.listing().filter(|l| l.open && self.live)?;
        // What comes part by part needs the list of its own level.
        let level = view.flight(Track::Video).map(|f| f.request.level).or(p.last_level).unwrap_or(0);
        (!is_reading(view, level)).then(|| (level, self.due(listing, level, p.now)))
    }
}

/// Whether the playlist of a level is on its way.
fn is_reading(view: &View<'_>, level: usize) -> bool {
    view.flights().iter().any(|f| f.request.what == What::Playlist && f.request.level == level)
}

fn known(video: &Video, level: usize) -> (usize, usize) {
    video.addresses().map_or((0, 0), |a| a.known(level))
}

fn wanted(track: Track, level: usize) -> Want {
    Want { track, what: What::Playlist, level, size: PLAYLIST, source: 0 }
}

impl<S: Scheduling> Scheduling for Reloading<S> {
    fn flows(&self, options: &Options) -> usize {
        // An answer that is held for the level before must not be in the way.
        self.inner.flows(options) + if self.live { 2 } else { 0 }
    }

    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        self.woken = false;
        let next = self.next(view);
        if let Some((level, due)) = next
            && due <= crate::request::NOW
        {
            return Schedule::Fetch(wanted(Track::Video, level));
        }
        let media = view.flights().iter().filter(|f| f.request.what != What::Playlist).count();
        if media >= self.inner.flows(view.options()) {
            return Schedule::Later;
        }
        let p = view.player();
        let open = p.video.listing().is_some_and(|l| l.open) && p.end == p.video.segments();
        match self.inner.schedule(view) {
            Schedule::Done if open && self.live => match next {
                Some((_, time)) => Schedule::Hold { time, reason: WaitReason::Availability, then: None },
                None => Schedule::Later,
            },
            schedule => schedule,
        }
    }

    fn chosen(&mut self, view: &View<'_>, track: Track, level: usize) -> Chosen {
        let p = view.player();
        let Some(listing) = p.video.listing().filter(|_| self.live && track == Track::Video) else {
            return self.inner.chosen(view, track, level);
        };
        let is_known = p.video.addresses().is_none_or(|a| a.has(p.segment, level));
        match self.due(listing, level, p.now) {
            _ if is_known => self.inner.chosen(view, track, level),
            // All is asked again when the playlist is here.
            _ if is_reading(view, level) => Chosen::Later(Seconds::INFINITY),
            due if due > crate::request::NOW => Chosen::Later(due),
            _ => Chosen::First(wanted(track, level)),
        }
    }

    fn attention(&self, view: &View<'_>, level: usize, again: bool) -> Option<Attention> {
        self.inner.attention(view, level, again)
    }

    fn wake(&self, view: &View<'_>) -> Seconds {
        let due = self.next(view).filter(|_| !self.woken).map_or(Seconds::INFINITY, |(_, due)| due);
        due.min(self.inner.wake(view))
    }

    fn woken(&mut self, view: &View<'_>) -> Option<Order> {
        if !self.woken && self.next(view).is_some_and(|(_, due)| due <= crate::request::NOW) {
            self.woken = true;
            return Some(Order::Again);
        }
        self.inner.woken(view)
    }

    fn requested(&mut self, view: &View<'_>, request: &Request) {
        if request.what != What::Playlist {
            return self.inner.requested(view, request);
        }
        let known = known(view.player().video, request.level);
        *self.load(request.level) = Load { at: request.at, known, news: false };
    }

    fn finished(&mut self, view: &View<'_>, finished: &Finished<'_>) {
        if finished.request.what != What::Playlist {
            return self.inner.finished(view, finished);
        }
        let level = finished.request.level;
        let known = known(view.player().video, level);
        let load = self.load(level);
        load.news = finished.ending == Ending::Loaded && known > load.known;
    }

    fn event(&mut self, view: &View<'_>, event: &PlayerEvent) {
        self.inner.event(view, event);
    }
}
