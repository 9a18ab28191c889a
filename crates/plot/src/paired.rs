//! Rules against a baseline on the same traces: the difference on every trace, sorted, with wins and losses counted.

use crate::chart::{Axis, Chart, Fill, Key, Mark, Panel, Stroke, Swatch, area, steps};
use crate::number::{Domain, FiniteFilter, counted};
use crate::palette::{INK, STARTUP};
use crate::{Measure, Palette, Series, Table};

/// More traces than this are drawn as one area: bars would be thinner than a line.
const BARS_MOST: usize = 150;

/// What the chart of paired differences is drawn from. Value i of every series belongs to trace i; higher is better.
#[derive(Clone, Copy, Debug)]
pub struct Paired<'a> {
    pub title: &'a str,
    pub measure: Measure<'a>,
    /// What the rules are compared with.
    pub baseline: &'a Series,
    /// The rules; one panel each.
    pub rules: &'a [Series],
    /// The names of the traces, for the table; may be empty.
    pub traces: &'a [String],
}

impl Paired<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::{Measure, Paired, Palette, Series};
    ///
    /// let baseline = Series::new("throughput", [1.0, 2.0, 3.0]);
    /// let rules = [Series::new("bola", [1.5, 1.0, 3.0])];
    /// let measure = Measure { label: "QoE", column: "qoe" };
    /// let paired = Paired { title: "Per trace", measure, baseline: &baseline, rules: &rules, traces: &[] };
    /// assert_eq!(paired.chart(&Palette::default()).panels[0].corner, "1 better, 1 equal, 1 worse");
    /// ```
    pub fn chart(&self, palette: &Palette) -> Chart {
        let mut finite = FiniteFilter::default();
        let difference = format!("{}_difference", self.measure.column);
        let mut table = Table::new(&["rule", "trace", &difference]);
        let compared: Vec<(&str, Vec<f64>)> = self
            .rules
            .iter()
            .map(|s| {
                let sorted = self.sorted(s, &mut finite);
                for (trace, d) in &sorted {
                    let name = self.traces.get(*trace).map_or_else(|| trace.to_string(), String::clone);
                    table.row([s.rule.as_str().into(), name.as_str().into(), (*d).into()]);
                }
                (s.rule.as_str(), sorted.into_iter().map(|x| x.1).collect())
            })
            .collect();
        let all: Domain = compared.iter().flat_map(|c| c.1.iter().copied()).chain([0.0]).collect();
        let loss = Fill::solid(STARTUP);
        let panels = compared.iter().map(|(rule, sorted)| {
            let x = Axis::new("traces, by difference", 0.0, sorted.len() as f64);
            let mut panel = Panel::new(x, Axis::around("difference", all));
            panel.title = (*rule).to_string();
            let count = |wanted: std::cmp::Ordering| {
                sorted.iter().filter(|d| d.partial_cmp(&&0.0) == Some(wanted)).count()
            };
            use std::cmp::Ordering::{Equal, Greater, Less};
            panel.corner =
                format!("{} better, {} equal, {} worse", count(Greater), count(Equal), count(Less));
            panel.marks = bars(sorted, Fill::solid(palette.style(rule).colour), loss);
            panel
        });
        let panels: Vec<Panel> = panels.collect();
        let n = compared.iter().map(|c| c.1.len()).max().unwrap_or(0);
        let title = format!("{}, against {} ({})", self.title, self.baseline.rule, counted(n, "trace"));
        let mut chart = Chart::new(title, table);
        chart.legend.push(Key::new(format!("worse than {}", self.baseline.rule), Swatch::Fill(loss)));
        chart.in_grid(panels, 2);
        chart.subtitle =
            format!("{}: rule minus {}, one bar per trace", self.measure.label, self.baseline.rule);
        chart.note_dropped(finite.dropped);
        chart
    }

    /// Trace and difference, best first.
    fn sorted(&self, rule: &Series, finite: &mut FiniteFilter) -> Vec<(usize, f64)> {
        let pairs = rule.values.iter().zip(&self.baseline.values).enumerate();
        let mut differences: Vec<(usize, f64)> =
            pairs.filter_map(|(i, (a, b))| finite.keep([a - b]).map(|[d]| (i, d))).collect();
        differences.sort_by(|a, b| b.1.total_cmp(&a.1));
        differences
    }
}

fn bars(sorted: &[f64], win: Fill, loss: Fill) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (fill, sign) in [(win, 1.0), (loss, -1.0)] {
        // Zero where the difference is on the other side.
        let values = sorted.iter().enumerate().map(|(i, d)| (i as f64, sign * (sign * d).max(0.0)));
        if !sorted.iter().any(|d| sign * d > 0.0) {
            continue;
        }
        marks.push(if sorted.len() > BARS_MOST {
            area(&steps(&values.collect::<Vec<_>>(), sorted.len() as f64), fill)
        } else {
            let boxes =
                values.filter(|v| v.1 != 0.0).map(|(i, d)| [i + 0.1, d.min(0.0), i + 0.9, d.max(0.0)]);
            Mark::Boxes { boxes: boxes.collect(), fill }
        });
    }
    if !sorted.is_empty() {
        marks.push(Mark::Level { at: 0.0, label: String::new(), stroke: Stroke::solid(INK, 1.0) });
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_by_trace_sorts_and_counts() {
        let baseline = Series::new("base", [1.0, 1.0, 1.0, f64::NAN]);
        let rules = [Series::new("bola", [0.5, 3.0, 1.0, 2.0])];
        let traces = ["x", "y", "z", "w"].map(String::from);
        let measure = Measure { label: "QoE", column: "qoe" };
        let paired = Paired { title: "t", measure, baseline: &baseline, rules: &rules, traces: &traces };
        let chart = paired.chart(&Palette::default());
        assert_eq!(chart.csv(), "rule,trace,qoe_difference\nbola,y,2\nbola,z,0\nbola,x,-0.5\n");
        assert_eq!(chart.panels[0].corner, "1 better, 1 equal, 1 worse");
        assert_eq!(chart.title, "t, against base (3 traces)");
        assert_eq!(chart.notes, ["1 value left out that is not finite"]);
        let Mark::Boxes { boxes, .. } = &chart.panels[0].marks[1] else { panic!("losses") };
        assert_eq!(boxes, &[[2.1, -0.5, 2.9, 0.0]]);
    }
}
