//! What the default does instead of the original's bugs E1 to E27, each beside what the profile `v-stack` does.

use client::{
    BufferManager, BufferState, Chunk, ChunkScheduler, Config, Failure, History, Log, NetworkMonitor, Order,
    Phase, Piece, SmartSession, VirtualNodes, simulate,
};
use units::{BitRate, Seconds};

const S: fn(f64) -> Seconds = Seconds::new;

fn both() -> [Config; 2] {
    [Config::v_stack(), Config::default()]
}

fn monitor(config: Config) -> (NetworkMonitor, usize) {
    let mut monitor = NetworkMonitor::new(config);
    let node = monitor.node("n");
    (monitor, node)
}

fn mbps(x: f64) -> BitRate {
    BitRate::from_mbps(x)
}

/// A session over nodes that are alike, with chunks of 2 MiB and 10 s.
fn play(
    config: Config,
    chunks: usize,
    replicas: impl Fn(usize) -> Vec<usize>,
    plans: &[Vec<Phase>],
) -> (SmartSession<()>, Log) {
    let url = |n: usize| format!("http://node{n}");
    let pieces: Vec<Piece> = (0..chunks)
        .map(|i| Piece {
            id: format!("c{i}"),
            replicas: replicas(i).into_iter().map(url).collect(),
            bytes: Some(2 << 20),
        })
        .collect();
    let sizes = pieces.iter().map(|p| (p.id.clone(), 2 << 20)).collect();
    let plans = plans.iter().enumerate().map(|(n, p)| (url(n), p.clone())).collect();
    let mut nodes = VirtualNodes::new(plans, sizes, false, config.ping_timeout, 0);
    let mut session = SmartSession::new(config, pieces, Seconds::ZERO, S(0.01));
    let log = simulate(&mut session, &mut nodes, S(0.01), S(2000.0));
    (session, log)
}

fn steady(ms: f64, rate: f64) -> Vec<Phase> {
    vec![Phase::steady(Seconds::from_millis(ms), mbps(rate))]
}

/// Up, down from 20 s on, and up again.
fn outage(until: f64) -> Vec<Phase> {
    let up = Phase::steady(Seconds::from_millis(20.0), mbps(40.0));
    vec![up, Phase::down().from(S(20.0)), up.from(S(until))]
}

#[test]
fn e1_an_assumed_bandwidth_is_no_measurement() {
    let average = both().map(|config| {
        let (mut m, node) = monitor(config);
        m.pinged(node, Some(20.0), S(0.0));
        m.update_bandwidth("n", mbps(100.0));
        m.stats(node).expect("it has answered").bandwidth_mbps.average
    });
    assert_eq!(average, [Some(75.0), Some(100.0)]);
}

#[test]
fn e2_a_node_not_yet_seen_is_worth_a_try() {
    let scores = both().map(|config| {
        let (m, _) = monitor(config);
        m.node_score("n")
    });
    assert_eq!(scores[0], 0.0);
    assert!(scores[1] > 0.0);
    // And chunks are spread over nodes of which nothing is known.
    let used = both().map(|config| {
        let mut m = NetworkMonitor::new(config.clone());
        let mut s = ChunkScheduler::new(config);
        let replicas = vec![m.node("a"), m.node("b")];
        for i in 0..4 {
            let id = i.to_string();
            s.download_chunk(Chunk { id, replicas: replicas.clone(), size: None, deadline: S(9.0) });
        }
        while s.poll(&m, S(0.0)).is_some() {}
        s.statistics(&m).node_load.into_values().collect::<Vec<usize>>()
    });
    assert_eq!(used, [vec![4, 0], vec![2, 2]]);
}

#[test]
fn e3_averages_are_exponentially_weighted() {
    let latencies = both().map(|config| {
        let (mut m, node) = monitor(config);
        for ms in [100.0, 100.0, 100.0, 20.0] {
            m.pinged(node, Some(ms), S(0.0));
        }
        m.stats(node).expect("it has answered").latency_ms.average
    });
    assert_eq!(latencies, [80.0, 0.3 * 20.0 + 0.7 * 100.0]);
}

