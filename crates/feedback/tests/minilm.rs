//! The backend `minilm` on four small networks of random weights, with what transformers answers for them (`data/networks/make.py`), and on
//! folders that somebody has damaged.

#![cfg(feature = "minilm")]

use std::path::{Path, PathBuf};

use feedback::FeedbackError;
use feedback::sentiment::minilm::{Encoder, MiniLm};
use feedback::sentiment::{Label, Sentiment};
use serde_json::Value;

const FILES: [&str; 3] = ["config.json", "model.safetensors", "tokenizer.json"];

fn network(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/networks").join(name)
}

fn answers(name: &str) -> Vec<(String, Vec<f64>)> {
    let text = std::fs::read_to_string(network(name).join("answers.json")).expect("answers");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let case = |c: &Value| {
        let values = c["values"].as_array().expect("values");
        (
            c["text"].as_str().expect("a text").to_string(),
            values.iter().map(|v| v.as_f64().expect("a number")).collect(),
        )
    };
    value["cases"].as_array().expect("cases").iter().map(case).collect()
}

/// A copy of a network, to be damaged.
fn copy(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in FILES {
        std::fs::copy(network(name).join(file), folder.path().join(file)).expect("a copy");
    }
    folder
}

fn refused(folder: &Path) -> String {
    match Encoder::open(folder) {
        Err(error @ FeedbackError::Backend { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("{} is accepted", folder.display()),
    }
}

#[test]
fn three_families_answer_as_in_transformers() {
    // candle approximates DistilBERT's GELU by tanh.
    for (name, tolerance) in [
        ("bert-classifier", 2e-5),
        ("roberta-classifier", 2e-5),
        ("bert-embedding", 2e-5),
        ("distilbert-classifier", 2e-3),
    ] {
        let encoder = Encoder::open(&network(name)).expect("a network");
        assert_eq!(encoder.labels().is_empty(), name == "bert-embedding");
        let cases = answers(name);
        assert_eq!(cases.len(), 5);
        for (text, expected) in cases {
            let found = encoder.answer(&text).expect("an answer");
            assert_eq!(found.len(), expected.len());
            for (f, e) in found.iter().zip(&expected) {
                assert!((f - e).abs() <= tolerance, "{name}, {text:?}: {found:?}, expected {expected:?}");
            }
        }
    }
}

#[test]
fn a_classifier_judges_by_its_labels() {
    for (name, labels) in [
        ("bert-classifier", &Label::ALL[..]),
        ("roberta-classifier", &Label::ALL),
        ("distilbert-classifier", &[Label::Negative, Label::Positive]),
    ] {
        let backend = MiniLm::open(&network(name)).expect("a backend");
        for (text, shares) in answers(name) {
            let opinion = backend.judge(&text).expect("an opinion");
            let most = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b])).expect("labels");
            assert_eq!(opinion.label, labels[most], "{name}, {text:?}");
            assert!((opinion.confidence - shares[most]).abs() < 2e-3);
            assert!((opinion.score - (shares[shares.len() - 1] - shares[0])).abs() < 4e-3);
        }
    }
}

#[test]
fn any_text_is_judged_and_long_ones_are_cut() {
    let backend = MiniLm::open(&network("bert-classifier")).expect("a backend");
    let long = "the stream keeps buffering ".repeat(40_000);
    assert_eq!(backend.judge(&long).expect("judged"), backend.judge(&long[..2000]).expect("judged"));
    for text in ["\0\u{1b}[2J", "\u{202e}\u{1f600}\u{1f600}", "[SEP] [CLS] [PAD]", "\n\n\n", "日本語の字幕"]
    {
        let opinion = backend.judge(text).expect("judged");
        assert!((1.0 / 3.0..=1.0).contains(&opinion.confidence), "{text:?}: {opinion:?}");
    }
}

#[test]
fn the_head_knows_its_network() {
    let error = MiniLm::open(&network("bert-embedding")).err().expect("refused").to_string();
    assert!(error.contains("all-MiniLM-L6-v2") && error.contains("bert-embedding"), "{error}");
}

#[test]
fn a_folder_that_is_none_is_told() {
    let nowhere = refused(Path::new("no/such/folder"));
    assert!(nowhere.contains("not a folder") && nowhere.contains("tokenizer.json"), "{nowhere}");
    for file in FILES {
        let folder = copy("bert-classifier");
        std::fs::remove_file(folder.path().join(file)).expect("removed");
        assert!(refused(folder.path()).contains(file));
        std::fs::create_dir(folder.path().join(file)).expect("a folder in its place");
        assert!(refused(folder.path()).contains(file));
    }
}

#[test]
fn sizes_that_cannot_be_are_told() {
    for (key, value, told) in [
        ("hidden_size", "99999999999", "hidden_size"),
        ("hidden_size", "0", "hidden_size"),
        ("hidden_size", "16", "attention heads"),
        ("hidden_size", "24", "model.safetensors"),
        ("num_hidden_layers", "47", "model.safetensors"),
        ("num_hidden_layers", "-1", "num_hidden_layers"),
        ("num_attention_heads", "0", "num_attention_heads"),
        ("vocab_size", "\"many\"", "vocab_size"),
        ("vocab_size", "7", "model.safetensors"),
        ("max_position_embeddings", "1", "max_position_embeddings"),
        ("model_type", "\"gpt2\"", "expected bert"),
        ("hidden_act", "\"swish\"", "swish"),
        ("id2label", "{\"0\": \"joy\", \"1\": \"anger\", \"2\": \"love\"}", "id2label"),
        ("id2label", "{}", "model.safetensors"),
        ("id2label", "{\"0\": \"negative\", \"1\": \"positive\"}", "model.safetensors"),
    ] {
        let folder = copy("bert-classifier");
        let path = folder.path().join("config.json");
        let text = std::fs::read_to_string(&path).expect("a configuration");
        let mut config: Value = serde_json::from_str(&text).expect("JSON");
        config[key] = serde_json::from_str(value).expect("JSON");
        std::fs::write(&path, config.to_string()).expect("written");
        let error = refused(folder.path());
        assert!(error.contains(told), "{key} {value}: {error}");
    }
}

/// Files cut short and with bytes changed: an error or an answer, and never a panic.
#[test]
fn damaged_files_do_no_harm() {
    let mut state = 7u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut refusals = 0;
    for round in 0..240 {
        let (name, file) = (
            ["bert-classifier", "roberta-classifier", "distilbert-classifier"][round % 3],
            FILES[round / 3 % 3],
        );
        let folder = copy(name);
        let path = folder.path().join(file);
        let mut bytes = std::fs::read(&path).expect("a file");
        match round % 4 {
            0 => bytes.truncate(random(bytes.len())),
            // The head of the weights is where harm would be done.
            n => {
                for _ in 0..n * n {
                    let at = random(bytes.len().min(2500));
                    bytes[at] = random(256) as u8;
                }
            }
        }
        std::fs::write(&path, bytes).expect("written");
        match Encoder::open(folder.path()) {
            Ok(encoder) => drop(encoder.answer("The stream keeps buffering")),
            Err(error) => {
                assert!(error.to_string().contains("minilm"), "{error}");
                refusals += 1;
            }
        }
    }
    assert!(refusals > 120, "{refusals}");
}
