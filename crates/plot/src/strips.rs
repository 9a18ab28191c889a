//! Several quantities of one run over a common time, a strip each.

use crate::chart::{
    Axis, Chart, Colour, Dash, Dot, Fill, Key, Mark, Marker, Panel, Span, Stroke, Swatch, steps,
};
use crate::number::{Domain, FiniteFilter, short};
use crate::palette::{PENCIL, STALL};
use crate::{Cell, Measure, Table};

/// One colour per strip, in turn; the second is the orange of the usual buffer.
const COLOURS: [Colour; 4] =
    [Colour(0x1F, 0x5A, 0x96), Colour(0xC7, 0x6B, 0x0A), Colour(0x3B, 0x7D, 0x4F), Colour(0x6F, 0x4E, 0x9C)];

/// Quantities that share an axis.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// What stands along the axis, with its unit.
    pub axis: &'a str,
    /// What stands above the strip; may be empty.
    pub title: &'a str,
    /// Each quantity, with a value per row.
    pub lines: &'a [(Measure<'a>, &'a [f64])],
    /// Levels at which something happens, each with its name.
    pub levels: &'a [(&'a str, f64)],
    /// The rungs of a ladder, where the values are their numbers.
    pub names: &'a [&'a str],
}

/// How rows are marked in which playback stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stalls {
    /// Red dots on the first line of this strip.
    Dots(usize),
    /// Red bands through all strips.
    Bands,
}

/// What the chart is drawn from.
#[derive(Clone, Debug)]
pub struct Strips<'a> {
    pub title: &'a str,
    /// Below the title; may be empty.
    pub subtitle: &'a str,
    /// What runs along.
    pub x: Measure<'a>,
    /// Where each row begins, ascending; it lasts until the next one.
    pub at: &'a [f64],
    /// From above to below.
    pub strips: &'a [Strip<'a>],
    /// In which rows playback stood still.
    pub stalled: &'a [bool],
    /// How they are marked.
    pub stalls: Stalls,
}

