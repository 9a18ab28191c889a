//! Impairments: laws that each of them keeps on random traces, closed forms, and what was measured.

use std::sync::{Arc, Mutex};

use netmodel::channel::{Channel, Stretch, Waits};
use netmodel::impair::{self, Impaired, SlowStart, SlowStartOptions};
use netmodel::{Link, LinkOptions, NetworkModel, Period, ProgressInterval, Trace};
use proptest::prelude::*;
use proptest::sample::select;
use units::{BitRate, Bits, Seconds};

/// Each impairment with options that do nothing.
const NEUTRAL: [&str; 7] = [
    "latency",
    "payload:share=1",
    "connection:protocol=open",
    "handover:per_minute=0",
    "slow-start:initial=1e12,cap=1e12",
    "loss:p=0",
    "token-bucket:rate=1e9",
];

/// What is on the way.
const WAY: [&str; 7] = [
    "latency:queue=30000,jitter=0.01,harq=0.002",
    "connection:protocol=tls12,dns=0.04,idle_timeout=3",
    "connection:reuse=false",
    "handover:per_minute=20",
    "handover:per_minute=12,gap=0.9",
    "handover:per_minute=40,gap=0,low=0,high=0,longest=1",
    "payload",
];

/// What limits the flow on it.
const FLOW: [&str; 11] = [
    "payload:share=0.7",
    "slow-start",
    "slow-start:initial=3000,gain=1.5,restart=rfc5681,rto=0.3",
    "slow-start:cap=20000,restart=off",
    "slow-start:rtt=0.4",
    "loss:p=0.002,burst=0.2,good=3,bad=0.7",
    "loss:p=0.01,control=reno",
    "loss:p=0.05,burst=1,good=2,bad=0.1,control=bbr",
    "loss:p=0,burst=1,good=1,bad=0.8",
    "token-bucket:rate=0.7,burst=0.8",
    "token-bucket:rate=0.5,burst=0.2,peak=1.3",
];

/// Chains of up to six impairments, in any order that is allowed.
fn chains() -> impl Strategy<Value = Vec<&'static str>> {
    let any = |of: &'static [&'static str]| prop::collection::vec(select(of), 0..=3);
    (any(&WAY), any(&FLOW)).prop_map(|(way, flow)| [way, flow].concat())
}

prop_compose! {
    /// Up to 30 periods of one latency, outages among them; at least one carries something.
    fn traces()(
        periods in prop::collection::vec((0.05..8.0f64, 0.0..6.0f64, prop::bool::weighted(0.15)), 1..30),
        sure in 0.1..5.0f64,
        latency in select(&[0.0, 0.02, 0.15][..]),
    ) -> Arc<Trace> {
        let mut periods: Vec<Period> = periods.into_iter().map(|(s, mbps, outage)| Period {
            duration: Seconds::new(s),
            rate: BitRate::from_mbps(if outage { 0.0 } else { mbps }),
            latency: Seconds::new(latency),
        }).collect();
        periods[0].rate = BitRate::from_mbps(sure);
        Arc::new(Trace::new("random", periods).expect("valid periods"))
    }
}

/// Pauses and sizes of requests.
fn requests() -> impl Strategy<Value = Vec<(Seconds, Bits)>> {
    let pause = prop_oneof![Just(0.0), 0.0..5.0f64];
    let request = (pause, 1e3..4e6f64).prop_map(|(s, bits)| (Seconds::new(s), Bits::new(bits)));
    prop::collection::vec(request, 1..12)
}

/// A link that walks period by period, as a channel around it does, so that bits and periods can be compared.
fn walking() -> LinkOptions {
    LinkOptions { leap: false, note_entries: true, ..LinkOptions::default() }
}

fn bare(trace: &Arc<Trace>) -> Link {
    Link::new(trace.clone(), walking()).expect("a link")
}

fn impaired(trace: &Arc<Trace>, chain: &[&str], seed: u64) -> impl NetworkModel + use<> {
    let chain = impair::chain(chain).expect("a chain");
    impair::link(trace.clone(), LinkOptions::default(), &chain, seed).expect("a link")
}

