//! The link of a session, unrolled: what it has carried by when, and when it has carried how much.
//!
//! Times in milliseconds of link time since the first request, amounts in bits.

use media::Video;
use netmodel::{End, LinkOptions, Period, Trace};
use player::OptionError;

use crate::SimError;

/// Longer lines are refused: the table would not fit into memory.
const MOST_PERIODS: usize = 4_000_000;

/// A period of the unrolled link.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: f64,
    /// What has been carried before it.
    carried: f64,
    rate: f64,
    latency: f64,
}

/// The unrolled link. Its last period is endless; it is long enough for every rung sequence of the session.
#[derive(Clone, Debug)]
pub(super) struct Line {
    stretches: Vec<Stretch>,
    /// Whether the latency consumes link time.
    pub(super) latency_inside: bool,
}

impl Line {
    /// The link of a session in which at most `end` segments are fetched and the player idles for at most `idle`.
    pub(super) fn new(
        trace: &Trace,
        options: &LinkOptions,
        video: &Video,
        end: usize,
        idle: f64,
    ) -> Result<Line, SimError> {
        let line = Line { stretches: Vec::new(), latency_inside: options.latency_takes_link_time };
        let factor = options.rate_multiplier * options.payload;
        let rate = |p: &Period| p.rate.kbps() * factor;
        let latency = |p: &Period| options.latency.unwrap_or(p.latency).millis();
        let periods = trace.periods();
        let most = |f: &dyn Fn(&Period) -> f64| periods.iter().map(|p| f(&p)).fold(0.0, f64::max);
        let bits: f64 =
            (0..end).map(|k| video.sizes(k).iter().fold(0.0, |most: f64, s| most.max(s.get()))).sum();
        // While nothing is carried the link may run at its best.
        let wasted = idle + end as f64 * most(&latency);
        let needed = 1.01 * bits + most(&rate) * wasted;
        line.unrolled(trace, options, &rate, &latency, needed)
    }

    fn unrolled(
        mut self,
        trace: &Trace,
        options: &LinkOptions,
        rate: &dyn Fn(&Period) -> f64,
        latency: &dyn Fn(&Period) -> f64,
        needed: f64,
    ) -> Result<Line, SimError> {
        let periods = trace.periods();
        let (first, last) = (trace.period(0), trace.period(periods.len() - 1));
        let (duration, extra) = (trace.duration().millis(), trace.wrap_extra().millis());
        let start = options.start.millis();
        let loops = options.end == End::Loop;
        if options.end == End::Stop || (!loops && rate(&last) <= 0.0) {
            return Err(refuse("link end", "a link that ends for good", "a link that never ends"));
        }
        let mut push = |p: &Period, start: f64, carried: f64| {
            self.stretches.push(Stretch { start, carried, rate: rate(p), latency: latency(p) });
        };
        let same = |p: &Period| rate(p) == rate(&first) && latency(p) == latency(&first);
        if loops && periods.iter().all(|p| same(&p)) {
            push(&first, 0.0, 0.0);
            return Ok(self);
        }
        // Where the session begins, and whether that is in a first or in a later pass.
        let mut later = start >= duration;
        let mut skip = if later && loops { (start - duration) % (duration + extra) } else { start };
        let (mut time, mut carried, mut count) = (0.0, 0.0, 0);
        if loops || !later {
            loop {
                for (i, p) in periods.iter().enumerate() {
                    let whole = p.duration.millis() + if later && i == 0 { extra } else { 0.0 };
                    let here = whole - skip.min(whole);
                    skip -= skip.min(whole);
                    if here > 0.0 {
                        push(&p, time, carried);
                        count += 1;
                        time += here;
                        carried += here * rate(&p);
                    }
                }
                later = true;
                if !loops || carried > needed {
                    break;
                }
                if count > MOST_PERIODS {
                    return Err(refuse(
                        "trace",
                        "too many periods for this session",
                        "a longer or coarser trace",
                    ));
                }
            }
        }
        // Behind the last pass that can be needed, or behind the end of a link that holds its last rate.
        let tail = periods.iter().find(|p| loops && rate(p) > 0.0).unwrap_or(last);
        push(&tail, time, carried);
        Ok(self)
    }

