//! A comparison as tables and as JSON.

use serde::Serialize;
use units::Seconds;

use super::metric::{OPTIMUM_SHARE, STALLED};
use super::{Comparison, Effect, Factor, Interaction, Measure, Optimum, Played, Share, Statistics};
use crate::text::{Ordered, Table, WIDTH, counted, decimals, fixed, p_value, short, wrap};
use crate::{Error, console};

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    command: &'a str,
    video: &'a str,
    profile: &'a str,
    seed: u64,
    baseline: &'a str,
    abr: &'a [String],
    qoe: &'a [String],
    traces: &'a [String],
    session_count: usize,
    hours: f64,
    factors: &'a [Factor],
    effects: &'a [Effect],
    interactions: &'a [Interaction],
    stalled: Ordered<Option<Share>>,
    measures: Ordered<MeasureJson<'a>>,
    /// The ladder, where all videos have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    rungs: Option<RungsJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    optimum: Option<OptimumJson<'a>>,
    findings: &'a [String],
    sessions: Vec<SessionJson<'a>>,
}

#[derive(Serialize)]
struct SessionJson<'a> {
    trace: &'a str,
    class: &'a str,
    /// The levels of what varies.
    factors: Ordered<&'a str>,
    abr: &'a str,
    profile: &'a str,
    video: &'a str,
    seed: u64,
    #[serde(flatten)]
    summary: Digest,
    qoe: Ordered<f64>,
}

/// The numbers of a session that stand in `sessions.csv`, too.
#[derive(Serialize)]
struct Digest {
    segments: usize,
    mean_bitrate_kbps: f64,
    startup_delay_s: f64,
    stall_count: usize,
    stall_s: f64,
    stall_ratio: f64,
    switch_count: usize,
    mean_switch_kbps: f64,
    mean_buffer_s: f64,
    played_s: f64,
    wall_s: f64,
    av_sync_mean_ms: f64,
    av_sync_max_ms: f64,
    #[serde(flatten)]
    live: Option<qoe::LiveSummary>,
}

#[derive(Serialize)]
struct MeasureJson<'a> {
    label: &'a str,
    better: &'static str,
    rules: Ordered<&'a Statistics>,
}

/// The use of the ladder.
#[derive(Serialize)]
struct RungsJson {
    bitrates_kbps: Vec<f64>,
    /// The share of the played time on each rung in percent, all sessions of a variant together.
    share_percent: Ordered<Vec<f64>>,
}

#[derive(Serialize)]
struct OptimumJson<'a> {
    model: &'a str,
    /// The largest distance of a bound from its value, relative to the value.
    worst_gap: f64,
    /// The traces on which the bound is not within half a percent of the value.
    unproven: Vec<&'a str>,
    /// How many traces have an optimum above 0, so that there is a share of it.
    traces_with_share: usize,
    traces: Ordered<&'a Optimum>,
    /// Mean share of the optimum in percent, per rule.
    share_percent: Ordered<Option<f64>>,
    /// Between which the mean share lies for certain: of the bounds, and of the values.
    share_percent_range: Ordered<Option<[f64; 2]>>,
    /// The same of what is missing to the optimum.
    regret_range: Ordered<Option<[f64; 2]>>,
}

