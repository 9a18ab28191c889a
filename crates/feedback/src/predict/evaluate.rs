//! How good predictions are: on drives that nothing was fitted to, beside simple rules.

use serde::Serialize;

use super::features;
use super::forest::fit_logistic;
use super::trained::without;
use super::{Case, Document, HIGH_KBPS, Moment, Predictor, Trained};
use crate::FeedbackError;
use crate::telemetry::{Field, Telemetry};

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub name: String,
    /// Share of windows that are right.
    pub accuracy: f64,
    /// Mean of the shares that are right of the high and of the others.
    pub balanced_accuracy: f64,
    /// Mean squared error of the probability (Brier 1950).
    pub brier: f64,
    /// Expected calibration error over ten bins of equal width.
    pub calibration_error: f64,
    /// How often a high window has the higher probability than one that is not.
    pub area_under_curve: f64,
}

/// A baseline against the trained model, drive by drive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paired {
    pub baseline: String,
    /// Mean over the drives of the difference in accuracy, trained less baseline.
    pub difference: f64,
    pub interval: (f64, f64),
    /// Student's two-sided p of the differences over the drives.
    pub p: f64,
}

/// A bin of the calibration plot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Mean probability of the windows in it.
    pub predicted: f64,
    /// Share of them that were of high quality.
    pub observed: f64,
    /// How many they are.
    pub windows: usize,
}

/// All that is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub drives: usize,
    /// Windows of ten seconds.
    pub windows: usize,
    /// Share of them of high quality.
    pub high_share: f64,
    /// Every predictor.
    pub rows: Vec<Row>,
    /// The trained model against each baseline.
    pub paired: Vec<Paired>,
    /// Windows by what came (needs adjustment, high) and what the trained model predicted.
    pub confusion: [[usize; 2]; 2],
    /// Calibration of the trained model.
    pub calibration: Vec<Bin>,
    /// How much the Brier score of the trained model rises when a field is mixed up among the windows.
    pub importance: Vec<(String, f64)>,
}

type Guess<'a> = Box<dyn Fn(&Moment) -> f64 + 'a>;

const RADIO: &[Field] = &[Field::Rsrp, Field::Rsrq, Field::Snr];
const PLAYER: &[Field] = &[Field::Buffer, Field::Bitrate, Field::Stalled];
const LINK: &[Field] = &[Field::Latency, Field::Jitter, Field::Loss];

/// Measures the trained model, parts of it and the baselines on some drives. `fit` are the drives that the baseline with a
/// free constant (throughput alone) is fitted to.
///
/// # Errors
/// [`FeedbackError`] for no drives.
pub fn evaluate(model: &Trained, cases: &[Case], fit: &[Case]) -> Result<Evaluation, FeedbackError> {
    let cases: Vec<&Case> = cases.iter().filter(|c| !c.moments.is_empty()).collect();
    let windows: usize = cases.iter().map(|c| c.moments.len()).sum();
    if windows == 0 {
        return Err(FeedbackError::value("drives", "none with a window", "at least one window of 20 s"));
    }
    let throughput = |m: &Moment| {
        let values: Vec<f64> = m.history.iter().filter_map(|s| s.get(Field::Throughput)).collect();
        libm::log(values.iter().sum::<f64>() / values.len().max(1) as f64 + 0.01)
    };
    let points: Vec<(f64, bool)> =
        fit.iter().flat_map(|c| &c.moments).map(|m| (throughput(m), m.high)).collect();
    let (a, b) = fit_logistic(&points);
    let of =
        |p: &dyn Predictor, history: &[Telemetry]| p.predict(history).map_or(0.5, |p| p.probability_high);
    let hard = |yes: bool| if yes { 1.0 } else { 0.0 };
    let last = |m: &Moment, field: Field| m.history.last().and_then(|s| s.get(field));
    let guesses: Vec<(&str, Guess<'_>)> = vec![
        ("trained", Box::new(|m| of(model, &m.history))),
        ("trained without the player", Box::new(|m| of(model, &without(&m.history, &[PLAYER])))),
        (
            "trained on radio values alone",
            Box::new(|m| of(model, &without(&m.history, &[PLAYER, LINK, &[Field::Throughput]]))),
        ),
        ("trained without radio values", Box::new(|m| of(model, &without(&m.history, &[RADIO])))),
        ("last value (the ten seconds before)", Box::new(|m| hard(m.was_high))),
        ("bitrate now", Box::new(|m| hard(last(m, Field::Bitrate).is_some_and(|k| k >= HIGH_KBPS)))),
        ("throughput alone", Box::new(|m| super::forest::logistic(a * throughput(m) + b))),
        (
            "document: index with a cut (C10)",
            Box::new(|m| hard(m.history.last().and_then(Document::index).is_some_and(|i| i >= super::CUT))),
        ),
        (
            "three cuts (C7)",
            Box::new(|m| {
                // Half-way between the two printed examples in each of the three.
                let above = |f, cut: f64| last(m, f).is_some_and(|v| v >= cut);
                hard(above(Field::Rsrp, -91.485) && above(Field::Rsrq, -10.885) && above(Field::Snr, 11.875))
            }),
        ),
    ];
    let answers: Vec<Vec<Vec<(f64, bool)>>> = guesses
        .iter()
        .map(|(_, guess)| {
            cases.iter().map(|c| c.moments.iter().map(|m| (guess(m), m.high)).collect()).collect()
        })
        .collect();
    let rows = guesses.iter().zip(&answers).map(|((name, _), a)| row(name, &a.concat())).collect();
    let accuracy = |case: &[(f64, bool)]| {
        case.iter().filter(|(p, y)| (*p >= 0.5) == *y).count() as f64 / case.len() as f64
    };
    let by_drive = |k: usize| -> Vec<f64> { answers[k].iter().map(|c| accuracy(c)).collect() };
    let trained = by_drive(0);
    let paired = (4..guesses.len()).filter_map(|k| {
        let test = qoe::stats::Paired::of(&trained, &by_drive(k)).ok()?;
        let interval = (test.ci95.low, test.ci95.high);
        Some(Paired { baseline: guesses[k].0.to_string(), difference: test.mean, interval, p: test.t_p })
    });
    let all = answers[0].concat();
    let mut confusion = [[0; 2]; 2];
    for (p, y) in &all {
        confusion[usize::from(*y)][usize::from(*p >= 0.5)] += 1;
    }
    Ok(Evaluation {
        drives: cases.len(),
        windows,
        high_share: all.iter().filter(|(_, y)| *y).count() as f64 / windows as f64,
        rows,
        paired: paired.collect(),
        confusion,
        calibration: bins(&all),
        importance: importance(model, &cases),
    })
}

