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

use serde::Deserialize;

use super::requests::{Requests, Span};
use super::{Cmcd, Fault, Log, instant, parse};

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
    fn keys(&self) -> Cmcd {
        let mut keys = Cmcd::default();
        let headers =
            self.request.headers.iter().filter(|h| h.name.to_ascii_lowercase().starts_with("cmcd-"));
        let query = self.request.query_string.iter().filter(|q| q.name == "CMCD");
        headers.chain(query).for_each(|pair| keys.add(&pair.value));
        keys
    }

    /// When it ended, on the clock of the file, in s.
    fn span(&self, field: &str) -> Result<Span, Fault> {
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
    let mut requests = Requests::default();
    for (i, entry) in file.log.entries.iter().enumerate() {
        let span = || entry.span(&format!("log.entries[{i}]"));
        requests.add(entry.keys(), entry.response.status, entry.bytes(), span)?;
    }
    requests.log(SOURCE, "log.entries", "a HAR")
}
