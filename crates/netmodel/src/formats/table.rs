//! What the readers and writers of tables share: rows of named columns, numbers with their units, and rows of one second.
//!
//! Columns are found by the names of the header, so that their order and what stands between them do not matter. A row is
//! read into the same buffer as the one before it: reading allocates by columns, not by rows.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Terminator, Trim};
use serde_json::Value;
use units::{BitRate, Bits, Seconds};

use super::split::separator;
use super::{Column, MAX_RATE_MBPS, ReadOptions, Recording, Values, decimal, more_parts, quoted};
use crate::{NetworkError, Trace};

/// "Not available" as Android's telephony says it.
const UNAVAILABLE: &str = "2147483647";

/// A table of delimited text.
pub(crate) struct Table<'a> {
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    record: StringRecord,
    columns: Vec<String>,
    /// The record is a row that nobody has seen yet.
    unread: bool,
    /// Whether commas may stand in numbers, not between columns.
    decimal_commas: bool,
}

impl<'a> Table<'a> {
    /// A table whose first row is the header.
    pub(crate) fn new(text: &'a str, delimiter: u8) -> Result<Table<'a>, NetworkError> {
        let mut table = Table::open(text, delimiter)?;
        table.take_header();
        Ok(table)
    }

    /// A table that may come without its header, which begins with `columns[0]`; its columns are then these.
    pub(crate) fn with_columns(
        text: &'a str,
        delimiter: u8,
        columns: &[&str],
    ) -> Result<Table<'a>, NetworkError> {
        let mut table = Table::open(text, delimiter)?;
        match columns.first().is_some_and(|c| table.record.iter().any(|f| f == *c)) {
            true => table.take_header(),
            false => {
                let more = table.record.len().saturating_sub(columns.len());
                let names = columns.iter().copied().chain(std::iter::repeat_n("", more));
                table.columns = names.map(str::to_string).collect();
                table.unread = true;
            }
        }
        Ok(table)
    }

