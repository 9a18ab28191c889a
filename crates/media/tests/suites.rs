//! Manifests of the kinds that public test suites have, written anew and small (`fixtures/suites`): what they hold is computed by
//! hand, beside each number.
//!
//! | suite | what its manifests show |
//! |---|---|
//! | DASH-IF test vectors and live simulator | numbers and times, thumbnails, trick mode, periods cut through segments, live since 1970 |
//! | Apple's example streams | transport streams of 2010, byte ranges with maps, audio groups, breaks with variables |
//! | Shaka Player's demo assets | a set per rung, indices, text, WebM beside MP4 |
//! | hls.js's demo streams | redundant variants, encryption, low latency |
//! | CTA WAVE, BBC test card | CMAF periods spliced; numbers of six digits, audio of another timescale |

mod common;

use std::path::Path;

use common::{Shelf, bytes, import, kbps, millis, refused, sidx, sources};
use media::SizeSource::{Bandwidth, Bitrate, File, Range, Sidx};
use media::formats::{self, Import};

/// A manifest of a suite, with the files beside it.
fn suite(path: &str) -> (String, Shelf) {
    let path = fixtures::folder("suites").join(path);
    let folder = path.parent().expect("a folder");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let shelf = files(folder).into_iter().fold(Shelf::default(), |shelf, file| {
        let name = file.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
        shelf.put(&name, std::fs::read(&file).expect("readable"))
    });
    (text, shelf)
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("readable").path());
    entries.flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] }).collect()
}

fn read(path: &str) -> (Import, Shelf) {
    let (text, shelf) = suite(path);
    (import(&text, &shelf).unwrap_or_else(|e| panic!("{path}: {e}")), shelf)
}

/// Whether a note says so.
fn said(import: &Import, what: &str) -> bool {
    import.notes.iter().any(|n| n.contains(what))
}

fn resolutions(import: &Import) -> Vec<(u32, u32)> {
    import.video.ladder().rungs().iter().filter_map(|r| r.resolution).collect()
}

fn total_s(import: &Import) -> f64 {
    millis(&import.video).iter().sum::<f64>() / 1e3
}

/// Two timelines are equal, to a microsecond.
#[track_caller]
fn same(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-3, "{found:?}\n{expected:?}");
    }
}

#[test]
fn dashif_numbers_beside_thumbnails_and_trick_mode() {
    let (all, shelf) = read("dashif-number/manifest.mpd");
    // 10 min 34.566 s in segments of 120/30 s: 158 whole ones are 632 s, and 2.566 s remain.
    let mut expected = vec![4000.0; 158];
    expected.push(2566.0);
    same(&millis(&all.video), &expected);
    // Neither the pictures of tiles nor the trick-mode set is a rung.
    assert_eq!(kbps(&all.video), [254.32, 1004.32, 2995.0]);
    assert_eq!(resolutions(&all), [(320, 180), (640, 360), (1280, 720)]);
    let asked = shelf.asked();
    assert!(asked.contains(&"bbb_30fps_320x180_200k/bbb_30fps_320x180_200k_1.m4v".to_string()));
    assert!(asked.contains(&"bbb_30fps_1280x720_2500k/bbb_30fps_1280x720_2500k_159.m4v".to_string()));
    assert!(!asked.iter().any(|n| n.contains("_160.m4v") || n.contains("tile") || n.contains("trick")));
    // 192512/48000 = 4.010667 s: 158 whole ones are 633.685 s, and .881 s remain.
    let audio = &all.video.audio()[0];
    assert_eq!((audio.track.segments(), audio.language.as_deref()), (159, Some("en")));
    assert!((audio.track.duration(158).get() - (634.566 - 158.0 * 192_512.0 / 48_000.0)).abs() < 1e-6);
}

