//! Crowds: one player on a shared link is a player alone, and many share by the laws of the link.

use std::sync::Arc;

use media::{Ladder, Video};
use netmodel::{Period, Trace};
use proptest::prelude::*;
use proptest::sample::select;
use qoe::{Session, Summary};
use sim::crowd::{self, Guest};
use sim::{Profile, Stop};
use units::{BitRate, Bits, Seconds};

const RULES: [&str; 9] = [
    "fixed:level=2",
    "throughput",
    "rate",
    "bba",
    "bola",
    "bola-e",
    "dynamic",
    "dynamic-dash",
    "robust-mpc:horizon=3",
];

/// What is on the way before what limits the flow; times that are no multiples of one another, so that no decision hangs on
/// the order of two things at one instant.
const CHAINS: [&[&str]; 9] = [
    &[],
    &["latency:queue=30000,jitter=0.011,harq=0.002"],
    &["connection:protocol=tls12,dns=0.043,idle_timeout=3.3"],
    &["handover:per_minute=20"],
    &["connection:reuse=false", "slow-start"],
    &["slow-start:cap=50000", "loss:p=0.002,burst=0.2,good=3,bad=0.7"],
    &["token-bucket:rate=1.7,burst=2.3"],
    &["latency:preset=4g,cv=0.4", "two-path:with=preset:3g,policy=best", "slow-start"],
    &[
        "two-path:with=preset:4g,policy=switch,trigger=0.217,gap=0.0831",
        "token-bucket:rate=2,burst=0.7",
        "payload",
    ],
];

/// Players in which no decision is a tie, which the last bit would decide. The throughput rule gives nothing up before 0.5 s:
/// every fifth look of the usual rhythm of 0.1 s would be at that very instant. And a capacity of whole segments would have BOLA-E
/// asked after a stall at the very level that its placeholder was made for when the buffer was last full.
const PLAYERS: [&str; 3] = [
    "default:look=0.0973",
    "default:capacity=13.37,start=6,resume=10,look=0.0533",
    "default:replacement=left,capacity=29.37,look=0.0973",
];

fn profile(name: &str, chain: &[&str]) -> Profile {
    sim::profile(name).expect("a profile").impaired(chain).expect("a chain")
}

fn cbr(kbps: &[f64], segments: usize) -> Video {
    let ladder = Ladder::from_kbps(kbps).expect("ascending");
    Video::constant_bitrate("cbr", ladder, Seconds::new(4.0), Seconds::new(4.0 * segments as f64))
        .expect("valid")
}

fn constant(mbps: f64) -> Arc<Trace> {
    Arc::new(Trace::steps("constant", &[(1e6, mbps)], Seconds::new(0.05)).expect("valid"))
}

fn guests<'a>(rules: &[&'a str], profile: &'a Profile, n: usize, stagger: f64) -> Vec<Guest<'a>> {
    let guest =
        |i: usize| Guest { rule: rules[i % rules.len()], profile, start: Seconds::new(stagger * i as f64) };
    (0..n).map(guest).collect()
}

prop_compose! {
    fn traces()(
        periods in prop::collection::vec((0.05..20.0f64, 0.0..6.0f64, 0.0..0.4f64, prop::bool::weighted(0.2)), 1..30),
        sure in 0.1..5.0f64,
    ) -> Arc<Trace> {
        let mut periods: Vec<Period> = periods.into_iter().map(|(s, mbps, latency, outage)| Period {
            duration: Seconds::new(s),
            rate: BitRate::from_mbps(if outage { 0.0 } else { mbps }),
            latency: Seconds::new(latency),
        }).collect();
        periods[0].rate = BitRate::from_mbps(sure);
        Arc::new(Trace::new("random", periods).expect("valid periods"))
    }
}

prop_compose! {
    fn videos()(
        steps in prop::collection::vec(1.2..2.5f64, 2..6),
        noise in prop::collection::vec(0.4..1.9f64, 5..40),
    ) -> Video {
        let mut kbps = vec![253.0];
        for step in steps {
            kbps.push(kbps[kbps.len() - 1] * step);
        }
        let durations = vec![Seconds::new(4.0); noise.len()];
        let sizes: Vec<Vec<Bits>> = noise.iter()
            .map(|n| kbps.iter().map(|r| BitRate::from_kbps(r * n) * Seconds::new(4.0)).collect())
            .collect();
        Video::new("random", Ladder::from_kbps(&kbps).expect("ascending"), durations, &sizes).expect("a valid video")
    }
}

