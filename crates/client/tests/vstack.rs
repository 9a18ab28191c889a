//! The smart client under the profile `v-stack` gives the answers that were recorded from the original.
//!
//! `SEGUE_GOLDEN=ROOT cargo test --release -p segue-client --test vstack -- --nocapture` replays every `ROOT/seeds/vstack_*.json`.

#![allow(clippy::print_stdout, reason = "the suite prints what it compared")]

use std::collections::{BTreeMap, BTreeSet};

use client::{
    Average, Behaviour, BufferManager, Chunk, ChunkScheduler, Config, DemoNode, Failure, History,
    NetworkMonitor, Order, Phase, Piece, SmartSession, VirtualNodes, demo, simulate,
};
use serde_json::{Value, json};
use units::{BitRate, Seconds};

/// Counts cases and mismatches, and prints the first of them.
#[derive(Default)]
struct Tally {
    cases: usize,
    mismatches: usize,
}

impl Tally {
    fn check(&mut self, ok: bool, what: impl FnOnce() -> String) {
        self.mismatches += usize::from(!ok);
        if !ok && self.mismatches <= 20 {
            println!("MISMATCH {}", what());
        }
    }

    fn same(&mut self, got: &Value, want: &Value, tolerance: f64, what: &str) {
        self.check(alike(got, want, tolerance), || format!("{what}: got {got}, recorded {want}"));
    }
}

/// Equal, numbers within a tolerance (relative above 1).
fn alike(got: &Value, want: &Value, tolerance: f64) -> bool {
    match (got, want) {
        (Value::Number(_), Value::Number(_)) => {
            let (a, b) = (number(got), number(want));
            a == b || (a - b).abs() <= tolerance * 1f64.max(a.abs()).max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, tolerance))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| alike(v, w, tolerance)))
        }
        _ => got == want,
    }
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("not a number: {v}"))
}

fn numbers(v: &Value) -> Vec<f64> {
    list(v).iter().map(number).collect()
}

fn list(v: &Value) -> &Vec<Value> {
    v.as_array().unwrap_or_else(|| panic!("not a list: {v}"))
}

fn text(v: &Value) -> &str {
    v.as_str().unwrap_or_else(|| panic!("not a text: {v}"))
}

fn fields(v: &Value) -> impl Iterator<Item = (&String, &Value)> {
    v.as_object().unwrap_or_else(|| panic!("not an object: {v}")).iter()
}

fn seconds(v: &Value) -> Seconds {
    Seconds::new(number(v))
}

#[test]
fn every_recorded_answer_is_given() {
    let folder = fixtures::golden("seeds");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|f| f.expect("a directory entry").path())
        .filter(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("vstack_") && name.ends_with(".json")
        })
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{}: no vstack_*.json", folder.display());
    let mut bad = 0;
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut tally = Tally::default();
        match name.as_str() {
            _ if name.starts_with("vstack_scoring") => scoring(&file, &mut tally),
            _ if name.starts_with("vstack_scheduler") => each(&file, &mut tally, scheduler),
            _ if name.starts_with("vstack_buffer") => each(&file, &mut tally, buffer),
            _ if name.starts_with("vstack_session") => each(&file, &mut tally, session),
            _ => panic!("{name}: this kind of file is not known"),
        }
        println!("{name}: {} cases, {} mismatches", tally.cases, tally.mismatches);
        assert!(tally.cases > 0, "{name}: no cases");
        bad += tally.mismatches;
    }
    assert_eq!(bad, 0, "mismatches");
}

fn each(file: &Value, tally: &mut Tally, replay: fn(&Value, &mut Tally)) {
    for case in list(&file["cases"]) {
        tally.cases += 1;
        replay(case, tally);
    }
}

const SCORING: f64 = 1e-8;

fn scoring(file: &Value, tally: &mut Tally) {
    type Part = fn(&Value, &mut Tally);
    let parts: [(&Value, Part); 5] = [
        (&file["node_score"], node_score),
        (&file["monitor_events"], monitor_events),
        (&file["select_best_node"], selection),
        (&file["smart_vs_naive"]["cases"], smart_vs_naive),
        (&file["ewma_reference"]["cases"], ewma),
    ];
    for (cases, replay) in parts {
        for case in cases.as_array().into_iter().flatten() {
            tally.cases += 1;
            replay(case, tally);
        }
    }
}

