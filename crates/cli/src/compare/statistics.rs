//! What is asked of [`qoe::stats`] about each number.

use qoe::Scale;
use qoe::stats::{self, Outcome, puffer};
use serde::Serialize;
use units::Seconds;

use super::metric::{ALPHA, Metric, OPTIMUM_SHARE, REGRET, metrics};
use super::{Comparison, Played};

/// Realisations of a bootstrap.
const REALISATIONS: usize = 2000;

/// A number that every session has, and its statistics.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measure {
    /// Its name: the specification of a QoE model, or the field of the summary.
    pub name: String,
    pub label: String,
    pub more_is_better: bool,
    pub rules: Vec<Statistics>,
}

/// What a measure says of a rule. `None`: too few sessions, or numbers that are not finite.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Mean, median and tails, with 95 % intervals.
    #[serde(flatten)]
    pub spread: Option<stats::Summary>,
    /// The difference to the baseline, trace by trace; none of the baseline itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vs_baseline: Option<Versus>,
}

/// The difference to the baseline, trace by trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Versus {
    /// Differences rule - baseline: mean, interval, tests.
    #[serde(flatten)]
    pub paired: stats::Paired,
    /// p of Student's t, adjusted by Holm for all rules.
    pub p_holm: f64,
}

impl Versus {
    /// Whether no trace made any difference.
    pub fn is_same(&self) -> bool {
        self.paired.wilcoxon.is_none()
    }
}

/// A share of time, in percent: all stalled time over all watched time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Share {
    pub percent: f64,
    /// Lower end of its 95 % interval (bootstrap over sessions).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Computes everything of a comparison that follows from its sessions.
pub(super) fn fill(c: &mut Comparison, scales: &[Scale]) {
    let metrics = metrics(c, scales);
    let of = |m: &Metric| measure(c, &m.name, &m.label, m.more_is_better, |s| m.of(s));
    let measures: Vec<Measure> = metrics.iter().map(of).collect();
    (c.effects, c.interactions) = super::effects::find(c, &metrics);
    c.stalled = (0..c.rules.len()).map(|rule| stalled(c, rule)).collect();
    c.findings = measures.first().map_or_else(Vec::new, |m| findings(c, m));
    c.measures = measures;
}

/// Adds what follows from the optima: behind the first model, regret and share.
pub(super) fn fill_optimum(c: &mut Comparison) {
    let label = c.measures[0].label.clone();
    let optimum = |s: &Played| c.optima[s.trace];
    let regret = |s: &Played| optimum(s).regret(s.scores[0].value);
    let regret = measure(c, REGRET, &format!("regret to the optimum, {label}"), false, regret);
    let positive = c.optima.iter().filter(|o| o.value > 0.0).count();
    let mut label = format!("share of the optimum in %, {label}");
    if positive < c.optima.len() {
        label.push_str(&format!(", of the {positive} of {} traces where it is above 0", c.optima.len()));
    }
    // A trace counts for all rules or for none, so that pairs stay pairs.
    let share = some_measure(c, OPTIMUM_SHARE, &label, true, |s| optimum(s).share_percent(s.scores[0].value));
    c.measures.splice(1..1, [regret, share]);
}

fn measure(
    c: &Comparison,
    name: &str,
    label: &str,
    more_is_better: bool,
    of: impl Fn(&Played) -> f64,
) -> Measure {
    some_measure(c, name, label, more_is_better, |s| Some(of(s)))
}

/// A number that the sessions of some traces have.
fn some_measure(
    c: &Comparison,
    name: &str,
    label: &str,
    more_is_better: bool,
    of: impl Fn(&Played) -> Option<f64>,
) -> Measure {
    let values: Vec<Vec<f64>> =
        (0..c.rules.len()).map(|rule| c.of_rule(rule).filter_map(&of).collect()).collect();
    let paired: Vec<Option<stats::Paired>> = (0..values.len())
        .map(|rule| match rule == c.baseline {
            true => None,
            false => {
                stats::Paired::of(&values[rule], &values[c.baseline]).ok().map(|p| match more_is_better {
                    true => p,
                    false => p.where_less_is_better(),
                })
            }
        })
        .collect();
    let mut adjusted = stats::holm(&paired.iter().flatten().map(|p| p.t_p).collect::<Vec<_>>()).into_iter();
    let rules = paired.into_iter().zip(&values).map(|(paired, values)| Statistics {
        spread: stats::Summary::of(values).ok(),
        vs_baseline: paired.and_then(|paired| adjusted.next().map(|p_holm| Versus { paired, p_holm })),
    });
    Measure { name: name.to_string(), label: label.to_string(), more_is_better, rules: rules.collect() }
}

fn stalled(c: &Comparison, rule: usize) -> Option<Share> {
    let stream = |s: &Played| puffer::Stream {
        watch: s.summary.wall_s - s.summary.startup_delay_s,
        stall: s.summary.stall_s,
    };
    let streams: Vec<puffer::Stream> =
        c.of_rule(rule).map(stream).filter(|s| s.watch > Seconds::ZERO).collect();
    let ratio = puffer::stall_ratio(&streams).ok()?;
    let interval = puffer::stall_ratio_by_stream(&streams, REALISATIONS, c.seed).ok().map(|r| r.interval);
    let (low, high) =
        interval.filter(|_| streams.len() > 1).map_or((f64::NAN, f64::NAN), |i| (i.low, i.high));
    Some(Share { percent: ratio * 100.0, low: low * 100.0, high: high * 100.0 })
}

/// What is and what is not supported, one sentence per rule but the baseline.
fn findings(c: &Comparison, measure: &Measure) -> Vec<String> {
    let mut sentences = Vec::new();
    for (rule, s) in c.rules.iter().zip(&measure.rules) {
        let Some(v) = &s.vs_baseline else { continue };
        let paired = v.paired;
        sentences.push(if v.is_same() {
            format!("{rule} and {}: the same on every trace (n = {} traces)", c.rules[c.baseline], paired.n)
        } else {
            let outcome = match v.p_holm < ALPHA {
                true if paired.mean > 0.0 => Outcome::First,
                true => Outcome::Second,
                false => Outcome::Open,
            };
            let sentence = stats::Comparison {
                first: rule.clone(),
                second: c.rules[c.baseline].clone(),
                paired,
                p: v.p_holm,
                alpha: ALPHA,
                unit: "traces".to_string(),
                outcome,
                pairs_needed: (paired.mean != 0.0).then(|| stats::pairs_needed(paired.dz, ALPHA, 0.8)),
            };
            sentence.to_string()
        });
    }
    if sentences.is_empty() && c.rules.len() > 1 {
        sentences.push("one trace says nothing about others: give more to compare rules".to_string());
    }
    sentences
}
