//! How much better or worse each rule is than a baseline, per class of network (or per measure), as a table of coloured
//! numbers with marks of significance.
//!
//! The colours run from brown (worse) over white to blue (better), the ends and inner stops of PuOr and RdBu of C. Brewer's
//! ColorBrewer (2002): light in the middle and equally dark at both ends, and apart for every colour vision.

use crate::chart::{Axis, Chart, Colour, Fill, Key, Mark, Panel, Swatch};
use crate::number::{FiniteFilter, drawable, short};
use crate::palette::{DARK_LETTERS, LIGHT_LETTERS, NOTHING, PENCIL};
use crate::{Cell, Table};

/// Worse, from white to the largest.
const WORSE: [Colour; 4] =
    [Colour(0xF7, 0xF7, 0xF7), Colour(0xFD, 0xDB, 0xAF), Colour(0xE0, 0x90, 0x30), Colour(0x8F, 0x47, 0x06)];
/// Better, from white to the largest.
const BETTER: [Colour; 4] =
    [Colour(0xF7, 0xF7, 0xF7), Colour(0xC6, 0xDD, 0xED), Colour(0x5F, 0xA2, 0xCC), Colour(0x12, 0x53, 0x94)];
/// What no test supports.
const OPEN: Colour = Colour(0xF3, 0xF3, 0xF3);
/// Gains beyond this many percent are all of the darkest colour.
const FULL: f64 = 100.0;
/// More rows or columns than this are not drawn.
const MOST: usize = 60;
/// The marks, and below which p they are set.
const MARKS: [(f64, &str); 3] = [(0.001, "***"), (0.01, "**"), (0.05, "*")];

type Words = Vec<(f64, f64, String)>;

/// A column of a table of gains: a class of network, or a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct GainColumn {
    pub name: String,
    /// Whether more is better; where it is not, a fall is coloured as better.
    pub more_is_better: bool,
}

/// What a rule gains over the baseline in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// Mean of the rule.
    pub mean: f64,
    /// Mean of the baseline.
    pub baseline: f64,
    /// p of no difference, adjusted for all cells of the table; NaN where there is no test.
    pub p: f64,
    /// How many pairs.
    pub n: usize,
}

impl Gain {
    /// The difference relative to the baseline's size, in percent; `None` where that is 0 or a number is not finite.
    ///
    /// ```
    /// use plot::Gain;
    ///
    /// let gain = |mean, baseline| Gain { mean, baseline, p: f64::NAN, n: 1 }.percent();
    /// assert_eq!(gain(3.0, 2.0), Some(50.0));
    /// // A negative baseline counts by its size: less negative is a rise.
    /// assert_eq!(gain(-1.0, -2.0), Some(50.0));
    /// assert_eq!(gain(1.0, 0.0), None);
    /// ```
    pub fn percent(&self) -> Option<f64> {
        if self.mean == self.baseline && drawable(self.mean) {
            return Some(0.0);
        }
        let percent = (self.mean - self.baseline) / self.baseline.abs() * 100.0;
        drawable(percent).then_some(percent)
    }

    /// Whether a test supports that there is a difference.
    pub fn is_supported(&self) -> bool {
        !self.marks().is_empty()
    }

    /// The marks of significance; empty for none.
    pub fn marks(&self) -> &'static str {
        MARKS.iter().find(|(below, _)| self.p < *below).map_or("", |(_, marks)| marks)
    }
}

/// What the table of relative gains is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Gains<'a> {
    pub title: &'a str,
    /// What is compared, for the subtitle; empty where the columns say it.
    pub measure: &'a str,
    /// The rule that the others are compared with.
    pub baseline: &'a str,
    /// The columns, from left to right.
    pub columns: &'a [GainColumn],
    /// The rules from the top down, each with one gain per column.
    pub rules: &'a [(String, Vec<Option<Gain>>)],
    /// What was tested and how p was adjusted, for the note on the marks.
    pub test: &'a str,
}

