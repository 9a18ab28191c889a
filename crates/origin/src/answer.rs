//! From a request to its answer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use units::Bits;

use crate::app::App;
use crate::body::{self, Body};
use crate::clock;
use crate::cmsd;
use crate::fault::Effect;
use crate::io::Answering;
use crate::log::{Record, Served};
use crate::range::{self, Part};
use crate::reply::{allow_everybody, insert, plain};
use crate::resource::Resource;
use crate::shaper::Link;
use crate::vstack;

/// The headers that carry CMCD version 1 (CTA-5004).
const CMCD: [&str; 4] = ["cmcd-object", "cmcd-request", "cmcd-status", "cmcd-session"];

/// A connection: its number, its link if it has one of its own, and whether it is answering.
pub(crate) struct Peer {
    pub(crate) number: u64,
    pub(crate) link: Option<Arc<Link>>,
    pub(crate) answering: Arc<AtomicBool>,
}

/// The answer to a request; an error closes the connection without one.
pub(crate) async fn answer(
    app: Arc<App>,
    peer: Arc<Peer>,
    request: Request<Incoming>,
) -> Result<Response<Body>, io::Error> {
    let asked = clock::now();
    let at = app.clock.time();
    let answering = Answering::begin(&peer.answering);
    let (head, incoming) = request.into_parts();
    let path = percent_decode_str(head.uri.path()).decode_utf8_lossy().into_owned();
    let mut record = Record::new(
        app.log.clone(),
        asked,
        Served {
            at_s: at,
            connection: peer.number,
            method: head.method.to_string(),
            path: head.uri.path_and_query().map_or_else(|| path.clone(), ToString::to_string),
            cmcd: cmcd(&head.headers, head.uri.query()),
            ..Served::default()
        },
    );
    let asking = Asking { app: &app, peer: &peer, headers: &head.headers, asked, method: &head.method };
    if head.method == Method::OPTIONS {
        return asking.told(record, plain(StatusCode::NO_CONTENT, ""), answering);
    }
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    let query = head.uri.query().unwrap_or_default();
    let found = match reads {
        true => app.content.find(&path, query, app.clock),
        false => Ok(None),
    };
    let found = match found {
        Ok(None) if reads => app.vstack.node.chunk(&path).await,
        Ok(found) => found,
        Err((status, why)) => return asking.told(record, plain(status, why), answering),
    };
    let fault = app.faults.pick(found.as_ref().is_some_and(|r| r.media), at);
    record.served().fault = fault.map(Effect::name);
    match fault {
        Some(Effect::Refuse) => {
            record.over(0, false);
            return Err(io::Error::other("refused on request"));
        }
        Some(Effect::Error(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            return asking.told(record, plain(status, "an error on request\n"), answering);
        }
        _ => {}
    }
    match found {
        Some(resource) => asking.resource(record, resource, fault, answering).await,
        None => {
            // What a ping measures.
            if path == "/ping" && reads {
                asking.latency().await;
            }
            let (method, headers) = (&head.method, &head.headers);
            let call = vstack::Call { method, path: &path, query, headers, body: incoming };
            let response = app.vstack.answer(call).await;
            asking.told(record, response, answering)
        }
    }
}

/// A request that is being answered.
struct Asking<'a> {
    app: &'a App,
    peer: &'a Peer,
    headers: &'a HeaderMap,
    asked: Instant,
    method: &'a Method,
}