/// When each request ends, if it is made at its pause after the planned end of the one before, or when that is over.
fn ends(link: &mut impl NetworkModel, requests: &[(Seconds, Bits)]) -> Vec<f64> {
    let (mut now, mut planned) = (Seconds::ZERO, Seconds::ZERO);
    let mut ends = Vec::new();
    for (pause, size) in requests {
        planned += *pause;
        if planned > now {
            link.idle(planned - now);
            now = planned;
        }
        now += link.open();
        now += link.carry_all(*size).time;
        ends.push(now.get());
    }
    ends
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn neutral_options_change_not_a_bit(
        trace in traces(), requests in requests(), one in select(&NEUTRAL[..]), look in 0.01..0.5f64,
    ) {
        let interval = ProgressInterval { bits: Bits::new(12_000.0), time: Seconds::new(look) };
        for chain in [&[one][..], &NEUTRAL[..]] {
            let around = impair::chain(chain).expect("a chain");
            let mut decorated = impair::link(trace.clone(), walking(), &around, 1).expect("a link");
            let mut plain = bare(&trace);
            for (pause, size) in &requests {
                plain.idle(*pause);
                decorated.idle(*pause);
                prop_assert_eq!(plain.open(), decorated.open());
                prop_assert_eq!(plain.carry(*size, interval), decorated.carry(*size, interval));
                prop_assert_eq!(plain.carry_all(*size), decorated.carry_all(*size));
            }
            prop_assert_eq!(plain.entries(), decorated.entries());
        }
    }

    #[test]
    fn no_impairment_makes_a_transfer_end_earlier(
        trace in traces(), requests in requests(), chain in chains(), seed in 0..50u64,
    ) {
        let without = ends(&mut bare(&trace), &requests);
        let with = ends(&mut impaired(&trace, &chain, seed), &requests);
        for (a, b) in without.iter().zip(&with) {
            prop_assert!(b >= &(a - 1e-9 * a), "{chain:?}: {b} before {a}");
        }
    }

    #[test]
    fn quanta_carry_what_one_transfer_carries(
        trace in traces(), requests in requests(), chain in chains(), seed in 0..50u64,
        look in 0.01..0.9f64, bits in select(&[0.0, 12_000.0][..]),
        two: bool, policy in select(&["best", "switch", "sum"][..]),
    ) {
        let interval = ProgressInterval { bits: Bits::new(bits), time: Seconds::new(look) };
        let second = format!("two-path:with=preset:3g,policy={policy}");
        let chain: Vec<&str> = [second.as_str()].into_iter().take(usize::from(two)).chain(chain).collect();
        let (mut whole, mut parts) = (impaired(&trace, &chain, seed), impaired(&trace, &chain, seed));
        for (pause, size) in requests {
            whole.idle(pause);
            parts.idle(pause);
            let (a, b) = (whole.open(), parts.open());
            prop_assert!((a - b).abs() < Seconds::new(1e-7), "{chain:?}: {a} and {b}");
            let time = whole.carry_all(size).time;
            let (mut rest, mut sum) = (size, Seconds::ZERO);
            // The sum of the parts of a transfer is its size but for rounding.
            while rest > Bits::new(1e-6) {
                let carried = parts.carry(rest, interval);
                if carried.bits < rest - Bits::new(1e-6) {
                    prop_assert!(carried.time.get() > look - 1e-9 && carried.bits.get() > bits - 1e-6);
                }
                rest -= carried.bits;
                sum += carried.time;
            }
            prop_assert!((time - sum).abs() < Seconds::new(1e-7), "{chain:?}: {time} in one, {sum} in parts");
        }
    }

    /// Bits are the integral of the rates that were taken, inside as outside; both clocks agree; no rate is above the link's.
    #[test]
    fn time_and_bits_are_conserved_through_every_impairment(
        trace in traces(), requests in requests(), chain in chains(), seed in 0..50u64,
    ) {
        let outer = Tap::default();
        let inner = Tap::default();
        let chain = impair::chain(&chain).expect("a chain");
        let link = Spy { inner: bare(&trace), tap: inner.clone() };
        let channel = impair::around(Box::new(link), &chain, seed).expect("a channel");
        let mut network = Impaired::new(Spy { inner: channel, tap: outer.clone() });
        let (mut clock, mut bits) = (Seconds::ZERO, Bits::ZERO);
        for (pause, size) in &requests {
            network.idle(*pause);
            clock += *pause + network.open() + network.carry_all(*size).time;
            bits += *size;
        }
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
        prop_assert!(near(outer.bits.get(), bits.get()), "{} counted, {bits}", outer.bits.get());
        prop_assert!(near(outer.time.get(), clock.get()), "{} counted, {clock}", outer.time.get());
        prop_assert!(near(inner.time.get(), clock.get()), "{} s on the link, {clock}", inner.time.get());
        prop_assert!(inner.bits.get() >= bits.get() * (1.0 - 1e-9), "more arrives than was sent");
        let link = trace.bits_before(clock).get();
        prop_assert!(inner.bits.get() <= link + 1e-9 * link.max(1.0), "more was sent than the link carries");
    }

    #[test]
    fn a_link_that_ends_ends_under_any_impairment(chain in chains(), seed in 0..50u64) {
        let trace = Arc::new(Trace::steps("short", &[(3.0, 1.0)], Seconds::new(0.05)).expect("valid"));
        let options = LinkOptions { end: netmodel::End::Stop, ..LinkOptions::default() };
        let chain = impair::chain(&chain).expect("a chain");
        let mut link = impair::link(trace, options, &chain, seed).expect("a link");
        let carried = link.carry_all(Bits::new(1e9));
        prop_assert_eq!(carried.time, Seconds::INFINITY);
        prop_assert!(carried.bits <= Bits::new(3e6), "{}", carried.bits);
    }

    #[test]
    fn slow_start_is_the_closed_form(
        mbps in 0.2..300.0f64, rtt in 0.002..0.7f64, bytes in 100.0..2e7f64,
        gain in select(&[1.5, 2.0][..]), initial in select(&[1460.0, 14_600.0, 46_720.0][..]),
    ) {
        let expected = closed_form(mbps, rtt, bytes, gain, initial);
        let got = slow_start(mbps, rtt, bytes, gain, initial);
        prop_assert!((got - expected).abs() <= 1e-12 * expected, "{got} for {expected}");
    }

    #[test]
    fn token_buckets_are_the_closed_form(
        line in 1.0..100.0f64, part in 0.05..0.99f64, burst in 0.0..20.0f64, mbit in 0.001..60.0f64,
    ) {
        let rate = line * part;
        let trace = constant(line, 0.0);
        let mut link = impaired(&trace, &[&format!("token-bucket:rate={rate},burst={burst}")], 0);
        let free = burst * line / (line - rate);
        let expected = if mbit <= free { mbit / line } else { (mbit - burst) / rate };
        let got = link.transfer(Bits::new(mbit * 1e6)).total().get();
        prop_assert!((got - expected).abs() <= 1e-12 * expected, "{got} for {expected}");
        // As long as it takes to fill it again, and it is as it was.
        link.idle(Seconds::new(burst / rate + 1e-9));
        let again = link.transfer(Bits::new(mbit * 1e6)).total().get();
        prop_assert!((again - got).abs() <= 1e-9 * got.max(1.0), "{again} after {got}");
    }

    /// Two networks are one whose periods are the larger or the sum of theirs.
    #[test]
    fn two_paths_are_one_trace(
        first in prop::collection::vec(0.0..5.0f64, 1..20), second in prop::collection::vec(0.0..5.0f64, 20),
        requests in requests(),
    ) {
        let trace = |rates: &[f64]| {
            let steps: Vec<(f64, f64)> = rates.iter().map(|r| (1.0, r + 0.01)).collect();
            Arc::new(Trace::steps("t", &steps, Seconds::new(0.03)).expect("valid"))
        };
        let n = first.len();
        let (a, b) = (trace(&first), trace(&second[..n]));
        for (policy, both) in [(impair::Policy::Best, f64::max as fn(f64, f64) -> f64), (impair::Policy::Sum, |a, b| a + b + 0.01)] {
            let joined: Vec<f64> = first.iter().zip(&second).map(|(a, b)| both(*a, *b)).collect();
            let expected = ends(&mut bare(&trace(&joined)), &requests);
            let options = impair::TwoPathOptions {
                policy, margin: 1.0, trigger: Seconds::ZERO, gap: Seconds::ZERO,
            };
            let got = ends(&mut Impaired::new(impair::TwoPath::new(bare(&a), bare(&b), options)), &requests);
            for (x, y) in expected.iter().zip(&got) {
                prop_assert!((x - y).abs() <= 1e-9 * x, "{policy:?}: {y} for {x}");
            }
        }
        // Switching costs nothing and needs no time: the best of both.
        let options = impair::TwoPathOptions {
            policy: impair::Policy::Switch, margin: 1.0, trigger: Seconds::ZERO, gap: Seconds::ZERO,
        };
        let best = impair::TwoPathOptions { policy: impair::Policy::Best, ..options };
        let with = |options| ends(&mut Impaired::new(impair::TwoPath::new(bare(&a), bare(&b), options)), &requests);
        for (x, y) in with(best).iter().zip(with(options)) {
            prop_assert!((x - y).abs() <= 1e-9 * x, "switch: {y} for {x}");
        }
    }
}

