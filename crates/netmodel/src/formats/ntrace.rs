//! Intel's LPP network traces (`.ntrace`): bandwidth and position along a way, as JSON.
//!
//! | | |
//! |---|---|
//! | source | github.com/intel/lpp-network-trace, `Documentation/ntrace.schema`, version 1 |
//! | grammar | `{"version": 1, "description": "...", "entries": [{"entryNo": 1, "dateTime": "2020-11-05T10:00:00Z", "dlBw": 21000, ...}]}`; other keys are ignored |
//! | rate | `dlBw` in kbit/s; with `column=2` `ulBw` |
//! | time | `dateTime`, ISO 8601; entries in the order of the file |
//! | hold | forward: an entry holds until the next (option `hold`) |
//! | end | the last entry lasts as long as the one before it, or as the option `last` says; loops |
//! | latency | `dlLatency` (`ulLatency`), the time to the first byte, in us; where it is missing the option `latency` |
//!
//! Entries without a rate (a position alone) are left out. The capture tool measures by downloads, as speed tests do.

use serde::Deserialize;
use spec::{Entry, Opt};
use units::{BitRate, Seconds};

use super::moment::Moment;
use super::{
    Column, Format, Hold, MAX_LATENCY_MS, MAX_RATE_MBPS, Measurement, ReadOptions, Reader, Recording, Sample,
    Samples, Series, Values, dropped_note, json_error, keys, name, quoted, text,
};
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "ntrace",
        about: "Intel LPP network trace JSON (.ntrace): entries with dateTime and dlBw",
        options: &[
            Opt { about: "which rate: 1 is dlBw, 2 ulBw", ..keys::COLUMN },
            keys::HOLD_FORWARD,
            keys::LAST,
            keys::LATENCY,
            keys::MEASURED,
        ],
    },
    unit: "kbit/s",
    time_base: "dates (ISO 8601)",
    hold: "forward: an entry holds until the next",
    end: "loops",
    measures: Measurement::Capacity,
    detect: |head| {
        let named = head.starts_with('{') && head.contains("\"entries\"");
        (named && ["\"dlBw\"", "\"ulBw\"", "\"entryNo\""].iter().any(|key| head.contains(key)))
            .then_some("a JSON object with entries that have dlBw or ulBw")
    },
    read: Reader::One(read),
    write: None,
};

#[derive(Deserialize)]
struct File {
    entries: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "dateTime")]
    time: String,
    #[serde(rename = "dlBw")]
    down: Option<f64>,
    #[serde(rename = "ulBw")]
    up: Option<f64>,
    #[serde(rename = "dlLatency")]
    down_us: Option<f64>,
    #[serde(rename = "ulLatency")]
    up_us: Option<f64>,
    #[serde(rename = "gpsCoordinates")]
    place: Option<Place>,
}

#[derive(Deserialize)]
struct Place {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let grammar = "an object with entries of dateTime and dlBw";
    let file: File = serde_json::from_str(text(bytes)?).map_err(|e| json_error(&e, grammar))?;
    let up = match options.column {
        1 => false,
        2 => true,
        n => return Err(NetworkError::input(0, "column", n.to_string(), "1 (dlBw) or 2 (ulBw)")),
    };
    let mut series = Series::new(options.hold.unwrap_or(Hold::Forward));
    let mut first = None;
    let mut places = [("latitude", Values::default()), ("longitude", Values::default())];
    let mut without = 0usize;
    for (index, item) in file.entries.iter().enumerate() {
        let wrong = |field: &str, found: String, expected: &str| {
            NetworkError::input(0, format!("entry {}: {field}", index + 1), found, expected)
        };
        let (rate, latency) = if up { (item.up, item.up_us) } else { (item.down, item.down_us) };
        let Some(kbps) = rate else {
            without += 1;
            continue;
        };
        if !(0.0..=MAX_RATE_MBPS * 1e3).contains(&kbps) {
            return Err(wrong(
                if up { "ulBw" } else { "dlBw" },
                kbps.to_string(),
                "a rate in kbit/s, at least 0",
            ));
        }
        let Some(Moment::OfCalendar(seconds)) = Moment::parse(&item.time) else {
            return Err(wrong("dateTime", quoted(&item.time), "a time like 2020-11-05T10:00:00Z"));
        };
        let at = Seconds::from_millis(((seconds - *first.get_or_insert(seconds)) * 1e3).round());
        let latency = match latency {
            Some(us) if (0.0..=MAX_LATENCY_MS * 1e3).contains(&us) => Seconds::from_millis(us / 1e3),
            Some(us) => return Err(wrong("latency", us.to_string(), "us, at least 0")),
            None => options.latency,
        };
        if series.before.is_some_and(|(before, _)| at < before.at) {
            return Err(wrong("dateTime", quoted(&item.time), "at least the time of the entry before"));
        }
        series.push(0, item.time.as_bytes(), Sample { at, rate: BitRate::from_kbps(kbps), latency })?;
        let place = item.place.as_ref();
        places[0].1.push(place.and_then(|p| p.latitude));
        places[1].1.push(place.and_then(|p| p.longitude));
    }
    let trace = Trace::new(name(options), series.finish(0, options.last)?)?;
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: series.dropped };
    let mut recording = FORMAT.recording(trace, samples).fact("n_records", file.entries.len());
    recording.notes = dropped_note(series.dropped);
    recording.notes.extend(super::table::left_out(without, if up { "ulBw" } else { "dlBw" }));
    if places.iter().any(|(_, v)| v.iter().any(|x| x.is_some())) {
        recording.columns =
            places.into_iter().map(|(name, values)| Column { name: name.into(), values }).collect();
    }
    Ok(recording)
}
