//! The panels in rows and columns: how high, how wide, and what stands along their axes.

use crate::PlotError;
use crate::canvas::{Anchor, Canvas};
use crate::chart::{Axis, Chart, PANELS_MOST, Scale};
use crate::geometry::{Frame, NARROW};
use crate::number::ticks;
use crate::palette::{INK, PENCIL};
use crate::panel::{self, Side};
use crate::text::{HEADING, LABEL, clean};

/// Between columns of panels.
const GAP: f64 = 16.0;
/// Between rows of panels.
const ROW_GAP: f64 = 10.0;

/// Panels `0..count` in rows of `columns`.
struct Grid<'a> {
    chart: &'a Chart,
    count: usize,
    columns: usize,
}

/// What stands along an axis after measuring, and the room that it takes.
struct Measured {
    ticks: Vec<(f64, String)>,
    room: f64,
}

/// Draws all panels of a chart into an area.
pub(crate) fn draw(chart: &Chart, canvas: &mut Canvas<'_>, area: Frame) -> Result<(), PlotError> {
    let count = chart.panels.len().min(PANELS_MOST);
    if count == 0 {
        let middle = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
        return canvas.text(middle, Anchor::Middle, LABEL, PENCIL, "no data");
    }
    let grid = Grid { chart, count, columns: chart.columns.clamp(1, count) };
    // Heights come first: how many numbers fit along a y axis, and so how wide they are, depends on them.
    let rows = grid.rows(area);
    let slot = (area.width() - GAP * (grid.columns - 1) as f64) / grid.columns as f64;
    for column in 0..grid.columns {
        grid.column(column, &rows, canvas, area.left + (slot + GAP) * column as f64, slot)?;
    }
    Ok(())
}

impl Grid<'_> {
    /// Whether a panel carries the words of its x axis.
    fn carries(&self, panel: usize) -> bool {
        !self.chart.shared_x || panel + self.columns >= self.count
    }

    /// The top and bottom of the frames of each row.
    fn rows(&self, area: Frame) -> Vec<(f64, f64)> {
        let panels = &self.chart.panels[..self.count];
        let head = |(named, _): &(bool, f64)| if *named { HEADING.size * 1.7 } else { 4.0 };
        let foot = |i: usize| match (self.carries(i), panels[i].x.label.is_empty()) {
            (false, _) => 0.0,
            (true, true) => LABEL.size * 1.6,
            (true, false) => LABEL.size * 3.1,
        };
        let starts = (0..self.count).step_by(self.columns);
        let of_row = |start: usize| start..(start + self.columns).min(self.count);
        let named = |i: usize| !panels[i].title.is_empty() || !panels[i].corner.is_empty();
        let weight = |i: usize| panels[i].weight.clamp(0.05, 20.0);
        let fixed: Vec<(bool, f64)> =
            starts.clone().map(|s| (of_row(s).any(named), of_row(s).map(foot).fold(0.0, f64::max))).collect();
        let taken: f64 = fixed.iter().map(|f| head(f) + f.1 + ROW_GAP).sum::<f64>() - ROW_GAP;
        let weights: f64 = starts.clone().map(weight).sum();
        let free = (area.height() - taken).max(1.0);
        let mut y = area.top;
        let rows = starts.zip(&fixed).map(|(start, f)| {
            let top = y + head(f);
            let bottom = top + free * weight(start) / weights;
            y = bottom + f.1 + ROW_GAP;
            (top, bottom)
        });
        rows.collect()
    }

    /// The panels of a column, all with the same margins.
    fn column(
        &self,
        column: usize,
        rows: &[(f64, f64)],
        canvas: &mut Canvas<'_>,
        from: f64,
        slot: f64,
    ) -> Result<(), PlotError> {
        let panels = || (column..self.count).step_by(self.columns).map(|i| (i, &self.chart.panels[i]));
        let sides: Vec<Measured> =
            panels().zip(rows).map(|((_, p), r)| measure_y(&p.y, canvas, r.1 - r.0, slot)).collect();
        let left = sides.iter().map(|m| m.room).fold(0.0, f64::max);
        let right = panels().map(|(_, p)| panel::level_room(p, canvas, slot)).fold(8.0, f64::max);
        let (left, right) = (from + left, (from + slot - right).max(from + left + 1.0));
        for (((i, panel), side), (top, bottom)) in panels().zip(&sides).zip(rows) {
            let frame = Frame { left, right, top: *top, bottom: *bottom };
            let below = measure_x(&panel.x, canvas, frame.width());
            let x = Side { ticks: &below, words: self.carries(i) };
            panel::draw(panel, canvas, frame, x, Side { ticks: &side.ticks, words: true })?;
            self.titles(i, canvas, frame, from)?;
        }
        // Over all panels of the column, and over the gaps between them.
        let end = rows.iter().take(sides.len()).map(|r| r.1).fold(0.0, f64::max);
        let whole = Frame { left, right, top: rows[0].0, bottom: end };
        panel::spans(self.chart, column, canvas, whole)
    }

    /// The words around a panel: labels of the axes, title, corner.
    fn titles(
        &self,
        index: usize,
        canvas: &mut Canvas<'_>,
        frame: Frame,
        from: f64,
    ) -> Result<(), PlotError> {
        let panel = &self.chart.panels[index];
        let y_label = canvas.fonts.fit(LABEL, &clean(&panel.y.label), frame.height() + 24.0);
        let at = (from + LABEL.size * 0.9, (frame.top + frame.bottom) / 2.0);
        canvas.text_upwards(at, LABEL, INK, &y_label)?;
        if self.carries(index) {
            let label = canvas.fonts.fit(LABEL, &clean(&panel.x.label), frame.width() + 40.0);
            let at = ((frame.left + frame.right) / 2.0, frame.bottom + LABEL.size * 2.9);
            canvas.text(at, Anchor::Middle, LABEL, INK, &label)?;
        }
        let head = frame.top - HEADING.size * 0.55;
        let corner = canvas.fonts.fit(HEADING, &clean(&panel.corner), frame.width() * 0.7);
        let taken = canvas.width(HEADING, &corner);
        canvas.text((frame.right, head), Anchor::End, HEADING, PENCIL, &corner)?;
        let title = canvas.fonts.fit_ends(HEADING, &clean(&panel.title), frame.width() - taken - 8.0);
        canvas.text((frame.left, head), Anchor::Start, HEADING, INK, &title)
    }
}

