//! The smart client over real sockets with V-Stack's interface, and everything that goes wrong on the way.
//!
//! Every test plays a video of 10 chunks of half a second, and compares what was handed on with the source, byte by byte.

#![allow(clippy::print_stdout, reason = "one test prints what it measured")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use client::{ClientError, Config, Report, Sink, SmartClient};
use common::{Metadata, Mode, Node, chunks, manifest, sha256, timely};
use units::Seconds;

const CHUNK: f64 = 0.5;
const BYTES: usize = 100_000;

/// Half-second chunks, a buffer of two seconds: as V-Stack's 10 s chunks, twenty times as fast.
fn config(url: &str) -> Config {
    Config {
        metadata_service_url: url.to_string(),
        target_buffer_sec: Seconds::new(2.0),
        low_water_mark_sec: Seconds::new(1.0),
        ping_interval: Seconds::new(0.3),
        ping_timeout: Seconds::new(0.5),
        node_health_timeout: Seconds::new(1.5),
        idle_timeout: Seconds::new(1.0),
        ..Config::default()
    }
}

struct Stage {
    source: BTreeMap<String, Bytes>,
    nodes: Vec<Node>,
    metadata: Metadata,
    client: SmartClient,
    sink: tempfile::NamedTempFile,
}

impl Stage {
    async fn with(count: usize, nodes: usize, rate: usize, change: impl FnOnce(Config) -> Config) -> Stage {
        let source = chunks(count, BYTES);
        let mut all = Vec::new();
        for _ in 0..nodes {
            all.push(Node::start(&source, rate, true).await);
        }
        let metadata = Metadata::start(manifest(&source, &all.iter().collect::<Vec<_>>(), CHUNK)).await;
        let sink = tempfile::NamedTempFile::new().expect("a file");
        let client =
            SmartClient::new(change(config(&metadata.url))).with_sink(Sink::File(sink.path().into()));
        Stage { source, nodes: all, metadata, client, sink }
    }

    async fn new(nodes: usize) -> Stage {
        Stage::with(10, nodes, 1_000_000, |c| c).await
    }

    /// Plays to the end, in bounded time, while something happens.
    async fn play(&self, meanwhile: impl Future<Output = ()>) -> Report {
        let played = tokio::time::timeout(Duration::from_secs(60), self.client.play_video("movie"));
        let (report, ()) = tokio::join!(played, meanwhile);
        let report = report.expect("it ends in time").expect("it can be played");
        assert_eq!(report.incomplete, None);
        self.check(&report);
        report
    }

    /// Nothing is lost, doubled or out of order; time is conserved.
    fn check(&self, report: &Report) {
        let all: Vec<u8> = self.source.values().flat_map(|b| b.to_vec()).collect();
        let got = std::fs::read(self.sink.path()).expect("what was handed on");
        assert_eq!(sha256(&got), sha256(&all), "{} bytes of {}", got.len(), all.len());
        assert_eq!((report.transport.lost, report.transport.duplicated), (0, 0));
        let chunks: usize = report.transport.sources.values().sum();
        assert_eq!(chunks, self.source.len(), "{:?}", report.transport);
        let s = &report.session;
        let sum = s.startup_delay_s + s.played_s + s.stall_time();
        assert!((sum - s.wall_s).abs() < Seconds::new(1e-6), "{} of {}", sum.get(), s.wall_s.get());
        assert!((s.played_s.get() - CHUNK * self.source.len() as f64).abs() < 0.05, "{}", s.played_s.get());
        // The record is one that everything else takes.
        let text = serde_json::to_string(s).expect("JSON");
        qoe::Session::parse("record", &text).expect("a valid record");
    }

    fn rebufferings(&self) -> usize {
        self.client.status().expect("a status").buffer_stats.rebuffering_events
    }
}

async fn later(ms: u64, then: impl FnOnce()) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    then();
}

