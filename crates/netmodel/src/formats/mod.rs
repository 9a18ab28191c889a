//! Trace formats: reading, recognising and writing what others and Segue call a network trace.
//!
//! One file per format; [`all`] is the registry. A format is found by its content ([`sniff`]) or named by the caller.
//!
//! ```
//! use netmodel::formats::{self, ReadOptions};
//! use units::{BitRate, Seconds};
//!
//! let cooked = b"0.0\t1.5\n1.0\t2.0\n3.0\t4.0\n";
//! assert_eq!(formats::sniff(cooked)?.format.name(), "cooked");
//!
//! // A cooked sample is the mean rate over the interval that ends at its time: 2 Mbit/s for 1 s, 4 Mbit/s for 2 s.
//! let recording = formats::read(&cooked[..], None, &ReadOptions::default())?;
//! assert_eq!(recording.trace.duration(), Seconds::new(3.0));
//! assert_eq!(recording.trace.periods()[0].rate, BitRate::from_mbps(2.0));
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! Recognition looks at the first lines, and its rules exclude each other: JSON by its names, a table by the columns of its
//! header, a log by the shape of its rows ([`explain`] tells what every format makes of an input). A file may hold several
//! traces, each under the name of its part, or tables that are no traces: [`read_all`] reads whatever there is, [`read`]
//! the one trace.
//!
//! ```
//! use netmodel::formats;
//!
//! let runs = b"run_num,seq_num,Throughput\n1,1,810\n2,1,95\n2,2,120\n";
//! let (format, options, _) = formats::parse_spec("lumos5g:part=2")?;
//! assert_eq!(formats::read_all(&runs[..], None, &Default::default())?.len(), 2);
//! assert_eq!(formats::read(&runs[..], Some(format), &options)?.trace.mean_rate().mbps(), 107.5);
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! Readers refuse what no measurement contains (times beyond [`MAX_TIME_S`], rates beyond [`MAX_RATE_MBPS`]), so that
//! no input makes them allocate more than a small multiple of its own size, and every later sum stays finite.

mod cooked;
mod csv;
mod decimal;
mod fcc;
mod gnettrack;
mod lumos;
mod lumos5g;
mod mahimahi;
mod nyumets;
mod nyumets2020;
mod puffer;
mod rawlog;
mod sabre;
mod sigcomm24;
mod table;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use spec::{Entry, Opt, Spec, opt};
use units::{BitRate, Seconds};

use crate::error::excerpt;
use crate::{NetworkError, Period, Trace};

pub(crate) use mahimahi::Opportunities;

/// The largest time a reader accepts, in seconds: 317 years, beyond every clock.
pub const MAX_TIME_S: f64 = 1e10;
/// The largest rate a reader accepts, in Mbit/s: a thousand terabit per second.
pub const MAX_RATE_MBPS: f64 = 1e9;
/// The largest latency a reader accepts, in milliseconds: a day.
pub const MAX_LATENCY_MS: f64 = 86_400_000.0;
/// The largest input a reader accepts, in bytes: 1 GiB.
pub const MAX_INPUT_BYTES: u64 = 1 << 30;

/// The shortest row or interval of a log, in seconds: statistics count whole microseconds.
pub(crate) const MIN_ROW_S: f64 = 1e-6;

/// The registry, in alphabetical order. A new format is a file in this folder and a line here.
static FORMATS: &[&Format] = &[
    &cooked::FORMAT,
    &csv::FORMAT,
    &fcc::FORMAT,
    &gnettrack::FORMAT,
    &lumos::FORMAT,
    &lumos5g::FORMAT,
    &mahimahi::FORMAT,
    &nyumets::FORMAT,
    &nyumets2020::FORMAT,
    &puffer::FORMAT,
    &rawlog::FORMAT,
    &sabre::FORMAT,
    &sigcomm24::FORMAT,
];

