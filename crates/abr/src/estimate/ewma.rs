//! Exponentially weighted moving averages with several half-lives, the cautious one counting.
//!
//! Source: dash.js `ThroughputHistory`, as in Sabre 09b03bb (`src/sabre.py`, class `Ewma`).
//!
//! | constant | value |
//! |---|---|
//! | half-lives | 3 s and 8 s of download time for the throughput |
//! | latency | the same half-lives counted in segments (half-life / segment duration), one sample per request |
//! | combination | the smallest throughput, the largest latency |
//!
//! An average starts at zero and is divided by the weight it has seen (`1 - 0.5^(W/h)`), so that it is unbiased from
//! the first sample on.

use units::{BitRate, Seconds};

use super::{Sample, ThroughputEstimator};
use crate::{Estimate, PlayerView};

/// See the module page.
#[derive(Clone, Debug)]
pub struct Ewma {
    tracks: Vec<Track>,
    /// Download time seen, in milliseconds, and samples seen.
    weight: f64,
    count: f64,
    estimate: Option<Estimate>,
}

#[derive(Clone, Debug)]
struct Track {
    /// Half-life in milliseconds of download time, and in segments.
    half_life: f64,
    segments: f64,
    /// `0.5^(1/segments)`: what one more sample leaves of the latency average.
    keep_latency: f64,
    throughput: f64,
    latency: f64,
}

/// `0.5^x`. `exp2` is faster than `pow` and rounds better.
fn half_to(x: f64) -> f64 {
    libm::exp2(-x)
}

/// `1 - 0.5^x`, which rounds to 1 from x = 54 on.
fn seen(x: f64) -> f64 {
    if x >= 54.0 { 1.0 } else { 1.0 - half_to(x) }
}

impl Ewma {
    /// With the given half-lives (positive; at least one, else the default 3 s and 8 s).
    pub fn new(half_lives: &[Seconds]) -> Ewma {
        let default = [Seconds::new(3.0), Seconds::new(8.0)];
        let half_lives = if half_lives.is_empty() { &default } else { half_lives };
        let track = |h: &Seconds| Track {
            half_life: h.millis(),
            segments: 1.0,
            keep_latency: 0.5,
            throughput: 0.0,
            latency: 0.0,
        };
        Ewma { tracks: half_lives.iter().map(track).collect(), weight: 0.0, count: 0.0, estimate: None }
    }
}

impl Default for Ewma {
    fn default() -> Ewma {
        Ewma::new(&[])
    }
}

impl ThroughputEstimator for Ewma {
    fn begin(&mut self, view: &PlayerView<'_>) {
        let segment = view.video.duration(0).millis();
        (self.weight, self.count, self.estimate) = (0.0, 0.0, None);
        for t in &mut self.tracks {
            t.segments = t.half_life / segment;
            t.keep_latency = half_to(1.0 / t.segments);
            (t.throughput, t.latency) = (0.0, 0.0);
        }
    }

    fn push(&mut self, sample: &Sample) {
        let (time, throughput, latency) =
            (sample.time.millis(), sample.throughput.kbps(), sample.latency.millis());
        self.weight += time;
        self.count += 1.0;
        let (mut lowest, mut longest) = (f64::INFINITY, 0.0_f64);
        for t in &mut self.tracks {
            let keep = half_to(time / t.half_life);
            t.throughput = keep * t.throughput + (1.0 - keep) * throughput;
            t.latency = t.keep_latency * t.latency + (1.0 - t.keep_latency) * latency;
            lowest = lowest.min(t.throughput / seen(self.weight / t.half_life));
            longest = longest.max(t.latency / seen(self.count / t.segments));
        }
        self.estimate =
            Some(Estimate { throughput: BitRate::from_kbps(lowest), latency: Seconds::from_millis(longest) });
    }

    fn estimate(&self) -> Option<Estimate> {
        self.estimate
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{sample, view};
    use super::*;

    #[test]
    fn a_constant_network_is_estimated_exactly_from_the_first_sample() {
        let (mut e, video) = (Ewma::default(), crate::rules::tests::video());
        e.begin(&view(&video));
        assert_eq!(e.estimate(), None);
        for _ in 0..400 {
            e.push(&sample(2.0, 1500.0, 0.08));
            let x = e.estimate().expect("samples");
            assert!((x.throughput.kbps() - 1500.0).abs() < 1e-9 && (x.latency.get() - 0.08).abs() < 1e-12);
        }
    }

    #[test]
    fn after_one_half_life_of_a_new_rate_the_average_is_half_way() {
        let (mut e, video) = (Ewma::new(&[Seconds::new(4.0)]), crate::rules::tests::video());
        e.begin(&view(&video));
        e.push(&sample(400.0, 1000.0, 0.0)); // a hundred half-lives: the past is full
        e.push(&sample(4.0, 3000.0, 0.0));
        assert!((e.estimate().expect("samples").throughput.kbps() - 2000.0).abs() < 1e-9);
    }

    #[test]
    fn the_weight_that_is_left_out_would_have_rounded_away() {
        assert_eq!(1.0 - half_to(54.0), 1.0);
        assert!(1.0 - half_to(52.0) < 1.0);
    }
}
