//! HLS playlists: what they describe, computed by hand from RFC 8216 and draft-pantos-hls-rfc8216bis-18.

mod common;

use common::{Shelf, bytes, import, kbps, millis, refused, sources, video};
use media::SizeSource::{AverageBandwidth, Bandwidth, Bitrate, File, Range};
use media::formats::{self, ReadOptions, SourceFile};
use media::{MediaError, Video};

/// A media playlist of the lines, on demand.
fn playlist(lines: &str) -> String {
    format!("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n{lines}#EXT-X-ENDLIST\n")
}

#[test]
fn sizes_are_ranges_files_or_bitrates() {
    let lines = "#EXTINF:4.004,\n#EXT-X-BYTERANGE:1000@500\nall.mp4\n\
                 #EXTINF:4.004,title, with a comma\n#EXT-X-BYTERANGE:700\nall.mp4\n\
                 #EXT-X-BITRATE:250\n#EXTINF:4,\nhere.ts\n#EXTINF:4,\ngone.ts\n#EXTINF:2,\n# a comment\ngone%20too.ts?x\n";
    let all = import(&playlist(lines), &Shelf::sized(&[("all.mp4", 2200), ("here.ts", 99)])).expect("valid");
    assert_eq!(millis(&all.video), [4004.0, 4004.0, 4000.0, 4000.0, 2000.0]);
    // 250 kbit/s for 4 s and 2 s.
    assert_eq!(bytes(&all.video, 0), [1000.0, 700.0, 99.0, 125_000.0, 62_500.0]);
    assert_eq!(sources(&all.video, 0), [Range, Range, File, Bitrate, Bitrate]);
    assert_eq!(
        all.notes,
        ["2 of 5 segments are not beside the manifest (first: `gone.ts`): their sizes are estimated"]
    );
    // One rung, of the mean of its sizes: 189299 bytes in 18.008 s.
    assert!((kbps(&all.video)[0] - 189_299.0 * 8.0 / 18_008.0).abs() < 1e-9);
    // The second range begins where the first ends, at 1500, and so ends at 2200.
    let all = import(&playlist(lines), &Shelf::sized(&[("all.mp4", 2199), ("here.ts", 99)])).expect("valid");
    assert!(all.notes[1].contains("1 segments or indices reach beyond the end"), "{:?}", all.notes);
}

const MASTER: &str = "#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,URI=\"audio/en.m3u8\"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Deutsch\",LANGUAGE=\"de\",URI=\"audio/de.m3u8\"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"unused\",NAME=\"5.1\",URI=\"audio/51.m3u8\"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"English\",URI=\"sub.m3u8\"
#EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=1600000,RESOLUTION=1280x720,FRAME-RATE=29.970,CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"a\"
high/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2100000,CODECS=\"avc1.64001f,ec-3\",AUDIO=\"a\"
high/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS=\"mp4a.40.2,stpp.ttml.im1t,avc1.4d401e\",AUDIO=\"a\"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1500000,CODECS=\"hvc1.1.6.L93,mp4a.40.2\",AUDIO=\"a\"
hevc.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS=\"mp4a.40.2\",AUDIO=\"a\"
audio/en.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100000,URI=\"iframe.m3u8\"
";

fn package() -> Shelf {
    Shelf::default()
        .put("low.m3u8", playlist("#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"700@0\"\n#EXTINF:4,\nlow/1.m4s\n#EXTINF:2,\nlow/2.m4s\n"))
        .put("high/index.m3u8", playlist("#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:4,\n1.m4s\n#EXTINF:2,\n../more/2.m4s\n"))
        .put("hevc.m3u8", playlist("#EXTINF:4,\nh1\n#EXTINF:2,\nh2\n"))
        .put("audio/en.m3u8", playlist("#EXTINF:3,\n1.aac\n#EXTINF:3,\n2.aac\n"))
        .put("audio/de.m3u8", playlist("#EXTINF:3,\nd1.aac\n#EXTINF:3,\nd2.aac\n"))
        .put("low/1.m4s", vec![0; 3000])
        .put("high/1.m4s", vec![0; 1_000_000])
        .put("high/init.mp4", vec![0; 900])
        .put("more/2.m4s", vec![0; 500_000])
        .put("audio/1.aac", vec![0; 600])
        .put("audio/2.aac", vec![0; 660])
}

