//! The dashboard: one page, its data as server-sent events, and the routes of V-Stack's client.
//!
//! | route | answer |
//! |---|---|
//! | `GET /` | the page; it needs nothing else, no build and no network |
//! | `GET /health` | `{"status":"healthy"}`, or 503 with a reason |
//! | `GET /api/status` | the client's state ([`Status`](crate::Status)) |
//! | `GET /api/history` | `{"history":[...]}`: a sample a second, an hour of them |
//! | `GET /api/events` | server-sent events: `status` with the state, `gone` when there is no client |
//! | `GET /api/stream/{id}` | a session of the video: its chunks back to back |
//! | `POST /api/control` | `{"command":"stop"}` or `{"command":"play","video_id":"..."}` |
//!
//! It shows the state of a client in this program, or of one that answers at a URL (this one's or V-Stack's own).

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::http::{Http, checked};
use crate::smart::SmartClient;
use crate::{ClientError, Feed, Sink};

const PAGE: &str = include_str!("dashboard.html");

/// The most connections at a time.
const CONNECTIONS: usize = 256;

/// Between two looks at a client elsewhere.
const LOOK: Duration = Duration::from_millis(1000);

/// Whose state is shown.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A client in this program; with it, sessions can be streamed.
    Here(Feed, Option<Box<SmartClient>>),
    /// A client that answers at this URL.
    There(String),
}

/// A dashboard that is being served; it ends when it is dropped.
#[derive(Debug)]
pub struct Dashboard {
    url: String,
    task: JoinHandle<()>,
}

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

impl Dashboard {
    /// Serves a dashboard at an address such as `127.0.0.1:8888`; port 0 takes any that is free.
    ///
    /// # Errors
    /// [`ClientError::Input`] for an address that cannot be had, or a client's URL that is none.
    pub async fn start(listen: &str, shown: Shown) -> Result<Dashboard, ClientError> {
        let shown = match shown {
            Shown::There(url) => Shown::There(checked(&url)?.trim_end_matches('/').to_string()),
            here => here,
        };
        let taken = |e: std::io::Error| {
            let text = e.to_string();
            let problem = text.split(" (os error").next().unwrap_or_default().to_string();
            ClientError::input(listen, problem, "a free address such as 127.0.0.1:8888")
        };
        let listener = TcpListener::bind(listen).await.map_err(taken)?;
        let url = format!("http://{}", listener.local_addr().map_err(taken)?);
        let task = tokio::spawn(serve(listener, shown));
        Ok(Dashboard { url, task })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, shown: Shown) {
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(CONNECTIONS));
    let http = Http::new(&crate::Config::default());
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        // One too many is closed at once.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (shown, http) = (shown.clone(), http.clone());
        connections.spawn(async move {
            connection(stream, shown, http).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, shown: Shown, http: Http) {
    let service = service_fn(move |request| {
        let (shown, http) = (shown.clone(), http.clone());
        async move { Ok::<_, Infallible>(answer(request, shown, http).await) }
    });
    // What a browser does to its connections is its own affair.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(15))
        .max_headers(64)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn whole(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()).boxed_unsync());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert("content-type", hyper::header::HeaderValue::from_static(kind));
    headers.insert("cache-control", hyper::header::HeaderValue::from_static("no-store"));
    headers.insert("access-control-allow-origin", hyper::header::HeaderValue::from_static("*"));
    answer
}

fn as_json(status: StatusCode, value: &Value) -> Answer {
    whole(status, "application/json", value.to_string())
}

fn stream(kind: &'static str, pieces: mpsc::UnboundedReceiver<Bytes>) -> Answer {
    let mut answer = whole(StatusCode::OK, kind, "");
    *answer.body_mut() = Pieces(pieces).boxed_unsync();
    answer
}

/// A body that comes piece by piece.
struct Pieces(mpsc::UnboundedReceiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

async fn answer(request: Request<Incoming>, shown: Shown, http: Http) -> Answer {
    let path = request.uri().path().to_string();
    match (request.method(), path.as_str()) {
        (&Method::GET | &Method::HEAD, "/") => whole(StatusCode::OK, "text/html; charset=utf-8", PAGE),
        (&Method::GET | &Method::HEAD, "/health") => health(&shown, &http).await,
        (&Method::GET, "/api/status") => match status(&shown, &http).await {
            Ok(status) => as_json(StatusCode::OK, &status),
            Err(problem) => as_json(StatusCode::BAD_GATEWAY, &json!({ "error": problem })),
        },
        (&Method::GET, "/api/history") => match &shown {
            Shown::Here(feed, _) => as_json(StatusCode::OK, &json!({ "history": feed.history() })),
            Shown::There(url) => match fetched(&http, &format!("{url}/api/history")).await {
                Ok(history) => as_json(StatusCode::OK, &history),
                Err(problem) => as_json(StatusCode::BAD_GATEWAY, &json!({ "error": problem })),
            },
        },
        (&Method::GET, "/api/events") => stream("text/event-stream", events(shown, http)),
        (&Method::POST, "/api/control") => control(request, &shown, &http).await,
        (&Method::GET, path) if path.starts_with("/api/stream/") => {
            let id = path.trim_start_matches("/api/stream/");
            stream_video(id, &shown).await
        }
        (&Method::GET | &Method::HEAD, "/favicon.ico") => whole(StatusCode::NO_CONTENT, "image/x-icon", ""),
        (_, "/" | "/health" | "/api/status" | "/api/history" | "/api/events" | "/api/control") => {
            as_json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "not by this method" }))
        }
        _ => as_json(StatusCode::NOT_FOUND, &json!({ "error": "nothing is here" })),
    }
}

