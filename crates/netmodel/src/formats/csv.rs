//! Segue's own plain CSV, `time_s,rate_mbps[,latency_ms]`, and tables of any other shape.
//!
//! | | |
//! |---|---|
//! | source | this project: the form for data typed by hand or exported from a spreadsheet |
//! | grammar | optional header of the column names in any order; rows of numbers; `#` begins a comment line; blank lines are skipped |
//! | rate | Mbit/s (10^6 bit/s) |
//! | time | seconds from any origin, non-decreasing |
//! | hold | forward: a row sets rate and latency from its time on, until the time of the next row |
//! | end | a last row without a rate (`12.5,`) is the end of the last interval; without such a row the last interval is as long as the one before it (1 s if there is none), or as the option `last` says |
//! | latency | column `latency_ms`; where it is missing or empty, the option `latency` |
//!
//! Forward is the default because a person who types `0,5` and `10,1` means 5 Mbit/s at once and 1 Mbit/s after ten
//! seconds. Rows that are means of the interval before them (`iperf`, drive tests) are read with `hold=backward`; then a
//! row without a rate has no meaning and is refused.
//!
//! A table with another header is read by its columns: those that the options `time`, `rate` and `latency` name, or those
//! whose names say it (`Throughput (Mbps)`, `timestamp_ms`). The option `unit` says the unit of the rates where the name
//! does not, `separator` what stands between columns where it is not the likeliest of `;`, tab, `,`, `|` and blanks. Times may be
//! numbers (also since 1970, in s, ms, us or ns), clock times or dates; numbers may have decimal commas where commas do not
//! stand between columns. What cannot be decided is asked for. `rows` gives a table without times.

use spec::{Entry, opt};
use units::{BitRate, Seconds};

use super::text::shown;
use super::{
    Format, Head, Hold, Lines, MAX_LATENCY_MS, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader,
    Recording, Sample, Samples, Series, WriteOptions, clock, clock_loss, columns, decimal, dropped_note, io,
    keys, name, quoted, thousands, wrap_loss,
};
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "csv",
        about: "CSV: time_s,rate_mbps[,latency_ms], or a table of any shape by its columns",
        options: &[
            opt("time", "auto", "the column of the times, by its name or number"),
            opt("rate", "auto", "the column of the rates"),
            opt("unit", "auto", "the unit of the rates, per second: bit, kbit, Mbit, byte, kB or MB"),
            opt("separator", "auto", "between columns: comma, semicolon, tab, space, pipe or a character"),
            opt("latency", "0", "latency of every request in s, or the column of the latencies"),
            opt("rows", "auto", "how long a row lasts in s, for a table without times"),
            keys::HOLD_FORWARD,
            keys::LAST,
            keys::MEASURED,
        ],
    },
    unit: "Mbit/s",
    time_base: "seconds, any origin",
    hold: "forward: a row holds from its time on",
    end: "a last row without a rate; else as long as the row before",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Lines(read),
    write: Some(write),
};

const GRAMMAR: &str = "time_s,rate_mbps or time_s,rate_mbps,latency_ms";

struct Columns {
    time: usize,
    rate: usize,
    latency: Option<usize>,
    count: usize,
}

impl Columns {
    fn of_header(line_no: usize, line: &str) -> Result<Columns, NetworkError> {
        let (mut time, mut rate, mut latency, mut count) = (None, None, None, 0);
        for (i, column) in line.split(',').map(str::trim).enumerate() {
            let place = match column {
                "time_s" => &mut time,
                "rate_mbps" => &mut rate,
                "latency_ms" => &mut latency,
                _ => {
                    return Err(NetworkError::input(
                        line_no,
                        "a column",
                        quoted(column),
                        "time_s, rate_mbps or latency_ms",
                    ));
                }
            };
            if place.replace(i).is_some() {
                return Err(NetworkError::input(line_no, "the header", quoted(line), "every column once"));
            }
            count = i + 1;
        }
        match (time, rate) {
            (Some(time), Some(rate)) => Ok(Columns { time, rate, latency, count }),
            _ => Err(NetworkError::input(line_no, "the header", quoted(line), GRAMMAR)),
        }
    }
}

fn is_header(line: &str) -> bool {
    line.split(',').any(|c| c.trim() == "time_s")
}

fn is_row(line: &str) -> bool {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let number = |f: &&str| decimal::parse_shifted(f, 0).is_some();
    (2..=3).contains(&fields.len()) && number(&fields[0]) && fields.iter().all(|f| f.is_empty() || number(f))
}

/// A line that is no part of the table: a comment, or what tells a spreadsheet the separator (`sep=;`).
fn is_aside(line: &str) -> bool {
    let told = line.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("sep=")) && line.len() <= 6;
    line.starts_with('#') || told
}

