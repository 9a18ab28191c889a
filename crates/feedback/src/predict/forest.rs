//! Gradient-boosted trees of fixed depth for a yes or no, with a way for what is absent.
//!
//! Source: Chen and Guestrin, *XGBoost: A Scalable Tree Boosting System*, KDD 2016: second-order gain (equation 7), splits at
//! quantiles (3.2), a learned default direction for missing values (3.4). Written out here because the fitted trees are committed:
//! their form has to be small and the fit the same to the byte everywhere.

use serde::{Deserialize, Serialize};

use super::features::{COUNT, Features};

/// Levels of a tree.
const DEPTH: usize = 3;
const SPLITS: usize = (1 << DEPTH) - 1;
const LEAVES: usize = 1 << DEPTH;
/// Candidate thresholds of a feature.
const BINS: usize = 32;

/// How a forest is fitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FitOptions {
    pub trees: usize,
    pub rate: f64,
    /// Penalty of large leaves.
    pub ridge: f64,
    /// The least a child must weigh: sum of p (1 - p).
    pub least: f64,
}

/// A tree: complete, its splits level by level. A split whose threshold is absent sends everything left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    feature: [usize; SPLITS],
    threshold: [Option<f64>; SPLITS],
    missing_left: [bool; SPLITS],
    leaf: [f64; LEAVES],
}

/// A sum of trees, and what makes a probability of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    base: f64,
    trees: Vec<Tree>,
}

/// A case to learn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Example {
    pub features: Features,
    pub label: bool,
}

impl Tree {
    fn leaf_of(&self, x: &Features) -> usize {
        let mut node = 0;
        for _ in 0..DEPTH {
            node = 2 * node + 1 + usize::from(!self.left(node, x[self.feature[node]]));
        }
        node - SPLITS
    }

    fn left(&self, node: usize, value: f64) -> bool {
        match self.threshold[node] {
            Some(_) if value.is_nan() => self.missing_left[node],
            Some(threshold) => value < threshold,
            None => true,
        }
    }
}

impl Forest {
    /// The log odds of yes.
    pub(crate) fn log_odds(&self, x: &Features) -> f64 {
        self.trees.iter().fold(self.base, |sum, tree| sum + tree.leaf[tree.leaf_of(x)])
    }

    /// Whether the forest is one: for files from elsewhere.
    pub(crate) fn is_sound(&self) -> bool {
        let sound = |t: &Tree| t.feature.iter().all(|f| *f < COUNT) && t.leaf.iter().all(|l| l.is_finite());
        self.base.is_finite() && self.trees.iter().all(sound)
    }

    pub(crate) fn fit(examples: &[Example], options: FitOptions) -> Forest {
        let thresholds = thresholds(examples);
        let bin = |feature: usize, value: f64| match value.is_nan() {
            true => u8::MAX,
            false => thresholds[feature].partition_point(|t| *t <= value) as u8,
        };
        let bins: Vec<[u8; COUNT]> =
            examples.iter().map(|e| std::array::from_fn(|f| bin(f, e.features[f]))).collect();
        let yes = examples.iter().filter(|e| e.label).count() as f64;
        let share = (yes + 1.0) / (examples.len() as f64 + 2.0);
        let base = rounded(libm::log(share / (1.0 - share)));
        let mut odds = vec![base; examples.len()];
        let mut trees = Vec::with_capacity(options.trees);
        for _ in 0..options.trees {
            let slopes: Vec<(f64, f64)> = odds
                .iter()
                .zip(examples)
                .map(|(o, e)| {
                    let p = logistic(*o);
                    (p - f64::from(u8::from(e.label)), (p * (1.0 - p)).max(1e-9))
                })
                .collect();
            let tree = grow(&bins, &slopes, &thresholds, options);
            for (o, e) in odds.iter_mut().zip(examples) {
                *o += tree.leaf[tree.leaf_of(&e.features)];
            }
            trees.push(tree);
        }
        Forest { base, trees }
    }
}

/// Sums of slopes and curvatures.
type Sums = (f64, f64);

fn grow(bins: &[[u8; COUNT]], slopes: &[Sums], thresholds: &[Vec<f64>], options: FitOptions) -> Tree {
    let mut tree = Tree {
        feature: [0; SPLITS],
        threshold: [None; SPLITS],
        missing_left: [true; SPLITS],
        leaf: [0.0; LEAVES],
    };
    let mut node_of = vec![0usize; bins.len()];
    for level in 0..DEPTH {
        let first = (1 << level) - 1;
        let width = 1 << level;
        // The sums per bin of each node and feature; missing values have the last bin.
        let mut sums = vec![[[(0.0, 0.0); BINS + 2]; COUNT]; width];
        for ((row, node), slope) in bins.iter().zip(&node_of).zip(slopes) {
            for (feature, bin) in row.iter().enumerate() {
                let cell = &mut sums[node - first][feature][(*bin as usize).min(BINS + 1)];
                cell.0 += slope.0;
                cell.1 += slope.1;
            }
        }
        let mut split_at = vec![usize::MAX; width];
        for (i, features) in sums.iter().enumerate() {
            let Some((feature, at, missing_left)) = best(features, thresholds, options) else { continue };
            let node = first + i;
            tree.feature[node] = feature;
            tree.threshold[node] = Some(thresholds[feature][at]);
            tree.missing_left[node] = missing_left;
            split_at[i] = at;
        }
        for (row, node) in bins.iter().zip(&mut node_of) {
            let at = split_at[*node - first];
            let bin = row[tree.feature[*node]];
            let left = match bin {
                _ if at == usize::MAX => true,
                u8::MAX => tree.missing_left[*node],
                bin => bin as usize <= at,
            };
            *node = 2 * *node + 1 + usize::from(!left);
        }
    }
    let mut totals = [(0.0, 0.0); LEAVES];
    for (node, slope) in node_of.iter().zip(slopes) {
        let total: &mut Sums = &mut totals[node - SPLITS];
        total.0 += slope.0;
        total.1 += slope.1;
    }
    for (leaf, (g, h)) in tree.leaf.iter_mut().zip(totals) {
        *leaf = rounded(-options.rate * g / (h + options.ridge));
    }
    tree
}

