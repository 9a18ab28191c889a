//! What the viewer of a recorded session saw, at any time of it.

use qoe::{Outcome, Session};

/// A session laid out in time. For sessions that play at rate 1 without seeks, as the simulated ones here.
#[derive(Clone, Debug, PartialEq)]
pub struct Playback {
    /// Where each segment begins in media time, and its bitrate in kbit/s; the end of the last behind them.
    starts: Vec<f64>,
    kbps: Vec<f64>,
    /// Begin and end of each stall.
    stalls: Vec<(f64, f64)>,
    /// When each segment had arrived.
    arrived: Vec<f64>,
    startup_s: f64,
    end_s: f64,
}

/// What was shown in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// For how long playback stood still.
    pub stalled_s: f64,
    /// The mean bitrate of what was shown, by the time it was shown; None where nothing was.
    pub kbps: Option<f64>,
}

impl Playback {
    /// The playback of a session.
    pub fn of(session: &Session) -> Playback {
        let (mut starts, mut kbps, mut arrived) = (vec![0.0], Vec::new(), Vec::new());
        let mut media = 0.0;
        for d in session.downloads.iter().filter(|d| d.outcome == Outcome::Done) {
            media += d.duration_s.get();
            starts.push(media);
            kbps.push(d.bitrate_kbps.kbps());
            arrived.push(d.finish_s.get());
        }
        let stalls = session.stalls.iter().map(|s| (s.start_s.get(), s.start_s.get() + s.duration_s.get()));
        Playback {
            starts,
            kbps,
            arrived,
            stalls: stalls.collect(),
            startup_s: session.startup_delay_s.get(),
            end_s: session.wall_s.get(),
        }
    }

    /// When the first frame was shown.
    pub fn startup_s(&self) -> f64 {
        self.startup_s
    }

    /// When the session ended.
    pub fn end_s(&self) -> f64 {
        self.end_s
    }

    /// Media time that had been played at an instant.
    pub fn media_at(&self, at: f64) -> f64 {
        (at - self.startup_s - self.stalled(0.0, at)).max(0.0)
    }

    /// How long playback stood still between two instants; waiting for the first frame does not count.
    pub fn stalled(&self, from: f64, to: f64) -> f64 {
        self.stalls.iter().map(|(start, end)| (end.min(to) - start.max(from)).max(0.0)).sum()
    }

    /// Media in the buffer at an instant.
    pub fn buffer_at(&self, at: f64) -> f64 {
        let arrived = self.arrived.partition_point(|t| *t <= at);
        (self.starts[arrived] - self.media_at(at)).max(0.0)
    }

    /// The bitrate shown at an instant; None before the first frame and behind the end.
    pub fn kbps_at(&self, at: f64) -> Option<f64> {
        let media = self.media_at(at);
        let segment = self.starts.partition_point(|s| *s <= media).checked_sub(1)?;
        self.kbps.get(segment).copied().filter(|_| at >= self.startup_s)
    }

    /// What was shown between two instants.
    pub fn shown(&self, from: f64, to: f64) -> Shown {
        let (begin, end) = (self.media_at(from), self.media_at(to));
        let first = self.starts.partition_point(|s| *s <= begin).saturating_sub(1);
        let (mut bits, mut time) = (0.0, 0.0);
        for (i, kbps) in self.kbps.iter().enumerate().skip(first) {
            let seen = (self.starts[i + 1].min(end) - self.starts[i].max(begin)).max(0.0);
            bits += kbps * seen;
            time += seen;
            if self.starts[i + 1] >= end {
                break;
            }
        }
        Shown { stalled_s: self.stalled(from, to), kbps: (time > 0.0).then(|| bits / time) }
    }
}
