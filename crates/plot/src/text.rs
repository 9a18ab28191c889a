//! Letters: the embedded font, how wide words are, and how they are cut and wrapped.

use ab_glyph::{Font, FontRef, OutlineCurve, Point, PxScale, ScaleFont, point};

use crate::PlotError;

/// What SVG asks for: the embedded font where it is installed, then the one drawn to the same widths.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, Geneva, sans-serif";

/// The two weights of the embedded font.
pub(crate) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

/// The size and weight of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Type {
    /// The em, in points of the design.
    pub size: f64,
    pub bold: bool,
}

pub(crate) const LABEL: Type = Type { size: 12.0, bold: false };
pub(crate) const HEADING: Type = Type { size: 12.0, bold: true };

impl Fonts {
    pub(crate) fn embedded() -> Result<Fonts, PlotError> {
        let load = |bytes: &'static [u8]| {
            FontRef::try_from_slice(bytes).map_err(|e| PlotError::Draw(format!("the embedded font: {e}")))
        };
        Ok(Fonts {
            regular: load(include_bytes!("../fonts/DejaVuSans.ttf"))?,
            bold: load(include_bytes!("../fonts/DejaVuSans-Bold.ttf"))?,
        })
    }

    /// The face, and the scale at which its em is `size`.
    fn face(&self, t: Type) -> (&FontRef<'static>, PxScale) {
        let font = if t.bold { &self.bold } else { &self.regular };
        let em = f64::from(font.units_per_em().unwrap_or(2048.0));
        (font, PxScale::from((t.size * f64::from(font.height_unscaled()) / em) as f32))
    }

    /// How wide a line of words is.
    pub(crate) fn width(&self, t: Type, text: &str) -> f64 {
        self.glyphs(t, text, |_, _| {})
    }

    /// Calls `place` with each glyph and where it stands on the line; returns where the line ends.
    fn glyphs(&self, t: Type, text: &str, mut place: impl FnMut(ab_glyph::GlyphId, f32)) -> f64 {
        let (font, scale) = self.face(t);
        let font = font.as_scaled(scale);
        let (mut x, mut before) = (0.0f32, None);
        for c in text.chars() {
            let glyph = font.glyph_id(c);
            x += before.map_or(0.0, |b| font.kern(b, glyph));
            place(glyph, x);
            x += font.h_advance(glyph);
            before = Some(glyph);
        }
        f64::from(x)
    }

    /// Calls `pixel` with how much of each pixel the line covers, relative to its beginning on the base line.
    pub(crate) fn raster(&self, t: Type, text: &str, mut pixel: impl FnMut(i32, i32, f32)) {
        let (font, scale) = self.face(t);
        self.glyphs(t, text, |glyph, x| {
            if let Some(outline) = font.outline_glyph(glyph.with_scale_and_position(scale, point(x, 0.0))) {
                let corner = outline.px_bounds().min;
                outline.draw(|px, py, cover| {
                    pixel(corner.x as i32 + px as i32, corner.y as i32 + py as i32, cover);
                });
            }
        });
    }

    /// Calls `curve` with the outlines of the line, in the unit of its size, from its beginning on the base line; y grows upwards.
    pub(crate) fn outlines(&self, t: Type, text: &str, mut curve: impl FnMut(OutlineCurve)) {
        let (font, _) = self.face(t);
        let em = t.size as f32 / font.units_per_em().unwrap_or(2048.0);
        self.glyphs(t, text, |glyph, x| {
            let place = |p: Point| point(x + p.x * em, p.y * em);
            for c in font.outline(glyph).map(|o| o.curves).unwrap_or_default() {
                curve(match c {
                    OutlineCurve::Line(a, b) => OutlineCurve::Line(place(a), place(b)),
                    OutlineCurve::Quad(a, h, b) => OutlineCurve::Quad(place(a), place(h), place(b)),
                    OutlineCurve::Cubic(a, g, h, b) => {
                        OutlineCurve::Cubic(place(a), place(g), place(h), place(b))
                    }
                });
            }
        });
    }

    /// The words, cut with an ellipsis where they are wider than `most`.
    pub(crate) fn fit(&self, t: Type, text: &str, most: f64) -> String {
        if self.width(t, text) <= most {
            return text.to_string();
        }
        let mut kept: String = self.fitting(t, text.chars(), most - self.width(t, "…"));
        kept.truncate(kept.trim_end().len());
        kept + "…"
    }

    /// The words, with an ellipsis in their middle where they are wider than `most`: names often differ in their ends.
    pub(crate) fn fit_ends(&self, t: Type, text: &str, most: f64) -> String {
        if self.width(t, text) <= most {
            return text.to_string();
        }
        let room = most - self.width(t, "…");
        let end: String = self.fitting(t, text.chars().rev(), room * 0.6);
        let begin: String = self.fitting(t, text.chars(), room - self.width(t, &end));
        format!("{begin}…{}", end.chars().rev().collect::<String>())
    }

    fn fitting(&self, t: Type, letters: impl Iterator<Item = char>, room: f64) -> String {
        // Kerning between neighbours is all that this sum leaves out.
        let mut width = 0.0;
        let fits = |c: &char| {
            width += self.width(t, c.encode_utf8(&mut [0; 4]));
            width <= room
        };
        letters.take_while(fits).collect()
    }

    /// The words in at most `rows` lines (one at least), the last one cut where they do not fit.
    pub(crate) fn wrap(&self, t: Type, text: &str, most: f64, rows: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let full = lines.len() + 1 >= rows;
            let mut end = rest.len();
            if !full && self.width(t, rest) > most {
                let breaks = rest.match_indices(' ').map(|(at, _)| at);
                end = breaks.take_while(|at| self.width(t, &rest[..*at]) <= most).last().unwrap_or(end);
            }
            lines.push(self.fit(t, &rest[..end], most));
            rest = if full { "" } else { rest[end..].trim_start() };
        }
        lines
    }
}

