//! Telemetry of generated drives and of recorded traces.

use netmodel::formats::Recording;
use netmodel::radio::Drive;
use units::Seconds;

use super::{Field, Telemetry, scaled};

/// What a phone would report of a generated drive, once a second.
pub fn of_drive(drive: &Drive) -> Vec<Telemetry> {
    let sample = |s: netmodel::radio::Telemetry| {
        let mut sample = Telemetry::of(&[
            (Field::Rsrp, s.rsrp_dbm),
            (Field::Rsrq, s.rsrq_db),
            (Field::Snr, s.snr_db),
            (Field::Latency, s.latency_ms),
            (Field::Jitter, s.jitter_ms),
            (Field::Loss, s.loss_percent),
            (Field::Throughput, s.throughput_mbps),
        ]);
        sample.time_s = Some(s.time_s);
        sample
    };
    drive.telemetry(Seconds::new(1.0)).map(sample).collect()
}

/// What a recorded trace holds: the columns of its file that are telemetry, and its rate as throughput. A sample for each period.
///
/// RSRP and RSRQ of NYU-METS are magnitudes: positive values of them are negated.
pub fn of_recording(recording: &Recording) -> Vec<Telemetry> {
    let columns: Vec<(Field, f64, &netmodel::formats::Values)> = recording
        .columns
        .iter()
        .filter_map(|c| {
            let (field, factor) = Field::find(&c.name)?;
            Some((field, factor, &c.values))
        })
        .collect();
    let mut end = 0.0;
    recording
        .trace
        .periods()
        .iter()
        .enumerate()
        .map(|(i, period)| {
            end += period.duration.get();
            let mut sample = Telemetry::at(Some(end));
            for (field, factor, values) in &columns {
                let Some(value) = values.get(i) else { continue };
                let negative = matches!(field, Field::Rsrp | Field::Rsrq);
                // The columns of the serving cell come first and stay.
                if sample.reported(*field).is_none() {
                    sample.set(*field, if negative { -value.abs() } else { scaled(value, *factor) });
                }
            }
            sample.set(Field::Throughput, period.rate.mbps());
            sample
        })
        .collect()
}
