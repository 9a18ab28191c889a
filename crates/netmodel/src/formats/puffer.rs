//! Puffer's daily data: a row per video chunk that the server sent, or that the client acknowledged.
//!
//! | | |
//! |---|---|
//! | source | Yan et al.: *Learning in situ: a randomized experiment in video streaming*, NSDI 2020; puffer.stanford.edu, "Data Description" |
//! | grammar | CSV with a header; columns are found by name. `video_sent`: `time,session_id,index,...,video_ts,format,size,...,min_rtt,rtt,delivery_rate,...`; `video_acked`: `time,session_id,index,...,video_ts,...` |
//! | rate | alone: `delivery_rate` in **bytes** per second. Joined: `8 * size / (acked - sent)` |
//! | time | `time`, or `time (ns GMT)` as the files are published, in ns since 1970 |
//! | hold | alone: backward (option `hold`), an estimate being of what was before it. Joined: explicit, a row is one delivery |
//! | end | unknown to the data; a link loops |
//! | latency | alone: `min_rtt` in us, where it is there; else, and joined (a delivery's time includes its round trip), option `latency`, default 0 |
//!
//! A trace is a stream, named `session_index`. A `video_sent` alone gives the kernel's estimates at the times of sending:
//! one per chunk, no means of intervals. With its `video_acked` it gives what every chunk achieved. The two are joined by
//! stream and `video_ts`; a time stamp that occurs again (the encoder was restarted) belongs to the first
//! acknowledgement after its sending. The second file is the option `acked`; or the two texts one after the other, each
//! with its header, are the input. In a folder or an archive the files of a day find each other by their names ([`roles`]).
//!
//! Both are *observed*. Time between deliveries, when the server waits, is in no row and not in a joined trace.
//!
//! Trap: MERINA's cooked form of this data has MByte/s in the place of Mbit/s (see the format `cooked`).

use std::collections::BTreeMap;
use std::path::Path;

use spec::{Entry, opt};
use units::{BitRate, Bits, Seconds};

use super::deliveries::{Delivery, MIN_NS, observed};
use super::table::{Groups, Row, Table, part};
use super::{
    Content, Format, Head, Hold, MAX_LATENCY_MS, MAX_RATE_MBPS, Measurement, ReadOptions, Reader, Recording,
    Sample, Samples, Series, dropped_note, keys, note_first, text,
};
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "puffer",
        about: "Puffer daily CSV (video_sent, alone or with video_acked): a trace per stream",
        options: &[
            opt("acked", "", "the video_acked file that belongs to the video_sent file"),
            keys::PART,
            keys::HOLD_BACKWARD,
            keys::LAST,
            keys::LATENCY,
        ],
    },
    unit: "bytes/s (alone), bytes per delivery (joined)",
    time_base: "nanoseconds since 1970",
    hold: "alone: backward; joined: explicit, a row is one delivery",
    end: "loops",
    measures: Measurement::Observed,
    detect,
    read: Reader::Many(read),
    write: None,
};

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let timed = TIMES.iter().any(|time| head.has_columns(&[time, "session_id"]));
    timed.then_some("a header with the columns time and session_id")
}

/// What the column of the times is called: in the description, and in the files as they are published.
const TIMES: [&str; 2] = ["time", "time (ns GMT)"];

/// What a file is to the other files of a folder or archive, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Nothing: it is read for itself.
    Alone,
    /// The first of two files of which the other one, at this place, is the option [`ReadOptions::acked`].
    Sent(usize),
    /// The second of two files: it is read with the first.
    Acked,
    /// One that belongs to a set and is no trace, and why.
    NoTrace(&'static str),
}

/// What files are to each other: those of a day of Puffer (`video_sent_X.csv`, `video_acked_X.csv` and so on, with the
/// same X and in the same folder) belong together; all others are alone.
///
/// ```
/// use netmodel::formats::{Role, roles};
///
/// assert_eq!(roles(&["video_acked_X.csv", "video_sent_X.csv", "a.csv"]), [Role::Acked, Role::Sent(0), Role::Alone]);
/// ```
pub fn roles(paths: &[impl AsRef<Path>]) -> Vec<Role> {
    let known: BTreeMap<TableOf<'_>, usize> =
        paths.iter().enumerate().filter_map(|(i, p)| Some((TableOf::named(p.as_ref())?, i))).collect();
    let role = |path: &Path| {
        let Some(table) = TableOf::named(path) else { return Role::Alone };
        let is_known = |name| known.get(&TableOf { name, ..table }).copied();
        match (table.name, is_known(SENT), is_known(ACKED)) {
            (SENT, _, Some(acked)) => Role::Sent(acked),
            (ACKED, Some(_), _) => Role::Acked,
            (ACKED, None, _) => {
                Role::NoTrace("acknowledgements without their video_sent, of which nobody knows the sizes")
            }
            (BUFFER, _, _) => Role::NoTrace("Puffer's events of the player, without sizes or rates"),
            (SSIM | SIZE, Some(_), _) => Role::NoTrace("Puffer's table of encoded chunks, no network trace"),
            _ => Role::Alone,
        }
    };
    paths.iter().map(|p| role(p.as_ref())).collect()
}

