//! What an origin tells of every request.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use units::Seconds;

use crate::clock;
use crate::shaper::Look;

/// The schema of a line of the log.
pub const LOG_SCHEMA: &str = "segue.origin-log/1";

/// What was asked for, and how the answer went. Times are in seconds since the request, but for `at_s` and `link_s`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Served {
    pub schema: &'static str,
    /// When the request came, since the start of the origin.
    pub at_s: Seconds,
    /// When it came on the link's clock, which begins with the first request for media.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_s: Option<Seconds>,
    /// The number of its connection, from 1.
    pub connection: u64,
    /// GET, HEAD, ...
    pub method: String,
    /// What was asked for, with its query.
    pub path: String,
    pub status: u16,
    /// Of a segment, its level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// Of a segment or chunk, its index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<usize>,
    /// Bytes that the body should have.
    pub bytes: u64,
    /// Bytes of the body that were sent.
    pub sent: u64,
    /// Whether all of them were.
    pub complete: bool,
    /// When the link let the first bit through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_s: Option<Seconds>,
    /// When the first byte of the body was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_s: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_s: Option<Seconds>,
    /// When the last one was due by the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_s: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// What the client told by CMCD (CTA-5004), in the query or in headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmcd: Option<String>,
}

/// What hears of it: called once per request, when its answer is over.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(&Served) + Send + Sync>);

impl Log {
    /// Calls `hear` for every request. It should not block.
    pub fn new(hear: impl Fn(&Served) + Send + Sync + 'static) -> Log {
        Log(Arc::new(hear))
    }

    /// Nobody listens.
    pub fn none() -> Log {
        Log::new(|_| ())
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

/// A line of the log that is being made.
pub(crate) struct Record {
    served: Served,
    asked: Instant,
    log: Log,
}

impl Record {
    pub(crate) fn new(log: Log, asked: Instant, served: Served) -> Record {
        Record { served: Served { schema: LOG_SCHEMA, ..served }, asked, log }
    }

    /// What it says so far.
    pub(crate) fn served(&mut self) -> &mut Served {
        &mut self.served
    }

    pub(crate) fn link(&mut self, look: &Look) {
        self.served.link_s = Some(look.opened);
        self.served.start_s = look.started;
        self.served.due_s = look.finished;
    }

    /// Bytes of the body are handed on.
    pub(crate) fn sent(&mut self) {
        let since = clock::since(self.asked);
        self.served.first_s.get_or_insert(since);
        self.served.last_s = Some(since);
    }

    pub(crate) fn over(mut self, sent: u64, complete: bool) {
        self.served.sent = sent;
        self.served.complete = complete;
        (self.log.0)(&self.served);
    }
}
