//! Scores while a session runs: over the last seconds of it.
//!
//! [`Sliding`] holds the running sums of an additive model, [`Rescore`] keeps the recent past and scores it anew with any
//! model. Both are fed with [`Event`]s and are [`Online`]. There is no clock: every call says what time it is.
//!
//! ```
//! use qoe::{Event, Meta, Online, Segment, Sliding, InterruptionKind};
//! use units::{BitRate, Seconds};
//!
//! let model = qoe::additive("pensieve-lin")?;
//! let mut live = Sliding::new(model, Meta::default(), Seconds::new(10.0));
//! let segment = Segment::new(Seconds::new(4.0), BitRate::from_kbps(2000.0));
//! live.push(Seconds::new(0.0), Event::Segment(segment))?;
//! live.push(Seconds::new(4.0), Event::StallBegin(InterruptionKind::Rebuffer))?;
//! // A stall counts while it lasts: half a second so far.
//! assert!((live.now(Seconds::new(4.5))?.value - (2.0 - 4.3 * 0.5)).abs() < 1e-12);
//! # Ok::<(), qoe::QoeError>(())
//! ```

use std::collections::VecDeque;

use units::Seconds;

use crate::model::{Time, finish};
use crate::{
    Additive, First, Interruption, InterruptionKind, Meta, Parts, QoeError, QoeModel, Score, Scratch,
    Segment, Viewing,
};

/// What a running session tells. Events come in the order of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A segment begins to play.
    Segment(Segment),
    /// Playback stands still; [`InterruptionKind::Startup`] from the request on.
    StallBegin(InterruptionKind),
    /// Playback goes on.
    StallEnd,
}

/// A score of the recent past.
pub trait Online {
    /// Takes in an event.
    ///
    /// # Errors
    /// As the model, for a segment that lacks what it needs; the event then does not count.
    fn push(&mut self, at: Seconds, event: Event) -> Result<(), QoeError>;

    /// The score of the window that ends now. An interruption counts whole for as long as the segment that it delayed is
    /// in the window, and one that has not ended counts up to now.
    ///
    /// # Errors
    /// [`QoeError::NothingPlayed`] if no segment is in the window; else as the model.
    fn now(&mut self, at: Seconds) -> Result<Score, QoeError>;
}

/// What one segment (or the startup delay) adds.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    parts: Parts,
    /// Media, stall and startup seconds.
    time: Time,
    segments: usize,
}

impl std::ops::Add for Entry {
    type Output = Entry;
    fn add(self, o: Entry) -> Entry {
        Entry {
            parts: self.parts + o.parts,
            time: Time { wall: self.time.wall + o.time.wall, media: self.time.media + o.time.media },
            segments: self.segments + o.segments,
        }
    }
}

/// A queue that knows the sum of what is in it, without ever subtracting: so nothing is lost by rounding, however long it
/// runs. The older half keeps the sum from each entry to the half's end, the newer half one running sum; when the older
/// one is used up, the newer one takes its place.
#[derive(Clone, Debug, Default)]
struct Sums {
    older: Vec<(Seconds, Entry)>,
    newer: Vec<(Seconds, Entry)>,
    newer_sum: Entry,
}

impl Sums {
    fn push(&mut self, at: Seconds, entry: Entry) {
        self.newer.push((at, entry));
        self.newer_sum = self.newer_sum + entry;
    }

    /// Forgets what came at `until` or before.
    fn expire(&mut self, until: Seconds) {
        loop {
            while self.older.pop_if(|(at, _)| *at <= until).is_some() {}
            if !self.older.is_empty() || self.newer.first().is_none_or(|(at, _)| *at > until) {
                return;
            }
            let mut sum = Entry::default();
            for (at, entry) in self.newer.drain(..).rev() {
                sum = entry + sum;
                self.older.push((at, sum));
            }
            self.newer_sum = Entry::default();
        }
    }

    fn sum(&self) -> Entry {
        self.older.last().map_or(self.newer_sum, |(_, older)| *older + self.newer_sum)
    }
}

/// Interruptions between the segments.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    /// One that has not ended: since when, and its kind.
    open: Option<(Seconds, InterruptionKind)>,
    /// Stalls that ended since the last segment began.
    ended: Seconds,
    startup: Seconds,
}

impl Waiting {
    fn begin(&mut self, at: Seconds, kind: InterruptionKind) {
        self.end(at);
        self.open = Some((at, kind));
    }

    fn end(&mut self, at: Seconds) {
        if let Some((since, kind)) = self.open.take() {
            let waited = (at - since).max(Seconds::ZERO);
            match kind {
                InterruptionKind::Startup => self.startup += waited,
                _ => self.ended += waited,
            }
        }
    }

    /// Startup delay and stalls so far, with the open one up to now.
    fn so_far(mut self, now: Seconds) -> (Seconds, Seconds) {
        self.end(now);
        (self.startup, self.ended)
    }
}

/// An additive model over a window of time: constant time per event (amortised), and no allocation once the window has
/// been full.
#[derive(Clone, Debug)]
pub struct Sliding<M> {
    model: M,
    meta: Meta,
    window: Seconds,
    sums: Sums,
    waiting: Waiting,
    previous: Option<Segment>,
    scratch: Scratch,
}

impl<M: AsAdditive> Sliding<M> {
    /// A window of the last `window` seconds.
    pub fn new(model: M, meta: Meta, window: Seconds) -> Sliding<M> {
        let (sums, waiting) = (Sums::default(), Waiting::default());
        Sliding { model, meta, window, sums, waiting, previous: None, scratch: Scratch::default() }
    }
}