#[test]
fn e4_and_e7_no_node_is_unhealthy_between_two_good_pings() {
    let healthy = both().map(|config| {
        let ten = S(10.0);
        let (mut m, node) = monitor(Config { ping_interval: ten, node_health_timeout: ten, ..config });
        m.pinged(node, Some(20.0), S(0.02));
        // The next ping was sent at 10 s, and is on its way.
        (m.is_node_healthy("n", S(10.03)), m.is_node_healthy("n", S(30.0)))
    });
    assert_eq!(healthy, [(false, false), (true, false)]);
}

#[test]
fn e5_failed_downloads_lower_the_reliability() {
    let success = both().map(|config| {
        let mut m = NetworkMonitor::new(config.clone());
        let mut s = ChunkScheduler::new(config);
        let replicas = vec![m.node("n")];
        m.pinged(0, Some(20.0), S(0.0));
        s.download_chunk(Chunk { id: "c".to_string(), replicas, size: None, deadline: S(9.0) });
        let Some(Order::Start(attempt)) = s.poll(&m, S(0.0)) else { panic!("a request") };
        s.ended(attempt.id, Err((Failure::Status(503), 0)), &mut m, S(0.1));
        m.stats(0).expect("it has answered").success_rate
    });
    assert_eq!(success, [1.0, 0.7]);
}

#[test]
fn e10_leaving_the_last_replica_is_no_failover() {
    let failovers = both().map(|config| {
        let config = Config { max_retries: 1, ..config };
        let mut m = NetworkMonitor::new(config.clone());
        let mut s = ChunkScheduler::new(config);
        let replicas = vec![m.node("a"), m.node("b")];
        s.download_chunk(Chunk { id: "c".to_string(), replicas, size: None, deadline: S(9.0) });
        for _ in 0..2 {
            let Some(Order::Start(attempt)) = s.poll(&m, S(0.0)) else { panic!("a request") };
            s.ended(attempt.id, Err((Failure::Refused, 0)), &mut m, S(0.0));
        }
        (s.statistics(&m).failover_count, s.statistics(&m).failed_downloads)
    });
    assert_eq!(failovers, [(2, 1), (1, 1)]);
}

#[test]
fn e11_the_forecast_knows_first_byte_and_rate_apart() {
    let mut m = NetworkMonitor::new(Config::default());
    let far = m.node("far");
    let near = m.node("near");
    // Both bring 1 MB in 1 s: one waits long and is fast, the other is at hand and slow.
    for _ in 0..5 {
        m.recall(
            "far",
            &History { latency_ms: vec![900.0], bandwidth_mbps: vec![80.0], ..History::default() },
        );
        m.recall(
            "near",
            &History { latency_ms: vec![10.0], bandwidth_mbps: vec![8.08], ..History::default() },
        );
    }
    let sooner = |bytes: u64| {
        let [far, near] = [far, near].map(|n| m.forecast(n, bytes, 0, S(1e9)).expected);
        if far < near { "far" } else { "near" }
    };
    assert_eq!((sooner(10_000), sooner(10_000_000)), ("near", "far"));
    // Risk: the share of cases that miss the deadline.
    assert_eq!(m.forecast(near, 10_000_000, 0, S(5.0)).risk, 1.0);
    assert_eq!(m.forecast(near, 10_000, 0, S(5.0)).risk, 0.0);
}

#[test]
fn e12_and_e21_playback_starts_with_the_first_chunk() {
    let startup = both().map(|config| {
        let (session, _) =
            play(config, 8, |_| vec![0, 1, 2], &[steady(20.0, 4.0), steady(20.0, 4.0), steady(20.0, 4.0)]);
        session.startup_latency().expect("it started").get()
    });
    // A chunk takes 16.8 / 4 + 0.02 s. The original sleeps for a second and waits for five chunks, two of them in turn.
    assert!((startup[0] - (1.01 + 2.0 * 4.214)).abs() < 0.01, "{startup:?}");
    assert!((startup[1] - (0.01 + 4.214)).abs() < 0.01, "{startup:?}");
}

#[test]
fn e13_the_success_rate_is_a_share() {
    let rates = both().map(|config| {
        let (session, _) =
            play(config.clone(), 16, |_| vec![0, 1, 2], &[outage(110.0), outage(110.0), outage(110.0)]);
        let before =
            ChunkScheduler::new(config.clone()).statistics(&NetworkMonitor::new(config)).success_rate;
        (before, session.scheduler.statistics(&session.monitor).success_rate)
    });
    assert_eq!(rates[0], (0.0, -1.6875));
    assert_eq!(rates[1].0, 1.0);
    assert!((0.0..1.0).contains(&rates[1].1), "{rates:?}");
}

