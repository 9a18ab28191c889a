//! What a chart is, before a pixel of it exists: plain data, to be compared in tests.

use crate::Table;
use crate::number::{self, Domain};

pub use crate::ink::{Colour, Dash, Dot, Fill, Marker, Stroke};

/// More panels than this are too small to read.
pub(crate) const PANELS_MOST: usize = 400;

/// More entries of a legend than this say nothing any more.
const KEYS_MOST: usize = 60;

/// What is drawn in a panel, in the coordinates of its axes; later marks cover earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through points, ascending in x.
    Line {
        points: Vec<(f64, f64)>,
        stroke: Stroke,
    },
    /// What lies between two lines: `(x, low, high)`, ascending in x.
    Area {
        points: Vec<(f64, f64, f64)>,
        fill: Fill,
    },
    /// Boxes `[x0, y0, x1, y1]`.
    Boxes {
        /// Two opposite corners of each.
        boxes: Vec<[f64; 4]>,
        fill: Fill,
    },
    Dots {
        points: Vec<(f64, f64)>,
        dot: Dot,
    },
    /// Names beside points, or at the end of a line that leads from the point where they crowd.
    Names {
        points: Vec<(f64, f64, String)>,
    },
    /// Words with their middle on points: the numbers of a table.
    Text {
        words: Vec<(f64, f64, String)>,
        ink: Colour,
        bold: bool,
    },
    /// A line with caps from one point to another in parallel to an axis: a confidence interval.
    Interval {
        from: (f64, f64),
        to: (f64, f64),
        stroke: Stroke,
    },
    /// A horizontal line across the panel; its label stands to the right of the panel.
    Level {
        /// At this y.
        at: f64,
        /// What it is; may be empty.
        label: String,
        stroke: Stroke,
    },
    /// A vertical line across the panel.
    VerticalLine {
        /// At this x.
        at: f64,
        stroke: Stroke,
    },
}

/// What stands along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// Numbers at round distances.
    Numbers,
    /// Names, at 0, 1, 2, ...
    Names(Vec<String>),
}

/// An axis of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: String,
    pub low: f64,
    /// Where it ends; above `low`.
    pub high: f64,
    /// Whether it runs from high to low.
    pub inverted: bool,
    /// What stands along it.
    pub scale: Scale,
}

impl Axis {
    /// An axis over exactly `low..high`, widened where that is nothing.
    pub fn new(label: impl Into<String>, low: f64, high: f64) -> Axis {
        let (low, high) = number::widened(low, high);
        Axis { label: label.into(), low, high, inverted: false, scale: Scale::Numbers }
    }

    /// An axis over a domain with a little room on both sides.
    pub fn around(label: impl Into<String>, domain: Domain) -> Axis {
        let (low, high) = domain.with_room();
        Axis::new(label, low, high)
    }

    /// An axis from zero over a domain of what is never negative, with a little room above.
    pub fn from_zero(label: impl Into<String>, domain: Domain) -> Axis {
        Axis::new(label, 0.0, domain.high_or(1.0) * 1.06)
    }

    /// An axis of names, the first at the low end.
    pub fn names(label: impl Into<String>, names: Vec<String>) -> Axis {
        let high = names.len().max(1) as f64 - 0.5;
        Axis { label: label.into(), low: -0.5, high, inverted: false, scale: Scale::Names(names) }
    }

    /// The same axis, running from high to low.
    pub fn inverted(self) -> Axis {
        Axis { inverted: true, ..self }
    }
}

/// One pair of axes and what is drawn in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What stands above it on the left; may be empty.
    pub title: String,
    /// What stands above it on the right; may be empty.
    pub corner: String,
    pub x: Axis,
    pub y: Axis,
    pub marks: Vec<Mark>,
    /// What is said where nothing is drawn.
    pub empty: String,
    /// Its share of the height, against the other rows.
    pub weight: f64,
}

impl Panel {
    /// An empty panel.
    pub fn new(x: Axis, y: Axis) -> Panel {
        Panel {
            title: String::new(),
            corner: String::new(),
            x,
            y,
            marks: Vec::new(),
            empty: "no data".to_string(),
            weight: 1.0,
        }
    }
}

