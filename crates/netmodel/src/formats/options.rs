//! How to read and write a trace, and the options that formats share.

use std::path::PathBuf;

use spec::Options;
use units::{BitRate, Seconds};

use super::limits::{MAX_LATENCY_MS, MAX_RATE_MBPS, MAX_TIME_S, MIN_ROW_S, PACKET_BYTES};
use crate::NetworkError;
use crate::recording::Measurement;

/// Which interval a sample of a time series holds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The one that ends at its time: the sample was measured *over* it.
    Backward,
    /// The one that begins at its time: the sample is set *from* there on.
    Forward,
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
    /// Name of the trace; [`read_path`](super::read_path) takes the stem of the file's name.
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
    /// How a table of any shape is read.
    pub table: Option<TableOptions>,
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
            packet_bytes: PACKET_BYTES,
            last: None,
            wrap_from_zero: false,
            rows: None,
            acked: None,
            table: None,
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
    /// The most MB that a line per packet may become.
    pub most_mb: f64,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions { hold: None, packet_bytes: PACKET_BYTES, carry: Carry::Keep, most_mb: 100.0 }
    }
}

/// Which columns of a table are meant, and in which unit its rates are; what is not told is looked for in the header.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TableOptions {
    /// The column of the times, by its name, or its number from 1.
    pub time: Option<String>,
    pub rate: Option<String>,
    pub latency: Option<String>,
    pub unit: Option<RateUnit>,
    /// What stands between two columns.
    pub separator: Option<char>,
}

/// A unit of rates: so much per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateUnit {
    /// 1 bit.
    Bit,
    /// 10^3 bit.
    Kbit,
    /// 10^6 bit.
    Mbit,
    /// 8 bit.
    Byte,
    /// 10^3 byte.
    Kbyte,
    /// 10^6 byte.
    Mbyte,
}

impl RateUnit {
    pub(super) const WORDS: [(&str, RateUnit); 6] = [
        ("bit", RateUnit::Bit),
        ("kbit", RateUnit::Kbit),
        ("Mbit", RateUnit::Mbit),
        ("byte", RateUnit::Byte),
        ("kB", RateUnit::Kbyte),
        ("MB", RateUnit::Mbyte),
    ];
}

/// The options that formats share.
pub(crate) mod keys {
    use spec::{Opt, opt};

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
    pub(crate) const MOST_MB: Opt =
        opt("most_mb", "100", "writing: refuse what would be more MB, up to 10000");
}

impl ReadOptions {
    /// Whether its numbers are what they may be.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
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

/// The options of a format out of `key=value,...`.
pub(super) fn parse(options: &Options) -> Result<(ReadOptions, WriteOptions), NetworkError> {
    let (mut read, mut write) = (ReadOptions::default(), WriteOptions::default());
    if options.given("hold") {
        let hold = options.choice("hold", &[("backward", Hold::Backward), ("forward", Hold::Forward)])?;
        (read.hold, write.hold) = (Some(hold), Some(hold));
    }
    if options.given("part") && options.text("part") != "all" {
        read.part = Some(options.text("part").to_string());
    }
    read.table = table(options)?;
    let column_of_latency = read.table.as_ref().is_some_and(|t| t.latency.is_some());
    if options.given("latency") && !column_of_latency {
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
        let words = [("capacity", Measurement::Capacity), ("observed", Measurement::Observed)];
        read.measures = Some(options.choice("measured", &words)?);
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
    if options.given("rows") && options.text("rows") != "auto" {
        read.rows = Some(match options.text("rows") {
            "timestamp" => Rows::ByTimestamp,
            _ => Rows::Each(Seconds::new(options.number("rows", MIN_ROW_S..=MAX_TIME_S)?)),
        });
    }
    if options.given("acked") && !options.text("acked").is_empty() {
        read.acked = Some(PathBuf::from(options.text("acked")));
    }
    if options.given("carry") {
        write.carry = options.choice("carry", &[("keep", Carry::Keep), ("drop", Carry::Drop)])?;
    }
    if options.given("most_mb") {
        write.most_mb = options.number("most_mb", 0.001..=10_000.0)?;
    }
    Ok((read, write))
}

/// What is told of the columns of a table, if anything is.
fn table(options: &Options) -> Result<Option<TableOptions>, NetworkError> {
    let text = |key: &str| {
        let given = options.given(key) && options.text(key) != "auto";
        given.then(|| options.text(key).to_string())
    };
    let mut table = TableOptions { time: text("time"), rate: text("rate"), ..TableOptions::default() };
    // A number is the latency itself.
    table.latency = text("latency").filter(|t| t.parse::<f64>().is_err() && !options.text("unit").is_empty());
    if text("unit").is_some() {
        table.unit = Some(options.choice("unit", &RateUnit::WORDS)?);
    }
    if let Some(word) = text("separator") {
        let known = [("comma", ','), ("semicolon", ';'), ("tab", '\t'), ("space", ' '), ("pipe", '|')];
        let named = known.iter().find(|(name, _)| *name == word).map(|(_, c)| *c);
        let mut letters = word.chars();
        let single = letters.next().filter(|_| letters.next().is_none());
        let expected = "comma, semicolon, tab, space, pipe or one character";
        table.separator = Some(named.or(single).ok_or_else(|| options.wrong("separator", expected))?);
    }
    Ok((table != TableOptions::default()).then_some(table))
}
