//! The dynamics of a session as a function of the rung sequence, for points and for boxes of states.
//!
//! Times in milliseconds of link time, amounts in bits, penalties per millisecond.

use std::sync::Arc;

use media::{Availability, Video};
use netmodel::Trace;
use player::{Full, Replacement};

use super::line::{Line, refuse};
use super::objective::Objective;
use crate::{Profile, SimError};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) lo: f64,
    pub(super) hi: f64,
}

impl Span {
    pub(super) fn point(x: f64) -> Span {
        Span { lo: x, hi: x }
    }

    #[inline]
    fn widen(self, by: f64) -> Span {
        Span { lo: self.lo - by, hi: self.hi + by }
    }

    #[inline]
    fn shift(self, by: f64) -> Span {
        Span { lo: self.lo + by, hi: self.hi + by }
    }

    /// The smallest interval that contains both.
    #[inline]
    pub(super) fn hull(self, o: Span) -> Span {
        Span { lo: self.lo.min(o.lo), hi: self.hi.max(o.hi) }
    }
}

/// Where sessions are just before they ask for a segment (and before they wait for room).
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    /// What the link has carried.
    pub(super) bits: Span,
    pub(super) time: Span,
    /// The dry point: link time at which the buffer will run dry; of a player that stands still, if it played from now.
    pub(super) dry: Span,
    /// 0 while playing, else the number of segments that a player that stands still has buffered.
    pub(super) standing: u16,
}

/// One session in the same place, with its quality (see [`Dynamics`]).
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) bits: f64,
    pub(super) time: f64,
    pub(super) dry: f64,
    pub(super) standing: u16,
    pub(super) potential: f64,
}

impl Point {
    pub(super) const BEGINNING: Point = Point { bits: 0.0, time: 0.0, dry: 0.0, standing: 0, potential: 0.0 };

    #[inline]
    pub(super) fn value(&self, stall_penalty: f64) -> f64 {
        self.potential - stall_penalty * self.dry
    }
}

/// What a step adds at most: to the value, and to the potential.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    pub(super) value: f64,
    pub(super) potential: f64,
}

impl Gain {
    pub(super) const ZERO: Gain = Gain { value: 0.0, potential: 0.0 };
    pub(super) const INFINITE: Gain = Gain { value: f64::INFINITY, potential: f64::INFINITY };
    pub(super) const NOTHING: Gain = Gain { value: f64::NEG_INFINITY, potential: f64::NEG_INFINITY };

    #[inline]
    pub(super) fn plus(self, quality: f64) -> Gain {
        Gain { value: self.value + quality, potential: self.potential + quality }
    }

    #[inline]
    pub(super) fn max(self, o: Gain) -> Gain {
        Gain { value: self.value.max(o.value), potential: self.potential.max(o.potential) }
    }

    #[inline]
    pub(super) fn min(self, o: Gain) -> Gain {
        Gain { value: self.value.min(o.value), potential: self.potential.min(o.potential) }
    }

    /// The smaller of two bounds on the same.
    #[inline]
    pub(super) fn least(self) -> f64 {
        self.value.min(self.potential)
    }
}

impl std::ops::Add for Gain {
    type Output = Gain;
    #[inline]
    fn add(self, o: Gain) -> Gain {
        Gain { value: self.value + o.value, potential: self.potential + o.potential }
    }
}

/// Sessions that make a request: waits for room are over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// What the link has carried when the first bit comes.
    bits: Span,
    time: Span,
    dry: Span,
    playing: bool,
    standing: u16,
    /// Latency outside link time.
    latency: Span,
    /// What the link carries for nobody at least, from where the session was to the first bit.
    idle: f64,
    hint: usize,
}

