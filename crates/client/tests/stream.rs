//! The sans-IO player over real sockets, against our own origin and its faults: DASH and HLS, one origin and several.

#![allow(clippy::print_stdout, reason = "the suite prints how near it is to the simulation")]

mod common;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use client::{ClientError, Config, Feed, Report, Sink, Streaming};
use common::{get, timely};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use media::{Availability, Ladder, Live, Video};
use origin::{Content, Fault, Origin};
use player::Options;
use qoe::{Outcome, Session};
use units::Seconds;

const SEGMENT: f64 = 1.0;
const SEGMENTS: usize = 8;

fn video() -> Video {
    let ladder = Ladder::from_kbps(&[300.0, 800.0, 2000.0]).expect("a ladder");
    let total = Seconds::new(SEGMENT * SEGMENTS as f64);
    Video::constant_bitrate("talk", ladder, Seconds::new(SEGMENT), total).expect("a video")
}

async fn origin(faults: &[&str]) -> Origin {
    let mut config = origin::Config::new(Content::Video(video()));
    config.faults = faults.iter().map(|f| Fault::parse(f).expect("a fault")).collect();
    Origin::start(config).await.expect("an origin")
}

fn streaming(urls: Vec<String>, sink: Sink) -> Streaming {
    let mut player = Options { capacity: Seconds::new(3.0), ..Options::default() };
    (player.buffer.start, player.buffer.resume) = (Seconds::new(1.0), Seconds::new(1.0));
    Streaming {
        urls,
        rule: abr::rule("throughput").expect("a rule"),
        player,
        config: Config {
            ping_interval: Seconds::new(0.3),
            ping_timeout: Seconds::new(0.5),
            node_health_timeout: Seconds::new(1.5),
            idle_timeout: Seconds::new(1.0),
            give_up: Seconds::new(30.0),
            ..Config::default()
        },
        sink,
        feed: Feed::default(),
        limit: None,
    }
}

/// Plays in bounded time, and hands the media back.
async fn play(urls: Vec<String>) -> (Report, Vec<u8>) {
    let sink = tempfile::NamedTempFile::new().expect("a file");
    let played = streaming(urls, Sink::File(sink.path().into())).play();
    let report = tokio::time::timeout(Duration::from_secs(60), played).await.expect("it ends in time");
    let report = report.expect("it can be played");
    (report, std::fs::read(sink.path()).expect("what was handed on"))
}

/// What a player of these decisions is given: the initialization segment at every change of the rung, and every segment.
fn expected(origin: &str, session: &Session) -> Vec<u8> {
    let mut all = Vec::new();
    let mut level = None;
    for d in session.downloads.iter().filter(|d| d.outcome == Outcome::Done) {
        if level.replace(d.level) != Some(d.level) {
            all.extend(get(origin, "/init.mp4"));
        }
        all.extend(get(origin, &format!("/s/{}/{}.m4s", d.level, d.index)));
    }
    all
}

/// Every segment once and in order, byte by byte; a record that everything else takes, in which time is conserved.
async fn check(report: &Report, media: &[u8]) {
    assert_eq!(report.incomplete, None);
    let s = &report.session;
    let done: Vec<usize> =
        s.downloads.iter().filter(|d| d.outcome == Outcome::Done).map(|d| d.index).collect();
    assert_eq!(done, (0..SEGMENTS).collect::<Vec<_>>());
    assert_eq!((report.transport.lost, report.transport.duplicated), (0, 0));
    let clean = origin(&[]).await;
    let (url, session) = (clean.url(), s.clone());
    let expected = tokio::task::spawn_blocking(move || expected(&url, &session)).await.expect("no panic");
    assert!(media == expected, "{} bytes handed on, {} expected", media.len(), expected.len());
    let sum = s.startup_delay_s + s.played_s + s.stall_time();
    assert!((sum - s.wall_s).abs() < Seconds::new(1e-6), "{} of {}", sum.get(), s.wall_s.get());
    assert!((s.played_s.get() - SEGMENT * SEGMENTS as f64).abs() < 1e-6, "{}", s.played_s.get());
    Session::parse("record", &serde_json::to_string(s).expect("JSON")).expect("a valid record");
    clean.stop().await;
}

