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
            playlist.contains("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.75,HOLD-BACK=3\n"),
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

#[test]
fn playlists_of_chunks_list_parts_and_wait_for_the_next() {
    fixtures::timely("playlists_of_chunks_list_parts_and_wait_for_the_next", || {
        let begun = Instant::now();
        // 9.2 s of segments of 2 s in parts of 0.5 s: four segments, and two parts of the next.
        let event = Live { join: Seconds::new(9.2), ..Live::default() };
        let video = video(&[800.0, 1600.0], 2.0, 20.0).with_availability(Availability::Live(event));
        let host = Host::with(Content::Live { video, chunks: 4, latency: Some(Seconds::new(1.0)) }, |_| ());
        let text = host.get("/r0.m3u8").text().to_string();
        assert!(begun.elapsed() < Duration::from_millis(290), "the machine is too busy to test this");
        let (head, rest) = text.split_once("#EXT-X-MAP:URI=\"init.mp4\"\n").expect("a head");
        // A target latency below three parts is too little (4.4.3.8).
        assert_eq!(
            head,
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:2\n\
             #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=6\n\
             #EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MEDIA-SEQUENCE:0\n"
        );
        let lines: Vec<&str> = rest.lines().skip(1).collect();
        // Parts of the last three target durations, then those of the segment in the making.
        assert_eq!(
            lines[..3],
            ["#EXTINF:2,", "s/0/0.m4s", "#EXT-X-PART:DURATION=0.5,URI=\"s/0/1.0.m4s\",INDEPENDENT=YES"]
        );
        let behind = [
            "s/0/3.m4s",
            "#EXT-X-PART:DURATION=0.5,URI=\"s/0/4.0.m4s\",INDEPENDENT=YES",
            "#EXT-X-PART:DURATION=0.5,URI=\"s/0/4.1.m4s\"",
            "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"s/0/4.2.m4s\"",
            "#EXT-X-RENDITION-REPORT:URI=\"r1.m3u8\",LAST-MSN=4,LAST-PART=1",
        ];
        assert_eq!(lines[lines.len() - 5..], behind);
        assert_eq!(lines.iter().filter(|l| l.starts_with("#EXT-X-PART:")).count(), 3 * 4 + 2);
        // What is asked for ahead of the list, or not as it should be.
        for query in
            ["_HLS_part=2", "_HLS_msn=7", "_HLS_msn=x", "_HLS_msn=4&_HLS_part=-1", "_HLS_msn=6&_HLS_part=0"]
        {
            assert_eq!(host.get(&format!("/r0.m3u8?{query}")).status, 400, "{query}");
        }
        // Something that is there is sent at once; what is next is waited for, and so is the part that is hinted at.
        assert!(host.get("/r0.m3u8?_HLS_msn=4&_HLS_part=1").text().contains("4.1.m4s\"\n"));
        for (query, listed, at) in [
            ("4&_HLS_part=2", "4.2.m4s\"\n#EXT-X-PRELOAD", 0.3),
            ("4", "4.m4s\n#EXT-X-PRELOAD", 0.8),
            ("4&_HLS_part=4", "5.0.m4s", 1.3),
        ] {
            let answer = host.get(&format!("/r1.m3u8?t=1&_HLS_msn={query}"));
            let took = (answer.last - begun).as_secs_f64();
            assert!(answer.text().contains(listed), "{query}: {}", answer.text());
            assert!((at - 0.01..at + 0.45).contains(&took), "{query}: {took} s");
        }
        let hinted = host.get("/s/1/5.1.m4s");
        let took = (hinted.last - begun).as_secs_f64();
        assert!(hinted.status == 200 && (1.79..2.2).contains(&took), "{took} s");
        assert_eq!(host.get("/s/1/6.3.m4s").status, 404);
        // Together the parts are the segment.
        let whole = host.get("/s/1/4.m4s").body;
        let parts: Vec<u8> = (0..4).flat_map(|k| host.get(&format!("/s/1/4.{k}.m4s")).body).collect();
        assert_eq!((whole.len(), whole == parts), (400_000, true));
        assert_eq!(host.get("/s/1/4.4.m4s").status, 404);
        host.stop();
    });
}
