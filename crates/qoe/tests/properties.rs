//! Laws of the models, on random sessions.

use proptest::prelude::*;
use qoe::{
    Event, InterruptionKind, Meta, Need, Online, Parts, QoeError, QoeModel, Rescore, Resolution, Scratch,
    Segment, Sliding, VideoCodec, Viewing,
};
use units::{BitRate, Seconds};

/// The ladder of all random sessions, in kbit/s.
const LADDER: [f64; 4] = [300.0, 1200.0, 2850.0, 4300.0];

/// Every model that needs no file, with options that matter, and whether more stalling can never raise it.
const MODELS: &[(&str, bool)] = &[
    ("yin", true),
    ("yin:preset=avoid-instability,startup=apart,total=mean", true),
    ("pensieve-lin", true),
    ("pensieve-lin:before=750,first=drop,total=mean", true),
    ("pensieve-log", true),
    ("pensieve-hd", true),
    ("fugu", true),
    ("comyco", true),
    ("bola", false), // of a score below 0, a longer session makes less
    ("bola:form=mean", true),
    ("bola:form=utility", true),
    ("bola:form=time-average", true),
    ("bola:form=objective", true),
    ("c3", true),
    ("nqoe", true),
    ("lolplus", true),
    ("mm19-live", true),
    ("ftw", true),
    ("mok", false),
    ("mok:levels=zero", false),
    ("sqi", false),
    ("qoe-core", true),
    ("qoe-core:clamp=on", true),
    // A stall may dilute the drift that switches have made.
    ("twitch", false),
    ("twitch:drift-ms=20", true),
    ("buffer-monitor", false),
    ("buffer-monitor:version=document", false),
    #[cfg(feature = "p1203")]
    ("p1203", true),
    #[cfg(feature = "p1203")]
    ("p1203:audiovisual=on,stalling=on,device=mobile", true),
    #[cfg(feature = "p1203")]
    ("p1203:app2=on", true),
];

fn meta() -> Meta {
    let ladder = LADDER.map(BitRate::from_kbps).to_vec();
    Meta { ladder, display: Some(Resolution::new(1920, 1080)), ..Meta::default() }
}

/// A segment of which everything is known.
fn segment() -> impl Strategy<Value = Segment> {
    let heights = [240u32, 480, 720, 1080];
    (0usize..4, 0.5..0.999f64, 0.0..100.0f64, 0.2..6.0f64, 0.9..1.1f64).prop_map(
        move |(level, ssim, vmaf, latency, speed)| {
            let height = heights[level];
            Segment {
                representation: Some(level as u32),
                resolution: Some(Resolution::new(height * 16 / 9, height)),
                fps: Some(25.0),
                codec: Some(VideoCodec::H264),
                ssim: Some(ssim),
                vmaf: Some(vmaf),
                latency: Some(Seconds::new(latency)),
                speed,
                ..Segment::new(Seconds::new(4.0), BitRate::from_kbps(LADDER[level]))
            }
        },
    )
}

