//! What is seen of a player while it streams.

use abr::Track;
use player::{Event, LatencyMeter, Observer, Recorder, What};
use qoe::StallCause;
use units::Seconds;

use crate::buffer::Rebuffering;

/// Watches the player: the record, and what the dashboard shows.
pub(crate) struct Watch {
    pub(crate) recorder: Recorder,
    /// How far the viewer of a live event is behind.
    pub(crate) latency: LatencyMeter,
    /// The requests that are in the record, in its order.
    pub(crate) requests: Vec<u64>,
    /// The other requests, likewise.
    pub(crate) others: Vec<u64>,
    pub(crate) startup: Option<Seconds>,
    pub(crate) stalls: Vec<Rebuffering>,
    pub(crate) open: bool,
    pub(crate) starved: bool,
    pub(crate) played: usize,
    pub(crate) level: Option<usize>,
    pub(crate) appended: usize,
    /// Something was appended since this was last looked at.
    pub(crate) arrived: bool,
    /// Where the player has jumped to, until what comes there is here: of the picture, and of the sound.
    pub(crate) jumped: [Option<Seconds>; 2],
}

impl Watch {
    /// Of a player that wants to be so far behind, if it watches a live event.
    pub(crate) fn new(target: Seconds) -> Watch {
        Watch {
            recorder: Recorder::default(),
            latency: LatencyMeter::new(target),
            requests: Vec::new(),
            others: Vec::new(),
            startup: None,
            stalls: Vec::new(),
            open: false,
            starved: false,
            played: 0,
            level: None,
            appended: 0,
            arrived: false,
            jumped: [None; 2],
        }
    }
}

impl Observer for Watch {
    const LIVE: bool = true;

    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        self.recorder.event(at, event);
        self.latency.event(at, event);
        match event {
            Event::Finished(f) => {
                match (f.request.what, f.request.track) {
                    (What::Media, Track::Video) => self.requests.push(f.request.id),
                    _ => self.others.push(f.request.id),
                }
                let appended = f.ending == abr::Ending::Appended;
                self.appended += usize::from(appended && f.request.track == Track::Video);
                self.arrived |= appended;
            }
            Event::Started => self.startup = Some(at),
            Event::Seeked { to, .. } => self.jumped = [Some(*to); 2],
            Event::Plays { level, .. } => {
                self.played += 1;
                self.level = Some(*level);
            }
            Event::Stalled { cause: StallCause::Rebuffer, .. } => {
                self.stalls.push(Rebuffering { start_s: at, duration_s: Seconds::ZERO });
                (self.open, self.starved) = (true, true);
            }
            Event::Resumed if std::mem::take(&mut self.open) => {
                if let Some(last) = self.stalls.last_mut() {
                    last.duration_s = at - last.start_s;
                }
            }
            _ => {}
        }
    }
}
