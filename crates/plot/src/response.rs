//! How a number responds to parameters: over two as a map, over one as a curve with its spread, and run by run.

use crate::chart::{Axis, Chart, Colour, Dot, Fill, Key, Mark, Marker, Panel, Stroke, Swatch};
use crate::heat::edges;
use crate::number::{Domain, FiniteFilter, drawable, short};
use crate::palette::{DARK_LETTERS, LIGHT_LETTERS, ladder};
use crate::{Estimate, Measure, Table};

/// Colours of a map.
const SHADES: usize = 10;
/// The first of them on which dark letters are read better than light ones.
const LIGHT_FROM: usize = 5;
/// With more columns or rows than this, cells have no room for numbers.
const TOLD_MOST: usize = 12;
const BLUE: Colour = Colour(0x1F, 0x5A, 0x96);

/// A number over two parameters.
#[derive(Clone, Copy, Debug)]
pub struct ResponseMap<'a> {
    pub title: &'a str,
    /// Below the title; may be empty.
    pub subtitle: &'a str,
    /// The horizontal parameter, and its values, ascending.
    pub x: (Measure<'a>, &'a [f64]),
    /// The vertical one.
    pub y: (Measure<'a>, &'a [f64]),
    pub measure: Measure<'a>,
    /// `values[y][x]`.
    pub values: &'a [Vec<f64>],
}

impl ResponseMap<'_> {
    /// The chart: dark is low, light is high.
    ///
    /// ```
    /// use plot::{Measure, ResponseMap};
    ///
    /// let [x, y] = [Measure { label: "a", column: "a" }, Measure { label: "b", column: "b" }];
    /// let map = ResponseMap {
    ///     title: "a and b",
    ///     subtitle: "",
    ///     x: (x, &[0.0, 1.0]),
    ///     y: (y, &[0.0]),
    ///     measure: Measure { label: "QoE", column: "qoe" },
    ///     values: &[vec![2.5, 7.5]],
    /// };
    /// assert_eq!(map.chart().csv(), "a,b,qoe\n0,0,2.5\n1,0,7.5\n");
    /// ```
    pub fn chart(&self) -> Chart {
        let ((x, xs), (y, ys)) = (self.x, self.y);
        let mut table = Table::new(&[x.column, y.column, self.measure.column]);
        let (x_edges, y_edges) = (edges(xs), edges(ys));
        let mut finite = FiniteFilter::default();
        let all: Vec<f64> = self.values.iter().flatten().copied().collect();
        let (low, high) = finite.all(&all).into_iter().collect::<Domain>().ends();
        let shade = |value: f64| {
            let share = if high > low { (value - low) / (high - low) } else { 0.0 };
            ((share * SHADES as f64) as usize).min(SHADES - 1)
        };
        let mut boxes: Vec<Vec<[f64; 4]>> = vec![Vec::new(); SHADES];
        // Few cells have room for their numbers, light on dark and dark on light.
        let told = xs.len() <= TOLD_MOST && ys.len() <= TOLD_MOST;
        let mut words = [Vec::new(), Vec::new()];
        for ((row, at), y) in self.values.iter().zip(ys).zip(y_edges.windows(2)) {
            let mut cells = Vec::new();
            for ((value, at_x), x) in row.iter().zip(xs).zip(x_edges.windows(2)) {
                table.row([(*at_x).into(), (*at).into(), (*value).into()]);
                cells.extend(drawable(*value).then(|| (shade(*value), x[0], x[1])));
                if told && drawable(*value) {
                    let middle = ((x[0] + x[1]) / 2.0, (y[0] + y[1]) / 2.0);
                    words[usize::from(shade(*value) >= LIGHT_FROM)].push((middle.0, middle.1, short(*value)));
                }
            }
            // Neighbours of one shade are one box.
            for run in cells.chunk_by(|a, b| a.0 == b.0 && a.2 == b.1) {
                let (first, last) = (run[0], run[run.len() - 1]);
                let cell = [first.1, y[0], last.2, y[1]];
                if cell.iter().all(|v| drawable(*v)) {
                    boxes[first.0].push(cell);
                }
            }
        }
        let axis = |measure: Measure<'_>, edges: &[f64]| {
            let (low, high) = edges.iter().copied().collect::<Domain>().ends();
            Axis::new(measure.label, low, high)
        };
        let mut panel = Panel::new(axis(x, &x_edges), axis(y, &y_edges));
        let mut chart = Chart::new(self.title, table);
        chart.subtitle = self.subtitle.to_string();
        chart.size = (860.0, 620.0);
        let bound = |i: usize| short(low + (high - low) * i as f64 / SHADES as f64);
        for (i, (colour, boxes)) in ladder(SHADES).into_iter().zip(boxes).enumerate() {
            let fill = Fill::solid(colour);
            chart.legend.push(Key::new(format!("{} to {}", bound(i), bound(i + 1)), Swatch::Fill(fill)));
            if !boxes.is_empty() {
                panel.marks.push(Mark::Boxes { boxes, fill });
            }
        }
        for (words, ink) in words.into_iter().zip([LIGHT_LETTERS, DARK_LETTERS]) {
            if !words.is_empty() {
                panel.marks.push(Mark::Text { words, ink, bold: false });
            }
        }
        panel.title = self.measure.label.to_string();
        chart.note_dropped(finite.dropped);
        chart.panels.push(panel);
        chart
    }
}

