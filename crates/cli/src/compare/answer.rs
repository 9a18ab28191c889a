//! The five lines that answer a comparison: who is best, what is supported, stalls, bitrate, rungs.

use units::{BitRate, Seconds};

use super::metric::{ALPHA, BITRATE};
use super::{Comparison, Measure};
use crate::text::{WIDTH, counted, fixed, p_value, short, wrap};

/// The most names that a line lists one by one.
const LISTED: usize = 4;

impl Comparison {
    /// The answer in five lines; no line where there is nothing to say.
    pub(super) fn answer(&self) -> Vec<String> {
        let Some(first) = self.measures.first() else { return vec![] };
        let lines = [
            Some(self.best(first)),
            self.supported(first),
            self.stalls(),
            self.bitrates(),
            self.rungs_in_words(),
        ];
        lines.into_iter().flatten().map(|line| wrap(&line, WIDTH, "  ")).collect()
    }

    /// Which variant has the best mean of the first model.
    fn best(&self, first: &Measure) -> String {
        let on =
            format!("{} of {}", counted(self.sessions.len(), "session"), counted(self.traces.len(), "trace"));
        let means = ranked(first.rules.iter().map(|s| s.spread.as_ref().map_or(f64::NAN, |s| s.mean)), true);
        let Some((best, mean)) = means.first().copied() else {
            return format!("{}: no number can be given ({on})", first.label);
        };
        let interval = first.rules[best].spread.as_ref().and_then(|s| s.mean_ci95);
        let interval =
            interval.map_or(String::new(), |i| format!(" ({} to {})", short(i.low), short(i.high)));
        let (name, label) = (&self.rules[best], &first.label);
        match means.last() {
            Some((worst, low)) if means.len() > 1 && *low < mean => format!(
                "Best: {name}, mean {} {}{interval}; worst: {}, {} ({on})",
                label,
                short(mean),
                self.rules[*worst],
                short(*low)
            ),
            _ if self.rules.len() > 1 => {
                format!("Best: none, all have a mean {label} of {}{interval} ({on})", short(mean))
            }
            _ => format!("{name}: mean {label} {}{interval} ({on})", short(mean)),
        }
    }

    /// Which differences to the baseline are more than chance.
    fn supported(&self, first: &Measure) -> Option<String> {
        if self.rules.len() < 2 {
            return None;
        }
        let baseline = &self.rules[self.baseline];
        if self.traces.len() < 2 {
            return Some("Supported: nothing, one trace says nothing about others".to_string());
        }
        if self.factors.len() > 1 {
            return Some(self.supported_of_factors(first));
        }
        let (mut better, mut worse, mut open) = (vec![], vec![], 0);
        for (rule, s) in self.rules.iter().zip(&first.rules) {
            let Some(v) = &s.vs_baseline else { continue };
            let difference = v.paired.mean;
            let said = || format!("{rule} by {} (p = {})", short(difference.abs()), p_value(v.p_holm));
            match (v.p_holm < ALPHA && !v.is_same(), difference > 0.0) {
                (true, true) => better.push(said()),
                (true, false) => worse.push(said()),
                _ => open += 1,
            }
        }
        let mut parts = Vec::new();
        if !better.is_empty() {
            parts.push(format!("better than {baseline}: {}", listed(&better, "; ")));
        }
        if !worse.is_empty() {
            parts.push(format!("worse than {baseline}: {}", listed(&worse, "; ")));
        }
        Some(match (parts.is_empty(), open) {
            (true, _) => format!("Supported: no difference to {baseline} is more than chance"),
            (false, 0) => format!("Supported: {}", parts.join("; ")),
            (false, open) => format!("Supported: {}; not {}", parts.join("; "), others(open)),
        })
    }

    /// Which effects and interactions of several factors are more than chance.
    fn supported_of_factors(&self, first: &Measure) -> String {
        let contrasts = self.contrasts(&first.name);
        let said: Vec<String> = contrasts.iter().filter(|c| c.is_supported()).map(|c| c.brief()).collect();
        match (said.is_empty(), contrasts.len() - said.len()) {
            (true, _) => "Supported: no effect of any factor is more than chance".to_string(),
            (false, 0) => format!("Supported: {}", listed(&said, "; ")),
            (false, open) => format!("Supported: {}; not {}", listed(&said, "; "), others(open)),
        }
    }

    /// Whose viewers wait most and least.
    fn stalls(&self) -> Option<String> {
        let of = self.stalled.iter().map(|s| s.map_or(f64::NAN, |s| s.percent));
        let shares = ranked(of, false);
        if shares.first()?.1 == shares.last()?.1 {
            let share = shares[0].1;
            return Some(match share == 0.0 {
                true => "Stalls: none".to_string(),
                false => format!("Stalls: {} % of the time", short(share)),
            });
        }
        Some(format!("Stalled time: {}", self.in_order(&shares, " %")))
    }

