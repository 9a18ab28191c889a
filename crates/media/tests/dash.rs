//! DASH manifests: what they describe, computed by hand from ISO/IEC 23009-1 and 14496-12.

mod common;

use common::{Shelf, boxed, bytes, import, kbps, millis, refused, sidx, sources, video};
use media::SizeSource::{Bandwidth, File, Range, Sidx};
use media::formats::{self, Import, Periods, ReadOptions};

/// A presentation of one period with one set of pictures.
fn mpd(attributes: &str, set: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" {attributes}>\n<Period>\
         <AdaptationSet mimeType=\"video/mp4\">{set}</AdaptationSet></Period></MPD>"
    )
}

/// The notes but for the one that measured bitrates are taken.
fn said(import: &Import) -> Vec<&str> {
    import.notes.iter().map(String::as_str).filter(|n| !n.contains("bitrate=declared")).collect()
}

const TEN_SECONDS: &str = "type=\"static\" mediaPresentationDuration=\"PT10S\"";

#[test]
fn numbered_segments_of_one_duration() {
    let manifest = mpd(
        TEN_SECONDS,
        r#"<SegmentTemplate timescale="1000" duration="4000" startNumber="5" media="$RepresentationID$/$Bandwidth$-$Number%03d$.m4s"/>
        <Representation id="v" bandwidth="500000" width="640" height="360" frameRate="30000/1001" codecs="avc1.4d401e"/>"#,
    );
    let shelf = Shelf::sized(&[("v/500000-006.m4s", 1000)]);
    let import = import(&manifest, &shelf).expect("valid");
    // Names by number; the last one lasts as long as the period.
    assert_eq!(shelf.asked(), ["v/500000-005.m4s", "v/500000-006.m4s", "v/500000-007.m4s"]);
    assert_eq!(millis(&import.video), [4000.0, 4000.0, 2000.0]);
    // What is not there: 500 kbit/s for 4 s and 2 s.
    assert_eq!(bytes(&import.video, 0), [250_000.0, 1000.0, 125_000.0]);
    assert_eq!(sources(&import.video, 0), [Bandwidth, File, Bandwidth]);
    let rung = &import.video.ladder().rungs()[0];
    assert_eq!((rung.resolution, rung.codec.as_deref()), (Some((640, 360)), Some("avc1.4d401e")));
    assert_eq!(rung.fps, Some(30_000.0 / 1001.0));
    assert_eq!(
        import.notes,
        [
            "2 of 3 segments are not beside the manifest (first: `v/500000-005.m4s`): their sizes are estimated"
        ]
    );
}

#[test]
fn an_end_number_ends_before_the_period() {
    let set = r#"<SegmentTemplate duration="4" endNumber="2" media="$Number$-$Time$"/><Representation bandwidth="8000"/>"#;
    let shelf = Shelf::default();
    assert_eq!(millis(&video(&mpd(TEN_SECONDS, set), &shelf)), [4000.0, 4000.0]);
    assert_eq!(shelf.asked(), ["1-0", "2-4"]);
    // It also ends what has no other end.
    assert_eq!(millis(&video(&mpd("", set), &Shelf::default())), [4000.0, 4000.0]);
}

#[test]
fn a_timeline_counts_times_and_repeats() {
    let manifest = mpd(
        "",
        r#"<SegmentTemplate timescale="90000" media="t$Time$.m4s"><SegmentTimeline><S t="900000" d="180180" r="1"/><S d="90090"/></SegmentTimeline></SegmentTemplate>
        <Representation bandwidth="1000000"/>"#,
    );
    let shelf = Shelf::default();
    let video = video(&manifest, &shelf);
    assert_eq!(shelf.asked(), ["t900000.m4s", "t1080180.m4s", "t1260360.m4s"]);
    assert_eq!(millis(&video), [2002.0, 2002.0, 1001.0]);
    assert_eq!(bytes(&video, 0), [250_250.0, 250_250.0, 125_125.0]);
}

#[test]
fn a_negative_repetition_ends_with_the_next_entry_or_the_period() {
    let set = |second: u64| {
        format!(
            "<SegmentTemplate presentationTimeOffset=\"100\" media=\"$Time$/$Number$\"><SegmentTimeline>\
             <S t=\"100\" d=\"2\" r=\"-1\"/><S t=\"{second}\" n=\"20\" d=\"3\" r=\"-1\"/></SegmentTimeline></SegmentTemplate>\
             <Representation bandwidth=\"8000\"/>"
        )
    };
    // From 100 to 108 four times 2 s; then, with numbers from 20 on, until the period ends at 100 + 14.
    let manifest = mpd("mediaPresentationDuration=\"PT14S\"", &set(108));
    let shelf = Shelf::default();
    let all = import(&manifest, &shelf).expect("valid");
    assert_eq!(shelf.asked(), ["100/1", "102/2", "104/3", "106/4", "108/20", "111/21"]);
    assert_eq!(millis(&all.video), [2000.0, 2000.0, 2000.0, 2000.0, 3000.0, 3000.0]);
    // Four segments reach to 108, one second into the next entry.
    let manifest = mpd("mediaPresentationDuration=\"PT13S\"", &set(107));
    let all = import(&manifest, &Shelf::default()).expect("valid");
    assert_eq!(all.video.segments(), 6);
    assert!(all.notes.contains(&"the timeline has 1 gap(s) or overlap(s), which are closed".to_string()));
    // No end is known.
    assert!(refused(&mpd("", &set(108)), &Shelf::default()).contains("the end of the period is unknown"));
}

