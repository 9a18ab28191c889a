//! Throughput estimators: what the finished downloads say about the next one.

mod dashjs;
mod ewma;
mod harmonic;
mod hlsjs;
mod rule;
mod sliding;

pub use dashjs::{
    ChunkMeter, DashJsMode, DashJsRequest, DashJsThroughput, DashJsThroughputOptions, DashJsWeight,
};
pub use ewma::Ewma;
pub use harmonic::Harmonic;
pub use hlsjs::HlsJsEstimator;
pub use rule::{EstimatedRule, WithEstimator};
pub use sliding::Sliding;

use units::{BitRate, Seconds};

use crate::{Estimate, PlayerView};

/// One finished download.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// From the first bit to the last.
    pub time: Seconds,
    /// What arrived, over that time.
    pub throughput: BitRate,
    /// From the request to the first bit.
    pub latency: Seconds,
}

/// Turns samples into an estimate.
pub trait ThroughputEstimator {
    /// Forgets everything and gets ready for a session.
    fn begin(&mut self, view: &PlayerView<'_>);
    /// Learns from a finished download.
    fn push(&mut self, sample: &Sample);
    /// What it believes; None before the first sample.
    fn estimate(&self) -> Option<Estimate>;
}

/// The estimator that a user chose by name.
#[derive(Clone, Debug)]
pub enum AnyEstimator {
    /// Exponentially weighted.
    Ewma(Ewma),
    /// Mean of the last few.
    Sliding(Sliding),
    /// Harmonic mean of the last few.
    Harmonic(Harmonic),
}

impl ThroughputEstimator for AnyEstimator {
    fn begin(&mut self, view: &PlayerView<'_>) {
        match self {
            AnyEstimator::Ewma(e) => e.begin(view),
            AnyEstimator::Sliding(e) => e.begin(view),
            AnyEstimator::Harmonic(e) => e.begin(view),
        }
    }
    fn push(&mut self, sample: &Sample) {
        match self {
            AnyEstimator::Ewma(e) => e.push(sample),
            AnyEstimator::Sliding(e) => e.push(sample),
            AnyEstimator::Harmonic(e) => e.push(sample),
        }
    }
    fn estimate(&self) -> Option<Estimate> {
        match self {
            AnyEstimator::Ewma(e) => e.estimate(),
            AnyEstimator::Sliding(e) => e.estimate(),
            AnyEstimator::Harmonic(e) => e.estimate(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use media::Video;
    use units::{BitRate, Seconds};

    use super::Sample;
    use crate::PlayerView;

    pub(crate) fn sample(seconds: f64, kbps: f64, latency_s: f64) -> Sample {
        Sample {
            time: Seconds::new(seconds),
            throughput: BitRate::from_kbps(kbps),
            latency: Seconds::new(latency_s),
        }
    }

    pub(crate) fn view(video: &Video) -> PlayerView<'_> {
        PlayerView::at_start(video, Seconds::new(25.0))
    }
}