fn history(node: &Value) -> History {
    History {
        latency_ms: numbers(&node["latency_ms"]),
        bandwidth_mbps: numbers(&node["bandwidth_mbps"]),
        success: numbers(&node["success"]),
        last_good: None,
    }
}

fn node_score(case: &Value, tally: &mut Tally) {
    let mut monitor = NetworkMonitor::new(Config::v_stack());
    monitor.recall("n", &history(&case["input"]));
    tally.same(&json!(monitor.node_score("n")), &case["output"]["score"], SCORING, "node score");
    let stats = monitor.stats(0).map_or(Value::Null, |s| {
        json!({ "latency_ms": s.latency_ms, "bandwidth_mbps": s.bandwidth_mbps, "success_rate": s.success_rate,
            "measurements_count": s.measurements_count })
    });
    tally.same(&stats, &case["output"]["stats"], SCORING, "node stats");
}

fn monitor_events(case: &Value, tally: &mut Tally) {
    let input = &case["input"];
    let config = |timeout: f64| Config {
        history_size: number(&input["history_size"]) as usize,
        node_health_timeout: Seconds::new(timeout),
        ..Config::v_stack()
    };
    let mut monitors = [30.0, 10.0].map(|timeout| NetworkMonitor::new(config(timeout)));
    for (event, want) in list(&input["events"]).iter().zip(list(&case["output"])) {
        let now = seconds(&event["t"]);
        for monitor in &mut monitors {
            let node = monitor.node("n");
            match text(&event["type"]) {
                "ping_ok" => monitor.pinged(node, Some(number(&event["latency_ms"])), now),
                "ping_error" | "ping_timeout" => monitor.pinged(node, None, now),
                "bandwidth" => monitor.update_bandwidth("n", BitRate::from_mbps(number(&event["mbps"]))),
                "advance" => {}
                other => panic!("event {other}"),
            }
        }
        let [m, short] = &monitors;
        let [latencies, bandwidths, successes] = m.counts("n");
        let stats = m.stats(0);
        let shown = |f: fn(&client::NodeStats) -> Option<f64>| stats.as_ref().and_then(f);
        let got = json!({
            "score": m.node_score("n"),
            "avg_latency_ms": shown(|s| Some(s.latency_ms.average)),
            "avg_bandwidth_mbps": shown(|s| s.bandwidth_mbps.average),
            "success_rate": shown(|s| Some(s.success_rate)),
            "n_latency": latencies,
            "n_bandwidth": bandwidths,
            "n_success": successes,
            "healthy_timeout_30s": m.is_node_healthy("n", now),
            "healthy_timeout_10s": short.is_node_healthy("n", now),
        });
        tally.same(&got, want, SCORING, &format!("{} {event}", case["label"]));
    }
}

