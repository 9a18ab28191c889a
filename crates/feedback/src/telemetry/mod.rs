//! What a network, a phone or a player reports, a sample at a time.
//!
//! | field | accepted | described (unusual outside) | other names that are read |
//! |---|---|---|---|
//! | `RSRP` dBm | -140 to -44 (TS 36.133 9.1.4) | -120 to -80 | `rsrp_dbm`, `NRxRSRP` |
//! | `RSRQ` dB | -43 to 20 (TS 38.133 10.1.11) | -20 to -5 | `rsrq_db`, `NRxRSRQ` |
//! | `SNR` dB | -23 to 40 (TS 38.133 10.1.16) | 1 to 20 | `snr_db`, `SINR`, `sinr_db` |
//! | `latency` ms | 0 to 60,000 | 10 to 500 | `latency_ms`, `rtt_ms`, `PINGAVG` |
//! | `jitter` ms | 0 to 60,000 | 0 to 100 | `jitter_ms` |
//! | `loss` % | 0 to 100 | 0 to 5 | `loss_percent` |
//! | `throughput` Mbit/s | 0 to 100,000 | 1 to 100 | `throughput_mbps`, `Mbps`; in kbit/s `DL_bitrate`, `mtp` |
//! | `buffer` s | 0 to 3,600 | 0 to 60 | `buffer_s`; in ms `bl` |
//! | `bitrate` kbit/s | 0 to 10^6 | 100 to 40,000 | `bitrate_kbps`, `br` |
//! | `stalled` | 0 or 1 | | `bs` |
//!
//! The described ranges are those of the seed document (C1). A value outside the accepted range is flagged and not used; one
//! outside the described range is flagged and used as it is. A field that a source does not have stays absent.

mod cmcd;
mod lines;
mod recorded;

use serde::ser::{Serialize, SerializeMap, Serializer};

pub use cmcd::cmcd;
pub use lines::{Line, Reader};
pub use recorded::{of_drive, of_recording};

use crate::FeedbackError;

/// A quantity that telemetry may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Power of the reference symbols, dBm.
    Rsrp,
    /// Their quality, dB.
    Rsrq,
    /// Signal over interference and noise, dB.
    Snr,
    /// Round trip, ms.
    Latency,
    /// How much that changes, ms.
    Jitter,
    /// Packets that never arrive, %.
    Loss,
    /// What arrives, Mbit/s.
    Throughput,
    /// Media in the player's buffer, s.
    Buffer,
    /// Nominal bitrate of what is shown, kbit/s.
    Bitrate,
    /// Whether playback stands still: 1 or 0.
    Stalled,
}

/// What is known of a field.
#[derive(Debug)]
pub struct FieldInfo {
    pub field: Field,
    pub name: &'static str,
    /// Its name in JSON, with its unit.
    pub key: &'static str,
    /// Other names under which it is read, each with the factor to its unit.
    pub aliases: &'static [(&'static str, f64)],
    /// What a value can be.
    pub accepted: (f64, f64),
    /// What a value usually is.
    pub described: (f64, f64),
}

const fn info(
    field: Field,
    (name, key): (&'static str, &'static str),
    aliases: &'static [(&'static str, f64)],
    accepted: (f64, f64),
    described: (f64, f64),
) -> FieldInfo {
    FieldInfo { field, name, key, aliases, accepted, described }
}

/// All fields, in the order of [`Field`].
pub static FIELDS: [FieldInfo; FIELD_COUNT] = [
    info(Field::Rsrp, ("RSRP", "rsrp_dbm"), &[("nrxrsrp", 1.0)], (-140.0, -44.0), (-120.0, -80.0)),
    info(Field::Rsrq, ("RSRQ", "rsrq_db"), &[("nrxrsrq", 1.0)], (-43.0, 20.0), (-20.0, -5.0)),
    info(Field::Snr, ("SNR", "snr_db"), &[("sinr", 1.0), ("sinr_db", 1.0)], (-23.0, 40.0), (1.0, 20.0)),
    info(
        Field::Latency,
        ("latency", "latency_ms"),
        &[("rtt_ms", 1.0), ("pingavg", 1.0)],
        (0.0, 60_000.0),
        (10.0, 500.0),
    ),
    info(Field::Jitter, ("jitter", "jitter_ms"), &[], (0.0, 60_000.0), (0.0, 100.0)),
    info(Field::Loss, ("loss", "loss_percent"), &[("packet_loss", 1.0)], (0.0, 100.0), (0.0, 5.0)),
    info(
        Field::Throughput,
        ("throughput", "throughput_mbps"),
        &[("mbps", 1.0), ("throughput_kbps", 1e-3), ("dl_bitrate", 1e-3), ("mtp", 1e-3)],
        (0.0, 100_000.0),
        (1.0, 100.0),
    ),
    info(
        Field::Buffer,
        ("buffer", "buffer_s"),
        &[("buffer_ms", 1e-3), ("bl", 1e-3)],
        (0.0, 3600.0),
        (0.0, 60.0),
    ),
    info(Field::Bitrate, ("bitrate", "bitrate_kbps"), &[("br", 1.0)], (0.0, 1e6), (100.0, 40_000.0)),
    info(Field::Stalled, ("stalled", "stalled"), &[("bs", 1.0)], (0.0, 1.0), (0.0, 1.0)),
];

/// How many fields there are.
pub const FIELD_COUNT: usize = 10;

