//! Tables of any shape: which column is the time, which the rate, and in which unit.
//!
//! A header is understood word by word: `Throughput (Mbps)`, `dl_bitrate_kbps`, `time;bandwidth`. What its names do not tell,
//! the options of the format `csv` do; what neither tells is asked for, with the columns to choose from.

use units::{BitRate, Seconds};

use super::moment::{DAY_S, Moment};
use super::options::{RateUnit, TableOptions};
use super::split::{fields, separator};
use super::text::shown;
use super::{
    Format, Hold, Lines, MAX_LATENCY_MS, MAX_RATE_MBPS, MAX_TIME_S, ReadOptions, Recording, Rows, Sample,
    Samples, Series, decimal, dropped_note, name, quoted,
};
use crate::{NetworkError, Trace};

/// By which power of ten a number is shifted to get thousands of bits or bytes, and how many bits these have.
fn of_thousand(unit: RateUnit) -> (i32, f64) {
    match unit {
        RateUnit::Bit => (-3, 1.0),
        RateUnit::Kbit => (0, 1.0),
        RateUnit::Mbit => (3, 1.0),
        RateUnit::Byte => (-3, 8.0),
        RateUnit::Kbyte => (0, 8.0),
        RateUnit::Mbyte => (3, 8.0),
    }
}

/// The unit that a word of a header names.
fn of_word(word: &str) -> Option<RateUnit> {
    // What tells bits from bytes, if anything does, is the case of the letter.
    match word {
        "MBps" | "MBs" | "MB" => return Some(RateUnit::Mbyte),
        "kBps" | "KBps" | "kBs" | "KBs" | "kB" | "KB" => return Some(RateUnit::Kbyte),
        "Bps" => return Some(RateUnit::Byte),
        _ => {}
    }
    Some(match word.to_ascii_lowercase().as_str() {
        "bps" | "bit" | "bits" => RateUnit::Bit,
        "kbps" | "kbit" | "kbits" | "kbs" | "kb" => RateUnit::Kbit,
        "mbps" | "mbit" | "mbits" | "mbs" | "mb" => RateUnit::Mbit,
        "byte" | "bytes" => RateUnit::Byte,
        "kbyte" | "kbytes" => RateUnit::Kbyte,
        "mbyte" | "mbytes" => RateUnit::Mbyte,
        _ => return None,
    })
}

/// A unit of times, as a power of ten of a second.
type Power = i32;

const TIMES: [&str; 10] =
    ["time", "timestamp", "datetime", "date", "elapsed", "epoch", "unixtime", "ts", "t", "clock"];
const RATES: [&str; 15] = [
    "throughput",
    "bandwidth",
    "bitrate",
    "rate",
    "speed",
    "goodput",
    "capacity",
    "tput",
    "bw",
    "download",
    "downlink",
    "dl",
    "datarate",
    "thrpt",
    "rx",
];
const LATENCIES: [&str; 5] = ["latency", "delay", "rtt", "ping", "owd"];
/// What a rate is not, though its name has such a word.
const OTHERS: [&str; 14] = [
    "loss", "jitter", "ul", "upload", "uplink", "tx", "error", "frame", "sample", "gps", "refresh", "id",
    "car", "vehicle",
];

/// The words of a column's name: letters that belong together, as they are written.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.replace("/sec", " per ").replace("/s", " per ").chars() {
        // `dlBitrate` is two words.
        if !c.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase() && before != 'k') {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().map(|w| w.push(c)).unwrap_or_default();
        }
        before = c;
    }
    words.retain(|w| !w.is_empty());
    words
}

fn has(words: &[String], known: &[&str]) -> bool {
    words.iter().any(|w| known.contains(&w.to_ascii_lowercase().as_str()))
}

/// The power of ten of a time's unit that a header names.
fn time_unit(words: &[String]) -> Option<Power> {
    words.iter().find_map(|w| match w.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(0),
        "ms" | "msec" | "millis" | "milliseconds" => Some(-3),
        "us" | "usec" | "micros" | "microseconds" => Some(-6),
        "ns" | "nsec" | "nanos" | "nanoseconds" => Some(-9),
        _ => None,
    })
}

/// The names of a header: rows may end with a separator, behind which there is no column.
fn names_of(header: &str, separator: char) -> Vec<&str> {
    let mut names = fields(header, separator);
    while names.len() > 1 && names.last().is_some_and(|n| n.is_empty()) {
        names.pop();
    }
    names
}

