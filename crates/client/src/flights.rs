//! Requests in flight: a task each, and news in one queue.

use std::collections::BTreeMap;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use units::Seconds;

use crate::clock::duration;
use crate::cmsd::Cmsd;
use crate::config::Config;
use crate::http::{Header, Heard, Http, Wanted};
use crate::scheduler::{Attempt, Failure};

/// What became of a request.
#[derive(Debug)]
pub(crate) enum News {
    /// A ping was answered after so many milliseconds, or was not.
    Pong {
        node: usize,
        latency_ms: Option<f64>,
    },
    /// A request has brought so many bytes; 0 with the head of its answer, right after what the server tells in it.
    Came {
        id: u64,
        bytes: u64,
    },
    /// What the server tells with the answer to a request.
    Told {
        id: u64,
        cmsd: Box<Cmsd>,
    },
    Over(Over),
    /// A playlist came from this node, or from none.
    Playlist {
        id: u64,
        came: Option<(usize, Bytes)>,
    },
}

#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) attempt: Attempt,
    pub(crate) result: Result<(), Failure>,
    /// What it brought itself.
    pub(crate) bytes: u64,
    /// The chunk, or what of it is here.
    pub(crate) data: Vec<u8>,
}

/// Pings and requests on their way.
pub(crate) struct Flights {
    http: Http,
    config: Config,
    sender: mpsc::UnboundedSender<News>,
    news: mpsc::UnboundedReceiver<News>,
    tasks: BTreeMap<u64, AbortHandle>,
    /// What broken requests have left, by chunk.
    parts: BTreeMap<String, Vec<u8>>,
}

impl Flights {
    pub(crate) fn new(http: Http, config: Config) -> Flights {
        let (sender, news) = mpsc::unbounded_channel();
        Flights { http, config, sender, news, tasks: BTreeMap::new(), parts: BTreeMap::new() }
    }

    pub(crate) async fn next(&mut self) -> News {
        match self.news.recv().await {
            Some(News::Over(over)) => {
                self.tasks.remove(&over.attempt.id);
                News::Over(over)
            }
            Some(news) => news,
            // There is a sender here, so the queue never closes.
            None => std::future::pending().await,
        }
    }

    /// Pings a node at its URL. Any answer counts, except (where that is not the profile) that of a server in trouble.
    pub(crate) fn ping(&self, node: usize, url: &str) {
        let (http, sender) = (self.http.clone(), self.sender.clone());
        let any = self.config.behaviour.any_answer_is_good;
        let (url, patience) = (format!("{url}/ping"), duration(self.config.ping_timeout));
        tokio::spawn(async move {
            let began = tokio::time::Instant::now();
            let answer = http.head(&url, patience).await;
            let good = answer.is_some_and(|(status, _)| any || !status.is_server_error());
            let latency_ms = good.then(|| began.elapsed().as_secs_f64() * 1e3);
            // Nobody listens any more once the session is over.
            let _ = sender.send(News::Pong { node, latency_ms });
        });
    }

    /// Begins a request.
    pub(crate) fn fetch(&mut self, attempt: Attempt, wanted: Wanted) {
        let mut data = match attempt.from {
            0 => Vec::new(),
            from => self.parts.remove(&attempt.chunk).filter(|p| p.len() as u64 == from).unwrap_or_default(),
        };
        let (http, sender) = (self.http.clone(), self.sender.clone());
        let timeout = duration(attempt.timeout);
        let id = attempt.id;
        let task = tokio::spawn(async move {
            let mut bytes = 0;
            let told = |heard: Heard<'_>| {
                if let Heard::Head(headers) = heard
                    && let Some(cmsd) = Cmsd::of(headers)
                {
                    let _ = sender.send(News::Told { id, cmsd: Box::new(cmsd) });
                }
                bytes = match heard {
                    Heard::Head(_) => 0,
                    Heard::Bytes(n) => n,
                };
                let _ = sender.send(News::Came { id, bytes });
            };
            let fetched = http.fetch(&wanted, &mut data, told);
            let result = tokio::time::timeout(timeout, fetched).await.unwrap_or(Err(Failure::TimedOut));
            let _ = sender.send(News::Over(Over { attempt, result, bytes, data }));
        });
        self.tasks.insert(id, task.abort_handle());
    }

    /// Fetches a playlist from the first of these nodes that has it, and may hold the answer for so long.
    pub(crate) fn playlist(
        &mut self,
        id: u64,
        places: Vec<(usize, String)>,
        headers: Vec<Header>,
        held: Seconds,
    ) {
        let (http, sender) = (self.http.clone(), self.sender.clone());
        tokio::spawn(async move {
            let mut came = None;
            for (node, url) in places {
                if let Ok(text) = http.get_with(&url, &headers, duration(held)).await {
                    came = Some((node, text));
                    break;
                }
            }
            let _ = sender.send(News::Playlist { id, came });
        });
    }

    /// Keeps what a broken request has left of its chunk; tells how much can be used.
    pub(crate) fn keep(&mut self, chunk: &str, data: Vec<u8>) -> u64 {
        let bytes = data.len() as u64;
        if bytes > 0 {
            self.parts.insert(chunk.to_string(), data);
        }
        bytes
    }

    /// The chunk is here: nothing of it needs to be kept.
    pub(crate) fn forget(&mut self, chunk: &str) {
        self.parts.remove(chunk);
    }

    /// Gives a request up.
    pub(crate) fn cancel(&mut self, id: u64) {
        if let Some(task) = self.tasks.remove(&id) {
            task.abort();
        }
    }
}

impl Drop for Flights {
    fn drop(&mut self) {
        self.tasks.values().for_each(AbortHandle::abort);
    }
}

/// What a chunk holds.
pub(crate) type Data = Bytes;