/// Counts what passes.
#[derive(Clone, Debug, Default)]
struct Tap {
    time: Sum,
    bits: Sum,
}

#[derive(Clone, Debug, Default)]
struct Sum(Arc<Mutex<f64>>);

impl Sum {
    /// Nothing goes backwards, but by a rounding.
    fn add(&self, x: f64) {
        assert!(x > -1e-6, "{x}");
        *self.0.lock().expect("one thread") += x;
    }
    fn get(&self) -> f64 {
        *self.0.lock().expect("one thread")
    }
}

#[derive(Clone, Debug)]
struct Spy<C> {
    inner: C,
    tap: Tap,
}

impl<C: Channel> Channel for Spy<C> {
    fn round_trip(&self) -> Seconds {
        self.inner.round_trip()
    }
    fn request(&mut self) -> Waits {
        self.inner.request()
    }
    fn stretch(&self, demand: BitRate) -> Stretch {
        self.inner.stretch(demand)
    }
    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.tap.time.add(time.get());
        self.tap.bits.add((taken * time).get());
        self.inner.spend(time, taken);
    }
    fn cross(&mut self, demand: BitRate) {
        let stretch = self.inner.stretch(demand);
        self.tap.time.add(stretch.holds.get());
        self.tap.bits.add((stretch.rate * stretch.holds).get());
        self.inner.cross(demand);
    }
    fn rest(&mut self, time: Seconds) {
        self.tap.time.add(time.get());
        self.inner.rest(time);
    }
    fn entered(&self) -> &[Seconds] {
        self.inner.entered()
    }
}