/// What stands between the columns of a header: blanks, where nothing else does.
fn between(header: &str) -> char {
    match separator(header) {
        found if fields(header, found).len() > 1 => found,
        _ => ' ',
    }
}

/// Whether a line is a header of names rather than numbers.
pub(super) fn is_header(line: &str) -> bool {
    let names = names_of(line, between(line));
    names.len() > 1 && names.iter().all(|n| n.chars().any(char::is_alphabetic) && Moment::parse(n).is_none())
}

/// Whether a line is a row of a table without a header: numbers and times only.
fn is_row(line: &str, separator: char) -> bool {
    let fields = names_of(line, separator);
    fields.len() > 1 && fields.iter().all(|f| super::table::is_missing(f) || Moment::parse(f).is_some())
}

/// Whether these lines begin a table whose columns are known or could be asked for.
pub(super) fn is_table(first: &str, row: &str) -> bool {
    let separator = between(first);
    let alike = names_of(row, separator).len() == names_of(first, separator).len();
    // Words with blanks between them may be any text.
    let sure = separator != ' ' || is_row(row, separator);
    alike && (is_header(first) && sure || separator != ' ' && is_row(first, separator))
}

/// The columns that a table is read by.
struct Layout {
    separator: char,
    count: usize,
    /// The first line is a row already.
    headless: bool,
    time: Option<(usize, Option<Power>)>,
    rate: usize,
    unit: RateUnit,
    latency: Option<(usize, Power)>,
    /// The names of time and rate, for messages.
    names: Vec<String>,
}

/// Whether a header names one time and one rate, whatever its unit.
pub(super) fn is_series(header: &str) -> bool {
    let unit = Some(RateUnit::Mbit);
    Layout::of(1, header, &TableOptions { unit, ..TableOptions::default() }, false).is_ok()
}

/// What the header of a table lacks to be read without options; nothing for one that can be.
pub(super) fn lacks(header: &str) -> Option<String> {
    Layout::of(1, header, &TableOptions::default(), false).err().map(|e| e.to_string())
}

impl Layout {
    fn of(line: usize, header: &str, options: &TableOptions, rows: bool) -> Result<Layout, NetworkError> {
        let separator = match options.separator {
            Some(given) => given,
            None if rows && options.time.is_none() => separator(header),
            None => between(header),
        };
        let names = names_of(header, separator);
        // Columns without names are called by their numbers.
        let headless = names.iter().any(|n| Moment::parse(n).is_some());
        let names: Vec<String> = match headless {
            true => (1..=names.len()).map(|n| n.to_string()).collect(),
            false => names.into_iter().map(str::to_string).collect(),
        };
        let ask = |what: &str| {
            let shown: Vec<String> = names.iter().take(12).map(|n| quoted(n)).collect();
            let more = if names.len() > 12 { ", ..." } else { "" };
            let found = format!("a table of the columns {}{more}", shown.join(", "));
            let expected = format!(
                "{what}: csv:time=COLUMN,rate=COLUMN,unit={}",
                RateUnit::WORDS.map(|(word, _)| word).join("|")
            );
            NetworkError::input(line, "the input", found, expected)
        };
        let of_name = |name: &String| {
            let place = |same: &dyn Fn(&String) -> bool| names.iter().position(same);
            place(&|n| n == name)
                .or_else(|| place(&|n| n.eq_ignore_ascii_case(name)))
                .or_else(|| {
                    name.parse().ok().and_then(|n: usize| n.checked_sub(1)).filter(|n| *n < names.len())
                })
                .ok_or_else(|| ask(&format!("a column {}", quoted(name))))
        };
        let parts: Vec<Vec<String>> = names.iter().map(|n| words(n)).collect();
        let is_time = |w: &Vec<String>| has(w, &TIMES) || (w.len() == 1 && time_unit(w).is_some());
        let is_latency = |w: &Vec<String>| has(w, &LATENCIES) && !has(w, &OTHERS);
        let is_rate = |w: &Vec<String>| {
            // `bytes_per_second`, `Mbit/s`
            let per = has(w, &["per"]) && w.iter().any(|w| of_word(w).is_some());
            let named = per || has(w, &RATES) || w.iter().any(|w| w.ends_with("bps") || w.ends_with("Bps"));
            named && !has(w, &OTHERS) && !is_latency(w) && !is_time(w)
        };
        let alone = |is: &dyn Fn(&Vec<String>) -> bool| {
            let mut found = parts.iter().enumerate().filter(|(_, w)| is(w)).map(|(i, _)| i);
            found.next().filter(|_| found.next().is_none())
        };
        let time = match &options.time {
            Some(name) => Some(of_name(name)?),
            None => {
                alone(&is_time).or_else(|| parts.iter().position(is_time).filter(|_| options.rate.is_some()))
            }
        };
        if time.is_none() && !rows {
            return Err(ask("which column is the time"));
        }
        let rate = match &options.rate {
            Some(name) => of_name(name)?,
            None => alone(&is_rate).ok_or_else(|| ask("which column is the rate"))?,
        };
        let unit = options.unit.or_else(|| parts[rate].iter().find_map(|w| of_word(w)));
        let Some(unit) = unit else {
            return Err(ask(&format!("the unit of {}", quoted(&names[rate]))));
        };
        let latency = match &options.latency {
            Some(name) => Some(of_name(name)?),
            None => alone(&is_latency),
        };
        Ok(Layout {
            separator,
            count: names.len(),
            headless,
            time: time.map(|place| (place, time_unit(&parts[place]))),
            rate,
            unit,
            latency: latency.map(|place| (place, time_unit(&parts[place]).unwrap_or(-3))),
            names,
        })
    }