impl Strips<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::{Measure, Stalls, Strip, Strips};
    ///
    /// let measure = Measure { label: "buffer in s", column: "buffer_s" };
    /// let lines = [(measure, &[2.0, 0.0, 1.0][..])];
    /// let strip = Strip { axis: "buffer in s", title: "", lines: &lines, levels: &[("threshold", 0.5)], names: &[] };
    /// let chart = Strips {
    ///     title: "a run",
    ///     subtitle: "",
    ///     x: Measure { label: "time in s", column: "time_s" },
    ///     at: &[0.0, 1.0, 2.0],
    ///     strips: &[strip],
    ///     stalled: &[false, true, false],
    ///     stalls: Stalls::Dots(0),
    /// }
    /// .chart();
    /// assert_eq!(chart.csv(), "time_s,buffer_s,stalled\n0,2,0\n1,0,1\n2,1,0\n");
    /// ```
    pub fn chart(&self) -> Chart {
        let mut finite = FiniteFilter::default();
        let last = self.at.last().copied().unwrap_or(0.0);
        let step = match self.at {
            [.., before, last] => last - before,
            _ => 1.0,
        };
        let end = if (last + step).is_finite() { last + step } else { 1.0 };
        let mut chart = Chart::new(self.title, self.table());
        chart.subtitle = self.subtitle.to_string();
        chart.shared_x = true;
        let mut colours = COLOURS.iter().cycle();
        for (i, strip) in self.strips.iter().enumerate() {
            let mut lines: Vec<Line> = Vec::new();
            for (measure, values) in strip.lines {
                let colour = colours.next().copied().unwrap_or(COLOURS[0]);
                let stroke = Stroke::solid(colour, 1.8);
                let kept = self.at.iter().zip(*values).filter_map(|(x, y)| finite.keep([*x, *y]));
                lines.push((kept.map(|[x, y]| (x, y)).collect(), stroke));
                chart.legend.push(Key::new(measure.label, Swatch::Line(stroke)));
            }
            let dots = match (self.stalls, lines.first()) {
                (Stalls::Dots(which), Some((points, _))) if which == i => self.stalled_points(points),
                _ => Vec::new(),
            };
            chart.panels.push(panel(self.x.label, end, strip, &lines, dots));
        }
        if self.stalled.contains(&true) {
            let swatch = match self.stalls {
                Stalls::Dots(_) => Swatch::Dot(STALLED),
                Stalls::Bands => Swatch::Fill(BAND),
            };
            chart.legend.push(Key::new("stalled", swatch));
        }
        if self.stalls == Stalls::Bands {
            chart.spans = self.bands(end);
        }
        chart.note_dropped(finite.dropped);
        chart.size = (960.0, 150.0 + 120.0 * self.strips.len().clamp(3, 12) as f64);
        chart
    }

    fn stalled_points(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let stalled = self.at.iter().zip(self.stalled).filter(|(_, s)| **s).map(|(x, _)| *x);
        let value = |x: f64| points.iter().find(|p| p.0 == x).copied();
        stalled.filter_map(value).collect()
    }

    /// Stalled rows, neighbours as one.
    fn bands(&self, end: f64) -> Vec<Span> {
        let mut bands: Vec<Span> = Vec::new();
        let ends = self.at.iter().skip(1).copied().chain([end]);
        for ((from, to), _) in self.at.iter().zip(ends).zip(self.stalled).filter(|(_, stalled)| **stalled) {
            match bands.last_mut() {
                Some(band) if band.to == *from => band.to = to,
                _ => bands.push(Span { from: *from, to, fill: BAND }),
            }
        }
        bands
    }

    fn table(&self) -> Table {
        let mut columns = vec![self.x.column];
        columns.extend(self.strips.iter().flat_map(|s| s.lines).map(|(measure, _)| measure.column));
        columns.push("stalled");
        let mut table = Table::new(&columns);
        table.rows = (0..self.at.len())
            .map(|row| {
                let values =
                    self.strips.iter().flat_map(|s| s.lines).map(|(_, v)| v.get(row).copied().into());
                let stalled = self.stalled.get(row).map(|s| usize::from(*s)).into();
                [self.at[row].into()].into_iter().chain(values).chain([stalled]).collect::<Vec<Cell>>()
            })
            .collect();
        table
    }
}

const STALLED: Dot = Dot { marker: Marker::Circle, colour: STALL, size: 8.0 };
const BAND: Fill = Fill { colour: STALL, opacity: 0.25 };

/// The points of a line, and its pen.
type Line = (Vec<(f64, f64)>, Stroke);

fn panel(x: &str, end: f64, strip: &Strip<'_>, lines: &[Line], dots: Vec<(f64, f64)>) -> Panel {
    let values = lines.iter().flat_map(|(points, _)| points).map(|p| p.1);
    let domain: Domain = values.clone().chain(strip.levels.iter().map(|l| l.1)).collect();
    let y = match strip.names {
        [] if values.clone().all(|y| y >= 0.0) => Axis::from_zero(strip.axis, domain),
        [] => Axis::around(strip.axis, domain),
        names => Axis::names(strip.axis, names.iter().map(|n| (*n).to_string()).collect()),
    };
    let mut panel = Panel::new(Axis::new(x, 0.0, end), y);
    panel.title = strip.title.to_string();
    for (name, at) in strip.levels.iter().filter(|l| l.1.is_finite()) {
        let stroke = Stroke::solid(PENCIL, 1.2).dashed(Dash::Dashed);
        panel.marks.push(Mark::Level { at: *at, label: format!("{name} {}", short(*at)), stroke });
    }
    for (points, stroke) in lines {
        panel.marks.push(Mark::Line { points: steps(points, end), stroke: *stroke });
    }
    if !dots.is_empty() {
        panel.marks.push(Mark::Dots { points: dots, dot: STALLED });
    }
    panel
}