fn constant(mbps: f64, latency: f64) -> Arc<Trace> {
    Arc::new(Trace::steps("constant", &[(1e6, mbps)], Seconds::new(latency)).expect("valid"))
}

/// T = R + m R + (S - S_m) / C.
fn closed_form(mbps: f64, rtt: f64, bytes: f64, gain: f64, initial: f64) -> f64 {
    let c = mbps * 1e6 / 8.0;
    let n = (c * rtt / initial).log(gain).ceil().max(0.0) as i32;
    let sent = |m: i32| initial * (gain.powi(m) - 1.0) / (gain - 1.0);
    let m = (0..=n).rev().find(|m| sent(*m) < bytes).expect("S_0 is 0");
    rtt + f64::from(m) * rtt + (bytes - sent(m)) / c
}

fn slow_start(mbps: f64, rtt: f64, bytes: f64, gain: f64, initial: f64) -> f64 {
    let spec = format!("slow-start:gain={gain},initial={initial}");
    impaired(&constant(mbps, rtt), &[&spec], 0).transfer(Bits::from_bytes(bytes)).total().get()
}

/// What windows hold as a whole needs no round more: S_m takes T = R + (m - 1) R + W / C, with W the last window, through
/// loss too, which lets its share of every window through. One byte more waits for another round.
#[test]
fn a_request_as_large_as_its_windows_waits_for_no_further_round() {
    let mut sizes = 0;
    for mbps in [1.3_f64, 5.0, 17.0, 50.0, 73.9, 100.0, 211.0, 300.0] {
        for rtt in [0.005, 0.02, 0.033, 0.08, 0.123, 0.2, 0.6] {
            for (gain, initial) in [(2.0_f64, 14_600.0), (2.0, 46_720.0), (1.5, 14_600.0), (1.1, 4380.0)] {
                let c = mbps * 1e6 / 8.0;
                let n = (c * rtt / initial).log(gain).ceil().max(0.0) as i32;
                for m in 1..=n {
                    let sent = initial * (gain.powi(m) - 1.0) / (gain - 1.0);
                    let window = initial * gain.powi(m - 1);
                    let expected = rtt * f64::from(m) + window / c;
                    let spec = format!("slow-start:gain={gain},initial={initial}");
                    let lossy = [spec.as_str(), "loss:p=0.03,control=bbr"];
                    for (chain, share) in [(&lossy[..1], 1.0), (&lossy, 0.97)] {
                        let time = |bytes: f64| {
                            let mut link = impaired(&constant(mbps, rtt), chain, 0);
                            link.transfer(Bits::from_bytes(bytes * share)).total().get()
                        };
                        let (got, less) = (time(sent), time(sent - 1.0));
                        assert!(
                            (got - expected).abs() <= 1e-12 * expected,
                            "{mbps} Mbit/s, {rtt} s, {chain:?}, S_{m}: {got} for {expected}"
                        );
                        assert!((got - less - 1.0 / c).abs() <= 1e-12 * expected, "{less} before {got}");
                        assert!(time(sent + 1.0) > expected.max(rtt * f64::from(m + 1)), "{expected}");
                    }
                    sizes += 1;
                }
            }
        }
    }
    assert!(sizes > 1000, "{sizes}");
}

/// A transfer of what comes through before an outage ends with it, whatever limits it.
#[test]
fn a_transfer_that_ends_with_a_period_does_not_wait_for_the_next() {
    for k in 1..=300 {
        let (mbps, length) = (0.7 * f64::from(k), 0.1 + 0.013 * f64::from(k));
        let steps = [(length, mbps), (50.0, 0.0)];
        let trace = Arc::new(Trace::steps("outage", &steps, Seconds::ZERO).expect("valid"));
        let (rate, burst) = (mbps / 3.0, 0.1 * mbps * length);
        let bucket = format!("token-bucket:rate={rate},burst={burst}");
        for (chain, mbit) in [
            ("payload:share=1", mbps * length),
            ("loss:p=0.03,control=bbr", mbps * length * 0.97),
            (bucket.as_str(), burst + rate * length),
        ] {
            let got = impaired(&trace, &[chain], 0).carry_all(Bits::new(mbit * 1e6)).time.get();
            assert!((got - length).abs() <= 1e-12 * length, "{mbps} Mbit/s, {chain}: {got} for {length}");
        }
    }
}

/// The examples of the field notes, in seconds: with slow start, and as a fluid.
#[test]
fn the_four_worked_examples() {
    for (bytes, rtt, mbps, real, fluid) in [
        (200e3, 0.08, 50.0, 0.336, 0.112),
        (1e6, 0.08, 50.0, 0.573, 0.240),
        (1e6, 0.2, 50.0, 1.41, 0.36),
        (1e6, 0.02, 5.0, 1.62, 1.62),
    ] {
        let got = slow_start(mbps, rtt, bytes, 2.0, 14_600.0);
        let digits = if real > 1.0 { 0.005 } else { 0.0005 };
        assert!((got - real).abs() <= digits, "{got} for {real}");
        let got = bare(&constant(mbps, rtt)).transfer(Bits::from_bytes(bytes)).total().get();
        assert!((got - fluid).abs() <= digits, "{got} for {fluid}");
    }
}