#[test]
fn dash_and_hls_play_from_an_origin() {
    timely("dash_and_hls_play_from_an_origin", async || {
        let origin = origin(&[]).await;
        for path in ["", "/manifest.mpd", "/master.m3u8"] {
            let url = format!("{}{path}", origin.url());
            let (report, media) = play(vec![url.clone()]).await;
            check(&report, &media).await;
            assert!(report.session.stalls.is_empty(), "{path}: {:?}", report.session.stalls);
            assert!(report.session.startup_delay_s < Seconds::new(1.0));
            assert_eq!(report.transport.sources, [(url, SEGMENTS)].into());
            // Sizes are the server's, not guesses.
            let found = report.video.as_ref().expect("a video");
            assert_eq!(
                (found.size(3, 1), found.segments(), found.ladder().len()),
                (video().size(3, 1), SEGMENTS, 3)
            );
            let bytes: f64 = report.session.downloads.iter().map(|d| d.received_bits.bytes()).sum();
            assert_eq!(report.transport.bytes as f64, bytes);
        }
        origin.stop().await;
    });
}

#[test]
fn what_one_replica_does_wrong_another_mends() {
    timely("what_one_replica_does_wrong_another_mends", async || {
        let faults =
            ["kill", "stall", "slow", "length", "length:factor=1.5", "error:share=0.7", "error:status=500"];
        let mut all = tokio::task::JoinSet::new();
        for fault in faults {
            all.spawn(async move {
                let (bad, good) = (origin(&[fault]).await, origin(&[]).await);
                let (report, media) = play(vec![bad.url(), good.url()]).await;
                check(&report, &media).await;
                let from_good = report.transport.sources.get(&good.url()).copied().unwrap_or(0);
                assert!(from_good > 0, "{fault}: {:?}", report.transport);
                bad.stop().await;
                good.stop().await;
            });
        }
        all.join_all().await;
    });
}

#[test]
fn a_single_origin_that_breaks_off_is_asked_for_the_rest() {
    timely("a_single_origin_that_breaks_off_is_asked_for_the_rest", async || {
        let origin = origin(&["kill:share=0.5,seed=1"]).await;
        let (report, media) = play(vec![origin.url()]).await;
        check(&report, &media).await;
        assert!(report.transport.retries > 0, "{:?}", report.transport);
        // Hardly anything was fetched twice.
        let size: f64 = report.session.downloads.iter().map(|d| d.size_bits.bytes()).sum();
        assert!(report.transport.bytes as f64 <= size * 1.1, "{} of {size}", report.transport.bytes);
        origin.stop().await;
    });
}

#[test]
fn an_outage_is_one_interruption() {
    timely("an_outage_is_one_interruption", async || {
        let origin = origin(&["refuse:from=2,until=8"]).await;
        let (report, media) = play(vec![origin.url()]).await;
        check(&report, &media).await;
        assert_eq!(report.session.stalls.len(), 1, "{:?}", report.session.stalls);
        assert!(report.session.stalls[0].duration_s > Seconds::new(1.0));
        origin.stop().await;
    });
}

#[test]
fn an_origin_that_goes_for_good_ends_with_the_record() {
    timely("an_origin_that_goes_for_good_ends_with_the_record", async || {
        let origin = origin(&["refuse:from=2"]).await;
        let mut streaming = streaming(vec![origin.url()], Sink::None);
        streaming.config.give_up = Seconds::new(2.0);
        let report = tokio::time::timeout(Duration::from_secs(30), streaming.play()).await.expect("in time");
        let report = report.expect("a record all the same");
        assert!(
            report.incomplete.as_deref().is_some_and(|why| why.contains("nothing came")),
            "{:?}",
            report.incomplete
        );
        Session::parse("record", &serde_json::to_string(&report.session).expect("JSON"))
            .expect("a valid record");
        assert!(report.session.played_s > Seconds::ZERO);
        origin.stop().await;
    });
}

#[test]
fn what_is_no_manifest_is_said_so() {
    timely("what_is_no_manifest_is_said_so", async || {
        let origin = origin(&[]).await;
        for (url, kind) in [
            (format!("{}/nothing.mpd", origin.url()), "404"),
            (format!("{}/init.mp4", origin.url()), "init.mp4"),
            ("ftp://127.0.0.1/manifest.mpd".to_string(), "no URL"),
            ("http://127.0.0.1:9/manifest.mpd".to_string(), "refused"),
        ] {
            let error = streaming(vec![url.clone()], Sink::None).play().await.expect_err("it is none");
            let text = error.to_string();
            assert!(text.to_lowercase().contains(&kind.to_lowercase()), "{text}");
            assert!(matches!(
                error,
                ClientError::Input { .. } | ClientError::Server { .. } | ClientError::Manifest { .. }
            ));
        }
        origin.stop().await;
    });
}