#[test]
fn variants_are_the_ladder_and_audio_is_kept() {
    let all = import(MASTER, &package()).expect("valid");
    assert_eq!(kbps(&all.video), [800.0, 2000.0]);
    let rungs = all.video.ladder().rungs();
    assert_eq!((rungs[1].resolution, rungs[1].fps), (Some((1280, 720)), Some(29.97)));
    assert_eq!(
        rungs.iter().filter_map(|r| r.codec.as_deref()).collect::<Vec<_>>(),
        ["avc1.4d401e", "avc1.64001f"]
    );
    // The second segment of the low rung is not there: its peak of 800 kbit/s for 2 s, for want of an average.
    assert_eq!(
        (bytes(&all.video, 0), sources(&all.video, 0)),
        (vec![3000.0, 200_000.0], vec![File, Bandwidth])
    );
    assert_eq!(
        (bytes(&all.video, 1), sources(&all.video, 1)),
        (vec![1_000_000.0, 500_000.0], vec![File, File])
    );
    let audio = all.video.audio();
    assert_eq!(
        (audio.len(), audio[0].track.name(), audio[0].language.as_deref()),
        (1, "English", Some("en"))
    );
    assert_eq!(bytes(&audio[0].track, 0), [600.0, 660.0]);
    assert!((kbps(&audio[0].track)[0] - 1260.0 * 8.0 / 6000.0).abs() < 1e-12);
    for said in [
        "1 variant(s) of audio alone left out",
        "1 variant(s) of another codec than avc1 left out",
        "1 variant(s) share a media playlist",
        "audio `Deutsch` left out: audio/de.m3u8: line 5: the size of a segment is unknown, since `audio/d1.aac` is not beside",
        "BANDWIDTH counts the audio, too",
        "1 of 6 segments are not beside the manifest (first: `low/2.m4s`)",
        "initialization segments are not counted (700 to 900 bytes per rung)",
    ] {
        assert!(all.notes.iter().any(|n| n.contains(said)), "{said}: {:#?}", all.notes);
    }
    let (format, options) = formats::parse_spec("hls:codec=hvc1").expect("an option");
    let hevc = formats::import(MASTER.as_bytes(), &package(), Some(format), &options).expect("valid");
    assert_eq!((kbps(&hevc.video), sources(&hevc.video, 0)), (vec![1500.0], vec![Bandwidth; 2]));
}

#[test]
fn the_average_comes_before_the_peak_and_the_playlist_before_both() {
    let shelf = |lines: &str| Shelf::default().put("v.m3u8", playlist(lines));
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=1600000\nv.m3u8\n";
    let average = video(master, &shelf("#EXTINF:5,\na\n"));
    assert_eq!((bytes(&average, 0), sources(&average, 0)), (vec![1_000_000.0], vec![AverageBandwidth]));
    let bitrate =
        video(master, &shelf("#EXT-X-BITRATE:1000\n#EXTINF:4,\na\n#EXT-X-BITRATE:0\n#EXTINF:4,\nb\n"));
    assert_eq!(
        (bytes(&bitrate, 0), sources(&bitrate, 0)),
        (vec![500_000.0, 800_000.0], vec![Bitrate, AverageBandwidth])
    );
}

