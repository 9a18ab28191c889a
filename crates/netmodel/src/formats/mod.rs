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
//! assert_eq!(recording.trace.period(0).rate, BitRate::from_mbps(2.0));
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
//! Readers refuse what no measurement contains (times beyond [`MAX_TIME_S`], rates beyond [`MAX_RATE_MBPS`], a trace in
//! which no whole microsecond passes), so that no input makes them allocate more than a small multiple of its own size,
//! and every later sum stays finite. Formats of lines stream: nothing but the trace is kept. Realistic files cost less
//! than four times their size (`tests/memory.rs` measures every format); a period has 28 bytes however short its text, so a
//! line of four characters costs seven times its size.

mod cellreplay;
mod cooked;
mod csv;
mod decimal;
mod fcc;
mod genet;
mod gnettrack;
mod lines;
mod lumos;
mod lumos5g;
mod mahimahi;
mod nyumets;
mod nyumets2020;
mod oboe;
mod packed;
mod puffer;
mod rawlog;
mod sabre;
mod sigcomm21;
mod sigcomm24;
mod steps;
mod table;
mod twitch;
mod values;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use spec::{Entry, Opt, Spec, opt};
use units::{BitRate, Seconds};

use crate::error::excerpt;
use crate::{NetworkError, Period, Trace};

pub(crate) use lines::Lines;
pub use packed::{Member, Unpacked, is_packed, unpack};
pub use puffer::{Role, roles};
pub use values::Values;

/// The largest time a reader accepts, in seconds: 317 years, beyond every clock.
pub const MAX_TIME_S: f64 = 1e10;
/// The largest rate a reader accepts, in Mbit/s: a thousand terabit per second.
pub const MAX_RATE_MBPS: f64 = 1e9;
/// The largest latency a reader accepts, in milliseconds: a day.
pub const MAX_LATENCY_MS: f64 = 86_400_000.0;
/// The largest input a reader accepts, in bytes: 1 GiB.
pub const MAX_INPUT_BYTES: u64 = 1 << 30;
/// The most traces of one input, and files of one archive: a trace costs some kilobytes however short its text is.
pub const MAX_PARTS: usize = 100_000;

/// The shortest row or interval of a log, in seconds: statistics count whole microseconds.
pub(crate) const MIN_ROW_S: f64 = 1e-6;

