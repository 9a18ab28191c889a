//! Joining a live event: where its edge is, by the clock of its server or by what is listed.

use media::{Audio, Availability, Live, LiveTimes, Video};
use player::Options;
use tokio::time::Instant;
use units::Seconds;

use crate::listing::Listings;

/// Media that starts and resumes playback of a live event, if the player does not begin with less: what `segue run --live` takes.
const START: Seconds = Seconds::new(0.5);

/// A live event, as its manifest tells of it.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// By a clock: DASH.
    Timed(Timed),
    /// By playlists that are read again and again: HLS.
    Listed(Listings),
}

impl Event {
    /// The event of a manifest that has just come and tells of all by times; None for a presentation on demand, and for one whose end
    /// nobody knows: of that, what is listed is all that there is.
    pub(crate) fn timed(manifest: &[u8]) -> Option<Event> {
        let times = media::live_times(std::str::from_utf8(manifest).ok()?).ok()??;
        times.ends.then(|| Event::Timed(Timed { times, heard: Instant::now() }))
    }

    /// The video as a viewer finds it who joins now.
    pub(crate) fn join(&self, video: Video) -> Video {
        match self {
            Event::Timed(timed) => timed.join(video),
            Event::Listed(listings) => listings.join(video),
        }
    }

    /// How a player watches it. What the player's own options say of its latency counts.
    pub(crate) fn options(&self, mut options: Options) -> Options {
        options.buffer.start = options.buffer.start.min(START);
        options.buffer.resume = options.buffer.resume.min(START);
        match self {
            Event::Timed(timed) => Options { latency: options.latency.or(timed.times.latency), ..options },
            Event::Listed(listings) => listings.options(options),
        }
    }

    /// Whether its manifest says when everything can be had.
    pub(crate) fn is_timed(&self) -> bool {
        matches!(self, Event::Timed(_))
    }

    /// What its playlists list, where they do.
    pub(crate) fn listings(&mut self) -> Option<&mut Listings> {
        match self {
            Event::Timed(_) => None,
            Event::Listed(listings) => Some(listings),
        }
    }
}

/// A live event whose manifest says when everything can be had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed {
    times: LiveTimes,
    /// When the manifest was here.
    heard: Instant,
}

impl Timed {
    /// The video as a viewer finds it who joins now. A server's time is as old as its answer was on its way: the viewer may believe
    /// to be a little further behind, and asks for nothing that does not exist.
    fn join(&self, video: Video) -> Video {
        let here = Seconds::new(crate::clock::unix());
        let now = self.times.now.map_or(here, |now| now + Seconds::new(self.heard.elapsed().as_secs_f64()));
        let segment = video.duration(0);
        let partly = self.times.early > Seconds::ZERO && self.times.early < segment;
        let chunk = partly.then(|| segment - self.times.early);
        // A segment is one request, whose chunks are sent as they come.
        let (join, window) = (now - self.times.began, self.times.window);
        let live = Live { chunk, join, window, ..Live::default() };
        // Sound is published whole.
        let whole = Availability::Live(Live { chunk: None, ..live });
        let heard = video
            .audio()
            .iter()
            .map(|a| Audio { track: a.track.clone().with_availability(whole), ..a.clone() });
        let heard = heard.collect();
        video.with_audio(heard).with_availability(Availability::Live(live))
    }
}