impl Gains<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::{Gain, GainColumn, Gains};
    ///
    /// let columns = [GainColumn { name: "3g".into(), more_is_better: true }];
    /// let gain = Gain { mean: 2.4, baseline: 2.0, p: 0.004, n: 86 };
    /// let rules = [("bola".to_string(), vec![Some(gain)])];
    /// let gains = Gains {
    ///     title: "Gain in QoE", measure: "QoE by bola", baseline: "bba", columns: &columns, rules: &rules,
    ///     test: "paired t test, adjusted by Holm",
    /// };
    /// assert!(gains.chart().csv().starts_with("rule,column,mean,baseline_mean,gain_percent,p,marks,n\nbola,3g,2.4,2,"));
    /// ```
    pub fn chart(&self) -> Chart {
        let columns = ["rule", "column", "mean", "baseline_mean", "gain_percent", "p", "marks", "n"];
        let mut table = Table::new(&columns);
        let mut finite = FiniteFilter::default();
        for (rule, gains) in self.rules {
            for (column, gain) in self.columns.iter().zip(gains) {
                let (rule, column) = (Cell::from(rule.as_str()), Cell::from(column.name.as_str()));
                let nothing = || Cell::Empty;
                table.row(match gain {
                    None => {
                        [rule, column, nothing(), nothing(), nothing(), nothing(), nothing(), 0usize.into()]
                    }
                    Some(g) => [
                        rule,
                        column,
                        g.mean.into(),
                        g.baseline.into(),
                        g.percent().into(),
                        Some(g.p).filter(|p| !p.is_nan()).into(),
                        g.marks().into(),
                        g.n.into(),
                    ],
                });
                if let Some(g) = gain {
                    finite.keep([g.mean, g.baseline]);
                }
            }
        }
        let (rules, columns) = (self.rules.len().min(MOST), self.columns.len().min(MOST));
        let mut chart = Chart::new(format!("{}, against {}", self.title, self.baseline), table);
        chart.subtitle = self.measure.to_string();
        let letters = |names: &mut dyn Iterator<Item = &String>| {
            names.map(|n| n.chars().count()).max().unwrap_or(0).min(36) as f64
        };
        let longest = letters(&mut self.rules.iter().map(|r| &r.0));
        let pitch = (7.6 * letters(&mut self.columns.iter().map(|c| &c.name)) + 14.0).clamp(128.0, 230.0);
        let room = 32.0 + 9.0 + 7.6 * longest;
        chart.size = (
            (room + pitch * columns as f64).max(room / 0.3).clamp(560.0, 4000.0),
            190.0 + 34.0 * rules.max(1) as f64,
        );
        let largest = self.largest();
        if rules > 0 && columns > 0 {
            chart.panels.push(self.panel(rules, columns, largest));
        }
        chart.legend = legend(largest, self.cells().any(|(_, _, _, g)| g.is_some_and(|g| !g.is_supported())));
        self.notes(&mut chart);
        chart.note_dropped(finite.dropped);
        chart
    }

    /// Every gain with its column and row.
    fn cells(&self) -> impl Iterator<Item = (usize, usize, &GainColumn, Option<&Gain>)> {
        self.rules.iter().take(MOST).enumerate().flat_map(|(row, (_, gains))| {
            let columns = self.columns.iter().take(MOST).zip(gains).enumerate();
            columns.map(move |(column, (what, gain))| (column, row, what, gain.as_ref()))
        })
    }

    /// The gain that has the darkest colour: the largest that is supported.
    fn largest(&self) -> f64 {
        let supported = self.cells().filter_map(|(_, _, _, g)| g.filter(|g| g.is_supported())?.percent());
        let sizes = supported.map(f64::abs);
        sizes.fold(0.0, f64::max).min(FULL)
    }

    fn panel(&self, rules: usize, columns: usize, largest: f64) -> Panel {
        let names = |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<Vec<_>>();
        let mut panel = Panel::new(
            Axis::names("", names(&mut self.columns.iter().take(columns).map(|c| &c.name))),
            Axis::names("", names(&mut self.rules.iter().take(rules).map(|r| &r.0))).inverted(),
        );
        // Numbers by ink and weight.
        let mut words: [(Colour, bool, Words); 4] = [
            (DARK_LETTERS, true, vec![]),
            (LIGHT_LETTERS, true, vec![]),
            (DARK_LETTERS, false, vec![]),
            (LIGHT_LETTERS, false, vec![]),
        ];
        let mut missing = Vec::new();
        for (column, row, what, gain) in self.cells() {
            let (x, y) = (column as f64, row as f64);
            let percent = gain.and_then(Gain::percent);
            let supported = gain.is_some_and(Gain::is_supported);
            let paint = match percent {
                None => NOTHING,
                Some(_) if !supported => OPEN,
                Some(p) => colour(if what.more_is_better { p } else { -p }, largest),
            };
            let fill = Fill::solid(paint);
            panel.marks.push(Mark::Boxes { boxes: vec![[x - 0.49, y - 0.46, x + 0.49, y + 0.46]], fill });
            match (gain, percent) {
                (Some(gain), Some(percent)) => {
                    let marks = gain.marks();
                    let set = usize::from(is_dark(paint)) + if marks.is_empty() { 2 } else { 0 };
                    let space = if marks.is_empty() { "" } else { "\u{a0}" };
                    words[set].2.push((x, y, format!("{}\u{a0}%{space}{marks}", rounded(percent))));
                }
                _ => missing.push((x, y, "–".to_string())),
            }
        }
        for (ink, bold, words) in words {
            if !words.is_empty() {
                panel.marks.push(Mark::Text { words, ink, bold });
            }
        }
        if !missing.is_empty() {
            panel.marks.push(Mark::Text { words: missing, ink: PENCIL, bold: false });
        }
        panel
    }

    fn notes(&self, chart: &mut Chart) {
        let gains = || self.cells().map(|(_, _, _, gain)| gain);
        if gains().flatten().any(|g| !g.p.is_nan()) {
            let marks: Vec<String> =
                MARKS.iter().rev().map(|(below, marks)| format!("{marks} p < {below}")).collect();
            chart.notes.push(format!(
                "{} ({}); colour says what is supported, not what is large",
                marks.join(", "),
                self.test
            ));
        }
        if gains().any(|g| g.is_none_or(|g| g.percent().is_none())) {
            chart.notes.push(format!("–: no number, or the mean of {} is 0", self.baseline));
        }
        if self.columns.iter().any(|c| !c.more_is_better) {
            chart.notes.push("coloured by what is better, which may be less".to_string());
        }
        for (what, n) in [("rules", self.rules.len()), ("columns", self.columns.len())] {
            if n > MOST {
                chart.notes.push(format!("the first {MOST} of {n} {what} are drawn"));
            }
        }
    }
}