    /// The period that holds at `time`; at a boundary, the one that begins. `hint`: a period near it.
    #[inline]
    pub(super) fn at(&self, time: f64, hint: usize) -> usize {
        self.locate(hint, |s| s.start <= time)
    }

    /// The last stretch of which `before` holds, which is monotone.
    #[inline]
    fn locate(&self, hint: usize, before: impl Fn(&Stretch) -> bool) -> usize {
        let s = &self.stretches;
        let mut i = hint.min(s.len() - 1);
        if !before(&s[i]) {
            return s[..i].partition_point(before).max(1) - 1;
        }
        for _ in 0..16 {
            match s.get(i + 1) {
                Some(next) if before(next) => i += 1,
                _ => return i,
            }
        }
        i + s[i..].partition_point(before).max(1) - 1
    }

    /// What has been carried at `time` in the given period.
    #[inline]
    pub(super) fn carried(&self, time: f64, at: usize) -> f64 {
        let s = &self.stretches[at];
        s.carried + s.rate * (time - s.start)
    }

    /// The first instant at which `bits` have been carried, and its period. Monotone in `bits`.
    #[inline]
    pub(super) fn when(&self, bits: f64, hint: usize) -> (f64, usize) {
        let at = self.locate(hint, |s| s.carried < bits);
        let s = &self.stretches[at];
        if bits <= s.carried { (s.start, at) } else { (s.start + (bits - s.carried) / s.rate, at) }
    }

    /// When the first bit of a request at `time` comes, and its period. Monotone in `time`.
    ///
    /// A period passes the share of the latency that it lasts: a latency is a transfer of size 1 over a link of rate
    /// one over latency.
    #[inline]
    pub(super) fn open(&self, mut time: f64, mut at: usize) -> (f64, usize) {
        if !self.latency_inside {
            return (time, at);
        }
        let mut share = 1.0;
        loop {
            let latency = self.stretches[at].latency;
            let wanted = share * latency;
            let Some(next) = self.stretches.get(at + 1).filter(|n| time + wanted > n.start) else {
                return (time + wanted, at);
            };
            share -= (next.start - time) / latency;
            time = next.start;
            at += 1;
        }
    }

    /// What is carried at least while a request waits for its first bit, from one period to another.
    pub(super) fn least_while_opening(&self, first: usize, last: usize) -> f64 {
        if !self.latency_inside || last - first > 64 {
            return 0.0;
        }
        let periods = &self.stretches[first..=last];
        let least = |of: fn(&Stretch) -> f64| periods.iter().map(of).fold(f64::INFINITY, f64::min);
        least(|s| s.rate) * least(|s| s.latency)
    }

    /// The least and the greatest latency outside link time of a request made between two instants.
    #[inline]
    pub(super) fn outside(&self, from: f64, to: f64, hint: usize) -> (f64, f64) {
        if self.latency_inside {
            return (0.0, 0.0);
        }
        let mut at = self.at(from, hint);
        let first = self.stretches[at].latency;
        let (mut low, mut high) = (first, first);
        while let Some(next) = self.stretches.get(at + 1).filter(|n| n.start <= to) {
            (low, high) = (low.min(next.latency), high.max(next.latency));
            at += 1;
        }
        (low, high)
    }

    /// The lowest rate that is not an outage.
    pub(super) fn slowest_rate(&self) -> f64 {
        self.stretches.iter().map(|s| s.rate).filter(|r| *r > 0.0).fold(f64::INFINITY, f64::min)
    }

    /// Mean rate up to the end of the last period that has one.
    pub(super) fn mean_rate(&self) -> f64 {
        let last = self.stretches[self.stretches.len() - 1];
        if last.carried > 0.0 { last.carried / last.start } else { last.rate }
    }
}

/// The error for what the optimum is not defined for.
pub(super) fn refuse(option: &'static str, value: impl ToString, expected: &str) -> SimError {
    let (value, expected) = (value.to_string(), format!("for the offline optimum {expected}"));
    SimError::Options(OptionError::Range { option, value, expected })
}