/// Everything that the value of a rung sequence depends on.
///
/// The value of a session so far is `potential - stall_penalty * dry`: every stalled second moves the dry point by a
/// second, so that the potential grows by quality alone and the stalls can be read off the dry point.
#[derive(Clone, Debug)]
pub(super) struct Dynamics {
    pub(super) line: Line,
    pub(super) end: usize,
    pub(super) levels: usize,
    sizes: Vec<f64>,
    durations: Vec<f64>,
    begins: Vec<f64>,
    /// The level above which a request for segment k waits.
    room: Vec<f64>,
    quantum: Option<f64>,
    start: f64,
    resume: f64,
    resolution: f64,
    pub(super) stall_penalty: f64,
    startup_penalty: f64,
    gains: Vec<f64>,
    /// What a segment adds does not depend on the one before it.
    pub(super) memoryless: bool,
    first_level: Option<usize>,
    /// What covers the rounding of one step, in time and in bits.
    slack: (f64, f64),
    /// The same for levels that are sums of durations, which are often exact.
    tie: f64,
}

impl Dynamics {
    pub(super) fn new(
        trace: &Arc<Trace>,
        video: &Video,
        profile: &Profile,
        objective: &Objective,
    ) -> Result<Dynamics, SimError> {
        let o = &profile.player;
        o.check(video)?;
        objective.check(video)?;
        let end = o.end(video);
        if !o.seeks.is_empty() {
            return Err(refuse("seek", "planned", "none"));
        }
        if !profile.impairments.is_empty() {
            return Err(refuse("impair", "given", "none"));
        }
        if o.replacement != Replacement::Off {
            return Err(refuse("replacement", "on", "off"));
        }
        if video.availability() != Availability::OnDemand {
            return Err(refuse("availability", "live", "on demand"));
        }
        let durations: Vec<f64> = (0..end).map(|k| video.duration(k).millis()).collect();
        let room = |k: usize| match o.full {
            Full::RoomForNext => (o.capacity - video.duration(k)).millis(),
            Full::DrainAfter => o.capacity.millis(),
        };
        let room: Vec<f64> = (0..end).map(room).collect();
        let quantum = o.wait_quantum.map(|q| q.millis());
        if let Some(q) = quantum
            && room.iter().any(|r| *r < q)
        {
            return Err(refuse("wait_quantum", q / 1000.0, "no longer than the buffer behind a wait"));
        }
        let media = video.start(end).millis();
        let idle = media + quantum.unwrap_or(0.0) * end as f64;
        let line = Line::new(trace, &profile.link, video, end, idle)?;
        let levels = video.ladder().len();
        let sizes: Vec<f64> = (0..end).flat_map(|k| video.sizes(k).iter().map(|s| s.get())).collect();
        let bits: f64 = sizes.iter().sum();
        let gains: Vec<f64> = (0..end)
            .flat_map(|k| (0..levels * levels).map(move |i| (k, i / levels, i % levels)))
            .map(|(k, before, level)| objective.gain(k, (k > 0).then_some(before), level))
            .collect();
        let memoryless =
            gains.chunks(levels * levels).all(|g| (levels..g.len()).all(|i| g[i] == g[i - levels]));
        let slack = (1e-5_f64.max(1e-10 * (idle + bits / line.mean_rate())), 1.0_f64.max(1e-10 * bits));
        // Sums of equal durations are products, and sums of multiples of 2^-10 ms are exact.
        let exact = |d: &f64| (d * 1024.0).fract() == 0.0 && *d < 1e9;
        let equal = durations.iter().all(|d| *d == durations[0]);
        let tie = if equal || durations.iter().all(exact) { 0.0 } else { slack.0 };
        Ok(Dynamics {
            tie,
            end,
            levels,
            begins: (0..=end).map(|k| video.start(k).millis()).collect(),
            sizes,
            durations,
            room,
            quantum,
            start: o.buffer.start.millis(),
            resume: o.buffer.resume.millis(),
            resolution: o.buffer.resolution.millis(),
            stall_penalty: objective.stall_penalty / 1000.0,
            startup_penalty: if objective.skip_first { 0.0 } else { objective.startup_penalty / 1000.0 },
            gains,
            memoryless,
            first_level: objective.first_level,
            slack,
            line,
        })
    }

