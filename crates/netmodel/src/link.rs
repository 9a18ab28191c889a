//! A link over a trace: the exact solution, period by period, with a cursor.
//!
//! The cursor walks: a transfer that ends in the period where it began costs one division. One that crosses more
//! than [`LEAP_AFTER`] periods is finished by binary search on the trace's prefix sums, so that neither a trace of
//! a millisecond grid nor a huge object makes a session slow. A walk subtracts what each period carried, in order, as
//! the published simulators do; [`LinkOptions::leap`] can be switched off to have their very rounding.

use std::sync::Arc;

use units::{BitRate, Bits, Seconds};

use crate::channel::{self, Channel, Stretch, Waits};
use crate::{Carried, NetworkError, NetworkModel, Period, ProgressInterval, Trace, Transfer};

/// Periods a walk crosses before it turns to the prefix sums.
const LEAP_AFTER: u32 = 64;

/// The most entries that a link notes: 256 MiB of them. There the link ends, since whoever asked for them needs them all.
pub const MOST_ENTRIES: usize = 1 << 25;

/// What follows the last period of a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The first period again, for ever.
    #[default]
    Loop,
    /// The last rate and latency, for ever.
    HoldLast,
    /// Nothing: no bit is carried after the end.
    Stop,
}

/// How a trace is replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkOptions {
    /// What follows the last period.
    pub end: End,
    /// Where in the trace the session begins (modulo its duration when it loops).
    pub start: Seconds,
    /// Factor on every rate.
    pub rate_multiplier: f64,
    /// Share of the rate that is payload (Pensieve: 0.95).
    pub payload: f64,
    /// Latency of every request instead of the trace's own.
    pub latency: Option<Seconds>,
    /// Whether waiting for the first bit consumes link time (yes in reality; not in Pensieve's environment).
    pub latency_takes_link_time: bool,
    /// Whether long transfers may leap over periods by the prefix sums.
    pub leap: bool,
    /// Whether the link notes when it enters each period ([`NetworkModel::entries`]), up to [`MOST_ENTRIES`] of them.
    pub note_entries: bool,
}

impl Default for LinkOptions {
    fn default() -> LinkOptions {
        LinkOptions {
            end: End::Loop,
            start: Seconds::ZERO,
            rate_multiplier: 1.0,
            payload: 1.0,
            latency: None,
            latency_takes_link_time: true,
            leap: true,
            note_entries: false,
        }
    }
}

/// One flow alone on a trace.
#[derive(Clone, Debug)]
pub struct Link {
    trace: Arc<Trace>,
    options: LinkOptions,
    /// `rate_multiplier * payload` does not distribute bit for bit, so both are applied on entry.
    rate: BitRate,
    latency: Seconds,
    /// The period the cursor is in; `periods.len()` behind the end of a trace that does not loop.
    at: usize,
    /// How long it lasts, with what wrapping adds to it.
    length: Seconds,
    left: Seconds,
    entered: u64,
    /// Time since the link was made, and when it entered each period if that is noted.
    clock: Seconds,
    entries: Vec<Seconds>,
}

impl Link {
    /// A link at the start offset of its options.
    ///
    /// # Errors
    /// [`NetworkError::AllZero`] when a looping trace never carries anything; [`NetworkError::Option`] for a start,
    /// multiplier, payload share or latency that is negative or not finite (multiplier and payload: zero).
    pub fn new(trace: Arc<Trace>, options: LinkOptions) -> Result<Link, NetworkError> {
        let check = |option, value: f64, ok: bool, expected| match ok && value.is_finite() {
            true => Ok(()),
            false => Err(NetworkError::Option { option, value, expected }),
        };
        let (start, factor, payload) = (options.start, options.rate_multiplier, options.payload);
        check("start", start.get(), start >= Seconds::ZERO, "a finite number of seconds of at least 0")?;
        check("rate_multiplier", factor, factor > 0.0, "a finite number above 0")?;
        check("payload", payload, payload > 0.0 && payload <= 1.0, "a share above 0 and at most 1")?;
        if let Some(latency) = options.latency {
            check(
                "latency",
                latency.get(),
                latency >= Seconds::ZERO,
                "a finite number of seconds of at least 0",
            )?;
        }
        if options.end == End::Loop && trace.total() <= Bits::ZERO {
            return Err(NetworkError::AllZero);
        }
        // A leap enters no period that could be noted.
        let options = LinkOptions { leap: options.leap && !options.note_entries, ..options };
        let mut link = Link {
            trace,
            options,
            rate: BitRate::ZERO,
            latency: Seconds::ZERO,
            at: 0,
            length: Seconds::ZERO,
            left: Seconds::ZERO,
            entered: 0,
            clock: Seconds::ZERO,
            entries: Vec::new(),
        };
        link.seek(start);
        Ok(link)
    }

