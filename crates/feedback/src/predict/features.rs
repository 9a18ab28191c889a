//! What the trained predictor looks at: numbers of the telemetry of the last ten seconds. What is absent is NaN.

use crate::telemetry::{Field, Telemetry};

pub(crate) const LOOK_BACK_S: f64 = 10.0;

/// How the values of a field become one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Digest {
    Last,
    Mean,
    Least,
    Deviation,
    /// Mean of the later half less that of the earlier.
    Trend,
}

const FEATURES: [(&str, Field, Digest); COUNT] = [
    ("rsrp last", Field::Rsrp, Digest::Last),
    ("rsrp mean", Field::Rsrp, Digest::Mean),
    ("rsrp trend", Field::Rsrp, Digest::Trend),
    ("rsrq last", Field::Rsrq, Digest::Last),
    ("rsrq mean", Field::Rsrq, Digest::Mean),
    ("snr last", Field::Snr, Digest::Last),
    ("snr mean", Field::Snr, Digest::Mean),
    ("snr least", Field::Snr, Digest::Least),
    ("snr trend", Field::Snr, Digest::Trend),
    ("throughput last", Field::Throughput, Digest::Last),
    ("throughput mean", Field::Throughput, Digest::Mean),
    ("throughput least", Field::Throughput, Digest::Least),
    ("throughput deviation", Field::Throughput, Digest::Deviation),
    ("throughput trend", Field::Throughput, Digest::Trend),
    ("latency mean", Field::Latency, Digest::Mean),
    ("jitter mean", Field::Jitter, Digest::Mean),
    ("loss mean", Field::Loss, Digest::Mean),
    ("buffer last", Field::Buffer, Digest::Last),
    ("buffer trend", Field::Buffer, Digest::Trend),
    ("bitrate last", Field::Bitrate, Digest::Last),
    ("bitrate mean", Field::Bitrate, Digest::Mean),
    ("bitrate least", Field::Bitrate, Digest::Least),
    ("stalled share", Field::Stalled, Digest::Mean),
];

/// How many there are.
pub(crate) const COUNT: usize = 23;

pub(crate) type Features = [f64; COUNT];

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().map(|(name, ..)| *name)
}

/// The samples that count: those of the last ten seconds, or the last ten where there is no clock.
pub(crate) fn recent(history: &[Telemetry]) -> &[Telemetry] {
    let Some(last) = history.last() else { return history };
    let first = match last.time_s {
        Some(end) => history.partition_point(|s| s.time_s.is_none_or(|t| t <= end - LOOK_BACK_S)),
        None => history.len().saturating_sub(LOOK_BACK_S as usize),
    };
    &history[first.min(history.len() - 1)..]
}

/// The features of the last sample and those before it.
pub(crate) fn of(history: &[Telemetry]) -> Features {
    let history = recent(history);
    let mut features = [f64::NAN; COUNT];
    let mut values = Vec::with_capacity(history.len());
    let mut read = None;
    for (feature, (_, field, digest)) in features.iter_mut().zip(FEATURES) {
        if read != Some(field) {
            values.clear();
            values.extend(history.iter().filter_map(|s| s.get(field)));
            read = Some(field);
        }
        *feature = digest_of(digest, &values).unwrap_or(f64::NAN);
    }
    features
}

fn digest_of(digest: Digest, values: &[f64]) -> Option<f64> {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let last = values.last()?;
    match digest {
        Digest::Last => Some(*last),
        Digest::Mean => Some(mean(values)),
        Digest::Least => values.iter().copied().reduce(f64::min),
        _ if values.len() < 4 => None,
        Digest::Deviation => {
            let m = mean(values);
            Some((values.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / values.len() as f64).sqrt())
        }
        Digest::Trend => {
            let (earlier, later) = values.split_at(values.len() / 2);
            Some(mean(later) - mean(earlier))
        }
    }
}