impl Comparison {
    fn optimum_json(&self) -> Option<OptimumJson<'_>> {
        (!self.optima.is_empty()).then(|| OptimumJson {
            model: &self.models[0],
            worst_gap: self.optima.iter().map(Optimum::gap).fold(0.0, f64::max),
            unproven: self.unproven(),
            traces_with_share: self.optima.iter().filter(|o| o.value > 0.0).count(),
            traces: Ordered(self.traces.iter().cloned().zip(&self.optima).collect()),
            share_percent: Ordered(
                self.rules.iter().enumerate().map(|(i, r)| (r.clone(), self.optimum_share(i))).collect(),
            ),
            share_percent_range: Ordered(
                self.rules.iter().enumerate().map(|(i, r)| (r.clone(), self.share_range(i))).collect(),
            ),
            regret_range: Ordered(
                self.rules.iter().enumerate().map(|(i, r)| (r.clone(), self.regret_range(i))).collect(),
            ),
        })
    }

    /// The mean over the sessions of a rule of a number that a session may have.
    fn mean_over(&self, rule: usize, of: impl Fn(&Optimum, f64) -> Option<f64>) -> Option<f64> {
        let sessions = self.sessions.iter().filter(|s| s.rule == rule);
        let numbers: Vec<f64> =
            sessions.filter_map(|s| of(self.optima.get(s.trace)?, s.scores[0].value)).collect();
        (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
    }

    fn share_range(&self, rule: usize) -> Option<[f64; 2]> {
        let a = self.mean_over(rule, |o, score| o.share_of_bound_percent(score))?;
        let b = self.mean_over(rule, |o, score| o.share_percent(score))?;
        Some([a.min(b), a.max(b)])
    }

    fn regret_range(&self, rule: usize) -> Option<[f64; 2]> {
        let least = self.mean_over(rule, |o, score| Some(o.regret(score)))?;
        Some([least, self.mean_over(rule, |o, score| Some(o.regret(score) + (o.bound - o.value)))?])
    }

    /// The share of a rule: as a range where an optimum is not proven.
    fn share_cell(&self, rule: usize) -> String {
        match (self.share_range(rule), self.optimum_share(rule)) {
            (Some([low, high]), Some(_))
                if !self.unproven().is_empty() && fixed(low, 1) != fixed(high, 1) =>
            {
                format!("{}-{}%", fixed(low, 1), fixed(high, 1))
            }
            (_, Some(share)) => format!("{}%", fixed(share, 1)),
            _ => "-".to_string(),
        }
    }

    fn rungs_json(&self) -> Option<RungsJson> {
        let share = |rule: usize| {
            let times = self.time_on_rungs(rule);
            let all: Seconds = times.iter().copied().sum();
            times.iter().map(|t| if all > Seconds::ZERO { 100.0 * (*t / all) } else { 0.0 }).collect()
        };
        (!self.ladder.is_empty()).then(|| RungsJson {
            bitrates_kbps: self.ladder.iter().map(|rate| rate.kbps()).collect(),
            share_percent: Ordered(
                self.rules.iter().enumerate().map(|(i, r)| (r.clone(), share(i))).collect(),
            ),
        })
    }

    fn unproven(&self) -> Vec<&str> {
        let open = self.traces.iter().zip(&self.optima).filter(|(_, o)| !o.is_proven());
        open.map(|(trace, _)| trace.as_str()).collect()
    }

    /// The mean share of the optimum that a rule reaches, in percent.
    fn optimum_share(&self, rule: usize) -> Option<f64> {
        let measure = self.measures.iter().find(|m| m.name == OPTIMUM_SHARE)?;
        Some(measure.rules.get(rule)?.spread.as_ref()?.mean)
    }

    /// The comparison as JSON, schema `segue.comparison/1`.
    pub fn to_json(&self) -> Result<String, Error> {
        let measures = self.measures.iter().map(|m| {
            let rules = Ordered(self.rules.iter().cloned().zip(&m.rules).collect());
            let better = if m.more_is_better { "more" } else { "less" };
            (m.name.clone(), MeasureJson { label: &m.label, better, rules })
        });
        let (video, profile) = (self.videos.join(", "), self.profiles.join(", "));
        let abr = super::distinct(self.variants.iter().map(|v| &v.abr));
        console::pretty(&Json {
            schema: "segue.comparison/1",
            command: &self.command,
            video: &video,
            profile: &profile,
            seed: self.seed,
            baseline: &self.rules[self.baseline],
            abr: &abr,
            qoe: &self.models,
            traces: &self.traces,
            session_count: self.sessions.len(),
            hours: self.hours(),
            factors: &self.factors,
            effects: &self.effects,
            interactions: &self.interactions,
            stalled: Ordered(self.rules.iter().cloned().zip(self.stalled.iter().copied()).collect()),
            measures: Ordered(measures.collect()),
            rungs: self.rungs_json(),
            optimum: self.optimum_json(),
            findings: &self.findings,
            sessions: self.sessions.iter().map(|s| self.session_json(s)).collect(),
        })
    }

    fn session_json(&self, s: &Played) -> SessionJson<'_> {
        let v = &self.variants[s.rule];
        let k = &s.summary;
        SessionJson {
            trace: &self.traces[s.trace],
            class: self.class(s.trace),
            factors: Ordered(
                self.factors
                    .iter()
                    .zip(&v.levels)
                    .map(|(f, l)| (f.name.to_string(), f.levels[*l].as_str()))
                    .collect(),
            ),
            abr: &v.abr,
            profile: &v.profile,
            video: &v.video,
            seed: v.seed,
            summary: Digest {
                segments: k.segments,
                mean_bitrate_kbps: k.mean_bitrate_kbps.kbps(),
                startup_delay_s: k.startup_delay_s.get(),
                stall_count: k.stall_count,
                stall_s: k.stall_s.get(),
                stall_ratio: k.stall_ratio,
                switch_count: k.switch_count,
                mean_switch_kbps: k.mean_switch_kbps.kbps(),
                mean_buffer_s: k.mean_buffer_s.get(),
                played_s: k.played_s.get(),
                wall_s: k.wall_s.get(),
                av_sync_mean_ms: s.av_sync.mean_ms,
                av_sync_max_ms: s.av_sync.max_ms,
                live: s.live,
            },
            qoe: Ordered(self.models.iter().cloned().zip(s.scores.iter().map(|s| s.value)).collect()),
        }
    }

    /// The comparison for people: the answer in five lines, a table per measure, and what is supported.
    pub fn to_text(&self) -> String {
        let sessions = counted(self.sessions.len(), "session");
        let others = self.factors.iter().any(|f| f.name != "abr");
        let rules = counted(self.rules.len(), if others { "combination" } else { "rule" });
        let traces = counted(self.traces.len(), "trace");
        let intro = format!(
            "{rules} on {traces}: {sessions}, {} hours. Video {}, profile {}, seed {}.",
            short(self.hours()),
            self.videos.join(" and "),
            self.profiles.join(" and "),
            self.seed
        );
        let mut text = self.answer().join("\n");
        text.push_str(&format!("\n\n{}\n", wrap(&intro, WIDTH, "")));
        for measure in &self.measures {
            text.push('\n');
            text.push_str(&self.table(measure));
        }
        let mut legend = "±: half of the 95 % interval.".to_string();
        if self.rules.len() > 1 && self.traces.len() > 1 {
            legend.push_str(&format!(
                " diff: mean of the differences to {} trace by trace; p: of no difference \
                 (Student's t, adjusted by Holm).",
                self.rules[self.baseline]
            ));
        }
        if !self.optima.is_empty() {
            let open = self.unproven();
            legend.push_str(&format!(
                " opt.: mean share of the offline optimum of {}; regret: what is missing to it. The optimum is \
                 proven to half a percent on {} of {}",
                self.models[0],
                self.optima.len() - open.len(),
                counted(self.optima.len(), "trace"),
            ));
            legend.push_str(&match &open[..] {
                [] => ".".to_string(),
                few if few.len() <= 5 => format!(", not on {}.", few.join(", ")),
                many => format!(", not on {} and {} others.", many[..4].join(", "), many.len() - 4),
            });
            if !open.is_empty() {
                let ranges = (0..self.rules.len()).filter_map(|i| self.regret_range(i));
                let apart = ranges.map(|[low, high]| high - low).fold(0.0, f64::max);
                let worst = self.optima.iter().map(Optimum::gap).fold(0.0, f64::max) * 100.0;
                legend.push_str(&format!(
                    " Bounds are up to {} % above the best known: shares lie between those given, and a mean \
                     regret is up to {} larger.",
                    fixed(worst, 1),
                    short(apart)
                ));
            }
        }
        text.push_str(&format!("\n{}\n", wrap(&legend, WIDTH, "")));
        if others {
            let effects = self.contrasts(&self.measures[0].name);
            text.push_str(&format!("\nWhat each factor does to {}:\n", self.measures[0].label));
            for effect in effects {
                text.push_str(&wrap(&format!("- {}", effect.sentence()), WIDTH, "  "));
                text.push('\n');
            }
        }
        if !self.findings.is_empty() {
            text.push_str(&format!("\nWhat {} supports:\n", self.measures[0].label));
            for finding in &self.findings {
                text.push_str(&wrap(&format!("- {finding}"), WIDTH, "  "));
                text.push('\n');
            }
        }
        text
    }

    fn table(&self, measure: &Measure) -> String {
        let spreads = || measure.rules.iter().filter_map(|r| r.spread.as_ref());
        // As many digits as the mean deserves, but enough to show its interval.
        let largest = spreads().map(|s| s.mean.abs()).fold(0.0, f64::max);
        let halves = spreads().filter_map(|s| s.mean_ci95.map(|i| i.half_width()));
        let finest = halves.filter(|h| *h > 0.0).fold(f64::INFINITY, f64::min);
        let for_interval =
            if finest.is_finite() { (-finest.log10().floor()).clamp(0.0, 4.0) as usize } else { 0 };
        let places = decimals(largest).min(4).max(for_interval.min(2));
        let number = |x: f64| fixed(x, places);
        let compared = self.rules.len() > 1 && self.traces.len() > 1;
        let (direction, tail) = match measure.more_is_better {
            true => ("more is better", "5th pct"),
            false => ("less is better", "95th pct"),
        };
        let name = &measure.label;
        let mut head = vec![String::new(), "mean".into(), "±".into(), "median".into(), tail.into()];
        if compared {
            head.extend(["diff", "±", "p"].map(String::from));
        }
        let share = !self.optima.is_empty() && measure.name != OPTIMUM_SHARE;
        if share {
            head.push("opt.".into());
        }
        let mut table = Table::new(head);
        for (i, (rule, s)) in self.rules.iter().zip(&measure.rules).enumerate() {
            let mut cells = vec![rule.clone()];
            match &s.spread {
                None => cells.extend(["-", "-", "-", "-"].map(String::from)),
                Some(spread) => {
                    let tail = if measure.more_is_better { spread.p5 } else { spread.p95 };
                    let half = spread.mean_ci95.map_or("-".to_string(), |i| number(i.half_width()));
                    cells.extend([number(spread.mean), half, number(spread.median), number(tail)]);
                }
            }
            if compared {
                match &s.vs_baseline {
                    None => cells.extend(["", "", ""].map(String::from)),
                    Some(v) if v.is_same() => cells.extend(["same", "", ""].map(String::from)),
                    Some(v) => {
                        let diff = number(v.paired.mean);
                        let up = v.paired.mean > 0.0 && diff.contains(|c| matches!(c, '1'..='9'));
                        let sign = if up { "+" } else { "" };
                        let half = number(v.paired.ci95.half_width());
                        cells.extend([format!("{sign}{diff}"), half, p_value(v.p_holm)]);
                    }
                }
            }
            if share {
                cells.push(self.share_cell(i));
            }
            table.row(cells);
        }
        let mut text = format!("{}\n{}", wrap(&format!("{name}, {direction}"), WIDTH, ""), table.render());
        if measure.name == STALLED {
            // Another statistic, in a line of its own.
            let pooled = |(rule, share): (&String, &Option<Share>)| {
                share.map(|s| format!("{rule} {}", fixed(s.percent, places.max(2))))
            };
            let pooled: Vec<String> = self.rules.iter().zip(&self.stalled).filter_map(pooled).collect();
            let line = format!("all stalled time over all watched time, in %: {}", pooled.join(", "));
            text.push_str(&format!("{}\n", wrap(&line, WIDTH, "  ")));
        }
        text
    }
}
