//! `segue video import` and `export`: manifests become video files, and video files what other simulators read.

mod common;

use common::{Bench, Ran};

/// Two rungs of three segments of 4, 4 and 2 s; of the high one, the last segment is not there. Audio in one file, by ranges.
const MPD: &str = r#"<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT10S"><Period>
<AdaptationSet mimeType="video/mp4" codecs="avc1.4d401e"><SegmentTemplate duration="4" media="$RepresentationID$-$Number$.m4s"/>
<Representation id="low" bandwidth="300000" width="640" height="360"/><Representation id="high" bandwidth="900000" width="1280" height="720"/></AdaptationSet>
<AdaptationSet mimeType="audio/mp4" lang="en"><Representation bandwidth="64000"><BaseURL>audio.mp4</BaseURL><SegmentList duration="5">
<SegmentURL mediaRange="0-39999"/><SegmentURL mediaRange="40000-79999"/></SegmentList></Representation></AdaptationSet></Period></MPD>"#;

fn package() -> Bench {
    let bench = Bench::new();
    bench.put("pack/movie.mpd", MPD);
    for (name, bytes) in
        [("low-1", 150_000), ("low-2", 160_000), ("low-3", 70_000), ("high-1", 440_000), ("high-2", 450_000)]
    {
        bench.put(&format!("pack/{name}.m4s"), vec![0; bytes]);
    }
    bench.put("pack/audio.mp4", vec![0; 80_000]);
    bench
}

#[test]
fn an_import_is_a_video_that_says_what_is_estimated() {
    let bench = package();
    for input in ["pack", "pack/movie.mpd"] {
        let ran = bench.ok(&format!("video import {input} -o movie.json"));
        let json = bench.json("movie.json");
        // Bytes times 8; the segment that is not there: 900 kbit/s for 2 s.
        let sizes = serde_json::json!([[1_200_000, 3_520_000], [1_280_000, 3_600_000], [560_000, 1_800_000]]);
        assert_eq!(json["sizes_bits"], sizes);
        assert_eq!(json["durations_s"], serde_json::json!([4, 4, 2]));
        assert_eq!(json["rungs"][0]["sizes_from"], "file");
        assert_eq!(json["rungs"][1]["sizes_from"], serde_json::json!(["file", "file", "bandwidth"]));
        assert_eq!(json["audio"][0]["sizes_bits"], serde_json::json!([[320_000], [320_000]]));
        assert_eq!(
            (&json["audio"][0]["language"], &json["audio"][0]["rungs"][0]["sizes_from"]),
            (&"en".into(), &"range".into())
        );
        let cells: Vec<Vec<&str>> = ran.out.lines().map(|l| l.split_whitespace().collect()).collect();
        assert!(
            cells.contains(&vec!["rung", "1", "900", "892", "3", "2", "1", "file,", "bandwidth"]),
            "{}",
            ran.out
        );
        assert!(cells.contains(&vec!["audio", "en", "64", "64", "2", "2", "0", "range"]), "{}", ran.out);
        assert!(
            ran.err.contains("1 of 8 segments are not beside the manifest (first: `high-3.m4s`)"),
            "{}",
            ran.err
        );
        fits(&ran);
    }
    // A second time over itself, and read as any other video.
    bench.ok("video import movie.json -o again.json");
    assert_eq!(bench.text("again.json"), bench.text("movie.json"));
    for video in ["movie.json", "pack", "pack/movie.mpd"] {
        let info = bench.ok(&format!("video info {video} --json")).json();
        assert_eq!(info["rungs"][1]["sizes_from"], serde_json::json!({"file": 2, "bandwidth": 1}));
        fits(&bench.ok(&format!("video info {video}")));
        let run = bench.ok(&format!("run --trace link.csv --video {video} --abr bola --json"));
        // Of a package what its import says, of a video file what is in it.
        let of_file = run.err.contains("1 of 6 segment sizes are estimated from bitrates");
        assert_eq!(of_file, video == "movie.json", "{}", run.err);
        assert!(of_file || run.err.contains("1 of 8 segments are not beside the manifest"), "{}", run.err);
    }
}

