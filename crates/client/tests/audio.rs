//! Sound beside the picture, over real sockets: DASH and HLS on demand, and DASH live.

mod common;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Config, Feed, Report, Sink, Streaming};
use common::{get, timely};
use media::{Audio, Availability, Ladder, Live, Video};
use origin::{Content, Origin, Served};
use player::Options;
use qoe::{MediaTrack, Outcome, RequestKind, Session};
use units::Seconds;

/// Eight seconds: a picture in segments of 1 s, and sound in segments of 1.6 s.
fn video() -> Video {
    let of = |name, kbps: &[f64], segment| {
        let ladder = Ladder::from_kbps(kbps).expect("a ladder");
        Video::constant_bitrate(name, ladder, Seconds::new(segment), Seconds::new(8.0)).expect("a video")
    };
    let sound = Audio { language: None, track: of("sound", &[64.0], 1.6) };
    of("talk", &[300.0, 800.0], 1.0).with_audio(vec![sound])
}

/// An origin, and what it is asked.
async fn origin(content: Content) -> (Origin, Arc<Mutex<Vec<Served>>>) {
    let mut config = origin::Config::new(content);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let all = asked.clone();
    config.log = origin::Log::new(move |served| all.lock().expect("no panic").push(served.clone()));
    (Origin::start(config).await.expect("an origin"), asked)
}

async fn play(url: String, sink: &Path) -> Report {
    let mut player = Options { capacity: Seconds::new(4.0), ..Options::default() };
    (player.buffer.start, player.buffer.resume) = (Seconds::new(1.0), Seconds::new(1.0));
    let streaming = Streaming {
        urls: vec![url],
        rule: abr::rule("throughput").expect("a rule"),
        player,
        config: Config { give_up: Seconds::new(20.0), ..Config::default() },
        sink: Sink::File(sink.into()),
        feed: Feed::default(),
        limit: None,
    };
    let report = tokio::time::timeout(Duration::from_secs(60), streaming.play()).await.expect("in time");
    let report = report.expect("it can be played");
    assert_eq!(report.incomplete, None);
    assert_eq!((report.transport.lost, report.transport.duplicated), (0, 0));
    let text = serde_json::to_string(&report.session).expect("JSON");
    Session::parse("record", &text).expect("a valid record");
    report
}

/// The segments of the sound, in the order in which they came.
fn heard(report: &Report) -> Vec<usize> {
    let sound = |o: &&qoe::OtherRequest| {
        (o.track, o.kind, o.outcome) == (MediaTrack::Audio, RequestKind::Media, Outcome::Done)
    };
    report.session.others.iter().filter(sound).map(|o| o.index).collect()
}

/// What a file has, against segments of an origin in their order behind an initialization segment.
async fn check(file: &Path, origin: &Origin, init: &str, segments: Vec<String>) {
    let (url, paths) = (origin.url(), [vec![init.to_string()], segments].concat());
    let fetched = move || paths.iter().flat_map(|path| get(&url, path)).collect::<Vec<u8>>();
    let expected = tokio::task::spawn_blocking(fetched).await.expect("no panic");
    let found = std::fs::read(file).expect("what was handed on");
    assert!(found == expected, "{}: {} bytes, {} expected", file.display(), found.len(), expected.len());
}

#[test]
fn picture_and_sound_come_and_are_handed_on_apart() {
    timely("picture_and_sound_come_and_are_handed_on_apart", async || {
        for path in ["/manifest.mpd", "/master.m3u8"] {
            let (origin, asked) = origin(Content::Video(video())).await;
            let folder = tempfile::tempdir().expect("a folder");
            let report = play(format!("{}{path}", origin.url()), &folder.path().join("talk.mp4")).await;
            assert_eq!(heard(&report), [0, 1, 2, 3, 4], "{path}");
            let played = report.session.played_segments();
            assert_eq!(played.len(), 8);
            assert!((report.session.played_s - Seconds::new(8.0)).abs() < Seconds::new(1e-6));
            assert!(report.session.stalls.is_empty(), "{:?}", report.session.stalls);
            // Neither runs away from the other: with 4 s of room the last sound is asked for when 3 s have been played.
            let last = report.session.others.iter().map(|o| o.request_s.get()).fold(0.0, f64::max);
            assert!((2.5..8.0).contains(&last), "{:?}", report.session.others);
            let sound = (0..5).map(|k| format!("/a/{k}.m4s")).collect();
            check(&folder.path().join("talk.audio.mp4"), &origin, "/a/init.mp4", sound).await;
            let levels: Vec<usize> = played.iter().map(|p| p.level).collect();
            assert!(levels[0] == 0 && levels[1..].iter().all(|l| *l == 1), "{levels:?}");
            // All sizes were told by the server, so that the record has what came.
            let found = report.video.as_ref().expect("a video").audio()[0].track.clone();
            assert_eq!((found.size(0, 0), found.segments()), (video().audio()[0].track.size(0, 0), 5));
            let asked = asked.lock().expect("no panic").clone();
            for served in asked.iter().filter(|s| s.method == "GET" && s.path.ends_with(".m4s")) {
                let Some(cmcd) = &served.cmcd else { continue };
                let kind = if served.path.starts_with("/a/") { "br=64,d=1600,ot=a,tb=64" } else { "ot=v" };
                assert!(cmcd.contains(kind) || served.path == "/a/4.m4s", "{}: {cmcd}", served.path);
            }
            origin.stop().await;
        }
    });
}

#[test]
fn a_live_event_is_seen_and_heard() {
    timely("a_live_event_is_seen_and_heard", async || {
        let live = Live { join: Seconds::new(4.5), ..Live::default() };
        let video = video().with_availability(Availability::Live(live));
        let (origin, asked) =
            origin(Content::Live { video, chunks: 2, latency: Some(Seconds::new(2.5)) }).await;
        let folder = tempfile::tempdir().expect("a folder");
        let report = play(format!("{}/manifest.mpd", origin.url()), &folder.path().join("event")).await;
        let played: Vec<usize> = report.session.played_segments().iter().map(|p| p.index).collect();
        assert_eq!(played, (2..8).collect::<Vec<_>>());
        // Segment 1 of the sound plays where the picture begins.
        assert_eq!(heard(&report), [1, 2, 3, 4]);
        let refused = asked.lock().expect("no panic").iter().filter(|s| s.status >= 400).count();
        assert_eq!(refused, 0);
        let sound = (1..5).map(|k| format!("/a/{k}.m4s")).collect();
        check(&folder.path().join("event.audio"), &origin, "/a/init.mp4", sound).await;
        origin.stop().await;
    });
}
