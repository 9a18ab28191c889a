//! The shared link: a table of small cases with answers by hand, and laws on random ones. What a flow alone meets is the
//! other face of the same link, and has its tests in `impair.rs`.

use std::sync::Arc;

use netmodel::impair::{self, TokenBucketOptions};
use netmodel::shared::{Ask, Chunk, Client, FlowId, News, OnOff, Shared, SharedLink, Sources, Supply};
use netmodel::{Link, LinkOptions, NetworkModel, Period, ProgressInterval, Trace, Transfer};
use proptest::prelude::*;
use proptest::sample::select;
use units::{BitRate, Bits, Seconds, SimRng};

const NEVER: Seconds = Seconds::INFINITY;

fn trace(steps: &[(f64, f64)], latency: f64) -> Arc<Trace> {
    Arc::new(Trace::steps("steps", steps, Seconds::new(latency)).expect("valid"))
}

fn shared(trace: &Arc<Trace>, chain: &[&str]) -> Shared {
    let chain = impair::chain(chain).expect("a chain");
    Shared::over(trace.clone(), LinkOptions::default(), &chain, 7).expect("a link")
}

fn mbit(size: f64) -> Ask {
    Ask::of(Bits::new(size * 1e6))
}

/// A request of a case: at which time, by whom, how many Mbit.
type Request = (f64, usize, f64);

/// When each of the requests ends, in s.
fn ends(link: &mut impl SharedLink, clients: usize, requests: &[Request]) -> Vec<f64> {
    let clients: Vec<Client> = (0..clients).map(|_| link.join()).collect();
    let (mut now, mut open) = (Seconds::ZERO, Vec::new());
    let mut ends = vec![f64::NAN; requests.len()];
    let mut next = 0;
    while next < requests.len() || !open.is_empty() {
        let begins = requests.get(next).map_or(NEVER, |r| Seconds::new(r.0));
        if begins <= now {
            let (_, client, size) = requests[next];
            open.push((link.open(clients[client], 0, mbit(size)), next));
            next += 1;
            continue;
        }
        let passed = link.advance(begins - now);
        now = if passed.news.is_none() { begins } else { now + passed.time };
        let Some(report) = passed.news else { continue };
        assert_eq!(report.what, News::Whole);
        let at = open.iter().position(|(id, _)| *id == report.flow).expect("an open flow");
        let (_, request) = open.swap_remove(at);
        assert_eq!(report.received, Bits::new(requests[request].2 * 1e6));
        ends[request] = now.get();
    }
    ends
}

