//! What must hold of every trace and link: the integral adds up, repeats, and has an inverse; a link delivers exactly
//! the integral, in one piece or in intervals, walking or leaping.

use std::sync::Arc;

use netmodel::{Carried, End, Link, LinkOptions, NetworkModel, Period, ProgressInterval, Trace, Transfer};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use units::{BitRate, Bits, Seconds};

fn trace_of(steps: Vec<(u32, u32)>, extra: u32) -> Trace {
    let period = |(ms, kbps): (u32, u32)| Period {
        duration: Seconds::from_millis(f64::from(ms)),
        rate: BitRate::from_kbps(f64::from(kbps)),
        latency: Seconds::ZERO,
    };
    let trace = Trace::new("t", steps.into_iter().map(period).collect()).expect("valid periods");
    trace.with_wrap_extra(Seconds::from_millis(f64::from(extra)))
}

/// Rates: one in three is an outage.
fn rate() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(0u32), 2 => 1u32..20_000]
}

prop_compose! {
    /// Up to 200 periods (beyond the 64 that a link walks), at least one of which carries something.
    fn trace()(
        mut steps in prop::collection::vec((1u32..3000, rate()), 1..200),
        at in any::<prop::sample::Index>(),
        kbps in 1u32..20_000,
        extra in prop_oneof![3 => Just(0u32), 1 => 1u32..5000],
    ) -> Trace {
        let at = at.index(steps.len());
        steps[at].1 = kbps;
        trace_of(steps, extra)
    }
}

/// A time on the trace: anywhere in some passes, often exactly where a period begins.
fn instant(trace: &Trace, which: prop::sample::Index, share: f64, passes: u32, edge: bool) -> Seconds {
    let pass = trace.duration() + trace.wrap_extra();
    let within = match edge {
        true => trace.start_of(which.index(trace.periods().len() + 1)),
        false => trace.duration() * share,
    };
    if passes == 0 {
        within
    } else {
        trace.duration() + pass * f64::from(passes - 1) + trace.wrap_extra() + within
    }
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs().max(a.abs()).max(b.abs()).max(1.0)
}

