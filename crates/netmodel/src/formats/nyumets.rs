//! NYU-METS LTE samples: one rate per second, with its unit in the row.
//!
//! | | |
//! |---|---|
//! | source | Mei, Hu, Jiang, et al.: *Realtime Mobile Bandwidth Prediction Using LSTM Neural Network*, PAM 2019; github.com/NYU-METS/Main |
//! | grammar | `number,unit` per line, CRLF or LF; the unit is one of the table below |
//! | rate | what the row says (10^n bit/s); iperf changes the unit with the rate, so the bus files mix all three |
//! | time | one row per second (option `rows`) |
//! | hold | a row is the mean of its second |
//! | end | loops |
//! | latency | none in the file; option `latency`, default 0 |
//!
//! | unit | of which make a Mbit/s |
//! |---|---|
//! | `Gbits/sec` | 10^-3 |
//! | `Mbits/sec` | 1 |
//! | `Kbits/sec` | 10^3 |
//! | `bits/sec` | 10^6 |
//!
//! Deviation: `Gbits/sec` is not in the published files; it is what iperf prints next. Segue writes `Mbits/sec`.

use spec::Entry;
use units::Seconds;

use super::{
    Format, Head, MAX_RATE_MBPS, Measurement, ReadOptions, Reader, Recording, Samples, WriteOptions, decimal,
    io, keys, latency_loss, name, quoted, table, text, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "nyumets",
        about: "NYU-METS LTE samples: lines of `rate,unit`, one a second",
        options: &[keys::ROWS, keys::LATENCY],
    },
    unit: "as each row says (bit/s to Gbit/s)",
    time_base: "rows of one second",
    hold: "a row is the mean of its second",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: Some(write),
};

/// The units, and the power of ten of each that makes a Mbit/s.
const UNITS: [(&str, i32); 4] = [("Mbits/sec", 0), ("Kbits/sec", 3), ("bits/sec", 6), ("Gbits/sec", -3)];

/// The fields of a line, and the shift of its unit where it has one.
fn split(line: &str) -> (&str, &str, Option<i32>) {
    let (number, unit) = line.split_once(',').unwrap_or((line, ""));
    let (number, unit) = (number.trim(), unit.trim());
    (number, unit, UNITS.iter().find(|u| u.0.eq_ignore_ascii_case(unit)).map(|u| u.1))
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    head.lines
        .first()
        .is_some_and(|line| split(line).2.is_some())
        .then_some("a first line of a number and a unit of bits/sec")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let text = text(bytes)?;
    let duration = options.row(Seconds::new(1.0))?;
    let mut periods = Vec::with_capacity(table::room(text, 6));
    let mut units = table::Counts::default();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let (number, unit, shift) = split(line);
        let wrong = |field: &str, found: &str, expected: String| {
            NetworkError::input(i + 1, field, quoted(found), expected)
        };
        let known = || UNITS.map(|u| u.0).join(", ");
        let shift = shift.ok_or_else(|| wrong("the unit", unit, format!("one of {}", known())))?;
        let rate = table::rate(number, shift)
            .ok_or_else(|| wrong("the rate", number, format!("a rate from 0 to {MAX_RATE_MBPS:e} Mbit/s")))?;
        units.add(unit);
        periods.push(Period { duration, rate, latency: options.latency });
    }
    let rows = periods.len();
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let trace = Trace::new(name(options), periods).map_err(|e| {
        if rows == 0 { NetworkError::input(0, "the input", "empty", "lines of rate,unit") } else { e }
    })?;
    let mut recording = FORMAT.recording(trace, samples);
    recording.facts.insert("n_records".into(), rows.into());
    recording.facts.insert("units".into(), units.json());
    Ok(recording)
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    let row = |_, rate: units::BitRate| {
        write!(out, "{},{}\r\n", decimal::shifted(rate.kbps(), -3), UNITS[0].0).map_err(io)
    };
    let mut losses = table::write_seconds(trace, row)?;
    losses.extend([latency_loss(trace), wrap_loss(trace)].into_iter().flatten());
    Ok(losses)
}
