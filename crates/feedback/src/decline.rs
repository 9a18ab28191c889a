//! Predictive maintenance: a cell that is getting worse.
//!
//! A number of the cell (SNR in dB, or the logarithm of the throughput) is averaged over blocks. The median and the spread of the blocks
//! that were seen first, and slowly those since, are what is usual. Two tests look at the newest blocks:
//!
//! - **change point**: Page's cumulative sum (*Continuous Inspection Schemes*, Biometrika 1954) of how far blocks lie below usual, less an
//!   allowance [`ALLOWANCE`]; an alarm when it passes [`THRESHOLD`] (both in spreads);
//! - **trend**: the test of Mann (1945) and Kendall on the last [`TREND`] blocks must agree that the way is down (one-sided p below 0.05), or
//!   the last three blocks all lie below usual.
//!
//! After an alarm the detector learns anew, so that it does not repeat itself. What is measured about it stands in `docs/feedback.md`.

use std::collections::VecDeque;

use serde::Serialize;

/// Length of a block, s.
pub const BLOCK_S: f64 = 60.0;
/// How far below usual a block may lie for nothing, in spreads.
pub const ALLOWANCE: f64 = 0.75;
/// An alarm at this sum, in spreads.
pub const THRESHOLD: f64 = 4.0;
/// How many blocks the trend is tested on.
pub const TREND: usize = 8;
/// Blocks before anything is said.
const LEARN: usize = 10;
/// Blocks that what is usual is made of.
const MEMORY: usize = 30;

/// An alarm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Alarm {
    pub at_s: f64,
    pub usual: f64,
    /// The mean of the last three blocks.
    pub now: f64,
    pub trend_p: f64,
}

/// Watches one number of one cell.
#[derive(Clone, Debug, Default)]
pub struct Detector {
    usual: VecDeque<f64>,
    recent: VecDeque<f64>,
    sum: f64,
    /// The block in the making: its end, sum and count.
    block: Option<(f64, f64, u32)>,
}

impl Detector {
    /// A detector that has seen nothing.
    pub fn new() -> Detector {
        Detector::default()
    }

    /// A sample at an instant; what is not finite is passed over. Instants must not go back.
    pub fn sample(&mut self, at_s: f64, value: f64) -> Option<Alarm> {
        if !(value.is_finite() && at_s.is_finite()) {
            return None;
        }
        let (end, sum, count) = self.block.unwrap_or((at_s + BLOCK_S, 0.0, 0));
        if at_s < end || count == 0 {
            self.block = Some((end, sum + value, count + 1));
            return None;
        }
        self.block = Some((end.max(at_s) + BLOCK_S, value, 1));
        self.full(end, sum / f64::from(count))
    }

    fn full(&mut self, at_s: f64, mean: f64) -> Option<Alarm> {
        self.recent.push_back(mean);
        if self.recent.len() > TREND {
            // What is older than the trend becomes part of what is usual.
            self.usual.extend(self.recent.pop_front());
        }
        if self.usual.len() > MEMORY {
            self.usual.pop_front();
        }
        if self.usual.len() < LEARN {
            return None;
        }
        let (usual, spread) = median_and_spread(&self.usual);
        self.sum = (self.sum + (usual - mean) / spread - ALLOWANCE).max(0.0);
        if self.sum < THRESHOLD {
            return None;
        }
        let recent: Vec<f64> = self.recent.iter().copied().collect();
        let last = &recent[recent.len().saturating_sub(3)..];
        let trend_p = falls(&recent);
        if trend_p >= 0.05 && !last.iter().all(|v| *v < usual) {
            return None;
        }
        let now = last.iter().sum::<f64>() / last.len() as f64;
        *self = Detector::new();
        Some(Alarm { at_s, usual, now, trend_p })
    }
}

/// The median, and 1.4826 times the median distance from it: the standard deviation, were it normal.
fn median_and_spread(values: &VecDeque<f64>) -> (f64, f64) {
    let median = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        (v[(v.len() - 1) / 2] + v[v.len() / 2]) / 2.0
    };
    let middle = median(values.iter().copied().collect());
    let spread = 1.4826 * median(values.iter().map(|v| (v - middle).abs()).collect());
    (middle, spread.max(1e-3 * middle.abs()).max(1e-6))
}

/// One-sided p of Mann and Kendall's test that values fall; the normal approximation with its correction for continuity.
pub fn falls(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mut s = 0.0;
    for (i, a) in values.iter().enumerate() {
        s += values[i + 1..].iter().map(|b| f64::from((b > a) as i8 - (b < a) as i8)).sum::<f64>();
    }
    let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    if deviation <= 0.0 {
        return 1.0;
    }
    let z = (s + f64::from(u8::from(s < 0.0))) / deviation;
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trend_test_gives_the_tabled_values() {
        // S = -28 of eight falling values: z = -27 / sqrt(65.33) = -3.340, p = 0.00042 (Gilbert 1987, table A18: 0.00087 exact at S = 26).
        let p = falls(&[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        assert!((p - 0.000_418).abs() < 5e-6, "{p}");
        assert!(falls(&[1.0, 2.0, 3.0, 4.0, 5.0]) > 0.95);
        assert!((falls(&[1.0, 1.0, 1.0]) - 0.5).abs() < 1e-12);
        assert_eq!(falls(&[]), 1.0);
    }
}
