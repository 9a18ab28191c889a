//! Live: segments and chunks appear as time passes.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

mod common;

use std::time::{Duration, Instant};

use common::{Host, video};
use media::{Availability, Live};
use origin::Content;
use units::Seconds;

#[test]
fn segments_and_chunks_appear_in_time() {
    fixtures::timely("segments_and_chunks_appear_in_time", || {
        let begun = Instant::now();
        // 1 s per segment in four chunks; 8 Mbit/s are 1 MB per segment.
        let host = Host::with(
            Content::Live { video: video(&[800.0, 8000.0], 1.0, 4.0), chunks: 4, latency: None },
            |_| (),
        );
        let mpd = host.get("/manifest.mpd").text().to_string();
        assert!(mpd.contains("type=\"dynamic\"") && mpd.contains("availabilityTimeOffset=\"0.75\""), "{mpd}");
        // Long before its time there is nothing.
        assert_eq!(host.get("/s/0/3.m4s").status, 404);
        // A little before, the answer waits for the first chunk, which is complete after 0.25 s, and ends with the last.
        let early = host.get("/s/1/0.m4s");
        let took = early.last - begun;
        assert_eq!((early.status, early.body.len()), (200, 1_000_000));
        assert_eq!(early.header("transfer-encoding"), Some("chunked"));
        assert!((0.99..1.4).contains(&took.as_secs_f64()), "{took:?}");
        assert_eq!(early.body.windows(4).filter(|w| w == b"moof").count(), 4);
        // Complete segments have a length, and playlists list them.
        let whole = host.get("/s/1/0.m4s");
        assert_eq!((whole.header("content-length"), whole.body == early.body), (Some("1000000"), true));
        let playlist = host.get("/r0.m3u8").text().to_string();
        assert!(playlist.contains("s/0/0.m4s") && !playlist.contains("s/0/3.m4s"), "{playlist}");
        assert!(!playlist.contains("ENDLIST"));
        // It is dated as the MPD is: segment 0 began when the stream did.
        let after = |text: &str, what: &str| text.split_once(what).map(|(_, rest)| rest[..24].to_string());
        let date = after(&playlist, "#EXT-X-PROGRAM-DATE-TIME:").expect("a date");
        assert_eq!(after(&mpd, "availabilityStartTime=\""), Some(date));
        assert!(
            playlist.contains("#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:HOLD-BACK=3\n"),
            "{playlist}"
        );
        std::thread::sleep(
            Duration::from_secs(4).saturating_sub(begun.elapsed()) + Duration::from_millis(50),
        );
        assert!(host.get("/r0.m3u8").text().ends_with("s/0/3.m4s\n#EXT-X-ENDLIST\n"));
        host.stop();
    });
}

#[test]
fn a_playlist_slides_and_counts() {
    fixtures::timely("a_playlist_slides_and_counts", || {
        let begun = Instant::now();
        let window = Some(Seconds::new(2.0));
        let event = Live { join: Seconds::new(5.2), window, ..Live::default() };
        let video = video(&[800.0], 1.0, 30.0).with_availability(Availability::Live(event));
        let host = Host::with(Content::Live { video, chunks: 1, latency: Some(Seconds::new(5.0)) }, |_| ());
        let listed = || -> (u64, Vec<u64>) {
            let answer = host.get("/r0.m3u8");
            let text = answer.text();
            assert!(text.contains("HOLD-BACK=5\n") && text.contains("TIME-OFFSET=-5\n"), "{text}");
            let number = |line: &str| line.strip_prefix("s/0/")?.strip_suffix(".m4s")?.parse().ok();
            let first = text.split_once("MEDIA-SEQUENCE:").and_then(|(_, rest)| rest.lines().next());
            (first.expect("a number").parse().expect("digits"), text.lines().filter_map(number).collect())
        };
        assert_eq!(listed(), (3, vec![3, 4]));
        std::thread::sleep(Duration::from_millis(1200).saturating_sub(begun.elapsed()));
        // Another segment, or two on a machine that was busy.
        let (first, segments) = listed();
        assert!(first >= 4 && segments == [first, first + 1], "{first}, {segments:?}");
        host.stop();
    });
}

#[test]
fn a_playlist_waits_for_its_first_segment() {
    fixtures::timely("a_playlist_waits_for_its_first_segment", || {
        let begun = Instant::now();
        let host =
            Host::with(Content::Live { video: video(&[800.0], 0.6, 3.0), chunks: 1, latency: None }, |_| ());
        let answer = host.get("/r0.m3u8");
        assert!(answer.text().contains("s/0/0.m4s"), "{}", answer.text());
        assert!(begun.elapsed() >= Duration::from_millis(595));
        host.stop();
    });
}