#[test]
fn on_a_constant_link_reality_decides_as_the_simulation() {
    timely("on_a_constant_link_reality_decides_as_the_simulation", async || {
        let link = |rate: f64| {
            netmodel::Trace::steps("link", &[(100.0, rate)], Seconds::from_millis(20.0)).expect("a trace")
        };
        let mut config = origin::Config::new(Content::Video(video()));
        let trace = std::sync::Arc::new(link(1.5));
        let options = netmodel::LinkOptions::default();
        let shaping = trace.clone();
        config.shape = origin::Shape::Origin(std::sync::Arc::new(move |seed| {
            Ok(netmodel::impair::link(shaping.clone(), options, &[], seed)?.into_channel())
        }));
        let origin = Origin::start(config).await.expect("an origin");
        let streaming = streaming(vec![origin.url()], Sink::None);
        let profile =
            sim::Profile { player: streaming.player.clone(), ..sim::profile("default").expect("a profile") };
        let report = streaming.play().await.expect("it can be played");
        let simulated = sim::session(&trace, &video(), "throughput", &profile, 0).expect("a session");
        let levels = |s: &Session| s.played_segments().iter().map(|p| p.level).collect::<Vec<_>>();
        println!("real      {:?}\nsimulated {:?}", levels(&report.session), levels(&simulated));
        assert_eq!(levels(&report.session), levels(&simulated));
        assert_eq!(report.session.stalls.len(), simulated.stalls.len());
        origin.stop().await;
    });
}

/// A live event that has been going for a while, in segments of so many seconds and chunks; and what it is asked.
async fn event(
    segments: (usize, f64),
    chunks: usize,
    join: f64,
    latency: Option<f64>,
) -> (Origin, Arc<Mutex<Vec<origin::Served>>>) {
    let ladder = Ladder::from_kbps(&[300.0, 800.0]).expect("a ladder");
    let (count, length) = segments;
    let (segment, total) = (Seconds::new(length), Seconds::new(count as f64 * length));
    let video = Video::constant_bitrate("event", ladder, segment, total).expect("a video");
    let video =
        video.with_availability(Availability::Live(Live { join: Seconds::new(join), ..Live::default() }));
    let latency = latency.map(Seconds::new);
    let mut config = origin::Config::new(Content::Live { video, chunks, latency });
    let asked = Arc::new(Mutex::new(Vec::new()));
    let all = asked.clone();
    config.log = origin::Log::new(move |served| all.lock().expect("no panic").push(served.clone()));
    (Origin::start(config).await.expect("an origin"), asked)
}

/// Joins a live event, and checks what has to hold of any: the segments from `first` to the last, in order, each once and whole,
/// none asked for before it exists. Tells how far behind the viewer was in the end.
async fn joined(
    origin: &Origin,
    path: &str,
    asked: &Mutex<Vec<origin::Served>>,
    first: usize,
    end: usize,
) -> (Report, f64) {
    let (report, media) = play(vec![format!("{}{path}", origin.url())]).await;
    assert_eq!(report.incomplete, None);
    let done = report.session.downloads.iter().filter(|d| d.outcome == Outcome::Done);
    let done: Vec<usize> = done.map(|d| d.index).collect();
    assert_eq!(done, (first..end).collect::<Vec<_>>());
    let t = &report.transport;
    assert_eq!((t.lost, t.duplicated, t.retries), (0, 0, 0));
    let refused: Vec<_> =
        asked.lock().expect("no panic").iter().filter(|s| s.status >= 400).cloned().collect();
    // A player that knows no paths asks for pings, which an origin without V-Stack's clients answers all the same.
    assert!(refused.is_empty(), "{refused:?}");
    let (url, session) = (origin.url(), report.session.clone());
    let expected = tokio::task::spawn_blocking(move || expected(&url, &session)).await.expect("no panic");
    assert!(media == expected, "{} bytes handed on, {} expected", media.len(), expected.len());
    let line = report.live.as_ref().expect("a live event").line();
    let last = *line.last().expect("it was played");
    println!(
        "first frame after {:.3} s, {:.3} s behind",
        report.session.startup_delay_s.get(),
        last.latency_s.get()
    );
    (report, last.latency_s.get())
}

