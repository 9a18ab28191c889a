//! Where everything stands: title, legend, panels, notes. Each gets its own room, so that nothing overlaps.

use crate::PlotError;
use crate::canvas::{Anchor, Canvas};
use crate::chart::{Chart, Fill, Key, Swatch};
use crate::geometry::{Frame, NARROW};
use crate::grid;
use crate::palette::{INK, PAPER, PENCIL};
use crate::text::{LABEL, Type, clean};

const TITLE: Type = Type { size: 17.0, bold: true };
const SUBTITLE: Type = Type { size: 12.5, bold: false };

const NOTE: Type = Type { size: 10.5, bold: false };

/// Around everything.
const MARGIN: f64 = 16.0;
/// Legend entries wider than this are cut.
const KEY_MOST: f64 = 260.0;

/// Draws a chart on a canvas of a size in points.
pub(crate) fn draw(
    chart: &Chart,
    canvas: &mut Canvas<'_>,
    (width, height): (f64, f64),
) -> Result<(), PlotError> {
    canvas.rect((0.0, 0.0), (width, height), Fill::solid(PAPER))?;
    let room = width - 2.0 * margin(width);
    let top = header(chart, canvas, room)?;
    let top = legend(&chart.legend, canvas, top, room)?;
    let bottom = notes(&chart.notes, canvas, height - MARGIN * 0.7, room)?;
    let (left, right) = (margin(width), width - margin(width));
    grid::draw(chart, canvas, Frame { left, right, top: top + 6.0, bottom })?;
    canvas.finish()
}

/// How high everything but the panels is, at a width in points.
pub(crate) fn around_panels(chart: &Chart, canvas: &mut Canvas<'_>, width: f64) -> Result<f64, PlotError> {
    let room = width - 2.0 * margin(width);
    let top = header(chart, canvas, room)?;
    let top = legend(&chart.legend, canvas, top, room)?;
    let below = 0.0 - notes(&chart.notes, canvas, 0.0, room)?;
    Ok(top + 6.0 + below + MARGIN * 0.7)
}

/// What is left free on both sides.
fn margin(width: f64) -> f64 {
    if width < NARROW { 6.0 } else { MARGIN }
}

/// Where words begin whose room this is.
fn left_of(room: f64) -> f64 {
    if room < NARROW - 2.0 * MARGIN { margin(room) } else { MARGIN }
}

/// In how many rows words may stand, of a number that a wide chart has.
fn rows(room: f64, wide: usize) -> usize {
    if room < NARROW { 3 * wide } else { wide }
}

/// Title and subtitle; returns where they end.
fn header(chart: &Chart, canvas: &mut Canvas<'_>, room: f64) -> Result<f64, PlotError> {
    let (mut y, left) = (MARGIN * 0.6, left_of(room));
    if !chart.title.is_empty() {
        for line in canvas.fonts.wrap(TITLE, &clean(&chart.title), room, rows(room, 1)) {
            y += TITLE.size * 1.15;
            canvas.text((left, y), Anchor::Start, TITLE, INK, &line)?;
        }
        y += TITLE.size * 0.35;
    }
    for line in canvas.fonts.wrap(SUBTITLE, &clean(&chart.subtitle), room, rows(room, 3)) {
        y += SUBTITLE.size * 1.3;
        canvas.text((left, y), Anchor::Start, SUBTITLE, PENCIL, &line)?;
    }
    Ok(y + 6.0)
}

/// The legend in as many rows as it takes; returns where it ends.
fn legend(keys: &[Key], canvas: &mut Canvas<'_>, top: f64, room: f64) -> Result<f64, PlotError> {
    const BETWEEN: f64 = 18.0;
    let row = LABEL.size * 1.6;
    let entries: Vec<(f64, String, f64, Swatch)> = keys
        .iter()
        .map(|key| {
            let wide = match key.swatch {
                Swatch::Line(_) | Swatch::Both(..) => 26.0,
                Swatch::Fill(_) => 16.0,
                Swatch::Dot(_) => 10.0,
            };
            let label = canvas.fonts.fit(LABEL, &clean(&key.label), KEY_MOST.min(room - wide - 8.0));
            let width = wide + 6.0 + canvas.width(LABEL, &label);
            (wide, label, width, key.swatch)
        })
        .collect();
    // One row takes each entry as it is; several rows stand in columns.
    let total: f64 = entries.iter().map(|e| e.2 + BETWEEN).sum();
    let widest = entries.iter().map(|e| e.2).fold(0.0, f64::max);
    let in_columns = total - BETWEEN > room;
    let left = left_of(room);
    let (mut x, mut y) = (left, top + row * 0.8);
    for (wide, label, width, swatch) in entries {
        let width = if in_columns { widest } else { width };
        if x > left && x + width > left + room {
            (x, y) = (left, y + row);
        }
        let middle = y - LABEL.size * 0.36;
        match swatch {
            Swatch::Line(stroke) => canvas.line(&[(x, middle), (x + wide, middle)], stroke)?,
            Swatch::Fill(fill) => canvas.rect((x, middle - 5.0), (x + wide, middle + 5.0), fill)?,
            Swatch::Dot(dot) => canvas.dot((x + wide / 2.0, middle), dot)?,
            Swatch::Both(stroke, dot) => {
                canvas.line(&[(x, middle), (x + wide, middle)], stroke)?;
                canvas.dot((x + wide / 2.0, middle), dot)?;
            }
        }
        canvas.text((x + wide + 6.0, y), Anchor::Start, LABEL, INK, &label)?;
        x += width + BETWEEN;
    }
    Ok(if keys.is_empty() { top } else { y + row * 0.3 })
}

/// The notes, standing on `bottom`; returns where they begin.
fn notes(notes: &[String], canvas: &mut Canvas<'_>, bottom: f64, room: f64) -> Result<f64, PlotError> {
    let text = clean(&notes.join(" · "));
    let lines = canvas.fonts.wrap(NOTE, &text, room, rows(room, 3));
    let row = NOTE.size * 1.35;
    let top = bottom - row * lines.len() as f64;
    for (i, line) in lines.iter().enumerate() {
        canvas.text((left_of(room), top + row * (i as f64 + 0.8)), Anchor::Start, NOTE, PENCIL, line)?;
    }
    Ok(if lines.is_empty() { bottom } else { top - 4.0 })
}
