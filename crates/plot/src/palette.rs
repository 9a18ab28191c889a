//! One look per rule, in every chart.
//!
//! The colours are the Okabe-Ito set (M. Okabe and K. Ito, *Color Universal Design*, 2008) without vermilion, which is too close to
//! the red of stalls, and without yellow, which is too light for lines; in their place stand indigo and olive from P. Tol,
//! *Colour Schemes*, technical note SRON/EPS/TN/09-002. A test holds every pair apart for the three colour vision deficiencies.

use std::collections::BTreeMap;

use crate::ink::{Colour, Dash, Dot, Marker, Stroke};

/// Stalls, and nothing else.
pub(crate) const STALL: Colour = Colour(0xCC, 0x1F, 0x1F);
pub(crate) const STARTUP: Colour = Colour(0x8A, 0x8A, 0x8A);
/// What the link could carry.
pub(crate) const CAPACITY: Colour = Colour(0xA9, 0xC3, 0xD6);
/// A supported gain: the blue of the table of gains but for one, so that a style sheet tells lines from cells.
pub(crate) const BETTER: Colour = Colour(0x12, 0x53, 0x95);
/// A supported loss.
pub(crate) const WORSE: Colour = Colour(0x8F, 0x47, 0x07);
/// What everything is drawn on, and the rim of dots.
pub(crate) const PAPER: Colour = Colour(0xFF, 0xFF, 0xFF);
/// Where there is no number or no decision.
pub(crate) const NOTHING: Colour = Colour(0xE9, 0xE9, 0xE9);
/// Letters on paint, which keeps its colour in the dark: almost [`INK`] and [`PAPER`], so that a style sheet tells them apart.
pub(crate) const DARK_LETTERS: Colour = Colour(0x21, 0x21, 0x21);
/// Light letters on dark paint.
pub(crate) const LIGHT_LETTERS: Colour = Colour(0xFE, 0xFE, 0xFE);
/// Lines, letters.
pub(crate) const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Letters and lines of less weight.
pub(crate) const PENCIL: Colour = Colour(0x5A, 0x5A, 0x5A);
/// What others beat.
pub(crate) const FADED: Colour = Colour(0xB4, 0xB4, 0xB4);
pub(crate) const GRID: Colour = Colour(0xE4, 0xE4, 0xE4);
/// The quality part of a score; paler than any rule.
pub(crate) const QUALITY: Colour = Colour(0x9C, 0xC3, 0xB8);
/// The switching part of a score; paler than any rule.
pub(crate) const SWITCHING: Colour = Colour(0xC9, 0xB0, 0x7A);

const COLOURS: [Colour; 8] = [
    Colour(0x00, 0x72, 0xB2), // blue
    Colour(0xE6, 0x9F, 0x00), // orange
    Colour(0x00, 0x9E, 0x73), // bluish green
    Colour(0xCC, 0x79, 0xA7), // reddish purple
    Colour(0x56, 0xB4, 0xE9), // sky blue
    Colour(0x33, 0x22, 0x88), // indigo
    Colour(0x00, 0x00, 0x00), // black
    Colour(0x99, 0x99, 0x33), // olive
];

const DASHES: [Dash; 4] = [Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::DashDot];

/// How many slots have a colour and dash of their own; after them, looks come again.
const LOOKS: usize = COLOURS.len() * DASHES.len();

const MARKERS: [Marker; 6] =
    [Marker::Circle, Marker::Square, Marker::Diamond, Marker::Up, Marker::Down, Marker::Cross];

/// Which dash a colour begins with. Colours that print in the same grey begin with different ones.
const FIRST_DASH: [usize; 8] = [0, 1, 2, 3, 0, 1, 2, 2];

/// The built-in rules by slot. Eight slots further the colour comes back with another dash
/// and marker, so that relatives share it.
const BUILT_IN: [&str; 16] = [
    "bola",
    "throughput",
    "dynamic",
    "mpc",
    "buffer",
    "bba",
    "fixed",
    "rate", //
    "panda",
    "festive",
    "dynamic-dash",
    "robust-mpc",
    "l2a",
    "pensieve",
    "bola-e",
    "optimal",
];

/// How a rule looks: its colour, and its dash and marker for print without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuleStyle {
    pub colour: Colour,
    pub dash: Dash,
    /// The shape of its dots.
    pub marker: Marker,
}