/// A trace format: what it is, and the functions that recognise, read and write it.
#[non_exhaustive]
pub struct Format {
    /// Its name, what it is in one line, and the options it heeds when reading and writing; it ignores the other fields
    /// of [`ReadOptions`] and [`WriteOptions`].
    pub entry: Entry,
    /// The unit of its rates.
    pub unit: &'static str,
    /// What its times count.
    pub time_base: &'static str,
    /// Which interval a value holds on.
    pub hold: &'static str,
    /// What follows the end of a file where the format comes from.
    pub end: &'static str,
    /// What its rates measure, unless a file or the caller says otherwise.
    pub measures: Measurement,
    /// Why the beginning of an input looks like this format, if it does.
    pub(crate) detect: fn(&Head<'_>) -> Option<&'static str>,
    pub(crate) read: Reader,
    pub(crate) write: Option<Writer>,
}

/// Reads what an input holds.
pub(crate) enum Reader {
    /// Of a format whose inputs hold one trace each.
    One(fn(&[u8], &ReadOptions) -> Result<Recording, NetworkError>),
    /// Of a format whose inputs may hold several traces, or none.
    Many(fn(&[u8], &ReadOptions) -> Result<Vec<Content>, NetworkError>),
}

/// Writes a trace and says what the format could not hold.
pub(crate) type Writer = fn(&Trace, &WriteOptions, &mut dyn Write) -> Result<Vec<String>, NetworkError>;

impl Format {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Whether Segue can write it.
    pub fn can_write(&self) -> bool {
        self.write.is_some()
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Format").field("name", &self.entry.name).finish_non_exhaustive()
    }
}

/// Which interval a sample of a time series holds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The one that ends at its time: the sample was measured *over* it.
    Backward,
    /// The one that begins at its time: the sample is set *from* there on.
    Forward,
}

/// What the rates of a trace are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Measurement {
    /// What the link could carry: a sender that never paused took all of it.
    #[default]
    Capacity,
    /// What an application got, an effect of its own choices (small objects and pauses show low rates). Replayed as a
    /// capacity, it biases every "what if" (CausalSim, NSDI 2023; Veritas, SIGCOMM 2023).
    Observed,
}

/// How long a row of a log lasts (option `rows=1`, `rows=timestamp`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows {
    /// Each as long as the others.
    Each(Seconds),
    /// Until the next later time stamp; rows of one time stamp are one row, their mean.
    ByTimestamp,
}

/// How to read a trace. Every format heeds the fields that its registry entry names, and has its own defaults.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Name of the trace; [`read_path`] takes the stem of the file's name.
    pub name: Option<String>,
    /// Which of the traces of an input that holds several, by the name of the part; None is all of them.
    pub part: Option<String>,
    /// Which interval a sample holds on; None is the format's own rule.
    pub hold: Option<Hold>,
    /// Latency of every request, where the input says nothing about it.
    pub latency: Seconds,
    /// Which of several rate columns, from 1.
    pub column: usize,
    /// Bytes that one delivery opportunity carries.
    pub packet_bytes: u32,
    /// How long the last sample of a forward-held series lasts; None is as long as the sample before it.
    pub last: Option<Seconds>,
    /// Pensieve's loop: from the second pass on, the first interval begins at time 0 instead of at the first time stamp.
    pub wrap_from_zero: bool,
    /// How long a row lasts; None is the format's own rule.
    pub rows: Option<Rows>,
    /// The second of two files that belong together: Puffer's `video_acked`. Heeded where the first is given by its path.
    pub acked: Option<PathBuf>,
}

impl ReadOptions {
    /// The length of a row, in a format whose rows are all of one length.
    pub(crate) fn row(&self, default: Seconds) -> Result<Seconds, NetworkError> {
        match self.rows {
            None => Ok(default),
            Some(Rows::Each(length)) => Ok(length),
            Some(Rows::ByTimestamp) => Err(NetworkError::input(
                0,
                "the option rows",
                "timestamp",
                "seconds: this format has no time stamps",
            )),
        }
    }
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            name: None,
            part: None,
            hold: None,
            latency: Seconds::ZERO,
            column: 1,
            packet_bytes: mahimahi::PACKET_BYTES,
            last: None,
            wrap_from_zero: false,
            rows: None,
            acked: None,
        }
    }
}

/// Whether an opportunity that is not full is kept for the next period or lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carry {
    /// What a period leaves of a packet counts for the next: the file carries what the trace carries.
    #[default]
    Keep,
    /// What a period leaves of a packet is lost, and the clock starts at 1 ms: Pensieve's converter.
    Drop,
}

/// How to write a trace. Every format heeds the fields that its registry entry names.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// Which interval a sample holds on; None is the format's own rule.
    pub hold: Option<Hold>,
    /// Bytes that one delivery opportunity carries.
    pub packet_bytes: u32,
    /// What becomes of fractions of packets.
    pub carry: Carry,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions { hold: None, packet_bytes: mahimahi::PACKET_BYTES, carry: Carry::Keep }
    }
}