/// The text of a `video_sent` and of its `video_acked`, as one input.
pub(super) fn joined(mut sent: Vec<u8>, acked: &[u8]) -> Vec<u8> {
    sent.reserve_exact(acked.len() + 1);
    sent.push(b'\n'); // it may lack the end of its last line; a blank line does no harm
    sent.extend_from_slice(acked);
    sent
}

const SENT: &str = "video_sent";
const ACKED: &str = "video_acked";
const BUFFER: &str = "client_buffer";
const SSIM: &str = "ssim";
const SIZE: &str = "video_size";

/// Which table a file has by its name, and of which day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TableOf<'a> {
    folder: Option<&'a Path>,
    day: &'a str,
    name: &'static str,
}

impl<'a> TableOf<'a> {
    fn named(path: &'a Path) -> Option<TableOf<'a>> {
        let file = path.file_name()?.to_str()?;
        let file = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".csv")?;
        let of = |name: &'static str| {
            let day = file.strip_prefix(name)?.strip_prefix('_')?;
            Some(TableOf { folder: path.parent(), day, name })
        };
        [SENT, ACKED, BUFFER, SSIM, SIZE].into_iter().find_map(of)
    }
}

struct Sent {
    line: usize,
    at_ns: i64,
    video_ts: i64,
    bytes: f64,
    /// What the kernel estimated, if it did.
    rate: Option<BitRate>,
    min_rtt: Option<Seconds>,
}

#[derive(Default)]
struct Stream {
    sent: Vec<Sent>,
    /// `(video_ts, time)` of the acknowledgements.
    acked: Vec<(i64, i64)>,
}

/// The columns of one of the two tables.
struct Places {
    time: usize,
    session: usize,
    index: usize,
    video_ts: usize,
    /// Of `video_sent` only.
    size: Option<usize>,
    rate: Option<usize>,
    min_rtt: Option<usize>,
}

impl Places {
    fn of(table: &Table<'_>) -> Result<Places, NetworkError> {
        Ok(Places {
            time: TIMES.iter().find_map(|t| table.find(t)).map_or_else(|| table.column(TIMES[0]), Ok)?,
            session: table.column("session_id")?,
            index: table.column("index")?,
            video_ts: table.column("video_ts")?,
            size: table.find("size"),
            rate: table.find("delivery_rate"),
            min_rtt: table.find("min_rtt"),
        })
    }