fn selection(case: &Value, tally: &mut Tally) {
    let (input, want) = (&case["input"], &case["output"]);
    let now = Seconds::new(1e6);
    let timeout = seconds(&input["health_timeout_s"]);
    let config = Config { node_health_timeout: timeout, max_concurrent_downloads: 1000, ..Config::v_stack() };
    let mut monitor = NetworkMonitor::new(config.clone());
    let mut scheduler = ChunkScheduler::new(config);
    for (url, node) in fields(&input["nodes"]) {
        let age = &node["seconds_since_last_good_ping"];
        let last_good = (!age.is_null()).then(|| now - seconds(age));
        monitor.recall(url, &History { last_good, ..history(node) });
        // What is in flight: chunks that only this node has.
        for i in 0..number(&node["active_downloads"]) as usize {
            scheduler.download_chunk(chunk(&format!("{url} {i}"), vec![monitor.node(url)]));
        }
    }
    while scheduler.poll(&monitor, now).is_some() {}
    let replicas: Vec<usize> = list(&input["replicas"]).iter().map(|r| monitor.node(text(r))).collect();
    let selected = scheduler.select_best_node(&monitor, &chunk("c", replicas.clone()), &replicas, now);
    let of_all = |f: &dyn Fn(&str) -> Value| -> Value {
        fields(&input["nodes"])
            .map(|(url, _)| (url.clone(), f(url)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let load = scheduler.statistics(&monitor).node_load;
    let got = json!({
        "selected": selected.map(|n| monitor.url(n)),
        "score": of_all(&|url| json!(monitor.node_score(url))),
        "load_penalty": of_all(&|url| json!(1.0 / (1.0 + 0.2 * load.get(url).copied().unwrap_or(0) as f64))),
        "healthy": of_all(&|url| json!(monitor.is_node_healthy(url, now))),
    });
    for (key, want) in fields(want) {
        tally.same(&got[key], want, SCORING, &format!("{} {key}", case["label"]));
    }
}

fn chunk(id: &str, replicas: Vec<usize>) -> Chunk {
    Chunk { id: id.to_string(), replicas, size: None, deadline: Seconds::INFINITY }
}

fn smart_vs_naive(case: &Value, tally: &mut Tally) {
    let input = &case["input"];
    let nodes: Vec<DemoNode> = fields(&input["conditions"])
        .map(|(_, n)| DemoNode {
            latency_ms: number(&n["latency_ms"]),
            bandwidth_mbps: number(&n["bandwidth_mbps"]),
            loss: number(&n["packet_loss_rate"]),
        })
        .collect();
    for who in ["naive", "smart"] {
        let want = &case["output"][who];
        let mut draws = numbers(&want["loss_draws"]).into_iter();
        let mut draw = || draws.next().expect("a draw for every chunk after the third");
        let chunks = number(&input["chunks"]) as usize;
        let r = demo(&nodes, chunks, number(&input["chunk_size_megabytes"]), who == "smart", &mut draw);
        let mut got = json!({
            "selected_node_index": r.nodes,
            "startup_latency_sec": r.startup_s,
            "failover_count": r.failovers,
            "avg_throughput_mbps": r.throughput_mbps,
            "avg_chunk_download_time_ms": r.mean_download_ms,
        });
        if who == "smart" {
            let urls = fields(&input["conditions"]).map(|(url, _)| url.clone());
            got["node_scores"] = urls
                .zip(&nodes)
                .map(|(url, n)| (url, json!(n.score())))
                .collect::<serde_json::Map<_, _>>()
                .into();
        }
        for (key, got) in fields(&got) {
            // Start-up times are recorded with nine digits.
            tally.same(got, &want[key], 1e-7, &format!("{} {who} {key}", case["label"]));
        }
    }
}

fn ewma(case: &Value, tally: &mut Tally) {
    let average = Average::Ewma(number(&case["input"]["alpha"]));
    let behaviour = Behaviour { average, ..Behaviour::DEFAULT };
    let mut monitor = NetworkMonitor::new(Config { behaviour, ..Config::default() });
    let node = monitor.node("n");
    monitor.pinged(node, Some(1.0), Seconds::ZERO);
    let got: Vec<Option<f64>> = numbers(&case["input"]["samples"])
        .into_iter()
        .map(|x| {
            monitor.update_bandwidth("n", BitRate::from_mbps(x));
            monitor.stats(node).and_then(|s| s.bandwidth_mbps.average)
        })
        .collect();
    tally.same(&json!(got), &case["output"], SCORING, "ewma");
}

fn buffer(case: &Value, tally: &mut Tally) {
    let c = &case["input"]["config"];
    let config = Config {
        target_buffer_sec: seconds(&c["target_buffer_sec"]),
        low_water_mark_sec: seconds(&c["low_water_mark_sec"]),
        chunk_duration_sec: seconds(&c["chunk_duration_sec"]),
        start_playback_sec: seconds(&c["start_playback_sec"]),
        max_memory_bytes: number(&c["max_memory_bytes"]) as u64,
        ..Config::v_stack()
    };
    let mut b = BufferManager::new(config);
    let now = Seconds::ZERO;
    for (op, want) in list(&case["input"]["ops"]).iter().zip(list(&case["output"])) {
        let seq = || number(&op["seq"]) as usize;
        let returned = match text(&op["op"]) {
            "add" => json!(b.add_chunk(seq(), number(&op["size_bytes"]) as u64, ())),
            "play" => json!(b.next_chunk_for_playback(now).map(|p| p.sequence)),
            "next" => json!(b.next_sequences(number(&op["count"]) as usize)),
            "peek" => json!(b.peek()),
            "reset" => {
                b.reset();
                Value::Null
            }
            other => panic!("operation {other}"),
        };
        let (s, n) = (b.buffer_status(now), b.statistics(now));
        let got = json!({
            "returned": returned,
            "level_sec": s.buffer_level_sec,
            "level_chunks": s.buffer_level_chunks,
            "health_percent": s.buffer_health_percent,
            "state": s.state,
            "position": s.current_position,
            "playback_started": s.playback_started,
            "needs_more": s.needs_more_chunks,
            "can_start": s.can_start_playback,
            "healthy": s.is_healthy,
            "memory_bytes": s.memory_usage_bytes,
            "buffered_total": n.total_chunks_buffered,
            "played_total": n.total_chunks_played,
            "rebuffering_events": n.rebuffering_events,
            "on_disk": b.on_disk(),
            "sequence": b.sequences(),
        });
        tally.same(&got, want, 0.0, &format!("{} {op}", case["label"]));
    }
}

/// A node of the recorded scheduler runs answers a request after this time, and how.
fn answer(node: &Value, chunk: &str, bytes: f64, requests: u32, limit: f64) -> (f64, Result<(), Failure>) {
    let latency = number(&node["latency_s"]);
    let fails = node["fail_first"][chunk].as_u64().unwrap_or(0);
    if node["mode"] == "always_fail" || u64::from(requests) <= fails {
        return (latency, Err(Failure::Status(503)));
    }
    let took = latency + bytes * 8.0 / (number(&node["bw_mbps"]) * 1e6);
    if node["mode"] == "hang" || took > limit { (limit, Err(Failure::TimedOut)) } else { (took, Ok(())) }
}

fn scheduler(case: &Value, tally: &mut Tally) {
    const TIME: f64 = 1e-6;
    let (input, want) = (&case["input"], &case["output"]);
    let config = Config {
        max_retries: number(&input["max_retries_per_replica"]) as u32,
        download_timeout: seconds(&input["download_timeout_s"]),
        max_concurrent_downloads: number(&input["max_concurrent_downloads"]) as usize,
        ..Config::v_stack()
    };
    let limit = config.download_timeout.get();
    let mut monitor = NetworkMonitor::new(config.clone());
    let mut scheduler = ChunkScheduler::new(config);
    for (url, node) in fields(&input["nodes"]) {
        let n = monitor.node(url);
        for ping in node["pings"].as_array().into_iter().flatten() {
            monitor.pinged(n, Some(number(ping)), Seconds::ZERO);
        }
    }
    let mut sizes = BTreeMap::new();
    for c in list(&input["chunks"]) {
        sizes.insert(text(&c["chunk_id"]).to_string(), number(&c["size"]));
        let replicas = list(&c["replicas"]).iter().map(|r| monitor.node(text(r))).collect();
        scheduler.download_chunk(chunk(text(&c["chunk_id"]), replicas));
    }
    let mut now = Seconds::ZERO;
    let mut flights: Vec<(Seconds, u64, usize, Result<(), Failure>)> = Vec::new();
    let mut attempts: Vec<Value> = Vec::new();
    let mut order: Vec<(String, Option<usize>, Seconds)> = Vec::new();
    loop {
        while let Some(command) = scheduler.poll(&monitor, now) {
            match command {
                Order::Start(a) => {
                    let url = monitor.url(a.node).to_string();
                    let (time, result) =
                        answer(&input["nodes"][&url], &a.chunk, sizes[&a.chunk], a.number, limit);
                    let end = now + Seconds::new(time);
                    let named = match result {
                        Ok(()) => "ok",
                        Err(Failure::TimedOut) => "timeout",
                        Err(_) => "http_error",
                    };
                    let mut row = json!({ "t_start": now.get(), "chunk": a.chunk, "node": url, "attempt": a.number,
                        "result": named });
                    if result.is_ok() {
                        row["t_end"] = json!(end.get());
                    }
                    flights.push((end, a.id, attempts.len(), result));
                    attempts.push(row);
                }
                Order::Done { chunk, node } => order.push((chunk, node, now)),
                Order::Cancel(_) => panic!("the original never gives a request up"),
            }
        }
        let first = (0..flights.len()).min_by(|&a, &b| flights[a].0.total_cmp(&flights[b].0));
        let next = first.map_or(Seconds::INFINITY, |i| flights[i].0);
        if scheduler.timeout() < next {
            now = scheduler.timeout();
            continue;
        }
        let Some(first) = first else { break };
        let (end, id, row, result) = flights.remove(first);
        now = end;
        let bytes = sizes[text(&attempts[row]["chunk"])] as u64;
        scheduler.ended(id, result.map(|()| bytes).map_err(|f| (f, 0)), &mut monitor, now);
    }
    let label = &case["label"];
    tally.same(&json!(attempts), &want["attempts"], TIME, &format!("{label} attempts"));
    let s = scheduler.statistics(&monitor);
    let got = json!({ "total_downloads": s.total_downloads, "failed_downloads": s.failed_downloads,
        "failover_count": s.failover_count, "success_rate": s.success_rate, "active_downloads": s.active_downloads,
        "node_load": s.node_load, "downloads_per_node": s.downloads_per_node });
    tally.same(&got, &want["statistics"], TIME, &format!("{label} statistics"));
    tally.same(&json!(now.get()), &want["finished_at_s"], TIME, &format!("{label} end"));
    for (name, source) in fields(&want["chunk_source"]) {
        let got = json!(scheduler.chunk_source(&monitor, name));
        tally.same(&got, source, 0.0, &format!("{label} source of {name}"));
    }
    for (name, bytes) in fields(&want["results"]) {
        let got = order.iter().find(|(c, ..)| c == name).and_then(|(c, node, _)| node.map(|_| sizes[c]));
        tally.same(&json!(got), bytes, 0.0, &format!("{label} result of {name}"));
    }
    // The order of completion; chunks that end at one time may stand in any order.
    let ends: BTreeMap<&str, Seconds> = order.iter().map(|(c, _, at)| (c.as_str(), *at)).collect();
    let recorded: Vec<Seconds> = list(&want["result_order"]).iter().map(|c| ends[text(c)]).collect();
    tally.check(
        recorded.len() == order.len() && recorded.is_sorted_by(|a, b| *a <= *b + Seconds::new(TIME)),
        || format!("{label}: the chunks came in another order: {order:?}"),
    );
    for (url, samples) in fields(&want["bandwidth_samples_mbps"]) {
        let got = json!(monitor.bandwidth_history(url));
        tally.same(&got, samples, TIME, &format!("{label} bandwidth of {url}"));
    }
}

/// Whole sessions: counts, sources and shape. Times depend on how often the original looked, so they are compared within the
/// second between two of its looks; nodes that are alike in everything may stand for each other, as ties are decided by the
/// rounding of the original's clock.
fn session(case: &Value, tally: &mut Tally) {
    const LOOK: f64 = 1.0;
    let (input, want) = (&case["input"], &case["output"]);
    let label = &case["label"];
    let c = &input["config"];
    let config = Config {
        ping_interval: seconds(&c["ping_interval"]),
        ping_timeout: seconds(&c["ping_timeout"]),
        node_health_timeout: seconds(&c["node_health_timeout"]),
        history_size: number(&c["history_size"]) as usize,
        max_concurrent_downloads: number(&c["max_concurrent_downloads"]) as usize,
        max_retries: number(&c["max_retries"]) as u32,
        download_timeout: seconds(&c["download_timeout"]),
        target_buffer_sec: seconds(&c["target_buffer_sec"]),
        low_water_mark_sec: seconds(&c["low_water_mark_sec"]),
        chunk_duration_sec: seconds(&c["chunk_duration_sec"]),
        start_playback_sec: seconds(&c["start_playback_sec"]),
        max_memory_bytes: number(&c["max_memory_bytes"]) as u64,
        ..Config::v_stack()
    };
    let bytes = number(&input["chunk_size_bytes"]) as u64;
    let pieces: Vec<Piece> = list(&input["replicas_of_chunk"])
        .iter()
        .enumerate()
        .map(|(i, replicas)| Piece {
            id: format!("vid-chunk-{i:03}"),
            replicas: list(replicas).iter().map(|r| text(r).to_string()).collect(),
            bytes: Some(bytes),
        })
        .collect();
    let plans: Vec<(String, Vec<Phase>)> = fields(&input["nodes"])
        .map(|(url, phases)| {
            let phase = |p: &Value| match p["down"].as_bool() {
                Some(true) => Phase::down().from(seconds(&p["from_s"])),
                _ => Phase::steady(
                    Seconds::from_millis(number(&p["latency_ms"])),
                    BitRate::from_mbps(number(&p["bandwidth_mbps"])),
                )
                .from(seconds(&p["from_s"])),
            };
            (url.clone(), list(phases).iter().map(phase).collect())
        })
        .collect();
    // The kind of a node: which others it cannot be told from.
    let kind =
        |url: &str| fields(&input["nodes"]).find(|(_, p)| **p == input["nodes"][url]).map(|(u, _)| u.clone());
    let sizes = pieces.iter().map(|p| (p.id.clone(), bytes)).collect();
    let total = pieces.len();
    let mut nodes = VirtualNodes::new(plans, sizes, false, config.ping_timeout, 0);
    let manifest = seconds(&input["manifest_fetch_s"]);
    let mut s = SmartSession::new(config, pieces, Seconds::ZERO, manifest);
    let finished = want["finished"] == json!(true);
    // A session that never ended was watched until then.
    let limit = if finished {
        seconds(&want["stopped_at_s"]) + Seconds::new(60.0)
    } else {
        seconds(&want["stopped_at_s"])
    };
    let log = simulate(&mut s, &mut nodes, manifest, limit);
    tally.check(log.finished == finished, || format!("{label}: finished {}", log.finished));

    let plays: Vec<_> = log.plays.iter().map(|(n, _, level)| json!([n, level.get()])).collect();
    let recorded: Vec<_> = list(&want["plays"]).iter().map(|p| json!([p[0], p[2]])).collect();
    tally.same(&json!(plays), &json!(recorded), 1e-9, &format!("{label} plays"));
    let near = |got: f64, want: &Value| (got - number(want)).abs() <= LOOK;
    let startup = s.startup_latency().map_or(f64::NAN, Seconds::get);
    tally.check(near(startup, &want["startup_latency_s"]), || format!("{label}: startup {startup}"));
    tally.check(near(log.ended.get(), &want["stopped_at_s"]), || {
        format!("{label}: ended {}", log.ended.get())
    });
    for ((n, at, _), want) in log.plays.iter().zip(list(&want["plays"])) {
        tally.check(near(at.get(), &want[1]), || {
            format!("{label}: chunk {n} at {}, recorded {}", at.get(), want[1])
        });
    }
    let buffer = s.buffer.statistics(log.ended);
    tally.same(
        &json!(buffer.rebuffering_events),
        &want["rebuffering_events"],
        0.0,
        &format!("{label} rebuffering"),
    );
    tally.same(&json!(buffer.total_chunks_played), &want["chunks_played"], 0.0, &format!("{label} played"));
    tally.check(!finished || buffer.total_chunks_played == total, || format!("{label}: not all played"));

    let counts = s.scheduler.statistics(&s.monitor);
    let w = &want["scheduler"];
    let got = json!([
        counts.total_downloads,
        counts.failed_downloads,
        counts.failover_count,
        counts.success_rate,
        counts.active_downloads
    ]);
    let recorded = json!([
        w["total_downloads"],
        w["failed_downloads"],
        w["failover_count"],
        w["success_rate"],
        w["active_downloads"]
    ]);
    tally.same(&got, &recorded, 1e-9, &format!("{label} scheduler"));
    let kinds = |list: &mut dyn Iterator<Item = (String, u64)>| {
        let mut sums: BTreeMap<Option<String>, u64> = BTreeMap::new();
        list.for_each(|(url, n)| *sums.entry(kind(&url)).or_default() += n);
        sums
    };
    let got = kinds(&mut counts.downloads_per_node.iter().map(|(u, n)| (u.clone(), *n as u64)));
    let recorded =
        kinds(&mut fields(&w["downloads_per_node"]).map(|(u, n)| (u.clone(), n.as_u64().unwrap_or(0))));
    tally.check(got == recorded, || format!("{label}: chunks per node {got:?}, recorded {recorded:?}"));
    for (name, source) in fields(&want["chunk_source"]) {
        let got = s.scheduler.chunk_source(&s.monitor, name).unwrap_or("none");
        tally.check(kind(got) == kind(text(source)), || {
            format!("{label}: {name} from {got}, recorded {source}")
        });
    }
    let sources: BTreeSet<&String> = s.scheduler.chunk_sources().keys().collect();
    tally.check(sources.len() == fields(&want["chunk_source"]).count(), || format!("{label}: {sources:?}"));
    // The shape of the loading: how many requests, and how many of them failed.
    let failed = log.requests.iter().filter(|r| r.3.is_none()).count();
    let rows = list(&want["downloads"]);
    let recorded = rows.iter().filter(|r| r[3].is_null()).count();
    tally.check((log.requests.len(), failed) == (rows.len(), recorded), || {
        format!(
            "{label}: {} requests, {failed} failed; recorded {}, {recorded}",
            log.requests.len(),
            rows.len()
        )
    });
    for (url, score) in fields(&want["node_scores_at_end"]) {
        let twin = fields(&want["node_scores_at_end"]).any(|(u, _)| u != url && kind(u) == kind(url));
        let got = json!(s.monitor.node_score(url));
        tally.check(twin || alike(&got, score, 1e-6), || {
            format!("{label}: score of {url} {got}, recorded {score}")
        });
    }
}
