//! What many charts are drawn from.

use crate::Cell;
use crate::chart::{Chart, Key, Mark, Stroke, Swatch};
use crate::number::{FiniteFilter, counted, short};

/// A quantity, as the axis and as the table name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure<'a> {
    /// On the axis, with the unit: `startup delay in s`.
    pub label: &'a str,
    /// In the CSV, with the unit: `startup_s`.
    pub column: &'a str,
}

/// One number per session (or per trace) of a rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    pub rule: String,
    /// The numbers, in the unit of the chart's [`Measure`].
    pub values: Vec<f64>,
}

impl Series {
    /// The numbers of a rule.
    pub fn new(rule: impl Into<String>, values: impl Into<Vec<f64>>) -> Series {
        Series { rule: rule.into(), values: values.into() }
    }
}

/// A number with its confidence interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// The lower end of the interval; NaN for none.
    pub low: f64,
    /// The upper end of the interval; NaN for none.
    pub high: f64,
}

impl Estimate {
    /// A number without an interval.
    pub fn exact(value: f64) -> Estimate {
        Estimate { value, low: f64::NAN, high: f64::NAN }
    }

    /// The ends of the interval, where there is one.
    pub(crate) fn interval(self) -> Option<[f64; 2]> {
        FiniteFilter::default().keep([self.low, self.high])
    }

    /// The ends of the interval as cells of a table, empty where there is none.
    pub(crate) fn end_cells(self) -> [Cell; 2] {
        [self.low, self.high].map(|end| Some(end).filter(|e| !e.is_nan()).into())
    }

    /// The value, and the interval where there is one.
    pub(crate) fn numbers(self) -> impl Iterator<Item = f64> {
        [self.value].into_iter().chain(self.interval().into_iter().flatten())
    }
}

/// The confidence intervals of a point, along either axis.
pub(crate) fn intervals(x: Estimate, y: Estimate, stroke: Stroke) -> Vec<Mark> {
    let across = x.interval().map(|[a, b]| ((a, y.value), (b, y.value)));
    let along = y.interval().map(|[a, b]| ((x.value, a), (x.value, b)));
    across.into_iter().chain(along).map(|(from, to)| Mark::Interval { from, to, stroke }).collect()
}

/// Appends how many values there are: once where every rule has as many, otherwise to each entry of the legend.
pub(crate) fn say_counts(chart: &mut Chart, rules: &[(String, usize, Swatch)], thing: &str) {
    let first = rules.first().map_or(0, |r| r.1);
    let equal = rules.iter().all(|r| r.1 == first);
    if equal && !rules.is_empty() {
        let each = if rules.len() > 1 { " per rule" } else { "" };
        chart.title = format!("{} ({}{each})", chart.title, counted(first, thing));
    }
    let label = |rule: &String, n: usize| {
        if equal { rule.clone() } else { format!("{rule} (n = {})", short(n as f64)) }
    };
    chart.with_legend(rules.iter().map(|(rule, n, swatch)| Key::new(label(rule, *n), *swatch)).collect());
}
