//! NYU-METS multivariate LTE samples: one row per second with the signal beside the rate.
//!
//! | | |
//! |---|---|
//! | source | Mei, Hu, Jiang, et al.: *Realtime mobile bandwidth prediction using LSTM neural network and Bayesian fusion*, Computer Networks 182, 2020; github.com/NYU-METS/Main |
//! | grammar | eight numbers separated by commas, no header: rate, neighbours, eNodeB changed (0/1), RSRP, RSRQ, timing advance, speed (m/s), band (MHz) |
//! | rate | Mbit/s (10^6 bit/s) |
//! | time | one row per second (option `rows`) |
//! | hold | a row is the mean of its second |
//! | end | loops |
//! | latency | none in the file; option `latency`, default 0 |
//!
//! Traps: the order of columns in the README of the set is wrong, that of the data is the one above. RSRP and RSRQ are
//! positive magnitudes in some files and mixed in others: their sign is always taken as negative. -1 and 2147483647 stand
//! for unknown in every column. All columns are kept: `neighbours`, `enodeb_changed`, `rsrp_dbm`, `rsrq_db`,
//! `timing_advance`, `speed_mps`, `band_mhz`.

use spec::Entry;
use units::Seconds;

use super::text::shown;
use super::{
    Column, Format, Head, Lines, MAX_RATE_MBPS, Measurement, ReadOptions, Reader, Recording, Samples, Values,
    decimal, grow, keys, name, table,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "nyumets2020",
        about: "NYU-METS multivariate LTE samples: eight numbers a second, the first the rate",
        options: &[keys::ROWS, keys::LATENCY],
    },
    unit: "Mbit/s",
    time_base: "rows of one second",
    hold: "a row is the mean of its second",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Lines(read),
    write: None,
};

const FIELDS: usize = 8;
const EIGHT: &str = "eight numbers separated by commas";

/// The columns beside the rate, in the order of the file.
const COLUMNS: [&str; FIELDS - 1] =
    ["neighbours", CHANGED, "rsrp_dbm", "rsrq_db", "timing_advance", "speed_mps", "band_mhz"];
const CHANGED: &str = "enodeb_changed";
/// Strength and quality of the signal, negative whatever their sign in the file.
const SIGNALS: [&str; 2] = ["rsrp_dbm", "rsrq_db"];

/// The fields of a line; None unless there are eight.
fn split(line: &str) -> Option<[&str; FIELDS]> {
    let mut fields = [""; FIELDS];
    let mut count = 0;
    for field in line.split(',') {
        *fields.get_mut(count)? = field.trim();
        count += 1;
    }
    (count == FIELDS).then_some(fields)
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let number = |f: &str| decimal::parse_shifted(f, 0).is_some();
    let row = |line: &str| {
        split(line).is_some_and(|f| number(f[0]) && f.iter().all(|f| number(f) || table::is_missing(f)))
    };
    head.all(row).then_some("lines of eight numbers separated by commas")
}

fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let duration = options.row(Seconds::new(1.0))?;
    let mut periods = Vec::new();
    let mut columns = COLUMNS.map(|name| Column { name: name.into(), values: Values::default() });
    let mut changes = 0usize;
    while let Some((number, line)) = lines.next()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let wrong = |field: &str, found: &[u8], expected: String| {
            NetworkError::input(number, field, shown(found), expected)
        };
        let fields = std::str::from_utf8(line).ok().and_then(split);
        let [rate, beside @ ..] = fields.ok_or_else(|| wrong("", line, EIGHT.into()))?;
        let rate = table::rate(rate, 0).ok_or_else(|| {
            wrong("the rate", rate.as_bytes(), format!("a number from 0 to {MAX_RATE_MBPS:e}"))
        })?;
        grow(&mut periods);
        periods.push(Period { duration, rate, latency: options.latency });
        for (column, text) in columns.iter_mut().zip(beside) {
            let value = table::value(text).filter(|x| *x != -1.0);
            let signal = SIGNALS.contains(&column.name.as_str());
            column.values.push(if signal { value.map(|x| -x.abs()) } else { value });
            changes += usize::from(column.name == CHANGED && value == Some(1.0));
        }
    }
    let rows = periods.len();
    if rows == 0 {
        return Err(NetworkError::input(0, "the input", "empty", EIGHT));
    }
    periods.shrink_to_fit();
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording = FORMAT.recording(Trace::new(name(options), periods)?, samples);
    recording.facts.insert("n_records".into(), rows.into());
    recording.facts.insert("enodeb_changes".into(), changes.into());
    recording.columns = columns.into();
    Ok(recording)
}