#[test]
fn lists_have_ranges_or_files() {
    let manifest = mpd(
        TEN_SECONDS,
        r#"<Representation bandwidth="8000"><BaseURL>one.mp4</BaseURL>
        <SegmentList timescale="10" duration="40"><Initialization range="0-99"/>
        <SegmentURL mediaRange="100-1099"/><SegmentURL mediaRange="1100-2599"/><SegmentURL media="rest.mp4"/></SegmentList></Representation>"#,
    );
    let shelf = Shelf::sized(&[("one.mp4", 2600), ("rest.mp4", 77)]);
    let all = import(&manifest, &shelf).expect("valid");
    assert_eq!(bytes(&all.video, 0), [1000.0, 1500.0, 77.0]);
    assert_eq!(sources(&all.video, 0), [Range, Range, File]);
    assert_eq!(millis(&all.video), [4000.0, 4000.0, 2000.0]);
    assert_eq!(said(&all), ["initialization segments are not counted (100 to 100 bytes per rung)"]);
    // A file that ends within the second range: the manifest is believed, and it is said.
    let all = import(&manifest, &Shelf::sized(&[("one.mp4", 2000), ("rest.mp4", 77)])).expect("valid");
    assert_eq!(bytes(&all.video, 0)[1], 1500.0);
    assert!(
        all.notes.iter().any(|n| n.contains("`one.mp4`") && n.contains("not complete")),
        "{:?}",
        all.notes
    );
}

#[test]
fn bases_and_attributes_are_inherited() {
    let manifest = r#"<MPD mediaPresentationDuration="PT4S"><BaseURL>a/</BaseURL><Period><BaseURL>b/</BaseURL>
        <SegmentTemplate timescale="1000" duration="2000" startNumber="7" media="period-$Number$"/>
        <AdaptationSet contentType="video" width="640" height="360" frameRate="25"><BaseURL>c/</BaseURL><SegmentTemplate duration="4000"/>
        <Representation id="x" bandwidth="1000"><BaseURL>../d/</BaseURL><SegmentTemplate media="own-$Number$"/></Representation>
        <Representation id="y" bandwidth="2000" width="1280" height="720"/></AdaptationSet></Period></MPD>"#;
    let shelf = Shelf::default();
    let video = video(manifest, &shelf);
    assert_eq!(shelf.asked(), ["a/b/d/own-7", "a/b/c/period-7"]);
    assert_eq!(millis(&video), [4000.0]);
    let pixels: Vec<_> = video.ladder().rungs().iter().map(|r| (r.resolution, r.fps)).collect();
    assert_eq!(pixels, [(Some((640, 360)), Some(25.0)), (Some((1280, 720)), Some(25.0))]);
}

/// One representation in one file, with its index in a range or not.
fn indexed(range: &str) -> String {
    let set = format!(
        "<Representation bandwidth=\"8000\"><BaseURL>v.mp4</BaseURL><SegmentBase {range}/></Representation>"
    );
    mpd(TEN_SECONDS, &set)
}

#[test]
fn an_index_says_sizes_and_durations() {
    for version in [0, 1] {
        let index = sidx(version, 1000, 24, &[(false, 400, 4000), (false, 300, 4000), (false, 100, 2002)]);
        let before = boxed(b"ftyp", &[0; 20]);
        let mut file = [before.clone(), index.clone()].concat();
        file.resize(before.len() + index.len() + 24 + 800, 0);
        let range = format!("indexRange=\"{}-{}\"", before.len(), before.len() + index.len() - 1);
        // Told where it is, and looked for.
        for range in [range.as_str(), ""] {
            let all = import(&indexed(range), &Shelf::default().put("v.mp4", file.clone())).expect("valid");
            assert_eq!(bytes(&all.video, 0), [400.0, 300.0, 100.0]);
            assert_eq!(millis(&all.video), [4000.0, 4000.0, 2002.0]);
            assert_eq!(sources(&all.video, 0), [Sidx; 3]);
            assert!(said(&all).is_empty(), "{:?}", all.notes);
            assert!((kbps(&all.video)[0] - 8.0 * 800.0 / 10_002.0).abs() < 1e-12);
        }
        // A download that was cut off: the index is still whole.
        file.pop();
        let all = import(&indexed(""), &Shelf::default().put("v.mp4", file)).expect("valid");
        assert!(said(&all)[0].contains("not complete"), "{:?}", all.notes);
    }
}

