//! Distribution functions and their inverses, on `statrs` (good to some ten digits); the normal one on `libm`.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// Two-sided p of a Student t with `df` degrees of freedom.
pub(super) fn t_two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() {
        return f64::NAN;
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |d| (2.0 * d.sf(t.abs())).min(1.0))
}

/// The point of a Student t that is exceeded with probability `p`.
pub(super) fn t_quantile(p: f64, df: f64) -> f64 {
    let Ok(d) = StudentsT::new(0.0, 1.0, df) else { return f64::NAN };
    polish(-d.inverse_cdf(p), p, |x| d.sf(x), |x| d.pdf(x))
}

/// Two-sided p of a standard normal.
pub(super) fn z_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The point of a standard normal that is exceeded with probability `p`.
pub(super) fn z_quantile(p: f64) -> f64 {
    let d = Normal::standard();
    polish(-d.inverse_cdf(p), p, |x| 0.5 * libm::erfc(x / std::f64::consts::SQRT_2), |x| d.pdf(x))
}

/// Newton's steps from an inverse of `statrs`, good to some ten digits, to where `sf` is `p`.
fn polish(mut x: f64, p: f64, sf: impl Fn(f64) -> f64, pdf: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..3 {
        let step = (sf(x) - p) / pdf(x);
        if step.is_finite() {
            x += step;
        }
    }
    x
}

/// P(X <= k) of a binomial: n trials of probability p.
pub(super) fn binomial_cdf(k: i64, n: usize, p: f64) -> f64 {
    if k < 0 {
        return 0.0;
    }
    let k = k as usize;
    if k >= n {
        return 1.0;
    }
    // Sum the shorter way from k, where terms fall off: down to 0, or up to n for the complement.
    if (k as f64) > n as f64 * p {
        return 1.0 - tail(n - k - 1, n, 1.0 - p);
    }
    tail(k, n, p)
}

/// The sum of the terms k, k - 1, ..., 0 of a binomial whose mean lies at k or above.
fn tail(k: usize, n: usize, p: f64) -> f64 {
    let ln_choose =
        |n: f64, k: f64| libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let (nf, kf) = (n as f64, k as f64);
    let mut term = libm::exp(ln_choose(nf, kf) + kf * libm::log(p) + (nf - kf) * libm::log1p(-p));
    let mut sum = 0.0;
    let mut i = kf;
    loop {
        sum += term;
        if i < 0.5 || term < sum * 1e-18 {
            return sum.min(1.0);
        }
        term *= i / (nf - i + 1.0) * (1.0 - p) / p;
        i -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_closed_forms() {
        // One degree of freedom is Cauchy's distribution; two have a closed form as well.
        for t in [0.3, 1.0, 4.0, 40.0] {
            assert!((t_two_sided(t, 1.0) - (1.0 - 2.0 / std::f64::consts::PI * libm::atan(t))).abs() < 1e-13);
            assert!((t_two_sided(t, 2.0) - (1.0 - t / libm::sqrt(2.0 + t * t))).abs() < 1e-13);
        }
        // p = 0.05: t = tan(0.475 pi), and 0.95 sqrt(2 / (1 - 0.95^2)).
        assert!((t_quantile(0.025, 1.0) - libm::tan(0.475 * std::f64::consts::PI)).abs() < 1e-9);
        assert!((t_quantile(0.025, 2.0) - 0.95 * libm::sqrt(2.0 / 0.0975)).abs() < 1e-11);
        // As any table of the normal distribution has it.
        assert!((z_quantile(0.025) - 1.959963984540054).abs() < 1e-13);
        assert!((z_two_sided(1.959963984540054) - 0.05).abs() < 1e-14);
        assert!((t_quantile(0.025, 1e7) - 1.9599642).abs() < 1e-6);
        // 8 trials of 1/2: (1 + 8 + 28) / 256.
        assert!((binomial_cdf(2, 8, 0.5) - 37.0 / 256.0).abs() < 1e-15);
        assert!((binomial_cdf(6, 8, 0.5) - 247.0 / 256.0).abs() < 1e-15);
        assert_eq!((binomial_cdf(-1, 8, 0.5), binomial_cdf(8, 8, 0.5)), (0.0, 1.0));
    }
}