fn link(trace: &Trace, options: LinkOptions) -> Link {
    Link::new(Arc::new(trace.clone()), options).expect("valid options")
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(FileFailurePersistence::WithSource("regressions")))]

    #[test]
    fn the_integral_adds_up_and_repeats(
        t in trace(), i in any::<[prop::sample::Index; 2]>(), share in 0.0..1.0f64, passes in 0u32..4, edge: bool,
    ) {
        let (a, b) = (instant(&t, i[0], share, 0, edge), instant(&t, i[1], 1.0 - share, passes, edge));
        let (a, b) = (a.min(b), a.max(b));
        let middle = a + (b - a) * share;
        let scale = t.bits_before(b).get();
        let parts = t.bits_between(a, middle) + t.bits_between(middle, b);
        prop_assert!(close(parts.get(), t.bits_between(a, b).get(), scale));
        prop_assert!(t.bits_before(a) <= t.bits_before(b) + Bits::new(1e-6));
        // From the second pass on, passes are alike.
        let pass = t.duration() + t.wrap_extra();
        let (from, to) = (b + t.duration(), b + t.duration() + pass);
        let per_pass = t.total() + t.period(0).rate * t.wrap_extra();
        prop_assert!(close(t.bits_between(from, to).get(), per_pass.get(), t.bits_before(to).get()));
    }

    #[test]
    fn delivery_inverts_the_integral(
        t in trace(), i in any::<prop::sample::Index>(), share in 0.0..1.0f64, passes in 0u32..3, edge: bool,
        size in prop_oneof![1.0..1e6f64, 1e6..1e9f64, Just(12_000.0)],
    ) {
        let from = instant(&t, i, share, passes, edge);
        let time = t.time_to_deliver(from, Bits::new(size));
        prop_assert!(time >= Seconds::ZERO && time.is_finite());
        let scale = t.bits_before(from + time).get();
        prop_assert!(close(t.bits_between(from, from + time).get(), size, scale));
        // The time ends with the last bit: a little earlier it is not there. The slowest rate is 1 bit/ms.
        if time > Seconds::from_millis(1.0) {
            let before = from + time - Seconds::from_millis(1e-3 + 1e-9 * (from + time).millis());
            prop_assert!(t.bits_between(from, before).get() < size + 1e-9 * scale);
        }
    }

    #[test]
    fn a_link_delivers_the_integral(
        t in trace(), i in any::<prop::sample::Index>(), share in 0.0..1.0f64, passes in 0u32..3, edge: bool,
        sizes in prop::collection::vec(prop_oneof![1.0..1e5f64, 1e5..1e8f64, 1e8..1e10f64], 1..20),
        gaps in prop::collection::vec(0.0..400.0f64, 20), leap: bool,
    ) {
        // Walking 10^10 bits of a slow trace is what leaping is for.
        let leap = leap || sizes.iter().any(|s| *s > 1e8);
        let start = instant(&t, i, share, passes, edge);
        let mut link = link(&t, LinkOptions { start, leap, ..LinkOptions::default() });
        let mut now = start;
        for (size, gap) in sizes.iter().zip(&gaps) {
            let carried = link.carry_all(Bits::new(*size));
            prop_assert_eq!(carried.bits, Bits::new(*size));
            prop_assert!(carried.time.is_finite() && carried.time > Seconds::ZERO);
            let scale = t.bits_before(now + carried.time).get();
            let integral = t.bits_between(now, now + carried.time).get();
            prop_assert!(close(integral, *size, scale), "{} carried, integral {}", size, integral);
            now += carried.time;
            link.idle(Seconds::new(*gap));
            now += Seconds::new(*gap);
            // The cursor is where the clock is: the next rate is the trace's there (away from edges).
            prop_assert!(link.into_period() >= Seconds::from_millis(-1e-6));
        }
    }

    #[test]
    fn quanta_carry_what_one_transfer_carries(
        t in trace(), share in 0.0..1.0f64, size in 1.0..1e8f64,
        intervals in prop::collection::vec((0.0..1e6f64, 0.0..2.0f64), 1..8), end in 0..3usize,
    ) {
        let end = [End::Loop, End::HoldLast, End::Stop][end];
        let options = LinkOptions { start: t.duration() * share, end, leap: false, ..LinkOptions::default() };
        let whole = link(&t, options).carry_all(Bits::new(size));
        let mut parts = link(&t, options);
        let (mut rest, mut time, mut rounds) = (Bits::new(size), Seconds::ZERO, 0);
        while rest > Bits::new(1e-6) && time.is_finite() && rounds < 100_000 {
            let (bits, seconds) = intervals[rounds % intervals.len()];
            let interval = ProgressInterval { bits: Bits::new(bits.max(1.0)), time: Seconds::new(seconds) };
            let carried = parts.carry(rest, interval);
            prop_assert!(carried.bits >= Bits::ZERO && carried.bits <= rest + Bits::new(1e-6));
            rest -= carried.bits;
            time += carried.time;
            rounds += 1;
        }
        prop_assume!(rounds < 100_000);
        if whole.time.is_finite() {
            prop_assert!(close(time.millis(), whole.time.millis(), time.millis() + 1e3), "{} {}", time, whole.time);
        } else {
            prop_assert!(!time.is_finite());
            prop_assert!(close((Bits::new(size) - rest).get(), whole.bits.get(), size));
        }
    }

    #[test]
    fn leaping_is_walking(
        t in trace(), share in 0.0..1.0f64, size in 1e6..1e8f64, multiplier in 0.1..3.0f64, payload in 0.5..1.0f64,
    ) {
        let options = LinkOptions {
            start: t.duration() * share, rate_multiplier: multiplier, payload, ..LinkOptions::default()
        };
        let (mut leaps, mut walks) = (link(&t, options), link(&t, LinkOptions { leap: false, ..options }));
        for _ in 0..3 {
            let (a, b) = (leaps.carry_all(Bits::new(size)), walks.carry_all(Bits::new(size)));
            // Times near an outage may fall on either side of it only if the bit comes at its very edge.
            prop_assert!(close(a.time.millis(), b.time.millis(), 1e6), "{} {}", a.time, b.time);
            leaps.idle(Seconds::new(700.0));
            walks.idle(Seconds::new(700.0));
        }
    }

    #[test]
    fn the_end_stops_or_holds(t in trace(), over in 1.0..1e7f64) {
        let options = |end| LinkOptions { end, ..LinkOptions::default() };
        let total = t.total();
        let stopped = link(&t, options(End::Stop)).carry_all(total + Bits::new(over));
        prop_assert_eq!(stopped.time, Seconds::INFINITY);
        prop_assert!(close(stopped.bits.get(), total.get(), total.get()));
        let last = t.period(t.periods().len() - 1).rate;
        let held = link(&t, options(End::HoldLast)).carry_all(total + Bits::new(over));
        if last > BitRate::ZERO {
            let expected = t.duration() + Bits::new(over) / last;
            prop_assert!(close(held.time.millis(), expected.millis(), 1.0));
        } else {
            prop_assert_eq!(held.time, Seconds::INFINITY);
        }
    }
}