#[test]
fn an_index_of_indices_is_followed() {
    let first = sidx(0, 10, 0, &[(false, 50, 40), (false, 60, 40)]);
    let second = sidx(1, 20, 0, &[(false, 70, 40)]);
    let (n, m) = (first.len() as u32, second.len() as u32);
    // Each reference spans an index and the media that follows it.
    let root = sidx(0, 10, 0, &[(true, n + 110, 80), (true, m + 70, 20), (false, 80, 10)]);
    let file = [root, first, vec![0; 110], second, vec![0; 70], vec![0; 80]].concat();
    let longer = indexed("").replace("PT10S", "PT11S");
    let all = video(&longer, &Shelf::default().put("v.mp4", file.clone()));
    assert_eq!(bytes(&all, 0), [50.0, 60.0, 70.0, 80.0]);
    assert_eq!(millis(&all), [4000.0, 4000.0, 2000.0, 1000.0]);
    // What begins where the period ends is not in it.
    let all = video(&indexed(""), &Shelf::default().put("v.mp4", file));
    assert_eq!(millis(&all), [4000.0, 4000.0, 2000.0]);
}

#[test]
fn a_damaged_index_is_refused() {
    let says = |range: &str, file: Vec<u8>| refused(&indexed(range), &Shelf::default().put("v.mp4", file));
    let good = sidx(0, 1000, 0, &[(false, 100, 4000)]);
    assert!(refused(&indexed(""), &Shelf::default()).contains("not beside the manifest (`v.mp4`)"));
    assert!(says("", boxed(b"mdat", &[0; 9])).contains("without a segment index"));
    assert!(says("", vec![]).contains("without a segment index"));
    assert!(says("indexRange=\"4-40\"", good.clone()).contains("something else"));
    assert!(says("indexRange=\"40-4\"", good.clone()).contains("@indexRange is `40-4`"));
    assert!(says("", sidx(0, 0, 0, &[(false, 100, 1)])).contains("timescale 0"));
    assert!(says("", sidx(2, 1, 0, &[])).contains("unknown version"));
    assert!(says("", sidx(1, 1, u64::MAX, &[(false, 1, 1)])).contains("beyond 2^64"));
    assert!(says("", good[..good.len() - 1].to_vec()).contains("without a segment index"));
    let mut short = good[..good.len() - 4].to_vec();
    short[3] -= 4;
    assert!(says("", short).contains("cut off"));
    // Empty subsegments, and an index that holds itself as often as one can write.
    assert!(says("", sidx(0, 1, 0, &[(false, 0, 1)])).contains("size_bits is 0"));
    let nested = sidx(0, 1, 0, &vec![(true, 0, 1); 65_535]);
    assert!(says("", nested).contains("something else"));
    let mut matryoshka = vec![0; 10];
    for _ in 0..6 {
        let reference = [(true, matryoshka.len() as u32, 1)];
        matryoshka = [sidx(0, 1, 0, &reference), matryoshka].concat();
    }
    assert!(says("", matryoshka).contains("nested more than 4 deep"));
}

/// A period of a length with pictures at some bitrates, and audio of a language.
fn period(attributes: &str, rungs: &[u64], language: &str) -> String {
    let video: String = rungs.iter().map(|b| format!("<Representation bandwidth=\"{b}\"/>")).collect();
    format!(
        "<Period {attributes}><SegmentTemplate duration=\"2\" media=\"$Bandwidth$-$Number$\"/>\
         <AdaptationSet contentType=\"video\">{video}</AdaptationSet>\
         <AdaptationSet contentType=\"audio\" lang=\"{language}\"><Representation bandwidth=\"64000\"/></AdaptationSet></Period>"
    )
}