/// Every number of two records, to a billionth.
fn same(alone: &Session, crowd: &Session) -> Result<(), TestCaseError> {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
    prop_assert_eq!(alone.downloads.len(), crowd.downloads.len());
    for (a, b) in alone.downloads.iter().zip(&crowd.downloads) {
        prop_assert_eq!((a.index, a.level, a.outcome), (b.index, b.level, b.outcome));
        for (x, y) in [
            (a.request_s, b.request_s),
            (a.first_byte_s, b.first_byte_s),
            (a.finish_s, b.finish_s),
            (a.buffer_before_s, b.buffer_before_s),
            (a.buffer_after_s, b.buffer_after_s),
            (a.stall_s, b.stall_s),
        ] {
            prop_assert!(near(x.get(), y.get()), "segment {}: {x} and {y}", a.index);
        }
        prop_assert!((a.received_bits - b.received_bits).abs() <= a.size_bits * 1e-9);
    }
    prop_assert_eq!(alone.stalls.len(), crowd.stalls.len());
    prop_assert!(near(alone.wall_s.get(), crowd.wall_s.get()), "{} and {}", alone.wall_s, crowd.wall_s);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_crowd_of_one_is_a_player_alone(
        trace in traces(), video in videos(), rule in select(&RULES[..]), chain in select(&CHAINS[..]),
        name in select(&PLAYERS[..]),
        seed in 0..20u64,
    ) {
        let profile = profile(name, chain);
        let alone = sim::session(&trace, &video, rule, &profile, seed).expect("a session");
        let one = guests(&[rule], &profile, 1, 0.0);
        let crowd = crowd::play(&trace, &video, &profile, &one, seed).expect("a crowd");
        prop_assert!(crowd.utilisation <= 1.0 + 1e-9);
        same(&alone, &crowd.sessions[0])?;
    }

    /// Rules, profiles and starts may be mixed at will: everybody plays all of it, and no more is carried than there is.
    #[test]
    fn mixed_crowds_play_everything_on_one_link(
        trace in traces(), video in videos(), rules in prop::collection::vec(select(&RULES[..]), 2..7),
        chain in select(&CHAINS[..]), stagger in 0.0..20.0f64,
    ) {
        let profiles = [profile("default", chain), profile("default:capacity=60,abandonment=true", &[])];
        let guests: Vec<Guest<'_>> = rules.iter().enumerate().map(|(i, rule)| Guest {
            rule: *rule, profile: &profiles[i % 2], start: Seconds::new(stagger * i as f64),
        }).collect();
        let crowd = crowd::play(&trace, &video, &profiles[0], &guests, 1).expect("a crowd");
        prop_assert!(crowd.stops.iter().all(|s| *s == Stop::Complete));
        prop_assert!(crowd.utilisation > 0.0 && crowd.utilisation <= 1.0 + 1e-9);
        prop_assert!(crowd.jain() >= 1.0 / rules.len() as f64 - 1e-12 && crowd.jain() <= 1.0 + 1e-12);
        for session in &crowd.sessions {
            let played = session.downloads.iter().filter(|d| d.outcome == qoe::Outcome::Done).count();
            prop_assert!(played >= video.segments(), "{played} of {}", video.segments());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Chunks as they are produced, catching up, and jumps to the target, also in the middle of a latency.
    #[test]
    fn a_crowd_of_one_at_a_live_event_is_a_viewer_alone(
        periods in prop::collection::vec((0.2..8.0f64, 0.1..4.0f64), 1..20),
        latency in 0.0..0.2f64,
        segment in 0.5..4.0f64,
        noise in prop::collection::vec(0.6..1.5f64, 10..40),
        chunk in prop::option::weighted(0.7, 0.05..1.5f64),
        request in select(&["segment", "chunk"][..]),
        target in 0.5..6.0f64,
        join in 0.0..20.0f64,
        catchup in select(&["off", "default", "lol-plus", "step"][..]),
        drift in select(&[0.0, 2.0, 12.0][..]),
        // Rules whose decisions hang on a buffer or a throughput. L2A, LoL+ and BOLA-E compare what an event makes equal but for
        // the last bit (throughputs of chunks, levels at the rhythm of production): rounding would decide.
        rule in select(&["throughput", "bola", "rate", "bba"][..]),
    ) {
        let trace = Arc::new(Trace::steps("random", &periods, Seconds::new(latency)).expect("valid"));
        // No two sizes are alike: a chunk that is fetched as it is produced would take exactly the time of its bitrate, and a
        // rule would be asked about a tie.
        let (kbps, durations) = ([211.0, 503.0, 1009.0], vec![Seconds::new(segment); noise.len()]);
        let sizes: Vec<Vec<Bits>> = noise.iter()
            .map(|n| kbps.iter().map(|r| BitRate::from_kbps(r * n) * Seconds::new(segment)).collect())
            .collect();
        let ladder = Ladder::from_kbps(&kbps).expect("ascending");
        let video = Video::new("event", ladder, durations, &sizes);
        let chunk = chunk.map(|c| format!(",chunk={c},request={request}")).unwrap_or_default();
        let live = format!("latency={target},join={join},catchup={catchup},drift={drift}{chunk}");
        // The rule gives nothing up before 0.5 s: every fifth look of the usual rhythm would be at that very instant.
        let profile = profile("default:look=0.0973", &[]).live(&live).expect("a live event");
        let (video, one) = (video.expect("valid"), guests(&[rule], &profile, 1, 0.0));
        let alone = sim::session(&trace, &video, rule, &profile, 0).expect("a session");
        let crowd = crowd::play(&trace, &video, &profile, &one, 0).expect("a crowd");
        same(&alone, &crowd.sessions[0])?;
        let of = |s: &Session| {
            let latencies = s.latencies.iter().map(|l| (l.index as f64, l.at_s.get(), l.latency_s.get()));
            let rates = s.rates.iter().map(|r| (r.rate, r.at_s.get(), 0.0));
            let seeks = s.seeks.iter().map(|s| (s.dropped as f64, s.at_s.get(), s.to_s.get()));
            latencies.chain(rates).chain(seeks).collect::<Vec<_>>()
        };
        let (a, b) = (of(&alone), of(&crowd.sessions[0]));
        prop_assert_eq!(a.len(), b.len());
        for (x, y) in a.iter().zip(&b) {
            let near = |x: f64, y: f64| (x - y).abs() <= 1e-9 * x.abs().max(1.0);
            prop_assert!(near(x.0, y.0) && near(x.1, y.1) && near(x.2, y.2), "{x:?} and {y:?}");
        }
    }
}

