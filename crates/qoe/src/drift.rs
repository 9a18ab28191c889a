//! How far sound and picture are apart.
//!
//! A [`Law`] says how the drift grows and is put right; a [`Course`] is the drift of one session from the first frame on, in closed form
//! between its events; [`AvSync`] is its digest. All of it follows from the record, so that stored sessions have it, too.
//!
//! ```text
//! dD/dt = ln(0.95) D            while playback goes on, and while the viewer waits after a seek
//! dD/dt = ln(0.95) D + 5 ms/s   while playback stands still
//! D     = D + 2 ms x levels     where a segment of another rung begins to play
//! ```
//!
//! ```
//! use qoe::drift::Course;
//! use qoe::{AvSync, Meta, Segment, Viewing};
//! use units::{BitRate, Seconds};
//!
//! let mut viewing = Viewing::new(Meta::default());
//! let segment = Segment::new(Seconds::new(10.0), BitRate::from_kbps(1000.0));
//! viewing.push(segment, Seconds::ZERO);
//! viewing.push(segment, Seconds::new(2.0));
//! // Two stalled seconds add nearly 10 ms; ten seconds later six of them are left.
//! let course = Course::of(&viewing);
//! assert!((course.at(Seconds::new(12.0)) - 9.5).abs() < 0.01);
//! assert!((course.at(Seconds::new(22.0)) - 5.7).abs() < 0.01);
//! assert_eq!(AvSync::of(&viewing).out_of_sync_s, Seconds::ZERO);
//! ```
//!
//! | constant | value | source |
//! |---|---|---|
//! | a stalled second, a level of a switch | 5 ms, 2 ms | dev1lfreak/twitch-streaming-model, src/encoder.py, pull request 1 (2415619) |
//! | left after a second | 0.95 | the same |
//! | out of sync from | 45 ms | ITU-R BT.1359-1: sound ahead of the picture is noticed from about 45 ms, and accepted up to about 90 ms |
//!
//! The law only ever adds, so the drift is never negative. The original counts sound ahead of the picture as positive; so the threshold
//! is that side's (sound behind the picture: 125 and 185 ms).
//!
//! Not modelled: the random part of the original (a normal disturbance of 0.5 ms per second), which would need a seed; and what a second
//! medium of its own does to the drift. A player plays sound and picture together and waits for both, so that the sound's requests
//! count by the stalls that they make.

use serde::{Deserialize, Serialize};
use units::Seconds;

use crate::viewing::BOUNDARY;
use crate::{Interruption, InterruptionKind, Segment, Viewing};

/// From which drift on sound ahead of the picture is noticed, in ms.
pub const NOTICED_MS: f64 = 45.0;

const LEFT_PER_SECOND: f64 = 0.95;
const STALL_MS_PER_S: f64 = 5.0;
const SWITCH_MS: f64 = 2.0;

/// How drift grows and is put right. Drift is in ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// Per second.
    decay: f64,
}

impl Default for Law {
    fn default() -> Law {
        Law::leaving(LEFT_PER_SECOND)
    }
}

impl Law {
    /// A law by which so much of a drift is left after a second, 0 to 1.
    pub fn leaving(share: f64) -> Law {
        Law { decay: -libm::log(share) }
    }

    /// What a switch over so many levels adds.
    pub fn of_switch(&self, levels: u32) -> f64 {
        SWITCH_MS * f64::from(levels)
    }

    /// What becomes of a drift in some time in which playback stood still or went on.
    pub fn after(&self, drift: f64, time: Seconds, stood: bool) -> f64 {
        let t = time.get();
        if t <= 0.0 {
            return drift;
        }
        let grown = if stood { STALL_MS_PER_S * self.effective(t) } else { 0.0 };
        drift * libm::exp(-self.decay * t) + grown
    }

    /// The integral of [`Law::after`] over the time, in ms times s.
    fn area(&self, drift: f64, time: Seconds, stood: bool) -> f64 {
        let t = time.get();
        let x = self.decay * t;
        // What growth of one per second comes to; of a short time by its series, since the difference would lose its digits.
        let ramp = match x < 1e-3 {
            true => t * t / 2.0 * (1.0 - x / 3.0 + x * x / 12.0),
            false => (t - self.effective(t)) / self.decay,
        };
        drift * self.effective(t) + if stood { STALL_MS_PER_S * ramp } else { 0.0 }
    }

    /// For how long of the time the drift is above a threshold.
    fn above(&self, drift: f64, time: Seconds, stood: bool, threshold: f64) -> Seconds {
        let (before, after) = (drift > threshold, self.after(drift, time, stood) > threshold);
        if before == after {
            return if before { time } else { Seconds::ZERO };
        }
        // Between two events the drift only rises or only falls, to where it would stay.
        let crossing = if self.decay > 0.0 {
            let end = if stood { STALL_MS_PER_S / self.decay } else { 0.0 };
            libm::log((drift - end) / (threshold - end)) / self.decay
        } else {
            (threshold - drift) / STALL_MS_PER_S
        };
        // Where both ends are the threshold but for rounding, it may be no number.
        let crossing = Seconds::new(crossing.max(0.0)).min(time);
        if before { crossing } else { time - crossing }
    }

