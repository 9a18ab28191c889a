//! The estimator of hls.js: a fast and a slow average of the bandwidth, and an average of the time to the first byte.
//!
//! Source: hls.js 1.7.4, `EwmaBandWidthEstimator` and `EWMA`.
//!
//! | constant | value |
//! |---|---|
//! | half-lives | 3 s (fast) and 9 s (slow) of download time; the time to first byte has the slow one |
//! | shortest sample | min(50 ms, bytes / 100,000 ms) |
//! | weight of a time to first byte of `s` seconds | sqrt(2) exp(-s^2 / 2) |
//! | shortest time to first byte | 5 ms |
//! | before the first sample | 500 kbit/s and 100 ms |
//!
//! The estimate is the lower of the two averages. The first sample already counts in full, because an average is divided by
//! the weight that it has seen.

use units::{BitRate, Bits, Seconds};

/// One exponentially weighted average, unbiased from the first sample on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Average {
    half_life: f64,
    /// What one unit of weight leaves of the past.
    keep: f64,
    value: f64,
    weight: f64,
}

impl Average {
    fn new(half_life: f64, value: f64, weight: f64) -> Average {
        let keep = if half_life > 0.0 { libm::exp(libm::log(0.5) / half_life) } else { 0.0 };
        Average { half_life, keep, value, weight }
    }

    fn push(&mut self, weight: f64, value: f64) {
        let keep = libm::pow(self.keep, weight);
        self.value = value * (1.0 - keep) + keep * self.value;
        self.weight += weight;
    }

    fn get(&self) -> f64 {
        let seen = 1.0 - libm::pow(self.keep, self.weight);
        if seen == 0.0 { self.value } else { self.value / seen }
    }

    /// Starts again from what is known when the half-life changes, as the original does. The value that it starts from is
    /// already unbiased and is divided by the weight once more.
    fn set_half_life(&mut self, half_life: f64) {
        if self.half_life != half_life {
            *self = Average::new(half_life, self.get(), self.weight);
        }
    }
}

/// Averages count from this weight on.
const LEAST_WEIGHT: f64 = 0.001;

/// See the module page.
#[derive(Clone, Debug, PartialEq)]
pub struct HlsJsEstimator {
    fast: Average,
    slow: Average,
    first_byte: Average,
    default_bps: f64,
}

impl HlsJsEstimator {
    /// The time to first byte that is assumed before one was measured.
    pub const DEFAULT_FIRST_BYTE: Seconds = Seconds::from_millis(100.0);

    /// An estimator that says `default` until it has a sample.
    pub fn new(slow: Seconds, fast: Seconds, default: BitRate) -> HlsJsEstimator {
        HlsJsEstimator {
            fast: Average::new(fast.get(), 0.0, 0.0),
            slow: Average::new(slow.get(), 0.0, 0.0),
            first_byte: Average::new(slow.get(), 0.0, 0.0),
            default_bps: default.bps(),
        }
    }

    /// Takes other half-lives and keeps what was learnt (hls.js does so when a playlist tells whether the stream is live).
    pub fn set_half_lives(&mut self, slow: Seconds, fast: Seconds) {
        self.slow.set_half_life(slow.get());
        self.fast.set_half_life(fast.get());
        self.first_byte.set_half_life(slow.get());
    }

    /// Learns that `received` arrived in `time`, which does not include the time to the first byte.
    pub fn sample(&mut self, time: Seconds, received: Bits) {
        let bytes = received.get() / 8.0;
        if bytes > 0.0 {
            let seconds = time.millis().max((bytes / 100_000.0).min(50.0)) / 1000.0;
            let bps = 8.0 * bytes / seconds;
            self.fast.push(seconds, bps);
            self.slow.push(seconds, bps);
        }
    }

    /// Learns a time from the request to its first byte.
    pub fn sample_first_byte(&mut self, time: Seconds) {
        let seconds = time.millis() / 1000.0;
        let weight = std::f64::consts::SQRT_2 * libm::exp(-seconds * seconds / 2.0);
        self.first_byte.push(weight, time.millis().max(5.0));
    }

    /// Whether it has seen enough to say more than its default.
    pub fn is_ready(&self) -> bool {
        self.fast.weight >= LEAST_WEIGHT
    }

    /// The bandwidth.
    pub fn throughput(&self) -> BitRate {
        let bps = if self.is_ready() { self.fast.get().min(self.slow.get()) } else { self.default_bps };
        BitRate::from_kbps(bps / 1000.0)
    }

    /// From a request to its first byte.
    pub fn first_byte(&self) -> Seconds {
        if self.first_byte.weight >= LEAST_WEIGHT {
            Seconds::from_millis(self.first_byte.get())
        } else {
            HlsJsEstimator::DEFAULT_FIRST_BYTE
        }
    }
}