/// Everybody watches one event: who comes later has missed more of it, and is no further behind.
#[test]
fn a_crowd_watches_one_live_event() {
    let profile = profile("default", &[]).live("latency=3,chunk=0.5").expect("a live event");
    let ladder = Ladder::from_kbps(&[300.0, 750.0]).expect("ascending");
    let video =
        Video::constant_bitrate("event", ladder, Seconds::new(2.0), Seconds::new(120.0)).expect("valid");
    let all = guests(&["l2a"], &profile, 5, 11.0);
    let crowd = crowd::play(&constant(20.0), &video, &profile, &all, 0).expect("a crowd");
    for (i, session) in crowd.sessions.iter().enumerate() {
        let first = session.downloads[0].index;
        assert_eq!(first, (11 * i) / 2, "viewer {i}");
        let last = session.latencies.last().expect("it was played").latency_s.get();
        assert!((last - 3.0).abs() < 0.2, "viewer {i} is {last} s behind");
    }
}

/// A real player's stack in a crowd is that stack: hls.js looks at its fragments every 100 ms, and gives some of them up.
#[test]
fn a_real_player_is_itself_in_a_crowd() {
    let profile = profile("hlsjs-1.7.4", &[]);
    let plain = self::profile("default", &[]);
    let trace = Trace::steps("dips", &[(21.3, 5.0), (17.1, 0.4), (30.7, 2.2)], Seconds::new(0.043));
    let (trace, video) = (Arc::new(trace.expect("valid")), cbr(&[300.0, 750.0, 1850.0, 4300.0], 40));
    let alone = sim::session(&trace, &video, "hlsjs", &profile, 0).expect("a session");
    let one =
        crowd::play(&trace, &video, &profile, &guests(&["hlsjs"], &profile, 1, 0.0), 0).expect("a crowd");
    same(&alone, &one.sessions[0]).expect("the same session");
    let both = [
        Guest { rule: "hlsjs", profile: &profile, start: Seconds::ZERO },
        Guest { rule: "bola", profile: &plain, start: Seconds::new(3.1) },
    ];
    let mixed = crowd::play(&trace, &video, &profile, &both, 0).expect("a crowd");
    assert_eq!(mixed.stops, [Stop::Complete; 2]);
    assert!(mixed.sessions[0].wall_s >= alone.wall_s, "a share of the link is no faster than all of it");
}