impl RuleStyle {
    fn of_slot(slot: usize) -> RuleStyle {
        let (round, place) = (slot / COLOURS.len(), slot % COLOURS.len());
        RuleStyle {
            colour: COLOURS[place],
            dash: DASHES[(FIRST_DASH[place] + round) % DASHES.len()],
            marker: MARKERS[(place + 5 * round) % MARKERS.len()],
        }
    }

    /// Its line.
    pub fn stroke(self, width: f64) -> Stroke {
        Stroke { colour: self.colour, width, dash: self.dash }
    }

    /// Its dot.
    pub fn dot(self, size: f64) -> Dot {
        Dot { marker: self.marker, colour: self.colour, size }
    }
}

/// Which rule looks how. Build one from all rules of a report and give it to every chart of it.
///
/// A built-in rule looks the same everywhere, unless a relative with its colour is there (`mpc` and `robust-mpc`): then one of
/// them gets a colour of its own. The others take the free slots in the order of their names.
///
/// ```
/// use plot::Palette;
///
/// let report = Palette::new(["bola", "mine", "throughput"]);
/// assert_eq!(report.style("bola"), Palette::default().style("bola"));
/// assert_ne!(report.style("mine"), report.style("bola"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette {
    slots: BTreeMap<String, usize>,
}

impl Palette {
    /// The looks of some rules, in whatever order they come.
    pub fn new<S: Into<String>>(rules: impl IntoIterator<Item = S>) -> Palette {
        let mut slots: BTreeMap<String, usize> = rules.into_iter().map(|r| (r.into(), usize::MAX)).collect();
        let mut taken = std::collections::BTreeSet::new();
        // The first eight keep their colour; of two that share one, the second gets a free one where there is.
        for (built_in, rule) in BUILT_IN.iter().enumerate() {
            let shared = taken.iter().any(|t: &usize| t % COLOURS.len() == built_in % COLOURS.len());
            if let Some(slot) = slots.get_mut(*rule)
                && !shared
            {
                *slot = built_in;
                taken.insert(built_in);
            }
        }
        for slot in slots.values_mut().filter(|slot| **slot == usize::MAX) {
            // The free slot whose colour, and then whose dash, the fewest have; among these the first.
            let look = |slot: usize| (RuleStyle::of_slot(slot).colour, RuleStyle::of_slot(slot).dash);
            let users = |slot: usize| {
                let ((colour, dash), others) = (look(slot), || taken.iter().map(|t| look(*t)));
                (others().filter(|o| o.0 == colour).count(), others().filter(|o| o.1 == dash).count(), slot)
            };
            let free = (0..=taken.len() + LOOKS).filter(|slot| !taken.contains(slot));
            *slot = free.min_by_key(|slot| (*slot / LOOKS, users(*slot))).unwrap_or(0);
            taken.insert(*slot);
        }
        Palette { slots }
    }

    /// The look of a rule. One that the palette was not built from looks like the built-in rule before its first colon
    /// (`bola:gp=5` like `bola`), and failing that like a slot chosen by its letters.
    pub fn style(&self, rule: &str) -> RuleStyle {
        let base = rule.split(':').next().unwrap_or(rule);
        let slot = self.slots.get(rule).or_else(|| self.slots.get(base)).copied();
        let slot = slot.or_else(|| BUILT_IN.iter().position(|b| *b == base));
        RuleStyle::of_slot(
            slot.unwrap_or_else(|| rule.bytes().fold(0usize, |h, b| (h * 31 + usize::from(b)) % LOOKS)),
        )
    }
}

