//! The observer that follows how far the viewer of a live event is behind.

use abr::{Ending, Track};
use qoe::{LiveCorner, LiveCounts, LiveSummary};
use units::Seconds;

use crate::{Event, Observer};

/// Follows latency and buffer of a live event, from the first frame to the end. On demand it notes nothing.
#[derive(Clone, Debug)]
pub struct LatencyMeter {
    line: Vec<LiveCorner>,
    counts: LiveCounts,
    target: Seconds,
    /// The media time of the session's first instant; None on demand, and before the session.
    edge: Option<Seconds>,
    at: Seconds,
    /// Media time that is shown, and up to which the picture is buffered.
    position: Seconds,
    reached: Seconds,
    started: bool,
    standing: bool,
    paused: bool,
    rate: f64,
    jumped: bool,
}

impl LatencyMeter {
    /// Before the session of a player that wants to be so far behind.
    pub fn new(target: Seconds) -> LatencyMeter {
        LatencyMeter {
            line: Vec::new(),
            counts: LiveCounts::default(),
            target,
            edge: None,
            at: Seconds::ZERO,
            position: Seconds::ZERO,
            reached: Seconds::ZERO,
            started: false,
            standing: true,
            paused: false,
            rate: 1.0,
            jumped: true,
        }
    }

    /// Latency and buffer over time.
    pub fn line(&self) -> &[LiveCorner] {
        &self.line
    }

    /// The digest; None on demand, and if nothing was played.
    pub fn summary(&self) -> Option<LiveSummary> {
        LiveSummary::of(&self.line, self.target, self.counts)
    }

    /// Time has passed.
    fn advance(&mut self, at: Seconds) {
        if !self.standing && !self.paused {
            self.position = (self.position + (at - self.at) * self.rate).min(self.reached);
        }
        self.at = at;
    }

    /// Notes where the viewer is.
    fn corner(&mut self, edge: Seconds) {
        if !self.started {
            return;
        }
        let (at_s, latency_s) = (self.at, edge + self.at - self.position);
        let corner = LiveCorner { at_s, latency_s, buffer_s: self.reached - self.position };
        if self.line.last() != Some(&corner) {
            self.line.push(corner);
        }
    }

    fn learn(&mut self, event: &Event<'_>, video_edge: Seconds) {
        match event {
            // A playlist too, where one is fetched first.
            Event::Requested(r) if r.track == Track::Video && !r.replaces => {
                if let Some(latency) = r.latency.filter(|_| self.jumped) {
                    // What is shown next begins here.
                    let position = video_edge + self.at - latency;
                    if self.started {
                        self.counts.skipped += (position - self.position).max(Seconds::ZERO);
                    }
                    (self.position, self.reached, self.jumped) = (position, position, false);
                }
            }
            Event::Extended { media, .. } => self.reached += *media,
            Event::Started => (self.started, self.standing) = (true, false),
            Event::Resumed => self.standing = false,
            Event::Stalled { .. } => self.standing = true,
            Event::Paused => self.paused = true,
            Event::Unpaused => self.paused = false,
            Event::RateChanged { rate } => {
                self.rate = *rate;
                self.counts.rate_changes += usize::from(self.started);
            }
            Event::Seeked { .. } => {
                self.jumped = true;
                self.counts.skips += usize::from(self.started);
            }
            _ => {}
        }
    }
}

impl Observer for LatencyMeter {
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        if let Event::Began { video, .. } = event {
            self.edge = video.edge(Seconds::ZERO);
        }
        let Some(edge) = self.edge else { return };
        self.advance(at);
        self.corner(edge);
        if let Event::Finished(f) = event
            && f.request.track == Track::Video
            && f.ending == Ending::Appended
        {
            // With the parts of it that came before.
            self.reached = self.position + f.buffer_after;
        }
        self.learn(event, edge);
        self.corner(edge);
    }
}