#[test]
fn dashif_periods_cut_through_segments() {
    let (all, shelf) = read("dashif-multiperiod/manifest.mpd");
    // Period 1: three times 540540/90000 = 6.006 s from 0, then 4.004 s from 18.018 s, of which the period of 20 s has 1.982 s.
    // Period 2 shows from 20 s to 35 s of its media: 12 to 18 s is before it, 18 to 24 s counts for 4 s, 24 to 30 s whole,
    // 30 to 36 s for 5 s; 36 s and 42 s are behind it.
    same(&millis(&all.video), &[6006.0, 6006.0, 6006.0, 1982.0, 4000.0, 6000.0, 5000.0]);
    assert!((total_s(&all) - 35.0).abs() < 1e-6);
    assert_eq!(kbps(&all.video), [300.0, 900.0]);
    let of = |rung: &str| {
        shelf.asked().into_iter().filter(|n| n.contains(rung) && !n.contains("init")).collect::<Vec<_>>()
    };
    assert_eq!(
        of("V2"),
        [
            "p1/V2/t0.m4s",
            "p1/V2/t540540.m4s",
            "p1/V2/t1081080.m4s",
            "p1/V2/t1621620.m4s",
            "p2/V2/t1620000.m4s",
            "p2/V2/t2160000.m4s",
            "p2/V2/t2700000.m4s"
        ]
    );
    assert!(said(&all, "left out"), "{:?}", all.notes);
}

#[test]
fn dashif_live_since_1970() {
    // By time: the timeline lists 31 segments of 180000/90000 s; the patch, the clock and the epoch change nothing.
    let (all, shelf) = read("dashif-live-time/manifest.mpd");
    same(&millis(&all.video), &[2000.0; 31]);
    assert_eq!((kbps(&all.video), all.video.name()), (vec![300.0, 600.0], "Live pictures of a clock"));
    let asked = shelf.asked();
    // The last one begins 2 s before 2024-05-01T12:00:00Z, 1,714,564,800 s after 1970.
    assert!(asked.contains(&format!("V600/t{}.m4s", 1_714_564_798_u64 * 90_000)), "{asked:?}");
    // Audio is cut at frames of 1024 samples: 94, 94, 94 and 93 of them are 8 s. 31 cuts from one at 94, 94, 93 to the end.
    let audio = &all.video.audio()[0].track;
    assert_eq!(audio.segments(), 31);
    let samples: f64 = (0..31).map(|k| audio.duration(k).get() * 48_000.0).sum();
    assert!((samples - (23.0 * 96_256.0 + 8.0 * 95_232.0)).abs() < 0.5, "{samples}");
    // By number, with the publishTime of 1970: as many as the time-shift buffer of 1 min holds, 30 of 2 s.
    let (all, _) = read("dashif-live-number/manifest.mpd");
    same(&millis(&all.video), &[2000.0; 30]);
    assert!(said(&all, "time-shift buffer of 60 s"), "{:?}", all.notes);
}

#[test]
fn apple_transport_streams_of_2010() {
    let (text, shelf) = suite("apple-ts/index.m3u8");
    // gear1 is measured: 13 segments of 250,000 bytes.
    let shelf = (0..13).fold(shelf, |s, k| s.put(&format!("gear1/fileSequence{k}.ts"), vec![0; 250_000]));
    let all = import(&text, &shelf).expect("valid");
    let mut expected = vec![9976.67; 12];
    expected.push(6040.0);
    same(&millis(&all.video), &expected);
    // 12 * 9.97667 + 6.04 = 125.76004 s, in which 3.25 MB are 206.7429... kbit/s; the others are declared.
    let ladder = kbps(&all.video);
    assert!((ladder[0] - 26_000.0 / 125.760_04).abs() < 1e-6, "{ladder:?}");
    assert_eq!(ladder[1..], [649.879, 991.714]);
    assert_eq!(resolutions(&all), [(416, 234), (640, 360), (960, 540)]);
    assert_eq!((sources(&all.video, 0), sources(&all.video, 2)), (vec![File; 13], vec![Bandwidth; 13]));
    assert!(said(&all, "1 variant(s) of audio alone left out"), "{:?}", all.notes);
}

