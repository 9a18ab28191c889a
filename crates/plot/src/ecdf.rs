//! The empirical distribution of a number over sessions, per rule: exact steps, no bins.

use crate::chart::{Axis, Chart, Mark, Panel, Swatch, steps};
use crate::data::say_counts;
use crate::number::{Domain, Sieve};
use crate::{Measure, Palette, Series, Table};

/// What an ECDF is drawn from: QoE per session, or the regret to the optimum, or any other number.
#[derive(Clone, Copy, Debug)]
pub struct Ecdf<'a> {
    /// The title; the number of sessions is appended.
    pub title: &'a str,
    /// What the numbers are.
    pub measure: Measure<'a>,
    /// The numbers of each rule.
    pub series: &'a [Series],
}

impl Ecdf<'_> {
    /// The chart: at x, the share of sessions whose number is at most x.
    ///
    /// ```
    /// use plot::{Ecdf, Measure, Palette, Series};
    ///
    /// let series = [Series::new("bola", [3.0, 1.0, 1.0]), Series::new("bba", [2.0, 2.5, 4.0])];
    /// let measure = Measure { label: "mean QoE per segment", column: "qoe" };
    /// let chart = Ecdf { title: "QoE", measure, series: &series }.chart(&Palette::default());
    /// assert_eq!(chart.title, "QoE (3 sessions per rule)");
    /// assert!(chart.csv().starts_with("rule,qoe,share\nbola,1,0.6666666666666666\nbola,3,1\n"));
    /// ```
    pub fn chart(&self, palette: &Palette) -> Chart {
        let mut sieve = Sieve::default();
        let kept: Vec<Vec<f64>> = self.series.iter().map(|s| sieve.all(&s.values)).collect();
        let x = Axis::around(self.measure.label, kept.iter().flatten().copied().collect::<Domain>());
        let (low, high) = (x.low, x.high);
        let mut panel = Panel::new(x, Axis::new("share of sessions", 0.0, 1.0));
        let mut table = Table::new(&["rule", self.measure.column, "share"]);
        let mut keys = Vec::new();
        for (s, values) in self.series.iter().zip(kept) {
            let stroke = palette.style(&s.rule).stroke(2.0);
            keys.push((s.rule.clone(), values.len(), Swatch::Line(stroke)));
            let points = distribution(values);
            for (value, share) in &points {
                table.row([s.rule.as_str().into(), (*value).into(), (*share).into()]);
            }
            if !points.is_empty() {
                let mut from_zero = vec![(low, 0.0)];
                from_zero.extend(points);
                panel.marks.push(Mark::Line { points: steps(&from_zero, high), stroke });
            }
        }
        let mut chart = Chart::new(self.title, table);
        say_counts(&mut chart, &keys, "session");
        chart.note_dropped(sieve.dropped);
        chart.panels.push(panel);
        chart
    }
}

/// Each value that occurs, ascending, with the share of values that are at most it.
pub(crate) fn distribution(mut values: Vec<f64>) -> Vec<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for (i, value) in values.into_iter().enumerate() {
        let share = (i + 1) as f64 / n;
        match steps.last_mut() {
            Some(last) if last.0 == value => last.1 = share,
            _ => steps.push((value, share)),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    const QOE: Measure<'_> = Measure { label: "QoE", column: "qoe" };

    #[test]
    fn ties_are_one_step_and_the_last_is_one() {
        assert_eq!(distribution(vec![2.0, 1.0, 2.0, 5.0]), [(1.0, 0.25), (2.0, 0.75), (5.0, 1.0)]);
        assert_eq!(distribution(vec![0.0, -0.0]), [(-0.0, 1.0)]);
        assert!(distribution(vec![]).is_empty());
    }

    #[test]
    fn the_line_steps_exactly_at_the_values() {
        let series = [Series::new("bola", [1.0, 3.0])];
        let chart = Ecdf { title: "t", measure: QOE, series: &series }.chart(&Palette::default());
        let panel = &chart.panels[0];
        let Mark::Line { points, .. } = &panel.marks[0] else { panic!("a line") };
        let (low, high) = (panel.x.low, panel.x.high);
        let corners = [(low, 0.0), (1.0, 0.0), (1.0, 0.5), (3.0, 0.5), (3.0, 1.0), (high, 1.0)];
        assert_eq!(points, &corners);
    }

    #[test]
    fn says_how_many_and_what_was_left_out() {
        let series = [Series::new("a", [1.0, f64::NAN]), Series::new("b", [1.0, 2.0])];
        let chart = Ecdf { title: "t", measure: QOE, series: &series }.chart(&Palette::default());
        assert_eq!(chart.title, "t");
        assert_eq!(
            chart.legend.iter().map(|k| k.label.as_str()).collect::<Vec<_>>(),
            ["a (n = 1)", "b (n = 2)"]
        );
        assert_eq!(chart.notes, ["1 value left out that is not finite"]);
    }
}
