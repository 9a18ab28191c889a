//! What Pensieve's environment and scripts report, under their own definitions.
//!
//! Source: hongzimao/pensieve 1120bb1, `sim/env.py`, `test/fixed_env.py`, `test/mpc.py`.
//!
//! Named deviations from sense, reproduced on purpose:
//! - startup is charged as a stall of the first chunk;
//! - the reported sleep is only its residue in the last trace interval, because the loop that advances the trace
//!   decrements the variable that is returned (issue #122): an option, [`Log::with_residual_sleep`].

use std::sync::Arc;

use netmodel::{Carried, NetworkModel, ProgressInterval, Trace};
use player::{Event, Finished, Observer};
use units::{BitRate, Bits, Seconds};

/// Penalty per stalled second, in Mbit/s.
const STALL_PENALTY: f64 = 4.3;

/// One chunk, as `get_video_chunk` and the scripts report it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chunk {
    pub level: usize,
    /// From the request to the last bit.
    pub delay: Seconds,
    /// The sleep over a full buffer after the chunk.
    pub sleep: Seconds,
    /// Level after chunk and sleep.
    pub buffer: Seconds,
    /// Stalled time while it was fetched; of the first, the startup.
    pub stall: Seconds,
    pub size: Bits,
    /// Chunks that are left.
    pub remain: usize,
    /// Delays and reported sleeps so far.
    pub time: Seconds,
    /// Mbit/s, less 4.3 per stalled second, less the change in Mbit/s.
    pub reward: f64,
}

/// Collects Pensieve's rows; an [`Observer`].
#[derive(Clone, Debug)]
pub struct Log {
    /// The chunks so far.
    pub chunks: Vec<Chunk>,
    end: usize,
    time: Seconds,
    last: BitRate,
    pointer: Option<Pointer>,
}

impl Log {
    /// A log whose time stamps begin at `time` (the scripts never reset theirs between videos). `before` is the bitrate before
    /// the first chunk, for its switch term (the scripts take that of rung 1).
    pub fn new(before: BitRate, time: Seconds) -> Log {
        Log { chunks: Vec::new(), end: 0, time, last: before, pointer: None }
    }

    /// The same log with Pensieve's bug: it reports of a sleep only what is left of it in the last interval of the trace.
    /// `first` is the period in which the session begins.
    pub fn with_residual_sleep(mut self, trace: Arc<Trace>, payload: f64, first: usize) -> Log {
        let last = (trace.start_of(first) + trace.wrap_extra()).get();
        self.pointer = Some(Pointer { trace, payload, at: first, last });
        self
    }

    /// The time stamp of the last chunk.
    pub fn time(&self) -> Seconds {
        self.time
    }

    fn finished(&mut self, f: &Finished<'_>) {
        // Startup is charged as a stall.
        let stall = if self.chunks.is_empty() { f.elapsed } else { f.stall };
        if let Some(pointer) = &mut self.pointer {
            pointer.carry(f.received);
        }
        self.time += f.elapsed;
        let change = (f.bitrate - self.last).abs();
        self.last = f.bitrate;
        self.chunks.push(Chunk {
            level: f.request.level,
            delay: f.elapsed,
            sleep: Seconds::ZERO,
            buffer: f.buffer_after,
            stall,
            size: f.request.size,
            remain: self.end - self.chunks.len() - 1,
            time: self.time,
            reward: f.bitrate.mbps() - STALL_PENALTY * stall.get() - change.mbps(),
        });
    }

    fn slept(&mut self, time: Seconds) {
        let reported = self.pointer.as_mut().map_or(time, |p| p.sleep(time));
        self.time += reported;
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.sleep = reported;
            chunk.buffer -= time;
            chunk.time = self.time;
        }
    }
}

impl Observer for Log {
    fn event(&mut self, _: Seconds, event: &Event<'_>) {
        match event {
            Event::Began { end, .. } => self.end = *end,
            Event::Waiting { time, .. } => self.slept(*time),
            Event::Finished(f) => self.finished(f),
            _ => {}
        }
    }
}

/// Where fixed_env.py believes to be in the trace, in its own arithmetic (seconds since the start of the pass, Mbyte):
/// a sleep that ends on the edge of an interval is reported as 0 or as the whole interval, as the last bit falls.
#[derive(Clone, Debug)]
struct Pointer {
    trace: Arc<Trace>,
    payload: f64,
    at: usize,
    last: f64,
}

impl Pointer {
    /// When the current interval ends.
    fn end(&self) -> f64 {
        (self.trace.start_of(self.at + 1) + self.trace.wrap_extra()).get()
    }

    fn step(&mut self) {
        self.last = self.end();
        self.at += 1;
        if self.at == self.trace.periods().len() {
            (self.at, self.last) = (0, 0.0);
        }
    }

    fn carry(&mut self, size: Bits) {
        let mut sent = 0.0;
        loop {
            let rate = self.trace.period(self.at).rate.mbps() * 1e6 / 8.0;
            let carried = rate * (self.end() - self.last) * self.payload;
            if sent + carried > size.bytes() {
                self.last += (size.bytes() - sent) / rate / self.payload;
                return;
            }
            sent += carried;
            self.step();
        }
    }

    /// Advances by a sleep and says what Pensieve reports of it.
    fn sleep(&mut self, time: Seconds) -> Seconds {
        let mut millis = time.millis();
        while self.end() - self.last <= millis / 1000.0 {
            millis -= (self.end() - self.last) * 1000.0;
            self.step();
        }
        self.last += millis / 1000.0;
        Seconds::from_millis(millis)
    }
}

/// The noise of the training environment (`env.py`): every delay is multiplied by a factor, of which the trace knows
/// nothing. The factors are given, one per request; after the last, 1.
#[derive(Clone, Debug)]
pub struct Noise<N, F> {
    link: N,
    factors: F,
    factor: f64,
}

impl<N, F> Noise<N, F> {
    /// Noise over a link.
    pub fn new(link: N, factors: F) -> Noise<N, F> {
        Noise { link, factors, factor: 1.0 }
    }

    /// What has not been drawn.
    pub fn into_factors(self) -> F {
        self.factors
    }
}

impl<N: NetworkModel, F: Iterator<Item = f64>> NetworkModel for Noise<N, F> {
    fn idle(&mut self, time: Seconds) {
        self.link.idle(time);
    }

    fn open(&mut self) -> Seconds {
        self.factor = self.factors.next().unwrap_or(1.0);
        self.link.open() * self.factor
    }

    fn latency_takes_link_time(&self) -> bool {
        self.link.latency_takes_link_time()
    }

    fn carry(&mut self, size: Bits, interval: ProgressInterval) -> Carried {
        let interval = ProgressInterval { time: interval.time / self.factor, ..interval };
        let carried = self.link.carry(size, interval);
        Carried { time: carried.time * self.factor, ..carried }
    }

    fn entries(&self) -> &[Seconds] {
        self.link.entries()
    }
}
