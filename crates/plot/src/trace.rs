//! Network traces: rate over time with outages, distribution and autocorrelation of one; a page of many; what many have in
//! common.

use units::{BitRate, Seconds};

use crate::chart::{Axis, Chart, Dash, Fill, Key, Mark, Panel, Stroke, Swatch, area, steps};
use crate::number::{Domain, FiniteFilter, RateUnit, counted, short};
use crate::palette::{CAPACITY, INK, PENCIL, STARTUP};
use crate::{Cell, Table};

/// A network trace.
#[derive(Clone, Copy, Debug)]
pub struct TracePlot<'a> {
    pub name: &'a str,
    /// Each rate holds from its time on; ascending.
    pub steps: &'a [(Seconds, BitRate)],
    /// When the last rate ends.
    pub end: Seconds,
    /// When each outage begins and ends.
    pub outages: &'a [(Seconds, Seconds)],
}

/// How often a trace, or a set of them, has which rate, and how long it keeps it.
#[derive(Clone, Copy, Debug)]
pub struct TraceShape<'a> {
    pub name: &'a str,
    /// Each rate that occurs, ascending, with the share of the time at or below it.
    pub distribution: &'a [(BitRate, f64)],
    /// Lags and the autocorrelation at each; ascending. May be empty.
    pub autocorrelation: &'a [(Seconds, f64)],
}

/// The traces of a page: four side by side.
const ACROSS: usize = 4;
/// How wide a page is, in points: wide enough for the names of files.
const PAGE: f64 = 1280.0;

/// Several traces as small multiples; every panel has its own axes and its own unit. A page has room for a hundred.
///
/// ```
/// use plot::{TracePlot, traces};
/// use units::{BitRate, Seconds};
///
/// let steps = [(Seconds::ZERO, BitRate::from_kbps(900.0)), (Seconds::new(5.0), BitRate::ZERO)];
/// let outages = [(Seconds::new(5.0), Seconds::new(20.0))];
/// let chart = traces(&[TracePlot { name: "tunnel", steps: &steps, end: Seconds::new(20.0), outages: &outages }]);
/// assert_eq!((chart.panels[0].title.as_str(), chart.panels[0].corner.as_str()), ("tunnel", "225 kbit/s"));
/// ```
pub fn traces(traces: &[TracePlot<'_>]) -> Chart {
    let mut finite = FiniteFilter::default();
    let mut table = Table::new(&["trace", "time_s", "rate_kbps"]);
    for t in traces {
        for (at, rate) in t.steps {
            table.row([t.name.into(), at.get().into(), rate.kbps().into()]);
        }
    }
    let kept: Vec<Kept> = traces.iter().map(|t| Kept::new(t, &mut finite)).collect();
    let mut chart = Chart::new(counted(traces.len(), "trace"), table);
    chart.subtitle =
        "Rate over time in s; every panel has its own axes, its rates in the unit of its mean on the right"
            .to_string();
    chart.legend = outage_key(&kept);
    let panels = traces.iter().zip(&kept).map(|(t, k)| {
        let unit = k.unit();
        let mut panel = k.panel(unit, "", "");
        panel.title = t.name.to_string();
        panel.corner = unit.words(k.mean);
        panel
    });
    chart.in_grid(panels.collect(), ACROSS);
    let rows = chart.panels.len().div_ceil(chart.columns);
    chart.size = (PAGE, 130.0 + 145.0 * rows.clamp(2, 40) as f64);
    chart.note_dropped(finite.dropped);
    chart
}

fn outage_key(kept: &[Kept]) -> Vec<Key> {
    let any = kept.iter().any(|k| !k.outages.is_empty());
    any.then(|| Key::new("outage (below 0.1 Mbit/s)", Swatch::Fill(OUTAGE))).into_iter().collect()
}

const OUTAGE: Fill = Fill { colour: STARTUP, opacity: 0.45 };

/// Everything about one trace: rate over time, distribution, autocorrelation.
#[derive(Clone, Copy, Debug)]
pub struct TraceSheet<'a> {
    pub trace: TracePlot<'a>,
    /// Its distribution and autocorrelation.
    pub shape: TraceShape<'a>,
}

