//! Where stalls come from: the share of stalled time of each rule, on each class of network.

use crate::chart::{Axis, Chart, Fill, Mark, Panel};
use crate::number::{Domain, FiniteFilter, short};
use crate::palette::{INK, STALL};
use crate::{Measure, Table};

/// More classes than this are not drawn.
const CLASSES_MOST: usize = 24;

/// What the chart of stalled time is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct StalledByClass<'a> {
    pub title: &'a str,
    /// The number: `stalled time in %`.
    pub measure: Measure<'a>,
    /// The rules, from the top down.
    pub rules: &'a [String],
    /// The classes of network, each with one number per rule.
    pub classes: &'a [(String, Vec<f64>)],
}

impl StalledByClass<'_> {
    /// The chart: a panel per class, all with the same axis.
    ///
    /// ```
    /// use plot::{Measure, StalledByClass};
    ///
    /// let measure = Measure { label: "stalled time in %", column: "stalled_percent" };
    /// let rules = ["bola".to_string()];
    /// let classes = [("3g".to_string(), vec![1.5]), ("4g".to_string(), vec![0.0])];
    /// let chart = StalledByClass { title: "Stalls", measure, rules: &rules, classes: &classes }.chart();
    /// assert_eq!(chart.csv(), "class,rule,stalled_percent\n3g,bola,1.5\n4g,bola,0\n");
    /// ```
    pub fn chart(&self) -> Chart {
        let mut table = Table::new(&["class", "rule", self.measure.column]);
        let mut finite = FiniteFilter::default();
        for (class, values) in self.classes {
            for (rule, value) in self.rules.iter().zip(values) {
                table.row([class.as_str().into(), rule.as_str().into(), (*value).into()]);
                finite.keep([*value]);
            }
        }
        let all: Domain = self.classes.iter().flat_map(|c| c.1.iter().copied()).collect();
        // Room for the numbers behind the bars.
        let high = all.high_or(1.0) * 1.22;
        let mut chart = Chart::new(self.title, table);
        let panels: Vec<Panel> = self
            .classes
            .iter()
            .take(CLASSES_MOST)
            .map(|(class, values)| {
                let x = Axis::new(self.measure.label, 0.0, high);
                let mut panel = Panel::new(x, Axis::names("", self.rules.to_vec()).inverted());
                panel.title = class.clone();
                let drawn = values.iter().enumerate().filter(|(_, v)| crate::number::drawable(**v));
                let (mut boxes, mut words) = (Vec::new(), Vec::new());
                for (row, value) in drawn {
                    let y = row as f64;
                    if *value > 0.0 {
                        boxes.push([0.0, y - 0.34, *value, y + 0.34]);
                    }
                    let text = words_for(*value);
                    // Words stand with their middle on a point: behind the end of the bar, by half their length.
                    let half = 0.016 + 0.015 * text.chars().count() as f64;
                    words.push((value.max(0.0) + high * half, y, text));
                }
                if !boxes.is_empty() {
                    panel.marks.push(Mark::Boxes { boxes, fill: Fill::solid(STALL) });
                }
                if !words.is_empty() {
                    panel.marks.push(Mark::Text { words, ink: INK, bold: false });
                }
                panel
            })
            .collect();
        let rows = self.rules.len().clamp(2, 60) as f64;
        chart.columns = if panels.len() == 4 { 2 } else { panels.len().clamp(1, 3) };
        let below = panels.len().div_ceil(chart.columns).max(1) as f64;
        chart.size = (1040.0, 60.0 + below * (80.0 + 26.0 * rows));
        if self.classes.len() > CLASSES_MOST {
            chart.notes.push(format!("the first {CLASSES_MOST} of {} classes are drawn", self.classes.len()));
        }
        chart.note_dropped(finite.dropped);
        chart.panels = panels;
        chart
    }
}

/// With the digits that a bar needs: one behind the point from 10 on, two below.
fn words_for(value: f64) -> String {
    let by = if value >= 10.0 { 10.0 } else { 100.0 };
    match (value * by).round() / by {
        round if round == 0.0 && value > 0.0 => "<0.01".to_string(),
        round => short(round),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_the_same_axis_and_every_bar_its_number() {
        let measure = Measure { label: "stalled time in %", column: "s" };
        let rules = ["a", "b"].map(String::from);
        let classes = [("x".to_string(), vec![0.0, 10.04]), ("y".to_string(), vec![0.004, f64::NAN])];
        let chart = StalledByClass { title: "t", measure, rules: &rules, classes: &classes }.chart();
        assert_eq!(chart.panels[0].x, chart.panels[1].x);
        let Mark::Boxes { boxes, .. } = &chart.panels[0].marks[0] else { panic!("boxes") };
        assert_eq!(boxes.len(), 1, "no bar for nothing");
        let words = |panel: usize| match &chart.panels[panel].marks[1] {
            Mark::Text { words, .. } => words.iter().map(|w| w.2.clone()).collect::<Vec<_>>(),
            other => panic!("words, not {other:?}"),
        };
        assert_eq!(words(0), ["0", "10"]);
        assert_eq!(words(1), ["<0.01"]);
        assert_eq!(chart.notes, ["1 value left out that is not finite"]);
    }
}
