//! Reports of iperf3: JSON (`iperf3 --json`) and text.
//!
//! | | |
//! |---|---|
//! | source | iperf 3.x, github.com/esnet/iperf; lines of iperf 2 have the same shape |
//! | grammar | JSON: `intervals[].sum` with `start`, `end`, `bits_per_second`. Text: lines `[ ID] start-end sec transfer bitrate` |
//! | rate | JSON: `bits_per_second`. Text: the bitrate, `bits`, `Kbits`, `Mbits` or `Gbits` per second (powers of 1000), or the same in `Bytes` (powers of 1024) |
//! | time | seconds from the beginning of a test |
//! | hold | explicit: a line is the mean of its interval |
//! | end | loops |
//! | latency | none that is used; option `latency`, default 0 |
//!
//! Parallel streams count by the line of their sum, or are added up where there is none. Intervals that the
//! tool left out (`omitted`) and summaries (of the whole test, `sender`, `receiver`) do not count. In a test of both
//! directions the one of `RX-C` (what the client receives) is taken. A text may hold several tests, each a trace.
//!
//! Trap: with a target rate (`-b`, the default of UDP) the sender was limited, not the link.

use std::collections::BTreeMap;

use serde::Deserialize;
use spec::Entry;
use units::{BitRate, Seconds};

use super::table::part;
use super::{
    Content, Format, Head, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Samples, decimal,
    json_error, keys, more_parts, text,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "iperf3",
        about: "iperf3 report, JSON or text: the rate of every interval",
        options: &[keys::PART, keys::LATENCY, keys::MEASURED],
    },
    unit: "bit/s",
    time_base: "seconds from the beginning of a test",
    hold: "explicit intervals",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Many(read),
    write: None,
};

