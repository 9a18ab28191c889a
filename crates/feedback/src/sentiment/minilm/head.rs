//! The linear head on embeddings: multinomial logistic regression.

use serde::{Deserialize, Serialize};

use super::super::{Agreement, Label};
use super::encoder::{Encoder, PROBE};
use crate::FeedbackError;

/// Schema name and version of a stored head.
const SCHEMA: &str = "segue.sentiment-head/1";

const BUILT_IN: &str = include_str!("../../../data/minilm_head.json");

/// Weight of the squares of the weights, against the mean loss of an example. One fixed value: 60 sentences choose none.
const RIDGE: f64 = 0.002;
/// Steps of the fit; four times as many change no digit that is stored.
const STEPS: usize = 4000;
/// Parts of the cross-validation.
const PARTS: usize = 10;
/// Stored numbers have four digits after the point: sums of another processor differ in the seventh.
const DIGITS: f64 = 1e4;
/// How much of the probe's embedding is stored, and how far another may be off.
const PROBED: usize = 16;
const OFF: f64 = 0.002;

/// A linear head: for each label of [`Label::ALL`] a weight per value of the embedding, and a constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    schema: String,
    /// How the head was made.
    about: String,
    /// The first values of the embedding of a known sentence.
    probe: Vec<f64>,
    constants: [f64; 3],
    weights: [Vec<f64>; 3],
}

impl Head {
    /// The head that comes with the crate.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] should the committed file be damaged.
    pub fn built_in() -> Result<Head, FeedbackError> {
        let wrong =
            |problem: String| FeedbackError::Backend { what: "the head of minilm".to_string(), problem };
        let head: Head = serde_json::from_str(BUILT_IN).map_err(|e| wrong(e.to_string()))?;
        match head.schema == SCHEMA && head.weights.iter().all(|w| w.len() == head.weights[0].len()) {
            true => Ok(head),
            false => Err(wrong(format!("not of schema {SCHEMA}"))),
        }
    }

    /// Fits a head to sentences with labels, and says how one fitted to nine tenths of them judges the other tenth.
    ///
    /// # Errors
    /// Where the network fails, has a classifier of its own, or there are fewer than ten sentences.
    pub fn train(
        encoder: &Encoder,
        sentences: &[(String, Label)],
    ) -> Result<(Head, Agreement), FeedbackError> {
        if !encoder.labels().is_empty() {
            return Err(FeedbackError::value(
                "the folder",
                "a classifier",
                "a network that embeds sentences",
            ));
        }
        if sentences.len() < PARTS {
            return Err(FeedbackError::value("sentences", sentences.len(), format!("at least {PARTS}")));
        }
        let examples = sentences
            .iter()
            .map(|(text, label)| Ok(Example { values: encoder.answer(text)?, label: *label }))
            .collect::<Result<Vec<_>, FeedbackError>>()?;
        let mut held_out = Vec::new();
        for part in 0..PARTS {
            let of = |held: bool| {
                let inside = move |(i, _): &(usize, &Example)| (i % PARTS == part) == held;
                examples.iter().enumerate().filter(inside).map(|(_, e)| e.clone()).collect::<Vec<_>>()
            };
            let head = fit(&of(false));
            held_out.extend(of(true).iter().map(|e| (e.label, head.label(&e.values))));
        }
        let mut head = fit(&examples);
        let rounded = |v: &f64| (v * DIGITS).round() / DIGITS;
        head.about = format!("logistic regression, ridge {RIDGE}, on {} sentences", examples.len());
        head.probe = encoder.answer(PROBE)?.iter().take(PROBED).map(rounded).collect();
        head.constants = head.constants.map(|v| rounded(&v));
        head.weights = head.weights.map(|w| w.iter().map(rounded).collect());
        Ok((head, Agreement::of(&held_out)))
    }

    /// The head as it is stored.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] should a number not be one.
    pub fn to_json(&self) -> Result<String, FeedbackError> {
        let text = serde_json::to_string(self)
            .map_err(|e| FeedbackError::Backend { what: "the head".to_string(), problem: e.to_string() })?;
        Ok(text.replace(",\"", ",\n\"").replace("],[", "],\n[") + "\n")
    }

    /// Whether this embedding of the probe is that of the network the head was trained on.
    pub(super) fn knows(&self, embedding: &[f64]) -> bool {
        embedding.len() == self.weights[0].len()
            && self.probe.iter().zip(embedding).all(|(stored, found)| (stored - found).abs() <= OFF)
    }

    pub(super) fn probabilities(&self, values: &[f64]) -> [f64; 3] {
        let mut odds = self.constants;
        for (odds, weights) in odds.iter_mut().zip(&self.weights) {
            *odds += weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>();
        }
        let most = odds.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let powers = odds.map(|o| libm::exp(o - most));
        let sum: f64 = powers.iter().sum();
        powers.map(|p| p / sum)
    }

    fn label(&self, values: &[f64]) -> Label {
        likeliest(&self.probabilities(values))
    }
}

/// The label of the highest probability; they are in the order of [`Label::ALL`].
pub(super) fn likeliest(shares: &[f64; 3]) -> Label {
    let most = Label::ALL.into_iter().max_by(|a, b| shares[*a as usize].total_cmp(&shares[*b as usize]));
    most.unwrap_or(Label::Neutral)
}

#[derive(Clone)]
struct Example {
    values: Vec<f64>,
    label: Label,
}

/// Descends the gradient with Nesterov's momentum. The values have length one, so that a step of 0.9 is below the curvature's bound.
fn fit(examples: &[Example]) -> Head {
    const STEP: f64 = 0.9;
    let width = examples.first().map_or(0, |e| e.values.len());
    let zero = || [const { Vec::new() }; 3].map(|_: Vec<f64>| vec![0.0; width]);
    let mut head = Head {
        schema: SCHEMA.to_string(),
        about: String::new(),
        probe: Vec::new(),
        constants: [0.0; 3],
        weights: zero(),
    };
    let mut last = (head.constants, head.weights.clone());
    for step in 0..STEPS {
        let (mut constants, mut weights) = ([0.0; 3], zero());
        for example in examples {
            let shares = head.probabilities(&example.values);
            for label in Label::ALL {
                let k = label as usize;
                let off = (shares[k] - f64::from(u8::from(label == example.label))) / examples.len() as f64;
                constants[k] += off;
                weights[k].iter_mut().zip(&example.values).for_each(|(g, v)| *g += off * v);
            }
        }
        let momentum = step as f64 / (step as f64 + 3.0);
        let advance = |at: &mut f64, last: &mut f64, gradient: f64| {
            let next = *at - STEP * gradient;
            *at = next + momentum * (next - *last);
            *last = next;
        };
        for k in 0..3 {
            advance(&mut head.constants[k], &mut last.0[k], constants[k]);
            let last = last.1[k].iter_mut();
            for ((at, last), gradient) in head.weights[k].iter_mut().zip(last).zip(&weights[k]) {
                let gradient = gradient + RIDGE * *at;
                advance(at, last, gradient);
            }
        }
    }
    (head.constants, head.weights) = last;
    head
}