    /// The trace it runs on.
    pub fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    /// What it carries now.
    pub fn rate(&self) -> BitRate {
        self.rate
    }

    /// What a request would wait for its first bit now.
    pub fn latency(&self) -> Seconds {
        self.latency
    }

    /// How far the cursor is into its period.
    pub fn into_period(&self) -> Seconds {
        match self.trace.periods().get(self.at) {
            Some(_) => (self.length - self.left).max(Seconds::ZERO),
            None => Seconds::INFINITY,
        }
    }

    /// How many periods of constant rate it has entered since it was made.
    pub fn periods_entered(&self) -> u64 {
        self.entered
    }

    /// Puts the cursor at an instant of the trace.
    fn seek(&mut self, at: Seconds) {
        let duration = self.trace.duration();
        let at = match self.options.end {
            End::Loop if at >= duration => {
                let pass = duration + self.trace.wrap_extra();
                let beyond = at - duration;
                let rest = beyond - pass * (beyond / pass).floor();
                self.enter_again();
                if rest < self.left {
                    self.left -= rest;
                    return;
                }
                // Rounding may put `rest` a little behind the end of the pass.
                (rest - self.trace.wrap_extra()).min(duration)
            }
            _ if at >= duration => return self.enter(self.trace.periods().len()),
            _ => at,
        };
        let index = self.trace.period_at(at);
        self.enter(index);
        self.left = (self.trace.start_of(index) + self.left - at).max(Seconds::ZERO);
    }

    /// Begins another pass.
    #[inline]
    fn enter_again(&mut self) {
        self.enter(0);
        self.length += self.trace.wrap_extra();
        self.left = self.length;
    }

    /// Makes `index` the current period, with all of it left.
    #[inline]
    fn enter(&mut self, index: usize) {
        self.count_entry(index);
        match self.trace.periods().get(index) {
            Some(p) => self.load(p),
            None => self.pass_end(),
        }
    }

    #[inline]
    fn count_entry(&mut self, index: usize) {
        self.at = index;
        self.entered += 1;
        if self.options.note_entries {
            self.note_entry();
        }
    }

    /// With the last entry that is noted the link ends, when this pass of its trace does. A walk does not ask: it enters few periods,
    /// and the next pass does.
    #[cold]
    fn note_entry(&mut self) {
        self.entries.push(self.clock);
        if self.entries.len() >= MOST_ENTRIES {
            (self.options.note_entries, self.options.end) = (false, End::Stop);
        }
    }

    #[inline]
    fn load(&mut self, p: Period) {
        self.length = p.duration;
        self.left = p.duration;
        self.rate = p.rate * self.options.rate_multiplier * self.options.payload;
        self.latency = self.options.latency.unwrap_or(p.latency);
    }

    /// Behind the end of a trace that does not loop: one period without end.
    #[cold]
    fn pass_end(&mut self) {
        let last = self.trace.period(self.trace.periods().len() - 1);
        let rate = if self.options.end == End::Stop { BitRate::ZERO } else { last.rate };
        self.load(Period { duration: Seconds::INFINITY, rate, ..last });
    }

    #[inline]
    fn pass(&mut self, time: Seconds) {
        self.left -= time;
        self.clock += time;
    }

    /// Behind the last period of the trace.
    #[cold]
    fn leave_last(&mut self) {
        match self.options.end {
            End::Loop => self.enter_again(),
            _ => self.enter(self.trace.periods().len()),
        }
    }

