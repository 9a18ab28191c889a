//! Shapes in points of the design on one of the drawing library's surfaces; the only file that calls it.

use std::collections::BTreeSet;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle,
};

use crate::PlotError;
use crate::geometry::Point;
use crate::ink::{Colour, Dash, Dot, Fill, Marker, Stroke};
use crate::palette::PAPER;
use crate::pdf::Page;
use crate::text::{FAMILY, Fonts, Type};

/// Which part of a word stands at its point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// What takes the shapes.
pub(crate) enum Surface<'a> {
    Pixels(BitMapBackend<'a>),
    Vector(SVGBackend<'a>),
    Print(Page),
}

/// Calls the same method of whichever of the drawing library's surfaces it is, or what a page of print has in its place.
macro_rules! on {
    ($canvas:ident, $b:ident => $call:expr, $page:ident => $print:expr) => {
        match &mut $canvas.surface {
            Surface::Pixels($b) => $call.map_err(|e| PlotError::Draw(e.to_string())),
            Surface::Vector($b) => $call.map_err(|e| PlotError::Draw(e.to_string())),
            Surface::Print($page) => {
                let _: () = $print;
                Ok(())
            }
        }
    };
}

pub(crate) struct Canvas<'a> {
    pub surface: Surface<'a>,
    pub fonts: Fonts,
    /// Units of the surface per point.
    pub scale: f64,
}

fn colour(c: Colour) -> RGBColor {
    RGBColor(c.0, c.1, c.2)
}

fn paint(fill: Fill) -> ShapeStyle {
    ShapeStyle { color: colour(fill.colour).mix(fill.opacity.clamp(0.0, 1.0)), filled: true, stroke_width: 0 }
}

