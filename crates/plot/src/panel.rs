//! The inside of one panel: grid, marks, axes.

use crate::PlotError;
use crate::canvas::{Anchor, Canvas};
use crate::chart::{Chart, Mark, Panel, Scale, Stroke};
use crate::geometry::{Frame, NARROW, Point};
use crate::labels::{self, Label};
use crate::number::drawable;
use crate::palette::{GRID, INK, PENCIL};
use crate::text::{HEADING, LABEL, clean};

/// More names than this are not written beside their points.
pub(crate) const NAMES_MOST: usize = 120;

/// What stands along one side of a panel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    pub ticks: &'a [(f64, String)],
    /// Whether the words are written, or only the grid drawn.
    pub words: bool,
}

/// How much room the labels of a panel's levels take on its right.
pub(crate) fn level_room(panel: &Panel, canvas: &Canvas<'_>, slot: f64) -> f64 {
    // In a narrow panel they stand on their lines.
    if slot < NARROW {
        return 8.0;
    }
    let width = |mark: &Mark| match mark {
        Mark::Level { label, .. } if !label.is_empty() => {
            canvas.width(LABEL, &level_label(label, canvas)) + 14.0
        }
        _ => 0.0,
    };
    panel.marks.iter().map(width).fold(0.0, f64::max)
}

fn level_label(label: &str, canvas: &Canvas<'_>) -> String {
    canvas.fonts.fit(LABEL, &clean(label), 150.0)
}

/// The stretches that go through all panels of a column, touching ones merged.
pub(crate) fn spans(
    chart: &Chart,
    panel: usize,
    canvas: &mut Canvas<'_>,
    frame: Frame,
) -> Result<(), PlotError> {
    let axis = &chart.panels[panel].x;
    let mut reach: Option<(f64, f64, usize)> = None;
    for (i, span) in chart.spans.iter().enumerate() {
        if !drawable(span.from) || !drawable(span.to) || span.to < axis.low || span.from > axis.high {
            continue;
        }
        let (from, to) = (frame.place_x(axis, span.from), frame.place_x(axis, span.to));
        // A short one must still be seen.
        let to = to.max(from + 1.2);
        reach = match reach {
            Some((a, b, k)) if chart.spans[k].fill == span.fill && from <= b + 0.1 => Some((a, b.max(to), k)),
            Some((a, b, k)) => {
                canvas.rect((a, frame.top), (b, frame.bottom), chart.spans[k].fill)?;
                Some((from, to, i))
            }
            None => Some((from, to, i)),
        };
    }
    match reach {
        Some((a, b, k)) => canvas.rect((a, frame.top), (b, frame.bottom), chart.spans[k].fill),
        None => Ok(()),
    }
}

/// Grid, marks, axes, numbers.
pub(crate) fn draw(
    panel: &Panel,
    canvas: &mut Canvas<'_>,
    frame: Frame,
    x: Side<'_>,
    y: Side<'_>,
) -> Result<(), PlotError> {
    let hair = Stroke::solid(GRID, 0.8);
    if panel.x.scale == Scale::Numbers {
        for (at, _) in x.ticks {
            let at = frame.place_x(&panel.x, *at);
            canvas.line(&[(at, frame.top), (at, frame.bottom)], hair)?;
        }
    }
    if panel.y.scale == Scale::Numbers {
        for (at, _) in y.ticks {
            let at = frame.place(panel, (panel.x.low, *at)).1;
            canvas.line(&[(frame.left, at), (frame.right, at)], hair)?;
        }
    }
    for m in &panel.marks {
        mark(m, panel, canvas, frame)?;
    }
    let pen = Stroke::solid(PENCIL, 1.0);
    canvas.line(&[(frame.left, frame.top), (frame.left, frame.bottom)], pen)?;
    canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], pen)?;
    for (at, label) in x.ticks.iter().filter(|_| x.words) {
        let at = frame.place_x(&panel.x, *at);
        canvas.line(&[(at, frame.bottom), (at, frame.bottom + 4.0)], pen)?;
        canvas.text((at, frame.bottom + 4.0 + LABEL.size * 1.05), Anchor::Middle, LABEL, INK, label)?;
    }
    for (at, label) in y.ticks.iter().filter(|_| y.words) {
        let at = frame.place(panel, (panel.x.low, *at)).1;
        canvas.line(&[(frame.left - 4.0, at), (frame.left, at)], pen)?;
        canvas.text((frame.left - 7.0, at + LABEL.size * 0.36), Anchor::End, LABEL, INK, label)?;
    }
    level_labels(panel, canvas, frame)?;
    if panel.marks.is_empty() {
        let middle = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
        canvas.text(middle, Anchor::Middle, LABEL, PENCIL, &clean(&panel.empty))?;
    }
    Ok(())
}

