//! Alarms about cells that get worse: on generated drives, with a decline planted in half of them.

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
