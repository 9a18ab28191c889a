//! A trace: periods of constant rate and latency, with the integral of the rate.

use units::{BitRate, Bits, Seconds};

use crate::NetworkError;
use crate::packets::Packets;
use crate::period::Period;

/// A piecewise-constant link capacity over one finite stretch of time. What comes after its end is a
/// [`LinkOptions`](crate::LinkOptions) matter.
///
/// The prefix sums of time and bits are built once, at every fourth period, so that [`bits_between`](Trace::bits_between) and
/// [`time_to_deliver`](Trace::time_to_deliver) cost O(log n) from a cold start.
#[derive(Clone, Debug)]
pub struct Trace {
    name: String,
    store: Store,
    wrap_extra: Seconds,
}

/// How the periods are kept.
#[derive(Clone, Debug)]
enum Store {
    /// Any periods.
    Each(Marked),
    /// Whole packets at whole milliseconds, in a third of the memory.
    Packets(Packets),
}

/// Every how many periods the sums before them are remembered: a sum between two marks costs fewer additions than the
/// look into memory that finds it.
const MARK: usize = 4;

/// Periods with the sums before every [`MARK`]th of them, and behind all if they are a multiple. A sum between two
/// marks is added up from the one before it, which gives the very bits that one addition after the other gives.
#[derive(Clone, Debug)]
struct Marked {
    periods: Vec<Period>,
    marks: Vec<Sums>,
}

/// When a period begins, and what the trace carries before it.
#[derive(Clone, Copy, Debug)]
struct Sums {
    time: Seconds,
    bits: Bits,
}

impl Sums {
    #[inline]
    fn add(&mut self, p: &Period) {
        self.time += p.duration;
        self.bits += p.rate * p.duration;
    }
}

impl Marked {
    /// The sums before period `index`, or behind the last.
    #[inline]
    fn before(&self, index: usize) -> Sums {
        let mut sums = self.marks[index / MARK];
        self.periods[index - index % MARK..index].iter().for_each(|p| sums.add(p));
        sums
    }

    /// The last period before which the sums are as a rule that holds for smaller ones wants them, the first if none is;
    /// and these sums.
    #[inline]
    fn last_where(&self, rule: impl Fn(&Sums) -> bool) -> (usize, Sums) {
        let last = self.periods.len() - 1;
        let mark = self.marks.partition_point(&rule).max(1) - 1;
        if mark * MARK > last {
            return (last, self.before(last));
        }
        let (mut sums, mut index) = (self.marks[mark], mark * MARK);
        while index < last {
            let mut next = sums;
            next.add(&self.periods[index]);
            if !rule(&next) {
                break;
            }
            (sums, index) = (next, index + 1);
        }
        (index, sums)
    }
}

/// The periods of a trace in order, each a value: a view, as cheap to copy as a reference.
#[derive(Clone, Copy, Debug)]
pub struct Periods<'a>(&'a Store);

impl<'a> Periods<'a> {
    /// How many there are; never 0.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "a trace has periods")]
    pub fn len(self) -> usize {
        match self.0 {
            Store::Each(each) => each.periods.len(),
            Store::Packets(packets) => packets.len(),
        }
    }

    /// Period `index`, if there is one.
    #[inline]
    pub fn get(self, index: usize) -> Option<Period> {
        match self.0 {
            Store::Each(each) => each.periods.get(index).copied(),
            Store::Packets(packets) => packets.period(index),
        }
    }

    /// All of them.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Period> + DoubleEndedIterator + Clone + 'a {
        (0..self.len()).map(move |i| self.at(i))
    }

    #[inline]
    fn at(self, index: usize) -> Period {
        match self.0 {
            Store::Each(each) => each.periods[index],
            Store::Packets(packets) => packets.at(index),
        }
    }
}