/// A number over one parameter, with the spread of the runs.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    pub title: &'a str,
    /// What the ribbon is: `8 of 10 runs`.
    pub spread: &'a str,
    pub x: Measure<'a>,
    pub measure: Measure<'a>,
    /// Value of the parameter, and the number with its spread; ascending.
    pub points: &'a [(f64, Estimate)],
}

impl Response<'_> {
    /// The chart.
    pub fn chart(&self) -> Chart {
        let m = self.measure.column;
        let ends = [format!("{m}_low"), format!("{m}_high")];
        let mut table = Table::new(&[self.x.column, m, &ends[0], &ends[1]]);
        let mut finite = FiniteFilter::default();
        let (mut line, mut ribbon) = (Vec::new(), Vec::new());
        for (x, y) in self.points {
            table.row([*x, y.value, y.low, y.high].map(Into::into));
            let Some([x, value]) = finite.keep([*x, y.value]) else { continue };
            line.push((x, value));
            ribbon.extend(y.interval().map(|[low, high]| (x, low, high)));
        }
        let xs: Domain = line.iter().map(|p| p.0).collect();
        let ys: Domain = line.iter().map(|p| p.1).chain(ribbon.iter().flat_map(|r| [r.1, r.2])).collect();
        let mut panel = Panel::new(Axis::around(self.x.label, xs), Axis::around(self.measure.label, ys));
        let (stroke, fill) = (Stroke::solid(BLUE, 2.2), Fill::thin(BLUE, 0.18));
        panel.marks.push(Mark::Area { points: ribbon, fill });
        panel.marks.push(Mark::Line { points: line, stroke });
        let mut chart = Chart::new(self.title, table);
        chart.legend =
            vec![Key::new("mean", Swatch::Line(stroke)), Key::new(self.spread, Swatch::Fill(fill))];
        chart.size = (860.0, 480.0);
        chart.note_dropped(finite.dropped);
        chart.panels.push(panel);
        chart
    }
}

/// Every value that runs came to, over a parameter: where one becomes many, the system changes its behaviour.
#[derive(Clone, Copy, Debug)]
pub struct Attained<'a> {
    pub title: &'a str,
    /// Below the title; may be empty.
    pub subtitle: &'a str,
    pub x: Measure<'a>,
    /// A panel each: the number, and value of the parameter and number of every run.
    pub panels: &'a [(Measure<'a>, &'a [(f64, f64)])],
}

impl Attained<'_> {
    /// The chart.
    pub fn chart(&self) -> Chart {
        let mut columns = vec![self.x.column];
        columns.extend(self.panels.iter().map(|(measure, _)| measure.column));
        let mut table = Table::new(&columns);
        let rows = self.panels.iter().map(|(_, points)| points.len()).max().unwrap_or(0);
        table.rows = (0..rows)
            .map(|row| {
                let x = self.panels.iter().find_map(|(_, points)| points.get(row)).map(|p| p.0);
                let values = self.panels.iter().map(|(_, points)| points.get(row).map(|p| p.1).into());
                [x.into()].into_iter().chain(values).collect()
            })
            .collect();
        let mut chart = Chart::new(self.title, table);
        chart.subtitle = self.subtitle.to_string();
        chart.shared_x = true;
        let mut finite = FiniteFilter::default();
        for (measure, points) in self.panels {
            let kept: Vec<(f64, f64)> =
                points.iter().filter_map(|(x, y)| finite.keep([*x, *y])).map(|[x, y]| (x, y)).collect();
            let xs: Domain = kept.iter().map(|p| p.0).collect();
            let ys: Domain = kept.iter().map(|p| p.1).collect();
            let mut panel = Panel::new(Axis::around(self.x.label, xs), Axis::around(measure.label, ys));
            let dot = Dot { marker: Marker::Circle, colour: BLUE, size: 3.0 };
            panel.marks.push(Mark::Dots { points: kept, dot });
            chart.panels.push(panel);
        }
        chart.size = (860.0, 180.0 + 220.0 * self.panels.len().clamp(1, 8) as f64);
        chart.note_dropped(finite.dropped);
        chart
    }
}
