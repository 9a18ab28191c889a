//! Stacked bars, one per rule: the parts of a score, and the share of each bitrate.

use units::BitRate;

use crate::chart::{Axis, Chart, Colour, Dot, Fill, Key, Mark, Marker, Panel, Stroke, Swatch};
use crate::number::{Domain, FiniteFilter, short};
use crate::palette::{INK, PENCIL, QUALITY, STALL, STARTUP, SWITCHING, ladder};
use crate::series::intervals;
use crate::{Cell, Estimate, Measure, Table};

/// The parts of a rule's score, as they are added: what takes away from the score is negative.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    pub rule: String,
    pub quality: f64,
    /// From changes of quality.
    pub switching: f64,
    pub stalls: f64,
    pub startup: f64,
    /// The score itself.
    pub total: Estimate,
}

/// What the chart of the parts of a score is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Components<'a> {
    pub title: &'a str,
    pub measure: Measure<'a>,
    /// The rules, from the top down.
    pub rules: &'a [Parts],
}

impl Components<'_> {
    /// The chart: what adds to the score goes right from zero, what takes away goes left, the total is a diamond.
    ///
    /// ```
    /// use plot::{Components, Estimate, Measure, Parts};
    ///
    /// let total = Estimate { value: 1.4, low: 1.2, high: 1.6 };
    /// let bola = Parts { rule: "bola".into(), quality: 2.0, switching: -0.2, stalls: -0.3, startup: -0.1, total };
    /// let measure = Measure { label: "QoE per segment", column: "qoe" };
    /// let chart = Components { title: "Where QoE comes from", measure, rules: &[bola] }.chart();
    /// assert_eq!(chart.legend.len(), 5);
    /// ```
    pub fn chart(&self) -> Chart {
        let columns = ["quality", "switching", "stalls", "startup", "total", "total_low", "total_high"];
        let columns = columns.map(|c| format!("{}_{c}", self.measure.column));
        let names: Vec<&str> = ["rule"].into_iter().chain(columns.iter().map(String::as_str)).collect();
        let mut table = Table::new(&names);
        for r in self.rules {
            let t = r.total;
            let numbers = [r.quality, r.switching, r.stalls, r.startup, t.value].map(Cell::from);
            let row = [r.rule.as_str().into()].into_iter().chain(numbers).chain(t.end_cells());
            table.rows.push(row.collect());
        }
        let rows =
            self.rules.iter().map(|r| (r.rule.clone(), vec![r.quality, r.switching, r.stalls, r.startup]));
        let layers =
            [("quality", QUALITY), ("switching", SWITCHING), ("stalls", STALL), ("startup", STARTUP)];
        let layers = layers.map(|(name, colour)| (name.to_string(), colour));
        let mut chart = stacked(self.title, self.measure.label, rows.collect(), &layers, table);

        let total = Dot { marker: Marker::Diamond, colour: INK, size: 9.0 };
        let panel = &mut chart.panels[0];
        let mut reach: Domain = [panel.x.low, panel.x.high].into_iter().collect();
        if !panel.marks.is_empty() {
            panel.marks.push(Mark::VerticalLine { at: 0.0, stroke: Stroke::solid(PENCIL, 1.0) });
        }
        for (row, r) in self.rules.iter().enumerate() {
            if !crate::number::drawable(r.total.value) {
                continue;
            }
            let row = Estimate::exact(row as f64);
            panel.marks.extend(intervals(r.total, row, Stroke::solid(INK, 1.6)));
            panel.marks.push(Mark::Dots { points: vec![(r.total.value, row.value)], dot: total });
            reach = r.total.numbers().fold(reach, Domain::with);
        }
        (panel.x.low, panel.x.high) = reach.ends();
        let interval = self.rules.iter().any(|r| r.total.interval().is_some());
        chart.legend.push(Key::new(
            if interval { "total, with its 95 % interval" } else { "total" },
            Swatch::Dot(total),
        ));
        chart
    }
}

/// What the chart of bitrate shares is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct BitrateShare<'a> {
    pub title: &'a str,
    /// The ladder, ascending.
    pub ladder: &'a [BitRate],
    /// Each rule with the time it played on each rung, in seconds (or any unit: only shares are drawn); from the top down.
    pub rules: &'a [(String, Vec<f64>)],
}

