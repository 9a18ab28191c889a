//! How often a number falls where, per rule: for delays, of which the usual one matters as much as the tail.

use crate::chart::{Axis, Chart, Dash, Fill, Mark, Panel, Stroke};
use crate::number::{Domain, FiniteFilter, counted, short, ticks};
use crate::palette::{INK, STARTUP};
use crate::{Measure, Palette, Series, Table};

/// What a histogram is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Histogram<'a> {
    pub title: &'a str,
    /// What the numbers are: `startup delay in s`.
    pub measure: Measure<'a>,
    /// The numbers of each rule; one panel each, over one another. Rules with the same numbers share one.
    pub series: &'a [Series],
}

impl Histogram<'_> {
    /// The chart: bins of a round width, the same for all rules, and the median as a dashed line.
    ///
    /// ```
    /// use plot::{Histogram, Measure, Palette, Series};
    ///
    /// let series = [Series::new("bola", [0.2, 0.4, 0.4, 3.1])];
    /// let measure = Measure { label: "startup delay in s", column: "startup_s" };
    /// let chart = Histogram { title: "Startup", measure, series: &series }.chart(&Palette::default());
    /// assert_eq!(chart.panels[0].corner, "median 0.4, 4 sessions");
    /// ```
    pub fn chart(&self, palette: &Palette) -> Chart {
        let mut finite = FiniteFilter::default();
        let kept: Vec<Vec<f64>> = self.series.iter().map(|s| finite.all(&s.values)).collect();
        let (low, high) = kept.iter().flatten().copied().collect::<Domain>().ends();
        let largest = kept.iter().map(Vec::len).max().unwrap_or(0);
        let bins = Bins::over(low, high, ((largest as f64).sqrt() as usize).clamp(8, 40));
        let columns = [format!("{}_from", self.measure.column), format!("{}_to", self.measure.column)];
        let mut table = Table::new(&["rule", &columns[0], &columns[1], "sessions", "share_percent"]);
        let mut panels = Vec::new();
        let mut highest = Domain::default();
        for (i, (s, values)) in self.series.iter().zip(&kept).enumerate() {
            let shares: Vec<f64> = bins.count(values).iter().map(|n| share(*n, values.len())).collect();
            for (bin, (n, share)) in bins.count(values).into_iter().zip(&shares).enumerate() {
                let (from, to) = (bins.edge(bin), bins.edge(bin + 1));
                table.row([s.rule.as_str().into(), from.into(), to.into(), n.into(), (*share).into()]);
            }
            // Rules with the same numbers share the panel of the first.
            let alike: Vec<&str> =
                self.series.iter().filter(|o| o.values == s.values).map(|o| o.rule.as_str()).collect();
            if self.series[..i].iter().any(|o| o.values == s.values) {
                continue;
            }
            let x = Axis::new(self.measure.label, bins.edge(0), bins.edge(bins.number));
            let mut panel = Panel::new(x, Axis::new("sessions in %", 0.0, 1.0));
            highest = shares.iter().copied().fold(highest, Domain::with);
            let bars = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
            let boxes = bars.map(|(bin, share)| [bins.edge(bin), 0.0, bins.edge(bin + 1), *share]).collect();
            panel.title = match alike.len() {
                n if n > 1 && n == self.series.len() => format!("all {n} rules: the same in every session"),
                _ => alike.join(", "),
            };
            if let Some(median) = median(values) {
                // What several rules share is drawn in nobody's colour.
                let colour = if alike.len() > 1 { STARTUP } else { palette.style(&s.rule).colour };
                panel.marks.push(Mark::Boxes { boxes, fill: Fill::thin(colour, 0.8) });
                let stroke = Stroke::solid(INK, 1.4).dashed(Dash::Dashed);
                panel.marks.push(Mark::VerticalLine { at: median, stroke });
                panel.corner = format!("median {}, {}", short(median), counted(values.len(), "session"));
            }
            panels.push(panel);
        }
        for panel in &mut panels {
            panel.y = Axis::from_zero("sessions in %", highest);
        }
        let mut chart = Chart::new(self.title, table);
        chart.size.1 =
            110.0 + 130.0 * panels.len().clamp(1, 40) as f64 + if panels.len() == 1 { 60.0 } else { 0.0 };
        chart.shared_x = true;
        chart.panels = panels;
        chart.note_dropped(finite.dropped);
        chart
    }
}

/// How many in a hundred.
fn share(n: usize, of: usize) -> f64 {
    n as f64 / of.max(1) as f64 * 100.0
}

/// Bins of one round width; the last one holds its upper edge too.
struct Bins {
    low: f64,
    width: f64,
    number: usize,
}

impl Bins {
    fn over(low: f64, high: f64, most: usize) -> Bins {
        let round = ticks(low, high, most);
        let width = match &round[..] {
            [a, b, ..] => b.0 - a.0,
            _ => high - low,
        };
        let low = (low / width).floor() * width;
        let number = (((high - low) / width).ceil() as usize).clamp(1, most + 2);
        Bins { low, width, number }
    }

    fn edge(&self, i: usize) -> f64 {
        self.low + self.width * i as f64
    }

    fn count(&self, values: &[f64]) -> Vec<usize> {
        let mut counts = vec![0; self.number];
        for v in values {
            counts[(((v - self.low) / self.width) as usize).min(self.number - 1)] += 1;
        }
        counts
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[middle - 1] + upper) / 2.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_with_the_same_numbers_share_a_panel_that_says_so() {
        let measure = Measure { label: "startup delay in s", column: "startup_s" };
        let titles = |series: &[Series]| {
            let chart = Histogram { title: "t", measure, series }.chart(&Palette::default());
            let rows = chart.table.rows.len();
            (chart.panels.into_iter().map(|p| p.title).collect::<Vec<_>>(), rows)
        };
        let [a, b, c] = ["a", "b", "c"].map(|rule| Series::new(rule, [0.5, 1.0, 2.0]));
        let (one, rows) = titles(&[a.clone(), b.clone(), c]);
        assert_eq!(one, ["all 3 rules: the same in every session"]);
        assert_eq!(rows % 3, 0, "the data has every rule");
        let other = Series::new("c", [0.5, 1.0, 2.5]);
        assert_eq!(titles(&[a, b, other]).0, ["a, b", "c"]);
    }

    #[test]
    fn every_value_is_in_one_bin() {
        let bins = Bins::over(0.1, 4.0, 8);
        assert_eq!((bins.low, bins.width, bins.number), (0.0, 0.5, 8));
        assert_eq!(bins.count(&[0.1, 0.49, 0.5, 4.0]), [2, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(median(&[3.0, 1.0, 2.0, 9.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