/// The options that formats share.
pub(crate) mod keys {
    use super::{Opt, opt};

    pub(crate) const HOLD_BACKWARD: Opt = opt(
        "hold",
        "backward",
        "which interval a sample holds on: backward (ends at its time) or forward (begins there)",
    );
    pub(crate) const HOLD_FORWARD: Opt = Opt { default: "forward", ..HOLD_BACKWARD };
    pub(crate) const LATENCY: Opt =
        opt("latency", "0", "latency of every request in s, where the file has none");
    pub(crate) const COLUMN: Opt =
        opt("column", "1", "which rate column, where there are several; 1 is the first");
    pub(crate) const PACKET: Opt =
        opt("bytes", "1500", "bytes per line; Mahimahi's code has 1504, CellReplay 1400");
    pub(crate) const LAST: Opt = opt(
        "last",
        "auto",
        "how long the last sample lasts in s, for hold=forward; auto: as long as the one before it",
    );
    pub(crate) const WRAP: Opt = opt(
        "wrap_from_zero",
        "false",
        "Pensieve's loop: later passes begin at time 0, not at the first time stamp",
    );
    pub(crate) const PART: Opt = opt("part", "all", "which of the traces of the file, by its name");
    pub(crate) const ROWS: Opt = opt("rows", "1", "how long a row lasts in s");
    pub(crate) const CARRY: Opt = opt(
        "carry",
        "keep",
        "writing: keep or drop the fraction of a packet at the end of a period (drop: Pensieve's converter)",
    );
}

/// What a reader found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// The trace.
    pub trace: Trace,
    /// The format it was read as.
    pub format: &'static str,
    /// Which of the traces of its input it is, where there may be several.
    pub part: Option<String>,
    /// What its rates are.
    pub measures: Measurement,
    /// What else the file says, under the names that [`stats`](crate::stats) reports it by.
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// What was measured beside the rate, one value per sample.
    pub columns: Vec<Column>,
    /// What a user should know about how the file was read.
    pub notes: Vec<String>,
    pub(crate) samples: Samples,
}

impl Recording {
    /// A trace that a reader found, of which nothing else is known yet.
    pub(crate) fn new(format: &Format, trace: Trace, samples: Samples) -> Recording {
        Recording {
            trace,
            format: format.entry.name,
            part: None,
            measures: format.measures,
            facts: serde_json::Map::new(),
            columns: vec![],
            notes: vec![],
            samples,
        }
    }
}

/// A column of measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// Its values in the unit of the file; None where there is none.
    pub values: Vec<Option<f64>>,
}

/// A table of a data set that is no time series: nothing to replay, but numbers to describe.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TableFile {
    /// What it is called.
    pub name: String,
    /// The format it was read as.
    pub format: &'static str,
    /// What it says, under the names that [`stats`](crate::stats) reports it by.
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// Its columns of numbers.
    pub columns: Vec<Column>,
    /// What a user should know about how the file was read.
    pub notes: Vec<String>,
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// A trace.
    Trace(Box<Recording>),
    /// A table without one.
    Table(Box<TableFile>),
}

/// What statistics are taken over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Samples {
    /// The periods of the trace. `origin` is the file's time at the trace's time 0; `dropped` samples had no duration.
    Periods { origin: Seconds, dropped: usize },
    /// Delivery opportunities.
    Opportunities(Opportunities),
}

/// A recognised format.
#[derive(Clone, Copy, Debug)]
pub struct Sniffed {
    /// The format.
    pub format: &'static Format,
    /// What it was recognised by.
    pub reason: &'static str,
}

/// The beginning of an input, for recognising it.
pub(crate) struct Head<'a> {
    /// Its first lines that are not empty, without surrounding blanks; a line that the head cuts is left out.
    pub(crate) lines: Vec<&'a str>,
}

impl<'a> Head<'a> {
    const BYTES: usize = 4096;
    const LINES: usize = 16;

