//! Laws that hold whatever a driver does: random steps, among them pauses, seeks, rates, failures and misuse.

mod driver;

use abr::{AbrStrategy, Decision, PlayerView};
use driver::{Parallel, Step, Wall, film, s};
use player::{Event, Meter, Observer, Options, Plain, PlannedWish, Player, Recorder, Scheduling, Wish};
use proptest::prelude::*;
use qoe::Session;
use units::Seconds;

/// A level that changes from segment to segment.
#[derive(Clone, Copy)]
struct Wild;

impl AbrStrategy for Wild {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        match view.segment % 5 {
            4 => Decision::Fetch { level: 0, after: s(0.3) },
            3 => Decision::Pending,
            k => Decision::fetch(k % 2),
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wish = prop_oneof![
        2 => Just(Wish::Pause),
        4 => Just(Wish::Play),
        2 => (0.0..90.0f64).prop_map(|t| Wish::Seek(s(t))),
        2 => (0.25..3.0f64).prop_map(Wish::Rate),
    ];
    let step = prop_oneof![
        8 => (0.01..6.0f64).prop_map(Step::Pass),
        1 => (0.01..9.0f64).prop_map(Step::Oversleep),
        8 => (0..4usize).prop_map(Step::Whole),
        1 => (0..4usize).prop_map(Step::Fail),
        2 => (0..4usize, 0.0..1.0f64).prop_map(|(i, x)| Step::Receive(i, x)),
        2 => wish.prop_map(Step::Wish),
        1 => (0..6u8).prop_map(Step::Misuse),
    ];
    prop::collection::vec(step, 1..150)
}

/// Steps that a viewer has no part in.
fn patient() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0.01..6.0f64).prop_map(Step::Pass),
        6 => (0..4usize).prop_map(Step::Whole),
        1 => (0..4usize).prop_map(Step::Fail),
        1 => (0.3..2.0f64).prop_map(|r| Step::Wish(Wish::Rate(r))),
    ];
    prop::collection::vec(step, 1..100)
}

fn options(audio: bool) -> Options {
    Options {
        capacity: s(16.0),
        audio: audio.then_some(0),
        retries: 1_000,
        retry_after: s(0.1),
        ..Options::default()
    }
}

/// The record and the sums of a session of these steps, and the wall clock at its end. Every question is asked `times` times.
fn play<S: Scheduling, O: Observer>(
    scheduling: S,
    options: Options,
    steps: &[Step],
    times: usize,
    other: &mut O,
) -> Result<(Session, Meter, f64), TestCaseError> {
    let video = film(20);
    let player = Player::with(&video, Wild, scheduling, options).expect("valid options");
    let mut wall = Wall::new(player);
    wall.times = times;
    let mut log = ((Recorder::default(), Meter::default()), other);
    for step in steps {
        wall.step(*step, &mut log);
        let (b, most) = (wall.player.buffer(), wall.player.options().capacity);
        prop_assert!(b.level() > s(-1e-9) && b.level() < most + s(1e-9), "{} in {most}", b.level());
        prop_assert!((wall.player.now().get() - wall.now).abs() < 1e-6 || wall.over);
    }
    prop_assert!(wall.finish(&mut log), "the session ends");
    let ((recorder, meter), _) = log;
    Ok((recorder.into_session(), meter, wall.now))
}

fn near(a: Seconds, b: Seconds) -> bool {
    (a - b).abs() <= s(1e-9) * 1.0_f64.max(a.get().abs())
}

