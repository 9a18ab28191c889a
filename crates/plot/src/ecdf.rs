//! The empirical distribution of a number over sessions, per rule: exact steps, no bins.

use crate::chart::{Axis, Chart, Mark, Panel, Swatch, steps};
use crate::number::{Domain, FiniteFilter, short};
use crate::series::say_counts;
use crate::{Measure, Palette, Series, Table};

/// What an ECDF is drawn from: QoE per session, or the regret to the optimum, or any other number.
#[derive(Clone, Copy, Debug)]
pub struct Ecdf<'a> {
    /// The title; the number of sessions is appended.
    pub title: &'a str,
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
        let mut finite = FiniteFilter::default();
        let kept: Vec<Vec<f64>> = self.series.iter().map(|s| finite.all(&s.values)).collect();
        let all: Vec<f64> = kept.iter().flatten().copied().collect();
        let (shown, beyond) = without_far_out(&all, self.measure.label);
        let x = Axis::around(self.measure.label, shown);
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
                // What lies below the axis has been counted where it begins.
                let before = points.iter().take_while(|p| p.0 < low).last().map_or(0.0, |p| p.1);
                let mut line = vec![(low, before)];
                line.extend(points.into_iter().filter(|p| (low..=high).contains(&p.0)));
                panel.marks.push(Mark::Line { points: steps(&line, high), stroke });
            }
        }
        let mut chart = Chart::new(self.title, table);
        say_counts(&mut chart, &keys, "session");
        chart.notes.extend(beyond);
        chart.note_dropped(finite.dropped);
        chart.panels.push(panel);
        chart
    }
}

/// What the axis shows of some values, and what to say of the others: a few that lie far out would leave no room for the rest.
///
/// Far out is what lies more than three interquartile ranges beyond a quartile (J. W. Tukey, *Exploratory Data Analysis*, 1977).
/// The axis leaves it out where that gains half of its length.
fn without_far_out(values: &[f64], label: &str) -> (Domain, Option<String>) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let all: Domain = sorted.iter().copied().collect();
    let quartile = |part: usize| sorted.get((sorted.len().max(1) - 1) * part / 4).copied().unwrap_or(0.0);
    let (first, third) = (quartile(1), quartile(3));
    let reach = 3.0 * (third - first);
    let inside = |v: &f64| *v >= first - reach && *v <= third + reach;
    let kept: Domain = sorted.iter().copied().filter(inside).collect();
    let width = |d: Domain| d.ends().1 - d.ends().0;
    if !(reach > 0.0 && width(kept) < width(all) / 2.0) {
        return (all, None);
    }
    let (low, high) = (kept.ends(), all.ends());
    let count = sorted.iter().filter(|v| !inside(v)).count();
    let mut ends = Vec::new();
    if high.0 < low.0 {
        ends.push(short(high.0));
    }
    if high.1 > low.1 {
        ends.push(short(high.1));
    }
    let (lie, they) = if count == 1 { ("lies", "it is") } else { ("lie", "they go to") };
    let note = format!(
        "{count} of {} values {lie} beyond the axis ({they} {}); {label} is drawn where the others are",
        short(sorted.len() as f64),
        ends.join(" and ")
    );
    (kept, Some(note))
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
    fn one_outlier_does_not_squeeze_the_others_and_is_said() {
        let values: Vec<f64> = (0..20).map(f64::from).chain([-500.0]).collect();
        let series = [Series::new("a", values)];
        let chart = Ecdf { title: "t", measure: QOE, series: &series }.chart(&Palette::default());
        let panel = &chart.panels[0];
        assert!(panel.x.low > -2.0 && panel.x.high < 21.0, "{:?}", panel.x);
        let Mark::Line { points, .. } = &panel.marks[0] else { panic!("a line") };
        assert_eq!(points[0], (panel.x.low, 1.0 / 21.0), "it is counted where the axis begins");
        assert!(
            chart.notes[0].starts_with("1 of 21 values lies beyond the axis (it is −500)"),
            "{:?}",
            chart.notes
        );
        assert!(chart.csv().contains("a,-500,"), "and is in the data");
        // A wide spread is none.
        let series = [Series::new("a", [0.0, 1.0, 50.0, 99.0, 200.0])];
        assert!(
            Ecdf { title: "t", measure: QOE, series: &series }.chart(&Palette::default()).notes.is_empty()
        );
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