#[test]
fn good_nodes_play_without_an_interruption() {
    timely("good_nodes_play_without_an_interruption", async || {
        let stage = Stage::new(3).await;
        stage.client.initialize().await.expect("the metadata service is there");
        let report = stage.play(async {}).await;
        assert_eq!(stage.rebufferings(), 0);
        assert!(report.session.startup_delay_s < Seconds::new(2.0));
        assert_eq!((report.transport.failovers, report.transport.retries), (0, 0));
        let status = stage.client.status().expect("a status");
        assert!(!status.playing && status.is_initialized);
        assert_eq!(status.ended.as_deref(), Some("completed"));
        assert_eq!(status.buffer_stats.total_chunks_played, 10);
        assert_eq!(status.chunk_sources.len(), 10);
        let mut text = Vec::new();
        stage.client.print_status(&mut text).expect("memory can be written");
        let text = String::from_utf8(text).expect("text");
        assert_eq!(text.lines().filter(|l| *l == "=".repeat(60)).count(), 3, "{text}");
    });
}

#[test]
fn a_node_that_is_killed_is_left() {
    timely("a_node_that_is_killed_is_left", async || {
        let stage = Stage::with(10, 2, 400_000, |c| c).await;
        let report = stage.play(later(700, || stage.nodes[0].set(Mode::Down))).await;
        assert!(report.transport.sources.contains_key(&stage.nodes[1].url));
        let status = stage.client.status().expect("a status");
        assert!(!status.node_healthy[&stage.nodes[0].url], "{status:?}");
        assert!(status.node_healthy[&stage.nodes[1].url]);
    });
}

#[test]
fn a_node_that_stalls_for_ever_is_overtaken() {
    timely("a_node_that_stalls_for_ever_is_overtaken", async || {
        let stage = Stage::new(2).await;
        stage.nodes[0].set(Mode::Stall);
        let report = stage.play(async {}).await;
        assert_eq!(report.transport.sources.get(&stage.nodes[1].url), Some(&10));
        assert!(report.transport.hedges + report.transport.failovers + report.transport.retries > 0);
    });
}

#[test]
fn a_slow_loris_is_overtaken() {
    timely("a_slow_loris_is_overtaken", async || {
        let stage = Stage::new(2).await;
        stage.nodes[0].set(Mode::Trickle);
        let report = stage.play(async {}).await;
        assert_eq!(report.transport.sources.get(&stage.nodes[1].url), Some(&10));
        assert!(report.transport.hedges > 0, "{:?}", report.transport);
    });
}

#[test]
fn wrong_lengths_and_wrong_bytes_are_refused() {
    timely("wrong_lengths_and_wrong_bytes_are_refused", async || {
        for mode in [Mode::Short, Mode::Corrupt] {
            let stage = Stage::new(2).await;
            stage.nodes[0].set(mode);
            let report = stage.play(async {}).await;
            assert_eq!(report.transport.sources.get(&stage.nodes[1].url), Some(&10), "{mode:?}");
        }
    });
}

