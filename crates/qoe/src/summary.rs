//! The digest of one session.

use serde::{Deserialize, Serialize};
use units::{BitRate, Seconds};

use crate::{Outcome, Session, StallCause};

/// Schema name and version of a stored [`Summary`].
pub const SUMMARY_SCHEMA: &str = "segue.summary/1";

/// The numbers that every table starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Segments appended to the buffer.
    pub segments: usize,
    /// Mean nominal bitrate of the segments, weighted by their duration.
    pub mean_bitrate_kbps: BitRate,
    /// From the first request to the first frame.
    pub startup_delay_s: Seconds,
    /// How many stalls; waiting after a seek is none (as in CTA-2066).
    pub stall_count: usize,
    pub stall_s: Seconds,
    /// Stalled time over stalled and playing time: `stall_s / (wall_s - startup_delay_s - paused)`.
    pub stall_ratio: f64,
    /// Changes of rung between segments that follow each other.
    pub switch_count: usize,
    /// Mean size of such a change.
    pub mean_switch_kbps: BitRate,
    /// Buffer level, averaged over the time of the session.
    pub mean_buffer_s: Seconds,
    /// Media time that was played.
    pub played_s: Seconds,
    /// From the first request to the end.
    pub wall_s: Seconds,
}

impl Summary {
    /// The digest of a record.
    pub fn of(session: &Session) -> Summary {
        let played = session.played_segments();
        let duration: Seconds = played.iter().map(|p| p.duration).sum();
        let bits: units::Bits = played.iter().map(|p| p.bitrate * p.duration).sum();
        let switches = || played.windows(2).filter(|w| w[0].level != w[1].level);
        let switch_count = switches().count();
        let switched: BitRate = switches().map(|w| (w[1].bitrate - w[0].bitrate).abs()).sum();
        // Both are a mean over nothing where there is nothing.
        let mean_of = |sum: BitRate, n: usize| if n == 0 { BitRate::ZERO } else { sum / n as f64 };
        let stalls = || session.stalls.iter().filter(|s| s.cause == StallCause::Rebuffer);
        let stall: Seconds = stalls().map(|s| s.duration_s).sum();
        let watching = session.wall_s - session.startup_delay_s - session.paused_s;
        let area: f64 = session
            .buffer_levels()
            .windows(2)
            .map(|w| (w[1].0 - w[0].0).get() * (w[0].1 + w[1].1).get() / 2.0)
            .sum();
        let wall = session.wall_s;
        Summary {
            segments: session.downloads.iter().filter(|d| d.outcome == Outcome::Done).count(),
            mean_bitrate_kbps: if duration > Seconds::ZERO { bits / duration } else { BitRate::ZERO },
            startup_delay_s: session.startup_delay_s,
            stall_count: stalls().count(),
            stall_s: stall,
            stall_ratio: if watching > Seconds::ZERO { stall / watching } else { 0.0 },
            switch_count,
            mean_switch_kbps: mean_of(switched, switch_count),
            mean_buffer_s: Seconds::new(if wall > Seconds::ZERO { area / wall.get() } else { 0.0 }),
            played_s: session.played_s,
            wall_s: wall,
        }
    }
}