impl Canvas<'_> {
    fn unit(&self, v: f64) -> i32 {
        (v * self.scale).round().clamp(-1e6, 1e6) as i32
    }

    fn units(&self, points: &[Point]) -> Vec<(i32, i32)> {
        let mut units: Vec<(i32, i32)> = points.iter().map(|p| (self.unit(p.0), self.unit(p.1))).collect();
        units.dedup();
        units
    }

    pub(crate) fn rect(&mut self, a: Point, b: Point, fill: Fill) -> Result<(), PlotError> {
        let (x0, x1) = (self.unit(a.0.min(b.0)), self.unit(a.0.max(b.0)));
        let (y0, y1) = (self.unit(a.1.min(b.1)), self.unit(a.1.max(b.1)));
        if x1 <= x0 || y1 <= y0 {
            return Ok(());
        }
        on!(self, s => s.draw_rect((x0, y0), (x1, y1), &paint(fill), true), page => page.rect(a, b, fill))
    }

    pub(crate) fn polygon(&mut self, points: &[Point], fill: Fill) -> Result<(), PlotError> {
        let units = self.units(points);
        if units.len() < 3 {
            return Ok(());
        }
        on!(self, s => s.fill_polygon(units, &paint(fill)), page => page.polygon(points, fill))
    }

    fn disc(&mut self, centre: Point, diameter: f64, fill: Fill) -> Result<(), PlotError> {
        let (at, radius) =
            ((self.unit(centre.0), self.unit(centre.1)), self.unit(diameter / 2.0).max(1) as u32);
        on!(self, s => s.draw_circle(at, radius, &paint(fill), true), page => page.disc(centre, diameter, fill))
    }

    /// A line, broken up as its pen says.
    pub(crate) fn line(&mut self, points: &[Point], stroke: Stroke) -> Result<(), PlotError> {
        for piece in dashes(points, stroke) {
            self.unbroken(&piece, stroke)?;
        }
        Ok(())
    }

    fn unbroken(&mut self, points: &[Point], stroke: Stroke) -> Result<(), PlotError> {
        let units = self.units(points);
        let stroke_width = self.unit(stroke.width).max(1) as u32;
        match &mut self.surface {
            Surface::Print(page) => {
                page.line(points, stroke);
                return Ok(());
            }
            Surface::Vector(_) if units.len() < 2 => return Ok(()),
            Surface::Vector(vector) => {
                let style = ShapeStyle { stroke_width, ..paint(Fill::solid(stroke.colour)) };
                return vector.draw_path(units, &style).map_err(|e| PlotError::Draw(e.to_string()));
            }
            Surface::Pixels(_) => {}
        }
        // The pixel surface joins wide lines with spikes: every piece is a box of its own, with a disc in each bend.
        let (half, fill) = (stroke.width / 2.0, Fill::solid(stroke.colour));
        for w in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (w[0], w[1]);
            if x0 == x1 || y0 == y1 {
                self.rect(
                    (x0.min(x1) - half, y0.min(y1) - half),
                    (x0.max(x1) + half, y0.max(y1) + half),
                    fill,
                )?;
                continue;
            }
            let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
            let (dx, dy) = ((y1 - y0) / length * half, (x1 - x0) / length * half);
            self.polygon(
                &[(x0 + dx, y0 - dy), (x1 + dx, y1 - dy), (x1 - dx, y1 + dy), (x0 - dx, y0 + dy)],
                fill,
            )?;
            if stroke.width > 1.5 {
                self.disc((x1, y1), stroke.width * 0.9, fill)?;
            }
        }
        Ok(())
    }

    /// Dots, one where several would hide each other completely.
    pub(crate) fn dots(&mut self, centres: impl Iterator<Item = Point>, dot: Dot) -> Result<(), PlotError> {
        let half_points: BTreeSet<(i32, i32)> =
            centres.map(|(x, y)| ((x * 2.0).round() as i32, (y * 2.0).round() as i32)).collect();
        for (x, y) in half_points {
            self.dot((f64::from(x) / 2.0, f64::from(y) / 2.0), dot)?;
        }
        Ok(())
    }

    /// A dot with a thin white rim, so that it stands out from lines and neighbours.
    pub(crate) fn dot(&mut self, centre: Point, dot: Dot) -> Result<(), PlotError> {
        let rim = Dot { size: dot.size + 1.6, colour: PAPER, ..dot };
        self.shape(centre, rim)?;
        self.shape(centre, dot)
    }

    fn shape(&mut self, (x, y): Point, dot: Dot) -> Result<(), PlotError> {
        let (r, fill) = (dot.size / 2.0, Fill::solid(dot.colour));
        let corners: &[Point] = match dot.marker {
            Marker::Circle => return self.disc((x, y), dot.size, fill),
            Marker::Square => &[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
            Marker::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Marker::Up => &[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
            Marker::Down => &[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
            Marker::Cross => &[
                (-1.1, -0.6),
                (-0.6, -1.1),
                (0.0, -0.5),
                (0.6, -1.1),
                (1.1, -0.6),
                (0.5, 0.0), //
                (1.1, 0.6),
                (0.6, 1.1),
                (0.0, 0.5),
                (-0.6, 1.1),
                (-1.1, 0.6),
                (-0.5, 0.0),
            ],
        };
        let corners: Vec<Point> = corners.iter().map(|(dx, dy)| (x + dx * r, y + dy * r)).collect();
        self.polygon(&corners, fill)
    }

    pub(crate) fn width(&self, t: Type, text: &str) -> f64 {
        self.fonts.width(t, text)
    }

    /// A line of words whose base line begins, has its middle, or ends at a point.
    pub(crate) fn text(
        &mut self,
        at: Point,
        anchor: Anchor,
        t: Type,
        ink: Colour,
        text: &str,
    ) -> Result<(), PlotError> {
        self.words(at, anchor, t, ink, text, false)
    }

    /// The same, read from below upwards.
    pub(crate) fn text_upwards(
        &mut self,
        at: Point,
        t: Type,
        ink: Colour,
        text: &str,
    ) -> Result<(), PlotError> {
        self.words(at, Anchor::Middle, t, ink, text, true)
    }

    fn words(
        &mut self,
        at: Point,
        anchor: Anchor,
        t: Type,
        ink: Colour,
        text: &str,
        up: bool,
    ) -> Result<(), PlotError> {
        let sized = Type { size: t.size * self.scale, ..t };
        let (part, h_pos) = match anchor {
            Anchor::Start => (0.0, HPos::Left),
            Anchor::Middle => (0.5, HPos::Center),
            Anchor::End => (1.0, HPos::Right),
        };
        match &mut self.surface {
            Surface::Pixels(pixels) => {
                let back = self.fonts.width(sized, text) * part;
                let begin = (at.0 * self.scale, at.1 * self.scale);
                let begin = if up { (begin.0, begin.1 + back) } else { (begin.0 - back, begin.1) };
                let (x0, y0) = (begin.0.round() as i32, begin.1.round() as i32);
                let (width, height) = pixels.get_size();
                let (width, height) = (width as i32, height as i32);
                let mut outcome = Ok(());
                self.fonts.raster(sized, text, |along, down, cover| {
                    let (x, y) = if up { (x0 + down, y0 - along) } else { (x0 + along, y0 + down) };
                    if outcome.is_ok() && (0..width).contains(&x) && (0..height).contains(&y) {
                        let cover = colour(ink).mix(f64::from(cover.clamp(0.0, 1.0)));
                        outcome = pixels.draw_pixel((x, y), cover.to_backend_color());
                    }
                });
                outcome.map_err(|e| PlotError::Draw(e.to_string()))
            }
            Surface::Print(page) => {
                let back = self.fonts.width(t, text) * part;
                let begin = if up { (at.0, at.1 + back) } else { (at.0 - back, at.1) };
                page.words(begin, t, ink, up, &self.fonts, text);
                Ok(())
            }
            Surface::Vector(vector) => {
                // Hung from its top the base line is 0.76 em lower, and the size is divided by 1.24 on the way out.
                let drop = t.size * 0.76;
                let (x, y) = if up { (at.0 - drop, at.1) } else { (at.0, at.1 - drop) };
                let weight = if t.bold { FontStyle::Bold } else { FontStyle::Normal };
                let turn = if up { FontTransform::Rotate270 } else { FontTransform::None };
                let font = FontDesc::new(FontFamily::Name(FAMILY), sized.size * 1.24, weight).transform(turn);
                let pos = Pos { h_pos, v_pos: VPos::Top };
                let style = TextStyle { font, color: colour(ink).to_backend_color(), pos };
                let at = ((x * self.scale).round() as i32, (y * self.scale).round() as i32);
                vector.draw_text(text, &style, at).map_err(|e| PlotError::Draw(e.to_string()))
            }
        }
    }

    pub(crate) fn finish(&mut self) -> Result<(), PlotError> {
        match &mut self.surface {
            Surface::Pixels(pixels) => pixels.present().map_err(|e| PlotError::Draw(e.to_string())),
            Surface::Vector(vector) => vector.present().map_err(|e| PlotError::Draw(e.to_string())),
            Surface::Print(_) => Ok(()),
        }
    }
}

/// The pieces of a line that are drawn.
fn dashes(points: &[Point], stroke: Stroke) -> Vec<Vec<Point>> {
    let w = stroke.width.max(1.0);
    let pattern: &[f64] = match stroke.dash {
        Dash::Solid => &[],
        Dash::Dashed => &[4.0, 2.2],
        Dash::Dotted => &[1.2, 1.6],
        Dash::DashDot => &[5.0, 1.8, 1.2, 1.8],
    };
    let length = |a: Point, b: Point| ((b.0 - a.0) * (b.0 - a.0) + (b.1 - a.1) * (b.1 - a.1)).sqrt();
    let total: f64 = points.windows(2).map(|p| length(p[0], p[1])).sum();
    // A line that fills the panel shows no dashes.
    if pattern.is_empty() || points.len() < 2 || !(total > 0.0 && total < 40_000.0) {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut part, mut left) = (0, pattern[0] * w);
    let mut piece = vec![points[0]];
    for p in points.windows(2) {
        let (mut from, to) = (p[0], p[1]);
        let mut rest = length(from, to);
        while rest > left {
            let k = left / rest;
            from = (from.0 + (to.0 - from.0) * k, from.1 + (to.1 - from.1) * k);
            rest -= left;
            if part % 2 == 0 {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            }
            part = (part + 1) % pattern.len();
            left = pattern[part] * w;
            piece = if part % 2 == 0 { vec![from] } else { Vec::new() };
        }
        left -= rest;
        if part % 2 == 0 {
            piece.push(to);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_follow_the_bends_and_leave_gaps() {
        let stroke = Stroke::solid(Colour(0, 0, 0), 1.0).dashed(Dash::Dashed);
        let pieces = dashes(&[(0.0, 0.0), (3.0, 0.0), (3.0, 10.0)], stroke);
        assert_eq!(pieces[0], [(0.0, 0.0), (3.0, 0.0), (3.0, 1.0)]);
        assert!((pieces[1][0].1 - 3.2).abs() < 1e-12);
        assert_eq!(dashes(&[(0.0, 0.0), (9.0, 0.0)], Stroke::solid(Colour(0, 0, 0), 1.0)).len(), 1);
        assert_eq!(dashes(&[], stroke).len(), 1);
    }
}
