//! Decimal text with the decimal point moved.
//!
//! Files speak in seconds and Mbit/s, Segue keeps milliseconds and kbit/s. Moving the point in the *text* instead of
//! multiplying the parsed number by 1000 keeps 1.001 s exactly 1001 ms, and lets a writer print a number from which a
//! reader gets back the very same bits.

use std::io::Write as _;

/// The longest number that a reader accepts, in bytes: no person and no program writes a longer one.
const MAX_BYTES: usize = 64;

/// The powers of ten that are exact.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The number `text * 10^shift`, correctly rounded; None for anything but a plain finite decimal number.
pub(crate) fn parse_shifted(text: impl AsRef<[u8]>, shift: i32) -> Option<f64> {
    let text = text.as_ref();
    plain(text, shift).or_else(|| general(text, shift))
}

/// A number of digits and perhaps a point, of which neither the digits nor the power of ten need rounding: one exact
/// division or multiplication rounds the result correctly.
#[inline]
fn plain(text: &[u8], shift: i32) -> Option<f64> {
    if text.len() > 17 {
        return None;
    }
    let (mut digits, mut value, mut behind) = (0, 0u64, None);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' if behind.is_none() => behind = Some(digits),
            _ => return None,
        }
    }
    let exponent = shift - behind.map_or(0, |before: i32| digits - before);
    // 2^53: up to it every whole number is exact.
    if digits == 0 || value > 1 << 53 {
        return None;
    }
    let ten = *TENS.get(exponent.unsigned_abs() as usize)?;
    Some(if exponent < 0 { value as f64 / ten } else { value as f64 * ten })
}

/// Any decimal number, by the standard library.
fn general(text: &[u8], shift: i32) -> Option<f64> {
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    if !mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+')) {
        return None;
    }
    // On the stack: a line costs no allocation.
    let mut shifted = [0; MAX_BYTES + 16];
    let mut rest = &mut shifted[..];
    write!(rest, "{mantissa}e{}", exponent.checked_add(shift)?).ok()?;
    let length = MAX_BYTES + 16 - rest.len();
    let value: f64 = std::str::from_utf8(&shifted[..length]).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// `value * 10^shift` as the shortest decimal text that [`parse_shifted`] turns back into `value` with `-shift`.
pub(crate) fn shifted(value: f64, shift: i32) -> String {
    // `{:e}` is the shortest text that reads back as the same number: one digit, the others, and the exponent.
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + shift + 1; // digits before the decimal point
    if digits.bytes().all(|b| b == b'0') {
        return "0".to_string();
    }
    let n = digits.len() as i32;
    match point {
        // Far from 1 the plain form would be a row of zeros.
        p if !(-20..=40).contains(&p) => format!("{sign}{mantissa}e{}", p - 1),
        p if p <= 0 => format!("{sign}0.{}{digits}", "0".repeat(-p as usize)),
        p if p >= n => format!("{sign}{digits}{}", "0".repeat((p - n) as usize)),
        p => format!("{sign}{}.{}", &digits[..p as usize], &digits[p as usize..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moves_the_point_exactly() {
        assert_eq!(parse_shifted("1.001", 3), Some(1001.0));
        assert_eq!(parse_shifted("-2.5e-1", 3), Some(-250.0));
        assert_eq!(parse_shifted("+1.", 0), Some(1.0));
        for bad in ["", "nan", "inf", "1e999", "1x", "0x10", "1e1e1", "--1", "1_000", ".", "e5", "1 "] {
            assert_eq!(parse_shifted(bad, 0), None, "{bad}");
        }
        assert_eq!(shifted(1001.0, -3), "1.001");
        assert_eq!(shifted(0.0, -3), "0");
        assert_eq!(shifted(-0.5, -3), "-0.0005");
        assert_eq!(shifted(12_000.0, -3), "12");
        assert_eq!(shifted(1e-200, -3), "1e-203");
    }

    proptest! {
        /// The short way and the long one agree, and both with the standard library.
        #[test]
        fn both_ways_agree(text in "[0-9]{0,9}([.][0-9]{0,9})?", shift in -6..6i32) {
            let wanted: Option<f64> = format!("{text}e{shift}").parse().ok();
            prop_assert_eq!(parse_shifted(&text, shift), wanted);
            prop_assert_eq!(general(text.as_bytes(), shift), wanted);
        }

        #[test]
        fn text_and_back_is_the_same_number(value in proptest::num::f64::NORMAL, shift in -6..6i32) {
            // A shifted text may leave the range of numbers at either end; such values are no rates or times.
            prop_assume!((1e-290..1e290).contains(&value.abs()));
            prop_assert_eq!(parse_shifted(shifted(value, shift), -shift), Some(value));
        }
    }
}
