//! What a QoE model is.

use serde::Serialize;
use units::{BitRate, Seconds};

use crate::{InterruptionKind, Meta, QoeError, Segment, Viewing};

/// What the numbers of a model mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Scale {
    /// A sum of rewards and penalties without bounds; the unit is the model's own.
    Unbounded,
    /// Mean opinion score, 1 (bad) to 5 (excellent).
    Mos,
    /// 0 to 100.
    Hundred,
    /// 0 to 10.
    Ten,
}

impl Scale {
    /// The lowest and highest value that the scale has.
    pub fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Scale::Unbounded => None,
            Scale::Mos => Some((1.0, 5.0)),
            Scale::Hundred => Some((0.0, 100.0)),
            Scale::Ten => Some((0.0, 10.0)),
        }
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Scale::Unbounded => "unbounded",
            Scale::Mos => "1..5",
            Scale::Hundred => "0..100",
            Scale::Ten => "0..10",
        })
    }
}

/// What a model cannot do without, beyond segments with a duration and a bitrate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Need {
    Ladder,
    /// SSIM of every segment.
    Ssim,
    /// VMAF of every segment.
    Vmaf,
    /// Live latency of every segment.
    Latency,
    /// Coded resolution of every segment.
    Resolution,
    /// Frame rate of every segment.
    Fps,
    /// Codec of every segment.
    Codec,
    Display,
    /// The buffer level over time.
    Buffer,
    /// Tables loaded by the user, which are not shipped.
    Tables,
}

impl Need {
    /// In words, as errors name it.
    pub fn words(self) -> &'static str {
        match self {
            Need::Ladder => "the bitrates of the ladder",
            Need::Ssim => "the SSIM of every segment",
            Need::Vmaf => "the VMAF of every segment",
            Need::Latency => "the live latency of every segment",
            Need::Resolution => "the resolution of every segment",
            Need::Fps => "the frame rate of every segment",
            Need::Codec => "the codec of every segment",
            Need::Display => "the size of the display",
            Need::Buffer => "the buffer level over time",
            Need::Tables => "tables that are not shipped",
        }
    }
}

/// What a score is made of. Signed: a penalty is negative, so that the parts sum to the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Parts {
    /// For the picture (and sound).
    pub quality: f64,
    /// For changes of quality.
    pub switching: f64,
    pub stall: f64,
    pub startup: f64,
    /// For the distance to the live edge.
    pub latency: f64,
    /// For playing faster or slower than normal.
    pub speed: f64,
}

impl Parts {
    /// Their sum.
    #[inline]
    pub fn total(&self) -> f64 {
        self.quality + self.switching + self.stall + self.startup + self.latency + self.speed
    }

    /// Every part with its name, in the order of the fields.
    pub fn named(&self) -> [(&'static str, f64); 6] {
        [
            ("quality", self.quality),
            ("switching", self.switching),
            ("stall", self.stall),
            ("startup", self.startup),
            ("latency", self.latency),
            ("speed", self.speed),
        ]
    }

    /// Every part through a function, in the order of the fields.
    #[inline]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Parts {
        Parts {
            quality: f(self.quality),
            switching: f(self.switching),
            stall: f(self.stall),
            startup: f(self.startup),
            latency: f(self.latency),
            speed: f(self.speed),
        }
    }
}

impl std::ops::Add for Parts {
    type Output = Parts;
    #[inline]
    fn add(self, o: Parts) -> Parts {
        Parts {
            quality: self.quality + o.quality,
            switching: self.switching + o.switching,
            stall: self.stall + o.stall,
            startup: self.startup + o.startup,
            latency: self.latency + o.latency,
            speed: self.speed + o.speed,
        }
    }
}

impl std::ops::AddAssign for Parts {
    #[inline]
    fn add_assign(&mut self, o: Parts) {
        *self = *self + o;
    }
}

/// How it felt, in one number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    pub value: f64,
    pub scale: Scale,
    /// What it is made of. They sum to `value`, exactly for additive models. A model that is no sum attributes by leaving
    /// out: what the score would be without interruptions is `quality`, what the startup delay takes from that is
    /// `startup`, and what the stalls take from the rest is `stall`.
    pub parts: Parts,
    /// How many segments were scored.
    pub segments: usize,
    /// What everybody who reads the number must know, e.g. that it is not the standard's.
    pub label: Option<&'static str>,
}

impl Score {
    /// A score that is the sum of its parts.
    pub fn of_parts(parts: Parts, scale: Scale, segments: usize) -> Score {
        Score { value: parts.total(), scale, parts, segments, label: None }
    }
}

/// How a session is turned into a number that says how it felt. Pure: the same viewing gives the same score.
pub trait QoeModel {
    /// What it says of itself.
    fn about(&self) -> About;

    /// The score of a session.
    ///
    /// # Errors
    /// [`QoeError::NothingPlayed`] for a session without segments; [`QoeError::MissingInput`] where it lacks what the
    /// model [needs](About::needs).
    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError>;
}

