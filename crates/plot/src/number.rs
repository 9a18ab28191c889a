//! Ranges, ticks, and numbers in words.

/// Beyond this, a number is treated as infinite: differences of what is drawn must not overflow.
const LARGEST: f64 = 1e100;

/// Keeps what can be drawn, and counts what cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FiniteFilter {
    /// How many values were not finite.
    pub dropped: usize,
}

impl FiniteFilter {
    /// The values, where all of them are finite.
    pub(crate) fn keep<const N: usize>(&mut self, values: [f64; N]) -> Option<[f64; N]> {
        let bad = values.iter().filter(|v| !drawable(**v)).count();
        self.dropped += bad;
        (bad == 0).then_some(values)
    }

    /// The finite ones of many.
    pub(crate) fn all(&mut self, values: &[f64]) -> Vec<f64> {
        values.iter().filter_map(|v| self.keep([*v]).map(|[v]| v)).collect()
    }
}

/// Finite, and not so large that a difference overflows.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// The smallest interval around some values; empty to begin with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Domain {
    low: f64,
    high: f64,
}

impl Default for Domain {
    fn default() -> Domain {
        Domain { low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl FromIterator<f64> for Domain {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Domain {
        values.into_iter().fold(Domain::default(), Domain::with)
    }
}

impl Domain {
    /// Widened to hold a value; one that is not finite changes nothing.
    pub fn with(self, value: f64) -> Domain {
        if !drawable(value) {
            return self;
        }
        Domain { low: self.low.min(value), high: self.high.max(value) }
    }

    /// The largest value, or `other` where there is none above zero.
    pub fn high_or(self, other: f64) -> f64 {
        if self.high > 0.0 { self.high } else { other }
    }

    /// Both ends; zero to one where there is nothing.
    pub(crate) fn ends(self) -> (f64, f64) {
        widened(self.low, self.high)
    }

    /// With 4 % of room at both ends; zero to one where there is nothing.
    pub fn with_room(self) -> (f64, f64) {
        if self.low > self.high {
            return (0.0, 1.0);
        }
        let (low, high) = self.ends();
        let room = (high - low) * 0.04;
        (low - room, high + room)
    }
}

/// An interval that has an inside: around one value, or around nothing.
pub(crate) fn widened(low: f64, high: f64) -> (f64, f64) {
    if !drawable(low) || !drawable(high) || low > high {
        return (0.0, 1.0);
    }
    // Below a billionth of the values themselves there is nothing left to tell apart.
    let least = (low.abs().max(high.abs()) * 1e-9).max(1e-90);
    if high - low >= least {
        return (low, high);
    }
    let half = if low == 0.0 { 0.5 } else { low.abs() * 0.1 };
    (low - half, high + half)
}

/// The power of ten of a number's first digit.
fn magnitude(value: f64) -> i32 {
    // Through the decimal form, which is exact and the same everywhere; a logarithm is neither.
    format!("{value:e}").split('e').nth(1).and_then(|e| e.parse().ok()).unwrap_or(0)
}

/// `digit` times a power of ten, correctly rounded.
fn decimal(digit: u32, exponent: i32) -> f64 {
    format!("{digit}e{exponent}").parse().unwrap_or(1.0)
}

/// Round numbers along an axis and how they are written: at most `most` of them.
pub(crate) fn ticks(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let span = high - low;
    if !(drawable(low) && drawable(high) && span > 0.0) || most == 0 {
        return Vec::new();
    }
    let base = magnitude(span / most as f64);
    let candidates = (base..base + 3).flat_map(|e| [(1, e), (2, e), (5, e)]);
    for (digit, exponent) in candidates {
        let step = decimal(digit, exponent);
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        if last - first < most as f64 {
            let count = (last - first).max(-1.0) as usize;
            let range = if last < first { 0..0 } else { 0..count + 1 };
            let values: Vec<f64> = range.map(|i| (first + i as f64) * step).collect();
            let largest = low.abs().max(high.abs());
            return values.into_iter().map(|v| (v, tick_label(v, exponent, largest))).collect();
        }
    }
    Vec::new()
}

/// A tick of an axis whose step has its first digit at `exponent`.
fn tick_label(value: f64, exponent: i32, largest: f64) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    if largest >= 1e7 || exponent < -6 {
        let digits = (magnitude(value) - exponent).clamp(0, 12) as usize;
        return signed(format!("{value:.digits$e}"));
    }
    let decimals = exponent.min(0).unsigned_abs() as usize;
    signed(grouped(&format!("{value:.decimals$}")))
}

/// A number in words: three significant digits, or all of a whole number's.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let exponent = if value == 0.0 { 0 } else { magnitude(value) };
    if !(-5..9).contains(&exponent) {
        return signed(format!("{value:.2e}"));
    }
    let decimals = (2 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    signed(if text == "-0" { "0".to_string() } else { grouped(text) })
}

/// With the true minus sign.
fn signed(text: String) -> String {
    text.replace('-', "−")
}

/// With a no-break space between thousands, from five digits on.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("-", d));
    if digits.len() < 5 {
        return text.to_string();
    }
    let mut out = sign.to_string();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push('\u{a0}');
        }
        out.push(c);
    }
    out + rest
}