impl Field {
    /// What is known of it.
    pub fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }

    /// The field of a name, and the factor from the name's unit to the field's.
    pub fn find(name: &str) -> Option<(Field, f64)> {
        let name = name.trim();
        let same = |n: &str| n.eq_ignore_ascii_case(name);
        FIELDS.iter().find_map(|f| match same(f.name) || same(f.key) {
            true => Some((f.field, 1.0)),
            false => f.aliases.iter().find(|(a, _)| same(a)).map(|(_, factor)| (f.field, *factor)),
        })
    }
}

/// A value that is not as described.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Flag {
    pub field: &'static str,
    pub value: f64,
    pub used: bool,
    pub problem: String,
}

/// A sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telemetry {
    /// When it was taken, in s since the first; None where the source has no clock.
    pub time_s: Option<f64>,
    pub viewer: Option<String>,
    values: [Option<f64>; FIELD_COUNT],
}

impl Telemetry {
    /// A sample without values, taken at an instant.
    pub fn at(time_s: Option<f64>) -> Telemetry {
        Telemetry { time_s, ..Telemetry::default() }
    }

    /// A sample with these values.
    pub fn of(values: &[(Field, f64)]) -> Telemetry {
        let mut sample = Telemetry::default();
        for (field, value) in values {
            sample.set(*field, *value);
        }
        sample
    }

    /// Sets a value; one that is not finite leaves the field absent.
    pub fn set(&mut self, field: Field, value: f64) {
        self.values[field as usize] = Some(value).filter(|v| v.is_finite());
    }

    /// A value as it was reported.
    pub fn reported(&self, field: Field) -> Option<f64> {
        self.values[field as usize]
    }

    /// A value that can be used: reported, and possible.
    pub fn get(&self, field: Field) -> Option<f64> {
        let (low, high) = field.info().accepted;
        self.values[field as usize].filter(|v| (low..=high).contains(v))
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// The fields that were reported.
    pub fn fields(&self) -> impl Iterator<Item = (Field, f64)> + '_ {
        FIELDS.iter().zip(self.values).filter_map(|(f, v)| Some((f.field, v?)))
    }

    /// Every value that is not as described.
    pub fn flags(&self) -> Vec<Flag> {
        let flag = |(field, value): (Field, f64)| {
            let FieldInfo { name, accepted, described, .. } = field.info();
            let outside = |(low, high): (f64, f64)| !(low..=high).contains(&value);
            let used = !outside(*accepted);
            let problem = match used {
                true if !outside(*described) => return None,
                true => format!("{name} is {value}, unusual: {} to {}", described.0, described.1),
                false => {
                    format!("{name} is {value}, not possible: {} to {}; not used", accepted.0, accepted.1)
                }
            };
            Some(Flag { field: name, value, used, problem })
        };
        self.fields().filter_map(flag).collect()
    }

    /// Reads `RSRP=-94.21,RSRQ=-12.45,SNR=8.32`, and what [`Telemetry::dictionary`] writes.
    ///
    /// ```
    /// use feedback::telemetry::{Field, Telemetry};
    ///
    /// let sample = Telemetry::parse("RSRP=-94.21,RSRQ=-12.45,SNR=8.32")?;
    /// assert_eq!(sample.get(Field::Snr), Some(8.32));
    /// assert_eq!(sample.get(Field::Loss), None);
    /// # Ok::<(), feedback::FeedbackError>(())
    /// ```
    ///
    /// # Errors
    /// [`FeedbackError::Value`] for a part that is no `field=number`, a field that is none, or one that is given twice.
    pub fn parse(text: &str) -> Result<Telemetry, FeedbackError> {
        let mut sample = Telemetry::default();
        let text = text.trim();
        let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        for part in text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()) {
            let Some((name, value)) = part.split_once(['=', ':']) else {
                return Err(FeedbackError::value(
                    "telemetry",
                    quoted(part),
                    "FIELD=NUMBER,... as in RSRP=-94.21",
                ));
            };
            let name = name.trim().trim_matches(['\'', '"']);
            let Some((field, factor)) = Field::find(name) else {
                let known = FIELDS.iter().map(|f| f.name);
                return Err(FeedbackError::unknown("telemetry field", &short(name), known));
            };
            let number = value.trim().parse::<f64>().ok().filter(|v| v.is_finite());
            let Some(number) = number else {
                let field = format!("telemetry {}", field.info().name);
                return Err(FeedbackError::value(field, quoted(value.trim()), "a number"));
            };
            if sample.reported(field).is_some() {
                return Err(FeedbackError::value(
                    "telemetry",
                    format!("{} twice", field.info().name),
                    "once",
                ));
            }
            sample.set(field, scaled(number, factor));
        }
        Ok(sample)
    }

    /// As the seed's dictionary: `{'RSRP': -94.21, 'RSRQ': -12.45, 'SNR': 8.32}`.
    pub fn dictionary(&self) -> String {
        let parts: Vec<String> = self.fields().map(|(f, v)| format!("'{}': {v:.2}", f.info().name)).collect();
        format!("{{{}}}", parts.join(", "))
    }
}

impl Serialize for Telemetry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(time) = self.time_s {
            map.serialize_entry("time_s", &time)?;
        }
        if let Some(viewer) = &self.viewer {
            map.serialize_entry("viewer", viewer)?;
        }
        for (field, value) in self.fields() {
            map.serialize_entry(field.info().key, &value)?;
        }
        map.end()
    }
}

/// A value in another unit; whole numbers of milli-units stay exact.
fn scaled(value: f64, factor: f64) -> f64 {
    if factor == 1e-3 { value / 1e3 } else { value * factor }
}

/// A text for an error: short, and of one line.
fn short(text: &str) -> String {
    let mut out: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(40).collect();
    if text.chars().nth(40).is_some() {
        out.push_str("...");
    }
    out
}

fn quoted(text: &str) -> String {
    format!("'{}'", short(text))
}