    fn of(bytes: &'a [u8]) -> Result<Head<'a>, NetworkError> {
        let cut = bytes.len() > Head::BYTES;
        let head = &bytes[..bytes.len().min(Head::BYTES)];
        // A head cut in the middle of a line, or of a character, ends at its last whole line.
        let head = match head.iter().rposition(|b| *b == b'\n') {
            Some(end) if cut => &head[..end],
            _ => head,
        };
        if head.iter().all(u8::is_ascii_whitespace) {
            let found = if bytes.is_empty() { "empty" } else { "blank" };
            return Err(NetworkError::input(0, "the input", found, "a network trace"));
        }
        // A file of one endless line (JSON) may be cut anywhere: what is valid of it is enough.
        let text = match text(head) {
            Ok(head) => head,
            Err(_) if cut => std::str::from_utf8(head).unwrap_or_else(|e| valid_part(head, &e)),
            Err(e) => return Err(e),
        };
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty()).take(Head::LINES).collect();
        Ok(Head { lines })
    }

    /// Whether the first line is a header of names separated by commas, all of these among them.
    pub(crate) fn has_columns(&self, names: &[&str]) -> bool {
        let header = self.lines.first().copied().unwrap_or_default();
        let has = |name: &&str| header.split(',').any(|c| c.trim_matches(['"', ' ']) == *name);
        names.iter().all(has)
    }

    /// Whether there are lines and all of them satisfy `rule`.
    pub(crate) fn all(&self, rule: impl Fn(&str) -> bool) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|l| rule(l))
    }
}

/// All formats, in alphabetical order.
pub fn all() -> &'static [&'static Format] {
    FORMATS
}

/// The format of this name.
///
/// # Errors
/// [`NetworkError::Spec`], which names the nearest one.
pub fn by_name(name: &str) -> Result<&'static Format, NetworkError> {
    parse_spec(name).map(|(format, _, _)| format)
}

/// Understands `name` or `name:key=value,key=value`, e.g. `cooked:hold=forward,column=2`.
///
/// # Errors
/// [`NetworkError::Spec`] for a format that is not known, or an option or value that the format does not take.
pub fn parse_spec(text: &str) -> Result<(&'static Format, ReadOptions, WriteOptions), NetworkError> {
    let (entry, options) = Spec::parse(text)?.find("trace format", FORMATS.iter().map(|f| &f.entry))?;
    let Some(format) = FORMATS.iter().find(|f| f.entry.name == entry.name) else {
        return Err(NetworkError::input(0, "the format", entry.name, "a known format")); // unreachable: just found
    };
    let (mut read, mut write) = (ReadOptions::default(), WriteOptions::default());
    if options.given("hold") {
        let hold = [Hold::Backward, Hold::Forward][options.choice("hold", &["backward", "forward"])?];
        (read.hold, write.hold) = (Some(hold), Some(hold));
    }
    if options.given("part") && options.text("part") != "all" {
        read.part = Some(options.text("part").to_string());
    }
    if options.given("latency") {
        read.latency = Seconds::new(options.number("latency", 0.0..=MAX_LATENCY_MS / 1e3)?);
    }
    if options.given("column") {
        read.column = options.whole("column", 1..)?;
    }
    if options.given("bytes") {
        read.packet_bytes = options.whole("bytes", 1..=65_535)? as u32;
        write.packet_bytes = read.packet_bytes;
    }
    if options.given("last") && options.text("last") != "auto" {
        read.last = Some(Seconds::new(options.number("last", 1e-6..=MAX_TIME_S)?));
    }
    if options.given("wrap_from_zero") {
        read.wrap_from_zero = options.flag("wrap_from_zero")?;
    }
    if options.given("rows") {
        read.rows = Some(match options.text("rows") {
            "timestamp" => Rows::ByTimestamp,
            _ => Rows::Each(Seconds::new(options.number("rows", MIN_ROW_S..=MAX_TIME_S)?)),
        });
    }
    if options.given("acked") && !options.text("acked").is_empty() {
        read.acked = Some(PathBuf::from(options.text("acked")));
    }
    if options.given("carry") {
        write.carry = [Carry::Keep, Carry::Drop][options.choice("carry", &["keep", "drop"])?];
    }
    Ok((format, read, write))
}