#[test]
fn playlists_are_read_as_players_read_them() {
    let shelf = || {
        Shelf::default()
            .put(
                "lo.m3u8",
                "\u{feff}\n# made by hand\n #EXTM3U\r\n#EXTINF: 4.0\r\n\r\n 1.ts \r\n#EXTINF:4;\r\n"
                    .replace("4;", "4")
                    + "2.ts\r\n#EXT-X-ENDLIST",
            )
            .put(
                "hi.m3u8",
                playlist("#EXTINF:4, a title, with commas\n1.ts\n#EXT-X-MAP:\n#EXTINF:4,\n2.ts\n"),
            )
    };
    let expected = |all: &media::formats::Import| {
        assert_eq!((kbps(&all.video), all.video.segments()), (vec![400.0, 1600.0], 2), "{:?}", all.notes);
    };
    for list in [
        "BANDWIDTH=400000",
        "PROGRAM-ID=1, BANDWIDTH=400000",
        " BANDWIDTH = 400000 , RESOLUTION = 640x360 ,",
        "BANDWIDTH=400000,",
        "BANDWIDTH=\"400000\",,CODECS=avc1.4d401f",
        "BANDWIDTH=400000.7,RESOLUTION=wide,FRAME-RATE=fast,AVERAGE-BANDWIDTH=?",
        "CODECS=\"avc1.4d401f, mp4a.40.2\",BANDWIDTH=400000,NAME=\"a,b",
        "bandwidth=400000,SCORE",
    ] {
        let master = format!(
            "\n \n# a comment\n#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES\n#EXT-X-STREAM-INF:{list}\n\n# another\nlo.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH=1600000,CODECS=\"avc3.640028\"\nhi.m3u8\n"
        );
        expected(&import(&master, &shelf()).unwrap_or_else(|e| panic!("{list}: {e}")));
    }
    // Whatever order the packagings of a codec come in; a variant without CODECS may be any.
    for codecs in [["hev1.1", "hvc1.1"], ["hvc1.1", "hev1.1"], ["", "av01.0"], ["avc3.1", "avc1.2"]] {
        let codec = |c: &str| if c.is_empty() { String::new() } else { format!(",CODECS=\"{c}\"") };
        let master = format!(
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=400000{}\nlo.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1600000{}\nhi.m3u8\n",
            codec(codecs[0]),
            codec(codecs[1])
        );
        expected(&import(&master, &shelf()).expect("one ladder"));
    }
}

#[test]
fn variables_are_substituted() {
    let master = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"dir\",VALUE=\"low\"\n#EXT-X-DEFINE:NAME=\"at\",VALUE=\"{$dir}/v\"\n\
                  #EXT-X-STREAM-INF:BANDWIDTH=1000\n{$at}.m3u8?part=seg\n";
    let lines =
        "#EXT-X-DEFINE:IMPORT=\"dir\"\n#EXT-X-DEFINE:QUERYPARAM=\"part\"\n#EXTINF:4,\n{$part}-{$dir}-1.ts\n";
    let shelf = Shelf::default().put("low/v.m3u8", playlist(lines)).put("low/seg-low-1.ts", vec![0; 4000]);
    let all = import(master, &shelf).expect("valid");
    assert_eq!((bytes(&all.video, 0), sources(&all.video, 0)), (vec![4000.0], vec![File]));
    // The sizes say 8 kbit/s, the playlist 1.
    assert_eq!(kbps(&all.video), [8.0]);
    // Without a definition, a name is a name.
    let plain = Shelf::sized(&[("{$n}.ts", 7)]);
    assert_eq!(bytes(&video(&playlist("#EXTINF:4,\n{$n}.ts\n"), &plain), 0), [7.0]);
    // Values that grow with each definition.
    let bomb: String = (1..40)
        .map(|k| {
            let (before, name) = (k - 1, k);
            format!("#EXT-X-DEFINE:NAME=\"{name}\",VALUE=\"{{${before}}}{{${before}}}\"\n")
        })
        .collect();
    let text = format!("#EXTM3U\n#EXT-X-DEFINE:NAME=\"0\",VALUE=\"xx\"\n{bomb}#EXTINF:4,\na\n");
    assert!(refused(&text, &Shelf::default()).contains("at most 4096"));
}

#[test]
fn live_playlists_gaps_and_breaks_are_said() {
    let live = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:812\n#EXT-X-BITRATE:8\n#EXTINF:4,\na\n\
                #EXT-X-DISCONTINUITY\n#EXTINF:4,\n#EXT-X-GAP\nb\n";
    let all = import(live, &Shelf::default()).expect("valid");
    for said in ["the playlist is live", "up to 1 discontinuities", "1 segments are marked as missing"] {
        assert!(all.notes.iter().any(|n| n.contains(said)), "{said}: {:?}", all.notes);
    }
    assert_eq!(all.video.segments(), 2);
}