#[test]
fn idling_shrinks_the_window_as_the_two_standards_say() {
    let rtt = 0.1;
    let window_after = |restart, idle: f64| {
        let link = bare(&constant(100.0, rtt));
        let options = SlowStartOptions { restart, ..SlowStartOptions::default() };
        let mut network = Impaired::new(SlowStart::new(link, options));
        // 14.6 kB x 2^7 is the first window above 1.25 MB, what the link holds.
        network.transfer(Bits::from_bytes(2e7));
        assert!(!network.channel().in_slow_start());
        let full = network.channel().window().bytes();
        assert_eq!(full, 14_600.0 * 128.0);
        network.idle(Seconds::new(idle));
        (network.channel().window().bytes() / 14_600.0, network.channel().in_slow_start())
    };
    use impair::Restart::{Halve, Initial, Off};
    // The timeout is 0.3 s.
    for restart in [Halve, Initial, Off] {
        assert_eq!(window_after(restart, 0.29), (128.0, false));
    }
    assert_eq!(window_after(Off, 100.0), (128.0, false));
    assert_eq!(window_after(Initial, 0.31), (1.0, true));
    for (idle, window) in [(0.31, 64.0), (0.61, 32.0), (0.91, 16.0), (2.11, 1.0), (100.0, 1.0)] {
        assert_eq!(window_after(Halve, idle), (window, true), "{idle}");
    }
}

#[test]
fn an_outage_restarts_a_transfer_and_a_short_one_does_not() {
    // 10 Mbit/s at 50 ms: the window is 62.5 kB; the outage comes in the steady state.
    for (outage, restarts) in [(0.2, false), (0.3, true)] {
        let steps = [(2.0, 10.0), (outage, 0.0), (100.0, 10.0)];
        let trace = Arc::new(Trace::steps("outage", &steps, Seconds::new(0.05)).expect("valid"));
        let mut link = impaired(&trace, &["slow-start:restart=rfc5681"], 0);
        let got = link.transfer(Bits::new(4e7)).total().get();
        // Until the outage: 50 ms of latency, three rounds of windows of 14.6, 29.2, 58.4 kB, then all of the rate.
        let windows = 14_600.0 * 8.0 * 7.0;
        let steady = 10e6 * (2.0 - 4.0 * 0.05);
        let rest = 4e7 - windows - steady;
        let again = if restarts { 3.0 * 0.05 + (rest - windows) / 10e6 } else { rest / 10e6 };
        let expected = 2.0 + outage + again;
        assert!((got - expected).abs() < 1e-12 * expected, "{outage}: {got} for {expected}");
    }
}

#[test]
fn a_window_caps_the_rate_of_a_connection() {
    // 4 MB in 85 ms: 376 Mbit/s of a link of 2 Gbit/s.
    let trace = constant(2000.0, 0.085);
    let time = |bytes: f64| {
        impaired(&trace, &["slow-start:cap=4e6"], 0).transfer(Bits::from_bytes(bytes)).total().get()
    };
    let rate = 8e9 / (time(2e9) - time(1e9));
    assert!((rate / (4e6 * 8.0 / 0.085) - 1.0).abs() < 1e-12, "{rate}");
}

#[test]
fn connections_cost_the_round_trips_of_their_protocols() {
    let trace = constant(8.0, 0.1);
    for (protocol, first) in
        [("open", 1.0), ("tcp", 2.0), ("tls13", 3.0), ("tls12", 4.0), ("quic", 2.0), ("quic-0rtt", 1.0)]
    {
        let mut link = impaired(&trace, &[&format!("connection:protocol={protocol},dns=0.03")], 0);
        let latency = |link: &mut dyn NetworkModel| link.transfer(Bits::new(8e3)).latency.get();
        assert!((latency(&mut link) - (0.03 + 0.1 * first)).abs() < 1e-12, "{protocol}");
        assert!((latency(&mut link) - 0.1).abs() < 1e-12, "{protocol}: reused");
        link.idle(Seconds::new(60.1));
        assert!((latency(&mut link) - 0.1 * first).abs() < 1e-12, "{protocol}: closed");
        let mut link = impaired(&trace, &[&format!("connection:protocol={protocol},reuse=false")], 0);
        latency(&mut link);
        assert!((latency(&mut link) - 0.1 * first).abs() < 1e-12, "{protocol}: not reused");
    }
}

#[test]
fn a_new_connection_begins_its_slow_start_anew() {
    let trace = constant(50.0, 0.08);
    let size = Bits::from_bytes(1e6);
    let payloads = |spec: &str| {
        let mut link = impaired(&trace, &[spec, "slow-start"], 0);
        [link.transfer(size).payload.get(), link.transfer(size).payload.get()]
    };
    let [first, second] = payloads("connection");
    assert!(second < 0.6 * first, "{second} after {first}: the window is open");
    let [first, second] = payloads("connection:reuse=false");
    assert!((first - second).abs() < 1e-12);
}

