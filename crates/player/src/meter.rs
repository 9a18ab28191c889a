//! The observer that keeps only sums: no allocation, whatever the length of the session.

use abr::{Ending, Track};
use qoe::{StallCause, Summary};
use units::{BitRate, Bits, Seconds};

use crate::{Event, Observer, Totals};

/// Builds the [`Summary`] while the session runs; the same as [`Summary::of`] its full record, without the record.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    segments: usize,
    bits: Bits,
    duration: Seconds,
    last: Option<(usize, BitRate)>,
    switches: usize,
    switched: BitRate,
    stalls: usize,
    /// When a wait after a seek began, and such waits so far: they are not stalls of the network.
    seek: Option<Seconds>,
    seeking: Seconds,
    totals: Totals,
}

impl Meter {
    /// The sums of a session, of which startup, stalls and pauses are kept apart.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// A wait after a seek is over, if there was one.
    fn sought(&mut self, at: Seconds) {
        if let Some(since) = self.seek.take() {
            self.seeking += at - since;
        }
    }

    /// The digest of the session.
    pub fn summary(&self) -> Summary {
        let t = &self.totals;
        let stalled = t.stalled - self.seeking;
        let watching = t.wall - t.startup - t.paused;
        let positive = |x: Seconds| x > Seconds::ZERO;
        Summary {
            segments: self.segments,
            mean_bitrate_kbps: if positive(self.duration) {
                self.bits / self.duration
            } else {
                BitRate::ZERO
            },
            startup_delay_s: t.startup,
            stall_count: self.stalls,
            stall_s: stalled,
            stall_ratio: if positive(watching) { stalled / watching } else { 0.0 },
            switch_count: self.switches,
            mean_switch_kbps: self.switched / (self.switches.max(1) as f64),
            mean_buffer_s: Seconds::new(if positive(t.wall) { t.level_integral / t.wall.get() } else { 0.0 }),
            played_s: t.played,
            wall_s: t.wall,
        }
    }
}

impl Observer for Meter {
    #[inline(always)]
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        match event {
            Event::Plays { level, bitrate, duration, .. } => {
                self.bits += *bitrate * *duration;
                self.duration += *duration;
                if let Some((before, rate)) = self.last
                    && before != *level
                {
                    self.switches += 1;
                    self.switched += (*bitrate - rate).abs();
                }
                self.last = Some((*level, *bitrate));
            }
            Event::Finished(f) => {
                let picture = f.request.track == Track::Video;
                self.segments += usize::from(picture && f.ending == Ending::Appended);
            }
            Event::Stalled { cause: StallCause::Rebuffer, .. } => self.stalls += 1,
            Event::Stalled { cause: StallCause::Seek, .. } => self.seek = Some(at),
            Event::Resumed => self.sought(at),
            Event::Ended(totals) => {
                self.sought(at);
                self.totals = **totals;
            }
            _ => {}
        }
    }
}
