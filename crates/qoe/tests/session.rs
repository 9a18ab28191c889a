//! The record, its digest and what becomes of it as a viewing, against cases computed by hand.

use media::{Ladder, Rung};
use qoe::{
    Accumulator, Download, InterruptionKind, Outcome, QoeError, RateChange, Record, Resolution,
    SESSION_SCHEMA, Session, Stall, StallCause, Summary, Viewing,
};
use units::{BitRate, Bits, Seconds};

fn s(x: f64) -> Seconds {
    Seconds::new(x)
}

/// Times in seconds: request, finish, buffer before and after, stalled since the request before.
fn download(index: usize, level: usize, times: [f64; 5]) -> Download {
    let [request, finish, before, after, stall] = times;
    let bitrate = BitRate::from_kbps([500.0, 1000.0, 2000.0][level]);
    let size = bitrate * s(4.0);
    Download {
        index,
        level,
        bitrate_kbps: bitrate,
        size_bits: size,
        request_s: s(request),
        first_byte_s: s(request),
        finish_s: s(finish),
        buffer_before_s: s(before),
        buffer_after_s: s(after),
        wait_s: Seconds::ZERO,
        stall_s: s(stall),
        outcome: Outcome::Done,
        received_bits: size,
        duration_s: s(4.0),
        source: 0,
        vmaf: None,
        ssim: None,
    }
}

/// Three segments of 4 s. The first comes at 1 s and playback begins; the second takes until 7 s, so that the buffer is dry
/// from 5 s on; the third comes at 9 s. All is played at 15 s.
fn session() -> Session {
    Session {
        schema: SESSION_SCHEMA.to_string(),
        abr: "test".to_string(),
        profile: "test".to_string(),
        trace: "test".to_string(),
        video: "test".to_string(),
        seed: 0,
        ladder_kbps: [500.0, 1000.0, 2000.0].map(BitRate::from_kbps).to_vec(),
        downloads: vec![
            download(0, 0, [0.0, 1.0, 0.0, 4.0, 0.0]),
            download(1, 1, [1.0, 7.0, 4.0, 4.0, 2.0]),
            download(2, 2, [7.0, 9.0, 4.0, 6.0, 0.0]),
        ],
        stalls: vec![Stall {
            start_s: s(5.0),
            duration_s: s(2.0),
            media_s: s(4.0),
            cause: StallCause::Rebuffer,
        }],
        startup_delay_s: s(1.0),
        played_s: s(12.0),
        paused_s: Seconds::ZERO,
        wall_s: s(15.0),
        rates: Vec::new(),
        seeks: Vec::new(),
        others: vec![],
        latencies: vec![],
    }
}

fn corners(session: &Session) -> Vec<(f64, f64)> {
    session.buffer_levels().iter().map(|(t, y)| (t.get(), y.get())).collect()
}

#[test]
fn the_buffer_rises_in_jumps_and_falls_while_playing() {
    let line = corners(&session());
    let expected = [
        (0.0, 0.0),
        (1.0, 0.0), // startup
        (1.0, 4.0),
        (5.0, 0.0), // dry
        (7.0, 0.0), // stalled
        (7.0, 4.0),
        (9.0, 2.0),
        (9.0, 6.0),
        (15.0, 0.0),
    ];
    assert_eq!(line, expected);
}

#[test]
fn the_buffer_falls_at_the_playback_rate() {
    let mut fast = session();
    fast.downloads.truncate(1);
    fast.stalls.clear();
    // 4 s of media: 2 s at normal speed, the rest at double speed ends at 4 s.
    fast.rates = vec![RateChange { at_s: s(3.0), rate: 2.0 }];
    (fast.wall_s, fast.played_s) = (s(4.0), s(4.0));
    assert_eq!(corners(&fast), [(0.0, 0.0), (1.0, 0.0), (1.0, 4.0), (3.0, 2.0), (4.0, 0.0)]);
    let v = Viewing::of(&fast);
    // 4 s of media in 3 s.
    assert!((v.segments[0].speed - 4.0 / 3.0).abs() < 1e-12);
}

