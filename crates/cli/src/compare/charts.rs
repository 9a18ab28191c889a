//! The charts of a comparison.

use plot::{
    BitrateShare, Chart, Components, Ecdf, Estimate, Histogram, Measure as Quantity, Paired, Palette, Parts,
    QualityScatter, RulePoint, Series,
};
use units::Seconds;

use super::statistics::BITRATE;
use super::{Comparison, Measure, Played};

impl Comparison {
    /// The charts, each with the name of its files. What is about QoE is about the first model.
    pub fn charts(&self) -> Vec<(&'static str, Chart)> {
        let palette = Palette::new(self.rules.iter().map(String::as_str));
        let mut charts = Vec::new();
        let Some(first) = self.measures.first() else { return charts };
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
        charts.push(("stalls-and-bitrate", self.scatter(&palette)));
        let startup = self.series(|s| s.summary.startup_delay_s.get());
        let measure = Quantity { label: "startup delay in s", column: "startup_s" };
        charts.push((
            "startup",
            Histogram { title: "Startup delay", measure, series: &startup }.chart(&palette),
        ));
        let shares = self.shares();
        let title = "Bitrates that were played";
        charts.push(("bitrates", BitrateShare { title, ladder: &self.ladder, rules: &shares }.chart()));
        charts
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
                    total: estimate(statistics.spread.as_ref()),
                }
            })
            .collect()
    }

    fn scatter(&self, palette: &Palette) -> Chart {
        let bitrate = self.measures.iter().find(|m| m.name == BITRATE);
        let point = |(i, rule): (usize, &String)| {
            let stalled = self.stalled[i].map(|s| Estimate { value: s.percent, low: s.low, high: s.high });
            RulePoint {
                rule: rule.clone(),
                stalled_percent: stalled.unwrap_or(Estimate::exact(f64::NAN)),
                quality: estimate(bitrate.and_then(|m| m.rules[i].spread.as_ref())),
            }
        };
        let points: Vec<RulePoint> = self.rules.iter().enumerate().map(point).collect();
        let quality = Quantity { label: "mean bitrate in kbit/s", column: BITRATE };
        let (sessions, hours) = (self.sessions.len(), self.hours());
        QualityScatter { title: "Stalls and bitrate", quality, points: &points, sessions, hours }
            .chart(palette)
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
