//! The level controller of hls.js: which level next, and when to give a fragment up for a lower one.
//!
//! Source: hls.js 1.7.4, `AbrController` (one codec set, SDR, equal frame rates) and `CapLevelController`.
//!
//! | constant | value |
//! |---|---|
//! | share of the estimate that may be used for the level of the last fragment or a lower one | 0.95 |
//! | share that may be used for a higher level | 0.7 |
//! | longest starvation accepted for a level (`maxStarvationDelay`) | 4 s, at most one fragment |
//! | fragments in flight are looked at | every 100 ms ([`HlsJs::LOOK`]) |
//! | a look counts once this has passed | max(time to first byte, half a fragment) |
//! | a fragment is aborted at once if its rest takes more than | 2 times the lower level's fetch |
//!
//! This is the rung decision alone. Requests, playlists and the 100 ms timer are the scheduling's.
//! Left out: media capabilities, frame rates and HDR ranges, error penalties, `abrSwitchInterval`.

mod cap;
mod emergency;
mod rule;
mod select;

pub use cap::level_for_size;
pub use emergency::Tick;
pub use rule::HlsJsRule;

use units::{BitRate, Bits, Seconds};

use crate::estimate::HlsJsEstimator;

/// The settings of hls.js that bear on the level, under its defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HlsJsOptions {
    /// `abrEwmaFastVoD`.
    pub fast_vod: Seconds,
    /// `abrEwmaSlowVoD`.
    pub slow_vod: Seconds,
    /// `abrEwmaFastLive`.
    pub fast_live: Seconds,
    /// `abrEwmaSlowLive`.
    pub slow_live: Seconds,
    /// `abrEwmaDefaultEstimate`.
    pub default_estimate: BitRate,
    /// `abrEwmaDefaultEstimateMax`: the most that the first variant of the playlist can make of the default estimate.
    pub default_estimate_most: BitRate,
    /// `abrBandWidthFactor`.
    pub keep_factor: f64,
    /// `abrBandWidthUpFactor`.
    pub up_factor: f64,
    /// `maxStarvationDelay`.
    pub starvation: Seconds,
    /// `abrMaxWithRealBitrate`: measured bitrates count where they are above the declared ones.
    pub real_bitrate: bool,
    /// `minAutoBitrate`.
    pub least_bitrate: BitRate,
}

impl Default for HlsJsOptions {
    fn default() -> HlsJsOptions {
        HlsJsOptions {
            fast_vod: Seconds::new(3.0),
            slow_vod: Seconds::new(9.0),
            fast_live: Seconds::new(3.0),
            slow_live: Seconds::new(9.0),
            default_estimate: BitRate::from_kbps(500.0),
            default_estimate_most: BitRate::from_kbps(5000.0),
            keep_factor: 0.95,
            up_factor: 0.7,
            starvation: Seconds::new(4.0),
            real_bitrate: false,
            least_bitrate: BitRate::ZERO,
        }
    }
}

/// What the master playlist says of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variant {
    /// `BANDWIDTH`.
    pub bandwidth: BitRate,
    /// `AVERAGE-BANDWIDTH`, where it is declared.
    pub average: Option<BitRate>,
}

/// A fragment that is being fetched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fragment {
    pub level: usize,
    /// When it was requested.
    pub start: Seconds,
    /// When its first byte came; `start` as long as none has come.
    pub first_byte: Seconds,
    pub size: Option<Bits>,
    /// Its own bitrate (`EXT-X-BITRATE`), where it is declared.
    pub bitrate: Option<BitRate>,
}

/// What has been measured of a level (`real_bitrate`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Measured {
    bits: f64,
    time: f64,
    bps: f64,
}

/// The level controller. See the module page.
#[derive(Clone, Debug)]
pub struct HlsJs {
    options: HlsJsOptions,
    variants: Vec<Variant>,
    measured: Vec<Measured>,
    has_playlist: Vec<bool>,
    estimator: HlsJsEstimator,
    default_estimate: BitRate,
    /// Duration of a fragment, which is also the target duration.
    fragment_duration: Seconds,
    /// Playback rate.
    rate: f64,
    live: bool,
    any_live: bool,
    /// How long the last playlist took from its first byte to its last.
    playlist_time: Seconds,
    first_level: usize,
    cap: Option<usize>,
    /// The level whose fragments are asked for.
    loading: Option<usize>,
    /// The level of the last fragment that was loaded.
    loaded: Option<usize>,
    /// The answer of the first selection, until a fragment is loaded.
    first_choice: Option<usize>,
    /// An upper bound of the first choice after the estimator was reset.
    fallback: Option<usize>,
    /// The level that was set, and whether it was computed here (such a one does not bind).
    wanted: Option<usize>,
    computed: bool,
    fragment: Option<Fragment>,
    watching: bool,
    /// An emergency switch that is not carried out yet.
    pending: Option<emergency::Pending>,
    /// The level of the last emergency switch.
    target: Option<usize>,
}

impl HlsJs {
    /// How often fragments in flight are looked at.
    pub const LOOK: Seconds = Seconds::from_millis(100.0);