    /// The number of a field times a power of ten. Where commas do not stand between columns, they may stand in numbers.
    fn number(&self, text: &str, shift: i32) -> Option<f64> {
        // Between commas it is quoted, and a group of three digits behind a comma may be thousands.
        let unsure = |at: usize| text.len() == at + 4 || text[at + 1..].contains(['.', ',']);
        match text.find(',') {
            None => return decimal::parse_shifted(text, shift),
            Some(at) if self.separator == ',' && unsure(at) => return None,
            Some(_) => {}
        }
        // `1.234,5`
        let plain: String =
            text.chars().filter(|c| *c != '.').map(|c| if c == ',' { '.' } else { c }).collect();
        decimal::parse_shifted(&plain, shift)
    }
}

/// Times of a log as seconds from the first of them.
struct Clock {
    power: Option<Power>,
    first: Option<f64>,
    /// The first date whose order is not told, in both orders.
    either: Option<(f64, f64)>,
    before: f64,
    days: f64,
}

impl Clock {
    /// Which unit a plain number is in, by its size: seconds, or what counts from 1970.
    fn guess(number: f64) -> Power {
        match number.abs() {
            n if n >= 1e17 => -9,
            n if n >= 1e14 => -6,
            n if n >= 1e11 => -3,
            _ => 0,
        }
    }

    /// Nothing where both orders of a date could be meant, and would make a difference.
    fn since(&mut self, moment: Moment) -> Option<Seconds> {
        let seconds = match moment {
            Moment::Number(number) => {
                let power = *self.power.get_or_insert_with(|| Clock::guess(number));
                // Integers of a nanosecond clock keep what a double has of them.
                let first = *self.first.get_or_insert(number);
                return Some(Seconds::from_millis((number - first) / 10f64.powi(-power - 3)));
            }
            Moment::OfDay(seconds) => {
                // Midnight is passed when the clock falls by more than half a day.
                if self.first.is_some() && seconds + DAY_S / 2.0 < self.before {
                    self.days += DAY_S;
                }
                self.before = seconds;
                seconds + self.days
            }
            Moment::OfCalendar(seconds) => seconds,
            Moment::OfEither(day, month) => {
                let first = *self.either.get_or_insert((day, month));
                match (day - first.0, month - first.1) {
                    (by_day, by_month) if by_day.is_nan() => by_month,
                    (by_day, by_month) if by_month.is_nan() || by_day == by_month => by_day,
                    _ => return None,
                }
            }
        };
        let first = *self.first.get_or_insert(seconds);
        Some(Seconds::from_millis(((seconds - first) * 1e6).round() / 1e3))
    }
}