/// Without what no font can draw and no XML may hold.
pub(crate) fn clean(text: &str) -> String {
    let readable =
        |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}');
    // A name longer than any line only costs time.
    text.chars().take(2000).map(|c| if readable(c) { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Type = Type { size: 12.0, bold: false };

    #[test]
    fn words_are_as_wide_as_the_font_says() {
        let fonts = Fonts::embedded().expect("the embedded font");
        // The advance of every digit of DejaVu Sans is 1303 of 2048 units.
        assert!((fonts.width(T, "0123") - 4.0 * 12.0 * 1303.0 / 2048.0).abs() < 1e-3);
        assert!(fonts.width(Type { bold: true, ..T }, "abc") > fonts.width(T, "abc"));
    }

    #[test]
    fn cuts_and_wraps_to_the_room_there_is() {
        let fonts = Fonts::embedded().expect("the embedded font");
        let long = "a name that is longer than the room there is for it";
        let cut = fonts.fit(T, long, 90.0);
        assert!(cut.ends_with('…') && fonts.width(T, &cut) <= 90.0, "{cut}");
        let cut = fonts.fit_ends(T, long, 90.0);
        assert!(cut.starts_with("a na") && cut.ends_with("r it") && cut.contains('…'), "{cut}");
        assert!(fonts.width(T, &cut) <= 90.0 && fonts.fit_ends(T, "short", 90.0) == "short");
        let lines = fonts.wrap(T, long, 120.0, 9);
        assert_eq!(lines.join(" "), long);
        assert!(lines.iter().all(|l| fonts.width(T, l) <= 120.0), "{lines:?}");
        assert_eq!(fonts.wrap(T, long, 120.0, 2).len(), 2);
        assert_eq!(fonts.wrap(T, &"x".repeat(500), 100.0, 3).len(), 1);
        assert!(fonts.wrap(T, "", 100.0, 3).is_empty());
    }

    #[test]
    fn the_font_has_the_signs_that_labels_use() {
        let fonts = Fonts::embedded().expect("the embedded font");
        for c in "−–—…·×±≤≥→↗äß€∞σΔЖ\u{a0}".chars() {
            assert_ne!(fonts.regular.glyph_id(c).0, 0, "{c}");
            assert_ne!(fonts.bold.glyph_id(c).0, 0, "{c}");
        }
    }
}
