//! What a phone would report of a drive, once a second: the telemetry that quality-of-service tools are fed with.
//!
//! | field | how | range |
//! |---|---|---|
//! | `rsrp_dbm` | mean over the sample | -120 to -80 dBm |
//! | `rsrq_db` | mean over the sample | -20 to -5 dB |
//! | `snr_db` | mean SINR over the sample | 1 to 20 dB |
//! | `latency_ms` | mean of the radio's latency and the wait behind a queue of 1 Mbit | 10 to 500 ms |
//! | `jitter_ms` | mean difference of that between neighbouring steps | 0 to 100 ms |
//! | `loss_percent` | blocks lost for good, after the first transmission and three more | 0 to 5 % |
//! | `throughput_mbps` | mean rate over the sample | 1 to 100 Mbit/s |
//!
//! Every field is clamped to its range: these are the ranges of the seed project that this telemetry is for, narrower than
//! what radios do (a good SINR of 30 dB is reported as 20).

use serde::{Deserialize, Serialize};
use units::{Bits, Seconds};

use super::drive::RETRANSMISSIONS;
use super::{Drive, State};

/// What waits at the base station before a packet when the terminal downloads: at 5 Mbit/s it makes the 0.2 s of a full LTE
/// buffer.
const QUEUE: Bits = Bits::new(1e6);

/// Ranges of the fields.
const RSRP_DBM: (f64, f64) = (-120.0, -80.0);
const RSRQ_DB: (f64, f64) = (-20.0, -5.0);
const SNR_DB: (f64, f64) = (1.0, 20.0);
const LATENCY_MS: (f64, f64) = (10.0, 500.0);
const JITTER_MS: (f64, f64) = (0.0, 100.0);
const LOSS_PERCENT: (f64, f64) = (0.0, 5.0);
const THROUGHPUT_MBPS: (f64, f64) = (1.0, 100.0);

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Telemetry {
    /// When the sample ends.
    pub time_s: f64,
    /// Power of the reference symbols.
    pub rsrp_dbm: f64,
    pub rsrq_db: f64,
    /// Signal over interference and noise.
    pub snr_db: f64,
    /// One packet's way, queue included.
    pub latency_ms: f64,
    /// How much that changes from step to step.
    pub jitter_ms: f64,
    /// Packets that never arrive.
    pub loss_percent: f64,
    pub throughput_mbps: f64,
}

impl Drive {
    /// Telemetry of this drive, a sample for each `every` (whole steps, at least one).
    ///
    /// ```
    /// use netmodel::radio::Drive;
    /// use units::Seconds;
    ///
    /// let drive = Drive::from_preset("radio,duration=60", 3)?;
    /// let samples: Vec<_> = drive.telemetry(Seconds::new(1.0)).collect();
    /// assert_eq!(samples.len(), 60);
    /// assert!(samples.iter().all(|s| (-120.0..=-80.0).contains(&s.rsrp_dbm)));
    /// # Ok::<(), netmodel::NetworkError>(())
    /// ```
    pub fn telemetry(&self, every: Seconds) -> impl Iterator<Item = Telemetry> + '_ {
        let steps = (every / self.step()).round().clamp(1.0, self.states().len() as f64) as usize;
        let mut last = delay_ms(&self.states()[0]);
        self.states().chunks(steps).map(move |states| {
            let mean = |of: fn(&State) -> f64| states.iter().map(of).sum::<f64>() / states.len() as f64;
            let mut jitter = 0.0;
            for state in states {
                let delay = delay_ms(state);
                jitter += (delay - last).abs();
                last = delay;
            }
            let end = (states[0].at + self.step() * states.len() as f64).min(self.trace().duration());
            let clamp = |value: f64, (low, high): (f64, f64)| value.clamp(low, high);
            Telemetry {
                time_s: end.get(),
                rsrp_dbm: clamp(mean(|s| s.rsrp.get()), RSRP_DBM),
                rsrq_db: clamp(mean(|s| s.rsrq.get()), RSRQ_DB),
                snr_db: clamp(mean(|s| s.sinr.get()), SNR_DB),
                latency_ms: clamp(mean(delay_ms), LATENCY_MS),
                jitter_ms: clamp(jitter / states.len() as f64, JITTER_MS),
                loss_percent: clamp(mean(loss_percent), LOSS_PERCENT),
                throughput_mbps: clamp(mean(|s| s.rate.mbps()), THROUGHPUT_MBPS),
            }
        })
    }
}

/// A packet's way behind a full queue; at most what is ever reported, so that an outage is not infinite.
fn delay_ms(state: &State) -> f64 {
    (state.latency + QUEUE / state.rate).millis().min(LATENCY_MS.1)
}

fn loss_percent(state: &State) -> f64 {
    100.0 * libm::pow(state.block_errors, 1.0 + RETRANSMISSIONS)
}

/// Telemetry as CSV: a header of the fields' names, and a line for each sample.
pub fn csv(samples: impl IntoIterator<Item = Telemetry>) -> String {
    let mut text =
        String::from("time_s,rsrp_dbm,rsrq_db,snr_db,latency_ms,jitter_ms,loss_percent,throughput_mbps\n");
    for s in samples {
        let line = format!(
            "{},{:.2},{:.2},{:.2},{:.2},{:.2},{:.3},{:.3}\n",
            s.time_s,
            s.rsrp_dbm,
            s.rsrq_db,
            s.snr_db,
            s.latency_ms,
            s.jitter_ms,
            s.loss_percent,
            s.throughput_mbps
        );
        text.push_str(&line);
    }
    text
}