/// What is on the link, who asks for how much and when, and when each of it is there: by hand.
#[test]
fn a_table_of_small_cases() {
    type Case<'a> = (&'a str, &'a [(f64, f64)], f64, &'a [&'a str], &'a [Request], &'a [f64]);
    let cases: [Case<'_>; 13] = [
        ("one", &[(9.0, 2.0)], 0.0, &[], &[(0.0, 0, 4.0)], &[2.0]),
        ("equals end together", &[(9.0, 2.0)], 0.0, &[], &[(0.0, 0, 4.0), (0.0, 1, 4.0)], &[4.0, 4.0]),
        // Both have 1 Mbit/s; when the short one is over the long one has 2.
        ("the rest is for the other", &[(9.0, 2.0)], 0.0, &[], &[(0.0, 0, 1.0), (0.0, 1, 3.0)], &[1.0, 2.0]),
        // 2 Mbit alone, then half each: 2 more in 2 s, in which the second has 2 of its 3.
        ("a late comer", &[(9.0, 2.0)], 0.0, &[], &[(0.0, 0, 4.0), (1.0, 1, 3.0)], &[3.0, 3.5]),
        // 1 s at 2, then 4: of 2 + 2 Mbit, 1 + 1 come in the first second, the others in half of one.
        ("a step", &[(1.0, 2.0), (9.0, 4.0)], 0.0, &[], &[(0.0, 0, 2.0), (0.0, 1, 2.0)], &[1.5, 1.5]),
        ("an outage", &[(1.0, 2.0), (1.0, 0.0)], 0.0, &[], &[(0.0, 0, 1.5), (0.0, 1, 1.5)], &[2.5, 2.5]),
        ("latency first", &[(9.0, 2.0)], 0.5, &[], &[(0.0, 0, 1.0), (0.25, 1, 1.0)], &[1.25, 1.5]),
        // One client, two requests at once: a connection each, and so a share each.
        ("two of one client", &[(9.0, 2.0)], 0.0, &[], &[(0.0, 0, 1.0), (0.0, 0, 1.0)], &[1.0, 1.0]),
        // Set-up of TCP: one round trip more; the second request finds the connection.
        (
            "a connection of its own",
            &[(9.0, 2.0)],
            0.1,
            &["connection:protocol=tcp"],
            &[(0.0, 0, 1.0), (1.0, 0, 1.0), (2.0, 1, 1.0)],
            &[0.7, 1.6, 2.7],
        ),
        // A window of 12,500 bytes per 0.1 s is 1 Mbit/s, of a fair share of 1.5: the other one has the rest.
        (
            "a window caps one flow alone as any",
            &[(9.0, 3.0)],
            0.1,
            &["slow-start:initial=12500,cap=12500"],
            &[(0.0, 0, 1.0), (0.0, 1, 1.0), (0.0, 2, 1.0)],
            &[1.1, 1.1, 1.1],
        ),
        (
            "and many share what there is",
            &[(9.0, 2.0)],
            0.1,
            &["slow-start:initial=12500,cap=12500"],
            &[(0.0, 0, 1.0), (0.0, 1, 1.0), (0.0, 2, 1.0), (0.0, 3, 1.0)],
            &[2.1, 2.1, 2.1, 2.1],
        ),
        // 1 Mbit of credit above 1 Mbit/s: at 2 each it lasts 1 s; then 1 each.
        (
            "shapers",
            &[(99.0, 4.0)],
            0.0,
            &["token-bucket:rate=1,burst=1"],
            &[(0.0, 0, 3.0), (0.0, 1, 3.0)],
            &[2.0, 2.0],
        ),
        // Alone it would have 1 Mbit of credit at 4: 1/3 s. Then 1 Mbit/s. The other one comes later and has all it may.
        (
            "a shaper drains at the rate of its flow",
            &[(99.0, 4.0)],
            0.0,
            &["token-bucket:rate=1,burst=1"],
            &[(0.0, 0, 3.0), (1.0, 1, 2.0)],
            &[2.0, 2.0],
        ),
    ];
    for (name, steps, latency, chain, requests, expected) in cases {
        let got = ends(&mut shared(&trace(steps, latency), chain), 4, requests);
        for (x, y) in got.iter().zip(expected) {
            assert!((x - y).abs() < 1e-9, "{name}: {got:?} for {expected:?}");
        }
    }
}

/// Two greedy flows of sizes a and b, the second t later, on a constant link: the closed form.
fn two_flows(c: f64, a: f64, b: f64, t: f64) -> [f64; 2] {
    if c * t >= a {
        return [a / c, t + b / c];
    }
    let left = a - c * t;
    if left <= b { [t + 2.0 * left / c, t + (left + b) / c] } else { [t + (left + b) / c, t + 2.0 * b / c] }
}

/// What is wanted, shared by weight: by brute force. Whoever wants less than the even share of what is left has it, until
/// nobody does.
fn max_min(capacity: f64, wanted: &[(f64, f64)]) -> Vec<f64> {
    let mut rates: Vec<Option<f64>> = vec![None; wanted.len()];
    loop {
        let given: f64 = rates.iter().flatten().sum();
        let weight: f64 = rates.iter().zip(wanted).filter(|(r, _)| r.is_none()).map(|(_, w)| w.1).sum();
        if weight <= 0.0 {
            break;
        }
        let level = (capacity - given) / weight;
        let mut found = false;
        for (rate, (want, w)) in rates.iter_mut().zip(wanted).filter(|(r, _)| r.is_none()) {
            if *want <= level * w {
                (*rate, found) = (Some(*want), true);
            }
        }
        if !found {
            rates.iter_mut().zip(wanted).for_each(|(r, (_, w))| *r = r.or(Some(level * w)));
        }
    }
    rates.into_iter().flatten().collect()
}

/// Chains with everything that a connection has of its own, and what is of the way, in every order that is allowed.
fn chains() -> impl Strategy<Value = Vec<&'static str>> {
    let way = [
        "latency:queue=30000,jitter=0.01,harq=0.002",
        "latency:preset=4g,cv=0.4",
        "connection:protocol=tls12,dns=0.04,idle_timeout=3",
        "connection:reuse=false",
        "handover:per_minute=20",
        "handover:per_minute=40,gap=0,low=0,high=0,longest=1",
        "two-path:with=preset:3g,policy=best",
        "two-path:with=preset:4g,policy=switch,trigger=0.217,gap=0.0831",
        "two-path:with=preset:3g,policy=sum",
        "payload",
    ];
    let flow = [
        "payload:share=0.7",
        "slow-start",
        "slow-start:initial=3000,gain=1.5,restart=rfc5681,rto=0.3",
        "slow-start:cap=20000,restart=off",
        "slow-start:rtt=0.4",
        "loss:p=0.002,burst=0.2,good=3,bad=0.7",
        "loss:p=0.01,control=reno",
        "loss:p=0,burst=1,good=1,bad=0.8",
        "token-bucket:rate=0.7,burst=0.8",
        "token-bucket:rate=0.5,burst=0.2,peak=1.3",
    ];
    let any = |of: Vec<&'static str>| prop::collection::vec(select(of), 0..=3);
    (any(way.to_vec()), any(flow.to_vec())).prop_map(|(way, flow)| [way, flow].concat())
}

