//! Pensieve's *cooked* traces: `time_s rate_Mbps`, one sample per line, separated by blanks or tabs.
//!
//! | | |
//! |---|---|
//! | source | Mao, Netravali, Alizadeh: *Neural Adaptive Video Streaming with Pensieve*, SIGCOMM 2017; `sim/env.py`, `test/fixed_env.py` at 1120bb1 |
//! | grammar | `time_s` blank(s) `rate_Mbps` [blank(s) more columns], LF or CRLF, no header |
//! | rate | Mbit/s (10^6 bit/s) |
//! | time | seconds from any origin, non-decreasing |
//! | hold | backward: sample i is the mean rate over `(t[i-1], t[i]]`; sample 0 belongs to no interval |
//! | end | loops |
//! | latency | none in the file; default 0 (Pensieve adds 80 ms per chunk in its environment, which is a matter of the profile) |
//!
//! Deviations and traps:
//! - Park and the ACM MM'22 short-video challenge read the same files forward: option `hold=forward`. The last sample
//!   then lasts as long as the one before it (Park: 1 s, option `last=1`).
//! - Pensieve's environment assumes that a log begins at time 0 when it wraps, so that the first interval of a log that
//!   begins later is longer from the second pass on: option `wrap_from_zero=true`, off by default.
//! - Some sets have more columns (`time 5G 4G`): option `column`, 1 for the first rate.
//! - The HSDPA set in this format has its outages cut out; and MERINA's Puffer set holds MByte/s. Neither shows in a file.

use spec::Entry;
use units::{BitRate, Seconds};

use super::{
    Format, Head, Hold, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Recording, Sample,
    Samples, WriteOptions, clock, clock_loss, decimal, dropped_note, io, keys, latency_loss, name, periods,
    quoted, text, thousands,
};
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "cooked",
        about: "Pensieve cooked trace: lines of `time_s rate_Mbps`",
        options: &[keys::HOLD_BACKWARD, keys::COLUMN, keys::LATENCY, keys::LAST, keys::WRAP],
    },
    unit: "Mbit/s",
    time_base: "seconds, any origin",
    hold: "backward: a sample is the mean over the interval that ends at its time",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: Some(write),
};

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let numbers = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        (2..=5).contains(&fields.len()) && fields.iter().all(|f| f.parse::<f64>().is_ok())
    };
    // What is a number but no sample (nan) is the reader's to refuse, by line and field.
    head.all(numbers).then_some("lines of two or more numbers separated by blanks")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let hold = options.hold.unwrap_or(Hold::Backward);
    let mut samples: Vec<Sample> = Vec::new();
    for (i, line) in text(bytes)?.lines().enumerate() {
        let line_no = i + 1;
        let mut fields = line.split_ascii_whitespace();
        let Some(time) = fields.next() else { continue };
        let at = Seconds::from_millis(thousands(line_no, "time_s", time, MAX_TIME_S)?);
        let column = options.column.max(1);
        let Some(rate) = fields.nth(column - 1) else {
            let expected = format!("a time and at least {column} rate(s), separated by blanks");
            return Err(NetworkError::input(line_no, "", quoted(line), expected));
        };
        let rate = BitRate::from_kbps(thousands(line_no, "rate_mbps", rate, MAX_RATE_MBPS)?);
        if let Some(before) = samples.last().filter(|s| at < s.at) {
            let expected = format!("at least the time of the sample before ({})", before.at);
            return Err(NetworkError::input(line_no, "time_s", quoted(time), expected));
        }
        samples.push(Sample { line: line_no, at, rate, latency: options.latency });
    }
    let (periods, dropped) = periods(&samples, hold, options.last)?;
    let origin = samples.first().map_or(Seconds::ZERO, |s| s.at);
    let mut trace = Trace::new(name(options), periods)?;
    if options.wrap_from_zero {
        trace = trace.with_wrap_extra(origin);
    }
    let mut facts = serde_json::Map::new();
    facts.insert("n_records".into(), samples.len().into());
    facts.insert("first_time_s".into(), origin.get().into());
    facts.insert("mean_forward_hold_mbps".into(), mean_forward(&samples).into());
    Ok(Recording {
        trace,
        format: FORMAT.name(),
        part: None,
        measures: FORMAT.measures,
        columns: vec![],
        facts,
        notes: dropped_note(dropped),
        samples: Samples::Periods { origin, dropped },
    })
}

/// The mean rate, in Mbit/s, of the same file read forward, the last sample having no duration.
fn mean_forward(samples: &[Sample]) -> Option<f64> {
    let micros = |s: &Sample| (s.at.millis() * 1e3).round_ties_even();
    let sum: f64 = samples.windows(2).map(|w| (micros(&w[1]) - micros(&w[0])) * w[0].rate.mbps()).sum();
    let total = micros(samples.last()?) - micros(samples.first()?);
    (total > 0.0).then(|| sum / total)
}

fn write(
    trace: &Trace,
    options: &WriteOptions,
    out: &mut dyn std::io::Write,
) -> Result<Vec<String>, NetworkError> {
    let hold = options.hold.unwrap_or(Hold::Backward);
    let origin = trace.wrap_extra();
    let (times, inexact) = clock(trace, origin.millis());
    let rates = trace.periods();
    let mut losses: Vec<String> = [clock_loss(inexact), latency_loss(trace)].into_iter().flatten().collect();
    if origin > Seconds::ZERO {
        losses.push(format!(
            "the file begins at {origin}; read with wrap_from_zero=true for the longer first period of later passes"
        ));
    }
    let row = |i: usize, rate: BitRate| {
        format!("{}\t{}\n", decimal::shifted(times[i], -3), decimal::shifted(rate.kbps(), -3))
    };
    // A backward-held file opens with a sample that belongs to no interval; it repeats the first rate.
    let opening = rates.iter().take(1).filter(|_| hold == Hold::Backward).map(|p| row(0, p.rate));
    let shift = usize::from(hold == Hold::Backward);
    for line in opening.chain(rates.iter().enumerate().map(|(i, p)| row(i + shift, p.rate))) {
        out.write_all(line.as_bytes()).map_err(io)?;
    }
    if hold == Hold::Forward {
        let last = rates.last().map_or(Seconds::ZERO, |p| p.duration);
        let before = rates.len().checked_sub(2).map_or(Seconds::new(1.0), |i| rates[i].duration);
        if last != before {
            losses.push(format!(
                "the length of the last period is not written; read with hold=forward,last={}",
                decimal::shifted(last.millis(), -3)
            ));
        }
    }
    Ok(losses)
}