#[test]
fn e14_and_e18_a_gap_is_not_level_and_is_asked_for_again() {
    let [original, default] = both().map(|config| {
        let mut b = BufferManager::new(config);
        for sequence in [0, 2, 3] {
            assert!(b.add_chunk(sequence, 1, ()));
        }
        (b.level(S(0.0)).get(), b.next_sequences(2))
    });
    assert_eq!(original, (30.0, vec![4, 5]));
    assert_eq!(default, (10.0, vec![1, 4]));
    // In a session: chunk 7 lives on a node that is down until 150 s.
    let replicas = |i: usize| if i == 7 { vec![2] } else { vec![0, 1] };
    let late = vec![Phase::down(), Phase::steady(S(0.02), mbps(50.0)).from(S(150.0))];
    let plans = [steady(20.0, 50.0), steady(30.0, 45.0), late];
    let [original, default] = both().map(|config| {
        let (session, log) = play(config, 14, replicas, &plans);
        (log.finished, session.buffer.statistics(log.ended))
    });
    assert_eq!((original.0, original.1.total_chunks_played, original.1.rebuffering_events), (false, 7, 0));
    assert_eq!((default.0, default.1.total_chunks_played, default.1.rebuffering_events), (true, 14, 1));
    let stall = default.1.rebuffering[0];
    assert!((stall.start_s + stall.duration_s - S(150.0)).abs() < S(2.5), "{stall:?}");
}

#[test]
fn e16_an_interrupted_buffer_is_empty_or_low_and_not_initializing() {
    let states = both().map(|config| {
        let mut b = BufferManager::new(Config { chunk_duration_sec: S(4.0), ..config });
        b.add_chunk(0, 1, ());
        let before = b.buffer_status(S(0.0)).state;
        b.next_chunk_for_playback(S(0.0));
        b.add_chunk(1, 1, ());
        (before, b.buffer_status(S(4.0)).state)
    });
    assert_eq!(states[0], (BufferState::Initializing, BufferState::Initializing));
    assert_eq!(states[1], (BufferState::Initializing, BufferState::Low));
}

#[test]
fn e17_and_e23_an_interruption_is_one_event_with_its_duration() {
    let [original, default] = both().map(|config| {
        let (session, log) =
            play(config, 16, |_| vec![0, 1, 2], &[outage(110.0), outage(110.0), outage(110.0)]);
        assert!(log.finished);
        (session.buffer.statistics(log.ended), log)
    });
    assert_eq!(original.0.rebuffering_events, 61);
    assert_eq!(default.0.rebuffering_events, 1);
    let stall = default.0.rebuffering[0];
    // Time is conserved: startup, playing and the interruption make the whole.
    let played = S(160.0);
    let startup = default.1.plays[0].1;
    assert!(
        (startup + played + stall.duration_s - default.1.ended).abs() < S(1e-6),
        "{stall:?} {}",
        default.1.ended.get()
    );
    assert!(stall.start_s > S(40.0) && stall.start_s + stall.duration_s < S(113.0), "{stall:?}");
}

#[test]
fn e19_and_e27_what_does_not_fit_is_asked_for_later_and_nothing_is_lost() {
    let small = |config: Config| Config { max_memory_bytes: 5 << 20, ..config };
    let mut b = BufferManager::new(small(Config::v_stack()));
    (0..3).for_each(|i| assert!(b.add_chunk(i, 2 << 20, i)));
    let data: Vec<_> = std::iter::from_fn(|| b.next_chunk_for_playback(S(0.0))).map(|p| p.data).collect();
    assert_eq!(data, [Some(0), Some(1), None], "the original loses what it put on disk");

    let (session, log) =
        play(small(Config::default()), 12, |_| vec![0, 1], &[steady(20.0, 40.0), steady(20.0, 40.0)]);
    assert!(log.finished);
    assert!(session.buffer.on_disk().is_empty());
    // Two chunks of 2 MiB fit; the third waits until one is played.
    let most = log.plays.iter().map(|(_, _, level)| level.get()).fold(0.0, f64::max);
    assert!(most <= 30.0, "{most}");
    assert_eq!(session.buffer.statistics(log.ended).rebuffering_events, 0);
}

