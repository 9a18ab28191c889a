//! The controller: its table, its holds, the audience, what is asked for.

use feedback::control::{
    Action, BufferState, Call, Command, Controller, ControllerOptions, Crowd, Decision, HOLD_S, Height,
    Inputs, Mood, cell, command, markdown,
};
use feedback::predict::{Prediction, Verdict};
use feedback::sentiment::{Aspect, Label, Opinion};
use units::SimRng;

fn prediction(label: Verdict) -> Prediction {
    Prediction { label, probability_high: 0.5, model: "test".to_string(), index: None }
}

fn mood(label: Label) -> Mood {
    Mood { label, negative: 0.0, positive: 0.0, aspect: Aspect::None, viewers: 1 }
}

fn opinion(score: f64) -> Opinion {
    let label = if score < 0.0 { Label::Negative } else { Label::Positive };
    Opinion::new(label, score, Aspect::Rebuffer)
}

#[test]
fn the_printed_cells_are_those_of_the_seed_document() {
    // It says nothing of a buffer; a good network and praise change nothing whatever the buffer is.
    for buffer in [BufferState::Unknown, BufferState::Empty] {
        assert_eq!(cell(Some(Verdict::NeedsAdjustment), Label::Negative, buffer).0, Call::Lower);
    }
    for buffer in BufferState::ALL {
        assert_eq!(cell(Some(Verdict::HighQuality), Label::Positive, buffer).0, Call::Keep);
    }
}

#[test]
fn worse_news_never_call_for_more() {
    let rank = |call: Call| match call {
        Call::Raise => 2,
        Call::Keep | Call::Buffer => 1,
        Call::Lower => 0,
    };
    for sentiment in Label::ALL {
        for buffer in BufferState::ALL {
            let good = cell(Some(Verdict::HighQuality), sentiment, buffer).0;
            let bad = cell(Some(Verdict::NeedsAdjustment), sentiment, buffer).0;
            assert!(rank(bad) <= rank(good), "{sentiment:?} {buffer:?}");
        }
    }
    for prediction in [Some(Verdict::HighQuality), Some(Verdict::NeedsAdjustment), None] {
        for sentiment in Label::ALL {
            let of = |b| rank(cell(prediction, sentiment, b).0);
            assert!(of(BufferState::Empty) <= of(BufferState::Healthy), "{prediction:?} {sentiment:?}");
        }
    }
}

#[test]
fn the_table_in_the_docs_is_the_one_of_the_code() {
    let docs = include_str!("../../../docs/feedback.md");
    assert_eq!(markdown().lines().count(), 2 + 3 * 3 * 4);
    assert!(docs.contains(&markdown()), "docs/feedback.md has another table:\n{}", markdown());
}

#[test]
fn nothing_is_undone_within_ten_seconds_whatever_comes() {
    let mut rng = SimRng::new(9, 0);
    let asks = [
        Command::Lower,
        Command::Raise,
        Command::Cap(Height::P240),
        Command::Cap(Height::P1080),
        Command::Auto,
        Command::BufferMore,
        Command::BufferLess,
        Command::GoOn,
    ];
    for every_s in [2.0, 3.0, 5.0] {
        let options = ControllerOptions { every_s, ..ControllerOptions::default() };
        let mut controller = Controller::new(options).expect("options");
        let mut done: Vec<Decision> = Vec::new();
        for k in 0..20_000 {
            let expected = prediction([Verdict::HighQuality, Verdict::NeedsAdjustment][rng.below(2)]);
            let inputs = Inputs {
                prediction: (rng.uniform() < 0.9).then_some(&expected),
                mood: mood(Label::ALL[rng.below(3)]),
                buffer_s: (rng.uniform() < 0.8).then(|| rng.range(0.0, 40.0)),
                stalled: rng.uniform() < 0.05,
                asked: (rng.uniform() < 0.1).then(|| asks[rng.below(asks.len())]),
            };
            let decisions = controller.step(f64::from(k) * every_s, &inputs);
            assert!(!decisions.is_empty() && decisions.iter().all(|d| !d.reason.is_empty()));
            done.extend(decisions.into_iter().filter(|d| !matches!(d.action, Action::Keep { .. })));
        }
        let moves = |d: &Decision| matches!(d.action, Action::Raise { .. } | Action::Lower { .. });
        assert!(done.iter().filter(|d| moves(d)).count() > 100);
        let targets: Vec<(f64, f64)> = done
            .iter()
            .filter_map(|d| match d.action {
                Action::Buffer { target_s } => Some((d.at_s, target_s)),
                _ => None,
            })
            .collect();
        for (i, first) in done.iter().enumerate() {
            for later in done[i + 1..].iter().take_while(|d| d.at_s - first.at_s < HOLD_S) {
                assert!(!first.action.opposes(&later.action), "{first:?} {later:?}");
            }
        }
        for w in targets.windows(3) {
            let (up, then_up) = (w[1].1 > w[0].1, w[2].1 > w[1].1);
            assert!(up == then_up || w[2].0 - w[1].0 >= HOLD_S, "{w:?}");
        }
    }
}

#[test]
fn one_viewer_in_a_hundred_moves_nothing_for_all_and_one_alone_does() {
    let label = |crowd: &mut Crowd, at| crowd.mood(at).label;
    let mut crowd = Crowd::of(100);
    for k in 0..1000 {
        crowd.say("loud", f64::from(k) * 0.1, &opinion(-1.0));
    }
    assert_eq!(label(&mut crowd, 100.0), Label::Neutral);
    for i in 0..12 {
        crowd.say(&format!("viewer {i}"), 100.0, &opinion(-0.9));
    }
    assert_eq!(label(&mut crowd, 100.0), Label::Negative);
    assert_eq!(label(&mut crowd, 200.0), Label::Neutral, "what was said fades");
    let mut alone = Crowd::default();
    alone.say("me", 0.0, &opinion(-0.6));
    assert_eq!(label(&mut alone, 0.0), Label::Negative);
}

