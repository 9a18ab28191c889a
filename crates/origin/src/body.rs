//! The body of an answer, sent as the link lets it come.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;
use units::Seconds;

use crate::clock;
use crate::fault::Effect;
use crate::io::Answering;
use crate::log::Record;
use crate::payload::Payload;
use crate::shaper::{Flow, TICK};

/// How many bytes `corrupt` spoils.
const SPOILT: u64 = 16;

/// What stops a body, and where.
#[derive(Clone, Copy, Debug, Default)]
struct Spoil {
    kill: Option<u64>,
    /// It is about to be killed.
    dying: bool,
    stall: Option<u64>,
    corrupt: Option<u64>,
    /// Bytes per second.
    pace: Option<f64>,
}

pub(crate) struct Body {
    payload: Payload,
    /// The next byte, and the end of what is sent.
    at: u64,
    end: u64,
    /// The first byte.
    from: u64,
    /// The link that it comes over; None where nothing shapes it.
    flow: Option<Flow>,
    /// Its length is not announced: it is still being made.
    open_ended: bool,
    spoil: Spoil,
    begun: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What is told of it when it is over.
    record: Option<Record>,
    /// Held until then.
    answering: Option<Answering>,
}

impl Body {
    pub(crate) fn empty() -> Body {
        Body::whole(Payload::from(Bytes::new()))
    }

    pub(crate) fn whole(payload: Payload) -> Body {
        let end = payload.len();
        Body::part(payload, 0, end)
    }

    /// The bytes from `from` up to `end` of a payload.
    pub(crate) fn part(payload: Payload, from: u64, end: u64) -> Body {
        Body {
            payload,
            at: from,
            end,
            from,
            flow: None,
            open_ended: false,
            spoil: Spoil::default(),
            begun: clock::now(),
            sleep: None,
            record: None,
            answering: None,
        }
    }

    /// The same over a link.
    pub(crate) fn over(mut self, flow: Option<Flow>, open_ended: bool) -> Body {
        (self.flow, self.open_ended) = (flow, open_ended);
        self
    }

    /// The same with a fault.
    pub(crate) fn spoilt(mut self, effect: Option<Effect>) -> Body {
        let at = |share: f64| self.from + ((self.end - self.from) as f64 * share) as u64;
        match effect {
            Some(Effect::Kill(share)) => self.spoil.kill = Some(at(share)),
            Some(Effect::Stall(share)) => self.spoil.stall = Some(at(share)),
            Some(Effect::Corrupt(share)) => self.spoil.corrupt = Some(at(share)),
            Some(Effect::Slow(rate)) => self.spoil.pace = Some(rate.kbps() * 125.0),
            Some(Effect::Length(_) | Effect::Error(_) | Effect::Refuse) | None => {}
        }
        self
    }

    /// The same, and what is to be told of it.
    pub(crate) fn recorded(mut self, record: Record) -> Body {
        self.record = Some(record);
        self
    }

    /// The same while an answer is being made.
    pub(crate) fn during(mut self, answering: Answering) -> Body {
        self.answering = Some(answering);
        self
    }

    /// Bytes that are left to send.
    pub(crate) fn left(&self) -> u64 {
        self.end - self.at
    }

    /// How far it may be sent now, and when to look again.
    fn allowed(&mut self) -> (u64, Duration) {
        let (mut until, mut again) = (self.end, TICK);
        if let Some(flow) = &self.flow {
            let look = flow.look();
            (until, again) = (self.from + look.received, look.again);
            if let Some(record) = &mut self.record {
                record.link(&look);
            }
        }
        if let Some(pace) = self.spoil.pace {
            until = until.min(self.from + (clock::since(self.begun).get() * pace) as u64);
        }
        let stops = [self.spoil.kill, self.spoil.stall].into_iter().flatten();
        (stops.fold(until.min(self.end), u64::min), again)
    }

    fn told(&mut self) {
        self.flow = None;
        self.answering = None;
        if let Some(record) = self.record.take() {
            record.over(self.at - self.from, self.at >= self.end);
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = self.get_mut();
        loop {
            if body.at >= body.end {
                body.told();
                return Poll::Ready(None);
            }
            if let Some(sleep) = &mut body.sleep {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                body.sleep = None;
            }
            if body.spoil.kill == Some(body.at) {
                // What was handed on so far is sent first: an error drops what waits.
                if !std::mem::replace(&mut body.spoil.dying, true) {
                    body.sleep = Some(Box::pin(tokio::time::sleep(TICK)));
                    continue;
                }
                return Poll::Ready(Some(Err(io::Error::other("killed on request"))));
            }
            if body.spoil.stall == Some(body.at) {
                return Poll::Pending;
            }
            let (until, again) = body.allowed();
            if until > body.at {
                let mut part = body.payload.read(body.at, until)?;
                if let Some(spoilt) = body.spoil.corrupt {
                    part = corrupted(part, body.at, spoilt);
                }
                body.at += part.len() as u64;
                if let Some(record) = &mut body.record {
                    record.sent();
                }
                if body.at >= body.end {
                    body.told();
                }
                return Poll::Ready(Some(Ok(Frame::data(part))));
            }
            let nap = if again < TICK { clock::nap(again) } else { Some(again) };
            let Some(nap) = nap else {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            };
            body.sleep = Some(Box::pin(tokio::time::sleep(nap)));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.end
    }

    fn size_hint(&self) -> SizeHint {
        match self.open_ended {
            true => SizeHint::default(),
            false => SizeHint::with_exact(self.left()),
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.told();
    }
}

/// A part of a body that begins at `at`, wrong where it should be.
fn corrupted(part: Bytes, at: u64, from: u64) -> Bytes {
    let overlap = from.max(at)..(from + SPOILT).min(at + part.len() as u64);
    if overlap.is_empty() {
        return part;
    }
    let mut bytes = part.to_vec();
    bytes[(overlap.start - at) as usize..(overlap.end - at) as usize].iter_mut().for_each(|b| *b ^= 0xff);
    Bytes::from(bytes)
}

/// Waits until the first bit of a flow may leave.
pub(crate) async fn first_bit(flow: &Flow) {
    loop {
        let look = flow.look();
        if look.started.is_some() {
            return;
        }
        match clock::nap(look.again) {
            Some(nap) => tokio::time::sleep(nap).await,
            None => tokio::task::yield_now().await,
        }
    }
}

/// Waits for a time that is no link's.
pub(crate) async fn wait(time: Seconds) {
    if time > Seconds::ZERO {
        tokio::time::sleep(clock::duration(time)).await;
    }
}