/// An additive model, or a box with one.
pub trait AsAdditive {
    type Model: Additive + ?Sized;
    /// The model itself.
    fn as_additive(&self) -> &Self::Model;
}

impl<M: Additive> AsAdditive for M {
    type Model = M;
    fn as_additive(&self) -> &M {
        self
    }
}

impl AsAdditive for crate::BoxedAdditive {
    type Model = dyn Additive + Send + Sync;
    fn as_additive(&self) -> &Self::Model {
        &**self
    }
}

impl<M: AsAdditive> Online for Sliding<M> {
    fn push(&mut self, at: Seconds, event: Event) -> Result<(), QoeError> {
        let segment = match event {
            Event::StallBegin(kind) => {
                self.waiting.begin(at, kind);
                return Ok(());
            }
            Event::StallEnd => {
                self.waiting.end(at);
                return Ok(());
            }
            Event::Segment(segment) => segment,
        };
        let model = self.model.as_additive();
        let (startup, stall) = self.waiting.so_far(at);
        let before = self.previous.as_ref();
        let step = model.step(&self.meta, before, &segment, stall, &mut self.scratch)?;
        let drop = self.previous.is_none() && model.conventions().first == First::Drop;
        let wall = (segment.duration + stall + startup).get();
        let time = Time { wall, media: segment.duration.get() };
        let parts = if drop {
            Parts::default()
        } else if startup > Seconds::ZERO {
            step + model.startup(&self.meta, startup)?
        } else {
            step
        };
        self.sums.expire(at - self.window);
        self.sums.push(at, Entry { parts, time, segments: usize::from(!drop) });
        self.waiting = Waiting::default();
        self.previous = Some(segment);
        Ok(())
    }

    fn now(&mut self, at: Seconds) -> Result<Score, QoeError> {
        self.sums.expire(at - self.window);
        let (mut sum, previous) = match (self.sums.sum(), self.previous) {
            (sum, Some(previous)) if !(self.sums.older.is_empty() && self.sums.newer.is_empty()) => {
                (sum, previous)
            }
            _ => return Err(QoeError::NothingPlayed),
        };
        let model = self.model.as_additive();
        let (_, stall) = self.waiting.so_far(at);
        if stall > Seconds::ZERO {
            sum.parts.stall +=
                model.step(&self.meta, Some(&previous), &previous, stall, &mut Scratch::default())?.stall;
            sum.time.wall += stall.get();
        }
        Ok(finish(sum.parts, sum.segments, sum.time, &Additive::about(model), model.conventions()))
    }
}

/// Any model over a window of time: keeps the segments and interruptions of the window and scores them anew, at most once
/// per interval; between, the last score stands.
///
/// Media time begins with the window. The change from the segment before the window is not part of it.
#[derive(Clone, Debug)]
pub struct Rescore<M> {
    model: M,
    window: Seconds,
    every: Seconds,
    /// When each segment began, with the interruptions before it.
    past: VecDeque<(Seconds, Segment, Waiting)>,
    waiting: Waiting,
    viewing: Viewing,
    last: Option<(Seconds, Result<Score, QoeError>)>,
}

impl<M: QoeModel> Rescore<M> {
    /// A window of the last `window` seconds, scored at most once per `every` seconds.
    pub fn new(model: M, meta: Meta, window: Seconds, every: Seconds) -> Rescore<M> {
        let (past, viewing) = (VecDeque::new(), Viewing::new(meta));
        Rescore { model, window, every, past, waiting: Waiting::default(), viewing, last: None }
    }

    /// What is in the window that ends at a time: the viewing that is scored.
    pub fn viewing(&mut self, at: Seconds) -> &Viewing {
        while self.past.front().is_some_and(|(began, _, _)| *began <= at - self.window) {
            self.past.pop_front();
        }
        let v = &mut self.viewing;
        v.segments.clear();
        v.stalls.clear();
        for (_, segment, waited) in &self.past {
            if waited.startup > Seconds::ZERO {
                let media = v.segments.last().map_or(Seconds::ZERO, |s: &Segment| s.start + s.duration);
                v.stalls.push(Interruption {
                    media,
                    duration: waited.startup,
                    kind: InterruptionKind::Startup,
                });
            }
            v.push(*segment, waited.ended);
        }
        let (_, stall) = self.waiting.so_far(at);
        if let Some(last) = v.segments.last().filter(|_| stall > Seconds::ZERO) {
            let media = last.start + last.duration;
            v.stalls.push(Interruption { media, duration: stall, kind: InterruptionKind::Rebuffer });
        }
        &self.viewing
    }
}

impl<M: QoeModel> Online for Rescore<M> {
    fn push(&mut self, at: Seconds, event: Event) -> Result<(), QoeError> {
        match event {
            Event::StallBegin(kind) => self.waiting.begin(at, kind),
            Event::StallEnd => self.waiting.end(at),
            Event::Segment(segment) => {
                let (startup, ended) = self.waiting.so_far(at);
                self.past.push_back((at, segment, Waiting { open: None, ended, startup }));
                self.waiting = Waiting::default();
            }
        }
        Ok(())
    }

    fn now(&mut self, at: Seconds) -> Result<Score, QoeError> {
        if let Some((when, score)) = &self.last
            && at - *when < self.every
        {
            return score.clone();
        }
        self.viewing(at);
        let score = self.model.score(&self.viewing);
        self.last = Some((at, score.clone()));
        score
    }
}
