//! Live: segments and chunks appear as time passes.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

mod common;

use std::time::{Duration, Instant};

use common::{Host, video};
use origin::Content;

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
        std::thread::sleep(
            Duration::from_secs(4).saturating_sub(begun.elapsed()) + Duration::from_millis(50),
        );
        assert!(host.get("/r0.m3u8").text().ends_with("s/0/3.m4s\n#EXT-X-ENDLIST\n"));
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
