//! The target latency of hls.js and the playback rate with which it catches up.
//!
//! Source: hls.js 1.7.4, `LatencyController`.
//!
//! | constant | value |
//! |---|---|
//! | target without a hold-back in the playlist | 3 target durations (`liveSyncDurationCount`) |
//! | every stall adds | 1 s to the target, at most one target duration in all |
//! | smallest distance that is caught up | 50 ms |
//! | least media ahead | more than 1 s |
//! | rate at a distance of `d` | 2 / (1 + exp(-0.75 d - e)), in steps of 0.05 |
//! | `e` | how much older the playlist is than 3 parts (or target durations) |
//! | highest rate | `maxLiveSyncPlaybackRate`, by default 1: no catch-up |

use units::Seconds;

/// What a live playlist says about latency. Zero stands for what it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LivePlaylist {
    /// `EXT-X-TARGETDURATION`.
    pub target_duration: Seconds,
    /// `PART-TARGET`.
    pub part_target: Seconds,
    /// `HOLD-BACK`.
    pub hold_back: Seconds,
    /// `PART-HOLD-BACK`.
    pub part_hold_back: Seconds,
    /// Time since it was loaded.
    pub age: Seconds,
}

/// The settings of hls.js that bear on latency, under its defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HlsJsLatency {
    /// `liveSyncDuration`; None leaves it to the playlist.
    pub sync_duration: Option<Seconds>,
    /// `liveSyncDurationCount`.
    pub sync_count: f64,
    /// `liveMaxLatencyDuration`; None is no bound.
    pub most_latency: Option<Seconds>,
    /// `maxLiveSyncPlaybackRate`.
    pub most_rate: f64,
}

impl Default for HlsJsLatency {
    fn default() -> HlsJsLatency {
        HlsJsLatency { sync_duration: None, sync_count: 3.0, most_latency: None, most_rate: 1.0 }
    }
}

impl HlsJsLatency {
    /// The latency that is aimed at after so many stalls.
    pub fn target(&self, playlist: &LivePlaylist, stalls: u32) -> Seconds {
        let said = [self.sync_duration.unwrap_or(Seconds::ZERO), playlist.part_hold_back, playlist.hold_back];
        let base = said
            .into_iter()
            .find(|&s| s > Seconds::ZERO)
            .unwrap_or(self.sync_count * playlist.target_duration);
        base + Seconds::new(f64::from(stalls)).min(playlist.target_duration)
    }

    /// The playback rate at this latency with so much media ahead of the playhead.
    pub fn rate(&self, latency: Seconds, target: Seconds, ahead: Seconds, playlist: &LivePlaylist) -> f64 {
        let behind = latency - target;
        let far = (target + playlist.target_duration).min(self.most_latency.unwrap_or(Seconds::INFINITY));
        if behind <= Seconds::new(0.05) || behind >= far || ahead <= Seconds::new(1.0) {
            return 1.0;
        }
        let part = playlist.part_target;
        let period = if part > Seconds::ZERO { part } else { playlist.target_duration };
        let overdue = (playlist.age - 3.0 * period).max(Seconds::ZERO);
        let rate = 2.0 / (1.0 + libm::exp(-0.75 * behind.get() - overdue.get()));
        // JavaScript's `Math.round`: halves go up.
        let stepped = libm::floor(rate * 20.0 + 0.5) / 20.0;
        stepped.max(1.0).min(self.most_rate.clamp(1.0, 2.0))
    }
}
