//! Oboe's pairs: two lines per video chunk, `start_ms kbps` and `end_ms kbps`.
//!
//! | | |
//! |---|---|
//! | source | Akhtar et al.: *Oboe: Auto-tuning Video ABR Algorithms to Network Conditions*, SIGCOMM 2018; `traces/` of USC-NSL/Oboe at 73d59a50 |
//! | grammar | pairs of lines `time_ms` blank(s) `rate_kbps` with the same rate twice; blank lines are skipped |
//! | rate | kbit/s (10^3 bit/s) |
//! | time | milliseconds from any origin, non-decreasing |
//! | hold | a chunk's rate holds from its start to its end; between chunks the rate goes linearly from one to the next |
//! | end | not said; loops here |
//! | latency | none in the file; option `latency`, default 0 |
//!
//! The rates are what a player got for its chunks, so a trace is [`Measurement::Observed`].
//!
//! Deviation: the line between two chunks becomes one period at the mean of the two rates, which carries what the line
//! carries.
//!
//! MERINA's version of the set has only the end lines, in seconds and Mbit/s: that is the format `cooked`.

use spec::Entry;
use units::{BitRate, Seconds};

use super::lines::words;
use super::text::shown;
use super::{
    Format, Head, Lines, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Recording, Samples,
    WriteOptions, clock, clock_loss, decimal, dropped_note, grow, io, keys, latency_loss, name, number,
    wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "oboe",
        about: "Oboe pairs: `start_ms kbps` and `end_ms kbps` of every chunk",
        options: &[keys::LATENCY, keys::OBSERVED],
    },
    unit: "kbit/s",
    time_base: "milliseconds, any origin",
    hold: "from the start to the end of a chunk; linear between chunks",
    end: "not said; loops",
    measures: Measurement::Observed,
    detect,
    read: Reader::Lines(read),
    write: Some(write),
};

/// How sure it is that lines are pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairs {
    No,
    /// The few lines there are could also be a series of seconds and Mbit/s.
    Perhaps,
    Yes,
}

/// Lines of two numbers whose rates come in twos, and whose times are no seconds.
pub(super) fn pairs(head: &Head<'_>) -> Pairs {
    let mut lines = Vec::new();
    for line in &head.lines {
        match words(line.as_bytes()).collect::<Vec<_>>()[..] {
            [time, rate] => match decimal::parse_shifted(time, 0) {
                Some(time) => lines.push((time, rate)),
                None => return Pairs::No,
            },
            _ => return Pairs::No,
        }
    }
    let pairs = || lines.chunks_exact(2);
    let far = lines.last().is_some_and(|l| l.0 > 1e3);
    if !far || !pairs().all(|p| p[0].1 == p[1].1) {
        return Pairs::No;
    }
    let changes = pairs().any(|p| p[0].1 != lines[0].1);
    // One rate throughout, on a grid: no chunks.
    let even = lines.windows(3).all(|w| w[2].0 - w[1].0 == w[1].0 - w[0].0);
    if !changes && even && lines.len() > 2 {
        return Pairs::No;
    }
    if pairs().len() >= 4 && changes { Pairs::Yes } else { Pairs::Perhaps }
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    (pairs(head) != Pairs::No).then_some("lines of a time above 1000 and a rate, every rate twice")
}

/// A line: its number, time and rate, and the rate as it is written.
struct Line<'a> {
    number: usize,
    at: Seconds,
    rate: BitRate,
    text: &'a [u8],
}

fn line<'a>(number_: usize, line: &'a [u8]) -> Result<Option<Line<'a>>, NetworkError> {
    let mut fields = words(line);
    let (time, text) = match (fields.next(), fields.next(), fields.next()) {
        (None, ..) => return Ok(None),
        (Some(time), Some(text), None) => (time, text),
        _ => {
            return Err(NetworkError::input(
                number_,
                "",
                shown(line),
                "a time and a rate, separated by blanks",
            ));
        }
    };
    let at = Seconds::from_millis(number(number_, "time_ms", time, 0, MAX_TIME_S * 1e3)?);
    let rate = BitRate::from_kbps(number(number_, "rate_kbps", text, 0, MAX_RATE_MBPS * 1e3)?);
    Ok(Some(Line { number: number_, at, rate, text }))
}

fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let mut periods: Vec<Period> = Vec::new();
    let (mut records, mut without_gap, mut empty) = (0usize, 0, 0);
    let mut origin = None;
    // The end of the chunk before, and the start of the one whose end is to come.
    let mut before: Option<(Seconds, BitRate)> = None;
    let mut open: Option<(Seconds, BitRate)> = None;
    let latency = options.latency;
    while let Some((at_line, text)) = lines.next()? {
        let Some(Line { number, at, rate, text }) = line(at_line, text)? else { continue };
        records += 1;
        let last = open.or(before).map(|b| b.0);
        if let Some(last) = last.filter(|last| at < *last) {
            let expected = format!("at least the time of the line before ({} ms)", last.millis());
            return Err(NetworkError::input(number, "time_ms", format!("{} ms", at.millis()), expected));
        }
        match open.take() {
            None => {
                origin.get_or_insert(at);
                if let Some((end, then)) = before {
                    let rate = (then + rate) / 2.0;
                    match at > end {
                        true => {
                            grow(&mut periods);
                            periods.push(Period { duration: at - end, rate, latency });
                        }
                        false => without_gap += 1,
                    }
                }
                open = Some((at, rate));
            }
            Some((_, other)) if other != rate => {
                let expected =
                    format!("the rate of the line before, which opens the pair ({} kbit/s)", other.kbps());
                return Err(NetworkError::input(number, "rate_kbps", shown(text), expected));
            }
            Some((start, rate)) => {
                match at > start {
                    true => {
                        grow(&mut periods);
                        periods.push(Period { duration: at - start, rate, latency });
                    }
                    false => empty += 1,
                }
                before = Some((at, rate));
            }
        }
    }
    let found = format!("the end, after {records} line(s)");
    let Some(origin) = origin.filter(|_| open.is_none()) else {
        return Err(NetworkError::input(
            lines.number(),
            "",
            found,
            "pairs of lines: the start and the end of a chunk",
        ));
    };
    if periods.is_empty() {
        return Err(NetworkError::input(
            lines.number(),
            "",
            found,
            "at least one interval of positive length",
        ));
    }
    periods.shrink_to_fit();
    let samples = Samples::Periods { origin, dropped: without_gap + empty };
    let mut recording = FORMAT.recording(Trace::new(name(options), periods)?, samples)
        .fact("n_records", records)
        .fact("n_chunks", records / 2)
        .fact("start_ms", origin.millis())
        .fact(
            "rule",
            "chunks constant; gaps = mean of the two neighbours (integral of the linear interpolation); starts at first t1",
        );
    recording.notes = dropped_note(empty);
    Ok(recording)
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    let (times, inexact) = clock(trace, 0.0);
    for (i, p) in trace.periods().iter().enumerate() {
        let rate = decimal::shifted(p.rate.kbps(), 0);
        for at in [times[i], times[i + 1]] {
            writeln!(out, "{} {rate}", decimal::shifted(at, 0)).map_err(io)?;
        }
    }
    Ok([clock_loss(inexact), latency_loss(trace), wrap_loss(trace)].into_iter().flatten().collect())
}
