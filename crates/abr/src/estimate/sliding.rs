//! Means over the last few downloads, the cautious one counting.
//!
//! Source: Sabre 09b03bb (`src/sabre.py`, class `SlidingWindow`). Default window 3; with several windows the smallest
//! throughput and the largest latency count. At most 20 samples are kept.

use std::collections::VecDeque;

use units::{BitRate, Seconds};

use super::{Sample, ThroughputEstimator};
use crate::{Estimate, PlayerView};

const KEPT: usize = 20;

/// See the module page.
#[derive(Clone, Debug)]
pub struct Sliding {
    windows: Vec<usize>,
    samples: VecDeque<Sample>,
}

impl Sliding {
    /// With the given windows (in samples; at least one, else the default 3).
    pub fn new(windows: &[usize]) -> Sliding {
        let windows =
            if windows.is_empty() { vec![3] } else { windows.iter().map(|w| (*w).max(1)).collect() };
        Sliding { windows, samples: VecDeque::with_capacity(KEPT + 1) }
    }

    /// The mean of one number over the last `window` samples, added oldest first.
    fn mean(&self, window: usize, number: impl Fn(&Sample) -> f64) -> f64 {
        let n = window.min(self.samples.len());
        self.samples.iter().skip(self.samples.len() - n).map(number).sum::<f64>() / n as f64
    }
}

impl Default for Sliding {
    fn default() -> Sliding {
        Sliding::new(&[])
    }
}

impl ThroughputEstimator for Sliding {
    fn begin(&mut self, _: &PlayerView<'_>) {
        self.samples.clear();
    }

    fn push(&mut self, sample: &Sample) {
        self.samples.push_back(*sample);
        if self.samples.len() > KEPT {
            self.samples.pop_front();
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        if self.samples.is_empty() {
            return None;
        }
        let (mut lowest, mut longest) = (f64::INFINITY, 0.0_f64);
        for window in &self.windows {
            lowest = lowest.min(self.mean(*window, |s| s.throughput.kbps()));
            longest = longest.max(self.mean(*window, |s| s.latency.millis()));
        }
        Some(Estimate { throughput: BitRate::from_kbps(lowest), latency: Seconds::from_millis(longest) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{sample, view};
    use super::*;

    #[test]
    fn the_smaller_mean_and_the_larger_latency_count() {
        let (mut e, video) = (Sliding::new(&[1, 3]), crate::rules::tests::video());
        e.begin(&view(&video));
        for (kbps, latency) in [(900.0, 0.3), (300.0, 0.1), (600.0, 0.2)] {
            e.push(&sample(1.0, kbps, latency));
        }
        let x = e.estimate().expect("samples");
        assert_eq!(x.throughput.kbps(), 600.0); // mean of 3 = 600, last = 600
        assert!((x.latency.get() - 0.2).abs() < 1e-12);
        e.push(&sample(1.0, 3000.0, 0.0));
        assert_eq!(e.estimate().expect("samples").throughput.kbps(), 1300.0);
    }
}