impl TraceSheet<'_> {
    /// The chart: three panels, one above the other.
    ///
    /// ```
    /// use plot::{TracePlot, TraceShape, TraceSheet};
    /// use units::{BitRate, Seconds};
    ///
    /// let high = BitRate::from_kbps(900.0);
    /// let steps = [(Seconds::ZERO, high), (Seconds::new(5.0), BitRate::ZERO)];
    /// let outages = [(Seconds::new(5.0), Seconds::new(20.0))];
    /// let trace = TracePlot { name: "tunnel", steps: &steps, end: Seconds::new(20.0), outages: &outages };
    /// let distribution = [(BitRate::ZERO, 0.75), (high, 1.0)];
    /// let shape = TraceShape { name: "tunnel", distribution: &distribution, autocorrelation: &[] };
    /// let chart = TraceSheet { trace, shape }.chart();
    /// assert_eq!(chart.title, "tunnel");
    /// assert_eq!(chart.subtitle, "20 s · mean 225 kbit/s, lowest 0 kbit/s, highest 900 kbit/s · outage 15 s");
    /// assert_eq!(chart.panels.len(), 3);
    /// ```
    pub fn chart(&self) -> Chart {
        let mut finite = FiniteFilter::default();
        let mut table = Table::new(&["time_s", "rate_kbps", "share_at_or_below", "lag_s", "autocorrelation"]);
        for (at, rate) in self.trace.steps {
            table.row([at.get().into(), rate.kbps().into(), Cell::Empty, Cell::Empty, Cell::Empty]);
        }
        for [_, rate, share, lag, acf] in self.shape.rows() {
            table.row([Cell::Empty, rate, share, lag, acf]);
        }
        let kept = Kept::new(&self.trace, &mut finite);
        let unit = kept.unit();
        let mut chart = Chart::new(self.trace.name, table);
        chart.subtitle = kept.numbers();
        let mut over_time = kept.panel(unit, "time in s", &format!("rate in {}", unit.name));
        over_time.weight = 1.3;
        let high = unit.of([kept.highest].into_iter().collect::<Domain>().high_or(1.0));
        let shape = self.shape.kept(unit, high, &mut finite);
        chart.panels = vec![
            over_time,
            distribution_panel(unit, high, vec![shape.distribution(LINE)]),
            autocorrelation_panel(vec![shape.autocorrelation(LINE)]),
        ];
        chart.legend = outage_key(&[kept]);
        chart.size = (960.0, 860.0);
        chart.note_dropped(finite.dropped);
        chart
    }
}

const LINE: Stroke = Stroke { colour: INK, width: 2.0, dash: Dash::Solid };
const THIN: Stroke = Stroke { colour: CAPACITY, width: 0.9, dash: Dash::Solid };

/// What the traces of a set have in common: all distributions and autocorrelations, and those of the set.
#[derive(Clone, Copy, Debug)]
pub struct TraceFamily<'a> {
    /// The title; the number of traces is appended.
    pub title: &'a str,
    pub members: &'a [TraceShape<'a>],
    /// All of them: the distribution over their whole time, the mean autocorrelation.
    pub together: TraceShape<'a>,
}