#[test]
fn a_storm_of_503_passes() {
    timely("a_storm_of_503_passes", async || {
        let stage = Stage::new(2).await;
        let storm = async {
            for _ in 0..4 {
                stage.nodes.iter().for_each(|n| n.set(Mode::Status(503)));
                tokio::time::sleep(Duration::from_millis(400)).await;
                stage.nodes.iter().for_each(|n| n.set(Mode::Good));
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let report = stage.play(storm).await;
        assert!(report.transport.retries > 0, "{:?}", report.transport);
    });
}

#[test]
fn a_broken_chunk_goes_on_where_it_broke_off() {
    timely("a_broken_chunk_goes_on_where_it_broke_off", async || {
        let stage = Stage::with(10, 1, 400_000, |c| c).await;
        stage.nodes[0].set(Mode::Cut);
        let report = stage.play(later(600, || stage.nodes[0].set(Mode::Good))).await;
        assert!(stage.nodes[0].resumed() > 0);
        // What came before the break was of use.
        let wasted = report.transport.bytes as i64 - (10 * BYTES) as i64;
        assert!(wasted < BYTES as i64 / 4, "{wasted} bytes in vain");
    });
}

#[test]
fn the_metadata_service_may_go_once_the_manifest_is_here() {
    timely("the_metadata_service_may_go_once_the_manifest_is_here", async || {
        let stage = Stage::new(2).await;
        stage.play(later(300, || stage.metadata.stop())).await;
        // And before, it is said that it is gone.
        stage.metadata.stop();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let error = stage.client.play_video("movie").await.expect_err("nobody is there");
        assert!(
            matches!(&error, ClientError::Server { url, .. } if url.contains("/manifest/movie")),
            "{error}"
        );
        assert!(stage.client.initialize().await.is_err());
    });
}

#[test]
fn all_nodes_gone_for_20_s_is_one_interruption() {
    timely("all_nodes_gone_for_20_s_is_one_interruption", async || {
        let stage = Stage::new(3).await;
        let outage = async {
            tokio::time::sleep(Duration::from_millis(1200)).await;
            stage.nodes.iter().for_each(|n| n.set(Mode::Down));
            tokio::time::sleep(Duration::from_secs(20)).await;
            stage.nodes.iter().for_each(|n| n.set(Mode::Good));
        };
        let report = stage.play(outage).await;
        assert_eq!(report.session.stalls.len(), 1, "{:?}", report.session.stalls);
        assert_eq!(stage.rebufferings(), 1);
        // The buffer of two seconds covers its part; coming back takes as long as the pause between two rounds.
        let stalled = report.session.stalls[0].duration_s.get();
        assert!((16.0..23.0).contains(&stalled), "{stalled}");
    });
}

#[test]
fn nothing_for_too_long_ends_with_the_record() {
    timely("nothing_for_too_long_ends_with_the_record", async || {
        let stage = Stage::with(10, 2, 1_000_000, |c| Config { give_up: Seconds::new(2.0), ..c }).await;
        let gone = later(800, || stage.nodes.iter().for_each(|n| n.set(Mode::Down)));
        let (report, ()) = tokio::join!(stage.client.play_video("movie"), gone);
        let report = report.expect("a record all the same");
        assert!(
            report.incomplete.as_deref().is_some_and(|why| why.contains("nothing came")),
            "{:?}",
            report.incomplete
        );
        assert!(!report.session.downloads.is_empty());
        let text = serde_json::to_string(&report.session).expect("JSON");
        qoe::Session::parse("record", &text).expect("a valid record");
    });
}

#[test]
fn at_most_four_are_in_flight_and_stop_stops() {
    timely("at_most_four_are_in_flight_and_stop_stops", async || {
        let stage = Stage::with(40, 3, 100_000, |c| c).await;
        let mut heard = stage.client.feed().listen();
        let most = tokio::spawn(async move {
            let mut most = 0;
            while heard.changed().await.is_ok() {
                let status = heard.borrow().clone().expect("a status");
                most = most.max(status.scheduler_stats.active_downloads);
                if status.ended.is_some() {
                    break;
                }
            }
            most
        });
        let (report, ()) =
            tokio::join!(stage.client.play_video("movie"), later(2500, || stage.client.stop()));
        assert_eq!(report.expect("a record").incomplete.as_deref(), Some("it was stopped"));
        let most = most.await.expect("no panic");
        assert!((2..=4).contains(&most), "{most}");
    });
}

/// Everything that is sent to an address by `POST`, or that is got there by `GET`.
#[test]
fn media_go_to_an_address_that_takes_or_asks() {
    timely("media_go_to_an_address_that_takes_or_asks", async || {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let stage = Stage::new(2).await;
        let all: Vec<u8> = stage.source.values().flat_map(|b| b.to_vec()).collect();
        // A receiver, at its own pace.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let taken = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let to = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let to = to.clone();
                let service =
                    hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                        let to = to.clone();
                        async move {
                            use http_body_util::BodyExt;
                            let body = request.into_body().collect().await?.to_bytes();
                            tokio::time::sleep(Duration::from_millis(150)).await;
                            to.lock().expect("no panic").extend_from_slice(&body);
                            Ok::<_, hyper::Error>(hyper::Response::new(http_body_util::Full::new(
                                Bytes::new(),
                            )))
                        }
                    });
                tokio::spawn(async move {
                    let io = hyper_util::rt::TokioIo::new(stream);
                    let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
                });
            }
        });
        let sink = Sink::parse(&format!("http://{address}")).expect("an address");
        let report =
            stage.client.clone().with_sink(sink).play_video("movie").await.expect("it can be played");
        assert_eq!(report.incomplete, None);
        assert_eq!(sha256(&taken.lock().expect("no panic")), sha256(&all));

        // Nobody there: whoever comes and asks.
        let free = {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            listener.local_addr().expect("an address")
        };
        let sink = Sink::parse(&format!("http://{free}/")).expect("an address");
        let asker = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(800)).await;
            let mut stream = tokio::net::TcpStream::connect(free).await.expect("somebody is there");
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a request");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.expect("media");
            let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
            answer.split_off(head + 4)
        });
        let report =
            stage.client.clone().with_sink(sink).play_video("movie").await.expect("it can be played");
        assert_eq!(report.incomplete, None);
        assert_eq!(sha256(&asker.await.expect("no panic")), sha256(&all));
    });
}

