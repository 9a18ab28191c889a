//! Rules as points in a plane of a cost and a gain: the cost runs to the left, so that better is up and to the right.

use crate::chart::{Axis, Chart, Dot, Key, Mark, Marker, Panel, Stroke, Swatch};
use crate::number::{Domain, FiniteFilter, counted, short};
use crate::palette::{FADED, INK};
use crate::panel::NAMES_MOST;
use crate::series::intervals;
use crate::{Estimate, Measure, Palette, Table};

/// A rule's share of stalled time and its quality.
#[derive(Clone, Debug, PartialEq)]
pub struct RulePoint {
    pub rule: String,
    /// Stalled time over watched time, in percent.
    pub stalled_percent: Estimate,
    /// The quality, in the unit of the chart's measure.
    pub quality: Estimate,
}

/// What the chart of stalls against quality is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct QualityScatter<'a> {
    /// The title; sessions and hours are appended.
    pub title: &'a str,
    pub quality: Measure<'a>,
    pub points: &'a [RulePoint],
    /// How many sessions there were in all.
    pub sessions: usize,
    /// How long they were watched in all, in hours.
    pub hours: f64,
}

impl QualityScatter<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::{Estimate, Measure, Palette, QualityScatter, RulePoint};
    ///
    /// let points = [RulePoint {
    ///     rule: "bola".into(),
    ///     stalled_percent: Estimate { value: 0.4, low: 0.3, high: 0.5 },
    ///     quality: Estimate { value: 16.2, low: 16.0, high: 16.4 },
    /// }];
    /// let quality = Measure { label: "SSIM in dB", column: "ssim_db" };
    /// let scatter = QualityScatter { title: "All links", quality, points: &points, sessions: 500, hours: 41.5 };
    /// assert_eq!(scatter.chart(&Palette::default()).title, "All links: 500 sessions, 41.5 hours");
    /// ```
    pub fn chart(&self, palette: &Palette) -> Chart {
        let q = self.quality.column;
        let (low, high) = (format!("{q}_low"), format!("{q}_high"));
        let columns =
            ["rule", "stalled_percent", "stalled_percent_low", "stalled_percent_high", q, &low, &high];
        let mut table = Table::new(&columns);
        let mut finite = FiniteFilter::default();
        let (mut marks, mut keys, mut named) = (Vec::new(), Vec::new(), Vec::new());
        let (mut xs, mut ys) = (Domain::default(), Domain::default());
        for p in self.points {
            let (x, y) = (p.stalled_percent, p.quality);
            let ([x_low, x_high], [y_low, y_high]) = (x.end_cells(), y.end_cells());
            let rule = p.rule.as_str().into();
            table.row([rule, x.value.into(), x_low, x_high, y.value.into(), y_low, y_high]);
            let dot = palette.style(&p.rule).dot(10.0);
            keys.push(Key::new(&p.rule, Swatch::Dot(dot)));
            if finite.keep([x.value, y.value]).is_none() {
                continue;
            }
            xs = x.numbers().fold(xs, Domain::with);
            ys = y.numbers().fold(ys, Domain::with);
            marks.extend(intervals(x, y, Stroke::solid(dot.colour, 1.4)));
            marks.push(Mark::Dots { points: vec![(x.value, y.value)], dot });
            named.push((x.value, y.value, p.rule.clone()));
        }
        let hours = format!("{} hours", short(self.hours));
        let mut chart =
            Chart::new(format!("{}: {}, {hours}", self.title, counted(self.sessions, "session")), table);
        chart.with_legend(keys);
        chart.panels.push(plane("stalled time in %", self.quality.label, (xs, ys), marks, named));
        if self.points.len() > NAMES_MOST {
            chart.notes.push(format!("the first {NAMES_MOST} have names"));
        }
        if self.points.iter().any(|p| p.quality.interval().is_some()) {
            chart.notes.push("lines: 95 % confidence intervals".into());
        }
        chart.note_dropped(finite.dropped);
        chart
    }
}

/// The plane of a cost and a gain.
fn plane(
    cost: &str,
    gain: &str,
    (xs, ys): (Domain, Domain),
    mut marks: Vec<Mark>,
    names: Vec<(f64, f64, String)>,
) -> Panel {
    if !names.is_empty() {
        marks.push(Mark::Names { points: names });
    }
    let mut x = Axis::around(cost, xs).inverted();
    // What is never negative has no room below zero.
    if xs.with(0.0).ends().0 >= 0.0 {
        x.low = x.low.max(-0.02 * x.high);
    }
    let mut panel = Panel::new(x, Axis::around(gain, ys));
    panel.corner = "better ↗".into();
    panel.marks = marks;
    panel
}

/// Among more candidates than this, only those on the front have names.
const NAMED_MOST: usize = 24;

/// One candidate of a Pareto front.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// A rule, or one setting of it.
    pub name: String,
    /// What is better low.
    pub cost: f64,
    /// What is better high.
    pub gain: f64,
}