#[test]
fn what_is_no_playlist_is_refused() {
    let cases = [
        ("#EXTM3U\n", "the playlist is without segments"),
        ("#EXTM3U8\n#EXTINF:4,\na\n", "the input is `#EXTM3U8`, expected a video in one of the formats"),
        ("#EXTM3U\na.ts\n", "line 2: `a.ts`, expected #EXTINF before it"),
        ("#EXTM3U\n\n#EXTINF:zero,\na.ts\n", "line 3: #EXTINF is `zero"),
        ("#EXTM3U\n#EXTINF:0,\na.ts\n", "line 2: #EXTINF is 0, expected a number of seconds above 0"),
        ("#EXTM3U\n#EXTINF:-4,\na.ts\n", "#EXTINF is -4"),
        ("#EXTM3U\n#EXTINF:inf,\na.ts\n", "#EXTINF is inf"),
        ("#EXTM3U\n#EXTINF:4,\n#EXT-X-BYTERANGE:0@1\na.ts\n", "line 3: #EXT-X-BYTERANGE is of 0 bytes"),
        ("#EXTM3U\n#EXTINF:4,\n#EXT-X-BYTERANGE:1-2\na.ts\n", "line 3: #EXT-X-BYTERANGE is `1-2`"),
        (
            "#EXTM3U\n#EXTINF:4,\na.ts\n",
            "line 3: the size of a segment is unknown, since `a.ts` is not beside the manifest",
        ),
        ("#EXTM3U\r#EXTINF:4,\ra.ts\r", "line 3: the size of a segment is unknown"),
        (
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=fast\nv.m3u8\n",
            "BANDWIDTH is `fast`, expected a whole number of bit/s",
        ),
        (
            "#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n#EXTINF:4,\n{$c}.ts\n",
            "line 4: a variable is `{$c}`, which is not defined",
        ),
        ("#EXTM3U\n#EXT-X-DEFINE:IMPORT=\"a\"\n#EXTINF:4,\nx.ts\n", "line 2: #EXT-X-DEFINE is importing `a`"),
        ("#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:4,\na\n", "delta update"),
        ("#EXTM3U\n#EXT-X-I-FRAMES-ONLY\n#EXTINF:4,\na\n", "#EXT-X-I-FRAMES-ONLY"),
        (
            "#EXTM3U\n#EXT-X-STREAM-INF:RESOLUTION=1x1\nv.m3u8\n",
            "line 2: #EXT-X-STREAM-INF is `RESOLUTION=1x1`",
        ),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=0\nv.m3u8\n", "BANDWIDTH is 0"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "expected the address of the last variant"),
        (
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n#EXTINF:4,\na\n",
            "expected variants only, or segments only",
        ),
        (
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n",
            "a media playlist is not beside the manifest (`v.m3u8`)",
        ),
        (
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://cdn.example/v.m3u8\n",
            "(`https://cdn.example/v.m3u8`)",
        ),
        (
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\nv.m3u8\n",
            "without variants that have pictures",
        ),
    ];
    for (text, says) in cases {
        let message = refused(text, &Shelf::default());
        assert!(message.contains(says), "{text}\n{message}\nexpected to say: {says}");
    }
    // A fault of a media playlist names it.
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nsub/v.m3u8\n";
    let message = refused(master, &Shelf::default().put("sub/v.m3u8", "#EXTM3U\n#EXTINF:x\na\n"));
    assert!(message.starts_with("sub/v.m3u8: line 2: #EXTINF is `x,`"), "{message}");
    let message = refused(master, &Shelf::default().put("sub/v.m3u8", master));
    assert!(message.starts_with("sub/v.m3u8: line 2: #EXT-X-STREAM-INF"), "{message}");
    // Rungs of different length.
    let two = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2000\nb.m3u8\n";
    let shelf = Shelf::default()
        .put("a.m3u8", playlist("#EXTINF:4,\n1\n"))
        .put("b.m3u8", playlist("#EXTINF:5,\n1\n"));
    assert!(
        refused(two, &shelf)
            .contains("rung 1 (2 kbit/s) is cut otherwise: segment 0 ends at 5.000 s, expected 4.000 s")
    );
}

