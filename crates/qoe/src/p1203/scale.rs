//! The two scales: MOS (1 to 5) and R (0 to 100).
//!
//! Source: ITU-T P.1203.1 annex E. R from MOS is a table of the forward curve with linear interpolation between its
//! knots: R = 0, then 3.25 to 100 in steps of 0.25. Below R = 3.19 the forward curve lies under 1.05 and is left out,
//! hence the wide first interval.

use std::sync::OnceLock;

/// The MOS of a rating R.
pub fn mos_from_r(r: f64) -> f64 {
    if r <= 0.0 {
        1.05
    } else if r >= 100.0 {
        4.9
    } else {
        1.05 + 3.85 * r / 100.0 + 7e-6 * r * (r - 60.0) * (100.0 - r)
    }
}

/// How many knots: R = 0 and 3.25 to 100 in steps of 0.25.
const KNOTS: usize = 389;

fn knot_r(index: usize) -> f64 {
    if index == 0 { 0.0 } else { 3.25 + 0.25 * (index - 1) as f64 }
}

/// The MOS at every knot, ascending.
fn knots() -> &'static [f64; KNOTS] {
    static TABLE: OnceLock<[f64; KNOTS]> = OnceLock::new();
    TABLE.get_or_init(|| std::array::from_fn(|i| mos_from_r(knot_r(i))))
}

/// The rating R of a MOS, which is clamped to 1.05..4.9.
pub fn r_from_mos(mos: f64) -> f64 {
    let mos = mos.clamp(1.05, 4.9);
    let table = knots();
    let i = table.partition_point(|k| *k <= mos).clamp(1, KNOTS - 1);
    let (x0, x1, y0, y1) = (table[i - 1], table[i], knot_r(i - 1), knot_r(i));
    y0 + (y1 - y0) * (mos - x0) / (x1 - x0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_meets_the_forward_curve_at_every_knot() {
        for i in 1..KNOTS {
            assert!((r_from_mos(mos_from_r(knot_r(i))) - knot_r(i)).abs() < 1e-9, "knot {i}");
        }
        assert_eq!((r_from_mos(0.0), r_from_mos(9.0)), (0.0, 100.0));
    }
}