#[test]
fn periods_follow_each_other() {
    let manifest = |second: &[u64], language: &str| {
        format!(
            "<MPD mediaPresentationDuration=\"PT9S\">{}{}{}</MPD>",
            period("duration=\"PT4S\"", &[1000, 8000], "en"),
            period("id=\"gone\" duration=\"PT0S\"", &[5], "en"),
            period("id=\"ad\"", second, language),
        )
    };
    // 4 s in two segments; then from 4 s to 9 s two segments of 2 s and one of 1 s. The order of rungs does not matter.
    let all = import(&manifest(&[8000, 1000], "en"), &Shelf::default()).expect("valid");
    assert_eq!(millis(&all.video), [2000.0, 2000.0, 2000.0, 2000.0, 1000.0]);
    assert_eq!(
        (kbps(&all.video), bytes(&all.video, 1)),
        (vec![1.0, 8.0], vec![2000.0, 2000.0, 2000.0, 2000.0, 1000.0])
    );
    assert_eq!(all.video.audio().len(), 1);
    assert_eq!(all.video.audio()[0].track.segments(), 5);
    // A packager that measures each period anew.
    let all = import(&manifest(&[1001, 7990], "en"), &Shelf::default()).expect("valid");
    assert_eq!((kbps(&all.video), bytes(&all.video, 1)[4]), (vec![1.0, 8.0], 998.75));
    assert!(
        all.notes.contains(
            &"the bitrates of the periods differ by up to 1 %: those of the first are taken".into()
        )
    );
    // Audio of one period only is left out; a ladder of one period only is an error.
    let all = import(&manifest(&[1000, 8000], "de"), &Shelf::default()).expect("valid");
    assert!(all.video.audio().is_empty());
    assert!(all.notes.contains(&"2 audio rendition(s) left out: not in every period".to_string()));
    // Another ladder is another content: the one that plays longest is the main one (5 s after 4 s).
    let other = manifest(&[1000, 4000], "en");
    let all = import(&other, &Shelf::default()).expect("valid");
    assert_eq!((kbps(&all.video), all.video.segments()), (vec![1.0, 4.0], 3));
    assert!(
        all.notes.contains(
            &"period 1 left out: its ladder is 1/8 kbit/s, that of the main content 1/4".to_string()
        )
    );
    let asked = |periods: Periods| {
        let mut options = ReadOptions::default();
        options.periods = periods;
        formats::import(other.as_bytes(), &Shelf::default(), None, &options)
    };
    let first = asked(Periods::One(1)).expect("there");
    assert_eq!((kbps(&first.video), first.video.segments()), (vec![1.0, 8.0], 2));
    assert!(asked(Periods::One(4)).expect_err("three").to_string().contains("from 1 to 3"));
    assert_eq!(
        asked(Periods::All).expect_err("two ladders").to_string(),
        "period 3 (`ad`): its ladder is 1/4 kbit/s, expected that of the periods before: 1/8 kbit/s"
    );
}

/// The laws of 5.3.9.2 by an expander of its own: which of the segments that begin at `t`, `d` long, lie in a period.
fn expanded(starts: impl Iterator<Item = u64>, d: u64, offset: u64, period: u64) -> Vec<f64> {
    let inside = |t: &u64| t + d > offset && *t < offset + period;
    starts.filter(inside).map(|t| ((t + d).min(offset + period) - t.max(offset)) as f64).collect()
}

#[test]
fn what_lies_outside_of_a_period_does_not_count() {
    let rung = "<Representation bandwidth=\"8000\"><BaseURL>v.mp4</BaseURL>";
    for (offset, period) in [(0, 18_000), (8000, 12_000), (6000, 10_000), (0, 40_000), (4000, 1000)] {
        let expected = expanded((0..10).map(|k| 4000 * k), 4000, offset, period);
        let attributes = format!("mediaPresentationDuration=\"PT{}S\"", period / 1000);
        let times = "<SegmentTimeline><S t=\"0\" d=\"4000\" r=\"9\"/></SegmentTimeline>";
        let scale = format!("timescale=\"1000\" presentationTimeOffset=\"{offset}\"");
        let urls: String = (0..10).map(|k| format!("<SegmentURL media=\"{k}\"/>")).collect();
        let index = sidx(0, 1000, 0, &[(false, 500, 4000); 10]);
        let file = [index, vec![0; 5000]].concat();
        for set in [
            format!(
                "<SegmentTemplate {scale} media=\"$Time$\">{times}</SegmentTemplate>{rung}</Representation>"
            ),
            format!("{rung}<SegmentList {scale}>{times}{urls}</SegmentList></Representation>"),
            format!("{rung}<SegmentBase {scale}/></Representation>"),
        ] {
            let all =
                import(&mpd(&attributes, &set), &Shelf::default().put("v.mp4", file.clone())).expect("valid");
            assert_eq!(millis(&all.video), expected, "offset {offset}, period {period}: {set}");
            let left = all.notes.iter().any(|n| n.contains("left out"));
            assert_eq!(left, expected.len() < 10, "{:?}", all.notes);
        }
    }
}

#[test]
fn one_set_per_rung_is_one_ladder() {
    let set = |lang: &str, codec: &str, role: &str, bandwidth: u64, d: u64| {
        format!(
            "<AdaptationSet contentType=\"video\" lang=\"{lang}\" codecs=\"{codec}\"><Role schemeIdUri=\"r\" value=\"{role}\"/>\
             <SegmentTemplate duration=\"{d}\" media=\"$Number$\"/><Representation bandwidth=\"{bandwidth}\"/></AdaptationSet>"
        )
    };
    let sets = [
        set("en", "avc1.4d401f", "main", 1000, 5),
        set("en", "avc3.640028", "main", 2000, 5),
        set("en", "avc1.64001f", "sign", 3000, 5),
        set("de", "avc1.64001f", "main", 4000, 5),
        set("en", "hvc1.1.6.L93", "main", 5000, 5),
        set("en", "avc1.64001f", "main", 6000, 4),
    ];
    let all =
        import(&format!("<MPD {TEN_SECONDS}><Period>{}</Period></MPD>", sets.concat()), &Shelf::default());
    let all = all.expect("valid");
    assert_eq!(kbps(&all.video), [1.0, 2.0]);
    assert!(all.notes.iter().any(|n| n.contains("cut otherwise")), "{:?}", all.notes);
    assert!(all.notes.iter().any(|n| n.starts_with("3 adaptation set(s)")), "{:?}", all.notes);
}