#[test]
fn queues_take_their_time_on_the_rate_of_the_moment() {
    let steps = [(10.0, 4.0), (10.0, 0.4), (10.0, 0.0)];
    let trace = Arc::new(Trace::steps("steps", &steps, Seconds::new(0.05)).expect("valid"));
    let mut link = impaired(&trace, &["latency:queue=50000,limit=0.7"], 0);
    // 50 kB are 0.1 s at 4 Mbit/s, 1 s at 0.4 Mbit/s, and for ever in the outage.
    for expected in [0.15, 0.75, 0.75] {
        assert!((link.open().get() - expected).abs() < 1e-12);
        link.idle(Seconds::new(10.0 - expected));
    }
}

#[test]
fn loss_has_the_ceiling_of_its_control_and_takes_its_share() {
    let trace = constant(1000.0, 0.05);
    let rate = |spec: &str| {
        let mut link = impaired(&trace, &[spec], 0);
        1e8 / link.transfer(Bits::new(1e8)).payload.get()
    };
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} for {b}");
    // Mathis: 1448 x 8 / 0.05 x 1.22 / sqrt(0.01), of which 99 % arrive.
    close(rate("loss:p=0.01,control=reno"), 1448.0 * 8.0 / 0.05 * 12.2 * 0.99);
    // RFC 9438: 1.054 x (0.05 / 1e-6)^0.75 = 3525 packets; Reno would have 1220.
    close(rate("loss:p=1e-6"), (1448.0 * 8.0 / 0.05 * 1.054 * (5e4_f64).powf(0.75) * (1.0 - 1e-6)).min(1e9));
    // In the Reno-friendly region CUBIC is Reno.
    close(rate("loss:p=0.01"), 1448.0 * 8.0 / 0.05 * 12.2 * 0.99);
    close(rate("loss:p=0.02,control=bbr"), 0.98e9);
}

/// Elliott's chain in the long run: the share of time in bursts, their mean length, and what arrives.
#[test]
fn bursts_have_their_share_and_length() {
    let trace = constant(1.0, 0.0);
    let mut link = impaired(&trace, &["loss:p=0,burst=1,good=9,bad=1,control=bbr"], 3);
    // Nothing arrives in bursts, everything outside of them.
    let (mut bursts, mut out, step) = (0, 0.0, Seconds::new(0.01));
    let hours = 40.0;
    let mut time = 0.0;
    let mut was_out = false;
    while time < hours * 3600.0 {
        let carried = link.carry(Bits::new(1e12), ProgressInterval { bits: Bits::ZERO, time: step });
        time += carried.time.get();
        out += carried.time.get() - carried.bits.get() / 1e6;
        let is_out = carried.bits.get() < 0.5e4;
        bursts += usize::from(is_out && !was_out);
        was_out = is_out;
    }
    // 14,400 cycles: standard errors of the share 0.1 % and of the length 0.8 %; five of them, and the 1 % of bursts that a look misses.
    assert!((out / time - 0.1).abs() < 0.006, "{}", out / time);
    assert!((out / bursts as f64 - 1.0).abs() < 0.06, "{}", out / bursts as f64);
}

#[test]
fn handovers_come_as_often_and_dip_as_deep_as_they_say() {
    let trace = constant(1.0, 0.0);
    let mut link = impaired(&trace, &["handover:per_minute=4,gap=0"], 5);
    let hours = 200.0;
    let carried = link
        .carry(Bits::new(1e15), ProgressInterval { bits: Bits::ZERO, time: Seconds::new(hours * 3600.0) });
    // 4 dips a minute of 1.5 s to 0.3 of the rate: 10 % of the time with 70 % missing.
    let missing = 1.0 - carried.bits.get() / 1e6 / carried.time.get();
    assert!((missing - 0.07).abs() < 0.001, "{missing}");
    // Gaps alone: 6 a minute of 0.5 s each.
    let mut link = impaired(&trace, &["handover:per_minute=6,gap=0.5,shortest=0,longest=0"], 5);
    let carried = link
        .carry(Bits::new(1e15), ProgressInterval { bits: Bits::ZERO, time: Seconds::new(hours * 3600.0) });
    let missing = 1.0 - carried.bits.get() / 1e6 / carried.time.get();
    assert!((missing - 0.05).abs() < 0.001, "{missing}");
}

