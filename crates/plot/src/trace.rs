//! Network traces: rate over time, outages marked; one, or a page of many.

use units::{BitRate, Seconds};

use crate::Table;
use crate::chart::{Axis, Chart, Fill, Key, Mark, Panel, Stroke, Swatch, area, steps};
use crate::number::{Domain, RateUnit, Sieve, counted, rate, short};
use crate::palette::{CAPACITY, PENCIL, STARTUP};

/// A network trace.
#[derive(Clone, Copy, Debug)]
pub struct TracePlot<'a> {
    /// Its name.
    pub name: &'a str,
    /// Each rate holds from its time on; ascending.
    pub steps: &'a [(Seconds, BitRate)],
    /// When the last rate ends.
    pub end: Seconds,
}

/// The chart of a trace, or of several as small multiples; every panel has its own scale, all have one unit.
///
/// ```
/// use plot::{TracePlot, traces};
/// use units::{BitRate, Seconds};
///
/// let steps = [(Seconds::ZERO, BitRate::from_kbps(900.0)), (Seconds::new(5.0), BitRate::ZERO)];
/// let chart = traces(&[TracePlot { name: "tunnel", steps: &steps, end: Seconds::new(20.0) }]);
/// assert_eq!(chart.title, "tunnel");
/// assert_eq!(chart.subtitle, "20 s · mean 225 kbit/s, lowest 0 kbit/s, highest 900 kbit/s · outage 15 s");
/// ```
pub fn traces(traces: &[TracePlot<'_>]) -> Chart {
    let mut sieve = Sieve::default();
    let mut table = Table::new(&["trace", "time_s", "rate_kbps"]);
    let mut kept: Vec<Kept> = Vec::new();
    for t in traces {
        for (at, rate) in t.steps {
            table.row([t.name.into(), at.get().into(), rate.kbps().into()]);
        }
        let points = t.steps.iter().filter_map(|(at, rate)| sieve.keep([at.get(), rate.kbps()]));
        kept.push(Kept::new(points.map(|[at, rate]| (at, rate)).collect(), t.end.get()));
    }
    let unit = RateUnit::for_kbps(kept.iter().map(|k| k.highest).collect::<Domain>().high_or(1.0));
    let outage = Fill::thin(STARTUP, 0.45);
    let mut chart = Chart::new("", table);
    let many = traces.len() != 1;
    if let ([one], [k]) = (traces, &kept[..]) {
        chart.title = one.name.to_string();
        chart.subtitle = k.numbers();
    } else {
        chart.title = counted(traces.len(), "trace");
    }
    if kept.iter().any(|k| !k.outages.is_empty()) {
        chart.legend.push(Key::new("outage", Swatch::Fill(outage)));
    }
    let panels = traces.iter().zip(&kept).map(|(t, k)| {
        let mut panel = k.panel(unit, outage);
        if many {
            panel.title = t.name.to_string();
            panel.corner = format!("mean {} {}", short(unit.of(k.mean)), unit.name);
        }
        panel
    });
    chart.in_grid(panels.collect(), 3);
    chart.note_dropped(sieve.dropped);
    chart
}

/// What can be drawn of a trace.
struct Kept {
    /// Time in s, rate in kbit/s.
    points: Vec<(f64, f64)>,
    begin: f64,
    end: f64,
    outages: Vec<(f64, f64)>,
    mean: f64,
    lowest: f64,
    highest: f64,
}

impl Kept {
    fn new(points: Vec<(f64, f64)>, end: f64) -> Kept {
        let begin = points.first().map_or(0.0, |p| p.0);
        let last = points.last().map_or(begin, |p| p.0);
        // A trace whose end is not after its last rate ends there.
        let end = if crate::number::drawable(end) { end.max(last) } else { last };
        let ends = points.iter().skip(1).map(|p| p.0).chain([end]);
        let (mut outages, mut bits): (Vec<(f64, f64)>, f64) = (Vec::new(), 0.0);
        for (&(from, rate), to) in points.iter().zip(ends) {
            bits += rate * (to - from);
            if rate <= 0.0 && to > from {
                match outages.last_mut() {
                    Some(last) if last.1 == from => last.1 = to,
                    _ => outages.push((from, to)),
                }
            }
        }
        let rates = || points.iter().map(|p| p.1);
        let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
        Kept {
            begin,
            end,
            outages,
            mean: finite(if end > begin { bits / (end - begin) } else { 0.0 }),
            lowest: finite(rates().fold(f64::INFINITY, f64::min)),
            highest: finite(rates().fold(f64::NEG_INFINITY, f64::max)),
            points,
        }
    }

    fn numbers(&self) -> String {
        let (mean, low, high) = (rate(self.mean), rate(self.lowest), rate(self.highest));
        let mut text =
            format!("{} s · mean {mean}, lowest {low}, highest {high}", short(self.end - self.begin));
        let out: f64 = self.outages.iter().map(|o| o.1 - o.0).sum();
        if out > 0.0 {
            text += &format!(" · outage {} s", short(out));
        }
        text
    }

    fn panel(&self, unit: RateUnit, outage: Fill) -> Panel {
        let scaled: Vec<(f64, f64)> = self.points.iter().map(|p| (p.0, unit.of(p.1))).collect();
        let y =
            Axis::from_zero(format!("rate in {}", unit.name), [unit.of(self.highest)].into_iter().collect());
        let high = y.high;
        let mut panel = Panel::new(Axis::new("time in s", self.begin, self.end), y);
        if scaled.is_empty() {
            return panel;
        }
        if !self.outages.is_empty() {
            let boxes = self.outages.iter().map(|(from, to)| [*from, 0.0, *to, high]).collect();
            panel.marks.push(Mark::Boxes { boxes, fill: outage });
        }
        let line = steps(&scaled, self.end);
        panel.marks.push(area(&line, Fill::thin(CAPACITY, 0.7)));
        panel.marks.push(Mark::Line { points: line, stroke: Stroke::solid(PENCIL, 1.0) });
        panel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_that_touch_are_one_and_the_mean_is_over_time() {
        let points = vec![(0.0, 1000.0), (1.0, 0.0), (2.0, 0.0), (3.0, 500.0)];
        let k = Kept::new(points, 5.0);
        assert_eq!(k.outages, [(1.0, 3.0)]);
        assert_eq!((k.mean, k.lowest, k.highest), (400.0, 0.0, 1000.0));
    }

    #[test]
    fn a_page_names_its_panels() {
        let steps = [(Seconds::ZERO, BitRate::from_mbps(3.0))];
        let trace = |name| TracePlot { name, steps: &steps, end: Seconds::new(9.0) };
        let chart = traces(&[trace("a"), trace("b"), trace("c"), trace("d")]);
        assert_eq!((chart.columns, chart.panels.len()), (3, 4));
        assert_eq!((chart.panels[3].title.as_str(), chart.panels[3].corner.as_str()), ("d", "mean 3 Mbit/s"));
        assert_eq!(chart.panels[0].y.label, "rate in Mbit/s");
        assert_eq!(traces(&[]).title, "0 traces");
    }
}