#[test]
fn folders_on_disk_are_read_by_their_multivariant_playlist() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    };
    put("master.m3u8", b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000\nlow.m3u8\n");
    put("low.m3u8", playlist("#EXTINF:4,\nv/a%23b.ts\n").as_bytes());
    put("v/a#b.ts", &[1; 321]);
    let read = |path: &std::path::Path| formats::read_path(path, None, &ReadOptions::default());
    let by_folder = read(folder.path()).expect("valid");
    assert_eq!((bytes(&by_folder, 0), sources(&by_folder, 0)), (vec![321.0], vec![File]));
    // A media playlist alone, by its name.
    let alone = read(&folder.path().join("low.m3u8")).expect("valid");
    assert_eq!((alone.name(), bytes(&alone, 0)), ("low", vec![321.0]));
    // What is wrong in a neighbour is said of the neighbour, with its path.
    put("low.m3u8", b"#EXTM3U\n#EXTINF:x,\na\n");
    let message = read(folder.path()).expect_err("broken").to_string();
    let expected = folder.path().join("low.m3u8").display().to_string();
    assert!(message.starts_with(&format!("{expected}: line 2: #EXTINF is `x,`")), "{message}");
    std::fs::remove_file(folder.path().join("master.m3u8")).expect("removed");
    put("other.m3u8", b"#EXTM3U\n");
    let message = read(folder.path()).expect_err("two media playlists").to_string();
    assert!(message.contains("one of 2 manifests (low.m3u8, other.m3u8)"), "{message}");
}

/// Reads back what a format has written of a video.
fn back(video: &Video, spec: &str) -> Result<(Video, Vec<String>), MediaError> {
    let (format, options) = formats::parse_spec(spec)?;
    let written = formats::write(video, format)?;
    let files: Vec<SourceFile> = written.files;
    Ok((formats::read_files(&files, format, &options)?, written.losses))
}

#[test]
fn imports_survive_export() {
    let original = video(MASTER, &package());
    let (own, losses) = back(&original, "segue").expect("writable");
    // But for the addresses, which are of the package, not of the video.
    assert!(own.addresses().is_none() && original.addresses().is_some());
    let file =
        |video: &Video| formats::write(video, formats::by_name("segue").expect("known")).expect("writable");
    assert_eq!(file(&own), file(&original));
    assert_eq!((own.ladder(), own.audio().len()), (original.ladder(), original.audio().len()));
    assert!(losses.is_empty());
    for spec in ["sabre", "pensieve:bitrates=800/2000,segment=4"] {
        let (other, losses) = back(&original, spec).expect("writable");
        assert_eq!(kbps(&other), kbps(&original));
        for level in 0..2 {
            assert_eq!(bytes(&other, level), bytes(&original, level), "{spec}");
        }
        for lost in ["audio", "estimated", "duration", "resolution"] {
            assert!(losses.iter().any(|l| l.contains(lost)), "{spec}: {lost}: {losses:?}");
        }
    }
    let no_bytes = formats::by_name("hls").and_then(|f| formats::write(&original, f));
    assert!(
        no_bytes
            .expect_err("read only")
            .to_string()
            .contains("one that can be written: pensieve, sabre, segue")
    );
}

#[test]
fn pathways_of_hls_are_locations() {
    let playlist = r#"#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/steering?video=00012",PATHWAY-ID="CDN-B"
#EXT-X-STREAM-INF:BANDWIDTH=1280000,PATHWAY-ID="CDN-A"
https://a.example/low/video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=7680000,PATHWAY-ID="CDN-A"
https://a.example/hi/video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1280000,PATHWAY-ID="CDN-B"
https://b.example/low/video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1280000
low/video.m3u8
"#;
    let found = media::steering(playlist).expect("it is steered");
    let locations: Vec<(&str, &str)> =
        found.locations.iter().map(|(name, at)| (name.as_str(), at.as_str())).collect();
    let expected = [
        ("CDN-B", "https://b.example/low/video.m3u8"),
        ("CDN-A", "https://a.example/low/video.m3u8"),
        (".", "low/video.m3u8"),
    ];
    assert_eq!(locations, expected);
    assert!(found.is_hls && !found.before_start && found.server == "/steering?video=00012");
    let nobody: String =
        playlist.lines().filter(|l| !l.contains("STEERING")).map(|l| format!("{l}\n")).collect();
    assert_eq!(media::steering(&nobody), None);
    let alone: String = playlist.lines().take(4).map(|l| format!("{l}\n")).collect();
    assert_eq!(media::steering(&alone), None);
}
