//! The scheduling of hls.js: when fragments and playlists are asked for, and when fragments in flight are looked at.
//!
//! Source: hls.js 1.7.4, `StreamController.doTickIdle`, `getMaxBufferLength`, `AbrController` (its timer), observed in the recorded
//! sessions of `fixtures/golden/players_closed`.
//!
//! | constant | value |
//! |---|---|
//! | it looks for something to do when a fragment ends, and every | 100 ms since the session began |
//! | a fragment is asked for below (`maxBufferLength`) | 30 s, or what 60 MB of its level last (`maxBufferSize`) |
//! | and in any case below (`maxMaxBufferLength`) | 600 s |
//! | a fragment in flight is looked at every | 100 ms since its request |
//! | before the first fragment of a level | its playlist is fetched |
//!
//! Left out: initialisation segments (one connection more, asked for beside the first fragment), back buffer, stalls of the media
//! element, retries of hls.js's own (a failed request is made again 1 s later).

use abr::{Attention, Ending, Track};
use units::{Bits, Seconds};

use super::{Chosen, Order, Schedule, Scheduling, View, Want};
use crate::{Finished, Request, WaitReason, What};

/// How often hls.js looks.
const TICK: Seconds = Seconds::from_millis(100.0);

/// The settings of hls.js that bear on its requests, under its defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HlsJsBuffer {
    /// `maxBufferLength`.
    pub length: Seconds,
    /// `maxMaxBufferLength`.
    pub most_length: Seconds,
    /// `maxBufferSize`.
    pub size: Bits,
    pub playlist: Bits,
}

impl Default for HlsJsBuffer {
    fn default() -> HlsJsBuffer {
        HlsJsBuffer {
            length: Seconds::new(30.0),
            most_length: Seconds::new(600.0),
            size: Bits::new(8.0 * 60e6),
            playlist: Bits::new(8.0 * 2_000.0),
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct HlsJs {
    buffer: HlsJsBuffer,
    /// Which levels have a playlist.
    playlists: Vec<bool>,
    /// How often the fragment in flight was looked at.
    looks: u32,
    failed: bool,
}

impl HlsJs {
    /// A scheduling with these settings.
    pub fn new(buffer: HlsJsBuffer) -> HlsJs {
        HlsJs { buffer, ..HlsJs::default() }
    }

    /// How much may be ahead before nothing more is asked for.
    fn goal(&self, view: &View<'_>) -> Seconds {
        let p = view.player();
        let bitrate = p.video.ladder().bitrate(p.last_level.unwrap_or(0));
        (self.buffer.size / bitrate).max(self.buffer.length).min(self.buffer.most_length)
    }
}

impl Scheduling for HlsJs {
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        let p = view.player();
        if std::mem::take(&mut self.failed) {
            return Schedule::Hold { time: Seconds::new(1.0), reason: WaitReason::Retry, then: None };
        }
        if p.segment >= p.end {
            return Schedule::Done;
        }
        if let Some(order) = view.left_window() {
            return Schedule::Order(order);
        }
        let available = p.video.available_at(p.segment);
        if p.now < available {
            let time = available - p.now;
            return Schedule::Hold { time, reason: WaitReason::Availability, then: None };
        }
        if p.buffer < self.goal(view) {
            return Schedule::Ask(Track::Video);
        }
        // Its own tick goes on from the beginning of the session; a nanosecond is rounding.
        let ticks = ((p.now + crate::request::NOW) / TICK).floor() + 1.0;
        Schedule::Hold { time: TICK * ticks - p.now, reason: WaitReason::Full, then: None }
    }

    fn chosen(&mut self, _: &View<'_>, track: Track, level: usize) -> Chosen {
        match self.playlists.get(level) {
            Some(true) => Chosen::Next,
            _ => {
                let (what, size) = (What::Playlist, self.buffer.playlist);
                Chosen::First(Want { track, what, level, size, source: 0 })
            }
        }
    }

    fn attention(&self, _: &View<'_>, _: usize, _: bool) -> Option<Attention> {
        // It is looked at when the timer says so.
        Some(Attention::Ending)
    }

    fn wake(&self, view: &View<'_>) -> Seconds {
        match view.flight(Track::Video) {
            Some(flight) => TICK * f64::from(self.looks + 1) - view.age(flight),
            None => Seconds::INFINITY,
        }
    }

    fn woken(&mut self, view: &View<'_>) -> Option<Order> {
        let flight = view.flight(Track::Video)?;
        if self.wake(view) > crate::request::NOW {
            return None;
        }
        self.looks += 1;
        Some(Order::Look(flight.request.id))
    }

    fn requested(&mut self, _: &View<'_>, request: &Request) {
        if request.what == What::Media {
            self.looks = 0;
        }
    }

    fn finished(&mut self, _: &View<'_>, finished: &Finished<'_>) {
        let level = finished.request.level;
        match finished.ending {
            Ending::Loaded => {
                if self.playlists.len() <= level {
                    self.playlists.resize(level + 1, false);
                }
                self.playlists[level] = true;
            }
            Ending::Failed => self.failed = true,
            _ => {}
        }
    }
}
