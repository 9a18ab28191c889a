//! What is configured: the original's dictionaries, under their names.

use netmodel::generators::congestion::{CongestionOptions, Laws};
use qoe::models::twitch::Weights;
use serde::Deserialize;
use spec::SpecError;
use units::{BitRate, Seconds};

use crate::SimError;

/// The network. The default is the original's.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Rate without swing, noise and congestion.
    pub base_bandwidth_mbps: f64,
    /// Amplitude of the swing, as a share of the rate.
    pub oscillation_amplitude: f64,
    pub oscillation_freq_hz: f64,
    /// Standard deviation of the logarithm of the noise.
    pub noise_sigma: f64,
    /// Probability that congestion rises in a second.
    pub congestion_probability: f64,
    pub congestion_severity: f64,
    /// How much of it goes in a second: linearly in the published model, at this rate in the corrected one.
    pub congestion_recovery_rate: f64,
    /// Latency without congestion.
    pub base_latency_ms: f64,
    /// Loss without congestion.
    pub base_packet_loss: f64,
}

impl Default for NetworkConfig {
    fn default() -> NetworkConfig {
        NetworkConfig {
            base_bandwidth_mbps: 10.0,
            oscillation_amplitude: 0.3,
            oscillation_freq_hz: 0.05,
            noise_sigma: 0.1,
            congestion_probability: 0.02,
            congestion_severity: 0.6,
            congestion_recovery_rate: 0.15,
            base_latency_ms: 20.0,
            base_packet_loss: 0.001,
        }
    }
}

impl NetworkConfig {
    pub(super) fn laws(&self) -> Laws {
        Laws {
            rate: BitRate::from_mbps(self.base_bandwidth_mbps),
            swing: self.oscillation_amplitude,
            frequency: self.oscillation_freq_hz,
            latency: Seconds::from_millis(self.base_latency_ms),
            loss: self.base_packet_loss,
        }
    }

    /// The generator `congestion` with these numbers, a second per step.
    pub(super) fn generator(&self) -> CongestionOptions {
        CongestionOptions {
            laws: self.laws(),
            sd: self.noise_sigma,
            chance: self.congestion_probability,
            spike: (self.congestion_severity, self.congestion_severity),
            recovery: Seconds::new(1.0 / self.congestion_recovery_rate.max(1e-9)),
            step: Seconds::new(1.0),
        }
    }
}

/// The buffer. The default is the original's.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BufferConfig {
    pub max_level_s: f64,
    /// What is in it at the beginning, and how far the viewer is behind what is live (the published model ignores it).
    pub initial_level_s: f64,
    /// Where playback resumes.
    pub rebuffer_threshold_s: f64,
    /// Read and used by neither model.
    pub target_level_s: f64,
    /// Seconds of media played per second.
    pub drain_rate_s_per_s: f64,
}

impl Default for BufferConfig {
    fn default() -> BufferConfig {
        BufferConfig {
            max_level_s: 30.0,
            initial_level_s: 5.0,
            rebuffer_threshold_s: 3.0,
            target_level_s: 10.0,
            drain_rate_s_per_s: 1.0,
        }
    }
}

/// The encoder. The default is the original's.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderConfig {
    /// The share of the bandwidth that is counted on.
    pub safety_factor: f64,
    /// Steps (the corrected model: seconds) for which a higher level must have been possible.
    pub upgrade_hysteresis: u32,
    /// What is left of the drift after a step (the corrected model: a second).
    pub av_sync_decay: f64,
    /// Standard deviation of its disturbance, in ms.
    pub av_sync_noise: f64,
}

impl Default for EncoderConfig {
    fn default() -> EncoderConfig {
        EncoderConfig { safety_factor: 0.85, upgrade_hysteresis: 3, av_sync_decay: 0.95, av_sync_noise: 0.5 }
    }
}

/// The scores. The default is the original's.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityConfig {
    /// The drift from which on picture and sound are out of step.
    pub av_sync_threshold_ms: f64,
    /// The weights, which sum to 1.
    pub jerk_weight: f64,
    /// Of picture and sound in step.
    pub av_sync_weight: f64,
    pub quality_stability_weight: f64,
}

impl Default for QualityConfig {
    fn default() -> QualityConfig {
        let w = Weights::default();
        QualityConfig {
            av_sync_threshold_ms: w.drift_threshold_ms,
            jerk_weight: w.jerkiness,
            av_sync_weight: w.av_sync,
            quality_stability_weight: w.stability,
        }
    }
}

impl QualityConfig {
    /// The same as the model `twitch` has them.
    pub fn weights(&self) -> Weights {
        Weights {
            jerkiness: self.jerk_weight,
            av_sync: self.av_sync_weight,
            stability: self.quality_stability_weight,
            drift_threshold_ms: self.av_sync_threshold_ms,
        }
    }
}

