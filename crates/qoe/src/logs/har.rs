//! HAR 1.2 (HTTP archive) of a player that sends CMCD.
//!
//! | | |
//! |---|---|
//! | source | W3C Web Performance working group, HAR 1.2; CTA-5004 (CMCD) |
//! | segment | an entry whose CMCD, in the query or in headers, says `ot=v` or `ot=av`; of a status below 400 |
//! | times | `startedDateTime`, and `time` ms later; the first byte is `timings.receive` ms before the end |
//! | size | `response.content.size`, else `response.bodySize`, else `response._transferSize`, in bytes |
//! | rung, duration | `br` kbit/s, `d` ms |
//! | sessions | one per `sid` |
//!
//! It does not tell of the playback: that follows from the arrivals. Without CMCD it knows no bitrates and no durations.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cmcd::Keys;
use super::timeline::{Fetched, Rung, Timeline};
use super::{Fault, Log, instant, parse};

const SOURCE: &str = "HAR";

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct File {
    log: Archive,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Archive {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: String,
    time: Option<f64>,
    request: Request,
    response: Response,
    #[serde(default)]
    timings: Timings,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    query_string: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Pair {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase")]
struct Response {
    status: i64,
    #[serde(default)]
    content: Content,
    body_size: Option<f64>,
    #[serde(rename = "_transferSize")]
    transfer_size: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Content {
    size: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Timings {
    receive: Option<f64>,
}

impl Entry {
    fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        let headers =
            self.request.headers.iter().filter(|h| h.name.to_ascii_lowercase().starts_with("cmcd-"));
        let query = self.request.query_string.iter().filter(|q| q.name == "CMCD");
        headers.chain(query).for_each(|pair| keys.add(&decoded(&pair.value)));
        keys
    }

    /// When it ended, on the clock of the file, in s.
    fn span(&self, field: &str) -> Result<(f64, f64, f64), Fault> {
        let start = instant(&format!("{field}.startedDateTime"), &self.started_date_time)?;
        let took = self.time.filter(|t| *t >= 0.0).ok_or_else(|| {
            Fault::new(format!("{field}.time"), "is missing or below 0, expected milliseconds")
        })?;
        let receive = self.timings.receive.filter(|t| *t >= 0.0).unwrap_or(0.0).min(took);
        Ok((start, start + (took - receive) / 1e3, start + took / 1e3))
    }

    fn bytes(&self) -> Option<f64> {
        let sizes = [self.response.content.size, self.response.body_size, self.response.transfer_size];
        sizes.into_iter().flatten().find(|b| *b > 0.0)
    }
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    let file: File = parse(text)?;
    let mut sessions: BTreeMap<String, Vec<Fetched>> = BTreeMap::new();
    let (mut failed, mut bare, mut starved) = (0, 0, 0);
    for (i, entry) in file.log.entries.iter().enumerate() {
        let keys = entry.keys();
        if !keys.is_picture() {
            continue;
        }
        if entry.response.status >= 400 || entry.response.status <= 0 {
            failed += 1;
            continue;
        }
        starved += usize::from(keys.starved);
        let field = format!("log.entries[{i}]");
        let (Some(kbps), Some(ms), Some(bytes)) = (keys.bitrate_kbps, keys.duration_ms, entry.bytes()) else {
            bare += 1;
            continue;
        };
        let (request, first_byte, finish) = entry.span(&field)?;
        let name = keys.session.unwrap_or_default();
        let rung = Rung::Nominal((kbps * 1e3).round() as u64);
        let fetched = Fetched { rung, bytes, request, first_byte, finish, duration: ms / 1e3, ssim: None };
        sessions.entry(name).or_default().push(fetched);
    }
    if sessions.is_empty() {
        let found = format!("{} entries, none of a segment with CMCD", file.log.entries.len());
        let expected =
            "expected a player that sends br, d and ot=v: a HAR alone knows no bitrates and no durations";
        return Err(Fault::new("log.entries", format!("are {found}, {expected}")));
    }
    let mut notes =
        vec!["a HAR does not tell of the playback: start and stalls follow from the arrivals".to_string()];
    if starved > 0 {
        notes.push(format!("the player told of {starved} empty buffer(s) (CMCD bs)"));
    }
    if failed > 0 {
        notes.push(format!("{failed} request(s) that failed are left out"));
    }
    if bare > 0 {
        notes.push(format!("{bare} segment(s) without br, d or a size are left out"));
    }
    let record = |(name, fetched)| Ok((name, Timeline::of_arrivals(fetched).record(SOURCE)?));
    let sessions = sessions.into_iter().map(record).collect::<Result<_, Fault>>()?;
    Ok(Log { source: SOURCE, sessions, notes })
}

/// Without percent-encoding, of which browsers leave some in the query of a HAR.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