impl TraceFamily<'_> {
    /// The chart: two panels side by side. The axis of rates ends where the set is for 99 % of its time.
    ///
    /// ```
    /// use plot::{TraceFamily, TraceShape};
    /// use units::{BitRate, Seconds};
    ///
    /// let distribution = [(BitRate::from_mbps(1.0), 0.5), (BitRate::from_mbps(3.0), 1.0)];
    /// let autocorrelation = [(Seconds::ZERO, 1.0), (Seconds::new(1.0), 0.6)];
    /// let shape = TraceShape { name: "a", distribution: &distribution, autocorrelation: &autocorrelation };
    /// let chart = TraceFamily { title: "drives", members: &[shape; 3], together: shape }.chart();
    /// assert_eq!(chart.title, "drives (3 traces)");
    /// assert_eq!((chart.panels.len(), chart.panels[0].marks.len()), (2, 4));
    /// ```
    pub fn chart(&self) -> Chart {
        let mut finite = FiniteFilter::default();
        let mut table = Table::new(&["trace", "rate_kbps", "share_at_or_below", "lag_s", "autocorrelation"]);
        for shape in self.members.iter().chain([&self.together]) {
            shape.rows().for_each(|row| table.row(row));
        }
        let most = self.together.distribution.iter().find(|(_, share)| *share >= 0.99);
        let high = most.map(|(rate, _)| rate.kbps()).into_iter().collect::<Domain>().high_or(1.0);
        let unit = RateUnit::for_kbps(high);
        let high = unit.of(high);
        let members: Vec<KeptShape> = self.members.iter().map(|m| m.kept(unit, high, &mut finite)).collect();
        let together = self.together.kept(unit, high, &mut finite);
        let lines = |line: fn(&KeptShape, Stroke) -> Mark| {
            members.iter().map(|m| line(m, THIN)).chain([line(&together, LINE)]).collect()
        };
        let mut chart =
            Chart::new(format!("{} ({})", self.title, counted(self.members.len(), "trace")), table);
        chart.panels = vec![
            distribution_panel(unit, high, lines(KeptShape::distribution)),
            autocorrelation_panel(lines(KeptShape::autocorrelation)),
        ];
        chart.columns = 2;
        chart.size = (1100.0, 520.0);
        let keys = [("a trace", THIN), (self.together.name, LINE)];
        chart.legend = keys.map(|(label, stroke)| Key::new(label, Swatch::Line(stroke))).to_vec();
        chart.notes.push("the axis of rates ends at the 99 % quantile of all".to_string());
        chart.note_dropped(finite.dropped);
        chart
    }
}

impl TraceShape<'_> {
    /// Name, rate, share, lag and autocorrelation: what a row has of them.
    fn rows(&self) -> impl Iterator<Item = [Cell; 5]> {
        let rate = |(rate, share): &(BitRate, f64)| {
            [self.name.into(), rate.kbps().into(), (*share).into(), Cell::Empty, Cell::Empty]
        };
        let lag = |(lag, acf): &(Seconds, f64)| {
            [self.name.into(), Cell::Empty, Cell::Empty, lag.get().into(), (*acf).into()]
        };
        self.distribution.iter().map(rate).chain(self.autocorrelation.iter().map(lag))
    }

    /// What can be drawn of it, up to a rate.
    fn kept(&self, unit: RateUnit, high: f64, finite: &mut FiniteFilter) -> KeptShape {
        let mut shares = vec![(0.0, 0.0)];
        let all =
            self.distribution.iter().filter_map(|(rate, share)| finite.keep([unit.of(rate.kbps()), *share]));
        shares.extend(all.map(|[rate, share]| (rate, share)).take_while(|(rate, _)| *rate <= high));
        let lags = self.autocorrelation.iter().filter_map(|(lag, acf)| finite.keep([lag.get(), *acf]));
        KeptShape { shares: steps(&shares, high), lags: lags.map(|[lag, acf]| (lag, acf)).collect() }
    }
}

/// What can be drawn of a shape.
struct KeptShape {
    shares: Vec<(f64, f64)>,
    lags: Vec<(f64, f64)>,
}

impl KeptShape {
    fn distribution(&self, stroke: Stroke) -> Mark {
        Mark::Line { points: self.shares.clone(), stroke }
    }

    fn autocorrelation(&self, stroke: Stroke) -> Mark {
        Mark::Line { points: self.lags.clone(), stroke }
    }
}

fn distribution_panel(unit: RateUnit, high: f64, marks: Vec<Mark>) -> Panel {
    let x = Axis::new(format!("rate in {}", unit.name), 0.0, high);
    let mut panel = Panel::new(x, Axis::new("share of the time at or below", 0.0, 1.0));
    panel.title = "Distribution of the rate".to_string();
    panel.marks = marks;
    panel
}