/// Work that grows with what is asked, not with the loops that it takes. Counted in periods entered, since tests have no
/// clock; a leap enters one.
#[test]
fn thousands_of_loops_cost_no_walk() {
    for steps in
        [vec![(1, 1000)], vec![(1, 1000), (1, 0)], vec![(1, 500); 100], vec![(1, 0), (1, 1000), (3, 10)]]
    {
        for extra in [0, 7] {
            let trace = trace_of(steps.clone(), extra);
            for start in [0.0, 0.5, 2.5, 1e6] {
                let start = Seconds::from_millis(start);
                let mut link = link(&trace, LinkOptions { start, ..LinkOptions::default() });
                let before = link.periods_entered();
                let carried = link.carry_all(Bits::new(1e9));
                let walked = link.periods_entered() - before;
                assert!(
                    walked < 300,
                    "{walked} periods walked for {} loops of {} periods",
                    1e9,
                    trace.periods().len()
                );
                let integral = trace.bits_between(start, start + carried.time).get();
                assert!(
                    (integral - 1e9).abs() < 1e-9 * trace.bits_before(start + carried.time).get(),
                    "{integral}"
                );
                let before = link.periods_entered();
                link.idle(Seconds::new(1e5));
                assert!(link.periods_entered() - before < 300);
            }
        }
    }
}

/// A transfer that ends just where a period does may, by rounding, end an ulp behind it. A request without latency then
/// waits for nothing, and not for the rest of the trace.
#[test]
fn no_latency_is_no_wait_also_an_ulp_behind_a_period() {
    let mut behind = 0;
    for k in 1..2000 {
        let (s, mbps) = (0.1 + 0.37 * f64::from(k), 1.0 + 0.7 / f64::from(k));
        let trace = Trace::steps("t", &[(s, mbps), (5.0, 2.0)], Seconds::ZERO).expect("valid");
        let period = trace.period(0);
        behind += usize::from((period.rate * period.duration) / period.rate > period.duration);
        let mut link = Link::new(trace.into(), LinkOptions::default()).expect("a link");
        link.carry_all(period.rate * period.duration);
        assert_eq!(link.open(), Seconds::ZERO, "{s} s at {mbps} Mbit/s");
    }
    assert!(behind > 10, "the case does not occur");
}

/// A link whose flights are carried interval by interval.
struct Stepwise(Link);

impl NetworkModel for Stepwise {
    fn idle(&mut self, time: Seconds) {
        self.0.idle(time);
    }
    fn open(&mut self) -> Seconds {
        self.0.open()
    }
    fn carry(&mut self, size: Bits, interval: ProgressInterval) -> Carried {
        self.0.carry(size, interval)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A flight is so many intervals to the last bit, a few or some thousands at a time, wherever it is looked at.
    #[test]
    fn a_flight_is_its_quanta_to_the_last_bit(
        trace in trace(),
        size in 1e3..2e8f64,
        (intervals, time) in (1.0..20_000.0f64, prop_oneof![Just(0.0), 0.01..500.0f64]),
        looks in prop::collection::vec(prop_oneof![Just(0.0), 1.0..60_000.0f64, Just(f64::INFINITY)], 1..8),
    ) {
        let link = Link::new(Arc::new(trace), LinkOptions::default()).expect("a link");
        let (mut fast, mut slow) = (link.clone(), Stepwise(link));
        let interval = ProgressInterval { bits: Bits::new(size / intervals), time: Seconds::from_millis(time) };
        let start = Transfer { size: Bits::new(size), received: Bits::ZERO, elapsed: Seconds::ZERO };
        let (mut one, mut other) = (start, start);
        for look in looks {
            let until = one.elapsed + Seconds::from_millis(look);
            fast.fly(&mut one, interval, until);
            slow.fly(&mut other, interval, until);
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(fast.carry_all(Bits::new(1e6)), slow.0.carry_all(Bits::new(1e6)));
    }
}