#[test]
fn audio_of_unknown_origin_is_shown_as_such() {
    let bench = Bench::new();
    let tables = r#""rungs": [{"bitrate_kbps": 64}], "durations_s": 2, "sizes_bits": [[128000]]"#;
    let video =
        format!(r#"{{"schema": "segue.video/1", {tables}, "audio": [{{"name": "English", {tables}}}]}}"#);
    bench.put("v.json", video);
    let info = bench.ok("video info v.json").out;
    let cells: Vec<Vec<&str>> = info.lines().map(|l| l.split_whitespace().collect()).collect();
    assert!(cells.contains(&vec!["audio", "English", "64", "64", "1", "-", "-", "-"]), "{info}");
}

/// No line of a table is wider than a terminal.
fn fits(ran: &Ran) {
    let long: Vec<&str> = ran.out.lines().filter(|l| l.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn an_export_is_what_other_simulators_read_and_says_what_is_lost() {
    let bench = package();
    bench.ok("video import pack -o movie.json");
    let sabre = bench.ok("video export movie.json --to sabre -o sabre.json");
    let json = bench.json("sabre.json");
    assert_eq!(
        (&json["segment_duration_ms"], &json["bitrates_kbps"]),
        (&4000.into(), &serde_json::json!([304, 900])) // of the lower rung all sizes are measured
    );
    assert_eq!(json["segment_sizes_bits"], bench.json("movie.json")["sizes_bits"]);
    for lost in [
        "1 of 6 segment sizes are estimated",
        "audio rendition(s)",
        "which sizes are measured",
        "another duration than 4 s",
        "resolution",
    ] {
        assert!(sabre.err.contains(lost), "{lost}\n{}", sabre.err);
    }
    bench.ok("video export pack --to pensieve -o sizes");
    assert_eq!(bench.text("sizes/video_size_0"), "150000\n160000\n70000\n");
    assert_eq!(bench.text("sizes/video_size_1"), "440000\n450000\n225000\n");
    // What the formats can hold comes back as it was.
    bench.ok("video generate cbr,duration=40,segment=4,ladder=300/750 -o plain.json --format sabre");
    assert_eq!(bench.ok("video export plain.json --to segue -o there.json").err, "");
    assert_eq!(bench.ok("video export there.json --to sabre -o back.json").err, "");
    assert_eq!(bench.text("back.json"), bench.text("plain.json"));
    bench.ok("video export plain.json --to pensieve -o plain");
    bench.ok("video export plain --from pensieve:bitrates=300/750 --to sabre -o round.json");
    assert_eq!(bench.text("round.json"), bench.text("plain.json"));
}

#[test]
fn wrong_manifests_and_outputs_are_refused() {
    let bench = package();
    bench.put("cut.mpd", &MPD[..MPD.find("bandwidth=\"300000\"").expect("in the fourth line")]);
    bench.put("entities.mpd", "<!DOCTYPE MPD [<!ENTITY a \"b\">]><MPD>&a;</MPD>");
    bench.put("latin.mpd", b"<MPD id=\"\xe9\"/>");
    bench.put("zero.mpd", MPD.replace("duration=\"4\"", "duration=\"4\" timescale=\"0\""));
    bench.put("endless.mpd", MPD.replace("PT10S", "PT999999999S"));
    bench.put("alone.m3u8", "#EXTM3U\n#EXTINF:4,\na.ts\n");
    bench.put("master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n");
    bench.put("two/a.mpd", MPD);
    bench.put("two/master.m3u8", "#EXTM3U\n");
    bench.put("none/readme.txt", "no video");
    let import = |input: &str| format!("video import {input} -o new.json");
    let cases = [
        (import("gone.mpd"), "gone.mpd: no such file"),
        (import("cut.mpd"), "cut.mpd: line 4: no XML"),
        (import("entities.mpd"), "entities.mpd: line 1: a document type definition"),
        (import("latin.mpd"), "latin.mpd: line 1: byte 0xe9, expected text in UTF-8"),
        (import("zero.mpd"), "zero.mpd: period 1: representation `low`: @timescale is 0"),
        (import("endless.mpd"), "the number of segments is above 1000000"),
        (
            import("alone.m3u8"),
            "alone.m3u8: line 3: the size of a segment is unknown, since `a.ts` is not beside the manifest",
        ),
        (import("master.m3u8"), "master.m3u8: a media playlist is not beside the manifest (`low.m3u8`)"),
        (import("two"), "two: what is meant is one of 2 manifests (a.mpd, master.m3u8)"),
        (import("none"), "none: the folder is without a video"),
        (import("link.csv"), "a video in one of the formats dash, hls, pensieve, sabre, segue"),
        (import("pack --format dash:codec=hvc1"), "without the codec `hvc1` (it has avc1.4d401e)"),
        (import("pack --format dsh"), "did you mean 'dash'?"),
        (import("pack --format hls"), "expected one .m3u8 file"),
        ("video import pack/movie.mpd -o pack/movie.mpd".into(), "would overwrite an input"),
        ("video import pack -o pack".into(), "is a folder"),
        (
            "video export video.json --to dash -o new.mpd".into(),
            "expected one that can be written: pensieve, sabre, segue",
        ),
        ("video export video.json --to sabre -o video.json".into(), "would overwrite an input"),
        ("video export video.json --to pensieve -o pack".into(), "exists already"),
        ("video export video.json --to sabr -o new.json".into(), "did you mean 'sabre'?"),
    ];
    for (line, says) in &cases {
        let before = bench.names(".");
        let ran = bench.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{line}\n{}", ran.err);
        assert!(ran.err.starts_with("segue: error: ") && ran.err.lines().count() == 1, "{line}\n{}", ran.err);
        assert!(ran.err.contains(says), "{line}\n{}expected to say: {says}", ran.err);
        assert_eq!(bench.names("."), before, "{line} left something behind");
    }
}