/// Reads a table whose header is this line.
pub(super) fn read(
    lines: &mut Lines<'_>,
    header: (usize, &str),
    format: &Format,
    options: &ReadOptions,
) -> Result<Recording, NetworkError> {
    let rows = match options.rows {
        Some(Rows::Each(length)) => Some(length),
        _ => None,
    };
    let table = options.table.clone().unwrap_or_default();
    let layout = Layout::of(header.0, header.1, &table, rows.is_some())?;
    let time = layout.time.filter(|_| rows.is_none());
    let hold = options.hold.unwrap_or(Hold::Forward);
    let mut series = Series::new(hold);
    let mut clock =
        Clock { power: time.and_then(|t| t.1), first: None, either: None, before: 0.0, days: 0.0 };
    let (mut without, mut records) = (0usize, 0usize);
    let (shift, bits) = of_thousand(layout.unit);
    let mut first = layout.headless.then_some(header);
    loop {
        let (number, line) = match first.take() {
            Some((number, row)) => (number, row.as_bytes()),
            None => match lines.next()? {
                Some(next) => next,
                None => break,
            },
        };
        let Ok(text) = std::str::from_utf8(line) else {
            return Err(NetworkError::input(number, "", shown(line), "text in UTF-8"));
        };
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let fields = fields(text, layout.separator);
        if fields.len() > layout.count && fields[layout.count..].iter().any(|f| !f.is_empty()) {
            let expected = format!("{} fields", layout.count);
            return Err(NetworkError::input(number, "", format!("{} fields", fields.len()), expected));
        }
        let field = |place: usize| fields.get(place).copied().unwrap_or_default();
        let wrong = |place: usize, expected: String| {
            NetworkError::input(number, layout.names[place].as_str(), quoted(field(place)), expected)
        };
        records += 1;
        let at = match time {
            None => rows.unwrap_or(Seconds::new(1.0)) * (records - 1) as f64,
            Some((place, _)) => {
                let moment = match layout.number(field(place), 0) {
                    Some(number) => Some(Moment::Number(number)),
                    None => Moment::parse(field(place)),
                };
                let expected = "a time: a number, HH:MM:SS or YYYY-MM-DD HH:MM:SS";
                let moment = moment.ok_or_else(|| wrong(place, expected.to_string()))?;
                let unclear = || wrong(place, "YYYY-MM-DD: which is the day, which the month?".to_string());
                clock.since(moment).ok_or_else(unclear)?
            }
        };
        if !(0.0..=MAX_TIME_S).contains(&at.get()) {
            let expected = "a time behind the first, by at most 317 years".to_string();
            return Err(wrong(time.map_or(0, |t| t.0), expected));
        }
        if super::table::is_missing(field(layout.rate)) {
            without += 1;
            continue;
        }
        let rate = layout.number(field(layout.rate), shift).map(|thousands| thousands * bits);
        let Some(kbps) = rate.filter(|kbps| (0.0..=MAX_RATE_MBPS * 1e3).contains(kbps)) else {
            return Err(wrong(layout.rate, format!("a rate from 0 to {MAX_RATE_MBPS:e} Mbit/s")));
        };
        let mut sample = Sample { at, rate: BitRate::from_kbps(kbps.abs()), latency: options.latency };
        if let Some((place, power)) = layout.latency.filter(|(p, _)| !super::table::is_missing(field(*p))) {
            let ms = layout.number(field(place), power + 3).filter(|ms| (0.0..=MAX_LATENCY_MS).contains(ms));
            let ms = ms.ok_or_else(|| wrong(place, "a latency from 0 to a day".to_string()))?;
            sample.latency = Seconds::from_millis(ms);
        }
        series.push(number, field(time.map_or(layout.rate, |t| t.0)).as_bytes(), sample)?;
    }
    let last = options.last.or(rows);
    let trace = Trace::new(name(options), series.finish(lines.number(), last)?)?;
    let dropped = series.dropped;
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped };
    let mut recording = format.recording(trace, samples).fact("n_records", records);
    recording.notes = dropped_note(dropped);
    recording.notes.extend(super::table::left_out(without, &layout.names[layout.rate]));
    let unit = RateUnit::WORDS.iter().find(|(_, u)| *u == layout.unit).map_or("bit", |(word, _)| *word);
    let rate = quoted(&layout.names[layout.rate]);
    recording.notes.push(match time {
        Some((place, _)) => {
            format!("read by the columns {} and {rate} ({unit}/s)", quoted(&layout.names[place]))
        }
        None => format!("read by the column {rate} ({unit}/s)"),
    });
    Ok(recording)
}
