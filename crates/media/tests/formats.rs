//! Readers and writers of videos: what they read, what they refuse and how they say it, and what survives a round trip.

use media::formats::{self, Format, ReadOptions, SourceFile};
use media::{Availability, Ladder, Live, MediaError, Quality, Rung, SizeSource, Video, presets, stats};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use units::{BitRate, Bits, Seconds};

const SABRE: &str = r#"{"segment_duration_ms": 3000, "bitrates_kbps": [230, 331], "other": [],
    "segment_sizes_bits": [[886360, 1180512], [382840, 662120.5]]}"#;
const SEGUE: &str = r#"{"schema": "segue.video/1", "name": "talk",
    "rungs": [{"bitrate_kbps": 300, "width": 640, "height": 360, "fps": 25, "codec": "avc1.4d401e"}, {"bitrate_kbps": 750.5}],
    "durations_s": [2.002, 1], "sizes_bits": [[600600, 1502501], [300000, 750500]]}"#;

const MPD: &str = r#"<MPD mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">
    <SegmentTemplate timescale="10" media="$Time%03d$"><SegmentTimeline><S t="7" d="40" r="-1"/></SegmentTimeline></SegmentTemplate>
    <Representation id="v" bandwidth="8000"><BaseURL>a/</BaseURL></Representation></AdaptationSet></Period></MPD>"#;
const PLAYLIST: &str =
    "#EXTM3U\n#EXT-X-BITRATE:700\n#EXTINF:4.004,\na.ts\n#EXTINF:3,\n#EXT-X-BYTERANGE:9@1\nb.ts\n";

fn format(name: &str) -> &'static Format {
    formats::by_name(name).expect("a known format")
}

fn read(text: &str) -> Result<Video, MediaError> {
    formats::read(text.as_bytes(), None, &ReadOptions::default())
}

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: name.to_string(), bytes: text.as_bytes().to_vec() }
}

fn pensieve(files: &[SourceFile], spec: &str) -> Result<Video, MediaError> {
    let (format, options) = formats::parse_spec(spec)?;
    formats::read_files(files, format, &options)
}

#[test]
fn formats_are_recognised_and_read() {
    for (name, text) in [("sabre", SABRE), ("segue", SEGUE)] {
        assert_eq!(formats::sniff(text.as_bytes()).expect(name).0.name(), name);
    }
    let sabre = read(SABRE).expect("valid");
    assert_eq!((sabre.segments(), sabre.duration(1)), (2, Seconds::new(3.0)));
    assert_eq!(sabre.size(1, 1), Bits::new(662_120.5));
    let segue = read(SEGUE).expect("valid");
    assert_eq!((segue.name(), segue.duration(0)), ("talk", Seconds::from_millis(2002.0)));
    let rung = Rung {
        resolution: Some((640, 360)),
        fps: Some(25.0),
        codec: Some("avc1.4d401e".into()),
        ..Rung::new(BitRate::from_kbps(300.0))
    };
    assert_eq!(segue.ladder().rungs()[0], rung);
    let live = SEGUE.replace("\"sizes_bits\"", "\"live_delay_s\": 0.5, \"sizes_bits\"");
    assert_eq!(
        read(&live).expect("valid").availability(),
        Availability::Live(Live { delay: Seconds::new(0.5), ..Live::default() })
    );
}

#[test]
fn pensieve_files_are_columns_of_bytes() {
    let files =
        [file("video_size_1", "250\n125\n"), file("video_size_0", "100\n\n50\n"), file("README", "no")];
    let video = pensieve(&files, "pensieve:segment=2,bitrates=300/750").expect("valid");
    assert_eq!(video.sizes(0), [Bits::new(800.0), Bits::new(2000.0)]);
    assert_eq!((video.segments(), video.duration(1)), (2, Seconds::new(2.0)));
    let six: Vec<SourceFile> =
        (0..6).map(|k| file(&format!("video_size_{k}"), &format!("{}\n", k + 1))).collect();
    let video = pensieve(&six, "pensieve").expect("six files have Pensieve's bitrates");
    assert_eq!(
        (video.ladder().bitrate(5), video.duration(0)),
        (BitRate::from_kbps(4300.0), Seconds::new(4.0))
    );
}