#[test]
fn requests_that_overlap_are_put_in_the_order_of_time() {
    let mut parallel = session();
    // Both requested at once; the second comes before the first does in the list's order of ends.
    parallel.downloads =
        vec![download(0, 0, [0.0, 2.0, 0.0, 4.0, 0.0]), download(1, 0, [0.5, 3.0, 0.0, 7.0, 0.0])];
    parallel.stalls.clear();
    (parallel.startup_delay_s, parallel.wall_s, parallel.played_s) = (s(2.0), s(10.0), s(8.0));
    let line = corners(&parallel);
    assert_eq!(line, [(0.0, 0.0), (0.5, 0.0), (2.0, 0.0), (2.0, 4.0), (3.0, 3.0), (3.0, 7.0), (10.0, 0.0)]);
}

#[test]
fn the_digest_is_that_of_the_hand() {
    let d = Summary::of(&session());
    assert_eq!((d.segments, d.stall_count, d.switch_count), (3, 1, 2));
    assert_eq!(d.mean_bitrate_kbps, BitRate::from_kbps(3500.0 / 3.0));
    assert_eq!((d.stall_s, d.startup_delay_s), (s(2.0), s(1.0)));
    assert!((d.stall_ratio - 2.0 / 14.0).abs() < 1e-15);
    assert_eq!(d.mean_switch_kbps, BitRate::from_kbps(750.0));
    // Triangles of 4 x 4, 4 + 2 over 2 s, 6 x 6: 8 + 6 + 18 over 15 s.
    assert!((d.mean_buffer_s.get() - 32.0 / 15.0).abs() < 1e-12);
}

#[test]
fn an_empty_record_has_a_digest_and_no_score() {
    let mut empty = session();
    empty.downloads.clear();
    empty.stalls.clear();
    (empty.startup_delay_s, empty.played_s, empty.wall_s) = (Seconds::ZERO, Seconds::ZERO, Seconds::ZERO);
    let d = Summary::of(&empty);
    assert_eq!((d.segments, d.stall_ratio, d.mean_buffer_s), (0, 0.0, Seconds::ZERO));
    let score = qoe::model("yin").and_then(|m| m.score(&Viewing::of(&empty)));
    assert_eq!(score.err(), Some(QoeError::NothingPlayed));
}

#[test]
fn what_was_given_up_and_replaced_is_charged_to_what_was_played() {
    let mut busy = session();
    busy.downloads[1].outcome = Outcome::Abandoned;
    busy.downloads[2].index = 1;
    let replaced = Download { outcome: Outcome::Replaced, ..download(1, 0, [9.0, 10.0, 6.0, 5.0, 0.0]) };
    busy.downloads.push(replaced);
    let played = busy.played_segments();
    assert_eq!(played.len(), 2);
    assert_eq!((played[1].index, played[1].level, played[1].stall), (1, 0, s(2.0)));
}

#[test]
fn a_viewing_has_the_stalls_where_they_were() {
    let v = Viewing::of(&session());
    assert_eq!(v.startup_delay(), s(1.0));
    let kinds: Vec<(f64, InterruptionKind)> = v.stalls.iter().map(|x| (x.media.get(), x.kind)).collect();
    assert_eq!(kinds, [(0.0, InterruptionKind::Startup), (4.0, InterruptionKind::Rebuffer)]);
    let charged: Vec<f64> = v.charged().map(|(_, stall)| stall.get()).collect();
    assert_eq!(charged, [0.0, 2.0, 0.0]);
    let kpi = qoe::kpi::SessionMetrics::of(&session());
    assert_eq!((kpi.playback_stall_count, kpi.bits_played), (1, Bits::new(14_000_000.0)));
    assert_eq!((kpi.watched_time, kpi.initial_startup_time), (s(15.0), Some(s(1.0))));
}

#[test]
fn segment_by_segment_is_the_same_as_from_the_record() {
    let record = session();
    let v = Viewing::of(&record);
    for name in
        ["yin", "pensieve-lin", "pensieve-log", "pensieve-hd:first=drop", "bola", "bola:form=objective"]
    {
        let model = qoe::additive(name).expect("additive");
        let mut accumulator = Accumulator::new(&*model, &v.meta, record.startup_delay_s).expect("a model");
        for (segment, d) in v.segments.iter().zip(&record.downloads) {
            accumulator.push(segment, d.stall_s).expect("a bitrate");
        }
        assert_eq!(accumulator.score(), model.score(&v), "{name}");
    }
}