/// Colours for the rungs of a ladder, dark to light as they rise: the ends and three stops of viridis (S. van der Walt and
/// N. Smith, 2015, CC0), which keep their order in grey and for every colour vision.
pub(crate) fn ladder(rungs: usize) -> Vec<Colour> {
    const STOPS: [[f64; 3]; 5] = [
        [68.0, 1.0, 84.0],
        [59.0, 82.0, 139.0],
        [33.0, 145.0, 140.0],
        [94.0, 201.0, 98.0],
        [253.0, 231.0, 37.0],
    ];
    let last = STOPS.len() - 1;
    let colour = |rung: usize| {
        let at = rung as f64 / (rungs.max(2) - 1) as f64 * last as f64;
        let stop = (at as usize).min(last - 1);
        let part = at - stop as f64;
        let mix = |c: usize| (STOPS[stop][c] + (STOPS[stop + 1][c] - STOPS[stop][c]) * part).round() as u8;
        Colour(mix(0), mix(1), mix(2))
    };
    (0..rungs).map(colour).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// CIE Lab of a colour as seen with a deficiency (the full-severity matrices of G. Machado et al., 2009).
    pub(crate) fn seen(c: Colour, matrix: &[[f64; 3]; 3]) -> [f64; 3] {
        let linear = [c.0, c.1, c.2].map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        let rgb = matrix.map(|row| (0..3).map(|i| row[i] * linear[i]).sum::<f64>().clamp(0.0, 1.0));
        let xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
            .map(|row| (0..3).map(|i| row[i] * rgb[i]).sum::<f64>());
        let white = [0.9505, 1.0, 1.089];
        let f = |i: usize| {
            let t: f64 = xyz[i] / white[i];
            if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 }
        };
        [116.0 * f(1) - 16.0, 500.0 * (f(0) - f(1)), 200.0 * (f(1) - f(2))]
    }

    pub(crate) const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
        ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        ("protan", [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
        ("deutan", [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
        ("tritan", [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
    ];

    #[test]
    fn every_pair_of_colours_stays_apart_for_every_vision() {
        let mut all = COLOURS.to_vec();
        all.push(STALL);
        for (vision, matrix) in &VISIONS {
            for (i, a) in all.iter().enumerate() {
                for b in &all[..i] {
                    let (x, y) = (seen(*a, matrix), seen(*b, matrix));
                    let distance = (0..3).map(|k| (x[k] - y[k]).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 12.0, "{vision}: {a:?} and {b:?} are {distance:.1} apart");
                }
            }
        }
    }

    #[test]
    fn rungs_rise_in_lightness() {
        let light: Vec<f64> = ladder(9).into_iter().map(|c| seen(c, &VISIONS[0].1)[0]).collect();
        assert!(light.windows(2).all(|w| w[0] + 4.0 < w[1]), "{light:?}");
        assert_eq!([ladder(0).len(), ladder(1).len()], [0, 1]);
    }

    #[test]
    fn a_rule_keeps_its_look_whatever_the_others_are() {
        let alone = Palette::new(["bola"]).style("bola");
        let many = Palette::new(["zeta", "alpha", "bola", "mpc"]);
        assert_eq!(many.style("bola"), alone);
        assert_eq!(many.style("bola:gp=5"), alone);
        assert_eq!(many, Palette::new(["mpc", "bola", "alpha", "zeta"]));
        assert_eq!(
            many.style("alpha"),
            RuleStyle::of_slot(1),
            "the first slot that neither bola nor mpc takes"
        );
        assert_eq!(many.style("zeta"), RuleStyle::of_slot(2));
    }

    /// The rules that the workspace itself has.
    const OURS: [&str; 11] = [
        "fixed",
        "throughput",
        "rate",
        "buffer",
        "bba",
        "bola",
        "bola-e",
        "dynamic",
        "dynamic-dash",
        "mpc",
        "robust-mpc",
    ];

    #[test]
    fn built_in_rules_differ_in_grey_too() {
        let palette = Palette::default();
        for (i, a) in OURS.iter().enumerate() {
            assert!(BUILT_IN.contains(a), "{a}");
            for b in &OURS[..i] {
                let (x, y) = (palette.style(a), palette.style(b));
                let grey = |s: RuleStyle| seen(s.colour, &VISIONS[0].1)[0];
                let apart = x.dash != y.dash || x.marker != y.marker || (grey(x) - grey(y)).abs() > 10.0;
                assert!(x != y && apart, "{a} and {b}: {x:?} and {y:?}");
            }
        }
    }

    #[test]
    fn relatives_have_colours_of_their_own() {
        for rules in
            [["bola", "bola-e"], ["mpc", "robust-mpc"], ["dynamic", "dynamic-dash"], ["bola", "bola:gp=8"]]
        {
            let palette = Palette::new(rules);
            let [a, b] = rules.map(|r| palette.style(r));
            assert!(a.colour != b.colour && a.marker != b.marker, "{rules:?}: {a:?} {b:?}");
            assert_eq!(a, Palette::default().style(rules[0]), "the elder keeps its look");
        }
    }

    #[test]
    fn thirty_rules_look_different() {
        let names: Vec<String> = (0..30).map(|i| format!("rule {i}")).collect();
        let palette = Palette::new(names.clone());
        let looks = || names.iter().map(|n| palette.style(n));
        let lines: std::collections::HashSet<(Colour, Dash)> = looks().map(|s| (s.colour, s.dash)).collect();
        let dots: std::collections::HashSet<(Colour, Marker)> =
            looks().map(|s| (s.colour, s.marker)).collect();
        assert_eq!((lines.len(), dots.len()), (30, 30));
    }
}