fn row(name: &str, all: &[(f64, bool)]) -> Row {
    let n = all.len() as f64;
    let share = |of: bool| {
        let those: Vec<bool> = all.iter().filter(|(_, y)| *y == of).map(|(p, y)| (*p >= 0.5) == *y).collect();
        those.iter().filter(|r| **r).count() as f64 / those.len().max(1) as f64
    };
    let mut sorted: Vec<(f64, bool)> = all.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Ranks of the high windows, ties at their mean rank (Mann and Whitney).
    let (mut ranks, mut i) = (0.0, 0);
    while i < sorted.len() {
        let end = i + sorted[i..].iter().take_while(|s| s.0 == sorted[i].0).count();
        let rank = (i + 1 + end) as f64 / 2.0;
        ranks += rank * sorted[i..end].iter().filter(|s| s.1).count() as f64;
        i = end;
    }
    let high = all.iter().filter(|(_, y)| *y).count() as f64;
    let pairs = (high * (n - high)).max(1.0);
    Row {
        name: name.to_string(),
        accuracy: all.iter().filter(|(p, y)| (*p >= 0.5) == *y).count() as f64 / n,
        balanced_accuracy: (share(true) + share(false)) / 2.0,
        brier: all.iter().map(|(p, y)| (p - f64::from(u8::from(*y))).powi(2)).sum::<f64>() / n,
        calibration_error: bins(all)
            .iter()
            .map(|b| (b.predicted - b.observed).abs() * b.windows as f64 / n)
            .sum(),
        area_under_curve: (ranks - high * (high + 1.0) / 2.0) / pairs,
    }
}

fn bins(all: &[(f64, bool)]) -> Vec<Bin> {
    (0..10)
        .filter_map(|k| {
            let inside: Vec<&(f64, bool)> =
                all.iter().filter(|(p, _)| ((p * 10.0) as usize).min(9) == k).collect();
            let n = inside.len() as f64;
            (!inside.is_empty()).then(|| Bin {
                predicted: inside.iter().map(|(p, _)| p).sum::<f64>() / n,
                observed: inside.iter().filter(|(_, y)| *y).count() as f64 / n,
                windows: inside.len(),
            })
        })
        .collect()
}

/// Every feature of a field comes from the window half a set away, so that it says nothing of this one.
fn importance(model: &Trained, cases: &[&Case]) -> Vec<(String, f64)> {
    let moments: Vec<&Moment> = cases.iter().flat_map(|c| &c.moments).collect();
    let x: Vec<features::Features> = moments.iter().map(|m| features::of(&m.history)).collect();
    let brier = |mixed: &dyn Fn(usize) -> bool| {
        let error = |(i, m): (usize, &&Moment)| {
            let other = &x[(i + x.len() / 2) % x.len()];
            let features = std::array::from_fn(|f| if mixed(f) { other[f] } else { x[i][f] });
            (model.probability(&features) - f64::from(u8::from(m.high))).powi(2)
        };
        moments.iter().enumerate().map(error).sum::<f64>() / moments.len() as f64
    };
    let whole = brier(&|_| false);
    let mut fields: Vec<&str> = features::names().filter_map(|n| n.split(' ').next()).collect();
    fields.dedup();
    let mut rises: Vec<(String, f64)> = fields
        .iter()
        .map(|field| {
            let of_field: Vec<bool> =
                features::names().map(|n| n.split(' ').next() == Some(*field)).collect();
            (field.to_string(), brier(&|f| of_field[f]) - whole)
        })
        .collect();
    rises.sort_by(|a, b| b.1.total_cmp(&a.1));
    rises
}
