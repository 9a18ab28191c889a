//! Tables of the SIGCOMM 2024 artifact on mid-band 5G: throughput with its radio parameters, and much that is no trace.
//!
//! | | |
//! |---|---|
//! | source | Fezeu et al.: *Unveiling the 5G Mid-Band Landscape*, SIGCOMM 2024; github.com/SIGCOMM24-5GinMidBands/artifacts at 2e0034b |
//! | grammar | tab-separated values with a header; the columns say what a file is (below) |
//! | rate | `Tput(Mbps)` in Mbit/s (10^6 bit/s), at the physical layer |
//! | time | rows of one length, by the columns (option `rows`) |
//! | hold | a row is the mean of its interval |
//! | end | unknown to the artifact; a link loops |
//! | latency | none in the files; option `latency`, default 0 |
//!
//! | columns | a row lasts | where from |
//! |---|---|---|
//! | `Tput(Mbps) MCS RBs layers config` | 0.5 s | five samples of the next kind make a row, to the last digit, in most rows |
//! | `Tput(Mbps) config` | 0.1 s | the artifact |
//! | the same after a column without a name | 0.1 s, assumed | that column is a row number of a log that is not published |
//! | `time(secs) Tput(Mbps)` | 1 s | its first column |
//! | any other | no time series | a table: described, not replayed |
//!
//! Traps: a capital `Config` marks a pool of many places, no series. `time(ms)` of the processed files is the length of a
//! window, and `Tput(Mbps)` beside it a variability. `bitrate_kbps` is a quality index, `bw` a label. A row without a
//! rate is left out.

use serde_json::{Map, Value};
use spec::{Entry, Opt};
use units::{BitRate, Seconds};

use super::columns;
use super::table::{self, Counts, Row, Table, keep, kept, left_out};
use super::{
    Column, Content, Format, Head, Measurement, ReadOptions, Reader, Recording, Samples, TableFile, Values,
    WriteOptions, decimal, io, keys, latency_loss, name, text, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "sigcomm24",
        about: "SIGCOMM'24 mid-band 5G tables: tab-separated, with a header",
        options: &[Opt { default: "auto", ..keys::ROWS }, keys::LATENCY],
    },
    unit: "Mbit/s",
    time_base: "rows of 0.1, 0.5 or 1 s, by the columns",
    hold: "a row is the mean of its interval",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Many(read),
    write: Some(write),
};

const RATE: &str = "Tput(Mbps)";
const SECONDS: &str = "time(secs)";

/// Names that tables with a time and a rate have in the artifact.
const OWN: [&str; 5] = [RATE, "config", "Config", "stallTime", "EventType"];

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let header = head.lines.first()?;
    let names = || header.split('\t').map(str::trim);
    // The header's first name may be empty, and the tab after it gone with the blanks around the line.
    let named = !names().any(|n| n.starts_with(|c: char| c.is_ascii_digit() || "+-.[{<".contains(c)));
    // A series of anybody else is read by its columns.
    let others = || columns::is_series(header) && !names().any(|n| OWN.contains(&n));
    (names().count() > 1 && named && names().any(|n| !n.is_empty()) && !others())
        .then_some("a header of names separated by tabs")
}

/// How long the rows of a time series last.
struct Series {
    row: Seconds,
    /// What the facts say of it beside the length.
    assumed: Option<bool>,
    radio: bool,
}

impl Series {
    /// What the columns of a file make of it; None for a table.
    fn of(columns: &[String]) -> Option<Series> {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let series = |row: f64, assumed, radio| Some(Series { row: Seconds::new(row), assumed, radio });
        match names.as_slice() {
            [SECONDS, RATE] => series(1.0, None, false),
            [RATE, "config"] => series(0.1, Some(false), false),
            ["", RATE, "config"] => series(0.1, Some(true), false),
            names if [RATE, "MCS", "RBs", "layers"].iter().all(|n| names.contains(n)) => {
                series(0.5, None, true)
            }
            _ => None,
        }
    }
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let text = text(bytes)?;
    let table = Table::new(text, b'\t')?;
    match Series::of(table.columns()) {
        Some(series) => Ok(vec![Content::Trace(Box::new(trace(table, text, &series, options)?))]),
        None => {
            // A row has a tab between any two of its columns.
            let room = table::room(text, table.columns().len().max(16));
            Ok(vec![Content::Table(Box::new(described(table, room, options)?))])
        }
    }
}