/// Recognises a format by the beginning of an input.
///
/// # Errors
/// [`NetworkError::Input`] when no format or more than one fits.
pub fn sniff(bytes: &[u8]) -> Result<Sniffed, NetworkError> {
    let head = Head::of(bytes)?;
    let matches = |f: &&'static Format| (f.detect)(&head).map(|reason| Sniffed { format: f, reason });
    let found: Vec<Sniffed> = FORMATS.iter().filter_map(matches).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let known: Vec<&str> = FORMATS.iter().map(|f| f.name()).collect();
            let first = head.lines.first().map_or_else(String::new, |l| excerpt(l));
            let expected = format!("the beginning of a trace in one of the formats {}", known.join(", "));
            Err(NetworkError::input(1, "", format!("`{first}`"), expected))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|s| s.format.name()).collect();
            let found = format!("readable as {}", names.join(" and as "));
            Err(NetworkError::input(0, "the input", found, "the name of the format, given explicitly"))
        }
    }
}

/// What every format makes of the beginning of an input: why it looks like this format, or None.
///
/// ```
/// use netmodel::formats;
///
/// let log = b"1300000000 1000 59.90 10.70 250000 1000\n";
/// let seen: Vec<_> = formats::explain(log)?.into_iter().filter_map(|(f, why)| Some((f.name(), why?))).collect();
/// assert_eq!(seen, [("rawlog", "six numbers per line, the first a time of 10 digits (seconds, HSDPA)")]);
/// # Ok::<(), netmodel::NetworkError>(())
/// ```
///
/// # Errors
/// [`NetworkError::Input`] for an input that is empty, or no text.
pub fn explain(bytes: &[u8]) -> Result<Vec<(&'static Format, Option<&'static str>)>, NetworkError> {
    let head = Head::of(bytes)?;
    Ok(FORMATS.iter().map(|f| (*f, (f.detect)(&head))).collect())
}

fn valid_part<'a>(bytes: &'a [u8], error: &std::str::Utf8Error) -> &'a str {
    std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
}

/// Reads the one trace of an input in the given format, or in the one that its content shows.
///
/// # Errors
/// As [`read_all`]; [`NetworkError::Input`] for an input of several traces of which the options name none, or of none.
pub fn read(
    input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Recording, NetworkError> {
    let (mut traces, mut tables) = (Vec::new(), 0);
    for content in read_all(input, format, options)? {
        match content {
            Content::Trace(recording) => traces.push(*recording),
            Content::Table(_) => tables += 1,
        }
    }
    match traces.len() {
        1 => Ok(traces.remove(0)),
        0 => Err(NetworkError::input(
            0,
            "the input",
            format!("{tables} table(s) without a time series"),
            "a trace",
        )),
        n => {
            let parts: Vec<&str> = traces.iter().filter_map(|t| t.part.as_deref()).take(4).collect();
            let expected = format!("one, named with the option part ({} ...)", parts.join(", "));
            Err(NetworkError::input(0, "the input", format!("{n} traces"), expected))
        }
    }
}

/// Reads everything that an input holds in the given format, or in the one that its content shows.
///
/// # Errors
/// [`NetworkError::Input`] with the line and field at fault; [`NetworkError::Io`] from the input itself.
pub fn read_all(
    mut input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let mut bytes = Vec::new();
    let io = |e: std::io::Error| NetworkError::Io { path: Default::default(), message: e.to_string() };
    (&mut input).take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        let expected = format!("at most {MAX_INPUT_BYTES} bytes");
        return Err(NetworkError::input(0, "the input", "larger", expected));
    }
    let format = match format {
        Some(format) => format,
        None => sniff(&bytes)?.format,
    };
    if let Some(last) = options.last {
        let ok = last > Seconds::ZERO && last.get() <= MAX_TIME_S;
        let wrong =
            || NetworkError::Option { option: "last", value: last.get(), expected: "seconds above 0" };
        ok.then_some(()).ok_or_else(wrong)?;
    }
    if let Some(Rows::Each(row)) = options.rows {
        let ok = (MIN_ROW_S..=MAX_TIME_S).contains(&row.get());
        let wrong = || NetworkError::Option { option: "rows", value: row.get(), expected: "seconds above 0" };
        ok.then_some(()).ok_or_else(wrong)?;
    }
    if !(options.latency >= Seconds::ZERO && options.latency.millis() <= MAX_LATENCY_MS) {
        let (option, value) = ("latency", options.latency.get());
        return Err(NetworkError::Option { option, value, expected: "seconds from 0 to a day" });
    }
    let contents = match format.read {
        Reader::One(read) => vec![Content::Trace(Box::new(read(&bytes, options)?))],
        Reader::Many(read) => read(&bytes, options)?,
    };
    match &options.part {
        None => Ok(contents),
        Some(part) => the_part(contents, part),
    }
}

