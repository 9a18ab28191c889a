//! A random value that goes with the place: a stationary Gaussian process along the way.

use units::SimRng;

/// Mean 0, variance 1, autocorrelation `exp(-distance / correlation distance)` (Gudmundson's model, and TR 38.901, 7.4.4).
///
/// The step is exact: no grid, any distance.
#[derive(Clone, Debug)]
pub(super) struct Field {
    now: f64,
    rng: SimRng,
}

impl Field {
    pub(super) fn new(mut rng: SimRng) -> Field {
        Field { now: rng.normal(), rng }
    }

    /// Goes on by a distance; the value there.
    pub(super) fn advance(&mut self, moved_m: f64, correlation_m: f64) -> f64 {
        if moved_m > 0.0 {
            let keep = libm::exp(-moved_m / correlation_m);
            self.now = keep * self.now + libm::sqrt(1.0 - keep * keep) * self.rng.normal();
        }
        self.now
    }
}

/// How likely a standard normal value is below `x`.
pub(super) fn normal_below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autocorrelation_is_exponential_in_the_distance_whatever_the_steps() {
        for (step_m, lag) in [(1.0, 10), (5.0, 2), (0.25, 40)] {
            let mut field = Field::new(SimRng::new(3, 0));
            let values: Vec<f64> = (0..400_000).map(|_| field.advance(step_m, 13.0)).collect();
            let n = (values.len() - lag) as f64;
            let at = |lag: usize| values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum::<f64>() / n;
            // Of so many steps of a length d, about n d / 26 are independent: five standard errors.
            let error = 5.0 * (2.0 * 26.0 / (n * step_m)).sqrt();
            let (variance, covariance) = (at(0), at(lag));
            println!("step {step_m} m: variance {variance:.4}, at 10 m {covariance:.4}, error {error:.4}");
            assert!((variance - 1.0).abs() < error, "{variance}");
            assert!((covariance - (-10.0f64 / 13.0).exp()).abs() < error, "{covariance}");
        }
    }

    #[test]
    fn normal_quantiles() {
        for (x, p) in [(0.0, 0.5), (1.959_963_984_540_054, 0.975), (-1.281_551_565_544_600_4, 0.1)] {
            assert!((normal_below(x) - p).abs() < 1e-12);
        }
    }
}
