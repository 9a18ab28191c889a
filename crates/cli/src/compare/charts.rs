//! The charts of a comparison.

use plot::{
    BitrateShare, Candidate, Chart, Components, Curve, Difference, Differences, DifferencesIn, Ecdf,
    Estimate, Gain, GainColumn, Gains, Histogram, Measure as Quantity, Paired, Palette, Pareto, Parts,
    QualityScatter, ResponseMap, RulePoint, Series, StalledByClass, Sweep,
};
use qoe::stats;
use units::Seconds;

use super::metric::{ALPHA, BITRATE, OPTIMUM_SHARE, REGRET, STALLED};
use super::variants::Order;
use super::{Comparison, Measure, Played};

/// The most variants that charts show side by side.
const SIDE_BY_SIDE: usize = 16;

impl Comparison {
    /// The charts, each with the name of its files. What is about QoE is about the first model.
    pub fn charts(&self) -> Vec<(&'static str, Chart)> {
        let mut charts = Vec::new();
        let Some(first) = self.measures.first() else { return charts };
        charts.extend(self.heat_map(first).map(|chart| ("heat-map", chart)));
        charts.extend(self.curve(first).map(|chart| ("curve", chart)));
        if self.rules.len() > SIDE_BY_SIDE {
            charts.push(("pareto", self.pareto(first)));
            return charts;
        }
        let palette = Palette::new(self.rules.iter().map(String::as_str));
        let qoe = Quantity { label: &first.label, column: "qoe" };
        let scores = self.series(|s| s.scores[0].value);
        charts.push((
            "qoe-ecdf",
            Ecdf { title: "QoE of all sessions", measure: qoe, series: &scores }.chart(&palette),
        ));
        let components = self.components(first);
        let title = "Where QoE comes from";
        charts.push(("qoe-components", Components { title, measure: qoe, rules: &components }.chart()));
        let others: Vec<Series> = without(&scores, self.baseline);
        if !others.is_empty() {
            let (baseline, traces) = (&scores[self.baseline], &self.traces[..]);
            let paired = Paired { title: "QoE per trace", measure: qoe, baseline, rules: &others, traces };
            charts.push(("qoe-paired", paired.chart(&palette)));
        }
        if self.rules.len() > 1 {
            charts.extend((self.traces.len() > 1).then(|| ("differences", self.differences(first))));
            charts.push(("gains", self.gains(first)));
        }
        charts.push(("stalls", self.stalls_by_class()));
        if let Some(regret) = self.measures.iter().find(|m| m.name == REGRET) {
            let regrets = self.series(|s| self.optima[s.trace].regret(s.scores[0].value));
            let measure = Quantity { label: &regret.label, column: REGRET };
            let title = "What is missing to the optimum";
            charts.push(("regret", Ecdf { title, measure, series: &regrets }.chart(&palette)));
        }
        charts.push(("stalls-and-bitrate", self.scatter(&palette)));
        charts.push(("pareto", self.pareto(first)));
        let startup = self.series(|s| s.summary.startup_delay_s.get());
        let measure = Quantity { label: "startup delay in s", column: "startup_s" };
        charts.push((
            "startup",
            Histogram { title: "Startup delay", measure, series: &startup }.chart(&palette),
        ));
        if !self.ladder.is_empty() {
            let shares = self.shares();
            let title = "Bitrates that were played";
            charts.push(("bitrates", BitrateShare { title, ladder: &self.ladder, rules: &shares }.chart()));
        }
        charts
    }

    /// The factors whose levels have an order.
    fn ordered(&self) -> Vec<(usize, Order)> {
        self.factors.iter().enumerate().filter_map(|(f, factor)| Some((f, factor.order()?))).collect()
    }