#[test]
fn a_live_event_is_joined_behind_its_edge() {
    timely("a_live_event_is_joined_behind_its_edge", async || {
        // 5 s in segments of 0.5 s, joined after 2.6 s; players are told to be two segments behind.
        let (origin, asked) = event((10, 0.5), 1, 2.6, None).await;
        let (_, behind) = joined(&origin, "", &asked, 3, 10).await;
        // It begins with the segment in which the target lies, as soon as it is there.
        assert!((1.1..1.8).contains(&behind), "{behind} s");
        origin.stop().await;
    });
}

#[test]
fn chunks_bring_a_viewer_nearer_than_a_segment() {
    timely("chunks_bring_a_viewer_nearer_than_a_segment", async || {
        // Segments of 2 s in chunks of 0.5 s: who waits for whole segments is at least 2 s behind.
        let (origin, asked) = event((3, 2.0), 4, 3.52, Some(1.5)).await;
        let (_, behind) = joined(&origin, "", &asked, 1, 3).await;
        assert!((1.5..2.0).contains(&behind), "{behind} s");
        origin.stop().await;
    });
}

/// What a record says of its requests for playlists: level, when they were made, and when they were over.
fn playlists(session: &Session) -> Vec<(usize, f64, f64)> {
    let of_kind = |o: &&qoe::OtherRequest| o.kind == qoe::RequestKind::Playlist;
    let row = |o: &qoe::OtherRequest| (o.level, o.request_s.get(), o.finish_s.get());
    session.others.iter().filter(of_kind).map(row).collect()
}

#[test]
fn a_live_event_of_hls_is_joined_behind_the_end_of_its_playlist() {
    timely("a_live_event_of_hls_is_joined_behind_the_end_of_its_playlist", async || {
        // 8 s in segments of 1 s, joined after 5.5 s: five are listed, and players are to begin three target durations before the end.
        let (origin, asked) = event((8, 1.0), 1, 5.5, None).await;
        let (report, behind) = joined(&origin, "/master.m3u8", &asked, 2, 8).await;
        // The end of the list was half a second old, by its date.
        assert!((2.9..4.2).contains(&behind), "{behind} s");
        let loads = playlists(&report.session);
        println!("playlists {loads:.2?}");
        // Five changes in 2.5 s: none is asked for before half of the target duration has passed, and it ends.
        assert!((2..=8).contains(&loads.len()), "{loads:?}");
        assert!(loads.windows(2).all(|w| w[1].0 != w[0].0 || w[1].1 - w[0].1 >= 0.5 - 1e-6), "{loads:?}");
        assert_eq!(report.session.latencies.len(), 6);
        origin.stop().await;
    });
}

#[test]
fn parts_of_hls_bring_a_viewer_as_near_as_the_playlist_says() {
    timely("parts_of_hls_bring_a_viewer_as_near_as_the_playlist_says", async || {
        // Segments of 2 s in parts of 0.5 s, joined after 5.75 s: three parts before the end of the list, which is a quarter of a second old,
        // a segment begins.
        let (origin, asked) = event((6, 2.0), 4, 5.75, Some(1.5)).await;
        let (report, behind) = joined(&origin, "/master.m3u8", &asked, 2, 6).await;
        assert!((1.5..2.1).contains(&behind), "{behind} s");
        assert!(report.session.stalls.is_empty(), "{:?}", report.session.stalls);
        let asked = asked.lock().expect("no panic").clone();
        let with = |what: &str| asked.iter().filter(|s| s.path.contains(what)).count();
        // Nearly all of it came in parts, each once; a list was asked for per part, and held.
        let parts: Vec<&str> =
            asked.iter().map(|s| s.path.as_str()).filter(|p| p.matches('.').count() == 2).collect();
        let mut once = parts.clone();
        once.sort_unstable();
        once.dedup();
        println!("{behind:.3} s behind, {} parts, {} held reloads", parts.len(), with("_HLS_msn="));
        assert!(parts.len() == once.len() && parts.len() >= 12, "{parts:?}");
        assert!((12..=20).contains(&with("_HLS_msn=")), "{asked:?}");
        origin.stop().await;
    });
}

/// One level, then the other.
struct InTurn;

impl abr::AbrStrategy for InTurn {
    fn decide(&mut self, view: &abr::PlayerView<'_>) -> abr::Decision {
        abr::Decision::fetch(view.segment % 2)
    }
}