#[test]
fn measured_sizes_say_the_bitrate_unless_the_declared_one_is_wanted() {
    let set = r#"<SegmentTemplate duration="5" media="$Number$"/><Representation bandwidth="9000"/>"#;
    let shelf = Shelf::sized(&[("1", 1000), ("2", 4000)]);
    let all = import(&mpd(TEN_SECONDS, set), &shelf).expect("valid");
    assert_eq!(kbps(&all.video), [4.0]);
    assert!(all.notes[0].contains("declared: 9 kbit/s"), "{:?}", all.notes);
    let (format, options) = formats::parse_spec("dash:bitrate=declared").expect("an option");
    let all =
        formats::import(mpd(TEN_SECONDS, set).as_bytes(), &shelf, Some(format), &options).expect("valid");
    assert_eq!(kbps(&all.video), [9.0]);
    // One size that is not known, and the declared bitrate stands.
    let all = import(&mpd(TEN_SECONDS, set), &Shelf::sized(&[("1", 1000)])).expect("valid");
    assert_eq!(kbps(&all.video), [9.0]);
}

#[test]
fn what_nobody_needs_stops_nothing() {
    let set = r#"<SegmentTemplate duration="4" presentationTimeOffset="-7" media="$Number$"/><Representation bandwidth="8000" width="wide" audioSamplingRate="x y z"/>
        <ContentProtection robustness="&#1;"/><FramePacking/>"#;
    let attributes = "mediaPresentationDuration=\"PT10S\" minBufferTime=\"soon\" maxSegmentDuration=\"4\" publishTime=\"now\"";
    let all = import(&mpd(attributes, set), &Shelf::default()).expect("valid");
    assert_eq!(millis(&all.video), [4000.0, 4000.0, 2000.0]);
    assert!(all.notes[0].contains("presentationTimeOffset is `-7`"), "{:?}", all.notes);
    // UTF-16 of both orders, with a mark and without.
    let text = mpd(TEN_SECONDS, set);
    for big in [false, true] {
        for mark in ["", "\u{feff}"] {
            let units = format!("{mark}{text}").encode_utf16().collect::<Vec<_>>();
            let bytes: Vec<u8> =
                units.iter().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
            let all = formats::import(&bytes[..], &Shelf::default(), None, &ReadOptions::default());
            assert_eq!(all.expect("UTF-16").video.segments(), 3);
        }
    }
    for more in ["x", "<MPD/>", "<!-- fine --> &amp;", "<![CDATA[x]]>"] {
        let message = refused(&format!("{text}\n{more}"), &Shelf::default());
        assert!(message.contains("more after the end of the manifest"), "{message}");
    }
    assert!(import(&format!("{text}\n<!-- fine -->\n"), &Shelf::default()).is_ok());
}

#[test]
fn a_dynamic_presentation_is_what_it_lists() {
    let times = "type=\"dynamic\" availabilityStartTime=\"2026-01-01T00:00:00Z\" publishTime=\"2026-01-01T00:01:00Z\"";
    let template = |attributes: &str| {
        format!(
            "<MPD {attributes}><Period start=\"PT10S\"><AdaptationSet contentType=\"video\">\
             <SegmentTemplate duration=\"4\" media=\"$Number$\"/><Representation bandwidth=\"8000\"/></AdaptationSet></Period></MPD>"
        )
    };
    // 50 s after the period began, 20 s back: what begins at 32 s (number 9) or later and ends by 48 s (number 12).
    let shelf = Shelf::default();
    let all = import(&template(&format!("{times} timeShiftBufferDepth=\"PT20S\"")), &shelf).expect("valid");
    assert_eq!(shelf.asked(), ["9", "10", "11", "12"]);
    assert!(all.notes[0].contains("dynamic"), "{:?}", all.notes);
    // Without a limit, everything from the first one on.
    assert_eq!(video(&template(times), &Shelf::default()).segments(), 12);
    assert!(refused(&template("type=\"dynamic\""), &Shelf::default()).contains("publishTime"));
    // A template needs no new manifest, so that publishTime may be the beginning: what the time-shift buffer holds.
    for published in ["", &times.replace("00:01:00", "00:00:00"), &times.replace("00:01:00", "00:00:11")] {
        let manifest = template(&format!(
            "type=\"dynamic\" {} timeShiftBufferDepth=\"PT21S\"",
            published.replace("type=\"dynamic\"", "")
        ));
        let all = import(&manifest, &Shelf::default()).expect("valid");
        assert_eq!(all.video.segments(), 5);
        assert!(all.notes.iter().any(|n| n.contains("time-shift buffer of 21 s")), "{:?}", all.notes);
    }
    let unborn = template(&times.replace("00:01:00", "00:00:00"));
    assert!(
        refused(&unborn, &Shelf::default()).contains("without a segment that was complete at publishTime")
    );
    // A timeline says itself what is there.
    let manifest = mpd(
        "type=\"dynamic\"",
        r#"<SegmentTemplate startNumber="31" media="$Number$"><SegmentTimeline><S t="60" d="2" r="2"/></SegmentTimeline></SegmentTemplate><Representation bandwidth="8000"/>"#,
    );
    let shelf = Shelf::default();
    assert_eq!(video(&manifest, &shelf).segments(), 3);
    assert_eq!(shelf.asked(), ["31", "32", "33"]);
}

