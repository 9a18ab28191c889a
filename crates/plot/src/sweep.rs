//! A number as a function of a parameter, per rule, with the confidence interval as a ribbon.

use crate::chart::{Axis, Chart, Fill, Key, Mark, Panel, Swatch};
use crate::number::{Domain, FiniteFilter};
use crate::{Estimate, Measure, Palette, Table};

/// One rule over the values of the parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    pub rule: String,
    /// Parameter and estimate, ascending in the parameter.
    pub points: Vec<(f64, Estimate)>,
}

/// What the chart of a parameter sweep is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    pub title: &'a str,
    /// The parameter: `buffer capacity in s`.
    pub parameter: Measure<'a>,
    /// The number: `mean QoE per segment`.
    pub measure: Measure<'a>,
    pub curves: &'a [Curve],
}

impl Sweep<'_> {
    /// The chart.
    pub fn chart(&self, palette: &Palette) -> Chart {
        let m = self.measure.column;
        let ends = [format!("{m}_low"), format!("{m}_high")];
        let mut table = Table::new(&["rule", self.parameter.column, m, &ends[0], &ends[1]]);
        let mut finite = FiniteFilter::default();
        let (mut ribbons, mut lines, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut xs, mut ys) = (Domain::default(), Domain::default());
        for curve in self.curves {
            let style = palette.style(&curve.rule);
            let (mut line, mut ribbon) = (Vec::new(), Vec::new());
            for (x, y) in &curve.points {
                let numbers = [*x, y.value, y.low, y.high].map(Into::into);
                let [a, b, c, d] = numbers;
                table.row([curve.rule.as_str().into(), a, b, c, d]);
                let Some([x, value]) = finite.keep([*x, y.value]) else { continue };
                line.push((x, value));
                ribbon.extend(y.interval().map(|[low, high]| (x, low, high)));
                xs = xs.with(x);
                ys = y.numbers().fold(ys, Domain::with);
            }
            if ribbon.len() > 1 {
                ribbons.push(Mark::Area { points: ribbon, fill: Fill::thin(style.colour, 0.16) });
            }
            if !line.is_empty() {
                lines.push(Mark::Line { points: line.clone(), stroke: style.stroke(2.0) });
                lines.push(Mark::Dots { points: line, dot: style.dot(7.5) });
            }
            keys.push(Key::new(&curve.rule, Swatch::Both(style.stroke(2.0), style.dot(7.5))));
        }
        let mut panel =
            Panel::new(Axis::around(self.parameter.label, xs), Axis::around(self.measure.label, ys));
        let banded = !ribbons.is_empty();
        panel.marks = [ribbons, lines].concat();
        let mut chart = Chart::new(self.title, table);
        chart.with_legend(keys);
        if banded {
            chart.notes.push("ribbons: 95 % confidence intervals".into());
        }
        chart.note_dropped(finite.dropped);
        chart.panels.push(panel);
        chart
    }
}
