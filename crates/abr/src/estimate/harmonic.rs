//! The harmonic mean of the last few downloads.
//!
//! Source: Jiang, Sekar, Zhang: FESTIVE (CoNEXT 2012), section 3.3, which takes 20 samples; Yin et al., MPC (SIGCOMM
//! 2015), section 4.3, takes 5 (the default here). One very fast download hardly moves it, one slow one does. The latency is the
//! arithmetic mean over the same samples.

use std::collections::VecDeque;

use units::{BitRate, Seconds};

use super::{Sample, ThroughputEstimator};
use crate::{Estimate, PlayerView};

/// See the module page.
#[derive(Clone, Debug)]
pub struct Harmonic {
    window: usize,
    samples: VecDeque<Sample>,
}

impl Harmonic {
    /// Over the last `window` downloads (at least 1).
    pub fn new(window: usize) -> Harmonic {
        let window = window.max(1);
        Harmonic { window, samples: VecDeque::with_capacity(window + 1) }
    }
}

impl Default for Harmonic {
    fn default() -> Harmonic {
        Harmonic::new(5)
    }
}

impl ThroughputEstimator for Harmonic {
    fn begin(&mut self, _: &PlayerView<'_>) {
        self.samples.clear();
    }

    fn push(&mut self, sample: &Sample) {
        self.samples.push_back(*sample);
        if self.samples.len() > self.window {
            self.samples.pop_front();
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        if self.samples.is_empty() {
            return None;
        }
        let n = self.samples.len() as f64;
        let slowness: f64 = self.samples.iter().map(|s| 1.0 / s.throughput.kbps()).sum();
        let latency: Seconds = self.samples.iter().map(|s| s.latency).sum();
        Some(Estimate { throughput: BitRate::from_kbps(n / slowness), latency: latency / n })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{sample, view};
    use super::*;

    #[test]
    fn it_is_the_harmonic_mean_of_the_window() {
        let (mut e, video) = (Harmonic::new(2), crate::rules::tests::video());
        e.begin(&view(&video));
        for kbps in [9e9, 1000.0, 3000.0] {
            e.push(&sample(1.0, kbps, 0.1));
        }
        assert!((e.estimate().expect("samples").throughput.kbps() - 1500.0).abs() < 1e-9);
    }
}
