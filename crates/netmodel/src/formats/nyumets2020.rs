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
//! positive magnitudes in some files and mixed in others: their sign is always taken as negative. -1 and 2147483647 stand for
//! unknown. Of the columns beside the rate only these two are kept (`rsrp_dbm`, `rsrq_db`).

use spec::Entry;
use units::Seconds;

use super::{
    Column, Format, Head, MAX_RATE_MBPS, Measurement, ReadOptions, Reader, Recording, Samples, decimal, keys,
    name, quoted, table, text,
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
    read: Reader::One(read),
    write: None,
};

const FIELDS: usize = 8;

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

/// A signal strength or quality, whatever its sign in the file; None for the values that stand for "unknown".
fn signal(text: &str) -> Option<f64> {
    table::value(text).filter(|x| *x != -1.0).map(|x| -x.abs())
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let text = text(bytes)?;
    let duration = options.row(Seconds::new(1.0))?;
    let room = table::room(text, 16);
    let mut periods = Vec::with_capacity(room);
    let [mut rsrp, mut rsrq] = [Vec::with_capacity(room), Vec::with_capacity(room)];
    let mut changes = 0usize;
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let wrong = |field: &str, found: &str, expected: String| {
            NetworkError::input(i + 1, field, quoted(found), expected)
        };
        let fields =
            split(line).ok_or_else(|| wrong("", line, "eight numbers separated by commas".into()))?;
        let rate = table::rate(fields[0], 0)
            .ok_or_else(|| wrong("the rate", fields[0], format!("a number from 0 to {MAX_RATE_MBPS:e}")))?;
        periods.push(Period { duration, rate, latency: options.latency });
        changes += usize::from(table::value(fields[2]) == Some(1.0));
        rsrp.push(signal(fields[3]));
        rsrq.push(signal(fields[4]));
    }
    let rows = periods.len();
    if rows == 0 {
        return Err(NetworkError::input(
            0,
            "the input",
            "empty",
            "lines of eight numbers separated by commas",
        ));
    }
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording = Recording::new(&FORMAT, Trace::new(name(options), periods)?, samples);
    recording.facts.insert("n_records".into(), rows.into());
    recording.facts.insert("enodeb_changes".into(), changes.into());
    recording.columns = vec![
        Column { name: "rsrp_dbm".into(), values: rsrp },
        Column { name: "rsrq_db".into(), values: rsrq },
    ];
    Ok(recording)
}
