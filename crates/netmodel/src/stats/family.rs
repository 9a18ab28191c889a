//! The numbers of a family of traces, their segments and bins pooled.

use serde::Serialize;

use super::measured::Measured;
use super::numbers::{OUTAGE_BPS, RateStats, Segment, rates};

/// The numbers of a family of traces: segments and bins pooled.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FamilyStats {
    /// How many traces.
    pub n_files: usize,
    /// The numbers of all segments; outages do not run on from trace to trace.
    #[serde(flatten)]
    pub rates: RateStats,
    /// Mean of the traces' autocorrelations at 1 s, where they have one.
    pub acf1_mean: Option<f64>,
    /// The same at 5 s.
    pub acf5_mean: Option<f64>,
    /// What the logarithms of the rates say; none for fewer than three bins outside outages.
    #[serde(flatten)]
    pub log: Option<LogStats>,
}

/// The pooled logarithms of the 1-s bins outside outages, and the outages between them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogStats {
    /// Mean of the logarithms.
    pub log_mean: f64,
    /// Their standard deviation.
    pub log_sd: f64,
    /// Regression of a bin on the one before it, both about the pooled mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ar1_log_phi: Option<f64>,
    /// The same about the mean of each trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ar1_log_phi_within_file: Option<f64>,
    /// Standard deviation about the mean of each trace, per bin that has a successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_sd_within_file: Option<f64>,
    /// Mean length of an outage in seconds.
    pub outage_mean_len_s: Option<f64>,
    /// Probability that an outage begins after a bin outside one.
    pub outage_enter_prob_per_s: Option<f64>,
}

pub(super) fn family(members: Vec<Measured>) -> Option<FamilyStats> {
    let pooled: Vec<Segment> = members.iter().flat_map(|m| m.segments.iter().copied()).collect();
    if pooled.is_empty() {
        return None;
    }
    let mut pooled = rates(&pooled, members.iter().map(|m| m.count).sum());
    let longest = members.iter().map(|m| rates(&m.segments, m.count).longest_outage_s);
    pooled.longest_outage_s = longest.fold(0.0, f64::max);
    let mean_acf = |lag: usize| {
        let values: Vec<f64> = members.iter().filter_map(|m| m.acf(lag)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some(FamilyStats {
        n_files: members.len(),
        acf1_mean: mean_acf(1),
        acf5_mean: mean_acf(5),
        rates: pooled,
        log: log_stats(members.iter().map(|m| m.bins.as_slice())),
    })
}

fn log_stats<'a>(bins: impl Iterator<Item = &'a [f64]>) -> Option<LogStats> {
    let log = |bps: &f64| (*bps >= OUTAGE_BPS).then(|| libm::log(bps / 1e6));
    let traces: Vec<Vec<Option<f64>>> = bins.map(|b| b.iter().map(log).collect()).collect();
    let on = || traces.iter().flatten().filter_map(|x| *x);
    let n = on().count();
    if n <= 2 {
        return None;
    }
    let mean = on().sum::<f64>() / n as f64;
    let sd = (on().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64).sqrt();

    let (mut about_all, mut about_own) = (Regression::default(), Regression::default());
    let (mut out, mut entered, mut left, mut up, mut followed) = (0usize, 0usize, 0usize, 0usize, 0usize);
    for trace in &traces {
        let own: Vec<f64> = trace.iter().filter_map(|x| *x).collect();
        out += trace.len() - own.len();
        up += own.len();
        followed += trace.len().saturating_sub(1);
        let begins = trace.windows(2).filter(|w| w[0].is_some() && w[1].is_none()).count();
        left += begins;
        entered += begins + usize::from(matches!(trace.first(), Some(None)));
        if own.len() < 10 {
            continue; // too few for a mean of its own
        }
        let own_mean = own.iter().sum::<f64>() / own.len() as f64;
        for pair in trace.windows(2) {
            if let [Some(x), Some(y)] = pair {
                about_all.add(x - mean, y - mean);
                about_own.add(x - own_mean, y - own_mean);
            }
        }
    }
    Some(LogStats {
        log_mean: mean,
        log_sd: sd,
        ar1_log_phi: about_all.slope(),
        ar1_log_phi_within_file: about_own.slope(),
        log_sd_within_file: (about_own.xx > 0.0).then(|| (about_own.xx / followed.max(1) as f64).sqrt()),
        outage_mean_len_s: (entered > 0).then(|| out as f64 / entered as f64),
        outage_enter_prob_per_s: (up > 0).then(|| left as f64 / up as f64),
    })
}

/// A regression through the origin.
#[derive(Default)]
struct Regression {
    xy: f64,
    xx: f64,
}

impl Regression {
    fn add(&mut self, x: f64, y: f64) {
        self.xy += x * y;
        self.xx += x * x;
    }

    fn slope(&self) -> Option<f64> {
        (self.xx > 0.0).then(|| self.xy / self.xx)
    }
}