    /// A delimiter of `,` stands for what the header has in its place: semicolons and tabs come out of spreadsheets.
    fn open(text: &'a str, delimiter: u8) -> Result<Table<'a>, NetworkError> {
        let header = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
        let delimiter = match delimiter {
            b',' => u8::try_from(separator(header)).unwrap_or(delimiter),
            other => other,
        };
        // A quote in a table separated by tabs is a character like any other.
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(delimiter != b'\t')
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .terminator(Terminator::CRLF)
            .from_reader(text.as_bytes());
        let decimal_commas = delimiter == b';';
        let mut table = Table {
            text,
            reader,
            record: StringRecord::new(),
            columns: vec![],
            unread: false,
            decimal_commas,
        };
        match table.advance()? {
            true => Ok(table),
            false => Err(NetworkError::input(0, "the input", "empty", "a header and rows")),
        }
    }

    /// What was read last becomes the names of the columns.
    pub(crate) fn take_header(&mut self) {
        self.columns = self.record.iter().map(str::to_string).collect();
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Where the column of this name stands.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// Where the column of this name stands, which must be there.
    pub(crate) fn column(&self, name: &str) -> Result<usize, NetworkError> {
        let found = || quoted(&self.columns.join(","));
        self.find(name)
            .ok_or_else(|| NetworkError::input(1, "the header", found(), format!("a column {name}")))
    }

    /// The columns among these that the table has, empty yet, with room for so many values.
    pub(crate) fn series(&self, names: &[&str], room: usize) -> Vec<Series> {
        let column = |name: &&str| {
            let column = Column { name: (*name).to_string(), values: Values::with_capacity(room) };
            self.find(name).map(|place| Series { place, column })
        };
        names.iter().filter_map(column).collect()
    }

    /// The next row; None after the last. A row that begins with the name of the first column is a header once more, and
    /// the caller's to judge.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, NetworkError> {
        if !std::mem::take(&mut self.unread) && !self.advance()? {
            return Ok(None);
        }
        let row = Row { line: self.line(), record: &self.record, columns: &self.columns };
        let header = self.record.get(0) == self.columns.first().map(String::as_str);
        let beyond = self.record.iter().skip(self.columns.len()).find(|f| !f.is_empty() && !header);
        match beyond {
            None => Ok(Some(row)),
            Some(field) => {
                let found = format!("{} in field {}", quoted(field), self.columns.len() + 1);
                Err(NetworkError::input(row.line, "", found, format!("{} fields", self.columns.len())))
            }
        }
    }

    /// The line of the record, which begins after the empty lines that the reader passes over before it.
    fn line(&self) -> usize {
        let Some(at) = self.record.position() else { return 0 };
        let rest = self.text.as_bytes().get(at.byte() as usize..).unwrap_or_default();
        let empty = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count();
        at.line() as usize + empty
    }

    /// Reads the next record that is not blank.
    fn advance(&mut self) -> Result<bool, NetworkError> {
        loop {
            let read = self.reader.read_record(&mut self.record);
            let wrong = |e: csv::Error| {
                let line = e.position().map_or(0, |p| p.line() as usize);
                NetworkError::input(line, "", e.to_string(), "a row of text")
            };
            if !read.map_err(wrong)? {
                return Ok(false);
            }
            if self.decimal_commas && self.record.iter().any(|f| f.contains(',')) {
                let with_points = |f: &str| match f.bytes().any(|b| b.is_ascii_alphabetic()) {
                    true => f.to_string(),
                    false => f.replace(',', "."),
                };
                let position = self.record.position().cloned();
                self.record = self.record.iter().map(with_points).collect();
                self.record.set_position(position);
            }
            if self.record.len() > 1 || self.record.iter().any(|f| !f.is_empty()) {
                return Ok(true);
            }
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Row<'t> {
    pub(crate) line: usize,
    record: &'t StringRecord,
    columns: &'t [String],
}

impl<'t> Row<'t> {
    /// The text of a column; empty where the row is too short to have it.
    pub(crate) fn text(&self, place: usize) -> &'t str {
        self.record.get(place).unwrap_or_default()
    }

    /// The number of a column; None where it is missing or no number.
    pub(crate) fn value(&self, place: usize) -> Option<f64> {
        value(self.text(place))
    }

    /// Refuses a row that lacks columns. Where every column is kept, short rows would cost memory that nobody sent.
    pub(crate) fn full(&self) -> Result<(), NetworkError> {
        let (found, columns) = (self.record.len(), self.columns.len());
        let wrong = || NetworkError::input(self.line, "", format!("{found} field(s)"), columns.to_string());
        if found < columns { Err(wrong()) } else { Ok(()) }
    }

    /// A fault of this row's value of a column.
    pub(crate) fn wrong(&self, place: usize, expected: impl Into<String>) -> NetworkError {
        let name = self.columns.get(place).map_or("a field", String::as_str);
        NetworkError::input(self.line, name, quoted(self.text(place)), expected)
    }

    /// The number of a column, which must be there and in its range.
    pub(crate) fn number(
        &self,
        place: usize,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<f64, NetworkError> {
        let found = decimal::parse_shifted(self.text(place), 0).filter(|x| range.contains(x));
        let expected = || format!("a number from {:e} to {:e}", range.start(), range.end());
        found.ok_or_else(|| self.wrong(place, expected()))
    }

    /// The whole number of a column, which must be there.
    pub(crate) fn whole(&self, place: usize) -> Result<i64, NetworkError> {
        self.text(place).parse().map_err(|_| self.wrong(place, "a whole number"))
    }

    /// The rate of a column in a unit of which `10^shift` are a Mbit/s; None where it is missing.
    pub(crate) fn rate(&self, place: usize, shift: i32) -> Result<Option<BitRate>, NetworkError> {
        let text = self.text(place);
        match is_missing(text) {
            true => Ok(None),
            false => rate(text, shift)
                .map(Some)
                .ok_or_else(|| self.wrong(place, format!("a rate from 0 to {MAX_RATE_MBPS:e} Mbit/s"))),
        }
    }
}

/// A column that is kept beside the rates.
#[derive(Clone)]
pub(crate) struct Series {
    place: usize,
    column: Column,
}

impl Series {
    /// Puts the values into another order.
    pub(crate) fn reorder(&mut self, order: &[usize]) {
        self.column.values = order.iter().map(|i| self.column.values.get(*i)).collect();
    }
}

/// Keeps what a row has in these columns.
pub(crate) fn keep(series: &mut [Series], row: &Row<'_>) {
    for s in series {
        s.column.values.push(row.value(s.place));
    }
}

pub(crate) fn kept(series: Vec<Series>) -> Vec<Column> {
    series.into_iter().map(|s| s.column).collect()
}

/// Whether a field says that there is no value.
pub(crate) fn is_missing(text: &str) -> bool {
    let words = ["NA", "N/A", "#N/A", "nan", "null", "None"];
    matches!(text, "" | "-" | "--" | "?" | "\\N" | UNAVAILABLE)
        || words.iter().any(|w| text.eq_ignore_ascii_case(w))
}

/// The number of a field; None where it is missing or no number.
pub(crate) fn value(text: &str) -> Option<f64> {
    if is_missing(text) { None } else { decimal::parse_shifted(text, 0) }
}

/// A rate in a unit of which `10^shift` are a Mbit/s, if it is one.
pub(crate) fn rate(text: &str, shift: i32) -> Option<BitRate> {
    let kbps = decimal::parse_shifted(text, 3 - shift)?;
    (0.0..=MAX_RATE_MBPS * 1e3).contains(&kbps).then(|| BitRate::from_kbps(kbps.abs())) // abs: -0 becomes 0
}

/// How many lines to make room for in a text whose lines have at least so many bytes.
pub(crate) fn room(text: &str, least: usize) -> usize {
    text.bytes().filter(|b| *b == b'\n').count().min(text.len() / least.max(1)) + 1
}

/// A note for so many rows without a rate, which are left out: the time that they stand for is not in the trace.
pub(crate) fn left_out(rows: usize, column: &str) -> Vec<String> {
    match rows {
        0 => vec![],
        n => vec![format!("{n} row(s) without {column} are left out, and with them their time")],
    }
}

/// What belongs together among the rows of a table, by name, in the order of its first rows.
pub(crate) struct Groups<T> {
    places: BTreeMap<String, usize>,
    groups: Vec<T>,
}

impl<T> Default for Groups<T> {
    fn default() -> Groups<T> {
        Groups { places: BTreeMap::new(), groups: vec![] }
    }
}

impl<T: Default> Groups<T> {
    /// The group of this name, made where there is none yet and one more may be.
    pub(crate) fn of(&mut self, name: &str) -> Result<&mut T, NetworkError> {
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                more_parts(self.groups.len() + 1)?;
                self.places.insert(name.to_string(), self.groups.len());
                self.groups.push(T::default());
                self.groups.len() - 1
            }
        };
        Ok(&mut self.groups[place])
    }

    /// All groups with their names.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = (String, T)> {
        let mut places: Vec<(String, usize)> = self.places.into_iter().collect();
        places.sort_unstable_by_key(|p| p.1);
        places.into_iter().map(|p| p.0).zip(self.groups)
    }
}

