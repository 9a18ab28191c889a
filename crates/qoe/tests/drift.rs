//! The drift between sound and picture: against formulas worked out by hand, a clock that ticks, and laws.

use proptest::prelude::*;
use qoe::drift::{Course, Law, NOTICED_MS};
use qoe::{AvSync, Interruption, InterruptionKind, Meta, Segment, Viewing};
use units::{BitRate, Seconds};

const LADDER: [f64; 4] = [300.0, 750.0, 1850.0, 4300.0];

fn s(x: f64) -> Seconds {
    Seconds::new(x)
}

fn segment(duration: f64, level: usize) -> Segment {
    Segment {
        representation: Some(level as u32),
        ..Segment::new(s(duration), BitRate::from_kbps(LADDER[level]))
    }
}

/// Segments of 4 s on these levels, each with the stall before it.
fn watched(list: &[(usize, f64)]) -> Viewing {
    let meta = Meta { ladder: LADDER.map(BitRate::from_kbps).to_vec(), ..Meta::default() };
    let mut v = Viewing::new(meta).startup(s(3.0));
    list.iter().for_each(|(level, stall)| v.push(segment(4.0, *level), s(*stall)));
    v
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn without_stalls_and_switches_there_is_none() {
    let v = watched(&[(2, 0.0); 30]);
    assert_eq!(AvSync::of(&v), AvSync::default());
    assert_eq!(AvSync::of(&Viewing::default()), AvSync::default());
}

#[test]
fn a_stall_and_a_switch_fade_as_the_formula_says() {
    let rate = -0.95f64.ln();
    for stall in [0.01, 1.0, 7.0, 60.0, 1e4] {
        let v = watched(&[(1, 0.0), (1, stall), (1, 0.0), (1, 0.0)]);
        let course = Course::of(&v);
        let grown = 5.0 / rate * (1.0 - 0.95f64.powf(stall));
        assert_eq!(course.at(s(4.0)), 0.0);
        for later in [0.0, 0.5, 3.0, 12.0] {
            let got = course.at(s(4.0 + stall + later));
            assert!(close(got, grown * 0.95f64.powf(later)), "{stall} {later}: {got}");
        }
        assert!(close(AvSync::of(&v).max_ms, grown));
    }
    // Three levels up at 4 s, one down at 12 s.
    let course = Course::of(&watched(&[(0, 0.0), (3, 0.0), (3, 0.0), (2, 0.0)]));
    assert!(close(course.at(s(4.0)), 6.0));
    assert!(close(course.at(s(12.0)), 6.0 * 0.95f64.powi(8) + 2.0));
    assert!(close(course.at(s(16.0)), 6.0 * 0.95f64.powi(12) + 2.0 * 0.95f64.powi(4)));
    // Behind the end it is that of the end.
    assert_eq!(course.at(s(99.0)), course.at(s(16.0)));
}

#[test]
fn a_long_stall_is_out_of_sync_from_twelve_seconds_on() {
    // 5 (1 - .95^t) / -ln .95 = 45 ms at t = 12.07 s; what has grown by 30 s fades to 45 ms in 10.36 s.
    let rate = -0.95f64.ln();
    let up = -(1.0 - 45.0 * rate / 5.0).ln() / rate;
    let grown = 5.0 / rate * (1.0 - 0.95f64.powf(30.0));
    let down = (grown / 45.0).ln() / rate;
    let got = AvSync::of(&watched(&[(1, 0.0), (1, 30.0), (1, 0.0), (1, 0.0), (1, 0.0), (1, 0.0)]));
    assert!((12.07..12.08).contains(&up) && (10.35..10.36).contains(&down), "{up} {down}");
    assert!(close(got.out_of_sync_s.get(), 30.0 - up + down), "{got:?}");
    assert!(close(got.out_of_sync_ratio, got.out_of_sync_s.get() / 54.0), "{got:?}");
}

#[test]
fn startup_and_waits_after_a_seek_add_nothing_and_time_at_twice_the_speed_is_half() {
    let mut v = watched(&[(0, 0.0), (2, 0.0), (2, 0.0)]);
    v.stalls.push(Interruption { media: s(8.0), duration: s(5.0), kind: InterruptionKind::Seek });
    v.segments[1].speed = 2.0;
    let course = Course::of(&v);
    // 4 s, 2 s at twice the speed, 5 s of waiting, 4 s.
    for (at, want) in [(4.0, 0), (6.0, 2), (11.0, 7), (15.0, 11)] {
        assert!(close(course.at(s(at)), 4.0 * 0.95f64.powi(want)), "{at}");
    }
}

#[test]
fn levels_are_places_in_the_ladder_where_rungs_are_unknown() {
    let at_switch = |ladder: &[f64]| {
        let mut v = watched(&[(0, 0.0), (3, 0.0)]);
        v.meta.ladder = ladder.iter().map(|k| BitRate::from_kbps(*k)).collect();
        v.segments.iter_mut().for_each(|s| s.representation = None);
        Course::of(&v).at(s(4.0))
    };
    assert_eq!([at_switch(&LADDER), at_switch(&[])], [6.0, 2.0]);
}

/// Stalls in the middle of segments, and speeds.
fn any_viewing() -> impl Strategy<Value = Viewing> {
    let one = (0usize..4, prop_oneof![3 => Just(0.0), 1 => 0.05..20.0f64], 0.0..1.0f64, 0.5..1.5f64);
    prop::collection::vec(one, 1..20).prop_map(|list| {
        let mut v = watched(&[]);
        for (level, stall, place, speed) in list {
            v.push(Segment { speed, ..segment(4.0, level) }, Seconds::ZERO);
            let media = v.segments[v.segments.len() - 1].start + s(4.0 * place);
            if stall > 0.0 {
                v.stalls.push(Interruption { media, duration: s(stall), kind: InterruptionKind::Rebuffer });
            }
        }
        v
    })
}

/// The same, tick by tick: the mean, the most and the time above 45 ms, and the drift at the end.
fn ticked(v: &Viewing, tick: f64) -> (f64, f64, f64, f64) {
    let keep = 0.95f64.powf(tick);
    let (mut drift, mut time, mut area, mut most, mut out) = (0.0f64, 0.0, 0.0, 0.0f64, 0.0);
    let mut pass = |drift: &mut f64, length: f64, grows: bool| {
        let ticks = (length / tick).round() as usize;
        for _ in 0..ticks {
            *drift = *drift * keep + if grows { 5.0 * tick } else { 0.0 };
            time += tick;
            area += *drift * tick;
            out += if *drift > NOTICED_MS { tick } else { 0.0 };
            most = most.max(*drift);
        }
        most = most.max(*drift);
    };
    for (i, segment) in v.segments.iter().enumerate() {
        if i > 0 {
            let levels = segment.representation.zip(v.segments[i - 1].representation);
            drift += levels.map_or(0.0, |(a, b)| 2.0 * f64::from(a.abs_diff(b)));
        }
        let mut at = segment.start.get();
        let end = at + segment.duration.get();
        for stall in
            v.rebuffers().filter(|x| (segment.start..segment.start + segment.duration).contains(&x.media))
        {
            pass(&mut drift, (stall.media.get() - at) / segment.speed, false);
            pass(&mut drift, stall.duration.get(), true);
            at = stall.media.get();
        }
        pass(&mut drift, (end - at) / segment.speed, false);
    }
    (area / time, most, out, drift)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_clock_of_a_millisecond_says_the_same(v in any_viewing()) {
        let course = Course::of(&v);
        let got = course.beyond(NOTICED_MS);
        let (mean, most, out, end) = ticked(&v, 0.001);
        // Each of some 60 stretches may be half a tick longer or shorter.
        prop_assert!((got.mean_ms - mean).abs() < 0.05, "{got:?} {mean}");
        prop_assert!((got.max_ms - most).abs() < 0.05, "{got:?} {most}");
        prop_assert!((course.at(s(1e9)) - end).abs() < 0.1, "{end}");
        // Where it only touches the threshold, a little more or less of it is a lot of time.
        prop_assert!((got.max_ms - NOTICED_MS).abs() < 0.5 || (got.out_of_sync_s.get() - out).abs() < 0.2, "{got:?} {out}");
    }

    #[test]
    fn more_stalling_is_never_less_drift(v in any_viewing(), place in 0.0..1.0f64, length in 0.01..40.0f64) {
        let mut worse = v.clone();
        let media = worse.media_time() * place;
        let at = worse.stalls.partition_point(|x| x.media <= media);
        worse.stalls.insert(at, Interruption { media, duration: s(length), kind: InterruptionKind::Rebuffer });
        let (a, b) = (AvSync::of(&v), AvSync::of(&worse));
        // Nothing of 20 segments comes near to what an endless stall makes, 97.5 ms, above which a stall would let it fall.
        prop_assert!(a.max_ms < 97.0);
        prop_assert!(b.max_ms >= a.max_ms - 1e-9, "{a:?} {b:?}");
        prop_assert!(b.out_of_sync_s >= a.out_of_sync_s - s(1e-9), "{a:?} {b:?}");
        let area = |v: &Viewing, sync: &AvSync| {
            let played: f64 = v.segments.iter().map(|x| x.duration.get() / x.speed).sum();
            sync.mean_ms * (played + v.stall_time().get())
        };
        prop_assert!(area(&worse, &b) >= area(&v, &a) - 1e-6, "{a:?} {b:?}");
    }

    #[test]
    fn a_law_does_not_care_how_time_is_cut(share in 0.0..=1.0f64, drift in 0.0..200.0f64, a in 0.0..50.0f64, b in 0.0..50.0f64, stood in any::<bool>()) {
        let law = Law::leaving(share);
        let cut = law.after(law.after(drift, s(a), stood), s(b), stood);
        prop_assert!(close(law.after(drift, s(a + b), stood), cut));
    }
}