    fn bitrates(&self) -> Option<String> {
        let measure = self.measures.iter().find(|m| m.name == BITRATE)?;
        let means = measure.rules.iter().map(|s| s.spread.as_ref().map_or(f64::NAN, |s| s.mean));
        Some(format!("Mean bitrate: {}", self.in_order(&ranked(means, true), " kbit/s")))
    }

    /// The numbers of the variants, best first: all of a few, the ends of many.
    fn in_order(&self, ranked: &[(usize, f64)], unit: &str) -> String {
        let said = |(rule, value): &(usize, f64)| format!("{} {}{unit}", self.rules[*rule], short(*value));
        match ranked {
            [first, .., last] if ranked.len() > LISTED => format!("{} ... {}", said(first), said(last)),
            few => few.iter().map(said).collect::<Vec<_>>().join("; "),
        }
    }

    /// The rung that each variant plays most, and the rungs that it never plays.
    fn rungs_in_words(&self) -> Option<String> {
        if self.ladder.len() < 2 {
            return None;
        }
        let used: Vec<Vec<Seconds>> = (0..self.rules.len()).map(|r| self.time_on_rungs(r)).collect();
        let unused = |times: &[Seconds]| -> Vec<String> {
            let rungs = self.ladder.iter().zip(times);
            rungs.filter(|(_, t)| **t <= Seconds::ZERO).map(|(rate, _)| kbps(*rate)).collect()
        };
        let by_all: Vec<Seconds> = (0..self.ladder.len()).map(|l| used.iter().map(|t| t[l]).sum()).collect();
        let nobody = unused(&by_all);
        let own = |times: &[Seconds]| -> Vec<String> {
            unused(times).into_iter().filter(|rung| !nobody.contains(rung)).collect()
        };
        let mut parts: Vec<String> = Vec::new();
        if used.len() <= LISTED {
            parts.extend(self.rules.iter().zip(&used).filter_map(|(rule, times)| {
                let all: Seconds = times.iter().copied().sum();
                let (level, time) =
                    times.iter().enumerate().max_by(|a, b| a.1.get().total_cmp(&b.1.get()))?;
                let never = own(times);
                let never = if never.is_empty() {
                    String::new()
                } else {
                    format!(", never {}", listed(&never, ", "))
                };
                let (rung, share) = (kbps(self.ladder[level]), 100.0 * (*time / all));
                (all > Seconds::ZERO).then(|| format!("{rule} mostly {rung} ({share:.0} %){never}"))
            }));
        } else {
            let all = used.iter().filter(|times| unused(times).is_empty()).count();
            parts.push(format!("{all} of {} play every rung", used.len()));
        }
        if !nobody.is_empty() {
            parts.push(format!("{} never by any", listed(&nobody, ", ")));
        }
        Some(format!("Rungs in kbit/s: {}", parts.join("; ")))
    }

    /// How long a variant played each rung, all sessions together.
    pub(super) fn time_on_rungs(&self, rule: usize) -> Vec<Seconds> {
        (0..self.ladder.len()).map(|level| self.of_rule(rule).map(|s| s.rungs[level]).sum()).collect()
    }
}

/// The finite numbers with their places, best first; equal ones stay in order.
fn ranked(values: impl Iterator<Item = f64>, more_is_better: bool) -> Vec<(usize, f64)> {
    let mut all: Vec<(usize, f64)> = values.enumerate().filter(|(_, v)| v.is_finite()).collect();
    all.sort_by(|a, b| if more_is_better { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
    all
}

/// A few of a list, and how many more there are.
fn listed(all: &[String], separator: &str) -> String {
    match all.len() {
        n if n > LISTED => format!("{} and {} more", all[..LISTED].join(separator), n - LISTED),
        _ => all.join(separator),
    }
}

fn others(n: usize) -> String {
    if n == 1 { "the other".to_string() } else { format!("the other {n}") }
}

/// A rung by its bitrate, without decimals that say nothing.
fn kbps(rate: BitRate) -> String {
    let kbps = rate.kbps();
    fixed(kbps, usize::from(kbps.fract() != 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_what_is_no_number_not_at_all() {
        let values = [2.0, f64::NAN, 5.0, 2.0];
        assert_eq!(ranked(values.into_iter(), true), [(2, 5.0), (0, 2.0), (3, 2.0)]);
        assert_eq!(ranked(values.into_iter(), false), [(0, 2.0), (3, 2.0), (2, 5.0)]);
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let names: Vec<String> = (1..=6).map(|n| n.to_string()).collect();
        assert_eq!(listed(&names[..4], ", "), "1, 2, 3, 4");
        assert_eq!(listed(&names, ", "), "1, 2, 3, 4 and 2 more");
    }
}