    /// To the end of the period, and into the next.
    #[inline]
    fn leave(&mut self) -> Seconds {
        let time = self.left;
        self.clock += time;
        match self.trace.periods().get(self.at + 1) {
            Some(p) => {
                self.count_entry(self.at + 1);
                self.load(p);
            }
            None => self.leave_last(),
        }
        time
    }

    /// Crosses the periods of this pass that a transfer fills, at most [`LEAP_AFTER`] of them: `rest` of it is left, `time` has
    /// passed. True if the rest fits into the period it stands in. Only the last period that is entered is loaded; the others
    /// stay in registers.
    #[inline(always)]
    fn walk(&mut self, rest: &mut Bits, time: &mut Seconds, walked: &mut u32, close: Bits) -> bool {
        let LinkOptions { rate_multiplier, payload, note_entries, .. } = self.options;
        let periods = self.trace.periods();
        let (begun, mut left, mut rate, mut clock) = (self.at, self.left, self.rate, self.clock);
        let (mut at, most) = (begun, begun + LEAP_AFTER.saturating_sub(*walked) as usize);
        let mut fits = false;
        while at < most
            && let Some(next) = periods.get(at + 1)
        {
            let here = left * rate;
            fits = *rest <= here + close;
            if fits {
                break;
            }
            *rest -= here;
            *time += left;
            clock += left;
            at += 1;
            if note_entries {
                self.entries.push(clock);
            }
            (left, rate) = (next.duration, next.rate * rate_multiplier * payload);
        }
        if at > begun
            && let Some(p) = periods.get(at)
        {
            *walked += (at - begun) as u32;
            self.entered += (at - begun) as u64;
            (self.at, self.clock) = (at, clock);
            self.load(p);
        }
        fits
    }

    /// Time into the trace, between 0 and the end of a pass; None behind the end.
    pub fn position(&self) -> Option<Seconds> {
        (self.at < self.trace.periods().len()).then(|| self.trace.start_of(self.at + 1) - self.left)
    }

    /// Whether a walk of so many periods should be finished by [`leap`](Link::leap) or [`skip`](Link::skip).
    ///
    /// After the first pass, period 0 can be longer than the trace says. A walk that stands there steps past it before it
    /// leaps, unless it is the only one.
    #[inline]
    fn far(&self, walked: u32) -> bool {
        walked > LEAP_AFTER
            && self.options.leap
            && self.options.end == End::Loop
            && (self.at > 0 || self.trace.periods().len() == 1)
    }

    /// Finishes a long transfer by the prefix sums; only of a looping trace. The time it takes.
    #[cold]
    fn leap(&mut self, size: Bits) -> Seconds {
        match self.position() {
            Some(from) if self.at > 0 => {
                let on_trace = size / (self.options.rate_multiplier * self.options.payload);
                let time = self.trace.time_to_deliver(from, on_trace);
                self.seek(from + time);
                time
            }
            // One period for ever: the time is the size over its rate.
            _ => {
                let time = size / self.rate;
                self.skip(time);
                time
            }
        }
    }

    /// Lets a long time pass; only on a looping trace.
    #[cold]
    fn skip(&mut self, time: Seconds) {
        match self.position() {
            Some(at) if self.at > 0 => self.seek(at + time),
            _ => {
                let rest = time - self.left;
                self.enter_again();
                let into = rest - self.length * (rest / self.length).floor();
                self.left = (self.length - into).max(Seconds::ZERO);
            }
        }
    }
}

impl Channel for Link {
    #[inline]
    fn round_trip(&self) -> Seconds {
        self.latency
    }

    fn request(&mut self) -> Waits {
        Waits { round_trips: 1.0, extra: Seconds::ZERO, fresh: false }
    }

    #[inline]
    fn stretch(&self, demand: BitRate) -> Stretch {
        let over = self.rate == BitRate::ZERO && self.left == Seconds::INFINITY;
        Stretch { rate: self.rate.min(demand), holds: self.left, over }
    }

    #[inline]
    fn spend(&mut self, time: Seconds, _: BitRate) {
        self.pass(time);
    }

