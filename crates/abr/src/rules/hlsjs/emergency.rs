//! When to give a fragment up for a lower level (`_abandonRulesCheck`).

use units::{Bits, Seconds};

use super::select::Search;
use super::{HlsJs, round};

/// What a look at the fragment in flight has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    Continue,
    /// It goes on; the fragments after it come from [`HlsJs::loading`], a lower level.
    Lower,
    /// It is aborted. The segment is asked for again on [`HlsJs::loading`].
    Abort,
}

/// An emergency switch that has been decided and is looked at again later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pending {
    at: Seconds,
    every: Seconds,
}

impl HlsJs {
    /// Looks at the fragment in flight, every [`HlsJs::LOOK`] while it loads. `received` is what has come, `level_ahead` the
    /// media ahead of the playhead.
    pub fn tick(&mut self, now: Seconds, received: Bits, level_ahead: Seconds) -> Tick {
        if let Some(pending) = &mut self.pending {
            if now < pending.at {
                return Tick::Continue;
            }
            pending.at += pending.every;
            return if self.abort(level_ahead) { Tick::Abort } else { Tick::Continue };
        }
        let Some(fragment) = self.fragment.filter(|_| self.watching) else { return Tick::Continue };
        let (level, low, duration) = (fragment.level, self.lowest(), self.fragment_duration);
        let complete = received > Bits::ZERO && fragment.size.is_some_and(|size| received >= size);
        if complete || level <= low {
            (self.watching, self.wanted) = (false, None);
            return Tick::Continue;
        }
        let usual_first_byte = self.estimator.first_byte();
        let elapsed = now - fragment.start;
        if elapsed <= usual_first_byte.max(duration / (self.rate * 2.0)) {
            return Tick::Continue;
        }
        let ahead = level_ahead / self.rate;
        let estimate = self.estimator.throughput().bps();
        let bitrate = fragment.bitrate.map_or_else(|| self.mean(level), |b| b.bps());
        let bytes = received.get() / 8.0;
        let expected = bytes.max(round(duration.get() * bitrate / 8.0));
        let first_byte = fragment.first_byte - fragment.start;
        // Bytes per second so far, and the seconds that the rest will take.
        let (speed, rest) = if bytes > 0.0 {
            let streaming = (elapsed - first_byte).millis();
            let streaming =
                if streaming >= 1.0 { streaming } else { elapsed.millis().min(8.0 * bytes / estimate) };
            let speed = bytes * 1000.0 / streaming;
            (speed, Seconds::new((expected - bytes) / speed))
        } else {
            (0.0, Seconds::new(expected * 8.0 / estimate) + usual_first_byte)
        };
        if rest <= ahead {
            return Tick::Continue;
        }
        let bandwidth = if speed > 0.0 { 8.0 * speed } else { estimate };
        let (next, fetch) = self.lower_level(level, bandwidth, ahead.min(duration + usual_first_byte));
        if fetch >= rest || fetch > 10.0 * duration {
            return Tick::Continue;
        }
        let switched_already = self.wanted.is_some_and(|w| w != level);
        if bytes > 0.0 {
            self.estimator.sample(elapsed - usual_first_byte.min(first_byte), received);
        } else {
            self.estimator.sample_first_byte(elapsed);
        }
        let peak = self.peak(next);
        if self.estimator.throughput().bps() * self.options.up_factor > peak {
            self.assume(peak, next);
        }
        let next = self.find_affordable(peak, next, ahead).unwrap_or(next);
        self.load_level(next);
        (self.watching, self.target) = (false, Some(next));
        if switched_already || rest > 2.0 * fetch {
            return if self.abort(level_ahead) { Tick::Abort } else { Tick::Lower };
        }
        self.pending = Some(Pending { at: now + fetch, every: fetch });
        Tick::Lower
    }

    /// The next lower level whose fragment takes less than `limit`, with that time. The lowest is taken unseen, so that the
    /// time is the one before it, or infinite (as in the original).
    fn lower_level(&self, level: usize, bandwidth: f64, limit: Seconds) -> (usize, Seconds) {
        let low = self.lowest();
        let (mut next, mut fetch) = (level, Seconds::INFINITY);
        loop {
            next -= 1;
            if next <= low {
                return (low, fetch);
            }
            let needs_playlist = !self.has_playlist[next] || self.any_live;
            let bits = self.fragment_duration.get() * self.peak(next);
            fetch = self.fetch_time(bandwidth, bits, needs_playlist);
            if fetch < limit {
                return (next, fetch);
            }
        }
    }

    /// The best level up to `high` at this bandwidth, when nothing is left but the buffer.
    fn find_affordable(&mut self, bps: f64, high: usize, ahead: Seconds) -> Option<usize> {
        self.find_best(&Search {
            bandwidth: bps,
            low: self.lowest(),
            high,
            starvation: Seconds::ZERO,
            more: ahead,
            factors: (1.0, 1.0),
        })
    }

    /// Aborts the fragment if the emergency switch still stands and is not to the bottom.
    fn abort(&mut self, level_ahead: Seconds) -> bool {
        (self.pending, self.watching) = (None, false);
        let Some(target) = self.target.filter(|&t| t > 0 && self.loading == Some(t)) else { return false };
        self.fragment = None;
        let low = self.lowest();
        if target > low {
            let bps = self.variants[low].bandwidth.bps();
            let level = self.find_affordable(bps, target, level_ahead / self.rate).unwrap_or(low);
            self.load_level(level);
            self.assume(self.variants[level].bandwidth.bps(), level);
        }
        true
    }
}