impl BitrateShare<'_> {
    /// The chart.
    pub fn chart(&self) -> Chart {
        let mut table = Table::new(&["rule", "bitrate_kbps", "share_percent"]);
        let mut rows = Vec::new();
        for (rule, times) in self.rules {
            // A time is not negative; what is not finite stays, to be counted.
            let times: Vec<f64> =
                times.iter().take(self.ladder.len()).map(|t| if *t < 0.0 { 0.0 } else { *t }).collect();
            let sum: f64 = times.iter().filter(|t| t.is_finite()).sum();
            let shares: Vec<f64> =
                times.iter().map(|t| if sum > 0.0 { t / sum * 100.0 } else { 0.0 }).collect();
            for (bitrate, share) in self.ladder.iter().zip(&shares) {
                table.row([rule.as_str().into(), bitrate.kbps().into(), (*share).into()]);
            }
            rows.push((rule.clone(), shares));
        }
        let mut chart = stacked(self.title, "share of playing time in %", rows, &rungs(self.ladder), table);
        let axis = &mut chart.panels[0].x;
        (axis.low, axis.high) = (0.0, 100.0);
        chart
    }
}

/// The rungs of a ladder as a legend names and paints them.
pub(crate) fn rungs(bitrates: &[BitRate]) -> Vec<(String, Colour)> {
    let label = |b: &BitRate| format!("{} kbit/s", short(b.kbps()));
    bitrates.iter().map(label).zip(ladder(bitrates.len())).collect()
}

/// Bars from the top down, each with one part per layer: positive ones stacked to the right of zero, negative ones to the left.
fn stacked(
    title: &str,
    label: &str,
    rows: Vec<(String, Vec<f64>)>,
    layers: &[(String, Colour)],
    table: Table,
) -> Chart {
    const HALF: f64 = 0.36;
    let mut finite = FiniteFilter::default();
    let mut boxes: Vec<Vec<[f64; 4]>> = vec![Vec::new(); layers.len()];
    let mut reach = Domain::default().with(0.0);
    for (row, (_, parts)) in rows.iter().enumerate() {
        let (mut left, mut right) = (0.0, 0.0);
        for (layer, part) in boxes.iter_mut().zip(parts) {
            let Some([part]) = finite.keep([*part]) else { continue };
            let side = if part < 0.0 { &mut left } else { &mut right };
            let from = *side;
            *side += part;
            if part != 0.0 {
                layer.push([from.min(*side), row as f64 - HALF, from.max(*side), row as f64 + HALF]);
            }
        }
        reach = reach.with(left).with(right);
    }
    let height = 190.0 + 30.0 * rows.len().clamp(2, 70) as f64;
    let names: Vec<String> = rows.into_iter().map(|r| r.0).collect();
    let mut panel = Panel::new(Axis::around(label, reach), Axis::names("", names).inverted());
    for (boxes, (_, colour)) in boxes.into_iter().zip(layers) {
        if !boxes.is_empty() {
            panel.marks.push(Mark::Boxes { boxes, fill: Fill::solid(*colour) });
        }
    }
    let mut chart = Chart::new(title, table);
    chart.size.1 = height;
    chart.legend =
        layers.iter().map(|(name, colour)| Key::new(name, Swatch::Fill(Fill::solid(*colour)))).collect();
    chart.note_dropped(finite.dropped);
    chart.panels.push(panel);
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    const QOE: Measure<'_> = Measure { label: "QoE", column: "qoe" };

    fn boxes(chart: &Chart, layer: usize) -> &[[f64; 4]] {
        let Mark::Boxes { boxes, .. } = &chart.panels[0].marks[layer] else { panic!("boxes") };
        boxes
    }

    #[test]
    fn parts_stack_away_from_zero_on_their_side() {
        let total = Estimate { value: 2.0, low: -9.0, high: 2.5 };
        let parts =
            Parts { rule: "a".into(), quality: 4.0, switching: -0.5, stalls: -1.0, startup: -0.5, total };
        let chart = Components { title: "t", measure: QOE, rules: &[parts] }.chart();
        assert_eq!(boxes(&chart, 0), [[0.0, -0.36, 4.0, 0.36]]);
        assert_eq!(boxes(&chart, 1), [[-0.5, -0.36, 0.0, 0.36]]);
        assert_eq!(boxes(&chart, 2), [[-1.5, -0.36, -0.5, 0.36]]);
        assert_eq!(boxes(&chart, 3), [[-2.0, -0.36, -1.5, 0.36]]);
        assert!(chart.panels[0].x.low <= -9.0, "the interval fits");
        assert_eq!(chart.csv().lines().nth(1), Some("a,4,-0.5,-1,-0.5,2,-9,2.5"));
    }

    #[test]
    fn shares_add_up_to_a_hundred() {
        let ladder = [300.0, 750.0].map(BitRate::from_kbps);
        let rules = [("a".to_string(), vec![1.0, 3.0]), ("idle".to_string(), vec![0.0, 0.0])];
        let chart = BitrateShare { title: "t", ladder: &ladder, rules: &rules }.chart();
        assert_eq!(boxes(&chart, 0), [[0.0, -0.36, 25.0, 0.36]]);
        assert_eq!(boxes(&chart, 1), [[25.0, -0.36, 100.0, 0.36]]);
        assert_eq!(chart.legend[1].label, "750 kbit/s");
    }
}
