//! How charts look on a dark ground: a style sheet for pages that hold them as SVG.
//!
//! Pictures are drawn for white paper. A page may show them on a dark ground: each colour that would be lost there has another
//! one, and what is painted (cells of a table, rungs of a ladder) keeps its colour.

use crate::ink::Colour;
use crate::palette::{
    BETTER, CAPACITY, FADED, GRID, INK, NOTHING, PAPER, PENCIL, QUALITY, STALL, STARTUP, SWITCHING, WORSE,
};

/// The ground of a chart in the dark.
const GROUND: Colour = Colour(0x16, 0x19, 0x1D);

/// Each colour on paper, and its colour in the dark.
const DARK: [(Colour, Colour); 19] = [
    (PAPER, GROUND),
    (INK, Colour(0xE8, 0xE8, 0xE8)),
    (PENCIL, Colour(0xAE, 0xB4, 0xBC)),
    (GRID, Colour(0x30, 0x35, 0x3C)),
    (NOTHING, Colour(0x3A, 0x40, 0x48)),
    (FADED, Colour(0x66, 0x6C, 0x75)),
    (CAPACITY, Colour(0x3C, 0x52, 0x64)),
    (QUALITY, Colour(0x6F, 0xA3, 0x95)),
    (SWITCHING, Colour(0xA8, 0x8F, 0x55)),
    (STARTUP, Colour(0x8C, 0x92, 0x9A)),
    (STALL, Colour(0xFF, 0x44, 0x38)),
    // Rules.
    (Colour(0x00, 0x72, 0xB2), Colour(0x2F, 0x8F, 0xE0)),
    (Colour(0x99, 0x99, 0x33), Colour(0xD6, 0xD6, 0x8A)),
    (Colour(0x56, 0xB4, 0xE9), Colour(0xA6, 0xDD, 0xFF)),
    (Colour(0x00, 0x9E, 0x73), Colour(0x14, 0xB8, 0x8A)),
    (Colour(0x33, 0x22, 0x88), Colour(0x8F, 0x7C, 0xFF)),
    (Colour(0x00, 0x00, 0x00), Colour(0xFF, 0xFF, 0xFE)),
    (BETTER, Colour(0x5A, 0xB0, 0xFF)),
    (WORSE, Colour(0xF0, 0x9A, 0x3A)),
];

/// Style rules that give charts in SVG their colours for a dark ground, for elements below `scope` (a CSS selector).
///
/// ```
/// let css = plot::dark_style("figure");
/// assert!(css.contains("figure svg [fill=\"#FFFFFF\"]{fill:#16191D}"));
/// ```
pub fn dark_style(scope: &str) -> String {
    let hex = |c: Colour| format!("#{:02X}{:02X}{:02X}", c.0, c.1, c.2);
    let rule = |(paper, dark): &(Colour, Colour)| {
        let (paper, dark) = (hex(*paper), hex(*dark));
        format!(
            "{scope} svg [fill=\"{paper}\"]{{fill:{dark}}}\n{scope} svg [stroke=\"{paper}\"]{{stroke:{dark}}}\n"
        )
    };
    DARK.iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Palette;
    use crate::palette::tests::{VISIONS, seen};

    fn in_the_dark(c: Colour) -> Colour {
        DARK.iter().find(|(paper, _)| *paper == c).map_or(c, |(_, dark)| *dark)
    }

    #[test]
    fn every_rule_stands_out_from_the_dark_and_from_the_others() {
        let rules = ["bola", "throughput", "dynamic", "mpc", "buffer", "bba", "fixed", "rate"];
        let mut colours: Vec<Colour> =
            rules.iter().map(|r| in_the_dark(Palette::default().style(r).colour)).collect();
        colours.push(in_the_dark(STALL));
        let light = |c: Colour| seen(c, &VISIONS[0].1)[0];
        for (i, a) in colours.iter().enumerate() {
            assert!(light(*a) > light(GROUND) + 38.0, "{a:?}");
            for (vision, matrix) in &VISIONS {
                for b in &colours[..i] {
                    let (x, y) = (seen(*a, matrix), seen(*b, matrix));
                    let distance = (0..3).map(|k| (x[k] - y[k]).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 12.0, "{vision}: {a:?} and {b:?} are {distance:.1} apart");
                }
            }
        }
        assert!(light(in_the_dark(INK)) > 85.0 && light(in_the_dark(PENCIL)) > 65.0);
    }

    #[test]
    fn no_colour_is_changed_twice() {
        for (i, (a, _)) in DARK.iter().enumerate() {
            assert!(DARK[..i].iter().all(|(b, _)| a != b), "{a:?}");
        }
    }
}