/// The same link, the same rule, all at once: nobody is an exception. Where they come one after the other, each finds the
/// others at another place of their cycles and may stay there: who asks while others rest, measures more (Akhshabi et al.,
/// NOSSDAV 2012). Then only the index is near 1.
#[test]
fn sixteen_equal_players_end_near_their_common_mean() {
    let video = cbr(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0], 75);
    let profile = profile("default", &[]);
    for (mbps, stagger) in [(20.0, 0.0), (32.0, 0.0), (48.0, 0.0), (20.0, 0.31), (32.0, 0.31), (48.0, 0.31)] {
        let all = guests(&["throughput"], &profile, 16, stagger);
        let crowd = crowd::play(&constant(mbps), &video, &profile, &all, 0).expect("a crowd");
        let rates: Vec<f64> =
            crowd.sessions.iter().map(|s| Summary::of(s).mean_bitrate_kbps.kbps()).collect();
        let mean = rates.iter().sum::<f64>() / 16.0;
        println!("{mbps} Mbit/s, stagger {stagger}: mean {mean:.0} kbit/s, Jain {:.6}", crowd.jain());
        assert!(stagger > 0.0 || rates.iter().all(|r| (r / mean - 1.0).abs() <= 0.05), "{rates:?}");
        assert!(crowd.jain() > 0.99, "{rates:?}");
    }
}

/// Two players that always fetch the top rung, by hand: both get half of the link.
#[test]
fn two_fixed_players_share_by_halves() {
    let profile = profile("default:latency=0", &[]);
    // Segments of 8 Mbit: at 4 of 8 Mbit/s each takes 2 s.
    let video = cbr(&[500.0, 2000.0], 4);
    let both = guests(&["fixed:level=1"], &profile, 2, 0.0);
    let crowd = crowd::play(&constant(8.0), &video, &profile, &both, 0).expect("a crowd");
    for session in &crowd.sessions {
        for (k, download) in session.downloads.iter().enumerate() {
            assert!((download.finish_s.get() - 2.0 * (k + 1) as f64).abs() < 1e-9, "{}", download.finish_s);
        }
    }
    assert!((crowd.utilisation - 1.0).abs() < 1e-12);
    assert!((crowd.instability(), crowd.jain()) == (0.0, 1.0));
}

#[test]
fn fairness_and_instability_are_their_formulas() {
    assert_eq!(crowd::jain(&[1.0, 1.0, 1.0]), 1.0);
    assert_eq!(crowd::jain(&[1.0, 0.0, 0.0, 0.0]), 0.25);
    assert!((crowd::jain(&[1.0, 2.0, 3.0]) - 36.0 / 42.0).abs() < 1e-15);
    assert_eq!((crowd::jain(&[]), crowd::jain(&[0.0, 0.0])), (1.0, 1.0));
    // 1000 kbit/s in second 0, 3000 in second 1: no change, then 2000 of weight 20 over 3000 x 20 + 1000 x 19.
    let mut session =
        sim::session(&constant(8.0), &cbr(&[500.0, 1000.0], 2), "fixed:level=1", &profile("default", &[]), 0)
            .expect("a session");
    session.downloads.truncate(2);
    (session.downloads[0].request_s, session.downloads[1].request_s) = (Seconds::ZERO, Seconds::new(1.2));
    session.downloads[0].bitrate_kbps = BitRate::from_kbps(1000.0);
    session.downloads[1].bitrate_kbps = BitRate::from_kbps(3000.0);
    let expected = (0.0 + 2000.0 * 20.0 / (3000.0 * 20.0 + 1000.0 * 19.0)) / 2.0;
    assert!((crowd::instability(&session) - expected).abs() < 1e-15);
}

/// The size that was asked for: 1,000 players for ten minutes.
#[test]
fn a_thousand_players_for_ten_minutes() {
    let video = cbr(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0], 150);
    let profile = profile("default", &[]);
    let all = guests(&["throughput", "bola", "bba"], &profile, 1000, 0.05);
    let crowd = crowd::play(&constant(2000.0), &video, &profile, &all, 0).expect("a crowd");
    assert!(crowd.stops.iter().all(|s| *s == Stop::Complete));
    assert!(crowd.jain() > 0.8 && crowd.utilisation <= 1.0);
}