/// What a Pareto front is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Pareto<'a> {
    pub title: &'a str,
    /// What is better low.
    pub cost: Measure<'a>,
    /// What is better high.
    pub gain: Measure<'a>,
    pub candidates: &'a [Candidate],
}

impl Pareto<'_> {
    /// The chart: the front with names, the dominated candidates faded, and with names where there are few.
    pub fn chart(&self) -> Chart {
        let mut finite = FiniteFilter::default();
        let kept: Vec<&Candidate> =
            self.candidates.iter().filter(|c| finite.keep([c.cost, c.gain]).is_some()).collect();
        let on_front = front(&kept);
        let mut table = Table::new(&["name", self.cost.column, self.gain.column, "on_front"]);
        for (c, on) in kept.iter().zip(&on_front) {
            let yes = if *on { "yes" } else { "no" };
            table.row([c.name.as_str().into(), c.cost.into(), c.gain.into(), yes.into()]);
        }
        let of =
            |wanted: bool| kept.iter().zip(&on_front).filter(move |(_, on)| **on == wanted).map(|(c, _)| *c);
        let faded = Dot { marker: Marker::Circle, colour: FADED, size: 6.5 };
        let best = Dot { marker: Marker::Diamond, colour: INK, size: 9.0 };
        let line = Stroke::solid(INK, 1.2);
        let mut corners: Vec<(f64, f64)> = of(true).map(|c| (c.cost, c.gain)).collect();
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut marks = Vec::new();
        let dominated: Vec<(f64, f64)> = of(false).map(|c| (c.cost, c.gain)).collect();
        if !dominated.is_empty() {
            marks.push(Mark::Dots { points: dominated, dot: faded });
        }
        if let Some(last) = corners.last() {
            marks.push(Mark::Line { points: crate::chart::steps(&corners, last.0), stroke: line });
            marks.push(Mark::Dots { points: corners, dot: best });
        }
        // Where there are few, the dominated ones have their names too; those of the front choose their places first.
        let others = of(false).filter(|_| kept.len() <= NAMED_MOST);
        let names = of(true).chain(others).map(|c| (c.cost, c.gain, c.name.clone())).collect();
        let domains = (kept.iter().map(|c| c.cost).collect(), kept.iter().map(|c| c.gain).collect());
        let mut chart = Chart::new(self.title, table);
        chart.legend =
            vec![Key::new("on the front", Swatch::Dot(best)), Key::new("dominated", Swatch::Dot(faded))];
        if on_front.iter().filter(|on| **on).count() > NAMES_MOST {
            chart.notes.push(format!("the first {NAMES_MOST} of the front have names"));
        }
        chart.panels.push(plane(self.cost.label, self.gain.label, domains, marks, names));
        chart.note_dropped(finite.dropped);
        chart
    }
}

/// Which candidates no other one dominates: at most the cost and at least the gain, and better in one.
fn front(candidates: &[&Candidate]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let (cost, gain) = (|i: usize| candidates[i].cost, |i: usize| candidates[i].gain);
    order.sort_by(|a, b| cost(*a).total_cmp(&cost(*b)).then(gain(*b).total_cmp(&gain(*a))));
    let mut on_front = vec![false; candidates.len()];
    let mut best: Option<(f64, f64)> = None;
    for i in order {
        // Equal in both is not dominated.
        let on = best.is_none_or(|(c, g)| gain(i) > g || (gain(i) == g && cost(i) == c));
        if on {
            (on_front[i], best) = (true, Some((cost(i), gain(i))));
        }
    }
    on_front
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, cost: f64, gain: f64) -> Candidate {
        Candidate { name: name.into(), cost, gain }
    }

    #[test]
    fn the_front_is_what_nothing_beats() {
        let all = [(1.0, 1.0), (2.0, 3.0), (2.0, 2.0), (3.0, 3.0), (4.0, 5.0), (1.0, 1.0)];
        let all: Vec<Candidate> = all.iter().map(|(c, g)| candidate("x", *c, *g)).collect();
        let refs: Vec<&Candidate> = all.iter().collect();
        assert_eq!(front(&refs), [true, true, false, false, true, true]);
        assert!(front(&[]).is_empty());
    }

    #[test]
    fn better_is_up_and_to_the_right() {
        let stalled_percent = Estimate { value: 1.0, low: 0.5, high: 1.5 };
        let point = RulePoint { rule: "bola".into(), stalled_percent, quality: Estimate::exact(15.0) };
        let quality = Measure { label: "SSIM in dB", column: "ssim_db" };
        let scatter = QualityScatter { title: "t", quality, points: &[point], sessions: 1, hours: 0.5 };
        let chart = scatter.chart(&Palette::default());
        assert!(chart.panels[0].x.inverted && !chart.panels[0].y.inverted);
        assert_eq!(chart.title, "t: 1 session, 0.5 hours");
        // One interval: the quality has none.
        let intervals = chart.panels[0].marks.iter().filter(|m| matches!(m, Mark::Interval { .. })).count();
        assert_eq!(intervals, 1);
        assert_eq!(chart.csv().lines().nth(1), Some("bola,1,0.5,1.5,15,,"));
    }
}