#[test]
fn apple_byte_ranges_with_audio_groups_and_two_codecs() {
    let (all, _) = read("apple-fmp4/master.m3u8");
    same(&millis(&all.video), &[6000.0, 6000.0, 6000.0, 2000.0]);
    assert_eq!(bytes(&all.video, 0), [360_000.0, 380_000.0, 340_000.0, 120_000.0]);
    assert_eq!(bytes(&all.video, 1), [1_500_000.0, 1_600_000.0, 1_400_000.0, 500_000.0]);
    assert_eq!(sources(&all.video, 1), [Range; 4]);
    // 1.2 MB and 5 MB in 20 s. The two groups of audio make no rungs of their own.
    assert_eq!(kbps(&all.video), [480.0, 2000.0]);
    assert!(said(&all, "another codec than avc1"), "{:?}", all.notes);
    // Of the variants that differ in audio only, those of the lowest BANDWIDTH name the group aud1: 400 kB in
    // 3 * 5.99467 + 2.01599 = 20 s. The other group is left out with them, and that is said.
    let audio: Vec<f64> = all.video.audio().iter().map(|a| kbps(&a.track)[0]).collect();
    same(&audio, &[160.0]);
    assert!(said(&all, "2 variant(s) share a media playlist"), "{:?}", all.notes);
    let (text, shelf) = suite("apple-fmp4/master.m3u8");
    let (format, options) = formats::parse_spec("hls:codec=hvc1").expect("an option");
    let hevc = formats::import(text.as_bytes(), &shelf, Some(format), &options).expect("valid");
    // 3 MB in 20 s.
    assert_eq!((kbps(&hevc.video), hevc.video.segments()), (vec![1200.0], 4));
}

#[test]
fn apple_breaks_with_variables_and_a_gap() {
    let (all, shelf) = read("apple-breaks/index.m3u8");
    // The show, two pieces of an advertisement of 9.009 s, the show: 12 + 9.009 + 13.5 s.
    same(&millis(&all.video), &[6000.0, 6000.0, 4504.5, 4504.5, 6000.0, 6000.0, 1500.0]);
    assert!((total_s(&all) - 34.509).abs() < 1e-6);
    assert_eq!(kbps(&all.video), [800.0, 2400.0]);
    let low: Vec<String> =
        shelf.asked().into_iter().filter(|n| n.contains("low/") && !n.contains("init")).collect();
    assert_eq!(
        low,
        [
            "episode-3/low/1.m4s",
            "episode-3/low/2.m4s",
            "ad/low/1.m4s",
            "ad/low/2.m4s",
            "episode-3/low/3.m4s",
            "episode-3/low/4.m4s",
            "episode-3/low/5.m4s"
        ]
    );
    // One gap in each of the two rungs.
    for what in ["2 discontinuities", "2 segments are marked as missing"] {
        assert!(said(&all, what), "{what}: {:?}", all.notes);
    }
}

#[test]
fn shaka_a_set_per_rung_with_indices() {
    let (text, shelf) = suite("shaka-sets/dash.mpd");
    // Seven references of 4.25 s and one of .75 s are 30.5 s.
    let index = |scale: u32, whole: u32, last: u32, bytes: u32| {
        let mut references = vec![(false, bytes, whole); 7];
        references.push((false, bytes / 5, last));
        sidx(0, scale, 0, &references)
    };
    let file = |ahead: usize, index: Vec<u8>, media: u32| {
        [vec![0; ahead], index, vec![0; (7 * media + media / 5) as usize]].concat()
    };
    let video = |bytes: u32| file(828, index(12_288, 52_224, 9216, bytes), bytes);
    let (de, scale) = (68_000, 44_100);
    let shelf = shelf
        .put("v-144p.mp4", video(50_000))
        .put("v-240p.mp4", video(120_000))
        .put("v-480p.mp4", video(350_000))
        .put("a-de.mp4", file(741, index(scale, scale * 17 / 4, scale * 3 / 4, de), de));
    let all = import(&text, &shelf).expect("valid");
    let mut expected = vec![4250.0; 7];
    expected.push(750.0);
    same(&millis(&all.video), &expected);
    // Three sets are one ladder; text, trick play and the other codec are none of it.
    assert_eq!(resolutions(&all), [(256, 144), (426, 240), (853, 480)]);
    assert_eq!(sources(&all.video, 2), [Sidx; 8]);
    // 7.2 times 50, 120 and 350 kB in 30.5 s.
    let expected: Vec<f64> = [50.0, 120.0, 350.0].iter().map(|kb| 7.2 * 8.0 * kb / 30.5).collect();
    same(&kbps(&all.video), &expected);
    let audio = all.video.audio();
    assert_eq!((audio.len(), audio[0].language.as_deref(), audio[0].track.segments()), (1, Some("de"), 8));
    // WebM has cues in the place of an index: refused when it is asked for.
    let (format, options) = formats::parse_spec("dash:codec=vp9").expect("an option");
    let shelf = shelf.put("v-480p.webm", vec![0x1a; 5000]);
    let error = formats::import(text.as_bytes(), &shelf, Some(format), &options).expect_err("no sidx");
    assert!(error.to_string().contains("v-480p.webm"), "{error}");
}