    /// A controller for a ladder of `variants`, ascending, with fragments of one duration. `first_level` is the level of
    /// the first variant in the playlist. An empty ladder is treated as one level of no bitrate.
    pub fn new(
        options: HlsJsOptions,
        mut variants: Vec<Variant>,
        first_level: usize,
        live: bool,
        fragment_duration: Seconds,
    ) -> HlsJs {
        if variants.is_empty() {
            variants.push(Variant { bandwidth: BitRate::ZERO, average: None });
        }
        let n = variants.len();
        let estimator = HlsJsEstimator::new(options.slow_vod, options.fast_vod, options.default_estimate);
        HlsJs {
            default_estimate: options.default_estimate,
            options,
            variants,
            measured: vec![Measured::default(); n],
            has_playlist: vec![false; n],
            estimator,
            fragment_duration,
            rate: 1.0,
            live,
            any_live: false,
            playlist_time: Seconds::ZERO,
            first_level: first_level.min(n - 1),
            cap: None,
            loading: None,
            loaded: None,
            first_choice: None,
            fallback: None,
            wanted: None,
            computed: false,
            fragment: None,
            watching: false,
            pending: None,
            target: None,
        }
    }

    /// What it believes about the network.
    pub fn estimator(&self) -> &HlsJsEstimator {
        &self.estimator
    }

    /// The level whose fragments are asked for.
    pub fn loading(&self) -> Option<usize> {
        self.loading
    }

    /// Starts the estimator again with another default (hls.js does so for the first variant, see [`HlsJs::raise_default`],
    /// and in an emergency).
    pub fn set_default_estimate(&mut self, default: BitRate) {
        self.default_estimate = default;
        self.estimator = HlsJsEstimator::new(self.options.slow_vod, self.options.fast_vod, default);
        self.first_choice = None;
    }

    /// Raises a default estimate that nobody has set to the bitrate of the first variant in the playlist, up to
    /// `default_estimate_most`.
    pub fn raise_default(&mut self, first_variant: BitRate) {
        let raised = first_variant.min(self.options.default_estimate_most);
        if raised > self.default_estimate {
            self.set_default_estimate(raised);
        }
    }

    /// The highest level that may be chosen (`autoLevelCapping`); None lifts the cap.
    pub fn set_cap(&mut self, cap: Option<usize>) {
        self.cap = cap.map(|c| c.min(self.variants.len() - 1));
        (self.first_choice, self.computed) = (None, false);
    }

    /// The playback rate.
    pub fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    /// The playlist of a level has come; its transfer took `time` from the first byte to the last.
    pub fn playlist_loaded(&mut self, level: usize, time: Seconds) {
        if let Some(has) = self.has_playlist.get_mut(level) {
            *has = true;
        }
        self.any_live = self.live;
        self.playlist_time = time;
        let (slow, fast) = match self.live {
            true => (self.options.slow_live, self.options.fast_live),
            false => (self.options.slow_vod, self.options.fast_vod),
        };
        self.estimator.set_half_lives(slow, fast);
    }

    /// Whether the playlist of a level is there.
    pub fn has_playlist(&self, level: usize) -> bool {
        self.has_playlist.get(level).copied().unwrap_or(false)
    }

    /// A fragment was requested.
    pub fn fragment_loading(&mut self, fragment: Fragment) {
        self.fragment = Some(fragment);
        self.watching = true;
    }

    /// The first byte of the fragment in flight has come.
    pub fn first_byte(&mut self, now: Seconds) {
        if let Some(fragment) = &mut self.fragment {
            fragment.first_byte = now;
        }
    }

    /// The fragment in flight has come whole at `end`, and was parsed and buffered at `parsed`.
    pub fn fragment_loaded(&mut self, size: Bits, end: Seconds, parsed: Seconds) {
        let Some(fragment) = self.fragment else { return };
        let first_byte = fragment.first_byte - fragment.start;
        self.estimator.sample_first_byte(first_byte);
        (self.watching, self.pending, self.first_choice) = (false, None, None);
        self.loaded = Some(fragment.level);
        if self.wanted == Some(fragment.level) {
            self.wanted = None;
        }
        if self.options.real_bitrate
            && let Some(measured) = self.measured.get_mut(fragment.level)
        {
            measured.bits += size.get();
            measured.time += self.fragment_duration.get();
            measured.bps = round(measured.bits / measured.time);
        }
        let knows_bitrate = fragment.bitrate.is_some_and(|b| b.kbps() >= 100.0);
        let done = if knows_bitrate { parsed } else { end };
        self.estimator.sample(done - fragment.start - first_byte.min(self.estimator.first_byte()), size);
        if self.estimator.is_ready() {
            self.fallback = None;
        }
    }

    /// Loads the fragments of this level from now on, because hls.js was told so or has decided so.
    pub fn load_level(&mut self, level: usize) {
        if self.loading != Some(level) {
            self.loading = Some(level);
            (self.watching, self.pending) = (false, None);
        }
        let level = level.clamp(self.lowest(), self.highest().max(self.lowest()));
        self.computed = self.computed && self.wanted == Some(level);
        self.wanted = Some(level);
    }

    fn peak(&self, level: usize) -> f64 {
        self.measured[level].bps.max(self.variants[level].bandwidth.bps())
    }

    fn mean(&self, level: usize) -> f64 {
        let declared = self.variants[level].average.map_or(0.0, |a| a.bps());
        if declared > 0.0 {
            return declared;
        }
        let real = self.measured[level].bps;
        if real > 0.0 { real } else { self.variants[level].bandwidth.bps() }
    }

    /// The lowest level that may be chosen.
    pub fn lowest(&self) -> usize {
        let least = self.options.least_bitrate.bps();
        (0..self.variants.len()).find(|&i| self.peak(i) >= least).unwrap_or(0)
    }

    /// The highest level that may be chosen.
    pub fn highest(&self) -> usize {
        self.cap.unwrap_or(self.variants.len() - 1)
    }

    fn first(&self) -> usize {
        self.first_level.max(self.lowest())
    }
}

/// JavaScript's `Math.round`: halves go up.
fn round(x: f64) -> f64 {
    libm::floor(x + 0.5)
}