const SEVERAL: &str = r#"<MPD mediaPresentationDuration="PT4S"><ProgramInformation><Title> Two
        codecs </Title></ProgramInformation><Period><SegmentTemplate duration="4" media="$RepresentationID$"/>
    <AdaptationSet id="1" contentType="video" codecs="avc1.4d401e"><SupplementalProperty schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016" value="3, 4"/>
        <Representation id="a" bandwidth="1000"/><Representation id="twin" bandwidth="1000"/></AdaptationSet>
    <AdaptationSet id="2" contentType="video" codecs="hvc1.1.6.L93"><Representation id="h" bandwidth="700"/></AdaptationSet>
    <AdaptationSet id="3" contentType="video" codecs="avc1.640028"><Representation id="b" bandwidth="3000"/></AdaptationSet>
    <AdaptationSet contentType="video" codecs="avc1.4d401e"><EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/><Representation id="fast" bandwidth="500"/></AdaptationSet>
    <AdaptationSet contentType="audio" lang="en"><Label>English</Label><Representation id="e1" bandwidth="128000"/><Representation id="e0" bandwidth="64000"/></AdaptationSet>
    <AdaptationSet contentType="audio" lang="de"><Representation id="d" bandwidth="64000"><SegmentBase/></Representation></AdaptationSet>
    <AdaptationSet contentType="text" mimeType="text/vtt"><Representation id="t" bandwidth="100"/></AdaptationSet></Period></MPD>"#;

#[test]
fn one_ladder_is_chosen_and_audio_is_kept() {
    let all = import(SEVERAL, &Shelf::default()).expect("valid");
    assert_eq!((kbps(&all.video), all.video.name()), (vec![1.0, 3.0], "Two codecs"));
    let audio = all.video.audio();
    assert_eq!(audio.len(), 1);
    assert_eq!((audio[0].language.as_deref(), audio[0].track.name()), (Some("en"), "English"));
    assert_eq!(kbps(&audio[0].track), [64.0, 128.0]);
    let said = |what: &str| assert!(all.notes.iter().any(|n| n.contains(what)), "{what}: {:?}", all.notes);
    said("1 adaptation set(s) of pictures left out");
    said("1 rendition(s) left out: another one has the same bitrate");
    said("audio `de` left out: representation `d`: the media is not beside the manifest");
    let (format, options) = formats::parse_spec("dash:codec=hvc1").expect("an option");
    let hevc = formats::import(SEVERAL.as_bytes(), &Shelf::default(), Some(format), &options).expect("valid");
    assert_eq!(kbps(&hevc.video), [0.7]);
    let (format, options) = formats::parse_spec("dash:codec=av01").expect("an option");
    let error =
        formats::import(SEVERAL.as_bytes(), &Shelf::default(), Some(format), &options).expect_err("none");
    assert!(
        error
            .to_string()
            .contains("without the codec `av01` (it has avc1.4d401e, hvc1.1.6.L93, avc1.640028)")
    );
}

#[test]
fn rungs_must_be_cut_alike() {
    let rung = |bandwidth: u64, timescale: u64, s: &str| {
        format!(
            "<Representation bandwidth=\"{bandwidth}\"><SegmentTemplate timescale=\"{timescale}\" media=\"$Number$\">\
             <SegmentTimeline>{s}</SegmentTimeline></SegmentTemplate></Representation>"
        )
    };
    let two =
        |s: &str| mpd(TEN_SECONDS, &(rung(1000, 1000, "<S d=\"4000\" r=\"1\"/>") + &rung(2000, 1000, s)));
    // Two frames apart is said, more is too much.
    let all = import(&two("<S d=\"4040\"/><S d=\"3960\"/>"), &Shelf::default()).expect("valid");
    assert!(all.notes.iter().any(|n| n.contains("up to 40 ms apart")), "{:?}", all.notes);
    assert_eq!(millis(&all.video), [4000.0, 4000.0]);
    assert_eq!(
        refused(&two("<S d=\"4000\"/><S d=\"4100\"/>"), &Shelf::default()),
        "rung 1 (2 kbit/s) is cut otherwise: segment 1 ends at 8.100 s, expected 8.000 s, as rung 0 (1 kbit/s)"
    );
    assert_eq!(
        refused(&two("<S d=\"4000\"/>"), &Shelf::default()),
        "rung 1 (2 kbit/s) is cut otherwise: segments 1 in 4.000 s, expected 2 in 8.000 s, as rung 0 (1 kbit/s)"
    );
    // The same times in another unit are the same.
    let same = mpd(
        TEN_SECONDS,
        &(rung(1000, 90_000, "<S d=\"180180\" r=\"3\"/>") + &rung(2000, 48_000, "<S d=\"96096\" r=\"3\"/>")),
    );
    assert_eq!(millis(&video(&same, &Shelf::default())), [2002.0; 4]);
}