fn trace(
    mut table: Table<'_>,
    text: &str,
    series: &Series,
    options: &ReadOptions,
) -> Result<Recording, NetworkError> {
    let rate = table.column(RATE)?;
    let duration = options.row(series.row)?;
    let room = table::room(text, 8);
    let mut radio = table.series(if series.radio { &["MCS", "RBs", "layers"] } else { &[] }, room);
    let mut periods = Vec::with_capacity(room);
    let mut without = 0usize;
    while let Some(row) = table.next()? {
        match row.rate(rate, 0)? {
            Some(rate) => {
                periods.push(Period { duration, rate, latency: options.latency });
                keep(&mut radio, &row);
            }
            None => without += 1,
        }
    }
    let records = periods.len() + without;
    if periods.is_empty() {
        let found = format!("{records} row(s) without {RATE}");
        return Err(NetworkError::input(0, "the input", found, "rows with a rate"));
    }
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording = FORMAT.recording(Trace::new(name(options), periods)?, samples);
    recording.columns = kept(radio);
    recording.notes = left_out(without, RATE);
    if series.assumed == Some(true) && options.rows.is_none() {
        recording
            .notes
            .push("that a row lasts 0.1 s is assumed: the file numbers the rows of another log".into());
    }
    let mut facts = Map::new();
    facts.insert("n_records".into(), records.into());
    facts.insert("dt_ms".into(), duration.millis().into());
    facts.extend(series.assumed.map(|a| ("dt_assumed".into(), a.into())));
    for column in &recording.columns {
        facts.insert(format!("{}_mean", column.name.to_lowercase()), mean(&column.values).into());
    }
    recording.facts = facts;
    Ok(recording)
}

fn mean(values: &Values) -> Option<f64> {
    let there = || values.iter().flatten();
    (there().count() > 0).then(|| there().sum::<f64>() / there().count() as f64)
}

/// A column of a table, before it is known whether it is one of numbers.
struct Field {
    values: Values,
    sum: f64,
    numbers: usize,
    /// How often each text stands in it, for the column of event types.
    counts: Option<Counts>,
}

impl Field {
    fn add(&mut self, row: &Row<'_>, place: usize) {
        let value = row.value(place);
        self.values.push(value);
        self.sum += value.unwrap_or(0.0);
        self.numbers += usize::from(value.is_some());
        if let Some(counts) = &mut self.counts {
            counts.add(row.text(place));
        }
    }
}

/// What a table says: the means of its columns of numbers, which are those with numbers in more than a quarter of the rows.
fn described(mut table: Table<'_>, room: usize, options: &ReadOptions) -> Result<TableFile, NetworkError> {
    let names: Vec<String> = table.columns().to_vec();
    let field = |name: &String| Field {
        values: Values::with_capacity(room),
        sum: 0.0,
        numbers: 0,
        counts: (name == "EventType").then(Counts::default),
    };
    let mut fields: Vec<Field> = names.iter().map(field).collect();
    let mut rows = 0usize;
    while let Some(row) = table.next()? {
        row.full()?;
        rows += 1;
        fields.iter_mut().enumerate().for_each(|(place, field)| field.add(&row, place));
    }
    if rows == 0 {
        return Err(NetworkError::input(0, "the input", "a header without rows", "a table"));
    }
    let mut facts = Map::new();
    facts.insert("n_records".into(), rows.into());
    facts.insert("columns".into(), names.iter().map(|n| Value::from(n.as_str())).collect());
    let mut columns = Vec::new();
    for (name, field) in names.into_iter().zip(fields) {
        if field.numbers > rows / 4 && field.numbers > 0 {
            let shown = if name.is_empty() { "index" } else { &name };
            facts.insert(format!("mean:{shown}"), (field.sum / field.numbers as f64).into());
            columns.push(Column { name, values: field.values });
        } else if let Some(counts) = field.counts {
            facts.insert("counts".into(), counts.json());
        }
    }
    Ok(TableFile { name: name(options), format: FORMAT.name(), facts, columns, notes: vec![] })
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    writeln!(out, "{SECONDS}\t{RATE}").map_err(io)?;
    let row = |second: usize, rate: BitRate| {
        writeln!(out, "{}\t{}", second + 1, decimal::shifted(rate.kbps(), -3)).map_err(io)
    };
    let mut losses = table::write_seconds(trace, row)?;
    losses.extend([latency_loss(trace), wrap_loss(trace)].into_iter().flatten());
    Ok(losses)
}