/// A session of 1 to 40 segments, some of them after a stall.
fn viewing() -> impl Strategy<Value = Viewing> {
    let stall = prop_oneof![4 => Just(0.0), 1 => 0.05..9.0f64];
    (0.0..8.0f64, prop::collection::vec((segment(), stall), 1..40)).prop_map(|(startup, list)| {
        let mut v = Viewing::new(meta()).startup(Seconds::new(startup));
        for (i, (segment, stall)) in list.into_iter().enumerate() {
            // What was waited for the first segment is the startup delay.
            v.push(segment, if i == 0 { Seconds::ZERO } else { Seconds::new(stall) });
        }
        v.buffer =
            vec![(Seconds::ZERO, Seconds::new(3.0)), (v.media_time() + v.stall_time(), Seconds::new(1.0))];
        v
    })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_sum_to_the_value(v in viewing()) {
        for (name, _) in MODELS {
            let score = qoe::model(name).and_then(|m| m.score(&v)).expect(name);
            prop_assert!(score.value.is_finite(), "{name}");
            if qoe::additive(name).is_ok() {
                prop_assert_eq!(score.value, score.parts.total(), "{}", name);
            }
            prop_assert!(close(score.value, score.parts.total()), "{name}: {score:?}");
        }
    }

    #[test]
    fn a_longer_stall_never_raises_a_score(v in viewing(), pick in any::<prop::sample::Index>(), more in 0.1..30.0f64) {
        prop_assume!(!v.stalls.is_empty());
        let mut worse = v.clone();
        let i = pick.index(worse.stalls.len());
        worse.stalls[i].duration += Seconds::new(more);
        never_raised(&v, &worse)?;
    }

    #[test]
    fn a_further_stall_never_raises_a_score(v in viewing(), pick in any::<prop::sample::Index>(), length in 0.05..30.0f64) {
        let mut worse = v.clone();
        let media = worse.segments[pick.index(worse.segments.len())].start;
        let at = worse.stalls.partition_point(|s| s.media <= media);
        let kind = InterruptionKind::Rebuffer;
        worse.stalls.insert(at, qoe::Interruption { media, duration: Seconds::new(length), kind });
        never_raised(&v, &worse)?;
    }

    #[test]
    fn scores_stay_on_their_scale(v in viewing()) {
        for (name, _) in MODELS {
            let model = qoe::model(name).expect(name);
            // QOE-Core is known to leave its scale where it is not clamped; Mok's level 0 is within.
            if let (Some((low, high)), false) = (model.about().scale.bounds(), *name == "qoe-core") {
                let value = model.score(&v).expect(name).value;
                prop_assert!((low - 1e-9..=high + 1e-9).contains(&value), "{name}: {value}");
            }
        }
    }

    #[test]
    fn sliding_equals_rescoring_from_scratch(
        list in prop::collection::vec((segment(), 0.0..3.0f64, any::<bool>(), 0.1..8.0f64), 1..60),
        startup in 0.0..5.0f64,
        window in 1.0..60.0f64,
    ) {
        for name in ["yin", "pensieve-log:total=mean", "fugu", "comyco", "nqoe", "mm19-live", "bola", "bola:form=objective"] {
            let model = qoe::additive(name).expect(name);
            let mut live = Sliding::new(qoe::additive(name).expect(name), meta(), Seconds::new(window));
            let mut past: Vec<(f64, f64, f64, Parts)> = Vec::new();
            let mut now = startup;
            let mut before: Option<Segment> = None;
            live.push(Seconds::ZERO, Event::StallBegin(InterruptionKind::Startup)).expect("an event");
            live.push(Seconds::new(now), Event::StallEnd).expect("an event");
            let mut delay = startup;
            for (segment, stall, stalls, plays) in &list {
                let stall = if *stalls { *stall } else { 0.0 };
                if *stalls {
                    live.push(Seconds::new(now), Event::StallBegin(InterruptionKind::Rebuffer)).expect("an event");
                    // In the middle of the stall it counts so far.
                    check(&mut live, &*model, &past, before, now + stall / 2.0, stall / 2.0, window)?;
                    now += stall;
                    live.push(Seconds::new(now), Event::StallEnd).expect("an event");
                }
                live.push(Seconds::new(now), Event::Segment(*segment)).expect("a segment");
                let stalled = Seconds::new(stall);
                let mut parts = model.step(&meta(), before.as_ref(), segment, stalled, &mut Scratch::default()).expect("all is known");
                parts += model.startup(&meta(), Seconds::new(delay)).expect("a delay");
                past.push((now, segment.duration.get() + stall + delay, segment.duration.get(), parts));
                (before, delay) = (Some(*segment), 0.0);
                now += plays;
                check(&mut live, &*model, &past, before, now, 0.0, window)?;
            }
        }
    }

    #[test]
    fn a_window_that_holds_all_scores_the_session(v in viewing()) {
        for (name, _) in MODELS {
            let model = qoe::model(name).expect(name);
            if model.about().needs.contains(&Need::Buffer) {
                continue; // the buffer level is no event
            }
            let whole = model.score(&v).expect(name);
            let mut live = Rescore::new(model, meta(), Seconds::new(1e6), Seconds::ZERO);
            let end = feed(&mut live, &v);
            let score = live.now(end).expect(name);
            prop_assert!(close(score.value, whole.value), "{name}: {score:?} {whole:?}");
            if let Ok(model) = qoe::additive(name) {
                let mut live = Sliding::new(model, meta(), Seconds::new(1e6));
                let end = feed(&mut live, &v);
                prop_assert!(close(live.now(end).expect(name).value, whole.value), "{name}");
            }
        }
    }

    #[test]
    fn no_specification_panics(text in ".{0,60}") {
        let _ = qoe::model(&text);
    }
}

