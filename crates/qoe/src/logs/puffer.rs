//! Puffer's `client_buffer`, with the `video_sent` of the same day and, where it is there, `video_acked`.
//!
//! | | |
//! |---|---|
//! | source | Yan et al.: *Learning in situ: a randomized experiment in video streaming*, NSDI 2020; puffer.stanford.edu, "Data Description" |
//! | session | a stream: `session_id` and `index` |
//! | playback | `event`: `startup` ends the startup delay, which is its `cum_rebuf` (s); every rise of `cum_rebuf` after it is a stall that ends then |
//! | segment | a row of `video_sent`: 2.002 s, `size` bytes, `ssim_index` |
//! | times | `time`, ns since 1970; a chunk arrives when it is acknowledged, without that when it is sent |
//! | rung | `format` (`1280x720-26`); its bitrate is the mean of its sizes in the stream |

use std::collections::BTreeMap;

use super::timeline::{Fetched, Rung, Timeline};
use super::{Fault, Log};
use crate::QoeError;

const SOURCE: &str = "Puffer";

/// How long a chunk plays, in s.
const CHUNK_S: f64 = 2.002;

/// A stream, by its session and its index.
type Key = (String, String);

struct Table<'a> {
    name: &'static str,
    rows: csv::Reader<&'a [u8]>,
    columns: Vec<String>,
}

