//! What a rule differs by from a baseline, paired by trace, with its interval: one row per rule, zero in the middle.
//!
//! Intervals of the rules themselves overlap where the rules differ on every trace, since traces differ more than rules do.
//! The interval of the difference is the one that says what is supported.

use crate::chart::{Axis, Chart, Dot, Key, Mark, Marker, Panel, Stroke, Swatch};
use crate::number::{Domain, FiniteFilter};
use crate::palette::{BETTER, PENCIL, STARTUP, WORSE};
use crate::{Cell, Colour, Estimate, Measure, Table};

/// The difference of a rule to the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub rule: String,
    /// The mean difference, trace by trace, and its interval.
    pub difference: Estimate,
    /// Whether a test supports that there is one.
    pub supported: bool,
}

/// The differences in one measure.
#[derive(Clone, Debug)]
pub struct DifferencesIn<'a> {
    pub measure: Measure<'a>,
    pub more_is_better: bool,
    /// The rules, from the top down.
    pub rules: Vec<Difference>,
}

/// What the chart of differences is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Differences<'a> {
    pub title: &'a str,
    /// What the rules are compared with.
    pub baseline: &'a str,
    /// A panel each.
    pub measures: &'a [DifferencesIn<'a>],
    /// What makes a difference supported.
    pub test: &'a str,
}

impl Differences<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::{Difference, Differences, DifferencesIn, Estimate, Measure};
    ///
    /// let difference = Estimate { value: 0.2, low: 0.1, high: 0.3 };
    /// let bola = Difference { rule: "bola".into(), difference, supported: true };
    /// let measure = Measure { label: "QoE", column: "qoe" };
    /// let measures = [DifferencesIn { measure, more_is_better: true, rules: vec![bola] }];
    /// let chart = Differences { title: "Differences", baseline: "bba", measures: &measures, test: "t test" }.chart();
    /// assert_eq!(chart.title, "Differences, against bba");
    /// assert_eq!(chart.csv(), "measure,rule,difference,low,high,supported\nqoe,bola,0.2,0.1,0.3,yes\n");
    /// ```
    pub fn chart(&self) -> Chart {
        let mut table = Table::new(&["measure", "rule", "difference", "low", "high", "supported"]);
        let mut finite = FiniteFilter::default();
        let mut panels = Vec::new();
        let kinds = [Support::Better, Support::Worse, Support::Open];
        let mut seen = [false; 3];
        for one in self.measures {
            let mut panel = Panel::new(
                Axis::new("", -1.0, 1.0),
                Axis::names("", one.rules.iter().map(|r| r.rule.clone()).collect()).inverted(),
            );
            let mut reach = Domain::default().with(0.0);
            panel.marks.push(Mark::VerticalLine { at: 0.0, stroke: Stroke::solid(PENCIL, 1.0) });
            for (row, r) in one.rules.iter().enumerate() {
                let d = r.difference;
                let value: Cell = Some(d.value).filter(|v| v.is_finite()).into();
                let [low, high] = d.end_cells();
                let yes = if r.supported { "yes" } else { "no" };
                table.row([one.measure.column.into(), r.rule.as_str().into(), value, low, high, yes.into()]);
                if finite.keep([d.value]).is_none() {
                    continue;
                }
                let support = Support::of(r, one.more_is_better);
                seen[support as usize] = true;
                let y = row as f64;
                if let Some([low, high]) = d.interval() {
                    let stroke = Stroke::solid(support.colour(), 2.4);
                    panel.marks.push(Mark::Interval { from: (low, y), to: (high, y), stroke });
                }
                panel.marks.push(Mark::Dots { points: vec![(d.value, y)], dot: support.dot() });
                reach = d.numbers().fold(reach, Domain::with);
            }
            panel.x = Axis::around(format!("difference, {}", one.measure.label), reach);
            panel.corner = if one.more_is_better { "better →" } else { "← better" }.to_string();
            panels.push(panel);
        }
        let rows = self.measures.iter().map(|m| m.rules.len()).max().unwrap_or(0);
        let mut chart = Chart::new(format!("{}, against {}", self.title, self.baseline), table);
        chart.subtitle = "Rule minus baseline, trace by trace: the mean, and its 95 % interval".to_string();
        let drawn = kinds.into_iter().zip(seen).filter(|(_, seen)| *seen);
        chart.legend =
            drawn.map(|(support, _)| Key::new(support.name(), Swatch::Dot(support.dot()))).collect();
        if !self.test.is_empty() {
            chart.notes.push(format!("supported: {}", self.test));
        }
        // Long names need the width for themselves.
        let longest = self.measures.iter().flat_map(|m| &m.rules).map(|r| r.rule.chars().count()).max();
        chart.columns = if longest.unwrap_or(0) > 16 { 1 } else { panels.len().clamp(1, 3) };
        let below = panels.len().div_ceil(chart.columns).max(1) as f64;
        chart.size = (1040.0, 120.0 + below * (70.0 + 30.0 * rows.clamp(2, 60) as f64));
        if panels.len() == 1 {
            chart.size.0 = 860.0;
        }
        chart.panels = panels;
        chart.note_dropped(finite.dropped);
        chart
    }
}

/// Whether the data support a difference, and which way it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Support {
    Better,
    Worse,
    Open,
}

impl Support {
    fn of(difference: &Difference, more_is_better: bool) -> Support {
        match (difference.supported, (difference.difference.value > 0.0) == more_is_better) {
            (false, _) => Support::Open,
            (true, true) => Support::Better,
            (true, false) => Support::Worse,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Support::Better => "better, supported",
            Support::Worse => "worse, supported",
            Support::Open => "not supported",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Support::Better => BETTER,
            Support::Worse => WORSE,
            Support::Open => STARTUP,
        }
    }

    /// Filled and of its own shape, so that it is told without colour too.
    fn dot(self) -> Dot {
        let marker = match self {
            Support::Better => Marker::Up,
            Support::Worse => Marker::Down,
            Support::Open => Marker::Circle,
        };
        Dot { marker, colour: self.colour(), size: 9.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_supported_is_grey_however_large_it_is() {
        let row = |value: f64, supported| Difference {
            rule: "r".into(),
            difference: Estimate { value, low: value - 1.0, high: value + 1.0 },
            supported,
        };
        let measure = Measure { label: "stalls", column: "stalls" };
        let rules = vec![row(90.0, false), row(-2.0, true), row(3.0, true), row(f64::NAN, false)];
        let measures = [DifferencesIn { measure, more_is_better: false, rules }];
        let chart = Differences { title: "t", baseline: "b", measures: &measures, test: "t test" }.chart();
        let dots: Vec<Colour> = chart.panels[0]
            .marks
            .iter()
            .filter_map(|m| if let Mark::Dots { dot, .. } = m { Some(dot.colour) } else { None })
            .collect();
        assert_eq!(dots, [STARTUP, BETTER, WORSE]);
        assert_eq!(chart.panels[0].corner, "← better");
        assert_eq!(chart.notes, ["supported: t test", "1 value left out that is not finite"]);
        assert!(chart.panels[0].x.low < 0.0 && chart.panels[0].x.high > 91.0);
    }
}
