//! Which level next (`findBestLevel`, `firstAutoLevel`, `nextAutoLevel`).

use units::{BitRate, Seconds};

use super::HlsJs;

/// The room that a selection has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// In bit/s.
    pub(super) bandwidth: f64,
    pub(super) low: usize,
    pub(super) high: usize,
    /// How long the buffer lasts.
    pub(super) starvation: Seconds,
    /// How much longer a fetch may take.
    pub(super) more: Seconds,
    /// The shares of the bandwidth that may be used for levels up to the last one, and above it.
    pub(super) factors: (f64, f64),
}

impl HlsJs {
    /// The level of the first fragment. `buffer` is the media ahead of the playhead.
    pub fn first_auto_level(&mut self, buffer: Seconds) -> usize {
        let search = Search {
            bandwidth: self.estimator.throughput().bps(),
            low: self.lowest(),
            high: self.highest(),
            starvation: buffer / self.rate / 2.0,
            more: self.options.starvation,
            factors: (1.0, 1.0),
        };
        self.find_best(&search).unwrap_or_else(|| {
            let level = self.first().max(self.lowest()).min(self.highest());
            self.fallback.map_or(level, |f| level.min(f))
        })
    }

    /// The level of the next fragment. `buffer` is the media ahead of the playhead.
    pub fn next_auto_level(&mut self, buffer: Seconds) -> usize {
        let forced = if self.computed { None } else { self.wanted };
        let informed = self.estimator.is_ready() && self.loaded.is_some();
        if !informed && let Some(level) = forced {
            return level;
        }
        let level = if informed { self.informed_level(buffer) } else { self.first_auto_level(buffer) };
        if let Some(level) = forced {
            return level;
        }
        (self.wanted, self.computed) = (Some(level), true);
        level
    }

    fn informed_level(&mut self, buffer: Seconds) -> usize {
        let starvation = buffer / self.rate;
        let longest = self.options.starvation;
        let search = Search {
            bandwidth: self.estimator.throughput().bps(),
            low: self.lowest(),
            high: self.highest(),
            starvation,
            more: Seconds::ZERO,
            factors: (self.options.keep_factor, self.options.up_factor),
        };
        let calm = if starvation > Seconds::ZERO { self.find_best(&search) } else { None };
        if let Some(level) = calm {
            return level;
        }
        let more = if self.fragment.is_some() { self.fragment_duration.min(longest) } else { longest };
        if let Some(level) = self.find_best(&Search { more, ..search }) {
            return level;
        }
        let low = self.lowest();
        match self.loading {
            Some(loading) if self.variants[low].bandwidth >= self.variants[loading].bandwidth => loading,
            _ => low,
        }
    }

    /// The highest level whose next fragment comes in time, if there is one.
    pub(super) fn find_best(&mut self, search: &Search) -> Option<usize> {
        // Nothing has been loaded yet: the first selection stands until something is.
        let first = self.loading.is_none() || self.loaded.is_none();
        if first && self.first_choice.is_some() {
            return self.first_choice;
        }
        let base = self.loaded.unwrap_or(self.first());
        let mut bandwidth = search.bandwidth;
        if first {
            let allowed = &self.variants[self.lowest()..=self.highest().max(self.lowest())];
            let least = allowed.iter().map(|v| v.bandwidth.bps()).fold(f64::INFINITY, f64::min);
            bandwidth = bandwidth.max(least);
        }
        let duration = self.fragment_duration;
        let in_hand = self.fragment.map(|_| duration);
        let first_byte = self.estimator.first_byte();
        let calm = in_hand.is_some_and(|d| search.starvation >= 2.0 * d) && search.more == Seconds::ZERO;
        for level in (search.low..=search.high).rev() {
            let usable = bandwidth * if level > base { search.factors.1 } else { search.factors.0 };
            let bitrate = if calm { self.mean(level) } else { self.peak(level) };
            let length =
                if self.has_playlist[level] { duration } else { in_hand.unwrap_or(Seconds::new(1.0)) };
            let needs_playlist = !self.has_playlist[level] || self.live;
            let fetch = self.fetch_time(usable, bitrate * length.get(), needs_playlist);
            let in_time = fetch <= first_byte || self.any_live || fetch < search.starvation + search.more;
            if usable >= bitrate && in_time {
                if first {
                    self.first_choice = Some(level);
                }
                return Some(level);
            }
        }
        None
    }

    /// How long a fragment of so many bits takes at so many bit/s, with its playlist before it where that has to come.
    pub(super) fn fetch_time(&self, bps: f64, bits: f64, needs_playlist: bool) -> Seconds {
        let first_byte = self.estimator.first_byte();
        let playlist = if needs_playlist { first_byte + self.playlist_time } else { Seconds::ZERO };
        first_byte + Seconds::new(bits / bps) + playlist
    }

    /// Starts the estimator again as if the network carried just this much, and bounds the first choice by `level`.
    pub(super) fn assume(&mut self, bps: f64, level: usize) {
        self.fallback = Some(level.min(self.first()));
        self.set_default_estimate(BitRate::from_kbps(bps / 1000.0));
    }
}