    /// The first model over two factors whose levels have an order, where nothing else varies.
    fn heat_map(&self, first: &Measure) -> Option<Chart> {
        let [(x, across), (y, up)] = <[_; 2]>::try_from(self.ordered()).ok()?;
        if self.factors.len() != 2 {
            return None;
        }
        let sorted = |order: &Order| {
            let mut at: Vec<usize> = (0..order.values.len()).collect();
            at.sort_by(|a, b| order.values[*a].total_cmp(&order.values[*b]));
            at
        };
        let (columns, rows) = (sorted(&across), sorted(&up));
        let value = |column: usize, row: usize| {
            let variant = self.variants.iter().position(|v| v.levels[x] == column && v.levels[y] == row);
            let spread = variant.and_then(|v| first.rules[v].spread.as_ref());
            spread.map_or(f64::NAN, |s| s.mean)
        };
        let values: Vec<Vec<f64>> =
            rows.iter().map(|row| columns.iter().map(|column| value(*column, *row)).collect()).collect();
        let axis = |order: &Order, at: &[usize]| at.iter().map(|i| order.values[*i]).collect::<Vec<f64>>();
        let (xs, ys) = (axis(&across, &columns), axis(&up, &rows));
        let [x_label, y_label] =
            [(&across, &up), (&up, &across)].map(|(one, other)| match one.parameter == other.parameter {
                true => format!("{} of {}", one.parameter, one.name),
                false => one.parameter.clone(),
            });
        let title = format!("QoE by {x_label} and {y_label}");
        let map = ResponseMap {
            title: &title,
            subtitle: &format!("mean over {} traces", self.traces.len()),
            x: (Quantity { label: &x_label, column: &x_label }, &xs),
            y: (Quantity { label: &y_label, column: &y_label }, &ys),
            measure: Quantity { label: &first.label, column: "qoe" },
            values: &values,
        };
        Some(map.chart())
    }

