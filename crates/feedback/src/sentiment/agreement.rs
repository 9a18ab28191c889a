//! How well labels agree with those that people gave.

use serde::Serialize;

use super::Label;

/// Shares of labels that agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    pub cases: usize,
    /// Share that is right.
    pub accuracy: f64,
    /// The mean, over the labels that occur, of the share that is found.
    pub macro_recall: f64,
}

impl Agreement {
    /// Compares pairs: the right label, and the one that was found. NaN for none.
    pub fn of(pairs: &[(Label, Label)]) -> Agreement {
        let recall = |label: Label| {
            let of: Vec<bool> = pairs.iter().filter(|(l, _)| *l == label).map(|(l, f)| l == f).collect();
            (!of.is_empty()).then(|| share(of.iter()))
        };
        let recalls: Vec<f64> = Label::ALL.into_iter().filter_map(recall).collect();
        let right: Vec<bool> = pairs.iter().map(|(l, f)| l == f).collect();
        Agreement {
            cases: pairs.len(),
            accuracy: share(right.iter()),
            macro_recall: recalls.iter().sum::<f64>() / recalls.len() as f64,
        }
    }
}

fn share<'a>(all: impl ExactSizeIterator<Item = &'a bool>) -> f64 {
    let of = all.len() as f64;
    all.filter(|yes| **yes).count() as f64 / of
}