impl Asking<'_> {
    /// An answer of a few bytes, that nothing shapes.
    fn told(
        &self,
        mut record: Record,
        response: Response<Body>,
        answering: Answering,
    ) -> Result<Response<Body>, io::Error> {
        let (mut head, body) = response.into_parts();
        allow_everybody(&mut head.headers);
        record.served().status = head.status.as_u16();
        record.served().bytes = body.left();
        // What a HEAD would get stays in its headers.
        let length = HeaderValue::from(body.left());
        if head.status != StatusCode::NO_CONTENT {
            head.headers.entry(header::CONTENT_LENGTH).or_insert(length);
        }
        let body = if self.method == Method::HEAD { Body::empty() } else { body };
        if self.method == Method::HEAD {
            record.served().bytes = 0;
        }
        Ok(Response::from_parts(head, body.recorded(record).during(answering)))
    }

    /// One round trip of the link.
    async fn latency(&self) {
        let time = self.peer.link.as_ref().map_or(self.app.latency, |link| link.round_trip());
        body::wait(time).await;
    }

    /// A resource, or a part of it, over the link.
    async fn resource(
        &self,
        mut record: Record,
        resource: Resource,
        fault: Option<Effect>,
        answering: Answering,
    ) -> Result<Response<Body>, io::Error> {
        let Resource { mut payload, kind, etag, media, level, segment, wait, supply, object, headers: more } =
            resource;
        if let Some(Effect::Length(factor)) = fault {
            payload = payload.resized((payload.len() as f64 * factor) as u64);
        }
        let length = payload.len();
        let part = range::part(self.headers, &etag, length);
        let (status, from, end) = match part {
            Part::Whole => (StatusCode::OK, 0, length),
            Part::Range(from, end) => (StatusCode::PARTIAL_CONTENT, from, end),
            Part::Outside => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
            Part::Unchanged => (StatusCode::NOT_MODIFIED, 0, 0),
            Part::Changed => (StatusCode::PRECONDITION_FAILED, 0, 0),
        };
        let sends = self.method == Method::GET && end > from;
        let growing = !supply.is_empty();
        {
            let served = record.served();
            (served.status, served.level, served.segment) = (status.as_u16(), level, segment);
            served.bytes = if sends { end - from } else { 0 };
        }
        body::wait(wait).await;
        // What appears in time appears in time on a fast link, too.
        let fast = match (&self.peer.link, growing) {
            (None, true) => Link::fast().map(Arc::new),
            _ => None,
        };
        let delay = clock::since(self.asked);
        let flow = match (media, self.peer.link.as_ref().or(fast.as_ref())) {
            (true, Some(link)) if sends => {
                // A range of what is still being made begins where it does.
                let supply = supply
                    .into_iter()
                    .map(|(after, bits)| (after, (bits - Bits::from_bytes(from as f64)).max(Bits::ZERO)))
                    .collect();
                let flow = link.open(end - from, supply);
                body::first_bit(&flow).await;
                Some(flow)
            }
            (true, _) => {
                self.latency().await;
                None
            }
            (false, _) => None,
        };
        let mut response = Response::new(());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let whole = matches!(part, Part::Whole) || self.method == Method::HEAD;
        if !(growing && whole && sends) {
            let length = if status == StatusCode::OK { length } else { end - from };
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        match part {
            Part::Range(from, end) => {
                let range = format!("bytes {from}-{}/{length}", end - 1);
                insert(headers, header::CONTENT_RANGE.as_str(), &range);
            }
            Part::Outside => insert(headers, header::CONTENT_RANGE.as_str(), &format!("bytes */{length}")),
            _ => {}
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        insert(headers, header::ETAG.as_str(), &etag);
        let (share, round_trip) = flow.as_ref().map_or((None, self.app.latency), |flow| {
            let (share, round_trip) = flow.share();
            (Some(share), round_trip)
        });
        let server = cmsd::Server {
            id: &self.app.id,
            throughput: share,
            delay,
            round_trip,
            suggested: self.app.suggested,
        };
        let told = [(cmsd::STATIC, object.and_then(|o| o.header())), (cmsd::DYNAMIC, server.header())];
        for (name, value) in told {
            value.iter().for_each(|value| insert(headers, name, value));
        }
        more.iter().for_each(|(name, value)| insert(headers, name, value));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        allow_everybody(headers);
        let (head, ()) = response.into_parts();
        let body = match sends {
            true => Body::part(payload, from, end).over(flow, growing && whole).spoilt(fault),
            false => Body::empty(),
        };
        Ok(Response::from_parts(head, body.recorded(record).during(answering)))
    }
}

/// What the client tells of itself.
fn cmcd(headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let of_query = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("CMCD="));
    if let Some(text) = of_query {
        return Some(percent_decode_str(text).decode_utf8_lossy().into_owned());
    }
    let parts: Vec<&str> = CMCD.iter().filter_map(|name| headers.get(*name)?.to_str().ok()).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}