fn detect(head: &Head<'_>) -> Option<&'static str> {
    if head.starts_with('{') {
        let keys = ["\"intervals\"", "\"test_start\"", "\"connecting_to\"", "\"accepted_connection\""];
        let is = head.contains("\"start\"") && keys.iter().any(|key| head.contains(key));
        return is.then_some("a JSON object with the start and the intervals of iperf3");
    }
    head.lines
        .iter()
        .any(|l| interval(l).is_some())
        .then_some("lines of intervals with their bitrate, as iperf prints")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let text = text(bytes)?;
    let tests = match text.trim_start().starts_with('{') {
        true => vec![of_json(text)?],
        false => of_text(text)?,
    };
    let several = tests.len() > 1;
    let mut contents = Vec::new();
    for (index, test) in tests.into_iter().enumerate() {
        let (records, period) = (test.spans.len(), |(start, end, kbps): (f64, f64, f64)| Period {
            duration: Seconds::from_millis(((end - start) * 1e6).round() / 1e3),
            rate: BitRate::from_kbps(kbps),
            latency: options.latency,
        });
        let periods: Vec<Period> = test.spans.into_iter().map(period).collect();
        let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
        let trace = Trace::new(super::name(options), periods)?;
        let mut recording = FORMAT.recording(trace, samples).fact("n_records", records);
        recording.notes = test.notes;
        more_parts(index + 1)?;
        contents.push(match several {
            true => part(recording, &(index + 1).to_string(), options).into(),
            false => recording.into(),
        });
    }
    match contents.is_empty() {
        true => {
            Err(NetworkError::input(0, "the input", "without an interval", "intervals with their bitrate"))
        }
        false => Ok(contents),
    }
}

/// What a test measured: the beginning and the end of every interval in s, and its rate in kbit/s.
#[derive(Default)]
struct Test {
    spans: Vec<(f64, f64, f64)>,
    notes: Vec<String>,
}

impl Test {
    fn push(&mut self, line: usize, span: (f64, f64, f64)) -> Result<(), NetworkError> {
        let (start, end, kbps) = span;
        let times =
            (0.0..=MAX_TIME_S).contains(&start) && end - start >= super::MIN_ROW_S && end <= MAX_TIME_S;
        if !times {
            let found = format!("{start}-{end} s");
            return Err(NetworkError::input(line, "the interval", found, "a time and a later one"));
        }
        if !(0.0..=MAX_RATE_MBPS * 1e3).contains(&kbps) {
            let expected = format!("a rate from 0 to {MAX_RATE_MBPS:e} Mbit/s");
            return Err(NetworkError::input(line, "the bitrate", format!("{kbps} kbit/s"), expected));
        }
        self.spans.push(span);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    intervals: Vec<Interval>,
    error: Option<String>,
    start: Option<Start>,
}

#[derive(Deserialize)]
struct Start {
    test_start: Option<TestStart>,
}

#[derive(Deserialize)]
struct TestStart {
    #[serde(default)]
    target_bitrate: f64,
}

#[derive(Deserialize)]
struct Interval {
    sum: Option<Sum>,
    #[serde(rename = "sum_bidir_reverse")]
    reverse: Option<Sum>,
    #[serde(default)]
    streams: Vec<Sum>,
}

#[derive(Deserialize)]
struct Sum {
    start: f64,
    end: f64,
    bits_per_second: f64,
    #[serde(default)]
    omitted: bool,
}

fn of_json(text: &str) -> Result<Test, NetworkError> {
    let report: Report = serde_json::from_str(text)
        .map_err(|e| json_error(&e, "an object with intervals, as of iperf3 --json"))?;
    if report.intervals.is_empty() {
        let found = match &report.error {
            Some(error) => format!("without intervals: {}", super::quoted(error)),
            None => "without intervals".to_string(),
        };
        return Err(NetworkError::input(0, "the report", found, "one of a test that ran"));
    }
    let mut test = Test::default();
    for interval in report.intervals {
        let mut total: Option<Sum> = interval.reverse.or(interval.sum);
        if total.is_none() {
            for stream in interval.streams {
                match &mut total {
                    None => total = Some(stream),
                    Some(total) => total.bits_per_second += stream.bits_per_second,
                }
            }
        }
        if let Some(sum) = total.filter(|s| !s.omitted) {
            test.push(0, (sum.start, sum.end, sum.bits_per_second / 1e3))?;
        }
    }
    let target = report.start.and_then(|s| s.test_start).map_or(0.0, |t| t.target_bitrate);
    if target > 0.0 {
        test.notes
            .push(format!("the sender was limited to {} Mbit/s: the link may carry more", target / 1e6));
    }
    Ok(test)
}

/// An interval of the text form.
struct Row<'a> {
    stream: &'a str,
    start: f64,
    end: f64,
    kbps: f64,
}

/// `[  5]   0.00-1.00   sec  1.19 MBytes  10.0 Mbits/sec`, after what `--timestamps` puts before it; nothing for another
/// line, and for a summary.
fn interval(line: &str) -> Option<Row<'_>> {
    let rest = &line[line.find('[')? + 1..];
    let (stream, mut rest) = rest.split_once(']')?;
    let mut role = "";
    if let Some((inner, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        (role, rest) = (inner, after);
    }
    let (times, values) = rest.split_once(" sec ")?;
    let (start, end) = times.split_once('-')?;
    let number = |text: &str| decimal::parse_shifted(text.trim(), 0);
    let words: Vec<&str> = values.split_whitespace().collect();
    if words.iter().any(|w| matches!(*w, "sender" | "receiver" | "(omitted)")) || role.starts_with("TX") {
        return None;
    }
    let at = words.iter().position(|w| w.ends_with("/sec"))?;
    let unit = words[at].strip_suffix("/sec")?;
    let value = number(words.get(at.checked_sub(1)?)?)?;
    let (letter, bytes) = match unit.strip_suffix("bits") {
        Some(letter) => (letter, false),
        None => (unit.strip_suffix("Bytes")?, true),
    };
    let power = match letter {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return None,
    };
    let kbps = match bytes {
        false => decimal::parse_shifted(words[at - 1], 3 * power - 3)?,
        true => value * 1024f64.powi(power) * 8.0 / 1e3,
    };
    Some(Row { stream: stream.trim(), start: number(start)?, end: number(end)?, kbps })
}

fn of_text(text: &str) -> Result<Vec<Test>, NetworkError> {
    let (mut tests, mut test) = (Vec::new(), Test::default());
    // The rates of the streams of the running interval, and their sum if it is told.
    let mut running: BTreeMap<&str, (usize, f64, f64, f64)> = BTreeMap::new();
    let close = |running: &mut BTreeMap<&str, (usize, f64, f64, f64)>, test: &mut Test| {
        let all = std::mem::take(running);
        let sum = all.get("SUM").copied();
        let added = all.values().copied().reduce(|a, b| (a.0, a.1, a.2, a.3 + b.3));
        sum.or(added).map_or(Ok(()), |(line, start, end, kbps)| test.push(line, (start, end, kbps)))
    };
    for (index, line) in text.lines().enumerate() {
        let Some(row) = interval(line) else { continue };
        let begun = running.values().next().map(|r| (r.1, r.2));
        if begun.is_some_and(|begun| begun != (row.start, row.end)) || running.contains_key(row.stream) {
            close(&mut running, &mut test)?;
        }
        let (first, last) = (test.spans.first().map(|s| s.0), test.spans.last().map(|s| s.1));
        if let (Some(first), Some(last)) = (first, last)
            && row.start < last - 0.5 * (row.end - row.start).min(1.0)
        {
            // The summary of a test without `sender`: as long as all of it.
            if row.start <= first && row.end >= last - 0.011 {
                continue;
            }
            tests.push(std::mem::take(&mut test));
        }
        running.insert(row.stream, (index + 1, row.start, row.end, row.kbps));
    }
    close(&mut running, &mut test)?;
    tests.push(test);
    tests.retain(|t| !t.spans.is_empty());
    Ok(tests)
}