/// How often each text occurs.
#[derive(Default)]
pub(crate) struct Counts(BTreeMap<String, usize>);

impl Counts {
    pub(crate) fn add(&mut self, text: &str) {
        match self.0.get_mut(text) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(text.to_string(), 1)),
        }
    }

    /// An object of the texts and their counts.
    pub(crate) fn json(self) -> Value {
        self.0.into_iter().map(|(text, count)| (text, Value::from(count))).collect()
    }
}

/// The traces of one input, each under its name.
pub(crate) fn part(mut recording: Recording, part: &str, options: &ReadOptions) -> Recording {
    recording.trace = recording.trace.named(part_name(part, options));
    recording.part = Some(part.to_string());
    recording
}

fn part_name(part: &str, options: &ReadOptions) -> String {
    options.name.as_ref().map_or_else(|| part.to_string(), |name| format!("{name}#{part}"))
}

/// The most rows of one second that a writer makes of a trace: 31 years.
const MAX_SECONDS: f64 = 1e9;

/// Writes a trace as rows of one second, a line for each, and says what that loses.
pub(crate) fn write_seconds(
    trace: &Trace,
    mut put: impl FnMut(usize, BitRate) -> Result<(), NetworkError>,
) -> Result<Vec<String>, NetworkError> {
    let length = trace.duration();
    if !(1.0..=MAX_SECONDS).contains(&length.get()) {
        let expected = format!("1 to {MAX_SECONDS:e} s for this format");
        return Err(NetworkError::input(0, "the trace", format!("{length} long"), expected));
    }
    let full = length.get().floor();
    let mut means = 0usize;
    let mut at = Seconds::ZERO;
    for second in 0..full as usize {
        let end = Seconds::new(second as f64 + 1.0);
        let period = trace.period_at(at);
        // Where a period covers the second, its rate is it; a difference of sums would only be near it.
        let whole = trace.start_of(period + 1) >= end;
        let mean = trace.bits_between(at, end).max(Bits::ZERO) / (end - at);
        put(second, if whole { trace.period(period).rate } else { mean })?;
        means += usize::from(!whole);
        at = end;
    }
    let mut losses = Vec::new();
    if means > 0 {
        losses.push(format!("{means} row(s) of one second are means over changes of the rate"));
    }
    let longer = trace.periods().iter().filter(|p| p.duration > Seconds::new(1.0)).count();
    if longer > 0 {
        losses.push(format!("{longer} period(s) of more than a second become several rows"));
    }
    if length > at {
        losses.push(format!("the last {} are not written: a row stands for a second", length - at));
    }
    Ok(losses)
}