#[test]
fn a_switch_waits_for_its_trigger_and_stands_still() {
    let first = Arc::new(Trace::steps("a", &[(5.0, 4.0), (5.0, 1.0)], Seconds::new(0.02)).expect("valid"));
    let second = Arc::new(Trace::steps("b", &[(10.0, 2.0)], Seconds::new(0.04)).expect("valid"));
    let options = impair::TwoPathOptions {
        policy: impair::Policy::Switch,
        margin: 1.5,
        trigger: Seconds::new(0.2),
        gap: Seconds::new(0.1),
    };
    let mut link = Impaired::new(impair::TwoPath::new(bare(&first), bare(&second), options));
    // On the first until 0.2 s into its bad time, 0.1 s of nothing, then the second; back 0.3 s into the next good time.
    let carried =
        link.carry(Bits::new(1e12), ProgressInterval { bits: Bits::ZERO, time: Seconds::new(10.0) });
    assert!((carried.bits.get() - (20e6 + 0.2e6 + 4.7 * 2e6)).abs() < 1e-3, "{}", carried.bits);
    assert_eq!(link.open(), Seconds::new(0.04));
    let carried =
        link.carry(Bits::new(1e12), ProgressInterval { bits: Bits::ZERO, time: Seconds::new(4.96) });
    assert!((carried.bits.get() - (0.16 * 2e6 + 4.7 * 4e6)).abs() < 1e-3, "{}", carried.bits);
}

/// 5G and 4G of one walk in one file: what both together carry is what its rows say.
#[test]
fn the_multipath_files_give_both_networks() {
    let Some(folder) = fixtures::shared("multipath files", "traces/lumos5g_multipath_3col") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|f| f.expect("an entry").path()).collect();
    files.sort();
    assert_eq!(files.len(), 4);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let rows: Vec<Vec<f64>> = text
            .lines()
            .map(|l| l.split_whitespace().map(|x| x.parse().expect("a number")).collect())
            .collect();
        // Each rate holds until the time of its row; the first row has no interval.
        let total = |of: fn(f64, f64) -> f64| -> f64 {
            rows.windows(2).map(|w| (w[1][0] - w[0][0]) * of(w[1][1], w[1][2])).sum()
        };
        let mut options = netmodel::formats::ReadOptions::default();
        options.column = 1;
        let first = netmodel::formats::read_path(&file, None, &options).expect("a trace").trace;
        let (first, name) = (Arc::new(first), file.display());
        let carried = |policy: &str| {
            let spec = format!("two-path:with={name},column=2,policy={policy}");
            let mut link = impaired(&first, &[&spec], 0);
            link.carry(Bits::new(1e18), ProgressInterval { bits: Bits::ZERO, time: first.duration() })
                .bits
                .get()
                / 1e6
        };
        for (policy, expected) in [("best", total(f64::max)), ("sum", total(|a, b| a + b))] {
            let got = carried(policy);
            assert!((got / expected - 1.0).abs() < 1e-9, "{name} {policy}: {got} Mbit for {expected}");
        }
        // A switch with a price is worth less than one without, and more here than 5G alone.
        let (switch, alone) = (carried("switch"), total(|a, _| a));
        assert!(switch < total(f64::max) && switch > alone, "{name}: {switch}, 5G alone {alone}");
    }
}

#[test]
fn seeds_and_traces_draw_apart_and_rules_alike() {
    let named = |name: &str| Arc::new(Trace::steps(name, &[(60.0, 3.0)], Seconds::new(0.05)).expect("valid"));
    let chain = ["latency:jitter=0.02", "loss:bad=1,good=3"];
    let of = |name: &str, chain: &[&str], seed| {
        let requests: Vec<_> = (0..20).map(|_| (Seconds::ZERO, Bits::new(1e6))).collect();
        ends(&mut impaired(&named(name), chain, seed), &requests)
    };
    assert_eq!(of("a", &chain, 1), of("a", &chain, 1));
    assert_ne!(of("a", &chain, 1), of("a", &chain, 2));
    assert_ne!(of("a", &chain, 1), of("b", &chain, 1));
    // An impairment that draws nothing leaves the draws of the others alone.
    let more = ["latency:jitter=0.02", "loss:bad=1,good=3", "payload:share=1"];
    assert_eq!(of("a", &chain, 1), of("a", &more, 1));
}

#[test]
fn wrong_impairments_say_what_is_wrong() {
    let text = |specs: &[&str]| impair::chain(specs).expect_err("wrong").to_string();
    assert!(text(&["slow-strt"]).contains("unknown impairment 'slow-strt', did you mean 'slow-start'?"));
    assert!(text(&["loss:probability=0.1"]).contains("'loss' has no option 'probability'"));
    assert!(text(&["loss:p=2"]).contains("'loss': option p is '2'"));
    let order = text(&["payload", "slow-start", "token-bucket", "latency:preset=4g"]);
    assert!(order.contains("'latency:preset=4g' comes after 'slow-start'"), "{order}");
    assert!(text(&["two-path:with=no-such-file"]).contains("no-such-file"));
    assert!(text(&["handover:per_minute=60"]).contains("do not overlap"));
    assert!(text(&["token-bucket:rate=5,peak=1"]).contains("at least the shaped rate"));
    for entry in impair::all() {
        assert!(impair::chain(&[entry.name]).is_ok(), "{}", entry.name);
    }
}

/// Least squares of time over size: intercept in s, and the rate in Mbit/s.
fn fit(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sxy: f64 = points.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    let sxx: f64 = points.iter().map(|(x, _)| (x - mx) * (x - mx)).sum();
    (my - mx * sxy / sxx, sxx / sxy)
}