/// What a model says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct About {
    /// Its name in the registry.
    pub id: &'static str,
    /// What its numbers mean.
    pub scale: Scale,
    /// What it cannot do without.
    pub needs: &'static [Need],
}

impl About {
    /// The error for a need that is not met.
    pub(crate) fn missing(self, need: Need) -> QoeError {
        QoeError::MissingInput { model: self.id, input: need.words() }
    }
}

/// Whether the first segment counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum First {
    /// It counts like any other.
    #[default]
    Keep,
    /// It is left out, and with it the startup delay; the change from it to the second counts.
    Drop,
}

/// What becomes of the sum over the segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// It is the score.
    #[default]
    Sum,
    /// It is divided by the number of segments that count.
    Mean,
    /// It is divided by the seconds of the session: media time, stalls and startup delay.
    PerSecond,
    /// It is divided by how many mean segments would have played in the seconds of the session, as Sabre does: the mean
    /// over the segments times the share of the session that was playback.
    PerSegmentOfSession,
}

/// The conventions that change the numbers of an additive model without being part of its formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conventions {
    /// Whether the first segment counts.
    pub first: First,
    /// What becomes of the sum.
    pub total: Total,
}

/// A model that is a sum over pairs of segments that follow each other, so that it can be used while a session runs: for
/// every segment [`Additive::step`], in constant time and without allocation.
///
/// Every additive model is a [`QoeModel`]; [`Accumulator`] adds up.
pub trait Additive: QoeModel {
    /// What it says of itself.
    fn about(&self) -> About;

    /// Which conventions it adds up by.
    fn conventions(&self) -> Conventions {
        Conventions::default()
    }

    /// What the startup delay adds; nothing, unless the model says otherwise.
    fn startup(&self, meta: &Meta, delay: Seconds) -> Result<Parts, QoeError> {
        let _ = (meta, delay);
        Ok(Parts::default())
    }

    /// What a segment adds, played after `previous` (`None` for the first), when the viewer waited `stall` for it.
    /// `scratch` keeps what need not be computed anew for every segment of a session; a new one changes no bit of the result.
    fn step(
        &self,
        meta: &Meta,
        previous: Option<&Segment>,
        current: &Segment,
        stall: Seconds,
        scratch: &mut Scratch,
    ) -> Result<Parts, QoeError>;
}

/// How many bitrates are remembered: as many rungs as most ladders have.
const REMEMBERED: usize = 8;

/// What a model may carry from one segment of a session to the next (see [`Additive::step`]).
#[derive(Clone, Copy, Debug)]
pub struct Scratch {
    /// The quality of the previous segment; NaN before the first.
    pub previous: f64,
    /// Bitrates in kbit/s, NaN for none, and the number that each has.
    bitrates: [f64; REMEMBERED],
    numbers: [f64; REMEMBERED],
    /// Which of them the next new bitrate takes.
    next: usize,
}

impl Default for Scratch {
    fn default() -> Scratch {
        let none = [f64::NAN; REMEMBERED];
        Scratch { previous: f64::NAN, bitrates: none, numbers: none, next: 0 }
    }
}

impl Scratch {
    /// A number that depends on nothing but a bitrate (and what stays the same in a session): computed once for each of the
    /// last few bitrates.
    #[inline]
    pub fn of_bitrate(&mut self, bitrate: BitRate, number: impl FnOnce() -> f64) -> f64 {
        let kbps = bitrate.kbps();
        // All are looked at, without branches that could be mispredicted.
        let bits = self.bitrates.iter().enumerate();
        let same = bits.fold(0u32, |same, (i, b)| same | (u32::from(*b == kbps) << i));
        let known = same.trailing_zeros() as usize;
        if let Some(number) = self.numbers.get(known) {
            return *number;
        }
        self.remember(kbps, number)
    }

    /// Rare: once per rung.
    #[cold]
    #[inline(never)]
    fn remember(&mut self, kbps: f64, number: impl FnOnce() -> f64) -> f64 {
        let number = number();
        (self.bitrates[self.next], self.numbers[self.next]) = (kbps, number);
        self.next = (self.next + 1) % REMEMBERED;
        number
    }
}

impl<M: Additive> QoeModel for M {
    fn about(&self) -> About {
        Additive::about(self)
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        if viewing.segments.is_empty() {
            return Err(QoeError::NothingPlayed);
        }
        let mut accumulator = Accumulator::new(self, &viewing.meta, viewing.startup_delay())?;
        let mut previous = None;
        for (segment, stall) in viewing.charged() {
            let parts = self.step(&viewing.meta, previous, segment, stall, &mut accumulator.scratch)?;
            accumulator.add(parts, segment, stall);
            previous = Some(segment);
        }
        accumulator.score()
    }
}

