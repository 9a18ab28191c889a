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
//! - The HSDPA set in this format has its outages cut out. MERINA's Puffer set holds MByte/s (option `scale=8`) and was
//!   observed by an application (option `measured=observed`). Nothing of it shows in a file.

use spec::Entry;
use units::{BitRate, Seconds};

use super::cellreplay;
use super::lines::words;
use super::oboe::{self, Pairs};
use super::text::shown;
use super::{
    Format, Head, Hold, Lines, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Recording,
    Sample, Samples, Series, WriteOptions, clock, clock_loss, decimal, dropped_note, io, keys, latency_loss,
    name, thousands,
};
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "cooked",
        about: "Pensieve cooked trace: lines of `time_s rate_Mbps`",
        options: &[
            keys::HOLD_BACKWARD,
            keys::COLUMN,
            keys::SCALE,
            keys::LATENCY,
            keys::LAST,
            keys::WRAP,
            keys::MEASURED,
        ],
    },
    unit: "Mbit/s",
    time_base: "seconds, any origin",
    hold: "backward: a sample is the mean over the interval that ends at its time",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Lines(read),
    write: Some(write),
};

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let numbers = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        (2..=5).contains(&fields.len()) && fields.iter().all(|f| f.parse::<f64>().is_ok())
    };
    // What is a number but no sample (nan) is the reader's to refuse, by line and field.
    let others = oboe::pairs(head) == Pairs::Yes || cellreplay::looks_like(head).is_some();
    (!others && head.all(numbers)).then_some("lines of two or more numbers separated by blanks")
}

fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let column = options.column.max(1);
    let mut series = Series::new(options.hold.unwrap_or(Hold::Backward));
    let mut forward = Forward::default();
    while let Some((number, line)) = lines.next()? {
        let mut fields = words(line);
        let Some(time) = fields.next() else { continue };
        let at = Seconds::from_millis(thousands(number, "time_s", time, MAX_TIME_S)?);
        let Some(rate) = fields.nth(column - 1) else {
            let expected = format!("a time and at least {column} rate(s), separated by blanks");
            return Err(NetworkError::input(number, "", shown(line), expected));
        };
        let rate = BitRate::from_kbps(thousands(number, "rate_mbps", rate, MAX_RATE_MBPS)? * options.scale);
        series.push(number, time, Sample { at, rate, latency: options.latency })?;
        forward.push(at, rate);
    }
    let mut trace = Trace::new(name(options), series.finish(lines.number(), options.last)?)?;
    let (origin, dropped) = (series.origin(), series.dropped);
    if options.wrap_from_zero {
        trace = trace.with_wrap_extra(origin);
    }
    let mut recording = FORMAT
        .recording(trace, Samples::Periods { origin, dropped })
        .fact("n_records", series.count)
        .fact("first_time_s", origin.get())
        .fact("mean_forward_hold_mbps", forward.mean());
    recording.notes = dropped_note(dropped);
    Ok(recording)
}

/// The mean rate of the same file read forward, the last sample having no duration.
#[derive(Default)]
struct Forward {
    first: Option<f64>,
    /// Time in whole microseconds and rate in Mbit/s of the sample before.
    before: Option<(f64, f64)>,
    sum: f64,
}

impl Forward {
    fn push(&mut self, at: Seconds, rate: BitRate) {
        let micros = (at.millis() * 1e3).round_ties_even();
        if let Some((start, rate)) = self.before {
            self.sum += (micros - start) * rate;
        }
        self.first.get_or_insert(micros);
        self.before = Some((micros, rate.mbps()));
    }

    /// In Mbit/s.
    fn mean(&self) -> Option<f64> {
        let total = self.before?.0 - self.first?;
        (total > 0.0).then(|| self.sum / total)
    }
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
    let opening = (hold == Hold::Backward).then(|| row(0, trace.period(0).rate)).into_iter();
    let shift = usize::from(hold == Hold::Backward);
    for line in opening.chain(rates.iter().enumerate().map(|(i, p)| row(i + shift, p.rate))) {
        out.write_all(line.as_bytes()).map_err(io)?;
    }
    if hold == Hold::Forward {
        let last = trace.period(rates.len() - 1).duration;
        let before = rates.len().checked_sub(2).map_or(Seconds::new(1.0), |i| trace.period(i).duration);
        if last != before {
            losses.push(format!(
                "the length of the last period is not written; read with hold=forward,last={}",
                decimal::shifted(last.millis(), -3)
            ));
        }
    }
    Ok(losses)
}