/// The labels of levels on the right, moved apart where they would touch.
fn level_labels(panel: &Panel, canvas: &mut Canvas<'_>, frame: Frame) -> Result<(), PlotError> {
    let mut labels: Vec<(f64, String, Stroke)> = Vec::new();
    for mark in &panel.marks {
        if let Mark::Level { at, label, stroke } = mark
            && !label.is_empty()
        {
            labels.push((frame.place(panel, (panel.x.low, *at)).1, level_label(label, canvas), *stroke));
        }
    }
    labels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut ceiling = frame.bottom + LABEL.size;
    let inside = frame.width() < NARROW;
    for (y, label, stroke) in labels {
        if inside {
            let at = (frame.right - 3.0, y - 3.5);
            canvas.text(at, Anchor::End, LABEL, stroke.colour, &label)?;
            continue;
        }
        let y = y.min(ceiling - LABEL.size * 1.15);
        ceiling = y;
        canvas.text(
            (frame.right + 6.0, y + LABEL.size * 0.36),
            Anchor::Start,
            LABEL,
            stroke.colour,
            &label,
        )?;
    }
    Ok(())
}

fn mark(mark: &Mark, panel: &Panel, canvas: &mut Canvas<'_>, frame: Frame) -> Result<(), PlotError> {
    let place = |p: (f64, f64)| frame.place(panel, p);
    match mark {
        Mark::Line { points, stroke } => canvas.line(&thinned(points.iter().map(|p| place(*p))), *stroke),
        Mark::Area { points, fill } => {
            let low = thinned(points.iter().map(|p| place((p.0, p.1))));
            let mut outline = thinned(points.iter().map(|p| place((p.0, p.2))));
            outline.extend(low.into_iter().rev());
            canvas.polygon(&outline, *fill)
        }
        Mark::Boxes { boxes, fill } => {
            let mut last = None;
            for b in boxes {
                let corners = (place((b[0], b[1])), place((b[2], b[3])));
                // Of boxes that fall on each other one is drawn.
                if last != Some(corners) {
                    let (a, b) = corners;
                    // A thin one must still be seen.
                    let b = if a.0 == b.0 || a.1 == b.1 { b } else { (b.0.max(a.0 + 0.5), b.1) };
                    canvas.rect(a, b, *fill)?;
                }
                last = Some(corners);
            }
            Ok(())
        }
        Mark::Dots { points, dot } => canvas.dots(points.iter().map(|p| place(*p)), *dot),
        Mark::Names { points } => names(points, panel, canvas, frame),
        Mark::Text { words, ink, bold } => {
            let t = if *bold { HEADING } else { LABEL };
            for (x, y, text) in words {
                let (x, y) = place((*x, *y));
                canvas.text((x, y + t.size * 0.36), Anchor::Middle, t, *ink, &clean(text))?;
            }
            Ok(())
        }
        Mark::Interval { from, to, stroke } => {
            let (a, b) = (place(*from), place(*to));
            let (dx, dy) = if from.1 == to.1 { (0.0, 4.0) } else { (4.0, 0.0) };
            canvas.line(&[a, b], *stroke)?;
            for end in [a, b] {
                canvas.line(&[(end.0 - dx, end.1 - dy), (end.0 + dx, end.1 + dy)], *stroke)?;
            }
            Ok(())
        }
        Mark::Level { at, stroke, .. } => {
            let y = place((panel.x.low, *at)).1;
            canvas.line(&[(frame.left, y), (frame.right, y)], *stroke)
        }
        Mark::VerticalLine { at, stroke } => {
            let x = frame.place_x(&panel.x, *at);
            canvas.line(&[(x, frame.top), (x, frame.bottom)], *stroke)
        }
    }
}