#[test]
fn a_repeated_complaint_weighs_more_up_to_one_vote() {
    let mut crowd = Crowd::of(2);
    crowd.say("a", 0.0, &opinion(-0.1));
    let once = crowd.mood(0.0).negative;
    crowd.say("a", 1.0, &opinion(-0.1));
    let twice = crowd.mood(1.0).negative;
    for k in 0..50 {
        crowd.say("a", 1.0 + f64::from(k) * 0.01, &opinion(-1.0));
    }
    let often = crowd.mood(1.5).negative;
    assert!(once < twice && twice < often && often <= 0.5 + 1e-12, "{once} {twice} {often}");
}

#[test]
fn a_flood_of_viewers_is_bounded() {
    let mut crowd = Crowd::default();
    for i in 0..30_000 {
        crowd.say(&i.to_string(), f64::from(i) * 1e-4, &opinion(-0.5));
    }
    assert!(crowd.mood(3.0).viewers <= 10_001);
}

#[test]
fn commands_are_whole_texts() {
    let table = [
        ("lower the quality", Command::Lower),
        ("Please reduce the bitrate", Command::Lower),
        ("could you turn the quality down please", Command::Lower),
        ("raise the video quality", Command::Raise),
        ("quality up", Command::Raise),
        ("720p please", Command::Cap(Height::P720)),
        ("set quality to 480p", Command::Cap(Height::P480)),
        ("give me HD2160", Command::Cap(Height::P1080)),
        ("switch to HD 1440", Command::Cap(Height::P1080)),
        ("full hd", Command::Cap(Height::P1080)),
        ("set the quality to auto", Command::Auto),
        ("buffer more", Command::BufferMore),
        ("more buffer, please!", Command::BufferMore),
        ("buffer less", Command::BufferLess),
        ("Stop.", Command::Stop),
        ("go on", Command::GoOn),
    ];
    for (text, expected) in table {
        assert_eq!(command(text), Some(expected), "{text}");
    }
    let none = [
        "",
        "please",
        "it keeps lowering the quality",
        "the quality is low",
        "stuck at 360p since the update",
        "I set the quality to auto",
        "stop buffering",
        "buffer buffer buffer",
        "is 1080p60 only for subscribers?",
        "I have 720 viewers",
        "why do you lower the quality",
        "the",
    ];
    for text in none {
        assert_eq!(command(text), None, "{text}");
    }
    assert_eq!(command(&"please ".repeat(100_000)), None);
}

#[test]
fn what_is_asked_for_is_done_and_says_so() {
    let mut controller = Controller::new(ControllerOptions::default()).expect("options");
    let mut step = |at: f64, asked: Option<Command>| {
        let inputs = Inputs {
            prediction: None,
            mood: mood(Label::Neutral),
            buffer_s: Some(20.0),
            stalled: false,
            asked,
        };
        controller.step(at, &inputs).remove(0)
    };
    let first = step(0.0, Some(Command::Cap(Height::P480)));
    assert_eq!((first.action, first.reason.as_str()), (Action::Lower { cap: Height::P480 }, "asked for"));
    let second = step(3.0, Some(Command::Raise));
    assert_eq!(second.action, Action::Keep { cap: Height::P480 });
    assert!(second.reason.starts_with("asked for: waits"), "{}", second.reason);
    step(6.0, None);
    step(9.0, None);
    let third = step(12.0, None);
    assert_eq!((third.action, third.reason.as_str()), (Action::Raise { cap: Height::P720 }, "asked for"));
    assert_eq!(step(15.0, Some(Command::Stop)).reason, "asked for: the controller stands still");
    assert!(step(18.0, None).reason.contains("until it is told to go on"));
    assert!(step(21.0, Some(Command::GoOn)).reason.contains("goes on"));
}

#[test]
fn intervals_are_two_to_five_seconds() {
    for every_s in [1.9, 5.1, f64::NAN] {
        assert!(Controller::new(ControllerOptions { every_s, ..ControllerOptions::default() }).is_err());
    }
}

#[test]
fn a_cap_goes_when_the_buffer_is_full_again_whatever_is_predicted() {
    for verdict in [Verdict::NeedsAdjustment, Verdict::HighQuality] {
        for label in Label::ALL {
            let mut controller = Controller::new(Default::default()).expect("a controller");
            let trouble = prediction(Verdict::NeedsAdjustment);
            let empty = Inputs {
                prediction: Some(&trouble),
                mood: mood(Label::Negative),
                buffer_s: Some(0.5),
                stalled: false,
                asked: None,
            };
            controller.step(0.0, &empty);
            assert_eq!(controller.cap(), Height::P720);
            let expected = prediction(verdict);
            let full = Inputs {
                prediction: Some(&expected),
                mood: mood(label),
                buffer_s: Some(25.0),
                stalled: false,
                asked: None,
            };
            let capped = |controller: &mut Controller, at: f64| {
                controller.step(at, &full);
                controller.is_capped()
            };
            assert!(capped(&mut controller, 9.0), "nothing is undone within 10 s");
            assert!(!capped(&mut controller, 12.0), "{verdict:?} {label:?}");
        }
    }
}