    /// The first model over a factor whose levels have an order, a curve for every combination of the others.
    fn curve(&self, first: &Measure) -> Option<Chart> {
        let (factor, order) = self.ordered().into_iter().next()?;
        let mut curves: Vec<Curve> = Vec::new();
        for (variant, statistics) in self.variants.iter().zip(&first.rules) {
            let rest = self.factors.iter().zip(&variant.levels).enumerate().filter(|(f, _)| *f != factor);
            let rest: Vec<&str> = rest.map(|(_, (other, level))| other.levels[*level].as_str()).collect();
            let name = match rest.is_empty() {
                true => order.name.clone(),
                false => rest.join(", "),
            };
            let point = (order.values[variant.levels[factor]], estimate(statistics.spread.as_ref()));
            match curves.iter_mut().find(|c| c.rule == name) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Curve { rule: name, points: vec![point] }),
            }
        }
        curves.iter_mut().for_each(|c| c.points.sort_by(|a, b| a.0.total_cmp(&b.0)));
        let title = format!("QoE by {}", order.parameter);
        let palette = Palette::new(curves.iter().map(|c| c.rule.as_str()));
        let sweep = Sweep {
            title: &title,
            parameter: Quantity { label: &order.parameter, column: &order.parameter },
            measure: Quantity { label: &first.label, column: "qoe" },
            curves: &curves,
        };
        Some(sweep.chart(&palette))
    }

    fn series(&self, of: impl Fn(&Played) -> f64) -> Vec<Series> {
        let rules = self.rules.iter().enumerate();
        rules.map(|(i, rule)| Series::new(rule, self.of_rule(i).map(&of).collect::<Vec<_>>())).collect()
    }

    fn components(&self, measure: &Measure) -> Vec<Parts> {
        let rules = self.rules.iter().zip(&measure.rules).enumerate();
        rules
            .map(|(i, (rule, statistics))| {
                let n = self.traces.len() as f64;
                let mean = |part: fn(&qoe::Parts) -> f64| {
                    self.of_rule(i).map(|s| part(&s.scores[0].parts)).sum::<f64>() / n
                };
                Parts {
                    rule: rule.clone(),
                    // Latency and speed belong to what the viewer sees; without live video they are 0.
                    quality: mean(|p| p.quality + p.latency + p.speed),
                    switching: mean(|p| p.switching),
                    stalls: mean(|p| p.stall),
                    startup: mean(|p| p.startup),
                    // Without the interval of the rule alone: what differs is a question of pairs.
                    total: Estimate::exact(statistics.spread.as_ref().map_or(f64::NAN, |s| s.mean)),
                }
            })
            .collect()
    }

    fn scatter(&self, palette: &Palette) -> Chart {
        let bitrate = self.measures.iter().find(|m| m.name == BITRATE);
        let point = |(i, rule): (usize, &String)| {
            // Intervals of the rules alone overlap where all networks say the same: see the chart of differences.
            let stalled = self.stalled[i].map_or(f64::NAN, |s| s.percent);
            let quality = bitrate.and_then(|m| m.rules[i].spread.as_ref()).map_or(f64::NAN, |s| s.mean);
            RulePoint {
                rule: rule.clone(),
                stalled_percent: Estimate::exact(stalled),
                quality: Estimate::exact(quality),
            }
        };
        let points: Vec<RulePoint> = self.rules.iter().enumerate().map(point).collect();
        let quality = Quantity { label: "mean bitrate in kbit/s", column: BITRATE };
        let (sessions, hours) = (self.sessions.len(), self.hours());
        QualityScatter { title: "Stalls and bitrate", quality, points: &points, sessions, hours }
            .chart(palette)
    }

    /// What is supported of the differences to the baseline: in the first model, in bitrate and in stalls.
    fn differences(&self, first: &Measure) -> Chart {
        let named = |name: &str| self.measures.iter().find(|m| m.name == name);
        let measures: Vec<DifferencesIn<'_>> = [Some(first), named(BITRATE), named(STALLED)]
            .into_iter()
            .flatten()
            .map(|m| {
                let rules = self.rules.iter().zip(&m.rules).enumerate();
                let rules = rules.filter(|(i, _)| *i != self.baseline).map(|(_, (rule, s))| {
                    let none = Estimate::exact(f64::NAN);
                    let versus = s.vs_baseline.as_ref();
                    let interval = |v: &super::Versus| Estimate {
                        value: v.paired.mean,
                        low: v.paired.ci95.low,
                        high: v.paired.ci95.high,
                    };
                    Difference {
                        rule: rule.clone(),
                        difference: versus.map_or(none, interval),
                        supported: versus.is_some_and(|v| !v.is_same() && v.p_holm < ALPHA),
                    }
                });
                DifferencesIn {
                    measure: Quantity { label: &m.label, column: &m.name },
                    more_is_better: m.more_is_better,
                    rules: rules.collect(),
                }
            })
            .collect();
        Differences {
            title: "What the rules differ by",
            baseline: &self.rules[self.baseline],
            measures: &measures,
            test: "paired t test, p < 0.05 when adjusted by Holm for all rules",
        }
        .chart()
    }

    /// Where stalls come from: all stalled time over all watched time, per rule and class of traces.
    fn stalls_by_class(&self) -> Chart {
        let of = |class: &str| -> Vec<f64> {
            let share = |rule: usize| {
                let inside = || self.of_rule(rule).filter(|s| self.class(s.trace) == class);
                let stalled: Seconds = inside().map(|s| s.summary.stall_s).sum();
                let watched: Seconds = inside().map(|s| s.summary.wall_s - s.summary.startup_delay_s).sum();
                if watched > Seconds::ZERO { stalled.get() / watched.get() * 100.0 } else { f64::NAN }
            };
            (0..self.rules.len()).map(share).collect()
        };
        let names = super::distinct(self.classes.iter());
        let all = || vec![("all networks".to_string(), of(""))];
        let classes = match names.len() {
            0 => all(),
            _ => names.iter().map(|class| (class.clone(), of(class))).collect(),
        };
        let measure = Quantity { label: "stalled time in %", column: "stalled_percent" };
        StalledByClass { title: "Where stalls come from", measure, rules: &self.rules, classes: &classes }
            .chart()
    }

    /// Stalls against what the first model gives for the picture alone.
    fn pareto(&self, first: &Measure) -> Chart {
        let n = self.traces.len().max(1) as f64;
        let candidate = |(i, rule): (usize, &String)| Candidate {
            name: rule.clone(),
            cost: self.stalled[i].map_or(f64::NAN, |s| s.percent),
            gain: self.of_rule(i).map(|s| s.scores[0].parts.quality).sum::<f64>() / n,
        };
        let candidates: Vec<Candidate> = self.rules.iter().enumerate().map(candidate).collect();
        let label = format!("mean quality, {}, without stalls and switches", first.label);
        Pareto {
            title: "Which rules no other beats in both stalls and quality",
            cost: Quantity { label: "stalled time in %", column: "stalled_percent" },
            gain: Quantity { label: &label, column: "quality" },
            candidates: &candidates,
        }
        .chart()
    }

    /// Relative gains over the baseline: per class of traces, or per measure where there is one class.
    fn gains(&self, first: &Measure) -> Chart {
        let classes = super::distinct(self.classes.iter());
        let others: Vec<usize> = (0..self.rules.len()).filter(|r| *r != self.baseline).collect();
        let by_class = classes.len() > 1;
        // Per column and rule: the gain with its p before adjustment.
        let columns: Vec<(GainColumn, Vec<Option<Gain>>)> = if by_class {
            let of = |class: &String| {
                let values = |rule: usize| -> Vec<f64> {
                    let inside = self.of_rule(rule).filter(|s| self.classes[s.trace] == *class);
                    inside.map(|s| s.scores[0].value).collect()
                };
                let baseline = values(self.baseline);
                let name = format!("{class} ({})", baseline.len());
                let gains = others.iter().map(|r| gain(&values(*r), &baseline)).collect();
                (GainColumn { name, more_is_better: true }, gains)
            };
            classes.iter().map(of).collect()
        } else {
            let measures = self.measures.iter().filter(|m| m.name != OPTIMUM_SHARE);
            let of = |m: &Measure| {
                let gains = others.iter().map(|r| measured(m, *r, self.baseline)).collect();
                let name = m.label.split(" (").next().unwrap_or(&m.label).to_string();
                let name = if m.name == REGRET { REGRET.to_string() } else { name };
                (GainColumn { name, more_is_better: m.more_is_better }, gains)
            };
            measures.map(of).collect()
        };
        // One family of tests: all cells.
        let tested = || columns.iter().flat_map(|c| &c.1).flatten().filter(|g| !g.p.is_nan());
        let mut adjusted = stats::holm(&tested().map(|g| g.p).collect::<Vec<_>>()).into_iter();
        let mut rules: Vec<(String, Vec<Option<Gain>>)> =
            others.iter().map(|r| (self.rules[*r].clone(), vec![])).collect();
        for (_, gains) in &columns {
            for ((_, row), gain) in rules.iter_mut().zip(gains) {
                row.push(gain.map(|g| match g.p.is_nan() {
                    true => g,
                    false => Gain { p: adjusted.next().unwrap_or(f64::NAN), ..g },
                }));
            }
        }
        let columns: Vec<GainColumn> = columns.into_iter().map(|c| c.0).collect();
        Gains {
            title: if by_class { "Gain in QoE by class of network" } else { "Gain by measure" },
            measure: if by_class { &first.label } else { "" },
            baseline: &self.rules[self.baseline],
            columns: &columns,
            rules: &rules,
            test: "paired t test, adjusted by Holm for all cells",
        }
        .chart()
    }

    /// How long each rung played, per rule.
    fn shares(&self) -> Vec<(String, Vec<f64>)> {
        let rules = self.rules.iter().enumerate();
        rules
            .map(|(i, rule)| {
                let rungs = 0..self.ladder.len();
                let time = |level: usize| self.of_rule(i).map(|s| s.rungs[level]).sum::<Seconds>().get();
                (rule.clone(), rungs.map(time).collect())
            })
            .collect()
    }
}

/// The gain of values over those of the baseline on the same traces.
fn gain(values: &[f64], baseline: &[f64]) -> Option<Gain> {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let p = stats::Paired::of(values, baseline).map_or(f64::NAN, |p| p.t_p);
    (!values.is_empty()).then(|| Gain { mean: mean(values), baseline: mean(baseline), p, n: values.len() })
}

fn measured(measure: &Measure, rule: usize, baseline: usize) -> Option<Gain> {
    let (of, base) = (measure.rules[rule].spread.as_ref()?, measure.rules[baseline].spread.as_ref()?);
    let p = measure.rules[rule].vs_baseline.as_ref().map_or(f64::NAN, |v| v.paired.t_p);
    Some(Gain { mean: of.mean, baseline: base.mean, p, n: of.n })
}

fn estimate(spread: Option<&qoe::stats::Summary>) -> Estimate {
    match spread {
        None => Estimate::exact(f64::NAN),
        Some(s) => {
            let (low, high) = s.mean_ci95.map_or((f64::NAN, f64::NAN), |i| (i.low, i.high));
            Estimate { value: s.mean, low, high }
        }
    }
}

fn without(series: &[Series], index: usize) -> Vec<Series> {
    series.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, s)| s.clone()).collect()
}
