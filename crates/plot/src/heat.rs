//! What a rule decides: for every throughput and buffer level, the rung it asks for.

use units::{BitRate, Seconds};

use crate::Table;
use crate::bars::rungs;
use crate::chart::{Axis, Chart, Fill, Key, Mark, Panel, Swatch};
use crate::number::{Domain, RateUnit, drawable};
use crate::palette::NOTHING;

/// What the map of a rule's decisions is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct DecisionMap<'a> {
    pub rule: &'a str,
    /// The throughputs that were tried, ascending.
    pub throughput: &'a [BitRate],
    /// The buffer levels that were tried, ascending.
    pub buffer: &'a [Seconds],
    /// The ladder, ascending.
    pub ladder: &'a [BitRate],
    /// `levels[b][t]` is the rung at buffer level b and throughput t; None where the rule waits.
    pub levels: &'a [Vec<Option<usize>>],
}

impl DecisionMap<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::DecisionMap;
    /// use units::{BitRate, Seconds};
    ///
    /// let map = DecisionMap {
    ///     rule: "bba",
    ///     throughput: &[500.0, 1500.0].map(BitRate::from_kbps),
    ///     buffer: &[Seconds::new(5.0), Seconds::new(15.0)],
    ///     ladder: &[300.0, 1200.0].map(BitRate::from_kbps),
    ///     levels: &[vec![Some(0), Some(0)], vec![Some(1), None]],
    /// };
    /// assert_eq!(map.chart().legend.len(), 3);
    /// ```
    pub fn chart(&self) -> Chart {
        let mut table = Table::new(&["throughput_kbps", "buffer_s", "level", "bitrate_kbps"]);
        let kbps: Vec<f64> = self.throughput.iter().map(|t| t.kbps()).collect();
        let unit = RateUnit::for_kbps(kbps.iter().copied().collect::<Domain>().high_or(1.0));
        let xs = edges(&kbps.iter().map(|k| unit.of(*k)).collect::<Vec<_>>());
        let ys = edges(&self.buffer.iter().map(|b| b.get()).collect::<Vec<_>>());
        // One paint per rung, and one for waiting.
        let mut boxes: Vec<Vec<[f64; 4]>> = vec![Vec::new(); self.ladder.len() + 1];
        for ((buffer, row), y) in self.buffer.iter().zip(self.levels).zip(ys.windows(2)) {
            let mut cells = Vec::new();
            for ((rate, level), x) in kbps.iter().zip(row).zip(xs.windows(2)) {
                let level = level.filter(|l| *l < self.ladder.len());
                let bitrate = level.map(|l| self.ladder[l].kbps());
                table.row([(*rate).into(), buffer.get().into(), level.into(), bitrate.into()]);
                cells.push((level.unwrap_or(self.ladder.len()), x[0], x[1]));
            }
            // Neighbours of one paint are one box.
            for run in cells.chunk_by(|a, b| a.0 == b.0) {
                let (first, last) = (run[0], run[run.len() - 1]);
                let cell = [first.1, y[0], last.2, y[1]];
                if cell.iter().all(|v| drawable(*v)) {
                    boxes[first.0].push(cell);
                }
            }
        }
        let axis = |label: String, edges: &[f64]| {
            let (low, high) = edges.iter().copied().collect::<Domain>().ends();
            Axis::new(label, low, high)
        };
        let x = axis(format!("throughput in {}", unit.name), &xs);
        let mut panel = Panel::new(x, axis("buffer in s".into(), &ys));
        let mut chart = Chart::new(format!("What {} asks for", self.rule), table);
        chart.size = (860.0, 560.0);
        let waits = !boxes[self.ladder.len()].is_empty();
        let mut paints = rungs(self.ladder);
        paints.push(("waits".to_string(), NOTHING));
        for (i, ((name, colour), boxes)) in paints.into_iter().zip(boxes).enumerate() {
            let fill = Fill::solid(colour);
            if i < self.ladder.len() || waits {
                chart.legend.push(Key::new(name, Swatch::Fill(fill)));
            }
            if !boxes.is_empty() {
                panel.marks.push(Mark::Boxes { boxes, fill });
            }
        }
        chart.panels.push(panel);
        chart
    }
}

/// The edges of cells around ascending middles: half way between neighbours.
pub(crate) fn edges(middles: &[f64]) -> Vec<f64> {
    let (Some(first), Some(last)) = (middles.first(), middles.last()) else { return Vec::new() };
    let between: Vec<f64> = middles.windows(2).map(|w| (w[0] + w[1]) / 2.0).collect();
    let (low, high) = match (between.first(), between.last()) {
        (Some(low), Some(high)) => (first - (low - first), last + (last - high)),
        _ => crate::number::widened(*first, *last),
    };
    [vec![low], between, vec![high]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_meet_half_way() {
        assert_eq!(edges(&[1.0, 2.0, 4.0]), [0.5, 1.5, 3.0, 5.0]);
        assert_eq!(edges(&[10.0]), [9.0, 11.0]);
        assert!(edges(&[]).is_empty());
    }

    #[test]
    fn neighbours_of_one_rung_are_one_box_and_the_table_has_every_cell() {
        let map = DecisionMap {
            rule: "r",
            throughput: &[1000.0, 2000.0, 3000.0].map(BitRate::from_kbps),
            buffer: &[Seconds::new(5.0), Seconds::new(15.0)],
            ladder: &[300.0, 1200.0].map(BitRate::from_kbps),
            levels: &[vec![Some(0), Some(0), Some(1)], vec![None, Some(9), Some(1)]],
        };
        let chart = map.chart();
        let Mark::Boxes { boxes, .. } = &chart.panels[0].marks[0] else { panic!("boxes") };
        assert_eq!(boxes, &[[0.5, 0.0, 2.5, 10.0]]);
        assert_eq!(chart.table.rows.len(), 6);
        assert_eq!(chart.csv().lines().nth(3), Some("3000,5,1,1200"));
        assert_eq!(chart.csv().lines().nth(4), Some("1000,15,,"));
        assert_eq!(chart.panels[0].x.label, "throughput in Mbit/s");
    }
}
