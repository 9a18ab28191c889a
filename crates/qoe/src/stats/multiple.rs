//! Many tests at once: p-values adjusted so that they can be held against one alpha.

/// Ascending order of p-values.
fn order(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}

/// Holm's step-down: bounds the probability of even one false claim.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let (mut out, mut least) = (vec![0.0; p.len()], 0.0f64);
    for (k, i) in order(p).into_iter().enumerate() {
        least = least.max(((p.len() - k) as f64 * p[i]).min(1.0));
        out[i] = least;
    }
    out
}

/// Benjamini and Hochberg's step-up: bounds the expected share of false claims among those made.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let (mut out, mut most) = (vec![0.0; p.len()], 1.0f64);
    for (k, i) in order(p).into_iter().enumerate().rev() {
        most = most.min(p.len() as f64 / (k + 1) as f64 * p[i]);
        out[i] = most;
    }
    out
}

/// Bonferroni's: every p times their number.
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    p.iter().map(|x| (x * p.len() as f64).min(1.0)).collect()
}