    /// The levels that segment k may have.
    pub(super) fn choices(&self, k: usize) -> std::ops::Range<usize> {
        match self.first_level {
            Some(level) if k == 0 => level..level + 1,
            _ => 0..self.levels,
        }
    }

    /// Quality of segment k on a level, less the change from the level before.
    #[inline]
    pub(super) fn gain(&self, k: usize, before: usize, level: usize) -> f64 {
        self.gains[(k * self.levels + before) * self.levels + level]
    }

    /// The most that segments k and later can add to the value, had they come without a stall.
    pub(super) fn best_gains(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.end + 1];
        for k in (0..self.end).rev() {
            let row = &self.gains[k * self.levels * self.levels..(k + 1) * self.levels * self.levels];
            sums[k] = sums[k + 1] + row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        }
        sums
    }

    /// How large potentials are: what as much stall as there is media would cost.
    pub(super) fn scale(&self) -> f64 {
        self.stall_penalty * self.begins[self.end]
    }

    /// What a bit is worth at most: the wait for it where the link is slowest. A fit through few sessions may say much more, and
    /// would multiply the slack of every step.
    pub(super) fn dearest(&self) -> f64 {
        self.stall_penalty.max(self.startup_penalty) / self.line.slowest_rate()
    }

    /// What the dry point before segment k is when there was neither startup nor stall.
    pub(super) fn reference(&self, k: usize) -> f64 {
        self.begins[k] - k as f64 * self.line.outside(0.0, 0.0, 0).0
    }

    fn plays(&self, k: usize, standing: u16) -> bool {
        k > 0 && standing == 0
    }

    /// The level of a player that stands still, added up as the buffer does.
    fn level(&self, k: usize, standing: u16) -> f64 {
        let base = self.durations[0];
        let buffered = &self.durations[k - usize::from(standing)..k];
        base * f64::from(standing) + buffered.iter().map(|d| d - base).sum::<f64>()
    }

    fn threshold(&self, k: usize, standing: u16) -> f64 {
        if usize::from(standing) == k { self.start } else { self.resume }
    }

    /// One session asks for segment k and gets it on a level.
    pub(super) fn step(&self, k: usize, p: &Point, level: usize, gain: f64, hint: usize) -> Point {
        let mut playing = self.plays(k, p.standing);
        let mut request = p.time;
        if !playing && self.level(k, p.standing) > self.room[k] {
            playing = true;
        }
        if playing {
            let above = p.dry - p.time - self.room[k];
            if above > 0.0 {
                request += self.quantum.map_or(above, |q| (above / q).ceil() * q);
            }
        }
        let at = self.line.at(request, hint);
        let (latency, _) = self.line.outside(request, request, at);
        let (opened, at) = self.line.open(request, at);
        let bits = self.line.carried(opened, at) + self.sizes[k * self.levels + level];
        let (time, _) = self.line.when(bits, at);
        let duration = self.durations[k];
        let (mu, drift) = (self.stall_penalty, duration - latency);
        let potential = p.potential + gain + mu * drift;
        if playing {
            let stall = time + latency - p.dry;
            if stall <= self.resolution || duration >= self.resume {
                return Point {
                    bits,
                    time,
                    dry: time.max(p.dry - latency) + duration,
                    standing: 0,
                    potential,
                };
            }
            return Point { bits, time, dry: time + duration, standing: 1, potential };
        }
        let startup = usize::from(p.standing) == k;
        let extra = if startup { (mu - self.startup_penalty) * (time - request + latency) } else { 0.0 };
        let standing = p.standing + 1;
        let buffered = self.level(k + 1, standing);
        Point {
            bits,
            time,
            dry: time + buffered,
            standing: if buffered >= self.threshold(k, p.standing) { 0 } else { standing },
            potential: potential + extra,
        }
    }

    /// Every request for segment k that a session of the area may make.
    pub(super) fn requests(&self, k: usize, area: &Area, hint: usize) -> [Option<Request>; 2] {
        let slack = self.slack.0;
        let (time, dry) = (area.time.widen(slack), area.dry.widen(slack));
        if self.plays(k, area.standing) {
            return [Some(self.after_wait(k, area, time, dry, hint)), None];
        }
        let buffered = self.level(k, area.standing);
        let above = buffered - self.room[k];
        let stands = || self.request(area, time, dry, false, hint);
        // Too full to stand still any longer.
        let plays = || self.after_wait(k, area, time, time.shift(buffered), hint);
        [(above <= self.tie).then(stands), (above > -self.tie).then(plays)]
    }

    fn after_wait(&self, k: usize, area: &Area, time: Span, dry: Span, hint: usize) -> Request {
        let room = self.room[k];
        let above = Span { lo: dry.lo - time.hi - room, hi: dry.hi - time.lo - room };
        if above.hi <= 0.0 {
            return self.request(area, time, dry, true, hint);
        }
        // At least until the level has sunk to the room.
        let mut at = Span { lo: time.lo.max(dry.lo - room), hi: time.hi.max(dry.hi - room) };
        if let Some(q) = self.quantum {
            at.lo = at.lo.max(time.lo + (above.lo.max(0.0) / q).ceil() * q);
            at.hi = time.hi.max((time.hi + (above.hi / q).ceil() * q).min(dry.hi - room + q));
        }
        self.request(area, at, dry, true, hint)
    }

    fn request(&self, area: &Area, time: Span, dry: Span, playing: bool, hint: usize) -> Request {
        let time = Span { lo: time.lo.max(0.0), hi: time.hi.max(0.0) };
        let (first, last) = (self.line.at(time.lo, hint), self.line.at(time.hi, hint));
        let (latency_lo, latency_hi) = self.line.outside(time.lo, time.hi, first);
        let begin = first;
        let (opened, first) = self.line.open(time.lo, first);
        let (opened_last, last) = self.line.open(time.hi, last);
        let bits = Span { lo: self.line.carried(opened, first), hi: self.line.carried(opened_last, last) };
        let during = self.line.least_while_opening(begin, last);
        Request {
            bits,
            idle: (bits.lo - area.bits.hi - self.slack.1).max(during * (1.0 - 1e-9)),
            time,
            dry,
            playing,
            standing: area.standing,
            latency: Span { lo: latency_lo, hi: latency_hi },
            hint: first,
        }
    }

    /// Where sessions that make this request are when they have segment k on a level, cut into cells; `see` is given each
    /// piece, what it adds to value and potential beside quality, and the period of the link in which it begins. `prices`: of a
    /// bit, before and behind the segment.
    #[inline]
    pub(super) fn deliver(
        &self,
        k: usize,
        r: &Request,
        level: usize,
        cells: &Cells,
        prices: [f64; 2],
        mut see: impl FnMut((i32, i32), &Area, Gain, usize),
    ) {
        let size = self.sizes[k * self.levels + level];
        let bits = r.bits.shift(size).widen(self.slack.1);
        let [before, behind] = prices;
        let paid = before * (size + r.idle - self.slack.1);
        let (first, last) = (cells.of_bits(bits.lo), cells.of_bits(bits.hi));
        let mut lo = bits.lo;
        let (mut from, mut hint) = self.line.when(lo, r.hint);
        for c in first..=last {
            let hi = if c == last { bits.hi } else { cells.bits_edge(c + 1) };
            let (to, next_hint) = self.line.when(hi, hint);
            let time = Span { lo: from, hi: to }.widen(self.slack.0);
            let bits = Span { lo, hi };
            let due = paid - (before - behind) * if before > behind { hi } else { lo };
            self.append(k, r, time, |dry, standing, cost| {
                let (low, high) = (cells.of_dry(dry.lo), cells.of_dry(dry.hi));
                for d in low..=high {
                    let mut piece = dry;
                    if low < high {
                        piece.lo = dry.lo.max(cells.dry_edge(d));
                        piece.hi = dry.hi.min(cells.dry_edge(d + 1));
                    }
                    let area = Area { bits, time, dry: piece, standing };
                    see((c, d), &area, cost.gain(piece.lo, self).plus(-due), hint);
                }
            });
            (lo, from, hint) = (hi, to, next_hint);
        }
    }

    /// Segment k is in the buffer at some time in an interval; `put` is given dry point, standing and cost.
    #[inline]
    fn append(&self, k: usize, r: &Request, time: Span, mut put: impl FnMut(Span, u16, Cost)) {
        let (duration, slack) = (self.durations[k], self.slack.0);
        if r.playing {
            // The dry point behind this segment if there is no stall.
            let smooth = Span { lo: r.dry.lo - r.latency.hi, hi: r.dry.hi - r.latency.lo }.shift(duration);
            let arrival = time.shift(duration);
            let dry = Span { lo: smooth.lo.max(arrival.lo), hi: smooth.hi.max(arrival.hi) };
            let cost = Cost {
                smooth: smooth.hi,
                drift: duration - r.latency.lo + self.resolution,
                ..Cost::default()
            };
            if duration >= self.resume - self.tie {
                put(dry, 0, cost);
            } else if arrival.lo <= smooth.hi + self.resolution + slack {
                put(Span { lo: dry.lo, hi: dry.lo.max(smooth.hi) + self.resolution }, 0, cost);
            }
            if duration < self.resume + self.tie && arrival.hi > smooth.lo + self.resolution - slack {
                put(Span { lo: dry.lo, hi: dry.lo.max(arrival.hi) }, 1, cost);
            }
            return;
        }
        let waited = Span { lo: time.lo - r.time.hi + r.latency.lo, hi: time.hi - r.time.lo + r.latency.hi };
        let mut cost = Cost { smooth: f64::INFINITY, drift: duration - r.latency.lo, ..Cost::default() };
        if usize::from(r.standing) == k {
            let more = self.stall_penalty - self.startup_penalty;
            cost.potential = more * if more > 0.0 { waited.hi } else { waited.lo };
            cost.value = -self.startup_penalty * waited.lo;
        } else {
            cost.value = -self.stall_penalty * waited.lo;
        }
        let standing = r.standing + 1;
        let buffered = self.level(k + 1, standing);
        let threshold = self.threshold(k, r.standing);
        if buffered >= threshold - self.tie {
            put(time.shift(buffered), 0, cost);
        }
        if buffered < threshold + self.tie {
            put(time.shift(buffered), standing, cost);
        }
    }
}

