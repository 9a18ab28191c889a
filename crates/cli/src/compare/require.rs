//! What a comparison must show, so that a pipeline can stop where it does not.

use super::Comparison;
use super::metric::{ALPHA, BITRATE, STALLED, STARTUP, SWITCHES};
use crate::Error;
use crate::text::{p_value, short};

/// The condition that nothing is worse than the baseline.
const NO_WORSE: &str = "no-worse";

/// A condition on every variant.
#[derive(Debug)]
pub(super) struct Requirement {
    text: String,
    condition: Condition,
}

#[derive(Debug)]
enum Condition {
    Mean {
        measure: String,
        relation: Relation,
        bound: f64,
    },
    /// No variant is supported to be worse than the baseline by the first model.
    NoWorse,
}

#[derive(Clone, Copy, Debug)]
struct Relation {
    sign: &'static str,
    holds: fn(f64, f64) -> bool,
}

/// Longer signs first: `<=` is not `<` and a number that begins with `=`.
const RELATIONS: [Relation; 4] = [
    Relation { sign: "<=", holds: |a, b| a <= b },
    Relation { sign: ">=", holds: |a, b| a >= b },
    Relation { sign: "<", holds: |a, b| a < b },
    Relation { sign: ">", holds: |a, b| a > b },
];

/// The requirements of a command line.
pub(super) fn parse(
    given: &[String],
    models: &[String],
    comparable: bool,
) -> Result<Vec<Requirement>, Error> {
    given.iter().map(|text| Requirement::new(text, models, comparable)).collect()
}

impl Requirement {
    fn new(text: &str, models: &[String], comparable: bool) -> Result<Requirement, Error> {
        let wrong = |problem: String| Error::input(format_args!("--require {text}"), problem);
        let condition = if text.trim() == NO_WORSE {
            if !comparable {
                let problem = "expected at least two combinations and two traces, so that there is something to be worse than";
                return Err(wrong(problem.to_string()));
            }
            Condition::NoWorse
        } else {
            let found = RELATIONS.iter().find_map(|r| text.rsplit_once(r.sign).map(|halves| (r, halves)));
            let Some((relation, (measure, bound))) = found else {
                return Err(wrong(format!("expected MEASURE<=NUMBER (or <, >=, >) or {NO_WORSE}")));
            };
            let measure = measure.trim();
            let measures = || models.iter().map(String::as_str).chain([BITRATE, STALLED, SWITCHES, STARTUP]);
            if !measures().any(|known| known == measure) {
                let known = measures().collect::<Vec<_>>().join(", ");
                return Err(wrong(format!("no measure '{measure}' here, expected one of {known}")));
            }
            let bound = bound.trim().parse::<f64>().ok().filter(|b| b.is_finite());
            let bound = bound.ok_or_else(|| wrong(format!("expected a number behind {}", relation.sign)))?;
            Condition::Mean { measure: measure.to_string(), relation: *relation, bound }
        };
        Ok(Requirement { text: text.trim().to_string(), condition })
    }

    /// The variants that break it, each with its number. A variant without a number breaks every bound.
    fn broken_by(&self, comparison: &Comparison) -> Vec<String> {
        let rules = comparison.rules.iter().enumerate();
        match &self.condition {
            Condition::Mean { measure, relation, bound } => {
                let Some(measure) = comparison.measures.iter().find(|m| m.name == *measure) else {
                    return vec![];
                };
                rules
                    .map(|(i, rule)| (rule, measure.rules[i].spread.as_ref().map_or(f64::NAN, |s| s.mean)))
                    .filter(|(_, mean)| !(relation.holds)(*mean, *bound))
                    .map(|(rule, mean)| format!("{rule} ({})", short(mean)))
                    .collect()
            }
            Condition::NoWorse => {
                let Some(first) = comparison.measures.first() else { return vec![] };
                let worse = |(i, rule): (usize, &String)| {
                    let versus = first.rules[i].vs_baseline.as_ref()?;
                    (versus.p_holm < ALPHA && versus.paired.mean < 0.0).then(|| {
                        format!("{rule} ({}, p = {})", short(versus.paired.mean), p_value(versus.p_holm))
                    })
                };
                rules.filter_map(worse).collect()
            }
        }
    }
}

impl Comparison {
    /// Checks what was required of it.
    pub(super) fn meets(&self, requirements: &[Requirement]) -> Result<(), Error> {
        let broken = requirements.iter().map(|r| (r, r.broken_by(self))).filter(|(_, by)| !by.is_empty());
        let said: Vec<String> =
            broken.map(|(r, by)| format!("required {}, broken by {}", r.text, by.join(", "))).collect();
        if said.is_empty() { Ok(()) } else { Err(Error::Failed(said.join("\n"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_may_have_options_and_a_bound_any_sign() {
        let models = ["yin:mu=8".to_string()];
        for text in ["yin:mu=8>=-1.5", "stall_percent <= 1", "startup_delay_s<2", "switch_count>0"] {
            assert!(Requirement::new(text, &models, true).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_says_what_one_is() {
        let models = ["yin".to_string()];
        for (text, expected) in [
            ("stall_percent", "expected MEASURE<=NUMBER"),
            ("stalls<1", "expected one of yin, mean_bitrate_kbps, stall_percent"),
            ("yin>=much", "expected a number behind >="),
            ("yin>=inf", "expected a number behind >="),
        ] {
            let said = Requirement::new(text, &models, true).map(|_| ()).unwrap_err().to_string();
            assert!(said.starts_with("--require ") && said.contains(expected), "{said}");
        }
        assert!(Requirement::new("no-worse", &models, false).is_err());
    }
}