#[test]
fn levels_are_switched_in_the_middle_of_held_reloads() {
    timely("levels_are_switched_in_the_middle_of_held_reloads", async || {
        // Segments of 1 s in parts of 0.25 s.
        let (origin, asked) = event((8, 1.0), 4, 3.05, Some(1.0)).await;
        let sink = tempfile::NamedTempFile::new().expect("a file");
        let url = format!("{}/master.m3u8", origin.url());
        let streaming =
            Streaming { rule: Box::new(InTurn), ..streaming(vec![url], Sink::File(sink.path().into())) };
        let report = tokio::time::timeout(Duration::from_secs(60), streaming.play()).await.expect("in time");
        let report = report.expect("it can be played");
        let done = report.session.downloads.iter().filter(|d| d.outcome == Outcome::Done);
        let done: Vec<(usize, usize)> = done.map(|d| (d.index, d.level)).collect();
        assert_eq!(done, (2..8).map(|k| (k, k % 2)).collect::<Vec<_>>());
        let (url, session) = (origin.url(), report.session.clone());
        let expected = tokio::task::spawn_blocking(move || expected(&url, &session)).await.expect("no panic");
        assert!(std::fs::read(sink.path()).expect("what was handed on") == expected);
        let last = report.live.as_ref().expect("a live event").line().last().map(|p| p.latency_s.get());
        println!("{last:?} s behind, stalls {:?}", report.session.stalls);
        assert!(last.is_some_and(|l| (1.0..1.5).contains(&l)), "{last:?}");
        assert!(report.session.stalls.is_empty(), "{:?}", report.session.stalls);
        assert!(asked.lock().expect("no panic").iter().all(|s| s.status < 400));
        origin.stop().await;
    });
}

/// A DASH manifest with two locations, of which `beta` is the one to begin with.
fn two_locations([a, b]: [&str; 2]) -> String {
    format!(
        r#"<MPD type="static" mediaPresentationDuration="PT8S"><BaseURL serviceLocation="alpha">{a}/</BaseURL>
        <BaseURL serviceLocation="beta">{b}/</BaseURL><ContentSteering defaultServiceLocation="beta">steer?session=1</ContentSteering>
        <Period><AdaptationSet mimeType="video/mp4"><SegmentTemplate duration="1" startNumber="0" initialization="init.mp4"
        media="s/$RepresentationID$/$Number$.m4s"/><Representation id="0" bandwidth="300000"/><Representation id="1" bandwidth="800000"/>
        <Representation id="2" bandwidth="2000000"/></AdaptationSet></Period></MPD>"#
    )
}

/// The same as a playlist of HLS, with a third pathway that nobody serves.
fn two_pathways([a, b]: [&str; 2]) -> String {
    let mut playlist =
        "#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"steer?session=1\",PATHWAY-ID=\"beta\"\n".to_string();
    for (pathway, at) in [("alpha", a), ("gone", "http://127.0.0.1:1"), ("beta", b)] {
        for (level, rate) in [300_000, 800_000, 2_000_000].iter().enumerate() {
            playlist +=
                &format!("#EXT-X-STREAM-INF:BANDWIDTH={rate},PATHWAY-ID=\"{pathway}\"\n{at}/r{level}.m3u8\n");
        }
    }
    playlist
}

/// A server of one manifest with two locations, and of the steering between them: `second` from its second answer on.
async fn steered(
    name: &'static str,
    manifest: String,
    second: &'static str,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}{name}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let all = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (manifest, asked) = (manifest.clone(), all.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let uri = request.uri().clone();
                let (status, body) = match uri.path() {
                    path if path == name => (200, manifest.clone()),
                    "/steer" => {
                        let mut asked = asked.lock().expect("no panic");
                        asked.push(uri.query().unwrap_or_default().to_string());
                        let first = if asked.len() > 1 { second } else { "beta" };
                        (
                            200,
                            format!(
                                r#"{{"VERSION":1,"TTL":1,"PATHWAY-PRIORITY":["{first}","alpha","beta"]}}"#
                            ),
                        )
                    }
                    _ => (404, String::new()),
                };
                let answer = Response::builder().status(status).body(Full::new(Bytes::from(body)));
                async move { Ok::<_, Infallible>(answer.expect("an answer")) }
            });
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    (url, asked)
}