fn never_raised(v: &Viewing, worse: &Viewing) -> Result<(), TestCaseError> {
    for (name, law) in MODELS {
        let model = qoe::model(name).expect(name);
        let (before, after) = (model.score(v).expect(name).value, model.score(worse).expect(name).value);
        prop_assert!(
            !law || after <= before + 1e-9 * before.abs().max(1.0),
            "{name}: {before} rose to {after}"
        );
    }
    Ok(())
}

/// The window from scratch: the sum of what its segments added.
fn check(
    live: &mut impl Online,
    model: &dyn qoe::Additive,
    past: &[(f64, f64, f64, Parts)],
    before: Option<Segment>,
    now: f64,
    open: f64,
    window: f64,
) -> Result<(), TestCaseError> {
    let got = live.now(Seconds::new(now));
    let inside: Vec<_> =
        past.iter().filter(|(at, ..)| Seconds::new(*at) > Seconds::new(now) - Seconds::new(window)).collect();
    if inside.is_empty() {
        prop_assert_eq!(got, Err(QoeError::NothingPlayed));
        return Ok(());
    }
    let mut sum = inside.iter().fold(Parts::default(), |sum, (.., parts)| sum + *parts);
    let mut wall: f64 = inside.iter().map(|(_, wall, ..)| wall).sum();
    if let (Some(before), true) = (before, open > 0.0) {
        sum.stall += model
            .step(&meta(), Some(&before), &before, Seconds::new(open), &mut Scratch::default())
            .expect("all is known")
            .stall;
        wall += open;
    }
    let by = match model.conventions().total {
        qoe::Total::Sum => 1.0,
        qoe::Total::Mean => inside.len() as f64,
        qoe::Total::PerSecond => wall,
        qoe::Total::PerSegmentOfSession => {
            inside.len() as f64 * wall / inside.iter().map(|(_, _, media, _)| media).sum::<f64>()
        }
    };
    let got = got.expect("a segment is in the window");
    prop_assert!(close(got.value, sum.total() / by), "{got:?}, expected {}", sum.total() / by);
    Ok(())
}

/// Tells a session as events, and when it ends.
fn feed(live: &mut dyn Online, v: &Viewing) -> Seconds {
    let mut now = Seconds::ZERO;
    let wait = |live: &mut dyn Online, kind, at: Seconds, length: Seconds| {
        live.push(at, Event::StallBegin(kind)).expect("an event");
        live.push(at + length, Event::StallEnd).expect("an event");
        at + length
    };
    if v.startup_delay() > Seconds::ZERO {
        now = wait(live, InterruptionKind::Startup, now, v.startup_delay());
    }
    for (segment, stall) in v.charged() {
        if stall > Seconds::ZERO {
            now = wait(live, InterruptionKind::Rebuffer, now, stall);
        }
        live.push(now, Event::Segment(*segment)).expect("all is known");
        now += segment.duration;
    }
    now
}