/// The registry, in alphabetical order. A new format is a file in this folder and a line here.
static FORMATS: &[&Format] = &[
    &cellreplay::FORMAT,
    &cooked::FORMAT,
    &csv::FORMAT,
    &fcc::FORMAT,
    &genet::FORMAT,
    &gnettrack::FORMAT,
    &lumos::FORMAT,
    &lumos5g::FORMAT,
    &mahimahi::FORMAT,
    &nyumets::FORMAT,
    &nyumets2020::FORMAT,
    &oboe::FORMAT,
    &puffer::FORMAT,
    &rawlog::FORMAT,
    &sabre::FORMAT,
    &sigcomm21::FORMAT,
    &sigcomm24::FORMAT,
    &steps::FORMAT,
    &twitch::FORMAT,
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
    /// Line by line, of a format whose inputs hold one trace each and may be large: nothing but the trace is kept.
    Lines(fn(&mut Lines<'_>, &ReadOptions) -> Result<Recording, NetworkError>),
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
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
    /// What every rate is multiplied by, for files in another unit than their format has.
    pub scale: f64,
    /// The lowest rate: lower ones are raised to it.
    pub floor: BitRate,
    /// What the rates are; None is what the format or the file says.
    pub measures: Option<Measurement>,
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
            scale: 1.0,
            floor: BitRate::ZERO,
            measures: None,
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
    pub(crate) const SCALE: Opt =
        opt("scale", "1", "what every rate is multiplied by (8 for MByte/s, as in MERINA's Puffer traces)");
    pub(crate) const MEASURED: Opt =
        opt("measured", "capacity", "what the rates are: capacity, or observed by an application");
    pub(crate) const SCALE_CDP: Opt =
        opt("scale", "1", "what every rate is multiplied by; 1.024 is what Twitch's script makes Chrome do");
    pub(crate) const OBSERVED: Opt = Opt { default: "observed", ..MEASURED };
    pub(crate) const PART: Opt =
        opt("part", "all", "which of several traces of a file, by its name in the file");
    pub(crate) const FLOOR: Opt = opt(
        "floor",
        "0",
        "lowest rate in Mbit/s, to which lower ones are raised (0.1 in Genet's simulators)",
    );
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
    /// Its values in the unit of the file.
    pub values: Values,
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
    /// The packets of the trace, of which `at_zero` are of lines `0`.
    Packets { at_zero: u32 },
}

impl Recording {
    /// A trace and nothing else.
    pub(crate) fn of(trace: Trace, format: &Format, samples: Samples) -> Recording {
        Recording {
            trace,
            format: format.name(),
            part: None,
            measures: format.measures,
            facts: serde_json::Map::new(),
            columns: vec![],
            notes: vec![],
            samples,
        }
    }

    /// Adds what the file says.
    pub(crate) fn fact(mut self, name: &str, value: impl Into<serde_json::Value>) -> Recording {
        self.facts.insert(name.to_string(), value.into());
        self
    }
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
    /// The beginning of the line that the head cuts; empty if it cuts none.
    pub(crate) cut: &'a str,
}

impl<'a> Head<'a> {
    const BYTES: usize = 4096;
    const LINES: usize = 16;

    fn of(bytes: &'a [u8]) -> Result<Head<'a>, NetworkError> {
        let cut = bytes.len() > Head::BYTES;
        let head = &bytes[..bytes.len().min(Head::BYTES)];
        if head.iter().all(u8::is_ascii_whitespace) {
            let found = if bytes.is_empty() { "empty" } else { "blank" };
            return Err(NetworkError::input(0, "the input", found, "a network trace"));
        }
        // A head may be cut in the middle of a character: what is valid of it is enough.
        let head = match text(head) {
            Ok(head) => head,
            Err(_) if cut => std::str::from_utf8(head).unwrap_or_else(|e| valid_part(head, &e)),
            Err(e) => return Err(e),
        };
        Ok(Head::new(head, cut))
    }

    /// The head of an input: all of it, or what is `cut` off.
    fn new(text: &'a str, cut: bool) -> Head<'a> {
        // A file of one endless line (JSON) is recognised by what is seen of it.
        let (whole, rest) = match text.rsplit_once('\n') {
            Some(parts) if cut => parts,
            _ => (text, ""),
        };
        let lines = whole.lines().map(str::trim).filter(|l| !l.is_empty()).take(Head::LINES).collect();
        Head { lines, cut: rest.trim() }
    }

    /// Whether what is seen begins so.
    pub(crate) fn starts_with(&self, sign: char) -> bool {
        self.lines.first().is_some_and(|l| l.starts_with(sign))
    }

    /// Whether some line, as far as it is seen, has this in it.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.lines.iter().any(|l| l.contains(text)) || self.cut.contains(text)
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
    if options.given("scale") {
        read.scale = options.number("scale", 1e-6..=1e6)?;
    }
    if options.given("floor") {
        read.floor = BitRate::from_mbps(options.number("floor", 0.0..=MAX_RATE_MBPS)?);
    }
    if options.given("measured") {
        let measures = [Measurement::Capacity, Measurement::Observed];
        read.measures = Some(measures[options.choice("measured", &["capacity", "observed"])?]);
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
            let first = head.lines.first().map_or_else(String::new, |l| excerpt(l));
            let expected = format!("the beginning of a trace in one of the {} known formats", FORMATS.len());
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
    the_one(read_all(input, format, options))
}

/// The one trace of what was read.
fn the_one(contents: Result<Vec<Content>, NetworkError>) -> Result<Recording, NetworkError> {
    let (mut traces, mut tables) = (Vec::new(), 0);
    for content in contents? {
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

/// Reads everything that an input holds in the given format, or in the one that its content shows. Of a compressed
/// input it is what is in it, of an archive what is in all of its files ([`unpack`]).
///
/// # Errors
/// [`NetworkError::Input`] with the line and field at fault; [`NetworkError::Io`] from the input itself.
pub fn read_all(
    input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    read_sized(input, 0, format, options)
}

/// The same of an input that has `size` bytes, if that is known.
fn read_sized(
    input: impl Read,
    size: u64,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    options.check()?;
    let contents = unpacked(input, size, format, options);
    let mut contents = contents?;
    if let Some(measures) = options.measures {
        for content in &mut contents {
            if let Content::Trace(recording) = content {
                recording.measures = measures;
            }
        }
    }
    match &options.part {
        None => Ok(contents),
        Some(part) => the_part(contents, part),
    }
}

/// What is in an input, whether or not it is packed; of an archive, what is in each of its files, named after it.
fn unpacked(
    mut input: impl Read,
    size: u64,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let mut head = Vec::new();
    (&mut input).take(Head::BYTES as u64 + 1).read_to_end(&mut head).map_err(io)?;
    let given_or_seen = |bytes: &[u8]| match format {
        Some(format) => Ok(format),
        None => sniff(bytes).map(|s| s.format),
    };
    if !is_packed(&head) {
        let format = given_or_seen(&head)?;
        return plain(head.chain(input), size, format, options);
    }
    let mut contents = Vec::new();
    let Unpacked { members, notes } = unpack(whole(&mut head.chain(input), size)?)?;
    for Member { path, bytes } in members {
        let mut options = options.clone();
        if !path.as_os_str().is_empty() {
            options.name = Some(stem(&path));
        }
        let format = given_or_seen(&bytes).map_err(|e| e.in_file(&path))?;
        let read = plain(&bytes[..], bytes.len() as u64, format, &options);
        contents.extend(read.map_err(|e| e.in_file(&path))?);
        more_parts(contents.len())?;
    }
    note_first(&mut contents, notes);
    Ok(contents)
}

/// Says of an input what belongs to none of its traces alone.
pub(crate) fn note_first(contents: &mut [Content], said: Vec<String>) {
    match contents.first_mut() {
        Some(Content::Trace(recording)) => recording.notes.extend(said),
        Some(Content::Table(table)) => table.notes.extend(said),
        None => {}
    }
}

/// Whether an input may hold so many traces.
pub(crate) fn more_parts(count: usize) -> Result<(), NetworkError> {
    let found = format!("more than {MAX_PARTS} traces or files");
    let wrong = || NetworkError::input(0, "the input", found, "at most that: divide it into several");
    if count > MAX_PARTS { Err(wrong()) } else { Ok(()) }
}

/// What is in an input of this format that is not packed: here all readers come together.
fn plain(
    mut input: impl Read,
    size: u64,
    format: &Format,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let contents = match format.read {
        Reader::Lines(read) => {
            let mut input = input.take(MAX_INPUT_BYTES + 1);
            let recording = read(&mut Lines::new(&mut input), options);
            not_larger(input.limit() > 0)?;
            vec![recording?.into()]
        }
        Reader::One(read) => vec![read(&whole(&mut input, size)?, options)?.into()],
        Reader::Many(read) => read(&whole(&mut input, size)?, options)?,
    };
    for content in &contents {
        if let Content::Trace(recording) = content {
            not_too_short(recording)?;
        }
    }
    Ok(contents)
}

/// Refuses a trace that statistics could say nothing about.
fn not_too_short(recording: &Recording) -> Result<(), NetworkError> {
    if crate::stats::has_time(recording) {
        return Ok(());
    }
    let part = recording.part.as_ref().map_or_else(String::new, |part| format!(" {}", quoted(part)));
    let found = format!("{} s long", decimal::shifted(recording.trace.duration().millis(), -3));
    let expected = "at least a microsecond, in which statistics count";
    Err(NetworkError::input(0, format!("the trace{part}"), found, expected))
}

/// All bytes of an input that has `size` of them, if that is known.
fn whole(input: &mut dyn Read, size: u64) -> Result<Vec<u8>, NetworkError> {
    let mut bytes = Vec::with_capacity(size.min(MAX_INPUT_BYTES) as usize);
    input.take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    not_larger(bytes.len() as u64 <= MAX_INPUT_BYTES)?;
    Ok(bytes)
}

fn not_larger(ok: bool) -> Result<(), NetworkError> {
    let larger = || NetworkError::input(0, "the input", "larger", format!("at most {MAX_INPUT_BYTES} bytes"));
    ok.then_some(()).ok_or_else(larger)
}

impl ReadOptions {
    /// Whether its numbers are what they may be.
    fn check(&self) -> Result<(), NetworkError> {
        let last = self.last.unwrap_or(Seconds::new(1.0));
        let checks = [
            ("last", last.get(), last > Seconds::ZERO && last.get() <= MAX_TIME_S, "seconds above 0"),
            (
                "latency",
                self.latency.get(),
                self.latency >= Seconds::ZERO && self.latency.millis() <= MAX_LATENCY_MS,
                "seconds from 0 to a day",
            ),
            (
                "floor",
                self.floor.mbps(),
                self.floor >= BitRate::ZERO && self.floor.mbps() <= MAX_RATE_MBPS,
                "a rate",
            ),
            (
                "scale",
                self.scale,
                self.scale > 0.0 && self.scale <= MAX_RATE_MBPS,
                "a number above 0, at most 1e9",
            ),
        ];
        for (option, value, ok, expected) in checks {
            ok.then_some(()).ok_or(NetworkError::Option { option, value, expected })?;
        }
        if let Some(Rows::Each(row)) = self.rows
            && !(MIN_ROW_S..=MAX_TIME_S).contains(&row.get())
        {
            return Err(NetworkError::Option {
                option: "rows",
                value: row.get(),
                expected: "seconds above 0",
            });
        }
        Ok(())
    }
}

impl From<Recording> for Content {
    fn from(recording: Recording) -> Content {
        Content::Trace(Box::new(recording))
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
    the_one(read_all_in(path, format, options)).map_err(|e| e.in_file(path))
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
    read_all_in(path, format, options).map_err(|e| e.in_file(path))
}

fn read_all_in(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let file = std::fs::File::open(path).map_err(io)?;
    let size = file.metadata().map_or(0, |m| m.len());
    let mut options = options.clone();
    options.name.get_or_insert_with(|| stem(path));
    match &options.acked {
        None => read_sized(file, size, format, &options),
        Some(second) => {
            let wrong = |e: NetworkError| {
                let expected = format!("a video_acked file ({e})");
                NetworkError::input(0, "acked", format!("`{}`", second.display()), expected)
            };
            let other = std::fs::File::open(second).map_err(io).map_err(wrong)?;
            let first = unpacked_alone(file, size)?;
            let joined = puffer::joined(first, &unpacked_alone(other, 0).map_err(wrong)?);
            read_sized(&joined[..], joined.len() as u64, format, &options)
        }
    }
}

/// The bytes of an input of one file, which may be compressed.
fn unpacked_alone(mut input: impl Read, size: u64) -> Result<Vec<u8>, NetworkError> {
    let mut members = unpack(whole(&mut input, size)?)?.members;
    match members.len() {
        1 => Ok(members.remove(0).bytes),
        n => Err(NetworkError::input(0, "the input", format!("{n} files"), "one")),
    }
}

/// What a trace of this file is called: its name without its extension. Names like `trace_1_http---www.msn.com` have none.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match name.rsplit_once('.') {
        Some((rest, "gz")) if !rest.is_empty() => stem(Path::new(rest)),
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

/// What is wrong with a JSON text that should be `grammar`.
pub(crate) fn json_error(e: &serde_json::Error, grammar: &str) -> NetworkError {
    let message = e.to_string();
    let found = message.split(" at line ").next().unwrap_or_default();
    match found.split_once(", expected ") {
        Some((found, expected)) => NetworkError::input(e.line(), "", found, expected),
        None => NetworkError::input(e.line(), "", format!("no JSON ({found})"), grammar),
    }
}

/// The number of a field whose unit is a thousand of Segue's own (s, Mbit/s), if it is in `[0, max]`.
pub(crate) fn thousands(
    line: usize,
    field: &str,
    text: impl AsRef<[u8]>,
    max: f64,
) -> Result<f64, NetworkError> {
    number(line, field, text.as_ref(), 3, max)
}

/// The number of a field times a power of ten, if the number itself is in `[0, max]`.
pub(crate) fn number(
    line: usize,
    field: &str,
    text: &[u8],
    shift: i32,
    max: f64,
) -> Result<f64, NetworkError> {
    match decimal::parse_shifted(text, shift) {
        Some(value) if value >= 0.0 && value <= max * 10f64.powi(shift) => Ok(value.abs()), // abs: -0 becomes 0
        _ => Err(NetworkError::input(line, field, lines::shown(text), format!("a number from 0 to {max:e}"))),
    }
}

/// A found text in quotes, short and printable.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", excerpt(text))
}

/// A sample of a time series: a time of the file and the rate and latency that go with it.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) at: Seconds,
    pub(crate) rate: BitRate,
    pub(crate) latency: Seconds,
}

/// Periods out of samples in non-decreasing order of time, made while reading.
pub(crate) struct Series {
    hold: Hold,
    periods: Vec<Period>,
    pub(crate) count: usize,
    /// Samples without duration.
    pub(crate) dropped: usize,
    pub(crate) first: Option<Seconds>,
    /// The sample before, and the time from the one before that to it.
    pub(crate) before: Option<(Sample, Option<Seconds>)>,
}

impl Series {
    pub(crate) fn new(hold: Hold) -> Series {
        Series { hold, periods: vec![], count: 0, dropped: 0, first: None, before: None }
    }

    fn hold_on(&mut self, duration: Seconds, s: &Sample) {
        if duration > Seconds::ZERO {
            grow(&mut self.periods);
            self.periods.push(Period { duration, rate: s.rate, latency: s.latency });
        } else {
            self.dropped += 1;
        }
    }

    /// The next sample, whose time is `time` in its line.
    pub(crate) fn push(&mut self, line: usize, time: &[u8], sample: Sample) -> Result<(), NetworkError> {
        let since = match self.before {
            None => None,
            Some((before, _)) if sample.at < before.at => {
                let expected = format!("at least the time of the row before ({})", before.at);
                return Err(NetworkError::input(line, "time_s", lines::shown(time), expected));
            }
            Some((before, _)) => {
                let duration = sample.at - before.at;
                self.hold_on(duration, if self.hold == Hold::Backward { &sample } else { &before });
                Some(duration)
            }
        };
        self.first.get_or_insert(sample.at);
        self.before = Some((sample, since));
        self.count += 1;
        Ok(())
    }

    /// The time of the first sample.
    pub(crate) fn origin(&self) -> Seconds {
        self.first.unwrap_or(Seconds::ZERO)
    }

    /// All periods, after `line` lines; `last` is how long the last sample of a forward-held series lasts.
    pub(crate) fn finish(&mut self, line: usize, last: Option<Seconds>) -> Result<Vec<Period>, NetworkError> {
        let Some((end, since)) = self.before else {
            return Err(NetworkError::input(0, "the input", "without samples", "at least one interval"));
        };
        if self.hold == Hold::Forward {
            let before = since.filter(|d| *d > Seconds::ZERO).unwrap_or(Seconds::new(1.0));
            self.hold_on(last.unwrap_or(before), &end);
        }
        if self.periods.is_empty() {
            let found = format!("the end, after {} sample(s)", self.count);
            return Err(NetworkError::input(line, "", found, "at least one interval of positive length"));
        }
        self.periods.shrink_to_fit();
        Ok(std::mem::take(&mut self.periods))
    }
}

/// Room for one more, a quarter at a time: what a reader keeps is to stay near what it needs.
pub(crate) fn grow<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).max(4));
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
    for p in trace.periods().iter() {
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
    let first = trace.period(0).latency;
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