fn autocorrelation_panel(marks: Vec<Mark>) -> Panel {
    let points = || {
        marks.iter().flat_map(|m| match m {
            Mark::Line { points, .. } => &points[..],
            _ => &[],
        })
    };
    let last_lag = points().map(|p| p.0).fold(0.0, f64::max);
    let last = if last_lag > 0.0 { last_lag } else { 1.0 };
    let lowest = points().map(|p| p.1).fold(0.0, f64::min);
    let low = if lowest < 0.0 { (lowest * 1.06).max(-1.0) } else { 0.0 };
    let mut panel = Panel::new(Axis::new("lag in s", 0.0, last), Axis::new("autocorrelation", low, 1.0));
    panel.title = "Autocorrelation of the means of full seconds".to_string();
    // One point is no line: there is no lag but 0.
    panel.empty = "too short for an autocorrelation, or without any change".to_string();
    if last_lag > 0.0 {
        panel.marks.push(Mark::Level { at: 0.0, label: String::new(), stroke: Stroke::solid(PENCIL, 0.8) });
        panel.marks.extend(marks);
    }
    panel
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
    fn new(trace: &TracePlot<'_>, finite: &mut FiniteFilter) -> Kept {
        let points = trace.steps.iter().filter_map(|(at, rate)| finite.keep([at.get(), rate.kbps()]));
        let points: Vec<(f64, f64)> = points.map(|[at, rate]| (at, rate)).collect();
        let outages = trace.outages.iter().filter_map(|(from, to)| finite.keep([from.get(), to.get()]));
        let outages = outages.map(|[from, to]| (from, to)).collect();
        let begin = points.first().map_or(0.0, |p| p.0);
        let last = points.last().map_or(begin, |p| p.0);
        // A trace whose end is not after its last rate ends there.
        let end = trace.end.get();
        let end = if crate::number::drawable(end) { end.max(last) } else { last };
        let ends = points.iter().skip(1).map(|p| p.0).chain([end]);
        let bits: f64 = points.iter().zip(ends).map(|(&(from, rate), to)| rate * (to - from)).sum();
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

    fn unit(&self) -> RateUnit {
        RateUnit::for_kbps(self.highest)
    }

    fn numbers(&self) -> String {
        let [mean, low, high] = [self.mean, self.lowest, self.highest].map(|kbps| self.unit().words(kbps));
        let mut text =
            format!("{} s · mean {mean}, lowest {low}, highest {high}", short(self.end - self.begin));
        let out: f64 = self.outages.iter().map(|o| o.1 - o.0).sum();
        if out > 0.0 {
            text += &format!(" · outage {} s", short(out));
        }
        text
    }

    fn panel(&self, unit: RateUnit, x: &str, y: &str) -> Panel {
        let scaled: Vec<(f64, f64)> = self.points.iter().map(|p| (p.0, unit.of(p.1))).collect();
        let y = Axis::from_zero(y, [unit.of(self.highest)].into_iter().collect());
        let high = y.high;
        let mut panel = Panel::new(Axis::new(x, self.begin, self.end), y);
        if scaled.is_empty() {
            return panel;
        }
        if !self.outages.is_empty() {
            let boxes = self.outages.iter().map(|(from, to)| [*from, 0.0, *to, high]).collect();
            panel.marks.push(Mark::Boxes { boxes, fill: OUTAGE });
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

    fn trace<'a>(steps: &'a [(Seconds, BitRate)], outages: &'a [(Seconds, Seconds)]) -> TracePlot<'a> {
        TracePlot { name: "t", steps, end: Seconds::new(5.0), outages }
    }

    fn line(mark: &Mark) -> &[(f64, f64)] {
        match mark {
            Mark::Line { points, .. } => points,
            other => panic!("a line, not {other:?}"),
        }
    }

    #[test]
    fn the_mean_is_over_time_and_outages_are_boxes() {
        let steps =
            [(0.0, 3.0), (1.0, 0.0), (3.0, 1.5)].map(|(t, r)| (Seconds::new(t), BitRate::from_mbps(r)));
        let outages = [(Seconds::new(1.0), Seconds::new(3.0))];
        let chart = traces(&[trace(&steps, &outages)]);
        let panel = &chart.panels[0];
        assert_eq!(panel.corner, "1.2 Mbit/s");
        let Mark::Boxes { boxes, .. } = &panel.marks[0] else { panic!("boxes") };
        assert_eq!(boxes, &[[1.0, 0.0, 3.0, panel.y.high]]);
        assert_eq!(chart.legend.len(), 1);
        assert_eq!(chart.csv(), "trace,time_s,rate_kbps\nt,0,3000\nt,1,0\nt,3,1500\n");
    }

    #[test]
    fn a_page_names_its_panels() {
        let steps = [(Seconds::ZERO, BitRate::from_mbps(3.0))];
        let one = trace(&steps, &[]);
        let chart = traces(&["a", "b", "c", "d", "e"].map(|name| TracePlot { name, ..one }));
        assert_eq!((chart.columns, chart.panels.len(), chart.legend.len()), (4, 5, 0));
        assert_eq!((chart.panels[3].title.as_str(), chart.panels[3].corner.as_str()), ("d", "3 Mbit/s"));
        assert!(chart.subtitle.contains("own axes"));
        // A slow trace beside a fast one has its own unit.
        let slow = [(Seconds::ZERO, BitRate::from_kbps(315.0))];
        let fast = [(Seconds::ZERO, BitRate::from_mbps(3000.0))];
        let chart = traces(&[trace(&slow, &[]), trace(&fast, &[])]);
        assert_eq!(
            (chart.panels[0].corner.as_str(), chart.panels[1].corner.as_str()),
            ("315 kbit/s", "3 Gbit/s")
        );
        assert!(chart.panels[0].y.high > 300.0 && chart.panels[1].y.high < 4.0);
        assert_eq!(traces(&[]).title, "0 traces");
    }

    #[test]
    fn a_sheet_has_all_three_in_one_table() {
        let steps = [(Seconds::ZERO, BitRate::from_mbps(3.0))];
        let distribution = [(BitRate::from_mbps(3.0), 1.0)];
        let autocorrelation = [(Seconds::ZERO, 1.0), (Seconds::new(1.0), -0.5)];
        let shape = TraceShape { name: "t", distribution: &distribution, autocorrelation: &autocorrelation };
        let chart = TraceSheet { trace: trace(&steps, &[]), shape }.chart();
        let rows = ["0,3000,,,", ",3000,1,,", ",,,0,1", ",,,1,-0.5"];
        assert_eq!(chart.csv().lines().skip(1).collect::<Vec<_>>(), rows);
        assert_eq!(line(&chart.panels[1].marks[0]), [(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (3.0, 1.0)]);
        assert_eq!(line(&chart.panels[2].marks[1]), [(0.0, 1.0), (1.0, -0.5)]);
        assert_eq!((chart.panels[2].y.low, chart.panels[2].y.high), (-0.53, 1.0));
    }

    #[test]
    fn a_sheet_has_one_unit_and_says_what_it_cannot_show() {
        let steps = [(0.0, 0.3), (1.0, 8.0)].map(|(t, r)| (Seconds::new(t), BitRate::from_mbps(r)));
        let shape = TraceShape { name: "t", distribution: &[], autocorrelation: &[(Seconds::ZERO, 1.0)] };
        let chart = TraceSheet { trace: trace(&steps, &[]), shape }.chart();
        assert_eq!(chart.subtitle, "5 s · mean 6.46 Mbit/s, lowest 0.3 Mbit/s, highest 8 Mbit/s");
        let lags = &chart.panels[2];
        assert!(lags.marks.is_empty() && lags.empty.starts_with("too short"), "{lags:?}");

        let dead = [(Seconds::ZERO, BitRate::ZERO)];
        let distribution = [(BitRate::ZERO, 1.0)];
        let chart = TraceSheet {
            trace: trace(&dead, &[]),
            shape: TraceShape { distribution: &distribution, ..shape },
        };
        let chart = chart.chart();
        assert_eq!((chart.panels[0].y.low, chart.panels[1].x.low), (0.0, 0.0));
        assert_eq!(line(&chart.panels[1].marks[0]).last(), Some(&(1.0, 1.0)));
    }

    #[test]
    fn the_axis_of_a_family_ends_at_its_99_percent_quantile() {
        let rates: Vec<(BitRate, f64)> =
            [(1.0, 0.5), (4.0, 0.99), (900.0, 1.0)].map(|(r, s)| (BitRate::from_mbps(r), s)).to_vec();
        let shape = TraceShape { name: "all", distribution: &rates, autocorrelation: &[] };
        let chart = TraceFamily { title: "f", members: &[shape], together: shape }.chart();
        let panel = &chart.panels[0];
        assert_eq!((panel.x.low, panel.x.high, panel.x.label.as_str()), (0.0, 4.0, "rate in Mbit/s"));
        assert!(line(&panel.marks[1]).iter().all(|p| p.0 <= 4.0));
        assert_eq!(line(&panel.marks[1]).last(), Some(&(4.0, 0.99)));
        assert!(chart.panels[1].marks.is_empty(), "no data is said, not drawn");
        assert_eq!(chart.table.rows.len(), 6);
    }
}
