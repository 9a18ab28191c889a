//! Steps: a profile typed by hand, one line per step, in the words of `tc netem`.
//!
//! | | |
//! |---|---|
//! | source | this project: the form for what emulators are set to (`tc qdisc ... netem rate 5mbit delay 38ms loss 0.1%`, Apple's Network Link Conditioner, the profiles of test suites) |
//! | grammar | lines `DURATION rate RATE [up RATE] [delay TIME] [loss SHARE%]`; `#` begins a comment; blank lines are skipped |
//! | rate | a number with `bit`, `kbit`, `mbit` or `gbit` (powers of ten, per second), as in `tc` |
//! | time | durations and delays: a number with `us`, `ms`, `s` or `min` |
//! | hold | explicit: every step has its duration |
//! | end | loops |
//! | latency | `delay`: what a request waits for its first bit, of both directions together; without it the option `latency` |
//!
//! A sequence of `tc` commands becomes a file by putting the `sleep` after a command before its words; a row of the
//! Network Link Conditioner by adding up its two delays.
//!
//! Traps: in `tc`, `kbps` and `mbps` are kilo- and megabytes per second; they are refused. `netem` on one interface
//! delays one direction. What a trace of rates has no place for, the rate up and the loss, is kept in columns
//! (`up_mbps`, `loss_percent`).

use spec::Entry;
use units::{BitRate, Seconds};

use super::lines::words;
use super::text::shown;
use super::{
    Column, Format, Head, Lines, MAX_LATENCY_MS, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader,
    Recording, Samples, Values, WriteOptions, decimal, grow, io, keys, name, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "steps",
        about: "a profile by hand: `30s rate 5mbit up 1mbit delay 38ms loss 0.1%`",
        options: &[keys::LATENCY, keys::MEASURED],
    },
    unit: "bit/s, with a prefix",
    time_base: "durations with a unit",
    hold: "explicit durations",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Lines(read),
    write: Some(write),
};

/// A unit and the power of ten that it is of ms, kbit/s or %.
type Unit = (&'static [u8], i32);

const TIMES: [Unit; 3] = [(b"us", -3), (b"ms", 0), (b"s", 3)];
const RATES: [Unit; 4] = [(b"gbit", 6), (b"mbit", 3), (b"kbit", 0), (b"bit", -3)];
const SHARES: [Unit; 1] = [(b"%", 0)];

/// A number with one of the units, the first that fits.
fn quantity(word: &[u8], units: &[Unit]) -> Option<f64> {
    let (unit, shift) = units.iter().find(|(unit, _)| word.ends_with(unit))?;
    decimal::parse_shifted(&word[..word.len() - unit.len()], *shift)
}

fn time(word: &[u8]) -> Option<f64> {
    match word.strip_suffix(b"min") {
        Some(minutes) => decimal::parse_shifted(minutes, 3).map(|ms| ms * 60.0),
        None => quantity(word, &TIMES),
    }
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let first = head.lines.iter().find(|l| !l.starts_with('#'))?;
    let mut words = words(first.as_bytes());
    let begins = words.next().and_then(time).is_some() && words.next() == Some(b"rate");
    begins.then_some("a duration and the word rate")
}

/// What a line may say.
#[derive(Default)]
struct Step {
    rate: Option<f64>,
    up: Option<f64>,
    delay: Option<f64>,
    loss: Option<f64>,
}

fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let mut periods: Vec<Period> = Vec::new();
    let (mut up, mut loss) = (Late::new("up_mbps"), Late::new("loss_percent"));
    let mut total = Seconds::ZERO;
    while let Some((number, line)) = lines.next()? {
        let said = line.split(|b| *b == b'#').next().unwrap_or_default();
        let mut words = words(said);
        let Some(first) = words.next() else { continue };
        let wrong = |field: &str, found: &[u8], expected: &str| {
            Err(NetworkError::input(number, field, shown(found), expected))
        };
        let Some(duration) = time(first).filter(|ms| *ms > 0.0 && *ms <= MAX_TIME_S * 1e3) else {
            return wrong("the duration", first, "a number above 0 with us, ms, s or min");
        };
        let mut step = Step::default();
        while let Some(key) = words.next() {
            let value = words.next().unwrap_or_default();
            let (place, units, max, form): (_, &[Unit], _, _) = match key {
                b"rate" => {
                    (&mut step.rate, &RATES, MAX_RATE_MBPS * 1e3, "a number with bit, kbit, mbit or gbit")
                }
                b"up" => (&mut step.up, &RATES, MAX_RATE_MBPS * 1e3, "a number with bit, kbit, mbit or gbit"),
                b"delay" => (&mut step.delay, &TIMES, MAX_LATENCY_MS, "a number with us, ms or s"),
                b"loss" => (&mut step.loss, &SHARES, 100.0, "a number from 0 to 100 with %"),
                _ => return wrong("", key, "rate, up, delay or loss"),
            };
            let key = String::from_utf8_lossy(key);
            let found = quantity(value, units).filter(|x| *x >= 0.0 && *x <= max);
            let Some(found) = found else { return wrong(&key, value, form) };
            if place.replace(found.abs()).is_some() {
                return wrong("", said, &format!("{key} once"));
            }
        }
        let Some(rate) = step.rate else { return wrong("", said, "a rate") };
        total += Seconds::from_millis(duration);
        grow(&mut periods);
        periods.push(Period {
            duration: Seconds::from_millis(duration),
            rate: BitRate::from_kbps(rate),
            latency: step.delay.map_or(options.latency, Seconds::from_millis),
        });
        up.push(periods.len(), step.up.map(|kbps| kbps / 1e3));
        loss.push(periods.len(), step.loss);
    }
    if periods.is_empty() {
        return Err(NetworkError::input(
            0,
            "the input",
            "without steps",
            "lines like `30s rate 5mbit delay 40ms`",
        ));
    }
    if total.get() > MAX_TIME_S {
        let expected = format!("at most {MAX_TIME_S:e} s");
        return Err(NetworkError::input(0, "the sum of the durations", total.to_string(), expected));
    }
    periods.shrink_to_fit();
    let count = periods.len();
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording =
        FORMAT.recording(Trace::new(name(options), periods)?, samples).fact("n_records", count);
    if loss.values.iter().flatten().any(|x| x > 0.0) {
        recording.notes.push("loss is kept as a column; a trace of rates has none".to_string());
    }
    recording.columns = [up, loss].into_iter().filter_map(|late| late.column(count)).collect();
    Ok(recording)
}

/// A column, of which nothing is kept before its first value.
struct Late {
    name: &'static str,
    values: Values,
}

impl Late {
    fn new(name: &'static str) -> Late {
        Late { name, values: Values::default() }
    }

    fn push(&mut self, count: usize, value: Option<f64>) {
        if value.is_some() || !self.values.is_empty() {
            (self.values.len() + 1..count).for_each(|_| self.values.push(None));
            self.values.push(value);
        }
    }

    fn column(self, count: usize) -> Option<Column> {
        debug_assert!(self.values.len() <= count);
        (!self.values.is_empty()).then(|| Column { name: self.name.to_string(), values: self.values })
    }
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    for p in trace.periods().iter() {
        let (duration, delay) =
            (decimal::shifted(p.duration.millis(), -3), decimal::shifted(p.latency.millis(), 0));
        let rate = decimal::shifted(p.rate.kbps(), 0);
        writeln!(out, "{duration}s rate {rate}kbit delay {delay}ms").map_err(io)?;
    }
    Ok(wrap_loss(trace).into_iter().collect())
}