/// What stands for a thing in the legend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Swatch {
    Line(Stroke),
    /// A patch of paint.
    Fill(Fill),
    Dot(Dot),
    /// A dot on a piece of line.
    Both(Stroke, Dot),
}

/// One entry of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub label: String,
    pub swatch: Swatch,
}

impl Key {
    /// An entry of the legend.
    pub fn new(label: impl Into<String>, swatch: Swatch) -> Key {
        Key { label: label.into(), swatch }
    }
}

/// A stretch of the x axis that is painted over the full height of all panels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub from: f64,
    pub to: f64,
    pub fill: Fill,
}

/// A chart as plain data: what [`crate::render`] draws and [`crate::save`] writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub title: String,
    /// Below the title, in smaller letters; may be empty.
    pub subtitle: String,
    /// What the reader must know, below the panels.
    pub notes: Vec<String>,
    /// Between title and panels.
    pub legend: Vec<Key>,
    /// Painted across all panels; meant for a shared x axis.
    pub spans: Vec<Span>,
    /// Row by row.
    pub panels: Vec<Panel>,
    /// How many panels stand side by side; at least 1.
    pub columns: usize,
    /// Whether only the lowest panels carry the numbers and label of the x axis.
    pub shared_x: bool,
    /// Width and height for which it is designed, in points; letters are 12 points high. Drawn at another size it scales.
    pub size: (f64, f64),
    pub table: Table,
}

impl Chart {
    /// An empty chart of the usual size.
    pub fn new(title: impl Into<String>, table: Table) -> Chart {
        Chart {
            title: title.into(),
            subtitle: String::new(),
            notes: Vec::new(),
            legend: Vec::new(),
            spans: Vec::new(),
            panels: Vec::new(),
            columns: 1,
            shared_x: false,
            size: (960.0, 600.0),
            table,
        }
    }

    /// The chart's data; the unit of a column is in its name.
    pub fn csv(&self) -> String {
        self.table.csv()
    }

    /// Sets the legend, and makes room for its rows where it is long.
    pub(crate) fn with_legend(&mut self, mut keys: Vec<Key>) {
        if keys.len() > KEYS_MOST {
            self.notes.push(format!("the legend names {KEYS_MOST} of {}", keys.len()));
            keys.truncate(KEYS_MOST);
        }
        self.size.1 += 5.0 * keys.len().saturating_sub(6) as f64;
        self.legend = keys;
    }

    /// Sets panels side by side, at most `across` of them, and makes room for their rows.
    pub(crate) fn in_grid(&mut self, mut panels: Vec<Panel>, across: usize) {
        if panels.len() > PANELS_MOST {
            self.notes.push(format!("the first {PANELS_MOST} of {} are drawn", panels.len()));
            panels.truncate(PANELS_MOST);
        }
        self.columns = across.min(panels.len()).max(1);
        let rows = panels.len().div_ceil(self.columns).clamp(1, 40) as f64;
        self.size.1 = if rows > 1.0 { 130.0 + 220.0 * rows } else { 480.0 };
        self.panels = panels;
    }

    /// Adds the note on values that could not be drawn, where there were any.
    pub(crate) fn note_dropped(&mut self, dropped: usize) {
        if dropped > 0 {
            let (values, are) = if dropped == 1 { ("value", "is") } else { ("values", "are") };
            self.notes.push(format!("{dropped} {values} left out that {are} not finite"));
        }
    }
}

/// The corners of a step function that takes each value from its x on, and the last until `end`.
pub(crate) fn steps(values: &[(f64, f64)], end: f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::with_capacity(values.len() * 2 + 1);
    for &(x, y) in values {
        if let Some(&(_, before)) = corners.last() {
            corners.push((x, before));
        }
        corners.push((x, y));
    }
    if let Some(&(x, y)) = corners.last() {
        corners.push((end.max(x), y));
    }
    corners
}

/// The area between zero and a line.
pub(crate) fn area(line: &[(f64, f64)], fill: Fill) -> Mark {
    Mark::Area { points: line.iter().map(|&(x, y)| (x, y.min(0.0), y.max(0.0))).collect(), fill }
}
