//! The one-line traces of the SIGCOMM'21 5G artifact: a start time, and one rate per second.
//!
//! | | |
//! |---|---|
//! | source | Narayanan et al.: *A Variegated Look at 5G in the Wild*, SIGCOMM 2021; `rl_server/traces` of SIGCOMM21-5G/artifact at 35aaf285 |
//! | grammar | line 1: the start time in s; line 2: rates separated by commas |
//! | rate | **MByte/s** (10^6 bytes per second): 8 Mbit/s each |
//! | time | one second per rate |
//! | hold | forward: the first rate holds for the first second |
//! | end | loops |
//! | latency | none in the file; option `latency`, default 0 |
//!
//! The measurements are Lumos5G's, of a saturating download. The artifact's other traces are `cooked` (`t Mbit/s`, and
//! with two rates `t 5G 4G`).

use spec::Entry;
use units::{BitRate, Seconds};

use super::lines::Field;
use super::text::shown;
use super::{
    Format, Head, Lines, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Recording, Samples,
    WriteOptions, decimal, grow, io, keys, latency_loss, name, thousands, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "sigcomm21",
        about: "SIGCOMM'21 5G artifact: a start time, and a line of MByte/s per second",
        options: &[keys::LATENCY, keys::MEASURED],
    },
    unit: "MByte/s",
    time_base: "one second per rate",
    hold: "forward: the first rate holds for the first second",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Lines(read),
    write: Some(write),
};

const BITS_PER_BYTE: f64 = 8.0;
const SECOND: Seconds = Seconds::from_millis(1000.0);

/// The most rates a writer makes of a trace.
const MAX_RATES: f64 = 1e7;

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let number = |text: &str| decimal::parse_shifted(text.trim(), 0).is_some();
    let (first, second, whole) = match head.lines[..] {
        [first, second] if head.cut.is_empty() => (first, second, true),
        [first] if !head.cut.is_empty() => (first, head.cut, false),
        _ => return None,
    };
    let mut rates: Vec<&str> = second.trim_end_matches(',').split(',').collect();
    let several = rates.len() > 1;
    if !whole {
        rates.pop(); // perhaps a part of a number
    }
    (number(first) && several && rates.iter().all(|r| number(r)))
        .then_some("a number, and a line of numbers separated by commas")
}

/// Rate by rate: a line of all of them may be as long as the file.
fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let mut origin = None;
    while origin.is_none() {
        let Some((number, line)) = lines.next()? else { break };
        let start = line.trim_ascii();
        if !start.is_empty() {
            origin = Some(Seconds::from_millis(thousands(number, "time_s", start, MAX_TIME_S)?));
        }
    }
    let (mut periods, mut complete) = (Vec::new(), false);
    while let Some(Field { line, text, last }) = lines.next_field(b',')? {
        let rate = text.trim_ascii();
        if rate.is_empty() && last {
            complete |= !periods.is_empty(); // a comma behind the last rate, or a blank line
            continue;
        }
        if complete {
            let expected = "nothing after the line of rates";
            return Err(NetworkError::input(line, "", shown(rate), expected));
        }
        let rate = thousands(line, "rate_mbyte_s", rate, MAX_RATE_MBPS / BITS_PER_BYTE)? * BITS_PER_BYTE;
        grow(&mut periods);
        periods.push(Period { duration: SECOND, rate: BitRate::from_kbps(rate), latency: options.latency });
        complete = last;
    }
    let Some(origin) = origin.filter(|_| !periods.is_empty()) else {
        let expected = "a start time and a line of rates";
        return Err(NetworkError::input(0, "the input", "of fewer lines", expected));
    };
    periods.shrink_to_fit();
    let count = periods.len();
    let trace = Trace::new(name(options), periods)?;
    Ok(FORMAT
        .recording(trace, Samples::Periods { origin, dropped: 0 })
        .fact("n_records", count)
        .fact("first_time_s", origin.get()))
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    let seconds = |p: &Period| p.duration / SECOND;
    let whole = |p: &Period| seconds(p) == seconds(p).floor();
    if let Some(p) = trace.periods().iter().find(|p| !whole(p)) {
        let found = format!("a period of {}", p.duration);
        return Err(NetworkError::input(
            0,
            "the trace",
            found,
            "whole seconds, of which this format consists",
        ));
    }
    if trace.duration() / SECOND > MAX_RATES {
        let expected = format!("at most {MAX_RATES:e} s for this format");
        return Err(NetworkError::input(0, "the trace", format!("{} long", trace.duration()), expected));
    }
    writeln!(out, "0").map_err(io)?;
    let mut lead = "";
    for p in trace.periods().iter() {
        let rate = decimal::shifted(p.rate.kbps() / BITS_PER_BYTE, -3);
        for _ in 0..seconds(&p) as u64 {
            write!(out, "{lead}{rate}").map_err(io)?;
            lead = ",";
        }
    }
    writeln!(out).map_err(io)?;
    let cut = trace.periods().iter().any(|p| p.duration != SECOND);
    let cut = cut.then(|| "periods of several seconds become as many periods".to_string());
    Ok([cut, latency_loss(trace), wrap_loss(trace)].into_iter().flatten().collect())
}