#[test]
fn bad_input_is_refused_with_line_and_field() {
    // (input, line, what the message must contain)
    let cases: &[(&str, u64, &str)] = &[
        ("", 0, "segue"),
        ("hello", 0, "`hello`"),
        ("{}", 0, "sabre"),
        ("{\"segment_duration_ms\": 1}", 1, "missing field"),
        (
            "{\"segment_duration_ms\":\n\"x\", \"bitrates_kbps\": [1], \"segment_sizes_bits\": [[1]]}",
            2,
            "invalid type",
        ),
        ("{\"segment_duration_ms\": 1, \"bitrates_kbps\": [1", 1, "EOF"),
        (
            "{\"schema\": \"segue.video/2\", \"rungs\": [], \"durations_s\": 1, \"sizes_bits\": []}",
            1,
            "segue.video/1",
        ),
        ("{\"schema\": \"segue.video/1\",\n\"rung\": []}", 2, "unknown field `rung`"),
        (
            "{\"schema\": \"segue.video/1\", \"rungs\": [], \"durations_s\": \"4\", \"sizes_bits\": []}",
            1,
            "durations_s",
        ),
    ];
    for (text, line, message) in cases {
        match read(text) {
            Err(MediaError::Input(bad)) => {
                assert_eq!(bad.line, *line, "{text:?}: {bad}");
                assert!(bad.to_string().contains(message), "{text:?}: {bad}");
                assert!(!bad.to_string().contains('\n'), "one line: {bad}");
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }
    let sabre = |duration: &str, bitrates: &str, sizes: &str| {
        let text = format!(
            "{{\"segment_duration_ms\":{duration},\"bitrates_kbps\":{bitrates},\"segment_sizes_bits\":{sizes}}}"
        );
        read(&text).expect_err(&text).to_string()
    };
    assert!(sabre("0", "[1]", "[[1]]").contains("duration"));
    assert!(sabre("1", "[2,1]", "[[1,1]]").contains("ascending"));
    assert!(sabre("1", "[1]", "[[-1]]").contains("segment 0, rung 0"));
    assert!(sabre("1", "[1,2]", "[[1]]").contains("expected one per rung"));
    assert!(sabre("1", "[1]", "[]").contains("no segment"));
    assert!(sabre("1", "[]", "[]").contains("no rung"));
    assert!(sabre("1e999", "[1]", "[[1]]").contains("number out of range"));
}

#[test]
fn bad_size_files_are_named() {
    let error = |files: &[SourceFile], spec: &str| pensieve(files, spec).expect_err("wrong").to_string();
    let good = file("video_size_0", "1\n2\n");
    assert!(error(&[], "pensieve").contains("video_size_0"));
    assert!(
        error(&[good.clone(), file("video_size_2", "1\n")], "pensieve").contains("expected video_size_1")
    );
    assert!(error(std::slice::from_ref(&good), "pensieve").contains("bitrates="));
    assert!(error(std::slice::from_ref(&good), "pensieve:bitrates=1/2").contains("one per size file (1)"));
    let two = "pensieve:bitrates=1/2";
    let text = error(&[good.clone(), file("video_size_1", "1\n")], two);
    assert!(text.starts_with("video_size_1: ") && text.contains("2 lines"), "{text}");
    for bad in ["x", "-1", "0", "1.5", "99999999999999999999"] {
        let text = error(&[good.clone(), file("video_size_1", &format!("1\n{bad}\n"))], two);
        assert!(text.starts_with(&format!("video_size_1: line 2: size_bytes is `{bad}`")), "{text}");
    }
    assert!(formats::by_name("pensive").expect_err("a slip").to_string().contains("did you mean 'pensieve'"));

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("video_size_0"), "7\nx\n").expect("written");
    let (format, options) = formats::parse_spec("pensieve:bitrates=5").expect("valid");
    let text = formats::read_path(folder.path(), Some(format), &options).expect_err("wrong").to_string();
    assert!(text.contains("video_size_0: line 2"), "{text}");
    std::fs::write(folder.path().join("video_size_0"), "7\n8\n").expect("written");
    let video = formats::read_path(folder.path(), Some(format), &options).expect("valid");
    assert_eq!(Some(video.name()), folder.path().file_name().and_then(|n| n.to_str()));
}

fn video() -> impl Strategy<Value = Video> {
    let rung = (1u32..3000, any::<bool>(), any::<bool>());
    let rungs = prop::collection::vec(rung, 1..8);
    let durations = prop::collection::vec(1u32..12_000, 1..30);
    let looks = prop::collection::vec((prop::option::of(0..=100u8), prop::option::of(0.0..=1.0f64)), 0..4);
    (rungs, durations, any::<bool>(), prop::collection::vec(1u64..50_000_000, 300), any::<bool>(), looks)
        .prop_map(|(rungs, durations, uniform, sizes, live, looks)| {
            let mut kbps = 0.0;
            let rung = |(step, resolution, codec): (u32, bool, bool)| {
                kbps += f64::from(step) / 8.0;
                Rung {
                    resolution: resolution.then_some((640, 360)),
                    fps: resolution.then_some(29.97),
                    codec: codec.then(|| "h264".to_string()),
                    ..Rung::new(BitRate::from_kbps(kbps))
                }
            };
            let ladder = Ladder::new(rungs.into_iter().map(rung).collect()).expect("ascending");
            let durations: Vec<Seconds> = durations
                .iter()
                .map(|ms| Seconds::from_millis(f64::from(if uniform { durations[0] } else { *ms })))
                .collect();
            let mut sizes = sizes.into_iter().cycle().map(|bytes| Bits::from_bytes(bytes as f64));
            let table: Vec<Vec<Bits>> =
                durations.iter().map(|_| sizes.by_ref().take(ladder.len()).collect()).collect();
            let video = Video::new("video", ladder, durations, &table).expect("valid");
            let looks = looks.into_iter().map(|(v, ssim)| Quality { vmaf: v.map(f64::from), ssim });
            let looks: Vec<Quality> = looks.chain([Quality::default()]).collect();
            let all = (0..table.concat().len()).map(|i| looks[i % looks.len()]).collect();
            let video = video.with_qualities(all).expect("in range");
            match live {
                true => video.with_availability(Availability::Live(Live {
                    delay: Seconds::new(1.25),
                    ..Live::default()
                })),
                false => video,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(FileFailurePersistence::WithSource("regressions")))]

    /// Segue's own format holds everything; the others say what they lose, and keep the rest.
    #[test]
    fn videos_come_back(v in video()) {
        let written = formats::write(&v, format("segue")).expect("writable");
        prop_assert!(written.losses.is_empty());
        prop_assert_eq!(&read(std::str::from_utf8(&written.files[0].bytes).expect("text")).expect("ours"), &v);

        let uniform = (0..v.segments()).all(|k| v.duration(k) == v.duration(0));
        let plain = v.ladder().rungs().iter().all(|r| r.resolution.is_none() && r.codec.is_none());
        let demand = v.availability() == Availability::OnDemand;
        let written = formats::write(&v, format("sabre")).expect("writable");
        prop_assert_eq!(written.losses.is_empty(), uniform && plain && demand && v.qualities().is_none(), "{:?}", written.losses);
        let back = read(std::str::from_utf8(&written.files[0].bytes).expect("text")).expect("ours");
        prop_assert!((0..v.segments()).all(|k| back.sizes(k) == v.sizes(k)));

        let written = formats::write(&v, format("pensieve")).expect("writable");
        let kbps: Vec<String> = v.ladder().bitrates().iter().map(|b| b.kbps().to_string()).collect();
        let spec = format!("pensieve:bitrates={},segment={}", kbps.join("/"), v.duration(0).get());
        let back = pensieve(&written.files, &spec).expect("ours");
        prop_assert!((0..v.segments()).all(|k| back.sizes(k) == v.sizes(k)));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&bytes);
    }

    /// Valid files with some bytes changed, cut out or added.
    #[test]
    fn no_damaged_file_panics(
        which in 0..5usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..6),
    ) {
        let mut bytes = [SABRE, SEGUE, "181801\n155580\n", MPD, PLAYLIST][which].as_bytes().to_vec();
        for (at, how, byte) in damage {
            if bytes.is_empty() { break; }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, b"0123456789.-eE,\n\"]<>/$%"[usize::from(byte) % 23]),
                _ => bytes.truncate(at),
            }
        }
        exercise(&bytes);
    }
}