#[test]
fn e22_the_buffer_does_not_overshoot_its_target() {
    let [original, default] = both().map(|config| {
        let (_, log) = play(
            config,
            20,
            |_| vec![0, 1, 2],
            &[steady(20.0, 50.0), steady(30.0, 45.0), steady(60.0, 40.0)],
        );
        let levels = log.plays.iter().map(|(_, _, level)| level.get());
        levels.fold(0.0, f64::max)
    });
    // Without the chunk that is being taken out.
    assert_eq!(original, 40.0);
    assert!(default <= 30.0 + 1e-6, "{default}");
}

#[test]
fn the_next_chunk_is_not_late_for_those_behind_it() {
    // One node whose link all requests share: a chunk alone takes 6.7 of its 10 s, two at a time would come too late.
    let node = Phase::steady(S(0.02), mbps(2.5));
    let shown = client::showing(Config::default(), &[node], 12, 0);
    assert!(shown.finished);
    assert_eq!((shown.rebufferings, shown.most_in_flight <= 4), (0, true), "{shown:?}");
}

#[test]
fn e24_playback_resumes_at_the_level_at_which_it_starts() {
    let resumed_with = both().map(|config| {
        let config = Config { start_playback_sec: S(20.0), ..config };
        let (_, log) = play(config, 16, |_| vec![0], &[outage(110.0)]);
        assert!(log.finished);
        let gap = log.plays.windows(2).find(|w| w[1].1 - w[0].1 > S(11.0)).expect("an interruption");
        // Media in hand when playback goes on: the chunk that is taken and what is left.
        gap[1].2.get()
    });
    assert!(resumed_with[1] >= 20.0, "{resumed_with:?}");
}

#[test]
fn every_recorded_session_is_played_to_its_end_without_a_bug() {
    let text = std::fs::read_to_string(fixtures::golden("seeds").join("vstack_session.json"))
        .expect("the recorded sessions");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for case in file["cases"].as_array().expect("cases") {
        let input = &case["input"];
        let urls: Vec<&String> = input["nodes"].as_object().expect("nodes").keys().collect();
        let plans: Vec<Vec<Phase>> = urls
            .iter()
            .map(|url| {
                let phases = input["nodes"][url.as_str()].as_array().expect("phases");
                let phase = |p: &serde_json::Value| match p["down"].as_bool() {
                    Some(true) => Phase::down(),
                    _ => Phase::steady(
                        Seconds::from_millis(p["latency_ms"].as_f64().expect("a latency")),
                        mbps(p["bandwidth_mbps"].as_f64().expect("a bandwidth")),
                    ),
                };
                phases.iter().map(|p| phase(p).from(S(p["from_s"].as_f64().expect("a time")))).collect()
            })
            .collect();
        let replicas = |i: usize| {
            let list = input["replicas_of_chunk"][i].as_array().expect("replicas");
            list.iter().filter_map(|r| urls.iter().position(|u| Some(u.as_str()) == r.as_str())).collect()
        };
        let chunks = input["chunks"].as_u64().expect("chunks") as usize;
        let (session, log) = play(Config::default(), chunks, replicas, &plans);
        let label = &case["label"];
        assert!(log.finished, "{label}");
        let order: Vec<usize> = log.plays.iter().map(|p| p.0).collect();
        assert_eq!(order, (0..chunks).collect::<Vec<_>>(), "{label}: every chunk once, in order");
        assert!(log.most_in_flight <= 4, "{label}");
        // Never more interruptions than the original counted looks, and never a later start.
        let b = session.buffer.statistics(log.ended);
        let recorded = case["output"]["rebuffering_events"].as_u64().unwrap_or(0) as usize;
        assert!(b.rebuffering_events <= recorded.max(1), "{label}: {:?}", b.rebuffering);
        let startup = case["output"]["startup_latency_s"].as_f64().expect("a startup");
        assert!(session.startup_latency().is_some_and(|s| s.get() < startup), "{label}");
        // Wall time is startup, playing and interruptions.
        let stalled: Seconds = b.rebuffering.iter().map(|r| r.duration_s).sum();
        let whole = session.startup_latency().unwrap_or_default() + S(10.0 * chunks as f64) + stalled;
        assert!((whole - log.ended).abs() < S(1e-6), "{label}: {} of {}", whole.get(), log.ended.get());
    }
}
