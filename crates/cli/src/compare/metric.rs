//! The numbers that are compared, each with its name.

use qoe::Scale;

use super::{Comparison, Played};

/// The probability of a false claim that is allowed, all rules together.
pub(super) const ALPHA: f64 = 0.05;
/// The name of the measure of bitrates.
pub(super) const BITRATE: &str = "mean_bitrate_kbps";
/// The name of the measure of stalls.
pub(super) const STALLED: &str = "stall_percent";
/// The name of the measure of switches.
pub(super) const SWITCHES: &str = "switch_count";
/// The name of the measure of startup.
pub(super) const STARTUP: &str = "startup_delay_s";
/// The name of the measure of what is missing to the optimum.
pub(super) const REGRET: &str = "regret";
/// The name of the measure of the share of the optimum.
pub(super) const OPTIMUM_SHARE: &str = "optimum_share_percent";
/// A number that every session has.
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) more_is_better: bool,
    number: Number,
}

enum Number {
    /// Of this model.
    Score(usize),
    Bitrate,
    Stalled,
    Switches,
    Startup,
}

impl Metric {
    /// The number of a session.
    pub(super) fn of(&self, s: &Played) -> f64 {
        match self.number {
            Number::Score(model) => s.scores[model].value,
            Number::Bitrate => s.summary.mean_bitrate_kbps.kbps(),
            Number::Stalled => s.summary.stall_ratio * 100.0,
            Number::Switches => s.summary.switch_count as f64,
            Number::Startup => s.summary.startup_delay_s.get(),
        }
    }
}

/// The numbers that are compared: the scores first, then bitrate, stalls, switches and startup.
pub(super) fn metrics(c: &Comparison, scales: &[Scale]) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for (m, scale) in scales.iter().enumerate() {
        let mut label = format!("QoE by {}", c.models[m]);
        if let Some((low, high)) = scale.bounds() {
            label.push_str(&format!(", {low} to {high}"));
        }
        if let Some(note) = c.labels[m] {
            label.push_str(&format!(" ({note})"));
        }
        metrics.push(Metric {
            name: c.models[m].clone(),
            label,
            more_is_better: true,
            number: Number::Score(m),
        });
    }
    let others = [
        (BITRATE, "bitrate in kbit/s", true, Number::Bitrate),
        (STALLED, "stalled time in %, mean of sessions", false, Number::Stalled),
        (SWITCHES, "switches", false, Number::Switches),
        (STARTUP, "startup delay in s", false, Number::Startup),
    ];
    metrics.extend(others.into_iter().map(|(name, label, more_is_better, number)| Metric {
        name: name.to_string(),
        label: label.to_string(),
        more_is_better,
        number,
    }));
    metrics
}