/// `3 stalls`, `1 stall`.
pub(crate) fn counted(n: usize, thing: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {thing}{s}", short(n as f64))
}

/// The unit in which rates up to a largest one are read best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateUnit {
    /// How many kbit/s it is.
    pub kbps: f64,
    pub name: &'static str,
}

impl RateUnit {
    /// Mbit/s from 2000 kbit/s on, Gbit/s from 2000 Mbit/s on.
    pub(crate) fn for_kbps(largest: f64) -> RateUnit {
        match largest {
            x if x >= 2e6 => RateUnit { kbps: 1e6, name: "Gbit/s" },
            x if x >= 2e3 => RateUnit { kbps: 1e3, name: "Mbit/s" },
            _ => RateUnit { kbps: 1.0, name: "kbit/s" },
        }
    }

    pub(crate) fn of(self, kbps: f64) -> f64 {
        kbps / self.kbps
    }

    pub(crate) fn words(self, kbps: f64) -> String {
        format!("{} {}", short(self.of(kbps)), self.name)
    }
}

pub(crate) fn rate(kbps: f64) -> String {
    let unit = RateUnit::for_kbps(kbps);
    unit.words(kbps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(low: f64, high: f64, most: usize) -> Vec<String> {
        ticks(low, high, most).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_written_without_noise() {
        assert_eq!(
            labels(0.0, 1.0, 6),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map(|s| if s == "0.0" { "0" } else { s })
        );
        assert_eq!(labels(-3.1, 3.1, 5), ["−2", "0", "2"]);
        assert_eq!(labels(0.0, 1_200_000.0, 4), ["0", "500\u{a0}000", "1\u{a0}000\u{a0}000"]);
        assert_eq!(labels(0.0, 3e9, 4), ["0", "1e9", "2e9", "3e9"]);
        assert_eq!(labels(0.0, 0.0007, 4), ["0", "0.0002", "0.0004", "0.0006"]);
        assert!(labels(f64::NAN, 1.0, 5).is_empty() && labels(1.0, 1.0, 5).is_empty());
    }

    #[test]
    fn words_for_numbers() {
        let words = [0.0, -0.0, 1.0, 12.345, -0.01234, 1234.5, 123_456.0, 1e12, f64::NAN].map(short);
        assert_eq!(words, ["0", "0", "1", "12.3", "−0.0123", "1234", "123\u{a0}456", "1.00e12", "NaN"]);
        assert_eq!([rate(300.0), rate(2850.0), rate(3e6)], ["300 kbit/s", "2.85 Mbit/s", "3 Gbit/s"]);
        assert_eq!([counted(1, "stall"), counted(0, "stall")], ["1 stall", "0 stalls"]);
    }

    #[test]
    fn an_axis_always_has_an_inside() {
        assert_eq!(widened(2.0, 2.0), (1.8, 2.2));
        assert_eq!(widened(0.0, 0.0), (-0.5, 0.5));
        assert_eq!(widened(f64::NAN, 1.0), (0.0, 1.0));
        assert_eq!(Domain::default().with_room(), (0.0, 1.0));
        assert_eq!(
            [1.0, f64::NAN, f64::INFINITY, 3.0].into_iter().collect::<Domain>(),
            Domain { low: 1.0, high: 3.0 }
        );
    }

    proptest! {
        #[test]
        fn ticks_lie_inside_ascend_and_keep_their_number(a in any::<f64>(), b in any::<f64>(), most in 0usize..12) {
            let (low, high) = widened(a.min(b), a.max(b));
            let ticks = ticks(low, high, most);
            prop_assert!(ticks.len() <= most);
            prop_assert!(ticks.windows(2).all(|w| w[0].0 < w[1].0));
            let slack = (high - low) * 1e-6;
            prop_assert!(ticks.iter().all(|(v, _)| *v >= low - slack && *v <= high + slack));
        }
    }
}