/// Downloads on one connection, each after a pause in which it falls back into slow start: size in Mbit, time in s.
fn downloads(mbps: f64, rtt: f64, sizes: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    let mut link = impaired(&constant(mbps, rtt), &["slow-start"], 0);
    let mut one = |mbit: f64| {
        link.idle(Seconds::new(8.0));
        (mbit, link.transfer(Bits::new(mbit * 1e6)).total().get())
    };
    sizes.into_iter().map(&mut one).collect()
}

/// What was measured with the Lumos chunk logs: delivery = a + S / C. Set are the link's rate (the C of the fit) and one
/// round trip per network; what comes out are the intercept and the slope of chunks of 0.5 to 30 Mbit.
const LUMOS: [(&str, f64, f64, f64); 4] = [
    ("4G strong", 0.149, 19.4, 0.048),
    ("4G weak", 0.554, 8.4, 0.155),
    ("Wi-Fi strong", 0.069, 85.7, 0.018),
    ("Wi-Fi weak", 0.225, 7.8, 0.083),
];

#[test]
fn slow_start_explains_the_intercepts_of_the_lumos_fits() {
    for (name, a, c, rtt) in LUMOS {
        let (intercept, rate) = fit(&downloads(c, rtt, (1..=60).map(|k| f64::from(k) * 0.5)));
        println!("{name}: {intercept:.4} s for {a}, {rate:.2} Mbit/s for {c}, with a round trip of {rtt} s");
        assert!((intercept / a - 1.0).abs() < 0.1, "{name}: {intercept} s for {a}");
        assert!((rate / c - 1.0).abs() < 0.1, "{name}: {rate} Mbit/s for {c}");
        // A fluid has the round trip as its intercept, and that is not what was measured.
        let fluid = (1..=60).map(|k| f64::from(k) * 0.5).map(|s| (s, rtt + s / c)).collect::<Vec<_>>();
        assert!(fit(&fluid).0 < 0.5 * a, "{name}");
    }
}

/// Of 4G strong: 3.1 Mbit/s for chunks of 0.3 to 0.6 Mbit and 17 Mbit/s for those above 10 Mbit, which the fit above did not use.
#[test]
fn and_predicts_the_throughput_of_small_and_of_large_chunks() {
    let (_, _, c, rtt) = LUMOS[0];
    let median = |low: f64, high: f64| {
        let sizes = (0..101).map(|k| low + (high - low) * f64::from(k) / 100.0);
        let mut rates: Vec<f64> = downloads(c, rtt, sizes).iter().map(|(s, t)| s / t).collect();
        rates.sort_by(f64::total_cmp);
        rates[50]
    };
    let (small, large) = (median(0.3, 0.6), median(10.0, 30.0));
    println!("4G strong: {small:.2} Mbit/s for 3.1, {large:.2} for 17");
    assert!((small / 3.1 - 1.0).abs() < 0.1, "{small}");
    assert!((large / 17.0 - 1.0).abs() < 0.1, "{large}");
}

/// Two logs of one evening over the same Wi-Fi, one with large chunks and one with small ones: the link's rate and the
/// round trip that explain the first predict the fit of the second, whose apparent rate is little more than half of it.
#[test]
fn large_chunks_of_an_evening_predict_the_small_ones() {
    let Some(folder) = fixtures::shared("lumos evening", "traces/lumos_chunks_csv") else { return };
    let log = |name: &str| -> Vec<(f64, f64)> {
        let text = std::fs::read_to_string(folder.join(name)).expect("a log");
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let column = |name: &str| header.iter().position(|h| *h == name).expect("a column");
        let (size, time) = (column("chunk_size"), column("delivery_time"));
        let row = |line: &str| {
            let cells: Vec<f64> = line.split(',').map(|c| c.parse().unwrap_or(f64::NAN)).collect();
            (cells[size] / 1e3, cells[time])
        };
        lines.map(row).collect()
    };
    let large = log("constant_data__210419_1558-50Mbps-wifi-strong-bbb_2s-4300Kbps.csv");
    let small = log("constant_data__210419_1805-50Mbps-wifi-strong-ed_4s-300Kbps.csv");
    let sizes = |log: &[(f64, f64)]| log.iter().map(|p| p.0).collect::<Vec<_>>();
    let (a, c) = fit(&large);
    let (mbps, rtt) = (80.0, 0.018);
    let model = fit(&downloads(mbps, rtt, sizes(&large)));
    assert!(
        (model.0 / a - 1.0).abs() < 0.1 && (model.1 / c - 1.0).abs() < 0.1,
        "{model:?} for {a} s, {c} Mbit/s"
    );
    let (a, c) = fit(&small);
    let model = fit(&downloads(mbps, rtt, sizes(&small)));
    println!("small chunks: {:.4} s for {a:.4}, {:.2} Mbit/s for {c:.2}", model.0, model.1);
    assert!(c < 0.6 * mbps);
    assert!(
        (model.0 / a - 1.0).abs() < 0.15 && (model.1 / c - 1.0).abs() < 0.15,
        "{model:?} for {a} s, {c} Mbit/s"
    );
}
