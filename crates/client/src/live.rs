//! Joining a live event: where its edge is, by the clock of its server.

use media::{Availability, Live, LiveTimes, Video};
use player::Options;
use tokio::time::Instant;
use units::Seconds;

/// Media that starts and resumes playback of a live event, if the player does not begin with less: what `segue run --live` takes.
const START: Seconds = Seconds::new(0.5);

/// A live event, as its manifest tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    times: LiveTimes,
    /// When the manifest was here.
    heard: Instant,
}

impl Event {
    /// The event of a manifest that has just come; None for a presentation on demand, and for one whose end nobody knows: of that,
    /// what is listed is all that there is.
    pub(crate) fn of(manifest: &[u8]) -> Option<Event> {
        let times = media::live_times(std::str::from_utf8(manifest).ok()?).ok()??;
        times.ends.then(|| Event { times, heard: Instant::now() })
    }

    /// The video as a viewer finds it who joins now. A server's time is as old as its answer was on its way: the viewer may believe
    /// to be a little further behind, and asks for nothing that does not exist.
    pub(crate) fn join(&self, video: Video) -> Video {
        let here = Seconds::new(crate::clock::unix());
        let now = self.times.now.map_or(here, |now| now + Seconds::new(self.heard.elapsed().as_secs_f64()));
        let segment = video.duration(0);
        let partly = self.times.early > Seconds::ZERO && self.times.early < segment;
        let chunk = partly.then(|| segment - self.times.early);
        // A segment is one request, whose chunks are sent as they come.
        let (join, window) = (now - self.times.began, self.times.window);
        let live = Live { chunk, join, window, ..Live::default() };
        video.with_availability(Availability::Live(live))
    }

    /// How a player watches it. What the player's own options say of its latency counts.
    pub(crate) fn options(&self, mut options: Options) -> Options {
        options.latency = options.latency.or(self.times.latency);
        options.buffer.start = options.buffer.start.min(START);
        options.buffer.resume = options.buffer.resume.min(START);
        options
    }
}
