//! What each factor does, and how two of them act together: contrasts of means, paired by trace.
//!
//! The effect of a level is its mean over all levels of the other factors, minus the same of the first level, trace by trace. An
//! interaction is how much the effect of one factor changes with the level of another, again trace by trace. Both are
//! tested by Student's t on the traces; p is not adjusted in the JSON, and is adjusted by Holm for all contrasts of one
//! metric where sentences are made of it.

use qoe::stats;
use serde::Serialize;

use super::Comparison;
use super::metric::{ALPHA, Metric};
use crate::text::{counted, p_value, short};

/// The effect of one level of a factor against the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Effect {
    pub factor: &'static str,
    /// The first level.
    pub from: String,
    /// The other level.
    pub to: String,
    pub metric: String,
    pub difference: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Student's t: the probability of such a difference, were there none.
    pub p: f64,
    pub n: usize,
}

/// How much an effect changes with the level of another factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interaction {
    pub factors: [&'static str; 2],
    /// The first level of each.
    pub from: [String; 2],
    /// The other level of each.
    pub to: [String; 2],
    pub metric: String,
    /// The mean of (`to` - `from` of the first factor) at the second one's `to`, minus the same at its `from`.
    pub difference: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Student's t: the probability of such a difference, were there none.
    pub p: f64,
    pub n: usize,
}

/// A mean with its interval and test.
struct Contrast {
    difference: f64,
    low: f64,
    high: f64,
    p: f64,
    n: usize,
}

impl Contrast {
    /// Of one number per trace. One trace has a difference and nothing to say about others.
    fn of(values: &[f64]) -> Contrast {
        let n = values.len();
        match stats::Paired::of_differences(values) {
            Ok(paired) => Contrast {
                difference: paired.mean,
                low: paired.ci95.low,
                high: paired.ci95.high,
                p: paired.t_p,
                n,
            },
            Err(_) => {
                let difference = values.iter().sum::<f64>() / n.max(1) as f64;
                Contrast { difference, low: f64::NAN, high: f64::NAN, p: f64::NAN, n }
            }
        }
    }
}

/// An effect or an interaction in words, its p adjusted for all contrasts of its measure.
pub(super) struct Adjusted {
    what: String,
    contrast: Contrast,
}

/// The sessions of one metric: for every trace, a number for every variant.
struct Numbers<'a> {
    comparison: &'a Comparison,
    by_trace: Vec<Vec<f64>>,
}

impl Numbers<'_> {
    /// The mean of every trace over the variants that have these levels of these factors.
    fn means(&self, at: &[(usize, usize)]) -> Vec<f64> {
        let variants = self.comparison.variants.iter().enumerate();
        let inside: Vec<usize> = variants
            .filter(|(_, v)| at.iter().all(|(factor, level)| v.levels[*factor] == *level))
            .map(|(i, _)| i)
            .collect();
        let mean = |row: &Vec<f64>| inside.iter().map(|i| row[*i]).sum::<f64>() / inside.len().max(1) as f64;
        self.by_trace.iter().map(mean).collect()
    }
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

pub(super) fn find(c: &Comparison, metrics: &[Metric]) -> (Vec<Effect>, Vec<Interaction>) {
    let (mut effects, mut interactions) = (Vec::new(), Vec::new());
    for metric in metrics {
        let mut by_trace = vec![vec![f64::NAN; c.variants.len()]; c.traces.len()];
        for s in &c.sessions {
            by_trace[s.trace][s.rule] = metric.of(s);
        }
        let numbers = Numbers { comparison: c, by_trace };
        for (f, factor) in c.factors.iter().enumerate() {
            let first = c.first_level(f);
            let base = numbers.means(&[(f, first)]);
            for level in (0..factor.levels.len()).filter(|l| *l != first) {
                let x = Contrast::of(&minus(&numbers.means(&[(f, level)]), &base));
                effects.push(Effect {
                    factor: factor.name,
                    from: factor.levels[first].clone(),
                    to: factor.levels[level].clone(),
                    metric: metric.name.clone(),
                    difference: x.difference,
                    low: x.low,
                    high: x.high,
                    p: x.p,
                    n: x.n,
                });
            }
        }
        for a in 0..c.factors.len() {
            for b in a + 1..c.factors.len() {
                interactions.extend(between(c, &numbers, metric, a, b));
            }
        }
    }
    (effects, interactions)
}