#[test]
fn hlsjs_redundant_variants_and_keys() {
    let (all, _) = read("hlsjs-redundant/x.m3u8");
    // 4 * 10 + 4.584 s. A second address of the same variant is no second rung: one is on another machine, two are beside.
    assert!(said(&all, "3 redundant variant(s)"), "{:?}", all.notes);
    same(&millis(&all.video), &[10_000.0, 10_000.0, 10_000.0, 10_000.0, 4584.0]);
    assert_eq!(kbps(&all.video), [246.44, 836.28, 2149.28]);
    assert_eq!(resolutions(&all), [(320, 184), (848, 480), (1280, 720)]);
}

#[test]
fn hlsjs_low_latency_counts_whole_segments() {
    let (all, _) = read("hlsjs-low-latency/stream.m3u8");
    // Four parts of the third segment are that segment; the part of the fourth one is no segment yet.
    same(&millis(&all.video), &[4000.08; 3]);
    assert_eq!(sources(&all.video, 0), [Bitrate; 3]);
    // 1600 kbit/s for 4.00008 s.
    same(&bytes(&all.video, 0), &[800_016.0; 3]);
    assert!(said(&all, "the playlist is live"), "{:?}", all.notes);
    // A delta of it is no video.
    let (text, shelf) = suite("hlsjs-low-latency/stream.m3u8");
    let delta = text.replace("#EXT-X-BITRATE:1600\n", "#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n");
    assert!(refused(&delta, &shelf).contains("delta update"));
}

#[test]
fn wave_periods_are_spliced() {
    let (all, shelf) = read("wave-splice/stream.mpd");
    // 24576/12800 = 1.92 s: five, three and five of them are 9.6, 5.76 and 9.6 s.
    same(&millis(&all.video), &[1920.0; 13]);
    assert_eq!(kbps(&all.video), [1700.0, 5100.0]);
    let first: Vec<String> =
        shelf.asked().into_iter().filter(|n| n.contains("/1/") && !n.contains("init")).collect();
    let names = |folder: &str, numbers: std::ops::RangeInclusive<u32>| {
        numbers.map(|n| format!("{folder}/1/{n:05}.m4s")).collect::<Vec<_>>()
    };
    assert_eq!(first, [names("main", 1..=5), names("ad", 1..=3), names("main", 6..=10)].concat());
}

#[test]
fn bbc_numbers_of_six_digits() {
    let (all, shelf) = read("bbc-testcard/avc.mpd");
    // An hour in 768/200 = 3.84 s: 937 whole ones are 3598.08 s, and 1.92 s remain.
    let mut expected = vec![3840.0; 937];
    expected.push(1920.0);
    same(&millis(&all.video), &expected);
    // avc1 and avc3 are one codec.
    assert_eq!((kbps(&all.video), resolutions(&all)), (vec![86.0, 827.0], vec![(192, 108), (704, 396)]));
    let asked = shelf.asked();
    assert!(asked.contains(&"../testcard/video/704x396p25/000938.m4s".to_string()), "{asked:?}");
    let audio = &all.video.audio()[0];
    assert_eq!((kbps(&audio.track), audio.track.segments()), (vec![96.0, 128.0], 938));
}