/// The split that gains most: feature, threshold, and where the missing go.
fn best(
    features: &[[Sums; BINS + 2]; COUNT],
    thresholds: &[Vec<f64>],
    options: FitOptions,
) -> Option<(usize, usize, bool)> {
    let score = |(g, h): Sums| g * g / (h + options.ridge);
    let mut found = None;
    let mut most = 1e-6;
    for (feature, cells) in features.iter().enumerate() {
        let total = cells.iter().fold((0.0, 0.0), |a: Sums, c| (a.0 + c.0, a.1 + c.1));
        let missing = cells[BINS + 1];
        let mut left = (0.0, 0.0);
        for (at, cell) in cells.iter().enumerate().take(thresholds[feature].len()) {
            left = (left.0 + cell.0, left.1 + cell.1);
            for missing_left in [true, false] {
                let l = if missing_left { (left.0 + missing.0, left.1 + missing.1) } else { left };
                let r = (total.0 - l.0, total.1 - l.1);
                if l.1 < options.least || r.1 < options.least {
                    continue;
                }
                let gain = score(l) + score(r) - score(total);
                if gain > most {
                    most = gain;
                    found = Some((feature, at, missing_left));
                }
            }
        }
    }
    found
}

/// Candidates for a split: quantiles of what was seen, of four digits.
fn thresholds(examples: &[Example]) -> Vec<Vec<f64>> {
    (0..COUNT)
        .map(|f| {
            let mut values: Vec<f64> =
                examples.iter().map(|e| e.features[f]).filter(|v| !v.is_nan()).collect();
            values.sort_by(f64::total_cmp);
            let quantile = |k: usize| rounded(values[k * (values.len() - 1) / (BINS + 1)]);
            let mut cuts: Vec<f64> = match values.is_empty() {
                true => Vec::new(),
                false => (1..=BINS).map(quantile).collect(),
            };
            cuts.dedup();
            cuts
        })
        .collect()
}

/// Four decimals, so that the committed file is short and reads the same everywhere.
pub(crate) fn rounded(value: f64) -> f64 {
    libm::round(value * 1e4) / 1e4
}

/// The probability behind log odds.
pub(crate) fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-odds))
}

/// Fits `logistic(a x + b)` to answers by Newton's method: a calibration (Platt 1999).
pub(crate) fn fit_logistic(points: &[(f64, bool)]) -> (f64, f64) {
    let (mut a, mut b) = (1.0, 0.0);
    for _ in 0..50 {
        // Gradient and Hessian, with a weak pull to where it began.
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (1e-3 * (a - 1.0), 1e-3 * b, 1e-3, 0.0, 1e-3);
        for (x, yes) in points {
            let p = logistic(a * x + b);
            let (d, w) = (p - f64::from(u8::from(*yes)), p * (1.0 - p));
            ga += d * x;
            gb += d;
            haa += w * x * x;
            hab += w * x;
            hbb += w;
        }
        let determinant = haa * hbb - hab * hab;
        if determinant.abs() < 1e-12 {
            break;
        }
        a -= (ga * hbb - gb * hab) / determinant;
        b -= (gb * haa - ga * hab) / determinant;
    }
    (rounded(a), rounded(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::SimRng;

    fn options() -> FitOptions {
        FitOptions { trees: 40, rate: 0.2, ridge: 1.0, least: 2.0 }
    }

    #[test]
    fn learns_a_rule_of_two_features_and_what_absence_means() {
        let mut rng = SimRng::new(1, 0);
        let mut draw = |n: usize| -> Vec<Example> {
            (0..n)
                .map(|_| {
                    let mut features = [f64::NAN; COUNT];
                    features[0] = rng.range(-1.0, 1.0);
                    features[3] = if rng.uniform() < 0.3 { f64::NAN } else { rng.range(-1.0, 1.0) };
                    let label = features[0] > 0.2 && (features[3].is_nan() || features[3] < 0.5);
                    Example { features, label }
                })
                .collect()
        };
        let forest = Forest::fit(&draw(4000), options());
        let wrong = draw(2000).iter().filter(|e| (forest.log_odds(&e.features) > 0.0) != e.label).count();
        assert!(wrong < 60, "{wrong} of 2000");
        assert!(forest.is_sound());
    }

    #[test]
    fn nothing_to_learn_gives_the_share() {
        let examples: Vec<Example> =
            (0..100).map(|i| Example { features: [f64::NAN; COUNT], label: i % 4 == 0 }).collect();
        let forest = Forest::fit(&examples, options());
        let p = logistic(forest.log_odds(&[f64::NAN; COUNT]));
        assert!((p - 0.25).abs() < 0.01, "{p}");
    }

    #[test]
    fn calibration_finds_the_curve_that_made_the_answers() {
        let mut rng = SimRng::new(2, 0);
        let points: Vec<(f64, bool)> = (0..40_000)
            .map(|_| {
                let x = rng.range(-3.0, 3.0);
                (x, rng.uniform() < logistic(0.7 * x - 0.4))
            })
            .collect();
        let (a, b) = fit_logistic(&points);
        assert!((a - 0.7).abs() < 0.03 && (b + 0.4).abs() < 0.05, "{a} {b}");
    }
}