/// The interactions of two factors in one metric.
fn between(c: &Comparison, numbers: &Numbers<'_>, metric: &Metric, a: usize, b: usize) -> Vec<Interaction> {
    let (first_a, first_b) = (c.first_level(a), c.first_level(b));
    let (levels_a, levels_b) = (&c.factors[a].levels, &c.factors[b].levels);
    let mut found = Vec::new();
    for i in (0..levels_a.len()).filter(|i| *i != first_a) {
        let effect = |level: usize| {
            minus(&numbers.means(&[(a, i), (b, level)]), &numbers.means(&[(a, first_a), (b, level)]))
        };
        let base = effect(first_b);
        for j in (0..levels_b.len()).filter(|j| *j != first_b) {
            let x = Contrast::of(&minus(&effect(j), &base));
            found.push(Interaction {
                factors: [c.factors[a].name, c.factors[b].name],
                from: [levels_a[first_a].clone(), levels_b[first_b].clone()],
                to: [levels_a[i].clone(), levels_b[j].clone()],
                metric: metric.name.clone(),
                difference: x.difference,
                low: x.low,
                high: x.high,
                p: x.p,
                n: x.n,
            });
        }
    }
    found
}

impl Comparison {
    /// The level of a factor that the others are compared with: that of the baseline.
    pub(super) fn first_level(&self, factor: usize) -> usize {
        self.variants[self.baseline].levels[factor]
    }

    /// The effects, then the interactions, of one measure, their p adjusted by Holm.
    pub(super) fn contrasts(&self, metric: &str) -> Vec<Adjusted> {
        let effects = self.effects.iter().filter(|e| e.metric == metric).map(|e| Adjusted {
            what: format!("{}: {} instead of {}", e.factor, e.to, e.from),
            contrast: Contrast { difference: e.difference, low: e.low, high: e.high, p: e.p, n: e.n },
        });
        let together = self.interactions.iter().filter(|i| i.metric == metric).map(|i| Adjusted {
            what: format!(
                "{} x {}: {} instead of {} changes more by this with {} than with {}",
                i.factors[0], i.factors[1], i.to[0], i.from[0], i.to[1], i.from[1]
            ),
            contrast: Contrast { difference: i.difference, low: i.low, high: i.high, p: i.p, n: i.n },
        });
        let mut all: Vec<Adjusted> = effects.chain(together).collect();
        let tested = || all.iter().map(|a| a.contrast.p).filter(|p| !p.is_nan());
        let mut adjusted = stats::holm(&tested().collect::<Vec<_>>()).into_iter();
        for one in all.iter_mut().filter(|a| !a.contrast.p.is_nan()) {
            one.contrast.p = adjusted.next().unwrap_or(f64::NAN);
        }
        all
    }
}

impl Adjusted {
    /// Whether the difference is more than chance.
    pub(super) fn is_supported(&self) -> bool {
        self.contrast.p < ALPHA
    }

    /// The difference and its p, in few words.
    pub(super) fn brief(&self) -> String {
        format!("{} {} (p = {})", self.what, signed(self.contrast.difference), p_value(self.contrast.p))
    }

    /// The whole contrast as a sentence.
    pub(super) fn sentence(&self) -> String {
        let Contrast { difference, low, high, p, n } = self.contrast;
        let (what, traces) = (&self.what, counted(n, "trace"));
        if p.is_nan() {
            return format!("{what}: {} (n = {traces}: no test)", signed(difference));
        }
        let support = if self.is_supported() { "" } else { ", not supported" };
        let (low, high, p) = (short(low), short(high), p_value(p));
        format!("{what}: {} ({low} to {high}, p = {p}{support}; n = {traces})", signed(difference))
    }
}

fn signed(difference: f64) -> String {
    format!("{}{}", if difference > 0.0 { "+" } else { "" }, short(difference))
}