    #[inline]
    fn cross(&mut self, _: BitRate) {
        self.leave();
    }

    #[inline]
    fn rest(&mut self, time: Seconds) {
        let mut rest = time;
        let mut walked = 0;
        while rest > self.left {
            walked += 1;
            if self.far(walked) {
                return self.skip(rest);
            }
            rest -= self.left;
            self.leave();
        }
        self.pass(rest);
    }

    fn entered(&self) -> &[Seconds] {
        &self.entries
    }
}

/// Most intervals that are carried without a question: in so few, rounding adds up to less than one of them.
const SURE: f64 = 1000.0;

impl NetworkModel for Link {
    fn idle(&mut self, time: Seconds) {
        self.rest(time);
    }

    /// One latency, consumed on the trace: where it spans a rate change, what is left of it is scaled to the new
    /// period's latency.
    fn open(&mut self) -> Seconds {
        if !self.options.latency_takes_link_time {
            return self.latency;
        }
        // Nearly always; the rest is for everybody.
        let latency = self.latency;
        if latency <= self.left {
            self.pass(latency);
            return latency;
        }
        channel::wait(self, 1.0)
    }

    fn latency_takes_link_time(&self) -> bool {
        self.options.latency_takes_link_time
    }

    #[cold]
    fn open_ahead(&mut self, ahead: Seconds) -> Seconds {
        let waits = self.request();
        channel::open_ahead(self, waits, ahead)
    }

    fn carry(&mut self, size: Bits, interval: ProgressInterval) -> Carried {
        channel::carry(self, size, interval)
    }

    /// Whole intervals within a period need no division: they are all alike.
    fn fly(&mut self, flight: &mut Transfer, interval: ProgressInterval, until: Seconds) {
        loop {
            let (rate, wanted) = (self.rate, interval.bits.max(interval.time * self.rate));
            let step = wanted / rate;
            // In locals, so that they stay in registers.
            let (mut left, mut clock) = (self.left, self.clock);
            let Transfer { size, mut received, mut elapsed } = *flight;
            let mut passed = false;
            // So many fit for sure, whatever is rounded on the way: no question is asked between them.
            if step > Seconds::ZERO {
                let fit = ((size - received) / wanted).min(left / step).min((until - elapsed) / step);
                for _ in 0..(fit - 2.0).min(SURE) as u32 {
                    left -= step;
                    clock += step;
                    received += wanted;
                    elapsed += step;
                }
            }
            while rate > BitRate::ZERO && size - received > wanted && wanted <= left * rate {
                left -= step;
                clock += step;
                received += wanted;
                elapsed += step;
                if elapsed > until {
                    passed = true;
                    break;
                }
            }
            (self.left, self.clock) = (left, clock);
            *flight = Transfer { size, received, elapsed };
            if passed {
                return;
            }
            let rest = flight.size - flight.received;
            if rest <= Bits::ZERO {
                return;
            }
            let carried = self.carry(rest, interval);
            flight.received += carried.bits;
            flight.elapsed += carried.time;
            if flight.elapsed > until || flight.received >= flight.size {
                return;
            }
        }
    }

    /// What [`channel::carry`] does without looks, with a leap when it is far.
    fn carry_all(&mut self, size: Bits) -> Carried {
        let close = size * channel::CLOSE;
        let (mut rest, mut time, mut walked) = (size, Seconds::ZERO, 0);
        loop {
            if self.walk(&mut rest, &mut time, &mut walked, close) {
                break;
            }
            let here = self.left * self.rate;
            if rest <= here + close {
                break;
            }
            if self.rate == BitRate::ZERO && self.left == Seconds::INFINITY {
                return Carried { bits: size - rest, time: Seconds::INFINITY };
            }
            walked += 1;
            if self.far(walked) {
                return Carried { bits: size, time: time + self.leap(rest) };
            }
            rest -= here;
            time += self.leave();
        }
        if rest > Bits::ZERO {
            let t = rest / self.rate;
            self.pass(t);
            time += t;
        }
        Carried { bits: size, time }
    }

    fn entries(&self) -> &[Seconds] {
        &self.entries
    }
}