/// Of several traces, the one of this name.
fn the_part(contents: Vec<Content>, part: &str) -> Result<Vec<Content>, NetworkError> {
    let name = |c: &Content| match c {
        Content::Trace(recording) => recording.part.clone(),
        Content::Table(_) => None,
    };
    let known: Vec<String> = contents.iter().filter_map(name).collect();
    let found: Vec<Content> = contents.into_iter().filter(|c| name(c).as_deref() == Some(part)).collect();
    if found.is_empty() {
        let nearest = spec::nearest(part, known.iter().map(String::as_str));
        let expected = match nearest {
            Some(near) => {
                format!("one of the {} traces of the input, did you mean {}?", known.len(), quoted(near))
            }
            None => format!("one of the {} traces of the input", known.len()),
        };
        return Err(NetworkError::input(0, "part", quoted(part), expected));
    }
    Ok(found)
}

/// Reads the one trace of a file, whose stem names it unless the options do.
///
/// # Errors
/// As [`read`], with the file's name.
pub fn read_path(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Recording, NetworkError> {
    let (file, options) = open(path, options)?;
    read(file, format, &options).map_err(|e| e.in_file(path))
}

/// Reads everything that a file holds; its stem names it unless the options do.
///
/// # Errors
/// As [`read_all`], with the file's name.
pub fn read_all_path(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let (file, options) = open(path, options)?;
    read_all(file, format, &options).map_err(|e| e.in_file(path))
}

/// A file and, where the options name one, the file that belongs to it; the texts follow each other.
fn open(path: &Path, options: &ReadOptions) -> Result<(Box<dyn Read>, ReadOptions), NetworkError> {
    let open = |path: &Path| {
        let failed =
            |e: std::io::Error| NetworkError::Io { path: path.to_path_buf(), message: e.to_string() };
        std::fs::File::open(path).map_err(failed)
    };
    let first = open(path)?;
    let input: Box<dyn Read> = match &options.acked {
        None => Box::new(first),
        // What the first file may lack is the end of its last line; a blank line does no harm.
        Some(second) => Box::new(first.chain(&b"\n"[..]).chain(open(second)?)),
    };
    let mut options = options.clone();
    options.name.get_or_insert_with(|| stem(path));
    Ok((input, options))
}

/// The name of a file without its extension. Names like `trace_1_http---www.msn.com` have no extension.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, "json" | "csv" | "txt" | "log" | "down" | "up" | "cooked" | "trace" | "mahi"))
            if !stem.is_empty() =>
        {
            stem.to_string()
        }
        _ => name,
    }
}

/// Writes a trace and returns what the format could not hold, one sentence each; empty when nothing is lost.
///
/// # Errors
/// [`NetworkError::Input`] for a format that cannot be written, or a trace that it cannot hold at all;
/// [`NetworkError::Io`] from the output.
pub fn write(
    trace: &Trace,
    format: &Format,
    out: &mut dyn Write,
    options: &WriteOptions,
) -> Result<Vec<String>, NetworkError> {
    match format.write {
        Some(writer) => writer(trace, options, out),
        None => {
            let can: Vec<&str> = FORMATS.iter().filter(|f| f.can_write()).map(|f| f.name()).collect();
            let expected = format!("one that can be written: {}", can.join(", "));
            Err(NetworkError::input(0, "the format", format.name(), expected))
        }
    }
}

// What readers and writers share.

/// The input as text, without a byte-order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, NetworkError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            let byte = bytes.get(e.valid_up_to()).copied().unwrap_or_default();
            Err(NetworkError::input(line, "", format!("byte 0x{byte:02x}"), "text in UTF-8"))
        }
    }
}

/// The number of a field whose unit is a thousand of Segue's own (s, Mbit/s), if it is in `[0, max]`.
pub(crate) fn thousands(line: usize, field: &str, text: &str, max: f64) -> Result<f64, NetworkError> {
    match decimal::parse_shifted(text, 3) {
        Some(value) if value >= 0.0 && value <= max * 1e3 => Ok(value.abs()), // abs: -0 becomes 0
        _ => Err(NetworkError::input(line, field, quoted(text), format!("a number from 0 to {max:e}"))),
    }
}