/// Reads the bytes in every way; what can be read must have sane numbers and be writable.
fn exercise(bytes: &[u8]) {
    let _ = formats::sniff(bytes);
    for format in formats::all() {
        let mut options = ReadOptions::default();
        options.bitrates_kbps = format.folder.then(|| vec![300.0]);
        let files = [SourceFile { name: "video_size_0".to_string(), bytes: bytes.to_vec() }];
        match formats::read_files(&files, format, &options) {
            Ok(video) => {
                assert!(stats::of_video(&video).rungs.iter().all(|r| r.mean_kbps > 0.0));
                for format in formats::all().iter().filter(|f| f.can_write()) {
                    formats::write(&video, format).expect("writable");
                }
            }
            Err(e) => assert!(!e.to_string().contains('\n'), "one line: {e}"),
        }
    }
}

#[test]
fn sources_of_sizes_and_audio_are_part_of_the_format() {
    let rungs = |low: &str, high: &str| {
        format!(
            r#"{{"schema": "segue.video/1", "rungs": [{{"bitrate_kbps": 300{low}}}, {{"bitrate_kbps": 750{high}}}],
            "durations_s": 4, "sizes_bits": [[1, 2], [3, 4]], "audio": [{{"name": "English", "language": "en",
            "rungs": [{{"bitrate_kbps": 64}}], "durations_s": [3, 5], "sizes_bits": [[5], [6]]}}]}}"#
        )
    };
    let video =
        read(&rungs(r#", "sizes_from": "file""#, r#", "sizes_from": ["sidx", "bandwidth"]"#)).expect("valid");
    let source = |k, level| video.size_source(k, level).expect("known");
    let sources = [source(0, 0), source(1, 0), source(0, 1), source(1, 1)];
    assert_eq!(sources, [SizeSource::File, SizeSource::File, SizeSource::Sidx, SizeSource::Bandwidth]);
    assert_eq!(sources.map(SizeSource::is_estimate), [false, false, false, true]);
    assert_eq!(video.with_segments(3).size_source(2, 1), Some(SizeSource::Sidx));
    let audio = &video.audio()[0];
    assert_eq!((audio.track.name(), audio.language.as_deref()), ("English", Some("en")));
    assert_eq!((audio.track.start(1), audio.track.size(1, 0)), (Seconds::new(3.0), Bits::new(6.0)));
    assert!(video.with_segments(3).audio().is_empty());
    let counts = &stats::of_video(&video).rungs[1];
    assert_eq!((counts.estimated(), counts.sizes_from.len()), (1, 2));
    let written = formats::write(&video, format("segue")).expect("writable");
    assert_eq!(read(std::str::from_utf8(&written.files[0].bytes).expect("text")).expect("ours"), video);
    for (low, high, says) in [
        (r#", "sizes_from": "file""#, "", "rung 1: sizes_from is absent, expected one in every rung"),
        (
            r#", "sizes_from": ["file"]"#,
            r#", "sizes_from": "file""#,
            "rung 0: sizes_from is a list of 1, expected one per segment (2)",
        ),
        (r#", "sizes_from": "guess""#, "", "sizes_from is neither"),
    ] {
        let message = read(&rungs(low, high)).expect_err(says).to_string();
        assert!(message.contains(says), "{message}");
    }
    let bad = rungs("", "").replace("[[5], [6]]", "[[5], [0]]");
    assert!(read(&bad).expect_err("a size of 0").to_string().contains("audio 0 is wrong: segment 1, rung 0"));
}

#[test]
fn how_segments_look_is_part_of_the_format() {
    let rungs = |first: &str, second: &str| {
        format!(
            r#"{{"schema": "segue.video/1", "rungs": [{{"bitrate_kbps": 100{first}}}, {{"bitrate_kbps": 200{second}}}],
            "durations_s": 2, "sizes_bits": [[1, 2], [3, 4]]}}"#
        )
    };
    let video =
        read(&rungs(r#", "vmaf": 40"#, r#", "vmaf": [60.5, null], "ssim": [0.9, 1]"#)).expect("valid");
    let at = |k: usize, level: usize| video.qualities().expect("measured")[2 * k + level];
    assert_eq!((at(0, 0), at(1, 0)), (Quality { vmaf: Some(40.0), ssim: None }, at(0, 0)));
    assert_eq!(at(0, 1), Quality { vmaf: Some(60.5), ssim: Some(0.9) });
    assert_eq!(at(1, 1), Quality { vmaf: None, ssim: Some(1.0) });
    let three = video.with_segments(3);
    assert_eq!(three.qualities().expect("measured")[4..], video.qualities().expect("measured")[..2]);
    assert_eq!(read(&rungs("", "")).expect("valid").qualities(), None);

    let faults = [
        (r#", "vmaf": 101"#, "vmaf is 101"),
        (r#", "ssim": -0.1"#, "ssim is -0.1"),
        (r#", "ssim": [0.5]"#, "rung 0: ssim is a list of 1, expected one per segment (2)"),
        (r#", "vmaf": "good""#, "vmaf or ssim is neither"),
    ];
    for (fault, message) in faults {
        let error = read(&rungs(fault, "")).expect_err(fault).to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn presets_survive_every_format() {
    let video = presets::generate("vbr,duration=60", 1).expect("a preset");
    for format in formats::all().iter().filter(|f| f.can_write()) {
        let written = formats::write(&video, format).expect("writable");
        let back = formats::read_files(&written.files, format, &ReadOptions::default()).expect("ours");
        assert_eq!((back.segments(), back.ladder().len()), (15, 6), "{}", format.name());
    }
}

/// The published tables: counts, bitrates and one size of each, as their files have them.
#[test]
fn published_tables_are_read() {
    let Some(root) = fixtures::shared("published_tables_are_read", "videos") else { return };
    let read = |name: &str| formats::read_path(&root.join(name), None, &ReadOptions::default()).expect(name);
    let (bbb, bbb4k, envivio) = (read("bbb_3s.json"), read("bbb4k_3s.json"), read("envivio_4s"));
    let shape = |v: &Video| (v.ladder().len(), v.segments(), v.duration(0).get());
    assert_eq!(shape(&bbb), (10, 199, 3.0));
    assert_eq!(shape(&bbb4k), (6, 199, 3.0));
    assert_eq!(shape(&envivio), (6, 49, 4.0));
    assert_eq!(bbb.size(0, 9), Bits::new(20_657_480.0));
    assert_eq!(envivio.size(1, 0), Bits::from_bytes(155_580.0));
    assert_eq!((bbb.name(), envivio.name()), ("bbb_3s", "envivio_4s"));
    for video in [&bbb, &bbb4k, &envivio] {
        for rung in stats::of_video(video).rungs {
            let ratio = rung.mean_kbps / rung.nominal_kbps;
            assert!(
                (0.97..1.03).contains(&ratio),
                "{}: {} kbit/s has {ratio}",
                video.name(),
                rung.nominal_kbps
            );
        }
    }
    println!("published tables: 3 videos, 0 mismatches");
}