prop_compose! {
    /// Up to 20 periods with their own latency, outages among them; the first carries something.
    fn traces()(
        periods in prop::collection::vec((0.05..8.0f64, 0.0..6.0f64, prop::bool::weighted(0.15)), 1..20),
        sure in 0.1..5.0f64,
        latencies in prop::collection::vec(select(&[0.0, 0.02, 0.15][..]), 20),
        constant: bool,
    ) -> Arc<Trace> {
        let mut periods: Vec<Period> = periods.into_iter().zip(&latencies).map(|((s, mbps, outage), latency)| Period {
            duration: Seconds::new(s),
            rate: BitRate::from_mbps(if outage { 0.0 } else { mbps }),
            latency: Seconds::new(if constant { latencies[0] } else { *latency }),
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Both faces of one link: a single client on a shared link is the flow alone, whatever stands around the trace.
    #[test]
    fn one_flow_on_a_shared_link_is_a_flow_alone(
        trace in traces(), requests in requests(), chain in chains(), seed in 0..50u64, looks: bool, look in 0.05..0.9f64,
    ) {
        let parsed = impair::chain(&chain).expect("a chain");
        let mut alone = impair::link(trace.clone(), LinkOptions::default(), &parsed, seed).expect("a link");
        let mut shared = Shared::over(trace, LinkOptions::default(), &parsed, seed).expect("a link");
        let client = shared.join();
        // No divisor of a window: whether a window completes a look would hang on a rounding.
        let interval = ProgressInterval { bits: Bits::new(11_987.0), time: Seconds::new(look) };
        for (pause, size) in requests {
            alone.idle(pause);
            prop_assert!(shared.advance(pause).news.is_none());
            let near = |a: Seconds, b: Seconds| (a - b).abs() <= Seconds::new(1e-9) * a.get().max(1.0);
            let latency = alone.open();
            shared.open(client, 0, Ask { looks: looks.then_some(interval), ..Ask::of(size) });
            let mut flight = Transfer { size, received: Bits::ZERO, elapsed: latency };
            let mut interval = if looks { interval } else { ProgressInterval::NEVER };
            let every = interval.time;
            interval.time -= latency;
            loop {
                let carried = alone.carry(flight.size - flight.received, interval);
                (flight.received, flight.elapsed) = (flight.received + carried.bits, flight.elapsed + carried.time);
                interval.time = every;
                let report = shared.advance(NEVER).news.expect("news");
                prop_assert!(near(report.latency, latency), "{chain:?}: {} for {latency}", report.latency);
                prop_assert!(near(report.elapsed, flight.elapsed), "{chain:?}: {} for {}", report.elapsed, flight.elapsed);
                prop_assert!((report.received - flight.received).abs() <= size * 1e-9, "{chain:?}: {} for {} at {} and {}", report.received, flight.received, report.elapsed.get(), flight.elapsed.get());
                if report.what == News::Whole {
                    prop_assert!(size - flight.received <= size * 1e-9, "{chain:?}: {}", size - flight.received);
                    break;
                }
                prop_assert_eq!(report.what, News::Look);
            }
        }
    }

    #[test]
    fn two_players_are_the_closed_form(c in 0.1..100.0f64, a in 0.01..50.0f64, b in 0.01..50.0f64, t in 0.0..10.0f64) {
        let got = ends(&mut shared(&trace(&[(1e6, c)], 0.0), &[]), 2, &[(0.0, 0, a), (t, 1, b)]);
        for (x, y) in got.iter().zip(two_flows(c, a, b, t)) {
            prop_assert!((x - y).abs() <= 1e-9 * y.max(1.0), "{x} for {y}");
        }
    }

    /// Rates are max-min, with weights and without, after every coming and going.
    #[test]
    fn rates_are_max_min(
        capacity in 0.1..50.0f64, wanted in prop::collection::vec((prop_oneof![Just(f64::INFINITY), Just(2.0), 0.05..20.0f64],
        select(&[0.02, 0.05, 0.1, 0.4][..])), 1..9), leave in prop::collection::vec(0..9usize, 0..4),
        bias in select(&[0.0, 0.5, 1.0][..]),
    ) {
        let trace = trace(&[(1e6, capacity)], 0.0);
        let mut links = Vec::new();
        for (_, rtt) in &wanted {
            links.push(impair::chain(&[format!("latency:base={rtt}")]).expect("a chain"));
        }
        // All latencies in one link: each client has the one that is its own.
        let chain = impair::chain(&["latency:base=0.1"]).expect("a chain");
        let mut link = Shared::over(trace, LinkOptions::default(), &chain, 0).expect("a link").with_rtt_bias(bias).expect("a bias");
        let mut flows: Vec<(FlowId, f64)> = wanted.iter().map(|(want, _)| {
            let limit = OnOff::constant(BitRate::from_mbps(*want));
            (link.cross(Box::new(limit)), *want)
        }).collect();
        let check = |link: &mut Shared, flows: &[(FlowId, f64)]| {
            let expected = max_min(capacity, &flows.iter().map(|(_, want)| (*want, 1.0)).collect::<Vec<_>>());
            for ((flow, _), expected) in flows.iter().zip(expected) {
                let got = link.rate(*flow).mbps();
                prop_assert!((got - expected).abs() <= 1e-9 * expected.max(1.0), "{got} for {expected}");
            }
            Ok(())
        };
        link.advance(Seconds::new(1.0));
        check(&mut link, &flows)?;
        for at in leave {
            if flows.len() > 1 {
                let (flow, _) = flows.remove(at % flows.len());
                prop_assert!(link.close(flow) > Bits::ZERO);
                link.advance(Seconds::new(0.1));
                check(&mut link, &flows)?;
            }
        }
    }

    /// Bits over all flows are what the link carried, and no more than it could; some flow always has what it wants, or the
    /// link is full.
    #[test]
    fn bits_are_conserved(
        trace in traces(), requests in prop::collection::vec((0.0..20.0f64, 0..6usize, 0.01..3.0f64), 1..30),
        chain in chains(), bias in select(&[0.0, 1.0][..]),
    ) {
        let mut requests = requests;
        requests.sort_by(|a, b| a.0.total_cmp(&b.0));
        let chain = impair::chain(&chain).expect("a chain");
        let lossless = !chain.iter().any(|i| i.name().starts_with("loss") || i.name().contains("burst=1"));
        let one_way = !chain.iter().any(|i| i.name().starts_with("two-path") || i.name().starts_with("payload"));
        let options = LinkOptions::default();
        let link = Shared::over(trace.clone(), options, &chain, 3).expect("a link");
        let mut link = link.with_rtt_bias(bias).expect("a bias");
        let last = ends(&mut link, 6, &requests).into_iter().fold(0.0, f64::max);
        let asked: f64 = requests.iter().map(|r| r.2 * 1e6).sum();
        let (offered, carried) = link.offered_and_carried();
        prop_assert!(carried <= offered * (1.0 + 1e-9), "{carried} of {offered}");
        prop_assert!(carried.get() >= asked * (1.0 - 1e-9), "{carried} for {asked}");
        prop_assert!(!lossless || carried.get() <= asked * (1.0 + 1e-9), "{carried} for {asked}");
        let integral = trace.bits_before(Seconds::new(last)).get();
        prop_assert!(!one_way || offered.get() <= integral + 1e-9 * integral.max(1.0), "{offered} of {integral}");
    }
}

/// Weights: twice the round trip, half the share, where the bias is 1.
#[test]
fn round_trips_share_where_they_are_told_to() {
    for (bias, share) in [(0.0, 1.0), (1.0, 2.0), (0.5, std::f64::consts::SQRT_2)] {
        let trace = trace(&[(1e6, 3.0)], 0.0);
        // Draws of two clients differ; what they get is in proportion.
        let chain = impair::chain(&["latency:base=0.1,cv=0.5"]).expect("a chain");
        let link = Shared::over(trace, LinkOptions::default(), &chain, 1).expect("a link");
        let mut link = link.with_rtt_bias(bias).expect("a bias");
        let clients = [link.join(), link.join()];
        let flows = clients.map(|c| link.open(c, 0, Ask { first_bit: true, ..mbit(1e6) }));
        let mut latencies = [0.0; 2];
        for _ in 0..2 {
            let report = link.advance(NEVER).news.expect("news");
            assert_eq!(report.what, News::FirstBit);
            latencies[usize::from(report.flow == flows[1])] = report.latency.get();
        }
        let [a, b] = flows.map(|f| link.rate(f).mbps());
        assert!((a + b - 3.0).abs() < 1e-12);
        let expected = (latencies[1] / latencies[0]).powf(share.log2());
        assert!((a / b / expected - 1.0).abs() < 1e-12, "{a} and {b} at {latencies:?}");
    }
    assert!(shared(&trace(&[(1.0, 1.0)], 0.0), &[]).with_rtt_bias(3.0).is_err());
}

/// What is made second by second comes no faster than it is made; pieces are news.
#[test]
fn content_that_appears_arrives_as_it_is_made() {
    let mut link = shared(&trace(&[(1e6, 4.0)], 0.1), &[]);
    let client = link.join();
    let piece = |at: f64| Chunk { size: Bits::new(1e6), available: Seconds::new(at), asked: false };
    let supply = Supply::Chunks(vec![piece(0.0), piece(1.0), piece(1.1), piece(3.0)]);
    let flow = link.open(client, 0, Ask { supply, first_bit: true, ..mbit(0.0) });
    let mut now = 0.0;
    // 0.25 s each; the third one follows the second, which took until 1.25 s.
    for (what, at, bits) in [
        (News::FirstBit, 0.1, 0.0),
        (News::Chunk, 0.35, 1e6),
        (News::Chunk, 1.25, 2e6),
        (News::Chunk, 1.5, 3e6),
        (News::Whole, 3.25, 4e6),
    ] {
        let passed = link.advance(NEVER);
        now += passed.time.get();
        let report = passed.news.expect("news");
        assert_eq!((report.flow, report.what), (flow, what));
        assert!((now - at).abs() < 1e-12 && (report.elapsed.get() - at).abs() < 1e-12, "{now} for {at}");
        assert!((report.received.get() - bits).abs() < 1e-6);
    }
    // Another flow has all of the link while there is nothing to send.
    let mut link = shared(&trace(&[(1e6, 4.0)], 0.0), &[]);
    let (a, b) = (link.join(), link.join());
    let supply = Supply::Chunks(vec![piece(1.0)]);
    let live = link.open(a, 0, Ask { supply, ..mbit(0.0) });
    let other = link.open(b, 0, mbit(100.0));
    link.advance(Seconds::ZERO);
    assert_eq!(link.rate(other).mbps(), 4.0);
    assert!(link.advance(Seconds::new(1.2)).news.is_none());
    assert_eq!((link.rate(other).mbps(), link.rate(live).mbps()), (2.0, 2.0));
    assert!((link.received(live).get() - 0.4e6).abs() < 1e-6);
}

#[test]
fn other_traffic_takes_what_it_may() {
    let steps = trace(&[(1e6, 4.0)], 0.0);
    let mut link = shared(&steps, &[]);
    link.cross(Box::new(OnOff::constant(BitRate::from_mbps(1.0))));
    // 3 of 4 Mbit/s are left, and shared.
    assert_eq!(ends(&mut link, 2, &[(0.0, 0, 3.0), (2.0, 1, 3.0), (2.0, 0, 3.0)]), [1.0, 4.0, 4.0]);
    // In the long run it is on for its share of the time, and a greedy flow has the rest.
    let mut link = shared(&steps, &[]);
    let (on, off) = (Seconds::new(2.0), Seconds::new(6.0));
    let cross = link.cross(Box::new(OnOff::new(BitRate::from_mbps(3.0), on, off, SimRng::new(5, 0))));
    let client = link.join();
    let flow = link.open(client, 0, Ask::of(Bits::INFINITY));
    let hours = Seconds::new(40.0 * 3600.0);
    link.advance(hours);
    let [cross, greedy] = [cross, flow].map(|f| link.received(f).get() / hours.get() / 1e6);
    assert!((cross + greedy - 4.0).abs() < 1e-9);
    // It gets half of the link in a quarter of the time; 18,000 cycles have a standard error of 0.7 %.
    assert!((cross / 0.5 - 1.0).abs() < 0.035, "{cross}");
}

/// Pieces from several nodes: each link is shared by itself, and news come in the order of time.
#[test]
fn sources_are_links_side_by_side() {
    let link = |mbps: f64, latency: f64| shared(&trace(&[(1e6, mbps)], latency), &[]);
    let mut nodes = Sources::new(vec![link(4.0, 0.0), link(1.0, 0.0), link(2.0, 0.5)]).expect("links");
    let (a, b) = (nodes.join(), nodes.join());
    let mut open = |client, source| nodes.open(client, source, mbit(2.0));
    let flows = [open(a, 0), open(a, 1), open(a, 2), open(b, 0), open(b, 9)];
    let mut now = 0.0;
    let mut got = Vec::new();
    while got.len() < flows.len() {
        let passed = nodes.advance(NEVER);
        now += passed.time.get();
        let report = passed.news.expect("news");
        assert!((report.elapsed.get() - now).abs() < 1e-9);
        got.push((flows.iter().position(|f| *f == report.flow).expect("one of them"), now));
    }
    got.sort_by_key(|g| g.0);
    for ((_, got), expected) in got.iter().zip([1.0, 2.0, 2.5, 1.0, 2.5]) {
        assert!((got - expected).abs() < 1e-9, "{got} for {expected}");
    }
    assert_eq!(nodes.advance(NEVER).time, NEVER);
    assert_eq!(nodes.advance(Seconds::new(3.0)).time, Seconds::new(3.0));
    assert!(Sources::<Shared>::new(Vec::new()).is_none());
}

#[test]
fn flows_can_be_given_up_and_links_end() {
    let mut link = shared(&trace(&[(1e6, 2.0)], 0.0), &[]);
    let (a, b) = (link.join(), link.join());
    let (gone, stays) = (link.open(a, 0, mbit(10.0)), link.open(b, 0, mbit(3.0)));
    link.advance(Seconds::new(1.0));
    assert_eq!(link.received(gone), Bits::new(1e6));
    assert_eq!(link.close(gone), Bits::new(1e6));
    assert_eq!(
        (link.close(gone), link.received(gone), link.rate(gone)),
        (Bits::ZERO, Bits::ZERO, BitRate::ZERO)
    );
    let passed = link.advance(NEVER);
    assert_eq!((passed.time.get(), passed.news.map(|n| n.flow)), (1.0, Some(stays)));
    // A place is used again, and the name of who was there before means nobody.
    let again = link.open(a, 0, mbit(2.0));
    assert_ne!(again, gone);
    assert_ne!(again, stays);

    let options = LinkOptions { end: netmodel::End::Stop, ..LinkOptions::default() };
    let mut link = Shared::over(trace(&[(2.0, 1.0)], 0.0), options, &[], 0).expect("a link");
    let (a, b) = (link.join(), link.join());
    let flows = [link.open(a, 0, mbit(1.0)), link.open(b, 0, mbit(4.0)), link.open(b, 0, mbit(5.0))];
    let expected = [(News::Dead, 2.0), (News::Dead, 0.0), (News::Dead, 0.0)];
    for (flow, (what, time)) in flows.iter().zip(expected) {
        let passed = link.advance(NEVER);
        let report = passed.news.expect("news");
        assert_eq!((report.flow, report.what), (*flow, what));
        assert!((passed.time.get() - time).abs() < 1e-12);
        assert!((report.received.get() - 2e6 / 3.0).abs() < 1e-6);
    }
    assert_eq!(link.advance(NEVER).time, NEVER);
}

/// A shaper on a crowded link drains at what its flow gets: against small steps of time.
#[test]
fn shapers_on_a_crowded_link_agree_with_small_steps() {
    let options = TokenBucketOptions {
        rate: BitRate::from_mbps(0.5),
        burst: Bits::new(0.6e6),
        peak: BitRate::from_mbps(2.0),
    };
    let spec = "token-bucket:rate=0.5,burst=0.6,peak=2";
    // Sizes in Mbit of four clients, at 0, 0.2, 0.4 and 0.6 s, on 3 Mbit/s and then 1.
    let steps = [(1.5, 3.0), (100.0, 1.0)];
    let requests = [(0.0, 0, 2.0), (0.2, 1, 1.5), (0.4, 2, 0.7), (0.6, 3, 1.1)];
    let got = ends(&mut shared(&trace(&steps, 0.0), &[spec]), 4, &requests);
    let (dt, mut now) = (1e-5, 0.0);
    let (mut left, mut credit) = (requests.map(|r| r.2), [options.burst.get() / 1e6; 4]);
    let mut expected = [0.0; 4];
    while left.iter().any(|l| *l > 0.0) {
        let active: Vec<usize> = (0..4).filter(|i| requests[*i].0 <= now && left[*i] > 0.0).collect();
        let wanted: Vec<(f64, f64)> =
            active.iter().map(|i| (if credit[*i] > 1e-9 { 2.0 } else { 0.5 }, 1.0)).collect();
        let rates = max_min(if now < 1.5 { 3.0 } else { 1.0 }, &wanted);
        for (i, rate) in active.iter().zip(&rates) {
            left[*i] -= rate * dt;
            credit[*i] = (credit[*i] + (0.5 - rate) * dt).clamp(0.0, 0.6);
            expected[*i] = now + dt;
        }
        now += dt;
    }
    for (a, b) in got.iter().zip(expected) {
        assert!((a - b).abs() < 1e-3, "{got:?} for {expected:?}");
    }
}

/// Leaps of the flow alone and the walk of the shared link are the same, far beyond the periods that are walked.
#[test]
fn a_long_transfer_over_many_periods_is_the_same_on_both_faces() {
    let steps: Vec<(f64, f64)> = (0..500).map(|i| (0.01, 1.0 + f64::from(i % 17))).collect();
    let trace = trace(&steps, 0.03);
    let mut alone = Link::new(trace.clone(), LinkOptions::default()).expect("a link");
    let mut shared = shared(&trace, &[]);
    let client = shared.join();
    for size in [1e5, 3e8, 2e4, 5e7] {
        let expected = alone.transfer(Bits::new(size)).total().get();
        shared.open(client, 0, Ask::of(Bits::new(size)));
        let got = shared.advance(NEVER).time.get();
        assert!((got - expected).abs() <= 1e-9 * expected, "{got} for {expected}");
    }
}