    fn sent(&self, row: &Row<'_>, size: usize) -> Result<Sent, NetworkError> {
        let rate = |place: usize| match row.value(place) {
            None => Ok(None),
            Some(_) => row
                .number(place, 0.0..=MAX_RATE_MBPS * 1e6 / 8.0)
                .map(|b| Some(BitRate::from_kbps(b * 8.0 / 1e3))),
        };
        let micros =
            self.min_rtt.and_then(|p| row.value(p)).filter(|us| (0.0..=MAX_LATENCY_MS * 1e3).contains(us));
        Ok(Sent {
            line: row.line,
            at_ns: row.whole(self.time)?,
            video_ts: row.whole(self.video_ts)?,
            bytes: row.number(size, 0.0..=1e15)?,
            rate: self.rate.map(rate).transpose()?.flatten(),
            min_rtt: micros.map(|us| Seconds::from_millis(us / 1e3)),
        })
    }
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let mut table = Table::new(text(bytes)?, b',')?;
    let mut places = Places::of(&table)?;
    let mut streams: Groups<Stream> = Groups::default();
    let mut name = String::new();
    let mut joined = places.size.is_none();
    while let Some(row) = table.next()? {
        if TIMES.contains(&row.text(places.time)) {
            table.take_header(); // the second of two tables
            places = Places::of(&table)?;
            joined |= places.size.is_none();
            continue;
        }
        name.clear();
        name.extend([row.text(places.session), "_", row.text(places.index)]);
        let stream = streams.of(&name)?;
        match places.size {
            Some(size) => stream.sent.push(places.sent(&row, size)?),
            None => stream.acked.push((row.whole(places.video_ts)?, row.whole(places.time)?)),
        }
    }
    let mut contents = Vec::new();
    let (mut lines, mut all) = ((0usize, 0usize), 0usize);
    for (name, mut stream) in streams.into_iter() {
        all += 1;
        lines = (lines.0 + stream.sent.len(), lines.1 + stream.acked.len());
        stream.sent.sort_by_key(|s| s.at_ns);
        let found =
            if joined { stream.deliveries(&name, options)? } else { stream.estimates(&name, options)? };
        contents.extend(found.map(|r| Content::Trace(Box::new(part(r, &name, options)))));
    }
    if contents.is_empty() {
        let expected = match lines {
            (0, acked) if acked > 0 => {
                "a video_sent before it: of acknowledgements alone nobody knows the sizes"
            }
            _ => "a stream with two chunks that have a delivery_rate, or one that was acknowledged",
        };
        let found = format!("{} row(s) of video_sent and {} of video_acked", lines.0, lines.1);
        return Err(NetworkError::input(0, "the input", found, expected));
    }
    if contents.len() < all {
        let why = match joined {
            true => "no chunk of theirs was sent and acknowledged",
            false => "they have no two chunks with a delivery_rate",
        };
        let note = format!("{} of {all} stream(s) are left out: {why}", all - contents.len());
        note_first(&mut contents, vec![note]);
    }
    Ok(contents)
}

impl Stream {
    /// The kernel's estimates; None for a stream that has no interval between two of them.
    fn estimates(&self, name: &str, options: &ReadOptions) -> Result<Option<Recording>, NetworkError> {
        let Some(first) = self.sent.first() else { return Ok(None) };
        let hold = options.hold.unwrap_or(Hold::Backward);
        let mut series = Series::new(hold);
        for s in &self.sent {
            let Some(rate) = s.rate else { continue };
            let at = Seconds::from_millis(s.at_ns.saturating_sub(first.at_ns) as f64 / 1e6);
            let latency = s.min_rtt.unwrap_or(options.latency);
            series.push(s.line, b"", Sample { at, rate, latency })?;
        }
        let (count, origin) = (series.count, series.origin());
        let Some((end, _)) = series.before else { return Ok(None) };
        // One estimate can hold from its time on; several of one time hold on nothing.
        let interval = end.at - origin >= Seconds::from_millis(MIN_NS as f64 / 1e6);
        if !interval && (count > 1 || hold == Hold::Backward) {
            return Ok(None);
        }
        let periods = series.finish(first.line, options.last)?;
        let dropped = series.dropped;
        let at = Samples::Periods { origin, dropped };
        let mut recording = FORMAT.recording(Trace::new(name, periods)?, at);
        recording.facts.insert("n_records".into(), self.sent.len().into());
        recording.notes = dropped_note(dropped);
        recording.notes.extend(super::table::left_out(self.sent.len() - count, "delivery_rate"));
        recording
            .notes
            .push("rates are estimates of the kernel at the times of sending, no means of intervals".into());
        Ok(Some(recording))
    }

    /// What the chunks achieved; None for a stream of which none was acknowledged.
    fn deliveries(&mut self, name: &str, options: &ReadOptions) -> Result<Option<Recording>, NetworkError> {
        self.acked.sort_unstable();
        let mut arrived = Vec::with_capacity(self.sent.len());
        for s in &self.sent {
            let next = self.acked.partition_point(|a| *a < (s.video_ts, s.at_ns));
            let acked = self.acked.get(next).filter(|a| a.0 == s.video_ts).map(|a| a.1);
            if let Some(took_ns) = acked.map(|at| at.saturating_sub(s.at_ns)).filter(|ns| *ns >= MIN_NS) {
                let size = Bits::from_bytes(s.bytes);
                arrived.push(Delivery { line: s.line, begin_ns: s.at_ns, took_ns, size });
            }
        }
        let Some(mut recording) = observed(name, FORMAT.entry.name, options.latency, &arrived)? else {
            return Ok(None);
        };
        // A chunk without an acknowledgement is no sample: it has no time to share with another one.
        recording.facts.insert("n_records".into(), self.sent.len().into());
        let open = self.sent.len() - arrived.len();
        if open > 0 {
            let note = format!("{open} chunk(s) were not acknowledged after they were sent and are left out");
            recording.notes.insert(0, note);
        }
        Ok(Some(recording))
    }
}
