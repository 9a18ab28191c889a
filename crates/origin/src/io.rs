//! A connection that does not wait for ever: for the next request, for the rest of one, or for a reader.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::config::Limits;

/// Says that an answer is being made, until it is dropped.
pub(crate) struct Answering(Arc<AtomicBool>);

impl Answering {
    pub(crate) fn begin(answering: &Arc<AtomicBool>) -> Answering {
        answering.store(true, Ordering::Relaxed);
        Answering(answering.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The stream of a connection, with its limits of time.
pub(crate) struct Guarded {
    stream: TcpStream,
    limits: Limits,
    /// Whether a request is being answered: then nothing is expected of the client but to read.
    answering: Arc<AtomicBool>,
    /// Whether the head of a request has begun to come.
    begun: bool,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl Guarded {
    pub(crate) fn new(stream: TcpStream, limits: Limits, answering: Arc<AtomicBool>) -> Guarded {
        Guarded { stream, limits, answering, begun: false, reading: None, writing: None }
    }

    /// Something was sent: the client reads.
    fn written<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Ready(done) => {
                self.writing = None;
                Poll::Ready(done)
            }
            Poll::Pending => over(&mut self.writing, cx, self.limits.write, "the client does not read"),
        }
    }
}

/// Pending until the time is over, then an error.
fn over<T>(
    timer: &mut Option<Pin<Box<Sleep>>>,
    cx: &mut Context<'_>,
    limit: Duration,
    why: &str,
) -> Poll<io::Result<T>> {
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
    match timer.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why))),
        Poll::Pending => Poll::Pending,
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let answering = this.answering.load(Ordering::Relaxed);
        if answering {
            (this.begun, this.reading) = (false, None);
        }
        let done = Pin::new(&mut this.stream).poll_read(cx, buf);
        if answering {
            return done;
        }
        match done {
            Poll::Ready(done) => {
                if !this.begun {
                    // From now on the rest of the request has to come.
                    this.begun = true;
                    this.reading =
                        Some(Box::pin(tokio::time::sleep_until(Instant::now() + this.limits.request)));
                }
                Poll::Ready(done)
            }
            Poll::Pending if this.begun => {
                over(&mut this.reading, cx, this.limits.request, "the request does not end")
            }
            Poll::Pending => over(&mut this.reading, cx, this.limits.idle, "no request comes"),
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.written(cx, done)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.written(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