/// Every name beside its point, or at the end of a line that leads from it.
fn names(
    points: &[(f64, f64, String)],
    panel: &Panel,
    canvas: &mut Canvas<'_>,
    frame: Frame,
) -> Result<(), PlotError> {
    let place = |p: (f64, f64)| frame.place(panel, p);
    let dots = panel.marks.iter().flat_map(|m| match m {
        Mark::Dots { points, .. } => &points[..],
        _ => &[],
    });
    let dots: Vec<Point> = dots.take(5000).map(|p| place(*p)).collect();
    let mut lines: Vec<(Point, Point)> = Vec::new();
    for mark in &panel.marks {
        match mark {
            Mark::Interval { from, to, .. } => lines.push((place(*from), place(*to))),
            Mark::Line { points, .. } if points.len() <= 500 => {
                lines.extend(points.windows(2).map(|w| (place(w[0]), place(w[1]))));
            }
            _ => {}
        }
    }
    let named = points.iter().take(NAMES_MOST);
    let (labels, words): (Vec<Label>, Vec<String>) = named
        .map(|(x, y, name)| {
            let name = canvas.fonts.fit(LABEL, &clean(name), 150.0);
            let (width, height) = (canvas.width(LABEL, &name), LABEL.size + 2.0);
            (Label { at: place((*x, *y)), width, height }, name)
        })
        .unzip();
    let places = labels::place(&labels, &dots, &lines, frame);
    let hair = Stroke::solid(PENCIL, 0.8);
    for (from, to) in places.iter().filter_map(|p| p.leader) {
        canvas.line(&[from, to], hair)?;
    }
    for (place, name) in places.iter().zip(&words) {
        canvas.text((place.area[0], place.area[3] - 3.0), Anchor::Start, LABEL, INK, name)?;
    }
    Ok(())
}

/// Per column of half a point the first, lowest, highest and last point: what is left looks the same.
fn thinned(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    // The current column: its number, the extremes with their order, and the last point.
    let mut column: Option<(i64, [(usize, Point); 3])> = None;
    let flush = |column: &Option<(i64, [(usize, Point); 3])>, kept: &mut Vec<Point>| {
        if let Some((_, [low, high, last])) = column {
            let mut ends = [*low, *high, *last];
            ends.sort_by_key(|e| e.0);
            for (_, point) in ends {
                if kept.last() != Some(&point) {
                    kept.push(point);
                }
            }
        }
    };
    for (i, p) in points.enumerate() {
        let number = (p.0 * 2.0).floor() as i64;
        match &mut column {
            Some((same, [low, high, last])) if *same == number => {
                if p.1 < low.1.1 {
                    *low = (i, p);
                }
                if p.1 > high.1.1 {
                    *high = (i, p);
                }
                *last = (i, p);
            }
            _ => {
                flush(&column, &mut kept);
                column = Some((number, [(i, p); 3]));
                kept.push(p);
            }
        }
    }
    flush(&column, &mut kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_points_keep_their_extremes() {
        let points = (0..1_000_000)
            .map(|i| (f64::from(i) / 2000.0, if i == 123_456 { 99.0 } else { f64::from(i % 7) }));
        let kept = thinned(points);
        assert!(kept.len() <= 4 * 1001, "{}", kept.len());
        assert!(kept.iter().any(|p| p.1 == 99.0));
        assert!(kept.windows(2).all(|w| w[0].0 <= w[1].0));
        assert_eq!(kept[0], (0.0, 0.0));
    }

    #[test]
    fn few_points_all_stay() {
        let corners = [(0.0, 1.0), (5.0, 1.0), (5.0, 3.0), (5.0, 2.0), (9.0, 2.0)];
        assert_eq!(thinned(corners.into_iter()), corners);
        assert!(thinned(std::iter::empty()).is_empty());
    }
}
