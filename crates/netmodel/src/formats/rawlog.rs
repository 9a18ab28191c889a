//! Raw logs of the HSDPA (Norway) and the 4G/LTE (Ghent, Belgium) measurements: a line per interval of a download.
//!
//! | | |
//! |---|---|
//! | source | Riiser, Vigmostad, Griwodz, Halvorsen: *Commute Path Bandwidth Traces from 3G Networks*, MMSys 2013; van der Hooft et al.: *HTTP/2-Based Adaptive Streaming of HEVC Video over 4G/LTE Networks*, IEEE Communications Letters 2016 |
//! | grammar | six fields separated by one or more blanks: `epoch monotonic_ms latitude longitude bytes interval_ms` |
//! | epoch | 10 digits: seconds (HSDPA); 13 digits: milliseconds (Belgium). Not used for the rate |
//! | rate | `8 * bytes / interval_ms` kbit/s |
//! | time | `interval_ms`: how long the bytes took; may be zero-padded (`0999`) |
//! | hold | explicit: the interval that ends at the line |
//! | end | unknown to the logs; a link loops |
//! | latency | none in the file; option `latency`, default 0 |
//!
//! Traps: the clocks of a few HSDPA logs go backwards. Lengths come from the last field, so the rates do not suffer; the
//! log is read to its end and the jump is told. (Pensieve's converter stops at the first one.) A line whose interval is
//! not above 0 has no rate and is dropped. Time between intervals that no interval covers is closed up, and told.

use spec::Entry;
use units::{BitRate, Seconds};

use super::{
    Column, Format, Head, MAX_RATE_MBPS, MAX_TIME_S, MIN_ROW_S, Measurement, ReadOptions, Reader, Recording,
    Samples, Values, decimal, keys, name, quoted, table, text,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "rawlog",
        about: "raw logs of HSDPA Norway and Belgium 4G: `epoch ms lat lon bytes interval_ms`",
        options: &[keys::LATENCY],
    },
    unit: "bytes per interval",
    time_base: "interval lengths in milliseconds",
    hold: "explicit: the interval that ends at the line",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: None,
};

const FIELDS: [&str; 6] = ["epoch", "monotonic_ms", "latitude", "longitude", "bytes", "interval_ms"];

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let rows = |digits: usize| {
        head.all(|line| {
            let mut fields = line.split_ascii_whitespace();
            let epoch =
                fields.next().is_some_and(|f| f.len() == digits && f.bytes().all(|b| b.is_ascii_digit()));
            epoch && fields.clone().count() == 5 && fields.all(|f| decimal::parse_shifted(f, 0).is_some())
        })
    };
    match (rows(10), rows(13)) {
        (true, _) => Some("six numbers per line, the first a time of 10 digits (seconds, HSDPA)"),
        (_, true) => Some("six numbers per line, the first a time of 13 digits (milliseconds, Belgium 4G)"),
        _ => None,
    }
}

struct Line {
    epoch: f64,
    monotonic_ms: f64,
    place: [Option<f64>; 2],
    bytes: f64,
    interval_ms: f64,
}

impl Line {
    fn parse(line_no: usize, line: &str) -> Result<Line, NetworkError> {
        let mut fields = [""; 6];
        let mut count = 0;
        for field in line.split_ascii_whitespace() {
            if let Some(place) = fields.get_mut(count) {
                *place = field;
            }
            count += 1;
        }
        if count != fields.len() {
            let expected = format!("the six fields {}", FIELDS.join(" "));
            return Err(NetworkError::input(line_no, "", quoted(line), expected));
        }
        let most = MAX_TIME_S * 1e3;
        let number = |i: usize, least: f64, most: f64| {
            let found = decimal::parse_shifted(fields[i], 0).filter(|x| (least..=most).contains(x));
            let expected = || format!("a number from {least:e} to {most:e}");
            found.ok_or_else(|| NetworkError::input(line_no, FIELDS[i], quoted(fields[i]), expected()))
        };
        Ok(Line {
            epoch: number(0, 0.0, most)?,
            monotonic_ms: number(1, -most, most)?,
            place: [table::value(fields[2]), table::value(fields[3])],
            bytes: number(4, 0.0, 1e18)?,
            interval_ms: number(5, -most, most)?,
        })
    }
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let text = text(bytes)?;
    let room = table::room(text, 16);
    let mut periods: Vec<Period> = Vec::with_capacity(room);
    let [mut latitude, mut longitude] = [Values::with_capacity(room), Values::with_capacity(room)];
    let mut before: Option<Line> = None;
    let (mut dropped, mut backwards, mut first_back, mut gaps_ms) = (0usize, 0usize, 0usize, 0.0);
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let line_no = i + 1;
        let now = Line::parse(line_no, line)?;
        if let Some(before) = &before {
            if now.epoch < before.epoch || now.monotonic_ms < before.monotonic_ms {
                backwards += 1;
                first_back = if first_back == 0 { line_no } else { first_back };
            } else {
                gaps_ms += (now.monotonic_ms - before.monotonic_ms - now.interval_ms.max(0.0)).max(0.0);
            }
        }
        if now.interval_ms >= MIN_ROW_S * 1e3 {
            let rate = BitRate::from_kbps(now.bytes * 8.0 / now.interval_ms);
            if rate.mbps() > MAX_RATE_MBPS {
                let expected = format!("a rate of at most {MAX_RATE_MBPS:e} Mbit/s");
                return Err(NetworkError::input(
                    line_no,
                    "bytes per interval_ms",
                    rate.to_string(),
                    expected,
                ));
            }
            let duration = Seconds::from_millis(now.interval_ms);
            periods.push(Period { duration, rate, latency: options.latency });
            latitude.push(now.place[0]);
            longitude.push(now.place[1]);
        } else {
            dropped += 1;
        }
        before = Some(now);
    }
    if periods.is_empty() {
        let expected = format!("lines of the six fields {}", FIELDS.join(" "));
        return Err(NetworkError::input(0, "the input", "without an interval", expected));
    }
    let lines = periods.len() + dropped;
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped };
    let mut recording = FORMAT.recording(Trace::new(name(options), periods)?, samples);
    recording.facts.insert("n_records".into(), lines.into());
    recording.columns = vec![
        Column { name: FIELDS[2].into(), values: latitude },
        Column { name: FIELDS[3].into(), values: longitude },
    ];
    if dropped > 0 {
        recording.notes.push(format!(
            "{dropped} line(s) whose interval is not above 0 ms have no rate and were dropped"
        ));
    }
    if backwards > 0 {
        recording.notes.push(format!(
            "the clock goes backwards {backwards} time(s), first at line {first_back}; lengths come from interval_ms"
        ));
    }
    if gaps_ms > 0.0 {
        let gaps = Seconds::from_millis(gaps_ms);
        recording.notes.push(format!("{gaps} between intervals are in no interval and not in the trace"));
    }
    Ok(recording)
}