/// A found text in quotes, short and printable.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", excerpt(text))
}

/// A sample of a time series: a time of the file and the rate and latency that go with it.
pub(crate) struct Sample {
    pub(crate) line: usize,
    pub(crate) at: Seconds,
    pub(crate) rate: BitRate,
    pub(crate) latency: Seconds,
}

/// Periods out of samples in non-decreasing order of time, and how many samples had no duration.
pub(crate) fn periods(
    samples: &[Sample],
    hold: Hold,
    last: Option<Seconds>,
) -> Result<(Vec<Period>, usize), NetworkError> {
    let mut periods = Vec::with_capacity(samples.len());
    let mut dropped = 0;
    let mut push = |duration: Seconds, s: &Sample| {
        if duration > Seconds::ZERO {
            periods.push(Period { duration, rate: s.rate, latency: s.latency });
        } else {
            dropped += 1;
        }
    };
    for pair in samples.windows(2) {
        let held = if hold == Hold::Backward { &pair[1] } else { &pair[0] };
        push(pair[1].at - pair[0].at, held);
    }
    if let (Hold::Forward, Some(end)) = (hold, samples.last()) {
        let before = samples.len().checked_sub(2).map(|i| end.at - samples[i].at);
        let before = before.filter(|d| *d > Seconds::ZERO).unwrap_or(Seconds::new(1.0));
        push(last.unwrap_or(before), end);
    }
    match samples.last() {
        Some(end) if periods.is_empty() => {
            let found = format!("the end, after {} sample(s)", samples.len());
            Err(NetworkError::input(end.line, "", found, "at least one interval of positive length"))
        }
        None => Err(NetworkError::input(0, "the input", "without samples", "at least one interval")),
        Some(_) => Ok((periods, dropped)),
    }
}

/// A note for samples without duration.
pub(crate) fn dropped_note(dropped: usize) -> Vec<String> {
    match dropped {
        0 => vec![],
        n => vec![format!(
            "{n} sample(s) with the time stamp of their predecessor hold on no interval and were dropped"
        )],
    }
}

/// The name of a trace that has none.
pub(crate) fn name(options: &ReadOptions) -> String {
    options.name.clone().unwrap_or_else(|| "trace".to_string())
}

/// Times whose differences, as a reader takes them, are exactly the durations of the periods, where such times exist;
/// and how many do not. In milliseconds, the first being `origin`.
pub(crate) fn clock(trace: &Trace, origin: f64) -> (Vec<f64>, usize) {
    let mut times = vec![origin];
    let (mut now, mut inexact) = (origin, 0);
    for p in trace.periods() {
        let wanted = p.duration.millis();
        let sum = now + wanted;
        // The sum of two numbers is rounded; one of its neighbours may give the difference back.
        let candidates =
            [sum, sum.next_up(), sum.next_down(), sum.next_up().next_up(), sum.next_down().next_down()];
        now = match candidates.iter().find(|t| **t - now == wanted) {
            Some(exact) => *exact,
            None => {
                inexact += 1;
                sum
            }
        };
        times.push(now);
    }
    (times, inexact)
}

/// The losses of a format that has times instead of durations, and no latency.
pub(crate) fn clock_loss(inexact: usize) -> Option<String> {
    (inexact > 0).then(|| format!("{inexact} duration(s) change in their last binary digit"))
}

/// The loss of latencies in a format without them.
pub(crate) fn latency_loss(trace: &Trace) -> Option<String> {
    let first = trace.periods().first().map_or(Seconds::ZERO, |p| p.latency);
    if trace.periods().iter().any(|p| p.latency != first) {
        return Some("the latencies, which change over time, are not written".to_string());
    }
    (first > Seconds::ZERO).then(|| {
        format!("the latency is not written; read with latency={}", decimal::shifted(first.millis(), -3))
    })
}

/// The loss of Pensieve's longer first period.
pub(crate) fn wrap_loss(trace: &Trace) -> Option<String> {
    let extra = trace.wrap_extra();
    (extra > Seconds::ZERO).then(|| format!("the first period is not {extra} longer from the second pass on"))
}

/// Turns an output error into ours.
pub(crate) fn io(e: std::io::Error) -> NetworkError {
    NetworkError::Io { path: Default::default(), message: e.to_string() }
}