impl<'a> Table<'a> {
    fn new(name: &'static str, text: &'a str) -> Result<Table<'a>, Fault> {
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = rows.headers().map_err(|e| Fault::new(name, e.to_string()))?;
        let columns = header.iter().map(|c| c.strip_suffix(" (ns GMT)").unwrap_or(c).to_string()).collect();
        Ok(Table { name, rows, columns })
    }

    fn column(&self, name: &str) -> Result<usize, Fault> {
        let found = self.columns.iter().position(|c| c == name);
        found.ok_or_else(|| Fault::new(self.name, format!("has no column {name}")))
    }

    /// Calls `each` with the key of every row, the texts of these columns, and the number of the line.
    fn each<const N: usize>(
        mut self,
        names: [&str; N],
        mut each: impl FnMut(Key, [&str; N], &dyn Fn(usize) -> Result<f64, Fault>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let (session, index) = (self.column("session_id")?, self.column("index")?);
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            *place = self.column(name)?;
        }
        for row in self.rows.records() {
            let row = row.map_err(|e| Fault::new(self.name, e.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let texts = places.map(|p| row.get(p).unwrap_or_default());
            let number = |n: usize| {
                texts[n].parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(|| {
                    let shown: String = texts[n].chars().take(40).collect();
                    Fault::new(
                        format!("{}, line {line}, {}", self.name, names[n]),
                        format!("is '{shown}', expected a number"),
                    )
                })
            };
            let key = (
                row.get(session).unwrap_or_default().to_string(),
                row.get(index).unwrap_or_default().to_string(),
            );
            each(key, texts, &number)?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Stream {
    /// `(time, event, cum_rebuf)`.
    events: Vec<(f64, bool, f64)>,
    chunks: Vec<(i64, Fetched)>,
}

/// Whether a text begins like a `client_buffer`, the events of the player.
pub fn is_client_buffer(text: &str) -> bool {
    text.lines().next().is_some_and(|header| header.contains("session_id") && header.contains("cum_rebuf"))
}

/// The sessions of a day of Puffer: the texts of `client_buffer`, `video_sent` and `video_acked`. `file` is the name that
/// errors give.
///
/// # Errors
/// [`QoeError::File`] for a column that is missing, a value that is no number, and where no stream has chunks and a startup.
pub fn puffer(file: &str, buffer: &str, sent: &str, acked: Option<&str>) -> Result<Log, QoeError> {
    read(buffer, sent, acked).map_err(|fault| fault.of(file))
}

fn read(buffer: &str, sent: &str, acked: Option<&str>) -> Result<Log, Fault> {
    let mut streams: BTreeMap<Key, Stream> = BTreeMap::new();
    Table::new("client_buffer", buffer)?.each(
        ["time", "event", "cum_rebuf"],
        |key, [_, event, _], number| {
            streams.entry(key).or_default().events.push((number(0)? / 1e9, event == "startup", number(2)?));
            Ok(())
        },
    )?;
    let columns = ["time", "video_ts", "format", "size", "ssim_index"];
    Table::new("video_sent", sent)?.each(columns, |key, [.., format, _, _], number| {
        let Some(stream) = streams.get_mut(&key) else { return Ok(()) };
        let at = number(0)? / 1e9;
        let ssim = number(4).ok().filter(|s| (0.0..=1.0).contains(s));
        let (rung, bytes) = (Rung::Named(format.to_string()), number(3)?);
        let chunk = Fetched { rung, bytes, request: at, first_byte: at, finish: at, duration: CHUNK_S, ssim };
        stream.chunks.push((number(1)? as i64, chunk));
        Ok(())
    })?;
    let mut notes = Vec::new();
    match acked {
        None => notes.push("there is no video_acked: a chunk is taken to arrive when it is sent".to_string()),
        Some(text) => arrivals(text, &mut streams)?,
    }
    let all = streams.len();
    let mut sessions = Vec::new();
    for ((session, index), stream) in streams {
        if let Some(timeline) = stream.timeline() {
            sessions.push((format!("{session}_{index}"), timeline.record(SOURCE)?));
        }
    }
    if sessions.is_empty() {
        return Err(Fault::new(
            "client_buffer",
            "has no stream with an event startup and chunks in video_sent",
        ));
    }
    if sessions.len() < all {
        notes.push(format!(
            "{} of {all} stream(s) never started to play or have no chunks",
            all - sessions.len()
        ));
    }
    Ok(Log { source: SOURCE, sessions, notes, nominal: false })
}

/// Sets when the chunks arrived: at the first acknowledgement after their sending.
fn arrivals(text: &str, streams: &mut BTreeMap<Key, Stream>) -> Result<(), Fault> {
    let mut acked: BTreeMap<Key, Vec<(i64, f64)>> = BTreeMap::new();
    Table::new("video_acked", text)?.each(["time", "video_ts"], |key, _, number| {
        acked.entry(key).or_default().push((number(1)? as i64, number(0)? / 1e9));
        Ok(())
    })?;
    for (key, mut list) in acked {
        list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for (ts, chunk) in streams.get_mut(&key).map_or(&mut [][..], |s| &mut s.chunks) {
            let next = list.partition_point(|a| (a.0, a.1) < (*ts, chunk.request));
            if let Some((_, at)) = list.get(next).filter(|a| a.0 == *ts) {
                chunk.finish = *at;
            }
        }
    }
    Ok(())
}

impl Stream {
    /// What happened, where it started to play and has chunks.
    fn timeline(mut self) -> Option<Timeline> {
        self.events.sort_by(|a, b| a.0.total_cmp(&b.0));
        let start = self.events.iter().position(|e| e.1)?;
        let (started, _, startup) = self.events[start];
        let mut fetched: Vec<Fetched> = self.chunks.into_iter().map(|c| c.1).collect();
        fetched.sort_by(|a, b| a.request.total_cmp(&b.request));
        // A chunk may be sent before the player counts.
        let origin = fetched.first()?.request.min(started - startup);
        let startup = started - origin;
        let mut stalls: Vec<(f64, f64)> = Vec::new();
        let mut before = self.events[start].2;
        for (at, _, cumulated) in &self.events[start + 1..] {
            let rise = cumulated - before;
            if rise > 0.0 {
                // Rises that touch are one stall.
                match stalls.last_mut().filter(|s| at - rise - (s.0 + s.1) < 0.01) {
                    Some(stall) => stall.1 += rise,
                    None => stalls.push((at - rise, rise)),
                }
                before = *cumulated;
            }
        }
        Some(Timeline { fetched, origin, startup, stalls, ..Timeline::default() })
    }
}