/// Equal however they are kept.
impl PartialEq for Periods<'_> {
    fn eq(&self, other: &Periods<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Two traces are equal if their names, periods and wrapping are.
impl PartialEq for Trace {
    fn eq(&self, other: &Trace) -> bool {
        self.name == other.name && self.wrap_extra == other.wrap_extra && self.periods() == other.periods()
    }
}

impl Trace {
    /// A trace of the given periods.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without periods; [`NetworkError::Period`] for a duration that is not positive, or a rate
    /// or latency that is negative, or any of them not finite.
    pub fn new(name: impl Into<String>, periods: Vec<Period>) -> Result<Trace, NetworkError> {
        if periods.is_empty() {
            return Err(NetworkError::Empty);
        }
        let mut marks = Vec::with_capacity(periods.len() / MARK + 1);
        let mut sums = Sums { time: Seconds::ZERO, bits: Bits::ZERO };
        for (index, p) in periods.iter().enumerate() {
            let wrong = |field, value, expected| NetworkError::Period { index, field, value, expected };
            if !(p.duration > Seconds::ZERO && p.duration.is_finite()) {
                return Err(wrong("duration_s", p.duration.get(), "a finite number above 0"));
            }
            if !(p.rate >= BitRate::ZERO && p.rate.is_finite()) {
                return Err(wrong("rate_kbps", p.rate.kbps(), "a finite number of at least 0"));
            }
            if !(p.latency >= Seconds::ZERO && p.latency.is_finite()) {
                return Err(wrong("latency_s", p.latency.get(), "a finite number of at least 0"));
            }
            if index % MARK == 0 {
                marks.push(sums);
            }
            sums.add(p);
        }
        let last = periods.len() - 1;
        if !sums.time.is_finite() || !sums.bits.is_finite() {
            return Err(NetworkError::Period {
                index: last,
                field: "the sum of all periods",
                value: sums.bits.get(),
                expected: "a finite time and amount of data",
            });
        }
        if periods.len().is_multiple_of(MARK) {
            marks.push(sums);
        }
        let store = Store::Each(Marked { periods, marks });
        Ok(Trace { name: name.into(), store, wrap_extra: Seconds::ZERO })
    }

    pub(crate) fn of_packets(name: impl Into<String>, packets: Packets) -> Trace {
        Trace { name: name.into(), store: Store::Packets(packets), wrap_extra: Seconds::ZERO }
    }

    /// The packets of a trace that is made of them.
    pub(crate) fn packets(&self) -> Option<&Packets> {
        match &self.store {
            Store::Packets(packets) => Some(packets),
            Store::Each(_) => None,
        }
    }

    /// A trace of `(seconds, Mbit/s)` steps with one latency.
    ///
    /// # Errors
    /// As [`Trace::new`].
    pub fn steps(
        name: impl Into<String>,
        steps: &[(f64, f64)],
        latency: Seconds,
    ) -> Result<Trace, NetworkError> {
        let period =
            |&(s, mbps)| Period { duration: Seconds::new(s), rate: BitRate::from_mbps(mbps), latency };
        Trace::new(name, steps.iter().map(period).collect())
    }

    /// The same trace whose first period is longer by `extra` on every pass but the first.
    ///
    /// Pensieve's environment assumes that a log starts at time 0 when it wraps; the first interval of a log that starts
    /// at 5 s is therefore 5 s longer from the second pass on.
    pub fn with_wrap_extra(mut self, extra: Seconds) -> Trace {
        self.wrap_extra = extra.max(Seconds::ZERO);
        self
    }

    /// The same trace under another name.
    pub fn named(mut self, name: impl Into<String>) -> Trace {
        self.name = name.into();
        self
    }

    /// What it is called in tables and charts.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its periods, in order.
    #[inline]
    pub fn periods(&self) -> Periods<'_> {
        Periods(&self.store)
    }

    /// Period `index`.
    ///
    /// # Panics
    /// Where there is none.
    #[inline]
    pub fn period(&self, index: usize) -> Period {
        self.periods().at(index)
    }

    /// When period `index` begins on the first pass (the end of the trace for `periods().len()`).
    #[inline]
    pub fn start_of(&self, index: usize) -> Seconds {
        match &self.store {
            Store::Each(each) => each.before(index).time,
            Store::Packets(packets) => packets.start_of(index),
        }
    }

    /// What one pass carries before period `index` (all of it for `periods().len()`).
    #[inline]
    fn carried(&self, index: usize) -> Bits {
        match &self.store {
            Store::Each(each) => each.before(index).bits,
            Store::Packets(packets) => packets.carried(index),
        }
    }

    /// How long one pass lasts.
    pub fn duration(&self) -> Seconds {
        self.start_of(self.periods().len())
    }

    /// What one pass carries.
    pub fn total(&self) -> Bits {
        self.carried(self.periods().len())
    }

    /// The mean rate of one pass.
    pub fn mean_rate(&self) -> BitRate {
        self.total() / self.duration()
    }

    /// See [`Trace::with_wrap_extra`].
    pub fn wrap_extra(&self) -> Seconds {
        self.wrap_extra
    }

    /// The period that holds at `at` of the first pass; at a boundary, the one that begins. Clamped to the trace.
    pub fn period_at(&self, at: Seconds) -> usize {
        self.before_time(at).0
    }

    /// The period of [`period_at`](Trace::period_at), and the sums before it.
    #[inline]
    fn before_time(&self, at: Seconds) -> (usize, Sums) {
        match &self.store {
            Store::Each(each) => each.last_where(|before| before.time <= at),
            Store::Packets(packets) => {
                let i = packets.period_at(at).min(packets.len() - 1);
                (i, Sums { time: packets.start_of(i), bits: packets.carried(i) })
            }
        }
    }

    /// What the looped trace carries from time 0 to `at`.
    pub fn bits_before(&self, at: Seconds) -> Bits {
        let at = at.max(Seconds::ZERO);
        let (first, rate) = (self.duration(), self.period(0).rate);
        if at <= first {
            return self.bits_in_pass(at);
        }
        // Later passes begin with `wrap_extra` more of the first period.
        let (pass, extra) = (first + self.wrap_extra, rate * self.wrap_extra);
        let passes = ((at - first) / pass).floor();
        let rest = at - first - pass * passes;
        let in_pass = if rest <= self.wrap_extra {
            rate * rest
        } else {
            extra + self.bits_in_pass(rest - self.wrap_extra)
        };
        self.total() + (self.total() + extra) * passes + in_pass
    }

    fn bits_in_pass(&self, at: Seconds) -> Bits {
        let (i, before) = self.before_time(at);
        before.bits + self.period(i).rate * (at - before.time)
    }

    /// What the looped trace carries between two instants.
    pub fn bits_between(&self, from: Seconds, to: Seconds) -> Bits {
        self.bits_before(to) - self.bits_before(from)
    }

    /// How long the looped trace needs, from `from` on, to carry `size`; infinite if it never does. O(log n).
    ///
    /// Zero-rate spans that follow the last bit do not count.
    pub fn time_to_deliver(&self, from: Seconds, size: Bits) -> Seconds {
        if size <= Bits::ZERO {
            return Seconds::ZERO;
        }
        if self.total() <= Bits::ZERO {
            return Seconds::INFINITY;
        }
        let target = self.bits_before(from) + size;
        let (first, rate) = (self.duration(), self.period(0).rate);
        let at = if target <= self.total() {
            self.when_in_pass(target)
        } else {
            let (pass, extra) = (first + self.wrap_extra, rate * self.wrap_extra);
            let per_pass = self.total() + extra;
            let beyond = target - self.total();
            // The pass in which the last bit comes: a target on the edge belongs to the pass that ends there.
            let passes = ((beyond / per_pass).ceil() - 1.0).max(0.0);
            let rest = beyond - per_pass * passes;
            let in_pass = if rest <= extra {
                rest / rate
            } else {
                self.wrap_extra + self.when_in_pass((rest - extra).min(self.total()))
            };
            first + pass * passes + in_pass
        };
        (at - from).max(Seconds::ZERO)
    }

    /// When, in a pass, the trace has carried `bits` (positive, at most the total).
    fn when_in_pass(&self, bits: Bits) -> Seconds {
        let (i, before) = match &self.store {
            Store::Each(each) => each.last_where(|before| before.bits < bits),
            Store::Packets(packets) => {
                let i = packets.carrying(bits);
                (i, Sums { time: packets.start_of(i), bits: packets.carried(i) })
            }
        };
        before.time + (bits - before.bits) / self.period(i).rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(steps: &[(f64, f64)]) -> Trace {
        Trace::steps("t", steps, Seconds::ZERO).expect("a valid trace")
    }

    /// Bit for bit, wherever a period stands between two marks.
    #[test]
    fn sums_between_marks_are_those_of_one_addition_after_the_other() {
        for count in 1..=3 * MARK {
            let steps: Vec<(f64, f64)> =
                (0..count).map(|i| (0.1 * (i + 1) as f64, 0.3 * (i % 3) as f64)).collect();
            let t = trace(&steps);
            let (mut time, mut bits) = (Seconds::ZERO, Bits::ZERO);
            for (i, p) in t.periods().iter().enumerate() {
                assert_eq!((t.start_of(i), t.carried(i)), (time, bits));
                let inside = time + p.duration / 2.0;
                assert_eq!((t.period_at(time), t.period_at(inside)), (i, i));
                time += p.duration;
                if p.rate > BitRate::ZERO {
                    assert_eq!(t.when_in_pass(bits + p.rate * p.duration / 2.0).get(), inside.get());
                }
                bits += p.rate * p.duration;
            }
            assert_eq!((t.duration(), t.total()), (time, bits));
            assert_eq!((t.period_at(time), t.period_at(Seconds::INFINITY)), (count - 1, count - 1));
        }
    }

    #[test]
    fn integral_over_several_passes() {
        let t = trace(&[(2.0, 1.0), (1.0, 0.0), (1.0, 4.0)]);
        assert_eq!(t.bits_before(Seconds::new(2.5)), Bits::new(2e6));
        assert_eq!(t.bits_before(Seconds::new(4.0)), Bits::new(6e6));
        assert_eq!(t.bits_before(Seconds::new(9.0)), Bits::new(13e6));
        assert_eq!(t.bits_between(Seconds::new(3.5), Seconds::new(5.0)), Bits::new(3e6));
    }

    #[test]
    fn delivery_is_the_inverse_of_the_integral_and_ends_with_the_last_bit() {
        let t = trace(&[(2.0, 1.0), (1.0, 0.0), (1.0, 4.0)]);
        let deliver =
            |from: f64, mbit: f64| t.time_to_deliver(Seconds::new(from), Bits::new(mbit * 1e6)).get();
        assert_eq!(deliver(0.0, 2.0), 2.0); // not 3: the outage comes after the last bit
        assert_eq!(deliver(2.0, 4.0), 2.0);
        assert_eq!(deliver(0.0, 6.0), 4.0);
        assert_eq!(deliver(0.0, 13.0), 9.0);
        assert_eq!(deliver(2.5, 0.0), 0.0);
        assert_eq!(trace(&[(1.0, 0.0)]).time_to_deliver(Seconds::ZERO, Bits::new(1.0)), Seconds::INFINITY);
    }

    #[test]
    fn wrap_extra_prolongs_the_first_period_of_later_passes() {
        let t = trace(&[(2.0, 1.0), (1.0, 3.0)]).with_wrap_extra(Seconds::new(5.0));
        assert_eq!(t.bits_before(Seconds::new(3.0)), Bits::new(5e6));
        assert_eq!(t.bits_before(Seconds::new(11.0)), Bits::new(15e6));
        let when = t.time_to_deliver(Seconds::ZERO, Bits::new(15e6));
        assert_eq!(when, Seconds::new(11.0));
    }

    #[test]
    fn refuses_what_is_no_trace() {
        assert_eq!(Trace::new("e", vec![]), Err(NetworkError::Empty));
        for (s, mbps, field) in
            [(0.0, 1.0, "duration_s"), (f64::NAN, 1.0, "duration_s"), (1.0, -1.0, "rate_kbps")]
        {
            match Trace::steps("w", &[(1.0, 1.0), (s, mbps)], Seconds::ZERO) {
                Err(NetworkError::Period { index: 1, field: f, .. }) => assert_eq!(f, field),
                other => panic!("{other:?}"),
            }
        }
    }
}
