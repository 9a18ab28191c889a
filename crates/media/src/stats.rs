//! The numbers that describe a video.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{SizeSource, Video};

/// The numbers of a video.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VideoStats {
    pub segments: usize,
    /// How long it plays, in seconds.
    pub duration_s: f64,
    /// Its shortest segment, in seconds.
    pub segment_min_s: f64,
    /// Its longest segment, in seconds.
    pub segment_max_s: f64,
    /// One entry per rung, ascending.
    pub rungs: Vec<RungStats>,
}

/// The numbers of a rung. The actual bitrate of a segment is its size divided by its duration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RungStats {
    /// The bitrate that the ladder names, in kbit/s.
    pub nominal_kbps: f64,
    /// All bits over the whole duration, in kbit/s.
    pub mean_kbps: f64,
    /// Standard deviation of the actual bitrate, weighted by duration, in kbit/s.
    pub sd_kbps: f64,
    /// Standard deviation divided by mean.
    pub cv: f64,
    /// Lowest actual bitrate, in kbit/s.
    pub min_kbps: f64,
    /// Highest actual bitrate, in kbit/s.
    pub peak_kbps: f64,
    /// Highest actual bitrate divided by the mean.
    pub peak_to_mean: f64,
    /// All segments together, in bits.
    pub total_bits: f64,
    /// How many of its sizes come from where; empty where that is not known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sizes_from: BTreeMap<SizeSource, usize>,
}

impl RungStats {
    /// How many of its sizes are estimates.
    pub fn estimated(&self) -> usize {
        self.sizes_from.iter().filter(|(source, _)| source.is_estimate()).map(|(_, count)| count).sum()
    }
}

/// The numbers of a video.
pub fn of_video(video: &Video) -> VideoStats {
    let durations = (0..video.segments()).map(|k| video.duration(k).get());
    VideoStats {
        segments: video.segments(),
        duration_s: video.total_duration().get(),
        segment_min_s: durations.clone().fold(f64::INFINITY, f64::min),
        segment_max_s: durations.fold(0.0, f64::max),
        rungs: (0..video.ladder().len()).map(|level| of_rung(video, level)).collect(),
    }
}

fn of_rung(video: &Video, level: usize) -> RungStats {
    let segments = 0..video.segments();
    let bits = segments.clone().map(|k| video.size(k, level)).sum::<units::Bits>();
    let (time, mean) = (video.total_duration(), (bits / video.total_duration()).kbps());
    let rate = |k: usize| (video.size(k, level) / video.duration(k)).kbps();
    let square = |k: usize| (rate(k) - mean) * (rate(k) - mean) * video.duration(k).millis();
    let sd = (segments.clone().map(square).sum::<f64>() / time.millis()).sqrt();
    let peak = segments.clone().map(rate).fold(0.0, f64::max);
    let mut sizes_from = BTreeMap::new();
    for source in segments.clone().filter_map(|k| video.size_source(k, level)) {
        *sizes_from.entry(source).or_insert(0) += 1;
    }
    RungStats {
        nominal_kbps: video.ladder().bitrate(level).kbps(),
        mean_kbps: mean,
        sd_kbps: sd,
        cv: sd / mean,
        min_kbps: segments.map(rate).fold(f64::INFINITY, f64::min),
        peak_kbps: peak,
        peak_to_mean: peak / mean,
        total_bits: bits.get(),
        sizes_from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ladder;
    use units::{Bits, Seconds};

    #[test]
    fn weighs_by_duration() {
        let ladder = Ladder::from_kbps(&[1.0]).expect("valid");
        let durations = vec![Seconds::new(1.0), Seconds::new(3.0)];
        let video = Video::new("v", ladder, durations, &[vec![Bits::new(3000.0)], vec![Bits::new(3000.0)]]);
        let stats = of_video(&video.expect("valid"));
        let rung = &stats.rungs[0];
        // 3 kbit/s for 1 s and 1 kbit/s for 3 s: mean 1.5, variance (2.25 + 3 * 0.25) / 4.
        assert_eq!((rung.mean_kbps, rung.peak_to_mean, rung.min_kbps), (1.5, 2.0, 1.0));
        assert!((rung.sd_kbps - 0.75f64.sqrt()).abs() < 1e-12);
        assert_eq!((stats.duration_s, stats.segment_min_s, stats.segment_max_s), (4.0, 1.0, 3.0));
    }
}