/// A gain with its sign, three digits at most: more would not be read.
fn rounded(percent: f64) -> String {
    let text = match percent.abs() {
        p if p >= 99.95 => short(percent.round()),
        p if p >= 0.95 => format!("{percent:.1}"),
        _ => format!("{percent:.2}"),
    };
    match text.strip_prefix('-').unwrap_or(&text) {
        "0.00" => "0".to_string(),
        _ if percent > 0.0 => format!("+{text}"),
        _ => text.replace('-', "−"),
    }
}

/// The colour of a gain; the darkest ones from `largest` on. It follows the root, so that small gains differ too.
fn colour(percent: f64, largest: f64) -> Colour {
    let stops = if percent < 0.0 { &WORSE } else { &BETTER };
    if largest <= 0.0 {
        return stops[0];
    }
    let at = (percent.abs() / largest).min(1.0).sqrt() * (stops.len() - 1) as f64;
    let below = (at as usize).min(stops.len() - 2);
    let (part, a, b) = (at - below as f64, stops[below], stops[below + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    Colour(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Whether white letters have more contrast on it than black ones.
fn is_dark(c: Colour) -> bool {
    let l = luminance(c);
    1.05 / (l + 0.05) > (l + 0.05) / (luminance(DARK_LETTERS) + 0.05)
}

/// The relative luminance of WCAG 2.1 (with the plain square), 0 to 1.
fn luminance(c: Colour) -> f64 {
    let part = |v: u8| (f64::from(v) / 255.0) * (f64::from(v) / 255.0);
    0.2126 * part(c.0) + 0.7152 * part(c.1) + 0.0722 * part(c.2)
}

/// The ends and the quarters of what is supported, and what is not.
fn legend(largest: f64, any_open: bool) -> Vec<Key> {
    let key =
        |label: String, percent: f64| Key::new(label, Swatch::Fill(Fill::solid(colour(percent, largest))));
    let by = |part: f64| format!("{}\u{a0}%", short(largest * part));
    let beyond = if largest >= FULL { " or more" } else { "" };
    let mut keys = Vec::new();
    if largest > 0.0 {
        keys.push(key(format!("worse by {}{beyond}", by(1.0)), -largest));
        keys.push(key(format!("worse by {}", by(0.25)), -largest / 4.0));
        keys.push(key(format!("better by {}", by(0.25)), largest / 4.0));
        keys.push(key(format!("better by {}{beyond}", by(1.0)), largest));
    }
    if any_open {
        keys.push(Key::new("not supported", Swatch::Fill(Fill::solid(OPEN))));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::tests::{VISIONS, seen};

    /// The contrast of WCAG 2.1, 1 to 21.
    fn contrast(a: Colour, b: Colour) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn gain(mean: f64, baseline: f64, p: f64) -> Option<Gain> {
        Some(Gain { mean, baseline, p, n: 9 })
    }

    fn columns(better: &[bool]) -> Vec<GainColumn> {
        let column = |(i, more): (usize, &bool)| GainColumn { name: format!("c{i}"), more_is_better: *more };
        better.iter().enumerate().map(column).collect()
    }

    fn chart(columns: &[GainColumn], rules: &[(String, Vec<Option<Gain>>)]) -> Chart {
        Gains { title: "t", measure: "m", baseline: "bba", columns, rules, test: "t test, Holm" }.chart()
    }

    fn words(chart: &Chart) -> Vec<(String, Colour, bool)> {
        let words = chart.panels[0].marks.iter().filter_map(|m| match m {
            Mark::Text { words, ink, bold } => Some(words.iter().map(|w| (w.2.clone(), *ink, *bold))),
            _ => None,
        });
        words.flatten().collect()
    }

    #[test]
    fn numbers_carry_their_marks_and_are_bold_with_them() {
        let rules = [(
            "a".to_string(),
            vec![
                gain(1.5, 1.0, 0.0004),
                gain(0.99, 1.0, 0.03),
                gain(1.0, 1.0, 0.6),
                gain(1.0, 0.0, 0.6),
                None,
            ],
        )];
        let chart = chart(&columns(&[true; 5]), &rules);
        let found: Vec<(String, bool)> = words(&chart).into_iter().map(|w| (w.0, w.2)).collect();
        assert_eq!(
            found,
            [
                ("−1.0\u{a0}%\u{a0}*".to_string(), true),
                ("+50.0\u{a0}%\u{a0}***".to_string(), true),
                ("0\u{a0}%".to_string(), false),
                ("–".to_string(), false),
                ("–".to_string(), false)
            ]
        );
        assert!(chart.notes[0].starts_with("* p < 0.05, ** p < 0.01, *** p < 0.001 (t test, Holm)"));
        assert!(chart.notes[1].starts_with("–: no number"), "{:?}", chart.notes);
        assert_eq!(chart.csv().lines().nth(1), Some("a,c0,1.5,1,50,0.0004,***,9"));
        assert_eq!(chart.csv().lines().nth(5), Some("a,c4,,,,,,0"));
    }

    #[test]
    fn less_is_coloured_as_better_where_it_is_and_only_what_is_supported() {
        let rules =
            [("a".to_string(), vec![gain(1.5, 1.0, 0.01), gain(0.5, 1.0, 0.01), gain(9.0, 1.0, 0.1)])];
        let chart = chart(&columns(&[true, false, true]), &rules);
        let fills: Vec<Colour> = chart.panels[0]
            .marks
            .iter()
            .filter_map(|m| if let Mark::Boxes { fill, .. } = m { Some(fill.colour) } else { None })
            .collect();
        assert_eq!(fills, [BETTER[3], BETTER[3], OPEN], "colour is for what is supported");
        let letters: Vec<Colour> = words(&chart).iter().map(|w| w.1).collect();
        assert_eq!(letters, [LIGHT_LETTERS, LIGHT_LETTERS, DARK_LETTERS]);
        assert!(chart.legend.iter().any(|k| k.label == "not supported"));
    }

    #[test]
    fn nothing_and_too_much_are_charts_too() {
        assert!(chart(&[], &[]).panels.is_empty());
        let many: Vec<(String, Vec<Option<Gain>>)> =
            (0..90).map(|i| (format!("r{i}"), vec![gain(f64::NAN, 1.0, 0.5)])).collect();
        let chart = chart(&columns(&[true]), &many);
        assert!(chart.notes.iter().any(|n| n == "the first 60 of 90 rules are drawn"));
        assert_eq!(chart.table.rows.len(), 90);
    }

    #[test]
    fn better_and_worse_stay_apart_for_every_vision_and_the_numbers_readable() {
        let light = |c: Colour| seen(c, &VISIONS[0].1)[0];
        for percent in [6.0, 25.0, 50.0, 100.0] {
            let (up, down) = (colour(percent, 100.0), colour(-percent, 100.0));
            assert!((light(up) - light(down)).abs() < 8.0, "{percent}: {} {}", light(up), light(down));
            for (vision, matrix) in &VISIONS {
                let (x, y) = (seen(up, matrix), seen(down, matrix));
                let distance = (0..3).map(|k| (x[k] - y[k]).powi(2)).sum::<f64>().sqrt();
                assert!(distance > 18.0, "{vision}, {percent}: {distance:.1}");
            }
        }
        // Lightness falls with the size, and letters have contrast on every shade.
        for side in [1.0, -1.0] {
            let shades: Vec<Colour> = (0..=20).map(|k| colour(side * f64::from(k) * 5.0, 100.0)).collect();
            assert!(shades.windows(2).all(|w| light(w[1]) < light(w[0])), "{shades:?}");
            for shade in shades {
                let ink = if is_dark(shade) { LIGHT_LETTERS } else { DARK_LETTERS };
                assert!(contrast(ink, shade) >= 3.7, "{shade:?} {:.2}", contrast(ink, shade));
            }
        }
    }

    #[test]
    fn percents_have_the_digits_that_matter() {
        let words = [0.004, -0.004, 0.04, -0.5, 12.345, -7.0, 99.96, 123.4, -1234.5].map(rounded);
        assert_eq!(words, ["0", "0", "+0.04", "−0.50", "+12.3", "−7.0", "+100", "+123", "−1235"]);
    }
}