async fn fetched(http: &Http, url: &str) -> Result<Value, String> {
    let bytes = tokio::time::timeout(Duration::from_secs(3), http.get(url)).await;
    let bytes = bytes.map_err(|_| format!("{url}: no answer for 3 s"))?.map_err(|e| e.to_string())?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{url}: no JSON: {e}"))
}

async fn status(shown: &Shown, http: &Http) -> Result<Value, String> {
    match shown {
        Shown::Here(feed, _) => match feed.status() {
            Some(status) => serde_json::to_value(&*status).map_err(|e| e.to_string()),
            None => Ok(json!({ "is_initialized": false, "video_id": null, "playing": false })),
        },
        Shown::There(url) => fetched(http, &format!("{url}/api/status")).await,
    }
}

async fn health(shown: &Shown, http: &Http) -> Answer {
    let problem = match shown {
        Shown::Here(feed, _) => feed.status().is_none().then(|| "nothing is played yet".to_string()),
        Shown::There(url) => fetched(http, &format!("{url}/health")).await.err(),
    };
    match problem {
        None => as_json(StatusCode::OK, &json!({ "status": "healthy" })),
        Some(reason) => {
            as_json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "unhealthy", "reason": reason }))
        }
    }
}

/// The state whenever it changes, twice a second at most.
fn events(shown: Shown, http: Http) -> mpsc::UnboundedReceiver<Bytes> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut heard = match &shown {
            Shown::Here(feed, _) => Some(feed.listen()),
            Shown::There(_) => None,
        };
        loop {
            let (name, data) = match status(&shown, &http).await {
                Ok(status) => ("status", status),
                Err(problem) => ("gone", json!({ "problem": problem })),
            };
            // The browser has gone.
            if sender.send(Bytes::from(format!("event: {name}\ndata: {data}\n\n"))).is_err() {
                return;
            }
            let pause = tokio::time::sleep(if heard.is_some() { LOOK / 2 } else { LOOK });
            tokio::select! {
                () = pause => {}
                () = sender.closed() => return,
            }
            if let Some(heard) = &mut heard {
                // Nothing new for a while: the same again, so that a browser sees that somebody is there.
                let _ = tokio::time::timeout(LOOK * 5, heard.changed()).await;
            }
        }
    });
    receiver
}

async fn control(request: Request<Incoming>, shown: &Shown, http: &Http) -> Answer {
    let bad = |why: &str| as_json(StatusCode::BAD_REQUEST, &json!({ "error": why }));
    let Ok(body) = Limited::new(request.into_body(), 64 << 10).collect().await else {
        return bad("the body is too long");
    };
    let body = body.to_bytes();
    let Ok(wish) = serde_json::from_slice::<Value>(&body) else { return bad("the body is no JSON") };
    match (wish["command"].as_str(), shown) {
        (Some("stop"), Shown::Here(feed, _)) => {
            feed.stop();
            as_json(StatusCode::OK, &json!({ "status": "stopped" }))
        }
        // As V-Stack: a session begins with /api/stream/{id}.
        (Some("play"), Shown::Here(..)) => as_json(StatusCode::OK, &json!({ "status": "acknowledged" })),
        (Some("stop" | "play"), Shown::There(url)) => {
            match http.post(&format!("{url}/api/control"), body).await {
                Ok(()) => as_json(StatusCode::OK, &json!({ "status": "passed on" })),
                Err(problem) => as_json(StatusCode::BAD_GATEWAY, &json!({ "error": problem })),
            }
        }
        _ => bad("expected {\"command\":\"play\"} or {\"command\":\"stop\"}"),
    }
}

/// A session of its own, whose chunks are the answer.
async fn stream_video(id: &str, shown: &Shown) -> Answer {
    let Shown::Here(_, Some(client)) = shown else {
        return as_json(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({ "error": "no metadata service is known here" }),
        );
    };
    let named = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !named || client.manifest(id).await.is_err() {
        return as_json(StatusCode::NOT_FOUND, &json!({ "error": "Video not found" }));
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    let client = SmartClient::clone(client).with_sink(Sink::Channel(sender));
    let id = id.to_string();
    tokio::spawn(async move { client.play_video(&id).await.map(drop) });
    stream("video/mp4", receiver)
}