    /// How many seconds of growth are left of so many.
    fn effective(&self, t: f64) -> f64 {
        if self.decay > 0.0 { -libm::expm1(-self.decay * t) / self.decay } else { t }
    }
}

/// A time in which playback went on or stood still.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    /// Since the first frame.
    at: Seconds,
    time: Seconds,
    stood: bool,
    /// At its beginning.
    drift: f64,
}

/// The drift of a session over the time since its first frame. Pauses are not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    law: Law,
    stretches: Vec<Stretch>,
    /// Its end, and the drift there.
    end: (Seconds, f64),
}

impl Course {
    /// The drift of what a viewer saw. Segments count whole, as models count them.
    pub fn of(viewing: &Viewing) -> Course {
        let mut stalls = viewing.rebuffers().peekable();
        let mut course = Course { law: Law::default(), stretches: Vec::new(), end: (Seconds::ZERO, 0.0) };
        for (i, segment) in viewing.segments.iter().enumerate() {
            while let Some(stall) = stalls.next_if(|s| s.media <= segment.start + BOUNDARY) {
                course.wait(stall);
            }
            if let Some(before) = i.checked_sub(1) {
                let levels = levels(viewing, &viewing.segments[before], segment);
                course.end.1 += course.law.of_switch(levels);
            }
            let (mut at, end) = (segment.start, segment.start + segment.duration);
            let last = i + 1 == viewing.segments.len();
            while let Some(stall) = stalls.next_if(|s| last || s.media < end - BOUNDARY) {
                let to = stall.media.max(at).min(end);
                course.pass((to - at) / segment.speed, false);
                course.wait(stall);
                at = to;
            }
            course.pass((end - at) / segment.speed, false);
        }
        course
    }

    fn wait(&mut self, stall: &Interruption) {
        self.pass(stall.duration, stall.kind == InterruptionKind::Rebuffer);
    }

    fn pass(&mut self, time: Seconds, stood: bool) {
        if !(time > Seconds::ZERO && time.is_finite()) {
            return;
        }
        let (at, drift) = self.end;
        self.stretches.push(Stretch { at, time, stood, drift });
        self.end = (at + time, self.law.after(drift, time, stood));
    }

    /// The drift at a time since the first frame, in ms; behind the end, that of the end.
    pub fn at(&self, time: Seconds) -> f64 {
        if time >= self.end.0 {
            return self.end.1;
        }
        let next = self.stretches.partition_point(|s| s.at <= time);
        let stretch = next.checked_sub(1).and_then(|i| self.stretches.get(i));
        stretch.map_or(0.0, |s| self.law.after(s.drift, time - s.at, s.stood))
    }

    /// Its digest, with the time in which the drift is above a threshold in ms.
    pub fn beyond(&self, threshold: f64) -> AvSync {
        let (mut area, mut most, mut out) = (0.0, self.end.1, Seconds::ZERO);
        for s in &self.stretches {
            area += self.law.area(s.drift, s.time, s.stood);
            most = f64::max(most, s.drift);
            out += self.law.above(s.drift, s.time, s.stood, threshold);
        }
        let length = self.end.0;
        let over = |x: f64| if length > Seconds::ZERO { x / length.get() } else { 0.0 };
        AvSync { mean_ms: over(area), max_ms: most, out_of_sync_s: out, out_of_sync_ratio: over(out.get()) }
    }
}

/// How many levels lie between two segments: rungs, if both are known; otherwise places in the ladder, and one where that is unknown.
fn levels(viewing: &Viewing, a: &Segment, b: &Segment) -> u32 {
    let ladder = &viewing.meta.ladder;
    match (a.representation, b.representation) {
        (Some(a), Some(b)) => a.abs_diff(b),
        _ if a.bitrate == b.bitrate => 0,
        _ => {
            let place = |s: &Segment| ladder.partition_point(|rate| *rate < s.bitrate);
            u32::try_from(place(a).abs_diff(place(b))).unwrap_or(u32::MAX).max(1)
        }
    }
}

/// How far sound and picture were apart from the first frame on, pauses left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AvSync {
    /// The drift, averaged over time.
    pub mean_ms: f64,
    /// The largest drift.
    pub max_ms: f64,
    /// How long the drift was noticed: above [`NOTICED_MS`].
    pub out_of_sync_s: Seconds,
    /// The share of time in which it was.
    pub out_of_sync_ratio: f64,
}

impl AvSync {
    /// The digest of what a viewer saw.
    pub fn of(viewing: &Viewing) -> AvSync {
        Course::of(viewing).beyond(NOTICED_MS)
    }
}