#[test]
fn a_manifest_that_is_none_is_said_so() {
    timely("a_manifest_that_is_none_is_said_so", async || {
        let source = chunks(3, 10);
        let node = Node::start(&source, 1000, true).await;
        for (text, said) in [
            ("<html>".to_string(), "no manifest"),
            (r#"{"chunks":[]}"#.to_string(), "0 chunks"),
            (
                manifest(&source, &[&node], 1.0).replace("\"sequence_num\":1", "\"sequence_num\":2"),
                "missing or doubled",
            ),
            (manifest(&source, &[], 1.0), "no replica"),
        ] {
            let metadata = Metadata::start(text).await;
            let client = SmartClient::new(Config { max_retries: 0, ..config(&metadata.url) });
            let error = client.manifest("movie").await.expect_err("it is no manifest").to_string();
            assert!(error.contains(said), "{error}");
        }
    });
}

#[test]
fn smart_and_naive_really_run_differ_as_in_simulation() {
    timely("smart_and_naive_really_run_differ_as_in_simulation", async || {
        let source = chunks(16, BYTES);
        let mut means = Vec::new();
        for smart in [true, false] {
            // Three nodes of different quality; neither client knows which is which.
            let nodes = [
                Node::start(&source, 250_000, true).await,
                Node::start(&source, 1_500_000, true).await,
                Node::start(&source, 500_000, true).await,
            ];
            let metadata = Metadata::start(manifest(&source, &nodes.iter().collect::<Vec<_>>(), CHUNK)).await;
            let base = config(&metadata.url);
            let config = match smart {
                true => base,
                false => Config { choice: client::Choice::RoundRobin, hedge: false, ..base },
            };
            let report = SmartClient::new(config).play_video("movie").await.expect("it can be played");
            assert_eq!(report.incomplete, None);
            let done: Vec<_> =
                report.session.downloads.iter().filter(|d| d.outcome == qoe::Outcome::Done).collect();
            assert_eq!(done.len(), 16);
            let time: f64 = done.iter().map(|d| (d.finish_s - d.request_s).get()).sum();
            means.push(time / done.len() as f64);
            if !smart {
                let each: Vec<usize> = report.transport.sources.values().copied().collect();
                assert!(each.iter().all(|n| (5..=6).contains(n)), "the naive client takes turns: {each:?}");
            }
        }
        println!("mean time of a download: smart {:.3} s, naive {:.3} s", means[0], means[1]);
        assert!(means[0] < means[1], "{means:?}");
    });
}
