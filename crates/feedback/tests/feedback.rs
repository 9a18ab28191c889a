//! The sentiment backends against recorded answers and labelled sentences.
//!
//! `$SEGUE_GOLDEN/qoe/sentiment_vader.json` holds what vaderSentiment 3.3.2 answered; `$SEGUE_GOLDEN/feedback/viewer_feedback.jsonl`
//! holds sentences with labels.

use std::path::Path;

use feedback::sentiment::{BACKENDS, Label, Sentiment, Vader, backend};
use serde_json::Value;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn vader_is_the_original() {
    let path = fixtures::golden("qoe").join("sentiment_vader.json");
    let golden: Value = serde_json::from_str(&read(&path)).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases");
    assert!(!cases.is_empty(), "{} has no cases", path.display());
    let vader = Vader::new();
    let mut mismatches = 0;
    for case in cases {
        let text = case["text"].as_str().expect("a text");
        let found = vader.scores(text).rounded();
        let expected = &case["expected"];
        for (key, value) in
            [("neg", found.neg), ("neu", found.neu), ("pos", found.pos), ("compound", found.compound)]
        {
            let wanted = expected[key].as_f64().expect("a number");
            if (value - wanted).abs() > 1e-9 {
                println!("  {text:?}: {key} is {value}, expected {wanted}");
                mismatches += 1;
                break;
            }
        }
    }
    println!("vader: {} cases, {mismatches} mismatches", cases.len());
    assert_eq!(mismatches, 0);
}

/// A share as it is reported: `.62`.
fn share(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_prefix('0').map_or(text.clone(), str::to_string)
}

#[test]
fn backends_on_labelled_sentences() {
    let path = fixtures::golden("feedback").join("viewer_feedback.jsonl");
    let lines = read(&path);
    let cases: Vec<(String, Label)> = lines
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("JSON");
            let label = match value["label"].as_str() {
                Some("neg") => Label::Negative,
                Some("neu") => Label::Neutral,
                Some("pos") => Label::Positive,
                other => panic!("unknown label {other:?}"),
            };
            (value["text"].as_str().expect("a text").to_string(), label)
        })
        .collect();
    assert!(!cases.is_empty(), "{} has no cases", path.display());
    let mut default_accuracy = 0.0;
    for (name, _) in BACKENDS {
        let Some(spec) = spec(name) else { continue };
        let backend = backend(&spec).unwrap_or_else(|e| panic!("{e}"));
        let (accuracy, recall) = measure(backend.as_ref(), &cases);
        println!(
            "{name}: {} cases, accuracy {}, macro recall {}",
            cases.len(),
            share(accuracy),
            share(recall)
        );
        if *name == "default" {
            default_accuracy = accuracy;
        }
    }
    assert!(default_accuracy >= 0.55, "default: accuracy {default_accuracy}");
}

/// What a backend is opened by; nothing, loudly, where a folder is missing.
fn spec(name: &str) -> Option<String> {
    if name != "minilm" {
        return Some(name.to_string());
    }
    if !cfg!(feature = "minilm") {
        fixtures::skipped("sentences judged by minilm: built without the feature minilm (docs/feedback.md)");
        return None;
    }
    match std::env::var("SEGUE_MINILM") {
        Ok(folder) if !folder.trim().is_empty() => Some(format!("minilm:{folder}")),
        _ => {
            fixtures::skipped("sentences judged by minilm: SEGUE_MINILM names no folder (docs/feedback.md)");
            None
        }
    }
}

/// Accuracy, and the mean over the labels that occur of the share of them that is found.
fn measure(backend: &dyn Sentiment, cases: &[(String, Label)]) -> (f64, f64) {
    let (mut right, mut all) = ([0.0; 3], [0.0; 3]);
    for (text, label) in cases {
        let opinion = backend.judge(text).expect("any text is judged");
        all[*label as usize] += 1.0;
        right[*label as usize] += f64::from(u8::from(opinion.label == *label));
    }
    let recalls: Vec<f64> = right.iter().zip(all).filter(|(_, n)| *n > 0.0).map(|(r, n)| r / n).collect();
    (right.iter().sum::<f64>() / cases.len() as f64, recalls.iter().sum::<f64>() / recalls.len() as f64)
}