#[test]
fn a_stored_record_is_read_and_a_corrupt_one_named() {
    let text = serde_json::to_string(&session()).expect("JSON");
    assert_eq!(Session::parse("a.json", &text), Ok(session()));
    let error = |text: &str| Session::parse("a.json", text).expect_err("corrupt").to_string();
    assert!(error("{").starts_with("a.json: line 1"));
    let other = text.replace("segue.session/2", "segue.session/9");
    assert!(error(&other).contains("schema: is \"segue.session/9\", expected \"segue.session/2\""));
    let before = Session { schema: "segue.session/1".to_string(), ..session() };
    assert_eq!(Session::parse("a.json", &text.replace("segue.session/2", "segue.session/1")), Ok(before));
    let measured = text.replacen("\"source\":0", "\"source\":0,\"vmaf\":101", 1);
    assert!(error(&measured).contains("downloads[0].vmaf: is 101, expected a number from 0 to 100"));
    let negative = text.replacen("\"stall_s\":2.0", "\"stall_s\":-2.0", 1);
    assert!(error(&negative).contains("downloads[1].stall_s: is -2"), "{}", error(&negative));
    let rung = text.replacen("\"level\":2", "\"level\":7", 1);
    assert!(error(&rung).contains("downloads[2].level: is 7, expected a rung of the 3"));
}

#[test]
fn a_record_keeps_what_is_known_of_the_rungs_and_old_ones_are_read() {
    let session = session();
    let rung = |kbps: f64, resolution, codec: &str| Rung {
        resolution,
        fps: Some(25.0),
        codec: Some(codec.to_string()),
        ..Rung::new(BitRate::from_kbps(kbps))
    };
    let sizes = [Some((640, 360)), Some((1280, 720)), None];
    let codecs = ["avc1.64001e", "avc1.64001f", "avc1.640028"];
    let rungs = (0..3).map(|i| rung([500.0, 1000.0, 2000.0][i], sizes[i], codecs[i])).collect();
    let ladder = Ladder::new(rungs).expect("a ladder");
    let record = Record::new(session.clone(), &ladder);
    let text = serde_json::to_string(&record).expect("JSON");
    assert!(
        text.contains(r#""rungs":[{"resolution":"640x360","fps":25.0,"codec":"avc1.64001e"},"#),
        "{text}"
    );
    assert_eq!(Record::parse("a.json", &text).as_ref(), Ok(&record));
    assert_eq!(Session::parse("a.json", &text).as_ref(), Ok(&session));
    assert_eq!(record.viewing(), Viewing::of(&session).describe(&ladder));
    assert_eq!(record.largest(), Some(Resolution::new(1280, 720)));
    // The details may stand anywhere, and records from before there were any have none.
    let moved =
        text.replacen('{', r#"{"rungs":[{},{},{}],"#, 1).replace(r#","rungs":[{"res"#, r#","other":[{"res"#);
    assert_eq!(Record::parse("a.json", &moved).expect("read").rungs.len(), 3);
    let old = serde_json::to_string(&session).expect("JSON");
    assert_eq!(Record::parse("a.json", &old), Ok(Record { session: session.clone(), rungs: vec![] }));
    let bare = Ladder::from_kbps(&[500.0, 1000.0, 2000.0]).expect("a ladder");
    assert_eq!(
        serde_json::to_string(&Record::new(session, &bare)).expect("JSON"),
        old,
        "nothing known, nothing stored"
    );
    let error = |text: &str| Record::parse("a.json", text).expect_err("corrupt").to_string();
    assert_eq!(
        error(&moved.replace("[{},{},{}]", "[{}]")),
        "a.json: rungs: are 1, expected 3 as in ladder_kbps"
    );
    assert!(
        error(&text.replacen("640x360", "wide", 1)).contains("no resolution, expected one like 1920x1080")
    );
    assert!(error(&text.replacen("\"fps\":25.0", "\"fps\":0", 1)).contains("rungs[0].fps: is 0"));
}