/// The nodes that the segments came from, in their order.
fn nodes(report: &Report) -> Vec<usize> {
    report.session.downloads.iter().filter(|d| d.outcome == Outcome::Done).map(|d| d.source).collect()
}

#[test]
fn a_steering_server_says_where_segments_come_from() {
    timely("a_steering_server_says_where_segments_come_from", async || {
        let (alpha, beta) = (origin(&[]).await, origin(&[]).await);
        let manifest = two_locations([&alpha.url(), &beta.url()]);
        let (url, asked) = steered("/steered.mpd", manifest, "alpha").await;
        let (report, media) = play(vec![url]).await;
        check(&report, &media).await;
        // It begins with beta, node 0, and goes to alpha after the second answer, which comes after a second.
        let nodes = nodes(&report);
        assert!(nodes[0] == 0 && nodes[SEGMENTS - 1] == 1 && nodes.is_sorted(), "{nodes:?}");
        let asked = asked.lock().expect("no panic").clone();
        assert!(asked[0].starts_with("session=1&_DASH_pathway=%22beta%22"), "{asked:?}");
        let last = asked.last().expect("asked");
        assert!(last.contains("_DASH_pathway=%22alpha%22&_DASH_throughput="), "{asked:?}");
        assert!(asked.iter().all(|a| !a.ends_with('=')), "{asked:?}");
        alpha.stop().await;
        beta.stop().await;
    });
}

#[test]
fn a_location_that_fails_is_left_whatever_the_server_says() {
    timely("a_location_that_fails_is_left_whatever_the_server_says", async || {
        let (alpha, beta) = (origin(&[]).await, origin(&["refuse:from=1"]).await);
        let (url, _) = steered("/steered.mpd", two_locations([&alpha.url(), &beta.url()]), "beta").await;
        let (report, media) = play(vec![url]).await;
        check(&report, &media).await;
        assert_eq!(nodes(&report).last(), Some(&1));
        alpha.stop().await;
        beta.stop().await;
    });
}

#[test]
fn pathways_of_hls_are_steered_as_locations_of_dash_are() {
    timely("pathways_of_hls_are_steered_as_locations_of_dash_are", async || {
        let (alpha, beta) = (origin(&[]).await, origin(&[]).await);
        let manifest = two_pathways([&alpha.url(), &beta.url()]);
        let (url, asked) = steered("/steered.m3u8", manifest, "alpha").await;
        let (report, media) = play(vec![url]).await;
        check(&report, &media).await;
        let nodes = nodes(&report);
        assert!(nodes[0] == 0 && nodes[SEGMENTS - 1] == 1 && nodes.is_sorted(), "{nodes:?}");
        // What nobody serves is no pathway.
        let hosts: Vec<String> = [&beta, &alpha].iter().map(|o| format!("{}/", o.url())).collect();
        assert_eq!(report.nodes, hosts);
        let asked = asked.lock().expect("no panic").clone();
        assert_eq!(asked[0], "session=1&_HLS_pathway=beta");
        assert!(asked.iter().any(|a| a.contains("_HLS_pathway=alpha&_HLS_throughput=")), "{asked:?}");
        alpha.stop().await;
        beta.stop().await;
    });
}

#[test]
fn what_the_server_suggests_caps_the_rung_and_is_in_the_report() {
    timely("what_the_server_suggests_caps_the_rung_and_is_in_the_report", async || {
        let mut config = origin::Config::new(Content::Video(video()));
        config.max_bitrate = Some(units::BitRate::from_kbps(900.0));
        config.id = Some("node-7".to_string());
        let origin = Origin::start(config).await.expect("an origin");
        let (report, media) = play(vec![origin.url()]).await;
        check(&report, &media).await;
        let levels: Vec<usize> = report.session.downloads.iter().map(|d| d.level).collect();
        // Unshaped, it would be the highest from the second segment on.
        assert_eq!(levels, [0, 1, 1, 1, 1, 1, 1, 1]);
        let told = &report.transport.cmsd[&origin.url()];
        assert_eq!((told.server.as_deref(), told.mb_kbps), (Some("node-7"), Some(900.0)));
        assert_eq!((told.etp_kbps, told.duress), (None, false));
        let of_object: Vec<(&str, &str)> =
            told.of_object.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(of_object, [("br", "800"), ("d", "1000"), ("ot", "v"), ("st", "v")]);
        origin.stop().await;
    });
}