/// Everything that a run is made of but its seed. The default is the original's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// What it is called in headings.
    pub name: String,
    pub duration_s: f64,
    /// The length of a step.
    pub dt: f64,
    pub network: NetworkConfig,
    pub buffer: BufferConfig,
    pub encoder: EncoderConfig,
    pub quality: QualityConfig,
}

impl Default for Scenario {
    fn default() -> Scenario {
        Scenario {
            name: "Default network".to_string(),
            duration_s: 300.0,
            dt: 1.0,
            network: NetworkConfig::default(),
            buffer: BufferConfig::default(),
            encoder: EncoderConfig::default(),
            quality: QualityConfig::default(),
        }
    }
}

/// The original's three demonstrations.
pub const SCENARIOS: [&str; 3] = ["stable", "moderate", "poor"];

/// No run has more steps.
const MOST_STEPS: f64 = 1e7;

impl Scenario {
    /// One of [`SCENARIOS`].
    pub fn named(name: &str) -> Option<Scenario> {
        let with = |title: &str, mbps: f64, swing: f64, sigma: f64, chance: f64, severity: f64| Scenario {
            name: title.to_string(),
            network: NetworkConfig {
                base_bandwidth_mbps: mbps,
                oscillation_amplitude: swing,
                noise_sigma: sigma,
                congestion_probability: chance,
                congestion_severity: severity,
                ..NetworkConfig::default()
            },
            ..Scenario::default()
        };
        match name {
            "stable" => Some(with("Stable network", 20.0, 0.1, 0.05, 0.005, 0.6)),
            "moderate" => Some(with("Moderate network", 10.0, 0.3, 0.1, 0.02, 0.6)),
            "poor" => Some(with("Poor network", 3.0, 0.5, 0.2, 0.08, 0.8)),
            _ => None,
        }
    }

    /// How many whole steps it has.
    pub fn steps(&self) -> usize {
        (self.duration_s / self.dt) as usize
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`SimError::Spec`] which names the first that no run can have.
    pub fn check(&self) -> Result<(), SimError> {
        let (n, b, e, q) = (&self.network, &self.buffer, &self.encoder, &self.quality);
        let range = |key: &str, value: f64, low: f64, high: f64| -> Result<(), SimError> {
            if value >= low && value <= high {
                return Ok(());
            }
            wrong(key, value, &format!("a number from {low} to {high}"))
        };
        range("dt", self.dt, 1e-3, 3600.0)?;
        range("duration_s", self.duration_s, self.dt, MOST_STEPS * self.dt)?;
        range("base_bandwidth_mbps", n.base_bandwidth_mbps, 0.0, 1e6)?;
        range("oscillation_amplitude", n.oscillation_amplitude, 0.0, 10.0)?;
        range("oscillation_freq_hz", n.oscillation_freq_hz, 0.0, 1e3)?;
        range("noise_sigma", n.noise_sigma, 0.0, 5.0)?;
        range("congestion_probability", n.congestion_probability, 0.0, 1.0)?;
        range("congestion_severity", n.congestion_severity, 0.0, 1.0)?;
        range("congestion_recovery_rate", n.congestion_recovery_rate, 0.0, 1e3)?;
        range("base_latency_ms", n.base_latency_ms, 0.0, 60_000.0)?;
        range("base_packet_loss", n.base_packet_loss, 0.0, 1.0)?;
        range("max_level_s", b.max_level_s, 1e-3, 1e5)?;
        range("initial_level_s", b.initial_level_s, 0.0, b.max_level_s)?;
        range("rebuffer_threshold_s", b.rebuffer_threshold_s, 0.0, b.max_level_s)?;
        range("target_level_s", b.target_level_s, 0.0, 1e5)?;
        range("drain_rate_s_per_s", b.drain_rate_s_per_s, 1e-3, 1e3)?;
        range("safety_factor", e.safety_factor, 0.0, 10.0)?;
        range("av_sync_decay", e.av_sync_decay, 0.0, 1.0)?;
        range("av_sync_noise", e.av_sync_noise, 0.0, 1e6)?;
        range("av_sync_threshold_ms", q.av_sync_threshold_ms, 1e-9, 1e9)?;
        for (key, weight) in [
            ("jerk_weight", q.jerk_weight),
            ("av_sync_weight", q.av_sync_weight),
            ("quality_stability_weight", q.quality_stability_weight),
        ] {
            range(key, weight, 0.0, 1.0)?;
        }
        let sum = q.jerk_weight + q.av_sync_weight + q.quality_stability_weight;
        if (sum - 1.0).abs() > 1e-9 {
            return wrong("jerk_weight + av_sync_weight + quality_stability_weight", sum, "1");
        }
        Ok(())
    }
}

fn wrong(key: &str, value: f64, expected: &str) -> Result<(), SimError> {
    let (name, key) = ("the scenario".to_string(), key.to_string());
    Err(SimError::Spec(SpecError::Value {
        name,
        key,
        value: value.to_string(),
        expected: expected.to_string(),
    }))
}
