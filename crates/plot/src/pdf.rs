//! A page of PDF for print: shapes stay shapes, letters are drawn as their outlines, so that no font is needed.

use ab_glyph::OutlineCurve;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref};

use crate::geometry::Point;
use crate::ink::{Colour, Fill, Stroke};
use crate::text::{Fonts, Type};

/// A page that is drawn on, in points; y grows downwards, as everywhere but in PDF.
pub(crate) struct Page {
    width: f64,
    height: f64,
    content: Content,
    /// The opacities that are in use, in hundredths.
    opacities: Vec<u8>,
}

/// How far the handles of the four curves of a circle stand from its corners, in its radius.
const ROUND: f64 = 0.552_284_75;

impl Page {
    pub(crate) fn new(width: f64, height: f64) -> Page {
        let mut content = Content::new();
        // PDF counts from below.
        content.transform([1.0, 0.0, 0.0, -1.0, 0.0, height as f32]);
        content.set_line_cap(LineCapStyle::ButtCap).set_line_join(LineJoinStyle::RoundJoin);
        Page { width, height, content, opacities: vec![] }
    }

    pub(crate) fn rect(&mut self, a: Point, b: Point, fill: Fill) {
        self.paint(fill);
        let [x, y, w, h] =
            [a.0.min(b.0), a.1.min(b.1), (a.0 - b.0).abs(), (a.1 - b.1).abs()].map(|v| v as f32);
        self.content.rect(x, y, w, h).fill_nonzero();
    }

    pub(crate) fn polygon(&mut self, points: &[Point], fill: Fill) {
        if points.len() > 2 {
            self.paint(fill);
            self.path(points);
            self.content.close_path().fill_nonzero();
        }
    }

    pub(crate) fn disc(&mut self, (x, y): Point, diameter: f64, fill: Fill) {
        self.paint(fill);
        let (r, k) = (diameter / 2.0, diameter / 2.0 * ROUND);
        self.content.move_to((x + r) as f32, y as f32);
        for [(ax, ay), (bx, by), (cx, cy)] in [
            [(r, k), (k, r), (0.0, r)],
            [(-k, r), (-r, k), (-r, 0.0)],
            [(-r, -k), (-k, -r), (0.0, -r)],
            [(k, -r), (r, -k), (r, 0.0)],
        ] {
            let [ax, ay, bx, by, cx, cy] = [x + ax, y + ay, x + bx, y + by, x + cx, y + cy].map(|v| v as f32);
            self.content.cubic_to(ax, ay, bx, by, cx, cy);
        }
        self.content.fill_nonzero();
    }

    pub(crate) fn line(&mut self, points: &[Point], stroke: Stroke) {
        if points.len() < 2 {
            return;
        }
        let [r, g, b] = parts(stroke.colour);
        self.content.set_stroke_rgb(r, g, b).set_line_width(stroke.width.max(0.0) as f32);
        self.path(points);
        self.content.stroke();
    }

    /// A line of words whose base line begins at a point; upwards or to the right.
    pub(crate) fn words(&mut self, at: Point, t: Type, ink: Colour, up: bool, fonts: &Fonts, text: &str) {
        self.paint(Fill::solid(ink));
        let place = |p: ab_glyph::Point| {
            let (along, above) = (f64::from(p.x), f64::from(p.y));
            let (x, y) = if up { (at.0 - above, at.1 - along) } else { (at.0 + along, at.1 - above) };
            (x as f32, y as f32)
        };
        let mut last = None;
        let content = &mut self.content;
        fonts.outlines(t, text, |curve| {
            let (from, to) = match &curve {
                OutlineCurve::Line(a, b) | OutlineCurve::Quad(a, _, b) | OutlineCurve::Cubic(a, _, _, b) => {
                    (*a, *b)
                }
            };
            if last != Some(from) {
                let (x, y) = place(from);
                content.move_to(x, y);
            }
            last = Some(to);
            let (x, y) = place(to);
            // PDF has no quadratic curves: a cubic one with both handles two thirds of the way is the same.
            let third = |end: ab_glyph::Point, handle: ab_glyph::Point| {
                let part = |a: f32, b: f32| a + (b - a) * 2.0 / 3.0;
                place(ab_glyph::point(part(end.x, handle.x), part(end.y, handle.y)))
            };
            match curve {
                OutlineCurve::Line(..) => content.line_to(x, y),
                OutlineCurve::Quad(a, h, b) => {
                    let ((ax, ay), (bx, by)) = (third(a, h), third(b, h));
                    content.cubic_to(ax, ay, bx, by, x, y)
                }
                OutlineCurve::Cubic(_, g, h, _) => {
                    let ((gx, gy), (hx, hy)) = (place(g), place(h));
                    content.cubic_to(gx, gy, hx, hy, x, y)
                }
            };
        });
        if last.is_some() {
            content.fill_nonzero();
        }
    }

    fn path(&mut self, points: &[Point]) {
        for (i, (x, y)) in points.iter().enumerate() {
            let (x, y) = (*x as f32, *y as f32);
            if i == 0 {
                self.content.move_to(x, y)
            } else {
                self.content.line_to(x, y)
            };
        }
    }

    fn paint(&mut self, fill: Fill) {
        let hundredths = (fill.opacity.clamp(0.0, 1.0) * 100.0).round() as u8;
        if !self.opacities.contains(&hundredths) {
            self.opacities.push(hundredths);
        }
        let [r, g, b] = parts(fill.colour);
        self.content.set_parameters(Name(name(hundredths).as_bytes())).set_fill_rgb(r, g, b);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let [catalog, tree, page, content] = [1, 2, 3, 4].map(Ref::new);
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.pages(tree).kids([page]).count(1);
        let mut sheet = pdf.page(page);
        sheet
            .parent(tree)
            .media_box(Rect::new(0.0, 0.0, self.width as f32, self.height as f32))
            .contents(content);
        let mut resources = sheet.resources();
        let mut states = resources.ext_g_states();
        for hundredths in &self.opacities {
            let alpha = f32::from(*hundredths) / 100.0;
            states
                .insert(Name(name(*hundredths).as_bytes()))
                .start::<pdf_writer::writers::ExtGraphicsState<'_>>()
                .non_stroking_alpha(alpha);
        }
        states.finish();
        resources.finish();
        sheet.finish();
        pdf.stream(content, &self.content.finish());
        pdf.finish()
    }
}

fn parts(c: Colour) -> [f32; 3] {
    [c.0, c.1, c.2].map(|v| f32::from(v) / 255.0)
}

/// What the state of an opacity is called.
fn name(hundredths: u8) -> String {
    format!("o{hundredths}")
}