#[test]
fn every_model_of_the_registry_is_tested_here_or_needs_a_file() {
    for info in qoe::models() {
        let name = info.entry.name;
        let here = MODELS.iter().any(|(spec, _)| spec.split(':').next() == Some(name));
        assert!(here || name == "ksqi", "{name}");
    }
}

#[test]
fn nothing_played_is_an_error_and_one_segment_is_not() {
    let one = Segment {
        representation: Some(1),
        resolution: Some(Resolution::new(640, 360)),
        fps: Some(25.0),
        codec: Some(VideoCodec::H264),
        ssim: Some(0.9),
        vmaf: Some(60.0),
        latency: Some(Seconds::new(2.0)),
        ..Segment::new(Seconds::new(4.0), BitRate::from_kbps(1200.0))
    };
    for (name, _) in MODELS {
        let model = qoe::model(name).expect(name);
        assert_eq!(model.score(&Viewing::new(meta())), Err(QoeError::NothingPlayed), "{name}");
        let mut v = Viewing::new(meta());
        v.push(one, Seconds::ZERO);
        v.buffer = vec![(Seconds::ZERO, Seconds::new(2.0)), (Seconds::new(4.0), Seconds::new(2.0))];
        let score = model.score(&v).expect(name);
        assert!(score.value.is_finite(), "{name}");
        assert_eq!((score.parts.stall, score.parts.startup), (0.0, 0.0), "{name}");
    }
}

#[test]
fn what_is_missing_is_named_and_never_assumed() {
    let mut bare = Viewing::new(Meta::default());
    bare.push(Segment::new(Seconds::new(4.0), BitRate::from_kbps(1200.0)), Seconds::ZERO);
    for info in qoe::models() {
        let Ok(model) = qoe::model(info.entry.name) else { continue };
        let missing = matches!(model.score(&bare), Err(QoeError::MissingInput { .. }));
        assert_eq!(missing, !model.about().needs.is_empty(), "{}", info.entry.name);
    }
    assert!(matches!(qoe::model("ksqi"), Err(QoeError::MissingInput { .. })));
}

#[test]
fn a_model_that_is_no_sum_says_which_are() {
    let error = qoe::additive("ftw").err().expect("no sum").to_string();
    assert!(
        error.starts_with("ftw is not a sum over segments; the models that are: yin, pensieve-lin"),
        "{error}"
    );
}

#[test]
fn tables_of_ksqi_are_read_and_used() {
    let axis = |values: [f64; 3]| values.to_vec();
    let tables = serde_json::json!({
        "schema": "segue.ksqi/1",
        "quality": axis([0.0, 50.0, 100.0]), "stall_s": axis([0.0, 1.0, 2.0]),
        "stall": [[0.0, -1.0, -2.0], [0.0, -10.0, -20.0], [0.0, -30.0, -40.0]],
        "change": axis([-50.0, 0.0, 50.0]),
        "adaptation": [[-3.0, 0.0, 3.0], [-3.0, 0.0, 3.0], [-5.0, 0.0, 1.0]],
    });
    let tables = qoe::models::ksqi::Tables::parse("t.json", &tables.to_string()).expect("tables");
    let mut v = Viewing::new(meta()).startup(Seconds::new(9.0));
    let played =
        |vmaf| Segment { vmaf: Some(vmaf), ..Segment::new(Seconds::new(4.0), BitRate::from_kbps(1200.0)) };
    v.push(played(100.0), Seconds::ZERO);
    v.push(played(50.0), Seconds::new(1.4));
    // 100, less 30 for 9 / 9 s behind a quality of 80; 50, less 30 for 1 s behind 100, less 5 for a fall of 50.
    let score = qoe::models::ksqi::Ksqi { tables }.score(&v).expect("VMAF is known");
    assert!((score.value - (70.0 + 15.0) / 2.0).abs() < 1e-12, "{score:?}");
    let bad = qoe::models::ksqi::Tables::parse("t.json", "{}").expect_err("no tables").to_string();
    assert!(bad.contains("t.json"), "{bad}");
}