/// Wants to be told at once, and keeps what it is told and when.
#[derive(Default)]
struct Live(Vec<(Seconds, &'static str)>);

/// The same, when it comes.
#[derive(Default)]
struct Lazy(Vec<(Seconds, &'static str)>);

/// Whether a stall was so short that it may as well have been the rounding of a clock.
fn blinks(events: &[(Seconds, &'static str)]) -> bool {
    events.windows(2).any(|w| w[0].1 == "stalled" && w[1].0 - w[0].0 < s(1e-6))
}

fn name(event: &Event<'_>) -> Option<&'static str> {
    Some(match event {
        Event::Started => "started",
        Event::Plays { .. } => "plays",
        Event::Stalled { .. } => "stalled",
        Event::Resumed => "resumed",
        Event::Ended(_) => "ended",
        _ => return None,
    })
}

impl Observer for Live {
    const LIVE: bool = true;
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        self.0.extend(name(event).map(|n| (at, n)));
    }
}

impl Observer for Lazy {
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        self.0.extend(name(event).map(|n| (at, n)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// Whatever happens, all time is startup, playing, stalls or pauses, and it is the time on the wall.
    #[test]
    fn time_is_conserved(steps in steps(), flows in 1..4usize, audio: bool) {
        let (session, meter, wall) = match audio {
            true => play(Plain::default(), options(true), &steps, 1, &mut ())?,
            false => play(Parallel(flows), options(false), &steps, 1, &mut ())?,
        };
        prop_assert!((session.wall_s.get() - wall).abs() < 1e-6, "{} and {wall}", session.wall_s);
        let t = meter.totals();
        // Playing takes what is left; it is media over rate, so no more than media over the least rate.
        let playing = t.wall - t.startup - t.stalled - t.paused;
        prop_assert!(playing > s(-1e-6) && playing <= t.played / 0.25 + s(1e-6) && playing >= t.played / 3.0 - s(1e-6));
        if session.rates.is_empty() {
            prop_assert!(near(playing, t.played) || (playing - t.played).abs() < s(1e-8), "{playing} {}", t.played);
        }
        let stalls: Seconds = session.stalls.iter().map(|x| x.duration_s).sum();
        prop_assert!((stalls - t.stalled).abs() < s(1e-8), "{stalls} {}", t.stalled);
    }

    /// Without seeks every segment is played once, in order, and none twice: with one flight or several, with sound or
    /// without, whatever fails.
    #[test]
    fn media_is_conserved(steps in patient(), flows in 1..5usize, audio: bool) {
        let (session, meter, _) = match audio {
            true => play(Plain::default(), options(true), &steps, 1, &mut ())?,
            false => play(Parallel(flows), options(false), &steps, 1, &mut ())?,
        };
        prop_assert!(near(meter.totals().played, s(80.0)), "{}", meter.totals().played);
        if !audio {
            let mut appended: Vec<usize> = session.played_segments().iter().map(|p| p.index).collect();
            appended.sort_unstable();
            prop_assert_eq!(appended, (0..20).collect::<Vec<_>>());
        }
    }

    /// Asking twice changes nothing, to the last bit.
    #[test]
    fn asking_twice_changes_nothing(steps in steps(), flows in 1..4usize) {
        let once = play(Parallel(flows), options(false), &steps, 1, &mut ())?;
        let thrice = play(Parallel(flows), options(false), &steps, 3, &mut ())?;
        prop_assert_eq!(once.0, thrice.0);
    }

    /// Asking in the middle of a wait changes nothing but the rounding.
    #[test]
    fn asking_in_between_changes_nothing(steps in steps(), flows in 1..4usize) {
        let halves: Vec<Step> = steps.iter().flat_map(|step| match step {
            Step::Oversleep(t) => vec![Step::Pass(*t), Step::Pass(*t)],
            other => vec![*other],
        }).collect();
        let often: Vec<Step> = halves.iter().flat_map(|step| match step {
            Step::Pass(t) => vec![Step::Pass(t / 4.0); 4],
            other => vec![*other],
        }).collect();
        // The first quarter may end a wait, and then the rest is another one: only steps that end none are alike.
        let video = film(20);
        let make = || Wall::new(Player::with(&video, Wild, Parallel(flows), options(false)).expect("valid"));
        let (mut one, mut four) = (make(), make());
        let (mut a, mut b) = (Recorder::default(), Recorder::default());
        let mut quarters = often.iter();
        for step in &halves {
            let n = if matches!(step, Step::Pass(_)) { 4 } else { 1 };
            let most = one.ask(&mut a);
            four.ask(&mut b);
            if let (Step::Pass(t), Some(most)) = (step, most) && most <= t * 1.000_001 {
                quarters.nth(3);
                continue;
            }
            one.step(*step, &mut a);
            for _ in 0..n {
                four.step(*quarters.next().expect("as many"), &mut b);
            }
        }
        prop_assert!(one.finish(&mut a) && four.finish(&mut b));
        let (a, b) = (a.into_session(), b.into_session());
        prop_assert_eq!(a.downloads.len(), b.downloads.len());
        prop_assert!((a.wall_s - b.wall_s).abs() < s(1e-8) && (a.played_s - b.played_s).abs() < s(1e-8));
        for (x, y) in a.downloads.iter().zip(&b.downloads) {
            prop_assert_eq!((x.index, x.level, x.outcome), (y.index, y.level, y.outcome));
            prop_assert!((x.request_s - y.request_s).abs() < s(1e-8) && (x.finish_s - y.finish_s).abs() < s(1e-8));
        }
    }

    /// Who wants to be told at once is told the same, with the same times, as who is told when it matters.
    #[test]
    fn live_and_lazy_observers_agree(
        times in prop::collection::vec(0.01..9.0f64, 1..30),
        rates in prop::collection::vec((0.1..9.0f64, 0.3..2.0f64), 0..6),
        pauses in prop::option::of((1.0..60.0f64, 0.1..20.0f64)),
        flows in 1..4usize,
    ) {
        let mut at = 0.0;
        let mut viewer: Vec<PlannedWish> = rates.iter().map(|(after, rate)| {
            at += after;
            PlannedWish { at: s(at), wish: Wish::Rate(*rate) }
        }).collect();
        if let Some((from, long)) = pauses {
            viewer.push(PlannedWish { at: s(at + from), wish: Wish::Pause });
            viewer.push(PlannedWish { at: s(at + from + long), wish: Wish::Play });
        }
        let options = || Options { viewer: viewer.clone(), ..options(false) };
        let (video, mut live, mut lazy) = (film(20), Live::default(), Lazy::default());
        let player = || Player::with(&video, Wild, Parallel(flows), options()).expect("valid");
        prop_assert!(Wall::new(player()).run(&times, &mut live));
        prop_assert!(Wall::new(player()).run(&times, &mut lazy));
        let (live, lazy) = (live.0, lazy.0);
        prop_assume!(!blinks(&live) && !blinks(&lazy));
        prop_assert_eq!(live.len(), lazy.len(), "{:?}\n{:?}", &live, &lazy);
        for (a, b) in live.iter().zip(&lazy) {
            prop_assert!(a.1 == b.1 && (a.0 - b.0).abs() <= s(1e-9) * 1.0_f64.max(b.0.get()), "{:?} {:?}", a, b);
        }
    }

    /// Nonsense is survived, and changes nothing.
    #[test]
    fn misuse_changes_nothing(steps in patient(), nonsense in prop::collection::vec(0..6u8, 20), audio: bool) {
        let mixed: Vec<Step> = steps.iter().zip(nonsense.iter().cycle())
            .flat_map(|(step, kind)| [Step::Misuse(*kind), *step]).collect();
        let (clean, ..) = play(Plain::default(), options(audio), &steps, 1, &mut ())?;
        let (messy, ..) = play(Plain::default(), options(audio), &mixed, 1, &mut ())?;
        prop_assert_eq!(clean, messy);
    }

    /// A pause of any length at any time, in which nothing that flies ends, changes nothing but the clock.
    #[test]
    fn a_pause_is_only_a_pause(steps in patient(), at in 0..60usize, long in 0.1..1e4f64) {
        let pause = [Step::Wish(Wish::Pause), Step::Oversleep(long), Step::Wish(Wish::Play)];
        let at = at.min(steps.len());
        let mixed: Vec<Step> = steps[..at].iter().chain(&pause).chain(&steps[at..]).copied().collect();
        let (_, plain, _) = play(Plain::default(), options(false), &steps, 1, &mut ())?;
        let (session, paused, _) = play(Plain::default(), options(false), &mixed, 1, &mut ())?;
        prop_assert!(near(paused.totals().played, plain.totals().played));
        prop_assert!(near(paused.totals().played, s(80.0)));
        prop_assert!(session.paused_s <= s(long) + s(1e-9));
    }
}