#[test]
fn names_on_disk_are_found_and_nothing_is_fetched() {
    let folder = tempfile::tempdir().expect("a folder");
    let put =
        |name: &str, bytes: usize| std::fs::write(folder.path().join(name), vec![7; bytes]).expect("written");
    std::fs::create_dir_all(folder.path().join("show/low")).expect("made");
    std::fs::create_dir_all(folder.path().join("high")).expect("made");
    for (name, bytes) in [("show/low/part 1.m4s", 100), ("show/low/part 2.m4s", 0), ("high/1.m4s", 300)] {
        put(name, bytes);
    }
    let set = r#"<SegmentTemplate duration="5" media="low/part%20$Number$.m4s?token=a/b"/><Representation bandwidth="8000"/>
        <Representation bandwidth="16000"><SegmentTemplate media="../high/$Number$.m4s"/></Representation>
        <Representation bandwidth="24000"><BaseURL>https://cdn.example/v/</BaseURL></Representation>"#;
    std::fs::write(folder.path().join("show/manifest.mpd"), mpd(TEN_SECONDS, set)).expect("written");
    for path in [folder.path().join("show"), folder.path().join("show/manifest.mpd")] {
        let all = formats::import_path(&path, None, &ReadOptions::default()).expect("valid");
        assert_eq!(sources(&all.video, 0), [File, Bandwidth]); // an empty file is none
        assert_eq!((bytes(&all.video, 0)[0], bytes(&all.video, 1)[0]), (100.0, 300.0));
        assert_eq!(sources(&all.video, 2), [Bandwidth; 2]);
        let said =
            |what: &str| assert!(all.notes.iter().any(|n| n.contains(what)), "{what}: {:?}", all.notes);
        said("2 of 6 segments are not beside the manifest (first: `low/part%202.m4s`)");
        said("2 of 6 segments have absolute addresses (first: `https://cdn.example/v/low/part%201.m4s");
    }
    // Two manifests: which one is meant?
    std::fs::write(folder.path().join("show/other.mpd"), "<MPD/>").expect("written");
    let error =
        formats::import_path(&folder.path().join("show"), None, &ReadOptions::default()).expect_err("two");
    assert!(error.to_string().contains("one of 2 manifests (manifest.mpd, other.mpd)"), "{error}");
    let error = formats::import_path(folder.path(), None, &ReadOptions::default()).expect_err("none");
    assert!(error.to_string().contains("or one manifest (.mpd, .m3u8)"), "{error}");
}