/// What a step costs beside quality.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// The latest dry point without a stall: what is behind it was paid for by stalling.
    smooth: f64,
    /// By how much the dry point moves without a stall.
    drift: f64,
    value: f64,
    potential: f64,
}

impl Cost {
    /// What sessions gain whose dry point is `dry` or later.
    #[inline]
    fn gain(&self, dry: f64, d: &Dynamics) -> Gain {
        let stall = (dry - self.smooth).max(0.0);
        let stall = if stall > d.resolution { stall } else { 0.0 };
        Gain {
            value: self.value - d.stall_penalty * stall,
            potential: self.potential + d.stall_penalty * self.drift,
        }
    }
}

/// A grid over what the link has carried and the dry point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    pub(super) bits: f64,
    pub(super) dry: f64,
    /// A dry point on the edge of a cell.
    pub(super) origin: f64,
}

impl Cells {
    #[inline]
    pub(super) fn of_bits(&self, bits: f64) -> i32 {
        floor(bits / self.bits)
    }

    #[inline]
    pub(super) fn of_dry(&self, dry: f64) -> i32 {
        floor((dry - self.origin) / self.dry)
    }

    #[inline]
    pub(super) fn bits_edge(&self, cell: i32) -> f64 {
        f64::from(cell) * self.bits
    }

    #[inline]
    fn dry_edge(&self, cell: i32) -> f64 {
        f64::from(cell) * self.dry + self.origin
    }
}

/// The greatest whole number of at most `x`, in `i32`; without the function call that `f64::floor` is.
#[inline]
fn floor(x: f64) -> i32 {
    let whole = x as i32;
    whole.saturating_sub(i32::from(x < f64::from(whole)))
}
