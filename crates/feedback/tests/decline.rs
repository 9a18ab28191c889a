//! Alarms about cells that get worse: on generated drives, with a decline planted in half of them.

use feedback::control::{Action, Height};
use feedback::decline::Detector;
use feedback::sentiment::{Aspect, Label, Opinion, Sentiment, Timed};
use feedback::telemetry::{Field, Telemetry, of_drive};
use feedback::{Desk, FeedbackError};
use netmodel::radio::Drive;

/// An hour and a half of a terminal that goes round in a network.
fn drive(seed: u64) -> Vec<Telemetry> {
    let text = "radio,duration=5400,track=walk,speed=1.4,apart=600,users=15";
    of_drive(&Drive::from_preset(text, seed).expect("a drive"))
}

/// From here on the cell gets worse, for ten minutes, by so many dB; then it stays.
const BEGINS_S: f64 = 3600.0;
const LASTS_S: f64 = 600.0;
const FALLS_DB: f64 = 12.0;

fn alarms(samples: &[Telemetry], planted: bool) -> Vec<f64> {
    let mut detector = Detector::new();
    let mut found = Vec::new();
    for sample in samples {
        let (Some(at), Some(snr)) = (sample.time_s, sample.get(Field::Snr)) else { continue };
        let fallen = ((at - BEGINS_S) / LASTS_S).clamp(0.0, 1.0) * FALLS_DB;
        let snr = if planted { snr - fallen } else { snr };
        found.extend(detector.sample(at, snr).map(|a| a.at_s));
    }
    found
}

#[test]
fn planted_declines_are_found_and_nothing_else() {
    const DRIVES: u64 = 20;
    let (mut hits, mut false_alarms, mut hours) = (0, 0, 0.0);
    for seed in 0..DRIVES {
        let samples = drive(7_000_000 + seed);
        false_alarms += alarms(&samples, false).len();
        hours += samples.len() as f64 / 3600.0;
        let found = alarms(&samples, true);
        hits += usize::from(found.iter().any(|at| (BEGINS_S..=BEGINS_S + LASTS_S + 900.0).contains(at)));
    }
    let recall = hits as f64 / DRIVES as f64;
    let per_hour = false_alarms as f64 / hours;
    println!("decline: recall {recall:.2}, {per_hour:.2} false alarms per hour");
    assert!(recall >= 0.8, "recall {recall}");
    assert!(per_hour <= 1.0, "{per_hour} per hour");
}

/// A backend that never answers.
struct Hangs;

impl Sentiment for Hangs {
    fn name(&self) -> &'static str {
        "hangs"
    }

    fn judge(&self, text: &str) -> Result<Opinion, FeedbackError> {
        if text.contains("hang") {
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }
        Ok(Opinion::new(Label::Negative, -0.8, Aspect::None))
    }
}

#[test]
fn a_backend_that_hangs_does_not_stop_the_loop() {
    let timed = Timed::new(Box::new(Hangs), std::time::Duration::from_millis(50));
    let predictor = feedback::predict::predictor("auto").expect("a predictor");
    let mut desk = Desk::new(Box::new(timed), predictor, Default::default(), 1).expect("a desk");
    for text in ["fine", "hang", "after it", "and again"] {
        let (line, _) = desk.read(text).expect("chat");
        desk.take(1.0, line);
    }
    let step = desk.step(3.0);
    assert_eq!(step.messages, 4);
    assert_eq!(step.mood.label, Label::Negative, "what was judged counts");
    assert_eq!(step.problems.len(), 3, "{:?}", step.problems);
    assert!(step.problems[0].contains("no answer in 0.05 s") && step.problems[2].contains("still hangs"));
    assert_eq!(step.actions.len(), 1);
}

#[test]
fn one_of_a_hundred_who_asks_does_not_move_the_cap() {
    let desk = |watching| {
        let sentiment = feedback::sentiment::backend("default").expect("a backend");
        let predictor = feedback::predict::predictor("auto").expect("a predictor");
        Desk::new(sentiment, predictor, Default::default(), watching).expect("a desk")
    };
    for (watching, reason) in [(100, false), (1, true)] {
        let mut desk = desk(watching);
        let (line, _) = desk.read("{\"viewer\":\"ann\",\"text\":\"360p please\"}").expect("chat");
        desk.take(1.0, line);
        let step = desk.step(3.0);
        assert_eq!(step.actions[0].reason == "asked for", reason, "{watching}: {:?}", step.actions);
    }
}

#[test]
fn one_who_complains_again_and_again_gets_a_larger_share_and_gives_it_back() {
    let sentiment = feedback::sentiment::backend("default").expect("a backend");
    let predictor = feedback::predict::predictor("auto").expect("a predictor");
    let mut desk = Desk::new(sentiment, predictor, Default::default(), 100).expect("a desk");
    let mut shares = Vec::new();
    for k in 0..60 {
        let at = 3.0 * f64::from(k);
        if k < 3 {
            for viewer in ["ann", "bob"] {
                // Bob says it once only.
                let line = format!("{{\"viewer\":\"{viewer}\",\"text\":\"it froze again\"}}");
                if viewer == "ann" || k == 0 {
                    let (line, _) = desk.read(&line).expect("chat");
                    desk.take(at, line);
                }
            }
        }
        for decision in desk.step(at).actions {
            match decision.action {
                Action::Share { viewer, weight } => shares.push((at, viewer, weight)),
                action => assert!(matches!(action, Action::Keep { cap: Height::P1080 }), "{action:?}"),
            }
        }
    }
    let (given, back) = (&shares[0], &shares[1]);
    assert_eq!((shares.len(), given.1.as_str(), given.2), (2, "ann", 2.0), "{shares:?}");
    assert_eq!((back.1.as_str(), back.2), ("ann", 1.0));
    assert!(back.0 - given.0 >= 10.0, "no undoing within 10 s");
}