#[test]
fn what_is_no_manifest_or_too_much_is_refused() {
    let rung = "<Representation bandwidth=\"8000\"/>";
    let template = |attributes: &str| format!("<SegmentTemplate {attributes}/>{rung}");
    let timeline = |s: &str| {
        format!(
            "<SegmentTemplate media=\"$Time$\"><SegmentTimeline>{s}</SegmentTimeline></SegmentTemplate>{rung}"
        )
    };
    let cases = [
        ("<MPD".to_string(), "line 1: no XML"),
        ("<MPD>\n<Period>".into(), "line 2: the end of the file, expected the end of every element"),
        ("<MPD/>".into(), "without periods"),
        ("<MPD><Period/></MPD>".into(), "period 1: the manifest is without pictures"),
        (
            "<!DOCTYPE MPD [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n<MPD>&b;</MPD>".into(),
            "line 1: a document type definition, expected a manifest without one",
        ),
        ("<MPD><BaseURL>&b;</BaseURL></MPD>".into(), "unrecognized entity"),
        (
            "<MPD mediaPresentationDuration=\"P99999999999Y\"/>".into(),
            "@mediaPresentationDuration is `P99999999999Y`",
        ),
        ("<MPD><Period start=\"PT&#57;9999999999S\"/></MPD>".into(), "@start is `PT99999999999S`"),
        ("<MPD><Period start=\"soon\"/></MPD>".into(), "Period[0].@start is wrong"),
        (mpd(TEN_SECONDS, "<Representation/>"), "representation 1: @bandwidth is absent or 0"),
        (
            mpd(TEN_SECONDS, "<Representation id=\"x\" bandwidth=\"-1\"/>"),
            "Representation[0].@bandwidth is wrong",
        ),
        (mpd("", rung), "the end of the period is unknown"),
        (
            "<MPD><Period start=\"PT9S\"/><Period start=\"PT5S\"/></MPD>".into(),
            "period 1: its duration is -4 s, expected at least 0",
        ),
        ("<MPD><Period/><Period/></MPD>".into(), "period 2: its start is unknown"),
        (mpd(TEN_SECONDS, &template("media=\"$Number$\"")), "the duration of its segments is absent"),
        (mpd(TEN_SECONDS, &template("duration=\"4\"")), "SegmentTemplate@media is absent"),
        (mpd(TEN_SECONDS, &template("duration=\"0\" media=\"$Number$\"")), "@duration is 0"),
        (mpd(TEN_SECONDS, &template("duration=\"NaN\" media=\"$Number$\"")), "@duration is NaN"),
        (
            mpd(TEN_SECONDS, &template("duration=\"1e-300\" media=\"$Number$\"")),
            "the number of segments is above 1000000",
        ),
        (mpd(TEN_SECONDS, &template("duration=\"4\" timescale=\"0\" media=\"$Number$\"")), "@timescale is 0"),
        (
            mpd(TEN_SECONDS, &template("duration=\"4\" media=\"$Number%0999999999d$\"")),
            "the template is `$Number%0999999999d$`",
        ),
        (mpd(TEN_SECONDS, &template("duration=\"4\" media=\"$Nummer$\"")), "the template is `$Nummer$`"),
        (mpd(TEN_SECONDS, &timeline("<S d=\"0\"/>")), "S 1: @d is 0"),
        (
            mpd(TEN_SECONDS, &timeline("<S d=\"1\" r=\"99999999999\"/>")),
            "the number of segments is above 1000000",
        ),
        (mpd(TEN_SECONDS, &timeline("<S d=\"1\" r=\"-1\"/><S d=\"2\"/>")), "S 2: @t is absent"),
        (mpd(TEN_SECONDS, &timeline("<S t=\"18446744073709551615\" d=\"2\" r=\"1\"/>")), "beyond 2^64"),
        (mpd(TEN_SECONDS, &timeline("")), "no segment"),
        (
            mpd(TEN_SECONDS, &format!("<SegmentList duration=\"4\"/>{rung}")),
            "SegmentList is without SegmentURL",
        ),
        (
            mpd(
                TEN_SECONDS,
                &format!("<SegmentList duration=\"4\"><SegmentURL mediaRange=\"9-3\"/></SegmentList>{rung}"),
            ),
            "@mediaRange is `9-3`",
        ),
        (
            "<MPD><Period xmlns:xlink=\"x\" xlink:href=\"https://ad.example/\"/></MPD>".into(),
            "elsewhere (xlink `https://ad.example/`)",
        ),
        (
            "<MPD mediaPresentationDuration=\"PT9S\"><Period><AdaptationSet xlink:href=\"ad.set\"/></Period></MPD>".into(),
            "an adaptation set is elsewhere (xlink `ad.set`)",
        ),
        (
            mpd(TEN_SECONDS, &template("duration=\"4\" startNumber=\"x\"")),
            "@startNumber is wrong: \"x\", expected a whole number",
        ),
        (format!("<MPD>{}</MPD>", "<x>".repeat(100) + &"</x>".repeat(100)), "nested more than 64 deep"),
        (format!("<MPD>{}</MPD>", "<Period/>".repeat(100_001)), "the number of elements is above 100000"),
    ];
    for (manifest, says) in cases {
        let message = refused(&manifest, &Shelf::default());
        assert!(message.contains(says), "{message}\nexpected to say: {says}");
    }
    let latin = mpd(TEN_SECONDS, "<Representation id=\"\u{e9}\"/>").replace('\u{e9}', "e").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|b| if b == b'=' { 0xe9 } else { b }).collect();
    let dash = formats::by_name("dash").expect("known");
    let error = formats::read(&latin[..], Some(dash), &ReadOptions::default()).expect_err("Latin-1");
    assert!(error.to_string().contains("line 1: byte 0xe9, expected text in UTF-8"), "{error}");
}

#[test]
fn a_set_that_is_elsewhere_is_told_beside_one_that_is_here() {
    let elsewhere = "</AdaptationSet><AdaptationSet xlink:href=\"ad.set\"/><AdaptationSet>";
    let set = format!(
        r#"<SegmentTemplate duration="5" media="$Number$"/><Representation id="v" bandwidth="8000"/>{elsewhere}"#
    );
    let import = import(&mpd(TEN_SECONDS, &set), &Shelf::default()).expect("valid");
    assert_eq!(millis(&import.video), [5000.0, 5000.0]);
    assert!(said(&import).iter().any(|n| n.contains("elsewhere (xlink `ad.set`)")), "{:?}", import.notes);
}