/// Adds up an additive model while a session runs: constant time and no allocation per segment.
///
/// ```
/// use qoe::{Meta, Segment, Accumulator};
/// use units::{BitRate, Seconds};
///
/// let model = qoe::additive("pensieve-lin")?;
/// let meta = Meta::default();
/// let mut accumulator = Accumulator::new(&*model, &meta, Seconds::new(1.0))?;
/// let segment = |kbps| Segment::new(Seconds::new(4.0), BitRate::from_kbps(kbps));
/// accumulator.push(&segment(1000.0), Seconds::ZERO)?;
/// accumulator.push(&segment(3000.0), Seconds::new(0.5))?;
/// // 1 + 3 of quality, 2 for the change, 4.3 per second of stall and startup.
/// assert!((accumulator.score()?.value - (4.0 - 2.0 - 4.3 * 1.5)).abs() < 1e-12);
/// # Ok::<(), qoe::QoeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Accumulator<'a, M: ?Sized> {
    model: &'a M,
    meta: &'a Meta,
    conventions: Conventions,
    sum: Parts,
    previous: Option<Segment>,
    scratch: Scratch,
    seen: usize,
    time: Time,
}

/// The time of a session so far, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Time {
    /// Media time, stalls and startup delay.
    pub(crate) wall: f64,
    /// Media time.
    pub(crate) media: f64,
}

impl<'a, M: Additive + ?Sized> Accumulator<'a, M> {
    /// Begins a session.
    ///
    /// # Errors
    /// As [`Additive::startup`].
    pub fn new(model: &'a M, meta: &'a Meta, startup: Seconds) -> Result<Accumulator<'a, M>, QoeError> {
        let conventions = model.conventions();
        let sum = match conventions.first {
            First::Keep => model.startup(meta, startup)?,
            First::Drop => Parts::default(),
        };
        Ok(Accumulator {
            model,
            meta,
            conventions,
            sum,
            previous: None,
            scratch: Scratch::default(),
            seen: 0,
            time: Time { wall: startup.get(), media: 0.0 },
        })
    }

    /// Adds a segment, for which the viewer waited `stall`.
    ///
    /// # Errors
    /// As [`Additive::step`].
    #[inline]
    pub fn push(&mut self, segment: &Segment, stall: Seconds) -> Result<(), QoeError> {
        let before = self.previous.as_ref();
        let parts = self.model.step(self.meta, before, segment, stall, &mut self.scratch)?;
        self.add(parts, segment, stall);
        self.previous = Some(*segment);
        Ok(())
    }

    #[inline]
    fn add(&mut self, parts: Parts, segment: &Segment, stall: Seconds) {
        if self.seen > 0 || self.conventions.first == First::Keep {
            self.sum += parts;
        }
        self.seen += 1;
        self.time.wall += segment.duration.get() + stall.get();
        self.time.media += segment.duration.get();
    }

    /// The score so far.
    ///
    /// # Errors
    /// [`QoeError::NothingPlayed`] before the first segment.
    pub fn score(&self) -> Result<Score, QoeError> {
        if self.seen == 0 {
            return Err(QoeError::NothingPlayed);
        }
        let counted = self.seen - usize::from(self.conventions.first == First::Drop);
        Ok(finish(self.sum, counted, self.time, &Additive::about(self.model), self.conventions))
    }
}

/// The score that a sum over `segments` segments in some time comes to.
pub(crate) fn finish(sum: Parts, segments: usize, time: Time, about: &About, by: Conventions) -> Score {
    let by = match by.total {
        Total::Sum => 1.0,
        // Nothing counted: the mean over nothing is 0, as the sum is.
        Total::Mean => segments.max(1) as f64,
        Total::PerSecond => time.wall,
        Total::PerSegmentOfSession if time.media > 0.0 => segments as f64 * (time.wall / time.media),
        Total::PerSegmentOfSession => 0.0,
    };
    let parts = if by > 0.0 { sum.map(|p| p / by) } else { Parts::default() };
    Score::of_parts(parts, about.scale, segments)
}

/// The score of a model that is no sum, with its parts attributed by leaving interruptions out (see [`Score::parts`]).
pub(crate) fn attributed(
    viewing: &Viewing,
    scale: Scale,
    value: impl Fn(&Viewing) -> Result<f64, QoeError>,
) -> Result<Score, QoeError> {
    if viewing.segments.is_empty() {
        return Err(QoeError::NothingPlayed);
    }
    let total = value(viewing)?;
    let has = |kind: fn(InterruptionKind) -> bool| viewing.stalls.iter().any(|s| kind(s.kind));
    let keep = |kind: fn(InterruptionKind) -> bool| {
        let stalls = viewing.stalls.iter().copied().filter(|s| kind(s.kind)).collect();
        Viewing { stalls, ..viewing.clone() }
    };
    let startup_only = if has(|k| k != InterruptionKind::Startup) {
        value(&keep(|k| k == InterruptionKind::Startup))?
    } else {
        total
    };
    let quality =
        if has(|k| k == InterruptionKind::Startup) { value(&keep(|_| false))? } else { startup_only };
    let parts =
        Parts { quality, startup: startup_only - quality, stall: total - startup_only, ..Parts::default() };
    Ok(Score { value: total, scale, parts, segments: viewing.segments.len(), label: None })
}