/// Why a table of another shape can be read, if nothing else is known of it.
pub(super) fn detect_table(head: &Head<'_>) -> Option<&'static str> {
    let header = head.lines.iter().find(|l| !is_aside(l))?;
    (columns::is_header(header) && columns::lacks(header).is_none())
        .then_some("a header that names a time and a rate with its unit")
}

/// What a table lacks to be read, if the input is one.
pub(super) fn lacking(head: &Head<'_>) -> Option<String> {
    let mut lines = head.lines.iter().filter(|l| !is_aside(l));
    let (first, row) = (lines.next()?, lines.next()?);
    columns::is_table(first, row).then(|| columns::lacks(first))?
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let mut lines = head.lines.iter().filter(|l| !l.starts_with('#')).peekable();
    if is_header(lines.peek()?) {
        return Some("a header with a column time_s");
    }
    lines.all(|l| is_row(l)).then_some("lines of two or three numbers separated by commas")
}

fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let hold = options.hold.unwrap_or(Hold::Forward);
    let mut columns = None;
    let mut series = Series::new(hold);
    let mut end: Option<Seconds> = None;
    while let Some((number, line)) = lines.next()? {
        let line = line.trim_ascii();
        if line.is_empty() || std::str::from_utf8(line).is_ok_and(is_aside) {
            continue;
        }
        let wrong = |field: &str, found: &[u8], expected: &str| {
            Err(NetworkError::input(number, field, shown(found), expected))
        };
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let first = std::str::from_utf8(line).unwrap_or_default();
                let plain = options.table.is_none() && options.rows.is_none();
                if !plain || !is_header(first) && columns::is_header(first) {
                    let first = first.to_string();
                    return columns::read(lines, (number, &first), &FORMAT, options);
                }
                if is_header(first) {
                    columns = Some(Columns::of_header(number, first)?);
                    continue;
                }
                let count = fields(line).count();
                let is_number = fields(line).next().is_some_and(|f| decimal::parse_shifted(f, 0).is_some());
                if !(2..=3).contains(&count) || !is_number {
                    return wrong("the first row", line, &format!("{GRAMMAR}, as a header or as numbers"));
                }
                columns.insert(Columns { time: 0, rate: 1, latency: (count == 3).then_some(2), count })
            }
        };
        if end.is_some() {
            return wrong("", line, "nothing after the row without a rate, which ends the trace");
        }
        let mut row = [&b""[..]; 3];
        let mut count = 0;
        for field in fields(line) {
            if let Some(place) = row.get_mut(count) {
                *place = field;
            }
            count += 1;
        }
        if count != columns.count {
            return wrong("", line, &format!("{} fields", columns.count));
        }
        let (time, rate) = (row[columns.time], row[columns.rate]);
        let at = Seconds::from_millis(thousands(number, "time_s", time, MAX_TIME_S)?);
        let mut sample = Sample { at, rate: BitRate::ZERO, latency: options.latency };
        if rate.is_empty() && series.count > 0 && hold == Hold::Forward {
            if let Some((before, _)) = series.before.filter(|(before, _)| at < before.at) {
                return wrong(
                    "time_s",
                    time,
                    &format!("at least the time of the row before ({})", before.at),
                );
            }
            end = Some(at);
            continue;
        }
        sample.rate = BitRate::from_kbps(thousands(number, "rate_mbps", rate, MAX_RATE_MBPS)?);
        if let Some(text) = columns.latency.map(|c| row[c]).filter(|f| !f.is_empty()) {
            sample.latency =
                Seconds::from_millis(super::number(number, "latency_ms", text, 0, MAX_LATENCY_MS)?);
        }
        series.push(number, time, sample)?;
    }
    let last = match (end, series.before) {
        (Some(end), Some((sample, _))) => Some(end - sample.at),
        _ => options.last,
    };
    let trace = Trace::new(name(options), series.finish(lines.number(), last)?)?;
    let (origin, dropped) = (series.origin(), series.dropped);
    let mut recording = FORMAT
        .recording(trace, Samples::Periods { origin, dropped })
        .fact("n_records", series.count)
        .fact("first_time_s", origin.get());
    recording.notes = dropped_note(dropped);
    Ok(recording)
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|b| *b == b',').map(<[u8]>::trim_ascii)
}

fn write(
    trace: &Trace,
    options: &WriteOptions,
    out: &mut dyn std::io::Write,
) -> Result<Vec<String>, NetworkError> {
    let (times, inexact) = clock(trace, 0.0);
    let backward = options.hold == Some(Hold::Backward);
    let row = |at: f64, i: usize| {
        let p = trace.period(i);
        let (at, rate) = (decimal::shifted(at, -3), decimal::shifted(p.rate.kbps(), -3));
        format!("{at},{rate},{}\n", decimal::shifted(p.latency.millis(), 0))
    };
    let mut put = |line: String| out.write_all(line.as_bytes()).map_err(io);
    put("time_s,rate_mbps,latency_ms\n".to_string())?;
    if backward {
        put(row(0.0, 0))?; // belongs to no interval
    }
    for i in 0..trace.periods().len() {
        put(row(times[i + usize::from(backward)], i))?;
    }
    if !backward {
        put(format!("{},,\n", decimal::shifted(times[times.len() - 1], -3)))?;
    }
    Ok([clock_loss(inexact), wrap_loss(trace)].into_iter().flatten().collect())
}