/// What stands along the y axis of a panel, and how much room it takes with its label.
fn measure_y(axis: &Axis, canvas: &Canvas<'_>, height: f64, slot: f64) -> Measured {
    let marks: Vec<(f64, String)> = match &axis.scale {
        Scale::Numbers => ticks(axis.low, axis.high, ((height / 34.0) as usize).clamp(2, 9)),
        Scale::Names(names) => {
            let pitch = height / (axis.high - axis.low);
            let every = every(LABEL.size * 1.15, pitch);
            let most = slot * if slot < NARROW { 0.4 } else { 0.3 };
            let named = names.iter().enumerate().step_by(every);
            named.map(|(i, name)| (i as f64, canvas.fonts.fit(LABEL, &clean(name), most))).collect()
        }
    };
    let widest = marks.iter().map(|(_, label)| canvas.width(LABEL, label)).fold(0.0, f64::max);
    let label = if axis.label.is_empty() { 0.0 } else { LABEL.size * 1.5 };
    Measured { ticks: marks, room: label + widest + 9.0 }
}

/// One in how many names has the room it needs, if names stand `pitch` apart.
fn every(need: f64, pitch: f64) -> usize {
    if pitch > 0.0 { ((need / pitch).ceil() as usize).max(1) } else { 1 }
}

/// What stands along the x axis: as many numbers as do not touch.
fn measure_x(axis: &Axis, canvas: &Canvas<'_>, width: f64) -> Vec<(f64, String)> {
    let widest =
        |ticks: &[(f64, String)]| ticks.iter().map(|t| canvas.width(LABEL, &t.1)).fold(0.0, f64::max);
    let pitch = |per: f64| width / (axis.high - axis.low) * per;
    match &axis.scale {
        Scale::Numbers => (1..=10)
            .rev()
            .map(|most| ticks(axis.low, axis.high, most))
            .find(|ticks| match &ticks[..] {
                [a, b, ..] => pitch(b.0 - a.0) > widest(ticks) + 14.0,
                _ => true,
            })
            .unwrap_or_default(),
        Scale::Names(names) => {
            let every = every(40.0, pitch(1.0));
            let most = pitch(every as f64) - 8.0;
            let named = names.iter().enumerate().step_by(every);
            named.map(|(i, name)| (i as f64, canvas.fonts.fit(LABEL, &clean(name), most))).collect()
        }
    }
}
