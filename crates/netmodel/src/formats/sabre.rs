//! Sabre's network JSON: an array of periods.
//!
//! | | |
//! |---|---|
//! | source | Spiteri, Sitaraman, Sparacio: *From Theory to Practice: Improving Bitrate Adaptation in the DASH Reference Player*, MMSys 2018; `src/sabre.py` at 09b03bb |
//! | grammar | `[{"duration_ms": number, "bandwidth_kbps": number, "latency_ms": number}, ...]`; other keys are ignored |
//! | rate | kbit/s (10^3 bit/s), may be 0 |
//! | time | durations in ms, above 0 |
//! | hold | explicit: every entry has its duration |
//! | end | loops |
//! | latency | per entry, in ms |
//!
//! Deviation: `latency_ms` may be missing, which Sabre refuses; the option `latency` then holds.

use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use spec::Entry;
use units::{BitRate, Seconds};

use super::{
    Format, Head, MAX_LATENCY_MS, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Recording,
    Samples, WriteOptions, grow, io, json_error, keys, name, text, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "sabre",
        about: "Sabre network JSON: an array of {duration_ms, bandwidth_kbps, latency_ms}",
        options: &[keys::LATENCY, keys::MEASURED],
    },
    unit: "kbit/s",
    time_base: "durations in milliseconds",
    hold: "explicit durations",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: Some(write),
};

/// One entry of the array. The ranges are checked while parsing, where the line is known.
#[derive(Deserialize)]
struct PeriodJson {
    #[serde(deserialize_with = "duration")]
    duration_ms: f64,
    #[serde(deserialize_with = "bandwidth")]
    bandwidth_kbps: f64,
    #[serde(default, deserialize_with = "latency")]
    latency_ms: Option<f64>,
}

/// The periods of an array, made entry by entry, and how many entries have no latency.
struct Entries {
    latency: Seconds,
}

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = (Vec<Period>, usize);

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = (Vec<Period>, usize);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let (mut periods, mut missing) = (Vec::new(), 0);
        while let Some(e) = entries.next_element::<PeriodJson>()? {
            grow(&mut periods);
            missing += usize::from(e.latency_ms.is_none());
            periods.push(Period {
                duration: Seconds::from_millis(e.duration_ms),
                rate: BitRate::from_kbps(e.bandwidth_kbps),
                latency: e.latency_ms.map_or(self.latency, Seconds::from_millis),
            });
        }
        periods.shrink_to_fit();
        Ok((periods, missing))
    }
}

fn duration<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(d)?;
    if value > 0.0 && value <= MAX_TIME_S * 1e3 {
        return Ok(value);
    }
    Err(D::Error::custom(format_args!(
        "duration_ms is {value}, expected a number above 0, at most {:e}",
        MAX_TIME_S * 1e3
    )))
}

fn bandwidth<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(d)?;
    if (0.0..=MAX_RATE_MBPS * 1e3).contains(&value) {
        return Ok(value.abs());
    }
    Err(D::Error::custom(format_args!(
        "bandwidth_kbps is {value}, expected a number from 0 to {:e}",
        MAX_RATE_MBPS * 1e3
    )))
}

fn latency<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    let value = f64::deserialize(d)?;
    if (0.0..=MAX_LATENCY_MS).contains(&value) {
        return Ok(Some(value.abs()));
    }
    Err(D::Error::custom(format_args!(
        "latency_ms is {value}, expected a number from 0 to {MAX_LATENCY_MS:e}"
    )))
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let opens = head.starts_with('[');
    let named = head.contains("\"duration_ms\"") || head.contains("\"bandwidth_kbps\"");
    (opens && named).then_some("a JSON array with duration_ms or bandwidth_kbps")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let mut json = serde_json::Deserializer::from_slice(text(bytes)?.as_bytes());
    let read = Entries { latency: options.latency }.deserialize(&mut json);
    let read = read.and_then(|entries| json.end().map(|()| entries));
    let (periods, missing) = read.map_err(|e| json_error(&e, GRAMMAR))?;
    if periods.is_empty() {
        return Err(NetworkError::input(1, "", "an empty array", GRAMMAR));
    }
    let trace = Trace::new(name(options), periods)?;
    if trace.duration().get() > MAX_TIME_S {
        let expected = format!("at most {MAX_TIME_S:e} s");
        return Err(NetworkError::input(0, "the sum of duration_ms", trace.duration().to_string(), expected));
    }
    let (count, latency) = (trace.periods().len(), trace.period(0).latency);
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording =
        FORMAT.recording(trace, samples).fact("n_records", count).fact("latency_ms_first", latency.millis());
    if missing > 0 {
        recording.notes.push(format!("{missing} entries have no latency_ms; they take {}", options.latency));
    }
    Ok(recording)
}

const GRAMMAR: &str = "an array of {duration_ms, bandwidth_kbps, latency_ms}";

#[derive(Serialize)]
struct Row {
    duration_ms: serde_json::Number,
    bandwidth_kbps: serde_json::Number,
    latency_ms: serde_json::Number,
}

/// A number as Sabre's files have it: whole ones without a fraction.
fn number(value: f64) -> serde_json::Number {
    let whole = value as i64;
    // 2^53: beyond it not every whole number is one of these.
    if whole as f64 == value && value.abs() < 9_007_199_254_740_992.0 {
        return whole.into();
    }
    serde_json::Number::from_f64(value).unwrap_or_else(|| 0.into()) // unreachable: a trace's numbers are finite
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    let json = |e: serde_json::Error| NetworkError::Io { path: Default::default(), message: e.to_string() };
    for (i, p) in trace.periods().iter().enumerate() {
        let row = Row {
            duration_ms: number(p.duration.millis()),
            bandwidth_kbps: number(p.rate.kbps()),
            latency_ms: number(p.latency.millis()),
        };
        let row = serde_json::to_string(&row).map_err(json)?;
        let lead = if i == 0 { "[\n    " } else { ",\n    " };
        out.write_all(lead.as_bytes()).and_then(|()| out.write_all(row.as_bytes())).map_err(io)?;
    }
    out.write_all(b"\n]\n").map_err(io)?;
    Ok(wrap_loss(trace).into_iter().collect())
}
